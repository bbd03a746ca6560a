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
from typing import BinaryIO, NamedTuple

_MAX_FILE, _MAX_TOTAL = 100_000_000, 500_000_000
_MAX_DEPTH, _MAX_ENTRIES = 3, 2_000


class File(NamedTuple):
    """A file as it was seen.

    Attributes:
        name: with its path in the folder that was handed in.
        size: in bytes.
        changed: nanoseconds since 1970, by the clock of the machine; a student cannot set it.
        owner: the user's number.
    """

    name: str
    size: int
    changed: int
    owner: int


@contextmanager
def opened(folder: Path) -> Iterator[int]:
    """Open a folder; gives its descriptor. Raises OSError, also where it is a link."""
    flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
    descriptor = os.open(folder, flags)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def open_plain(path: Path | str, directory: int | None = None) -> BinaryIO:
    """Open a regular file. Raises OSError, also where it is a link or something else."""
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    file = os.fdopen(os.open(path, flags, dir_fd=directory), "rb")
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        file.close()
        raise OSError(errno.EINVAL, "Not a file", str(path))
    return file


def listing(path: Path) -> tuple[File, ...]:
    """List the regular files of a folder, by name, or one file.

    Links and whatever else is no file are left out, and so is what is too large, too deep or too
    much. Raises OSError.
    """
    try:
        with opened(path) as folder:
            return tuple(file for file, _ in files_in(folder))
    except NotADirectoryError:
        with open_plain(path) as file:
            return (_seen(path.name, os.fstat(file.fileno())),)


def files_in(folder: int) -> Iterator[tuple[File, int]]:
    """Yield the files of `listing`, each with a descriptor of the folder that it lies in."""
    entries = total = 0
    for place, folders, names, directory in os.fwalk(".", dir_fd=folder, follow_symlinks=False):
        folders.sort()
        inside = Path(place)
        if len(inside.parts) >= _MAX_DEPTH:
            folders.clear()
        for name in sorted(names):
            status = os.stat(name, dir_fd=directory, follow_symlinks=False)
            entries += 1
            if entries > _MAX_ENTRIES:
                return
            if stat.S_ISREG(status.st_mode) and status.st_size <= _MAX_FILE:
                total += status.st_size
                if total > _MAX_TOTAL:
                    return
                yield _seen(str(inside / name), status), directory


def copy_in(source: Path, files: tuple[File, ...], target: Path) -> None:
    """Copy the files that were seen in a folder, or the one file, in place of a folder ``target``.

    Raises OSError, also where one of them is not as it was seen.
    """
    fresh = target.with_name(f".{target.name}.arriving")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    left = set(files)
    try:
        with opened(source) as folder:
            for file, directory in files_in(folder):
                if file in left:
                    _copy(Path(file.name).name, directory, file, fresh)
                    left.remove(file)
    except NotADirectoryError:
        for file in files:  # there is one, unless a link has taken the folder's place
            _copy(source, None, file, fresh)
        left.clear()
    if left:
        raise OSError(errno.ESTALE, "It changed while it was collected", str(source))
    gone = target.with_name(f".{target.name}.gone")
    shutil.rmtree(gone, ignore_errors=True)
    if target.is_dir():
        target.rename(gone)
    fresh.rename(target)
    shutil.rmtree(gone, ignore_errors=True)


def _copy(path: Path | str, directory: int | None, seen: File, target: Path) -> None:
    (target / seen.name).parent.mkdir(parents=True, exist_ok=True)
    with open_plain(path, directory) as file:
        if _seen(seen.name, os.fstat(file.fileno())) != seen:
            raise OSError(errno.ESTALE, "It changed while it was collected", seen.name)
        (target / seen.name).write_bytes(file.read(_MAX_FILE))


def _seen(name: str, status: os.stat_result) -> File:
    return File(name, status.st_size, status.st_ctime_ns, status.st_uid)
