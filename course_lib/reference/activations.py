"""Activations by name, each with its slope as a function of its result (book/bptt/vanishing)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

Name = Literal["tanh", "relu", "sigmoid", "identity"]


@dataclass(frozen=True)
class Activation:
    """h = value(a), and dh/da = slope(h), both entry by entry."""

    value: Callable[[np.ndarray], np.ndarray]
    slope: Callable[[np.ndarray], np.ndarray]


def sigmoid(a: np.ndarray) -> np.ndarray:
    """1 / (1 + exp(-a)), entry by entry."""
    return (1 + np.tanh(a / 2)) / 2  # exp(-a) could overflow


ACTIVATIONS: dict[str, Activation] = {
    "tanh": Activation(np.tanh, lambda h: 1 - h**2),
    "relu": Activation(lambda a: np.maximum(a, 0), lambda h: (h > 0).astype(h.dtype)),
    "sigmoid": Activation(sigmoid, lambda h: h * (1 - h)),
    "identity": Activation(lambda a: a, np.ones_like),
}


def get_activation(name: Name) -> Activation:
    """The activation of that name; ValueError if there is none."""
    if name not in ACTIVATIONS:
        raise ValueError(f"activation: {name!r}, expected one of {', '.join(ACTIVATIONS)}")
    return ACTIVATIONS[name]
