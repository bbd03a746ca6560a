"""Grades what arrives, as it arrives, and gives the feedback back at once.

It looks again and again instead of asking the system to be told of changes: an exchange mostly lies
on a network drive, whose changes on other machines are not told to anybody.
"""

import fcntl
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from autograder.collecting import notices
from autograder.collecting.durations import in_words
from autograder.collecting.inbox import Attempt, Inbox
from autograder.collecting.rate_limit import RateLimit, Status
from autograder.course import Course
from autograder.dependencies.digests import digest
from autograder.feedback.writing import write_feedback
from autograder.messages import Problem
from autograder.release import release_stamp
from autograder.scheduling.grade import Grader, Outcome

#: Seconds between two looks, and until what went wrong is tried again.
INTERVAL, PAUSE = 2.0, 60.0
#: So many attempts are graded before the first of them get their feedback.
_AT_ONCE = 8


@dataclass
class Watch:
    """Watches one inbox for one assignment.

    Args:
        every: seconds that lie at least between two graded attempts of a student.
        say, complain: are told what was done, and what went wrong, a line each.
    """

    course: Course
    assignment: str
    inbox: Inbox
    grader: Grader
    every: float
    say: Callable[[str], None]
    complain: Callable[[str], None]
    clock: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep

    def __post_init__(self) -> None:
        self._limit = RateLimit(_state(self.course, self.assignment), self.every)
        self._not_before: dict[str, float] = {}

    def run(self) -> None:
        """Look for ever; ends with KeyboardInterrupt. Nothing that it knows is lost then."""
        with _only_watch(self.course, self.assignment):
            while True:
                try:
                    pause = 0.0 if self.look() else INTERVAL
                except OSError as error:  # a network drive that is away for a moment, say
                    pause = PAUSE
                    what = f"{error.strerror or error}: {error.filename or self.inbox.place}"
                    self.complain(f"{what}\nTrying again in {in_words(PAUSE)}.")
                if pause:
                    self.sleep(pause)

    def look(self) -> bool:
        """Take what has arrived, and grade whose turn it is.

        Then grade again some of what was graded before the assignment changed. Returns whether
        there is more of that.
        """
        now = self.clock()
        current = edition(self.course, self.assignment)
        attempts = self.inbox.attempts(now, self._limit.is_new)
        status = dict(self._limit.plan(attempts, now))
        planned = self._to_try(list(status), now)
        for attempt in planned:
            if status[attempt] != "due":
                self._notify(attempt, status[attempt])
        self._limit.save()
        due = [attempt for attempt in planned if status[attempt] == "due"]
        for start in range(0, len(due), _AT_ONCE):
            self._grade_new(due[start : start + _AT_ONCE], current)
        # Those whose newest attempt is another one get their turn.
        busy = {attempt.student for attempt in attempts}
        last = [a for a in self._limit.last_graded() if a.student not in busy]
        records = self._limit.records
        outdated = self._to_try([a for a in last if records[a.student].edition != current], now)
        self._grade_again(outdated[:_AT_ONCE], current)
        for attempt in self._to_try(last, now):
            with self._trying_later([attempt]):
                if self._give_feedback(attempt):
                    self.say(f"{attempt.student}: feedback renewed")
        return len(outdated) > _AT_ONCE

    def _to_try(self, attempts: Sequence[Attempt], now: float) -> list[Attempt]:
        return [a for a in attempts if self._not_before.get(a.key, now) <= now]

    @contextmanager
    def _trying_later(self, attempts: Sequence[Attempt]) -> Iterator[None]:
        """Tell what goes wrong meanwhile, and when it is tried again; nothing is lost."""
        try:
            yield
        except (Problem, OSError) as problem:
            again = self.clock() + PAUSE
            self._not_before.update({attempt.key: again for attempt in attempts})
            who = ", ".join(attempt.student for attempt in attempts)
            self.complain(f"{who}: {problem}\nTrying again in {in_words(PAUSE)}.")

    def _notify(self, attempt: Attempt, status: Status) -> None:
        turn = self._limit.turn(attempt.student)
        if status == "early":
            page = notices.waiting(self.assignment, attempt.student, self.every, turn)
            what = f"waits until {time.strftime('%X', time.localtime(turn))}"
        else:
            page = notices.overtaken(self.assignment, attempt.student)
            what = "not graded: there is a newer attempt"
        with self._trying_later([attempt]):
            self.inbox.give(attempt, page, final=False)
            self._limit.told(attempt, status)
            self.say(f"{attempt.student}: {what}")

    def _grade_new(self, attempts: Sequence[Attempt], current: str) -> None:
        collected = []
        for attempt in attempts:
            with self._trying_later([attempt]):
                self.inbox.collect(attempt)
                collected.append(attempt)
        for attempt, outcome in self._graded(collected):
            with self._trying_later([attempt]):
                try:
                    self._write_feedback(outcome)
                except Problem:
                    page = notices.in_trouble(self.assignment, attempt.student)
                    self.inbox.give(attempt, page, final=False)
                    raise
                self._limit.graded(attempt, self.clock(), current)
                self._give_feedback(attempt)
                score = outcome.grades.score if outcome.grades else 0.0
                self.say(f"{attempt.student}: {score:g} points")

    def _grade_again(self, attempts: Sequence[Attempt], current: str) -> None:
        """Grade what is collected; this uses up nobody's turn."""
        for attempt, outcome in self._graded(attempts):
            with self._trying_later([attempt]):
                self._write_feedback(outcome)
                self._limit.records[attempt.student].edition = current
                self._limit.save()

    def _graded(self, attempts: Sequence[Attempt]) -> list[tuple[Attempt, Outcome]]:
        by_student = {attempt.student: attempt for attempt in attempts}
        if by_student:
            with self._trying_later(attempts):
                outcomes = self.grader.grade(sorted(by_student))
                return [(by_student[outcome.student], outcome) for outcome in outcomes]
        return []

    def _write_feedback(self, outcome: Outcome) -> None:
        problem = outcome.problem
        if not problem:
            (page,) = write_feedback(self.course, self.assignment, [outcome.student])
            problem = page.problem
        if problem:
            raise Problem(problem)

    def _give_feedback(self, attempt: Attempt) -> bool:
        """Give a page that its student does not have yet; returns whether there was one.

        It may have been made anew here, or by the instructor who marked answers.
        """
        path = self.course.feedback / attempt.student / self.assignment / f"{self.assignment}.html"
        record = self._limit.records[attempt.student]
        if not path.is_file() or record.page == _looks(path):
            return False
        page = _looks(path)
        self.inbox.give(attempt, path.read_bytes())
        record.page = page
        self._limit.save()
        return True


