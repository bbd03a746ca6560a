"""What a cell shows: text, results and pictures, each only up to a limit."""

import base64
import io
from collections.abc import Iterable
from typing import Any

import numpy as np

_MAX_PARTS = 500
_MAX_PICTURE = 2_000_000
_MAX_PICTURES = 8_000_000


class Outputs:
    """The outputs of the cell that is running. While none is running they are dropped.

    Endless printing costs time and nothing else: what is beyond the limit is counted and forgotten.
    """

    def __init__(self, chars: int, figures: int) -> None:
        self._chars = chars
        self._figures = figures
        self._on = False
        self._clear()

    def _clear(self) -> None:
        self._parts: list[list[Any]] = []
        self._texts: list[str] = []
        self._left = self._chars
        self._pictures = self._figures
        self._picture_bytes = _MAX_PICTURES
        self._lost = 0

    def start(self) -> None:
        """Begin a cell."""
        self._clear()
        self._on = True

    def stop(self) -> list[list[Any]]:
        """End a cell; returns its parts: [stream, text] or ["result" or "display", bundle]."""
        self._on = False
        self._close()
        if self._lost:
            self._parts.append(
                ["stdout", f"\n[{self._lost:,} more characters or pictures not kept]\n"]
            )
        parts = self._parts
        self._clear()
        return parts

    def write(self, name: str, text: str) -> None:
        """Take text on a stream."""
        if not self._on:
            return
        kept = text[: self._left]
        self._left -= len(kept)
        self._lost += len(text) - len(kept)
        if not kept:
            return
        if not self._parts or self._parts[-1][0] != name:
            if len(self._parts) >= _MAX_PARTS:
                self._lost += len(kept)
                return
            self._close()
            self._parts.append([name, ""])
        self._texts.append(kept)

    def _close(self) -> None:
        if self._texts:
            self._parts[-1][1] = "".join(self._texts).encode(errors="replace").decode()
            self._texts = []

    def show(self, name: str, bundle: dict[str, Any]) -> None:
        """Take a rich object; only its text and its PNG picture are kept."""
        if not self._on:
            return
        self._close()
        kept: dict[str, Any] = {}
        picture = _png(bundle.get("image/png"))
        if picture is not None:
            if self._pictures and picture.size <= min(_MAX_PICTURE, self._picture_bytes):
                self._pictures -= 1
                self._picture_bytes -= picture.size
                kept["image/png"] = picture
            else:
                self._lost += 1
        text = bundle.get("text/plain")
        if isinstance(text, str):
            kept["text/plain"] = text[: self._left].encode(errors="replace").decode()
            self._left -= len(kept["text/plain"])
            self._lost += len(text) - len(kept["text/plain"])
        if kept and len(self._parts) < _MAX_PARTS:
            self._parts.append([name, kept])

    def clear(self) -> None:
        """Forget what the cell has shown so far, as `clear_output` wishes."""
        self._texts = []
        self._parts = []


def _png(data: object) -> np.ndarray | None:
    if isinstance(data, str):
        try:
            data = base64.b64decode("".join(data.split()), validate=True)
        except ValueError:
            return None
    return np.frombuffer(data, np.uint8) if isinstance(data, bytes) and data else None


class Stream(io.TextIOBase):
    """Stands in for sys.stdout or sys.stderr."""

    def __init__(self, name: str, outputs: Outputs) -> None:
        self._name = name
        self._outputs = outputs

    @property
    def encoding(self) -> str:  # type: ignore[override]
        return "utf-8"

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        self._outputs.write(self._name, text)
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:  # type: ignore[override]
        for line in lines:
            self.write(line)
