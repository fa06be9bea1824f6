"""Running a stack from day to day: what a person on call asks of it, as functions."""
