"""Has an adapter merged into its base before an engine is started on it, in a process that has torch."""

import asyncio
import contextlib
import os
from pathlib import Path

import mucode
from mucode.errors import MucodeError

ADAPTER = "adapter_config.json"
MODULE = "mucode.train.adapter"


async def whole_model(model: Path, base: Path | None, python: Path) -> Path:
    """The folder of whole weights: the model itself, or the adapter's merged copy in the cache.

    `python` is that of the engine's environment; `base` is where the adapter's base is, if not where it says.
    Raises MucodeError.
    """
    if not (model / ADAPTER).is_file():
        if base:
            raise MucodeError(f"--base is for adapters, but {model} is a whole model. Leave --base out.")
        return model
    dropped = ("MUCODE_TOKEN", "PYTHONHOME")
    environment = {name: value for name, value in os.environ.items() if name not in dropped}
    environment["PYTHONPATH"] = str(Path(mucode.__file__).parents[1])
    try:
        process = await asyncio.create_subprocess_exec(
            *(str(python), "-m", MODULE, str(model), *([str(base)] if base else [])),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=environment,
        )
    except OSError as error:
        raise MucodeError(f"There is no Python at {python}: {error.strerror}. Correct --engine-python.") from error
    try:
        said, complaint = await process.communicate()
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
    if process.returncode:
        last = complaint.decode("utf-8", "replace").strip().rpartition("\n")[2]
        raise MucodeError(last or f"Merging the adapter in {model} ended with status {process.returncode}. Try again.")
    return Path(said.decode().strip().rpartition("\n")[2])
