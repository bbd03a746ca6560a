"""The hidden tests reject every mechanical mutant of a solution, save those that are right too."""

import re
import signal
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from types import ModuleType
from typing import Any

import pytest
from answers import ASSIGNMENTS, Assignment, for_each_assignment, for_each_exercise
from mutants import Mutant, mutants
from reseeded import reseeded

from autograder.testing import as_student, examine, load_module

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("without_checked_signatures")]

_MARKERS = re.compile(r"^ *### (BEGIN|END) SOLUTION\n?", re.MULTILINE)
_SECONDS = 2


class Hangs(BaseException):
    """Not an Exception, so that nothing on the way takes it for an error of the student's."""


@contextmanager
def limited_time() -> Iterator[None]:
    """Raise Hangs after some seconds of computing: a mutant may loop for ever."""

    def ring(*_: object) -> None:
        raise Hangs

    before = signal.signal(signal.SIGPROF, ring)
    signal.setitimer(signal.ITIMER_PROF, _SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


@cache
def mutants_of(of: Assignment, name: str) -> list[Mutant]:
    return list(mutants(_MARKERS.sub("", of.exercises[name].answer)))


def survivors(of: Assignment, name: str, made: Iterable[Mutant], tests: Any) -> list[str]:
    """What is new in those mutants of a solution that pass the tests."""
    names = of.namespace()
    return [mutant.new for mutant in made if survives(name, mutant, tests, dict(names))]


def survives(name: str, mutant: Mutant, tests: Any, names: dict[str, Any]) -> bool:
    exec(mutant.source, names)
    try:
        with limited_time():
            verdict = examine(name, as_student(names[name]), tests.parts(name))
    except Hangs:
        return False
    return verdict.passed


@cache
def listed(of: Assignment) -> ModuleType:
    """What stands beside the assignment about its mutants."""
    return load_module(of.folder / "equivalent.py")


def equivalent(of: Assignment, name: str) -> list[str]:
    """What is new in the mutants of a solution that are right all the same."""
    return [new for group in listed(of).EQUIVALENT.get(name, {}).values() for new in group]


@for_each_exercise
def test_only_equivalent_mutants_survive(of: Assignment, name: str) -> None:
    made = mutants_of(of, name)
    assert sorted(survivors(of, name, made, of.hidden)) == sorted(equivalent(of, name))
    assert len(made) == listed(of).MADE[name]


@for_each_exercise
def test_what_is_called_equivalent_is_right_for_other_numbers_and_sizes_too(
    of: Assignment, name: str
) -> None:
    named = [mutant for mutant in mutants_of(of, name) if mutant.new in equivalent(of, name)]
    assert len(named) == len(equivalent(of, name))
    for seed, larger in ((1, False), (1, True), (22, True)):
        tests = reseeded(of, seed, larger=larger)
        assert survivors(of, name, named, tests) == [mutant.new for mutant in named]


@for_each_assignment
def test_there_are_many_mutants_and_few_are_equivalent(of: Assignment) -> None:
    made = sum(listed(of).MADE.values())
    right = sum(len(equivalent(of, name)) for name in of.exercises)
    print(f"{of.name}: {made} mutants: {made - right} killed, {right} equivalent, 0 others")
    assert set(listed(of).MADE) == set(of.exercises)
    assert made > 100 * len(of.exercises)
    assert right < made / 15


def test_each_name_is_that_of_one_exercise() -> None:
    names = [name for of in ASSIGNMENTS for name in of.exercises]
    assert len(set(names)) == len(names)
