"""The numbers by which learning platforms know students, from the names of downloaded files.

Kept for each assignment: Moodle numbers its participants anew in each.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from autograder.files import write_atomically


@dataclass(frozen=True)
class LmsNumbers:
    """By student: Canvas' number of them, and Moodle's number of the participant."""

    canvas: Mapping[str, str] = field(default_factory=dict)
    moodle: Mapping[str, str] = field(default_factory=dict)


def read_numbers(root: Path, assignment: str) -> LmsNumbers:
    """Read what is kept in the course folder ``root``; nothing where there is none."""
    try:
        return LmsNumbers(**json.loads(_path(root, assignment).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return LmsNumbers()


def add_numbers(root: Path, assignment: str, numbers: LmsNumbers) -> None:
    """Keep more of them. Raises OSError."""
    before = read_numbers(root, assignment)
    canvas = {**before.canvas, **numbers.canvas}
    moodle = {**before.moodle, **numbers.moodle}
    text = json.dumps(asdict(LmsNumbers(canvas, moodle)))
    write_atomically(_path(root, assignment), text)


def _path(root: Path, assignment: str) -> Path:
    return root / ".lms" / f"{assignment}.json"
