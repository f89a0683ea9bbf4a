"""Amounts of money as decimals of two places, and how they are written."""

from decimal import ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")


def rounded(amount: Decimal) -> Decimal:
    """To whole cents, halves upwards."""
    return amount.quantize(CENT, rounding=ROUND_HALF_UP)


def parse(text: str) -> Decimal:
    """Reads "1,234.50" or "12". Raises ValueError for anything else."""
    plain = text.strip().replace(",", "")
    if not plain or not plain.replace(".", "", 1).lstrip("-").isdigit():
        raise ValueError(f"no amount of money: {text!r}")
    return rounded(Decimal(plain))


def written(amount: Decimal, currency: str = "EUR") -> str:
    """ "1,234.50 EUR"."""
    return f"{rounded(amount):,.2f} {currency}"
