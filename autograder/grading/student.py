"""The student's side as the examiner sees it: cells to run, names to fetch, functions to call.

Behind it is a sandbox. When it is lost (a hang, a crash, nonsense on the channel), the next use
starts another and runs the student's cells again, so that one bad function costs only its points.
"""

import ast
import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from nbformat import NotebookNode

from autograder.events import Event
from autograder.grading.names import names_of, reached
from autograder.grading.outputs import Failure, failure, read_outputs, size_of
from autograder.grading.session import Given, Lost, Reply, Session, StaleHandle
from autograder.options import Options
from autograder.testing import Arguments, Call, Kind, StudentError
from autograder.testing.errors import FATAL
from autograder.worker.protocol import ProtocolError

Again = Literal["all", "definitions", "nothing"]

#: What is left of the time for a call in a check once something has hung in one: the first of
#: these parts, after the next hang the second, and so on; at last always the last.
_IMPATIENT = (0.2, 0.1, 0.05)
#: How often a process may end over cells of which nothing is left.
_MOST_DEATHS = 3
#: The last line of a cell that is named to a student: further ones could tell a hidden input.
_MOST_LINES = 1_000


@dataclass
class _Cell:
    """A cell that was run, its grade_id, and how much of it is run again."""

    name: str
    source: str
    grade_id: str
    again: Again = "all"


@dataclass(frozen=True)
class Ran:
    """What came of a cell.

    ``lost`` says why the sandbox was lost over it, if it was; ``again`` then how much of the cell
    is still used.
    """

    outputs: tuple[NotebookNode, ...] = ()
    failure: Failure | None = None
    lost: Lost | None = None
    again: Again = "all"


class UsedUp(Lost):
    """What one submission may use is used up: time, processes, or what these may send."""


