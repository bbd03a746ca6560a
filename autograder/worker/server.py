"""Answers the examiner's requests, one after another, until the channel closes."""

import builtins
import os
import socket
import sys
from collections.abc import Callable, Iterator
from typing import Any, NoReturn

from autograder.worker.errors import described
from autograder.worker.outputs import Outputs
from autograder.worker.protocol import Channel, ChannelClosed, NotPlain, ProtocolError
from autograder.worker.shell import Notebook

Request = dict[str, Any]
Reply = dict[str, Any]


class _Kept:
    """The student's objects that the examiner holds by number."""

    only_plain = False

    def __init__(self) -> None:
        self._things: list[object] = []
        self._numbers: dict[int, int] = {}

    def number_of(self, value: object) -> int:
        number = self._numbers.setdefault(id(value), len(self._things))
        if number == len(self._things):
            self._things.append(value)
        return number

    def thing(self, number: int) -> object:
        try:
            return self._things[number]
        except IndexError:
            raise ProtocolError("no such object") from None


class _Given:
    """The examiner's functions, which a student's code may use during one call."""

    def __init__(self, channel: Channel, nonce: bytes) -> None:
        self._channel = channel
        self._nonce = nonce
        self.open = True

    def function(self, name: str) -> Callable[..., Any]:
        def given(*args: Any, **kwargs: Any) -> Any:
            if not self.open:
                raise RuntimeError(f"{name} was given for a call that is over.")
            self._channel.send(
                {
                    "is": "callback",
                    "nonce": self._nonce,
                    "name": name,
                    "args": args,
                    "kwargs": kwargs,
                }
            )
            reply: Any = self._channel.receive()
            if reply["do"] == "value":
                return reply["value"]
            kind = getattr(builtins, reply["exception"], None)
            if not (isinstance(kind, type) and issubclass(kind, Exception)):
                kind = RuntimeError
            raise kind(f"{name} does not take these arguments.")

        given.__name__ = name
        return given


class Server:
    """The requests it knows are its methods' names."""

    def __init__(self, channel: Channel, notebook: Notebook) -> None:
        self._channel = channel
        self._notebook = notebook
        self._names_after = [dict(notebook.names)]
        self._at: int | None = None

    def answer(self, request: Request) -> Iterator[Reply]:
        """Yield the replies to a request; each is made when the one before it is sent."""
        if request["do"] == "call":
            yield from self.call(request)
            return
        handler = {"cell": self.cell, "fetch": self.fetch}
        yield handler[request["do"]](request)

    def cell(self, request: Request) -> Reply:
        """Run a cell, and remember what the global names mean after it."""
        self._at = None
        self._notebook.outputs.start()
        error = self._notebook.run(request["name"], request["source"])
        parts = self._notebook.outputs.stop()
        self._names_after.append(dict(self._notebook.names))
        what = None if error is None else described(error, self._notebook.cells)
        return {"is": "done", "outputs": parts, "error": what}

    def _rewind(self, cells: int | None) -> None:
        """Let the global names mean what they meant after so many cells; None: as they are."""
        if cells is not None and cells != self._at:
            self._notebook.names.clear()
            self._notebook.names.update(self._names_after[cells])
            self._at = cells

    def fetch(self, request: Request) -> Reply:
        """Tell what a global name stands for: data, a function, or nothing."""
        self._rewind(request["after"])
        if request["name"] not in self._notebook.names:
            return {"is": "missing"}
        value = self._notebook.names[request["name"]]
        if callable(value):
            return {"is": "function"}
        return {"is": "done", "value": value}

    def call(self, request: Request) -> Iterator[Reply]:
        """Call a function of the student's, once or more; no more once memory has run out."""
        self._rewind(request["after"])
        for args, kwargs in request["calls"]:
            reply = self._called(request, args, kwargs)
            yield reply
            if reply["is"] == "raised" and reply["error"]["memory"]:
                return

    def _called(self, request: Request, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Reply:
        names = self._notebook.names
        if request["name"] not in names:
            return {"is": "missing"}
        given = _Given(self._channel, request["nonce"])
        replaced = {name: given.function(name) for name in request["given"]}
        before = {name: names[name] for name in replaced if name in names}
        function = names[request["name"]]
        names.update(replaced)
        try:
            value = function(*args, **kwargs)
        except BaseException as error:
            return {"is": "raised", "error": described(error, self._notebook.cells)}
        finally:
            given.open = False
            for name in replaced:
                names.pop(name, None)
            names.update(before)
        return {"is": "done", "value": value, "args": args}


def discard_standard_streams() -> None:
    """Send what C libraries write there nowhere, and leave nothing to read."""
    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nothing, descriptor)
    os.close(nothing)


def serve(descriptor: int, notebook: Notebook, limits: dict[str, int]) -> NoReturn:
    """Say on the channel that all is ready, and answer requests."""
    channel = Channel(socket.socket(fileno=descriptor), _Kept())
    notebook.begin(Outputs(limits["output_chars"], limits["figures"]))
    server = Server(channel, notebook)
    channel.send("ready")
    served_by = os.getpid()
    while True:
        try:
            request: Any = channel.receive()
        except ChannelClosed:
            break
        for reply in server.answer(request):
            if os.getpid() != served_by:  # a cell has forked, which only a sandbox forbids
                os._exit(0)
            reply["nonce"] = request["nonce"]
            try:
                channel.send(reply)
            except NotPlain as error:
                channel.send({"is": "unsendable", "nonce": request["nonce"], "why": str(error)})
    sys.stdout.flush()
    os._exit(0)
