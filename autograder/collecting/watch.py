"""Grades what arrives, as it arrives, and gives the feedback back at once.

It looks again and again instead of asking the system to be told of changes: an exchange mostly lies
on a network drive, whose changes on other machines are not told to anybody.
"""

import fcntl
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from autograder.collecting import notice
from autograder.collecting.durations import in_words
from autograder.collecting.inbox import Arrival, Inbox
from autograder.collecting.turns import EARLY, PASSED, Notice, Turns
from autograder.course import Course
from autograder.dependencies.digests import digest
from autograder.feedback.writing import Written, write_feedback
from autograder.messages import Problem
from autograder.release import release_stamp
from autograder.scheduling.grade import Grader, Outcome

#: Seconds between two looks, and until what went wrong is tried again.
INTERVAL, PAUSE = 2.0, 60.0
#: So many attempts are graded before the first of them get their feedback.
_AT_ONCE = 8


class Watch:
    """Watches one inbox for one assignment.

    Args:
        every: seconds that lie at least between two graded attempts of a student.
        say, complain: are told what was done, and what went wrong, a line each.
    """

    def __init__(
        self,
        course: Course,
        assignment: str,
        inbox: Inbox,
        grader: Grader,
        every: float,
        *,
        say: Callable[[str], None],
        complain: Callable[[str], None],
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._course = course
        self._name = assignment
        self._inbox = inbox
        self._grader = grader
        self._every = every
        self._say = say
        self._complain = complain
        self._clock = clock
        self._sleep = sleep
        self._turns = Turns(_state(course, assignment), every)
        self._not_before: dict[str, float] = {}
        self._edition = ""

    def run(self) -> None:
        """Look for ever; ends with KeyboardInterrupt. Nothing that it knows is lost then."""
        with _only_watch(self._course, self._name):
            while True:
                more = self.look()
                if not more:
                    self._sleep(INTERVAL)

    def look(self) -> bool:
        """Take what has arrived, and grade whose turn it is; then some of what was graded before
        the assignment changed. Gives whether there is more of that."""
        now = self._clock()
        self._edition = edition(self._course, self._name)
        arrivals = self._inbox.arrivals(now, self._turns.is_new)
        plan = self._turns.plan(arrivals, now)
        for arrival, turn in plan.early:
            page = notice.waiting(self._name, arrival.student, self._every, turn)
            self._tell(
                arrival, EARLY, page, f"waits until {time.strftime('%X', time.localtime(turn))}"
            )
        for arrival in plan.passed:
            page = notice.overtaken(self._name, arrival.student)
            self._tell(arrival, PASSED, page, "not graded: there is a newer attempt")
        due = [a for a in plan.due if self._not_before.get(a.key, now) <= now]
        for start in range(0, len(due), _AT_ONCE):
            self._grade(due[start : start + _AT_ONCE])
        return self._renew(now, {arrival.student for arrival in arrivals})

    def _renew(self, now: float, busy: set[str]) -> bool:
        """``busy``: those whose newest attempt is another one; their turn comes."""
        last = [a for a in self._turns.last_graded() if a.student not in busy]
        outdated = [
            arrival
            for arrival in last
            if self._turns.is_outdated(arrival, self._edition)
            and self._not_before.get(arrival.key, now) <= now
        ]
        self._grade_anew({arrival.student: arrival for arrival in outdated[:_AT_ONCE]})
        for arrival in last:
            self._give_if_new(arrival)
        return len(outdated) > _AT_ONCE

    def _grade_anew(self, last: dict[str, Arrival]) -> None:
        if not last:
            return
        try:
            for outcome in self._grader.grade(sorted(last)):
                arrival = last[outcome.student]
                problem = outcome.problem or self._page_of(arrival).problem
                if problem:
                    self._failed([arrival], problem)
                else:
                    self._turns.regraded(arrival, self._edition)
        except (Problem, OSError) as problem:
            self._failed(list(last.values()), str(problem))

    def _give_if_new(self, arrival: Arrival) -> None:
        """The page may have been made anew here, or by the instructor who marked answers."""
        path = self._course.feedback / arrival.student / self._name / f"{self._name}.html"
        if not path.is_file() or self._turns.has(arrival, _looks(path)):
            return
        try:
            page = _looks(path)
            self._inbox.answer(arrival, path.read_bytes())
        except OSError as error:
            self._complain(f"{arrival.student}: {error}")
        else:
            self._turns.given(arrival, page)
            self._say(f"{arrival.student}: feedback renewed")

    def _tell(self, arrival: Arrival, about: Notice, page: bytes, what: str) -> None:
        try:
            self._inbox.tell(arrival, page)
        except OSError as error:
            self._failed([arrival], str(error))
        else:
            self._turns.told(arrival, about)
            self._say(f"{arrival.student}: {what}")

    def _grade(self, arrivals: Sequence[Arrival]) -> None:
        collected = {}
        for arrival in arrivals:
            try:
                self._inbox.collect(arrival)
            except OSError as error:
                self._failed([arrival], str(error))
            else:
                collected[arrival.student] = arrival
        if not collected:
            return
        try:
            outcomes = self._grader.grade(sorted(collected))
            for outcome in outcomes:
                self._give_back(collected[outcome.student], outcome)
        except (Problem, OSError) as problem:
            self._failed(list(collected.values()), str(problem))

    def _give_back(self, arrival: Arrival, outcome: Outcome) -> None:
        problem = outcome.problem
        if not problem:
            page = self._page_of(arrival)
            problem = page.problem
        if problem:
            self._failed([arrival], problem)
            self._inbox.tell(arrival, notice.in_trouble(self._name, arrival.student))
            return
        shown = _looks(page.path)
        self._inbox.answer(arrival, page.path.read_bytes())
        self._turns.graded(arrival, self._clock(), self._edition, shown)
        score = outcome.standing.score if outcome.standing else 0.0
        self._say(f"{arrival.student}: {score:g} points")

    def _page_of(self, arrival: Arrival) -> Written:
        (page,) = write_feedback(self._course, self._name, [arrival.student])
        return page

    def _failed(self, arrivals: Sequence[Arrival], why: str) -> None:
        """Keep it for later; all of it is still where it was handed in."""
        again = self._clock() + PAUSE
        self._not_before.update({arrival.key: again for arrival in arrivals})
        who = ", ".join(arrival.student for arrival in arrivals)
        self._complain(f"{who}: {why}\nTrying again in {in_words(PAUSE)}.")


def edition(course: Course, assignment: str) -> str:
    """Changes when the assignment is released again with other tests, texts or solutions."""
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
    """Two of them would answer everything twice."""
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
    """The folder that was named; else nbgrader's exchange, where the course has an id in it; else
    ``submitted/``. Raises Problem where there is no such place."""
    from autograder.collecting.drop_folder import DropFolder, SubmittedFolder
    from autograder.collecting.exchange import Exchange

    if folder is not None:
        return DropFolder(course, assignment, folder, complain)
    if course.directory(assignment).course_id:
        return Exchange(course, assignment, complain)
    return SubmittedFolder(course, assignment)
