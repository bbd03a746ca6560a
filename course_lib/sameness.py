"""Whether two results of plain data are the same up to rounding."""

import math
from typing import Any

import numpy as np


def same(one: Any, other: Any, rtol: float = 1e-9) -> bool:
    """Whether two results of plain data are the same up to rounding. NaN is the same as NaN."""
    if isinstance(one, (np.ndarray, np.generic)) or isinstance(other, (np.ndarray, np.generic)):
        return _same_arrays(one, other, rtol)
    if type(one) in (list, tuple) and type(other) in (list, tuple):
        return len(one) == len(other) and all(
            same(a, b, rtol) for a, b in zip(one, other, strict=True)
        )
    if type(one) is dict and type(other) is dict:
        return one.keys() == other.keys() and all(same(one[k], other[k], rtol) for k in one)
    if type(one) in (int, float) and type(other) in (int, float):
        return _near_numbers(one, other, rtol)
    return type(one) is type(other) in (bool, str, bytes, type(None)) and bool(one == other)


def _same_arrays(one: Any, other: Any, rtol: float) -> bool:
    plain = (bool, int, float, np.ndarray, np.generic)
    if not isinstance(one, plain) or not isinstance(other, plain):
        return False
    one, other = np.asarray(one), np.asarray(other)
    if one.dtype.kind not in "biuf" or other.dtype.kind not in "biuf":
        return False
    if one.shape != other.shape or one.dtype.kind != other.dtype.kind:
        return False
    if one.dtype.kind == "f" and one.ndim and one.dtype != other.dtype:
        return False
    return _near(one, other, 1e-5 if one.dtype.itemsize < 8 else rtol)


def _near_numbers(one: float, other: float, rtol: float) -> bool:
    try:
        nan = math.isnan(one) and math.isnan(other)
        return nan or math.isclose(one, other, rel_tol=rtol, abs_tol=1e-3 * rtol)
    except OverflowError:  # an int beyond float64
        return one == other


def _near(one: np.ndarray, other: np.ndarray, rtol: float) -> bool:
    with np.errstate(all="ignore"):
        if one.dtype.kind == "f":
            # np.allclose, without its preparations
            near = np.abs(one - other) <= 1e-3 * rtol + rtol * np.abs(other)
            near = near & np.isfinite(other) | (one == other)
            return bool((near | (np.isnan(one) & np.isnan(other))).all())
        return bool(np.allclose(one, other, rtol=rtol, atol=1e-3 * rtol, equal_nan=True))
