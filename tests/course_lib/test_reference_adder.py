import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_lib.data.addition import from_bits, to_bits
from course_lib.reference.adder import add_binary, adder_weights
from course_lib.reference.rnn import rnn_forward


@given(st.data(), st.integers(1, 300))
def test_the_sum_is_that_of_whole_numbers_of_any_size(data, length):
    a, b = (data.draw(st.integers(0, 2**length - 1)) for _ in range(2))
    total = add_binary(to_bits(a, length), to_bits(b, length))
    assert len(total) == length + 1
    assert from_bits(total) == a + b


def test_ten_thousand_places_with_a_carry_through_all_of_them():
    length = 10_000
    ones, one = to_bits(2**length - 1, length), to_bits(1, length)
    total = add_binary(ones, one)
    assert from_bits(total) == 2**length
    rng = np.random.default_rng(0)
    a, b = rng.integers(0, 2, size=(2, length))
    assert from_bits(add_binary(a, b)) == from_bits(a) + from_bits(b)


@pytest.mark.parametrize("carry", [-1.0, 0.0, 1.0])
@pytest.mark.parametrize(("a", "b"), [(0, 0), (0, 1), (1, 0), (1, 1)])
def test_units_count_the_ones_and_saturate_exactly(a, b, carry):
    w = adder_weights()
    x, h0 = np.array([[[a, b]]], dtype=float), np.array([[-1.0, carry, 1.0]])
    h, _ = rnn_forward(x, h0, w["W_xh"], w["W_hh"], w["b_h"])
    ones = a + b + (carry == 1)
    np.testing.assert_array_equal(h[0, 0], [1.0 if ones >= k else -1.0 for k in (1, 2, 3)])


def test_no_length_is_too_short():
    for a in (0, 1):
        for b in (0, 1):
            assert from_bits(add_binary(np.array([a]), np.array([b]))) == a + b
    empty = np.array([], dtype=int)
    np.testing.assert_array_equal(add_binary(empty, empty), [0])


def test_bad_input_is_named():
    with pytest.raises(ValueError, match="b: bits must be 0 or 1"):
        add_binary(np.array([0, 1]), np.array([0, 2]))
    with pytest.raises(ValueError, match=r"b: shape \(3,\), expected \(T,\) with T = 2"):
        add_binary(np.array([0, 1]), np.array([0, 1, 1]))
