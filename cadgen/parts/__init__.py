"""Random parts."""
