"""What the parts of a hidden test demand: each raises `Failed` with a message for the student."""

from collections.abc import Sequence
from typing import Any

from autograder.testing.examination import Failed
from autograder.testing.student import Call
from course_lib.compare import describe_difference, describe_form, type_in_words
from course_lib.sameness import same


def require(
    name: str,
    got: Any,
    expected: Any,
    *,
    note: str = "",
    **options: Any,
) -> None:
    """Raise `Failed` when ``got`` is not ``expected``; the message shows no values.

    ``note`` is put in front of the message and says in which case it went wrong, or which term.
    Other options go to `course_lib.compare.describe_difference`.
    """
    problem = describe_difference(name, got, expected, show_values=False, **options)
    if problem:
        raise Failed(f"{note} {problem}".strip())


def require_form(
    name: str, got: Any, shape: tuple[int, ...], *, note: str = "", **options: Any
) -> None:
    """Raise `Failed` when ``got`` is not an array of that shape and dtype."""
    problem = describe_form(name, got, shape, show_values=False, **options)
    if problem:
        raise Failed(f"{note} {problem}".strip())


def require_unchanged(names: Sequence[str], before: Sequence[Any], call: Call) -> None:
    """Raise `Failed` when a call changed one of its positional arguments."""
    for name, old, new in zip(names, before, call.args_after, strict=True):
        if not same(old, new):
            raise Failed(
                f"{name} is changed by the call: compute with copies, or without `+=` on arguments."
            )


def require_items(name: str, got: Any, count: int, what: str) -> tuple[Any, ...]:
    """The items of a tuple or list of ``count`` entries; raise `Failed` when it is none."""
    if type(got) not in (list, tuple) or len(got) != count:
        came = type_in_words(got)
        if type(got) in (list, tuple):
            came += " of another length"
        hint = ": is the `return` missing?" if got is None else "."
        raise Failed(f"{name}: it is {came}, expected {what}{hint}")
    return tuple(got)
