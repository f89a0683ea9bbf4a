"""Crashes inside C code."""

import ctypes

ctypes.string_at(1)
