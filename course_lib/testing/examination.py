"""Running the parts of a hidden test, and naming the mistake if it is a known one."""

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from course_lib.compare import type_in_words
from course_lib.testing.bank import Entry
from course_lib.testing.errors import StudentError
from course_lib.testing.sameness import same
from course_lib.testing.student import Call, Given, Student, as_student
from course_lib.testing.verdict import NOT_LOOKED_AT, Part, Verdict

_FATAL = ("timeout", "crashed", "memory")
_FATAL_CALLS_ALLOWED = 2


class Failed(Exception):
    """Raised inside a part's test; its text is the message to the student."""


@dataclass(frozen=True)
class PartTest:
    """One part of a hidden test.

    ``test`` gets the student's function and returns a message, or None when all is well; it may
    raise `Failed` or let StudentError through. A part in ``needs`` that failed makes this one fail
    unseen: so an answer earns nothing for leaving its inputs alone while computing nothing.
    """

    name: str
    test: Callable[["Recorder"], str | None]
    needs: tuple[str, ...] = ()
    weight: float = 1.0


@dataclass
class _Record:
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    given: Given | None
    outcome: Call | StudentError


@dataclass
class Recorder:
    """A student's function that remembers its calls and what came of them.

    A call that says nothing about ``given`` is made with the recorder's own. A function that hung
    or died `_FATAL_CALLS_ALLOWED` times is not called again.
    """

    student: Student
    given: Given | None = None
    records: list[_Record] = field(default_factory=list)
    _fatal: list[StudentError] = field(default_factory=list)

    @property
    def died(self) -> bool:
        """Whether a call hung, ended its process or ran out of memory."""
        return bool(self._fatal)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.call(args, kwargs).value

    def call(
        self,
        args: tuple[Any, ...],
        kwargs: Mapping[str, Any] | None = None,
        given: Given | None = None,
    ) -> Call:
        if len(self._fatal) >= _FATAL_CALLS_ALLOWED:
            raise self._fatal[-1]
        args, kwargs = copy.deepcopy(tuple(args)), copy.deepcopy(dict(kwargs or {}))
        given = self.given if given is None else given
        try:
            outcome = self.student.call(copy.deepcopy(args), copy.deepcopy(kwargs), given)
        except StudentError as error:
            if error.kind in _FATAL:
                self._fatal.append(error)
            self.records.append(_Record(args, kwargs, given, error))
            raise
        self.records.append(_Record(args, kwargs, given, outcome))
        return outcome


def examine(
    exercise: str,
    student: Any,
    parts: Sequence[PartTest],
    *,
    given: Given | None = None,
    mistakes: Sequence[Entry] = (),
    reference: Callable[..., Any] | None = None,
    views: Sequence[Callable[[Any], Any]] = (),
) -> Verdict:
    """Run the parts on a student's function, and name its mistake if it is a known one.

    The parts are run with the given functions in place of the student's own earlier rungs. When one
    fails they are run again with the student's own, and the better of the two counts.

    When a part fails, the calls that were made are made again with each mistake of the exercise.
    The first mistake that agrees with the student on every call is the one; if there is none, the
    question is asked again through each view.

    Args:
        exercise: the name of the exercise.
        student: a `Student`; or what else the name stands for: plain data, or a StudentError where
            it could not be fetched. Then no part passes.
        parts: the parts, in order.
        given: the examiner's functions for the earlier rungs, by name.
        mistakes: the bank; entries of other exercises are passed over.
        reference: a right answer. A mistake that cannot be told from it on these calls, seen
            through the view, is never named.
        views: functions that take part of a returned value, such as ``first``, for results of which
            a part is free or may be wrong in its own way.
    """
    if not hasattr(student, "call"):
        if isinstance(student, StudentError):
            message = student.in_words()
        else:
            message = f"It is {type_in_words(student)} in your notebook, expected a function."
        return Verdict(exercise, tuple(Part(p.name, False, message, p.weight) for p in parts))
    recorder = Recorder(student, given)
    results = _run_all(parts, recorder)
    verdict = Verdict(exercise, results)
    if verdict.passed:
        return verdict
    if given and not recorder.died:
        # Someone whose earlier rungs give back something else may have written this one to match.
        alone = Verdict(exercise, _run_all(parts, Recorder(student)))
        if alone.fraction > verdict.fraction:
            verdict = alone
            if alone.passed:
                return verdict
    bank = [entry for entry in mistakes if entry.exercise == exercise]
    entry = recognise(recorder.records, bank, reference, views)
    if entry is None:
        return verdict
    return Verdict(exercise, verdict.parts, entry.name, entry.hint)


def _run_all(parts: Sequence[PartTest], recorder: Recorder) -> tuple[Part, ...]:
    results: list[Part] = []
    for part in parts:
        problem = _run(part, recorder, results)
        results.append(Part(part.name, problem is None, problem or "", part.weight))
    return tuple(results)


def _run(part: PartTest, recorder: Recorder, before: Sequence[Part]) -> str | None:
    failed = {result.name for result in before if not result.passed}
    for need in part.needs:
        if need in failed:
            return f'{NOT_LOOKED_AT} before "{need}" passes.'
    try:
        return part.test(recorder)
    except Failed as failure:
        return str(failure)
    except StudentError as error:
        return error.in_words()


def whole(value: Any) -> Any:
    """The view that sees everything."""
    return value


def first(value: Any) -> Any:
    """The view that sees only the first of a tuple, such as the state without the cache."""
    return value[0] if type(value) in (list, tuple) and value else value


def recognise(
    records: Sequence[_Record],
    mistakes: Sequence[Entry],
    reference: Callable[..., Any] | None = None,
    views: Sequence[Callable[[Any], Any]] = (),
) -> Entry | None:
    """The first mistake that gives what the student gave, on every recorded call; else None.

    A student whose calls all raise, or give nothing but NaN, is not compared.
    """
    outcomes = [record.outcome for record in records]
    if not any(isinstance(o, Call) and not _only_nan(o.value) for o in outcomes):
        return None
    for view in (whole, *views):
        for entry in mistakes:
            mistaken = as_student(entry.function)
            if not all(_same_outcome(record, mistaken, view) for record in records):
                continue
            if reference is None:
                return entry
            right = as_student(reference)
            if not all(_same_pair(record, mistaken, right, view) for record in records):
                return entry
    return None


def _only_nan(value: Any) -> bool:
    if type(value) in (list, tuple):
        return all(_only_nan(item) for item in value)
    array = np.asarray(value) if type(value) in (float, np.ndarray) else np.zeros(1)
    return array.dtype.kind == "f" and bool(np.isnan(array).all())


def _outcome(record: _Record, function: Student) -> Call | StudentError:
    try:
        return function.call(record.args, record.kwargs, record.given)
    except StudentError as error:
        return error


def _same_outcome(record: _Record, function: Student, view: Callable[[Any], Any]) -> bool:
    return _agree(record.outcome, _outcome(record, function), view)


def _same_pair(record: _Record, one: Student, other: Student, view: Callable[[Any], Any]) -> bool:
    return _agree(_outcome(record, one), _outcome(record, other), view)


def _agree(
    one: Call | StudentError, other: Call | StudentError, view: Callable[[Any], Any]
) -> bool:
    if isinstance(one, StudentError) or isinstance(other, StudentError):
        return (
            isinstance(one, StudentError)
            and isinstance(other, StudentError)
            and (one.kind, one.exception) == (other.kind, other.exception)
        )
    return same(view(one.value), view(other.value)) and same(one.args_after, other.args_after)
