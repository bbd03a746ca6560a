"""The training loop of all chapters."""

from collections.abc import Callable
from typing import Any

import numpy as np
from jaxtyping import Float

from course_lib.optim import Optimizer, clip_by_norm

Params = dict[str, np.ndarray]


def train(
    loss_and_gradients: Callable[..., Any],
    params: Params,
    draw_batch: Callable[[np.random.Generator], tuple],
    *,
    optimizer: Optimizer,
    steps: int,
    seed: int,
    max_norm: float | None = None,
) -> Float[np.ndarray, " steps"]:
    """Change parameters in place by gradient steps on one batch after another.

    Args:
        loss_and_gradients: called as f(params, *batch); returns the loss and a dict of gradients.
            `course_lib.autograd.value_and_grad` makes one from a function that computes a loss.
        params: the parameters by name.
        draw_batch: returns a batch, the remaining arguments of f, given a random generator.
        optimizer: what changes the parameters, given their gradients.
        steps: how many batches.
        seed: of the one generator from which all batches are drawn.
        max_norm: the norm to which the gradients together are clipped, if any.

    Returns:
        The loss of each batch, before the step that it led to.

    Raises:
        ValueError: for a negative number of steps.
        FloatingPointError: if a loss or a gradient is not finite; the parameters are then as they
            were before that step.
    """
    if steps < 0:
        raise ValueError(f"steps: {steps}, expected a number that is not negative")
    rng = np.random.default_rng(seed)
    history = np.empty(steps)
    for step in range(steps):
        history[step], grads = loss_and_gradients(params, *draw_batch(rng))
        if not np.isfinite(history[step]):
            raise FloatingPointError(f"step {step}: the loss is {history[step]}")
        for name, gradient in grads.items():
            if not np.isfinite(gradient).all():
                raise FloatingPointError(f"step {step}: the gradient of {name} is not finite")
        if max_norm is not None:
            grads, _ = clip_by_norm(grads, max_norm)
        optimizer.step(params, grads)
    return history
