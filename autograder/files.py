"""Files that are never half written."""

import errno
import os
from pathlib import Path
from secrets import token_hex


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


def is_disk_trouble(error: OSError) -> bool:
    """Tell whether a disk is full or failing, which every other file there would meet as well."""
    return error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO)
