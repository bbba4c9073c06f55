"""How loyal customers say they are: net promoters, satisfied shares, effort, and indices."""
