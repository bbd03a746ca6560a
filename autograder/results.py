"""Results kept between grading a notebook and writing its points into the gradebook."""

import json
from pathlib import Path

from autograder.course import write_atomically
from autograder.graded import Graded


def result_path(course_dir: Path, assignment: str, student: str) -> Path:
    """Where the result of a student's submission is kept."""
    return course_dir / "results" / assignment / f"{student}.json"


def stored(path: Path, key: str) -> Graded | None:
    """The result kept under ``path``, if there is one and it has that key."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        return Graded.from_dict(data["graded"]) if data["key"] == key else None
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def store(path: Path, key: str, graded: Graded) -> None:
    """Keep a result; a reader sees the old one or the new one, never half of it."""
    write_atomically(path, json.dumps({"key": key, "graded": graded.to_dict()}))
