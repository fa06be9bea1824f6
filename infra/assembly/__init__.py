"""From the configuration to what each component is given: a file a part, so that the program stays one page."""
