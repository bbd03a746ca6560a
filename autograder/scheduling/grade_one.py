"""What is done for one submission, in whatever process and on whatever machine.

All that it takes comes as data, and all that comes of it goes back as data: nothing is written.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import nbformat

from autograder.assignment import Assignment
from autograder.course import Course
from autograder.dependencies.digests import digest
from autograder.grading.cached import cached_or_graded, submission_key
from autograder.grading.results import Done, readable, result_text
from autograder.options import Options
from autograder.submissions.handed_in import HandedIn
from autograder.submissions.repair import Repaired
from autograder.submissions.sanitise import sanitise, sanitised_text


@dataclass(frozen=True)
class AssignmentData:
    """An assignment as data: the instructor's notebook, the released one, the limits."""

    name: str
    source: str
    released: str
    options: Options

    @classmethod
    def read(cls, course: Course, name: str, options: Options) -> "AssignmentData":
        """Read assignment ``name`` from the course. Raises OSError where it is not released."""
        source, released = (
            (folder / name / f"{name}.ipynb").read_text(encoding="utf-8")
            for folder in (course.source, course.release)
        )
        return cls(name, source, released, options)


@dataclass(frozen=True)
class GradingSetup:
    """All that is needed to grade submissions of one assignment, made once in each process."""

    assignment: Assignment
    options: Options

    @classmethod
    def of(cls, data: AssignmentData, solutions_dir: Path) -> "GradingSetup":
        """Make it of ``data``; ``solutions_dir`` is the folder with the hidden tests."""
        source, released = (
            nbformat.reads(text, as_version=4) for text in (data.source, data.released)
        )
        return cls(Assignment(data.name, source, released, solutions_dir), data.options)

    def fingerprint(self) -> str:
        """Return a digest of whatever decides what comes of a submission, this program included."""
        blank = Repaired(self.assignment.template.notebook, "whole")
        return submission_key(blank, self.assignment, self.options)


@dataclass(frozen=True)
class Submission:
    """What is to be graded.

    Attributes:
        student: whose it is.
        handed_in: what was handed in.
        origin: a digest of that, and of all else that the result depends on.
        earlier: the file of the result that is kept already; b"" where there is none or where it
            is not to be used.
    """

    student: str
    handed_in: HandedIn
    origin: str
    earlier: bytes = b""


@dataclass(frozen=True)
class Finished:
    """What comes of a submission: its record, the clean notebook, the text of the result's file."""

    done: Done
    timestamp: str | None
    sanitised: str
    result: str


def grade_submission(setup: GradingSetup, submission: Submission) -> Finished:
    """Make a submission readable and grade it, unless its earlier result still holds.

    Raises what `grade_notebook` raises.
    """
    repaired = sanitise(submission.handed_in, setup.assignment.template)
    earlier = readable(submission.earlier)
    key, graded = cached_or_graded(repaired, setup.assignment, setup.options, earlier)
    done = Done(
        student=submission.student,
        key=key,
        reused=earlier is not None and earlier[0] == key,
        state=repaired.state,
        events=graded.events,
        hints=sum(bool(cell.verdict and cell.verdict.get("mistake")) for cell in graded.cells),
        seconds=graded.seconds,
        cpu_seconds=graded.cpu_seconds,
    )
    text = sanitised_text(repaired)
    about = {"origin": submission.origin, "sanitised": digest(text), "done": asdict(done)}
    return Finished(done, submission.handed_in.timestamp, text, result_text(key, graded, about))


def unchanged(about: Mapping[str, Any], origin: str, sanitised: Path) -> Done | None:
    """Return the record in the first line of a result, ``about``, if it is of that ``origin``.

    None where it is not, or where the clean notebook ``sanitised`` is not the one it was made of.
    """
    try:
        if about["origin"] != origin:
            return None
        if digest(sanitised.read_text(encoding="utf-8")) != about["sanitised"]:
            return None
        return replace(Done.from_dict(about["done"]), reused=True)
    except (OSError, ValueError, KeyError, TypeError):
        return None
