"""How the cases of an exercise are made: with which numbers, in which sizes, what is special.

A case is described once, and made for the hidden test, for the visible check, and by the tests of
the tests, each with numbers and sizes of its own.
"""

import inspect
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, get_args

import numpy as np
from jaxtyping import AbstractArray

from course_lib.checks.judging import SINGLE, Cut

Sizes = Mapping[str, Any]
#: Makes one argument from a generator, the shape that the signature asks for, and all sizes.
Draw = Callable[[np.random.Generator, tuple[int, ...], Sizes], Any]
Inputs = dict[str, Any]
#: Changes all arguments of a case.
Change = Callable[[Inputs, np.random.Generator], Inputs]


@dataclass(frozen=True)
class Numbers:
    """Where the numbers of a run come from, and by how much its sizes are larger than declared.

    A size of 1 stays 1, and sizes that are equal stay equal.
    """

    seed: int
    grow: int = 0
    visible: bool = False

    def rng(self, *key: str | int) -> np.random.Generator:
        """A generator of its own for each key."""
        words = [k if isinstance(k, int) else zlib.crc32(k.encode()) for k in key]
        return np.random.default_rng([self.seed, *words])

    def size(self, declared: Any) -> Any:
        """A size, or a tuple of them, in this run."""
        if isinstance(declared, tuple):
            return tuple(self.size(size) for size in declared)
        return declared + self.grow if declared > 1 else declared


HIDDEN = Numbers(20261)
VISIBLE = Numbers(1, grow=1, visible=True)


@dataclass(frozen=True)
class Spec:
    """What is special in one case.

    Attributes:
        note: in which case this is, as the student reads it.
        sizes: sizes other than the exercise's.
        given: arguments with a value of their own, or a function of (generator, sizes) giving it;
            ``shown`` are those of the visible check where they are others.
        zero: the names of arguments that are 0.
        change: what to do with all arguments last: a function of (arguments, generator).
        compared, entries, unchanged, options: as in `course_lib.checks.judging.Case`.
        keywords: the names of arguments that are given by name.
        cut: which part of the result counts.
    """

    note: str = ""
    sizes: Sizes = field(default_factory=dict)
    given: Mapping[str, Any] = field(default_factory=dict)
    shown: Mapping[str, Any] = field(default_factory=dict)
    zero: tuple[str, ...] = ()
    alone: tuple[str, ...] = ()
    change: Change | None = None
    compared: tuple[str, ...] = ()
    entries: tuple[str, ...] = ()
    unchanged: bool = False
    options: Mapping[str, Any] = field(default_factory=dict)
    keywords: tuple[str, ...] = ()
    cut: Cut = ""

    def comparing(self, *results: str, entries: Sequence[str] = ()) -> "Spec":
        """The same case, in which only these results count, or these entries of a dict."""
        return replace(self, compared=results, entries=tuple(entries))

    def named(self, *names: str) -> "Spec":
        """The same case, in which these arguments are given by name."""
        return replace(self, keywords=names)

    def without_end(self) -> "Spec":
        """The same case, in which the last entry is free, and may be missing."""
        return replace(self, cut="but the last")

    def half(self, number: int) -> "Spec":
        """The same case, in which the first half of the last axis counts, or the second."""
        return replace(self, cut=("first half", "second half")[number])


def sized(
    note: str = "",
    *,
    zero: Sequence[str] = (),
    change: Change | None = None,
    shown: Mapping[str, Any] | None = None,
    **sizes_and_arguments: Any,
) -> Spec:
    """A case in the exercise's sizes but for those named here (in capitals), or with arguments."""
    sizes = {k: v for k, v in sizes_and_arguments.items() if k[0].isupper()}
    given = {k: v for k, v in sizes_and_arguments.items() if k not in sizes}
    return Spec(
        note,
        sizes,
        given,
        shown or {},
        zero=tuple(zero),
        change=change,
    )


