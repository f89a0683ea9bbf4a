"""What somebody is about to buy."""

from collections import Counter
from decimal import Decimal

from orders.catalogue import Catalogue, Product


class Basket:
    """Products with quantities, in the order in which they were added."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._counts: Counter[str] = Counter()

    def add(self, code: str, quantity: int = 1) -> "Basket":
        """Raises ValueError for a quantity below one, UnknownProduct for a code nobody knows."""
        if quantity < 1:
            raise ValueError("quantity must be at least one")
        self._counts[self._catalogue[code].code] += quantity
        return self

    def remove(self, code: str, quantity: int = 1) -> None:
        """Takes out as many as there are, at most `quantity`."""
        left = self._counts[code] - quantity
        if left > 0:
            self._counts[code] = left
        else:
            del self._counts[code]

    def lines(self) -> list[tuple[Product, int]]:
        """(product, quantity)."""
        return [(self._catalogue[code], quantity) for code, quantity in self._counts.items()]

    def total(self) -> Decimal:
        """Before discounts and tax."""
        return sum((product.price * quantity for product, quantity in self.lines()), Decimal(0))
