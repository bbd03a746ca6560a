"""The student's side as the examiner sees it: cells to run, names to fetch, functions to call.

Behind it is a sandbox. When it is lost (a hang, a crash, nonsense on the channel), the next use
starts another and runs the student's cells again, so that one bad function costs only its points.
"""

import ast
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from autograder.options import Options
from autograder.protocol import ProtocolError
from autograder.session import Given, Lost, Reply, Session, StaleHandle
from autograder.shown import Failure, Shown, failure, shown
from course_lib.testing import Call, Kind, StudentError

Again = Literal["all", "definitions", "nothing"]

_MARK: Literal["mark"] = "mark"


@dataclass
class _Cell:
    """A cell that was run, and how much of it is run again."""

    name: str
    source: str
    again: Again = "all"


@dataclass(frozen=True)
class Ran:
    """What came of a cell.

    ``lost`` says why the sandbox was lost over it, if it was; ``again`` then how much of the cell
    is still used.
    """

    shown: Shown = field(default_factory=Shown)
    failure: Failure | None = None
    lost: Lost | None = None
    again: Again = "all"


class OutOfTime(Lost):
    """The time for the whole submission is used up."""

    def __init__(self) -> None:
        super().__init__("timeout", "the time for the whole submission is used up")


class Student:
    """One student's notebook in a sandbox; used as a context manager, it ends the sandbox."""

    def __init__(
        self,
        options: Options,
        *,
        hidden: tuple[Path, ...] = (),
        log: Callable[[str], None] = lambda event: None,
    ) -> None:
        self._options = options
        self._hidden = hidden
        self._log = log
        self._session: Session | None = None
        self._history: list[_Cell | Literal["mark"]] = []
        self._marks = 0
        self._wanted: int | None = None
        self._at: int | None = None
        self._end = time.monotonic() + options.total_seconds
        self._test_end = self._end
        self._failed: dict[str, list[StudentError]] = {}
        self.cpu_seconds = 0.0
        self.peak_mb = 0.0
        self.starts = 0

    def __enter__(self) -> "Student":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the sandbox."""
        if self._session is not None:
            session, self._session = self._session, None
            used = session.end()
            self.cpu_seconds += used.cpu_seconds
            self.peak_mb = max(self.peak_mb, used.peak_mb)

    def run_cell(self, name: str, source: str) -> Ran:
        """Run one of the student's cells. ``name`` is what tracebacks call it."""
        cell = _Cell(name, source)
        try:
            session = self._ready()
            self._history.append(cell)
            reply = self._run(session, cell)
            return Ran(shown(reply.get("outputs"), self._options), failure(reply.get("error")))
        except OutOfTime as lost:
            return Ran(lost=lost)
        except (Lost, ProtocolError) as error:
            why = error if isinstance(error, Lost) else Lost("protocol", str(error))
            self._give_up(cell, why)
            return Ran(lost=why, again=cell.again)

    def mark(self) -> int:
        """A number for what the student's names mean now; see `at`."""
        self._marks += 1
        self._history.append(_MARK)
        if self._session is not None:
            try:
                self._session.request(_MARK, self._seconds(self._options.cell_seconds))
            except Lost as lost:
                self._dropped(lost)
        return self._marks - 1

    def at(self, mark: int | None) -> None:
        """From now on names mean what they meant at a mark."""
        self._wanted = mark

    def begin_test(self) -> None:
        """A new test cell: its calls have their own time, and their own failures."""
        self._test_end = time.monotonic() + self._options.test_seconds
        self._failed = {}

    def fetch(self, name: str) -> Any:
        """What a name stands for: plain data, or a StudentFunction, even if it is not defined."""
        try:
            reply = self._request("fetch", self._options.call_seconds, name=name)
        except StudentError:
            return StudentFunction(self, name, self._wanted)
        if reply["is"] == "done":
            return reply.get("value")
        return StudentFunction(self, name, self._wanted)

    def call(
        self,
        name: str,
        mark: int | None,
        args: tuple[Any, ...],
        kwargs: Mapping[str, Any],
        given: Given,
    ) -> Call:
        """Call a function of the student's. Raises StudentError."""
        failed = self._failed.setdefault(name, [])
        if len(failed) >= self._options.failures:
            raise failed[-1]
        wanted, self._wanted = self._wanted, mark
        try:
            seconds = self._options.call_seconds
            content = {"name": name, "args": args, "kwargs": dict(kwargs)}
            reply = self._request("call", seconds, given=given, **content)
            try:
                return self._result(reply, args)
            except ProtocolError as error:
                self._dropped(Lost("protocol", str(error)))
                raise StudentError("protocol") from None
        except StudentError as error:
            if error.kind in ("timeout", "crashed", "protocol"):
                failed.append(error)
            raise
        finally:
            self._wanted = wanted

    def _result(self, reply: Reply, args: tuple[Any, ...]) -> Call:
        if reply["is"] == "missing":
            raise StudentError("missing")
        if reply["is"] == "raised":
            raised = failure(reply.get("error"))
            if raised is not None:
                kind: Kind = "memory" if raised.memory else "raised"
                raise StudentError(kind, raised.exception, raised.message, raised.line)
        after = reply.get("args")
        if reply["is"] != "done" or type(after) is not tuple or len(after) != len(args):
            raise StudentError("protocol")
        return Call(reply.get("value"), after)

    def _request(
        self, what: str, seconds: float, given: Given | None = None, **content: Any
    ) -> Reply:
        try:
            session = self._ready()
            if self._wanted is not None and self._wanted != self._at:
                session.request("rewind", self._seconds(seconds), mark=self._wanted)
                self._at = self._wanted
            left = min(self._seconds(seconds), self._test_end - time.monotonic())
            if left <= 0:
                raise StudentError("timeout")
            return session.request(what, left, given, **content)
        except Lost as lost:
            self._dropped(lost)
            raise StudentError(lost.kind) from None
        except StaleHandle:
            raise StudentError("crashed") from None

    def _run(self, session: Session, cell: _Cell) -> Reply:
        source = cell.source if cell.again == "all" else definitions(cell.source)
        seconds = self._seconds(self._options.cell_seconds)
        return session.request("cell", seconds, name=cell.name, source=source)

    def _ready(self) -> Session:
        """A sandbox in which all cells so far have been run. Raises OutOfTime."""
        while self._session is None:
            self._seconds(1.0)
            session = self._session = Session(self._options, self._hidden)
            self.starts += 1
            self._at = None
            for past in self._history:
                try:
                    if not isinstance(past, _Cell):
                        session.request(_MARK, self._seconds(self._options.cell_seconds))
                    elif past.again != "nothing":
                        self._run(session, past)
                except OutOfTime:
                    self.close()
                    raise
                except Lost as lost:
                    if isinstance(past, _Cell):
                        self._give_up(past, lost)
                    else:
                        self._dropped(lost)
                    break
        return self._session

    def _give_up(self, cell: _Cell, lost: Lost) -> None:
        """Never run that cell again as it is."""
        half = cell.again == "all" and definitions(cell.source)
        cell.again = "definitions" if half else "nothing"
        self._dropped(lost, f"{cell.name}: ")

    def _dropped(self, lost: Lost, where: str = "") -> None:
        self.close()
        self._log(f"{where}{lost.kind}: {lost.detail}")

    def _seconds(self, most: float) -> float:
        left = self._end - time.monotonic()
        if left <= 0:
            raise OutOfTime
        return min(most, left)


