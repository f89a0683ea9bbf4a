"""Discounts: the function under repair."""

from decimal import Decimal

import pytest

from orders import best_discount
from orders.discounts import Rule


def test_an_empty_basket_saves_nothing(basket, rules):
    assert best_discount(basket, rules) == (None, Decimal(0))


def test_the_rule_that_saves_most_wins(basket, rules):
    basket.add("BK-001").add("BK-002").add("TO-001", 3)
    assert best_discount(basket, rules) == ("books", Decimal("210.50"))


def test_the_least_number_of_pieces_is_enough(basket, rules):
    basket.add("TO-001").add("TO-002")
    assert best_discount(basket, rules) == ("tools", Decimal("4.40"))


def test_one_piece_too_few_saves_nothing(basket, rules):
    basket.add("TO-002")
    assert best_discount(basket, rules) == (None, 0)


def test_the_first_of_equals_wins(basket):
    basket.add("FO-001", 4)
    same = [Rule("first", 10), Rule("second", 10)]
    assert best_discount(basket, same)[0] == "first"


@pytest.mark.parametrize(("pieces", "saved"), [(9, "0"), (10, "1.68"), (11, "1.84")])
def test_many_pieces_of_anything(basket, rules, pieces, saved):
    basket.add("FO-001", pieces)
    assert best_discount(basket, rules)[1] == Decimal(saved)


def test_the_saving_is_in_whole_cents(basket):
    basket.add("FO-001")
    assert best_discount(basket, [Rule("odd", 7)]) == ("odd", Decimal("0.23"))


def test_no_rules_save_nothing(basket):
    assert best_discount(basket.add("TO-001"), []) == (None, 0)
