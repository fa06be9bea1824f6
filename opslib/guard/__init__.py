"""What a stack does by itself: it writes down what was deployed, and goes back where its alarms say so."""
