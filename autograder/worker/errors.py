"""A student's exception in plain data."""

import traceback
from collections.abc import Mapping
from types import TracebackType
from typing import Any

_MAX_NAME, _MAX_MESSAGE, _MAX_FRAMES = 100, 2_000, 20


def described(error: BaseException, cells: Mapping[str, str]) -> dict[str, Any]:
    """Describe by class name, message, line in the student's cell, and the cells' lines only."""
    name = _clean(type(error).__name__, _MAX_NAME)
    message = _message(error)
    frames = _frames(error.__traceback__, cells)
    lines: list[str] = []
    file = error.filename if isinstance(error, SyntaxError) else None
    if isinstance(error, SyntaxError) and file in cells and error.lineno:
        frames = [(str(file), error.lineno, "<module>")]
        message = _clean(str(error.msg), _MAX_MESSAGE)
    for cell, line, function in frames[-_MAX_FRAMES:]:
        where = "" if function == "<module>" else f", in {function}"
        lines += [f"{cell}, line {line}{where}", f"    {_line(cells[cell], line)}"]
    lines.append(f"{name}: {message}" if message else name)
    return {
        "exception": name,
        "message": message,
        "line": frames[-1][1] if frames else None,
        "memory": isinstance(error, MemoryError),
        "traceback": lines,
    }


def _frames(trace: TracebackType | None, cells: Mapping[str, str]) -> list[tuple[str, int, str]]:
    found = []
    for frame, line in traceback.walk_tb(trace):
        if frame.f_code.co_filename in cells:
            name = _clean(frame.f_code.co_name, _MAX_NAME)
            found.append((frame.f_code.co_filename, line, name))
            del found[: -2 * _MAX_FRAMES]
    return found


def _line(source: str, number: int) -> str:
    lines = source.splitlines()
    return _clean(lines[number - 1].strip(), 200) if 0 < number <= len(lines) else ""


def _message(error: BaseException) -> str:
    try:
        return _clean(str(error), _MAX_MESSAGE)
    except BaseException:
        return ""


def _clean(text: object, limit: int) -> str:
    return str(text)[:limit].encode(errors="replace").decode()
