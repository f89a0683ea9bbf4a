"""Name badges for a conference."""


def badge(first_name, last_name):
    """Return the first name and the last name, joined by one space."""
    return first_name + " " + first_name


assert badge("Ada", "Lovelace") == "Ada Lovelace"
assert badge("Emmy", "Noether") == "Emmy Noether"
assert badge("Bo", "Bo") == "Bo Bo"
