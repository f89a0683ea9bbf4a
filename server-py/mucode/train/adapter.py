"""A LoRA adapter and its base become a whole model, for engines that load nothing else. How adapters are trained is in
generator/; peft is not needed here, because the environments that serve models have none."""

import hashlib
import json
import shutil
import sys
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from mucode.errors import MucodeError
from mucode.train.lock import locked
from mucode.train.models import (
    ADAPTER,
    CONFIG,
    base_of,
    beside_weights,
    cache_folder,
    copy_tokenizer,
    digest_of,
    digests_of,
    is_adapter,
)

_WEIGHTS = "adapter_model.safetensors"
_INDEX = "model.safetensors.index.json"
_PREFIX = "base_model.model."
# Settings of peft under which the sum below is not what the adapter computes.
_OTHER = ("use_dora", "rank_pattern", "alpha_pattern", "modules_to_save", "fan_in_fan_out", "lora_bias")


def merged(folder: Path, given: Path | None = None) -> Path:
    """A folder with whole weights: the model itself, or an adapter merged into its base, once, in the cache.

    `given`: where the base is, if not where the adapter says. Summed in float32 and stored in the base's types.
    Raises MucodeError.
    """
    if not is_adapter(folder):
        return folder
    base = base_of(folder, given)
    target = cache_folder() / "merged" / _key(folder, base)
    if target.is_dir():
        return target
    with locked(target.with_name(f"{target.name}.lock"), f"The merged copy of {folder}", wait=True):
        if not target.is_dir():
            making = target.with_name(f"{target.name}.partial")
            shutil.rmtree(making, ignore_errors=True)
            making.mkdir()
            _merge(folder, base, making)
            making.rename(target)
    return target


def _key(folder: Path, base: Path) -> str:
    """Tells a merged model by what it is made from, wherever that lies."""
    config = {name: value for name, value in _config(folder).items() if name != "base_model_name_or_path"}
    # As _merge does: the adapter's own in the place of the base's.
    beside = {path.name: digest_of(path) for one in (base, folder) for path in beside_weights(one)}
    index = digest_of(base / _INDEX) if (base / _INDEX).is_file() else None
    made_from = [config, digest_of(folder / _WEIGHTS), beside, digests_of(base), index]
    return hashlib.sha256(json.dumps(made_from, sort_keys=True).encode()).hexdigest()[:24]


def _config(folder: Path) -> Mapping[str, Any]:
    return json.loads((folder / ADAPTER).read_text(encoding="utf-8"))


def _merge(folder: Path, base: Path, target: Path) -> None:
    tensors: Any = import_module("safetensors.torch")
    scale = _scale(folder)
    pairs = _pairs(tensors.load_file(folder / _WEIGHTS), folder)
    for file in sorted(base.glob("*.safetensors")):
        state: dict[str, Any] = {}
        for name, tensor in tensors.load_file(file).items():
            state[name] = tensor
            if name in pairs:
                down, up = pairs.pop(name)
                state[name] = (tensor.float() + scale * (up.float() @ down.float())).to(tensor.dtype)
        tensors.save_file(state, target / file.name, metadata={"format": "pt"})
    if pairs:
        raise MucodeError(f"The adapter in {folder} changes {sorted(pairs)[0]}, which the model in {base} lacks.")
    for name in (CONFIG, _INDEX):
        if (base / name).is_file():
            shutil.copyfile(base / name, target / name)
    copy_tokenizer(base, target)
    copy_tokenizer(folder, target)


def _scale(folder: Path) -> float:
    config = _config(folder)
    odd = [name for name in _OTHER if config.get(name)]
    odd += [] if config.get("bias", "none") == "none" else ["bias"]
    if config.get("peft_type") != "LORA" or odd:
        raise MucodeError(f"The adapter in {folder} is no plain LoRA ({', '.join(odd)}). Merge it with its own tools.")
    rank, alpha = int(config["r"]), float(config["lora_alpha"])
    return alpha / rank**0.5 if config.get("use_rslora") else alpha / rank


def _pairs(state: Mapping[str, Any], folder: Path) -> dict[str, tuple[Any, Any]]:
    """Weight's name -> (A, B): A [rank, in], B [out, rank]."""
    down, up = ".lora_A.weight", ".lora_B.weight"
    odd = [name for name in state if not (name.startswith(_PREFIX) and name.endswith((down, up)))]
    names = [name.removesuffix(down) for name in state if name.endswith(down)]
    if odd or len(state) != 2 * len(names):
        raise MucodeError(f"The adapter in {folder} is no plain LoRA ({odd[:1]}). Merge it with its own tools.")
    return {f"{name.removeprefix(_PREFIX)}.weight": (state[name + down], state[name + up]) for name in names}


def main(arguments: list[str]) -> int:
    """`python -m mucode.train.adapter FOLDER [BASE]`: prints the merged folder, for the gateway, which has no torch."""
    try:
        folder = merged(Path(arguments[0]), Path(arguments[1]) if len(arguments) > 1 else None)
    except (MucodeError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(f"{folder}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
