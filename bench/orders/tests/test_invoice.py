"""Invoices, tax and stock."""

import json
from datetime import date
from decimal import Decimal

import pytest

from orders.invoice import as_json, as_text, due_date, payable
from orders.tax import tax


@pytest.mark.parametrize(
    ("day", "due"),
    [
        (date(2024, 1, 1), date(2024, 1, 15)),
        (date(2024, 1, 6), date(2024, 1, 22)),
        (date(2024, 2, 16), date(2024, 3, 1)),
    ],
)
def test_invoices_are_due_on_a_working_day(day, due):
    assert due_date(day) == due


def test_tax_is_rounded_once_for_each_rate(basket):
    basket.add("FO-001").add("BK-001").add("TO-001")
    assert tax(basket) == Decimal("4.91")


def test_the_discount_is_taken_off(basket, rules):
    basket.add("TO-001", 2)
    assert payable(basket, rules) == Decimal("43.58")


def test_an_invoice_names_its_discount(basket, rules):
    text = as_text(basket.add("TO-001", 3), rules, date(2024, 1, 1))
    assert text.splitlines() == ["3 x A hammer: 59.97 EUR", "tools: -6.00 EUR", "to pay by 15 January 2024: 65.36 EUR"]


def test_json_holds_the_codes(basket, rules):
    told = json.loads(as_json(basket.add("FO-001", 2), rules))
    assert told == {"lines": [{"code": "FO-001", "quantity": 2}], "payable": "7.17"}


def test_stock_is_taken_only_when_there_is_enough(stock):
    stock.put("TO-001", 3)
    stock.put("TO-001", 1)
    assert stock.take("TO-001", 4)
    assert not stock.take("TO-001", 1)
    assert stock.of("TO-001") == 0
