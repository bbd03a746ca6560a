import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lstm_cases import draw_layer

from course_lib.reference.lstm import lstm_backward, lstm_forward
from course_lib.reference.lstm_fast import lstm_fast_backward, lstm_fast_forward

small = st.integers(1, 6)


def assert_same(seed, T, N, D, H, dtype, tolerance):
    rng = np.random.default_rng(seed)
    shapes = ((T, N, D), (N, H), (N, H), (D, 4 * H), (H, 4 * H), (4 * H,))
    arrays = [rng.normal(size=shape).astype(dtype) for shape in shapes]
    dh = rng.normal(size=(T, N, H)).astype(dtype)
    right = rng.normal(size=(2, N, H)).astype(dtype)
    for array in (*arrays, dh, right):
        array.setflags(write=False)

    h, c, cache = lstm_forward(*arrays)
    fast_h, fast_c, fast_cache = lstm_fast_forward(*arrays)
    for last in ((), right):
        expected = (h, c, *lstm_backward(dh, cache, *last))
        got = (fast_h, fast_c, *lstm_fast_backward(dh, fast_cache, *last))
        for one, other in zip(got, expected, strict=True):
            assert one.dtype == dtype
            np.testing.assert_allclose(one, other, rtol=tolerance, atol=tolerance)


@given(st.integers(0, 2**32 - 1), small, small, small, small)
def test_it_computes_what_the_plain_one_computes(seed, T, N, D, H):
    assert_same(seed, T, N, D, H, np.float64, 1e-11)


def test_long_sequences_and_float32_too():
    assert_same(0, 64, 8, 16, 32, np.float64, 1e-11)
    assert_same(1, 12, 3, 4, 5, np.float32, 1e-4)


def test_the_cache_serves_more_than_one_backward_pass(frozen):
    arrays = (frozen(3, 2, 4), frozen(2, 5), frozen(2, 5), *draw_layer(frozen, 4, 5))
    _, _, cache = lstm_fast_forward(*arrays)
    dh = frozen(3, 2, 5)
    for one, other in zip(
        lstm_fast_backward(dh, cache), lstm_fast_backward(dh, cache), strict=True
    ):
        np.testing.assert_array_equal(one, other)


def test_bad_input_is_named(frozen):
    arrays = (frozen(3, 2, 4), frozen(2, 5), frozen(2, 5), *draw_layer(frozen, 4, 5))
    with pytest.raises(ValueError, match="x: a sequence needs at least one step, got T = 0"):
        lstm_fast_forward(arrays[0][:0], *arrays[1:])
    with pytest.raises(ValueError, match=re.escape("W_h: shape (5, 15), expected (H, 4*H)")):
        lstm_fast_forward(*arrays[:4], frozen(5, 15), arrays[5])
    _, _, cache = lstm_fast_forward(*arrays)
    with pytest.raises(ValueError, match=re.escape("dh: shape (2, 2, 5), expected (3, 2, 5)")):
        lstm_fast_backward(frozen(2, 2, 5), cache)
