"""Gradients of the simple RNN with a fault in them, to hunt it by experiments (book/bptt/hunt).

The tape of `course_lib.autograd` finds the right gradients. A fault is planted on it: a value is
noted as computed from something else than it was, so that the forward pass stays as it is and the
gradients go back another way.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np

from course_lib.autograd import Value, squared_error, value_and_grad
from course_lib.shapes import entries

FAULTS = (
    "nothing from the right",
    "nothing from above",
    "no slope",
    "slope of the wrong step",
    "W_hh not transposed",
    "h_t for h_{t-1}",
    "first step left out",
    "= for += over the steps",
    "mean for sum in the biases",
)

SHARED = ("W_xh", "W_hh", "b_h", "W_hy", "b_y")
#: By which slope and which matrix a fault goes from h_t back to h_{t-1}.
_BETWEEN_STEPS: dict[str, Callable[[np.ndarray, np.ndarray, np.ndarray], tuple[Any, Any]]] = {
    "nothing from the right": lambda h_prev, h, W_hh: (0.0, W_hh),
    "no slope": lambda h_prev, h, W_hh: (1.0, W_hh),
    "slope of the wrong step": lambda h_prev, h, W_hh: (1 - h_prev**2, W_hh),
    "W_hh not transposed": lambda h_prev, h, W_hh: (1 - h**2, W_hh.T),
}


def suspect(
    inputs: Mapping[str, np.ndarray],
    y: np.ndarray,
    loss: Callable = squared_error,
    fault: str = "slope of the wrong step",
) -> tuple[np.floating, dict[str, np.ndarray]]:
    """Compute the loss of the simple RNN, and gradients of which some are wrong.

    Args:
        inputs: by name, W_xh (D, H), W_hh (H, H), b_h (H,), W_hy (H, K), b_y (K,), x (T, N, D) and
            h0 (N, H).
        y: the targets, as `loss` wants them.
        loss: called as loss(o, y) with the outputs o (T, N, K); one of `course_lib.autograd`.
        fault: one of FAULTS.

    Returns:
        The loss, which is right, and a dict of gradients, one for each of the inputs.

    Raises:
        ValueError: for another fault, and for inputs that are missing.
    """
    entries("inputs", inputs, (*SHARED, "x", "h0"))
    if fault not in FAULTS:
        raise ValueError(f"fault: {fault!r}, expected one of {', '.join(FAULTS)}")
    return value_and_grad(partial(_loss_of, loss=loss, fault=fault))(inputs, y)


def _loss_of(inputs: Mapping[str, Value], y: np.ndarray, loss: Callable, fault: str) -> Value:
    x, h = inputs["x"], inputs["h0"]
    weights: dict[str, Any] = {name: inputs[name] for name in SHARED}
    if fault == "mean for sum in the biases":
        N = x.shape[1]
        weights |= {name: _noted(weights[name], weights[name] / N) for name in ("b_h", "b_y")}
    T, outputs = len(x), []
    for t in range(T):
        if t == 1 and fault == "= for += over the steps":
            # Going back, the first step comes last: its share takes the place of all others.
            weights = {name: value.data for name, value in weights.items()}
        h = _step(x[t], h, weights, fault, first=t == 0)
        above = h.data if fault == "nothing from above" and t < T - 1 else h
        outputs.append(above @ weights["W_hy"] + weights["b_y"])
    return loss(np.stack(outputs), y)


def _step(x_t: Value, h_prev: Value, weights: Mapping[str, Any], fault: str, first: bool) -> Value:
    W_xh, W_hh, b_h = (weights[name] for name in ("W_xh", "W_hh", "b_h"))
    if fault == "first step left out" and first:
        W_hh = W_hh.data

    def state(recurrent: Value) -> Value:
        return np.tanh(x_t @ W_xh + recurrent + b_h)

    h = state(h_prev @ W_hh)
    if fault == "h_t for h_{t-1}":
        return state(_noted(h_prev @ W_hh, h_prev @ W_hh.data + h.data @ W_hh))
    if first or fault not in _BETWEEN_STEPS:
        return h
    slope, matrix = _BETWEEN_STEPS[fault](h_prev.data, h.data, W_hh.data)
    return _noted(h, state(h_prev.data @ W_hh) + slope * (h_prev @ matrix))


def _noted(value: Value, source: Value) -> Value:
    """The value, noted on the tape as if it were the source."""
    return Value(value.data, [(source, lambda dy: dy, ...)])
