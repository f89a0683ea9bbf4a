"""Entry point as a folder (`python3 -I judge …`) and as a module (`python3 -m mucode.judge …`)."""

import sys
from pathlib import Path

if __package__:
    from .cli import main
else:
    # Started as a folder: this file's own folder is the package, whatever it is called and wherever it lies.
    _HERE = Path(__file__).resolve().parent
    sys.path[0] = str(_HERE.parent)
    main = __import__(f"{_HERE.name}.cli", fromlist=["main"]).main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
