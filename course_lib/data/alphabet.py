"""Next-letter prediction on pieces of the alphabet, the data of the lecture's simple recurrent
network (book/bptt/letters).
"""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Bool, Float, Integer

from course_lib.data.padding import one_hot_masked, pad_sequences

LETTERS = "abcdefghi"

#: What the network reads and what it should say: after each letter the one that follows it.
PAIRS = (
    ("abc", "bcd"),
    ("bcd", "cde"),
    ("cdef", "defg"),
    ("fgh", "ghi"),
    ("a", "b"),
    ("bc", "cd"),
    ("abcdef", "bcdefg"),
)


def letter_ids(text: str) -> Integer[np.ndarray, " T"]:
    """The place of each letter in LETTERS. Raises ValueError for another letter."""
    unknown = sorted(set(text) - set(LETTERS))
    if unknown:
        raise ValueError(f"text: {', '.join(unknown)} not among the letters {LETTERS}")
    return np.array([LETTERS.index(letter) for letter in text], dtype=int)


def letters(ids: Integer[np.ndarray, " T"]) -> str:
    """The text whose letters have these places. Raises ValueError for a place outside 0..8."""
    if np.any((ids < 0) | (ids >= len(LETTERS))):
        raise ValueError(f"ids: must lie in 0..{len(LETTERS) - 1}, got {ids.min()}..{ids.max()}")
    return "".join(LETTERS[i] for i in ids)


def one_hot_letters(text: str) -> Float[np.ndarray, "T 1 9"]:
    """The text as one sequence of one-hot letters, x (T, 1, 9)."""
    return np.eye(len(LETTERS))[letter_ids(text)][:, None]


def letter_pair(
    text: str, following: str
) -> tuple[Float[np.ndarray, "T 1 9"], Integer[np.ndarray, "T 1"]]:
    """One pair for a network: x (T, 1, 9) one-hot, y (T, 1) the letters that follow, by number.

    Raises ValueError if the two are not of the same length.
    """
    if len(text) != len(following):
        raise ValueError(f"following: {len(following)} letters, expected {len(text)}")
    return one_hot_letters(text), letter_ids(following)[:, None]


def letter_batch(
    pairs: Sequence[tuple[str, str]] = PAIRS,
) -> tuple[Float[np.ndarray, "T N 9"], Integer[np.ndarray, "T N"], Bool[np.ndarray, "T N"]]:
    """All pairs side by side: x (T, N, 9), y (T, N), and mask (T, N), True on real letters.

    Raises ValueError as `letter_pair` does, and for an empty text.
    """
    for text, following in pairs:
        letter_pair(text, following)
    ids, mask = pad_sequences([letter_ids(text) for text, _ in pairs])
    y, _ = pad_sequences([letter_ids(following) for _, following in pairs])
    return one_hot_masked(ids, mask, len(LETTERS)), y, mask
