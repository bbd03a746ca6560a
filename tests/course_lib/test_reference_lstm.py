import re
from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lstm_cases import (
    NAMES,
    assert_all_close,
    draw_layer,
    run_torch_lstm,
    stacked,
    with_last_states,
)

from course_lib.gradcheck import check_gradients
from course_lib.reference.lstm import (
    lstm_backward,
    lstm_cell_backward,
    lstm_cell_forward,
    lstm_forward,
)
from course_lib.reference.over_time import last_states

small = st.integers(1, 5)
seeds = st.integers(0, 2**32 - 1)


def sequence(seed, T, N, D, H):
    """x, h0, c0, W_x, W_h, b."""
    shapes = ((T, N, D), (N, H), (N, H), (D, 4 * H), (H, 4 * H), (4 * H,))
    draw = np.random.default_rng(seed).normal
    return [draw(size=shape) for shape in shapes]


def draw_lengths(frozen, T, N):
    """Unequal where there is room; the longest is not always T."""
    return frozen.rng.integers(1, T + 1, size=N)


def test_a_step_by_hand():
    x, h_prev, c_prev = np.array([[1.0]]), np.array([[0.5]]), np.array([[2.0]])
    W_x = np.log([[3.0, 1 / 4, 1.0, 2.0]])  # sigmoid(log p / (1 - p)) = p
    W_h = np.array([[0.0, 0.0, 2 * np.arctanh(0.5), 0.0]])
    h, c, _ = lstm_cell_forward(x, h_prev, c_prev, W_x, W_h, np.zeros(4))
    assert c[0, 0] == pytest.approx(2.0 / 5 + 3 / 4 * 0.5, rel=1e-14)
    assert h[0, 0] == pytest.approx(2 / 3 * np.tanh(0.775), rel=1e-14)


def test_the_cache_holds_what_is_promised(frozen):
    arrays = (frozen(2, 4), frozen(2, 5), frozen(2, 5), *draw_layer(frozen, 4, 5))
    h, c, cache = lstm_cell_forward(*arrays)
    assert [id(part) for part in cache[:5]] == [id(array) for array in arrays[:5]]
    i, f, g, o, cached_c = cache[5:]
    assert cached_c is c
    np.testing.assert_allclose(c, f * arrays[2] + i * g, rtol=1e-14)
    np.testing.assert_allclose(h, o * np.tanh(c), rtol=1e-14)


def test_cell_gradients_equal_central_differences(frozen, sizes):
    _, N, D, H = sizes
    arrays = (frozen(N, D), frozen(N, H), frozen(N, H), *draw_layer(frozen, D, H))
    inputs = dict(zip(("x", "h_prev", "c_prev", *NAMES), arrays, strict=True))
    forward, gradients = stacked(lstm_cell_forward, lstm_cell_backward)
    report = check_gradients(forward, gradients, inputs, frozen.rng, tolerance=1e-6)
    assert report.passed, str(report)


@pytest.mark.parametrize("ragged", [False, True])
def test_sequence_gradients_equal_central_differences(frozen, sizes, ragged):
    T, N, D, H = sizes
    lengths = draw_lengths(frozen, T, N) if ragged else None
    arrays = (frozen(T, N, D), frozen(N, H), frozen(N, H), *draw_layer(frozen, D, H))
    inputs = dict(zip(("x", "h0", "c0", *NAMES), arrays, strict=True))
    forward, gradients = with_last_states(
        partial(lstm_forward, lengths=lengths), lstm_backward, last_states
    )
    report = check_gradients(forward, gradients, inputs, frozen.rng, tolerance=1e-6)
    assert report.passed, str(report)


@pytest.mark.parametrize("ragged", [False, True])
def test_sequence_and_its_gradients_equal_torch(frozen, sizes, ragged):
    T, N, D, H = sizes
    lengths = draw_lengths(frozen, T, N) if ragged else None
    x, h0, c0, layer = frozen(T, N, D), frozen(N, H), frozen(N, H), draw_layer(frozen, D, H)
    dh, dh_T, dc_T = frozen(T, N, H), frozen(N, H), frozen(N, H)
    h_torch, h_T, c_T, dx, dh0, dc0, *dweights = run_torch_lstm(
        [(layer,)], x, h0[None], c0[None], dh, dh_T[None], dc_T[None], lengths
    )

    h, _, cache = lstm_forward(x, h0, c0, *layer, lengths=lengths)
    got = h, *last_states(cache), *lstm_backward(dh, cache, dh_T, dc_T)
    assert_all_close(got, (h_torch, h_T[0], c_T[0], dx, dh0[0], dc0[0], *dweights))


