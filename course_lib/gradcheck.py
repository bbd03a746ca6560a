"""Check a gradient against central differences: every array, every entry, a random upstream
gradient.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float

_EPS = float(np.finfo(np.float64).eps)
#: The first of three steps, each half of the one before, relative to an entry or absolute.
_STEPS = (1e-3, 1e-5, 1e-7)
#: How many roundings of a number, at the most, come together in one result of a function.
_NOISE = 16 * _EPS


def numerical_gradient(
    f: Callable[[np.ndarray], Any],
    x: Float[np.ndarray, "..."],
    upstream: Float[np.ndarray, "..."] | float | None = None,
    h: float = 1e-6,
) -> Float[np.ndarray, "..."]:
    """Measure the gradient of L = sum(upstream * f(x)) with respect to x by central differences.

    Args:
        f: gives an array or a number.
        x: where to measure, float64; it is not changed.
        upstream: dL/df, of the shape of f(x); it may be left out where f(x) is one number.
        h: the step; for an entry larger than 1, times the entry.

    Returns:
        dL/dx, of the shape of x.

    Raises:
        ValueError: for another dtype of x, another shape of upstream, a step that is not positive.
    """
    if not isinstance(x, np.ndarray) or x.dtype != np.float64:
        raise ValueError(
            f"x: expected a float64 array, got {getattr(x, 'dtype', type(x).__name__)}"
        )
    if not h > 0:
        raise ValueError(f"h: {h}, expected a positive number")
    shape = np.shape(f(x.copy()))
    if upstream is None:
        if shape != ():
            raise ValueError(
                f"upstream: f(x) has shape {shape}; give dL/df, an array of that shape"
            )
        upstream = 1.0
    elif np.shape(upstream) != shape:
        raise ValueError(
            f"upstream: shape {np.shape(upstream)}, expected {shape}, the shape of f(x)"
        )
    gradient = np.empty_like(x)
    for index in np.ndindex(x.shape):
        step = h * max(1.0, abs(float(x[index])))
        gradient[index] = _sides(f, x, upstream, index, step).slope
    return gradient


def relative_error(a: Any, b: Any, floor: float = 1e-3) -> float:
    """Compare two arrays of one shape: the largest |a - b| / max(|a|, |b|, floor) of all entries.

    The floor keeps entries near 0, where a central difference has only rounding noise, from
    counting as wrong. The result is infinite if an entry is not finite. Raises ValueError if the
    shapes differ.
    """
    a, b = np.asarray(a), np.asarray(b)
    if a.shape != b.shape:
        raise ValueError(f"shapes differ: {a.shape} and {b.shape}")
    if not (np.isfinite(a).all() and np.isfinite(b).all()):
        return float("inf")
    return float(np.max(_relative_errors(a, b, floor), initial=0.0))


@dataclass(frozen=True)
class GradientReport:
    """What `check_gradients` found: each input's relative error, in words what is wrong, and how
    many entries of an input are too small to be measured.
    """

    errors: dict[str, float]
    problems: dict[str, str]
    unmeasured: dict[str, int]
    tolerance: float

    @property
    def passed(self) -> bool:
        return not self.problems

    def __str__(self) -> str:
        width = max((len(name) for name in self.errors), default=0)
        return "\n".join(
            f"d{name:<{width}}  relative error {error:.1e}  {self._verdict(name)}"
            for name, error in self.errors.items()
        )

    def _verdict(self, name: str) -> str:
        if name in self.problems:
            return self.problems[name]
        if name in self.unmeasured:
            return f"ok, but nothing to measure in {self.unmeasured[name]} of its entries"
        return "ok"


def check_gradients(
    forward: Callable[..., tuple[Any, Any]],
    backward: Callable[[Any, Any], Any],
    inputs: Mapping[str, np.ndarray],
    rng: np.random.Generator,
    tolerance: float = 1e-5,
) -> GradientReport:
    """Compare a backward pass with central differences for every input.

    The upstream gradient is random, so that an error which cancels in a plain sum shows. Both
    functions get copies, so that neither can change what the other is compared with. An entry that
    differs is measured again with several steps and Richardson's extrapolation. If it is then below
    what rounding allows to measure, the report says so; an input of which no more can be said has
    not passed.

    Args:
        forward: called as forward(**inputs), returns (output, cache).
        backward: called as backward(upstream, cache), returns the gradients in the order of
            `inputs`, or a dict of them by name, or one array if there is one input.
        inputs: float64 arrays by name. Other arguments go into a closure.
        rng: draws the upstream gradient.
        tolerance: the largest relative error of a right gradient.

    Raises:
        ValueError: for another dtype of an input, another number or other names of gradients, and
            if forward does not return a pair.
    """
    inputs = dict(inputs)
    for name, value in inputs.items():
        if not isinstance(value, np.ndarray) or value.dtype != np.float64:
            kind = getattr(value, "dtype", type(value).__name__)
            raise ValueError(f"inputs: {name}: expected a float64 array, got {kind}")

    def run(**changed: np.ndarray) -> tuple[Any, Any]:
        result = forward(**{name: value.copy() for name, value in (inputs | changed).items()})
        if not isinstance(result, tuple) or len(result) != 2:
            raise ValueError(f"forward: a {type(result).__name__}, expected (output, cache)")
        return result

    output, cache = run()
    upstream = np.asarray(rng.normal(size=np.shape(output)))
    gradients = _by_name(backward(upstream.copy()[()], cache), list(inputs))
    errors, problems, unmeasured = {}, {}, {}
    for name, value in inputs.items():

        def output_of(v: np.ndarray, name: str = name) -> Any:
            return run(**{name: v})[0]

        found = _compare(output_of, value, upstream, gradients[name], tolerance)
        errors[name] = found.error
        if found.problem:
            problems[name] = found.problem
        if found.unmeasured:
            unmeasured[name] = found.unmeasured
    return GradientReport(errors, problems, unmeasured, tolerance)


def _by_name(gradients: Any, names: list[str]) -> dict[str, Any]:
    if isinstance(gradients, Mapping):
        if set(gradients) != set(names):
            raise ValueError(
                f"backward: gradients for {sorted(gradients)}, expected {sorted(names)}"
            )
        return dict(gradients)
    if not isinstance(gradients, Sequence):
        gradients = (gradients,)
    if len(gradients) != len(names):
        raise ValueError(f"backward: {len(gradients)} gradients, expected {len(names)}: {names}")
    return dict(zip(names, gradients, strict=True))


class _Comparison(NamedTuple):
    error: float
    problem: str | None = None
    unmeasured: int = 0


def _compare(
    f: Callable[[np.ndarray], Any], x: np.ndarray, upstream: Any, got: Any, tolerance: float
) -> _Comparison:
    """Compare one gradient, entry by entry, with what is measured."""
    infinite = float("inf")
    if got is None:
        return _Comparison(infinite, "None, expected an array")
    got = np.asarray(got)
    if got.shape != x.shape:
        return _Comparison(infinite, f"shape {got.shape}, expected {x.shape}")
    if got.dtype.kind not in "fiu":
        return _Comparison(infinite, f"dtype {got.dtype}, expected float")
    if not np.isfinite(got).all():
        return _Comparison(infinite, "holds entries that are not finite")
    measured = numerical_gradient(f, x, upstream)
    wrong = ~(_relative_errors(got, measured) <= tolerance)
    hidden = np.zeros(x.shape, dtype=bool)
    for index in zip(*np.nonzero(wrong), strict=True):
        measured[index], uncertainty = _measure(f, x, upstream, index, tolerance)
        difference = abs(got[index] - measured[index])
        wrong[index] = not difference <= tolerance * max(abs(got[index]), abs(measured[index]))
        if wrong[index] and difference <= uncertainty:
            wrong[index], hidden[index] = False, True
    if wrong.any():
        error = float(np.max(_relative_errors(got[wrong], measured[wrong])))
        error = error if np.isfinite(error) else infinite
        return _Comparison(error, f"differs: more than {tolerance:.0e}")
    error, problem = relative_error(got[~hidden], measured[~hidden]), None
    if np.any(got[hidden]) and not np.any(got[~hidden]):
        problem = "nothing to measure here: too small against rounding"
    return _Comparison(error, problem, int(hidden.sum()))


def _relative_errors(a: np.ndarray, b: np.ndarray, floor: float = 0.0) -> np.ndarray:
    """|a - b| / max(|a|, |b|, floor) of each entry; 0 where both are 0."""
    scale = np.maximum(np.maximum(np.abs(a), np.abs(b)), floor)
    return np.abs(a - b) / np.where(scale == 0, 1, scale)


class _Sides(NamedTuple):
    """What is measured at x - h, x and x + h of one entry."""

    slope: float  # between the two sides
    size: float  # of the terms that were added up, which rounding is relative to
    step: float  # between the two sides, as the entries were really apart


def _sides(
    f: Callable[[np.ndarray], Any], x: np.ndarray, upstream: Any, index: tuple, h: float
) -> _Sides:
    right, left = x.copy(), x.copy()
    right[index] += h
    left[index] -= h
    step = float(right[index] - left[index])
    high = np.array(f(right))  # a copy: f may give the same array, with new entries, each time
    low = np.asarray(f(left))
    difference = float(np.sum(upstream * (high - low)))
    return _Sides(difference / step, float(np.sum(np.abs(upstream * high))), step)


def _measure(
    f: Callable[[np.ndarray], Any], x: np.ndarray, upstream: Any, index: tuple, tolerance: float
) -> tuple[float, float]:
    """Measure the slope along one entry as well as can be, and how far it may be off."""
    size = abs(float(x[index]))
    best, smallest, step = float("nan"), float("inf"), 0.0
    for h in _steps(size):
        first, second, third = (_sides(f, x, upstream, index, h / k) for k in (1, 2, 4))
        coarse = (4 * second.slope - first.slope) / 3
        fine = (4 * third.slope - second.slope) / 3
        rounding = _NOISE * (third.size + size * abs(fine)) / third.step
        uncertainty = 4 * abs(fine - coarse) + rounding
        if uncertainty < smallest:
            best, smallest, step = fine, uncertainty, h
        if smallest <= 1e-2 * tolerance * abs(best):
            break
    return best, smallest + (_kink(f, x, upstream, index, step) if step else 0.0)


def _steps(size: float) -> Iterator[float]:
    """First steps for an entry of this size: relative to it, then as if it were 1."""
    yield from (h * max(1.0, size) for h in _STEPS)
    if size > 1:
        yield from (h for h in _STEPS if h > 1e4 * _EPS * size)


def _kink(
    f: Callable[[np.ndarray], Any], x: np.ndarray, upstream: Any, index: tuple, step: float
) -> float:
    """Half of what the slopes to the right and to the left differ by, if it is a kink: on a curve
    the difference shrinks with the step.
    """
    gaps, here = [], np.array(f(x.copy()))
    noise = _NOISE * float(np.sum(np.abs(upstream * here)))
    for h in (step, step / 8):
        right, left = x.copy(), x.copy()
        right[index] += h
        left[index] -= h
        high, low = np.array(f(right)), np.asarray(f(left))
        gaps.append(abs(float(np.sum(upstream * (high - 2 * here + low)))) / h)
    is_kink = gaps[1] - noise * 8 / step > 0.5 * gaps[0]
    return 0.501 * gaps[1] if is_kink else 0.0
