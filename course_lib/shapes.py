"""Checks at the public entry points, read from the signature: shapes and dtypes of arrays from
jaxtyping's annotations, names from `Literal`.
"""

import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Any, Literal, ParamSpec, TypeVar, get_args, get_origin

import numpy as np
from jaxtyping import AbstractArray

P = ParamSpec("P")
R = TypeVar("R")

#: Arrays with other rules: entries that do not count, `*` as a product of matrices.
_NOT_PLAIN = (np.ma.MaskedArray, np.matrix)
_WORDS = {"f": "float", "i": "integer", "u": "integer", "b": "bool"}


def checked(function: Callable[P, R]) -> Callable[P, R]:
    """Check the arrays and names given to `function` against its signature.

    An argument annotated `Float[np.ndarray, "N D"]` must be a float array with two axes, and `D`
    must be the same size in every argument; `4*H` is four times the size of `H`, and `*B` stands
    for any number of axes. Anything else raises a ValueError that names the argument, what it is
    and what was expected; so does another string than those of a `Literal`. Annotations with None
    allow None.
    """
    specs, choices = _specs(function), _choices(function)

    @wraps(function)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> R:
        sizes: dict[str, Any] = {}
        for count, spec in enumerate(specs):
            value = args[spec.position] if spec.position < len(args) else kwargs.get(spec.name)
            if (value is not None or not spec.optional) and not spec.fits(value, sizes):
                if value is None and spec.position >= len(args) and spec.name not in kwargs:
                    break  # a missing argument: Python's own message is the best one
                earlier: dict[str, Any] = {}
                for other in specs[:count]:
                    given = args[other.position : other.position + 1] or (kwargs.get(other.name),)
                    if given[0] is not None:
                        other.fits(given[0], earlier)
                raise ValueError(spec.complaint(value, earlier))
        for position, name, names in choices:
            chosen = args[position] if position < len(args) else kwargs.get(name, names[0])
            if not isinstance(chosen, str) or chosen not in names:
                raise ValueError(f"{name}: {chosen!r}, expected one of {', '.join(names)}")
        return function(*args, **kwargs)

    return wrapper


def unchecked(function: Callable[P, R]) -> Callable[P, R]:
    """The function inside a `checked` one, for loops whose arguments have been checked already."""
    inner: Callable[P, R] = vars(function)["__wrapped__"]
    return inner


def entries(name: str, given: Mapping[str, Any], keys: Iterable[str]) -> list[Any]:
    """Take the entries of these keys out of a mapping that messages call ``name``.

    Raises ValueError that names those which are missing.
    """
    keys = tuple(keys)
    missing = [key for key in keys if key not in given]
    if missing:
        raise ValueError(f"{name}: {', '.join(missing)} missing, got {', '.join(given)}")
    return [given[key] for key in keys]


def require_shape(name: str, array: np.ndarray, expected: Sequence[int]) -> None:
    """Raise ValueError unless `array` is a plain array of exactly the shape `expected`."""
    if not _is_plain(array):
        raise ValueError(f"{name}: expected a NumPy array, got {type(array).__name__}")
    if array.shape != tuple(expected):
        raise ValueError(f"{name}: shape {array.shape}, expected {tuple(expected)}")


def require_axes(axes: Mapping[str, str], **arrays: Any) -> dict[str, int]:
    """Compare shapes of arrays, or of values of `course_lib.autograd`, with names of axes.

    Args:
        axes: by argument, its axes as in a signature: {"x": "T N D", "h0": "N H"}.
        arrays: what was given; None is left out.

    Returns:
        The size of each axis.

    Raises:
        ValueError: for what has no shape or another one; it names the argument.
    """
    sizes: dict[str, int] = {}
    for name, array in arrays.items():
        if array is None:
            continue
        spec = _Spec(name, 0, False, frozenset("biuf"), tuple(axes[name].split()))
        known = dict(sizes)
        if not hasattr(array, "shape") or isinstance(array, _NOT_PLAIN):
            raise ValueError(f"{name}: expected an array, got {type(array).__name__}")
        if not spec.fits_shape(array.shape, sizes):
            raise ValueError(spec.complaint_of_shape(array.shape, known))
    return sizes