class StudentFunction:
    """A function of the student's, with the interface of course_lib.testing.Student.

    It may turn out not to be defined: then a call raises StudentError of kind "missing".
    """

    def __init__(self, student: Student, name: str, mark: int | None) -> None:
        self._student = student
        self._name = name
        self._mark = mark

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.call(args, kwargs).value

    def call(
        self,
        args: tuple[Any, ...],
        kwargs: Mapping[str, Any] | None = None,
        given: Given | None = None,
    ) -> Call:
        """Call it; ``given`` replaces global names of the student's by the examiner's functions."""
        return self._student.call(self._name, self._mark, tuple(args), kwargs or {}, given or {})

    def __copy__(self) -> "StudentFunction":
        return self

    def __deepcopy__(self, memo: object) -> "StudentFunction":
        return self

    def __repr__(self) -> str:
        return f"<the student's {self._name}>"


def definitions(source: str) -> str:
    """The imports, functions and classes of a cell, each in its lines, without what the cell does.

    It is "" for a cell that has none of these, or is not plain Python.
    """
    try:
        body = ast.parse(source).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ""
    lines = source.split("\n")
    kept: set[int] = set()
    for statement in body:
        if isinstance(statement, ast.Import | ast.ImportFrom | ast.FunctionDef | ast.ClassDef):
            first = min(
                [statement.lineno, *(d.lineno for d in getattr(statement, "decorator_list", ()))]
            )
            kept.update(range(first, (statement.end_lineno or first) + 1))
    for statement in body:
        others = range(statement.lineno, (statement.end_lineno or statement.lineno) + 1)
        if not isinstance(statement, ast.Import | ast.ImportFrom | ast.FunctionDef | ast.ClassDef):
            kept.difference_update(others)
    if not kept:
        return ""
    return "\n".join(line if i in kept else "" for i, line in enumerate(lines, 1))
