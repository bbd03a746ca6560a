"""Messages: plain data comes through unchanged, and nothing else comes through at all."""

import contextlib
import copy
import enum
import itertools
import socket
import struct
import threading
import time
from collections import Counter, OrderedDict, defaultdict, namedtuple
from typing import Any

import msgpack
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as st_numpy

from autograder.worker import protocol
from autograder.worker.protocol import (
    Channel,
    ChannelClosed,
    Handle,
    NotPlain,
    ProtocolError,
    decode,
    encode,
)
from course_lib.plain import as_plain


class Kept:
    """Both sides' handles at once: things by number, and Handles for numbers that come back."""

    only_plain = True

    def __init__(self) -> None:
        self.things: list[object] = []

    def number_of(self, value: object) -> int:
        self.things.append(value)
        return len(self.things) - 1

    def thing(self, number: int) -> object:
        return Handle(number, self)


def parts(frame: bytes) -> tuple[bytes, bytes]:
    body, arrays = struct.unpack(">II", frame[:8])
    assert len(frame) == 8 + body + arrays
    return frame[8 : 8 + body], frame[8 + body :]


def through(value: object) -> Any:
    kept = Kept()
    return decode(*parts(encode(value, kept)), kept)


def same(one: object, other: object) -> bool:
    """Equal in value, type, dtype and shape, with NaN equal to itself, all the way down."""
    if type(one) is not type(other):
        return False
    if isinstance(one, np.ndarray | np.generic):
        assert isinstance(other, np.ndarray | np.generic)
        return (
            one.dtype == other.dtype
            and one.shape == other.shape
            and one.tobytes() == other.tobytes()
        )
    if isinstance(one, list | tuple):
        assert isinstance(other, list | tuple)
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict):
        assert isinstance(other, dict)
        return same(list(one), list(other)) and same(list(one.values()), list(other.values()))
    if isinstance(one, float | complex):
        return repr(one) == repr(other)
    return one == other


DTYPES = [np.dtype(c) for c in ("?", "i1", "i4", "i8", "u1", "u8", "f2", "f4", "f8", "c8", "c16")]
leaves = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**600), 2**600),
    st.floats(),
    st.complex_numbers(),
    st.text(st.characters(exclude_categories=["Cs"])),
    st.binary(),
    st.sampled_from(DTYPES).flatmap(
        lambda dtype: st_numpy.arrays(
            dtype, st_numpy.array_shapes(min_dims=0, min_side=0, max_side=4)
        )
    ),
    st.sampled_from(DTYPES).map(lambda dtype: dtype.type(1)),
)
keys = st.one_of(st.text("abc"), st.integers(), st.tuples(st.integers(), st.text("abc")))
plain = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.lists(inner, max_size=4).map(tuple),
        st.dictionaries(keys, inner, max_size=4),
    ),
    max_leaves=20,
)


@given(plain)
def test_plain_data_comes_through_unchanged(value: object) -> None:
    assert same(through(value), value)


def test_arrays_come_through_as_copies_that_can_be_written() -> None:
    original = np.arange(12.0).reshape(3, 4)
    for array in (original, original[:, ::2], original.T, np.asfortranarray(original)):
        came = through(array)
        assert np.array_equal(came, array)
        came += 1
    assert original[0, 0] == 0.0


def test_numpy_text_becomes_text() -> None:
    assert same(through(np.str_("word")), "word")


Pair = namedtuple("Pair", "a b")


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (Pair(1, Pair(2.0, "b")), (1, (2.0, "b"))),
        (OrderedDict(a=1), {"a": 1}),
        (defaultdict(int, a=1), {"a": 1}),
        (Counter("aab"), {"a": 2, "b": 1}),
    ],
)
def test_named_tuples_and_other_dicts_cross_as_plain_data(value: object, plain: object) -> None:
    assert same(through([value]), [plain])
    assert as_plain([value]) == [plain]


