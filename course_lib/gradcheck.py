"""Check a gradient against central differences: every array, every entry, a random upstream
gradient.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float


def numerical_gradient(
    f: Callable[[np.ndarray], Any],
    x: Float[np.ndarray, "..."],
    upstream: Float[np.ndarray, "..."] | float | None = None,
    h: float = 1e-6,
) -> Float[np.ndarray, "..."]:
    """Gradient of L = sum(upstream * f(x)) with respect to x, by central differences.

    `f` may give an array; `upstream`, of its shape, is then dL/df. It may be left out only where
    f(x) is one number. x is float64 and is not changed. Raises ValueError on another dtype or
    another shape of upstream.
    """
    if not isinstance(x, np.ndarray) or x.dtype != np.float64:
        raise ValueError(
            f"x: expected a float64 array, got {getattr(x, 'dtype', type(x).__name__)}"
        )
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
        right, left = x.copy(), x.copy()
        right[index] += h
        left[index] -= h
        gradient[index] = np.sum(upstream * (f(right) - f(left))) / (2 * h)
    return gradient


def relative_error(a: Any, b: Any, floor: float = 1e-3) -> float:
    """The largest |a - b| / max(|a|, |b|, floor) over all entries; infinite if an entry is not
    finite.

    The floor keeps entries near 0, where a central difference has only rounding noise, from
    counting as wrong. Raises ValueError if the shapes differ.
    """
    a, b = np.asarray(a), np.asarray(b)
    if a.shape != b.shape:
        raise ValueError(f"shapes differ: {a.shape} and {b.shape}")
    if not (np.isfinite(a).all() and np.isfinite(b).all()):
        return float("inf")
    scale = np.maximum(np.maximum(np.abs(a), np.abs(b)), floor)
    return float(np.max(np.abs(a - b) / scale, initial=0.0))


@dataclass(frozen=True)
class GradientReport:
    """What `check_gradients` found: each input's relative error, and in words what is wrong."""

    errors: dict[str, float]
    problems: dict[str, str]
    tolerance: float

    @property
    def passed(self) -> bool:
        return not self.problems

    def __str__(self) -> str:
        width = max(len(name) for name in self.errors)
        return "\n".join(
            f"d{name:<{width}}  relative error {error:.1e}  {self.problems.get(name, 'ok')}"
            for name, error in self.errors.items()
        )


def check_gradients(
    forward: Callable[..., tuple[Any, Any]],
    backward: Callable[[Any, Any], Any],
    inputs: Mapping[str, np.ndarray],
    rng: np.random.Generator,
    tolerance: float = 1e-5,
) -> GradientReport:
    """Compare a backward pass with central differences for every input.

    forward(**inputs) -> (output, cache); backward(upstream, cache) -> the gradients in the order of
    `inputs`, or a dict of them by name, or one array if there is one input. The upstream gradient
    is random, so that an error which cancels in a plain sum shows. Integer arguments go into a
    closure, not into `inputs`.
    """
    inputs = dict(inputs)
    output, cache = forward(**inputs)
    upstream = rng.normal(size=np.shape(output))
    gradients = _by_name(backward(upstream, cache), list(inputs))
    errors, problems = {}, {}
    for name, value in inputs.items():

        def output_of(v: np.ndarray, name: str = name) -> Any:
            return forward(**{**inputs, name: v})[0]

        expected = numerical_gradient(output_of, value, upstream)
        errors[name], problem = _compare(gradients[name], expected, tolerance)
        if problem:
            problems[name] = problem
    return GradientReport(errors, problems, tolerance)


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


def _compare(got: Any, expected: np.ndarray, tolerance: float) -> tuple[float, str | None]:
    if np.shape(got) != expected.shape:
        return float("inf"), f"shape {np.shape(got)}, expected {expected.shape}"
    error = relative_error(got, expected)
    return error, None if error <= tolerance else f"differs: more than {tolerance:.0e}"
