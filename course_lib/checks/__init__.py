"""What the visible checks of the assignments share. They know no answers, only a few numbers."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from course_lib.compare import describe_difference, describe_form


class CheckFailed(AssertionError):
    """A check of an answer that failed; its text says what is wrong."""


def expect(name: str, got: Any, expected: Any, *, note: str = "", **options: Any) -> None:
    """Raise CheckFailed, with the numbers, when ``got`` is not ``expected``.

    ``note`` is put in front: it says in which case it went wrong. The options are those of
    `course_lib.compare.describe_difference`; stored numbers have eight digits after the point.
    """
    problem = describe_difference(name, got, expected, **{"rtol": 1e-6, "atol": 2e-8} | options)
    if problem:
        raise CheckFailed(f"{note} {problem}".strip())


def expect_form(name: str, got: Any, shape: tuple[int, ...], *, note: str = "") -> None:
    """Raise CheckFailed when ``got`` is not a float64 array of that shape."""
    problem = describe_form(name, got, shape)
    if problem:
        raise CheckFailed(f"{note} {problem}".strip())


def pair(got: Any, what: str) -> tuple[Any, Any]:
    """The two things that a function gave back; raises CheckFailed when it did not give two."""
    if got is None:
        raise CheckFailed(
            f"The function gives back nothing: is the `return` missing? Wanted: {what}."
        )
    if type(got) not in (tuple, list) or len(got) != 2:
        raise CheckFailed(f"The function should give back the pair {what}: `return {what[1:-1]}`.")
    return got[0], got[1]


def call_unchanged(
    function: Callable[..., Any], names: Sequence[str], args: Sequence[np.ndarray]
) -> Any:
    """Call the function, and raise CheckFailed if an argument is changed by that."""
    before = [np.array(arg) for arg in args]
    value = function(*args)
    for name, old, new in zip(names, before, args, strict=True):
        if not np.array_equal(old, new):
            raise CheckFailed(
                f"{name} has another content after the call. `+=` or `[...] =` on an argument "
                "changes the caller's array: make a new one."
            )
    return value


def wave(*shape: int, start: float = 0.0) -> np.ndarray:
    """An array of numbers between -1 and 1 without any pattern that matters."""
    return np.sin(start + 1.7 * np.arange(np.prod(shape))).reshape(shape)


def table(text: str, *shape: int) -> np.ndarray:
    """Stored numbers, separated by spaces, as an array of that shape."""
    return np.array([float(number) for number in text.split()]).reshape(shape)
