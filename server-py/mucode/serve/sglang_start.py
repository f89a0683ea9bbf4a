"""Starts SGLang inside its own environment. Run by path with that environment's Python; imports nothing of mucode.

The keys come by environment, because a command line can be read by every user of the machine.
"""

import os
import sys


def main() -> None:
    """`sglang.launch_server` with its usual arguments plus the two keys."""
    from sglang.launch_server import run_server
    from sglang.srt.server_args import prepare_server_args
    from sglang.srt.utils import kill_process_tree

    keys = ["--api-key", os.environ.pop("MUCODE_API_KEY"), "--admin-api-key", os.environ.pop("MUCODE_ADMIN_KEY")]
    try:
        run_server(prepare_server_args([*sys.argv[1:], *keys]))
    finally:
        kill_process_tree(os.getpid(), include_parent=False)


if __name__ == "__main__":
    main()
