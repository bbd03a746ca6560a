"""The networks that the lessons train: a dict of weights and a batch in, scores or the loss out.

All of them are forward passes. `course_lib.autograd.value_and_grad` turns a loss into one with its
gradients, as `course_lib.training.train` wants it:

    params = init_rnn_params(rng, D=2, H=8, K=2)
    losses = train(value_and_grad(tagger_loss), params, draw_batch, optimizer=Adam(0.02), ...)
    answers = tagger_scores(params, x).argmax(axis=-1)
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from course_lib.autograd import cross_entropy
from course_lib.data.padding import mask_of, one_hot_masked, steps_that_count
from course_lib.init import uniform_init
from course_lib.shapes import entries, require_axes

Params = dict[str, np.ndarray]
Weights = Mapping[str, Any]  #: by name, arrays or values of `course_lib.autograd`


def init_rnn_params(rng: np.random.Generator, D: int, H: int, K: int) -> Params:
    """Draw W_xh (D, H), W_hh (H, H), b_h (H,), W_hy (H, K), b_y (K,), uniform in +-1/sqrt(H)."""
    shapes = {"W_xh": (D, H), "W_hh": (H, H), "b_h": (H,), "W_hy": (H, K), "b_y": (K,)}
    return {name: uniform_init(rng, shape, H) for name, shape in shapes.items()}


def init_birnn_params(rng: np.random.Generator, D: int, H: int, K: int) -> Params:
    """Draw the weights of both directions, W_xh_forward to b_h_backward, and W_hy (2H, K), b_y."""
    one_way = {"W_xh": (D, H), "W_hh": (H, H), "b_h": (H,)}
    shapes: dict[str, tuple[int, ...]] = {
        f"{name}_{way}": shape for way in ("forward", "backward") for name, shape in one_way.items()
    }
    shapes |= {"W_hy": (2 * H, K), "b_y": (K,)}
    return {name: uniform_init(rng, shape, H) for name, shape in shapes.items()}


def unroll(
    x: Any,
    h0: Any,
    W_xh: Any,
    W_hh: Any,
    b_h: Any,
    activation: Callable = np.tanh,
    from_the_end: bool = False,
    lengths: np.ndarray | None = None,
) -> list:
    """Compute the states h_t = f(x_t W_xh + h_{t-1} W_hh + b_h) one after the other.

    Args:
        x: inputs, (T, N, D).
        h0: the state before the first step, (N, H).
        W_xh, W_hh, b_h: (D, H), (H, H), (H,).
        activation: f.
        from_the_end: whether to start at the last input, and to go to the first.
        lengths: the steps that each sequence has, (N,); T if they are left out. What x holds after
            the end of a sequence is not read.

    Returns:
        The T states, (N, H) each, in the order of the inputs; 0 after the end of a sequence.

    Raises:
        ValueError: for shapes that do not fit, and a length outside 0..T.
    """
    axes = {"x": "T N D", "h0": "N H", "W_xh": "D H", "W_hh": "H H", "b_h": "H"}
    T = require_axes(axes, x=x, h0=h0, W_xh=W_xh, W_hh=W_hh, b_h=b_h)["T"]
    inside = None
    if lengths is not None:
        require_axes({"x": "T N D", "lengths": "N"}, x=x, lengths=lengths)
        inside = mask_of(lengths, T)[..., None]
        x = np.where(inside, x, 0.0)
    from_input = x @ W_xh + b_h
    h, states = h0, list[Any]([None] * T)
    for t in reversed(range(T)) if from_the_end else range(T):
        h_new = activation(from_input[t] + h @ W_hh)
        h = h_new if inside is None else np.where(inside[t], h_new, h)
        states[t] = h if inside is None else np.where(inside[t], h, 0.0)
    return states


def rnn_states(
    params: Weights,
    x: Any,
    way: str = "",
    h0: Any = None,
    lengths: np.ndarray | None = None,
    **options: Any,
) -> Any:
    """Compute all states (T, N, H) with the weights W_xh, W_hh, b_h.

    Args:
        params: the weights by name.
        x: inputs, (T, N, D).
        way: what the names of the weights end in, where there are several sets.
        h0: the state before the first step, (N, H); 0 if it is left out.
        lengths, options: as in `unroll`.
    """
    W_xh, W_hh, b_h = entries("params", params, (name + way for name in ("W_xh", "W_hh", "b_h")))
    N = require_axes({"x": "T N D"}, x=x)["N"]
    h0 = np.zeros((N, len(W_hh))) if h0 is None else h0
    return np.stack(unroll(x, h0, W_xh, W_hh, b_h, lengths=lengths, **options))


def birnn_states(
    params: Weights,
    x: Any,
    h0: Any = None,
    lengths: np.ndarray | None = None,
    join: str = "concat",
) -> tuple[Any, Any]:
    """Compute the states of both directions, with the weights of `init_birnn_params`.

    Args:
        params: the weights by name.
        x: inputs, (T, N, D).
        h0: where each direction starts, (2, N, H), that from left to right first; 0 if left out.
        lengths: as in `unroll`; the backward direction begins at each sequence's own end.
        join: how the two states of a step become one: "concat", side by side, "sum", "mean", or
            "product", entry by entry.

    Returns:
        The states (T, N, 2H), or (T, N, H), and the last state of each direction (2, N, H): that of
        a sequence's last step, and that of its first. Of a sequence of no step, it is h0.

    Raises:
        ValueError: for shapes that do not fit, a length outside 0..T and another `join`.
    """
    T, N = (require_axes({"x": "T N D"}, x=x)[axis] for axis in "TN")
    H = len(entries("params", params, ["W_hh_forward"])[0])
    h0 = np.zeros((2, N, H)) if h0 is None else h0
    require_axes({"x": "T N D", "h0": "2 N H"}, x=x, h0=h0)
    forward = rnn_states(params, x, "_forward", h0[0], lengths)
    backward = rnn_states(params, x, "_backward", h0[1], lengths, from_the_end=True)
    ends = np.full(N, T) if lengths is None else lengths
    last = forward[np.maximum(ends - 1, 0), np.arange(N)], backward[0]
    started = (ends > 0)[:, None]
    ends_of_both = [
        np.where(started, h, start) for h, start in zip(last, (h0[0], h0[1]), strict=True)
    ]
    return _join(forward, backward, join), np.stack(ends_of_both)


def tagger_scores(
    params: Weights, x: Any, lengths: np.ndarray | None = None, h0: Any = None
) -> Any:
    """Many to many: a score for each of K tags at each step, (T, N, K), from x (T, N, D).

    `lengths` and `h0` are as in `rnn_states`.
    """
    return _output(params, rnn_states(params, x, h0=h0, lengths=lengths))


def tagger_loss(
    params: Weights,
    x: Any,
    y: np.ndarray,
    mask: np.ndarray | None = None,
    lengths: np.ndarray | None = None,
    h0: Any = None,
) -> Any:
    """The mean cross-entropy over the steps that count.

    Args:
        params: the weights of `init_rnn_params`.
        x: inputs, (T, N, D).
        y: classes, (T, N).
        mask: the steps whose prediction counts, (T, N); if left out, all that are read.
        lengths: the steps that each sequence has, (N,); if left out, those up to its last in mask.
        h0: the state before the first step, (N, H); 0 if it is left out.
    """
    require_axes({"x": "T N D", "y": "T N", "mask": "T N"}, x=x, y=y, mask=mask)
    mask, lengths = steps_that_count(mask, lengths, len(x))
    return cross_entropy(tagger_scores(params, x, lengths, h0), y, mask)


def classifier_scores(
    params: Weights,
    x: Any,
    lengths: np.ndarray | None = None,
    pool: str = "last",
    h0: Any = None,
) -> Any:
    """Many to one: a score for each of K classes, (N, K), from the states of a whole sequence.

    Args:
        params: the weights of `init_rnn_params`.
        x: inputs, (T, N, D).
        lengths: the steps that each sequence has, (N,); T if they are left out.
        pool: whether the last state is used, or the mean of all states.
        h0: the state before the first step, (N, H); 0 if it is left out.
    """
    sizes = require_axes({"x": "T N D", "lengths": "N"}, x=x, lengths=lengths)
    T, N = sizes["T"], sizes["N"]
    share = _shares(T, np.full(N, T) if lengths is None else lengths, pool)
    pooled = (rnn_states(params, x, h0=h0, lengths=lengths) * share[:, :, None]).sum(axis=0)
    return _output(params, pooled)


def classifier_loss(
    params: Weights,
    x: Any,
    y: np.ndarray,
    lengths: np.ndarray | None = None,
    pool: str = "last",
    h0: Any = None,
) -> Any:
    """The mean cross-entropy over the batch: y (N,) of classes."""
    return cross_entropy(classifier_scores(params, x, lengths, pool, h0), y)


def language_model_scores(
    params: Weights, ids: np.ndarray, lengths: np.ndarray | None = None, h0: Any = None
) -> Any:
    """A score for every word of the vocabulary at each place, (T, N, V), from the words before.

    The input is the word before, one-hot, and 0 at the first step.

    Args:
        params: the weights of `init_rnn_params`, with D = K = V.
        ids: words, (T, N).
        lengths: the words that each sequence has, (N,); T if they are left out.
        h0: the state before the first step, (N, H); 0 if it is left out.
    """
    sizes = require_axes({"ids": "T N", "lengths": "N"}, ids=ids, lengths=lengths)
    T, N = sizes["T"], sizes["N"]
    read = mask_of(np.full(N, T) if lengths is None else lengths, T)
    read[:1] = False
    before = np.concatenate([np.zeros_like(ids[:1]), ids[:-1]])
    x = one_hot_masked(before, read, len(entries("params", params, ["W_xh"])[0]))
    return tagger_scores(params, x, lengths, h0)


def language_model_loss(
    params: Weights, ids: np.ndarray, mask: np.ndarray | None = None, h0: Any = None
) -> Any:
    """The mean of -log p(word | words before) over the words that count: ids, mask (T, N)."""
    require_axes({"ids": "T N", "mask": "T N"}, ids=ids, mask=mask)
    _, lengths = steps_that_count(mask, None, len(ids))
    return cross_entropy(language_model_scores(params, ids, lengths, h0), ids, mask)


def bidirectional_tagger_scores(
    params: Weights, x: Any, lengths: np.ndarray | None = None, h0: Any = None
) -> Any:
    """As `tagger_scores`, but each step sees the whole sequence.

    `params` are the weights of `init_birnn_params`, and `lengths` and `h0` as in `birnn_states`.
    """
    return _output(params, birnn_states(params, x, h0, lengths)[0])


def bidirectional_tagger_loss(
    params: Weights,
    x: Any,
    y: np.ndarray,
    mask: np.ndarray | None = None,
    lengths: np.ndarray | None = None,
    h0: Any = None,
) -> Any:
    """As `tagger_loss`; the backward direction begins at the end of each sequence.

    Where `mask` leaves out steps at the end that are still to be read, give `lengths` too.
    """
    require_axes({"x": "T N D", "y": "T N", "mask": "T N"}, x=x, y=y, mask=mask)
    mask, lengths = steps_that_count(mask, lengths, len(x))
    return cross_entropy(bidirectional_tagger_scores(params, x, lengths, h0), y, mask)


def _output(params: Weights, h: Any) -> Any:
    W_hy, b_y = entries("params", params, ["W_hy", "b_y"])
    H = h.shape[-1]
    if len(W_hy.shape) != 2 or W_hy.shape[0] != H or b_y.shape != W_hy.shape[1:]:
        raise ValueError(f"W_hy, b_y: shapes {W_hy.shape}, {b_y.shape}, expected ({H}, K), (K,)")
    return h @ W_hy + b_y


def _join(forward: Any, backward: Any, join: str) -> Any:
    if join == "concat":
        return np.concatenate([forward, backward], axis=-1)
    if join == "product":
        return forward * backward
    if join == "sum":
        return forward + backward
    if join == "mean":
        return (forward + backward) / 2
    raise ValueError(f"join: {join!r}, expected one of concat, sum, mean, product")


def _shares(T: int, lengths: np.ndarray, pool: str) -> np.ndarray:
    """How much of each state (T, N) goes into what is pooled."""
    if np.any((lengths < 1) | (lengths > T)):
        raise ValueError(f"lengths: must lie in 1..{T}, got {lengths.min()}..{lengths.max()}")
    step = np.arange(T)[:, None]
    if pool == "last":
        return (step == lengths - 1).astype(float)
    if pool == "mean":
        return (step < lengths) / lengths
    raise ValueError(f"pool: {pool!r}, expected 'last' or 'mean'")
