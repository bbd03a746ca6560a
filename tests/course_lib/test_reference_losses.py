import re

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from torch.nn import functional as F

from course_lib.gradcheck import check_gradients, numerical_gradient, relative_error
from course_lib.reference.losses import (
    cross_entropy_backward,
    cross_entropy_forward,
    log_softmax,
    softmax,
    squared_error_backward,
    squared_error_forward,
)

scores = hnp.arrays(
    np.float64,
    hnp.array_shapes(min_dims=1, max_dims=3, max_side=4),
    elements=st.floats(-50, 50, allow_subnormal=False),
)
LOSSES = [
    (cross_entropy_forward, cross_entropy_backward),
    (squared_error_forward, squared_error_backward),
]


def target_for(forward, frozen, *shape):
    if forward is squared_error_forward:
        return frozen(*shape)
    return frozen.rng.integers(shape[-1], size=shape[:-1])


@given(scores)
def test_softmax_and_log_softmax_equal_torch(o):
    np.testing.assert_allclose(softmax(o), F.softmax(torch.tensor(o), -1), rtol=1e-10)
    expected = F.log_softmax(torch.tensor(o), -1)
    np.testing.assert_allclose(log_softmax(o), expected, rtol=1e-10, atol=1e-13)


@given(scores, st.floats(-100, 100))
def test_softmax_does_not_change_when_a_number_is_added_to_all_scores(o, shift):
    np.testing.assert_allclose(softmax(o + shift), softmax(o), rtol=1e-10, atol=1e-300)


@given(scores)
def test_softmax_gives_probabilities(o):
    p = softmax(o)
    assert np.all(p >= 0)
    np.testing.assert_allclose(p.sum(axis=-1), 1, rtol=1e-12)


def test_nothing_overflows_at_large_scores():
    o = np.array([[1e4, 0.0, -1e4], [-1e4, -1e4, -1e4]])
    np.testing.assert_array_equal(softmax(o)[0], [1, 0, 0])
    np.testing.assert_allclose(softmax(o)[1], 1 / 3)
    np.testing.assert_allclose(log_softmax(o)[0], [0, -1e4, -2e4])
    loss, cache = cross_entropy_forward(o, np.array([2, 0]))
    assert loss == pytest.approx((2e4 + np.log(3)) / 2)
    assert np.isfinite(cross_entropy_backward(cache)).all()


@pytest.mark.parametrize("front", [(3, 2), (4,), (), (1, 1)])
def test_cross_entropy_equals_torch(frozen, front):
    o, y = frozen(*front, 5), frozen.rng.integers(5, size=front)
    loss, cache = cross_entropy_forward(o, y)
    o_torch = torch.tensor(o, requires_grad=True)
    expected = F.cross_entropy(o_torch.reshape(-1, 5), torch.tensor(y).reshape(-1))
    expected.backward()
    assert loss == pytest.approx(expected.item(), rel=1e-10)
    np.testing.assert_allclose(cross_entropy_backward(cache), o_torch.grad, rtol=1e-10, atol=1e-13)


def test_masked_cross_entropy_equals_torch_with_ignored_targets(frozen):
    o, y = frozen(4, 3, 5), frozen.rng.integers(5, size=(4, 3))
    mask = frozen.rng.random((4, 3)) < 0.6
    assert 0 < mask.sum() < mask.size
    y = np.where(mask, y, -100)
    loss, cache = cross_entropy_forward(o, y, mask)
    o_torch = torch.tensor(o, requires_grad=True)
    expected = F.cross_entropy(o_torch.reshape(-1, 5), torch.tensor(y).reshape(-1))
    expected.backward()
    assert loss == pytest.approx(expected.item(), rel=1e-10)
    np.testing.assert_allclose(cross_entropy_backward(cache), o_torch.grad, rtol=1e-10, atol=1e-13)


@pytest.mark.parametrize("front", [(3, 2), (4,), (), (1, 1)])
def test_squared_error_equals_torch(frozen, front):
    o, y = frozen(*front, 5), frozen(*front, 5)
    loss, cache = squared_error_forward(o, y)
    o_torch = torch.tensor(o, requires_grad=True)
    expected = ((o_torch - torch.tensor(y)) ** 2).sum(-1).mean() / 2
    expected.backward()
    assert loss == pytest.approx(expected.item(), rel=1e-10)
    np.testing.assert_allclose(squared_error_backward(cache), o_torch.grad, rtol=1e-10, atol=1e-13)


@pytest.mark.parametrize(("forward", "backward"), LOSSES)
@pytest.mark.parametrize("shape", [(3, 2, 4), (1, 1, 1), (1, 3)])
@pytest.mark.parametrize("masked", [False, True])
def test_gradients_equal_central_differences(frozen, forward, backward, shape, masked):
    o, y = frozen(*shape), target_for(forward, frozen, *shape)
    mask = None
    if masked:
        mask = frozen.rng.random(shape[:-1]) < 0.5
        mask.flat[0] = True
    _, cache = forward(o, y, mask)
    expected = numerical_gradient(lambda v: forward(v, y, mask)[0], o)
    assert relative_error(backward(cache), expected) < 1e-6


