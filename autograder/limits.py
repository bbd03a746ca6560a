"""Limits on this process itself, should what a student hands in eat its memory or its time."""

import resource
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

_PAGE = resource.getpagesize()
#: Seconds until a limit ends that is over already; 0 would mean never.
_AT_ONCE = 1e-3


class TooSlow(BaseException):
    """The examiner's own code took more CPU time than it may."""


@contextmanager
def memory_limit(extra_mb: int) -> Iterator[None]:
    """While open, this process gets at most ``extra_mb`` more address space; then MemoryError."""
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    used = int(Path("/proc/self/statm").read_text().split()[0]) * _PAGE
    ceiling = used + extra_mb * 2**20
    for limit in (soft, hard):
        if limit != resource.RLIM_INFINITY:
            ceiling = min(ceiling, limit)
    resource.setrlimit(resource.RLIMIT_AS, (ceiling, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """While open, TooSlow is raised after ``seconds`` of this process's CPU time.

    The time for which it waits does not count: that is the student's, which has its own limits.
    Only the main thread has this limit. Within another one, that which is over first counts.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(number: int, frame: FrameType | None) -> None:
        raise TooSlow

    around, _ = signal.getitimer(signal.ITIMER_PROF)
    began = time.process_time()
    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, min(seconds, around or seconds))
    try:
        yield
    finally:
        left = max(around - (time.process_time() - began), _AT_ONCE) if around else 0.0
        signal.setitimer(signal.ITIMER_PROF, left)
        signal.signal(signal.SIGPROF, before)
