import re

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from course_lib.gradcheck import check_gradients
from course_lib.parity import from_torch_rnn, to_torch_rnn
from course_lib.reference.rnn import (
    rnn_backward,
    rnn_cell_backward,
    rnn_cell_forward,
    rnn_forward,
)

NAMES = ("W_xh", "W_hh", "b_h")
small = st.integers(1, 5)
seeds = st.integers(0, 2**32 - 1)


def sequence(seed, T, N, D, H):
    f = np.random.default_rng(seed).normal
    return f(size=(T, N, D)), f(size=(N, H)), f(size=(D, H)), f(size=(H, H)), f(size=H)


def test_cell_follows_the_equation_number_by_number(frozen):
    x, h_prev, (W_xh, W_hh, b_h) = frozen(2, 4), frozen(2, 5), frozen.layer(4, 5)
    h, cache = rnn_cell_forward(x, h_prev, W_xh, W_hh, b_h)
    for n in range(2):
        for j in range(5):
            a = sum(x[n, d] * W_xh[d, j] for d in range(4))
            a += sum(h_prev[n, i] * W_hh[i, j] for i in range(5))
            assert h[n, j] == pytest.approx(np.tanh(a + b_h[j]), rel=1e-12)
    assert [id(part) for part in cache] == [id(p) for p in (x, h_prev, W_xh, W_hh, h)]


def test_cell_gradients_equal_central_differences(frozen, sizes):
    _, N, D, H = sizes
    arrays = (frozen(N, D), frozen(N, H), *frozen.layer(D, H))
    report = check_gradients(
        rnn_cell_forward,
        rnn_cell_backward,
        dict(zip(("x", "h_prev", *NAMES), arrays, strict=True)),
        frozen.rng,
    )
    assert report.passed, str(report)


def test_sequence_gradients_equal_central_differences(frozen, sizes):
    T, N, D, H = sizes
    arrays = (frozen(T, N, D), frozen(N, H), *frozen.layer(D, H))
    report = check_gradients(
        rnn_forward,
        rnn_backward,
        dict(zip(("x", "h0", *NAMES), arrays, strict=True)),
        frozen.rng,
    )
    assert report.passed, str(report)


