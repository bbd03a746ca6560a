"""Digests of files: equal where names and contents are."""

import hashlib
from collections.abc import Iterable
from pathlib import Path


def files_digest(folder: Path, paths: Iterable[Path]) -> str:
    """Of files in a folder, in whatever order they come."""
    digest = hashlib.sha256()
    for path in sorted(set(paths)):
        digest.update(repr((path.relative_to(folder).as_posix(), path.read_bytes())).encode())
    return digest.hexdigest()
