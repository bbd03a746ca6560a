"""What the command line shows: progress, tables, and errors in a line or two."""

import errno
import functools
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from statistics import median
from types import FrameType
from typing import TYPE_CHECKING, Any, TypeVar

import typer
from rich.console import Console
from rich.markup import escape as without_markup
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.progress import Progress as Bars
from rich.table import Table

from autograder.events import remarks
from autograder.messages import Problem

if TYPE_CHECKING:
    from autograder.scheduling.grade import Outcome

SOME_FAILED, NOT_DONE, STOPPED = 1, 2, 130
EXIT_CODES = """\
Exit codes: 0 all done; 1 done, but not for every submission; 2 not done (the message says why);
130 stopped with Ctrl-C or SIGTERM.
"""

#: From how many seconds on a submission is shown as being at work.
_LONG = 10.0
#: What makes a submission's time out of the ordinary: so many seconds, and times the median.
_SLOW_SECONDS, _SLOW_TIMES = 5.0, 5.0

out = Console()
err = Console(stderr=True)
Command = TypeVar("Command", bound=Callable[..., Any])


def escape(text: str) -> str:
    """Return a text as it can be shown: without markup, and without commands to the terminal.

    Of letters that cannot be shown, such as those of a student's file name, their codes are.
    """
    plain = "".join(
        letter if letter.isprintable() or letter == "\n" else ascii(letter)[1:-1] for letter in text
    )
    return without_markup(plain)


def guarded(go_on: str) -> Callable[[Command], Command]:
    """Decorate a command: what users can put right becomes a message and an exit code.

    ``go_on`` is said after Ctrl-C. The command raises typer.Exit then.
    """

    def wrap(command: Command) -> Command:
        @functools.wraps(command)
        def run(*args: Any, **kwargs: Any) -> Any:
            with _stoppable():
                try:
                    return command(*args, **kwargs)
                except Problem as problem:
                    complain(problem.what, problem.remedy)
                    raise typer.Exit(NOT_DONE) from None
                except OSError as error:
                    place = f": {error.filename}" if error.filename else ""
                    remedy = "Make room there, or make it writable."
                    complain(f"{error.strerror or error}{place}", remedy * _unwritable(error))
                    raise typer.Exit(NOT_DONE) from None
                except KeyboardInterrupt:
                    err.print(f"\n[bold]Stopped.[/bold] {escape(go_on)}")
                    raise typer.Exit(STOPPED) from None

        return run  # type: ignore[return-value]

    return wrap


def _unwritable(error: OSError) -> bool:
    return error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES)


@contextmanager
def _stoppable() -> Iterator[None]:
    """Make Ctrl-C and SIGTERM raise KeyboardInterrupt, once: what follows is not interrupted."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    stopped = False

    def stop(number: int, frame: FrameType | None) -> None:
        nonlocal stopped
        stopped = True
        for other in before:
            signal.signal(other, signal.SIG_IGN)
        raise KeyboardInterrupt

    for number in before:
        signal.signal(number, stop)
    try:
        yield
    finally:
        if not stopped:
            for number, handler in before.items():
                signal.signal(number, handler)


def complain(what: str, remedy: str = "") -> None:
    """Print an error on stderr: what is wrong, and on a second line its ``remedy``."""
    err.print(f"[bold red]error:[/bold red] {escape(what)}", soft_wrap=True, highlight=False)
    if remedy:
        err.print(escape(remedy), soft_wrap=True, highlight=False)


def say(text: str) -> None:
    """Print ordinary output; square brackets in it are taken as they are."""
    out.print(escape(text), soft_wrap=True, highlight=False)


class Shown:
    """Progress bars, one for each thing that is done."""

    def __init__(self, bars: Bars) -> None:
        self._bars = bars
        self._tasks: dict[str, TaskID] = {}

    def __call__(self, what: str, done: int, whole: int) -> None:
        """Show that of a thing, ``what``, so many of the ``whole`` number of steps are ``done``."""
        if what not in self._tasks:
            self._tasks[what] = self._bars.add_task(what, total=whole, note="")
        self._bars.update(self._tasks[what], completed=done, total=whole)

    def at_work(self, busy: Sequence[tuple[str, float]]) -> None:
        """Show beside the last bar which of (submission, seconds) have been at work long."""
        if self._tasks:
            self._bars.update(list(self._tasks.values())[-1], note=escape(long_at_work(busy)))


@contextmanager
def bars() -> Iterator[Shown]:
    """Give progress bars, which show themselves on a terminal alone."""
    shown = Bars(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("left:"),
        TimeRemainingColumn(),
        TextColumn("{task.fields[note]}"),
        console=err,
        disable=not err.is_terminal,
    )
    with shown:
        yield Shown(shown)


def long_at_work(busy: Sequence[tuple[str, float]]) -> str:
    """Name the submissions, of (student, seconds), that have been at work for long; "" if none has.

    The longest comes first.
    """
    found = sorted((item for item in busy if item[1] >= _LONG), key=lambda item: -item[1])
    if not found:
        return ""
    more = f" and {len(found) - 2} more" if len(found) > 2 else ""
    return f"{found[0][1]:.0f} s: {', '.join(student for student, _ in found[:2])}{more}"


def took_longest(outcomes: "Sequence[Outcome]") -> str:
    """Name the submissions whose grading took out of the ordinary long; "" if none did."""
    times = {o.student: o.done.seconds for o in outcomes if o.done and not o.done.reused}
    usual = median(times.values()) if times else 0.0
    limit = max(_SLOW_SECONDS, _SLOW_TIMES * usual)
    slow = sorted((s for s in times if times[s] > limit), key=lambda s: -times[s])
    if not slow:
        return ""
    listed = ", ".join(f"{student} ({times[student]:.0f} s)" for student in slow[:3])
    more = f" and {len(slow) - 3} more" if len(slow) > 3 else ""
    return f"took longest: {listed}{more}; half of all took at most {usual:.1f} s"


def outcomes_table(outcomes: "Sequence[Outcome]", most: float) -> Table:
    """Return a table of what came of each submission, of at most ``most`` points."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("student", overflow="fold")
    for title in ("points", "of", "s", "CPU s"):
        table.add_column(title, justify="right")
    table.add_column("remarks", overflow="fold")
    for outcome in outcomes:
        done, grades = outcome.done, outcome.grades
        said = [escape(r) for r in (remarks(done.state, done.events, done.hints) if done else ())]
        if grades and grades.penalty:
            said.append(f"late: -{grades.penalty:g}")
        if done and done.reused:
            said.append("[dim]kept[/dim]")
        if outcome.problem:
            said.append(f"[red]{escape(outcome.problem)}[/red]")
        table.add_row(
            escape(outcome.student),
            f"{grades.score:.2f}" if grades and not outcome.problem else "–",
            f"{most:g}",
            f"{done.seconds:.1f}" if done else "–",
            f"{done.cpu_seconds:.1f}" if done else "–",
            ", ".join(said),
        )
    return table
