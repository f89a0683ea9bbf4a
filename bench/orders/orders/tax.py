"""Value added tax by group of products."""

from decimal import Decimal

from orders.basket import Basket
from orders.money import rounded

RATES = {"book": Decimal("0.07"), "food": Decimal("0.07")}
STANDARD = Decimal("0.19")


def tax(basket: Basket) -> Decimal:
    """Each rate is rounded once, over all of its lines."""
    amounts: dict[Decimal, Decimal] = {}
    for product, quantity in basket.lines():
        rate = RATES.get(product.group, STANDARD)
        amounts[rate] = amounts.get(rate, Decimal(0)) + product.price * quantity
    return sum((rounded(amount * rate) for rate, amount in amounts.items()), Decimal(0))
