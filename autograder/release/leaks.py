"""Looks for what must stay with the instructor in what is handed out to students.

Compared are lines with all blanks squeezed out. A line of a solution, a hint or a marking scheme is
found wherever it stands; hidden tests, the bank and the reference are found by runs of lines, since
single lines of theirs (``rng = np.random.default_rng(0)``) are nobody's secret.
"""

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from autograder.messages import Problem
from autograder.submissions.outline import grade_id, is_editable

_RUN = 3
_SHORTEST_LINE = 20
_SHORTEST_RUN = 60
_SECRET_FILES = ("hidden.py", "exercises/*.py")
_REGION = re.compile(r"(BEGIN|END) (SOLUTION|HIDDEN TESTS|MARK SCHEME)")
_WHAT = {
    "SOLUTION": "the solution",
    "HIDDEN TESTS": "a hidden test",
    "MARK SCHEME": "a marking scheme",
}

Run = tuple[str, ...]


@dataclass(frozen=True)
class Leak:
    """A secret that was found: in which file, which line, and whose it is."""

    file: str
    line: str
    belongs_to: str

    def __str__(self) -> str:
        return f"{self.file} holds a line of {self.belongs_to}: {self.line[:70]}"


@dataclass
class Secrets:
    """Squeezed lines and runs of lines, each with what it belongs to and how it reads."""

    lines: dict[str, tuple[str, str]] = field(default_factory=dict)
    runs: dict[Run, tuple[str, str]] = field(default_factory=dict)

    @classmethod
    def of(cls, source: NotebookNode, folder: Path, reference: Path) -> "Secrets":
        """The secrets of an assignment.

        ``source`` is the instructor's notebook, ``folder`` the assignment's in ``solutions/``,
        ``reference`` the folder of the reference implementations.
        """
        secrets = cls()
        for number, cell in enumerate(source.cells, 1):
            secrets._add_cell(cell, number)
        for pattern in _SECRET_FILES:
            for path in sorted(folder.glob(pattern)):
                secrets._add_module(path, f"{folder.name}/{path.relative_to(folder)}")
        for path in sorted(reference.rglob("*.py")):
            secrets._add_module(path, f"reference/{path.relative_to(reference)}")
        return secrets

    def _add_cell(self, cell: NotebookNode, number: int) -> None:
        whole_cell = is_editable(cell) and "BEGIN SOLUTION" not in cell.source
        what = "SOLUTION" if whole_cell else ""
        for line in cell.source.splitlines():
            mark = _REGION.search(line)
            if mark:
                what = mark[2] if mark[1] == "BEGIN" else ""
            elif what:
                self._add_line(line, f"{_WHAT[what]} in cell {grade_id(cell) or number}")

    def _add_line(self, line: str, belongs_to: str) -> None:
        squeezed = squeeze(_code(line))
        if len(squeezed) >= _SHORTEST_LINE:
            self.lines.setdefault(squeezed, (line.strip(), belongs_to))

    def _add_module(self, path: Path, belongs_to: str) -> None:
        text = path.read_text(encoding="utf-8")
        try:
            tree = ast.parse(text)
        except SyntaxError as error:
            raise Problem(f"{belongs_to} is not Python: {error}.", "Mend it first.") from None
        for keyword in (k for n in ast.walk(tree) if isinstance(n, ast.Call) for k in n.keywords):
            if keyword.arg == "hint" and isinstance(keyword.value, ast.Constant):
                self._add_line(str(keyword.value.value), f"a hint in {belongs_to}")
        lines = text.splitlines()
        for run, first in runs(lines, skip=_docstring_lines(tree)):
            self.runs.setdefault(run, (lines[first].strip(), belongs_to))

    def leaks_in(self, files: Mapping[str, str]) -> list[Leak]:
        """What is found in files that are about to be handed out: name -> text."""
        found: list[Leak] = []
        for name, text in files.items():
            for part in _parts(name, text):
                found += self._leaks_in_text(name, part)
        return list(dict.fromkeys(found))

    def _leaks_in_text(self, name: str, text: str) -> Iterator[Leak]:
        lines = text.splitlines()
        squeezed = "\n".join(squeeze(line) for line in lines)
        joined = squeezed.replace("\n", "")
        for line, (reads, belongs_to) in self.lines.items():
            if line in squeezed or (belongs_to.startswith("a hint") and line in joined):
                yield Leak(name, reads, belongs_to)
        for mark in _REGION.finditer(text):
            yield Leak(name, mark[0], "the instructor's notebook")
        for run, _ in runs(lines):
            if run in self.runs:
                yield Leak(name, *self.runs[run])


def squeeze(line: str) -> str:
    """A line without blanks."""
    return "".join(line.split())


def _code(line: str) -> str:
    """A line without what follows a ``#``, unless it has nothing in front of it."""
    return line.split("#")[0].strip() or line


def runs(lines: list[str], skip: Iterable[int] = ()) -> Iterator[tuple[Run, int]]:
    """Every run of consecutive lines of code long enough to tell, with its first line's index."""
    skipped = set(skip)
    kept = [
        (squeeze(_code(line)), i)
        for i, line in enumerate(lines)
        if i not in skipped
        and line.strip()
        and not line.strip().startswith(("#", "@", "import ", "from ", '"""', ")", "]", "}"))
    ]
    for start in range(len(kept) - _RUN + 1):
        window = kept[start : start + _RUN]
        run = tuple(text for text, _ in window)
        if sum(map(len, run)) >= _SHORTEST_RUN:
            yield run, window[0][1]


def _docstring_lines(tree: ast.Module) -> Iterator[int]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(
            node
        ):
            text = node.body[0]
            assert text.end_lineno is not None
            yield from range(text.lineno - 1, text.end_lineno)


def _parts(name: str, text: str) -> Iterator[str]:
    """The cells of a notebook one by one; any other file as it is."""
    if name.endswith(".ipynb"):
        for cell in nbformat.reads(text, as_version=4).cells:
            yield cell.source
    else:
        yield text
