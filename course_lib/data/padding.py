"""Sequences of different lengths in one array, time first, with a mask that tells what is real."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Bool, Float, Integer, Num

from course_lib.shapes import checked


def pad_sequences(
    sequences: Sequence[np.ndarray | Sequence[float]], value: float = 0
) -> tuple[Num[np.ndarray, "T N *F"], Bool[np.ndarray, "T N"]]:
    """Put sequences side by side, one a column, the shorter ones filled up.

    Args:
        sequences: numbers, (T_n, *F) each: ids (T_n,), or vectors (T_n, D), say.
        value: what stands after the end of a sequence. The result's dtype holds it and all numbers.

    Returns:
        The numbers, (T, N, *F), and the mask (T, N), True on the real entries.

    Raises:
        ValueError: if there is no sequence, or one is empty, holds no numbers, is a masked array,
            or differs from the first in F.
    """
    if len(sequences) == 0:
        raise ValueError("sequences: expected at least one")
    arrays = [np.asarray(sequence) for sequence in sequences]
    for number, array in enumerate(arrays):
        if isinstance(sequences[number], np.ma.MaskedArray):
            raise ValueError(f"sequences: number {number} is a masked array")
        if array.ndim == 0 or len(array) == 0:
            raise ValueError(f"sequences: number {number} is empty")
        if array.dtype.kind not in "iuf":
            raise ValueError(f"sequences: number {number} has dtype {array.dtype}, not numbers")
        if array.shape[1:] != arrays[0].shape[1:]:
            rest = ", ".join(["T", *map(str, arrays[0].shape[1:])])
            raise ValueError(
                f"sequences: number {number} has shape {array.shape}, expected ({rest})"
            )
    lengths = np.array([len(array) for array in arrays])
    mask = mask_of(lengths, int(lengths.max()))
    dtype = np.result_type(*(array.dtype for array in arrays), value)
    padded = np.full((*mask.shape, *arrays[0].shape[1:]), value, dtype=dtype)
    for column, array in enumerate(arrays):
        padded[: len(array), column] = array
    return padded, mask


def mask_of(lengths: Integer[np.ndarray, " N"], T: int) -> Bool[np.ndarray, "T N"]:
    """Make the mask (T, N) of sequences with these lengths: True on the first lengths[n] steps.

    Raises ValueError for a length outside 0..T.
    """
    if np.any((lengths < 0) | (lengths > T)):
        raise ValueError(f"lengths: must lie in 0..{T}, got {lengths.min()}..{lengths.max()}")
    return np.arange(T)[:, None] < lengths


def lengths_of(mask: Bool[np.ndarray, "T N"]) -> Integer[np.ndarray, " N"]:
    """Count the steps of each sequence in a mask (T, N) that is True on its first steps.

    Raises ValueError for a mask with a gap, or with padding before a sequence.
    """
    lengths = mask.sum(axis=0)
    uneven = np.any(mask != mask_of(lengths, len(mask)), axis=0)
    if uneven.any():
        raise ValueError(f"mask: False before the last True of sequence {uneven.argmax()}")
    return lengths


def steps_that_count(
    mask: Bool[np.ndarray, "T N"] | None, lengths: Integer[np.ndarray, " N"] | None, T: int
) -> tuple[Bool[np.ndarray, "T N"] | None, Integer[np.ndarray, " N"] | None]:
    """Complete what is said about the steps of a batch: which are predicted, and which are read.

    Args:
        mask: the steps whose prediction counts; if left out, all that are read.
        lengths: the steps that each sequence has; if left out, those up to its last in `mask`.
        T: the number of steps of the batch.

    Returns:
        The mask, False after the end of each sequence, and the lengths; or twice None, for all.
    """
    if lengths is None:
        if mask is None:
            return None, None
        return mask, np.where(mask.any(axis=0), len(mask) - mask[::-1].argmax(axis=0), 0)
    inside = mask_of(lengths, T)
    return inside if mask is None else mask & inside, lengths


@checked
def one_hot_masked(
    ids: Integer[np.ndarray, "T N"], mask: Bool[np.ndarray, "T N"], V: int
) -> Float[np.ndarray, "T N V"]:
    """Make rows with a 1 in place ids[t, n] of the last axis; all zeros where the mask is False.

    Raises ValueError for an id outside 0..V-1 where the mask is True, and if the shapes differ.
    """
    real = ids[mask]
    if real.size and (real.min() < 0 or real.max() >= V):
        raise ValueError(f"ids: must lie in 0..{V - 1}, got {real.min()}..{real.max()}")
    x = np.zeros((*ids.shape, V))
    x[(*np.nonzero(mask), real)] = 1
    return x
