"""Files that are never half written, and files that are what they seem."""

import errno
import os
import stat
from pathlib import Path
from secrets import token_hex
from typing import BinaryIO


class NotAFile(OSError):
    """It is a folder, a pipe or something else in a file's place."""


def write_atomically(path: Path, content: str | bytes, *, for_all: bool = False) -> None:
    """Write a file so that a reader, or a killed run, never sees half of it.

    Who may read it is decided by the umask; with ``for_all`` every user may. Raises OSError.
    """
    data = content.encode("utf-8") if isinstance(content, str) else content
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.{token_hex(4)}")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    with os.fdopen(os.open(fresh, flags, 0o666), "wb") as file:
        try:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
            if for_all:
                os.fchmod(file.fileno(), 0o644)
            fresh.replace(path)
        except BaseException:
            fresh.unlink(missing_ok=True)
            raise


def open_regular(path: Path | str, directory: int | None = None) -> BinaryIO:
    """Open a regular file to read it; never what a link leads to.

    ``directory`` is the descriptor of the folder in which a relative path begins. Raises NotAFile,
    and OSError, also for a link.
    """
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    descriptor = os.open(path, flags, dir_fd=directory)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise NotAFile(errno.EINVAL, "Not a file", str(path))
        return os.fdopen(descriptor, "rb")
    except BaseException:  # os.fdopen leaves a folder's descriptor open
        os.close(descriptor)
        raise


def is_disk_trouble(error: OSError) -> bool:
    """Tell whether a disk is full or failing, which every other file there would meet as well."""
    return error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO)
