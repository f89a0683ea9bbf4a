"""A shopping basket per customer."""


def put(item, basket=[]):
    """Add an item to the basket and return the basket. Without a basket, start with a new empty one."""
    basket.append(item)
    return basket


assert put("apples") == ["apples"]
assert put("pears") == ["pears"]
assert put("plums", ["bread"]) == ["bread", "plums"]
