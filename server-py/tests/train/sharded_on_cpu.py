"""One of two processes that share a stage by FSDP2 without a GPU; `accelerate launch` starts both with our own file.

accelerate 1.15 shards over accelerators only, so it is told that there are some; everything else is real, over gloo.
"""

import sys
from importlib import import_module
from pathlib import Path
from typing import Any

from mucode.train.worker import work


def main(order: Path) -> int:
    accelerate: Any = import_module("accelerate.state")
    accelerate.PartialState(cpu=True).distributed_type = accelerate.DistributedType.MULTI_GPU
    status = work(order)
    if not accelerate.AcceleratorState().is_fsdp2:
        raise AssertionError("the model was not sharded")
    return status


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
