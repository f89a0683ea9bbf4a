"""Answers to the problem of bench/orders: three right ones, five wrong ones. Programs of the function under repair."""

_HEAD = '''def best_discount(basket: Basket, rules: list[Rule]) -> tuple[str | None, Decimal]:
    """The rule that saves most and what it saves; (None, 0) when none applies. The first of equals wins."""
'''
_LOOP = """    best: tuple[str | None, Decimal] = (None, Decimal(0))
    for rule in rules:
        pieces, amount = matching(basket, rule)
        if {enough}:
            saved = {saved}
            if {better}:
                best = (rule.name, saved)
    return {returned}
"""
_RIGHT = {
    "enough": "pieces >= rule.least",
    "saved": "rounded(amount * rule.percent / 100)",
    "better": "saved > best[1]",
    "returned": "best",
}
_SORTED = """    savings = []
    for place, rule in enumerate(rules):
        pieces, amount = matching(basket, rule)
        saved = rounded(amount * rule.percent / 100)
        if pieces >= rule.least and saved > 0:
            savings.append((-saved, place, rule.name))
    if not savings:
        return None, Decimal(0)
    saved, _, name = min(savings)
    return name, -saved
"""
_MAXIMUM = """    def saving(rule: Rule) -> Decimal:
        pieces, amount = matching(basket, rule)
        return rounded(amount * rule.percent / 100) if pieces >= rule.least else Decimal(0)

    best = max(rules, key=saving, default=None)
    if best is None or saving(best) == 0:
        return None, Decimal(0)
    return best.name, saving(best)
"""


def _loop(**changed: str) -> str:
    return _HEAD + _LOOP.format(**{**_RIGHT, **changed})


ANSWERS = {
    "right: loop": _loop(),
    "wrong: one piece too many": _loop(enough="pieces > rule.least"),
    "right: sorted": _HEAD + _SORTED,
    "wrong: the last of equals": _loop(better="saved >= best[1]"),
    "wrong: whole sums": _loop(saved="rounded(amount * rule.percent // 100)"),
    "right: maximum": _HEAD + _MAXIMUM,
    "wrong: returned in the loop": _loop(returned="best[1], best[0]"),
    "wrong: raises": _loop(saved="rounded(amount * rule.rate / 100)"),
}
