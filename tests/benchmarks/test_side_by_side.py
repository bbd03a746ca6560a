"""Two programs are timed in turn, and compared round by round."""

import numpy as np
import pytest


@pytest.fixture
def side_by_side(load_benchmark):
    return load_benchmark("side_by_side")


def test_the_two_take_turns(side_by_side):
    order: list[str] = []
    timed = side_by_side.compare(
        lambda: order.append("a"), lambda: order.append("b"), rounds=3, least=0
    )
    assert order == ["a", "b", "a", "b", "a", "b", "a", "b"]
    assert len(timed.numpy) == len(timed.torch) == len(timed.ratios) == 3


def test_a_ratio_is_taken_round_by_round(side_by_side):
    assert side_by_side.Comparison([3.0, 1.0], [1.0, 2.0]).ratios == [3.0, 0.5]


def test_results_that_differ_are_found(side_by_side):
    one, other = np.ones(3), np.array([1.0, 1.0, 1.1])
    side_by_side.require_same([one], [one])
    side_by_side.require_same([one], [other], tolerance=0.2)
    with pytest.raises(AssertionError, match="do not compute the same"):
        side_by_side.require_same([one, one], [one, other])


def test_a_row_says_the_median_ratio_and_its_range(side_by_side, capsys):
    timed = side_by_side.Comparison([0.003, 0.001, 0.002], [0.001, 0.002, 0.002])
    side_by_side.print_heading()
    side_by_side.print_row((64, 32, 128, 256), "forward", timed)
    *_, heading, row = capsys.readouterr().out.splitlines()
    assert heading.split() == ["T", "N", "D", "H", "pass", "NumPy", "ms", "torch", "ms", "ratio"]
    assert row.split()[:7] == ["64", "32", "128", "256", "forward", "2.000", "2.000"]
    assert row.endswith("1.00 (0.50 - 3.00)")
