"""Running a visible check that is stored as cases."""

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from course_lib.checks import CheckFailed
from course_lib.checks.judging import SLIPS, Case, judge
from course_lib.checks.stored import Check, read_checks
from course_lib.plain import as_plain

_PREFIX = "check_"


def stored_check(module: str, name: str) -> Callable[..., None]:
    """The check that a module of checks has under a name such as "check_softmax".

    It takes the student's function, raises CheckFailed with what is wrong, or prints one line with
    what was checked. An exception in the function itself is left alone: Python shows the line.

    Raises AttributeError where no check of that name is stored.
    """
    assignment, exercise = module.rpartition(".")[2], name.removeprefix(_PREFIX)
    checks = read_checks(assignment) if name.startswith(_PREFIX) else {}
    if exercise not in checks:
        raise AttributeError(f"module {module!r} has no attribute {name!r}")

    def check(function: Callable[..., Any]) -> None:
        try:
            _run(checks[exercise], function)
        except NotImplementedError:
            raise
        except Exception:
            require_right(assignment, **_earlier(checks, function))
            raise
        print(f"{exercise}: {checks[exercise].says}")

    check.__name__ = name
    return check


def require_right(assignment: str, **answers: Callable[..., Any]) -> None:
    """Raise CheckFailed unless these answers to earlier exercises, by name, pass their checks."""
    checks = read_checks(assignment)
    for name, answer in answers.items():
        try:
            _run(checks[name], answer)
        except NotImplementedError:
            raise
        except Exception:
            raise CheckFailed(
                f"Exercise {checks[name].number} ({name}) is used here, and is not right yet: "
                "begin there."
            ) from None


def _earlier(checks: Mapping[str, Check], function: Callable[..., Any]) -> dict[str, Any]:
    """The answers to other exercises that a function uses."""
    used = getattr(getattr(function, "__code__", None), "co_names", ())
    names = getattr(function, "__globals__", {})
    found = {name: names[name] for name in checks if name in used and name in names}
    return {name: answer for name, answer in found.items() if answer is not function}


def _run(check: Check, function: Callable[..., Any]) -> None:
    # An argument that is written over is named before the values that come of it.
    cases = sorted(check.cases, key=lambda case: not case.unchanged)
    calls = [(case.args, dict(case.kwargs)) for case in cases]
    # Where a notebook is graded, the function is in another process: all calls go there at once.
    together = getattr(function, "call_all", None)
    outcomes = (_called(function, case) for case in cases) if together is None else together(calls)
    for case, outcome in zip(cases, outcomes, strict=True):
        if isinstance(outcome, Exception):
            raise outcome
        problem, slips = judge(case, outcome.value, outcome.args_after, show_values=True)
        if problem:
            raise CheckFailed(problem)
        if slips:
            raise CheckFailed(f"{case.note} {slips[0].message} {SLIPS[slips[0].kind]}".strip())


@dataclass(frozen=True)
class _Call:
    value: Any
    args_after: tuple[Any, ...]


def _called(function: Callable[..., Any], case: Case) -> _Call:
    args, kwargs = copy.deepcopy(case.args), copy.deepcopy(dict(case.kwargs))
    try:
        with np.errstate(all="ignore"):
            return _Call(as_plain(function(*args, **kwargs)), args)
    except NotImplementedError:  # a stub says enough
        raise
    except Exception as error:
        named = zip(case.arguments, case.args, strict=False)
        shapes = [f"{name} {arg.shape}" for name, arg in named if isinstance(arg, np.ndarray)]
        error.add_note(f"{case.note} The call had {', '.join(shapes) or 'no arrays'}.".strip())
        raise
