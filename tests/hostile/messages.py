"""What a student's process could send: nonsense, things right in form, right things damaged."""

import struct
from typing import Any

import msgpack
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from autograder.worker.protocol import encode

NONCE = b"a number"


class StudentsThings:
    """How a student's process names what stays with it."""

    only_plain = False

    def number_of(self, value: object) -> int:
        return id(value)

    def thing(self, number: int) -> object:
        return number


def frame(body: bytes, arrays: bytes = b"") -> bytes:
    return struct.pack(">II", len(body), len(arrays)) + body + arrays


def packed(value: object) -> bytes:
    return bytes(msgpack.packb(value, strict_types=False))


raw = st.binary(max_size=40)
numbers = st.one_of(
    st.integers(-(2**63), 2**64 - 1), st.floats(), st.booleans(), st.none(), st.just(2**61 - 1)
)
words = st.one_of(
    st.sampled_from(["is", "done", "value", "args", "nonce", "callback", "name", "double", ""]),
    st.text(max_size=8),
)

# --- nonsense

_dtypes = st.sampled_from(
    ["<f8", "<f4", "|b1", "<i8", "<c16", "|u1", "<f2", "|O", "<U4", "<M8[s]", "|V8", ">f8", "<f16"]
)
_sizes = st.one_of(
    st.integers(0, 4), st.sampled_from([-1, 2**31, 2**47, 2**63 - 1, 2**64 - 1, 10**5])
)
_claims = st.builds(
    lambda name, shape: packed([name, *shape]), _dtypes, st.lists(_sizes, max_size=20)
)
_codes = st.one_of(st.integers(1, 7), st.integers(0, 127))


def _extensions(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[msgpack.ExtType]:
    scalars = st.builds(lambda name, data: name.encode() + b" " + data, _dtypes, raw)
    return st.one_of(
        st.builds(msgpack.ExtType, _codes, raw),
        st.builds(msgpack.ExtType, st.just(1), st.lists(inner, max_size=4).map(packed)),
        st.builds(msgpack.ExtType, st.just(2), _claims),
        st.builds(msgpack.ExtType, st.just(3), scalars),
        st.builds(msgpack.ExtType, st.just(6), st.binary(min_size=16, max_size=16)),
        st.builds(msgpack.ExtType, st.just(7), st.binary(min_size=8, max_size=8)),
    )


_things = st.recursive(
    st.one_of(numbers, words, raw),
    lambda inner: st.one_of(
        st.lists(inner, max_size=5),
        st.dictionaries(st.one_of(words, numbers, raw), inner, max_size=5),
        _extensions(inner),
    ),
    max_leaves=15,
)
_odd_replies = st.fixed_dictionaries(
    {"is": st.one_of(st.just("done"), _things), "nonce": st.one_of(st.just(NONCE), _things)},
    optional=dict.fromkeys(("value", "args", "kwargs", "name", "outputs", "error"), _things),
)
_tails = st.one_of(st.just(b""), st.binary(max_size=100))
_nonsense = st.one_of(
    st.builds(lambda reply, tail: frame(packed(reply), tail), _odd_replies, _tails),
    st.builds(lambda thing, tail: frame(packed(thing), tail), _things, _tails),
    st.builds(frame, raw, _tails),
    st.builds(
        lambda body, *sizes: struct.pack(">II", *sizes) + body,
        raw,
        *[st.integers(0, 2**32 - 1)] * 2,
    ),
)

# --- right in form

_plain = st.recursive(
    st.one_of(
        numbers,
        words,
        raw,
        st.complex_numbers(),
        st.builds(object),
        st.integers(-(2**2000), 2**2000),
        hnp.arrays(
            st.sampled_from(["f8", "f4", "i8", "?", "c16", "u1", "f2", "M8[s]", ">f8", "U3"]),
            hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4),
        ),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.lists(inner, max_size=4).map(tuple),
        st.dictionaries(st.one_of(words, st.integers(), raw), inner, max_size=4),
    ),
    max_leaves=10,
)
_bundles = st.fixed_dictionaries(
    {}, optional={"text/plain": st.text(max_size=9), "image/png": _plain, "text/html": words}
)
_outputs = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(["stdout", "stderr"]), st.text(max_size=20)),
        st.tuples(st.sampled_from(["result", "display", "script"]), _bundles),
    ).map(list),
    max_size=3,
)
_errors = st.fixed_dictionaries(
    {
        "exception": st.text(max_size=9),
        "message": st.text(max_size=20),
        "line": st.one_of(st.none(), st.integers(-1, 50)),
        "memory": st.booleans(),
        "traceback": st.lists(st.text(max_size=20), max_size=3),
    }
)
_arguments = st.one_of(st.tuples(_plain), st.tuples(_plain), st.tuples(), _plain)
_kinds = ["done", "done", "done", "function", "missing", "raised", "unsendable", "more"]
_replies = st.fixed_dictionaries(
    {
        "is": st.sampled_from(_kinds),
        "nonce": st.just(NONCE),
        "value": _plain,
        "args": _arguments,
        "outputs": _outputs,
        "error": st.one_of(st.none(), _errors, _plain),
    }
)
_calls_back = st.fixed_dictionaries(
    {
        "is": st.just("callback"),
        "nonce": st.just(NONCE),
        "name": st.one_of(st.just("double"), st.just("double"), words),
        "args": _arguments,
        "kwargs": st.one_of(st.just({}), st.dictionaries(words, _plain, max_size=2)),
    }
)
_well_formed = st.one_of(_replies, _replies, _calls_back).map(
    lambda message: encode(message, StudentsThings())
)

# --- damaged


@st.composite
def _damaged(draw: st.DrawFn) -> bytes:
    """Frames with bytes changed, taken out, put in, and the end cut off."""
    whole = draw(st.lists(st.one_of(_well_formed, _nonsense), min_size=1, max_size=3))
    data = bytearray(b"".join(whole))
    for place, change in draw(st.lists(st.tuples(st.floats(0, 1), raw), max_size=3)):
        at = int(place * len(data))
        data[at : at + draw(st.integers(0, 9))] = change
    return bytes(data[: int(draw(st.floats(0.5, 1)) * len(data))])


#: All that comes over a channel, from the first byte to the last.
conversations = st.one_of(
    st.lists(_well_formed, min_size=1, max_size=4).map(b"".join),
    st.lists(st.one_of(_well_formed, _nonsense), max_size=4).map(b"".join),
    _damaged(),
    st.binary(max_size=300),
)
