"""What the exercises of `rnn` share: how weights are drawn that are no single arrays."""

import numpy as np

from autograder.testing import Sizes

Params = dict[str, np.ndarray]
Layer = tuple[np.ndarray, ...]


def layer(rng: np.random.Generator, shape: tuple[int, ...], sizes: Sizes) -> Layer:
    """Draw (W_xh, W_hh, b_h)."""
    D, H = sizes["D"], sizes["H"]
    return tuple(0.7 * rng.standard_normal(shape) for shape in ((D, H), (H, H), (H,)))


def language_model(rng: np.random.Generator, shape: tuple[int, ...], sizes: Sizes) -> Params:
    """Draw W_xh (V, H), W_hh (H, H), b_h (H,), W_hy (H, V), b_y (V,)."""
    V, H = sizes["V"], sizes["H"]
    shapes = {"W_xh": (V, H), "W_hh": (H, H), "b_h": (H,), "W_hy": (H, V), "b_y": (V,)}
    return {name: rng.standard_normal(shape) for name, shape in shapes.items()}
