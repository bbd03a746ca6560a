import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_lib.gradcheck import check_gradients
from course_lib.reference.pooling import (
    last_state_backward,
    last_state_forward,
    mean_state_backward,
    mean_state_forward,
)

POOLS = [(last_state_forward, last_state_backward), (mean_state_forward, mean_state_backward)]


@pytest.mark.parametrize(("forward", "backward"), POOLS)
@pytest.mark.parametrize(
    ("T", "lengths"), [(4, None), (4, [4, 1, 2]), (1, None), (1, [1]), (2, [1, 2])]
)
def test_gradients_equal_central_differences(frozen, forward, backward, T, lengths):
    N = 3 if lengths is None else len(lengths)
    given_lengths = None if lengths is None else np.array(lengths)
    report = check_gradients(
        lambda h: forward(h, given_lengths), backward, {"h": frozen(T, N, 5)}, frozen.rng
    )
    assert report.passed, str(report)


def test_values_by_hand():
    h = np.arange(12.0).reshape(3, 2, 2)
    np.testing.assert_array_equal(last_state_forward(h)[0], [[8, 9], [10, 11]])
    np.testing.assert_array_equal(last_state_forward(h, np.array([1, 2]))[0], [[0, 1], [6, 7]])
    np.testing.assert_array_equal(mean_state_forward(h)[0], [[4, 5], [6, 7]])
    np.testing.assert_array_equal(mean_state_forward(h, np.array([1, 2]))[0], [[0, 1], [4, 5]])


@given(st.integers(0, 2**32 - 1), st.lists(st.integers(1, 5), min_size=1, max_size=4))
@pytest.mark.parametrize(("forward", "backward"), POOLS)
def test_what_comes_after_the_end_does_not_count(forward, backward, seed, lengths):
    rng = np.random.default_rng(seed)
    h, lengths = rng.normal(size=(max(lengths), len(lengths), 3)), np.array(lengths)
    after = np.arange(len(h))[:, None] >= lengths
    other = np.where(after[..., None], np.nan, h)
    pooled, cache = forward(other, lengths)
    np.testing.assert_array_equal(pooled, forward(h, lengths)[0])
    for n, length in enumerate(lengths):
        alone, _ = forward(h[:length, n : n + 1])
        np.testing.assert_allclose(pooled[n], alone[0], rtol=1e-12)
    assert np.all(backward(rng.normal(size=pooled.shape), cache)[after] == 0)


@pytest.mark.parametrize(("forward", "backward"), POOLS)
def test_dtype_is_kept_and_bad_input_named(frozen, forward, backward):
    h = frozen(3, 2, 4, dtype=np.float32)
    pooled, cache = forward(h, np.array([1, 3]))
    assert pooled.dtype == backward(pooled, cache).dtype == np.float32
    for lengths in ([0, 3], [1, 4]):
        with pytest.raises(ValueError, match=re.escape("lengths: must lie in 1..3, got")):
            forward(h, np.array(lengths))
    with pytest.raises(ValueError, match=re.escape("lengths: shape (3,), expected (N,)")):
        forward(h, np.array([1, 2, 3]))
    with pytest.raises(ValueError, match=re.escape("dp: shape (3, 4), expected (2, 4)")):
        backward(frozen(3, 4), cache)
