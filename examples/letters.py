"""Checks before a letter is printed."""


def count_words(text):
    """Return how many words the text has. Words are separated by white space."""
    return len(text)
