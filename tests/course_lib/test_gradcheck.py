import re
from functools import partial

import numpy as np
import pytest

from course_lib.gradcheck import check_gradients, numerical_gradient, relative_error
from course_lib.reference.rnn import rnn_backward, rnn_cell_backward, rnn_cell_forward, rnn_forward


def test_numerical_gradient_of_known_functions(frozen):
    x, upstream = frozen(3, 2), frozen(3, 2)
    np.testing.assert_allclose(numerical_gradient(lambda v: np.sum(v**2), x), 2 * x, rtol=1e-7)
    got = numerical_gradient(np.sin, x, upstream)
    np.testing.assert_allclose(got, upstream * np.cos(x), rtol=1e-6, atol=1e-9)
    got = numerical_gradient(lambda v: v @ np.array([1.0, 2.0]), x, np.array([1.0, 0.0, -1.0]))
    np.testing.assert_allclose(got, [[1, 2], [0, 0], [-1, -2]], atol=1e-8)


def test_numerical_gradient_of_a_number_and_of_nothing():
    assert numerical_gradient(lambda v: v**3, np.array(2.0)) == pytest.approx(12, rel=1e-8)
    assert numerical_gradient(np.sum, np.empty((0, 3))).shape == (0, 3)


def test_numerical_gradient_does_not_let_the_function_change_x(frozen):
    def greedy(v):
        v += 1
        return v.sum()

    np.testing.assert_allclose(numerical_gradient(greedy, frozen(4)), 1, rtol=1e-6)


def test_numerical_gradient_names_bad_input(frozen):
    with pytest.raises(ValueError, match="x: expected a float64 array, got float32"):
        numerical_gradient(np.sum, frozen(3, dtype=np.float32))
    with pytest.raises(ValueError, match=re.escape("upstream: f(x) has shape (3,)")):
        numerical_gradient(np.sin, frozen(3))
    with pytest.raises(ValueError, match=re.escape("upstream: shape (2,), expected (3,)")):
        numerical_gradient(np.sin, frozen(3), frozen(2))


def test_relative_error():
    assert relative_error([1.0, 100.0], [1.0, 101.0]) == pytest.approx(1 / 101)
    assert relative_error([1e-9], [0.0]) == pytest.approx(1e-6)
    assert relative_error([1e-9], [0.0], floor=1e-12) == 1
    assert relative_error([], []) == 0
    assert relative_error([np.nan], [np.nan]) == np.inf
    assert relative_error([np.inf], [np.inf]) == np.inf
    with pytest.raises(ValueError, match=re.escape("shapes differ: (1,) and (1, 1)")):
        relative_error([1.0], [[1.0]])


def inputs(frozen):
    names = ("W_xh", "W_hh", "b_h")
    weights = dict(zip(names, frozen.layer(4, 5), strict=True))
    return {"x": frozen(3, 2, 4), "h0": frozen(2, 5), **weights}


def forgets_the_slope(dh, cache):
    """The cell's gradient without (1 - h^2)."""
    x, h_prev, W_xh, W_hh, _ = cache
    return dh @ W_xh.T, dh @ W_hh.T, x.T @ dh, h_prev.T @ dh, dh.sum(axis=0)


def multiplies_by_the_new_state(dh, cache):
    """h_t where h_{t-1} belongs, in dW_hh only."""
    dx, dh_prev, dW_xh, _, db_h = rnn_cell_backward(dh, cache)
    h = cache[-1]
    return dx, dh_prev, dW_xh, h.T @ (dh * (1 - h**2)), db_h


def forgets_what_comes_from_the_right(dh, cache):
    parts = [rnn_cell_backward(dh_t, step) for dh_t, step in zip(dh, cache, strict=True)]
    dx, dh_prev, *weights = zip(*parts, strict=True)
    return np.stack(dx), dh_prev[0], *(sum(w) for w in weights)


def a_millionth_too_large(dh, cache):
    return tuple(g * (1 + 5e-5) for g in rnn_backward(dh, cache))


def transposes(dh, cache):
    dx, dh0, dW_xh, dW_hh, db_h = rnn_backward(dh, cache)
    return dx, dh0, dW_xh.T, dW_hh, db_h


def not_a_number(dh, cache):
    dx, *others = rnn_backward(dh, cache)
    return np.where(dx == dx.max(), np.nan, dx), *others


def test_right_gradients_pass(frozen):
    report = check_gradients(rnn_forward, rnn_backward, inputs(frozen), frozen.rng)
    assert report.passed
    assert list(report.errors) == ["x", "h0", "W_xh", "W_hh", "b_h"]
    assert max(report.errors.values()) < 1e-6
    assert str(report).count("ok") == 5