@pytest.mark.parametrize(("forward", "backward"), LOSSES)
def test_padding_leaves_loss_and_gradient_alone(frozen, forward, backward):
    o, y = frozen(3, 2, 4), target_for(forward, frozen, 3, 2, 4)
    loss, cache = forward(o, y)
    long_o = np.concatenate([o, np.full((2, 2, 4), np.inf)])
    long_y = np.concatenate([y, np.full((2, *y.shape[1:]), 99, dtype=y.dtype)])
    mask = np.arange(5)[:, None] < np.array([3, 3])
    padded_loss, padded_cache = forward(long_o, long_y, mask)
    assert padded_loss == pytest.approx(loss, rel=1e-12)
    do = backward(padded_cache)
    np.testing.assert_allclose(do[:3], backward(cache), rtol=1e-12)
    np.testing.assert_array_equal(do[3:], 0)


@pytest.mark.parametrize(("forward", "backward"), LOSSES)
def test_a_mask_that_is_true_everywhere_changes_nothing(frozen, forward, backward):
    o, y = frozen(3, 2, 4), target_for(forward, frozen, 3, 2, 4)
    loss, cache = forward(o, y)
    masked_loss, masked_cache = forward(o, y, np.ones((3, 2), dtype=bool))
    assert masked_loss == loss
    np.testing.assert_array_equal(backward(masked_cache), backward(cache))


@pytest.mark.parametrize(("forward", "backward"), LOSSES)
def test_dtype_is_kept(frozen, forward, backward):
    o = frozen(3, 2, 4, dtype=np.float32)
    y = target_for(forward, frozen, 3, 2, 4)
    y = y if y.dtype.kind == "i" else y.astype(np.float32)
    loss, cache = forward(o, y)
    assert loss.dtype == backward(cache).dtype == np.float32
    assert softmax(o).dtype == log_softmax(o).dtype == np.float32


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize("masked", [False, True])
def test_reductions_equal_torch(frozen, reduction, masked):
    """Torch leaves out positions by a class, `ignore_index`; that of -100 by default."""
    o, y = frozen(3, 2, 4), frozen.rng.integers(4, size=(3, 2))
    mask = np.array([[True, False], [True, True], [False, True]]) if masked else None
    loss, cache = cross_entropy_forward(o, y, mask, reduction)
    leaf = torch.tensor(o, requires_grad=True)
    wanted = torch.tensor(y if mask is None else np.where(mask, y, -100))
    expected = F.cross_entropy(leaf.flatten(0, 1), wanted.flatten(), reduction=reduction)
    dL = frozen(*np.shape(loss))
    (expected.reshape(np.shape(loss)) * torch.tensor(dL)).sum().backward()
    np.testing.assert_allclose(loss, expected.detach().reshape(np.shape(loss)), rtol=1e-10)
    do = cross_entropy_backward(cache, np.asarray(dL))
    np.testing.assert_allclose(do, leaf.grad, rtol=1e-10, atol=1e-13)


@pytest.mark.parametrize(("forward", "backward"), LOSSES)
@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
def test_reductions_differentiate_right_and_hold_nan_behind_the_mask(
    frozen, forward, backward, reduction
):
    o, y = frozen(3, 2, 4), target_for(forward, frozen, 3, 2, 4)
    mask = np.array([[True, False], [True, True], [False, True]])
    report = check_gradients(
        lambda o: forward(o, y, mask, reduction),
        lambda dL, c: backward(c, dL),
        {"o": o},
        frozen.rng,
    )
    assert report.passed, str(report)
    loss, cache = forward(np.where(mask[..., None], o, np.nan), y, mask, reduction)
    assert np.all(np.isfinite(loss))
    dL = np.where(mask, 1.0, np.nan) if reduction == "none" else np.array(1.0)
    do = backward(cache, dL)
    np.testing.assert_array_equal(do[~mask], 0)
    np.testing.assert_array_equal(do[mask], backward(forward(o, y, mask, reduction)[1])[mask])


def test_bad_input_is_named(frozen):
    o, y = frozen(3, 2, 4), np.zeros((3, 2), dtype=int)
    with pytest.raises(ValueError, match=re.escape("y: classes must lie in 0..3, got 0..4")):
        cross_entropy_forward(o, np.array([[0, 4], [0, 0], [0, 0]]))
    with pytest.raises(ValueError, match=re.escape("y: classes must lie in 0..3, got -1..0")):
        cross_entropy_forward(o, np.array([[0, -1], [0, 0], [0, 0]]))
    with pytest.raises(
        ValueError, match=re.escape("y: shape (2, 3), expected (*B,) with *B = (3, 2)")
    ):
        cross_entropy_forward(o, y.T)
    with pytest.raises(ValueError, match="y: dtype float64, expected integer"):
        cross_entropy_forward(o, y * 1.0)
    with pytest.raises(ValueError, match="mask: dtype int64, expected bool"):
        cross_entropy_forward(o, y, y)
    with pytest.raises(ValueError, match="reduction: 'max', expected one of mean, sum, none"):
        cross_entropy_forward(o, y, reduction="max")
    with pytest.raises(ValueError, match=re.escape("dL: shape (), expected (3, 2)")):
        cross_entropy_backward(cross_entropy_forward(o, y, reduction="none")[1], np.array(1.0))
    with pytest.raises(ValueError, match=re.escape("o: shape (3, 2, 0), expected at least one")):
        cross_entropy_forward(frozen(3, 2, 0), y)
    with pytest.raises(ValueError, match="mask: no position is left"):
        cross_entropy_forward(o, y, y == 1)
    with pytest.raises(ValueError, match=re.escape("y: shape (3, 2, 1), expected (*B, K)")):
        squared_error_forward(o, frozen(3, 2, 1))
