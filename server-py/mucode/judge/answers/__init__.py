"""From a model's answer to a program: code found in prose, read, and spliced into the file. Nothing is run."""
