"""Who may sit at the head of the table?"""


def oldest_age(ages):
    """Return the greatest age in the list."""
    return min(ages)


assert oldest_age([31, 84, 9]) == 84
assert oldest_age([7]) == 7
assert oldest_age([60, 59, 61, 12]) == 61
