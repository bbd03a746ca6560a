"""Show a released assignment as a page of the book.

The committed page says only ``:::{assignment} NAME``; its body comes from the notebook that
students get, so the two cannot differ. Nothing of it is executed: its cells are there to be read.
"""

import re
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from sphinx.errors import ExtensionError

PLACEHOLDER = re.compile(r"^:::\{assignment\} *(?P<name>[\w-]+) *\n:::[ \t]*$", re.M)
TITLE = re.compile(r"^# .*$", re.M)
POINTS = re.compile(r"^[\d.]+ points?\. ")


@dataclass(frozen=True)
class Release:
    """What students get of one assignment.

    Args:
        name: the assignment's name.
        root: the root of the repository.
    """

    name: str
    root: Path

    @property
    def notebook(self) -> Path:
        return self.root / "build" / "course" / "release" / self.name / f"{self.name}.ipynb"

    @property
    def archive(self) -> Path:
        return self.root / "build" / "release" / f"{self.name}.zip"

    @property
    def files(self) -> tuple[Path, Path]:
        return self.notebook, self.archive

    def require(self) -> None:
        """Raise a SphinxError that says what to do if something of the release is missing."""
        missing = [
            path.relative_to(self.root).as_posix() for path in self.files if not path.exists()
        ]
        if missing:
            raise ExtensionError(
                f"The page of assignment {self.name!r} needs {' and '.join(missing)}: "
                f"run `autograder release {self.name}` (or `make course`) first."
            )


def fill_assignments(text: str, root: Path, page: Path) -> tuple[str, tuple[Path, ...]]:
    """Replace every assignment block of a page by what is released.

    Args:
        text: the page's source.
        root: the root of the repository.
        page: the page's file; download links are relative to it.

    Returns:
        The page with the assignments written out, and the files they came from.

    Raises:
        ExtensionError: if an assignment has not been released.
    """
    used: list[Path] = []

    def body(match: re.Match[str]) -> str:
        release = Release(match["name"], root)
        release.require()
        used.extend(release.files)
        notebook = nbformat.read(release.notebook, as_version=4)
        return f"{_downloads(release, page)}\n\n{_body(notebook)}"

    return PLACEHOLDER.sub(body, text), tuple(used)


def _downloads(release: Release, page: Path) -> str:
    up = "../" * len(page.parent.relative_to(release.root).parts)
    notebook, archive = (up + path.relative_to(release.root).as_posix() for path in release.files)
    return (
        ":::{div} downloads\n"
        f"{{download}}`Notebook, {_size(release.notebook)} <{notebook}>`\n"
        f"{{download}}`Notebook with the course library, {_size(release.archive)} <{archive}>`\n"
        ":::"
    )


def _size(path: Path) -> str:
    return f"{max(1, round(path.stat().st_size / 1000))} kB"


def _body(notebook: NotebookNode) -> str:
    """The cells as Markdown, without the title, which the page has already."""
    cells = [
        _markdown(cell) if cell.cell_type == "markdown" else _code(cell) for cell in notebook.cells
    ]
    page = "\n\n".join(text for text in cells if text)
    return TITLE.sub("", page, count=1).strip()


def _markdown(cell: NotebookNode) -> str:
    return f"{_badge(cell)}\n\n{cell.source.strip()}".strip()


def _code(cell: NotebookNode) -> str:
    source, badge = cell.source.strip(), _badge(cell)
    lines = source.splitlines()
    if all(line.startswith("#") for line in lines):  # what a hidden test leaves behind
        words = " ".join(line.lstrip("# ") for line in lines)
        return f"{badge} {POINTS.sub('', words)}".strip()
    fence = "`" * max(3, 1 + max(map(len, re.findall(r"`+", source)), default=0))
    return f"{badge}\n\n{fence}python\n{source}\n{fence}".strip()


def _badge(cell: NotebookNode) -> str:
    """What the marking of a cell asks for, as Markdown."""
    marking = cell.metadata.get("nbgrader", {})
    points = marking.get("points")
    worth = (
        f"{points:g} point{'' if points == 1 else 's'}" if marking.get("grade") and points else ""
    )
    if marking.get("solution"):
        yours = "Your code" if cell.cell_type == "code" else "Your answer"
        label = f"{yours}, {worth}" if worth else yours
        return f"[{label}]{{.badge-answer}}"
    return f"[{worth}]{{.badge-points}}" if worth else ""
