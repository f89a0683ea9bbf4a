"""`doctor`: which isolation this machine has, why not better, and what would change that."""

import json
import platform
import sys
from typing import Any, Optional

from . import __version__
from .errors import JudgeError
from .sandbox import bubblewrap, landlock, tiers
from .sandbox.pool import Pool


def examine(tier: Optional[str], allow_t0: bool) -> dict[str, Any]:
    """Runs something through each tier until one holds. `tier` is None in the answer when none does."""
    pool = Pool(1, tier, allow_t0)
    found: dict[str, Any] = {
        "judge": __version__,
        "python": platform.python_version(),
        "interpreter": sys.executable,
        "kernel": platform.release(),
        "machine": platform.machine(),
        "bubblewrap": ".".join(map(str, bubblewrap.version())) if bubblewrap.program() else None,
        "landlock": landlock.abi() if platform.system() == "Linux" else 0,
    }
    try:
        choice = pool.choice()
        found.update(tier=choice.tier, meaning=tiers.MEANING[choice.tier], why=list(choice.why), error=None)
    except JudgeError as error:
        found.update(tier=None, meaning=None, why=[], error=str(error))
    finally:
        pool.close()
    return found


def report(tier: Optional[str], allow_t0: bool, as_json: bool) -> int:
    """Prints what `examine` found. Returns 0 with isolation, 3 without."""
    found = examine(tier, allow_t0)
    if as_json:
        print(json.dumps(found))
    else:
        for name in ("judge", "python", "interpreter", "kernel", "machine", "bubblewrap", "landlock"):
            print(f"{name:12} {found[name]}")
        print(f"{'tier':12} {found['tier']}: {found['meaning']}" if found["tier"] else f"{'tier':12} none")
        for line in [*found["why"], *([found["error"]] if found["error"] else [])]:
            print(f"  {line}")
    return 0 if found["tier"] else 3
