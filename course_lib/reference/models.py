"""The networks of `course_lib.models` with gradients derived by hand: dict of weights in, loss and
dict of gradients out (book/rnn/classification).
"""

from collections.abc import Callable
from typing import Literal

import numpy as np
from jaxtyping import Bool, Float, Integer

from course_lib.data.padding import mask_of, steps_that_count
from course_lib.models import init_birnn_params, init_rnn_params
from course_lib.reference.bidirectional import BiCache, birnn_backward, birnn_forward
from course_lib.reference.losses import cross_entropy_backward, cross_entropy_forward
from course_lib.reference.output import output_backward, output_forward
from course_lib.reference.pooling import (
    last_state_backward,
    last_state_forward,
    mean_state_backward,
    mean_state_forward,
)
from course_lib.reference.rnn import Cache, rnn_backward, rnn_forward
from course_lib.reference.vocabulary import one_hot
from course_lib.shapes import entries
from course_lib.training import Params, train

__all__ = ["init_birnn_params", "init_rnn_params", "train"]

Pool = Literal["last", "mean"]
LossAndGradients = tuple[np.floating, Params]

_RNN = ("W_xh", "W_hh", "b_h")
_OUTPUT = ("W_hy", "b_y")
_POOLS = {
    "last": (last_state_forward, last_state_backward),
    "mean": (mean_state_forward, mean_state_backward),
}


def tagger_scores(
    params: Params,
    x: Float[np.ndarray, "T N D"],
    lengths: Integer[np.ndarray, " N"] | None = None,
    h0: Float[np.ndarray, "N H"] | None = None,
) -> Float[np.ndarray, "T N K"]:
    """Many to many: a score for each of K tags at each step."""
    return output_forward(_states(params, x, lengths, h0)[0], *entries("params", params, _OUTPUT))[
        0
    ]


def tagger_loss(
    params: Params,
    x: Float[np.ndarray, "T N D"],
    y: Integer[np.ndarray, "T N"],
    mask: Bool[np.ndarray, "T N"] | None = None,
    lengths: Integer[np.ndarray, " N"] | None = None,
    h0: Float[np.ndarray, "N H"] | None = None,
) -> LossAndGradients:
    """Mean cross-entropy over the steps that count, and its gradients.

    `mask` and `lengths` are as in `course_lib.data.padding.steps_that_count`. The start state h0 is
    0 if it is left out; so it is in all networks here.
    """
    mask, lengths = steps_that_count(mask, lengths, len(x))
    h, cache = _states(params, x, lengths, h0)
    o, output_cache = output_forward(h, *entries("params", params, _OUTPUT))
    loss, loss_cache = cross_entropy_forward(o, y, mask)
    dh, *doutput = output_backward(cross_entropy_backward(loss_cache), output_cache)
    _, _, *drnn = rnn_backward(dh, cache)
    return loss, dict(zip(_RNN + _OUTPUT, drnn + doutput, strict=True))


def classifier_scores(
    params: Params,
    x: Float[np.ndarray, "T N D"],
    lengths: Integer[np.ndarray, " N"] | None = None,
    pool: Pool = "last",
    h0: Float[np.ndarray, "N H"] | None = None,
) -> Float[np.ndarray, "N K"]:
    """Many to one: a score for each of K classes, from the last state or the mean of the states."""
    pooled, _ = _pool(pool)[0](_states(params, x, lengths, h0)[0], lengths)
    return output_forward(pooled, *entries("params", params, _OUTPUT))[0]


def classifier_loss(
    params: Params,
    x: Float[np.ndarray, "T N D"],
    y: Integer[np.ndarray, " N"],
    lengths: Integer[np.ndarray, " N"] | None = None,
    pool: Pool = "last",
    h0: Float[np.ndarray, "N H"] | None = None,
) -> LossAndGradients:
    """Mean cross-entropy over the batch, and its gradients."""
    pool_forward, pool_backward = _pool(pool)
    h, cache = _states(params, x, lengths, h0)
    pooled, pool_cache = pool_forward(h, lengths)
    o, output_cache = output_forward(pooled, *entries("params", params, _OUTPUT))
    loss, loss_cache = cross_entropy_forward(o, y)
    dpooled, *doutput = output_backward(cross_entropy_backward(loss_cache), output_cache)
    _, _, *drnn = rnn_backward(pool_backward(dpooled, pool_cache), cache)
    return loss, dict(zip(_RNN + _OUTPUT, drnn + doutput, strict=True))


