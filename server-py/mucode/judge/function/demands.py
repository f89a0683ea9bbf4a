"""What the assertions of unittest, pytest and mock demand, by name. Tables only; used outside and inside."""

from typing import Any

SIGNS: "dict[str, str]" = {
    "assertEqual": "==", "assertEquals": "==", "assertListEqual": "==", "assertDictEqual": "==",
    "assertTupleEqual": "==", "assertSetEqual": "==", "assertSequenceEqual": "==", "assertMultiLineEqual": "==",
    "assertAlmostEqual": "==", "assertCountEqual": "==", "assertNotEqual": "!=", "assertIs": "is", "assertIn": "in",
    "assertGreater": ">", "assertGreaterEqual": ">=", "assertLess": "<", "assertLessEqual": "<=",
    "assert_equal": "==", "assert_almost_equal": "==", "assert_array_equal": "==", "assert_allclose": "==",
    "assert_array_almost_equal": "==", "assert_frame_equal": "==", "assert_series_equal": "==",
    "assert_index_equal": "==",
}  # fmt: skip
"""The comparison that an assertion makes of its first two arguments."""
_LISTS: "tuple[list[Any], list[Any]]" = ([0], [1])
PROBES: "dict[str, tuple[Any, ...]]" = {
    "assertEqual": (0, 1), "assertEquals": (0, 1), "assertListEqual": _LISTS, "assertDictEqual": ({0: 0}, {0: 1}),
    "assertTupleEqual": ((0,), (1,)), "assertSetEqual": ({0}, {1}), "assertSequenceEqual": _LISTS,
    "assertMultiLineEqual": ("a", "b"), "assertAlmostEqual": (0, 9), "assertCountEqual": _LISTS,
    "assertNotEqual": (0, 0), "assertNotAlmostEqual": (0, 0), "assertIs": (0, None), "assertIsNot": (None, None),
    "assertIn": (0, ()), "assertNotIn": (0, (0,)), "assertGreater": (0, 1), "assertGreaterEqual": (0, 1),
    "assertLess": (1, 0), "assertLessEqual": (1, 0), "assertTrue": (False,), "assertFalse": (True,),
    "assertIsNone": (0,), "assertIsNotNone": (None,), "assertIsInstance": (0, str), "assertNotIsInstance": (0, int),
    "assertRegex": ("a", "b"), "assertNotRegex": ("a", "a"),
}  # fmt: skip
"""Arguments that every assertion of that name refuses."""
NEAR = frozenset(["allclose", "array_equal", "array_equiv", "isclose"])
"""Say whether numbers and arrays are equal, or nearly so; the assertion around them demands it."""
CLOSE = NEAR | {
    "assert_allclose", "assert_almost_equal", "assert_approx_equal", "assert_array_almost_equal", "assert_array_equal",
    "assert_equal",
}  # fmt: skip
"""Compare numbers and arrays of two arguments; an array without items, or a masked one, may satisfy them whatever the
other side is."""
RAISES = frozenset(["raises", "assertRaises"])
"""Take exception classes; with nothing else they are context managers."""
MET_AT_THE_END = RAISES | {
    "assertRaisesRegex", "warns", "deprecated_call", "assertWarns", "assertWarnsRegex", "assertLogs", "assertNoLogs",
}  # fmt: skip
"""Demand something of what runs inside them."""
METHODS = frozenset(PROBES) | MET_AT_THE_END
"""Of unittest and pytest: known to demand something whenever they are reached."""
