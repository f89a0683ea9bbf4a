"""Stands for `mucode train FILE --store STORE --wait`: the same name, lock and log, but no stage. FAKE_TRAIN says how
it goes; the file `go` in FAKE_FOLDER lets those end that wait."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import FrameType

from mucode.train.config import as_toml, effective
from mucode.train.events import EventLog
from mucode.train.lock import locked
from mucode.train.run import name_of

HERE = Path(os.environ["FAKE_FOLDER"])
HOW = os.environ.get("FAKE_TRAIN", "")
KEY = "829922459dfec9556cbc4893"


def main(file: str, store: str) -> int:
    with (HERE / "started").open("a") as started:
        started.write(f"{Path(file).parent.name} {os.getpid()}\n")
    if HOW == "dies":
        sys.stderr.write("mucode train: there is no room on the moon\n")
        return 1
    signal.signal(signal.SIGTERM, signal.SIG_IGN if HOW == "deaf" else interrupt)
    config = effective([file])
    folder = Path(store) / "runs" / name_of(config, [file])
    with locked(folder / "lock", "the run", wait=True):
        (folder / "effective.toml").write_text(as_toml(config))
        log = EventLog(folder / "events.jsonl", folder.name)
        log.write("job.state", {"state": "running"})
        try:
            perform(log)
        except KeyboardInterrupt:
            log.write("job.state", {"state": "stopped"})
            return 130
        if HOW == "fails":
            log.write("job.state", {"state": "failed", "message": "the cause, and the next step"})
            return 1
        log.write("job.state", {"state": "done", "pair": str(folder / "pair"), "best": 1})
    return 0


def interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def perform(log: EventLog) -> None:
    log.write("stage.start", {"key": KEY}, "rollout", 1)
    for number in range(int(os.environ.get("FAKE_EVENTS", "3"))):
        log.write("progress", {"done": number, "total": 3, "unit": "problems", "eta_s": 2.5}, "rollout", 1)
        log.write("metric", {"name": "solved", "value": number / 2}, "rollout", 1)
    if HOW in ("waits", "deaf"):
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
        with (HERE / "started").open("a") as started:
            started.write(f"child {child.pid}\n")
        with contextlib.ExitStack() as end:
            end.callback(child.kill)
            while not (HERE / "go").exists():
                time.sleep(0.02)
                log.write("heartbeat", {}, "rollout", 1)
    log.write("stage.end", {"key": KEY, "seconds": 8.25, "peak_bytes": 1}, "rollout", 1)
    made = {"key": f"rollout/{KEY}", "path": f"artifacts/rollout/{KEY}", "rows": 3, "bytes": 1000, "reused": False}
    log.write("artifact", made, "rollout", 1)


if __name__ == "__main__":
    assert sys.argv[1:4] == ["-m", "mucode", "train"], sys.argv
    assert (sys.argv[5], sys.argv[7:]) == ("--store", ["--wait"]), sys.argv
    sys.exit(main(sys.argv[4], sys.argv[6]))