def language_model_loss(
    params: Params,
    ids: Integer[np.ndarray, "T N"],
    mask: Bool[np.ndarray, "T N"] | None = None,
    h0: Float[np.ndarray, "N H"] | None = None,
) -> LossAndGradients:
    """Mean -log p(word | words before) over the words that count; the input is the word before, at
    first 0.
    """
    _, lengths = steps_that_count(mask, None, len(ids))
    real = ids if lengths is None else np.where(mask_of(lengths, len(ids)), ids, 0)
    x = np.zeros((*ids.shape, len(entries("params", params, ("W_xh",))[0])))
    x[1:] = one_hot(real[:-1], x.shape[-1])
    return tagger_loss(params, x, ids, mask, h0=h0)


def bidirectional_tagger_scores(
    params: Params,
    x: Float[np.ndarray, "T N D"],
    lengths: Integer[np.ndarray, " N"] | None = None,
    h0: Float[np.ndarray, "2 N H"] | None = None,
) -> Float[np.ndarray, "T N K"]:
    """As `tagger_scores`, but each step sees the whole sequence; h0 is (2, N, H)."""
    h, _ = _both_states(params, x, lengths, h0)
    return output_forward(h, *entries("params", params, _OUTPUT))[0]


def bidirectional_tagger_loss(
    params: Params,
    x: Float[np.ndarray, "T N D"],
    y: Integer[np.ndarray, "T N"],
    mask: Bool[np.ndarray, "T N"] | None = None,
    lengths: Integer[np.ndarray, " N"] | None = None,
    h0: Float[np.ndarray, "2 N H"] | None = None,
) -> LossAndGradients:
    """As `tagger_loss`, for the weights of `init_birnn_params`; h0 is (2, N, H).

    The left-going network begins at the end of each sequence.
    """
    mask, lengths = steps_that_count(mask, lengths, len(x))
    h, cache = _both_states(params, x, lengths, h0)
    o, output_cache = output_forward(h, *entries("params", params, _OUTPUT))
    loss, loss_cache = cross_entropy_forward(o, y, mask)
    dh, *doutput = output_backward(cross_entropy_backward(loss_cache), output_cache)
    _, _, dforward, dbackward = birnn_backward(dh, cache)
    names = (*_way("forward"), *_way("backward"), *_OUTPUT)
    return loss, dict(zip(names, (*dforward, *dbackward, *doutput), strict=True))


def _states(
    params: Params, x: np.ndarray, lengths: np.ndarray | None, h0: np.ndarray | None
) -> tuple[np.ndarray, Cache]:
    W_xh, W_hh, b_h = entries("params", params, _RNN)
    if h0 is None:
        h0 = np.zeros((*x.shape[1:2], len(W_hh)), dtype=x.dtype)
    return rnn_forward(x, h0, W_xh, W_hh, b_h, lengths)


def _both_states(
    params: Params, x: np.ndarray, lengths: np.ndarray | None, h0: np.ndarray | None
) -> tuple[np.ndarray, BiCache]:
    W_xh, W_hh, b_h = entries("params", params, _way("forward"))
    if h0 is None:
        h0 = np.zeros((2, *x.shape[1:2], len(W_hh)), dtype=x.dtype)
    U_xh, U_hh, c_h = entries("params", params, _way("backward"))
    return birnn_forward(x, h0, (W_xh, W_hh, b_h), (U_xh, U_hh, c_h), lengths)


def _pool(name: str) -> tuple[Callable, Callable]:
    if name not in _POOLS:
        raise ValueError(f"pool: {name!r}, expected one of {', '.join(_POOLS)}")
    return _POOLS[name]


def _way(direction: str) -> tuple[str, ...]:
    return tuple(f"{name}_{direction}" for name in _RNN)
