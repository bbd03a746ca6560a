"""Looking at this machine's processes from a test."""

import contextlib
import os
import time
from collections.abc import Callable
from pathlib import Path


def descendants() -> set[int]:
    """Processes that descend from this one, by number."""
    parents: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
                parents[int(entry.name)] = int(fields[1])
    found = {os.getpid()}
    while more := {child for child, parent in parents.items() if parent in found} - found:
        found |= more
    return found - {os.getpid()}


def runs(pid: int) -> bool:
    """Whether there is such a process, and more of it than its exit status."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state not in ("Z", "X")


def students() -> set[int]:
    """The students' processes among them: number 1 in a namespace within the fork server's."""
    return {pid for pid in descendants() if len(own := numbers(pid)) == 3 and own[-1] == 1}


def numbers(pid: int) -> list[int]:
    """A process's number here and in each pid namespace within."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("NSpid:"):
                return [int(word) for word in line.split()[1:]]
    return []


def soon(true: Callable[[], bool], seconds: float = 10.0) -> bool:
    """Whether something comes true in time."""
    deadline = time.monotonic() + seconds
    while not (come := true()) and time.monotonic() < deadline:
        time.sleep(0.02)
    return come
