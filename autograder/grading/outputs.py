"""What a student's cell shows: data from the sandbox, checked, as outputs of a notebook."""

import base64
import json
import struct
from dataclasses import dataclass
from typing import Any

import numpy as np
from nbformat import NotebookNode

from autograder.options import Options
from autograder.submissions import nodes
from autograder.worker.protocol import ProtocolError

_PNG = b"\x89PNG\r\n\x1a\n"
_MAX_PIXELS = 25_000_000
_MAX_PARTS = 520
_SLACK = 5_000


@dataclass(frozen=True)
class Failure:
    """An exception of the student's. All its strings are the student's own making."""

    exception: str
    message: str
    line: int | None
    memory: bool
    traceback: tuple[str, ...]

    def output(self) -> NotebookNode:
        """Return it as a notebook shows it."""
        return nodes.error(self.exception, self.message, list(self.traceback))


def failure(data: object) -> Failure | None:
    """Read an exception's description; None stands for none. Raises ProtocolError."""
    if data is None:
        return None
    fields = _fields(data)
    exception, message, line = fields.get("exception"), fields.get("message"), fields.get("line")
    memory, trace = fields.get("memory"), fields.get("traceback")
    if (
        type(exception) is not str
        or type(message) is not str
        or not (line is None or (type(line) is int and 0 < line < 10**6))
        or type(memory) is not bool
        or type(trace) is not list
        or not all(type(text) is str for text in trace)
        or len(exception) + len(message) + sum(map(len, trace)) > 20_000
    ):
        raise ProtocolError("an exception of another form")
    return Failure(_printable(exception), message, line, memory, tuple(trace))


def _printable(name: str) -> str:
    """Replace what would do something to the terminal on which a name is logged."""
    return "".join(letter if letter.isprintable() else "?" for letter in name)


def size_of(output: NotebookNode) -> int:
    """Return how many characters an output takes in a file."""
    return len(json.dumps(output))


def read_outputs(parts: object, options: Options) -> tuple[NotebookNode, ...]:
    """Return the outputs of a cell as in a notebook. Raises ProtocolError."""
    if type(parts) is not list or len(parts) > _MAX_PARTS:
        raise ProtocolError("outputs of another form")
    left = options.output_kb * 1000 + _SLACK
    figures = options.figures
    outputs = []
    for part in parts:
        if type(part) is not list or len(part) != 2 or type(part[0]) is not str:
            raise ProtocolError("an output of another form")
        name, content = part
        if name in ("stdout", "stderr") and type(content) is str:
            left -= len(content)
            outputs.append(nodes.stream(name, content))
        elif name in ("result", "display"):
            bundle = _bundle(content)
            left -= len(bundle.get("text/plain", ""))
            figures -= "image/png" in bundle
            kind = "execute_result" if name == "result" else "display_data"
            if bundle:
                outputs.append(nodes.shown_data(kind, bundle))
        else:
            raise ProtocolError("an output of another kind")
        if left < 0 or figures < 0:
            raise ProtocolError("more output than is kept")
    return tuple(outputs)


def _bundle(content: object) -> dict[str, str]:
    fields = _fields(content)
    bundle = {}
    for kind, data in fields.items():
        if kind == "text/plain" and type(data) is str:
            bundle[kind] = data
        elif kind == "image/png" and type(data) is np.ndarray and data.dtype == np.uint8:
            picture = data.tobytes()
            if _is_sensible(picture):
                bundle[kind] = base64.b64encode(picture).decode()
        else:
            raise ProtocolError("an output of another type")
    return bundle


def _is_sensible(picture: bytes) -> bool:
    if not picture.startswith(_PNG) or len(picture) < 24:
        return False
    width, height = struct.unpack(">II", picture[16:24])
    return bool(width * height <= _MAX_PIXELS)


def _fields(data: object) -> dict[str, Any]:
    if type(data) is not dict or not all(type(key) is str for key in data):
        raise ProtocolError("something else than fields")
    return data
