"""Starts SGLang inside its own environment. Run by path with that environment's Python; imports nothing of mucode.

The keys come by environment, because a command line can be read by every user of the machine.
"""

import os
import sys
from importlib import import_module


def main() -> None:
    """`sglang.launch_server` with its usual arguments plus the two keys."""
    run_server = import_module("sglang.launch_server").run_server
    prepare_server_args = import_module("sglang.srt.server_args").prepare_server_args
    kill_process_tree = import_module("sglang.srt.utils").kill_process_tree

    keys = ["--api-key", os.environ.pop("MUCODE_API_KEY"), "--admin-api-key", os.environ.pop("MUCODE_ADMIN_KEY")]
    try:
        run_server(prepare_server_args([*sys.argv[1:], *keys]))
    finally:
        kill_process_tree(os.getpid(), include_parent=False)


if __name__ == "__main__":
    main()
