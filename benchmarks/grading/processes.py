"""Runs a command and counts what it and every process that it starts use.

Three counts of processor time, because each can miss something:

- the kernel's own counter of a process and all its descendants (`perf_event_open`), which misses
  nothing, but may be forbidden;
- what `wait4` says of the descendants. This process adopts orphans, so it waits for all of them,
  but a process whose parent ignores SIGCHLD is never waited for;
- /proc, looked at some thirty times a second, which misses the last moments of each process.
"""

import contextlib
import ctypes
import os
import platform
import signal
import struct
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_PERF_EVENT_OPEN = {"x86_64": 298, "aarch64": 241}
_PR_SET_CHILD_SUBREAPER = 36
_TICK = os.sysconf("SC_CLK_TCK")
_LOOK_EVERY = 0.03
_WEIGH_EVERY = 0.25
_Process = tuple[int, str]
_libc = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True)
class Used:
    """What a command and its descendants used.

    Attributes:
        status: the command's exit code.
        wall_seconds: until the last of them had ended.
        counted, waited_for, seen: processor seconds by the kernel's counter (None where that is
            not allowed), by `wait4`, and in /proc.
        peak_mb: the largest sum of their proportional set sizes (PSS: memory that n processes share
            counts a n-th for each) that was seen.
    """

    status: int
    wall_seconds: float
    counted: float | None
    waited_for: float
    seen: float
    peak_mb: float

    @property
    def cpu_seconds(self) -> float:
        """The count that misses the least."""
        return max(self.waited_for, self.seen) if self.counted is None else self.counted


def run(
    command: Sequence[str | Path],
    log: Path,
    env: Mapping[str, str] = os.environ,
    cwd: Path = Path(),
) -> Used:
    """Run a command to its end; what it prints goes to ``log``."""
    _libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    before = _children(os.getpid())
    began = time.monotonic()
    with log.open("ab") as output:
        # The shell waits until the counter is set up, then becomes the command.
        process = subprocess.Popen(
            ["sh", "-c", 'read go; exec "$@" < /dev/null', "sh", *map(str, command)],
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=dict(env),
            cwd=cwd,
            start_new_session=True,
        )
    assert process.stdin is not None
    counter = _counter(process.pid)
    watch = _Watch(process.pid, before)
    watch.start()
    try:
        process.stdin.write(b"\n")
        process.stdin.close()
        waited_for, status = _reap(process, before)
    except BaseException:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        raise
    finally:
        watch.stop()
    counted = None
    if counter is not None:
        counted = struct.unpack("<Q", os.read(counter, 8))[0] / 1e9
        os.close(counter)
    wall = time.monotonic() - began
    return Used(status, wall, counted, waited_for, watch.cpu_seconds, watch.peak_mb)


def _reap(process: subprocess.Popen[bytes], before: set[int]) -> tuple[float, int]:
    """Wait for the command, then for the orphans it leaves; their processor seconds, its status."""
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    total = used.ru_utime + used.ru_stime
    while orphans := _children(os.getpid()) - before:
        for pid in orphans:
            with contextlib.suppress(ChildProcessError):
                _, _, used = os.wait4(pid, 0)
                total += used.ru_utime + used.ru_stime
    return total, process.returncode


def _counter(pid: int) -> int | None:
    """A descriptor to read the nanoseconds from that a process and its descendants run."""
    number = _PERF_EVENT_OPEN.get(platform.machine())
    if number is None:
        return None
    software, task_clock, size = 1, 1, 128
    disabled, inherit, exclude_kernel, exclude_hv, enable_on_exec = 1, 2, 32, 64, 4096
    flags = disabled | inherit | exclude_kernel | exclude_hv | enable_on_exec
    attributes = struct.pack("<IIQQQQQ", software, size, task_clock, 0, 0, 0, flags).ljust(
        size, b"\0"
    )
    close_on_exec = 8
    descriptor = _libc.syscall(number, attributes, pid, -1, -1, close_on_exec)
    return descriptor if descriptor >= 0 else None


class _Watch(threading.Thread):
    """Looks at the descendants of a process in /proc, again and again."""

    def __init__(self, root: int, before: set[int]) -> None:
        super().__init__(daemon=True)
        self._root = root
        self._before = before
        self._over = threading.Event()
        self._used: dict[_Process, float] = {}
        self.peak_mb = 0.0

    @property
    def cpu_seconds(self) -> float:
        return sum(self._used.values())

    def run(self) -> None:
        weigh_at = 0.0
        while not self._over.wait(_LOOK_EVERY):
            ours = self._look()
            if time.monotonic() >= weigh_at:
                self.peak_mb = max(self.peak_mb, sum(map(_pss_mb, ours)))
                weigh_at = time.monotonic() + _WEIGH_EVERY

    def stop(self) -> None:
        self._over.set()
        self.join()

    def _look(self) -> list[int]:
        parents, found = {}, {}
        for pid in _numbers(Path("/proc")):
            fields = _stat(pid)
            if fields:
                parents[pid] = int(fields[1])
                found[pid] = (fields[19], (int(fields[11]) + int(fields[12])) / _TICK)
        ours = [pid for pid in found if self._is_ours(pid, parents)]
        for pid in ours:
            started, seconds = found[pid]
            self._used[pid, started] = seconds
        return ours

    def _is_ours(self, pid: int, parents: Mapping[int, int]) -> bool:
        me = os.getpid()
        while pid in parents:
            if pid == self._root or (parents[pid] == me and pid not in self._before):
                return True
            pid = parents[pid]
        return False


def _children(pid: int) -> set[int]:
    """The children of a process; of this one, also orphans that it has adopted."""
    found = set()
    for other in _numbers(Path("/proc")):
        fields = _stat(other)
        if fields and int(fields[1]) == pid:
            found.add(other)
    return found


def _numbers(folder: Path) -> list[int]:
    return [int(path.name) for path in folder.iterdir() if path.name.isdigit()]


def _stat(pid: int) -> list[str]:
    """The fields of /proc/PID/stat behind the program's name; [] where it is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def _pss_mb(pid: int) -> float:
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) / 1024
    return 0.0
