"""From what was handed in to the clean notebook that is graded, and writing that one down.

Whatever was handed in, there is a notebook: what cannot be read becomes a blank one, and an event
that its student is told of. Of several notebooks the one with the most answers is graded; among
equals the one with the right name, then the one nearest to the top.
"""

import codecs
import json
import re
from itertools import islice
from pathlib import Path
from typing import Any

from autograder.course import Course
from autograder.events import Event, Kind
from autograder.files import write_atomically
from autograder.limits import memory_limit
from autograder.submissions import nodes
from autograder.submissions.cells import RawCell, raw_cells
from autograder.submissions.handed_in import File, HandedIn, Unreadable
from autograder.submissions.outline import grade_id, is_editable
from autograder.submissions.repair import NotTheAssignment, Repaired, Template, repair

LARGE_FILE = 10_000_000
#: Memory for reading one submission, in MB: a file of a hundred with long outputs needs half of it.
_MEMORY_MB = 1_000
#: Tokens of JSON in all of a submission's notebooks: each becomes up to 232 bytes of memory.
MAX_TOKENS = 2_000_000
#: A string, be it cut off, or what stands before or between values. It never goes back.
_TOKEN = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"?|[\[{,]', re.DOTALL)

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
    return made.with_events(handed_in.notes)


def sanitised_text(repaired: Repaired) -> str:
    """Return the clean notebook as it is written to its file."""
    return nodes.notebook_text(repaired.noted())


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
    found: list[tuple[File, Repaired]] = []
    room = MAX_TOKENS
    for file in handed_in.files:
        try:
            text, events = _text(file)
            tokens = sum(1 for _ in islice(_TOKEN.finditer(text), room + 1))
            if tokens > room:
                raise Unreadable("too-many-values", name=file.name, most=MAX_TOKENS)
            room -= tokens
            cells = _cells(text, file.name)
            found.append((file, repair(cells, template).with_events(events)))
        except Unreadable as why:
            problems[file.name] = why.event
        except NotTheAssignment:
            detail = {"name": file.name, "assignment": template.name}
            problems[file.name] = Event("other-assignment", detail=detail)
    if found:
        filled = {file.name: _answers(repaired, template) for file, repaired in found}
        file, repaired = max(found, key=lambda pair: filled[pair[0].name])
        names = [*(f.name for f in handed_in.files), *handed_in.more]
        about_wanted = [problems[wanted]] if wanted in problems else []
        return repaired.with_events(about_wanted + _about_name(file.name, wanted, names, filled))
    if problems:
        raise _unreadable(problems.get(wanted) or next(iter(problems.values())))
    if handed_in.others:
        raise Unreadable("no-notebook", wanted=wanted, others=list(handed_in.others))
    raise Unreadable("empty-folder", wanted=wanted)


def _unreadable(event: Event) -> Unreadable:
    return Unreadable(event.kind, **event.detail)


def _answers(repaired: Repaired, template: Template) -> int:
    """Count the answers that are filled in, be it in another cell than the one meant."""
    filled = {
        name
        for cell in repaired.notebook.cells
        if (name := grade_id(cell)) and is_editable(cell)
        if cell.source.strip() not in ("", template.released[name].strip())
    }
    return len(filled | {e.cell for e in repaired.events if e.kind == "answer-elsewhere"})


def _about_name(name: str, wanted: str, names: list[str], filled: dict[str, int]) -> list[Event]:
    """Say which of the notebooks was taken, and why: ``filled`` has the answers in each."""
    events = []
    if name != wanted:
        events.append(Event("other-name", detail={"name": name, "wanted": wanted}))
    others = [other for other in names if other != name]
    if others:
        second = max((count for other, count in filled.items() if other != name), default=0)
        kind: Kind = "most-answers" if filled[name] > second else "several-notebooks"
        detail = {"name": name, "others": others, "count": filled[name]}
        events.append(Event(kind, detail=detail))
    return events


def _text(file: File) -> tuple[str, list[Event]]:
    """Read a notebook file's text, and what is odd about it. Raises Unreadable."""
    if file.unreadable:
        raise _unreadable(file.unreadable)
    name, data = file.name.rpartition("/")[2], file.data
    if not data.strip():
        raise Unreadable("empty-file", name=name)
    for start, known in _OTHER_FORMATS:
        if data.lstrip().startswith(start):
            raise Unreadable("other-format", name=name, format=known)
    text, events = _decode(data, name)
    if len(data) > LARGE_FILE:
        events.append(Event("much-output", detail={"mb": len(data) / 1e6}))
    return text, events


def _cells(text: str, path: str) -> list[RawCell]:
    """Read the cells in a notebook's text. Raises Unreadable."""
    name = path.rpartition("/")[2]
    cells = raw_cells(_parse(text, name))
    if not cells:
        raise Unreadable("no-cells", name=name)
    return cells


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
