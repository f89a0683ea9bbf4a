"""μCode Repair on the Python side: the judge, the model gateway and the prompts."""

__version__ = "0.1.0"
