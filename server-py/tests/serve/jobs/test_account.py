"""The fold of events: the examples of the contract, and an attempt that a kill ended."""

import json
from pathlib import Path
from typing import Any

from mucode.serve.jobs.account import Account
from mucode.train.events import EventLog

EVENTS = Path(__file__).parents[4] / "test" / "contract" / "events.json"


def test_the_examples_of_the_contract_become_an_account() -> None:
    account = Account()
    for event in json.loads(EVENTS.read_text())["examples"]:
        account.take(event)
    assert (account.seq, account.attempt, account.state) == (12, 2, "failed")
    assert (account.stage, account.iter, account.created) == ("verifier", 1, 1795282690.125)
    assert account.message == "The verifier has nothing to learn from: no problem has both right and wrong programs."
    assert account.metrics == {"loss": 0.6931}
    assert account.made_bytes == 185000
    assert [(unit.stage, unit.state, unit.seconds) for unit in account.stages] == [("rollout", "done", 8.25)]


def test_a_unit_that_a_kill_ended_is_stopped_and_goes_on_in_the_next_attempt(tmp_path: Path) -> None:
    states: list[list[str]] = []
    for end in (None, "done"):
        log = EventLog(tmp_path / "events.jsonl", "toy")
        log.write("job.state", {"state": "running"})
        states.append(stage_states(tmp_path))
        log.write("artifact", {"key": "base/aa", "path": "", "rows": 0, "bytes": 5, "reused": bool(end)}, "base", 0)
        for key in ("bb", "cc"):
            log.write("stage.start", {"key": key}, "rollout", 1)
            log.write("progress", {"done": 1, "total": 2, "unit": "parts"}, "rollout", 1)
            if end:
                log.write("stage.end", {"key": key, "seconds": 1.0, "peak_bytes": 0}, "rollout", 1)
            else:
                break
        log.close()
    assert states == [[], ["rollout stopped"]]
    assert stage_states(tmp_path) == ["rollout done", "base reused", "rollout done"]


def stage_states(folder: Path) -> list[str]:
    account = Account()
    for line in (folder / "events.jsonl").read_text().splitlines():
        event: dict[str, Any] = json.loads(line)
        account.take(event)
    return [f"{unit.stage} {unit.state}" for unit in account.stages]
