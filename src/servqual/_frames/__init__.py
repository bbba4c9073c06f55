"""Tables of any kind seen alike: their columns, their batches, their groups, their times."""
