"""How things are created: Pulumi components. What is created is decided by the model and the configuration.

Type tokens (`ops:index:…`) and names are frozen: to Pulumi they are what a resource *is*. Whoever moves a resource
gives it an alias; a test compares every URN with the recorded list.
"""
