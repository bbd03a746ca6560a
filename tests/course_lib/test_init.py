import numpy as np
import pytest
import torch

from course_lib.init import glorot, orthogonal, uniform_init


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
