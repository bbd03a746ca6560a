"""Messages between the examiner and a student's process: plain data in frames, never pickles.

A frame is two lengths, a msgpack body and the raw bytes of the arrays, in the order in which the
body mentions them. Both sides use this module; only the examiner's has to distrust what it reads.
"""

import socket
import struct
import time
from typing import Any, Protocol, cast

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
_LEAVES = frozenset({type(None), bool, int, float, complex, str, bytes})


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

    With ``only_plain``, what comes may hold nothing but plain data and Handles.
    """

    only_plain: bool

    def number_of(self, value: object) -> int:
        """The number under which ``value`` crosses; raises NotPlain where it may not."""

    def thing(self, number: int) -> object:
        """What is behind a number that came; raises ProtocolError where there is nothing."""


def encode(message: object, handles: Handles) -> bytes:
    """A frame. Raises NotPlain where the message is too large, too deep or not plain."""
    _measure(message, NotPlain, only_plain=False)
    arrays: list[bytes] = []

    def pack(value: object) -> bytes:
        return cast(bytes, msgpack.packb(value, default=foreign, strict_types=True))

    def foreign(value: object) -> msgpack.ExtType:
        kind = type(value)
        if kind is tuple:
            return msgpack.ExtType(_TUPLE, pack(list(cast(tuple[object, ...], value))))
        if isinstance(value, np.ndarray) and kind is np.ndarray and value.dtype.str in _DTYPES:
            arrays.append(value.tobytes())
            return msgpack.ExtType(_ARRAY, msgpack.packb([value.dtype.str, *value.shape]))
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
        body = pack(message)
    except (ValueError, OverflowError, RecursionError, UnicodeError) as error:
        raise NotPlain(str(error)) from None
    size = sum(map(len, arrays))
    if len(body) > MAX_BODY or size > MAX_ARRAYS:
        raise NotPlain(f"{len(body) + size:,} bytes")
    return b"".join([_HEADER.pack(len(body), size), body, *arrays])


def decode(body: bytes, arrays: bytes, handles: Handles) -> object:
    """The message in a frame, made of new plain objects. Raises ProtocolError, and nothing else."""
    decoder = _Decoder(arrays, handles)
    try:
        message = decoder.unpack(body)
    except ProtocolError:
        raise
    except Exception as error:
        raise ProtocolError(f"{type(error).__name__}: {error}") from None
    if decoder.used != len(arrays):
        raise ProtocolError("bytes that belong to no array")
    _measure(message, ProtocolError, only_plain=handles.only_plain)
    return message


class _Decoder:
    def __init__(self, arrays: bytes, handles: Handles) -> None:
        self.arrays = arrays
        self.handles = handles
        self.used = 0
        self.odd_keys = 0
        self.depth = 0

    def unpack(self, body: bytes) -> object:
        return msgpack.unpackb(
            body,
            ext_hook=self.foreign,
            object_pairs_hook=self.dict,
            strict_map_key=False,
            max_array_len=MAX_ITEMS,
            max_map_len=MAX_ITEMS,
        )

    def dict(self, pairs: list[tuple[object, object]]) -> object:
        self.odd_keys += sum(type(key) is not str for key, _ in pairs)
        if self.odd_keys > MAX_ODD_KEYS:
            raise ProtocolError("too many keys that are no strings")
        return dict(pairs)

    def foreign(self, code: int, data: bytes) -> object:
        if code == _TUPLE:
            self.depth += 1
            if self.depth > MAX_DEPTH:
                raise ProtocolError("nested too deeply")
            items = self.unpack(data)
            self.depth -= 1
            if type(items) is not list:
                raise ProtocolError("a tuple that is none")
            return tuple(items)
        if code == _ARRAY:
            return self.array(msgpack.unpackb(data))
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

    def array(self, form: list[Any]) -> np.ndarray:
        name, *shape = form
        dtype = _dtype(name)
        if len(shape) > 16 or not all(type(n) is int and 0 <= n < 2**48 for n in shape):
            raise ProtocolError("an array with an impossible shape")
        count = 1
        for n in shape:
            count *= n
        if count * dtype.itemsize > len(self.arrays) - self.used:
            raise ProtocolError("an array that is not there")
        flat = np.frombuffer(self.arrays, dtype, count, self.used)
        self.used += flat.nbytes
        return flat.reshape(shape).copy()


def _dtype(name: object) -> np.dtype:
    if type(name) is not str or name not in _DTYPES:
        raise ProtocolError("a dtype that is not allowed")
    return np.dtype(name)


def _measure(value: object, error: type[Exception], *, only_plain: bool) -> None:
    """Raise ``error`` for too many items, too deep a nesting, and for leaves that are not plain."""
    level: list[object] = [value]
    items = 0
    for _ in range(MAX_DEPTH + 1):
        below: list[object] = []
        for item in level:
            kind = type(item)
            if kind in _LEAVES:
                continue
            if kind is dict:
                below += cast(dict[object, object], item).keys()
                below += cast(dict[object, object], item).values()
            elif kind is list or kind is tuple:
                below += cast(list[object], item)
            elif only_plain and not isinstance(item, (Handle, np.ndarray, np.generic)):
                raise error(f"a {kind.__name__}")
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
        #: Bytes of the message that came last.
        self.size = 0

    def send(self, message: object, deadline: float | None = None) -> None:
        """Raises NotPlain before anything is sent; then ChannelClosed, TimeoutError."""
        frame = encode(message, self._handles)
        self._wait_until(deadline)
        try:
            self._socket.sendall(frame)
        except TimeoutError:
            raise
        except OSError as error:
            raise ChannelClosed(str(error)) from None

    def receive(self, deadline: float | None = None) -> object:
        """Raises ProtocolError, ChannelClosed, TimeoutError."""
        body_size, arrays_size = _HEADER.unpack(self._read(_HEADER.size, deadline))
        if body_size > MAX_BODY or arrays_size > MAX_ARRAYS:
            raise ProtocolError(f"a frame of {body_size + arrays_size:,} bytes")
        self.size = body_size + arrays_size
        body = self._read(body_size, deadline)
        return decode(body, self._read(arrays_size, deadline), self._handles)

    def close(self) -> None:
        self._socket.close()

    def _read(self, size: int, deadline: float | None) -> bytes:
        data = bytearray()
        while len(data) < size:
            self._wait_until(deadline)
            try:
                part = self._socket.recv(min(size - len(data), 2**20))
            except TimeoutError:
                raise
            except OSError as error:
                raise ChannelClosed(str(error)) from None
            if not part:
                raise ChannelClosed("end of stream")
            data += part
        return bytes(data)

    def _wait_until(self, deadline: float | None) -> None:
        if deadline is None:
            self._socket.settimeout(None)
            return
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self._socket.settimeout(left)
