"""What a student's process used, how it ended, and waiting for that."""

import os
import select
from dataclasses import dataclass
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Usage:
    """What a student's process used, as the kernel counted it, and how it ended.

    ``status`` is its exit code, or minus the number of the signal that ended it.
    """

    cpu_seconds: float
    peak_mb: float
    status: int


def readable(descriptor: int, seconds: float) -> bool:
    """Tell whether a descriptor is ready to be read, or is so within ``seconds``."""
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    return bool(poll.poll(max(seconds, 0.0) * 1000))


def pid_behind(pidfd: int) -> int:
    """Return the number of the process that a pidfd stands for; -1 where it has ended."""
    lines = Path(f"/proc/self/fdinfo/{pidfd}").read_text().splitlines()
    return next((int(line[4:]) for line in lines if line.startswith("Pid:")), -1)


def starved(pid: int) -> float:
    """Return the seconds so far for which a process could have run, but others had the processors.

    That its threads keep each other waiting does not count. 0 where the kernel does not say.
    """
    try:
        ran, waited, _ = map(int, Path(f"/proc/{pid}/schedstat").read_text().split())
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (OSError, ValueError):
        return 0.0
    by_all_threads = (int(fields[11]) + int(fields[12])) / _TICKS
    return max(0.0, waited / 1e9 - max(0.0, by_all_threads - ran / 1e9))
