"""What arrives while a class is watched, and taking it over into the course."""

import errno
import os
import shutil
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

#: How long a file has to look the same before it counts as written, in seconds: one whose end is
#: there, and one whose end is missing.
SETTLED, GIVEN_UP = 1.0, 30.0
_MAX_FILE = 100_000_000
_MAX_DEPTH = 3
_MAX_ENTRIES = 2_000


@dataclass(frozen=True)
class Arrival:
    """One attempt of a student.

    Attributes:
        key: names it for good, also after a restart.
        when: orders a student's attempts, in seconds since 1970.
        path: the folder or the notebook that was handed in.
    """

    student: str
    key: str
    when: float
    path: Path


class Inbox(Protocol):
    """A place where students hand in, and where they look for their feedback."""

    @property
    def place(self) -> str:
        """Where it is."""

    def arrivals(self, now: float, is_new: Callable[[Arrival], bool]) -> list[Arrival]:
        """What is new there and complete, several attempts of a student included."""

    def collect(self, arrival: Arrival) -> None:
        """Make it what its student has submitted. Raises OSError."""

    def answer(self, arrival: Arrival, page: bytes) -> None:
        """Put its feedback where its student finds it. Raises OSError."""

    def tell(self, arrival: Arrival, page: bytes) -> None:
        """Put something there that is not its feedback yet. Raises OSError."""


class Settling:
    """Knows since when things have looked as they do, to tell what is still being written."""

    def __init__(self) -> None:
        self._since: dict[str, tuple[object, float]] = {}

    def seconds(self, key: str, looks: object, now: float) -> float:
        """For how long ``key`` has looked like that; 0 where it is new or has changed."""
        if key not in self._since or self._since[key][0] != looks:
            self._since[key] = (looks, now)
        return now - self._since[key][1]


def is_possible_id(student: str) -> bool:
    """Whether an id that comes from outside may become the name of a folder."""
    plain = student.isprintable() and not {"/", "\\"} & set(student)
    return plain and not student.startswith((".", " ")) and student != ""


def looks(path: Path) -> tuple[tuple[str, int, int], ...]:
    """The names, sizes and times of the files in a folder, or of one file. Raises OSError."""
    if not path.is_dir():
        status = path.lstat()
        return ((path.name, status.st_size, status.st_mtime_ns),)
    return tuple(
        sorted((name, status.st_size, status.st_mtime_ns) for name, _, status in _files(path))
    )


def open_plain(path: Path | str, directory: int | None = None) -> BinaryIO:
    """Open a regular file. Raises OSError, also where it is a link or something else."""
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    file = os.fdopen(os.open(path, flags, dir_fd=directory), "rb")
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        file.close()
        raise OSError(errno.EINVAL, "Not a file", str(path))
    return file


def take_over(source: Path, target: Path) -> None:
    """Copy the regular files of a folder, or one file, in place of ``target``, a folder.

    Links and whatever else is no file are left out, and so is what is too large, too deep or too
    much: the student may change all of it while it is read. Raises OSError.
    """
    fresh = target.with_name(f".{target.name}.arriving")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    if source.is_dir():
        for name, directory, status in _files(source):
            if status.st_size <= _MAX_FILE:
                (fresh / name).parent.mkdir(parents=True, exist_ok=True)
                with open_plain(Path(name).name, directory) as file:
                    (fresh / name).write_bytes(file.read(_MAX_FILE))
    else:
        with open_plain(source) as file:
            (fresh / source.name).write_bytes(file.read(_MAX_FILE))
    gone = target.with_name(f".{target.name}.gone")
    shutil.rmtree(gone, ignore_errors=True)
    if target.is_dir():
        target.rename(gone)
    fresh.rename(target)
    shutil.rmtree(gone, ignore_errors=True)


def _files(folder: Path) -> Iterator[tuple[str, int, os.stat_result]]:
    """Each regular file: its name in the folder, a descriptor of where it lies, its status."""
    entries = 0
    for place, folders, names, directory in os.fwalk(folder, follow_symlinks=False):
        inside = Path(place).relative_to(folder)
        if len(inside.parts) >= _MAX_DEPTH:
            folders.clear()
        for name in sorted(names):
            entries += 1
            if entries > _MAX_ENTRIES:
                return
            status = os.stat(name, dir_fd=directory, follow_symlinks=False)
            if stat.S_ISREG(status.st_mode):
                yield str(inside / name), directory, status
