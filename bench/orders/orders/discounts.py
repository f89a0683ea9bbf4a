"""Discounts. `best_discount` is the function under repair: it is wrong in two ways."""

from dataclasses import dataclass
from decimal import Decimal

from orders.basket import Basket
from orders.money import rounded


@dataclass(frozen=True)
class Rule:
    """From `least` pieces of a group (or of anything) on, `percent` off these pieces."""

    name: str
    percent: int
    least: int = 1
    group: str | None = None


def matching(basket: Basket, rule: Rule) -> tuple[int, Decimal]:
    """(pieces, amount) of the lines that a rule is about."""
    lines = [line for line in basket.lines() if rule.group in (None, line[0].group)]
    return sum(quantity for _, quantity in lines), sum((p.price * quantity for p, quantity in lines), Decimal(0))


def best_discount(basket: Basket, rules: list[Rule]) -> tuple[str | None, Decimal]:
    """The rule that saves most and what it saves; (None, 0) when none applies. The first of equals wins."""
    best: tuple[str | None, Decimal] = (None, Decimal(0))
    for rule in rules:
        pieces, amount = matching(basket, rule)
        if pieces > rule.least:
            saved = rounded(amount * rule.percent / 100)
            if saved >= best[1]:
                best = (rule.name, saved)
    return best
