import re

import numpy as np
import pytest
from bptt_cases import draw_case

from course_lib.gradcheck import numerical_gradient, relative_error
from course_lib.init import orthogonal, with_spectral_radius
from course_lib.reference.activations import ACTIVATIONS, get_activation
from course_lib.reference.bptt import state_gradients, states_and_outputs
from course_lib.reference.jacobian import (
    gradient_norms_by_lag,
    jacobian_products,
    norm_bounds_by_lag,
    step_jacobian,
    vector_norms_by_lag,
)
from course_lib.reference.variants import variant_forward

NAMES = ["tanh", "relu", "sigmoid", "identity"]
each_activation = pytest.mark.parametrize("activation", NAMES)


def states(frozen, T, N, D, H, activation="tanh"):
    x, h0, (W_xh, W_hh, b_h) = frozen(T, N, D), frozen(N, H), frozen.layer(D, H)
    return variant_forward(x, h0, W_xh, W_hh, b_h, activation=activation)[0], W_hh, x, W_xh, b_h


def test_the_activations_are_the_four():
    assert list(ACTIVATIONS) == NAMES


@each_activation
def test_slopes_equal_central_differences(frozen, activation):
    a, f = frozen(50) * 3, get_activation(activation)
    expected = (f.value(a + 1e-6) - f.value(a - 1e-6)) / 2e-6
    np.testing.assert_allclose(f.slope(f.value(a)), expected, rtol=1e-6, atol=1e-8)


def test_the_sigmoid_neither_overflows_nor_differs_from_its_formula():
    sigmoid = get_activation("sigmoid").value
    np.testing.assert_array_equal(sigmoid(np.array([-1e4, 0.0, 1e4])), [0, 0.5, 1])
    a = np.linspace(-20, 20, 41)
    np.testing.assert_allclose(sigmoid(a), 1 / (1 + np.exp(-a)), rtol=1e-6)


@each_activation
def test_products_equal_central_differences(frozen, sizes, activation):
    """dh_T / dh_{T-lag}: move the earlier state, let the steps in between follow."""
    T, N, _, H = sizes
    h, W_hh, x, W_xh, b_h = states(frozen, *sizes, activation)
    products = jacobian_products(h, W_hh, activation)
    assert products.shape == (T - 1, N, H, H)
    for lag in range(1, T):
        for j in range(H):

            def last(h_early, lag=lag, j=j):
                rest = variant_forward(
                    x[T - lag :], h_early, W_xh, W_hh, b_h, activation=activation
                )
                return rest[0][-1][:, j].sum()  # a sequence acts only on itself

            expected = numerical_gradient(last, h[T - lag - 1])
            assert relative_error(products[lag - 1, :, :, j], expected) < 1e-5


def test_the_step_is_the_first_product(frozen):
    h, W_hh, *_ = states(frozen, 3, 2, 4, 5)
    J = step_jacobian(h[-1], W_hh)
    np.testing.assert_array_equal(jacobian_products(h, W_hh)[0], J)
    for n in range(2):
        expected = W_hh @ np.diag(1 - h[-1, n] ** 2)
        np.testing.assert_allclose(J[n], expected, rtol=1e-12)


def test_a_gradient_goes_back_by_the_products(frozen):
    """With a loss at the last step only, BPTT multiplies by the transposed products."""
    case = draw_case(frozen, "squared", T=6)
    h, _ = states_and_outputs(case.x, case.h0, case.params)
    W_hy, W_hh = case.params["W_hy"], case.params["W_hh"]
    do = np.zeros((6, 2, 3))
    do[-1] = frozen(2, 3)
    dh = state_gradients(do, h, W_hy, W_hh)
    products = jacobian_products(h, W_hh)
    norms = vector_norms_by_lag(dh[-1], h, W_hh)
    np.testing.assert_allclose(norms[0], np.linalg.norm(dh[-1], axis=1), rtol=1e-12)
    for lag in range(1, 6):
        expected = np.einsum("nj,nij->ni", dh[-1], products[lag - 1])
        np.testing.assert_allclose(dh[5 - lag], expected, rtol=1e-10, atol=1e-13)
        np.testing.assert_allclose(norms[lag], np.linalg.norm(expected, axis=1), rtol=1e-10)


@each_activation
def test_norms_are_those_of_the_products_and_below_the_bound(frozen, sizes, activation):
    h, W_hh, *_ = states(frozen, *sizes, activation)
    products = jacobian_products(h, W_hh, activation)
    spectral = gradient_norms_by_lag(h, W_hh, activation)
    frobenius = gradient_norms_by_lag(h, W_hh, activation, "frobenius")
    assert spectral.shape == frobenius.shape == (sizes[0] - 1, sizes[1])
    for index in np.ndindex(spectral.shape):
        values = np.linalg.svd(products[index], compute_uv=False)
        assert spectral[index] == pytest.approx(values[0], rel=1e-10, abs=1e-13)
        assert frobenius[index] == pytest.approx(np.sqrt((values**2).sum()), rel=1e-10, abs=1e-13)
    bounds = norm_bounds_by_lag(h, W_hh, activation)
    assert np.all(spectral <= bounds * (1 + 1e-12))
    steepest = get_activation(activation).slope(h).max(axis=-1)
    for lag in range(1, sizes[0]):
        expected = np.linalg.norm(W_hh, 2) ** lag * steepest[-lag:].prod(axis=0)
        np.testing.assert_allclose(bounds[lag - 1], expected, rtol=1e-10)


def test_without_curvature_an_orthogonal_matrix_keeps_lengths_and_a_radius_scales_them():
    rng = np.random.default_rng(0)
    h = rng.normal(size=(30, 2, 5))
    for radius in (0.5, 1.0, 1.2):
        W_hh = with_spectral_radius(orthogonal(rng, (5, 5)), radius)
        norms = gradient_norms_by_lag(h, W_hh, "identity")
        np.testing.assert_allclose(norms, (radius ** np.arange(1.0, 30))[:, None] * [1, 1])
        vector = vector_norms_by_lag(np.eye(5)[:2], h, W_hh, "identity")
        np.testing.assert_allclose(vector, (radius ** np.arange(30.0))[:, None] * [1, 1])
        np.testing.assert_allclose(norm_bounds_by_lag(h, W_hh, "identity"), norms)


def test_one_step_has_no_lag(frozen):
    h, W_hh = frozen(1, 2, 3), frozen(3, 3)
    assert jacobian_products(h, W_hh).shape == (0, 2, 3, 3)
    assert gradient_norms_by_lag(h, W_hh).shape == (0, 2)
    assert norm_bounds_by_lag(h, W_hh).shape == (0, 2)


def test_bad_input_is_named(frozen):
    h, W_hh = frozen(3, 2, 5), frozen(5, 5)
    with pytest.raises(ValueError, match=re.escape("h_t: shape (3, 2, 5), expected (N, H)")):
        step_jacobian(h, W_hh)
    with pytest.raises(ValueError, match=re.escape("W_hh: shape (5, 4), expected (H, H)")):
        jacobian_products(h, np.ones((5, 4)))
    with pytest.raises(ValueError, match="got T = 0"):
        gradient_norms_by_lag(h[:0], W_hh)
    with pytest.raises(ValueError, match=re.escape("dh_T: shape (3, 2, 5), expected (N, H)")):
        vector_norms_by_lag(h, h, W_hh)
