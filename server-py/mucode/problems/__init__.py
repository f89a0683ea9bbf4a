"""Data sets as problems: one module per data set, and the guard that keeps evaluation rows out of training."""
