"""Reads what was handed in, whatever it is, into plain data that can be sent to another machine.

Nothing that lies under ``submitted/`` is changed, no link in it is followed, and no file in it can
stop the run: what cannot be read becomes an event that its student is told of.
"""

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from autograder.dependencies.digests import digest
from autograder.events import Event, Kind
from autograder.files import NotAFile, open_regular
from autograder.submissions.timestamps import parse_time, written

#: What one submission may take: bytes and files on the disk, and bytes of notebooks in memory.
MAX_BYTES, MAX_FILES, MAX_FILE = 200_000_000, 2_000, 64_000_000
#: So deep are folders looked into, and so many names are looked at.
MAX_DEPTH, MAX_NAMES = 3, 20_000
#: Where whoever collects a submission names the files that it had no room for, one a line.
LEFT_OUT = "left-out.txt"
_MAX_NOTEBOOKS = 20
_MAX_TIMESTAMP, _MAX_LEFT_OUT = 100, 10_000
#: Stands for a name that cannot be shown.
_THE_FILE = "The file"


class Unreadable(Exception):
    """A file cannot be read as a notebook; ``event`` says why."""

    def __init__(self, kind: Kind, **detail: object) -> None:
        super().__init__(kind, detail)
        self.event = Event(kind, detail=detail)


@dataclass(frozen=True)
class File:
    """A file that is called a notebook; ``unreadable`` says why its bytes are not there."""

    name: str
    data: bytes = b""
    unreadable: Event | None = None


@dataclass(frozen=True)
class HandedIn:
    """What a student handed in for an assignment.

    Attributes:
        wanted: what the notebook should be called.
        files: regular files that end in .ipynb, the one with the right name first.
        more: the names of those that are too many to be looked at.
        others: at the top of the folder, the names of other files.
        problems: by name, why something that looks like a notebook is none.
        refused: why nothing at all was read; None where it was.
        timestamp: when it was handed in, as nbgrader writes it; None where that is not known.
        notes: what else its student is told: files left out, a time that cannot be read.
    """

    wanted: str
    files: tuple[File, ...] = ()
    more: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    problems: dict[str, Event] = field(default_factory=dict)
    refused: Event | None = None
    timestamp: str | None = None
    notes: tuple[Event, ...] = ()

    @property
    def size(self) -> int:
        """Bytes of all that was read."""
        return sum(len(file.data) for file in self.files)

    def digest(self) -> str:
        """Return a digest that is equal where the same was handed in, whenever that was."""
        files = (part for file in self.files for part in (file.name, file.unreadable, file.data))
        rest = (self.wanted, self.more, self.others, sorted(self.problems.items()), self.refused)
        return digest(*files, *rest, self.notes)


def read_folder(folder: Path, wanted: str) -> HandedIn:
    """Read what lies in a folder that was handed in. Raises nothing, whatever that is."""
    timestamp, untimed = read_timestamp(folder)
    notes = tuple(event for event in (untimed, _left_out(folder)) if event)
    try:
        _refuse_links(folder)
        problems: dict[str, Event] = {}
        found = list(_notebooks(folder, wanted, problems))
        files = tuple(_files(folder, found[:_MAX_NOTEBOOKS]))
        names = tuple(shown_name(str(path.relative_to(folder))) for path in found)
        return HandedIn(
            wanted,
            files,
            names[_MAX_NOTEBOOKS:],
            _others(folder) if not files else (),
            problems,
            timestamp=timestamp,
            notes=notes,
        )
    except Unreadable as why:
        refused = why.event
    except OSError as error:
        refused = _unopened(_THE_FILE, error)
    return HandedIn(wanted, refused=refused, timestamp=timestamp, notes=notes)


def shown_name(name: str) -> str:
    """Return a file's name as it can be shown to its student."""
    return name.encode("utf-8", "replace").decode("utf-8") if len(name) <= 80 else _THE_FILE


def _unopened(name: str, error: OSError) -> Event:
    reason = (error.strerror or "unknown reason").lower()
    return Event("not-opened", detail={"name": name, "reason": reason})


def _refuse_links(folder: Path) -> None:
    for path in (folder.parent, folder):
        if path.is_symlink():
            raise Unreadable("folder-is-link")
    if not stat.S_ISDIR(folder.lstat().st_mode):
        raise Unreadable("single-file")


