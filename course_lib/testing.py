"""The harness shared by hidden tests, the bank of mistakes and the grader. It holds no answers.

A student's function has the same interface wherever it runs (`Student`): in this process, wrapped
by `as_student`, or behind a proxy in a sandbox. A hidden test is a list of `PartTest`, run by
`examine`, which gives a `Verdict`: which parts passed, what the others lack in words, and the hint
of the known mistake that behaves the same, if there is one.

Messages in a verdict are shown to students. They hold no hidden input, no expected value, and no
text made by a student: an exception's message is never repeated.
"""

import ast
import builtins
import copy
import importlib.util
import inspect
import textwrap
import traceback
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any, Literal, Protocol, runtime_checkable

import numpy as np

from course_lib.compare import describe_difference, describe_form, type_in_words

Kind = Literal["raised", "timeout", "crashed", "memory", "protocol", "missing"]
Given = Mapping[str, Callable[..., Any]]

_FATAL = ("timeout", "crashed", "memory")
_FATAL_CALLS_ALLOWED = 2
_NOT_LOOKED_AT = "not looked at"

_IN_WORDS: dict[str, str] = {
    "timeout": "It did not come back in time: is there a loop that never ends?",
    "crashed": "It ended the Python process instead of returning.",
    "memory": "It asked for more memory than there is.",
    "protocol": (
        "It returned something that is not plain data: return NumPy arrays, numbers, strings, "
        "lists, tuples or dicts of these."
    ),
    "missing": "It is not defined in your notebook: was its cell deleted, or the function renamed?",
}
_EXCEPTIONS_IN_WORDS: dict[str, str] = {
    "NotImplementedError": "It is not answered yet (NotImplementedError).",
    "ModuleNotFoundError": (
        "It imports a module that is not there when your notebook is graded. These exercises are "
        "answered in plain Python and NumPy."
    ),
    "ImportError": (
        "It imports something that is not there when your notebook is graded. These exercises are "
        "answered in plain Python and NumPy."
    ),
    "NameError": "It uses a name that is not defined (NameError).",
    "UnboundLocalError": "It uses a variable before giving it a value (UnboundLocalError).",
    "RecursionError": "It calls itself without end (RecursionError).",
    "SystemExit": "It ends the program instead of returning (SystemExit).",
}
_NUMPY_EXCEPTIONS = ("AxisError", "LinAlgError", "DTypePromotionError", "TooHardError")


class StudentError(Exception):
    """A call of a student's function that gave no value.

    Attributes:
        kind: "raised" an exception; "timeout"; "crashed" or left the process; asked for too much
            "memory"; "protocol" for a value that cannot cross; "missing" for a name not defined.
        exception: the class name of the exception, "" where there was none.
        message: the exception's own text. It is for logs only: it may hold hidden inputs.
        line: the line within the student's cell, or None.
    """

    def __init__(
        self, kind: Kind, exception: str = "", message: str = "", line: int | None = None
    ) -> None:
        super().__init__(kind, exception, message, line)
        self.kind = kind
        self.exception = exception
        self.message = message
        self.line = line

    def in_words(self) -> str:
        """What happened, in a sentence that is safe to show to the student."""
        if self.kind != "raised":
            return _IN_WORDS[self.kind]
        if self.exception in _EXCEPTIONS_IN_WORDS:
            sentence = _EXCEPTIONS_IN_WORDS[self.exception]
        elif _is_standard(self.exception):
            sentence = f"It raises {self.exception}."
        else:
            sentence = "It raises an exception of its own."
        if self.line is not None and self.exception != "NotImplementedError":
            sentence += f" See line {self.line} of your cell."
        return sentence


def _is_standard(exception: str) -> bool:
    found = getattr(builtins, exception, None)
    if isinstance(found, type) and issubclass(found, BaseException):
        return True
    return exception in _NUMPY_EXCEPTIONS


@dataclass(frozen=True)
class Call:
    """A call that came back: its value, and the positional arguments as they were afterwards."""

    value: Any
    args_after: tuple[Any, ...]


@runtime_checkable
class Student(Protocol):
    """A student's function, wherever it runs. Both ways of calling raise StudentError."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any: ...

    def call(
        self,
        args: tuple[Any, ...],
        kwargs: Mapping[str, Any] | None = None,
        given: Given | None = None,
    ) -> Call:
        """Call it; for this call the global names in ``given`` are the examiner's functions."""


