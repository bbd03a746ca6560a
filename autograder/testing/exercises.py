"""The exercises of an assignment: the folder `exercises`, in the order of the notebook."""

import importlib
import importlib.util
import inspect
import re
import sys
from collections.abc import Callable, Mapping
from functools import cached_property
from itertools import chain, repeat
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from autograder.testing.bank import Entry
from autograder.testing.cases import HIDDEN, Numbers, parameters
from autograder.testing.examination import PartTest, examine
from autograder.testing.exercise import Exercise, Known
from autograder.testing.verdict import Verdict
from course_lib.checks.stored import Check

_CELL = re.compile(r"^# %%.*\n", re.MULTILINE)
_MARKERS = re.compile(r"^ *### (BEGIN|END) SOLUTION\n?", re.MULTILINE)
_DEFINED = re.compile(r"^def (\w+)\(", re.MULTILINE)


class Exercises:
    """The exercises of one assignment.

    Attributes:
        solutions: the text of each solution, by exercise, in order.
        exercises: the exercises, by name, in order.
    """

    def __init__(self, folder: Path, numbers: Numbers = HIDDEN) -> None:
        """Read ``folder``, which holds the notebook ``<name>.py`` and the package `exercises`.

        Raises FileNotFoundError where there is no such package, and LookupError where an exercise
        that the notebook asks for is not declared in it.
        """
        self.numbers = numbers
        text = (folder / f"{folder.name}.py").read_text(encoding="utf-8")
        cells = _CELL.split(text)[1:]
        self._set_up, self.solutions = "", dict[str, str]()
        for cell in (cell for cell in cells if not cell.startswith("# ")):
            if "### BEGIN SOLUTION" in cell:
                name = _DEFINED.findall(cell)[-1]
                self.solutions[name] = _MARKERS.sub("", cell).strip() + "\n"
            elif not self.solutions:
                self._set_up += cell
        package = _loaded(folder / "exercises")
        self.exercises = {name: _exercise(package, name) for name in self.solutions}

    def grade(self, exercise: str, student: Any) -> Verdict:
        """Test a student's answer to an exercise. Raises KeyError where there is no such one."""
        asked = self.exercises[exercise]
        return examine(
            exercise,
            student,
            self.parts(exercise),
            given=self.given(exercise),
            mistakes=self.mistakes_of(exercise),
            reference=asked.reference,
            views=asked.views,
            section=asked.section,
        )

    def parts(self, exercise: str) -> list[PartTest]:
        """The parts of an exercise's hidden test."""
        return self.exercises[exercise].parts(self.numbers)

    def given(self, exercise: str) -> dict[str, Callable[..., Any]]:
        """What stands in for a student's answers to the exercises before, by name.

        These are the references without their check of shapes: they take whatever the equation
        takes, as a student's own version would.
        """
        names = list(self.exercises)
        before = names[: names.index(exercise)]
        return {name: _unchecked(self.exercises[name].reference) for name in before}

    @property
    def mistakes(self) -> list[Entry]:
        """The known mistakes of all exercises, in order."""
        return [entry for name in self.exercises for entry in self.mistakes_of(name)]

    @property
    def alternatives(self) -> list[Entry]:
        """The right answers that are written in other ways, in order."""
        return [
            self._entry(name, known)
            for name, exercise in self.exercises.items()
            for known in exercise.alternatives
        ]

    def mistakes_of(self, exercise: str) -> list[Entry]:
        """The known mistakes of one exercise."""
        if exercise not in self._banks:
            known = self.exercises[exercise].mistakes
            self._banks[exercise] = [self._entry(exercise, mistake) for mistake in known]
        return self._banks[exercise]

    def checks(self) -> dict[str, Check]:
        """The visible checks that are lists of cases, by exercise."""
        found = {n: e.check(i) for i, (n, e) in enumerate(self.exercises.items(), start=1)}
        return {name: check for name, check in found.items() if check.cases}

    def rows(self) -> list[tuple[str, str, str, str]]:
        """For a table in the book: title, function, label of the equation, label of the section."""
        return [(e.title, e.name, e.equation, e.section) for e in self.exercises.values()]

    @cached_property
    def _banks(self) -> dict[str, list[Entry]]:
        return {}

    @cached_property
    def _names(self) -> Mapping[str, Any]:
        """What a kernel holds after the set-up and all solutions."""
        names: dict[str, Any] = {}
        exec(compile(self._set_up, "<set-up>", "exec"), names)
        for name, source in self.solutions.items():
            exec(compile(source, f"<{name}>", "exec"), names)
        return names

    def _entry(self, exercise: str, known: Known) -> Entry:
        source = known.source(self.solutions[exercise])
        names = dict(self._names)
        exec(compile(source, f"<{known.name}>", "exec"), names)
        return Entry(
            exercise,
            known.name,
            names[exercise],
            known.belief,
            known.hint,
            source,
            known.spelling,
            known.unseen,
        )


def _exercise(package: ModuleType, name: str) -> Exercise:
    module = importlib.import_module(f"{package.__name__}.{name}")
    for value in vars(module).values():
        if isinstance(value, Exercise) and value.name == name:
            return value
    raise LookupError(f"{module.__file__} declares no exercise of the name {name}")


def _loaded(folder: Path) -> ModuleType:
    """Run a folder as a package of its own, anew."""
    path = folder / "__init__.py"
    if not path.is_file():
        raise FileNotFoundError(path)
    name = f"exercises_{folder.parent.name}"
    for known in [known for known in sys.modules if known.split(".")[0] == name]:
        del sys.modules[known]
    spec = importlib.util.spec_from_file_location(
        name, path, submodule_search_locations=[str(folder)]
    )
    assert spec is not None
    assert spec.loader is not None
    package = importlib.util.module_from_spec(spec)
    sys.modules[name] = package
    spec.loader.exec_module(package)
    return package


def _unchecked(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function without its check of shapes, for arrays, lists and single numbers alike."""
    inner: Callable[..., Any] = vars(function).get("__wrapped__", function)
    names = list(inspect.signature(inner).parameters)
    arrays = {parameter.name for parameter in parameters(function) if parameter.axes is not None}

    def taken(name: str, value: Any) -> Any:
        return value if value is None or name not in arrays else np.asarray(value)

    def lenient(*args: Any, **kwargs: Any) -> Any:
        positional = map(taken, chain(names, repeat("")), args)
        return inner(*positional, **{name: taken(name, kwargs[name]) for name in kwargs})

    return lenient
