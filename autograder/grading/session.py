"""One sandbox and the conversation with it. Whatever goes wrong in it ends it."""

import os
import secrets
import time
import weakref
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from autograder.limits import TooSlow, time_limit
from autograder.options import Options
from autograder.sandbox.start import start
from autograder.sandbox.usage import Usage, starved
from autograder.testing import Kind
from autograder.worker.protocol import (
    MAX_ARRAYS,
    MAX_BODY,
    Channel,
    ChannelClosed,
    Handle,
    NotPlain,
    ProtocolError,
)

MAX_CALLBACK_BYTES = 4 * 2**20
#: What all replies to one request may hold together.
MAX_REPLIES_BYTES = MAX_BODY + MAX_ARRAYS
#: Seconds below which a limit is not put off.
_LEAST = 0.01

Reply = dict[str, Any]
Given = Mapping[str, Callable[..., Any]]


class Lost(Exception):
    """The sandbox is given up. ``kind`` is that of a StudentError, ``detail`` is for the log."""

    def __init__(self, kind: Kind, detail: str) -> None:
        super().__init__(kind, detail)
        self.kind = kind
        self.detail = detail


class TornDown(BaseException):
    """What the sandbox was forked from has ended: nobody's doing in there, so none is to blame.

    No test can mistake it for an exception of the student's, as it is no Exception.
    """


class StaleHandle(Exception):
    """An object was handed back whose process is gone."""


class _Handles:
    """The examiner's side of the student's objects: one Handle a number, as long as it is held."""

    only_plain = True

    def __init__(self) -> None:
        self._known: weakref.WeakValueDictionary[int, Handle] = weakref.WeakValueDictionary()

    def number_of(self, value: object) -> int:
        if not isinstance(value, Handle):
            raise NotPlain(
                f"a {type(value).__name__} of the examiner's cannot be sent to a student"
            )
        if value.owner is not self:
            raise StaleHandle
        return value.number

    def thing(self, number: int) -> object:
        handle = self._known.get(number)
        if handle is None:
            handle = self._known[number] = Handle(number, self)
        return handle


class Session:
    """A running sandbox; `request` raises Lost or TornDown when it is no more."""

    def __init__(self, options: Options, hidden: tuple[Path, ...]) -> None:
        self._options = options
        self._sandbox = start(options, _Handles(), hidden)
        self._channel: Channel = self._sandbox.channel
        self._starved_before = self._starved()
        #: Seconds that were allowed beyond the limits so far, because others had the processors.
        self.allowed = 0.0
        self.lost = False
        #: Bytes that came out of it so far.
        self.received = 0
        self._nonce = b""
        self._given: Given = {}
        self._size = 0

    def end(self) -> Usage:
        """Kill it."""
        self.lost = True
        return self._sandbox.end()

    def allow(self) -> float:
        """Return the seconds since it was last asked for which others had the processors.

        They are not the student's, so limits are put off by them. Looked at where a limit is
        reached, since asking the kernel takes longer than most calls.
        """
        now = self._starved()
        more = max(0.0, now - self._starved_before)
        if self.lost or more < _LEAST:
            return 0.0
        self._starved_before = now
        self.allowed += more
        return more

    def _starved(self) -> float:
        return self._sandbox.starved() + starved(os.getpid())

    def request(
        self, what: str, seconds: float, given: Given | None = None, **content: Any
    ) -> Reply:
        """Ask for one thing, and return the answer. Raises what `ask` and `reply` raise."""
        self.ask(what, seconds, given, **content)
        return self.reply(seconds)

    def ask(self, what: str, seconds: float, given: Given | None = None, **content: Any) -> None:
        """Ask for something; `reply` gives the answers, of which there may be several.

        ``given`` are the functions of the examiner's that may be called back until the last one.
        Raises Lost and TornDown; NotPlain and StaleHandle where nothing was sent, and so nothing is
        lost.
        """
        self._nonce, self._given, self._size = secrets.token_bytes(8), given or {}, 0
        message = {"do": what, "nonce": self._nonce, **content}
        if given is not None:
            message["given"] = list(given)
        with self._lost_at_worst(seconds):
            self._channel.send(message, time.monotonic() + seconds)

    def reply(self, seconds: float) -> Reply:
        """Return the next answer: a dict with an "is", and else not to be trusted.

        Raises Lost and TornDown.
        """
        with self._lost_at_worst(seconds):
            reply, deadline = self._reply(time.monotonic() + seconds)
            for _ in range(self._options.callbacks):
                if reply["is"] != "callback":
                    return reply
                left = max(deadline - time.monotonic(), _LEAST)
                answer = _called_back(reply, self._given, self._channel.size, left)
                try:
                    self._channel.send(answer, deadline)
                except NotPlain:
                    self._channel.send({"do": "raise", "exception": "ValueError"}, deadline)
                reply, deadline = self._reply(deadline)
            if reply["is"] == "callback":
                raise ProtocolError(
                    f"more than {self._options.callbacks:,} calls of given functions"
                )
            return reply

    @contextmanager
    def _lost_at_worst(self, seconds: float) -> Iterator[None]:
        """End the sandbox where anything goes wrong, and say why."""
        try:
            yield
        except (NotPlain, StaleHandle):
            raise
        except TimeoutError:
            self.end()
            raise Lost("timeout", f"no answer within {seconds:.3g} s") from None
        except ProtocolError as error:
            self.end()
            raise Lost("protocol", str(error)) from None
        except ChannelClosed:
            by_itself = self._sandbox.ended(1.0)
            status = self.end().status
            if self._sandbox.torn_down:
                raise TornDown from None
            raise Lost(
                "crashed", _cause(status) if by_itself else "it closed the channel"
            ) from None
        except BaseException:
            self.end()
            raise

    def _reply(self, deadline: float) -> tuple[Reply, float]:
        """Receive what comes next; returns it and the deadline as it was put off meanwhile."""
        while True:
            try:
                reply = self._channel.receive(deadline)
                break
            except TimeoutError:
                if not (more := self.allow()):
                    raise
                deadline += more
        if type(reply) is not dict or type(reply.get("is")) is not str:
            raise ProtocolError("a reply of another form")
        if type(reply.get("nonce")) is not bytes or reply["nonce"] != self._nonce:
            raise ProtocolError("a reply to another request")
        self._size += self._channel.size
        self.received += self._channel.size
        if self._size > MAX_REPLIES_BYTES:
            raise ProtocolError(f"more than {MAX_REPLIES_BYTES:,} bytes in answer to one request")
        return reply, deadline


def _called_back(request: Reply, given: Given, size: int, seconds: float) -> Reply:
    """Call a given function for the student's process. Raises TimeoutError after ``seconds``."""
    name, args, kwargs = request.get("name"), request.get("args"), request.get("kwargs")
    if type(name) is not str or name not in given:
        raise ProtocolError("a call of a function that was not given")
    if (
        type(args) is not tuple
        or type(kwargs) is not dict
        or not all(type(k) is str for k in kwargs)
    ):
        raise ProtocolError("a call of another form")
    if size > MAX_CALLBACK_BYTES:
        return {"do": "raise", "exception": "MemoryError"}
    try:
        with time_limit(seconds):
            value = given[name](*args, **kwargs)
    except TooSlow:
        raise TimeoutError from None
    except Exception as error:
        return {"do": "raise", "exception": type(error).__name__}
    return {"do": "value", "value": value}


def _cause(status: int) -> str:
    return f"signal {-status}" if status < 0 else f"exit code {status}"
