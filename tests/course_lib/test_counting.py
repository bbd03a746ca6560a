"""Counting multiplications: by hand for products, by the formulas of the book for networks."""

import numpy as np
import pytest

from course_lib.autograd import value_and_grad
from course_lib.counting import products
from course_lib.models import tagger_loss
from course_lib.reference import bptt, models, rtrl, truncated

T, N, D, H, K = 7, 2, 3, 5, 4
STEP = N * (D * H + H * H + H * K)


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(0)


@pytest.fixture
def case(rng):
    params = models.init_rnn_params(rng, D=D, H=H, K=K)
    x, y = rng.normal(size=(T, N, D)), rng.normal(size=(T, N, K))
    return x, y, rng.normal(size=(N, H)), params


@pytest.mark.parametrize(
    ("a", "b", "count"),
    [((2, 3), (3, 4), 24), ((5, 2, 3), (3, 4), 120), ((3,), (3,), 3), ((3,), (3, 4), 12),
     ((2, 3), (3,), 6), ((5, 1, 2, 3), (4, 3, 2), 240)],
)  # fmt: skip
def test_products_of_two_arrays(rng, a, b, count) -> None:
    one, other = rng.normal(size=a), rng.normal(size=b)
    assert products(np.matmul, one, other) == count
    assert products(lambda v: v @ other, one) == products(lambda v: one @ v, other) == count


def test_tensordot_is_counted_and_entrywise_products_are_not(rng) -> None:
    a, b = rng.normal(size=(2, 3)), rng.normal(size=(2, 3, 4, 5))
    assert products(np.tensordot, a, b, axes=([0, 1], [0, 1])) == 2 * 3 * 4 * 5
    assert products(lambda v: (v * v + 1).sum(), a) == 0


def test_forward_and_backward(case) -> None:
    x, y, h0, params = case
    assert products(bptt.states_and_outputs, x, h0, params) == T * STEP
    assert products(bptt.bptt, x, y, h0, params) == 3 * T * STEP


def test_rtrl_carries_a_matrix_where_bptt_carries_a_row(case) -> None:
    x, y, h0, params = case
    recurrent = D * H + H * H + H
    carried = T * N * H * H * recurrent
    read_off = T * N * (H * K + H * K + H * recurrent)  # do W_hy^T, dW_hy, against S
    assert products(rtrl.rtrl, x, y, h0, params) == T * STEP + carried + read_off


def test_windows_cost_nothing_extra(case) -> None:
    x, y, h0, params = case
    assert products(truncated.truncated_bptt, x, y, h0, params, 3) == 3 * T * STEP


def test_arguments_stay_as_they_are_and_counts_do_not_mix(case) -> None:
    x, y, h0, params = case
    before = {name: value.copy() for name, value in params.items()}

    def both(v):
        assert products(np.matmul, v, np.eye(D)) == N * D * D
        return v @ np.eye(D)

    assert products(both, x[0]) == N * D * D
    bptt.bptt(x, y, h0, params)
    for name, value in params.items():
        assert type(value) is np.ndarray
        np.testing.assert_array_equal(value, before[name])


def test_an_error_does_not_leave_a_count_behind(case) -> None:
    x = case[0]
    with pytest.raises(ValueError, match="matmul"):
        products(np.matmul, x[0], x[0])
    assert products(np.matmul, x[0], x[0].T) == N * D * N


def test_products_of_values_on_a_tape_are_counted(rng) -> None:
    params = models.init_rnn_params(rng, D=D, H=H, K=K)
    x, y = rng.normal(size=(T, N, D)), rng.integers(K, size=(T, N))
    not_asked_for = T * N * D * H + N * H * H  # dx and dh_0
    assert products(tagger_loss, params, x, y) == T * STEP
    assert products(value_and_grad(tagger_loss), params, x, y) == 3 * T * STEP - not_asked_for
