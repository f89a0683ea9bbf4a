"""What a run will take, from what an earlier one of the same kind took in this store; else nothing is said."""

import shutil
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from mucode.serve.jobs.account import Account
from mucode.serve.jobs.log import JobLog
from mucode.train.config import RunConfig
from mucode.train.reading import as_json

# In settings that differ elsewhere, programs take about as long to sample, to judge and to learn from.
_ALIKE = ("base", "verifier_base", "learn", "problems", "engine")


def estimate(config: RunConfig, runs: Path) -> Mapping[str, Any]:
    """`seconds` and `disk_bytes` of the whole run, or null; `like`, the run they are from; `free_bytes` of the disk."""
    wanted = as_json(config)
    disk = next(folder for folder in (runs, *runs.parents) if folder.is_dir())
    found: dict[str, Any] = {"seconds": None, "disk_bytes": None, "like": None}
    for log in sorted(runs.glob("*/events.jsonl"), key=lambda path: path.stat().st_mtime, reverse=True):
        settings = _settings(log.parent / "effective.toml")
        if settings is None or any(settings.get(name) != wanted[name] for name in _ALIKE):
            continue
        account = JobLog(log).update()
        if account.state == "done":
            factor = _work(wanted) / _work(settings)
            found = {
                "seconds": round(factor * _seconds(account), 1),
                "disk_bytes": round(factor * account.made_bytes),
                "like": log.parent.name,
            }
            break
    return {**found, "free_bytes": shutil.disk_usage(disk).free}


def _work(settings: Mapping[str, Any]) -> float:
    rollout = settings["rollout"]
    return float(settings["iterations"] * rollout["rollouts"] * rollout["turns"])


def _seconds(account: Account) -> float:
    return sum(unit.seconds or 0.0 for unit in account.stages)


def _settings(path: Path) -> Mapping[str, Any] | None:
    try:
        return cast("Mapping[str, Any]", tomllib.loads(path.read_text(encoding="utf-8")))
    except (OSError, tomllib.TOMLDecodeError):
        return None
