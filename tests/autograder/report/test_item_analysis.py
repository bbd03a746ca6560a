"""Difficulty and discrimination, against small cases worked out by hand."""

import random
import statistics

import pytest

from autograder.report.item_analysis import FEWEST_FOR_GROUPS, FEWEST_TO_CORRELATE, item_analysis

MOST = {"easy": 1.0, "good": 2.0, "odd": 4.0}


def a_class(size: int) -> list[dict[str, float | None]]:
    """``easy`` is right for all, ``good`` follows a student's strength, ``odd`` goes against it."""
    return [{"easy": 1.0, "good": 2.0 * i / size, "odd": 4.0 * (1 - i / size)} for i in range(size)]


def test_difficulty_is_the_mean_share_of_the_points() -> None:
    items = item_analysis(
        MOST, [{"easy": 1.0, "good": 1.0, "odd": 0.0}, {"easy": 0.0, "good": 2.0}]
    )
    assert (items["easy"].difficulty, items["easy"].full) == (0.5, 0.5)
    assert (items["good"].difficulty, items["good"].full) == (0.75, 0.5)
    assert (items["odd"].difficulty, items["odd"].full) == (0.0, 0.0)


def test_discrimination_is_the_correlation_with_the_rest() -> None:
    chance = random.Random(4)
    rows = [{name: chance.uniform(0, most) for name, most in MOST.items()} for _ in range(25)]
    items = item_analysis(MOST, rows)
    for name in MOST:
        mine = [row[name] for row in rows]
        rest = [sum(row.values()) - row[name] for row in rows]
        assert items[name].discrimination == pytest.approx(statistics.correlation(mine, rest))


def test_an_exercise_is_not_correlated_with_itself() -> None:
    """With itself in the total, an exercise of pure chance would seem to tell something."""
    chance = random.Random(1)
    rows = [{"a": float(chance.random() < 0.5), "b": 0.0 if i % 2 else 1.0} for i in range(400)]
    item = item_analysis({"a": 1.0, "b": 1.0}, rows)["a"]
    assert item.discrimination is not None
    assert abs(item.discrimination) < 0.15


def test_what_cannot_be_told_is_said_in_words() -> None:
    few = item_analysis(MOST, a_class(FEWEST_TO_CORRELATE - 1))
    assert few["good"].discrimination is None
    assert few["good"].verdict == "too few to tell: 9 of 10 students"
    enough = item_analysis(MOST, a_class(20))
    assert enough["easy"].verdict == "all have the same points"
    assert enough["good"].verdict == enough["odd"].verdict
    assert enough["odd"].verdict.startswith("the wrong way round")
    alone = item_analysis({"a": 1.0}, [{"a": i / 20} for i in range(20)])
    assert alone["a"].verdict == "there is no other exercise to compare it with"
    flat = item_analysis({"a": 1.0, "b": 1.0}, [{"a": i / 20, "b": 1.0} for i in range(20)])
    assert flat["a"].verdict == "all have the same points in the other exercises"
    assert item_analysis(MOST, [])["good"].verdict == "not marked yet"


def test_what_is_not_marked_for_all_is_no_part_of_the_rest() -> None:
    rows = [{"a": i / 20, "b": i / 20, "c": None if i < 5 else 0.05 * i} for i in range(20)]
    items = item_analysis({"a": 1.0, "b": 1.0, "c": 1.0}, rows)
    assert items["a"].discrimination == pytest.approx(1.0)
    assert items["c"].discrimination == pytest.approx(1.0)
    assert items["c"].difficulty == pytest.approx(statistics.fmean(0.05 * i for i in range(5, 20)))


def test_upper_less_lower() -> None:
    assert item_analysis(MOST, a_class(FEWEST_FOR_GROUPS - 1))["good"].upper_lower is None
    rows = [{"a": float(i >= 50), "b": i / 100} for i in range(100)]
    assert item_analysis({"a": 1.0, "b": 1.0}, rows)["a"].upper_lower == pytest.approx(1.0)
    # All are tied in the rest but one: nobody can be upper or lower because of the order.
    tied = [{"a": float(i % 2), "b": 0.0} for i in range(99)] + [{"a": 1.0, "b": 1.0}]
    chance = random.Random(2)
    found = set()
    for _ in range(5):
        chance.shuffle(tied)
        found.add(round(item_analysis({"a": 1.0, "b": 1.0}, tied)["a"].upper_lower or 0, 9))
    assert len(found) == 1
