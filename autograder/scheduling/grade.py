"""Grades a class: in other processes first, then, in this one alone, into nbgrader's gradebook.

Both halves keep what is finished, so a run that was stopped or killed goes on where it was. Only
this process writes files; what is graded, and what comes of it, travels as data.
"""

import fcntl
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Protocol

from autograder.course import Course
from autograder.dependencies.digests import digest
from autograder.files import is_disk_trouble, write_atomically
from autograder.grading.results import Done, about, result_path, sweep
from autograder.messages import Problem, Progress
from autograder.options import Options
from autograder.scheduling.cluster import SAME_RELEASE, Cluster, prepare
from autograder.scheduling.grade_one import (
    AssignmentData,
    Finished,
    GradingSetup,
    Submission,
    unchanged,
)
from autograder.scheduling.pool import Died, Pool, Raised
from autograder.submissions.handed_in import read_folder
from autograder.submissions.sanitise import sanitised_path, write_sanitised, write_timestamp

if TYPE_CHECKING:
    from distributed import Client

    from autograder.gradebook.grades import SubmissionGrades

GRADING = "Grading"


@dataclass(frozen=True)
class Outcome:
    """What came of one submission. ``problem`` says why it has no grade, if it has none."""

    student: str
    done: Done | None
    grades: "SubmissionGrades | None"
    problem: str = ""


class Watcher(Protocol):
    """Is told, now and then, which students' submissions are at work and for how many seconds."""

    def __call__(self, busy: Sequence[tuple[str, float]]) -> None: ...


def grade(
    course: Course,
    assignment: str,
    options: Options | None = None,
    *,
    students: Sequence[str] = (),
    workers: int | None = None,
    scheduler: "str | Client | None" = None,
    force: bool = False,
    progress: Progress = lambda what, done, whole: None,
    at_work: Watcher = lambda busy: None,
    notice: Callable[[str], None] = lambda text: None,
) -> list[Outcome]:
    """Grade everyone, or ``students``, for an assignment.

    Args:
        options: the limits; by default those of the course's settings.
        students: ids; () for all who have handed in.
        workers, scheduler: where it is done, as `Grader` takes them.
        force: grade again what is graded already and has not changed.
        progress: is told how many are graded, and how many are written down.
        at_work: is told now and then which submissions are being graded, for how many seconds.
        notice: is told what a user should know while a scheduler is waited for.

    Returns the outcomes in the order of the ids, behind them those of folders whose name is no id.
    Raises Problem where nothing can be graded at all; one submission's trouble is in its outcome.
    """
    with Grader(
        course, assignment, options, workers=workers, scheduler=scheduler, notice=notice
    ) as grader:
        return grader.grade(students, force=force, progress=progress, at_work=at_work)