def _notebooks(folder: Path, wanted: str, problems: dict[str, Event]) -> Iterator[Path]:
    """Find the regular files that end in .ipynb: the right name first, then the nearest."""
    found = []
    entries = 0
    queue = [(folder, 0)]
    while queue and entries < MAX_NAMES:
        place, depth = queue.pop(0)
        for entry in _entries(place, MAX_NAMES - entries):
            entries += 1
            if entry.name.startswith(".") or entry.name == "__MACOSX":
                continue
            path = Path(entry.path)
            name = str(path.relative_to(folder))
            if entry.is_dir(follow_symlinks=False):
                if depth < MAX_DEPTH:
                    queue.append((path, depth + 1))
                if name == wanted:
                    problems[name] = Event("is-folder", detail={"name": wanted})
            elif entry.name.lower().endswith(".ipynb"):
                if entry.is_file(follow_symlinks=False):
                    found.append((name != wanted, depth, path))
                else:
                    kind: Kind = "is-link" if entry.is_symlink() else "not-a-file"
                    problems[shown_name(name)] = Event(kind, detail={"name": shown_name(name)})
    return (path for _, _, path in sorted(found))


def _entries(place: Path, most: int) -> list[os.DirEntry[str]]:
    with os.scandir(place) as found:
        return sorted(islice(found, most), key=lambda entry: entry.name)


def _files(folder: Path, paths: list[Path]) -> Iterator[File]:
    """Their bytes, of all of them together at most ``MAX_FILE``."""
    room = MAX_FILE
    for path in paths:
        name = shown_name(str(path.relative_to(folder)))
        try:
            file = File(name, read_bytes(path, room))
        except Unreadable as why:
            file = File(name, unreadable=why.event)
        except OSError as error:
            file = File(name, unreadable=_unopened(name, error))
        room -= len(file.data)
        yield file


def _others(folder: Path) -> tuple[str, ...]:
    names = [
        entry.name
        for entry in _entries(folder, MAX_NAMES)
        if not entry.name.startswith(".") and entry.name not in ("timestamp.txt", LEFT_OUT)
    ]
    return tuple(map(shown_name, names[:MAX_FILES]))


def _left_out(folder: Path) -> Event | None:
    try:
        if folder.is_symlink() or folder.parent.is_symlink():
            return None
        text = read_bytes(folder / LEFT_OUT)[:_MAX_LEFT_OUT].decode("utf-8", "replace")
    except (OSError, Unreadable):
        return None
    lines = [shown_name(line) for line in text.splitlines() if line.strip()]
    return Event("left-out", detail={"others": lines, "most": MAX_BYTES / 1e6}) if lines else None


def read_bytes(path: Path, most: int | None = None) -> bytes:
    """Read a regular file of at most ``most`` bytes (default: ``MAX_FILE``).

    Raises Unreadable for anything else, and OSError.
    """
    most = MAX_FILE if most is None else most
    name = shown_name(path.name)
    try:
        file = open_regular(path)
    except NotAFile:
        raise Unreadable("not-a-file", name=name) from None
    with file:
        size = os.fstat(file.fileno()).st_size
        if size > most:
            sizes = {"mb": size / 1e6, "most": MAX_FILE / 1e6}
            kind: Kind = "too-large" if most == MAX_FILE else "too-large-together"
            raise Unreadable(kind, name=name, **sizes)
        return file.read(most)


def read_timestamp(folder: Path) -> tuple[str | None, Event | None]:
    """Read in timestamp.txt when it was handed in. Raises nothing.

    Returns the time as nbgrader writes it, or None; and why it cannot be read, or None.
    """
    found = ""
    try:
        if folder.is_symlink() or folder.parent.is_symlink():
            return None, None
        found = read_bytes(folder / "timestamp.txt")[:_MAX_TIMESTAMP].decode("ascii").strip()
        return f"{written(parse_time(found))}\n", None
    except (FileNotFoundError, NotADirectoryError):
        return None, None
    except (OSError, Unreadable, ValueError):
        shown = "".join(letter if letter.isprintable() else "?" for letter in found)
        return None, Event("time-unread", detail={"found": repr(shown) if shown else "no time"})
