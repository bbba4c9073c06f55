"""Pure numpy and scipy.special: arrays in, arrays out. Nothing here knows of surveys."""
