"""Says in words how a result differs from what was expected: type first, then shape, then value.

The visible checks show the numbers that differ. The hidden tests use the same words with
``show_values=False``: then a message holds no entry of either array, no text made by the student,
and only shapes that can be explained by the sizes of the case.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

RTOL = 1e-7
ATOL = 1e-9

_PLAIN_TYPES: dict[type, str] = {
    type(None): "None",
    bool: "a bool",
    int: "an int",
    float: "a float",
    complex: "a complex number",
    str: "a string",
    bytes: "bytes",
    list: "a list",
    tuple: "a tuple",
    dict: "a dict",
    set: "a set",
    np.ndarray: "a NumPy array",
}
_DTYPE_KINDS = {
    "b": "truth values",
    "i": "integers",
    "u": "integers",
    "c": "complex numbers",
    "U": "strings",
    "S": "strings",
}


def describe_difference(
    name: str,
    got: Any,
    expected: Any,
    *,
    rtol: float = RTOL,
    atol: float = ATOL,
    axes: Sequence[str] = (),
    factors: Mapping[str, float] | None = None,
    sizes: Iterable[int] = (),
    show_values: bool = True,
) -> str | None:
    """Compare ``got`` with ``expected``; None when they agree, else one sentence or two.

    Args:
        name: what the student calls the thing, "h" or "cache[2]"; every message starts with it.
        got: anything at all. Nothing of it is called, so an object that claims to equal everything
            is only an object of a wrong type.
        expected: an array, a number, a string, None, or a list, tuple or dict of these. Lists and
            tuples stand for each other; an integer array accepts every integer dtype, a float array
            only its own; a number accepts NumPy scalars and arrays without axes.
        rtol, atol: entries may differ by ``atol + rtol * abs(expected)``.
        axes: what the axes stand for, as in ``("t", "n")``, to say where a difference begins.
        factors: numbers by name, as in ``{"N": 3.0}``; when ``got`` is ``expected`` times one of
            them, the message says so.
        sizes: further sizes that may occur in a shape that is shown while ``show_values`` is False.
        show_values: whether the message may hold entries of ``got`` and ``expected``.
    """
    if isinstance(expected, np.ndarray) and expected.ndim > 0:
        problem = describe_form(
            name,
            got,
            expected.shape,
            dtype=expected.dtype,
            axes=axes,
            sizes=sizes,
            show_values=show_values,
        )
        return problem or _values(name, got, expected, rtol, atol, axes, factors, show_values)
    if isinstance(expected, (list, tuple)):
        return _items(
            name,
            got,
            expected,
            rtol=rtol,
            atol=atol,
            axes=axes,
            factors=factors,
            sizes=sizes,
            show_values=show_values,
        )
    if isinstance(expected, dict):
        return _dict(
            name,
            got,
            expected,
            rtol=rtol,
            atol=atol,
            axes=axes,
            factors=factors,
            sizes=sizes,
            show_values=show_values,
        )
    if isinstance(expected, (bool, np.bool_, str, bytes, type(None))):
        return _exact(name, got, expected, show_values)
    return _number(name, got, expected, rtol, atol, factors, show_values)


def describe_form(
    name: str,
    got: Any,
    shape: tuple[int, ...],
    *,
    dtype: Any = np.float64,
    axes: Sequence[str] = (),
    sizes: Iterable[int] = (),
    show_values: bool = True,
) -> str | None:
    """Compare only type, dtype and shape of an array; None when they are as expected."""
    if type(got) is not np.ndarray:
        return f"{name}: it is {type_in_words(got)}, expected a NumPy array of shape {shape}."
    problem = _dtype(name, got.dtype, np.dtype(dtype))
    if problem:
        return problem
    if got.shape == tuple(shape):
        return None
    known = {0, 1, *sizes, *(size + by for size in shape for by in (-1, 0, 1))}
    if show_values or (len(got.shape) <= 4 and all(size in known for size in got.shape)):
        came = f"shape {got.shape}"
    else:
        came = _axes_in_words(got.ndim)
    return f"{name}: {came}, expected shape {tuple(shape)}{_shape_hint(got.shape, shape, axes)}"


def type_in_words(value: Any) -> str:
    """The type of ``value`` in words that hold nothing the student wrote, as in "a list"."""
    kind = type(value)
    if kind in _PLAIN_TYPES:
        return _PLAIN_TYPES[kind]
    if issubclass(kind, np.generic) and kind.__module__ == "numpy":
        return f"a NumPy number ({kind.__name__})"
    if issubclass(kind, np.ndarray):
        return "a subclass of NumPy's array"
    if callable(value):
        return "a function"
    return "an object that is neither a plain Python value nor a NumPy array"


def _dtype(name: str, got: np.dtype, expected: np.dtype) -> str | None:
    if expected.kind in "iu":
        if got.kind in "iu":
            return None
        return f"{name}: it holds {_dtype_in_words(got)}, expected integers."
    if got == expected:
        return None
    hint = ""
    if got.kind == "f" and expected.kind == "f":
        smaller = got.itemsize < expected.itemsize
        hint = " Is precision lost on the way?" if smaller else " Is it converted on the way?"
    return f"{name}: it holds {_dtype_in_words(got)}, expected {_dtype_in_words(expected)}.{hint}"


def _dtype_in_words(dtype: np.dtype) -> str:
    if dtype.kind == "f":
        return dtype.name
    return _DTYPE_KINDS.get(dtype.kind, "things that are no numbers")


def _axes_in_words(ndim: int) -> str:
    if ndim > 4:
        return "an array with many axes"
    return f"an array with {ndim} {'axis' if ndim == 1 else 'axes'}"


def _shape_hint(got: tuple[int, ...], expected: tuple[int, ...], axes: Sequence[str]) -> str:
    expected = tuple(expected)
    if len(got) > 1 and got == expected[::-1]:
        return ". Is it transposed?"
    if len(got) == len(expected) and sorted(got) == sorted(expected):
        return ". Are axes in another order?"
    if axes and axes[0] == "t" and len(got) == len(expected) and got[1:] == expected[1:]:
        if abs(got[0] - expected[0]) == 1:
            return f". Is it one step too {'short' if got[0] < expected[0] else 'long'}?"
        if got[0] == 1 and len(got) > 1:
            return ". Does the loop end after its first step, at a return inside it?"
    without_ones = tuple(size for size in got if size != 1)
    if without_ones == tuple(size for size in expected if size != 1):
        if len(got) < len(expected):
            return ". Is an axis of size 1 lost?"
        return ". Is there an axis of size 1 too many?"
    if len(got) == len(expected) - 1:
        for axis in range(len(expected)):
            if got == expected[:axis] + expected[axis + 1 :]:
                what = f"axis {axis}" + (f" ({axes[axis]})" if axis < len(axes) else "")
                return f". Is {what} lost, by an index or a sum?"
    return "."


def _values(
    name: str,
    got: np.ndarray,
    expected: np.ndarray,
    rtol: float,
    atol: float,
    axes: Sequence[str],
    factors: Mapping[str, float] | None,
    show_values: bool,
) -> str | None:
    wrong = ~_close(got, expected, rtol, atol)
    if not wrong.any():
        return None
    sentences = [f"{name}: {_how_many(wrong)}"]
    sentences += _not_finite(got, expected)
    if len(sentences) == 1:
        sentences += _where(wrong, axes) or _relation(got, expected, rtol, atol, factors)
    if show_values:
        index = tuple(int(i) for i in np.argwhere(wrong)[0])
        place = ", ".join(str(i) for i in index)
        sentences.append(
            f"{name}[{place}] is {_short(got[index])}, expected {_short(expected[index])}."
        )
    return " ".join(sentences)


def _close(got: Any, expected: Any, rtol: float, atol: float) -> np.ndarray:
    got, expected = np.asarray(got), np.asarray(expected)
    if expected.dtype.kind in "iub":
        return np.asarray(got == expected)
    with np.errstate(all="ignore"):  # np.isclose, for numbers, without its preparations
        near = np.abs(got - expected) <= atol + rtol * np.abs(expected)
        return np.asarray(near & np.isfinite(expected) | (got == expected))


def _how_many(wrong: np.ndarray) -> str:
    if wrong.all():
        return "all values differ." if wrong.size > 1 else "the value differs."
    return f"{int(wrong.sum())} of {wrong.size} values differ."


def _not_finite(got: np.ndarray, expected: np.ndarray) -> list[str]:
    if got.dtype.kind != "f" or not np.isfinite(expected).all():
        return []
    if np.isnan(got).any():
        return ["There are NaNs among yours: is inf - inf, inf / inf or 0 / 0 computed?"]
    if np.isinf(got).any():
        return ["There are infinities among yours: does an exp overflow, or is log(0) taken?"]
    return []


def _where(wrong: np.ndarray, axes: Sequence[str]) -> list[str]:
    """Where along the named axes the difference begins or ends, if that tells anything."""
    for axis, axis_name in enumerate(axes[: wrong.ndim]):
        others = tuple(i for i in range(wrong.ndim) if i != axis)
        along = np.atleast_1d(wrong.any(axis=others))
        if along.all() or len(along) < 2:
            continue
        first, last = int(np.argmax(along)), len(along) - 1 - int(np.argmax(along[::-1]))
        if first == last:
            return [f"Only index {first} of axis {axis_name} is wrong."]
        if along[first:].all():
            return [f"Along axis {axis_name} it is right before index {first}, then wrong."]
        if along[: last + 1].all():
            return [f"Along axis {axis_name} it is wrong up to index {last}, then right."]
    return []


def _relation(
    got: np.ndarray,
    expected: np.ndarray,
    rtol: float,
    atol: float,
    factors: Mapping[str, float] | None,
) -> list[str]:
    """A simple relation between the two, if there is one: a sign, a factor, an axis."""
    if got.dtype.kind not in "fiu" or expected.dtype.kind != "f" or not np.any(expected):
        return []
    if got.ndim == 2 and got.shape[0] == got.shape[1] > 1 and _all(got, expected.T, rtol, atol):
        return ["It is the transpose of the right one."]
    for axis in range(got.ndim):
        if got.shape[axis] > 1 and _all(got, np.flip(expected, axis), rtol, atol):
            return [f"It is the right one with axis {axis} the other way round."]
    if _all(got, -expected, rtol, atol):
        return ["The sign is the wrong way round."]
    if not np.any(got):
        return ["All yours are 0."]
    fitting = [
        factor_name
        for factor_name, factor in (factors or {}).items()
        if factor != 1 and _all(got, factor * expected, rtol, atol)
    ]
    if not fitting:
        return []
    a_number = any(name.lstrip("-").isdigit() or "log" in name for name in fitting)
    why = "" if a_number else " Is a sum taken for a mean, or a mean for a sum?"
    return [f"It is {' or '.join(fitting)} times the right one.{why}"]


def _all(got: Any, expected: Any, rtol: float, atol: float) -> bool:
    return bool(_close(got, expected, rtol, atol).all())


def _items(name: str, got: Any, expected: Sequence[Any], **options: Any) -> str | None:
    show_values = options["show_values"]
    if type(got) not in (list, tuple):
        kind = "tuple" if isinstance(expected, tuple) else "list"
        return f"{name}: it is {type_in_words(got)}, expected a {kind} of {len(expected)}."
    known = show_values or abs(len(got) - len(expected)) <= 1
    if len(got) != len(expected):
        came = f"{len(got)} entries" if known else "another number of entries"
        return f"{name}: {came}, expected {len(expected)}."
    for i, (mine, wanted) in enumerate(zip(got, expected, strict=True)):
        problem = describe_difference(f"{name}[{i}]", mine, wanted, **options)
        if problem:
            return problem
    return None


def _dict(name: str, got: Any, expected: dict, **options: Any) -> str | None:
    if type(got) is not dict:
        return f"{name}: it is {type_in_words(got)}, expected a dict."
    missing = [key for key in expected if key not in got]
    if missing:
        return f"{name}: the key {missing[0]!r} is missing."
    if len(got) > len(expected):
        return f"{name}: it has more keys than {', '.join(repr(key) for key in expected)}."
    for key, wanted in expected.items():
        problem = describe_difference(f"{name}[{key!r}]", got[key], wanted, **options)
        if problem:
            return problem
    return None


def _exact(name: str, got: Any, expected: Any, show_values: bool) -> str | None:
    wanted = bool(expected) if isinstance(expected, np.bool_) else expected
    mine = bool(got) if isinstance(got, np.bool_) else got
    if type(mine) is not type(wanted):
        return f"{name}: it is {type_in_words(got)}, expected {type_in_words(wanted)}."
    if mine == wanted:
        return None
    if show_values:
        return f"{name}: it is {mine!r}, expected {wanted!r}."
    return f"{name}: it is another one than expected."


def _number(
    name: str,
    got: Any,
    expected: Any,
    rtol: float,
    atol: float,
    factors: Mapping[str, float] | None,
    show_values: bool,
) -> str | None:
    wanted = np.asarray(expected)
    whole = wanted.dtype.kind in "iu"
    word = "a whole number" if whole else "a number"
    if isinstance(got, (bool, np.bool_)) or not (
        type(got) in (int, float, np.ndarray)
        or (isinstance(got, (np.integer, np.floating)) and type(got).__module__ == "numpy")
    ):
        return f"{name}: it is {type_in_words(got)}, expected {word}."
    mine = np.asarray(got)
    if mine.ndim > 0:
        return f"{name}: it is {_axes_in_words(mine.ndim)}, expected {word}."
    if mine.dtype.kind not in ("iu" if whole else "iuf"):
        return f"{name}: it holds {_dtype_in_words(mine.dtype)}, expected {word}."
    if _all(mine, wanted, rtol, atol):
        return None
    sentences = [f"{name}: the value differs."]
    sentences += _not_finite(mine, wanted) or _relation(mine, wanted, rtol, atol, factors)
    if show_values:
        sentences.append(f"It is {_short(got)}, expected {_short(expected)}.")
    return " ".join(sentences)


def _short(value: Any) -> str:
    number = np.asarray(value)
    return f"{number.item():.6g}" if number.dtype.kind == "f" else str(number.item())
