"""Whose attempt is graded when, with a clock that the test moves."""

from pathlib import Path

import pytest

from autograder.collecting import durations
from autograder.collecting.inbox import Arrival
from autograder.collecting.turns import EARLY, PASSED, Turns

EVERY = 600.0


def attempt(number: int, student: str = "a", when: float | None = None) -> Arrival:
    return Arrival(student, f"{student}{number}", when or 100.0 * number, Path("nowhere"))


@pytest.fixture
def turns(tmp_path: Path) -> Turns:
    return Turns(tmp_path / "turns.json", EVERY)


def test_the_first_attempt_is_due_at_once(turns: Turns) -> None:
    plan = turns.plan([attempt(1), attempt(1, "b")], now=1000.0)
    assert plan.due == [attempt(1), attempt(1, "b")]
    assert (plan.early, plan.passed) == ([], [])


def test_the_next_one_waits_and_is_told_once_until_when(turns: Turns) -> None:
    turns.graded(attempt(1), 1000.0, "first", "a page")
    for now in (1001.0, 1599.9):
        plan = turns.plan([attempt(1), attempt(2)], now)
        assert plan.due == []
        assert plan.early == [(attempt(2), 1600.0)]
    turns.told(attempt(2), EARLY)
    assert turns.plan([attempt(1), attempt(2)], 1599.9).early == []
    assert turns.plan([attempt(1), attempt(2)], 1600.0).due == [attempt(2)]


def test_of_those_that_wait_only_the_newest_is_graded(turns: Turns) -> None:
    turns.graded(attempt(1), 1000.0, "first", "a page")
    waiting = [attempt(3), attempt(1), attempt(2)]
    plan = turns.plan(waiting, 1100.0)
    assert plan.passed == [attempt(2)]
    assert plan.early == [(attempt(3), 1600.0)]
    turns.told(attempt(2), PASSED)
    turns.told(attempt(3), EARLY)
    plan = turns.plan(waiting, 1700.0)
    assert (plan.due, plan.early, plan.passed) == ([attempt(3)], [], [])
    turns.graded(attempt(3), 1700.0, "first", "a page")
    assert turns.plan(waiting, 5000.0).due == []


def test_one_that_was_told_to_wait_is_told_when_it_is_overtaken(turns: Turns) -> None:
    turns.graded(attempt(1), 1000.0, "first", "a page")
    turns.told(attempt(2), EARLY)
    assert turns.plan([attempt(2), attempt(3)], 1100.0).passed == [attempt(2)]


def test_a_student_does_not_make_others_wait(turns: Turns) -> None:
    turns.graded(attempt(1), 1000.0, "first", "a page")
    assert turns.plan([attempt(2), attempt(1, "b")], 1001.0).due == [attempt(1, "b")]


def test_an_attempt_that_is_older_than_the_graded_one_is_left(turns: Turns) -> None:
    turns.graded(attempt(2), 1000.0, "first", "a page")
    assert not turns.is_new(attempt(1))
    assert not turns.is_new(attempt(2))
    assert turns.is_new(attempt(3))


def test_a_restart_neither_repeats_nor_forgets(tmp_path: Path) -> None:
    path = tmp_path / "turns.json"
    before = Turns(path, EVERY)
    before.graded(attempt(1), 1000.0, "first", "a page")
    before.told(attempt(2), EARLY)
    after = Turns(path, EVERY)
    plan = after.plan([attempt(1), attempt(2)], 1200.0)
    assert (plan.due, plan.early, plan.passed) == ([], [], [])
    assert after.plan([attempt(1), attempt(2)], 1600.0).due == [attempt(2)]


def test_who_is_to_be_graded_anew_is_remembered(tmp_path: Path) -> None:
    path = tmp_path / "turns.json"
    before = Turns(path, EVERY)
    before.graded(attempt(1), 1000.0, "first", "a page")
    before.told(attempt(1, "b"), EARLY)
    after = Turns(path, EVERY)
    assert after.last_graded() == [attempt(1)]
    assert not after.is_outdated(attempt(1), "first")
    assert after.is_outdated(attempt(1), "second")
    after.regraded(attempt(1), "second")
    assert after.has(attempt(1), "a page")
    after.given(attempt(1), "another page")
    after = Turns(path, EVERY)
    assert not after.is_outdated(attempt(1), "second")
    assert after.has(attempt(1), "another page")
    assert after.plan([attempt(2)], 1599.0).due == []
    assert after.plan([attempt(2)], 1600.0).due == [attempt(2)]


@pytest.mark.parametrize("text", ["", "{", "[]", '{"a": {"odd": 1}}', '{"a": 1}'])
def test_a_broken_file_starts_anew(text: str, tmp_path: Path) -> None:
    path = tmp_path / "turns.json"
    path.write_text(text)
    assert Turns(path, EVERY).plan([attempt(1)], 1000.0).due == [attempt(1)]


@pytest.mark.parametrize(
    ("text", "seconds", "words"),
    [
        ("90s", 90.0, "90 seconds"),
        ("10m", 600.0, "10 minutes"),
        ("1.5h", 5400.0, "90 minutes"),
        ("2 D", 172_800.0, "2 days"),
        ("1h", 3600.0, "1 hour"),
        ("0", 0.0, "0 seconds"),
    ],
)
def test_durations(text: str, seconds: float, words: str) -> None:
    assert durations.parse(text) == seconds
    assert durations.in_words(seconds) == words


@pytest.mark.parametrize("text", ["", "10", "m", "-3m", "1e3s", "10 min", "nan"])
def test_what_is_no_duration(text: str) -> None:
    with pytest.raises(ValueError, match="is no duration; write it like"):
        durations.parse(text)
