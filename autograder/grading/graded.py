"""What grading a notebook gives."""

import json
from dataclasses import asdict, dataclass
from typing import Any

import nbformat
from nbformat import NotebookNode


@dataclass(frozen=True)
class CellGrade:
    """The grade of one graded cell.

    Attributes:
        grade_id: its name.
        points: what it got, between 0 and ``max_points``; None where a person has to grade it.
        max_points: what it can get.
        verdict: the Verdict of its hidden test as plain data; None where there was none.
        error: why there is no verdict, in words for the instructor.
        seconds: wall-clock time of its test.
        needs_manual: a person has to look at it: a written answer, or a test that failed by itself.
    """

    grade_id: str
    points: float | None
    max_points: float
    verdict: dict[str, Any] | None = None
    error: str | None = None
    seconds: float = 0.0
    needs_manual: bool = False


@dataclass(frozen=True)
class Graded:
    """A graded notebook.

    Attributes:
        notebook: it, with outputs.
        cells: the graded cells' grades, in order.
        log: what happened on the way, for the instructor: repairs, crashes, timeouts.
        seconds: wall-clock time.
        cpu_seconds: processor time, the examiner's and the student's.
        sandboxes: how many were started.
        peak_mb: the student's largest process.
    """

    notebook: NotebookNode
    cells: tuple[CellGrade, ...]
    log: tuple[str, ...] = ()
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
        """As plain data, ready for JSON."""
        return {
            **{k: v for k, v in vars(self).items() if k not in ("notebook", "cells", "log")},
            "notebook": json.loads(json.dumps(self.notebook)),
            "cells": [asdict(cell) for cell in self.cells],
            "log": list(self.log),
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> "Graded":
        """What `to_dict` wrote. Raises KeyError and TypeError for anything else."""
        rest = {k: v for k, v in data.items() if k not in ("notebook", "cells", "log")}
        cells = tuple(CellGrade(**cell) for cell in data["cells"])
        return cls(nbformat.from_dict(data["notebook"]), cells, tuple(data["log"]), **rest)