class Grader:
    """Grades one assignment again and again, in processes that stay up in between.

    They are local, ``workers`` of them (by default one a processor), or those of a Dask
    ``scheduler``: its address, the path of its scheduler file, or a connected client. ``notice`` is
    told what a user should know while a scheduler is waited for.
    """

    def __init__(
        self,
        course: Course,
        assignment: str,
        options: Options | None = None,
        *,
        workers: int | None = None,
        scheduler: "str | Client | None" = None,
        notice: Callable[[str], None] = lambda text: None,
    ) -> None:
        self._course = course
        self._name = assignment
        self._options = options
        self._most = workers
        self._scheduler = scheduler
        self._notice = notice
        self._workers: Pool[Submission, Finished] | Cluster | None = None
        self._fingerprint = ""

    def __enter__(self) -> "Grader":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the processes. The next call would start new ones."""
        if self._workers is not None:
            self._workers.close()
        self._workers = None

    def grade(
        self,
        students: Sequence[str] = (),
        *,
        force: bool = False,
        progress: Progress = lambda what, done, whole: None,
        at_work: Watcher = lambda busy: None,
    ) -> list[Outcome]:
        """Grade everyone, or ``students``: arguments, result and Problem are those of `grade`."""
        course, name = self._course, self._name
        course.require_released(name)
        course.prepare()
        chosen = _chosen(course, name, students)
        no_ids = {} if students else course.no_students(name)
        options = self._options or options_of(course)
        with only_one(course):
            workers = self._ready(options)
            run = _GradingPass(
                course, name, workers, self._fingerprint, chosen, force, progress, at_work
            )
            run.grade()
            from autograder.gradebook.grades import read_grades
            from autograder.gradebook.recording import record

            problems = run.problems | record(course, name, options, run.finished, progress)
        held = read_grades(course, name)
        finished = run.finished
        return [
            Outcome(s, finished.get(s), held.get(s) if s in finished else None, problems.get(s, ""))
            for s in chosen
        ] + [
            Outcome(folder, None, None, f"no id of a student: {why}: rename the folder")
            for folder, why in no_ids.items()
        ]

    def _ready(self, options: Options) -> "Pool[Submission, Finished] | Cluster":
        """Return the workers, for the assignment as it is now. Raises Problem and OSError."""
        data = AssignmentData.read(self._course, self._name, options)
        solutions_dir = self._course.solutions / self._name
        fingerprint = GradingSetup.of(data, solutions_dir).fingerprint()
        if self._workers is None or fingerprint != self._fingerprint:
            self.close()
            self._fingerprint = fingerprint
            if self._scheduler is None:
                _one_thread_each()
                start = partial(prepare, data, solutions_dir)
                self._workers = Pool(start, self._most or processors())
            else:
                self._workers = Cluster(self._scheduler, data, solutions_dir, self._notice)
        return self._workers


class _GradingPass:
    """One pass over some students' submissions: what came of each is kept as it arrives."""

    def __init__(
        self,
        course: Course,
        assignment: str,
        workers: "Pool[Submission, Finished] | Cluster",
        fingerprint: str,
        students: Sequence[str],
        force: bool,
        progress: Progress,
        at_work: Watcher,
    ) -> None:
        self.finished: dict[str, Done] = {}
        self.problems: dict[str, str] = {}
        self._course = course
        self._name = assignment
        self._workers = workers
        self._fingerprint = fingerprint
        self._students = students
        self._force = force
        self._progress = progress
        self._at_work = at_work

    def grade(self) -> None:
        """Grade whoever has changed, and keep what comes of it.

        Raises Problem for what would befall every submission.
        """
        sweep(self._course.results / self._name)
        self._count()
        for submission, result in self._workers.run(self._to_grade(), self._tick):
            student = submission.student
            if isinstance(result, Finished):
                with self._kept(student):
                    self._keep(result)
            elif isinstance(result, Died):
                self.problems[student] = _how(result)
            else:
                some_ran = any(not done.reused for done in self.finished.values())
                self.problems[student] = _explained(result, self._course, student, some_ran)
            self._count()

    def _to_grade(self) -> Iterator[Submission]:
        """Yield what is to be graded; submissions that have not changed are done with."""
        first = True
        for student in self._students:
            submission = None
            with self._kept(student):
                submission = self._changed(student)
            if submission is None:
                self._count()
                continue
            if first:
                self._require_usable_gradebook()
                first = False
            yield submission

    def _changed(self, student: str) -> Submission | None:
        """Read what was handed in; None where it is graded as it is. Raises OSError."""
        folder = self._course.submitted / student / self._name
        handed_in = read_folder(folder, f"{self._name}.ipynb")
        origin = digest(self._fingerprint, handed_in.digest(), student)
        if self._force:
            return Submission(student, handed_in, origin)
        path = result_path(self._course.root, self._name, student)
        done = unchanged(about(path), origin, self._sanitised(student))
        if done is None:
            earlier = path.read_bytes() if path.is_file() else b""
            return Submission(student, handed_in, origin, earlier)
        write_timestamp(self._sanitised(student).parent, handed_in.timestamp)
        self.finished[student] = done
        return None

    def _require_usable_gradebook(self) -> None:
        """Raise Problem where the gradebook cannot be written: before hours of grading."""
        from autograder.gradebook.recording import require_usable

        require_usable(self._course, self._name)

    def _keep(self, result: Finished) -> None:
        """Write the result last: what a killed run wrote before it does not count.

        Raises OSError.
        """
        student = result.done.student
        write_sanitised(self._sanitised(student), result.sanitised)
        write_timestamp(self._sanitised(student).parent, result.timestamp)
        path = result_path(self._course.root, self._name, student)
        write_atomically(path, result.result)
        self.finished[student] = result.done

    @contextmanager
    def _kept(self, student: str) -> Iterator[None]:
        """Make a file that cannot be read or written that student's problem.

        Raises Problem where the disk is full or fails.
        """
        try:
            yield
        except OSError as error:
            what = error.strerror or str(error)
            if is_disk_trouble(error):
                raise Problem(
                    f"A result could not be kept in {self._course.root}: {what}.",
                    "Make room there, or make it writable, and run the command again: "
                    "it goes on where it was.",
                ) from error
            self.problems[student] = f"not kept: {what}: {error.filename}"

    def _sanitised(self, student: str) -> Path:
        return sanitised_path(self._course, self._name, student)

    def _count(self) -> None:
        done = len(self.finished) + len(self.problems)
        self._progress(GRADING, done, len(self._students))

    def _tick(self, busy: Sequence[tuple[Submission, float]]) -> None:
        self._at_work([(submission.student, seconds) for submission, seconds in busy])


