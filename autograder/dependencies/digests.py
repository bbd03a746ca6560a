"""Digests: equal where what they are made of is equal."""

import hashlib
from collections.abc import Iterable
from functools import cache
from pathlib import Path

#: This package's folder.
PROGRAM = Path(__file__).resolve().parents[1]


def digest(*parts: object) -> str:
    """Digest bytes as they are, and all else by its representation. Returns 64 hex digits."""
    made = hashlib.sha256()
    for part in parts:
        data = part if isinstance(part, bytes) else repr(part).encode()
        made.update(f"{type(part).__name__} {len(data)}\n".encode())
        made.update(data)
    return made.hexdigest()


def files_digest(folder: Path, paths: Iterable[Path]) -> str:
    """Digest files by their contents and their names in a folder, in whatever order they come."""
    parts = ((p.relative_to(folder).as_posix(), p.read_bytes()) for p in sorted(set(paths)))
    return digest(*(part for name_and_data in parts for part in name_and_data))


@cache
def sources_digest(folder: Path) -> str:
    """Digest the Python files in a folder, as they are when this is first asked."""
    return files_digest(folder, folder.rglob("*.py"))
