"""The hidden tests reject every mechanical mutant of a solution, save those that are right too."""

import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from types import ModuleType

import pytest
from answers import exercises, hidden, namespace
from equivalent import EQUIVALENT, MADE
from mutants import Mutant, mutants
from reseeded import reseeded

from course_lib.testing import as_student, examine

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
def mutants_of(name: str) -> list[Mutant]:
    return list(mutants(_MARKERS.sub("", exercises()[name].answer)))


def survives(name: str, mutant: Mutant, tests: ModuleType) -> bool:
    names = namespace()
    exec(mutant.source, names)
    try:
        with limited_time():
            verdict = examine(name, as_student(names[name]), tests.PARTS[name])
    except Hangs:
        return False
    return verdict.passed


def equivalent(name: str) -> list[str]:
    """What is new in the mutants of a solution that are right all the same."""
    return [new for group in EQUIVALENT.get(name, {}).values() for new in group]


@pytest.mark.parametrize("name", exercises())
def test_only_equivalent_mutants_survive(name: str) -> None:
    made = mutants_of(name)
    survivors = [mutant.new for mutant in made if survives(name, mutant, hidden())]
    assert sorted(survivors) == sorted(equivalent(name))
    assert len(made) == MADE[name]


@pytest.mark.parametrize("name", EQUIVALENT)
def test_what_is_called_equivalent_is_right_for_other_numbers_and_sizes_too(name: str) -> None:
    named = [mutant for mutant in mutants_of(name) if mutant.new in equivalent(name)]
    assert len(named) == len(set(equivalent(name)))
    for tests in (reseeded(1), reseeded(1, larger=True), reseeded(22, larger=True)):
        for mutant in named:
            assert survives(name, mutant, tests), mutant.new


def test_there_are_many_mutants_and_few_are_equivalent() -> None:
    made = sum(MADE.values())
    right = sum(len(equivalent(name)) for name in MADE)
    print(f"{made} mutants: {made - right} killed, {right} equivalent, 0 others")
    assert set(MADE) == set(exercises())
    assert made > 2000
    assert right < made / 15
