"""Results kept between grading a notebook and writing its points into the gradebook.

The first line of a result's file is short: all that a later run has to know to leave it as it is.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autograder.events import Event, State, events_from
from autograder.files import write_atomically
from autograder.grading.graded import Graded


@dataclass(frozen=True)
class Done:
    """A graded submission, as far as the starting process needs it.

    Attributes:
        student: whose it is.
        key: the key of its result.
        reused: whether that was kept already.
        state: how its notebook came to be.
        events: what happened to it.
        hints: how many known mistakes were named.
        seconds: wall-clock time that grading it took.
        cpu_seconds: processor time that grading it took.
    """

    student: str
    key: str
    reused: bool
    state: State
    events: tuple[Event, ...]
    hints: int
    seconds: float
    cpu_seconds: float

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> "Done":
        """Return what ``dataclasses.asdict`` took apart. Raises KeyError and TypeError."""
        return cls(**{**data, "events": events_from(data["events"])})


def result_path(course_dir: Path, assignment: str, student: str) -> Path:
    """Return where the result of a student's submission is kept."""
    return course_dir / "results" / assignment / f"{student}.json"


def cached(path: Path) -> tuple[str, Graded] | None:
    """Read the result kept under ``path``, and its key; None where none can be read."""
    try:
        return readable(path.read_bytes())
    except OSError:
        return None


def stored(path: Path, key: str) -> Graded | None:
    """Read the result kept under ``path``, if there is one and it has that key."""
    found = cached(path)
    return found[1] if found is not None and found[0] == key else None


def store(path: Path, key: str, graded: Graded) -> None:
    """Keep a result; a reader sees the old one or the new one, never half of it."""
    write_atomically(path, result_text(key, graded))


def result_text(key: str, graded: Graded, about: Mapping[str, Any] | None = None) -> str:
    """Return what a result's file holds; ``about`` goes into its first line."""
    head = json.dumps({"key": key, **(about or {})})
    return f'{head[:-1]},\n"graded": {json.dumps(graded.to_dict())}}}'


def parse(data: bytes) -> tuple[str, Graded]:
    """Read the key and the result in a file's bytes. Raises ValueError for anything else."""
    try:
        content = json.loads(data)
        return str(content["key"]), Graded.from_dict(content["graded"])
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"no result: {error!r}") from None


def readable(data: bytes) -> tuple[str, Graded] | None:
    """Read as `parse` does; None for anything else."""
    try:
        return parse(data)
    except ValueError:
        return None


def about(path: Path) -> dict[str, Any]:
    """Read what the first line of a result's file says; {} where it says nothing."""
    try:
        with path.open("rb") as file:
            found = json.loads(file.readline(1_000_000).rstrip(b",\n") + b"}")
        return found if isinstance(found, dict) else {}
    except (OSError, ValueError):
        return {}


def sweep(folder: Path) -> None:
    """Remove what a run that was killed while it wrote has left behind."""
    for left_behind in folder.glob(".*.json.*"):
        left_behind.unlink(missing_ok=True)
