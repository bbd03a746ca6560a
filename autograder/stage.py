"""Reads what was handed in, whatever it is, and writes the clean notebook that is graded.

Nothing that lies under ``submitted/`` is changed, no link in it is followed, and no file in it can
stop the run: what cannot be read becomes a blank notebook with a message to its student.
"""

import codecs
import json
import os
import stat
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import dateutil.parser
import nbformat
from dateutil.tz import gettz

from autograder.course import Course, write_atomically
from autograder.mend import NotTheAssignment, RawCell, Skeleton, Staged, mend, raw_cells

MAX_FILE = 100_000_000
LARGE_FILE = 10_000_000
_MAX_DEPTH = 3
_MAX_ENTRIES = 2_000
_MAX_NOTEBOOKS = 20

#: What files that are handed in instead of a notebook start with, and what they are.
_OTHER_FORMATS = (
    (b"PK\x03\x04", "a zip archive (or an Office document)"),
    (b"%PDF", "a PDF document"),
    (b"<!DOCTYPE", "a web page"),
    (b"<!doctype", "a web page"),
    (b"<html", "a web page"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"<<<<<<<", "a notebook with an unfinished git merge in it"),
)


class Unreadable(Exception):
    """Why a file cannot be read as a notebook, as a sentence to its student."""


def stage(course: Course, skeleton: Skeleton, student: str) -> Staged:
    """Write ``staged/<student>/<assignment>/`` from what the student handed in.

    A result is returned whatever was handed in. OSError is raised only where the course's own
    folder cannot be written.
    """
    folder = course.submitted / student / skeleton.name
    target = course.staged / student / skeleton.name
    staged = read_submission(folder, skeleton)
    text = nbformat.writes(staged.notebook) + "\n"
    path = target / f"{skeleton.name}.ipynb"
    if not path.is_file() or path.read_text(encoding="utf-8") != text:
        write_atomically(path, text)
    timestamp = read_timestamp(folder)
    if timestamp is None:
        (target / "timestamp.txt").unlink(missing_ok=True)
    else:
        write_atomically(target / "timestamp.txt", timestamp)
    return staged


def read_submission(folder: Path, skeleton: Skeleton) -> Staged:
    """The clean notebook made from a folder that was handed in. Raises nothing for bad input."""
    try:
        return _read_submission(folder, skeleton)
    except Unreadable as why:
        return skeleton.blank(f"{why} Nothing could be graded.")
    except OSError as error:
        reason = (error.strerror or "unknown reason").lower()
        return skeleton.blank(f"The file could not be opened ({reason}). Nothing could be graded.")
    except (MemoryError, RecursionError):
        return skeleton.blank(
            "The file is too large or too deeply nested. Nothing could be graded."
        )


def _read_submission(folder: Path, skeleton: Skeleton) -> Staged:
    _refuse_links(folder)
    wanted = f"{skeleton.name}.ipynb"
    problems: dict[str, str] = {}
    best: tuple[Staged, list[str]] | None = None
    found = list(_notebooks(folder, wanted, problems))
    for path in found[:_MAX_NOTEBOOKS]:
        shown = str(path.relative_to(folder))
        try:
            cells, notes = read_cells(path)
            candidate = mend(cells, skeleton)
        except Unreadable as why:
            problems[shown] = str(why)
        except NotTheAssignment:
            problems[shown] = (
                f'{_named(shown)} does not hold the cells of the assignment "{skeleton.name}": '
                "was the wrong file handed in?"
            )
        else:
            notes += _about_name(shown, wanted, [str(p.relative_to(folder)) for p in found])
            best = (candidate, notes)
            break
    if best is None:
        if problems:
            raise Unreadable(problems.get(wanted) or next(iter(problems.values())))
        raise Unreadable(_what_is_there(folder, wanted))
    staged, notes = best
    if problems.get(wanted):
        notes.insert(0, problems[wanted])
    return with_messages(staged, notes)


def with_messages(staged: Staged, first: list[str]) -> Staged:
    """The same with more messages, in front of the others."""
    if not first:
        return staged
    messages = (*first, *staged.messages)
    staged.notebook.metadata["autograder"] = {"state": "mended", "messages": list(messages)}
    return Staged(staged.notebook, "mended", messages)


def _refuse_links(folder: Path) -> None:
    for path in (folder.parent, folder):
        if path.is_symlink():
            raise Unreadable(
                "What was handed in is a link to another place. Links are not followed."
            )
    if not stat.S_ISDIR(folder.lstat().st_mode):
        raise Unreadable("A single file was handed in where a folder with the notebook should be.")


def _notebooks(folder: Path, wanted: str, problems: dict[str, str]) -> Iterator[Path]:
    """The regular files that end in .ipynb: the one with the right name first, then the nearest."""
    found = []
    entries = 0
    queue = [(folder, 0)]
    while queue:
        place, depth = queue.pop(0)
        for entry in sorted(os.scandir(place), key=lambda e: e.name):
            entries += 1
            if entries > _MAX_ENTRIES:
                break
            if entry.name.startswith(".") or entry.name == "__MACOSX":
                continue
            path = Path(entry.path)
            shown = str(path.relative_to(folder))
            if entry.is_dir(follow_symlinks=False):
                if depth < _MAX_DEPTH:
                    queue.append((path, depth + 1))
                if shown == wanted:
                    problems[shown] = f"{wanted} is a folder, not a notebook."
            elif entry.name.lower().endswith(".ipynb"):
                if entry.is_symlink():
                    problems[shown] = (
                        f"{_named(shown)} is a link to another place. Links are not followed."
                    )
                elif entry.is_file(follow_symlinks=False):
                    found.append((shown != wanted, depth, path))
                else:
                    problems[shown] = f"{_named(shown)} is not a file."
    return (path for _, _, path in sorted(found))


