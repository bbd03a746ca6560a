"""describe_difference: type, then shape, then value, in words."""

import re
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from course_lib.compare import describe_difference, describe_form, type_in_words

H = np.arange(20.0).reshape(4, 5) + 1


def quietly(got: Any, expected: Any, **options: Any) -> str | None:
    return describe_difference("h", got, expected, show_values=False, **options)


SAME = [
    (H, H.copy()),
    (H * (1 + 5e-8), H),
    (H + 5e-10, H),
    (np.array([1, 2], dtype=np.int32), np.array([1, 2])),
    (np.zeros((0, 3)), np.zeros((0, 3))),
    (3, 3),
    (3, 3.0),
    (np.float32(0.5), 0.5),
    (np.array(0.5), 0.5),
    (np.int64(3), 3),
    (1.0 + 1e-9, 1.0),
    (True, True),
    (np.True_, True),
    ("word", "word"),
    (None, None),
    ([H, 2], (H, 2)),
    ((H, {"a": [1.0]}), (H, {"a": (1.0,)})),
    ({"a": 1, "b": H}, {"b": H, "a": 1}),
]


@pytest.mark.parametrize("case", range(len(SAME)))
def test_what_agrees_gives_none(case: int) -> None:
    got, expected = SAME[case]
    assert describe_difference("h", got, expected) is None
    assert quietly(got, expected) is None


FORMS = [
    (None, H, "h: it is None, expected a NumPy array of shape (4, 5)."),
    (H.tolist(), H, "h: it is a list, expected a NumPy array of shape (4, 5)."),
    (1.0, H, "h: it is a float, expected a NumPy array of shape (4, 5)."),
    (
        np.float64(1),
        H,
        "h: it is a NumPy number (float64), expected a NumPy array of shape (4, 5).",
    ),
    (np.ma.array(H), H, "h: it is a subclass of NumPy's array, expected a NumPy array"),
    (H.astype(np.float32), H, "h: it holds float32, expected float64. Is precision lost"),
    (H, H.astype(np.float32), "h: it holds float64, expected float32. Is it converted"),
    (H.astype(int), H, "h: it holds integers, expected float64."),
    (H > 3, H, "h: it holds truth values, expected float64."),
    (H + 1j, H, "h: it holds complex numbers, expected float64."),
    (H.astype(object), H, "h: it holds things that are no numbers, expected float64."),
    (H, H.astype(int), "h: it holds float64, expected integers."),
    (H.T, H, "h: shape (5, 4), expected shape (4, 5). Is it transposed?"),
    (H[None], H, "h: shape (1, 4, 5), expected shape (4, 5). Is there an axis of size 1 too many?"),
    (H, H[None], "h: shape (4, 5), expected shape (1, 4, 5). Is an axis of size 1 lost?"),
    (H[0], H, "h: shape (5,), expected shape (4, 5). Is axis 0 lost, by an index or a sum?"),
    (H[:, 0], H, "h: shape (4,), expected shape (4, 5). Is axis 1 lost, by an index or a sum?"),
    (H[:3], H, "h: shape (3, 5), expected shape (4, 5)."),
    (np.zeros((3, 2, 4)), np.zeros((2, 3, 4)), "Are axes in another order?"),
    ("1", 1, "h: it is a string, expected a whole number."),
    (None, 0.5, "h: it is None, expected a number."),
    (True, 1, "h: it is a bool, expected a whole number."),
    (1.0, 1, "h: it holds float64, expected a whole number."),
    (np.ones(1), 1.0, "h: it is an array with 1 axis, expected a number."),
    (np.ones((1, 1)), 1.0, "h: it is an array with 2 axes, expected a number."),
    (np.array(None), 1.0, "h: it holds things that are no numbers, expected a number."),
    (10**400, 1.0, "h: it holds things that are no numbers, expected a number."),
    (H, (H, H), "h: it is a NumPy array, expected a tuple of 2."),
    (None, [H], "h: it is None, expected a list of 1."),
    ((H,), (H, H), "h: 1 entries, expected 2."),
    ((H, H.T), (H, H), "h[1]: shape (5, 4), expected shape (4, 5). Is it transposed?"),
    ([], {}, "h: it is a list, expected a dict."),
    ({}, {"W_xh": H}, "h: the key 'W_xh' is missing."),
    ({"W_xh": H, "b": 1}, {"W_xh": H}, "h: it has more keys than 'W_xh'."),
    ({"W_xh": H.T}, {"W_xh": H}, "h['W_xh']: shape (5, 4), expected shape (4, 5)"),
    (1, True, "h: it is an int, expected a bool."),
    (1, "one", "h: it is an int, expected a string."),
    (0, None, "h: it is an int, expected None."),
]


