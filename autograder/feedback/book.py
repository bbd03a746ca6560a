"""Where in the book a section stands, found by its label in the book's sources."""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from autograder.course import REPOSITORY

_LABELLED = re.compile(r"^\(([\w-]+)\)=\n#+ +(.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Section:
    """A section of the book: its label, its title, and the path of its page without a suffix."""

    label: str
    title: str
    page: str

    def url(self, book: str) -> str:
        """Return its address, where ``book`` is the address at which the book is published."""
        return f"{book.rstrip('/')}/{self.page}.html#{self.label}"


@cache
def sections(book: Path = REPOSITORY / "book") -> dict[str, Section]:
    """Read the labelled sections of the book's Markdown files, by label."""
    found = {}
    for path in sorted(book.rglob("*.md")):
        page = f"book/{path.relative_to(book).with_suffix('').as_posix()}"
        for label, title in _LABELLED.findall(path.read_text(encoding="utf-8")):
            found[label] = Section(label, title.strip(), page)
    return found
