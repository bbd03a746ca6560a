"""The faulty gradients of the lesson on bugs: the loss is right, and what is wrong is as named."""

import numpy as np
import pytest

from course_lib.autograd import cross_entropy, squared_error
from course_lib.reference import bptt
from course_lib.suspects import FAULTS, suspect

T, N, D, H, K = 4, 2, 3, 5, 6
SHAPES = {"W_xh": (D, H), "W_hh": (H, H), "b_h": (H,), "W_hy": (H, K), "b_y": (K,)}


@pytest.fixture
def case():
    rng = np.random.default_rng(3)
    params = {name: 0.5 * rng.normal(size=shape) for name, shape in SHAPES.items()}
    return params, rng.normal(size=(T, N, D)), rng.normal(size=(N, H)), rng.normal(size=(T, N, K))


def derived_with(fault, params, x, h0, y):
    """The gradients of a backward pass that is written by hand, with the fault in its lines."""
    W_xh, W_hh, _, W_hy, _ = params.values()
    h, o = bptt.states_and_outputs(x, h0, params)
    do = (o - y) / y[..., 0].size
    slopes = 1 - h**2
    dh = do @ W_hy.T
    if fault == "nothing from above":
        dh[:-1] = 0
    for t in range(len(x) - 2, -1, -1):
        slope = {"no slope": 1.0, "slope of the wrong step": slopes[t]}.get(fault, slopes[t + 1])
        back = W_hh if fault == "W_hh not transposed" else W_hh.T
        if fault != "nothing from the right":
            dh[t] += (dh[t + 1] * slope) @ back
    da = dh * slopes
    before = np.concatenate([h0[None], h[:-1]])
    shares = {  # by step
        "W_xh": x.transpose(0, 2, 1) @ da,
        "W_hh": (h if fault == "h_t for h_{t-1}" else before).transpose(0, 2, 1) @ da,
        "b_h": da.sum(axis=1),
        "W_hy": h.transpose(0, 2, 1) @ do,
        "b_y": do.sum(axis=1),
    }
    if fault == "first step left out":
        shares["W_hh"] = shares["W_hh"][1:]
    if fault == "= for += over the steps":
        shares = {name: share[:1] for name, share in shares.items()}
    grads = {name: share.sum(axis=0) for name, share in shares.items()}
    if fault == "mean for sum in the biases":
        grads |= {name: grads[name] / x.shape[1] for name in ("b_h", "b_y")}
    return {**grads, "x": da @ W_xh.T, "h0": da[0] @ W_hh.T}


@pytest.mark.parametrize("steps", [1, 2, T])
@pytest.mark.parametrize("fault", FAULTS)
def test_gradients_are_those_of_a_program_with_the_fault(case, fault, steps):
    params, x, h0, y = case
    x, y = x[:steps], y[:steps]
    loss, grads = suspect({**params, "x": x, "h0": h0}, y, fault=fault)
    assert loss == pytest.approx(bptt.bptt(x, y, h0, params)[0], rel=1e-13)
    expected = derived_with(fault, params, x, h0, y)
    assert list(grads) == list(expected)
    for name, gradient in expected.items():
        np.testing.assert_allclose(grads[name], gradient, rtol=1e-11, atol=1e-15, err_msg=name)


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_makes_a_gradient_wrong(case, fault):
    params, x, h0, y = case
    _, grads = suspect({**params, "x": x, "h0": h0}, y, fault=fault)
    _, right, dx, dh0 = bptt.bptt(x, y, h0, params)
    right |= {"x": dx, "h0": dh0}
    assert not all(np.allclose(grads[name], right[name]) for name in right)


def test_a_classifying_network_is_compared_by_its_own_loss(case):
    params, x, h0, _ = case
    y = np.arange(T * N).reshape(T, N) % K
    loss, grads = suspect({**params, "x": x, "h0": h0}, y, cross_entropy)
    expected, right, _, _ = bptt.bptt(x, y, h0, params, "cross-entropy")
    assert loss == pytest.approx(expected, rel=1e-13)
    np.testing.assert_allclose(grads["W_hy"], right["W_hy"], rtol=1e-11, atol=1e-15)


def test_an_unknown_fault_is_named(case):
    params, x, h0, y = case
    with pytest.raises(ValueError, match="fault: 'none', expected one of nothing from the right"):
        suspect({**params, "x": x, "h0": h0}, y, squared_error, fault="none")
