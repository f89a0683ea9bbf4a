"""Inside: what the assertions of a guarded test call, in earnest and as the canary. canary.py writes the calls."""
# ruff: noqa: ANN401 - the values of a program under test can be anything

from typing import Any

from .falsify import falsified, private_exception, private_object
from .lineup import COMPARE, HELD, Lineup


class Standing:
    """What a guarded test calls while it runs in earnest: expected values stay, a failed assertion ends the test.

    `notes`: by number of the assertion how often it held and failed. `blamed`: how often a comparison held that would
    hold for everything, by the doing of the program in `file`, or for some other values too.
    """

    def __init__(self, file: str = "") -> None:
        self.notes: dict[int, list[int]] = {}
        self.blamed = [0, 0]
        self._lineup = Lineup(lambda found: HELD if file and found == file else None)

    def compare(self, sign: str, left: Any, right: Any) -> Any:
        """A comparison; whoever answers is asked about false values first."""
        blame = self._lineup.lenient(sign, left, right)
        result = COMPARE[sign](left, right)
        if blame is not None and result:
            self.blamed[0 if blame == HELD else 1] += 1
        return result

    def yes(self, number: int) -> None:
        """Assertion `number` held."""
        self.notes.setdefault(number, [0, 0])[0] += 1

    def no(self, number: int) -> None:
        """Assertion `number` did not hold; called while its exception is being handled."""
        self.notes.setdefault(number, [0, 0])[1] += 1
        raise  # noqa: PLE0704 - the exception that the calling handler is handling

    def same(self, value: Any) -> Any:
        """An expected value."""
        return value

    def bound(self, value: Any) -> Any:
        """A bound or container that the result is compared with."""
        return value

    def truth(self, value: Any) -> Any:
        """A condition."""
        return value

    def error(self, kinds: Any) -> Any:
        """Exception classes that are expected."""
        return kinds


class Falsified(Standing):
    """The same while the canary runs: every oracle is falsified, and a failed assertion lets the test go on."""

    def compare(self, sign: str, left: Any, right: Any) -> Any:
        """A comparison with a value that is false already."""
        return COMPARE[sign](left, right)

    def no(self, number: int) -> None:
        """Assertion `number` did not hold, as it should."""
        self.notes.setdefault(number, [0, 0])[1] += 1

    def same(self, value: Any) -> Any:
        """Something that no result equals."""
        return falsified(value)

    def bound(self, value: Any) -> Any:  # noqa: ARG002 - of the same shape as in earnest
        """Something that compares false with every result."""
        return private_object()

    def truth(self, value: Any) -> Any:
        """The opposite."""
        return not value

    def error(self, kinds: Any) -> Any:  # noqa: ARG002 - of the same shape as in earnest
        """A class that the program cannot raise."""
        return private_exception()
