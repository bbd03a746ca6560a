"""Watching: who is graded when, what students are told, and that trouble loses nothing."""

import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from tiny_course import NAME, RIGHT

from autograder.cli import app
from autograder.collecting import watch as watch_module
from autograder.collecting.drop_folder import DropFolder, SubmittedFolder
from autograder.collecting.inbox import Attempt
from autograder.collecting.watch import PAUSE, Watch, inbox_of
from autograder.course import Course
from autograder.feedback.writing import Written
from autograder.gradebook.grades import read_grades
from autograder.messages import Problem
from autograder.release import release_stamp
from autograder.scheduling.grade import Grader, Outcome, only_one

HandIn = Callable[..., Path]
FORGETS = RIGHT | {"shift-answer": "def shift(x, b):\n    return 1.0 * x\n"}


class Clock:
    """Time that passes only where a test lets it."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


class Box:
    """An inbox in memory: what lies in it, and what its students were given."""

    place = "memory"

    def __init__(self) -> None:
        self.handed_in: list[Attempt] = []
        self.collected: list[str] = []
        self.pages: dict[str, list[str]] = {}

    def put(self, student: str, number: int) -> str:
        key = f"{student}{number}"
        self.handed_in.append(Attempt(student, key, float(number), Path(key)))
        return key

    def attempts(self, now: float, is_new: Callable[[Attempt], bool]) -> list[Attempt]:
        return [attempt for attempt in self.handed_in if is_new(attempt)]

    def collect(self, attempt: Attempt) -> None:
        self.collected.append(attempt.key)

    def give(self, attempt: Attempt, page: bytes, *, final: bool = True) -> None:
        self.pages.setdefault(attempt.key, []).append(page.decode())


class Examiner:
    """Grades nothing, and has the trouble that a test wants."""

    def __init__(self) -> None:
        self.asked: list[list[str]] = []
        self.trouble: Exception | None = None
        self.problems: dict[str, str] = {}

    def grade(self, students: Sequence[str]) -> list[Outcome]:
        self.asked.append(list(students))
        if self.trouble is not None:
            raise self.trouble
        return [Outcome(s, None, None, self.problems.get(s, "")) for s in students]


class Desk:
    """A watch with everything around it under the test's control."""

    def __init__(self, course: Course) -> None:
        self.course, self.clock, self.box, self.examiner = course, Clock(), Box(), Examiner()
        self.said: list[str] = []
        self.complaints: list[str] = []
        self.watch = self.restarted()

    def restarted(self) -> Watch:
        self.watch = Watch(
            self.course,
            NAME,
            self.box,
            self.examiner,  # type: ignore[arg-type]
            600.0,
            say=self.said.append,
            complain=self.complaints.append,
            clock=self.clock,
        )
        return self.watch

    def look(self, later: float = 0.0) -> None:
        self.clock.now += later
        self.watch.look()


@pytest.fixture
def desk(tiny: Course, monkeypatch: pytest.MonkeyPatch) -> Desk:
    def write(course: Course, name: str, students: Sequence[str]) -> Iterator[Written]:
        for student in students:
            page = course.feedback / student / name / f"{name}.html"
            page.parent.mkdir(parents=True, exist_ok=True)
            page.write_text("the feedback")
            yield Written(student, page, 0.0)

    monkeypatch.setattr(watch_module, "write_feedback", write)
    return Desk(tiny)


def test_each_is_graded_once(desk: Desk) -> None:
    first, second = desk.box.put("a", 1), desk.box.put("b", 1)
    for _ in range(3):
        desk.look(2.0)
    assert desk.examiner.asked == [["a", "b"]]
    assert desk.box.pages == {first: ["the feedback"], second: ["the feedback"]}
    desk.restarted()
    desk.look(2.0)
    assert desk.examiner.asked == [["a", "b"]]


def test_who_comes_too_early_is_told_when_it_counts(desk: Desk) -> None:
    desk.box.put("a", 1)
    desk.look()
    second = desk.box.put("a", 2)
    for _ in range(3):
        desk.look(2.0)
    (notice,) = desk.box.pages[second]
    assert "waits for its turn" in notice
    assert "at most once in 10 minutes" in notice
    # 1,000,000 seconds since 1970, and the ten minutes
    assert "12 January 1970, 13:56:40 UTC" in notice
    third = desk.box.put("a", 3)
    desk.look(2.0)
    assert "there is a newer one" in desk.box.pages[second][-1]
    desk.restarted()
    desk.look(580.0)
    assert desk.examiner.asked == [["a"]]
    desk.look(20.0)
    assert desk.examiner.asked == [["a"], ["a"]]
    assert desk.box.collected == ["a1", third]
    assert desk.box.pages[third][-1] == "the feedback"
    assert len(desk.box.pages[second]) == 2


