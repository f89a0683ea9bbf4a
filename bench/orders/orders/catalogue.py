"""Products and the catalogue that holds them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from orders import money

_CODE = re.compile(r"[A-Z]{2}-\d{3}")


class UnknownProduct(KeyError):
    """No product has this code."""


@dataclass(frozen=True)
class Product:
    """One thing for sale."""

    code: str
    name: str
    price: Decimal
    group: str = "other"
    tags: frozenset[str] = field(default_factory=frozenset)

    def __post_init__(self) -> None:
        if not _CODE.fullmatch(self.code):
            raise ValueError(f"not a product code: {self.code}")


class Catalogue:
    """Products by code."""

    def __init__(self, products: list[Product]) -> None:
        self._products = {product.code: product for product in products}

    def __getitem__(self, code: str) -> Product:
        if code not in self._products:
            raise UnknownProduct(code)
        return self._products[code]

    def __iter__(self) -> Iterator[Product]:
        return iter(sorted(self._products.values(), key=lambda product: product.code))

    def __len__(self) -> int:
        return len(self._products)

    @classmethod
    def from_rows(cls, rows: list[dict[str, str]]) -> "Catalogue":
        """From rows of text, as a CSV file has them."""
        return cls(
            [
                Product(
                    row["code"], row["name"], money.parse(row["price"]), row["group"], frozenset(row["tags"].split())
                )
                for row in rows
            ]
        )