class StudentSide:
    """One student's notebook in a sandbox; used as a context manager, it ends the sandbox."""

    def __init__(
        self,
        options: Options,
        *,
        hidden: tuple[Path, ...] = (),
        on_event: Callable[[Event], None] = lambda event: None,
    ) -> None:
        self._options = options
        self._hidden = hidden
        self._on_event = on_event
        self._session: Session | None = None
        self._history: list[_Cell] = []
        self._wanted: int | None = None
        self._used_up = ""
        self._allowed = 0.0
        self._received = 0
        self._shown = 0
        self._longest = 0
        self._end = self._time() + options.total_seconds
        self._test_end = self._end
        self._failed: dict[str, list[StudentError]] = {}
        self._test = ""
        #: The cells that stopped, with what they raised, in the order in which they were run.
        self._stopped: list[tuple[str, Failure]] = []
        self._told = False
        self._worth_points = True
        self._hung: set[str] = set()
        self._hangs_in_checks = 0
        self.cpu_seconds = 0.0
        self.peak_mb = 0.0
        self.starts = 0
        #: How often something hung, died or was not run for want of time.
        self.losses = 0

    def __enter__(self) -> "StudentSide":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the sandbox."""
        if self._session is not None:
            session, self._session = self._session, None
            used = session.end()
            self._allowed += session.allowed
            self._received += session.received
            self.cpu_seconds += used.cpu_seconds
            self.peak_mb = max(self.peak_mb, used.peak_mb)

    def run_cell(self, name: str, source: str, grade_id: str = "") -> Ran:
        """Run one of the student's cells. Tracebacks call it ``name``, events ``grade_id``."""
        cell = _Cell(name, source, grade_id or name)
        self._longest = min(max(self._longest, source.count("\n") + 1), _MOST_LINES)
        if self._hung:
            self._hung -= names_of(source).bound
        try:
            session = self._ready()
            self._history.append(cell)
            reply = self._run(session, cell)
            outputs = read_outputs(reply.get("outputs"), self._options)
            raised = failure(reply.get("error"))
            if raised is not None:
                self._stopped.append((source, raised))
            return Ran(*self._kept(cell, outputs, raised))
        except UsedUp as lost:
            self._dropped(lost, cell.grade_id)
            return Ran(lost=lost)
        except (Lost, ProtocolError) as error:
            why = error if isinstance(error, Lost) else Lost("protocol", str(error))
            self._give_up(cell, why)
            return Ran(lost=why, again=cell.again)

    def _kept(
        self, cell: _Cell, outputs: tuple[NotebookNode, ...], raised: Failure | None
    ) -> tuple[tuple[NotebookNode, ...], Failure | None]:
        """Return what a cell shows, or nothing where the notebook shows too much by now."""
        most = self._options.shown_mb * 10**6
        before = self._shown
        self._shown += sum(map(size_of, [*outputs, *([raised.output()] if raised else [])]))
        if self._shown <= most:
            return outputs, raised
        if before <= most:
            detail = {"most": self._options.shown_mb}
            self._on_event(Event("much-shown", cell.grade_id, detail))
        return (), None

    def mark(self) -> int:
        """Return the number of the cells so far, for `rewind`."""
        return len(self._history)

    def rewind(self, mark: int | None) -> None:
        """Let names mean what they meant after so many cells, from now on."""
        self._wanted = mark

    def begin_test(self, name: str = "", *, points: bool = True) -> None:
        """Begin a new test cell: its calls have their own time, and their own failures.

        ``name`` is its grade_id. Where it is not about ``points``, a function that has hung in such
        a cell is not called again until another cell defines it anew, and other functions have to
        be quicker, the more so the more has hung.
        """
        self._test_end = self._time() + self._options.test_seconds
        self._failed = {}
        self._test = name
        self._worth_points = points

    def may_use(self, name: str, others: Iterable[str]) -> set[str]:
        """Return those of the names ``others`` that a function and what it uses may look up."""
        names = [names_of(cell.source) for cell in self._history[: self._wanted]]
        if any(cell.any for cell in names):
            return set(others)
        return reached(name, names).intersection(others)

    def fetch(self, name: str) -> Any:
        """Return what a name stands for: plain data, or a StudentFunction, defined or not."""
        try:
            (reply,) = self._replies("fetch", name=name)
        except StudentError:
            return StudentFunction(self, name, self._wanted)
        if reply["is"] == "done":
            return reply.get("value")
        return StudentFunction(self, name, self._wanted)

    def call_all(
        self, name: str, mark: int | None, calls: Sequence[Arguments], given: Given
    ) -> list[Call | StudentError]:
        """Call a function of the student's, and return what each call came to.

        The calls go there in one message. After one that hung, ended its process or ran out of
        memory no other is made: they come to the same.
        """
        outcomes: list[Call | StudentError] = []
        while len(outcomes) < len(calls):
            outcomes += self._called(name, mark, calls[len(outcomes) :], given)
            last = outcomes[-1]
            if isinstance(last, StudentError) and last.kind in FATAL:
                break
        return outcomes + outcomes[-1:] * (len(calls) - len(outcomes))

    def _called(
        self, name: str, mark: int | None, calls: Sequence[Arguments], given: Given
    ) -> list[Call | StudentError]:
        """Do as `call_all`, up to the first call that was not answered, or ran out of memory."""
        failed = self._failed.setdefault(name, [])
        if len(failed) >= self._options.failures:
            return [failed[-1]] * len(calls)
        outcomes: list[Call | StudentError] = []
        sent = [(tuple(args), dict(kwargs)) for args, kwargs in calls]
        wanted, self._wanted = self._wanted, mark
        try:
            replies = self._replies("call", len(sent), given, name=name, calls=sent)
            for (args, _), reply in zip(sent, replies, strict=True):
                outcomes.append(outcome := self._outcome(name, reply, args))
                if isinstance(outcome, StudentError) and outcome.kind == "memory":
                    break
        except ProtocolError as error:
            self._dropped(Lost("protocol", str(error)), self._test, name)
            outcomes.append(StudentError("protocol"))
        except StudentError as error:
            outcomes.append(error)
        finally:
            self._wanted = wanted
        failed += [
            outcome
            for outcome in outcomes
            if isinstance(outcome, StudentError)
            and outcome.kind in ("timeout", "crashed", "protocol")
        ]
        return outcomes

    def _missing(self, name: str) -> StudentError:
        """Say that a name is not defined, and what the last cell raised that would define it."""
        defines = re.compile(
            rf"^(?:(?:def|class)[ \t]+{re.escape(name)}\b|{re.escape(name)}\s*=)", re.M
        )
        found = [raised for source, raised in self._stopped if defines.search(source)]
        last = (found[-1].exception, "", found[-1].line) if found else ()
        return StudentError("missing", *last)

    def _outcome(self, name: str, reply: Reply, args: tuple[Any, ...]) -> Call | StudentError:
        """Read the reply to a call. Raises ProtocolError."""
        if reply["is"] == "missing":
            return self._missing(name)
        if reply["is"] == "raised":
            raised = failure(reply.get("error"))
            if raised is not None:
                kind: Kind = "memory" if raised.memory else "raised"
                if raised.memory:
                    self._on_event(Event("memory", self._test, {"name": name}))
                line = raised.line if (raised.line or 0) <= self._longest else None
                return StudentError(kind, raised.exception, raised.message, line)
        after = reply.get("args")
        if reply["is"] != "done" or type(after) is not tuple or len(after) != len(args):
            return StudentError("protocol")
        return Call(reply.get("value"), after)

    def _replies(
        self, what: str, count: int = 1, given: Given | None = None, *, name: str, **content: Any
    ) -> Iterator[Reply]:
        """Ask for something, and yield the replies, each in its own time. Raises StudentError."""
        seconds = self._options.call_seconds
        if self._hung and not self._worth_points:
            if name in self._hung:
                raise StudentError("timeout")
            seconds *= _IMPATIENT[min(self._hangs_in_checks, len(_IMPATIENT)) - 1]
        try:
            session = self._ready()
            left = self._seconds_of_test(seconds)
            if left <= 0:
                raise StudentError("timeout")
            session.ask(what, left, given, name=name, after=self._wanted, **content)
            for _ in range(count):
                yield session.reply(self._seconds_of_test(seconds))
        except Lost as lost:
            if lost.kind == "timeout" and not self._worth_points:
                self._hung.add(name)
                self._hangs_in_checks += 1
            self._dropped(lost, self._test, name)
            raise StudentError(lost.kind) from None
        except StaleHandle:
            raise StudentError("crashed") from None

    def _run(self, session: Session, cell: _Cell) -> Reply:
        source = cell.source if cell.again == "all" else ""
        if cell.again == "definitions":
            source = definitions(cell.source)
        seconds = self._seconds(self._options.cell_seconds)
        return session.request("cell", seconds, name=cell.name, source=source)

    def _ready(self) -> Session:
        """Return a sandbox in which all cells so far have been run. Raises UsedUp."""
        if self._session is not None and self._session.lost:  # to an error of the examiner's
            self.close()
        deaths = 0
        while self._session is None:
            self._seconds(1.0)
            session = self._session = Session(self._options, self._hidden)
            self.starts += 1
            for past in self._history:
                try:
                    self._run(session, past)
                except UsedUp:
                    self.close()
                    raise
                except Lost as lost:
                    deaths += past.again == "nothing"
                    self._give_up(past, lost)
                    break
            if deaths == _MOST_DEATHS:
                self._used_up = "its Python process has ended too often"
        return self._session

    def _give_up(self, cell: _Cell, lost: Lost) -> None:
        """Never run that cell again as it is."""
        half = cell.again == "all" and definitions(cell.source)
        cell.again = "definitions" if half else "nothing"
        self._dropped(lost, cell.grade_id)

    def _dropped(self, lost: Lost, cell: str = "", name: str = "") -> None:
        self.losses += 1
        self.close()
        if isinstance(lost, UsedUp):
            if not self._told:
                self._on_event(Event("used-up", cell, {"reason": lost.detail}))
            self._told = True
            return
        named = {"name": name} if name else {}
        self._on_event(Event(lost.kind, cell, {"reason": lost.detail, **named}))

    def _seconds(self, most: float) -> float:
        left = self._left(self._end)
        received = self._received + (self._session.received if self._session is not None else 0)
        if not self._used_up and left <= 0:
            self._used_up = "the time for the whole notebook is used up"
        if not self._used_up and received > self._options.received_mb * 2**20:
            self._used_up = f"it sends more than {self._options.received_mb} MB in all"
        if self._used_up:
            raise UsedUp("used-up", self._used_up)
        return min(most, left)

    def _seconds_of_test(self, most: float) -> float:
        """Return the seconds for a call of the test that is running; 0 where its time is over."""
        return max(min(self._seconds(most), self._left(self._test_end)), 0.0)

    def _left(self, end: float) -> float:
        """Return the seconds until then, by `_time`."""
        if end <= self._time() and self._session is not None:
            self._session.allow()
        return end - self._time()

    def _time(self) -> float:
        """Return the time, less that for which others had the processors at a limit."""
        allowed = self._allowed + (self._session.allowed if self._session is not None else 0.0)
        return time.monotonic() - allowed


