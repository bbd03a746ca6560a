import tracemalloc
from math import ceil, sqrt

import numpy as np
import pytest
from bptt_cases import LOSSES, assert_gradients_equal, draw_case

from course_lib.reference.bptt import bptt
from course_lib.reference.checkpointing import StateCount, checkpointed_backward

each_loss = pytest.mark.parametrize("loss", LOSSES)


@each_loss
@pytest.mark.parametrize("every", [None, 1, 2, 3, 7, 100])
@pytest.mark.parametrize("T", [1, 2, 7, 16])
def test_the_gradients_are_those_of_bptt(frozen, loss, every, T):
    case = draw_case(frozen, loss, T=T)
    L, grads = checkpointed_backward(*case.arguments, loss, every)
    L_bptt, expected, *_ = bptt(*case.arguments, loss)
    assert pytest.approx(L_bptt, rel=1e-12) == L
    assert_gradients_equal(grads, expected, rtol=1e-12, atol=1e-12)


@each_loss
def test_all_sizes(frozen, sizes, loss):
    case = draw_case(frozen, loss, *sizes)
    _, grads = checkpointed_backward(*case.arguments, loss, 2)
    assert_gradients_equal(grads, bptt(*case.arguments, loss)[1], rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("T", [1, 5, 100, 150, 400])
def test_the_states_kept_are_about_twice_the_root_of_the_steps(frozen, T):
    case = draw_case(frozen, "squared", T=T)
    count = StateCount()
    checkpointed_backward(*case.arguments, count=count)
    assert ceil(sqrt(T)) <= count.most <= 2 * ceil(sqrt(T))
    assert count.now == 0
    assert T <= count.computed < 2 * T


@pytest.mark.parametrize(
    ("every", "most", "computed"), [(1, 12 + 1, 11 + 12), (3, 4 + 3, 9 + 12), (12, 1 + 12, 12)]
)
def test_what_is_kept_and_computed_by_hand(frozen, every, most, computed):
    """Of 12 steps: a checkpoint for each segment and the states of one segment; the states before
    the last checkpoint are computed twice.
    """
    case, count = draw_case(frozen, "squared", T=12), StateCount()
    checkpointed_backward(*case.arguments, every=every, count=count)
    assert (count.most, count.computed, count.now) == (most, computed, 0)


def test_the_memory_that_python_hands_out_grows_with_the_root(frozen):
    """Measured, not counted: the arrays alive at the most, in states of (N, H)."""

    def most(function, T):
        case = draw_case(frozen, "squared", T=T, N=32, D=1, H=64, K=1)
        function(*case.arguments)
        tracemalloc.start()
        function(*case.arguments)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return peak / (32 * 64 * 8)

    for T in (36, 144):
        assert most(bptt, T) > 2 * T
        assert most(checkpointed_backward, T) < 10 * sqrt(T)
    assert most(checkpointed_backward, 144) / most(checkpointed_backward, 36) < 2.5


def test_dtype_is_kept(frozen):
    case = draw_case(frozen, "squared", T=4, dtype=np.float32)
    _, grads = checkpointed_backward(*case.arguments)
    assert {g.dtype for g in grads.values()} == {np.dtype(np.float32)}


def test_bad_input_is_named(frozen):
    x, y, h0, params = draw_case(frozen, "squared").arguments
    with pytest.raises(ValueError, match="every: 0, expected at least 1 step"):
        checkpointed_backward(x, y, h0, params, every=0)
    with pytest.raises(ValueError, match="got T = 0"):
        checkpointed_backward(x[:0], y[:0], h0, params)
    with pytest.raises(ValueError, match="y: 2 steps, expected 3"):
        checkpointed_backward(x, y[:2], h0, params)
    with pytest.raises(ValueError, match="params: b_y missing"):
        checkpointed_backward(x, y, h0, {n: v for n, v in params.items() if n != "b_y"})
    with pytest.raises(ValueError, match="h0: shape"):
        checkpointed_backward(x, y, h0[:1], params)
