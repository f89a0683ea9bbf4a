"""Stays inside C code that never gives the interpreter back."""

import re

re.match(r"(a+)+$", "a" * 64 + "b")
