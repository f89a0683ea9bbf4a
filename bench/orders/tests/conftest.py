"""What all tests share: a catalogue, an empty basket, the shop's rules, a stock on the disk."""

import csv
import io

import pytest

from orders import Basket, Catalogue
from orders.discounts import Rule
from orders.stock import Stock

ROWS = """code,name,price,group,tags
BK-001,A novel,12.50,book,paper
BK-002,An atlas,"1,040.00",book,paper large
FO-001,Tea,3.35,food,
TO-001,A hammer,19.99,tool,steel
TO-002,A saw,24.00,tool,steel sharp
"""


@pytest.fixture(scope="session")
def catalogue():
    return Catalogue.from_rows(list(csv.DictReader(io.StringIO(ROWS))))


@pytest.fixture
def basket(catalogue):
    return Basket(catalogue)


@pytest.fixture
def rules():
    return [Rule("tools", 10, 2, "tool"), Rule("many", 5, 10), Rule("books", 20, 1, "book")]


@pytest.fixture
def stock(tmp_path):
    stock = Stock(str(tmp_path / "stock.db"))
    yield stock
    stock.close()
