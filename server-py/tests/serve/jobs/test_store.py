"""The jobs of a store without a gateway: what a deaf job, a run in a terminal and a served GPU do to them."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from mucode.serve.gateway import _refusal
from mucode.serve.jobs import jobs as jobs_module
from mucode.serve.jobs.errors import JobError
from mucode.serve.jobs.jobs import Jobs
from mucode.serve.jobs.record import FILE
from mucode.serve.jobs.wanted import wanted_of
from mucode.serve.settings import Settings
from tests.serve.gateway_process import is_running, wait_until
from tests.serve.jobs.conftest import started

TOY = wanted_of({"preset": "toy"})
ONE = wanted_of({"preset": "toy", "overrides": {"iterations": 1}})


@pytest.fixture
def jobs(tmp_path: Path, training: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Jobs]:
    monkeypatch.setenv("MUCODE_TRAIN_PYTHON", training)
    monkeypatch.setenv("FAKE_FOLDER", str(tmp_path))
    monkeypatch.setenv("FAKE_TRAIN", "waits")
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[3]))
    found = Jobs(tmp_path / "store")
    found.begin()
    yield found
    (tmp_path / "go").touch()
    found.end()
    wait_until(lambda: not any(is_running(pid) for name, pid in started(tmp_path) if name != "child"))
    for child in found._children:
        child.wait(10)


def test_a_job_that_does_not_end_when_asked_is_killed(
    jobs: Jobs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs_module, "GRACE_S", 1.0)
    monkeypatch.setenv("FAKE_TRAIN", "deaf")
    id_ = jobs.create(TOY, None)[0]["id"]
    wait_until(lambda: len(started(tmp_path)) == 2)
    assert jobs.stop(id_)["message"] == "is being stopped"
    wait_until(lambda: jobs.show(id_)["state"] == "stopped")
    wait_until(lambda: not any(is_running(pid) for _, pid in started(tmp_path)))


def test_a_run_in_a_terminal_is_shown_but_is_ended_there(jobs: Jobs, tmp_path: Path, training: str) -> None:
    (tmp_path / "toy.toml").write_text(TOY.settings)
    command = [training, "-m", "mucode", "train", str(tmp_path / "toy.toml"), "--store", str(jobs.store), "--wait"]
    with subprocess.Popen(command) as process:
        wait_until(lambda: [job["state"] for job in jobs.all()] == ["running"])
        (shown,) = jobs.all()
        assert shown["id"] == TOY.id
        assert not jobs.create(TOY, None)[1]
        with pytest.raises(JobError, match="in a terminal"):
            jobs.stop(TOY.id)
        assert jobs.create(ONE, None)[0]["state"] == "queued"
        process.kill()
    wait_until(lambda: jobs.show(ONE.id)["state"] == "running")
    assert jobs.show(TOY.id)["state"] == "killed"
    (jobs.store / "runs" / TOY.id / "effective.toml").write_text(TOY.settings)
    assert jobs.resume(TOY.id)["state"] == "queued"
    (tmp_path / "go").touch()
    wait_until(lambda: jobs.show(TOY.id)["state"] == "done")
    assert jobs.show(TOY.id)["attempt"] == 2


def test_a_gateway_that_was_killed_before_it_noted_the_process_knows_the_job_again(jobs: Jobs, tmp_path: Path) -> None:
    id_ = jobs.create(TOY, None)[0]["id"]
    record = jobs.store / "runs" / id_ / FILE
    wait_until(lambda: len(started(tmp_path)) == 2)
    pid = started(tmp_path)[0][1]
    record.write_text(record.read_text().replace(f'"pid": {pid}', '"pid": null'))
    assert Jobs(jobs.store).show(id_)["state"] == "running"
    jobs.stop(id_)
    wait_until(lambda: jobs.show(id_)["state"] == "stopped")
    assert [name for name, _ in started(tmp_path)].count(id_) == 1


def test_beside_models_on_a_gpu_nothing_is_started_unless_the_user_says_so(tmp_path: Path, training: str) -> None:
    here = Settings(token_file=tmp_path, log_file=tmp_path, model=tmp_path, device="cuda")
    for settings, refused in (
        (here, True),
        (Settings(tmp_path, tmp_path, model=tmp_path, device="cpu"), False),
        (Settings(tmp_path, tmp_path, model=tmp_path, device="cuda", jobs_beside_serving="allow"), False),
        (Settings(tmp_path, tmp_path, model=tmp_path, device="cpu", jobs_beside_serving="refuse"), True),
        (Settings(tmp_path, tmp_path, jobs_only=True, device="cuda"), False),
    ):
        assert (_refusal(settings) is not None) == refused
    with pytest.raises(JobError, match="--jobs-only"):
        Jobs(tmp_path / "store", lambda: _refusal(here)).create(TOY, None)
    assert not (tmp_path / "store" / "runs").exists()


def test_a_queued_job_says_what_it_waits_for_when_models_took_the_gpu_meanwhile(jobs: Jobs, tmp_path: Path) -> None:
    jobs.create(TOY, None)
    assert jobs.create(ONE, None)[0]["message"] is None
    jobs.end()
    (tmp_path / "go").touch()
    other = Jobs(jobs.store, lambda: "the models are here")
    wait_until(lambda: other.show(TOY.id)["state"] == "done")
    other._next()
    found = other.show(ONE.id)
    assert (found["state"], found["message"]) == ("queued", "the models are here")


def test_a_job_queued_by_a_gateway_that_is_gone_is_begun_by_another(jobs: Jobs, tmp_path: Path) -> None:
    other = Jobs(jobs.store, look_s=0.2)
    other.begin()
    first = jobs.create(TOY, None)[0]["id"]
    wait_until(lambda: not (jobs._pending or other._pending))
    # This one never begins anything: it stands for the gateway that dies.
    second = Jobs(jobs.store).create(ONE, None)[0]
    assert second["state"] == "queued"
    (tmp_path / "go").touch()
    wait_until(lambda: jobs.show(first)["state"] == "done")
    wait_until(lambda: jobs.show(second["id"])["state"] == "done")
    other.end()
    for child in other._children:
        child.wait(10)
