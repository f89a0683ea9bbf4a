"""An SGLang of our own, started on the generator's folder for as long as a stage needs it."""

import asyncio
import json
import os
import shutil
import tempfile
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx

from mucode.errors import MucodeError
from mucode.serve.engine import Engine as Supervised
from mucode.serve.settings import Settings
from mucode.serve.supervisor import LocalEngine

from .http import HttpEngine, Server
from .settings import EngineConfig

_PATHS = Path(__file__).parents[4] / ".mucode" / "paths.json"
_START_S = 600.0
_TAIL = 8


@asynccontextmanager
async def sglang_engine(config: EngineConfig, model_folder: Path) -> AsyncGenerator[HttpEngine]:
    """Starts the server and waits until it answers. Raises MucodeError with its last output when it does not."""
    folder = _served(model_folder)
    log = Path(tempfile.mkdtemp(prefix="mucode-engine-")) / "engine.log"
    changed = asyncio.Event()
    supervised = LocalEngine(settings_for(config, folder, log), lambda _: changed.set())

    async def ready() -> httpx.AsyncClient:
        return await _ready(supervised, changed)

    async def abort(rid: str) -> None:
        supervised.abort(rid)

    supervised.start()
    try:
        await ready()
        # In the deterministic mode all samples of one request would be the same.
        together = not (config.deterministic and config.on_gpu)
        server = Server(f"SGLang with {folder.name}", supervised.model or "", own=True, together=together, abort=abort)
        yield HttpEngine(server, ready, in_flight=2 * config.running, attempts=config.attempts)
    finally:
        failed = supervised.state == "failed"
        await supervised.stop()
        if not failed:  # else its message names the log
            shutil.rmtree(log.parent, ignore_errors=True)


def settings_for(config: EngineConfig, folder: Path, log: Path) -> Settings:
    """How `mucode.serve` starts the server. Raises MucodeError when it is not known where SGLang is."""
    return Settings(
        token_file=log,
        log_file=log,
        model=folder,
        engine_python=_python(config),
        device=config.device,
        dtype=config.dtype,
        deterministic=config.deterministic,
        context_length=config.context_length,
        max_total_tokens=config.max_total_tokens or None,
        max_running_requests=config.running,
        memory_share=config.memory_share or Settings.memory_share,
        start_timeout_s=_START_S,
    )


async def _ready(supervised: Supervised, changed: asyncio.Event) -> httpx.AsyncClient:
    """Waits until the server answers, also when it is started again after it died."""
    while supervised.state not in ("ready", "failed"):
        changed.clear()
        await changed.wait()
    if supervised.state == "failed":
        tail = "\n".join(supervised.log_tail()[-_TAIL:])
        raise MucodeError(f"The engine is not running: {supervised.message}\n{tail}")
    return supervised.client


def _served(folder: Path) -> Path:
    """The folder of a whole model: an adapter is merged into its base."""
    if not (folder / "adapter_config.json").is_file():
        return folder
    from mucode.train.models import merged

    return merged(folder)


def _python(config: EngineConfig) -> Path:
    named = config.python or os.environ.get("MUCODE_SGLANG_PYTHON")
    if not named and _PATHS.is_file():
        named = json.loads(_PATHS.read_text(encoding="utf-8")).get("sglangPython")
    if not named:
        raise MucodeError("No SGLang: set engine.python or MUCODE_SGLANG_PYTHON to the Python of its environment.")
    return Path(named)
