import re
from functools import partial

import numpy as np
import pytest
import torch
from bptt_cases import LOSSES, assert_gradients_equal, draw_case, torch_loss

from course_lib.data.agreement import WORDS, agreement_batch
from course_lib.gradcheck import check_gradients, numerical_gradient, relative_error
from course_lib.optim import Adam
from course_lib.reference.bptt import bptt
from course_lib.reference.models import classifier_loss, classifier_scores, train
from course_lib.reference.rnn import rnn_forward
from course_lib.reference.variants import (
    init_identity_params,
    variant_backward,
    variant_bptt,
    variant_classifier_loss,
    variant_classifier_scores,
    variant_forward,
)

TORCH = {
    "tanh": torch.tanh,
    "relu": torch.relu,
    "sigmoid": torch.sigmoid,
    "identity": lambda a: a,
}
each_activation = pytest.mark.parametrize("activation", TORCH)
each_loss = pytest.mark.parametrize("loss", LOSSES)
SKIPS = [None, 2, 3, 4, 9]
each_skip = pytest.mark.parametrize("d", SKIPS)


def torch_states(x, h0, W_xh, W_hh, b_h, W_skip, d, f):
    """Every state after every other one, each written into a dict under its own number."""
    h = {0: h0}
    for t in range(1, len(x) + 1):
        a = x[t - 1] @ W_xh + h[t - 1] @ W_hh + b_h
        if d is not None and t - d in h:
            a = a + h[t - d] @ W_skip
        h[t] = f(a)
    return torch.stack([h[t] for t in range(1, len(x) + 1)])


@each_activation
@each_skip
@each_loss
@pytest.mark.parametrize("T", [1, 6])
def test_losses_and_gradients_equal_torch(frozen, activation, d, loss, T):
    case = draw_case(frozen, loss, T=T)
    x, y, h0, params = case.arguments
    if d is not None:
        params = params | {"W_skip": frozen(5, 5)}
    L, grads = variant_bptt(x, y, h0, params, loss, d or 2, activation)
    assert list(grads) == list(params)

    theirs = {name: torch.tensor(value, requires_grad=True) for name, value in params.items()}
    weights = [theirs.get(name) for name in ("W_xh", "W_hh", "b_h", "W_skip")]
    h = torch_states(torch.tensor(x), torch.tensor(h0), *weights, d, TORCH[activation])
    expected = torch_loss(h @ theirs["W_hy"] + theirs["b_y"], torch.tensor(y), loss)
    expected.backward()
    assert pytest.approx(expected.item(), rel=1e-10) == L
    for name, value in theirs.items():
        gradient = np.zeros(value.shape) if value.grad is None else value.grad.numpy()
        scale = max(1.0, float(np.abs(gradient).max()))
        np.testing.assert_allclose(
            grads[name], gradient, rtol=1e-10, atol=1e-12 * scale, err_msg=name
        )


@each_activation
@each_skip
def test_gradients_equal_central_differences(frozen, sizes, activation, d):
    T, N, D, H = sizes
    names = ("x", "h0", "W_xh", "W_hh", "b_h")
    inputs = dict(zip(names, (frozen(T, N, D), frozen(N, H), *frozen.layer(D, H)), strict=True))
    if d is not None:
        inputs["W_skip"] = frozen(H, H)

    def backward(dh, cache):
        grads = variant_backward(dh, cache)._asdict()
        assert (grads["W_skip"] is None) == (d is None)
        return {name: value for name, value in grads.items() if value is not None}

    forward = partial(variant_forward, d=d or 2, activation=activation)
    report = check_gradients(forward, backward, inputs, frozen.rng)
    assert report.passed, str(report)


def test_without_skip_and_with_tanh_it_is_the_simple_network(frozen, sizes):
    T, N, D, H = sizes
    x, h0, layer = frozen(T, N, D), frozen(N, H), frozen.layer(D, H)
    h, _ = variant_forward(x, h0, *layer)
    np.testing.assert_allclose(h, rnn_forward(x, h0, *layer)[0], rtol=1e-12)
    case = draw_case(frozen, "squared", *sizes)
    assert_gradients_equal(variant_bptt(*case.arguments)[1], bptt(*case.arguments)[1])


def test_a_skip_over_the_whole_sequence_and_more_changes_nothing(frozen):
    x, h0, layer, W_skip = frozen(3, 2, 4), frozen(2, 5), frozen.layer(4, 5), frozen(5, 5)
    plain, _ = variant_forward(x, h0, *layer)
    h, cache = variant_forward(x, h0, *layer, W_skip, d=4)
    np.testing.assert_array_equal(h, plain)
    np.testing.assert_array_equal(variant_backward(np.ones_like(h), cache).W_skip, 0)
    h, _ = variant_forward(x, h0, *layer, W_skip, d=3)
    np.testing.assert_array_equal(h[:2], plain[:2])
    assert np.all(h[2] != plain[2])


