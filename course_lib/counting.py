"""How many multiplications a function does in its matrix products (book/bptt/cost).

A count does not depend on the machine, nor on what else it is doing.
"""

from collections.abc import Callable, Mapping
from math import isqrt
from typing import Any

import numpy as np


class CountedArray(np.ndarray):
    """An array that tells `products` about the matrix products that it takes part in."""

    __array_priority__ = 1.0  # put together with plain arrays, the result is counted again

    def __array_ufunc__(
        self, ufunc: np.ufunc, method: str, *inputs: Any, out: Any = None, **kwargs: Any
    ) -> Any:
        for value in inputs:
            if hasattr(value, "__array_ufunc__") and not isinstance(value, np.ndarray | np.generic):
                return NotImplemented  # a Value computes by itself, with counted arrays inside
        plain = [np.asarray(v) if isinstance(v, np.ndarray) else v for v in inputs]
        if ufunc is np.matmul:
            _note(plain[0], plain[1])
        if out is not None:
            kwargs["out"] = tuple(np.asarray(value) for value in out)
        result = getattr(ufunc, method)(*plain, **kwargs)
        return result.view(CountedArray) if isinstance(result, np.ndarray) else result

    def __array_function__(self, func: Any, types: Any, args: Any, kwargs: Any) -> Any:
        result = super().__array_function__(func, types, args, kwargs)
        if func is np.dot:
            _note(np.asarray(args[0]), np.asarray(args[1]))
        if func is np.tensordot:  # (m k) (k n) (m n) = (m n k)^2
            a, b = args[:2]
            _counts[-1:] = [n + isqrt(a.size * b.size * np.size(result)) for n in _counts[-1:]]
        return result


def products(function: Callable[..., Any], *args: Any, **kwargs: Any) -> int:
    """The number of multiplications in the matrix products of ``function(*args, **kwargs)``.

    Arrays among the arguments, and in dicts among them, are counted copies while it runs. Products
    of arrays that depend on none of them are not seen; nor are products entry by entry.
    """
    _counts.append(0)
    try:
        function(
            *(_counted(value) for value in args),
            **{name: _counted(value) for name, value in kwargs.items()},
        )
    finally:
        count = _counts.pop()
    return count


_counts: list[int] = []


def _counted(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return value.copy().view(CountedArray)
    if isinstance(value, Mapping):
        return {name: _counted(entry) for name, entry in value.items()}
    return value


def _note(a: np.ndarray, b: np.ndarray) -> None:
    """Add the multiplications of a @ b: for each entry of the result, one for each term."""
    if _counts:
        batch = np.broadcast_shapes(a.shape[:-2], b.shape[:-2])
        rows = a.shape[-2] if a.ndim > 1 else 1
        columns = b.shape[-1] if b.ndim > 1 else 1
        _counts[-1] += int(np.prod(batch, dtype=int)) * rows * a.shape[-1] * columns
