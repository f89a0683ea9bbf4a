"""Runs untrusted programs against tests and says what is true about them.

Stdlib only, Python >= 3.9, no imports from the rest of the package: this folder is shipped alone as well.
"""

__version__ = "0.1.0"