def test_sequence_and_its_gradients_equal_torch(frozen, sizes):
    T, N, D, H = sizes
    x, h0, layer, dh = frozen(T, N, D), frozen(N, H), frozen.layer(D, H), frozen(T, N, H)
    h, cache = rnn_forward(x, h0, *layer)
    dx, dh0, *dW = rnn_backward(dh, cache)

    module = to_torch_rnn(dict(zip(NAMES, layer, strict=True)))
    x_torch = torch.tensor(x, requires_grad=True)
    h0_torch = torch.tensor(h0[None], requires_grad=True)
    h_torch, last = module(x_torch, h0_torch)
    (h_torch * torch.tensor(dh)).sum().backward()
    np.testing.assert_allclose(h, h_torch.detach(), rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(h[-1], last[0].detach(), rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(dx, x_torch.grad, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(dh0, h0_torch.grad[0], rtol=1e-10, atol=1e-12)
    for name, got in zip(NAMES, dW, strict=True):
        expected = from_torch_rnn(module, "gradients")[name]
        np.testing.assert_allclose(got, expected, rtol=1e-10, atol=1e-12, err_msg=name)


@given(seeds, small, small, small)
def test_one_step_is_a_dense_layer(seed, N, D, H):
    x, h0, W_xh, W_hh, b_h = sequence(seed, 1, N, D, H)
    dense = np.tanh(np.hstack([x[0], h0]) @ np.vstack([W_xh, W_hh]) + b_h)
    np.testing.assert_allclose(rnn_forward(x, h0, W_xh, W_hh, b_h)[0][0], dense, rtol=1e-12)


@given(seeds, small, small, small, small)
def test_permuting_the_batch_permutes_the_states(seed, T, N, D, H):
    x, h0, *layer = sequence(seed, T, N, D, H)
    order = np.random.default_rng(seed).permutation(N)
    h, _ = rnn_forward(x, h0, *layer)
    permuted, _ = rnn_forward(x[:, order], h0[order], *layer)
    np.testing.assert_allclose(permuted, h[:, order], rtol=1e-10, atol=1e-12)


@given(seeds, st.integers(1, 4), st.integers(1, 4), small, small, small)
def test_a_split_sequence_with_the_state_carried_equals_one_run(seed, T1, T2, N, D, H):
    x, h0, *layer = sequence(seed, T1 + T2, N, D, H)
    whole, _ = rnn_forward(x, h0, *layer)
    first, _ = rnn_forward(x[:T1], h0, *layer)
    second, _ = rnn_forward(x[T1:], first[-1], *layer)
    np.testing.assert_allclose(np.concatenate([first, second]), whole, rtol=1e-10, atol=1e-12)


@given(seeds, st.integers(1, 4), st.integers(1, 4), small, small, small)
def test_the_gradient_of_a_split_sequence_carries_over_through_the_state(seed, T1, T2, N, D, H):
    x, h0, *layer = sequence(seed, T1 + T2, N, D, H)
    dh = np.random.default_rng(seed + 1).normal(size=(T1 + T2, N, H))
    whole = rnn_backward(dh, rnn_forward(x, h0, *layer)[1])
    first, cache1 = rnn_forward(x[:T1], h0, *layer)
    _, cache2 = rnn_forward(x[T1:], first[-1], *layer)
    late = rnn_backward(dh[T1:], cache2)
    dh_first = dh[:T1].copy()
    dh_first[-1] += late[1]
    early = rnn_backward(dh_first, cache1)
    np.testing.assert_allclose(np.concatenate([early[0], late[0]]), whole[0], rtol=1e-8, atol=1e-10)
    np.testing.assert_allclose(early[1], whole[1], rtol=1e-8, atol=1e-10)
    for one, other, both in zip(early[2:], late[2:], whole[2:], strict=True):
        np.testing.assert_allclose(one + other, both, rtol=1e-8, atol=1e-10)


def test_a_gradient_at_the_last_step_only_reaches_the_first_input(frozen):
    x, h0, layer = frozen(3, 2, 4), frozen(2, 5), frozen.layer(4, 5)
    dh = np.zeros((3, 2, 5))
    dh[-1] = 1
    dx, dh0, *_ = rnn_backward(dh, rnn_forward(x, h0, *layer)[1])
    assert np.all(dx != 0)
    assert np.all(dh0 != 0)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_dtype_is_kept(frozen, dtype):
    x, h0, *layer = (frozen(*s, dtype=dtype) for s in ((3, 2, 4), (2, 5), (4, 5), (5, 5), (5,)))
    h, cache = rnn_forward(x, h0, *layer)
    assert [a.dtype for a in (h, *rnn_backward(frozen(3, 2, 5, dtype=dtype), cache))] == [dtype] * 6


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"W_xh": np.ones((5, 4))}, "W_xh: shape (5, 4), expected (D, H) with D = 4, H = 5"),
        ({"W_hh": np.ones((5, 4))}, "W_hh: shape (5, 4), expected (H, H) with H = 5"),
        ({"b_h": np.ones((1, 5))}, "b_h: shape (1, 5), expected (H,) with H = 5"),
        ({"h0": np.ones((3, 5))}, "h0: shape (3, 5), expected (N, H) with N = 2"),
        ({"x": np.ones((2, 4))}, "x: shape (2, 4), expected (T, N, D)"),
        ({"x": np.ones((0, 2, 4))}, "x: a sequence needs at least one step, got T = 0"),
        ({"x": np.ones((3, 2, 4), int)}, "x: dtype int64, expected float"),
        ({"x": [[[1.0]]]}, "x: expected a NumPy array, got list"),
        ({"b_h": None}, "b_h: expected a NumPy array, got NoneType"),
    ],
)
def test_bad_input_is_named(frozen, change, message):
    shapes = {"x": (3, 2, 4), "h0": (2, 5), "W_xh": (4, 5), "W_hh": (5, 5), "b_h": (5,)}
    arguments = {name: frozen(*shape) for name, shape in shapes.items()} | change
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        rnn_forward(**arguments)


def test_upstream_of_another_shape_is_named(frozen):
    _, cache = rnn_forward(frozen(3, 2, 4), frozen(2, 5), *frozen.layer(4, 5))
    with pytest.raises(ValueError, match=re.escape("dh: shape (2, 2, 5), expected (3, 2, 5)")):
        rnn_backward(frozen(2, 2, 5), cache)
    with pytest.raises(ValueError, match=re.escape("dh: shape (1, 5), expected (2, 5)")):
        rnn_cell_backward(frozen(1, 5), cache[0])
