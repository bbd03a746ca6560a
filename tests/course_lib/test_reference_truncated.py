import re
from itertools import product

import numpy as np
import pytest
import torch
from bptt_cases import LOSSES, assert_gradients_equal, draw_case, torch_loss

from course_lib.reference.bptt import PARAMS, bptt, sequence_loss, states_and_outputs
from course_lib.reference.truncated import (
    WindowLearner,
    passed_bptt,
    random_passes,
    randomized_bptt,
    truncated_bptt,
    windowed_bptt,
    windowed_state_gradients,
)

each_loss = pytest.mark.parametrize("loss", LOSSES)


class Recorder:
    """An optimiser that keeps the gradients and changes nothing."""

    def __init__(self):
        self.grads = []

    def step(self, params, grads):
        assert set(params) == set(grads)
        self.grads.append(grads)


def torch_truncated(case, detached, loss_steps=None):
    """Gradients by torch, with the state taken out of the graph before the steps in `detached`;
    only the losses of `loss_steps` count (all, if not given).
    """
    params = {name: torch.tensor(v, requires_grad=True) for name, v in case.params.items()}
    x, h, o = torch.tensor(case.x), torch.tensor(case.h0), []
    for t in range(len(x)):
        if t in detached:
            h = h.detach()
        h = torch.tanh(x[t] @ params["W_xh"] + h @ params["W_hh"] + params["b_h"])
        o.append(h @ params["W_hy"] + params["b_y"])
    steps = list(range(len(x))) if loss_steps is None else loss_steps
    L = torch_loss(torch.stack(o)[steps], torch.tensor(case.y)[steps], case.loss)
    L = L * (len(steps) / len(x))
    L.backward()
    return L.item(), {name: params[name].grad.numpy() for name in PARAMS}


@each_loss
@pytest.mark.parametrize("k", [1, 2, 3, 4, 6])
def test_windows_with_the_state_carried_equal_torch_with_detach(frozen, loss, k):
    case = draw_case(frozen, loss, T=7)
    L, grads = truncated_bptt(*case.arguments, k, loss)
    L_torch, grads_torch = torch_truncated(case, detached=range(k, 7, k))
    assert pytest.approx(L_torch, rel=1e-10) == L
    assert_gradients_equal(grads, grads_torch)


@each_loss
@pytest.mark.parametrize("k", [1, 2, 5])
def test_windows_without_carry_are_sequences_of_their_own(frozen, loss, k):
    case = draw_case(frozen, loss, T=7)
    x, y, h0, params = case.arguments
    L, grads = truncated_bptt(x, y, h0, params, k, loss, carry=False)
    starts = range(0, 7, k)
    parts = [bptt(x[t : t + k], y[t : t + k], 0 * h0 if t else h0, params, loss) for t in starts]
    shares = [min(k, 7 - t) / 7 for t in starts]
    weighted = list(zip(parts, shares, strict=True))
    assert pytest.approx(sum(share * part[0] for part, share in weighted), rel=1e-12) == L
    mean = {n: sum(share * part[1][n] for part, share in weighted) for n in grads}
    assert_gradients_equal(grads, mean)
    assert pytest.approx(bptt(*case.arguments, loss)[0], rel=1e-3) != L


@each_loss
@pytest.mark.parametrize("k", [1, 2, 3, 5])
def test_a_limit_on_the_steps_back_equals_torch_loss_by_loss(frozen, loss, k):
    case = draw_case(frozen, loss, T=6)
    L, grads = windowed_bptt(*case.arguments, k, loss)
    parts = [torch_truncated(case, {t - k + 1}, [t]) for t in range(6)]
    assert pytest.approx(sum(part[0] for part in parts), rel=1e-10) == L
    assert_gradients_equal(grads, {n: sum(part[1][n] for part in parts) for n in grads})


@each_loss
@pytest.mark.parametrize("more", [0, 1, 10])
def test_a_window_as_long_as_the_sequence_is_bptt(frozen, sizes, loss, more):
    case = draw_case(frozen, loss, *sizes)
    L, grads, *_ = bptt(*case.arguments, loss)
    for carry in (True, False):
        L_cut, cut = truncated_bptt(*case.arguments, sizes[0] + more, loss, carry=carry)
        assert L_cut == pytest.approx(L, rel=1e-12)
        assert_gradients_equal(cut, grads, rtol=1e-12, atol=1e-14)
    L_cut, cut = windowed_bptt(*case.arguments, sizes[0] + more, loss)
    assert L_cut == pytest.approx(L, rel=1e-12)
    assert_gradients_equal(cut, grads)
    L_cut, cut = randomized_bptt(*case.arguments, 1.0, np.random.default_rng(0), loss)
    assert L_cut == pytest.approx(L, rel=1e-12)
    assert_gradients_equal(cut, grads)


def test_every_truncation_but_the_full_length_leaves_something_out(frozen):
    case = draw_case(frozen, "squared", T=6)
    _, full, *_ = bptt(*case.arguments)
    for k in range(1, 6):
        for grads in (truncated_bptt(*case.arguments, k), windowed_bptt(*case.arguments, k)):
            assert np.abs(grads[1]["W_hh"] - full["W_hh"]).max() > 1e-6, k
            np.testing.assert_allclose(grads[1]["W_hy"], full["W_hy"], rtol=1e-10)


