"""How many ways there are to fill the seats of a minibus."""


def product(numbers):
    """Return the product of all numbers in the list; 1 for an empty list."""
    result = 0
    for number in numbers:
        result *= number
    return result


assert product([]) == 1
assert product([5]) == 5
assert product([4, 3, 2]) == 24
assert product([7, 0, 2]) == 0
