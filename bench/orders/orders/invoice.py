"""An order as text and as JSON."""

import json
from datetime import date, timedelta
from decimal import Decimal

from orders.basket import Basket
from orders.discounts import Rule, best_discount
from orders.money import written
from orders.tax import tax

DUE = timedelta(days=14)


def due_date(day: date) -> date:
    """Two weeks later; from a week-end on to the Monday after it."""
    due = day + DUE
    return due + timedelta(days=7 - due.weekday()) if due.weekday() > 4 else due


def payable(basket: Basket, rules: list[Rule]) -> Decimal:
    """With tax, less the best discount."""
    return basket.total() + tax(basket) - best_discount(basket, rules)[1]


def as_text(basket: Basket, rules: list[Rule], day: date) -> str:
    """Lines for people."""
    lines = [
        f"{quantity} x {product.name}: {written(product.price * quantity)}" for product, quantity in basket.lines()
    ]
    name, saved = best_discount(basket, rules)
    if name is not None:
        lines.append(f"{name}: -{written(saved)}")
    return "\n".join([*lines, f"to pay by {due_date(day):%d %B %Y}: {written(payable(basket, rules))}"])


def as_json(basket: Basket, rules: list[Rule]) -> str:
    """For programs; amounts are texts."""
    lines = [{"code": product.code, "quantity": quantity} for product, quantity in basket.lines()]
    return json.dumps({"lines": lines, "payable": str(payable(basket, rules))})
