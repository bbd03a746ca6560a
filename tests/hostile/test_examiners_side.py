"""Whatever comes over the channel, the examiner loses the sandbox and nothing else."""

import resource
import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgpack
import numpy as np
import pytest
from hypothesis import HealthCheck, event, example, given, settings
from messages import NONCE, StudentsThings, conversations, frame, packed

from autograder.events import Event, log_line
from autograder.grading import session as session_module
from autograder.grading.session import Lost, Session
from autograder.grading.student import Ran, StudentFunction, StudentSide
from autograder.options import Options
from autograder.sandbox.usage import Usage
from autograder.testing import Call, StudentError
from autograder.worker.protocol import (
    MAX_ARRAYS,
    MAX_BODY,
    Channel,
    ChannelClosed,
    Handle,
    ProtocolError,
)
from course_lib.compare import describe_difference

OPTIONS = Options(call_seconds=2.0, cell_seconds=2.0, test_seconds=10.0, callbacks=50)
EXPECTED = np.array([1.0, -2.0, 3.5])
PLAIN = (type(None), bool, int, float, complex, str, bytes, list, tuple, dict, np.ndarray)
MOST_MB = 600
MOST_CPU_SECONDS = 6.0

many = settings(
    deadline=4000,
    max_examples=300,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


class FakeSandbox:
    """Has said all that it will ever say before it is asked."""

    said = b""
    torn_down = False

    def __init__(self, options: Options, handles: Any, hidden: tuple[Path, ...]) -> None:
        ours, self.theirs = socket.socketpair()
        for end in (ours, self.theirs):
            end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 2**20)
        self.channel = Channel(ours, handles)
        self.theirs.sendall(self.said)
        self.theirs.shutdown(socket.SHUT_WR)

    def ended(self, seconds: float) -> bool:
        return True

    def starved(self) -> float:
        return 0.0

    def end(self) -> Usage:
        self.channel.close()
        self.theirs.close()
        return Usage(0.0, 0.0, -9)


@pytest.fixture(autouse=True)
def no_sandbox(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session_module, "start", FakeSandbox)
    monkeypatch.setattr(session_module.secrets, "token_bytes", lambda size: NONCE)


@pytest.fixture(autouse=True)
def bounded_memory() -> Iterator[None]:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    yield
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < MOST_MB * 1024


def is_plain(value: object) -> bool:
    if isinstance(value, dict):
        return all(map(is_plain, [*value.keys(), *value.values()]))
    if isinstance(value, list | tuple):
        return all(map(is_plain, value))
    return type(value) in PLAIN or isinstance(value, np.generic | Handle)


@many
@given(data=conversations)
def test_a_channel_gives_plain_data_or_says_why_not(data: bytes) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(data)
        theirs.shutdown(socket.SHUT_WR)
        channel = Channel(ours, session_module._Handles())
        for _ in range(5):
            try:
                assert is_plain(channel.receive(time.monotonic() + 2.0))
            except (ProtocolError, ChannelClosed):
                return
            event("a message")


@many
@given(data=conversations)
def test_a_session_gives_a_reply_or_is_lost(data: bytes) -> None:
    FakeSandbox.said = data
    session = Session(OPTIONS, ())
    try:
        reply = session.request("call", 2.0, {"double": lambda x: 2 * x}, name="f", args=())
        event("a reply")
        assert type(reply["is"]) is str
        assert reply["is"] != "callback"
        assert reply["nonce"] == NONCE
    except Lost:
        assert session.lost
    finally:
        session.end()


@many
@given(data=conversations)
@example(data=frame(packed({"is": "done", "nonce": NONCE, "outputs": [], "error": None})))
def test_a_notebook_goes_on_without_its_student(data: bytes) -> None:
    FakeSandbox.said = data
    events: list[Event] = []
    with StudentSide(OPTIONS, on_event=events.append) as student:
        ran = student.run_cell("In [1]", "x = 1")
        assert type(ran) is Ran
        if ran.lost is None:
            event("outputs")
        if ran.failure is not None:
            event("an error of the student's")
            assert ran.failure.exception.isprintable()
        student.begin_test()
        value = student.fetch("x")
        assert isinstance(value, StudentFunction) or is_plain(value)
    assert all(log_line(event).isprintable() for event in events)


