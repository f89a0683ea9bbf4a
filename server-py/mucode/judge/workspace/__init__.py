"""Repairing a file of a real project: everything outside the sandbox. What runs inside is in adapters/."""
