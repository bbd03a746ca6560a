import numpy as np
import pytest
import torch

from course_lib.init import (
    glorot,
    identity,
    orthogonal,
    spectral_radius,
    uniform_init,
    with_spectral_radius,
)


def rng():
    return np.random.default_rng(0)


def test_uniform_has_the_range_of_torch():
    w = uniform_init(rng(), (50, 400), 16)
    theirs = torch.nn.RNN(50, 16).weight_ih_l0.detach().numpy()
    assert w.shape == (50, 400)
    assert 0.249 < w.max() <= 0.25
    assert -0.25 <= w.min() < -0.249
    assert np.abs(theirs).max() <= 0.25
    assert np.std(w) == pytest.approx(0.5 / np.sqrt(12), rel=0.02)
    assert uniform_init(rng(), (3,), 3).shape == (3,)


def test_glorot_has_its_variance():
    assert np.var(glorot(rng(), (100, 300))) == pytest.approx(2 / 400, rel=0.02)


@pytest.mark.parametrize("shape", [(5, 5), (5, 3), (3, 5), (1, 1)])
def test_orthogonal_rows_or_columns(shape):
    q = orthogonal(rng(), shape, gain=2.0)
    assert q.shape == shape
    gram = q.T @ q if shape[0] >= shape[1] else q @ q.T
    np.testing.assert_allclose(gram, 4 * np.eye(min(shape)), atol=1e-12)


def test_orthogonal_is_uniform_over_rotations_and_reflections():
    draws = np.random.default_rng(0)
    diagonal = np.array([orthogonal(draws, (3, 3)).diagonal() for _ in range(2000)])
    np.testing.assert_allclose(diagonal.mean(axis=0), 0, atol=0.06)


@pytest.mark.parametrize("make", [glorot, orthogonal, lambda r, s: uniform_init(r, s, 2)])
def test_the_generator_alone_decides_and_bad_sizes_are_named(make):
    np.testing.assert_array_equal(make(rng(), (3, 4)), make(rng(), (3, 4)))
    with pytest.raises(ValueError, match="sizes must be at least 1"):
        make(rng(), (0, 4))


def test_identity_times_a_gain():
    np.testing.assert_array_equal(identity(3), np.eye(3))
    np.testing.assert_array_equal(identity(2, gain=0.5), [[0.5, 0], [0, 0.5]])
    with pytest.raises(ValueError, match="sizes must be at least 1"):
        identity(0)


def test_the_spectral_radius_is_that_of_the_eigenvalues_and_not_of_the_singular_values():
    assert spectral_radius(np.array([[0.0, 4.0], [-1.0, 0.0]])) == pytest.approx(2, rel=1e-12)
    assert spectral_radius(np.diag([1.0, -3.0])) == pytest.approx(3, rel=1e-12)
    assert spectral_radius(orthogonal(rng(), (6, 6))) == pytest.approx(1, rel=1e-12)


@pytest.mark.parametrize("radius", [0.0, 0.5, 1.3])
def test_a_matrix_is_scaled_to_a_spectral_radius(radius):
    W_hh = rng().normal(size=(5, 5))
    scaled = with_spectral_radius(W_hh, radius)
    assert spectral_radius(scaled) == pytest.approx(radius, rel=1e-12)
    np.testing.assert_allclose(scaled * W_hh[0, 0], W_hh * scaled[0, 0], atol=1e-12)


def test_a_radius_that_cannot_be_had_is_named():
    with pytest.raises(ValueError, match=r"radius: -1.0, expected a number that is not negative"):
        with_spectral_radius(np.eye(2), -1.0)
    with pytest.raises(ValueError, match="W_hh: its spectral radius is 0"):
        with_spectral_radius(np.array([[0.0, 1.0], [0.0, 0.0]]), 1.0)
