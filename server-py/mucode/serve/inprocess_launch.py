"""The command line and environment of the engine `transformers` (inprocess/)."""

import importlib.util
import os
import sys
from pathlib import Path

import mucode
from mucode.errors import MucodeError
from mucode.serve.process import Launch
from mucode.serve.settings import Settings
from mucode.serve.sglang_launch import Access

MODULE = "mucode.serve.inprocess"


def own_python() -> Path | None:
    """The Python that runs this, if it has torch and transformers."""
    able = importlib.util.find_spec("torch") and importlib.util.find_spec("transformers")
    return Path(sys.executable) if able else None


def inprocess_launch(settings: Settings, access: Access) -> Launch:
    """The command for one run. Raises MucodeError if the model or the Python is missing."""
    model, python = settings.model, settings.engine_python
    if python is None or not os.access(python, os.X_OK):
        raise MucodeError(
            f"There is no Python with torch and transformers at {python}. Install mucode[train], or give "
            "--engine-python one that has them."
        )
    if model is None or not (model / "config.json").is_file():
        option = "--verifier" if settings.embedding else "--generator"
        raise MucodeError(f"There is no model in {model}. Give {option} the folder of a model (with its config.json).")
    command = (
        *(str(python), "-m", MODULE),
        *("--verifier" if settings.embedding else "--model", str(model.resolve())),
        *(("--verifier", str(settings.verifier.resolve())) if settings.together and settings.verifier else ()),
        *("--served-name", settings.served_name, "--port", str(access.port)),
        *("--device", settings.device, "--dtype", settings.dtype),
        *("--context-length", str(settings.context_length)),
        *("--max-running-requests", str(settings.max_running_requests)),
    )
    dropped = ("MUCODE_TOKEN", "PYTHONHOME")
    environment = {name: value for name, value in os.environ.items() if name not in dropped}
    environment |= {"PYTHONPATH": str(Path(mucode.__file__).parents[1]), "HF_HUB_OFFLINE": "1"}
    # Threads that spin while they wait make a step several times slower as soon as anything else runs.
    environment["OMP_WAIT_POLICY"] = os.environ.get("OMP_WAIT_POLICY", "PASSIVE")
    environment |= {"MUCODE_API_KEY": access.api_key, "MUCODE_ADMIN_KEY": access.admin_key}
    return Launch(command, environment)
