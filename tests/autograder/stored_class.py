"""A class whose results are stored already: what is left to do is to write them down."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from gradebook_dump import files, rows
from nbgrader.api import Gradebook
from tiny_course import NAME

from autograder.course import Course
from autograder.gradebook.grades import read_grades
from autograder.gradebook.recording import record
from autograder.grading.results import Done, result_path
from autograder.messages import Problem, Progress
from autograder.nbgrader_log import nbgrader_logged
from autograder.options import Options

POINTS = {"right": 5.0, "first": 2.0, "nothing": 0.0}
MARKED = "s00"


class StoredClass:
    """Students with the stored results of others."""

    def __init__(self, course: Course) -> None:
        self.course = course

    @classmethod
    def new(cls, released: Course, root: Path, url: str = "") -> "StoredClass":
        """Without students, and with an empty gradebook: the one at ``url``, or a file."""
        shutil.copytree(released.root, root)
        if url:
            (root / "own_config.py").write_text(f"c.CourseDirectory.db_url = {url!r}\n")
        return cls(Course.at(root, released.solutions))

    def give(self, student: str, graded: Course, like: str = "right") -> None:
        """Let a student have handed in what somebody has who is graded."""
        path = result_path(self.course.root, NAME, student)
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(result_path(graded.root, NAME, like), path)
        shutil.copytree(
            graded.sanitised / like, self.course.sanitised / student, dirs_exist_ok=True
        )

    def write(
        self,
        students: Iterable[str] = (),
        progress: Progress = lambda what, done, whole: None,
    ) -> dict[str, str]:
        """Write down everyone, or ``students``; gives what went wrong, by student."""
        finished = {}
        for path in sorted((self.course.results / NAME).glob("[!.]*.json")):
            key = json.loads(path.read_text())["key"]
            finished[path.stem] = Done(path.stem, key, True, "whole", (), 0, 0.0, 0.0)
        chosen = {student: finished[student] for student in students} or finished
        return record(self.course, NAME, Options(), chosen, progress)

    def points(self) -> dict[str, float]:
        """What the gradebook says."""
        return {student: s.score for student, s in read_grades(self.course, NAME).items()}

    def mark(self, student: str, points: float, comment: str = "Well said.") -> None:
        """Mark the written question by hand, as the formgrader does."""
        url = self.course.config().CourseDirectory.db_url
        with nbgrader_logged(self.course.log), Gradebook(url) as book:
            grade = book.find_grade("why-answer", NAME, NAME, student)
            grade.manual_score, grade.needs_manual_grade = points, False
            book.find_comment("why-answer", NAME, NAME, student).manual_comment = comment
            book.db.commit()

    def comment(self, student: str) -> str | None:
        """What was said to the written question."""
        return read_grades(self.course, NAME)[student].comments.get("why-answer")

    def notebook(self, student: str) -> Path:
        """Where the autograded notebook lies."""
        return self.course.autograded / student / NAME / f"{NAME}.ipynb"


def a_class(size: int, graded: Course, released: Course, root: Path, url: str = "") -> StoredClass:
    """The first of them is written down, and marked by hand."""
    made = StoredClass.new(released, root, url)
    made.give(MARKED, graded, "right")
    made.write()
    made.mark(MARKED, 0.5)
    for i in range(1, size):
        made.give(f"s{i:02}", graded, list(POINTS)[i % 3])
    return made


def assert_all_there(stored: StoredClass, size: int = 6) -> None:
    """Every grade once, the one given by hand and its comment among them, and nothing half."""
    expected = {f"s{i:02}": list(POINTS.values())[i % 3] for i in range(size)}
    assert stored.points() == expected | {MARKED: 5.5}
    assert stored.comment(MARKED) == "Well said."
    held = rows(stored.course)
    assert len(held["student"]) == len(held["submitted_notebook"]) == size
    assert len(held["grade"]) == len(held["comment"]) == 3 * size
    names = {name.split("/")[0] for name in files(stored.course)}
    assert names == set(expected)
    assert all(stored.notebook(student).stat().st_size for student in expected)


def command(stored: StoredClass) -> list[str]:
    """Writes everyone down in a process of its own."""
    course = stored.course
    return [sys.executable, __file__, str(course.root), str(course.solutions)]


def said_by(command: list[str]) -> tuple[int, str]:
    """Its exit code, and what it prints."""
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    return done.returncode, done.stdout + done.stderr


def main() -> None:
    """Write everyone down, in a process of its own; what is wrong goes to stdout."""
    try:
        problems = StoredClass(Course.at(*map(Path, sys.argv[1:3]))).write()
    except Problem as problem:
        print(problem)
        sys.exit(2)
    for student, why in problems.items():
        print(f"{student}: {why}")
    sys.exit(bool(problems))


if __name__ == "__main__":
    main()
