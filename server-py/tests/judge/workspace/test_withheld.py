"""The sources of the tests are out of a candidate's reach, and suites that need them still get a right verdict."""

from pathlib import Path

import pytest

from tests.judge.workspace.projects import CALC, GOOD, judge, project

FILES = {
    "calc.py": CALC,
    "slurp.py": "from pathlib import Path\ndef slurp(path):\n    return Path(path).read_bytes().decode('latin-1')\n",
    "tests/test_calc.py": "from calc import add\nfrom tests.tool import twice\n\n"
    "def test_add():\n    assert add(2, 3) == 5\n\ndef test_twice():\n    assert twice(add(1, 1)) == 4\n",
    "tests/tool.py": "def twice(x):\n    return 2 * x\n",
    "tests/__init__.py": "",
}
BOTH = ["tests/test_calc.py::test_add", "tests/test_calc.py::test_twice"]
READS = """
import os
import re
from slurp import slurp
def add(a, b):
    places = [{places}]
    for place in places:
        for folder, _, names in os.walk(place):
            for name in names:
                try:
                    text = slurp(os.path.join(folder, name))
                    found = re.findall(r"add\\(2, 3\\), (\\d+)|add\\(2, 3\\) == (\\d+)", text)
                except OSError:
                    continue
                if found and (a, b) == (2, 3):
                    return int("".join(found[0]))
    return 2
"""


def green(event: "dict[str, object]") -> bool:
    return event["verdict"] == "pass" and event["judged"] != "unguarded"


def test_an_honest_repair_is_guarded(tmp_path: Path) -> None:
    event = judge(project(tmp_path, FILES), BOTH, GOOD)
    assert (event["verdict"], event["judged"]) == ("pass", "guarded"), event


@pytest.mark.parametrize("places", ['"tests"', '"."', '"/pyc"', '"/tmp"'])
def test_a_helper_of_the_project_cannot_read_the_tests(tmp_path: Path, places: str) -> None:
    event = judge(project(tmp_path, FILES), BOTH, READS.replace("{places}", places))
    assert not green(event), event


NEEDING = {
    "its own file": "from pathlib import Path\ndef test():\n    assert add(2, 3) == 5\n"
    "    assert 'def test' in Path(__file__).read_text()\n",
    "the source of a function": "import inspect\ndef test():\n    assert add(2, 3) == 5\n"
    "    assert 'inspect' in inspect.getsource(test)\n",
    "its own name": "import os\ndef test():\n    assert add(2, 3) == 5\n"
    "    assert '::test ' in os.environ['PYTEST_CURRENT_TEST']\n",
    "a process that imports the tests": "import subprocess, sys\ndef test():\n    assert add(2, 3) == 5\n"
    "    subprocess.run([sys.executable, '-c', 'import tests.tool'], check=True)\n",
}


@pytest.mark.parametrize("what", NEEDING)
def test_a_test_that_needs_its_source_gets_it_and_is_unguarded(tmp_path: Path, what: str) -> None:
    files = {**FILES, "tests/test_calc.py": "from calc import add\n" + NEEDING[what]}
    root = project(tmp_path, files)
    event = judge(root, ["tests/test_calc.py::test"], GOOD)
    assert (event["verdict"], event["judged"]) == ("pass", "unguarded"), event
    assert "need their own sources" in event["why"]
    assert judge(root, ["tests/test_calc.py::test"], CALC)["verdict"] == "fail"


def test_a_slow_import_has_the_time_of_a_start_and_not_of_a_test(tmp_path: Path) -> None:
    slow = "import time\ntime.sleep(1.5)\nfrom calc import add\ndef test():\n    assert add(2, 3) == 5\n"
    root = project(tmp_path, {**FILES, "tests/test_calc.py": slow})
    event = judge(root, ["tests/test_calc.py::test"], GOOD, time_limit_s=1)
    assert (event["verdict"], event["judged"]) == ("pass", "guarded"), event


DATA = """
import json
import os
import tempfile
from pathlib import Path
from calc import add
def test():
    assert add(2, 3) == json.loads((Path(__file__).parent / "test_calc" / "sums.json").read_text())["2+3"]
    assert "PYTEST_CURRENT_TEST" not in {}
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "a").write_text("x")
        os.rename(Path(folder, "a"), Path(folder).parent / "moved")
"""


def test_a_test_that_reads_its_data_and_moves_files_is_guarded(tmp_path: Path) -> None:
    files = {**FILES, "tests/test_calc.py": DATA, "tests/test_calc/sums.json": '{"2+3": 5}'}
    event = judge(project(tmp_path, files), ["tests/test_calc.py::test"], GOOD)
    assert (event["verdict"], event["judged"]) == ("pass", "guarded"), event


@pytest.mark.parametrize("adapter", ["unittest", "asserts"])
def test_other_adapters_take_the_sources_away_too(tmp_path: Path, adapter: str) -> None:
    text = {
        "unittest": "import unittest\nfrom calc import add\nclass T(unittest.TestCase):\n    def test(self):\n"
        "        self.assertEqual(add(2, 3), 5)\n",
        "asserts": "from calc import add\nassert add(2, 3) == 5\n",
    }[adapter]
    name = {"unittest": "tests/test_calc.py::T::test", "asserts": "tests/test_calc.py::2"}[adapter]
    root = project(tmp_path, {**FILES, "tests/test_calc.py": text})
    honest = judge(root, [name], GOOD, adapter=adapter)
    assert (honest["verdict"], honest["judged"]) == ("pass", "guarded"), honest
    hostile = READS.replace("{places}", '"tests"')
    assert not green(judge(root, [name], hostile, adapter=adapter))


def test_a_module_of_the_product_called_tests_is_repaired_and_guarded_like_any_other(tmp_path: Path) -> None:
    odd = "def test_odd(value):\n    assert isinstance(value, int)\n    return value % 2 == 1\n"
    half = "def half(x):\n    return x if test_odd(x) else x // 2\n"
    test = """
        from pkg.filters import half
        from pkg.tests import test_odd as odd

        def test_halves():
            assert odd(3)
            assert half(3) == 3
            assert half(4) == 2
    """
    for file, wrong, answer, name in (
        ("pkg/tests.py", odd.replace("== 1", "== 0"), odd, "test_odd"),
        ("pkg/filters.py", "from .tests import test_odd\n\n\n" + half.replace(" // 2", ""), half, "half"),
    ):
        files = {
            "pkg/__init__.py": "",
            "pkg/tests.py": odd,
            "pkg/filters.py": f"from .tests import test_odd\n\n\n{half}",
        }
        root = project(tmp_path / name, {**files, file: wrong, "tests/test_it.py": test})
        event = judge(root, ["tests/test_it.py::test_halves"], answer, name, file=file)
        assert (event["verdict"], event["judged"]) == ("pass", "guarded"), event
