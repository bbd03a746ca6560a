"""Limits count the time in which a student's code could run, on a crowded machine too."""

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from autograder.events import Event
from autograder.grading.session import Lost, Session
from autograder.grading.student import StudentSide
from autograder.options import Options
from autograder.sandbox import fork_server
from autograder.sandbox.usage import starved
from autograder.testing import StudentError

pytestmark = pytest.mark.sandbox

_BURN = """
import time
def burn(seconds):
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass
    return seconds
"""
_RIVALS = 4


@contextlib.contextmanager
def _rivals() -> Iterator[None]:
    """Others who never leave the one processor that is left to all."""
    here = os.sched_getaffinity(0)
    fork_server.end_all()
    os.sched_setaffinity(0, {min(here)})
    loop = [sys.executable, "-S", "-c", "while True: pass"]
    rivals = [subprocess.Popen(loop) for _ in range(_RIVALS)]
    try:
        yield
    finally:
        for rival in rivals:
            rival.kill()
            rival.wait()
        fork_server.end_all()
        os.sched_setaffinity(0, here)


@pytest.mark.parametrize("sandbox", ["bubblewrap", "none"])
def test_a_right_answer_on_a_crowded_machine_is_in_time(sandbox: str) -> None:
    options = Options(sandbox=sandbox, call_seconds=1.5, test_seconds=2.0)  # type: ignore[arg-type]
    events: list[Event] = []
    with _rivals(), StudentSide(options, on_event=events.append) as student:
        student.run_cell("cell", _BURN)
        student.begin_test("test")
        start = time.monotonic()
        assert student.fetch("burn").call((0.7,), {}, {}).value == 0.7
        assert student.fetch("burn").call((0.7,), {}, {}).value == 0.7
        assert time.monotonic() - start > options.test_seconds, "nobody was in the way"
    assert events == []


def test_one_that_never_ends_is_ended_there_too() -> None:
    options = Options(call_seconds=0.5)
    with _rivals(), StudentSide(options) as student:
        student.run_cell("cell", _BURN)
        student.begin_test("test")
        with pytest.raises(StudentError, match="timeout"):
            student.fetch("burn").call((1000.0,), {}, {})
        student.close()
        assert student.cpu_seconds < 6.0


@pytest.mark.parametrize(
    "source",
    [
        "import time\ntime.sleep(1000)",
        # threads that keep each other from running are the student's own affair
        "import hashlib, threading\nfor _ in range(12):\n"
        "    threading.Thread(target=hashlib.pbkdf2_hmac,\n"
        "        args=('sha256', b'', b'', 10**9), daemon=True).start()\n"
        "while True:\n    pass",
    ],
)
def test_waiting_of_ones_own_making_counts(source: str) -> None:
    session = Session(Options(), ())
    start = time.monotonic()
    try:
        with pytest.raises(Lost, match="no answer within 2 s"):
            session.request("cell", 2.0, name="cell", source=source)
    finally:
        session.end()
    assert time.monotonic() - start < 20.0


def test_a_process_that_is_gone_has_not_starved() -> None:
    process = subprocess.Popen([sys.executable, "-S", "-c", ""])
    process.wait()
    assert starved(process.pid) == 0.0
