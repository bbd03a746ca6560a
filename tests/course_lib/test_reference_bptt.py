import re

import numpy as np
import pytest
import torch
from bptt_cases import LOSSES, assert_gradients_equal, draw_case, torch_bptt, torch_loss

from course_lib.gradcheck import check_gradients, numerical_gradient, relative_error
from course_lib.reference.bptt import (
    PARAMS,
    bptt,
    cross_entropy_loss,
    input_weight_gradient,
    last_state_gradient,
    output_bias_gradient,
    output_error,
    output_weight_gradient,
    recurrent_weight_gradient,
    sequence_gradients,
    sequence_loss,
    squared_loss,
    state_bias_gradient,
    state_gradient,
    state_gradients,
    states_and_outputs,
)
from course_lib.reference.losses import cross_entropy_forward, squared_error_forward
from course_lib.reference.output import output_backward, output_forward
from course_lib.reference.rnn import rnn_backward, rnn_forward

pytestmark = pytest.mark.parametrize("loss", LOSSES)
#: K with each of the sizes T, N, D, H of the fixture: never one of them, but in the case of ones.
OUTPUTS = {(3, 2, 4, 5): 6, (1, 1, 1, 1): 1, (1, 2, 3, 4): 5, (4, 1, 3, 2): 5, (2, 3, 1, 1): 4}


@pytest.fixture
def case(frozen, sizes, loss):
    return draw_case(frozen, loss, *sizes, OUTPUTS[sizes])


def test_losses_and_their_gradients_equal_torch(case):
    _, o = states_and_outputs(case.x, case.h0, case.params)
    L, do = sequence_loss(o, case.y, case.loss)
    o_torch = torch.tensor(o, requires_grad=True)
    expected = torch_loss(o_torch, torch.tensor(case.y), case.loss)
    expected.backward()
    assert pytest.approx(expected.item(), rel=1e-10, abs=1e-13) == L
    np.testing.assert_allclose(do, o_torch.grad, rtol=1e-10, atol=1e-13)


def test_losses_are_means_of_which_each_step_has_its_share(case):
    _, o = states_and_outputs(case.x, case.h0, case.params)
    L, do = sequence_loss(o, case.y, case.loss)
    T, N, _ = o.shape
    steps = [sequence_loss(o[t], case.y[t], case.loss, M=T * N) for t in range(T)]
    assert pytest.approx(sum(L_t for L_t, _ in steps), rel=1e-12) == L
    np.testing.assert_allclose(np.stack([do_t for _, do_t in steps]), do, rtol=1e-12)
    np.testing.assert_array_equal(output_error(o, case.y, case.loss), do)
    alone = [sequence_loss(o[t], case.y[t], case.loss)[0] for t in range(T)]
    assert pytest.approx(np.mean(alone), rel=1e-12) == L
    older = squared_error_forward if case.loss == "squared" else cross_entropy_forward
    assert pytest.approx(older(o, case.y)[0], rel=1e-12) == L