@each_loss
@pytest.mark.parametrize("k", [1, 2, 3])
def test_windows_are_a_pattern_of_passes(frozen, loss, k):
    case = draw_case(frozen, loss, T=7)
    passes = (np.arange(1, 7) % k != 0).astype(float)
    L, grads = passed_bptt(*case.arguments, passes, loss)
    L_cut, cut = truncated_bptt(*case.arguments, k, loss)
    assert pytest.approx(L_cut, rel=1e-12) == L
    assert_gradients_equal(grads, cut, rtol=1e-10, atol=1e-13)


@each_loss
@pytest.mark.parametrize("keep", [0.5, 0.8])
@pytest.mark.parametrize("T", [1, 2, 6])
def test_random_cuts_have_exactly_the_full_gradient_as_their_mean(frozen, loss, keep, T):
    """Every pattern of cuts there is, each with its probability."""
    case = draw_case(frozen, loss, T=T)
    _, full, *_ = bptt(*case.arguments, loss)
    mean, weight = dict.fromkeys(full, 0.0), 0.0
    for kept in product([False, True], repeat=T - 1):
        probability = np.prod([keep if one else 1 - keep for one in kept])
        _, grads = passed_bptt(*case.arguments, np.array(kept, dtype=float) / keep, loss)
        mean = {name: mean[name] + probability * grads[name] for name in mean}
        weight += probability
    assert weight == pytest.approx(1, rel=1e-14)
    assert_gradients_equal(mean, full, rtol=1e-12, atol=1e-12)


@each_loss
def test_the_patterns_drawn_are_those_that_were_enumerated(frozen, loss):
    """`randomized_bptt` is `passed_bptt` at factors that are 1 / keep if u < keep, otherwise 0."""
    case = draw_case(frozen, loss, T=6)
    passes = random_passes(np.random.default_rng(3), 6, 0.6)
    u = np.random.default_rng(3).random(5)
    np.testing.assert_array_equal(passes, np.where(u < 0.6, 1 / 0.6, 0))
    assert set(passes) == {0, 1 / 0.6}
    _, grads = randomized_bptt(*case.arguments, 0.6, np.random.default_rng(3), loss)
    _, expected = passed_bptt(*case.arguments, passes, loss)
    assert_gradients_equal(grads, expected, rtol=0, atol=0)
    _, again = randomized_bptt(*case.arguments, 0.6, np.random.default_rng(3), loss)
    assert_gradients_equal(again, grads, rtol=0, atol=0)


@each_loss
@pytest.mark.parametrize("k", [1, 2, 4, 9])
def test_the_learners_mean_is_that_of_the_limit_on_the_steps_back(frozen, loss, k):
    case = draw_case(frozen, loss, T=6)
    recorder = Recorder()
    learner = WindowLearner(case.params, recorder, case.h0, k, loss)
    losses = [learner.step(x_t, y_t) for x_t, y_t in zip(case.x, case.y, strict=True)]
    L, grads = windowed_bptt(*case.arguments, k, loss)
    assert np.mean(losses) == pytest.approx(L, rel=1e-12)
    mean = {n: sum(step[n] for step in recorder.grads) / 6 for n in grads}
    assert_gradients_equal(mean, grads)
    np.testing.assert_allclose(learner.h, states_and_outputs(case.x, case.h0, case.params)[0][-1])


def test_gradients_of_the_states_of_a_chain_by_hand():
    """With all numbers 1 and no curvature, the gradient counts the losses within reach."""
    do, h = np.ones((5, 1, 1)), np.zeros((5, 1, 1))
    for k, expected in ((1, [1, 1, 1, 1, 1]), (2, [2, 2, 2, 2, 1]), (9, [5, 4, 3, 2, 1])):
        dh = windowed_state_gradients(do, h, np.ones((1, 1)), np.ones((1, 1)), k)
        np.testing.assert_array_equal(dh[:, 0, 0], expected)


def test_dtype_is_kept(frozen):
    case = draw_case(frozen, "squared", T=4, dtype=np.float32)
    for grads in (
        truncated_bptt(*case.arguments, 2),
        windowed_bptt(*case.arguments, 2),
        randomized_bptt(*case.arguments, 0.5, np.random.default_rng(0)),
    ):
        assert {g.dtype for g in grads[1].values()} == {np.dtype(np.float32)}


def test_bad_input_is_named(frozen):
    case = draw_case(frozen, "squared")
    x, y, h0, params = case.arguments
    for function in (truncated_bptt, windowed_bptt):
        with pytest.raises(ValueError, match="k: 0, expected at least 1 step"):
            function(x, y, h0, params, 0)
        with pytest.raises(ValueError, match=re.escape("x: shape (2, 4), expected (T, N, D)")):
            function(x[0], y, h0, params, 2)
        with pytest.raises(ValueError, match="got T = 0"):
            function(x[:0], y[:0], h0, params, 2)
        with pytest.raises(ValueError, match="params: W_hh missing"):
            function(x, y, h0, {n: v for n, v in params.items() if n != "W_hh"}, 2)
    with pytest.raises(ValueError, match="y: 4 steps, expected 3"):
        truncated_bptt(x, np.concatenate([y, y[:1]]), h0, params, 2)
    for keep in (0.0, 1.5, -1.0):
        with pytest.raises(ValueError, match=f"keep: {keep}, expected 0 < keep <= 1"):
            randomized_bptt(x, y, h0, params, keep, np.random.default_rng(0))
    h, o = states_and_outputs(x, h0, params)
    do = sequence_loss(o, y)[1]
    with pytest.raises(ValueError, match="k: -1"):
        windowed_state_gradients(do, h, params["W_hy"], params["W_hh"], -1)
    with pytest.raises(ValueError, match="k: 0"):
        WindowLearner(params, Recorder(), h0, 0)
