"""What a candidate in a project must not do, tried by one that knows how the sandbox is built."""

from pathlib import Path

import pytest

from mucode.judge.limits import Site
from mucode.judge.sandbox.pool import Pool
from tests.judge.projects import project, run, state, told

TRICKS = {
    "takes the mount of its file away": "libc.umount2(file, 2)",
    "takes the project's mount away": "libc.umount2(root, 2)",
    "mounts over a test": "libc.mount(b'/box', root + b'/tests', None, 4096, None)",
    "makes the project writable again": "libc.mount(None, root, None, 32 | 4096, None)",
    "opens a mount tree": "libc.syscall(428, -100, root, 1)",
    "makes namespaces": "libc.unshare(0x10000000 | 0x20000)",
    "leaves its root folder": "libc.chroot(b'/box')",
    "remounts the bytecode": "libc.mount(None, b'/pyc', None, 32 | 4096, None)",
    "enters its server's namespaces": "libc.setns(os.open('/', 0x200000), 0)",
    "sets its user": "libc.setuid(0)",
}


@pytest.mark.parametrize("trick", TRICKS.values(), ids=list(TRICKS))
def test_what_needs_a_capability_is_refused(pool: Pool, tmp_path: Path, trick: str) -> None:
    root = project(tmp_path / "p", **{"tests/test_it.py": ""})
    source = f"""
    import ctypes
    libc = ctypes.CDLL(None, use_errno=True)
    root = os.environ['MUCODE_ROOT'].encode()
    file = root + b'/thing/answer.py'
    tell({trick})
    """
    assert told(run(pool, Site(str(root)), source, {root / "thing/answer.py": "ANSWER = 42\n"})) == ["-1"]


def test_the_text_of_a_given_file_has_no_other_place(pool: Pool, tmp_path: Path) -> None:
    root = project(tmp_path / "p")
    before = state(root)
    mark = "a mark that is in no other file"
    source = f"""
    found = []
    for top in ('/box', '/tmp', '/dev/shm', '/pyc', '/rt', {str(root)!r}):
        for folder, _, names in os.walk(top):
            for name in names:
                try:
                    text = open(os.path.join(folder, name), 'rb').read()
                except OSError:
                    continue
                if {mark[:10].encode()!r} + {mark[10:].encode()!r} in text:
                    found.append(os.path.join(folder, name))
    tell(found)
    """
    file = root / "thing/answer.py"
    found = [str(file)] if pool.choice().tier == "T3" else []
    assert told(run(pool, Site(str(root)), source, {file: f"# {mark}\n"})) == [str(found)]
    assert state(root) == before


def test_what_one_candidate_leaves_no_other_finds(pool: Pool, tmp_path: Path) -> None:
    site = Site(str(project(tmp_path / "p")))
    leave = """
    import tempfile
    for folder in ('/box', '/tmp', '/dev/shm', os.environ['TMPDIR'], os.environ['HOME']):
        try:
            open(folder + '/left', 'w').close()
        except OSError:
            pass
    os.environ['LEFT'] = '1'
    import json; json.left = 1
    if os.fork() == 0:
        os.setsid()
        while True:
            pass
    tell(1)
    """
    look = """
    import json
    left = [os.path.join(folder, name) for top in ('/box', '/tmp', '/dev/shm') for folder, _, names in os.walk(top)
            for name in names]
    tell((left, 'LEFT' in os.environ, hasattr(json, 'left')))
    """
    assert told(run(pool, site, leave)) == ["1"]
    assert told(run(pool, site, look)) == ["([], False, False)"]
