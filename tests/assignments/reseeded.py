"""The hidden tests with other numbers and other sizes than those that mark students."""

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

from answers import Assignment, parts_of

from autograder.testing import Exercises, Numbers, Recorder, as_student, load_module

#: Each size becomes this one: 1 stays 1, what was equal stays equal, and the order is kept.
_LARGER = {1: 1, 2: 3, 3: 4, 4: 6, 5: 7, 6: 9, 40: 47}


@cache
def reseeded(of: Assignment, seed: int, *, larger: bool = False) -> Any:
    """The hidden tests with all numbers drawn from another seed, and with larger arrays."""
    if isinstance(of.hidden, Exercises):
        return of.tests(Numbers(seed, grow=2 if larger else 0))
    module = load_module(of.folder / "hidden.py")
    module.SEED = seed  # type: ignore[attr-defined]
    if larger:
        for name, wrap in _WRAPPERS[of.name].items():
            setattr(module, name, wrap(getattr(module, name)))
    return module


Case = Callable[..., Any]


def _sizes_behind(count: int) -> Callable[[Case], Case]:
    """Every whole number is a size, but for the first arguments."""

    def wrap(case: Case) -> Case:
        def wrapped(*args: Any) -> Any:
            sizes = (_LARGER[a] if type(a) is int else a for a in args[count:])
            return case(*args[:count], *sizes)

        return wrapped

    return wrap


_WRAPPERS: Mapping[str, Mapping[str, Callable[[Case], Case]]] = {
    "bptt": {
        "_output_case": _sizes_behind(1),
        "_last_case": _sizes_behind(1),
        "_state_case": _sizes_behind(1),
        "_bias_case": _sizes_behind(1),
        "_weight_case": _sizes_behind(1),
        "_recurrent_case": _sizes_behind(1),
        "_input_case": _sizes_behind(1),
        "_cell_case": _sizes_behind(1),
        "_norms_case": _sizes_behind(1),
        "_network": _sizes_behind(2),
    },
}


def calls(module: Any, exercise: str, answer: Callable[..., Any]) -> list[Any]:
    """Every call that the hidden test of an exercise makes of a right answer."""
    recorder = Recorder(as_student(answer))
    for part in parts_of(module, exercise):
        problem = part.test(recorder)
        assert problem is None, (exercise, part.name, problem)
    return recorder.records


def sizes_in(value: Any) -> Iterator[int]:
    """The lengths of all axes of all arrays."""
    if hasattr(value, "shape"):
        yield from value.shape
    elif isinstance(value, dict):
        for item in value.values():
            yield from sizes_in(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from sizes_in(item)