def test_an_identity_over_d_steps_hands_the_gradient_down_unchanged(frozen):
    """No recurrent weight, no curvature: what comes from above at the end is there d steps ago."""
    x, h0 = frozen(7, 2, 4), frozen(2, 5)
    W_xh, _, b_h = frozen.layer(4, 5)
    zero = np.zeros((5, 5))
    _, cache = variant_forward(x, h0, W_xh, zero, b_h, np.eye(5), d=3, activation="identity")
    dh = np.zeros((7, 2, 5))
    dh[-1] = frozen(2, 5)
    grads = variant_backward(dh, cache)
    for t in range(7):
        expected = dh[-1] @ W_xh.T if t % 3 == 0 else np.zeros((2, 4))
        np.testing.assert_allclose(grads.x[t], expected, rtol=1e-12)


def test_the_classifier_is_the_older_one_for_tanh(frozen):
    params = draw_case(frozen, "squared").params
    x, y = frozen(3, 2, 4), np.array([0, 2])
    L, grads = variant_classifier_loss(params, x, y)
    L_older, older = classifier_loss(params, x, y)
    assert pytest.approx(L_older, rel=1e-12) == L
    assert_gradients_equal(grads, older)
    scores = variant_classifier_scores(params, x)
    np.testing.assert_allclose(scores, classifier_scores(params, x), rtol=1e-12)


@each_activation
def test_the_classifiers_gradients_equal_central_differences(frozen, activation):
    params = draw_case(frozen, "squared").params | {"W_skip": frozen(5, 5)}
    x, y = frozen(4, 2, 4), np.array([0, 2])
    loss = partial(variant_classifier_loss, x=x, y=y, d=3, activation=activation)
    _, grads = loss(params)
    assert list(grads) == list(params)
    for name, value in params.items():
        expected = numerical_gradient(lambda v, name=name: loss({**params, name: v})[0], value)
        assert relative_error(grads[name], expected) < 1e-5, name
    scores = variant_classifier_scores(params, x, 3, activation)
    p = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    assert loss(params)[0] == pytest.approx(-np.log(p[[0, 1], y]).mean(), rel=1e-10)


def test_a_relu_network_that_starts_as_a_sum():
    params = init_identity_params(np.random.default_rng(0), 4, 5, 3, scale=0.1)
    assert {name: value.shape for name, value in params.items()} == {
        "W_xh": (4, 5),
        "W_hh": (5, 5),
        "b_h": (5,),
        "W_hy": (5, 3),
        "b_y": (3,),
    }
    x = np.abs(np.random.default_rng(1).normal(size=(6, 2, 4)))
    positive = {**params, "W_xh": np.abs(params["W_xh"])}
    weights = positive["W_xh"], positive["W_hh"], positive["b_h"]
    h, _ = variant_forward(x, np.zeros((2, 5)), *weights, activation="relu")
    np.testing.assert_allclose(h, np.cumsum(x @ positive["W_xh"], axis=0), rtol=1e-12)
    assert np.std(init_identity_params(np.random.default_rng(0), 50, 50, 1)["W_xh"]) == (
        pytest.approx(0.001, rel=0.05)
    )


def test_agreement_across_a_clause_can_be_learnt():
    draw = partial(agreement_batch, between=3, N=32)
    params = init_identity_params(np.random.default_rng(0), len(WORDS), 16, 2, scale=0.1)
    loss = partial(variant_classifier_loss, activation="relu")
    train(loss, params, draw, optimizer=Adam(0.01), steps=150, seed=0, max_norm=1.0)
    x, y = agreement_batch(np.random.default_rng(1), 3, 500)
    right = variant_classifier_scores(params, x, activation="relu").argmax(axis=-1) == y
    assert right.mean() > 0.95


def test_dtype_is_kept(frozen):
    x, h0, W_xh, W_hh, b_h, W_skip = (
        frozen(*shape, dtype=np.float32)
        for shape in ((3, 2, 4), (2, 5), (4, 5), (5, 5), (5,), (5, 5))
    )
    for activation in TORCH:
        h, cache = variant_forward(x, h0, W_xh, W_hh, b_h, W_skip, activation=activation)
        grads = variant_backward(np.ones_like(h), cache)
        assert {a.dtype for a in (h, *grads)} == {np.dtype(np.float32)}


def test_bad_input_is_named(frozen):
    arguments = frozen(3, 2, 4), frozen(2, 5), *frozen.layer(4, 5)
    with pytest.raises(ValueError, match="d: 1, expected at least 2 steps"):
        variant_forward(*arguments, d=1)
    with pytest.raises(ValueError, match=re.escape("W_skip: shape (5, 4), expected (H, H)")):
        variant_forward(*arguments, np.ones((5, 4)))
    with pytest.raises(ValueError, match="got T = 0"):
        variant_forward(arguments[0][:0], *arguments[1:])
    _, cache = variant_forward(*arguments)
    with pytest.raises(ValueError, match=re.escape("dh: shape (2, 2, 5), expected (3, 2, 5)")):
        variant_backward(frozen(2, 2, 5), cache)
    with pytest.raises(ValueError, match="params: W_xh, W_hh, b_h, W_hy, b_y missing"):
        variant_classifier_loss({}, arguments[0], np.array([0, 1]))
