"""First values for weights: most take the random generator and a shape (rows in, columns out)."""

import numpy as np
from jaxtyping import Float

from course_lib.shapes import checked


def uniform_init(
    rng: np.random.Generator, shape: tuple[int, ...], H: int
) -> Float[np.ndarray, "..."]:
    """Uniform in [-1/sqrt(H), 1/sqrt(H)), H the number of hidden units: what `torch.nn.RNN` starts
    from.
    """
    _require_sizes((*shape, H))
    bound = 1 / np.sqrt(H)
    return rng.uniform(-bound, bound, size=shape)


def glorot(rng: np.random.Generator, shape: tuple[int, int]) -> Float[np.ndarray, "rows columns"]:
    """Uniform with variance 2 / (rows + columns), so that signals and gradients keep their size."""
    _require_sizes(shape)
    bound = np.sqrt(6 / sum(shape))
    return rng.uniform(-bound, bound, size=shape)


def orthogonal(
    rng: np.random.Generator, shape: tuple[int, int], gain: float = 1.0
) -> Float[np.ndarray, "rows columns"]:
    """Orthonormal rows or columns (whichever are fewer), times `gain`: products keep lengths."""
    _require_sizes(shape)
    rows, columns = shape
    q, r = np.linalg.qr(rng.normal(size=(max(shape), min(shape))))
    q = q * np.sign(np.diag(r))  # otherwise the distribution is not uniform over rotations
    return gain * (q if rows >= columns else q.T)


def identity(H: int, gain: float = 1.0) -> Float[np.ndarray, "H H"]:
    """The identity times `gain`, for W_hh: a network without activation keeps its state as it is
    (book/bptt/remedies).
    """
    _require_sizes((H,))
    return gain * np.eye(H)


@checked
def spectral_radius(W_hh: Float[np.ndarray, "H H"]) -> float:
    """The largest absolute value of an eigenvalue of W_hh (book/bptt/vanishing).

    Raises ValueError for a matrix that is not square, empty, or not finite.
    """
    if not W_hh.size:
        raise ValueError("W_hh: shape (0, 0), expected at least one unit")
    if not np.isfinite(W_hh).all():
        raise ValueError("W_hh: an entry is not finite")
    return float(np.abs(np.linalg.eigvals(W_hh)).max())


def with_spectral_radius(W_hh: Float[np.ndarray, "H H"], radius: float) -> Float[np.ndarray, "H H"]:
    """W_hh times the number that makes its spectral radius `radius`.

    Raises ValueError if radius is negative or the spectral radius of W_hh is 0.
    """
    if radius < 0:
        raise ValueError(f"radius: {radius}, expected a number that is not negative")
    now = spectral_radius(W_hh)
    if now == 0:
        raise ValueError("W_hh: its spectral radius is 0, no factor changes it")
    return W_hh * (radius / now)


def _require_sizes(sizes: tuple[int, ...]) -> None:
    if any(size < 1 for size in sizes):
        raise ValueError(f"sizes must be at least 1, got {sizes}")
