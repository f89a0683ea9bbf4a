"""The data sets where they are at hand; a test that needs an absent one is skipped, loudly."""

from collections.abc import Callable
from functools import cache
from typing import Any

import pytest

from mucode.problems import files, humaneval, humanevalpack, mbpp
from mucode.problems.row import Row


def rows(load: Callable[..., list[Row]], *arguments: Any) -> list[Row]:  # noqa: ANN401  those of `load`
    """The rows, or a skip naming what is absent. Nothing is fetched from a test."""
    for file in (mbpp.FILE, humaneval.FILE, humanevalpack.FILE):
        if not (files.data_folder() / file.name).exists():
            pytest.skip(f"NOT TESTED: no {file.name} at MUCODE_DATA or ../shared/data")
    return list(_read(load, *arguments))


@cache
def _read(load: Callable[..., list[Row]], *arguments: Any) -> list[Row]:  # noqa: ANN401  those of `load`
    """Once per process: taking a data set's tests apart takes a second."""
    return load(*arguments)