@pytest.mark.parametrize("case", range(len(FORMS)))
def test_a_wrong_form_is_described(case: int) -> None:
    got, expected, words = FORMS[case]
    assert words in (describe_difference("h", got, expected) or "")
    assert words in (quietly(got, expected) or "")


def test_one_step_too_short_or_long_is_said_only_of_time() -> None:
    h = np.zeros((4, 2, 3))
    for got, words in ((h[1:], "one step too short?"), (np.zeros((5, 2, 3)), "one step too long?")):
        assert words in (quietly(got, h, axes=("t", "n", "unit")) or "")
        assert words not in (quietly(got, h) or "")


VALUES = [
    (H + 1, "h: all values differ."),
    (-H, "h: all values differ. The sign is the wrong way round."),
    (0 * H, "h: all values differ. All yours are 0."),
    (np.flip(H, 0), "It is the right one with axis 0 the other way round."),
    (np.flip(H, 1), "It is the right one with axis 1 the other way round."),
    (2 * H, "It is N times the right one. Is a sum taken for a mean, or a mean for a sum?"),
    (np.where(H == 7, np.nan, H), "h: 1 of 20 values differ. There are NaNs among yours:"),
    (np.where(H == 7, np.inf, H), "h: 1 of 20 values differ. There are infinities among yours:"),
    (np.where(H > 10, 0, H), "Along axis t it is right before index 2, then wrong."),
    (np.where(H < 11, 0, H), "Along axis t it is wrong up to index 1, then right."),
    (np.where((H > 5) & (H < 11), 0, H), "Only index 1 of axis t is wrong."),
    (H * (np.arange(5) != 3), "Only index 3 of axis unit is wrong."),
]


@pytest.mark.parametrize("case", range(len(VALUES)))
def test_wrong_values_are_described(case: int) -> None:
    got, words = VALUES[case]
    options: Any = {"axes": ("t", "unit"), "factors": {"N": 2.0}}
    assert words in (quietly(got, H, **options) or "")
    shown = describe_difference("h", got, H, **options) or ""
    assert words in shown
    assert re.search(r"h\[\d, \d\] is \S+, expected \S+\.$", shown)


def test_a_square_transpose_is_seen_in_the_values() -> None:
    square = H[:, :4]
    assert "It is the transpose of the right one." in (quietly(square.T, square) or "")


def test_a_factor_is_not_taken_for_another_of_the_same_size() -> None:
    factors = {"N": 2.0, "2": 2.0, "K": 3.0}
    assert quietly(2 * H, H, factors=factors) == (
        "h: all values differ. It is N or 2 times the right one."
    )
    assert (quietly(3 * H, H, factors=factors) or "").endswith("or a mean for a sum?")


def test_whole_numbers_are_no_multiples() -> None:
    assert quietly(np.array([0]), np.array([3])) == "h: the value differs."


def test_numbers() -> None:
    assert describe_difference("loss", -2.5, 2.5) == (
        "loss: the value differs. The sign is the wrong way round. It is -2.5, expected 2.5."
    )
    assert quietly(6.0, 3.0, factors={"N": 2.0, "1": 1.0}) == (
        "h: the value differs. It is N times the right one. "
        "Is a sum taken for a mean, or a mean for a sum?"
    )
    assert "NaNs" in (quietly(float("nan"), 3.0) or "")
    assert "infinities" in (quietly(float("-inf"), 3.0) or "")
    assert quietly(4, 3) == "h: the value differs."


