"""The hidden tests with other numbers and other sizes than those that mark students."""

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from types import ModuleType
from typing import Any

from answers import Assignment

from autograder.testing import Recorder, as_student, load_module

#: Each size becomes this one: 1 stays 1, what was equal stays equal, and the order is kept.
_LARGER = {1: 1, 2: 3, 3: 4, 4: 6, 5: 7, 6: 9, 40: 47}


def _sizes(*sizes: int) -> tuple[int, ...]:
    return tuple(_LARGER[size] for size in sizes)


@cache
def reseeded(of: Assignment, seed: int, *, larger: bool = False) -> ModuleType:
    """The hidden tests with all numbers drawn from another seed, and with larger arrays."""
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


def _output(case: Case) -> Case:
    return lambda number, *front, H, K: case(number, *_sizes(*front), H=_LARGER[H], K=_LARGER[K])


def _classes(case: Case) -> Case:
    """Masks and positions are fixed: only the number of classes grows."""
    return lambda number, *front, K: case(number, *front, K=_LARGER[K])


def _pooled(case: Case) -> Case:
    def wrapped(number: int, how: str, T: int, lengths: Any, H: int = 4, K: int = 2) -> Any:
        return case(number, how, _LARGER[T], _sizes(*lengths), _LARGER[H], _LARGER[K])

    return wrapped


def _language_model(case: Case) -> Case:
    """The vocabulary is fixed, for so are the words: only the state grows."""
    return lambda exercise, number, V, H, *more, **named: case(
        exercise, number, V, _LARGER[H], *more, **named
    )


_WRAPPERS: Mapping[str, Mapping[str, Callable[[Case], Case]]] = {
    "rnn": {
        "_cell_case": _sizes_behind(1),
        "_rnn_case": _sizes_behind(1),
        "_birnn_case": _sizes_behind(1),
        "_deep_case": _sizes_behind(1),
        "_output_case": _output,
        "_loss_case": _classes,
        "_class_case": _pooled,
        "_lm": _language_model,
    },
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


def calls(module: ModuleType, exercise: str, answer: Callable[..., Any]) -> list[Any]:
    """Every call that the hidden test of an exercise makes of a right answer."""
    recorder = Recorder(as_student(answer))
    for part in module.PARTS[exercise]:
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
