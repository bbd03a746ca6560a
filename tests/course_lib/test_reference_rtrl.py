import re

import numpy as np
import pytest
from bptt_cases import LOSSES, assert_gradients_equal, draw_case

from course_lib.data.stream import echo_stream
from course_lib.gradcheck import numerical_gradient, relative_error
from course_lib.optim import SGD, Adam
from course_lib.reference.bptt import bptt, sequence_loss, states_and_outputs
from course_lib.reference.models import init_rnn_params
from course_lib.reference.rtrl import (
    RTRLLearner,
    rtrl,
    rtrl_gradients,
    rtrl_step,
    zero_sensitivities,
)
from course_lib.reference.truncated import WindowLearner

each_loss = pytest.mark.parametrize("loss", LOSSES)


def run(x, h0, params):
    """The state and its sensitivities after the whole of x."""
    h, S = h0, zero_sensitivities(len(h0), *params["W_xh"].shape)
    for x_t in x:
        h, S = rtrl_step(x_t, h, S, params["W_xh"], params["W_hh"], params["b_h"])
    return h, S


@each_loss
def test_gradients_equal_bptt(frozen, sizes, loss):
    case = draw_case(frozen, loss, *sizes)
    L, grads = rtrl(*case.arguments, loss)
    L_bptt, expected, *_ = bptt(*case.arguments, loss)
    assert pytest.approx(L_bptt, rel=1e-12) == L
    assert_gradients_equal(grads, expected, rtol=1e-10, atol=1e-13)


@each_loss
def test_gradients_equal_bptt_over_many_steps(frozen, loss):
    case = draw_case(frozen, loss, T=60)
    _, grads = rtrl(*case.arguments, loss)
    assert_gradients_equal(grads, bptt(*case.arguments, loss)[1], rtol=1e-10, atol=1e-11)


@each_loss
def test_the_gradient_of_each_loss_is_known_at_once(frozen, loss):
    """What is known at step t is the whole gradient of L_t, without a look at later steps."""
    case = draw_case(frozen, loss, T=4)
    x, y, h0, params = case.arguments
    h, o = states_and_outputs(x, h0, params)
    do = sequence_loss(o, y, loss)[1]
    for t in range(4):
        _, S = run(x[: t + 1], h0, params)
        grads = rtrl_gradients(do[t], h[t], S, params["W_hy"])
        up_to_t, before = (
            bptt(x[:steps], y[:steps], h0, params, loss)[1] if steps else None
            for steps in (t + 1, t)
        )
        for name, value in up_to_t.items():
            expected = ((t + 1) * value - (t * before[name] if before else 0)) / 4
            np.testing.assert_allclose(grads[name], expected, rtol=1e-9, atol=1e-12)


def test_sensitivities_equal_central_differences(frozen, sizes):
    T, N, D, H = sizes
    case = draw_case(frozen, "squared", T, N, D, H)
    x, _, h0, params = case.arguments
    h, S = run(x, h0, params)
    np.testing.assert_allclose(h, states_and_outputs(x, h0, params)[0][-1], rtol=1e-12)
    assert {name: value.shape for name, value in S.items()} == {
        "W_xh": (N, H, D, H),
        "W_hh": (N, H, H, H),
        "b_h": (N, H, H),
    }
    for name in S:
        for n in range(N):
            for i in range(H):

                def unit(v, name=name, n=n, i=i):
                    return states_and_outputs(x, h0, {**params, name: v})[0][-1][n, i]

                expected = numerical_gradient(unit, params[name])
                assert relative_error(S[name][n, i], expected) < 1e-5, (name, n, i)


def test_one_step_from_nothing_by_hand(frozen):
    x, h0, W_xh, W_hh, b_h = frozen(1, 2), frozen(1, 3), frozen(2, 3), frozen(3, 3), frozen(3)
    h, S = rtrl_step(x, h0, zero_sensitivities(1, 2, 3), W_xh, W_hh, b_h)
    for i in range(3):
        for b in range(3):
            slope = (1 - h[0, i] ** 2) * (i == b)
            np.testing.assert_allclose(S["W_xh"][0, i, :, b], slope * x[0], rtol=1e-12)
            np.testing.assert_allclose(S["W_hh"][0, i, :, b], slope * h0[0], rtol=1e-12)
            assert S["b_h"][0, i, b] == pytest.approx(slope, rel=1e-12)