@pytest.mark.parametrize("trouble", [Problem("Another run is at work"), OSError(28, "Disk full")])
def test_trouble_is_told_and_tried_again_later(desk: Desk, trouble: Exception) -> None:
    key = desk.box.put("a", 1)
    desk.examiner.trouble = trouble
    for _ in range(3):
        desk.look(2.0)
    assert desk.examiner.asked == [["a"]]
    (said,) = desk.complaints
    assert said.startswith("a: ")
    assert said.endswith("Trying again in 1 minute.")
    desk.examiner.trouble = None
    desk.look(PAUSE)
    assert desk.box.pages[key] == ["the feedback"]


def test_a_submission_that_cannot_be_graded_does_not_harm_others(desk: Desk) -> None:
    bad, good = desk.box.put("a", 1), desk.box.put("b", 1)
    desk.examiner.problems = {"a": "the grader's process died twice over it"}
    desk.look()
    assert desk.box.pages[good] == ["the feedback"]
    assert "could not be graded yet" in desk.box.pages[bad][0]
    assert "died twice" in desk.complaints[0]
    desk.examiner.problems = {}
    desk.look(PAUSE)
    assert desk.box.pages[bad][-1] == "the feedback"


def test_what_cannot_be_collected_is_tried_again(desk: Desk) -> None:
    key = desk.box.put("a", 1)
    collect = desk.box.collect

    def gone(attempt: Attempt) -> None:
        raise FileNotFoundError(2, "No such file", attempt.key)

    desk.box.collect = gone  # type: ignore[method-assign]
    desk.look()
    assert desk.examiner.asked == []
    desk.box.collect = collect  # type: ignore[method-assign]
    desk.look(PAUSE)
    assert desk.box.pages[key] == ["the feedback"]


def test_a_notice_that_cannot_be_given_is_tried_again_later(desk: Desk) -> None:
    desk.box.put("a", 1)
    desk.look()
    second = desk.box.put("a", 2)
    give = desk.box.give

    def full(attempt: Attempt, page: bytes, *, final: bool = True) -> None:
        raise OSError(28, "Disk full")

    desk.box.give = full  # type: ignore[method-assign]
    for _ in range(3):
        desk.look(2.0)
    assert len(desk.complaints) == 1
    desk.box.give = give  # type: ignore[method-assign]
    desk.look(PAUSE)
    assert "waits for its turn" in desk.box.pages[second][0]


def test_feedback_that_cannot_be_given_is_given_later_and_graded_once(desk: Desk) -> None:
    key = desk.box.put("a", 1)
    give = desk.box.give

    def full(attempt: Attempt, page: bytes, *, final: bool = True) -> None:
        raise OSError(28, "Disk full")

    desk.box.give = full  # type: ignore[method-assign]
    desk.look()
    desk.box.give = give  # type: ignore[method-assign]
    desk.restarted()
    desk.look(2.0)
    assert desk.box.pages[key] == ["the feedback"]
    assert desk.examiner.asked == [["a"]]


def test_while_the_newest_attempt_is_in_trouble_no_older_one_is_graded(desk: Desk) -> None:
    desk.box.put("a", 1)
    newest = desk.box.put("a", 2)
    desk.examiner.problems = {"a": "the grader's process died twice over it"}
    for _ in range(3):
        desk.look(2.0)
    assert desk.box.collected == [newest]


def test_a_large_class_gets_its_feedback_bit_by_bit(desk: Desk) -> None:
    for number in range(20):
        desk.box.put(f"s{number:02d}", 1)
    desk.look()
    assert [len(students) for students in desk.examiner.asked] == [8, 8, 4]


def release_anew(course: Course) -> None:
    release_stamp(course, NAME).write_text("of something else")


def test_a_changed_assignment_regrades_those_whose_turn_is_over(desk: Desk) -> None:
    for number in range(10):
        desk.box.put(f"s{number}", 1)
    desk.look()
    asked = desk.examiner.asked.copy()
    desk.box.put("s3", 2)
    desk.look(2.0)
    assert desk.examiner.asked == asked
    release_anew(desk.course)
    desk.restarted()
    assert desk.watch.look()
    assert not desk.watch.look()
    assert not desk.watch.look()
    regraded = sorted(s for students in desk.examiner.asked[len(asked) :] for s in students)
    assert regraded == [f"s{number}" for number in range(10) if number != 3]
    assert [len(students) for students in desk.examiner.asked[len(asked) :]] == [8, 1]
    desk.look(600.0)
    assert desk.examiner.asked[-1] == ["s3"]
    asked = desk.examiner.asked.copy()
    desk.look(600.0)
    assert desk.examiner.asked == asked


