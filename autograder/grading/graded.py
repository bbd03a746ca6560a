"""What grading a notebook gives."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import nbformat
from nbformat import NotebookNode

from autograder.events import Event, events_from

_MADE_OF_PARTS = ("notebook", "cells", "events")


@dataclass(frozen=True)
class CellGrade:
    """The grade of one graded cell.

    Attributes:
        grade_id: its name.
        points: what it got, between 0 and ``max_points``; None where a person has to grade it.
        max_points: what it can get.
        verdict: the Verdict of its hidden test as plain data; None where there was none.
        error: why there is no verdict.
        seconds: wall-clock time of its test.
        needs_manual: a person has to look at it: a written answer, or a test that failed by itself.
    """

    grade_id: str
    points: float | None
    max_points: float
    verdict: dict[str, Any] | None = None
    error: Event | None = None
    seconds: float = 0.0
    needs_manual: bool = False

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain data, ready for JSON."""
        return {**vars(self), "error": self.error and self.error.to_dict()}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> "CellGrade":
        """Return what `to_dict` wrote. Raises KeyError and TypeError for anything else."""
        error = data["error"]
        return cls(**{**data, "error": error and Event.from_dict(error)})


@dataclass(frozen=True)
class Graded:
    """A graded notebook.

    Attributes:
        notebook: it, with outputs.
        cells: the graded cells' grades, in order.
        events: what happened on the way: repairs, crashes, timeouts.
        seconds: wall-clock time.
        cpu_seconds: processor time, the examiner's and the student's.
        sandboxes: how many were started.
        peak_mb: the student's largest process.
    """

    notebook: NotebookNode
    cells: tuple[CellGrade, ...]
    events: tuple[Event, ...] = ()
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    sandboxes: int = 0
    peak_mb: float = 0.0

    @property
    def points(self) -> float:
        """The sum of what was graded by machine."""
        return round(sum(cell.points or 0.0 for cell in self.cells), 2)

    @property
    def max_points(self) -> float:
        """What can be got in all."""
        return sum(cell.max_points for cell in self.cells)

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain data, ready for JSON."""
        return {
            **{k: v for k, v in vars(self).items() if k not in _MADE_OF_PARTS},
            "notebook": self.notebook,
            "cells": [cell.to_dict() for cell in self.cells],
            "events": [event.to_dict() for event in self.events],
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> "Graded":
        """Return what `to_dict` wrote. Raises KeyError and TypeError for anything else."""
        rest = {k: v for k, v in data.items() if k not in _MADE_OF_PARTS}
        cells = tuple(CellGrade.from_dict(cell) for cell in data["cells"])
        events = events_from(data["events"])
        return cls(nbformat.from_dict(data["notebook"]), cells, events, **rest)
