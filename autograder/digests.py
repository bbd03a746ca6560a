"""Digests of files: equal where names and contents are."""

import hashlib
from collections.abc import Iterable
from functools import cache
from pathlib import Path

#: The folder of this program.
PROGRAM = Path(__file__).resolve().parent


def files_digest(folder: Path, paths: Iterable[Path]) -> str:
    """Of files in a folder, in whatever order they come."""
    digest = hashlib.sha256()
    for path in sorted(set(paths)):
        digest.update(repr((path.relative_to(folder).as_posix(), path.read_bytes())).encode())
    return digest.hexdigest()


@cache
def sources_digest(folder: Path) -> str:
    """Return a digest of the Python files in and under a folder, as they were at first sight."""
    return files_digest(folder, folder.rglob("*.py"))
