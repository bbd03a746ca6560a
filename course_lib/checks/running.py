"""Running a visible check that is stored as cases."""

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import CodeType, FunctionType
from typing import Any

import numpy as np

from course_lib.checks import CheckFailed
from course_lib.checks.judging import SLIPS, Case, Slip, in_case, judge
from course_lib.checks.newer_syntax import warn_of_newer_syntax
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
        warn_of_newer_syntax(function)
        try:
            _run(checks[exercise], function)
        except Exception:
            require_right(assignment, **_used(checks, function))
            raise
        print(f"{exercise}: {checks[exercise].says}")

    check.__name__ = name
    return check


def require_right(assignment: str, **answers: Callable[..., Any]) -> None:
    """Raise CheckFailed unless these answers, and those that they use, pass their checks.

    ``answers`` are to earlier exercises, by name. The first that does not pass is named.
    """
    checks = read_checks(assignment)
    used = dict(answers)
    for answer in answers.values():
        used |= _used(checks, answer)
    for name in (name for name in checks if name in used):
        try:
            _run(checks[name], used[name])
        except Exception as error:
            state = "answered" if isinstance(error, NotImplementedError) else "right"
            raise CheckFailed(
                f"Exercise {checks[name].number} ({name}) is used here, and is not {state} yet: "
                "begin there."
            ) from None


def _used(checks: Mapping[str, Check], function: Callable[..., Any]) -> dict[str, Any]:
    """The answers to other exercises that a function calls, itself or by what it calls."""
    found: dict[str, Any] = {}
    seen = [function]
    for known in seen:
        names = getattr(known, "__globals__", {})
        for name in _names_in(getattr(known, "__code__", None)) & names.keys():
            called = names[name]
            own = isinstance(called, FunctionType) and called.__globals__ is names
            if own and all(called is not other for other in seen):
                seen.append(called)
                found |= {name: called} if name in checks else {}
    return found


def _names_in(code: CodeType | None) -> set[str]:
    """The global names that code, and functions inside it, may use."""
    if code is None:
        return set()
    inner = (_names_in(part) for part in code.co_consts if isinstance(part, CodeType))
    return set(code.co_names).union(*inner)


def _run(check: Check, function: Callable[..., Any]) -> None:
    # An argument that is written over is named before the values that come of it.
    cases = sorted(check.cases, key=lambda case: not case.unchanged)
    calls = [(case.args, dict(case.kwargs)) for case in cases]
    # Where a notebook is graded, the function is in another process: all calls go there at once.
    together = getattr(function, "call_all", None)
    outcomes = (_called(function, case) for case in cases) if together is None else together(calls)
    slipped = ""
    for case, outcome in zip(cases, outcomes, strict=True):
        if isinstance(outcome, Exception):
            raise outcome
        problem, slips = judge(case, outcome.value, outcome.args_after, show_values=True)
        if problem:
            raise CheckFailed(problem)
        if slips and case.unchanged:
            raise CheckFailed(_slip_in_words(case, slips[0]))
        if slips:
            slipped = slipped or _slip_in_words(case, slips[0])
    if slipped:
        raise CheckFailed(slipped)


def _slip_in_words(case: Case, slip: Slip) -> str:
    return f"{in_case(case.note, slip.message)} {SLIPS[slip.kind]}"


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
