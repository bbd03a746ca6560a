import re
from typing import Literal

import numpy as np
import pytest
from jaxtyping import Bool, Float, Integer

from course_lib.shapes import checked, require_shape, unchecked


@checked
def product(a: Float[np.ndarray, "N D"], b: Float[np.ndarray, "D 2"], scale: float = 1.0):
    return scale * a @ b


@checked
def weighted(
    a: Float[np.ndarray, "*B K"],
    w: Integer[np.ndarray, "*B"],
    m: Bool[np.ndarray, "*B"] | None = None,
):
    return a, w, m


@checked
def keyword_only(a: Float[np.ndarray, " N"], *, b: Float[np.ndarray, " N"]):
    return a + b


@checked
def packed(h: Float[np.ndarray, "N H"], W_h: Float[np.ndarray, "H 4*H"]):
    return h @ W_h


@checked
def packed_first(b: Float[np.ndarray, " 4*H"], h: Float[np.ndarray, "N H"]):
    return b, h


@checked
def named(a: Float[np.ndarray, " N"], how: Literal["sum", "mean"] = "sum"):
    return a, how


def test_good_input_passes_by_position_and_by_name():
    a, b = np.ones((3, 4)), np.ones((4, 2))
    assert product(a, b).shape == product(b=b, a=a, scale=2.0).shape == (3, 2)
    assert weighted(np.ones((2, 3, 4)), np.ones((2, 3), int), np.ones((2, 3), bool))[2].all()
    assert weighted(np.ones(4), np.array(1))[2] is None
    assert keyword_only(np.ones(2), b=np.ones(2)).sum() == 4
    assert packed(np.ones((2, 3)), np.ones((3, 12))).shape == (2, 12)
    assert packed_first(np.ones(12), np.ones((2, 3)))[0].size == 12
    assert named(np.ones(2), "mean")[1] == named(np.ones(2), how="mean")[1] == "mean"
    assert product.__name__ == "product"


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: product(np.ones(4), np.ones((4, 2))), "a: shape (4,), expected (N, D)"),
        (
            lambda: product(np.ones((3, 4)), np.ones((5, 2))),
            "b: shape (5, 2), expected (D, 2) with D = 4",
        ),
        (
            lambda: product(np.ones((3, 4)), np.ones((4, 3))),
            "b: shape (4, 3), expected (D, 2) with D = 4",
        ),
        (lambda: product([[1.0]], np.ones((1, 2))), "a: expected a NumPy array, got list"),
        (lambda: product(np.ones((1, 1), int), np.ones((1, 2))), "a: dtype int64, expected float"),
        (
            lambda: weighted(np.ones((2, 3, 4)), np.ones((3, 2), int)),
            "w: shape (3, 2), expected (*B,) with *B = (2, 3)",
        ),
        (lambda: weighted(np.array(1.0), np.array(1)), "a: shape (), expected (*B, K)"),
        (lambda: weighted(np.ones(4), np.array(True)), "w: dtype bool, expected integer"),
        (
            lambda: weighted(np.ones(4), np.array(1), m=np.array(1)),
            "m: dtype int64, expected bool",
        ),
        (
            lambda: keyword_only(np.ones(2), b=np.ones(3)),
            "b: shape (3,), expected (N,) with N = 2",
        ),
        (
            lambda: packed(np.ones((2, 3)), np.ones((3, 9))),
            "W_h: shape (3, 9), expected (H, 4*H) with H = 3",
        ),
        (
            lambda: packed(np.ones((2, 3)), np.ones((3, 13))),
            "W_h: shape (3, 13), expected (H, 4*H) with H = 3",
        ),
        (lambda: packed_first(np.ones(13), np.ones((2, 3))), "b: shape (13,), expected (4*H,)"),
        (
            lambda: packed_first(np.ones(12), np.ones((2, 4))),
            "h: shape (2, 4), expected (N, H) with H = 3",
        ),
        (lambda: named(np.ones(2), "max"), "how: 'max', expected one of sum, mean"),
        (lambda: named(np.ones(2), how=None), "how: None, expected one of sum, mean"),
        (
            lambda: named(np.ma.masked_array([1.0, 2.0], [False, True])),
            "a: expected a NumPy array, got MaskedArray",
        ),
    ],
)
def test_bad_input_is_named_with_what_was_expected(call, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        call()


def test_a_missing_argument_is_left_to_python():
    with pytest.raises(TypeError, match="missing 1 required positional argument: 'b'"):
        product(np.ones((3, 4)))


def test_unchecked_gives_the_function_itself():
    assert unchecked(product)(np.ones((3, 4)), np.ones((4, 7))).shape == (3, 7)


def test_require_shape():
    require_shape("dh", np.ones((2, 3)), [2, 3])
    with pytest.raises(ValueError, match=re.escape("dh: shape (2, 3), expected (3, 2)")):
        require_shape("dh", np.ones((2, 3)), (3, 2))