@dataclass(frozen=True)
class _Spec:
    """What a signature says about one array argument."""

    name: str
    position: int
    optional: bool
    kinds: frozenset[str]
    axes: tuple[str, ...]

    def fits(self, value: Any, sizes: dict[str, Any]) -> bool:
        """Whether dtype and shape are right; binds the axes not seen before in `sizes`."""
        if not _is_plain(value) or value.dtype.kind not in self.kinds:
            return False
        return self.fits_shape(value.shape, sizes)

    def fits_shape(self, shape: tuple[int, ...], sizes: dict[str, Any]) -> bool:
        axes = self.axes
        if axes and axes[0][0] == "*":
            front = len(shape) - len(axes) + 1
            if front < 0 or sizes.setdefault(axes[0], shape[:front]) != shape[:front]:
                return False
            axes, shape = axes[1:], shape[front:]
        if len(axes) != len(shape):
            return False
        for axis, size in zip(axes, shape, strict=True):
            times, name = _factors(axis)
            if (
                sizes.setdefault(name, int(name) if name.isdigit() else size // times)
                != size / times
            ):
                return False
        return True

    def complaint(self, value: Any, sizes: dict[str, Any]) -> str:
        if not _is_plain(value):
            return f"{self.name}: expected a NumPy array, got {type(value).__name__}"
        if value.dtype.kind not in self.kinds:
            wanted = " or ".join(sorted({_WORDS[kind] for kind in self.kinds}))
            return f"{self.name}: dtype {value.dtype}, expected {wanted}"
        return self.complaint_of_shape(value.shape, sizes)

    def complaint_of_shape(self, shape: tuple[int, ...], sizes: dict[str, Any]) -> str:
        comma = "," if len(self.axes) == 1 else ""
        text = f"{self.name}: shape {shape}, expected ({', '.join(self.axes)}{comma})"
        names = (_factors(axis)[1] for axis in self.axes)
        known = {name: sizes[name] for name in names if name in sizes}
        if known:
            text += " with " + ", ".join(f"{axis} = {size}" for axis, size in known.items())
        return text


def _is_plain(value: Any) -> bool:
    return isinstance(value, np.ndarray) and not isinstance(value, _NOT_PLAIN)


def _specs(function: Callable[..., Any]) -> tuple[_Spec, ...]:
    specs = []
    for position, (name, parameter) in enumerate(inspect.signature(function).parameters.items()):
        options = get_args(parameter.annotation) or (parameter.annotation,)
        arrays = [o for o in options if isinstance(o, type) and issubclass(o, AbstractArray)]
        if len(arrays) == 1:
            kinds = frozenset(_kind(dtype) for dtype in arrays[0].dtypes)
            place = position if parameter.kind is not parameter.KEYWORD_ONLY else 1_000
            axes = tuple("*" if a == "..." else a for a in arrays[0].dim_str.split())
            specs.append(_Spec(name, place, type(None) in options, kinds, axes))
    return tuple(specs)


def _factors(axis: str) -> tuple[int, str]:
    """4 and H of the axis `4*H`; 1 and the axis itself of any other, `*B` among them."""
    times, star, name = axis.partition("*")
    return (int(times), name) if star and times else (1, axis)


def _choices(function: Callable[..., Any]) -> list[tuple[int, str, tuple[str, ...]]]:
    """Position, name and allowed values of each argument with a `Literal`."""
    return [
        (position, name, get_args(parameter.annotation))
        for position, (name, parameter) in enumerate(inspect.signature(function).parameters.items())
        if get_origin(parameter.annotation) is Literal
    ]


def _kind(dtype_name: str) -> str:
    return {"uint": "u", "int": "i", "bool": "b"}.get(dtype_name.rstrip("_0123456789"), "f")
