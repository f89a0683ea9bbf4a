"""Model folders: where a base comes from, how weights, adapters and tokenizers are read, merged and written.

torch is imported inside the functions: the pipeline asks for bases and keys without it.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from mucode.errors import MucodeError
from mucode.train.rows import write_whole

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel

ADAPTER = "adapter_config.json"
BASE = "base.json"
CONFIG = "config.json"
_BLOCK = 1 << 20
# Of a hub's repository only what transformers reads: some also hold the same weights in other forms.
_WANTED = ["*.json", "*.safetensors", "*.jinja", "tokenizer*", "*.model", "LICENSE*", "NOTICE*"]
_NOT_WANTED = ["original/*", "onnx/*"]
_BESIDE = (
    *("tokenizer", "chat_template", "vocab", "merges", "special_tokens", "added_tokens"),
    *("generation_config.json", "LICENSE", "NOTICE"),
)


def base_folder(name: str) -> Path:
    """The folder of a base model: a path, or a name on the model hub, which is fetched once into the hub's own cache.

    Gated models need HF_TOKEN. Raises MucodeError that says what to do.
    """
    folder = Path(name).expanduser()
    if folder.is_dir():
        if not (folder / CONFIG).is_file():
            raise MucodeError(f"{folder} is no model folder: it holds no config.json.")
        return folder.resolve()
    if name.startswith((".", "/", "~")) or name.count("/") != 1:
        raise MucodeError(f"There is no model folder {name}. Name a folder, or a model of the hub as owner/name.")
    return _fetched(name)


def _fetched(name: str) -> Path:
    import huggingface_hub
    from huggingface_hub import constants
    from huggingface_hub.errors import GatedRepoError, HfHubHTTPError, LocalEntryNotFoundError, RepositoryNotFoundError

    page = f"{constants.ENDPOINT}/{name}"
    try:
        return Path(
            cast("Any", huggingface_hub).snapshot_download(name, allow_patterns=_WANTED, ignore_patterns=_NOT_WANTED)
        )
    except GatedRepoError as error:
        raise MucodeError(
            f"The weights of {name} are given only to who has accepted their licence. Accept it on {page}, then set "
            "HF_TOKEN to an access token of that account and start again."
        ) from error
    except RepositoryNotFoundError as error:
        raise MucodeError(
            f"The hub knows no model {name}, or does not show it to you. Look at {page}; for a private or gated model "
            "set HF_TOKEN to an access token that may read it."
        ) from error
    except HfHubHTTPError as error:
        raise MucodeError(
            f"The hub refused {name} ({error}). Look at {page}, and whether HF_TOKEN is valid."
        ) from error
    except (LocalEntryNotFoundError, OSError) as error:
        raise MucodeError(
            f"{name} is not in the hub's cache on this machine, and the hub cannot be reached ({constants.ENDPOINT}). "
            "Fetch it where there is a connection and name its folder instead."
        ) from error


def key_of(folder: Path) -> str:
    """24 hexadecimal digits that tell a model by the content of its files, wherever it lies."""
    found = hashlib.sha256()
    for path in sorted(path for path in folder.iterdir() if path.is_file()):
        found.update(f"{path.name}\0{digest_of(path)}\n".encode())
    return found.hexdigest()[:24]


@cache
def _digest(path: Path, _changed_ns: int, _size: int) -> str:
    found = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            found.update(block)
    return found.hexdigest()


def is_adapter(folder: Path) -> bool:
    """Whether the folder holds a LoRA adapter and not a whole model."""
    return (folder / ADAPTER).is_file()


def base_of(folder: Path, given: Path | None = None) -> Path:
    """The model that an adapter belongs to: `given`, or what base.json names, a folder (seen from the adapter's) or a
    model of the hub. Raises MucodeError when it is gone, or is not the model that the adapter was trained on."""
    named: Mapping[str, Any] = json.loads((folder / BASE).read_text(encoding="utf-8"))
    name, expected = str(named["base"]), cast("Mapping[str, str] | None", named.get("sha256"))
    try:
        beside = given or folder / name
        base = beside.resolve() if (beside / CONFIG).is_file() else base_folder(str(given or name))
    except MucodeError as error:
        raise MucodeError(
            f"The adapter in {folder} belongs to the model in {given or name}, which is not there. {error}"
        ) from error
    if expected is not None and (found := digests_of(base)) != expected:
        differing = sorted(file for file in {*found, *expected} if found.get(file) != expected.get(file))
        raise MucodeError(
            f"The adapter in {folder} was trained on another model than the one in {base}: {', '.join(differing)} "
            f"differs. Name the folder of {name} as it was then with --base."
        )
    return base


def digests_of(base: Path) -> dict[str, str]:
    """SHA-256 of what makes a model compute what it does: its configuration and its weights."""
    return {path.name: digest_of(path) for path in sorted([base / CONFIG, *base.glob("*.safetensors")])}


def digest_of(file: Path) -> str:
    """SHA-256 of a file; read once per process while it stays as it is."""
    return _digest(file, file.stat().st_mtime_ns, file.stat().st_size)


def tokenizer_of(folder: Path) -> Any:  # noqa: ANN401  transformers has many classes, partly typed
    """The tokenizer of a model or of an adapter, with its chat template. Raises MucodeError without a template."""
    from transformers import AutoTokenizer

    tokenizer: Any = cast("Any", AutoTokenizer).from_pretrained(tokenizer_folder(folder))
    if not tokenizer.chat_template:
        raise MucodeError(f"The model in {folder} has no chat template. Choose an instruction-tuned model.")
    return tokenizer


def tokenizer_folder(folder: Path) -> Path:
    """Where a model's or an adapter's tokenizer is: an adapter may leave it to its base."""
    own = (folder / "tokenizer_config.json").is_file() or not is_adapter(folder)
    return folder if own else base_of(folder)


def stored_dtype(folder: Path) -> "torch.dtype":
    """The type in which a model's weights are stored; of an adapter, its base's."""
    import torch

    config = json.loads(((base_of(folder) if is_adapter(folder) else folder) / "config.json").read_text("utf-8"))
    return getattr(torch, config.get("dtype") or config.get("torch_dtype") or "float32")


def load_causal(folder: Path, dtype: "torch.dtype | None" = None, *, learns: bool = False) -> "PreTrainedModel":
    """A language model in memory, on the CPU, for inference unless it `learns`.

    `dtype` is that of the weights; None takes them as they are stored. An adapter stays beside its base's weights, and
    only it learns.
    """
    from transformers import AutoModelForCausalLM
    from transformers.utils import logging

    logging.disable_progress_bar()
    adapter = is_adapter(folder)
    source = base_of(folder) if adapter else folder
    loader = cast("Any", AutoModelForCausalLM)
    model: Any = loader.from_pretrained(source, dtype=dtype or stored_dtype(folder))
    if adapter:
        from peft import PeftModel

        model = cast("Any", PeftModel).from_pretrained(model, folder, is_trainable=learns)
    return model.train(learns)


def merged(folder: Path) -> Path:
    """The model itself, or a merged copy of an adapter and its base in the cache (adapter.py)."""
    from mucode.train.adapter import merged as whole

    return whole(folder)


def write_model(
    model: "PreTrainedModel",
    folder: Path,
    dtype: "torch.dtype",
    state: "Mapping[str, torch.Tensor] | None" = None,
) -> None:
    """Writes weights and configuration in a type. `state`: the weights, where the model does not hold them whole."""
    cast_state = {name: tensor.detach().to(dtype) for name, tensor in (state or model.state_dict()).items()}
    # One storage for tied weights, so that only one of them is written.
    tied: Mapping[str, str] = getattr(model, "all_tied_weights_keys", None) or {}
    for name, source in tied.items():
        if name in cast_state and source in cast_state:
            cast_state[name] = cast_state[source]
    model.save_pretrained(folder, state_dict=cast_state)  # pyright: ignore[reportUnknownMemberType]  transformers
    path = folder / "config.json"
    config = json.loads(path.read_text(encoding="utf-8"))
    config["dtype"] = str(dtype).removeprefix("torch.")
    write_whole(path, (json.dumps(config, indent=2, sort_keys=True) + "\n").encode())


def write_adapter(
    model: "PreTrainedModel", folder: Path, base: Path, state: "Mapping[str, torch.Tensor] | None" = None
) -> None:
    """Writes a LoRA adapter, and where its base is. Equal adapters are equal bytes."""
    cast("Any", model).save_pretrained(folder, state_dict=state)
    (folder / "README.md").unlink(missing_ok=True)
    path = folder / ADAPTER
    config = json.loads(path.read_text(encoding="utf-8"))
    # peft keeps them as a set, in an order that changes with each process.
    if isinstance(config["target_modules"], list):
        config["target_modules"] = sorted(config["target_modules"])
    config["base_model_name_or_path"] = str(base)
    write_whole(path, (json.dumps(config, indent=2, sort_keys=True) + "\n").encode())
    write_whole(folder / BASE, (json.dumps({"base": str(base)}) + "\n").encode())


def copy_tokenizer(source: Path, folder: Path) -> None:
    """Puts beside weights what belongs there, byte for byte: the tokenizer, settings for generating, the licence."""
    for path in beside_weights(source):
        shutil.copyfile(path, folder / path.name)


def beside_weights(folder: Path) -> list[Path]:
    """The files of a model or an adapter that `copy_tokenizer` copies."""
    return [path for path in sorted(folder.iterdir()) if path.name.startswith(_BESIDE)]


def cache_folder() -> Path:
    """The folder for what can be made again; it is shared by clones."""
    return Path(os.environ.get("MUCODE_CACHE") or Path.home() / ".cache" / "mucode")
