"""Softmax, cross-entropy and squared error, over any number of leading axes, with a mask
(book/rnn/cell).
"""

from typing import Any, Literal

import numpy as np
from jaxtyping import Bool, Float, Integer

from course_lib.shapes import checked, require_shape

#: The mean over the positions that count, their sum, or the loss of each position, 0 elsewhere.
Reduction = Literal["mean", "sum", "none"]
#: (gradient of each position's loss, mask, by what it is divided, shape of the loss)
LossCache = tuple[np.ndarray, np.ndarray, int, tuple[int, ...]]
Loss = Any  #: a NumPy number; with reduction "none", an array (*B)


@checked
def softmax(o: Float[np.ndarray, "*B K"]) -> Float[np.ndarray, "*B K"]:
    """Probabilities over the last axis. The largest score is taken off first, so exp cannot
    overflow. Raises ValueError if there is no class.
    """
    _require_classes(o)
    e = np.exp(o - o.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


@checked
def log_softmax(o: Float[np.ndarray, "*B K"]) -> Float[np.ndarray, "*B K"]:
    """log softmax(o) over the last axis, finite even where the probability underflows to 0.

    Raises ValueError if there is no class.
    """
    _require_classes(o)
    shifted = o - o.max(axis=-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))


@checked
def cross_entropy_forward(
    o: Float[np.ndarray, "*B K"],
    y: Integer[np.ndarray, "*B"],
    mask: Bool[np.ndarray, "*B"] | None = None,
    reduction: Reduction = "mean",
) -> tuple[Loss, LossCache]:
    """Mean of -log softmax(o)[y] over the positions where `mask` is True (all, without a mask).

    `reduction` may ask for the sum, or with "none" for the loss of each position, (*B). Raises
    ValueError for a class outside 0..K-1 at a position that counts, and for a mean over no
    position. What o and y hold elsewhere does not matter.
    """
    mask = _mask(o, mask)
    K = o.shape[-1]
    _require_classes(o)
    if np.any(mask & ((y < 0) | (y >= K))):
        raise ValueError(f"y: classes must lie in 0..{K - 1}, got {y[mask].min()}..{y[mask].max()}")
    o, y = np.where(mask[..., None], o, 0), np.where(mask, y, 0)
    log_p = np.take_along_axis(log_softmax(o), y[..., None], axis=-1)[..., 0]
    do = softmax(o) - (np.arange(K) == y[..., None])
    return _reduce(np.asarray(-log_p), do, mask, reduction)


def cross_entropy_backward(
    cache: LossCache, dL: Float[np.ndarray, "..."] | float | None = None
) -> Float[np.ndarray, "*B K"]:
    """dL/do = (softmax(o) - one_hot(y)) / number of positions counted, and 0 where the mask is
    False. With a sum or with "none", nothing is divided.

    `dL`, of the shape of the loss, is what comes from above; 1 if it is left out.
    """
    return _expand(cache, dL)


@checked
def squared_error_forward(
    o: Float[np.ndarray, "*B K"],
    y: Float[np.ndarray, "*B K"],
    mask: Bool[np.ndarray, "*B"] | None = None,
    reduction: Reduction = "mean",
) -> tuple[Loss, LossCache]:
    """Half the squared error, summed over the last axis, mean over the positions that count.

    `reduction` is as in `cross_entropy_forward`.
    """
    mask = _mask(o, mask)
    do = np.where(mask[..., None], o - y, 0)
    return _reduce(np.asarray((do**2).sum(axis=-1) / 2), do, mask, reduction)


def squared_error_backward(
    cache: LossCache, dL: Float[np.ndarray, "..."] | float | None = None
) -> Float[np.ndarray, "*B K"]:
    """dL/do = (o - y) / number of positions counted, and 0 where the mask is False; else as
    `cross_entropy_backward`.
    """
    return _expand(cache, dL)


def _require_classes(o: np.ndarray) -> None:
    if o.shape[-1] == 0:
        raise ValueError(f"o: shape {o.shape}, expected at least one class")


def _mask(o: np.ndarray, mask: np.ndarray | None) -> np.ndarray:
    return np.ones(o.shape[:-1], dtype=bool) if mask is None else mask


def _reduce(
    losses: np.ndarray, do: np.ndarray, mask: np.ndarray, reduction: str
) -> tuple[Loss, LossCache]:
    """The loss and its cache from the loss of each position and its gradient."""
    if reduction == "none":
        each = np.where(mask, losses, 0)
        return each, (do, mask, 1, each.shape)
    if reduction == "sum":
        return losses[mask].sum(), (do, mask, 1, ())
    count = int(mask.sum())
    if mask.size == 0:
        raise ValueError(f"o: shape {do.shape}, expected at least one position for a mean")
    if count == 0:
        raise ValueError("mask: no position is left to take the mean over")
    return losses[mask].mean(), (do, mask, count, ())


def _expand(cache: LossCache, dL: np.ndarray | float | None) -> np.ndarray:
    """From the gradient of the loss to that of all scores."""
    do, mask, divisor, shape = cache
    if dL is not None:
        dL = np.asarray(dL, dtype=do.dtype)
        require_shape("dL", dL, shape)
        do = do * dL[..., None]
    return np.where(mask[..., None], do, 0) / divisor
