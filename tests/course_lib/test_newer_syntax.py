"""The check warns at home of syntax that the Python that marks does not know."""

import ast
import inspect
import sys
from pathlib import Path

import pytest

from course_lib.checks import newer_syntax as module
from course_lib.checks.newer_syntax import newer_syntax, warn_of_newer_syntax

REPOSITORY = Path(__file__).parents[2]
NEWER = {
    "The type statement": "type Rows = list[float]\n",
    "def f[T]": "def double[T](x: T) -> T:\n    return 2 * x\n",
    "An f-string with its own quotes inside its braces": 'def f(x):\n    print(f"{x["a"]}")\n',
}


@pytest.mark.parametrize("what", NEWER)
def test_newer_syntax_is_named(what: str) -> None:
    assert newer_syntax(NEWER[what], (3, 11)) == [what]
    assert newer_syntax(NEWER[what], (3, 12)) == []
    if sys.version_info < (3, 12):
        with pytest.raises(SyntaxError):
            ast.parse(NEWER[what])


def test_no_file_of_ours_is_said_to_be_newer() -> None:
    for folder in ("course_lib", "solutions"):
        for path in sorted((REPOSITORY / folder).rglob("*.py")):
            if path != Path(module.__file__):
                assert newer_syntax(path.read_text(encoding="utf-8"), (3, 11)) == [], path


def double(x: float) -> float:
    return 2 * x


@pytest.mark.parametrize(("marked_with", "warned"), [("3.11", True), ("3.13", False), ("", False)])
def test_a_newer_python_at_home_warns(
    marked_with: str,
    warned: bool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "marked_with.txt").write_text(marked_with)
    monkeypatch.setattr(module, "MARKED_WITH", tmp_path / "marked_with.txt")
    monkeypatch.setattr(sys, "version_info", (3, 13, 0))
    monkeypatch.setattr(inspect, "getsource", lambda function: NEWER["def f[T]"])
    warn_of_newer_syntax(double)
    said = "def f[T] is not valid in Python 3.11, which marks your notebook.\n"
    assert capsys.readouterr().out == (said if warned else "")


def test_what_has_no_source_is_not_looked_at(capsys: pytest.CaptureFixture[str]) -> None:
    warn_of_newer_syntax(len)
    assert capsys.readouterr().out == ""