def _named(shown: str) -> str:
    return shown.encode("utf-8", "replace").decode("utf-8") if len(shown) <= 80 else "The file"


def _about_name(shown: str, wanted: str, found: list[str]) -> list[str]:
    notes = []
    if shown != wanted:
        notes.append(
            f"The notebook is called {_named(shown)}, not {wanted}. It was graded all the same."
        )
    others = [_named(other) for other in found if other != shown]
    if others:
        listed = ", ".join(others[:3]) + (", ..." if len(others) > 3 else "")
        notes.append(f"There is more than one notebook. {_named(shown)} was graded, not {listed}.")
    return notes


def _what_is_there(folder: Path, wanted: str) -> str:
    names = sorted(e.name for e in os.scandir(folder) if not e.name.startswith("."))
    names = [_named(name) for name in names if name != "timestamp.txt"]
    if not names:
        return f"The folder is empty: {wanted} is missing."
    listed = ", ".join(names[:3]) + (", ..." if len(names) > 3 else "")
    return f"There is no notebook: {wanted} is missing, there is only {listed}."


def read_cells(path: Path) -> tuple[list[RawCell], list[str]]:
    """The cells of a notebook file, and what is odd about the file. Raises Unreadable, OSError."""
    data = _read_bytes(path)
    name = _named(path.name)
    if not data.strip():
        raise Unreadable(f"{name} is empty: was it saved before it was handed in?")
    for start, what in _OTHER_FORMATS:
        if data.lstrip().startswith(start):
            raise Unreadable(f"{name} is {what}, not a notebook.")
    text, notes = _decode(data, name)
    document = _parse(text, name)
    cells = raw_cells(document)
    if not cells:
        raise Unreadable(f"{name} holds no cells: it is not a notebook.")
    if len(data) > LARGE_FILE:
        notes.append(
            f"The file holds {len(data) / 1e6:.0f} MB, most of it output. Output is not graded: "
            "clear it (Kernel, Restart and Clear Outputs) before you hand in."
        )
    return cells, notes


def _read_bytes(path: Path) -> bytes:
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise Unreadable(f"{_named(path.name)} is not a file.")
        if status.st_size > MAX_FILE:
            raise Unreadable(
                f"{_named(path.name)} holds {status.st_size / 1e6:.0f} MB; at most "
                f"{MAX_FILE / 1e6:.0f} MB are read. Clear the output and hand it in again."
            )
        return file.read(MAX_FILE + 1)


def _decode(data: bytes, name: str) -> tuple[str, list[str]]:
    marks = {
        codecs.BOM_UTF8: "utf-8-sig",
        codecs.BOM_UTF16_LE: "utf-16",
        codecs.BOM_UTF16_BE: "utf-16",
    }
    encoding = next((code for mark, code in marks.items() if data.startswith(mark)), "utf-8")
    try:
        return data.decode(encoding), []
    except UnicodeDecodeError:
        if b"\x00" in data or not data.lstrip().startswith(b"{"):
            raise Unreadable(f"{name} is not a notebook: it is not text.") from None
        note = (
            f"{name} is not saved as UTF-8, as notebooks are: letters with accents may look wrong."
        )
        return data.decode("cp1252", "replace"), [note]


def _parse(text: str, name: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        rest = text[error.pos :].strip()
        cut_off = len(rest) < 2 or error.msg.startswith("Unterminated string")
        if text.lstrip().startswith("{") and cut_off:
            raise Unreadable(
                f"{name} ends in the middle: it was cut off while it was saved or sent. "
                "Open it in Jupyter, save it, and hand it in again."
            ) from None
        if "<<<<<<<" in text and ">>>>>>>" in text:
            raise Unreadable(f"{name} is a notebook with an unfinished git merge in it.") from None
        raise Unreadable(f"{name} is not a notebook.") from None
    except (ValueError, RecursionError):
        raise Unreadable(f"{name} is not a notebook.") from None


def read_timestamp(folder: Path) -> str | None:
    """What timestamp.txt says about when it was handed in; None where it says nothing of use."""
    try:
        if folder.is_symlink() or folder.parent.is_symlink():
            return None
        text = _read_bytes(folder / "timestamp.txt")[:100].decode("ascii").strip()
        _parse_time(text)
    except (OSError, Unreadable, ValueError, OverflowError, TypeError):
        return None
    return f"{text}\n"


def _parse_time(text: str) -> datetime:
    """As nbgrader reads it. Raises ValueError, OverflowError and TypeError where it would."""
    parts = text.split(" ")
    if len(parts) == 3:
        zone = int(parts[2]) if parts[2].lstrip("+-").isdigit() else gettz(parts[2])
        found = dateutil.parser.parse(f"{parts[0]} {parts[1]} TZ", tzinfos={"TZ": zone})
    else:
        found = dateutil.parser.parse(text)
    offset = found.utcoffset()
    return found if offset is None else (found - offset).replace(tzinfo=None)
