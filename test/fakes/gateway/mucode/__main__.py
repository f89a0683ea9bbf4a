"""A stand-in for `mucode serve`: its announcements without a server, and its mishaps, chosen by FAKE_GATEWAY."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time

MODE = os.environ.get("FAKE_GATEWAY", "ready")


def announce(**event):
    print(json.dumps(event), flush=True)


def main():
    if MODE == "stubborn":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    print("a line of its log", file=sys.stderr, flush=True)
    # The engine has a session of its own, as in the real one.
    child = subprocess.Popen(["sleep", "600"], start_new_session=MODE == "stubborn")
    if MODE == "dies":
        sys.exit("mucode serve: the port is taken")
    with tempfile.NamedTemporaryFile("w", suffix="token", delete=False) as file:
        file.write("a-token-of-sixteen\n")
    print("not an announcement", flush=True)
    announce(event="listening", url="http://127.0.0.1:9", token_file=file.name, pid=os.getpid())
    announce(event="state", state="starting", message=f"Loading {os.environ['MUCODE_MODEL']}; child {child.pid}")
    if MODE == "failed":
        announce(event="state", state="failed", message="No memory left.", log=["first", "last words"])
    elif MODE != "loading":
        announce(event="state", state="ready", message="Ready.")
    if MODE == "stubborn":
        time.sleep(600)
    sys.stdin.read()
    os.unlink(file.name)
    child.kill()


main()
