"""Running the parts of a hidden test, and naming the mistake if it is a known one."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from autograder.testing.bank import Entry
from autograder.testing.errors import FATAL, StudentError
from autograder.testing.plain import copied
from autograder.testing.remembered import outcome
from autograder.testing.student import Arguments, Call, Given, Student, as_student
from autograder.testing.verdict import NOT_RUN, Part, Verdict
from course_lib.checks.judging import Slip, in_case, repaired, return_hint
from course_lib.compare import describe_difference, type_in_words
from course_lib.sameness import same

_FATAL_CALLS_ALLOWED = 2
#: What judging may raise over what a student gave back.
_OVER_DATA = (
    *(ArithmeticError, AttributeError, LookupError, TypeError, ValueError),
    *(MemoryError, RecursionError),
)


class _Lost(BaseException):
    """A call of a first try came to nothing that can be gone on from."""


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
    kwargs: Mapping[str, Any]
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
    slips: list[Slip] = field(default_factory=list)
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
        args, kwargs = copied(tuple(args)), copied(dict(kwargs or {}))
        given = self.given if given is None else given
        try:
            call = self.student.call(args, kwargs, given)
        except StudentError as error:
            if error.kind in FATAL:
                self._fatal.append(error)
            self.records.append(_Record(args, kwargs, given, error))
            raise
        self.records.append(_Record(args, kwargs, given, call))
        return call

    def values(self, calls: Sequence[Arguments]) -> list[Any]:
        """What these calls give back. Raises StudentError where one of them gives nothing."""
        outcomes = self.call_all(calls)
        for error in (came for came in outcomes if isinstance(came, StudentError)):
            raise error
        return [came.value for came in outcomes if isinstance(came, Call)]

    def require(self, name: str, got: Any, expected: Any, *, note: str = "", **options: Any) -> Any:
        """Return ``got`` in the form of ``expected``; a slip of form is noted and put right.

        Raises `Failed` when ``got`` is not ``expected``. The options are those of
        `course_lib.compare.describe_difference`.
        """
        options |= {"show_values": False}
        problem = describe_difference(name, got, expected, **options)
        if problem is not None:
            got, slips = repaired(name, got, expected)
            if slips:
                self.slips += slips
                problem = describe_difference(name, got, expected, **options)
        if problem is not None:
            raise Failed(in_case(note, problem + return_hint(got)))
        return got

    def call_all(self, calls: Sequence[Arguments]) -> list[Call | StudentError]:
        """Make all these calls, and return what each came to, in order."""
        if len(self._fatal) >= _FATAL_CALLS_ALLOWED:
            return [self._fatal[-1]] * len(calls)
        calls = [(copied(args), copied(dict(kwargs))) for args, kwargs in calls]
        outcomes = self.student.call_all(calls, self.given)
        for (args, kwargs), came in zip(calls, outcomes, strict=True):
            self.records.append(_Record(args, kwargs, self.given, came))
        self._fatal += [o for o in outcomes if isinstance(o, StudentError) and o.kind in FATAL][:1]
        return outcomes


class _FirstTry(Recorder):
    """Ends at the first call that hangs, dies or gives no data, and so leaves a second try its due.

    What it calls is not kept.
    """

    def call(
        self,
        args: tuple[Any, ...],
        kwargs: Mapping[str, Any] | None = None,
        given: Given | None = None,
    ) -> Call:
        try:
            return self.student.call(tuple(args), kwargs, self.given if given is None else given)
        except StudentError as error:
            if error.kind in (*FATAL, "protocol"):
                raise _Lost from None
            raise

    def call_all(self, calls: Sequence[Arguments]) -> list[Call | StudentError]:
        outcomes = self.student.call_all(calls, self.given)
        if any(isinstance(o, StudentError) and o.kind in (*FATAL, "protocol") for o in outcomes):
            raise _Lost
        return outcomes


def examine(
    exercise: str,
    student: Any,
    parts: Sequence[PartTest],
    *,
    given: Given | None = None,
    mistakes: Sequence[Entry] = (),
    reference: Callable[..., Any] | None = None,
    views: Sequence[Callable[[Any], Any]] = (),
    section: str = "",
) -> Verdict:
    """Run the parts on a student's function, and name its mistake if it is a known one.

    The parts are run with the student's own earlier exercises, and, should one fail, with the given
    functions in the place of those that the answer may use; the better of the two counts. The
    student's own go first because a given function is called across two processes. A student whose
    functions have hung or died already (``steady`` is False) gets the given ones first.

    A part that breaks over what the student gave back, and not over the reference's, has failed.

    When a part fails, the calls that were made are made again with each mistake of the exercise.
    The first mistake that agrees with the student on every call is the one; if there is none, the
    question is asked again through each view.

    Args:
        exercise: the name of the exercise.
        student: a `Student`; or what else the name stands for: plain data, or a StudentError where
            it could not be fetched. Then no part passes.
        parts: the parts, in order.
        given: the examiner's functions for the earlier exercises, by name.
        mistakes: the bank; entries of other exercises are passed over.
        reference: a right answer. A mistake that cannot be told from it on these calls, seen
            through the view, is never named.
        views: functions that take part of a returned value, such as ``first``, for results of which
            a part is free or may be wrong in its own way.
        section: the label of the book's section that the exercise belongs to.
    """
    if not hasattr(student, "call"):
        if isinstance(student, StudentError):
            message = student.in_words()
        else:
            message = f"It is {type_in_words(student)} in your notebook, expected a function."
        failed = tuple(Part(p.name, False, message, p.weight) for p in parts)
        return Verdict(exercise, failed, section=section)
    given = {name: (given or {})[name] for name in student.may_use(given or {})}
    alone: Verdict | None = None
    if given and getattr(student, "steady", True):
        with suppress(_Lost):
            tried = _run_all(parts, _FirstTry(student), reference)
            alone = Verdict(exercise, tried, section=section)
    if alone is not None and alone.passed:
        return alone
    recorder = Recorder(student, given)
    tried = _run_all(parts, recorder, reference)
    verdict = Verdict(exercise, tried, section=section, given=tuple(given))
    if verdict.passed:
        return verdict
    if given and not recorder.died:
        # Someone whose earlier answers give back something else may have written this one to match.
        if alone is None:
            tried = _run_all(parts, Recorder(student), reference)
            alone = Verdict(exercise, tried, section=section)
        if alone.fraction > verdict.fraction:
            verdict = alone
            if alone.passed:
                return verdict
    bank = [entry for entry in mistakes if entry.exercise == exercise]
    try:
        entry = recognise(recorder.records, bank, reference, views)
    except _OVER_DATA:
        entry = None  # what came back is like nothing that is known
    if entry is None:
        return verdict
    return replace(verdict, mistake=entry.name, hint=entry.hint)


def _run_all(
    parts: Sequence[PartTest], recorder: Recorder, reference: Callable[..., Any] | None
) -> tuple[Part, ...]:
    results: list[Part] = []
    for part in parts:
        recorder.slips = []
        problem, cause = _run(part, recorder, results, reference)
        slips = tuple({slip.kind: slip.message for slip in recorder.slips}.items())
        results.append(Part(part.name, problem is None, problem or "", part.weight, slips, cause))
    return tuple(results)


def _run(
    part: PartTest,
    recorder: Recorder,
    before: Sequence[Part],
    reference: Callable[..., Any] | None,
) -> tuple[str | None, str]:
    """Run a part; returns what is wrong, None if nothing is, and the cause."""
    failed = {result.name for result in before if not result.passed}
    for need in part.needs:
        if need in failed:
            return f'not looked at before "{need}" passes.', NOT_RUN
    try:
        return part.test(recorder), ""
    except Failed as failure:
        return str(failure), ""
    except StudentError as error:
        return error.in_words(), error.cause
    except _OVER_DATA:
        if reference is None:
            raise
        part.test(Recorder(as_student(reference)))  # raises where the test is at fault
        return "What comes back cannot be read.", ""


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
            if not all(_agree(r.outcome, _known(entry.function, r), view) for r in records):
                continue
            if reference is None:
                return entry
            if not all(
                _agree(_known(entry.function, r), _known(reference, r), view) for r in records
            ):
                return entry
    return None


def _only_nan(value: Any) -> bool:
    if type(value) in (list, tuple):
        return all(_only_nan(item) for item in value)
    array = np.asarray(value) if type(value) in (float, np.ndarray) else np.zeros(1)
    return array.dtype.kind == "f" and bool(np.isnan(array).all())


def _known(function: Callable[..., Any], record: _Record) -> Call | StudentError:
    return outcome(function, record.args, record.kwargs, record.given)


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