@pytest.mark.parametrize(
    ("wrong", "caught"),
    [
        (forgets_what_comes_from_the_right, {"x", "h0", "W_xh", "W_hh", "b_h"}),
        (a_millionth_too_large, {"x", "h0", "W_xh", "W_hh", "b_h"}),
        (transposes, {"W_xh"}),
        (not_a_number, {"x"}),
    ],
)
def test_a_planted_bug_in_the_sequence_is_caught_and_named(frozen, wrong, caught):
    report = check_gradients(rnn_forward, wrong, inputs(frozen), frozen.rng)
    assert not report.passed
    assert set(report.problems) == caught


@pytest.mark.parametrize(
    ("wrong", "caught"),
    [
        (forgets_the_slope, {"x", "h_prev", "W_xh", "W_hh", "b_h"}),
        (multiplies_by_the_new_state, {"W_hh"}),
    ],
)
def test_a_planted_bug_in_the_cell_is_caught_and_named(frozen, wrong, caught):
    arrays = inputs(frozen)
    cell = {"x": arrays.pop("x")[0], "h_prev": arrays.pop("h0"), **arrays}
    report = check_gradients(rnn_cell_forward, wrong, cell, frozen.rng)
    assert set(report.problems) == caught


def test_a_wrong_shape_is_said_in_words(frozen):
    report = check_gradients(rnn_forward, transposes, inputs(frozen), frozen.rng)
    assert report.problems == {"W_xh": "shape (5, 4), expected (4, 5)"}
    assert "dW_xh  relative error inf  shape (5, 4), expected (4, 5)" in str(report)


def test_an_error_that_cancels_in_a_plain_sum_is_caught(frozen):
    """Handing the upstream to the wrong places is right for an upstream of ones only."""
    report = check_gradients(
        lambda x: (2 * x, None), lambda dh, _: 2 * dh[::-1], {"x": frozen(3, 2)}, frozen.rng
    )
    assert not report.passed


def test_gradients_may_come_by_name_or_alone(frozen):
    def forward(a, b):
        return a * b, (a, b)

    def backward(upstream, cache):
        return {"b": upstream * cache[0], "a": upstream * cache[1]}

    arrays = {"a": frozen(3), "b": frozen(3)}
    assert check_gradients(forward, backward, arrays, frozen.rng).passed
    alone = check_gradients(
        lambda a: (a**2, a), lambda up, a: 2 * a * up, {"a": frozen(3)}, frozen.rng
    )
    assert alone.passed
    with pytest.raises(ValueError, match="backward: 1 gradients, expected 2"):
        check_gradients(forward, lambda up, _: (up,), arrays, frozen.rng)
    with pytest.raises(ValueError, match=re.escape("backward: gradients for ['a'], expected")):
        check_gradients(forward, lambda up, _: {"a": up}, arrays, frozen.rng)


def test_a_backward_pass_that_works_in_place_is_compared_with_the_upstream_it_was_given(frozen):
    """Its array is its own: what it does to it changes neither a right nor a wrong verdict."""

    def forward(x):
        return 4 * x, None

    def right_in_place(upstream, _):
        upstream *= 4
        return upstream

    def too_small_in_place(upstream, _):
        upstream /= 4
        return 4 * upstream

    x = {"x": frozen(3, 2)}
    assert check_gradients(forward, right_in_place, x, frozen.rng).passed
    assert not check_gradients(forward, too_small_in_place, x, frozen.rng).passed


def test_a_forward_pass_that_works_in_place_does_not_change_the_inputs(frozen):
    def forward(x, y):
        x *= y
        return x, y.copy()

    def backward(upstream, y):
        return upstream * y, upstream * x

    x = frozen(3)
    report = check_gradients(forward, backward, {"x": x, "y": frozen(3)}, frozen.rng)
    assert report.passed, str(report)


def test_an_output_that_is_one_array_each_time_is_measured(frozen):
    buffer = np.empty(3)

    def forward(x):
        np.sin(x, out=buffer)
        return buffer, x

    report = check_gradients(forward, lambda dy, x: dy * np.cos(x), {"x": frozen(3)}, frozen.rng)
    assert report.passed, str(report)


@pytest.mark.parametrize("scale", [1e-6, 1e-9, 1e-12, 1e-100])
def test_a_small_gradient_is_measured_as_exactly_as_a_large_one(frozen, scale):
    def forward(x):
        return scale * np.sin(x), x

    def backward(dy, x, factor=1.0):
        return factor * scale * dy * np.cos(x)

    x = {"x": frozen(4)}
    assert check_gradients(forward, backward, x, frozen.rng).passed
    wrong = check_gradients(forward, partial(backward, factor=4.0), x, frozen.rng)
    assert wrong.problems == {"x": "differs: more than 1e-05"}
    assert wrong.errors["x"] == pytest.approx(0.75)


