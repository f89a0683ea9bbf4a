"""The settings of a whole run, put together from those of its stages. How a table is read is in reading.py."""

from mucode.train.reading import as_json, matters, read

__all__ = ["as_json", "matters", "read"]
