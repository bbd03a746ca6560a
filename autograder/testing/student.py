"""A student's function, wherever it runs: what the hidden tests call."""

import copy
import traceback
import warnings
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Any, Protocol, runtime_checkable

import numpy as np

from autograder.testing.errors import FATAL, StudentError
from autograder.testing.plain import copied
from course_lib.plain import as_plain

Given = Mapping[str, Callable[..., Any]]
#: What a function is called with: positional arguments, and those by name.
Arguments = tuple[tuple[Any, ...], Mapping[str, Any]]


@dataclass(frozen=True)
class Call:
    """A call that came back: its value, and the positional arguments as they were afterwards."""

    value: Any
    args_after: tuple[Any, ...]


@runtime_checkable
class Student(Protocol):
    """A student's function, wherever it runs. Both ways of calling raise StudentError."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any: ...

    def may_use(self, names: Iterable[str]) -> set[str]:
        """Return those of these global names that it may look up."""

    def call(
        self,
        args: tuple[Any, ...],
        kwargs: Mapping[str, Any] | None = None,
        given: Given | None = None,
    ) -> Call:
        """Call it; for this call the global names in ``given`` are the examiner's functions."""

    def call_all(
        self, calls: Sequence[Arguments], given: Given | None = None
    ) -> "list[Call | StudentError]":
        """Make all these calls, each as `call` makes it, and return what each came to, in order.

        A call that raises does not keep the others from being made. One that hangs, ends its
        process or runs out of memory does: those after it come to the same error.
        """


class OneByOne(ABC):
    """The interface of `Student` for one that has only `call`; it may use any name."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.call(args, kwargs).value

    def may_use(self, names: Iterable[str]) -> set[str]:
        return set(names)

    @abstractmethod
    def call(
        self,
        args: tuple[Any, ...],
        kwargs: Mapping[str, Any] | None = None,
        given: Given | None = None,
    ) -> Call: ...

    def call_all(
        self, calls: Sequence[Arguments], given: Given | None = None
    ) -> list[Call | StudentError]:
        outcomes: list[Call | StudentError] = []
        for args, kwargs in calls:
            try:
                outcomes.append(self.call(args, kwargs, given))
            except StudentError as error:
                outcomes.append(error)
                if error.kind in FATAL:
                    break
        return outcomes + outcomes[-1:] * (len(calls) - len(outcomes))


class _LocalStudent(OneByOne):
    """A function of this process with the interface of `Student`."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self._function = function

    def call(
        self,
        args: tuple[Any, ...],
        kwargs: Mapping[str, Any] | None = None,
        given: Given | None = None,
    ) -> Call:
        args = copy.deepcopy(tuple(args))
        kwargs = copy.deepcopy(dict(kwargs or {}))
        with (
            _replaced(self._function, {name: _apart(f) for name, f in (given or {}).items()}),
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
        return Call(as_plain(value), args)

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


def _apart(function: Callable[..., Any]) -> Callable[..., Any]:
    """Make a function share no array with who calls it, as between two processes."""

    @wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        return copied(function(*copied(args), **copied(kwargs)))

    return call


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
