"""How many threads a stage computes with."""

import torch

# Below so many weights threads wait for each other longer than they compute; on a busy machine several times longer.
_WORTH_THREADS = 10_000_000


def use_threads(parameters: int, workers: int) -> None:
    """As many threads as there are workers for a model of so many weights; for a small one a single thread.

    So a small model's bytes never depend on the number of workers. A large one's may in their last bits, as they do on
    another processor or GPU; that is no part of an artifact's key.
    """
    torch.set_num_threads(max(1, workers) if parameters > _WORTH_THREADS else 1)
