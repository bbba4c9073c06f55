"""Weighted failure indices: schemes, counts, intervals, comparison, control."""
