"""The assignment's notebook taken apart, and students put together from its cells."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import jupytext
from nbformat import NotebookNode

from course_lib.testing import (
    Entry,
    Student,
    Verdict,
    as_student,
    load_bank,
    load_module,
    source_of,
)

FOLDER = Path(__file__).parents[2] / "solutions" / "rnn"


@cache
def notebook() -> NotebookNode:
    """The instructor's notebook. It must not be changed."""
    return jupytext.read(FOLDER / "rnn.py")


@cache
def hidden() -> ModuleType:
    """The hidden tests, loaded by path as the examiner does it."""
    return load_module(FOLDER / "hidden.py")


@cache
def mistakes() -> list[Entry]:
    return load_bank(FOLDER / "mistakes.py")


@cache
def alternatives() -> list[Entry]:
    return load_bank(FOLDER / "alternatives.py")


@dataclass(frozen=True)
class Exercise:
    """The cells of one exercise."""

    name: str
    answer: str
    check: str
    points: float


@cache
def exercises() -> dict[str, Exercise]:
    """The exercises that are marked by tests, by the name of their function, in order."""
    cells = {cell.metadata.nbgrader.grade_id: cell for cell in notebook().cells}
    found = {}
    for grade_id, cell in cells.items():
        if cell.metadata.nbgrader.grade and cell.cell_type == "code":
            stem = grade_id.removesuffix("-test")
            name = cell.source.split('hidden.grade("')[1].split('"')[0]
            answer, check = cells[f"{stem}-answer"].source, cells[f"{stem}-check"].source
            found[name] = Exercise(name, answer, check, cell.metadata.nbgrader.points)
    return found


def setup_cell() -> str:
    (cell,) = [c for c in notebook().cells if c.metadata.nbgrader.grade_id == "set-up"]
    return str(cell.source)


def namespace(**answers: str) -> dict[str, Any]:
    """What a kernel holds after the set-up and the answers: the solutions, or those given."""
    names: dict[str, Any] = {}
    exec(setup_cell(), names)
    for exercise in exercises().values():
        source = answers.get(exercise.name, exercise.answer)
        exec(compile(source, f"<{exercise.name}>", "exec"), names)
    return names


def student_with(exercise: str, source: str) -> Student:
    """A student whose answers are all right, but the one to this exercise is ``source``."""
    return as_student(namespace(**{exercise: source})[exercise])


def student_of(entry: Entry) -> Student:
    return student_with(entry.exercise, source_of(entry))


@cache
def verdict_on(entry: Entry) -> Verdict:
    """What the hidden tests say to a student with this answer."""
    return hidden().grade(entry.exercise, student_of(entry))


def case_name(entry: Entry) -> str:
    return f"{entry.exercise}-{entry.name}"