@many
@given(data=conversations)
@example(
    data=frame(
        packed({"is": "done", "nonce": NONCE, "value": 1, "args": [msgpack.ExtType(1, b""), None]})
    )
)
def test_a_call_gives_a_value_that_can_be_compared_or_a_students_error(data: bytes) -> None:
    FakeSandbox.said = data
    with StudentSide(OPTIONS) as student:
        student.begin_test()
        function = StudentFunction(student, "f", None)
        try:
            call = function.call((EXPECTED,), given={"double": lambda x: 2 * x})
        except StudentError as error:
            event(f"an error: {error.kind}")
            return
        event("a value")
        assert type(call) is Call
        assert is_plain(call.value)
        told = describe_difference("y", call.value, EXPECTED)
        assert told is None or type(told) is str


LARGE = {
    "empty lists": packed([[[]] * 190_000] * 9),
    "empty dicts": packed([[{}] * 190_000] * 9),
    "tuples in tuples": packed([[msgpack.ExtType(1, b""), *[0] * 1000]] * 900),
    "arrays of nothing": packed([msgpack.ExtType(2, packed(["|b1", 0]))] * 180_000),
    "arrays of an enormous shape": packed([msgpack.ExtType(2, packed(["<f8", 2**47, 0]))] * 9),
    "numbers that collide": packed({i * (2**61 - 1) % 2**63: None for i in range(100_000)}),
    "long texts": packed(["x" * 200_000] * 9),
    "broken letters": b"\xa3\xed\xa0\x80",
    "a long number": packed(msgpack.ExtType(5, b"\x7f" * 10**6)),
    "a deep nest": b"\x91" * (MAX_BODY - 1) + b"\xc0",
    "deep dicts": b"\x81\xc0" * (MAX_BODY // 2),
    "a claim of four thousand million items": b"\xdd\xff\xff\xff\xff",
    "a claim of as many bytes": b"\xc6\xff\xff\xff\xff",
    "a claim of as many keys": b"\xdf\xff\xff\xff\xff",
}


def deep_tuples(depth: int) -> bytes:
    body = b"\x90"
    for _ in range(depth):
        body = b"\x91" + packed(msgpack.ExtType(1, body))
    return body


LARGE["a deep nest of tuples"] = deep_tuples(5_000)


@pytest.mark.parametrize("what", LARGE)
def test_large_messages_cost_little(what: str) -> None:
    body = LARGE[what]
    assert len(body) <= MAX_BODY
    ours, theirs = socket.socketpair()

    def say() -> None:
        with theirs, suppress(OSError):
            theirs.sendall(frame(body))

    thread = threading.Thread(target=say)
    thread.start()
    began = time.process_time()
    with ours, suppress(ProtocolError):
        Channel(ours, session_module._Handles()).receive(time.monotonic() + 20.0)
    thread.join()
    assert time.process_time() - began < MOST_CPU_SECONDS


@pytest.mark.parametrize("sizes", [(MAX_BODY + 1, 0), (0, MAX_ARRAYS + 1), (2**32 - 1, 2**32 - 1)])
def test_a_frame_that_is_too_large_is_not_waited_for(sizes: tuple[int, int]) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(struct.pack(">II", *sizes))
        with pytest.raises(ProtocolError, match="a frame of"):
            Channel(ours, StudentsThings()).receive(time.monotonic() + 5.0)


def test_a_frame_that_comes_byte_by_byte_has_a_deadline() -> None:
    ours, theirs = socket.socketpair()
    stop = threading.Event()

    def drip() -> None:
        theirs.sendall(struct.pack(">II", 1000, 0))
        while not stop.wait(0.01):
            theirs.sendall(b"x")

    thread = threading.Thread(target=drip)
    with ours, theirs:
        thread.start()
        began = time.monotonic()
        with pytest.raises(TimeoutError):
            Channel(ours, StudentsThings()).receive(began + 0.3)
        assert time.monotonic() - began < 1.5
        stop.set()
        thread.join()
