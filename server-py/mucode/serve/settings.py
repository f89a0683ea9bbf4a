"""What `mucode serve` was asked to do, as one frozen value, and where it keeps its own files."""

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

BesideServing = Literal["refuse", "allow"]
Device = Literal["auto", "cpu", "cuda"]


def default_store() -> Path:
    """The store of training runs: MUCODE_STORE, else a folder of this user."""
    named = os.environ.get("MUCODE_STORE")
    return Path(named) if named else state_folder() / "train"


def state_folder() -> Path:
    """The folder for this user's token and logs (XDG base directories)."""
    base = os.environ.get("XDG_STATE_HOME")
    return (Path(base) if base else Path.home() / ".local" / "state") / "mucode"


@dataclass(frozen=True)
class Settings:
    """All choices of one gateway. Times are seconds, sizes are tokens unless the name says otherwise."""

    token_file: Path
    log_file: Path
    engine: Literal["sglang", "transformers", "url"] = "sglang"
    model: Path | None = None
    verifier: Path | None = None
    # Where the base of the generator's adapter is, if not where the adapter says.
    base: Path | None = None
    # Of the pair that both models are from: its name for clients, and what its verifier's scores are divided by.
    revision: str | None = None
    temperature: float | None = None
    # Whether one process has both models in memory; of the engine `transformers`.
    together: bool = False
    engine_python: Path | None = None
    engine_url: str | None = None
    # Sent to an engine that someone else runs; never shown.
    engine_key: str | None = field(default=None, repr=False)
    host: str = "127.0.0.1"
    port: int = 8600
    trusted_hosts: tuple[str, ...] = ()
    device: Device = "auto"
    dtype: str = "auto"
    served_name: str = "mucode-generator"
    context_length: int = 4096
    # None: as many as SGLang thinks fit on a GPU, CPU_CACHE_TOKENS on a CPU.
    max_total_tokens: int | None = None
    max_running_requests: int = 16
    # Of the GPU's free memory, for weights and cache.
    memory_share: float = 0.8
    # On a GPU: SGLang's mode in which a request's seed decides its answer, whatever else is in the batch.
    deterministic: bool = False
    # Whether the model gives one number per text instead of more text.
    embedding: bool = False
    start_timeout_s: float = 600.0
    drain_s: float = 5.0
    stdin_owner: bool = False
    # Where training runs are kept.
    store: Path = field(default_factory=default_store)
    # Whether there are no models, only jobs.
    jobs_only: bool = False
    # Whether a job may start while models are served; None: unless both would share a GPU.
    jobs_beside_serving: BesideServing | None = None