def test_texts_are_shown_only_where_values_may_be() -> None:
    assert describe_difference("word", "dog", "cat") == "word: it is 'dog', expected 'cat'."
    assert quietly("dog", "cat") == "h: it is another one than expected."


def test_tolerance_is_relative_with_an_absolute_floor() -> None:
    assert quietly(1e9 + 50, 1e9) is None
    assert quietly(1e9 + 500, 1e9) is not None
    assert quietly(5e-10, 0.0) is None
    assert quietly(5e-9, 0.0) is not None
    assert quietly(1.1, 1.0, rtol=0.2) is None


def test_a_shape_is_shown_only_when_the_sizes_explain_it() -> None:
    expected = np.zeros((3, 4))
    assert "shape (4, 5)" in (quietly(np.zeros((4, 5)), expected) or "")
    assert quietly(np.zeros((3, 19)), expected) == (
        "h: an array with 2 axes, expected shape (3, 4)."
    )
    assert "shape (3, 19)" in (quietly(np.zeros((3, 19)), expected, sizes=(19,)) or "")
    assert "shape (3, 19)" in (describe_difference("h", np.zeros((3, 19)), expected) or "")
    assert "many axes" in (quietly(np.zeros((1,) * 20), expected) or "")


class Liar:
    """Equals everything, is smaller and larger than everything, converts to anything."""

    def __eq__(self, other: object) -> bool:
        raise AssertionError("it is not to be asked")

    __lt__ = __gt__ = __ge__ = __le__ = __ne__ = __eq__
    __hash__ = object.__hash__

    def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray:
        raise AssertionError("it is not to be converted")

    def __float__(self) -> float:
        raise AssertionError("it is not to be converted")


class Number(float):
    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = float.__hash__


@pytest.mark.parametrize("expected", [H, 1, 1.5, "a", None, True, [1], (H, 2), {"a": 1}])
@pytest.mark.parametrize("liar", [Liar(), Number(7), type("list", (list,), {})()])
def test_an_object_that_claims_to_equal_everything_is_of_a_wrong_type(
    liar: Any, expected: Any
) -> None:
    problem = quietly(liar, expected)
    assert problem is not None
    assert "Liar" not in problem


def test_a_type_is_named_without_the_students_words() -> None:
    class Password123:
        pass

    assert type_in_words(Password123()) == (
        "an object that is neither a plain Python value nor a NumPy array"
    )
    assert type_in_words(lambda: 0) == "a function"
    assert type_in_words(np.float32(1)) == "a NumPy number (float32)"
    assert type_in_words(type("Secret", (np.float64,), {})(1)) != "a NumPy number (Secret)"


@given(
    arrays(np.float64, array_shapes(max_dims=3, max_side=4), elements=st.floats(-1e6, 1e6)),
    st.data(),
)
def test_a_changed_entry_is_found_and_hidden(expected: np.ndarray, data: st.DataObject) -> None:
    index = tuple(data.draw(st.integers(0, size - 1)) for size in expected.shape)
    got = expected.copy()
    got[index] += 1.0 + abs(got[index])
    assert describe_difference("h", expected, expected) is None
    problem = quietly(got, expected)
    assert problem is not None
    # What is left of numbers are counts, sizes and places.
    assert all(int(n) <= expected.size for n in re.findall(r"\d+", problem))
    assert "." not in re.sub(r"\. |\.$", "", problem)


@given(array_shapes(max_dims=4, max_side=4), array_shapes(max_dims=4, max_side=4))
def test_forms_agree_exactly_when_shapes_do(one: tuple[int, ...], other: tuple[int, ...]) -> None:
    assert (describe_form("h", np.zeros(one), other) is None) == (one == other)