def test_every_memory_is_that_of_its_step(frozen):
    x, h0, c0, layer = frozen(3, 2, 4), frozen(2, 5), frozen(2, 5), draw_layer(frozen, 4, 5)
    h, c, cache = lstm_forward(x, h0, c0, *layer)
    for t in range(3):
        h0, c0, _ = lstm_cell_forward(x[t], h0, c0, *layer)
        assert_all_close((h[t], c[t]), (h0, c0))
    assert_all_close(last_states(cache), (h[-1], c[-1]))


def test_nothing_comes_from_the_right_unless_it_is_given(frozen):
    arrays = (frozen(3, 2, 4), frozen(2, 5), frozen(2, 5), *draw_layer(frozen, 4, 5))
    _, _, cache = lstm_forward(*arrays)
    dh, zero = frozen(3, 2, 5), np.zeros((2, 5))
    assert_all_close(lstm_backward(dh, cache), lstm_backward(dh, cache, zero, zero))


@given(seeds, small, small, small, small)
def test_open_forget_gate_and_closed_input_gate_keep_the_memory_for_ever(seed, T, N, D, H):
    x, h0, c0, W_x, W_h, _ = sequence(seed, T, N, D, H)
    b = np.repeat([-1e3, 1e3, 0.0, 0.0], H)
    _, c, cache = lstm_forward(x, h0, c0, W_x, W_h, b)
    np.testing.assert_array_equal(c, np.broadcast_to(c0, c.shape))
    gradients = lstm_backward(np.zeros_like(c), cache, dc_last=np.ones_like(c0))
    np.testing.assert_array_equal(gradients[2], 1.0)


@given(seeds, small, small, small, small)
def test_closed_forget_gate_makes_the_memory_one_new_candidate(seed, T, N, D, H):
    x, h0, c0, W_x, W_h, _ = sequence(seed, T, N, D, H)
    b = np.repeat([0.0, -1e3, 0.0, 0.0], H)
    one = lstm_forward(x, h0, c0, W_x, W_h, b)
    other = lstm_forward(x, h0, c0 + 1, W_x, W_h, b)
    assert_all_close(one[:2], other[:2])
    assert np.all(np.abs(one[1]) < 1)


@given(seeds, small, small, small, small)
def test_permuting_the_batch_permutes_states_and_memories(seed, T, N, D, H):
    x, h0, c0, *weights = sequence(seed, T, N, D, H)
    order = np.random.default_rng(seed).permutation(N)
    h, c, _ = lstm_forward(x, h0, c0, *weights)
    permuted = lstm_forward(x[:, order], h0[order], c0[order], *weights)
    assert_all_close(permuted[:2], (h[:, order], c[:, order]))


@given(seeds, st.integers(1, 4), st.integers(1, 4), small, small, small)
def test_a_split_sequence_carries_state_memory_and_gradients_over(seed, T1, T2, N, D, H):
    x, h0, c0, *weights = sequence(seed, T1 + T2, N, D, H)
    rng = np.random.default_rng(seed + 1)
    dh, right = rng.normal(size=(T1 + T2, N, H)), rng.normal(size=(2, N, H))
    h, c, cache = lstm_forward(x, h0, c0, *weights)
    whole = lstm_backward(dh, cache, *right)

    h1, c1, cache1 = lstm_forward(x[:T1], h0, c0, *weights)
    h2, c2, cache2 = lstm_forward(x[T1:], *last_states(cache1), *weights)
    assert_all_close((np.concatenate([h1, h2]), np.concatenate([c1, c2])), (h, c))
    late = lstm_backward(dh[T1:], cache2, *right)
    early = lstm_backward(dh[:T1], cache1, *late[1:3])
    dx = np.concatenate([early[0], late[0]])
    sums = [one + other for one, other in zip(early[3:], late[3:], strict=True)]
    for one, other in zip((dx, *early[1:3], *sums), whole, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-8, atol=1e-10)