def test_a_step_changes_nothing_that_it_was_given(frozen):
    case = draw_case(frozen, "squared")
    h, S = run(case.x, case.h0, case.params)
    kept = {name: value.copy() for name, value in S.items()}
    for value in S.values():
        value.setflags(write=False)
    rtrl_step(case.x[0], h, S, case.params["W_xh"], case.params["W_hh"], case.params["b_h"])
    for name, value in S.items():
        np.testing.assert_array_equal(value, kept[name])


@each_loss
def test_the_learners_mean_is_rtrl_while_nothing_moves(frozen, loss):
    class Recorder:
        grads: list = []  # noqa: RUF012

        def step(self, params, grads):
            assert set(params) == set(grads)
            self.grads = [*self.grads, grads]

    case = draw_case(frozen, loss, T=6)
    recorder = Recorder()
    learner = RTRLLearner(case.params, recorder, case.h0, loss)
    losses = [learner.step(x_t, y_t) for x_t, y_t in zip(case.x, case.y, strict=True)]
    L, grads = rtrl(*case.arguments, loss)
    assert np.mean(losses) == pytest.approx(L, rel=1e-12)
    assert_gradients_equal({n: sum(g[n] for g in recorder.grads) / 6 for n in grads}, grads)


def test_the_learner_changes_the_parameters_in_place(frozen):
    case = draw_case(frozen, "squared")
    params = {name: value.copy() for name, value in case.params.items()}
    learner = RTRLLearner(params, SGD(0.1), case.h0)
    learner.step(case.x[0], case.y[0])
    _, grads = rtrl(case.x[:1], case.y[:1], case.h0, case.params)
    for name, value in params.items():
        np.testing.assert_allclose(value, case.params[name] - 0.1 * grads[name], rtol=1e-12)


@pytest.mark.parametrize(("window", "learns"), [(None, True), (3, True), (2, False)])
def test_on_a_stream_rtrl_learns_what_lies_outside_a_window(window, learns):
    """The answer is the bit of 2 steps ago; a gradient through the last 2 steps never meets it."""
    params, h0 = init_rnn_params(np.random.default_rng(0), 2, 6, 2), np.zeros((4, 6))
    if window is None:
        learner = RTRLLearner(params, Adam(0.03), h0, "cross-entropy")
    else:
        learner = WindowLearner(params, Adam(0.03), h0, window, "cross-entropy")
    stream = echo_stream(np.random.default_rng(1), delay=2, N=4)
    losses = [learner.step(*next(stream)) for _ in range(400)]
    assert np.mean(losses[:20]) > 0.6
    assert np.mean(losses[-100:]) < 0.1 if learns else np.mean(losses[-100:]) > 0.6


def test_dtype_is_kept(frozen):
    case = draw_case(frozen, "squared", dtype=np.float32)
    _, grads = rtrl(*case.arguments)
    assert {g.dtype for g in grads.values()} == {np.dtype(np.float32)}


def test_bad_input_is_named(frozen):
    case = draw_case(frozen, "squared")
    x, y, h0, params = case.arguments
    weights = params["W_xh"], params["W_hh"], params["b_h"]
    S = zero_sensitivities(2, 4, 5)
    message = "S_prev['W_hh']: shape (5, 5), expected (2, 5, 5, 5)"
    with pytest.raises(ValueError, match=re.escape(message)):
        rtrl_step(x[0], h0, S | {"W_hh": np.zeros((5, 5))}, *weights)
    with pytest.raises(ValueError, match="S_prev: b_h missing, got W_xh, W_hh"):
        rtrl_step(x[0], h0, {"W_xh": S["W_xh"], "W_hh": S["W_hh"]}, *weights)
    with pytest.raises(ValueError, match=re.escape("h_prev: shape (1, 5), expected (N, H)")):
        rtrl_step(x[0], h0[:1], S, *weights)
    with pytest.raises(ValueError, match=re.escape("x: shape (2, 4), expected (T, N, D)")):
        rtrl(x[0], y, h0, params)
    with pytest.raises(ValueError, match="got T = 0"):
        rtrl(x[:0], y[:0], h0, params)
    with pytest.raises(ValueError, match="y: 2 steps, expected 3"):
        rtrl(x, y[:2], h0, params)
    with pytest.raises(ValueError, match="loss: 'sqared', expected"):
        sequence_loss.__wrapped__(y, y, "sqared")