class Sly(float):
    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = float.__hash__


class SlyArray(np.ndarray):
    pass


class SlyDict(dict[str, int]):
    pass


class Number(enum.IntEnum):
    one = 1


@pytest.mark.parametrize(
    "value",
    [
        Sly(1.0),
        Number.one,
        SlyDict(),
        np.zeros(2).view(SlyArray),
        np.ma.array([1.0]),
        np.array([object()]),
        np.array(["text"]),
        np.zeros(2, dtype=[("a", "f8")]),
        np.zeros(2, dtype=">f8"),
        np.longdouble(1),
        np.datetime64("2020-01-01"),
        {1, 2},
        frozenset(),
        print,
        object(),
        range(3),
        slice(1),
        1 << 5000,
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_is_not_exactly_plain_becomes_a_handle(value: object) -> None:
    (came,) = through([value])
    assert type(came) is Handle


def test_a_handle_is_equal_to_itself_alone() -> None:
    handle, other = Handle(1, None), Handle(1, None)
    assert handle == handle
    assert handle != other
    assert handle != 1
    assert np.array(1.0) != handle
    assert copy.copy(handle) is copy.deepcopy([handle])[0] is handle
    assert repr(handle) == "<an object of the student's>"
    with pytest.raises(TypeError):
        float(handle)  # type: ignore[arg-type]


def nested(depth: int, make: Any) -> object:
    value: object = 1
    for _ in range(depth):
        value = make(value)
    return value


@pytest.mark.parametrize("make", [lambda v: [v], lambda v: (v,), lambda v: {"a": v}])
def test_depth_is_limited_on_both_sides(make: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    allowed = nested(protocol.MAX_DEPTH - 1, make)
    assert same(through(allowed), allowed)
    deep = nested(protocol.MAX_DEPTH + 5, make)
    with pytest.raises(NotPlain):
        encode(deep, Kept())
    monkeypatch.setattr(protocol, "MAX_DEPTH", 400)
    frame = encode(deep, Kept())
    monkeypatch.undo()
    with pytest.raises(ProtocolError):
        decode(*parts(frame), Kept())


def test_a_list_that_holds_itself_cannot_be_sent() -> None:
    ring: list[object] = []
    ring.append(ring)
    with pytest.raises(NotPlain):
        encode(ring, Kept())


def test_sizes_are_limited() -> None:
    kept = Kept()
    encode([0] * (protocol.MAX_ITEMS - 1), kept)
    for too_much in (
        [0] * (protocol.MAX_ITEMS + 1),
        "a" * (protocol.MAX_BODY + 1),
        np.zeros(protocol.MAX_ARRAYS // 8 + 1),
        "\ud800",
    ):
        with pytest.raises(NotPlain):
            encode(too_much, kept)


def ext(code: int, data: bytes) -> bytes:
    return msgpack.packb(msgpack.ExtType(code, data))


def array_form(*form: object) -> bytes:
    return ext(2, msgpack.packb(list(form)))


@pytest.mark.parametrize(
    ("body", "arrays"),
    [
        (b"", b""),
        (b"\xc1", b""),
        (msgpack.packb([1]) + b"\x00", b""),
        (b"\xdd\xff\xff\xff\xff", b""),
        (b"\x91" * 3000, b""),
        (b"\x90" * 10, b""),
        (msgpack.packb([[]] * 1000)[:-1], b""),
        (b"\xdd" + struct.pack(">I", 300_000) + b"\xc0" * 300_000, b""),
        (b"\x92" + 2 * (b"\xdd" + struct.pack(">I", 150_000) + b"\xc0" * 150_000), b""),
        (msgpack.packb(msgpack.Timestamp(1)), b""),
        (msgpack.packb([msgpack.Timestamp(2**32, 1)]), b""),
        (msgpack.packb({"a": [msgpack.Timestamp(2**40)]}), b""),
        (msgpack.packb(1), b"left over"),
        (b"\x81\x90\x01", b""),  # a list as a key
        (b"\xa1\xff", b""),  # text that is not UTF-8
        (ext(99, b""), b""),
        (ext(1, msgpack.packb(3)), b""),
        (ext(1, b""), b""),
        (array_form("O", 1), bytes(8)),
        (array_form("|O", 1), bytes(8)),
        (array_form("<M8[s]", 1), bytes(8)),
        (array_form("<f8", 2), bytes(8)),
        (array_form("<f8", -1), bytes(8)),
        (array_form("<f8", 1.0), bytes(8)),
        (array_form("<f8", True), bytes(8)),
        (array_form("<f8", 2**40, 2**40, 0), b""),
        (array_form("<f8", *[1] * 20), bytes(8)),
        (array_form("<f8", 1), bytes(16)),
        (b"\x92" + 2 * array_form("<f8", 1), bytes(8)),  # two arrays in the same bytes
        (array_form(), b""),
        (array_form(["<f8"], 1), bytes(8)),
        (ext(2, msgpack.packb("<f8")), b""),
        (ext(3, b"<f8 1234"), b""),
        (ext(3, b"|O 12345678"), b""),
        (ext(3, b""), b""),
        (ext(4, b"\xff"), b""),
        (ext(5, bytes(600)), b""),
        (ext(6, b"123"), b""),
        (ext(7, b"123"), b""),
    ],
)
def test_malformed_messages_raise_protocol_error(body: bytes, arrays: bytes) -> None:
    with pytest.raises(ProtocolError):
        decode(body, arrays, Kept())


def is_plain(value: object) -> bool:
    if type(value) in (list, tuple):
        return all(map(is_plain, value))  # type: ignore[arg-type]
    if type(value) is dict:
        return all(map(is_plain, [*value, *value.values()]))
    if isinstance(value, np.ndarray | np.generic):
        return type(value) in (np.ndarray, value.dtype.type) and value.dtype in [
            *DTYPES,
            *map(np.dtype, ("i2", "u2", "u4")),
        ]
    return type(value) in (type(None), bool, int, float, complex, str, bytes, Handle)


wild = st.recursive(
    st.one_of(
        leaves.filter(
            lambda v: not isinstance(v, np.ndarray | np.generic | complex | int) or v is True
        ),
        st.builds(msgpack.ExtType, st.integers(0, 8), st.binary(max_size=40)),
        st.builds(
            lambda form: msgpack.ExtType(2, msgpack.packb(form)),
            st.lists(st.one_of(st.sampled_from(["<f8", "|O", "<i4", "x"]), st.integers(-2, 5))),
        ),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(st.one_of(st.text("ab"), st.integers(-9, 9)), inner, max_size=4),
        inner.map(lambda v: [msgpack.ExtType(1, b""), v]),
        inner.map(lambda v: [v, msgpack.ExtType(1, b"")]),
    ),
    max_leaves=12,
)


@settings(max_examples=300)
@given(st.binary(max_size=200), st.binary(max_size=40))
def test_random_bytes_give_plain_data_or_protocol_error(body: bytes, arrays: bytes) -> None:
    with contextlib.suppress(ProtocolError):
        assert is_plain(decode(body, arrays, Kept()))


@settings(max_examples=300)
@given(wild, st.binary(max_size=64))
def test_random_messages_give_plain_data_or_protocol_error(value: object, arrays: bytes) -> None:
    with contextlib.suppress(ProtocolError):
        assert is_plain(decode(msgpack.packb(value), arrays, Kept()))


def test_keys_that_collide_cost_no_time() -> None:
    modulus = 2**61 - 1
    colliding = msgpack.packb({i * modulus: None for i in range(1, 9)})
    assert len(decode(colliding, b"", Kept())) == 8  # type: ignore[arg-type]
    many = {-(2**63) + i * 7: None for i in range(protocol.MAX_ODD_KEYS + 1)}
    with pytest.raises(ProtocolError):
        decode(msgpack.packb(many), b"", Kept())
    spread = [dict.fromkeys(range(1000)) for _ in range(3)]
    with pytest.raises(ProtocolError):
        decode(msgpack.packb(spread), b"", Kept())
    words = {str(i): None for i in range(5 * protocol.MAX_ODD_KEYS)}
    assert decode(msgpack.packb(words), b"", Kept()) == words


def test_many_small_things_in_one_body_do_not_fill_the_memory() -> None:
    body = b"\xdd" + struct.pack(">I", 2_000_000) + b"\x80" * 2_000_000
    began = time.monotonic()
    with pytest.raises(ProtocolError):
        decode(body, b"", Kept())
    assert time.monotonic() - began < 5


@pytest.fixture
def ends() -> Any:
    one, other = socket.socketpair()
    with one, other:
        yield Channel(one, Kept()), other


def test_a_channel_carries_messages_and_knows_their_size(ends: Any) -> None:
    channel, other = ends
    back = Channel(other, Kept())
    message = {"a": [1, (2.0, np.ones(3))]}
    back.send(message)
    assert same(channel.receive(time.monotonic() + 1), message)
    assert channel.size == len(encode(message, Kept())) - 8


@pytest.mark.parametrize(
    "head",
    [struct.pack(">II", protocol.MAX_BODY + 1, 0), struct.pack(">II", 1, protocol.MAX_ARRAYS + 1)],
)
def test_a_frame_that_says_it_is_huge_is_refused_at_once(ends: Any, head: bytes) -> None:
    channel, other = ends
    other.sendall(head)
    with pytest.raises(ProtocolError):
        channel.receive(time.monotonic() + 5)


def test_messages_that_come_together_or_in_pieces_are_told_apart(ends: Any) -> None:
    channel, other = ends
    messages = [{"n": 1}, [np.arange(3.0)] * 2, None, np.zeros(300_000), "end"]
    data = b"".join(encode(message, Kept()) for message in messages)
    cuts = [0, 3, 11, 12, 60, 100_000, len(data)]

    def send() -> None:
        for start, end in itertools.pairwise(cuts):
            other.sendall(data[start:end])
            time.sleep(0.01)

    thread = threading.Thread(target=send)
    thread.start()
    came = [channel.receive(time.monotonic() + 5) for _ in messages]
    thread.join()
    assert same(came, messages)


def test_arrays_that_come_can_be_written_to_and_share_nothing() -> None:
    one, other = through([np.zeros(4), np.zeros(4)])
    one[:] = 1
    assert other.sum() == 0
    assert one.flags.writeable
    assert one.flags.aligned
    assert one.flags.c_contiguous


def test_a_closed_channel_is_noticed(ends: Any) -> None:
    channel, other = ends
    other.sendall(b"\x00\x00")
    other.close()
    with pytest.raises(ChannelClosed):
        channel.receive(time.monotonic() + 5)
    with pytest.raises(ChannelClosed):
        channel.send(np.zeros(1_000_000), time.monotonic() + 5)


def test_bytes_that_trickle_in_do_not_put_the_deadline_off(ends: Any) -> None:
    channel, other = ends
    stop = threading.Event()

    def trickle() -> None:
        other.sendall(struct.pack(">II", 10_000, 0))
        while not stop.wait(0.02):
            other.sendall(b"\xc0")

    thread = threading.Thread(target=trickle)
    thread.start()
    try:
        began = time.monotonic()
        with pytest.raises(TimeoutError):
            channel.receive(time.monotonic() + 0.3)
        assert 0.25 < time.monotonic() - began < 2
    finally:
        stop.set()
        thread.join()


def test_sending_to_one_who_does_not_read_ends_at_the_deadline(ends: Any) -> None:
    channel, _ = ends
    with pytest.raises(TimeoutError):
        channel.send(np.zeros(4_000_000), time.monotonic() + 0.3)
