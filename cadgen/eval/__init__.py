"""Judging: cases, truths, metrics, rows, and what they add up to."""
