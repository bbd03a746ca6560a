"""Streams without an end, for learning while reading (book/bptt/rtrl)."""

from collections import deque
from collections.abc import Iterator

import numpy as np
from jaxtyping import Float, Integer

Step = tuple[Float[np.ndarray, "N 2"], Integer[np.ndarray, " N"]]


def echo_stream(
    rng: np.random.Generator, delay: int, N: int = 1, flip_every: int | None = None
) -> Iterator[Step]:
    """Random bits, and what to answer: the bit of `delay` steps ago. Never ends.

    Each step is x_t (N, 2), the bit one-hot, and y_t (N,), the class 0 or 1. During the first
    `delay` steps the answer is a bit that was never shown. With `flip_every`, the rule changes:
    for so many steps the bit itself, then for as many its opposite, and so on. A network that
    remembers for fewer than `delay` steps can do no better than log 2, the loss of a coin. Raises
    ValueError if delay < 0, N < 1 or flip_every < 1.
    """
    if delay < 0:
        raise ValueError(f"delay: {delay}, expected at least 0 steps")
    if N < 1:
        raise ValueError(f"N: {N}, expected at least 1 stream")
    if flip_every is not None and flip_every < 1:
        raise ValueError(f"flip_every: {flip_every}, expected at least 1 step")
    return _echo(rng, delay, N, flip_every)


def _echo(rng: np.random.Generator, delay: int, N: int, flip_every: int | None) -> Iterator[Step]:
    past = deque(rng.integers(2, size=(delay, N)), maxlen=delay + 1)
    t = 0
    while True:
        past.append(rng.integers(2, size=N))
        flipped = 0 if flip_every is None else t // flip_every % 2
        yield np.eye(2)[past[-1]], past[0] ^ flipped
        t += 1
