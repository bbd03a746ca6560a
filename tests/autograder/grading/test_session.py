"""Whatever comes over the channel, the examiner gets plain data or a StudentError, and lives on."""

import contextlib
import socket
import struct
import threading
from typing import Any

import msgpack
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.grading import session, student
from autograder.grading.session import Lost, Session
from autograder.grading.student import StudentFunction, StudentSide
from autograder.options import Options
from autograder.sandbox.start import Usage
from autograder.testing import Call, StudentError
from autograder.worker.protocol import Channel, Handle, ProtocolError, decode, encode


class FakeSandbox:
    """Stands where a student's process would, and answers each request with prepared bytes."""

    torn_down = False

    def __init__(self, replies: list[Any], handles: Any) -> None:
        ours, self.theirs = socket.socketpair()
        self.channel = Channel(ours, handles)
        self.replies = replies
        self.thread = threading.Thread(target=self.serve)
        self.thread.start()

    def serve(self) -> None:
        reader = Channel(self.theirs, Kept())
        for reply in self.replies:
            try:
                request: Any = reader.receive()
                frame = reply(request) if callable(reply) else reply
                self.theirs.sendall(frame)
            except Exception:
                break
        self.theirs.close()

    def ended(self, seconds: float) -> bool:
        return True

    def starved(self) -> float:
        return 0.0

    def end(self) -> Usage:
        self.channel.close()
        self.thread.join()
        return Usage(0.0, 0.0, 0)


class Kept:
    only_plain = False

    def number_of(self, value: object) -> int:
        return 0

    def thing(self, number: int) -> object:
        return number


def fake(monkeypatch: pytest.MonkeyPatch, *replies: Any) -> Session:
    monkeypatch.setattr(session, "start", lambda o, handles, h: FakeSandbox(list(replies), handles))
    return Session(Options(), ())


def reply(**content: Any) -> Any:
    """A well-formed reply with the request's nonce, unless another is given."""
    return lambda request: encode({"nonce": request["nonce"], **content}, Kept())


def ask(made: Session, **given: Any) -> Any:
    return made.request("call", 5.0, given.get("given", {}), name="f", args=(), kwargs={})


def test_a_reply_with_the_nonce_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    made = fake(monkeypatch, reply(**{"is": "done", "value": 3}), reply(**{"is": "done"}))
    assert ask(made)["value"] == 3
    assert ask(made)["is"] == "done"
    assert not made.lost
    made.end()


@pytest.mark.parametrize(
    "wrong",
    [
        reply(**{"is": "done", "nonce": b"x" * 8}),
        reply(**{"is": "done", "nonce": "text"}),
        reply(**{"is": 3}),
        reply(value=3),
        encode([1, 2], Kept()),
        encode("done", Kept()),
        struct.pack(">II", 2**31, 0),
        struct.pack(">II", 3, 0) + b"\xc1\xff\xff",
        reply(**{"is": "callback", "name": "unknown", "args": (), "kwargs": {}}),
        reply(**{"is": "callback", "name": "g", "args": [1], "kwargs": {}}),
        reply(**{"is": "callback", "name": "g", "args": (), "kwargs": {1: 2}}),
        reply(**{"is": "callback", "name": ["g"], "args": (), "kwargs": {}}),
        reply(**{"is": "callback"}),
    ],
)
def test_every_other_reply_ends_the_sandbox(monkeypatch: pytest.MonkeyPatch, wrong: Any) -> None:
    made = fake(monkeypatch, wrong, reply(**{"is": "done"}))
    with pytest.raises(Lost) as caught:
        ask(made, given={"g": lambda *args: 1})
    assert caught.value.kind == "protocol"
    assert made.lost


def test_a_second_reply_is_refused_when_the_next_is_awaited(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def twice(request: Any) -> bytes:
        first = encode({"nonce": request["nonce"], "is": "done", "value": 1}, Kept())
        return first + encode({"nonce": request["nonce"], "is": "done", "value": 2}, Kept())

    made = fake(monkeypatch, twice, reply(**{"is": "done", "value": 3}))
    assert ask(made)["value"] == 1
    with pytest.raises(Lost):
        ask(made)


def test_silence_is_the_end_of_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Lost) as caught:
        ask(fake(monkeypatch, b""))
    assert (caught.value.kind, caught.value.detail) == ("crashed", "exit code 0")


@given(frame=st.binary(max_size=120))
def test_random_bytes_end_the_sandbox_and_nothing_else(frame: bytes) -> None:
    with pytest.MonkeyPatch.context() as monkeypatch:
        made = fake(monkeypatch, frame)
        with pytest.raises(Lost):
            ask(made)


def test_the_examiners_side_takes_plain_data_only() -> None:
    handles = session._Handles()
    with pytest.raises(ProtocolError):
        decode(msgpack.packb(msgpack.Timestamp(1)), b"", handles)
    body = encode(object(), Kept())[8:]
    one, again = decode(body, b"", handles), decode(body, b"", handles)
    assert type(one) is Handle
    assert one is again


leaves = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=5),
    st.binary(max_size=5),
    st.just(Handle(1, None)),
    st.just(np.zeros(3)),
    st.just(np.uint8([137, 80])),
    st.sampled_from(["stdout", "result", "text/plain", "image/png", "E"]),
)
values = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.tuples(inner),
        st.dictionaries(st.sampled_from(["text/plain", "exception", "a"]), inner, max_size=3),
    ),
    max_leaves=8,
)
replies = st.fixed_dictionaries(
    {"is": st.sampled_from(["done", "raised", "missing", "unsendable", "function", "other"])},
    optional={"value": values, "args": values, "error": values, "outputs": values},
)


class Scripted:
    """A session whose every answer is the same."""

    allowed = 0.0
    lost = False
    received = 0

    def __init__(self, answer: Any) -> None:
        self.answer = answer

    def request(self, *args: Any, **content: Any) -> Any:
        return self.answer

    def ask(self, *args: Any, **content: Any) -> None:
        pass

    def reply(self, seconds: float) -> Any:
        return self.answer

    def end(self) -> Usage:
        return Usage(0.0, 0.0, 0)


@given(answer=replies)
def test_random_replies_give_values_or_student_errors(answer: Any) -> None:
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(student, "Session", lambda *args: Scripted(answer))
        with StudentSide(Options()) as one:
            ran = one.run_cell("cell", "x")
            assert ran.lost is None or ran.lost.kind == "protocol"
            one.mark()
            one.fetch("x")
            with contextlib.suppress(StudentError):
                assert type(StudentFunction(one, "f", 0).call((1,))) is Call
