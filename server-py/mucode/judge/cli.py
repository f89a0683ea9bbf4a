"""The command line of the judge: `serve`, `check` and `doctor`. What they do is in the modules of the same names."""

import argparse
import os
import sys
from typing import Optional

from . import __version__
from .errors import BadInputError, JudgeError, NoIsolationError
from .kept import MOST_FILES, Kept
from .sandbox import tiers
from .sandbox.pool import Pool

_EXIT_CODES = ((NoIsolationError, 3), (BadInputError, 2))
_MOST_DEFAULT_WORKERS = 4


def _parser() -> argparse.ArgumentParser:
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--tier", choices=tiers.TIERS, help="use exactly this isolation tier, for tests and diagnosis")
    shared.add_argument(
        "--allow-t0", action="store_true", help="run candidates without isolation; their verdicts are never green"
    )
    shared.add_argument("--workers", type=int, default=min(os.cpu_count() or 1, _MOST_DEFAULT_WORKERS), metavar="N")
    judging = argparse.ArgumentParser(add_help=False)
    judging.add_argument(
        "--keep-tampered",
        metavar="DIR",
        help=f"keep programs that tampered, at most {MOST_FILES}, as JSON files in DIR",
    )
    parser = argparse.ArgumentParser(prog="judge", description="Runs untrusted programs against tests.")
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("serve", parents=[shared, judging], help="answer JSON lines on stdin with JSON lines on stdout")
    checking = commands.add_parser(
        "check", parents=[shared, judging], help="judge candidate files, one JSON verdict per line"
    )
    checking.add_argument("problem", metavar="PROBLEM.json")
    checking.add_argument("candidates", nargs="+", metavar="CANDIDATE.py")
    checking.add_argument("--which", choices=("public", "private"), default="public", help="which tests to run")
    examining = commands.add_parser("doctor", parents=[shared], help="say which isolation this machine has, and why")
    examining.add_argument("--json", action="store_true")
    return parser


def main(arguments: Optional[list[str]] = None) -> int:
    """Runs one command and returns its exit status: 0, or 1 judge trouble, 2 bad input, 3 no isolation."""
    options = _parser().parse_args(arguments)
    try:
        if options.command == "doctor":
            from . import doctor

            return doctor.report(options.tier, options.allow_t0, options.json)
        kept = Kept(options.keep_tampered) if options.keep_tampered else None
        with Pool(max(1, options.workers), options.tier, options.allow_t0) as pool:
            if options.command == "check":
                from . import check

                return check.check(options.problem, options.candidates, options.which, pool, kept)
            from . import serve

            return serve.serve(pool, kept)
    except JudgeError as error:
        print(f"judge: {error}", file=sys.stderr)
        return next((code for kind, code in _EXIT_CODES if isinstance(error, kind)), 1)
    except KeyboardInterrupt:
        return 130
