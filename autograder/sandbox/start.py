"""Starting and ending the process in which a student's code runs."""

from pathlib import Path
from typing import Protocol

from autograder.options import Options
from autograder.sandbox import fork_server
from autograder.sandbox.unavailable import SandboxUnavailable
from autograder.sandbox.unsandboxed import UnsandboxedProcess
from autograder.sandbox.usage import Usage
from autograder.worker.protocol import Channel, Handles

__all__ = ["Sandbox", "SandboxUnavailable", "Usage", "start"]


class Sandbox(Protocol):
    """A running student's process and the channel to it.

    ``torn_down`` says, once it has been ended, whether it had gone down with the process that
    started it, which is no doing of its own.
    """

    channel: Channel
    torn_down: bool

    def ended(self, seconds: float) -> bool:
        """Whether the process has ended, or does so by itself within ``seconds``."""

    def starved(self) -> float:
        """Seconds so far for which it could have run, but others had the processors."""

    def end(self) -> Usage:
        """Kill it, with all it has started. Calling it again gives the same answer."""


def start(options: Options, handles: Handles, hidden: tuple[Path, ...] = ()) -> Sandbox:
    """Start a fresh process, ready for its first message.

    ``hidden`` are folders that must not be seen even where they lie among Python's own files.

    Raises SandboxUnavailable where none can be had.
    """
    if options.sandbox == "none":
        return UnsandboxedProcess(options, handles)
    return fork_server.start(options, handles, hidden)
