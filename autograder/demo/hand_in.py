"""Puts the sample class into ``submitted/``, beside whoever else is there."""

import contextlib
import json
import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import nbformat

from autograder.course import Course
from autograder.demo.sample_class import Bank, Sample, sample_class
from autograder.files import write_atomically
from autograder.grading.results import result_path
from autograder.nbgrader_log import nbgrader_logged
from autograder.release import read_source

_FIRST_HANDED_IN = datetime(2026, 3, 2, 9, 0)


@dataclass(frozen=True)
class Made:
    """The sample class: ``foreign`` are folders of that name which somebody else made."""

    samples: Sequence[Sample]
    written: Sequence[str]
    kept: Sequence[str]
    foreign: Sequence[str]


def make_class(course: Course, assignment: str, count: int, answers_only: bool = False) -> Made:
    """Write the first ``count`` sample submissions, where they are not there already.

    With ``answers_only``, of the class in which everybody hands in answers.

    Which of the folders under ``submitted/`` are ours is kept in a file; others are left alone.
    Raises Problem where the assignment is not released.
    """
    course.require_released(assignment)
    released = course.release / assignment / f"{assignment}.ipynb"
    bank = Bank.load(
        course.solutions / assignment,
        read_source(course, assignment),
        nbformat.read(released, as_version=4),
    )
    samples = sample_class(bank, count, answers_only)
    record = course.submitted / f".samples-{assignment}.json"
    ours = set(json.loads(record.read_text()) if record.is_file() else [])
    most = max([count, *map(_number, ours)])
    known = {s.student for s in sample_class(bank, most, answers_only)}
    for student in sorted(ours - known):
        _retire(course, assignment, student)
        ours.remove(student)
    folders = {s.student: course.submitted / s.student / assignment for s in samples}
    foreign = [s for s, f in folders.items() if os.path.lexists(f) and s not in ours]
    write_atomically(record, json.dumps(sorted(ours | set(folders) - set(foreign))))
    written: list[str] = []
    kept: list[str] = []
    for i, sample in enumerate(samples):
        if sample.student in foreign:
            continue
        when = _FIRST_HANDED_IN + timedelta(minutes=17 * i)
        fresh = _put(folders[sample.student], sample, f"{when} UTC\n", f"{assignment}.ipynb")
        (written if fresh else kept).append(sample.student)
    return Made(samples, written, kept, foreign)


def _number(student: str) -> int:
    return int(student.split("-")[1])


def _retire(course: Course, assignment: str, student: str) -> None:
    """Remove all files and grades of a sample that is not of the class any more.

    Its kind is gone since the known mistakes changed.
    """
    from nbgrader.api import Gradebook, MissingEntry

    for place in (course.submitted, course.sanitised, course.autograded, course.feedback):
        shutil.rmtree(place / student / assignment, ignore_errors=True)
        with contextlib.suppress(OSError):
            (place / student).rmdir()
    result_path(course.root, assignment, student).unlink(missing_ok=True)
    with (
        nbgrader_logged(course.log),
        Gradebook(course.config().CourseDirectory.db_url) as book,
        contextlib.suppress(MissingEntry),
    ):
        book.remove_submission(assignment, student)


def _put(folder: Path, sample: Sample, timestamp: str, notebook: str) -> bool:
    """Make ``folder`` hold just a sample's files; returns False where it did already.

    ``timestamp`` is when it was handed in, ``notebook`` the name under which a link is put.
    """
    files = {**sample.files, "timestamp.txt": timestamp.encode()}
    links = {notebook: sample.link} if sample.link else {}
    if folder.is_dir() and not folder.is_symlink():
        there = list(folder.iterdir())
        now = {p.name: p.read_bytes() for p in there if p.is_file() and not p.is_symlink()}
        linked = {p.name: str(p.readlink()) for p in there if p.is_symlink()}
        if (now, linked) == (files, links):
            return False
        shutil.rmtree(folder)
    elif os.path.lexists(folder):
        folder.unlink()
    for name, content in files.items():
        write_atomically(folder / name, content)
    for name, target in links.items():
        (folder / name).symlink_to(target)
    return True
