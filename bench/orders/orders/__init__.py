"""A shop's orders: catalogue, baskets, discounts, tax, stock and reports. A stand-in for a project people bring."""

from orders.basket import Basket
from orders.catalogue import Catalogue, Product, UnknownProduct
from orders.discounts import best_discount

__all__ = ["Basket", "Catalogue", "Product", "UnknownProduct", "best_discount"]