def options_of(course: Course, **changes: object) -> Options:
    """Return the limits of the course's own settings, with those ``changes`` that are not None.

    Raises Problem for a limit that cannot be used.
    """
    configured = course.config().TwoProcessExecute.options
    settings = {**(configured if isinstance(configured, dict) else {})}
    settings |= {name: value for name, value in changes.items() if value is not None}
    try:
        return Options.from_dict(settings)
    except (TypeError, ValueError) as error:
        raise Problem(f"A limit cannot be used: {error}.", "See: autograder grade --help") from None


def processors() -> int:
    """Count the processors that this process may use."""
    return len(os.sched_getaffinity(0))


def _one_thread_each() -> None:
    """Keep libraries in the pool's processes, which fill the machine, from starting threads."""
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(name, "1")


def _chosen(course: Course, assignment: str, students: Sequence[str]) -> list[str]:
    there = course.students(assignment)
    place = course.submitted / "<student>" / assignment / f"{assignment}.ipynb"
    if not there and not course.no_students(assignment):
        raise Problem(
            f"Nobody has handed in {assignment!r} yet.",
            f"Put notebooks at {place}, or make a sample class with: autograder demo",
        )
    unknown = [student for student in students if student not in there]
    if unknown:
        raise Problem(
            f"Has not handed in {assignment!r}: {', '.join(unknown)}.", f"Looked at {place}."
        )
    return sorted(set(students)) or there


@contextmanager
def only_one(course: Course) -> Iterator[None]:
    """Hold the course's lock: two runs would write the same gradebook.

    Raises Problem where another run holds it.
    """
    with (course.root / ".lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Problem(
                f"Another run is at work in {course.root}.", "Wait for it to end, or stop it."
            ) from None
        yield


def _how(died: Died) -> str:
    code = died.exit_code
    if code is None:
        return "the workers that were at it were lost, one after the other"
    how = f"signal {-code}" if code < 0 else f"exit code {code}"
    return f"the grader's process died twice over it ({how})"


def _explained(raised: Raised, course: Course, student: str, some_ran: bool) -> str:
    """Say why a submission has no grade, and put the exception into the log.

    Raises Problem for what would befall all others as well.
    """
    if raised.kind == "SandboxUnavailable":
        what, _, remedy = raised.message.partition("\n")
        if some_ran:  # so there are sandboxes, and this was a moment's trouble
            return f"{what} Run the command again."
        raise Problem(what, remedy)
    if raised.kind == "AssignmentBroken":
        raise Problem(
            f"The instructor's own cells do not run: {raised.message}.",
            "Mend the notebook in solutions/ and run: autograder release",
        )
    if raised.kind == "OtherVersions":
        raise Problem(f"A worker grades with other versions: {raised.message}.", SAME_RELEASE)
    with course.log.open("a", encoding="utf-8", errors="backslashreplace") as file:
        file.write(f"{student}: {raised.trace}\n")
    return f"the grader failed: {raised.kind}: {raised.message} (see {course.log})"
