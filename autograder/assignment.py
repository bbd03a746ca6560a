"""An assignment as the grader knows it: the instructor's notebook and its hidden tests."""

from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from types import ModuleType
from typing import Literal

import nbformat
from nbformat import NotebookNode

from autograder.course import REPOSITORY
from autograder.dependencies.digests import digest, files_digest
from autograder.edition import COURSE_LIB
from autograder.submissions.outline import grade_id, is_editable, is_graded, nbgrader_data
from autograder.submissions.repair import Template
from autograder.testing import Exercises, is_assignment, load_tests

Role = Literal["setup", "check", "test", "answer", "text"]


@dataclass(frozen=True)
class Assignment:
    """An assignment that was released.

    Attributes:
        name: its name, and that of its notebook.
        source: the instructor's notebook.
        released: the notebook that students get.
        solutions_dir: the folder with its exercises.
    """

    name: str
    source: NotebookNode
    released: NotebookNode
    solutions_dir: Path

    def __post_init__(self) -> None:
        if not is_assignment(self.solutions_dir):
            raise FileNotFoundError(self.solutions_dir / "exercises")

    @classmethod
    def load(cls, course_dir: Path, name: str, solutions: Path | None = None) -> "Assignment":
        """Read it from an nbgrader course and from ``solutions / name`` (default: this checkout's).

        Raises FileNotFoundError where a notebook or the hidden tests are not there.
        """
        source, released = (
            nbformat.read(course_dir / folder / name / f"{name}.ipynb", as_version=4)
            for folder in ("source", "release")
        )
        return cls(name, source, released, (solutions or REPOSITORY / "solutions") / name)

    @cached_property
    def template(self) -> Template:
        """The notebook into which the answers of submissions are put."""
        return Template.of(self.name, self.source, self.released)

    @cached_property
    def fingerprint(self) -> str:
        """Changes with whatever may change a grade: notebook, tests, and the library under them."""
        cells = []
        for cell in (*self.source.cells, *self.released.cells):
            tags = sorted(cell.metadata.get("tags", ()))
            known = {k: v for k, v in sorted(nbgrader_data(cell).items()) if k != "checksum"}
            cells.append((cell.cell_type, known, tags, cell.source))
        folders = (self.solutions_dir, COURSE_LIB)
        return digest(cells, *(files_digest(folder, folder.rglob("*.py")) for folder in folders))

    def hidden(self) -> Exercises | ModuleType:
        """The hidden tests, loaded once a process."""
        return _hidden(self.solutions_dir, self.fingerprint)


def role(cell: NotebookNode) -> Role:
    """What a cell of the instructor's notebook is for."""
    if cell.cell_type != "code":
        return "text"
    if is_editable(cell) or not grade_id(cell):
        return "answer"
    if is_graded(cell):
        return "test"
    if not nbgrader_data(cell).get("locked"):
        return "answer"
    return "check" if "check" in cell.metadata.get("tags", ()) else "setup"


@cache
def _hidden(folder: Path, fingerprint: str) -> Exercises | ModuleType:
    return load_tests(folder)
