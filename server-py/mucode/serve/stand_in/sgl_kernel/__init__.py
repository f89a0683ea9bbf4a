"""Stands in for SGLang's compiled kernels on a machine without a GPU; on the engine's path only there.

The published wheel holds CUDA code only, yet SGLang imports a few names from it on a CPU. They serve speculative
decoding, which is never on here, so each becomes a function that says what is missing when it is called.
"""

from collections.abc import Callable


def __getattr__(name: str) -> Callable[..., None]:
    if name.startswith("__"):
        raise AttributeError(name)

    def missing(*_args: object, **_named: object) -> None:
        raise NotImplementedError(f"sgl_kernel.{name} needs a GPU")

    return missing
