"""Messages between the examiner and a student's process: plain data in frames, never pickles.

A frame is two lengths, a msgpack body and the raw bytes of the arrays, in the order in which the
body mentions them. Both sides use this module; only the examiner's has to distrust what it reads.
"""

import contextlib
import math
import select
import socket
import struct
import time
from collections import Counter, OrderedDict, defaultdict
from functools import lru_cache
from typing import Protocol, cast

import msgpack
import numpy as np

MAX_BODY = 2 * 2**20
MAX_ARRAYS = 64 * 2**20
MAX_ITEMS = 200_000
MAX_DEPTH = 100
MAX_INT_BYTES = 512
#: Keys that are no strings have hashes that can be foreseen, so many could be made to collide.
MAX_ODD_KEYS = 2_000

_HEADER = struct.Struct(">II")
_TUPLE, _ARRAY, _SCALAR, _TEXT, _INT, _COMPLEX, _HANDLE = range(1, 8)
_COMPLEX_FORM = struct.Struct("<dd")
_HANDLE_FORM = struct.Struct(">Q")
_DTYPES = frozenset(
    np.dtype(code).str
    for code in ("?", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8", "c8", "c16")
)
_MAX_FORM = 200
_READ_AHEAD = 2**18
#: First in a list that stands for a tuple: on its way, and when it has come.
_OPENS_TUPLE = msgpack.ExtType(_TUPLE, b"")
_OPENED = object()
_LEAVES = frozenset({type(None), bool, int, float, complex, str, bytes})
_CONTAINERS = frozenset({dict, list, tuple})
#: These, and named tuples, cross as the plain dict or tuple that they are.
_DICTS = frozenset({OrderedDict, defaultdict, Counter})
#: How msgpack's timestamps begin.
_TIMESTAMPS = (b"\xd6\xff", b"\xd7\xff", b"\xc7\x0c\xff")


class ProtocolError(Exception):
    """What came over the channel is not a message."""


class NotPlain(Exception):
    """A value that cannot cross: too large, too deep, or no plain data."""


class ChannelClosed(Exception):
    """The other side is gone."""


class Handle:
    """A thing that stayed with the student. It can be handed back, and nothing else.

    It is equal to nothing but itself, and copying it gives it itself.
    """

    __slots__ = ("__weakref__", "number", "owner")

    def __init__(self, number: int, owner: object) -> None:
        self.number = number
        self.owner = owner

    def __copy__(self) -> "Handle":
        return self

    def __deepcopy__(self, memo: object) -> "Handle":
        return self

    def __repr__(self) -> str:
        return "<an object of the student's>"


class Handles(Protocol):
    """How one side names the things that do not cross.

    With ``only_plain``, what comes is not trusted: it may hold nothing but plain data and Handles,
    and not too many or too deeply nested.
    """

    only_plain: bool

    def number_of(self, value: object) -> int:
        """Return the number under which ``value`` crosses; raises NotPlain where it may not."""

    def thing(self, number: int) -> object:
        """Return what is behind a number that came; raises ProtocolError where there is nothing."""


def encode(message: object, handles: Handles) -> bytes:
    """Make a frame. Raises NotPlain where the message is too large, too deep or not plain."""
    _measure(message, NotPlain, only_plain=False)
    arrays: list[bytes] = []

    def foreign(value: object) -> list[object] | msgpack.ExtType:
        kind = type(value)
        if kind is np.ndarray:
            array = cast(np.ndarray, value)
            form = _packed_form(array.dtype, array.shape)
            if form is not None:
                arrays.append(array.tobytes())
                return form
        if kind is tuple or (issubclass(kind, tuple) and hasattr(kind, "_fields")):
            return [_OPENS_TUPLE, *tuple.__iter__(cast(tuple[object, ...], value))]
        if kind in _DICTS:
            return dict(cast(dict[object, object], value))
        if isinstance(value, np.generic):
            if kind is np.str_:
                return msgpack.ExtType(_TEXT, str(value).encode())
            if kind is value.dtype.type and value.dtype.str in _DTYPES:
                return msgpack.ExtType(_SCALAR, value.dtype.str.encode() + b" " + value.tobytes())
        if isinstance(value, int) and kind is int:
            size = value.bit_length() // 8 + 1
            if size <= MAX_INT_BYTES:
                return msgpack.ExtType(_INT, value.to_bytes(size, "little", signed=True))
        if isinstance(value, complex) and kind is complex:
            return msgpack.ExtType(_COMPLEX, _COMPLEX_FORM.pack(value.real, value.imag))
        return msgpack.ExtType(_HANDLE, _HANDLE_FORM.pack(handles.number_of(value)))

    try:
        body = cast(bytes, msgpack.packb(message, default=foreign, strict_types=True))
    except (ValueError, OverflowError, RecursionError, UnicodeError) as error:
        raise NotPlain(str(error)) from None
    size = sum(map(len, arrays))
    if len(body) > MAX_BODY or size > MAX_ARRAYS:
        raise NotPlain(f"{len(body) + size:,} bytes")
    return b"".join([_HEADER.pack(len(body), size), body, *arrays])


def decode(body: bytes, arrays: bytes, handles: Handles) -> object:
    """Read the message in a frame into new plain objects. Raises ProtocolError, nothing else."""
    decoder = _Decoder(arrays, handles)
    try:
        message = decoder.message(body)
    except ProtocolError:
        raise
    except Exception as error:
        raise ProtocolError(f"{type(error).__name__}: {error}") from None
    if decoder.used != len(arrays):
        raise ProtocolError("bytes that belong to no array")
    if decoder.opened:
        raise ProtocolError("a tuple that is none")
    if handles.only_plain and not decoder.surely_plain(body):
        _measure(message, ProtocolError, only_plain=True)
    return message


class _Decoder:
    def __init__(self, arrays: bytes, handles: Handles) -> None:
        self.arrays = memoryview(arrays)
        self.handles = handles
        self.used = 0
        self.odd_keys = 0
        self.opened = 0
        self.containers = 0

    def surely_plain(self, body: bytes) -> bool:
        """Return whether what was decoded is surely too small to be too large or too deep.

        An item takes a byte, a level a container; and but for msgpack's own timestamps, all that
        is made of a body is plain.
        """
        return (
            len(body) <= MAX_ITEMS
            and self.containers <= MAX_DEPTH
            and not any(mark in body for mark in _TIMESTAMPS)
        )

    def message(self, body: bytes) -> object:
        return msgpack.unpackb(
            body,
            ext_hook=self.foreign,
            list_hook=self.sequence,
            object_pairs_hook=self.dict,
            strict_map_key=False,
            max_array_len=MAX_ITEMS,
            max_map_len=MAX_ITEMS,
        )

    def dict(self, pairs: list[tuple[object, object]]) -> object:
        self.containers += 1
        for key, _ in pairs:
            if type(key) is not str:
                self.odd_keys += 1
        if self.odd_keys > MAX_ODD_KEYS:
            raise ProtocolError("too many keys that are no strings")
        return dict(pairs)

    def sequence(self, items: list[object]) -> object:
        self.containers += 1
        if not items or items[0] is not _OPENED:
            return items
        self.opened -= 1
        return tuple(items[1:])

    def foreign(self, code: int, data: bytes) -> object:
        if code == _ARRAY:
            return self.array(*_form(data))
        if code == _TUPLE and not data:
            self.opened += 1
            return _OPENED
        if code == _SCALAR:
            name, _, raw = data.partition(b" ")
            return np.frombuffer(raw, _dtype(name.decode()), 1)[0]
        if code == _TEXT:
            return data.decode()
        if code == _INT and len(data) <= MAX_INT_BYTES:
            return int.from_bytes(data, "little", signed=True)
        if code == _COMPLEX:
            return complex(*_COMPLEX_FORM.unpack(data))
        if code == _HANDLE:
            return self.handles.thing(*_HANDLE_FORM.unpack(data))
        raise ProtocolError(f"extension {code}")

    def array(self, dtype: np.dtype, shape: tuple[int, ...], size: int) -> np.ndarray:
        if size > len(self.arrays) - self.used:
            raise ProtocolError("an array that is not there")
        if not size:
            return np.empty(shape, dtype)
        start, self.used = self.used, self.used + size
        return np.ndarray(shape, dtype, bytearray(self.arrays[start : self.used]))


@lru_cache(1000)
def _packed_form(dtype: np.dtype, shape: tuple[int, ...]) -> msgpack.ExtType | None:
    """Describe an array where it stands; None where such arrays do not cross."""
    if dtype.str not in _DTYPES:
        return None
    return msgpack.ExtType(_ARRAY, msgpack.packb([dtype.str, *shape]))


@lru_cache(1000)
def _form(data: bytes) -> tuple[np.dtype, tuple[int, ...], int]:
    """Return the dtype, the shape and the bytes of an array that is described so."""
    if len(data) > _MAX_FORM:
        raise ProtocolError("an array with an impossible shape")
    name, *shape = msgpack.unpackb(data)
    dtype = _dtype(name)
    if len(shape) > 16 or not all(type(n) is int and 0 <= n < 2**48 for n in shape):
        raise ProtocolError("an array with an impossible shape")
    return dtype, tuple(shape), math.prod(shape) * dtype.itemsize


def _dtype(name: object) -> np.dtype:
    if type(name) is not str or name not in _DTYPES:
        raise ProtocolError("a dtype that is not allowed")
    return np.dtype(name)


def _measure(value: object, error: type[Exception], *, only_plain: bool) -> None:
    """Raise ``error`` for too many items, too deep a nesting, and for leaves that are not plain."""
    level: list[object] = [value]
    items = 0
    for _ in range(MAX_DEPTH + 1):
        if only_plain:
            for kind in {*map(type, level)} - _LEAVES - _CONTAINERS:
                if not issubclass(kind, (Handle, np.ndarray, np.generic)):
                    raise error(f"a {kind.__name__}")
        below: list[object] = []
        for item in [item for item in level if type(item) in _CONTAINERS]:
            if type(item) is dict:
                below += item.keys()
                below += item.values()
            else:
                below += cast(list[object], item)
            if items + len(below) > MAX_ITEMS:
                raise error(f"more than {MAX_ITEMS:,} items")
        items += len(below)
        if not below:
            return
        level = below
    raise error(f"nested more than {MAX_DEPTH} deep")


class Channel:
    """One end of the connection. Every wait has a deadline (of time.monotonic), or none."""

    def __init__(self, connection: socket.socket, handles: Handles) -> None:
        self._socket = connection
        self._handles = handles
        self._ahead = b""
        self._poll = select.poll()
        #: Bytes of the message that came last.
        self.size = 0

    def send(self, message: object, deadline: float | None = None) -> None:
        """Send a message. Raises NotPlain before anything is sent; ChannelClosed, TimeoutError."""
        frame = encode(message, self._handles)
        try:
            if deadline is None:
                self._socket.sendall(frame)
            else:
                self._send(frame, deadline)
        except TimeoutError:
            raise
        except OSError as error:
            raise ChannelClosed(str(error)) from None

    def receive(self, deadline: float | None = None) -> object:
        """Receive a message. Raises ProtocolError, ChannelClosed, TimeoutError."""
        data = self._read(_HEADER.size, deadline)
        body_size, arrays_size = _HEADER.unpack_from(data)
        if body_size > MAX_BODY or arrays_size > MAX_ARRAYS:
            raise ProtocolError(f"a frame of {body_size + arrays_size:,} bytes")
        self.size = body_size + arrays_size
        body_end = _HEADER.size + body_size
        end = body_end + arrays_size
        data = self._read(end, deadline)
        self._ahead = data[end:]
        return decode(data[_HEADER.size : body_end], data[body_end:end], self._handles)

    def close(self) -> None:
        self._socket.close()

    def _read(self, size: int, deadline: float | None) -> bytes:
        """Return what has come and is not used up, at least ``size`` bytes of it."""
        if len(self._ahead) >= size:
            return self._ahead
        parts, have = [self._ahead], len(self._ahead)
        try:
            while have < size:
                if not (part := self._received(deadline)):
                    raise ChannelClosed("end of stream")
                parts.append(part)
                have += len(part)
        finally:
            self._ahead = b"".join(parts)
        return self._ahead

    def _received(self, deadline: float | None) -> bytes:
        try:
            if deadline is None:
                return self._socket.recv(_READ_AHEAD)
            while True:
                self._wait(select.POLLIN, deadline)
                with contextlib.suppress(BlockingIOError):
                    return self._socket.recv(_READ_AHEAD, socket.MSG_DONTWAIT)
        except TimeoutError:
            raise
        except (OSError, ValueError) as error:
            raise ChannelClosed(str(error)) from None

    def _send(self, frame: bytes, deadline: float) -> None:
        left = memoryview(frame)
        while left:
            self._wait(select.POLLOUT, deadline)
            with contextlib.suppress(BlockingIOError):
                left = left[self._socket.send(left, socket.MSG_DONTWAIT) :]

    def _wait(self, event: int, deadline: float) -> None:
        left = deadline - time.monotonic()
        self._poll.register(self._socket, event)
        if left <= 0 or not self._poll.poll(math.ceil(left * 1000)):
            raise TimeoutError