class _LocalStudent:
    """A function of this process with the interface of `Student`."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self._function = function

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.call(args, kwargs).value

    def call(
        self,
        args: tuple[Any, ...],
        kwargs: Mapping[str, Any] | None = None,
        given: Given | None = None,
    ) -> Call:
        args = copy.deepcopy(tuple(args))
        kwargs = copy.deepcopy(dict(kwargs or {}))
        with (
            _replaced(self._function, given or {}),
            np.errstate(all="ignore"),
            warnings.catch_warnings(),
        ):
            warnings.simplefilter("ignore")
            try:
                value = self._function(*args, **kwargs)
            except MemoryError as error:
                raise StudentError("memory", "MemoryError", str(error)) from error
            except (Exception, SystemExit) as error:
                raise self._error(error) from error
        return Call(value, args)

    def _error(self, error: BaseException) -> StudentError:
        code = getattr(self._function, "__code__", None)
        lines = [
            frame.lineno
            for frame in traceback.extract_tb(error.__traceback__)
            if code is not None and frame.filename == code.co_filename
        ]
        return StudentError(
            "raised", type(error).__name__, str(error), lines[-1] if lines else None
        )


class _replaced:
    """While entered, the global names of a function that are in ``given`` mean those functions."""

    def __init__(self, function: Callable[..., Any], given: Given) -> None:
        self._globals: dict[str, Any] = getattr(function, "__globals__", {})
        self._given = given
        self._before: dict[str, Any] = {}

    def __enter__(self) -> None:
        self._before = {name: self._globals[name] for name in self._given if name in self._globals}
        self._globals.update(self._given)

    def __exit__(self, *_: object) -> None:
        for name in self._given:
            self._globals.pop(name, None)
        self._globals.update(self._before)


def as_student(function: Callable[..., Any]) -> Student:
    """Give a function of this process the interface of `Student`; it gets copies of arguments."""
    return _LocalStudent(function)


@dataclass(frozen=True)
class Part:
    """One part of an exercise's test: its name, whether it passed, and what is wrong if not."""

    name: str
    passed: bool
    message: str = ""
    weight: float = 1.0