@given(seeds, small, small, small, small)
def test_each_sequence_of_a_batch_of_unequal_lengths_is_as_it_is_alone(seed, T, N, D, H):
    x, h0, c0, *weights = sequence(seed, T, N, D, H)
    rng = np.random.default_rng(seed + 1)
    lengths = rng.integers(0, T + 1, size=N)
    dh, right = rng.normal(size=(T, N, H)), rng.normal(size=(2, N, H))
    after = np.arange(T)[:, None] >= lengths
    x[after] = dh[after] = np.nan  # what stands after the end is not used
    h, c, cache = lstm_forward(x, h0, c0, *weights, lengths=lengths)
    dx, dh0, dc0, *dweights = lstm_backward(dh, cache, *right)
    for array in (h, c, dx):
        assert np.all(array[after] == 0)
    sums = [np.zeros_like(weight) for weight in weights]
    for n, length in enumerate(lengths):
        one = slice(n, n + 1)
        last = [state[one] for state in last_states(cache)]
        if length == 0:
            assert_all_close((*last, dh0[n], dc0[n]), (h0[one], c0[one], *right[:, n]))
            continue
        h_n, c_n, cache_n = lstm_forward(x[:length, one], h0[one], c0[one], *weights)
        assert_all_close((h[:length, one], c[:length, one], *last), (h_n, c_n, h_n[-1], c_n[-1]))
        alone = lstm_backward(dh[:length, one], cache_n, *right[:, one])
        assert_all_close((dx[:length, one], dh0[one], dc0[one]), alone[:3])
        sums = [total + part for total, part in zip(sums, alone[3:], strict=True)]
    for one, other in zip(dweights, sums, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_dtype_is_kept(frozen, dtype):
    shapes = ((3, 2, 4), (2, 5), (2, 5), (4, 20), (5, 20), (20,))
    arrays = [frozen(*shape, dtype=dtype) for shape in shapes]
    h, c, cache = lstm_forward(*arrays, lengths=np.array([3, 1]))
    results = (h, c, *lstm_backward(frozen(3, 2, 5, dtype=dtype), cache))
    assert {array.dtype for array in results} == {np.dtype(dtype)}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"W_x": np.ones((20, 4))}, "W_x: shape (20, 4), expected (D, 4*H) with D = 4, H = 5"),
        ({"W_h": np.ones((5, 15))}, "W_h: shape (5, 15), expected (H, 4*H) with H = 5"),
        ({"b": np.ones(5)}, "b: shape (5,), expected (4*H,) with H = 5"),
        ({"c0": np.ones((2, 4))}, "c0: shape (2, 4), expected (N, H) with N = 2, H = 5"),
        ({"x": np.ones((0, 2, 4))}, "x: a sequence needs at least one step, got T = 0"),
        ({"lengths": np.array([3])}, "lengths: shape (1,), expected (N,) with N = 2"),
        ({"lengths": np.array([3.0, 1.0])}, "lengths: dtype float64, expected integer"),
        ({"lengths": np.array([3, -1])}, "lengths: must lie in 0..3, got -1..3"),
        ({"lengths": np.array([4, 1])}, "lengths: must lie in 0..3, got 1..4"),
    ],
)
def test_bad_input_is_named(frozen, change, message):
    shapes = {
        "x": (3, 2, 4),
        "h0": (2, 5),
        "c0": (2, 5),
        "W_x": (4, 20),
        "W_h": (5, 20),
        "b": (20,),
    }
    arguments = {name: frozen(*shape) for name, shape in shapes.items()} | change
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        lstm_forward(**arguments)


def test_upstream_of_another_shape_is_named(frozen):
    arrays = (frozen(3, 2, 4), frozen(2, 5), frozen(2, 5), *draw_layer(frozen, 4, 5))
    _, _, cache = lstm_forward(*arrays)
    with pytest.raises(ValueError, match=re.escape("dh: shape (2, 2, 5), expected (3, 2, 5)")):
        lstm_backward(frozen(2, 2, 5), cache)
    with pytest.raises(ValueError, match=re.escape("dh: shape (1, 5), expected (2, 5)")):
        lstm_cell_backward(frozen(1, 5), frozen(1, 5), cache.steps[0])