@pytest.mark.parametrize("factor", [1.0, 4.0])
def test_what_rounding_hides_is_said_to_be_hidden(frozen, factor):
    """1 + 1e-20 x is 1: neither the right slope nor four times it can be told from 0."""
    report = check_gradients(
        lambda x: (1 + 1e-20 * x, None),
        lambda dy, _: factor * 1e-20 * dy,
        {"x": frozen(3)},
        frozen.rng,
    )
    assert not report.passed
    assert report.problems == {"x": "nothing to measure here: too small against rounding"}
    assert report.unmeasured == {"x": 3}


def test_entries_that_rounding_hides_are_counted(frozen):
    weights = np.array([1.0, 1e-20, 1e-20])
    report = check_gradients(
        lambda x: (1 + weights * x, None),
        lambda dy, _: weights * dy,
        {"x": frozen(3)},
        frozen.rng,
    )
    assert report.passed
    assert "ok, but nothing to measure in 2 of its entries" in str(report)


def test_a_gradient_of_exactly_zero_passes_though_rounding_moves_what_is_measured(frozen):
    """The sum of softmax is 1 whatever the scores are; computed, it is 1 up to rounding."""

    def forward(o):
        e = np.exp(o)
        return (e / e.sum()).sum(), None

    report = check_gradients(forward, lambda dy, _: np.zeros(5), {"o": frozen(5)}, frozen.rng)
    assert report.passed, str(report)


FUNCTIONS = {
    "square": (np.square, lambda x: 2 * x),
    "cube": (lambda x: x**3, lambda x: 3 * x**2),
    "sine": (np.sin, np.cos),
    "fast sine": (lambda x: np.sin(300 * x), lambda x: 300 * np.cos(300 * x)),
    "logarithm": (lambda x: np.log(np.abs(x)), lambda x: 1 / x),
    "tanh": (np.tanh, lambda x: 1 / np.cosh(np.clip(x, -300, 300)) ** 2),
    "relu": (lambda x: np.maximum(x, 0), lambda x: (x > 0) * 1.0),
}


# A sine of a much larger number is itself rounding.
SIZES = {name: [1e-3, 1.0, 3e2] + [1e6, 1e9] * ("sine" not in name) for name in FUNCTIONS}


@pytest.mark.parametrize(
    ("name", "size"), [(name, size) for name, sizes in SIZES.items() for size in sizes]
)
def test_inputs_of_any_size_raise_no_false_alarm_and_hide_no_error(frozen, name, size):
    f, slope = FUNCTIONS[name]
    x = {"x": size * (1 + np.abs(frozen(6))) * np.array([1, -1, 1, -1, 1, -1])}
    report = check_gradients(lambda x: (f(x), x), lambda dy, x: dy * slope(x), x, frozen.rng)
    assert "differs" not in str(report)
    wrong = check_gradients(lambda x: (f(x), x), lambda dy, x: 1.001 * dy * slope(x), x, frozen.rng)
    if np.any(np.abs(slope(x["x"])) > 1e-6):
        assert wrong.problems == {"x": "differs: more than 1e-05"}


def test_at_a_kink_any_slope_between_the_two_sides_is_no_error():
    rng = np.random.default_rng(0)
    x = {"x": np.array([0.0, 1.0, -1.0])}
    for at_zero in (0.0, 0.5, 1.0):
        slopes = np.array([at_zero, 1.0, 0.0])
        report = check_gradients(
            lambda x: (np.maximum(x, 0), None), lambda dy, _, s=slopes: dy * s, x, rng
        )
        assert report.passed, str(report)
    beyond = check_gradients(
        lambda x: (np.maximum(x, 0), None), lambda dy, _: dy * np.array([1.5, 1, 0]), x, rng
    )
    assert not beyond.passed


@pytest.mark.parametrize(
    ("gradient", "problem"),
    [
        (lambda dy: None, "None, expected an array"),
        (lambda dy: dy * 1j, "dtype complex128, expected float"),
        (lambda dy: dy * np.nan, "holds entries that are not finite"),
        (lambda dy: list(dy), None),
    ],
)
def test_what_is_no_gradient_is_said_in_words(frozen, gradient, problem):
    report = check_gradients(
        lambda x: (x, None), lambda dy, _: {"x": gradient(dy)}, {"x": frozen(3)}, frozen.rng
    )
    assert report.problems.get("x") == problem


def test_check_gradients_names_bad_input(frozen):
    def backward(dy, _):
        return dy

    with pytest.raises(ValueError, match="inputs: x: expected a float64 array, got float32"):
        check_gradients(
            lambda x: (x, None), backward, {"x": frozen(3, dtype=np.float32)}, frozen.rng
        )
    with pytest.raises(ValueError, match=re.escape("forward: a ndarray, expected (output, cache)")):
        check_gradients(lambda x: x, backward, {"x": frozen(3)}, frozen.rng)
    with pytest.raises(ValueError, match="h: 0, expected a positive number"):
        numerical_gradient(np.sum, frozen(3), h=0)
