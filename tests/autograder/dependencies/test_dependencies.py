"""What code imports, what packages need, and digests of all that."""

from importlib.metadata import distribution
from pathlib import Path

import pytest

from autograder.dependencies.digests import Stamp, digest, files_digest
from autograder.dependencies.modules import imported
from autograder.dependencies.packages import find, with_needs


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("import os.path as p, sys", {"os", "os.path", "sys"}),
        ("def f():\n    from a.b import c", {"a", "a.b", "a.b.c"}),
        ("from . import x", {"top", "top.inner", "top.inner.x"}),
        ("from ..other import y", {"top", "top.other", "top.other.y"}),
        ("'import nothing'", set()),
    ],
)
def test_every_name_that_may_be_imported_is_found(source: str, names: set[str]) -> None:
    assert imported(source, package="top.inner") == names


def test_code_that_is_no_python_is_refused() -> None:
    with pytest.raises(SyntaxError):
        imported("%matplotlib inline")


def test_packages_come_with_what_they_need_and_without_their_extras() -> None:
    names = [package.name for package in with_needs([distribution("matplotlib")])]
    assert {"matplotlib", "numpy", "python-dateutil", "tzdata"} <= set(names)
    assert "pytest" not in {package.name for package in with_needs([distribution("jaxtyping")])}
    assert len(names) == len(set(names))
    assert find("no-such-package-anywhere") is None


def test_digests_tell_parts_and_types_apart() -> None:
    different = [("ab", "c"), ("a", "bc"), ("abc",), (b"abc",), ("abc", None), (), ("1",), (1,)]
    assert len({digest(*parts) for parts in different}) == len(different)
    assert digest("ab", 1) == digest("ab", 1)


def test_files_are_digested_by_name_and_content(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    for folder in (one, other):
        folder.mkdir()
        (folder / "a.py").write_text("1")
        (folder / "b.py").write_text("2")
    before = files_digest(one, one.iterdir())
    assert files_digest(other, sorted(other.iterdir(), reverse=True)) == before
    (other / "b.py").rename(other / "c.py")
    assert files_digest(other, other.iterdir()) != before
    (one / "b.py").write_text("3")
    assert files_digest(one, one.iterdir()) != before


def test_a_stamp_holds_what_it_was_written_for_last(tmp_path: Path) -> None:
    path = tmp_path / "new folder" / "stamp"
    stamp = Stamp(path)
    assert not stamp.holds(None)
    stamp.write({"inputs": "a", "made": "b"})
    assert Stamp(path).holds({"made": "b", "inputs": "a"})
    assert not stamp.holds({"inputs": "a", "made": "c"})
    path.write_text("{")
    assert not stamp.holds({})
    stamp.clear()
    assert not path.exists()
