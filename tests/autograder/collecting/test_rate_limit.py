"""Whose attempt is graded when, with a clock that the test moves."""

from pathlib import Path

import pytest

from autograder.collecting import durations
from autograder.collecting.inbox import Attempt
from autograder.collecting.rate_limit import RateLimit

EVERY = 600.0


def attempt(number: int, student: str = "a", when: float | None = None) -> Attempt:
    return Attempt(student, f"{student}{number}", when or 100.0 * number, Path("nowhere"))


@pytest.fixture
def limit(tmp_path: Path) -> RateLimit:
    return RateLimit(tmp_path / "limit.json", EVERY)


def test_the_first_attempt_is_due_at_once(limit: RateLimit) -> None:
    plan = limit.plan([attempt(1), attempt(1, "b")], now=1000.0)
    assert plan == [(attempt(1), "due"), (attempt(1, "b"), "due")]


def test_the_next_one_waits_and_is_told_once_until_when(limit: RateLimit) -> None:
    limit.graded(attempt(1), 1000.0, "first")
    for now in (1001.0, 1599.9):
        assert limit.plan([attempt(1), attempt(2)], now) == [(attempt(2), "early")]
        assert limit.turn("a") == 1600.0
    limit.told(attempt(2), "early")
    assert limit.plan([attempt(1), attempt(2)], 1599.9) == []
    assert limit.plan([attempt(1), attempt(2)], 1600.0) == [(attempt(2), "due")]


def test_of_those_that_wait_only_the_newest_is_graded(limit: RateLimit) -> None:
    limit.graded(attempt(1), 1000.0, "first")
    waiting = [attempt(3), attempt(1), attempt(2)]
    assert limit.plan(waiting, 1100.0) == [(attempt(2), "passed"), (attempt(3), "early")]
    limit.told(attempt(2), "passed")
    limit.told(attempt(3), "early")
    assert limit.plan(waiting, 1700.0) == [(attempt(3), "due")]
    limit.graded(attempt(3), 1700.0, "first")
    assert limit.plan(waiting, 5000.0) == []


def test_of_many_that_are_passed_over_at_once_the_last_few_are_told_of(limit: RateLimit) -> None:
    plan = limit.plan([attempt(number) for number in range(1, 5001)], now=1e9)
    assert len(plan) == 21
    assert plan[-2:] == [(attempt(4999), "passed"), (attempt(5000), "due")]


def test_one_that_was_told_to_wait_is_told_when_it_is_overtaken(limit: RateLimit) -> None:
    limit.graded(attempt(1), 1000.0, "first")
    limit.told(attempt(2), "early")
    assert (attempt(2), "passed") in limit.plan([attempt(2), attempt(3)], 1100.0)


def test_a_student_does_not_make_others_wait(limit: RateLimit) -> None:
    limit.graded(attempt(1), 1000.0, "first")
    assert (attempt(1, "b"), "due") in limit.plan([attempt(2), attempt(1, "b")], 1001.0)


def test_an_attempt_that_is_older_than_the_graded_one_is_left(limit: RateLimit) -> None:
    limit.graded(attempt(2), 1000.0, "first")
    assert not limit.is_new(attempt(1))
    assert not limit.is_new(attempt(2))
    assert limit.is_new(attempt(3))


def test_a_restart_neither_repeats_nor_forgets(tmp_path: Path) -> None:
    path = tmp_path / "limit.json"
    before = RateLimit(path, EVERY)
    before.graded(attempt(1), 1000.0, "first")
    before.told(attempt(2), "early")
    before.save()
    after = RateLimit(path, EVERY)
    assert after.plan([attempt(1), attempt(2)], 1200.0) == []
    assert after.plan([attempt(1), attempt(2)], 1600.0) == [(attempt(2), "due")]


def test_what_was_graded_with_what_and_given_is_remembered(tmp_path: Path) -> None:
    path = tmp_path / "limit.json"
    before = RateLimit(path, EVERY)
    before.graded(attempt(1), 1000.0, "first")
    before.told(attempt(1, "b"), "early")
    before.records["a"].page = "a page"
    before.save()
    after = RateLimit(path, EVERY)
    assert after.last_graded() == [attempt(1)]
    assert after.records["a"] == before.records["a"]
    assert (after.records["a"].edition, after.records["a"].page) == ("first", "a page")


@pytest.mark.parametrize("text", ["", "{", "[]", '{"a": {"odd": 1}}', '{"a": 1}'])
def test_a_broken_file_starts_anew(text: str, tmp_path: Path) -> None:
    path = tmp_path / "limit.json"
    path.write_text(text)
    assert RateLimit(path, EVERY).plan([attempt(1)], 1000.0) == [(attempt(1), "due")]


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