def test_all_gradients_equal_torch(case):
    L, grads, dx, dh0 = bptt(*case.arguments, case.loss)
    L_torch, grads_torch, dx_torch, dh0_torch = torch_bptt(case)
    assert pytest.approx(L_torch, rel=1e-10) == L
    assert_gradients_equal(grads, grads_torch)
    np.testing.assert_allclose(dx, dx_torch, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(dh0, dh0_torch, rtol=1e-10, atol=1e-12)


def test_all_gradients_equal_central_differences(case):
    _, grads, dx, dh0 = bptt(*case.arguments, case.loss)
    x, y, h0, params = case.arguments
    for name, value in params.items():

        def loss_of(v, name=name):
            return bptt(x, y, h0, {**params, name: v}, case.loss)[0]

        assert relative_error(grads[name], numerical_gradient(loss_of, value)) < 1e-5, name
    expected = numerical_gradient(lambda v: bptt(v, y, h0, params, case.loss)[0], x)
    assert relative_error(dx, expected) < 1e-5
    expected = numerical_gradient(lambda v: bptt(x, y, v, params, case.loss)[0], h0)
    assert relative_error(dh0, expected) < 1e-5


def test_the_gradient_of_each_state_is_total(case):
    """dh[t] says what the loss does when h_t is moved and all later states follow."""
    x, y, _, params = case.arguments
    h, o = states_and_outputs(x, case.h0, params)
    do = sequence_loss(o, y, case.loss)[1]
    dh = state_gradients(do, h, params["W_hy"], params["W_hh"])
    for t in range(len(x)):

        def loss_from(h_t, t=t):
            _, first = bptt_output(h_t, params)
            _, rest = rest_of(x[t + 1 :], h_t, params)
            later = np.concatenate([first, rest])
            return sequence_loss(later, y[t:], case.loss, M=len(o) * o.shape[1])[0]

        assert relative_error(dh[t], numerical_gradient(loss_from, h[t])) < 1e-5, t


def bptt_output(h_t, params):
    return h_t, output_forward(h_t[None], params["W_hy"], params["b_y"])[0]


def rest_of(x, h_t, params):
    if len(x) == 0:
        return None, np.empty((0, len(h_t), len(params["b_y"])))
    return states_and_outputs(x, h_t, params)


def test_the_lines_of_the_derivation_are_the_older_backward_pass(case):
    x, y, h0, params = case.arguments
    h, cache = rnn_forward(x, h0, params["W_xh"], params["W_hh"], params["b_h"])
    o, output_cache = output_forward(h, params["W_hy"], params["b_y"])
    do = sequence_loss(o, y, case.loss)[1]
    above, dW_hy, db_y = output_backward(do, output_cache)
    dx, dh0, dW_xh, dW_hh, db_h = rnn_backward(above, cache)
    dh = state_gradients(do, h, params["W_hy"], params["W_hh"])
    for got, expected in (
        (output_bias_gradient(do), db_y),
        (state_bias_gradient(dh, h), db_h),
        (output_weight_gradient(h, do), dW_hy),
        (recurrent_weight_gradient(h0, h, dh), dW_hh),
        (input_weight_gradient(x, h, dh), dW_xh),
    ):
        np.testing.assert_allclose(got, expected, rtol=1e-10, atol=1e-12)
    _, dx_too, dh0_too = sequence_gradients(x, h0, h, do, params)
    np.testing.assert_allclose(dx_too, dx, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(dh0_too, dh0, rtol=1e-10, atol=1e-12)


def test_what_comes_from_the_right_joins_two_parts(frozen, loss):
    case = draw_case(frozen, loss, T=5)
    x, y, h0, params = case.arguments
    _, whole, dx, dh0 = bptt(x, y, h0, params, loss)
    h, o = states_and_outputs(x, h0, params)
    do = sequence_loss(o, y, loss)[1]
    late, dx_late, from_right = sequence_gradients(x[2:], h[1], h[2:], do[2:], params)
    early, dx_early, dh0_early = sequence_gradients(x[:2], h0, h[:2], do[:2], params, from_right)
    assert_gradients_equal({name: early[name] + late[name] for name in whole}, whole)
    np.testing.assert_allclose(np.concatenate([dx_early, dx_late]), dx, rtol=1e-10)
    np.testing.assert_allclose(dh0_early, dh0, rtol=1e-10)


def test_one_line_at_a_time_equals_central_differences(frozen, loss):
    """Each line as a function of the quantity before it, with a random upstream gradient."""
    N, D, H, K = 2, 4, 5, 3
    W_hy, W_hh, W_xh, x = frozen(H, K), frozen(H, H), frozen(D, H), frozen(N, D)

    def output(h):
        return output_forward(h, W_hy, frozen_b)

    frozen_b = frozen(K)
    report = check_gradients(
        output, lambda do, _: last_state_gradient(do, W_hy), {"h": frozen(N, H)}, frozen.rng
    )
    assert report.passed, str(report)

    def both(h):
        h_next = np.tanh(x @ W_xh + h @ W_hh)
        return np.concatenate([h @ W_hy, h_next], axis=1), h_next

    def both_backward(upstream, h_next):
        return state_gradient(upstream[:, :K], upstream[:, K:], h_next, W_hy, W_hh)

    report = check_gradients(both, both_backward, {"h": frozen(N, H)}, frozen.rng)
    assert report.passed, str(report)
    o_t, y_t = frozen(N, K), frozen(N, K) if loss == "squared" else np.array([2, 0])
    expected = numerical_gradient(lambda o: sequence_loss(o, y_t, loss)[0], o_t)
    assert relative_error(output_error(o_t, y_t, loss), expected) < 1e-6


def test_the_start_state_counts_in_the_recurrent_weights_gradient(frozen, loss):
    case = draw_case(frozen, loss)
    h, o = states_and_outputs(case.x, case.h0, case.params)
    do = sequence_loss(o, case.y, loss)[1]
    dh = state_gradients(do, h, case.params["W_hy"], case.params["W_hh"])
    from_2 = recurrent_weight_gradient(h[0], h[1:], dh[1:])
    first = recurrent_weight_gradient(case.h0, h[:1], dh[:1])
    whole = recurrent_weight_gradient(case.h0, h, dh)
    np.testing.assert_allclose(from_2 + first, whole, rtol=1e-12)
    assert np.abs(first).max() > 1e-3
    np.testing.assert_array_equal(recurrent_weight_gradient(0 * case.h0, h[:1], dh[:1]), 0)


@pytest.mark.parametrize(("T", "N"), [(1, 1), (1, 3), (4, 1), (3, 4)])
def test_the_batch_is_a_mean_over_its_sequences(frozen, loss, T, N):
    case = draw_case(frozen, loss, T, N)
    x, y, h0, params = case.arguments
    _, grads, dx, _ = bptt(x, y, h0, params, loss)
    parts = [bptt(x[:, n : n + 1], y[:, n : n + 1], h0[n : n + 1], params, loss) for n in range(N)]
    mean = {name: sum(part[1][name] for part in parts) / N for name in PARAMS}
    assert_gradients_equal(grads, mean, rtol=1e-8, atol=1e-11)
    for n, part in enumerate(parts):
        np.testing.assert_allclose(dx[:, n] * N, part[2][:, 0], rtol=1e-8, atol=1e-11)


def test_dtype_is_kept(frozen, loss):
    case = draw_case(frozen, loss, dtype=np.float32)
    L, grads, dx, dh0 = bptt(*case.arguments, loss)
    assert {L.dtype, dx.dtype, dh0.dtype, *(g.dtype for g in grads.values())} == {
        np.dtype(np.float32)
    }


def test_bad_input_is_named(frozen, loss):
    case = draw_case(frozen, loss)
    x, y, h0, params = case.arguments
    with pytest.raises(ValueError, match=re.escape("params: W_hy, b_y missing, got W_xh, W_hh")):
        bptt(x, y, h0, {name: params[name] for name in ("W_xh", "W_hh", "b_h")}, loss)
    with pytest.raises(ValueError, match=re.escape("x: shape (2, 4), expected (T, N, D)")):
        bptt(x[0], y, h0, params, loss)
    with pytest.raises(ValueError, match="W_hh: shape"):
        bptt(x, y, h0, params | {"W_hh": np.ones((5, 4))}, loss)
    with pytest.raises(ValueError, match="W_hy: shape"):
        bptt(x, y, h0, params | {"W_hy": params["W_hy"].T}, loss)
    with pytest.raises(ValueError, match="y: shape"):
        bptt(x, y[:2], h0, params, loss)
    with pytest.raises(ValueError, match="got T = 0"):
        bptt(x[:0], y[:0], h0, params, loss)
    other = "cross-entropy" if loss == "squared" else "squared"
    with pytest.raises(ValueError, match="y: dtype"):
        bptt(x, y, h0, params, other)
    if loss == "cross-entropy":
        with pytest.raises(ValueError, match=re.escape("y: classes must lie in 0..2")):
            cross_entropy_loss(np.ones((1, 1, 3)), np.array([[3]]))
    else:
        with pytest.raises(ValueError, match=re.escape("y: shape (3, 2, 1), expected (*B, K)")):
            squared_loss(y, y[..., :1])
