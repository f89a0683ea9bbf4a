"""Tables survive exactly, and a damaged one says where."""

from pathlib import Path

import pytest

from mucode.errors import MucodeError
from mucode.train.rows import ExampleRow, ScoreRow, read_rows, seed_of, write_rows

EXAMPLE = ExampleRow("p", 0, 1, ({"role": "user", "content": "é\n\u2028"},), "```python\n```", True, 0.1 + 0.2)


def test_a_table_comes_back_as_it_was(tmp_path: Path) -> None:
    assert write_rows(tmp_path / "t.jsonl", [EXAMPLE, EXAMPLE]) == 2
    assert list(read_rows(tmp_path / "t.jsonl", ExampleRow)) == [EXAMPLE, EXAMPLE]
    assert [entry.name for entry in tmp_path.iterdir()] == ["t.jsonl"]


def test_equal_tables_are_equal_bytes(tmp_path: Path) -> None:
    write_rows(tmp_path / "a", [ScoreRow("p", "f", 1.5, 0.25)])
    write_rows(tmp_path / "b", [ScoreRow(score=1.5, probability=0.25, fingerprint="f", problem="p")])
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


@pytest.mark.parametrize("damaged", ['{"problem":"p"', '{"problem":"p"}', "[]", "1"])
def test_a_damaged_row_is_named_by_file_and_line(tmp_path: Path, damaged: str) -> None:
    path = tmp_path / "t.jsonl"
    write_rows(path, [ScoreRow("p", "f", 1.5, 0.25)])
    path.write_text(path.read_text() + damaged + "\n")
    with pytest.raises(MucodeError, match=r"t\.jsonl, line 2"):
        list(read_rows(path, ScoreRow))


def test_a_seed_depends_on_every_part_and_on_nothing_else() -> None:
    seeds = {seed_of(1, "p", rollout, turn) for rollout in range(3) for turn in range(3)}
    assert len(seeds) == 9
    assert seed_of(1, "p", 0, 1) == seed_of(1, "p", 0, 1)
    assert all(0 <= seed < 2**63 for seed in seeds)
