"""The assignments' notebooks taken apart, and students put together from their cells."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from nbformat import NotebookNode

from autograder.release.checks import build_checks
from autograder.release.notebook import read_notebook
from autograder.testing import (
    HIDDEN,
    Entry,
    Exercises,
    Numbers,
    PartTest,
    Recorder,
    Student,
    Verdict,
    as_student,
    is_assignment,
)

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Exercise:
    """The cells of one exercise."""

    name: str
    answer: str
    check: str
    points: float


@dataclass(frozen=True)
class Assignment:
    """An assignment, by the name of its folder in ``solutions/``."""

    name: str

    @property
    def folder(self) -> Path:
        return ROOT / "solutions" / self.name

    @cached_property
    def notebook(self) -> NotebookNode:
        """The instructor's notebook. It must not be changed."""
        return read_notebook(self.folder / f"{self.name}.py")

    @cached_property
    def hidden(self) -> Exercises:
        """The hidden tests."""
        return Exercises(self.folder)

    def tests(self, numbers: Numbers = HIDDEN) -> Exercises:
        """The hidden tests with other numbers."""
        return self.hidden if numbers == HIDDEN else Exercises(self.folder, numbers)

    def module(self, name: str) -> ModuleType:
        """The file of an exercise."""
        return import_module(f"exercises_{self.name}.{name}")

    def parts(self, name: str) -> list[PartTest]:
        """The parts of an exercise's hidden test."""
        return self.hidden.parts(name)

    def reference(self, name: str) -> Callable[..., Any]:
        """A right answer of the library."""
        return self.hidden.exercises[name].reference

    def calls(self, name: str) -> list[Any]:
        """Every call that the hidden test of an exercise makes of the solution, with its result."""
        recorder = Recorder(as_student(self.namespace()[name]), self.hidden.given(name))
        for part in self.parts(name):
            part.test(recorder)
        assert recorder.records
        return recorder.records

    @cached_property
    def mistakes(self) -> list[Entry]:
        return self.hidden.mistakes

    @cached_property
    def alternatives(self) -> list[Entry]:
        return self.hidden.alternatives

    @cached_property
    def exercises(self) -> dict[str, Exercise]:
        """The exercises that are marked by tests, by the name of their function, in order."""
        cells = {cell.metadata.nbgrader.grade_id: cell for cell in self.notebook.cells}
        found = {}
        for grade_id, cell in cells.items():
            if cell.metadata.nbgrader.grade and cell.cell_type == "code":
                stem = grade_id.removesuffix("-test")
                name = cell.source.split('hidden.grade("')[1].split('"')[0]
                answer, check = cells[f"{stem}-answer"].source, cells[f"{stem}-check"].source
                found[name] = Exercise(name, answer, check, cell.metadata.nbgrader.points)
        return found

    @cached_property
    def setup_cell(self) -> str:
        (cell,) = [c for c in self.notebook.cells if c.metadata.nbgrader.grade_id == "set-up"]
        return str(cell.source)

    def namespace(self, **answers: str) -> dict[str, Any]:
        """What a kernel holds after the set-up and the answers: the solutions, or those given."""
        names: dict[str, Any] = {}
        exec(self.setup_cell, names)
        for exercise in self.exercises.values():
            source = answers.get(exercise.name, exercise.answer)
            exec(compile(source, f"<{exercise.name}>", "exec"), names)
        return names

    def student_with(self, exercise: str, source: str) -> Student:
        """A student whose answers are all right, but the one to this exercise is ``source``."""
        return as_student(self.namespace(**{exercise: source})[exercise])

    def student_of(self, entry: Entry) -> Student:
        return self.student_with(entry.exercise, entry.source)

    @cached_property
    def _verdicts(self) -> dict[Entry, Verdict]:
        return {}

    def verdict_on(self, entry: Entry) -> Verdict:
        """What the hidden tests say to a student with this answer."""
        if entry not in self._verdicts:
            verdict = self.hidden.grade(entry.exercise, self.student_of(entry))
            self._verdicts[entry] = verdict
        return self._verdicts[entry]


ASSIGNMENTS = [
    Assignment(path.name) for path in sorted((ROOT / "solutions").iterdir()) if is_assignment(path)
]
BY_NAME = {of.name: of for of in ASSIGNMENTS}
for _of in ASSIGNMENTS:
    build_checks(_of.folder)

Decorator = Callable[[Callable[..., None]], Callable[..., None]]


def _each(name: str, cases: Iterable[tuple[Assignment, Any, str]]) -> Decorator:
    made = [pytest.param(of, case, id=f"{of.name}-{text}") for of, case, text in cases]
    return pytest.mark.parametrize(("of", name), made)


def for_each_exercise(test: Callable[..., None]) -> Callable[..., None]:
    """The test gets ``of``, an assignment, and the ``name`` of one of its exercises."""
    return _each("name", ((of, name, name) for of in ASSIGNMENTS for name in of.exercises))(test)


def for_each_mistake(test: Callable[..., None]) -> Callable[..., None]:
    """The test gets ``of``, an assignment, and an ``entry`` of its bank."""
    return _each("entry", _named((of, of.mistakes) for of in ASSIGNMENTS))(test)


def for_each_alternative(test: Callable[..., None]) -> Callable[..., None]:
    """The test gets ``of``, an assignment, and an ``entry`` of its alternatives."""
    return _each("entry", _named((of, of.alternatives) for of in ASSIGNMENTS))(test)


def for_each_assignment(test: Callable[..., None]) -> Callable[..., None]:
    """The test gets ``of``, an assignment."""
    return pytest.mark.parametrize("of", ASSIGNMENTS, ids=lambda of: of.name)(test)


def _named(
    banks: Iterable[tuple[Assignment, list[Entry]]],
) -> Iterable[tuple[Assignment, Entry, str]]:
    for of, bank in banks:
        yield from ((of, entry, f"{entry.exercise}-{entry.label}") for entry in bank)
