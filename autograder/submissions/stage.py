"""From what was handed in to the clean notebook that is graded, and writing that one down.

Whatever was handed in, there is a notebook: what cannot be read becomes a blank one with a message
to its student.
"""

import codecs
import json
from pathlib import Path
from typing import Any

import nbformat

from autograder.course import Course
from autograder.files import write_atomically
from autograder.submissions.handed_in import File, HandedIn, Unreadable
from autograder.submissions.mend import NotTheAssignment, RawCell, Skeleton, Staged, mend, raw_cells

LARGE_FILE = 10_000_000

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


def stage(handed_in: HandedIn, skeleton: Skeleton) -> Staged:
    """The clean notebook. Raises nothing for bad input."""
    try:
        return _stage(handed_in, skeleton)
    except Unreadable as why:
        return skeleton.blank(f"{why} Nothing could be graded.")
    except (MemoryError, RecursionError):
        return skeleton.blank(
            "The file is too large or too deeply nested. Nothing could be graded."
        )


def staged_text(staged: Staged) -> str:
    """The clean notebook as it is written to its file."""
    return nbformat.writes(staged.notebook) + "\n"


def staged_path(course: Course, assignment: str, student: str) -> Path:
    """Where the clean notebook of a student is kept."""
    return course.staged / student / assignment / f"{assignment}.ipynb"


def write_staged(path: Path, text: str) -> None:
    """Write the clean notebook, if it is not there already. Raises OSError."""
    for left_behind in path.parent.glob(f".{path.name}.*"):
        left_behind.unlink()
    if not path.is_file() or path.read_bytes() != text.encode("utf-8"):
        write_atomically(path, text)


def write_timestamp(folder: Path, timestamp: str | None) -> None:
    """Write beside it when it was handed in, if that has changed. Raises OSError."""
    path = folder / "timestamp.txt"
    if timestamp is None:
        path.unlink(missing_ok=True)
    elif not path.is_file() or path.read_text() != timestamp:
        write_atomically(path, timestamp)


def _stage(handed_in: HandedIn, skeleton: Skeleton) -> Staged:
    if handed_in.refused:
        raise Unreadable(handed_in.refused)
    wanted, problems = handed_in.wanted, dict(handed_in.problems)
    best: tuple[Staged, list[str]] | None = None
    for file in handed_in.files:
        try:
            cells, notes = read_cells(file)
            candidate = mend(cells, skeleton)
        except Unreadable as why:
            problems[file.name] = str(why)
        except NotTheAssignment:
            problems[file.name] = (
                f'{file.name} does not hold the cells of the assignment "{skeleton.name}": '
                "was the wrong file handed in?"
            )
        else:
            names = [*(f.name for f in handed_in.files), *handed_in.more]
            best = (candidate, notes + _about_name(file.name, wanted, names))
            break
    if best is None:
        if problems:
            raise Unreadable(problems.get(wanted) or next(iter(problems.values())))
        raise Unreadable(_what_is_there(handed_in))
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


def _about_name(name: str, wanted: str, found: list[str]) -> list[str]:
    notes = []
    if name != wanted:
        notes.append(f"The notebook is called {name}, not {wanted}. It was graded all the same.")
    others = [other for other in found if other != name]
    if others:
        listed = ", ".join(others[:3]) + (", ..." if len(others) > 3 else "")
        notes.append(f"There is more than one notebook. {name} was graded, not {listed}.")
    return notes


def _what_is_there(handed_in: HandedIn) -> str:
    wanted, names = handed_in.wanted, handed_in.others
    if not names:
        return f"The folder is empty: {wanted} is missing."
    listed = ", ".join(names[:3]) + (", ..." if len(names) > 3 else "")
    return f"There is no notebook: {wanted} is missing, there is only {listed}."


def read_cells(file: File) -> tuple[list[RawCell], list[str]]:
    """The cells of a notebook file, and what is odd about the file. Raises Unreadable."""
    if file.unreadable:
        raise Unreadable(file.unreadable)
    name, data = file.name.rpartition("/")[2], file.data
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
