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
from course_lib.init import uniform_init

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
) -> list:
    """Compute the states h_t = f(x_t W_xh + h_{t-1} W_hh + b_h) one after the other.

    Args:
        x: inputs, (T, N, D).
        h0: the state before the first step, (N, H).
        W_xh, W_hh, b_h: (D, H), (H, H), (H,).
        activation: f.
        from_the_end: whether to start at the last input, and to go to the first.

    Returns:
        The T states, (N, H) each, in the order of the inputs.
    """
    from_input = x @ W_xh + b_h
    h, states = h0, [None] * len(x)
    for t in reversed(range(len(x))) if from_the_end else range(len(x)):
        states[t] = h = activation(from_input[t] + h @ W_hh)
    return states


def rnn_states(params: Weights, x: np.ndarray, way: str = "", **options: Any) -> Any:
    """All states (T, N, H) from h_0 = 0, with the weights W_xh, W_hh, b_h.

    Args:
        params: the weights by name.
        x: inputs, (T, N, D).
        way: what the names of the weights end in, where there are several sets.
        options: as in `unroll`.
    """
    W_xh, W_hh, b_h = (params[name + way] for name in ("W_xh", "W_hh", "b_h"))
    return np.stack(unroll(x, np.zeros((x.shape[1], len(W_hh))), W_xh, W_hh, b_h, **options))


def tagger_scores(params: Weights, x: np.ndarray) -> Any:
    """Many to many: a score for each of K tags at each step, (T, N, K), from x (T, N, D)."""
    return rnn_states(params, x) @ params["W_hy"] + params["b_y"]


def tagger_loss(
    params: Weights, x: np.ndarray, y: np.ndarray, mask: np.ndarray | None = None
) -> Any:
    """The mean cross-entropy over the steps that count: y (T, N) of classes, mask (T, N)."""
    return cross_entropy(tagger_scores(params, x), y, mask)


def classifier_scores(
    params: Weights, x: np.ndarray, lengths: np.ndarray | None = None, pool: str = "last"
) -> Any:
    """Many to one: a score for each of K classes, (N, K), from the states of a whole sequence.

    Args:
        params: the weights of `init_rnn_params`.
        x: inputs, (T, N, D).
        lengths: the steps that each sequence has, (N,); T if they are left out.
        pool: whether the last state is used, or the mean of all states.
    """
    T, N = x.shape[:2]
    share = _shares(T, np.full(N, T) if lengths is None else lengths, pool)
    pooled = (rnn_states(params, x) * share[:, :, None]).sum(axis=0)
    return pooled @ params["W_hy"] + params["b_y"]


def classifier_loss(
    params: Weights,
    x: np.ndarray,
    y: np.ndarray,
    lengths: np.ndarray | None = None,
    pool: str = "last",
) -> Any:
    """The mean cross-entropy over the batch: y (N,) of classes."""
    return cross_entropy(classifier_scores(params, x, lengths, pool), y)


def language_model_scores(params: Weights, ids: np.ndarray) -> Any:
    """A score for every word of the vocabulary at each place, (T, N, V), from the words before.

    The input is the word before, one-hot, and 0 at the first step.

    Args:
        params: the weights of `init_rnn_params`, with D = K = V.
        ids: words, (T, N).
    """
    words = np.eye(len(params["W_xh"]))
    start = np.zeros((1, *ids.shape[1:], len(words)))
    return tagger_scores(params, np.concatenate([start, words[ids[:-1]]]))


def language_model_loss(params: Weights, ids: np.ndarray, mask: np.ndarray | None = None) -> Any:
    """The mean of -log p(word | words before) over the words that count: ids, mask (T, N)."""
    return cross_entropy(language_model_scores(params, ids), ids, mask)


def bidirectional_tagger_scores(params: Weights, x: np.ndarray) -> Any:
    """As `tagger_scores`, but each step sees the whole sequence; weights of `init_birnn_params`."""
    forward = rnn_states(params, x, "_forward")
    backward = rnn_states(params, x, "_backward", from_the_end=True)
    return np.concatenate([forward, backward], axis=-1) @ params["W_hy"] + params["b_y"]


def bidirectional_tagger_loss(
    params: Weights, x: np.ndarray, y: np.ndarray, mask: np.ndarray | None = None
) -> Any:
    """As `tagger_loss`. The backward direction begins with the padding, if there is any."""
    return cross_entropy(bidirectional_tagger_scores(params, x), y, mask)


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
