"""`python -m mucode.serve.inprocess`: loads the models and listens on loopback, for the gateway's supervisor."""

import argparse
import os
import sys
from pathlib import Path

import torch
import uvicorn
from transformers.utils import logging

from mucode.errors import MucodeError
from mucode.serve.inprocess.model import Generator, load_verifier
from mucode.serve.inprocess.routes import Served, make_app
from mucode.serve.inprocess.worker import Worker


def main() -> int:
    """Serve until it is ended. The keys come by environment: command lines can be read by every user."""
    keys = os.environ.pop("MUCODE_API_KEY"), os.environ.pop("MUCODE_ADMIN_KEY")
    chosen = _parser().parse_args()
    logging.set_verbosity_error()
    device = chosen.device
    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
    try:
        generator = (
            Generator(chosen.model, device, chosen.dtype, chosen.context_length) if chosen.model is not None else None
        )
        verifier = None if chosen.verifier is None else load_verifier(chosen.verifier, device, chosen.dtype)
    except MucodeError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    worker = Worker(chosen.max_running_requests, chosen.max_waiting_requests)
    served = Served(chosen.served_name, worker, chosen.max_running_requests, generator, verifier, *keys)
    sys.stderr.write(f"Loaded on {device}.\n")
    uvicorn.run(make_app(served), host="127.0.0.1", port=chosen.port, log_level="warning", access_log=False)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="mucode.serve.inprocess")
    add = parser.add_argument
    add("--model", type=Path)
    add("--verifier", type=Path)
    add("--served-name", required=True)
    add("--port", type=int, required=True)
    add("--device", default="auto")
    add("--dtype", default="auto")
    add("--context-length", type=int, default=4096)
    add("--max-running-requests", type=int, default=16)
    add("--max-waiting-requests", type=int, default=64)
    return parser


if __name__ == "__main__":
    sys.exit(main())
