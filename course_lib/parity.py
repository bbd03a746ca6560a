"""The same weights in PyTorch: to `torch.nn.RNN` and back, one or more layers, one or two
directions.

PyTorch keeps weights transposed, as (H, D), and has two biases, which are only ever added. The only
module of this package that needs torch.
"""

from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np
import torch
from torch import nn

#: The weights of one layer in one direction, or their gradients: (W_xh, W_hh, b_h).
Layer = tuple[np.ndarray, np.ndarray, np.ndarray]
What = Literal["values", "gradients"]


def to_torch_rnn(params: Mapping[str, np.ndarray]) -> nn.RNN:
    """`nn.RNN` in float64 with the weights W_xh, W_hh, b_h; other entries are left out."""
    return to_torch_deep_rnn([(params["W_xh"], params["W_hh"], params["b_h"])])


def to_torch_deep_rnn(layers: Sequence[Layer]) -> nn.RNN:
    """`nn.RNN` with one layer for each (W_xh, W_hh, b_h)."""
    return _build([(layer,) for layer in layers])


def to_torch_birnn(forward: Layer, backward: Layer) -> nn.RNN:
    """Bidirectional `nn.RNN`."""
    return _build([(forward, backward)])


def to_torch_deep_birnn(layers: Sequence[tuple[Layer, Layer]]) -> nn.RNN:
    """Bidirectional `nn.RNN` with one layer for each pair (forward, backward)."""
    return _build(layers)


def from_torch_rnn(module: nn.RNN, what: What = "values") -> dict[str, np.ndarray]:
    """W_xh, W_hh, b_h of an `nn.RNN` of one layer and one direction, or the gradients it holds."""
    return dict(zip(("W_xh", "W_hh", "b_h"), from_torch_deep_rnn(module, what)[0], strict=True))


def from_torch_deep_rnn(module: nn.RNN, what: What = "values") -> list[Layer]:
    """(W_xh, W_hh, b_h) of each layer of an `nn.RNN` of one direction, or the gradients."""
    if module.bidirectional:
        raise ValueError("module: bidirectional, expected one direction")
    return [_read(module, f"l{number}", what) for number in range(module.num_layers)]


def from_torch_birnn(module: nn.RNN, what: What = "values") -> tuple[Layer, Layer]:
    """(forward, backward) of a bidirectional `nn.RNN` of one layer, or the gradients."""
    return from_torch_deep_birnn(module, what)[0]


def from_torch_deep_birnn(module: nn.RNN, what: What = "values") -> list[tuple[Layer, Layer]]:
    """(forward, backward) of each layer of a bidirectional `nn.RNN`, or the gradients."""
    if not module.bidirectional:
        raise ValueError("module: one direction, expected bidirectional")
    return [
        (_read(module, f"l{number}", what), _read(module, f"l{number}_reverse", what))
        for number in range(module.num_layers)
    ]


def _build(layers: Sequence[tuple[Layer, ...]]) -> nn.RNN:
    W_xh, W_hh, _ = layers[0][0]
    two_ways = len(layers[0]) == 2
    module = nn.RNN(
        len(W_xh), len(W_hh), num_layers=len(layers), bidirectional=two_ways, dtype=torch.float64
    )
    for number, directions in enumerate(layers):
        for suffix, layer in zip(("", "_reverse"), directions, strict=False):
            _write(module, f"l{number}{suffix}", layer)
    return module


def _write(module: nn.RNN, place: str, layer: Layer) -> None:
    W_xh, W_hh, b_h = layer
    values = {"weight_ih": W_xh.T, "weight_hh": W_hh.T, "bias_ih": b_h, "bias_hh": 0 * b_h}
    with torch.no_grad():
        for name, value in values.items():
            parameter = getattr(module, f"{name}_{place}")
            if value.shape != tuple(parameter.shape):
                raise ValueError(f"{name}_{place}: shape {value.shape}, expected {parameter.shape}")
            parameter.copy_(torch.tensor(value))


def _read(module: nn.RNN, place: str, what: What) -> Layer:
    def array(name: str) -> np.ndarray:
        parameter = getattr(module, f"{name}_{place}")
        tensor = parameter.grad if what == "gradients" else parameter
        if tensor is None:
            raise ValueError(f"{name}_{place}: holds no gradient, call backward() first")
        return tensor.detach().numpy().copy()

    # The two biases stand in one sum: their values add up, but each has the whole gradient.
    b_h = array("bias_ih") if what == "gradients" else array("bias_ih") + array("bias_hh")
    return array("weight_ih").T, array("weight_hh").T, b_h