@dataclass(frozen=True)
class Verdict:
    """What came of one exercise. ``mistake`` and ``hint`` are set when a known mistake was met."""

    exercise: str
    parts: tuple[Part, ...]
    mistake: str | None = None
    hint: str | None = None

    @property
    def fraction(self) -> float:
        """The share of the points, between 0 and 1: the weight of the parts that passed."""
        whole = sum(part.weight for part in self.parts)
        return sum(part.weight for part in self.parts if part.passed) / whole if whole else 0.0

    @property
    def passed(self) -> bool:
        """Whether every part passed."""
        return bool(self.parts) and all(part.passed for part in self.parts)

    def text(self) -> str:
        """The feedback on this exercise, as the student reads it."""
        right = [part.name for part in self.parts if part.passed]
        if self.passed:
            return f"All {len(right)} parts passed." if len(right) > 1 else "Passed."
        wrong: dict[str, list[str]] = {}
        for part in self.parts:
            if not part.passed:
                wrong.setdefault(part.message, []).append(part.name)
        lines = [f"{len(right) or 'None'} of {len(self.parts)} parts passed."]
        seen = [message for message in wrong if not message.startswith(_NOT_LOOKED_AT)]
        if not right and len(seen) == 1:
            lines[0] += f" {seen[0]}"
        else:
            lines += [f"- passed: {'; '.join(right)}"] if right else []
            lines += [f"- {'; '.join(names)}: {message}" for message, names in wrong.items()]
        if self.hint:
            lines.append(f"Hint: {self.hint}")
        return "\n".join(lines)

    def to_dict(self) -> dict[str, Any]:
        """The verdict as plain data, ready for JSON."""
        return {
            "exercise": self.exercise,
            "parts": [
                {
                    "name": part.name,
                    "passed": part.passed,
                    "message": part.message,
                    "weight": part.weight,
                }
                for part in self.parts
            ],
            "mistake": self.mistake,
            "hint": self.hint,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> "Verdict":
        """The verdict that `to_dict` wrote."""
        parts = tuple(Part(**part) for part in data["parts"])
        return cls(data["exercise"], parts, data.get("mistake"), data.get("hint"))


@dataclass(frozen=True)
class Entry:
    """A known answer to an exercise: a wrong one with its hint, or a right one written another way.

    ``belief`` says what the student thinks; it is the function's docstring, for the instructor.
    """

    exercise: str
    name: str
    function: Callable[..., Any]
    belief: str
    hint: str | None = None


def mistake(exercise: str, *, hint: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Mark a function as a known wrong answer to ``exercise``; its name is the mistake's name."""
    return _entry(exercise, hint)


def alternative(exercise: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Mark a function as a right answer to ``exercise``, written in another way."""
    return _entry(exercise, None)


def _entry(exercise: str, hint: str | None) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    def mark(function: Callable[..., Any]) -> Callable[..., Any]:
        belief = inspect.getdoc(function) or ""
        entry = Entry(exercise, function.__name__, function, belief, hint)
        function.__dict__["course_entry"] = entry
        return function

    return mark


def load_bank(path: Path) -> list[Entry]:
    """The entries of a mistakes.py or alternatives.py, in the order of the file.

    Raises FileNotFoundError where there is no such file.
    """
    return bank_of(load_module(path))


def bank_of(module: ModuleType) -> list[Entry]:
    """The entries of a module, in the order of definition."""
    found = (getattr(value, "course_entry", None) for value in vars(module).values())
    return [entry for entry in found if isinstance(entry, Entry)]


def load_module(path: Path) -> ModuleType:
    """Run a Python file as a module of its own, without putting it into ``sys.modules``."""
    if not path.is_file():
        raise FileNotFoundError(path)
    spec = importlib.util.spec_from_file_location(f"{path.parent.name}_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def source_of(entry: Entry) -> str:
    """The code of an entry as a student would hand it in: named as the exercise, undecorated."""
    source = textwrap.dedent(inspect.getsource(entry.function))
    definition = ast.parse(source).body[0]
    assert isinstance(definition, ast.FunctionDef)
    lines = source.splitlines()[definition.lineno - 1 :]
    lines[0] = lines[0].replace(f"def {entry.name}(", f"def {entry.exercise}(", 1)
    return "\n".join(lines) + "\n"


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
            return f'{_NOT_LOOKED_AT} before "{need}" passes.'
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


def same(one: Any, other: Any, rtol: float = 1e-9) -> bool:
    """Whether two results of plain data are the same up to rounding. NaN is the same as NaN."""
    if isinstance(one, (np.ndarray, np.generic)) or isinstance(other, (np.ndarray, np.generic)):
        return _same_arrays(one, other, rtol)
    if type(one) in (list, tuple) and type(other) in (list, tuple):
        return len(one) == len(other) and all(
            same(a, b, rtol) for a, b in zip(one, other, strict=True)
        )
    if type(one) is dict and type(other) is dict:
        return one.keys() == other.keys() and all(same(one[k], other[k], rtol) for k in one)
    if type(one) is not type(other):
        return type(one) in (int, float) and type(other) in (int, float) and _near(one, other, rtol)
    if type(one) in (int, float):
        return _near(one, other, rtol)
    return type(one) in (bool, str, bytes, type(None)) and one == other


def _same_arrays(one: Any, other: Any, rtol: float) -> bool:
    plain = (bool, int, float, np.ndarray, np.generic)
    if not isinstance(one, plain) or not isinstance(other, plain):
        return False
    one, other = np.asarray(one), np.asarray(other)
    if one.dtype.kind not in "biuf" or other.dtype.kind not in "biuf":
        return False
    if one.shape != other.shape or one.dtype.kind != other.dtype.kind:
        return False
    if one.dtype.kind == "f" and one.ndim and one.dtype != other.dtype:
        return False
    return _near(one, other, 1e-5 if one.dtype.itemsize < 8 else rtol)


def _near(one: Any, other: Any, rtol: float) -> bool:
    try:
        with np.errstate(all="ignore"):
            return bool(np.allclose(one, other, rtol=rtol, atol=1e-3 * rtol, equal_nan=True))
    except OverflowError:  # an int beyond float64
        return bool(one == other)


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
