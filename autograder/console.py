"""What the command line shows: progress, tables, and errors in a line or two."""

import errno
import functools
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import typer
from rich.console import Console
from rich.markup import escape
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

from autograder.course import Problem

if TYPE_CHECKING:
    from autograder.course import Progress
    from autograder.grade import Outcome

SOME_FAILED, NOT_DONE, STOPPED = 1, 2, 130
EXIT_CODES = """\
Exit codes: 0 all done; 1 done, but not for every submission; 2 not done (the message says why);
130 stopped with Ctrl-C.
"""

out = Console()
err = Console(stderr=True)
Command = TypeVar("Command", bound=Callable[..., Any])


def guarded(go_on: str) -> Callable[[Command], Command]:
    """Turn what users can put right into a message and an exit code; ``go_on`` follows Ctrl-C."""

    def wrap(command: Command) -> Command:
        @functools.wraps(command)
        def run(*args: Any, **kwargs: Any) -> Any:
            try:
                return command(*args, **kwargs)
            except Problem as problem:
                complain(problem.what, problem.remedy)
                raise typer.Exit(NOT_DONE) from None
            except OSError as error:
                place = f": {error.filename}" if error.filename else ""
                unwritable = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES)
                remedy = "Make room there, or make it writable." if unwritable else ""
                complain(f"{error.strerror or error}{place}", remedy)
                raise typer.Exit(NOT_DONE) from None
            except KeyboardInterrupt:
                err.print(f"\n[bold]Stopped.[/bold] {escape(go_on)}")
                raise typer.Exit(STOPPED) from None

        return run  # type: ignore[return-value]

    return wrap


def complain(what: str, remedy: str = "") -> None:
    """An error in a line or two, on stderr."""
    err.print(f"[bold red]error:[/bold red] {escape(what)}", soft_wrap=True, highlight=False)
    if remedy:
        err.print(escape(remedy), soft_wrap=True, highlight=False)


def say(text: str) -> None:
    """A line of ordinary output; square brackets in it are taken as they are."""
    out.print(escape(text), soft_wrap=True, highlight=False)


@contextmanager
def bars() -> "Iterator[Progress]":
    """Progress bars on a terminal, one for each thing that is done; nothing elsewhere."""
    shown = Bars(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("left:"),
        TimeRemainingColumn(),
        console=err,
        disable=not err.is_terminal,
    )
    tasks: dict[str, TaskID] = {}

    def progress(what: str, done: int, whole: int) -> None:
        if what not in tasks:
            tasks[what] = shown.add_task(what, total=whole)
        shown.update(tasks[what], completed=done, total=whole)

    with shown:
        yield progress


def outcomes_table(outcomes: "Sequence[Outcome]", most: float) -> Table:
    """What came of each submission."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("student", overflow="fold")
    for title in ("points", "of", "s", "CPU s"):
        table.add_column(title, justify="right")
    table.add_column("remarks", overflow="fold")
    for outcome in outcomes:
        done, standing = outcome.done, outcome.standing
        remarks = [escape(remark) for remark in (done.remarks if done else ())]
        if standing and standing.penalty:
            remarks.append(f"late: -{standing.penalty:g}")
        if done and done.reused:
            remarks.append("[dim]kept[/dim]")
        if outcome.problem:
            remarks.append(f"[red]{escape(outcome.problem)}[/red]")
        table.add_row(
            escape(outcome.student),
            f"{standing.score:.2f}" if standing and not outcome.problem else "–",
            f"{most:g}",
            f"{done.seconds:.1f}" if done else "–",
            f"{done.cpu_seconds:.1f}" if done else "–",
            ", ".join(remarks),
        )
    return table
