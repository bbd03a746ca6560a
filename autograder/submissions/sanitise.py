"""From what was handed in to the clean notebook that is graded, and writing that one down.

Whatever was handed in, there is a notebook: what cannot be read becomes a blank one, and an event
that its student is told of.
"""

import codecs
import json
from pathlib import Path
from typing import Any

import nbformat

from autograder.course import Course
from autograder.events import Event
from autograder.files import write_atomically
from autograder.limits import memory_limit
from autograder.submissions.cells import RawCell, raw_cells
from autograder.submissions.handed_in import File, HandedIn, Unreadable
from autograder.submissions.repair import NotTheAssignment, Repaired, Template, repair

LARGE_FILE = 10_000_000
#: Memory for reading one submission, in MB: a file of a hundred with long outputs needs half of it.
_MEMORY_MB = 1_000

#: What files that are handed in instead of a notebook start with.
_OTHER_FORMATS = (
    (b"PK\x03\x04", "zip"),
    (b"%PDF", "pdf"),
    (b"<!DOCTYPE", "html"),
    (b"<!doctype", "html"),
    (b"<html", "html"),
    (b"\x89PNG", "picture"),
    (b"\xff\xd8\xff", "picture"),
    (b"\x1f\x8b", "gzip"),
    (b"<<<<<<<", "merge"),
)


def sanitise(handed_in: HandedIn, template: Template) -> Repaired:
    """Return the clean notebook of what was handed in. Raises nothing for bad input."""
    try:
        with memory_limit(_MEMORY_MB):
            made = _sanitise(handed_in, template)
    except Unreadable as why:
        made = template.blank(why.event)
    except (MemoryError, RecursionError):
        made = template.blank(Event("too-deep"))
    return made.with_events([handed_in.untimed] if handed_in.untimed else [])


def sanitised_text(repaired: Repaired) -> str:
    """Return the clean notebook as it is written to its file."""
    return nbformat.v4.writes(repaired.noted()) + "\n"


def sanitised_path(course: Course, assignment: str, student: str) -> Path:
    """Return where the clean notebook of a student is kept."""
    return course.sanitised / student / assignment / f"{assignment}.ipynb"


def write_sanitised(path: Path, text: str) -> None:
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


def _sanitise(handed_in: HandedIn, template: Template) -> Repaired:
    if handed_in.refused:
        raise _unreadable(handed_in.refused)
    wanted, problems = handed_in.wanted, dict(handed_in.problems)
    for file in handed_in.files:
        try:
            cells, events = read_cells(file)
            repaired = repair(cells, template)
        except Unreadable as why:
            problems[file.name] = why.event
        except NotTheAssignment:
            detail = {"name": file.name, "assignment": template.name}
            problems[file.name] = Event("other-assignment", detail=detail)
        else:
            names = [*(f.name for f in handed_in.files), *handed_in.more]
            events += _about_name(file.name, wanted, names)
            about_wanted = [problems[wanted]] if wanted in problems else []
            return repaired.with_events(about_wanted + events)
    if problems:
        raise _unreadable(problems.get(wanted) or next(iter(problems.values())))
    if handed_in.others:
        raise Unreadable("no-notebook", wanted=wanted, others=list(handed_in.others))
    raise Unreadable("empty-folder", wanted=wanted)


def _unreadable(event: Event) -> Unreadable:
    return Unreadable(event.kind, **event.detail)


def _about_name(name: str, wanted: str, found: list[str]) -> list[Event]:
    events = []
    if name != wanted:
        events.append(Event("other-name", detail={"name": name, "wanted": wanted}))
    others = [other for other in found if other != name]
    if others:
        events.append(Event("several-notebooks", detail={"name": name, "others": others}))
    return events


def read_cells(file: File) -> tuple[list[RawCell], list[Event]]:
    """Read the cells of a notebook file, and what is odd about it. Raises Unreadable."""
    if file.unreadable:
        raise _unreadable(file.unreadable)
    name, data = file.name.rpartition("/")[2], file.data
    if not data.strip():
        raise Unreadable("empty-file", name=name)
    for start, known in _OTHER_FORMATS:
        if data.lstrip().startswith(start):
            raise Unreadable("other-format", name=name, format=known)
    text, events = _decode(data, name)
    document = _parse(text, name)
    cells = raw_cells(document)
    if not cells:
        raise Unreadable("no-cells", name=name)
    if len(data) > LARGE_FILE:
        events.append(Event("much-output", detail={"mb": len(data) / 1e6}))
    return cells, events


def _decode(data: bytes, name: str) -> tuple[str, list[Event]]:
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
            raise Unreadable("not-text", name=name) from None
        return data.decode("cp1252", "replace"), [Event("not-utf8", detail={"name": name})]


def _parse(text: str, name: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        rest = text[error.pos :].strip()
        cut_off = len(rest) < 2 or error.msg.startswith("Unterminated string")
        if text.lstrip().startswith("{") and cut_off:
            raise Unreadable("cut-off", name=name) from None
        if "<<<<<<<" in text and ">>>>>>>" in text:
            raise Unreadable("unmerged", name=name) from None
        raise Unreadable("not-a-notebook", name=name) from None
    except (ValueError, RecursionError):
        raise Unreadable("not-a-notebook", name=name) from None
