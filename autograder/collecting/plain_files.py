"""Regular files in places where students may change what is theirs at any moment.

Folders and files are opened themselves, never what a link leads to, and what is copied is what was
seen before, or nothing.
"""

import errno
import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from autograder.files import open_regular
from autograder.submissions.handed_in import LEFT_OUT, MAX_BYTES, MAX_DEPTH, MAX_FILES, MAX_NAMES

_CHUNK = 1_000_000
#: Files that are written beside a student's.
_OURS = ("timestamp.txt", LEFT_OUT)


class File(NamedTuple):
    """A file as it was seen.

    Attributes:
        name: with its path in the folder that was handed in.
        size: in bytes.
        changed: nanoseconds since 1970, by the clock of the machine; a student cannot set it.
        owner: the user's number.
        kept: whether there is room for it in what one submission may take.
    """

    name: str
    size: int
    changed: int
    owner: int
    kept: bool = True


def is_notebook(name: str) -> bool:
    """Tell whether a file is called a notebook."""
    return name.lower().endswith(".ipynb")


@contextmanager
def opened(folder: Path) -> Iterator[int]:
    """Open a folder; gives its descriptor. Raises OSError, also where it is a link."""
    flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
    descriptor = os.open(folder, flags)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def listing(path: Path) -> tuple[File, ...]:
    """List the regular files of a folder, by name, or one file.

    Links, whatever else is no file, hidden files and folders, folders with a name that a file of
    ours has, and what is too deep are left out.
    Raises OSError.
    """
    try:
        with opened(path) as folder:
            return files_in(folder)
    except NotADirectoryError:
        with open_regular(path) as file:
            return _with_room((_seen(path.name, os.fstat(file.fileno())),))


def files_in(folder: int) -> tuple[File, ...]:
    """List as `listing` does; ``folder`` is a folder's descriptor. Raises OSError."""
    return _with_room(tuple(file for file, _ in _walk(folder)))


def _walk(folder: int) -> Iterator[tuple[File, int]]:
    """Yield the files, each with a descriptor of the folder that it lies in, open until the next.

    Raises OSError.
    """
    entries = 0
    for place, folders, names, directory in os.fwalk(".", dir_fd=folder, follow_symlinks=False):
        entries += 1
        folders[:] = sorted(
            name for name in folders if not name.startswith(".") and name not in _OURS
        )
        inside = Path(place)
        if len(inside.parts) >= MAX_DEPTH:
            folders.clear()
        if entries > MAX_NAMES:
            return
        for name in sorted(names):
            entries += 1
            if entries > MAX_NAMES:
                return
            status = os.stat(name, dir_fd=directory, follow_symlinks=False)
            if stat.S_ISREG(status.st_mode) and not name.startswith("."):
                yield _seen(str(inside / name), status), directory


def _with_room(files: tuple[File, ...]) -> tuple[File, ...]:
    """Say of each whether there is room for it: notebooks come first, then what is small."""
    kept: set[File] = set()
    room = MAX_BYTES
    for file in sorted(
        files, key=lambda f: (not f.name.lower().endswith(".ipynb"), f.size, f.name)
    ):
        if file.size > room or len(kept) == MAX_FILES:
            break
        room -= file.size
        kept.add(file)
    return tuple(file if file in kept else file._replace(kept=False) for file in files)


def copy_in(source: Path, files: tuple[File, ...], target: Path) -> None:
    """Copy the files that were seen in a folder, or the one file, in place of a folder ``target``.

    For what there is no room, its name is written down, so that its student is told. Raises
    OSError, also where one of the files is not as it was seen.
    """
    fresh = target.with_name(f".{target.name}.arriving")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    kept = {file for file in files if file.kept}
    left = set(kept)
    try:
        with opened(source) as folder:
            for file, directory in _walk(folder):
                if file in left:
                    _copy(Path(file.name).name, directory, file, fresh)
                    left.remove(file)
    except NotADirectoryError:
        for file in kept:  # there is one, unless a link has taken the folder's place
            _copy(source, None, file, fresh)
        left.clear()
    if left:
        raise OSError(errno.ESTALE, "It changed while it was collected", str(source))
    if names := [file.name for file in files if not file.kept]:
        (fresh / LEFT_OUT).write_text("\n".join(names), encoding="utf-8", errors="replace")
    gone = target.with_name(f".{target.name}.gone")
    shutil.rmtree(gone, ignore_errors=True)
    if target.is_dir():
        target.rename(gone)
    fresh.rename(target)
    shutil.rmtree(gone, ignore_errors=True)


def _copy(path: Path | str, directory: int | None, seen: File, target: Path) -> None:
    """Copy a file through its descriptor; a change before the end of that is an OSError."""
    place = target / seen.name
    place.parent.mkdir(parents=True, exist_ok=True)
    with open_regular(path, directory) as file, place.open("wb") as copied:
        room = seen.size
        while chunk := file.read(min(_CHUNK, room)):
            copied.write(chunk)
            room -= len(chunk)
        if _seen(seen.name, os.fstat(file.fileno())) != seen:
            raise OSError(errno.ESTALE, "It changed while it was collected", seen.name)


def _seen(name: str, status: os.stat_result) -> File:
    return File(name, status.st_size, status.st_ctime_ns, status.st_uid)
