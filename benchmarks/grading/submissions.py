"""The class that is graded: the sample class without what only ours can read, and more crashes."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import nbformat

from autograder.course import Course
from autograder.demo.sample_class import Bank, Sample, sample_class
from autograder.release import read_source

Kind = Literal["ordinary", "crash", "hang"]

#: Samples that are no notebooks, or that cheat: what nbgrader does with them is not its speed.
_LEFT_OUT = (
    "empty-file",
    "cut-off-file",
    "not-a-notebook",
    "wrong-assignment",
    "wrong-name",
    "link-to-another",
    "huge-output",
    "forged-points",
    "patched-numpy",
    "equals-everything",
    "copied-test-cell",
    "deleted-cells",
)
_LOOP = "while True:\n        pass"
_EXIT = "import os\n\n    os._exit(0)"
#: How many of a hundred submissions end Python, and how many never end.
_CRASHES, _HANGS = 6, 4


@dataclass(frozen=True)
class Submission:
    """What a student hands in. An "ordinary" one, right or mistaken, ends by itself."""

    student: str
    kind: Kind
    notebook: bytes


def bank_of(course: Course, name: str) -> Bank:
    """The known answers to a released assignment."""
    released = nbformat.read(course.release / name / f"{name}.ipynb", as_version=4)
    return Bank.load(course.solutions / name, read_source(course, name), released)


def submissions(bank: Bank, count: int) -> list[Submission]:
    """A class of ``count``, the same each time; at least one of each kind."""
    crashes, hangs = (max(1, round(count * share / 100)) for share in (_CRASHES, _HANGS))
    places = [*bank.functions[1::2], *bank.functions[::2]]
    made = [
        _broken(bank, kind, body, places[i % len(places)])
        for kind, body, number in (("crash", _EXIT, crashes), ("hang", _LOOP, hangs))
        for i in range(number)
    ]
    ordinary = _ordinary(bank)
    return [next(ordinary) for _ in range(count - len(made))] + made


def _ordinary(bank: Bank) -> Iterator[Submission]:
    seen, many = 0, 32
    while True:
        samples = sample_class(bank, many)
        for sample in samples[seen:]:
            kind = sample.student.split("-", 2)[2]
            if kind not in (*_LEFT_OUT, "endless-loop", "leaves-python"):
                yield Submission(sample.student, "ordinary", _notebook(bank, sample))
        seen, many = many, 2 * many


def _notebook(bank: Bank, sample: Sample) -> bytes:
    return sample.files[f"{bank.name}.ipynb"]


def _broken(bank: Bank, kind: Kind, body: str, name: str) -> Submission:
    notebook = bank.notebook(bank.with_body(name, body))
    return Submission(f"{kind}-{name}", kind, nbformat.writes(notebook).encode())


def hand_in(found: list[Submission], folder: Path, name: str) -> None:
    """Put them where nbgrader collects them, under ``folder``."""
    for submission in found:
        place = folder / submission.student / name
        place.mkdir(parents=True)
        (place / f"{name}.ipynb").write_bytes(submission.notebook)
