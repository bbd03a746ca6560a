"""Softmax, cross-entropy and squared error, over any number of leading axes, with a mask
(book/rnn/cell).
"""

import numpy as np
from jaxtyping import Bool, Float, Integer

from course_lib.shapes import checked

#: (gradient with respect to the scores before the mean is taken, mask, number of positions counted)
LossCache = tuple[np.ndarray, np.ndarray, int]


@checked
def softmax(o: Float[np.ndarray, "*B K"]) -> Float[np.ndarray, "*B K"]:
    """Probabilities over the last axis. The largest score is taken off first, so exp cannot
    overflow.
    """
    e = np.exp(o - o.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


@checked
def log_softmax(o: Float[np.ndarray, "*B K"]) -> Float[np.ndarray, "*B K"]:
    """log softmax(o) over the last axis, finite even where the probability underflows to 0."""
    shifted = o - o.max(axis=-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))


@checked
def cross_entropy_forward(
    o: Float[np.ndarray, "*B K"],
    y: Integer[np.ndarray, "*B"],
    mask: Bool[np.ndarray, "*B"] | None = None,
) -> tuple[np.floating, LossCache]:
    """Mean of -log softmax(o)[y] over the positions where `mask` is True (all, without a mask).

    Raises ValueError for a class outside 0..K-1 at a position that counts. What o and y hold
    elsewhere does not matter.
    """
    mask, count = _counted(o, mask)
    K = o.shape[-1]
    if np.any(mask & ((y < 0) | (y >= K))):
        raise ValueError(f"y: classes must lie in 0..{K - 1}, got {y[mask].min()}..{y[mask].max()}")
    o, y = np.where(mask[..., None], o, 0), np.where(mask, y, 0)
    log_p = np.take_along_axis(log_softmax(o), y[..., None], axis=-1)[..., 0]
    do = softmax(o) - (np.arange(K) == y[..., None])
    return -log_p[mask].mean(), (do, mask, count)


def cross_entropy_backward(cache: LossCache) -> Float[np.ndarray, "*B K"]:
    """dL/do = (softmax(o) - one_hot(y)) / number of positions counted, and 0 where the mask is
    False.
    """
    do, mask, count = cache
    return np.where(mask[..., None], do, 0) / count


@checked
def squared_error_forward(
    o: Float[np.ndarray, "*B K"],
    y: Float[np.ndarray, "*B K"],
    mask: Bool[np.ndarray, "*B"] | None = None,
) -> tuple[np.floating, LossCache]:
    """Half the squared error, summed over the last axis, mean over the positions that count."""
    mask, count = _counted(o, mask)
    do = np.where(mask[..., None], o - y, 0)
    return (do[mask] ** 2).sum(axis=-1).mean() / 2, (do, mask, count)


def squared_error_backward(cache: LossCache) -> Float[np.ndarray, "*B K"]:
    """dL/do = (o - y) / number of positions counted, and 0 where the mask is False."""
    do, _, count = cache
    return do / count


def _counted(o: np.ndarray, mask: np.ndarray | None) -> tuple[np.ndarray, int]:
    if mask is None:
        mask = np.ones(o.shape[:-1], dtype=bool)
    count = int(mask.sum())
    if count == 0:
        raise ValueError("mask: no position is left to take the mean over")
    return mask, count