def alone(*names: str, what: str, **sizes: int) -> Spec:
    """A case in which all arguments but these are 0, so that only one term, ``what``, is left.

    The note says so: "With x = 0 and h_prev = 0, so that only b_h is left:".
    """
    return Spec(f"so that only {what} is left:", sizes, alone=names)


def square(size: int, *names: str, **given: Any) -> Spec:
    """A case in which these sizes are all the same, so that NumPy notices no transpose."""
    return sized(f"With {' = '.join(names)}:", **{**dict.fromkeys(names, size), **given})


_ONES = {
    ("T",): "For T = 1:",
    ("N",): "For a single sequence, N = 1:",
    ("D", "H"): "With one feature and one unit, D = H = 1:",
    ("H",): "With one unit, H = 1:",
    ("H", "K"): "With one unit and one output, H = K = 1:",
}


def ones(*names: str, note: str = "", **given: Any) -> Spec:
    """A case in which these sizes are 1."""
    usual = _ONES.get(names, f"With {' = '.join(names)} = 1:")
    return sized(note or usual, **{**dict.fromkeys(names, 1), **given})


def float32(
    note: str = "With float32 coming in:", *, change: Change | None = None, **given: Any
) -> Spec:
    """A case in which all arrays of float64 are float32, and so must be what comes back.

    ``change``, as of `sized`, is made before.
    """

    def changed(arguments: Inputs, rng: np.random.Generator) -> Inputs:
        arguments = arguments if change is None else change(arguments, rng)
        return {name: _single(value) for name, value in arguments.items()}

    return replace(sized(note, change=changed, **given), options=SINGLE)


def unchanged(note: str = "", **given: Any) -> Spec:
    """A case after which the arguments must be as they were."""
    return replace(sized(note, **given), unchanged=True)


def _single(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return value.astype(np.float32) if value.dtype == np.float64 else value
    if isinstance(value, dict):
        return {key: _single(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(_single(item) for item in value)
    return value


def zeros(value: Any) -> Any:
    """The same with 0 for every number of every array."""
    if isinstance(value, np.ndarray):
        return np.zeros_like(value)
    if isinstance(value, dict):
        return {key: zeros(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(zeros(item) for item in value)
    return value


def normal(scale: float = 1.0) -> Draw:
    """Draws numbers from a normal distribution around 0."""
    return lambda rng, shape, sizes: scale * rng.standard_normal(shape)


def states(rng: np.random.Generator, shape: tuple[int, ...], sizes: Sizes) -> np.ndarray:
    """Draw numbers such as tanh gives."""
    return np.tanh(rng.standard_normal(shape))


def classes(name: str) -> Draw:
    """Draws whole numbers from 0 to the size of that name, exclusive."""
    return lambda rng, shape, sizes: rng.integers(sizes[name], size=shape)


@dataclass(frozen=True)
class Parameter:
    """An argument of an exercise's function: its name, and the axes of its array, if it is one."""

    name: str
    axes: tuple[str, ...] | None
    optional: bool

    def shape(self, sizes: Sizes) -> tuple[int, ...]:
        """The shape for some sizes; an axis "*B" stands for a tuple of sizes B."""
        shape: tuple[int, ...] = ()
        for axis in self.axes or ():
            if axis.startswith("*"):
                shape += sizes[axis[1:]]
            else:
                shape += (int(axis) if axis.isdigit() else sizes[axis],)
        return shape


def parameters(function: Callable[..., Any]) -> list[Parameter]:
    """The arguments of a function, from its signature with jaxtyping's annotations."""
    found = []
    for name, parameter in inspect.signature(function).parameters.items():
        options = get_args(parameter.annotation) or (parameter.annotation,)
        arrays = [o for o in options if isinstance(o, type) and issubclass(o, AbstractArray)]
        axes = tuple(arrays[0].dim_str.split()) if len(arrays) == 1 else None
        found.append(Parameter(name, axes, parameter.default is not parameter.empty))
    return found
