"""Can the numbers be trusted: reliability, validity, and what they stand on."""
