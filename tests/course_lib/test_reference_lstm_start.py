import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_lib.reference.lstm import lstm_forward
from course_lib.reference.lstm_start import (
    chrono_bias,
    forget_bias,
    half_life,
    lstm_start,
    memory_with_fixed_gates,
)


@pytest.mark.parametrize(("b_f", "steps"), [(0, 1), (1, 2.2), (3, 14), (5, 103)])
def test_half_lives_that_are_known(b_f, steps):
    assert half_life(b_f) == pytest.approx(steps, rel=0.02)


@given(st.floats(-20, 20))
def test_the_bias_of_a_half_life_is_its_inverse(b_f):
    assert forget_bias(half_life(b_f)) == pytest.approx(b_f, rel=1e-6, abs=1e-9)


@given(st.integers(1, 200))
def test_after_its_half_life_half_of_the_memory_is_left(steps):
    """In the LSTM itself, with closed input gates."""
    H, x = 2, np.zeros((steps, 1, 3))
    b = np.repeat([-1e3, forget_bias(float(steps)), 0.0, 0.0], H)
    c0 = np.array([[1.0, -3.0]])
    _, c, _ = lstm_forward(x, np.zeros((1, H)), c0, np.zeros((3, 8)), np.zeros((2, 8)), b)
    np.testing.assert_allclose(c[-1], c0 / 2, rtol=1e-9)


@pytest.mark.parametrize("b_f", [-2.0, 0.0, 3.0, 1e3])
@pytest.mark.parametrize("steps", [1, 2, 30])
def test_the_memory_under_fixed_gates_is_that_of_the_lstm(frozen, b_f, steps):
    """b_f = 1000 makes f = 1: the memory then grows by i g a step."""
    H = 4
    b = np.concatenate([frozen(H), np.full(H, b_f), frozen(2 * H)])
    c0 = frozen(1, H)
    x, zero = np.zeros((steps, 1, 3)), np.zeros((H, 4 * H))
    _, c, cache = lstm_forward(x, np.zeros((1, H)), c0, np.zeros((3, 4 * H)), zero, b)
    i, f, g = cache.steps[0][5:8]
    np.testing.assert_allclose(memory_with_fixed_gates(c0, i, f, g, steps), c[-1], rtol=1e-10)
    np.testing.assert_array_equal(memory_with_fixed_gates(c0, i, f, g, 0), c0)


def test_the_start_has_the_range_of_torch_and_the_forget_bias_in_its_place():
    W_x, W_h, b = lstm_start(np.random.default_rng(0), 50, 16, forget_bias=3.0)
    assert W_x.shape == (50, 64)
    assert W_h.shape == (16, 64)
    for weights in (W_x, W_h):
        assert 0.245 < np.abs(weights).max() <= 0.25
    np.testing.assert_array_equal(b, [0] * 16 + [3] * 16 + [0] * 32)


def test_chrono_biases_spread_the_half_lives_up_to_the_longest_lag():
    H, T_max = 5000, 320
    b_i, b_f, b_g, b_o = np.split(chrono_bias(np.random.default_rng(0), H, T_max), 4)
    np.testing.assert_array_equal(b_i, -b_f)
    np.testing.assert_array_equal(b_g, 0)
    np.testing.assert_array_equal(b_o, 0)
    u = np.exp(b_f)
    assert 1 <= u.min() < 3
    assert T_max - 3 < u.max() <= T_max - 1
    assert u.mean() == pytest.approx(T_max / 2, rel=0.02)


@pytest.mark.parametrize("steps", [0, -1.0, np.nan, np.inf])
def test_a_half_life_that_cannot_be_had_is_named(steps):
    message = f"half_life: {steps}, expected a number of steps above 0"
    with pytest.raises(ValueError, match=re.escape(message)):
        forget_bias(steps)


def test_a_longest_lag_that_cannot_be_is_named():
    with pytest.raises(ValueError, match="T_max: 1, expected at least 2 steps"):
        chrono_bias(np.random.default_rng(0), 3, 1)
