"""How long a memory lasts, and start values of an LSTM that make it last (book/lstm/start)."""

import numpy as np
from jaxtyping import Float

from course_lib.init import uniform_init


def half_life(b_f: float) -> float:
    """The steps after which half of a memory is left, where the forget gate stays at
    f = sigmoid(b_f): f^k = 1/2 (eq-lstm-half-life).
    """
    return float(np.log(2) / np.logaddexp(0, -b_f))


def forget_bias(half_life: float) -> float:
    """The b_f that gives this half-life in steps: sigmoid(b_f) = (1/2)^(1/k)
    (eq-lstm-half-life).

    Raises ValueError unless half_life is a number above 0.
    """
    if not 0 < half_life < np.inf:
        raise ValueError(f"half_life: {half_life}, expected a number of steps above 0")
    return float(-np.log(np.expm1(np.log(2) / half_life)))


def memory_with_fixed_gates(
    c0: Float[np.ndarray, "*B"],
    i: Float[np.ndarray, "*B"],
    f: Float[np.ndarray, "*B"],
    g: Float[np.ndarray, "*B"],
    steps: int,
) -> Float[np.ndarray, "*B"]:
    """The memory after so many steps of c = f * c + i * g with the same gates in each:
    f^k c0 + (1 + f + ... + f^(k-1)) i g (eq-lstm-fixed-gates).
    """
    kept = f**steps
    with np.errstate(invalid="ignore"):
        added = np.where(f == 1, steps, (1 - kept) / (1 - f))
    return kept * c0 + added * i * g


def lstm_start(
    rng: np.random.Generator, D: int, H: int, forget_bias: float = 0.0
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Draw W_x (D, 4H) and W_h (H, 4H) uniform in +-1/sqrt(H), as PyTorch does, and set b (4H,) to
    0 but for the forget gates, which get `forget_bias`.
    """
    b = np.repeat([0.0, forget_bias, 0.0, 0.0], H)
    return uniform_init(rng, (D, 4 * H), H), uniform_init(rng, (H, 4 * H), H), b


def chrono_bias(rng: np.random.Generator, H: int, T_max: int) -> np.ndarray:
    """Draw b (4H,) so that the units forget at different speeds, up to T_max steps (Tallec and
    Ollivier, 2018; eq-lstm-chrono): b_f = log(u), u uniform in 1 .. T_max - 1, b_i = -b_f, else 0.

    Raises ValueError if T_max < 2.
    """
    if T_max < 2:
        raise ValueError(f"T_max: {T_max}, expected at least 2 steps")
    b_f = np.log(rng.uniform(1, T_max - 1, size=H))
    return np.concatenate([-b_f, b_f, np.zeros(2 * H)])
