"""The SGLang command line and environment for a CPU or a GPU."""

import json
import os
import secrets
import socket
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from mucode.errors import MucodeError
from mucode.prompts import TEMPLATE_VALUES
from mucode.serve.process import Launch
from mucode.serve.settings import Settings

HERE = Path(__file__).parent

# torch's own attention and sampling: the compiled kernels of the wheel are for GPUs only.
CPU_FLAGS = (
    *("--attention-backend", "torch_native", "--sampling-backend", "pytorch", "--grammar-backend", "none"),
    *("--disable-overlap-schedule", "--disable-cuda-graph", "--mem-fraction-static", "0.3"),
)
# Sixteen samples of a long function; 380 MB for the embedded model. SGLang's own choice takes a third of the memory.
CPU_CACHE_TOKENS = 16384


@dataclass(frozen=True)
class Access:
    """Where one run of the engine listens and what opens it. SGLang takes the admin key on admin routes only."""

    port: int
    api_key: str = field(repr=False)
    admin_key: str = field(repr=False)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


def new_access() -> Access:
    """A free loopback port and fresh keys."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        # Hexadecimal: SGLang takes a key that begins with a dash for an option.
        return Access(probe.getsockname()[1], secrets.token_hex(24), secrets.token_hex(24))


def chosen_device(settings: Settings) -> Literal["cpu", "cuda"]:
    """The device asked for; for `auto`, cuda where an NVIDIA driver is loaded."""
    if settings.device != "auto":
        return settings.device
    return "cuda" if any(Path(device).exists() for device in ("/dev/nvidiactl", "/dev/dxg")) else "cpu"


def sglang_launch(settings: Settings, access: Access) -> Launch:
    """The command for one run. Raises MucodeError if the model or the engine's Python is missing."""
    model, python = settings.model, settings.engine_python
    if model is None or not (model / "config.json").is_file():
        option = "--verifier" if settings.embedding else "--model"
        raise MucodeError(f"There is no model in {model}. Give {option} the folder of a model (with its config.json).")
    if python is None or not os.access(python, os.X_OK):
        raise MucodeError(f"There is no Python at {python}. Give --engine-python the Python of SGLang's environment.")
    on_cpu = chosen_device(settings) == "cpu"
    dtype = ("bfloat16" if on_cpu else "auto") if settings.dtype == "auto" else settings.dtype
    cache = settings.max_total_tokens or (CPU_CACHE_TOKENS if on_cpu else None)
    command = (
        # -P: our folder must not come before the standard library on SGLang's path.
        *(str(python), "-P", str(HERE / "sglang_start.py"), "--model-path", str(model.resolve())),
        *("--served-model-name", settings.served_name, "--host", "127.0.0.1", "--port", str(access.port)),
        *("--device", "cpu" if on_cpu else "cuda", "--dtype", dtype),
        *("--context-length", str(settings.context_length)),
        *("--max-running-requests", str(settings.max_running_requests)),
        # What is served today is what was learned, whatever the date (mucode/prompts).
        *("--default-chat-template-kwargs", json.dumps(TEMPLATE_VALUES)),
        *(CPU_FLAGS if on_cpu else ("--mem-fraction-static", str(settings.memory_share))),
        *(("--enable-deterministic-inference",) if settings.deterministic and not on_cpu else ()),
        *(("--is-embedding",) if settings.embedding else ()),
        *(() if cache is None else ("--max-total-tokens", str(cache))),
    )
    return Launch(command, _environment(access, on_cpu))


def _environment(access: Access, on_cpu: bool) -> dict[str, str]:
    """Our own environment without Python's paths (they are for another interpreter) and without the gateway's token."""
    # PYTHONDONTWRITEBYTECODE would have SGLang's thousand modules compiled anew at every start: half a minute.
    dropped = {"PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "PYTHONDONTWRITEBYTECODE", "MUCODE_TOKEN"}
    environment = {name: value for name, value in os.environ.items() if name not in dropped}
    environment |= {"MUCODE_API_KEY": access.api_key, "MUCODE_ADMIN_KEY": access.admin_key, "HF_HUB_OFFLINE": "1"}
    if on_cpu:
        environment |= {
            "PYTHONPATH": str(HERE / "stand_in"),
            "SGLANG_USE_CPU_ENGINE": "1",
            "CUDA_VISIBLE_DEVICES": "",
            # Threads that spin while they wait make a step five times slower as soon as anything else runs.
            "OMP_WAIT_POLICY": os.environ.get("OMP_WAIT_POLICY", "PASSIVE"),
        }
    return environment
