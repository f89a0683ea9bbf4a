"""How many blocks a child needs for its staircase."""


def blocks_for_stairs(steps):
    """Step k is k blocks high. Return the sum of all blocks for steps 1, 2, ... up to and including `steps`."""
    total = 0
    for height in range(1, steps):
        total += height
    return total


assert blocks_for_stairs(0) == 0
assert blocks_for_stairs(1) == 1
assert blocks_for_stairs(4) == 10
assert blocks_for_stairs(10) == 55
