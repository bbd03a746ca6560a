"""Shape checks at the public entry points, read from the jaxtyping annotations of the signature."""

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Any, ParamSpec, TypeVar, get_args

import numpy as np
from jaxtyping import AbstractArray

P = ParamSpec("P")
R = TypeVar("R")

_WORDS = {"f": "float", "i": "integer", "u": "integer", "b": "bool"}


def checked(function: Callable[P, R]) -> Callable[P, R]:
    """Check the arrays given to `function` against the shapes in its signature.

    An argument annotated `Float[np.ndarray, "N D"]` must be a float array with two axes, and `D`
    must be the same size in every argument; `4*H` is four times the size of `H`, and `*B` stands
    for any number of axes. Anything else raises a ValueError that names the argument, what it is
    and what was expected. Annotations with None allow None.
    """
    specs = _specs(function)

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
        return function(*args, **kwargs)

    return wrapper


def unchecked(function: Callable[P, R]) -> Callable[P, R]:
    """The function inside a `checked` one, for loops whose arguments have been checked already."""
    inner: Callable[P, R] = vars(function)["__wrapped__"]
    return inner


def require_shape(name: str, array: np.ndarray, expected: Sequence[int]) -> None:
    """Raise ValueError unless `array` has exactly the shape `expected`."""
    if np.shape(array) != tuple(expected):
        raise ValueError(f"{name}: shape {np.shape(array)}, expected {tuple(expected)}")


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
        if not isinstance(value, np.ndarray) or value.dtype.kind not in self.kinds:
            return False
        axes, shape = self.axes, value.shape
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
        if not isinstance(value, np.ndarray):
            return f"{self.name}: expected a NumPy array, got {type(value).__name__}"
        if value.dtype.kind not in self.kinds:
            wanted = " or ".join(sorted({_WORDS[kind] for kind in self.kinds}))
            return f"{self.name}: dtype {value.dtype}, expected {wanted}"
        comma = "," if len(self.axes) == 1 else ""
        text = f"{self.name}: shape {value.shape}, expected ({', '.join(self.axes)}{comma})"
        names = (_factors(axis)[1] for axis in self.axes)
        known = {name: sizes[name] for name in names if name in sizes}
        if known:
            text += " with " + ", ".join(f"{axis} = {size}" for axis, size in known.items())
        return text


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


def _kind(dtype_name: str) -> str:
    return {"uint": "u", "int": "i", "bool": "b"}.get(dtype_name.rstrip("_0123456789"), "f")
