"""The basket, the catalogue and money."""

from decimal import Decimal

import pytest

from orders import Product, UnknownProduct
from orders.money import parse, written


def test_a_new_basket_costs_nothing(basket):
    assert basket.total() == 0
    assert basket.lines() == []


def test_quantities_of_one_product_add_up(basket, catalogue):
    basket.add("TO-001").add("TO-001", 2)
    assert basket.lines() == [(catalogue["TO-001"], 3)]
    assert basket.total() == Decimal("59.97")


@pytest.mark.parametrize("quantity", [0, -1])
def test_a_quantity_below_one_is_refused(basket, quantity):
    with pytest.raises(ValueError, match="at least one"):
        basket.add("TO-001", quantity)


def test_an_unknown_product_is_refused(basket):
    with pytest.raises(UnknownProduct):
        basket.add("XX-999")


def test_removing_takes_at_most_what_is_there(basket):
    basket.add("FO-001", 3)
    basket.remove("FO-001", 2)
    assert basket.total() == Decimal("3.35")
    basket.remove("FO-001", 5)
    assert basket.total() == 0


def test_the_catalogue_is_sorted(catalogue):
    codes = [product.code for product in catalogue]
    assert codes == sorted(codes)
    assert len(catalogue) == 5


def test_a_wrong_code_is_refused():
    with pytest.raises(ValueError, match="not a product code"):
        Product("X1", "?", Decimal(1))


@pytest.mark.parametrize(("text", "amount"), [("12", "12.00"), (" 1,234.5 ", "1234.50"), ("0.005", "0.01")])
def test_amounts_are_read(text, amount):
    assert parse(text) == Decimal(amount)


@pytest.mark.parametrize("text", ["", "free", "1.2.3"])
def test_other_texts_are_no_amounts(text):
    with pytest.raises(ValueError, match="no amount"):
        parse(text)


def test_amounts_are_written_with_their_currency():
    assert written(Decimal("1234.5")) == "1,234.50 EUR"
    assert written(Decimal(3), "GBP") == "3.00 GBP"