def test_regrading_that_fails_is_tried_again_and_uses_up_nobodys_turn(desk: Desk) -> None:
    desk.box.put("a", 1)
    desk.look()
    release_anew(desk.course)
    desk.examiner.trouble = Problem("The instructor's own cells do not run")
    for _ in range(3):
        desk.look(598.0 / 3)
    assert len(desk.complaints) == 3
    assert len(desk.examiner.asked) == 4
    desk.examiner.trouble = None
    desk.look(PAUSE)
    assert len(desk.examiner.asked) == 5
    desk.box.put("a", 2)
    desk.look(2.0)
    assert len(desk.examiner.asked) == 6


def test_a_page_made_anew_is_given_once(desk: Desk) -> None:
    """As `autograder feedback` makes it when an answer was marked by hand."""
    key = desk.box.put("a", 1)
    desk.look()
    page = desk.course.feedback / "a" / NAME / f"{NAME}.html"
    page.write_text("the feedback with marks")
    for _ in range(3):
        desk.look(2.0)
    assert desk.box.pages[key] == ["the feedback", "the feedback with marks"]
    desk.restarted()
    desk.look(2.0)
    assert len(desk.box.pages[key]) == 2


def test_it_sleeps_between_two_looks(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        if len(slept) == 3:
            raise KeyboardInterrupt

    monkeypatch.setattr(desk.watch, "sleep", sleep)
    with pytest.raises(KeyboardInterrupt):
        desk.watch.run()
    assert slept == [2.0, 2.0, 2.0]


def test_a_place_that_is_away_for_a_moment_is_looked_at_later(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    slept: list[float] = []

    def away(now: float, is_new: Callable[[Attempt], bool]) -> list[Attempt]:
        raise OSError(116, "Stale file handle", "/exchange")

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        if len(slept) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(desk.box, "attempts", away)
    monkeypatch.setattr(desk.watch, "sleep", sleep)
    with pytest.raises(KeyboardInterrupt):
        desk.watch.run()
    assert slept == [PAUSE, PAUSE]
    assert desk.complaints[0] == "Stale file handle: /exchange\nTrying again in 1 minute."


def test_an_assignment_is_watched_once(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    other = desk.watch
    desk.restarted()

    def sleep(seconds: float) -> None:
        with pytest.raises(Problem, match="'tiny' is being watched already"):
            other.run()
        raise KeyboardInterrupt

    monkeypatch.setattr(desk.watch, "sleep", sleep)
    with pytest.raises(KeyboardInterrupt):
        desk.watch.run()


@pytest.mark.sandbox
def test_a_folder_from_notebook_to_feedback(tiny: Course, hand_in: HandIn, tmp_path: Path) -> None:
    drops = tmp_path / "drops"
    drops.mkdir()
    drop = hand_in("elsewhere", FORGETS).rename(drops / "sample-1_12345_67890_tiny.ipynb")
    clock = Clock()
    said: list[str] = []
    complaints: list[str] = []
    inbox = DropFolder(tiny, NAME, drops, complaints.append)
    with Grader(tiny, NAME, workers=1) as grader:
        watch = Watch(
            tiny,
            NAME,
            inbox,
            grader,
            600.0,
            say=said.append,
            complain=complaints.append,
            clock=clock,
        )
        for _ in range(3):
            watch.look()
            clock.now += 2.0
        page = drop.with_name("sample-1_12345_67890_tiny-feedback.html")
        assert "The bias is a term of the sum: where did it go?" in page.read_text()
        hand_in("elsewhere", RIGHT).rename(drop)
        for _ in range(3):
            watch.look()
            clock.now += 2.0
        notice = page.with_name("sample-1_12345_67890_tiny-feedback-waiting.html")
        assert "waits for its turn" in notice.read_text()
        clock.now += 600.0
        with only_one(tiny):
            watch.look()
        assert "Another run is at work" in complaints[-1]
        clock.now += PAUSE
        watch.look()
    assert not notice.exists()
    assert "<strong>5</strong>" in page.read_text()
    assert [re.sub(r"\d\d:.*", "", text) for text in said] == [
        "sample-1: 3 points",
        "sample-1: waits until ",
        "sample-1: 5 points",
    ]
    assert read_grades(tiny, NAME)["sample-1"].score == 5.0


def test_the_place_that_is_watched(tiny: Course, tmp_path: Path) -> None:
    assert isinstance(inbox_of(tiny, NAME, None, print), SubmittedFolder)
    assert isinstance(inbox_of(tiny, NAME, tmp_path, print), DropFolder)
    (tiny.root / "own_config.py").write_text("c.CourseDirectory.course_id = 'unrolled'\n")
    with pytest.raises(Problem, match="There is no exchange to watch"):
        inbox_of(tiny, NAME, None, print)


def test_a_wrong_duration_is_told(tiny: Course) -> None:
    from typer.testing import CliRunner

    where = ["--course", str(tiny.root), "--solutions", str(tiny.solutions)]
    result = CliRunner().invoke(app, ["watch", NAME, "--every", "10 minutes", *where])
    assert result.exit_code == 2
    assert "--every: '10 minutes' is no duration; write it like" in result.stderr
