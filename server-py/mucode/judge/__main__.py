"""Entry point as a folder (`python3 -I judge …`) and as a module (`python3 -m mucode.judge …`)."""

import sys
from pathlib import Path

if sys.platform == "win32":
    print("judge: it needs Linux. On Windows open the folder in WSL 2 (Remote-WSL).", file=sys.stderr)
    sys.exit(3)
elif __package__:
    from .cli import main
else:
    # Started as a folder: this file's own folder is the package, whatever it is called and wherever it lies.
    _HERE = Path(__file__).resolve().parent
    sys.path[0] = str(_HERE.parent)
    main = __import__(f"{_HERE.name}.cli", fromlist=["main"]).main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