def edition(course: Course, assignment: str) -> str:
    """Return a digest of tests, texts and solutions, as they were last released."""
    notebook = course.source / assignment / f"{assignment}.ipynb"
    made = (release_stamp(course, assignment), notebook)
    return digest(*(path.read_bytes() if path.is_file() else None for path in made))


def _looks(page: Path) -> str:
    status = page.stat()
    return f"{status.st_mtime_ns} {status.st_size}"


def _state(course: Course, assignment: str) -> Path:
    return course.root / ".stamps" / "watch" / f"{assignment}.json"


@contextmanager
def _only_watch(course: Course, assignment: str) -> Iterator[None]:
    """Hold a lock: two of them would answer everything twice. Raises Problem."""
    path = _state(course, assignment).with_suffix(".lock")
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Problem(
                f"{assignment!r} is being watched already in {course.root}.", "Stop that one first."
            ) from None
        yield


def inbox_of(
    course: Course, assignment: str, folder: Path | None, complain: Callable[[str], None]
) -> Inbox:
    """Choose the folder that was named; else nbgrader's exchange, where the course has an id in it;
    else ``submitted/``.

    Raises Problem where there is no such place.
    """
    from autograder.collecting.drop_folder import DropFolder, SubmittedFolder
    from autograder.collecting.exchange import Exchange

    if folder is not None:
        return DropFolder(course, assignment, folder, complain)
    if course.directory(assignment).course_id:
        return Exchange(course, assignment, complain)
    return SubmittedFolder(course, assignment, complain)
