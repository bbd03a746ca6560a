"""Small pictures of digits, drawn and not downloaded (book/rnn/pytorch-training)."""

import numpy as np
from jaxtyping import Float, Integer

#: For each digit 5 rows of 3 dots.
_DOTS = (
    *("111101101101111", "010110010010111", "111001111100111", "111001111001111"),
    *("101101111001001", "111100111001111", "111100111101111", "111001010010010"),
    *("111101111101111", "111101111001111"),
)
PATTERNS: Integer[np.ndarray, "10 10 6"] = (
    np.array([[int(dot) for dot in dots] for dots in _DOTS])
    .reshape(10, 5, 3)
    .repeat(2, axis=1)
    .repeat(2, axis=2)
)


def draw_digits(
    rng: np.random.Generator, N: int, size: int = 16
) -> tuple[Float[np.ndarray, "N size size"], Integer[np.ndarray, " N"]]:
    """N images of random digits anywhere in the image, its outermost rows and columns blank, in ink
    of uneven strength; and which digit each shows.

    Raises ValueError if size < 12.
    """
    if size < 12:
        raise ValueError(f"size: {size}, expected at least 12, for a digit and a border")
    labels, images = rng.integers(10, size=N), np.zeros((N, size, size))
    for image, label in zip(images, labels, strict=True):
        row, column = rng.integers(1, size - 10), rng.integers(1, size - 6)
        ink = rng.uniform(0.6, 1.0, size=(10, 6))
        image[row : row + 10, column : column + 6] = PATTERNS[label] * ink
    return images, labels
