"""Digests, equal where what they are made of is equal, and stamps, which keep them."""

import hashlib
import json
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

from autograder.files import write_atomically

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


class Stamp:
    """A file beside something that was made, with what that was made of."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def holds(self, made_of: Any) -> bool:
        """Tell whether it was written last for the same, which is plain data."""
        try:
            return bool(json.loads(self._path.read_text(encoding="utf-8")) == made_of)
        except (OSError, ValueError):
            return False

    def write(self, made_of: Any) -> None:
        """Keep what something is made of, once it is made."""
        write_atomically(self._path, json.dumps(made_of))

    def clear(self) -> None:
        """Forget it, before something is made anew."""
        self._path.unlink(missing_ok=True)
