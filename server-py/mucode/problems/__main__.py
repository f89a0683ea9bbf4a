"""`python -m mucode.problems`: makes fingerprints.json anew from the evaluation sets."""

import sys

from mucode.errors import MucodeError

from . import fingerprints
from .evaluation import evaluation_prints


def main() -> int:
    """Writes the file and says what is in it; the exit status."""
    try:
        sets, absent = evaluation_prints()
    except MucodeError as error:
        print(error, file=sys.stderr)
        return 1
    fingerprints.write(sets)
    for name, prints in sets.items():
        print(
            f"{name}: {len(prints.texts)} texts, {len(prints.programs)} programs, {len(prints.tests)} sets of asserts"
        )
    for reason in absent:
        print(f"LEFT OUT: {reason}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
