"""A class that is graded by a real command, which can be killed; each grading leaves a trace."""

import contextlib
import os
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import nbformat
import psutil
from nbgrader.api import Gradebook
from tiny_course import NAME, answered, write_solutions

from autograder.course import Course
from autograder.gradebook.grades import SubmissionGrades, read_grades
from autograder.nbgrader_log import nbgrader_logged
from autograder.release import release

STUDENTS = tuple(f"s{number}" for number in range(8))
MARKED, MARK, COMMENT = "s1", 0.5, "Well said."
#: The longest that a run may take before the test fails.
LIMIT = 120.0
#: Under this name a test gives a line for the summary.
SUMMARY = "faults"
#: What a hidden test asks a submission's double for, to learn whose it is and which attempt.
_WHO = -77.0
_TRACED = f"""

@declared.part("traced", weight=0.0)
def traced(student, numbers):
    import os

    who = student(np.array([{_WHO}]))[0]
    with open(os.environ["FAULTS_TRACE"], "a") as file:
        file.write(f"{{who:g}}\\n")
"""


class FaultyClass:
    """Students whose submissions take a moment each; half of them forget the bias."""

    def __init__(self, released: Course, folder: Path) -> None:
        self.folder = folder
        self.trace = folder / "trace"
        folder.mkdir(exist_ok=True)
        self.trace.touch()
        shutil.copytree(released.root, folder / "a course")
        self.course = Course.at(folder / "a course", released.solutions)
        self.attempts = dict.fromkeys(STUDENTS, 0)
        self._runs: list[subprocess.Popen[str]] = []
        for student in STUDENTS:
            self.hand_in(student)

    @staticmethod
    def released(folder: Path) -> Course:
        solutions = write_solutions(folder / "solutions")
        with (solutions / NAME / "exercises" / "double.py").open("a") as file:
            file.write(_TRACED)
        course = Course.at(folder / "course", solutions)
        release(course, NAME)
        return course

    def __enter__(self) -> "FaultyClass":
        return self

    def __exit__(self, *error: object) -> None:
        for run in self._runs:
            family = below(run) if run.poll() is None else []
            run.kill()
            for process in family:
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.kill()
            run.communicate()

    def hand_in(self, student: str) -> None:
        """Another attempt, which is right in every second one."""
        number = STUDENTS.index(student)
        self.attempts[student] += 1
        attempt = self.attempts[student]
        mark = _mark(student, attempt)
        answers = {
            "double-answer": (
                "import time\ntime.sleep(0.15)\n\n"
                "def double(x):\n"
                f"    return x + {mark - _WHO} if x[0] == {_WHO} else 2 * x\n"
            ),
            "shift-answer": "def shift(x, b):\n    return x" + " + b" * ((number + attempt) % 2),
            "why-answer": "Shift and scale are two things.",
        }
        notebook = nbformat.read(self.course.release / NAME / f"{NAME}.ipynb", as_version=4)
        path = self._submission(student)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(nbformat.writes(answered(notebook, answers)), encoding="utf-8")

    def expected(self) -> dict[str, float]:
        """The points of what is handed in now, the mark given by hand included."""
        machine = {
            s: 5.0 if (number + self.attempts[s]) % 2 else 3.0 for number, s in enumerate(STUDENTS)
        }
        return machine | {MARKED: machine[MARKED] + MARK}

    def mark_by_hand(self) -> None:
        url = self.course.config().CourseDirectory.db_url
        with nbgrader_logged(self.course.log), Gradebook(url) as book:
            grade = book.find_grade("why-answer", NAME, NAME, MARKED)
            grade.manual_score, grade.needs_manual_grade = MARK, False
            book.find_comment("why-answer", NAME, NAME, MARKED).manual_comment = COMMENT
            book.db.commit()

    def command(self, *more: str) -> list[str]:
        where = ["--course", str(self.course.root), "--solutions", str(self.course.solutions)]
        return [sys.executable, "-m", "autograder", "grade", NAME, *where, *more]

    def start(self, *more: str, inside: tuple[str, ...] = ()) -> "subprocess.Popen[str]":
        """A run with two processes, or as ``more`` says; ``inside`` is what it is started with."""
        workers = () if "--scheduler" in more else ("--workers", "2")
        run = subprocess.Popen(
            [*inside, *self.command(*workers, *more)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=self.environment(),
            start_new_session=True,
        )
        self._runs.append(run)
        return run

    def environment(self) -> dict[str, str]:
        path = os.pathsep.join(entry for entry in sys.path if entry)
        return {**os.environ, "PYTHONPATH": path, "FAULTS_TRACE": str(self.trace)}

    def run(self, *more: str, inside: tuple[str, ...] = ()) -> tuple[int, str]:
        """A run to its end: its exit code, and all that it said."""
        run = self.start(*more, inside=inside)
        said, complained = run.communicate(timeout=LIMIT)
        return run.returncode, said + complained

    def finished(self) -> set[str]:
        """Those whose newest attempt has a result."""
        return {s for s in STUDENTS if _written(self._result(s)) > _written(self._submission(s))}

    def _result(self, student: str) -> Path:
        return self.course.results / NAME / f"{student}.json"

    def _submission(self, student: str) -> Path:
        return self.course.submitted / student / NAME / f"{NAME}.ipynb"

    def gradings(self) -> Counter[str]:
        """How often each student's newest attempt was graded."""
        traces = self.traces()
        return Counter({student: traces[self.newest(student)] for student in STUDENTS})

    def traces(self) -> Counter[str]:
        """How often each attempt was graded."""
        return Counter(self.trace.read_text().split())

    def newest(self, student: str) -> str:
        """The trace that a student's newest attempt leaves."""
        return f"{_mark(student, self.attempts[student])}"

    def points(self) -> dict[str, float]:
        return {student: grades.score for student, grades in self.grades().items()}

    def comment(self) -> str | None:
        return self.grades()[MARKED].comments.get("why-answer")

    def grades(self) -> dict[str, SubmissionGrades]:
        """All that the gradebook says."""
        return read_grades(self.course, NAME)

    def undisturbed(self, released: Course) -> "FaultyClass":
        """Another class with the same submissions, graded without any fault."""
        other = FaultyClass(released, self.folder / "undisturbed")
        shutil.rmtree(other.course.submitted)
        shutil.copytree(self.course.submitted, other.course.submitted)
        with other:
            assert other.run()[0] == 0
        other.mark_by_hand()
        return other


def _mark(student: str, attempt: int) -> int:
    return 100 * STUDENTS.index(student) + attempt


def _written(path: Path) -> int:
    return path.stat().st_mtime_ns if path.exists() else 0


def below(run: "subprocess.Popen[str]") -> list[psutil.Process]:
    """All processes that a run has started, directly or not."""
    try:
        return psutil.Process(run.pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def graders(run: "subprocess.Popen[str]") -> list[psutil.Process]:
    """The processes of its pool."""
    found = []
    for process in below(run):
        with contextlib.suppress(psutil.NoSuchProcess):
            if "autograder.scheduling.pool" in " ".join(process.cmdline()):
                found.append(process)
    return found
