"""Sequences of different lengths in one array, time first, with a mask that tells what is real."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Bool, Float, Integer


def pad_sequences(
    sequences: Sequence[Integer[np.ndarray, " _"]], value: int = 0
) -> tuple[Integer[np.ndarray, "T N"], Bool[np.ndarray, "T N"]]:
    """ids (T, N), one sequence a column, filled up with `value`, and mask (T, N), True on the real
    entries.
    """
    if len(sequences) == 0:
        raise ValueError("sequences: expected at least one")
    lengths = np.array([len(sequence) for sequence in sequences])
    if lengths.min() == 0:
        raise ValueError(f"sequences: number {lengths.argmin()} is empty")
    mask = np.arange(lengths.max())[:, None] < lengths
    ids = np.full(mask.shape, value)
    for column, sequence in enumerate(sequences):
        ids[: len(sequence), column] = sequence
    return ids, mask


def one_hot_masked(
    ids: Integer[np.ndarray, "T N"], mask: Bool[np.ndarray, "T N"], V: int
) -> Float[np.ndarray, "T N V"]:
    """A 1 in place ids[t, n] of the last axis; all zeros where the mask is False."""
    return ((ids[..., None] == np.arange(V)) & mask[..., None]).astype(float)