class StudentFunction:
    """A function of the student's, with the interface of autograder.testing.Student.

    It may turn out not to be defined: then a call raises StudentError of kind "missing".
    """

    def __init__(self, student: StudentSide, name: str, mark: int | None) -> None:
        self._student = student
        self._name = name
        self._mark = mark

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.call(args, kwargs).value

    @property
    def steady(self) -> bool:
        """Whether nothing of this student's has hung or died so far."""
        return not self._student.losses

    def may_use(self, names: Iterable[str]) -> set[str]:
        """Return those of these global names that it may look up."""
        return self._student.may_use(self._name, names)

    def call(
        self,
        args: tuple[Any, ...],
        kwargs: Mapping[str, Any] | None = None,
        given: Given | None = None,
    ) -> Call:
        """Call it; ``given`` replaces global names of the student's by the examiner's functions."""
        (outcome,) = self.call_all([(args, kwargs or {})], given)
        if isinstance(outcome, StudentError):
            raise outcome
        return outcome

    def call_all(
        self, calls: Sequence[Arguments], given: Given | None = None
    ) -> list[Call | StudentError]:
        """Make all these calls, in one message; see autograder.testing.Student."""
        return self._student.call_all(self._name, self._mark, calls, given or {})

    def __copy__(self) -> "StudentFunction":
        return self

    def __deepcopy__(self, memo: object) -> "StudentFunction":
        return self

    def __repr__(self) -> str:
        return f"<the student's {self._name}>"


def definitions(source: str) -> str:
    """Keep the imports, functions and classes of a cell, each in its lines, and nothing else.

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
