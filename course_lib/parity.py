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

from course_lib.shapes import checked, entries

#: The weights of one layer in one direction, or their gradients: (W_xh, W_hh, b_h).
Layer = tuple[np.ndarray, np.ndarray, np.ndarray]
What = Literal["values", "gradients"]


def to_torch_rnn(params: Mapping[str, np.ndarray]) -> nn.RNN:
    """`nn.RNN` in float64 with the weights W_xh, W_hh, b_h; other entries are left out.

    Raises ValueError if one is missing; here and below, also for shapes that do not fit.
    """
    W_xh, W_hh, b_h = entries("params", params, ("W_xh", "W_hh", "b_h"))
    return to_torch_deep_rnn([(W_xh, W_hh, b_h)])


def to_torch_deep_rnn(layers: Sequence[Layer]) -> nn.RNN:
    """`nn.RNN` with one layer for each (W_xh, W_hh, b_h)."""
    return _build([(layer,) for layer in layers])


def to_torch_birnn(forward: Layer, backward: Layer) -> nn.RNN:
    """Bidirectional `nn.RNN`."""
    return _build([(forward, backward)])


def to_torch_deep_birnn(layers: Sequence[tuple[Layer, Layer]]) -> nn.RNN:
    """Bidirectional `nn.RNN` with one layer for each pair (forward, backward)."""
    return _build(layers)


@checked
def from_torch_rnn(module: nn.RNN, what: What = "values") -> dict[str, np.ndarray]:
    """W_xh, W_hh, b_h of an `nn.RNN` of one layer and one direction, or the gradients it holds.

    Raises ValueError for another module; here and below, also for one that is no `nn.RNN` with tanh
    and biases, and for gradients where there are none.
    """
    _require_one_layer(module)
    return dict(zip(("W_xh", "W_hh", "b_h"), from_torch_deep_rnn(module, what)[0], strict=True))


@checked
def from_torch_deep_rnn(module: nn.RNN, what: What = "values") -> list[Layer]:
    """(W_xh, W_hh, b_h) of each layer of an `nn.RNN` of one direction, or the gradients."""
    _require_rnn(module)
    if module.bidirectional:
        raise ValueError("module: bidirectional, expected one direction")
    return [_read(module, f"l{number}", what) for number in range(module.num_layers)]


@checked
def from_torch_birnn(module: nn.RNN, what: What = "values") -> tuple[Layer, Layer]:
    """(forward, backward) of a bidirectional `nn.RNN` of one layer, or the gradients."""
    _require_one_layer(module)
    return from_torch_deep_birnn(module, what)[0]


@checked
def from_torch_deep_birnn(module: nn.RNN, what: What = "values") -> list[tuple[Layer, Layer]]:
    """(forward, backward) of each layer of a bidirectional `nn.RNN`, or the gradients."""
    _require_rnn(module)
    if not module.bidirectional:
        raise ValueError("module: one direction, expected bidirectional")
    return [
        (_read(module, f"l{number}", what), _read(module, f"l{number}_reverse", what))
        for number in range(module.num_layers)
    ]


def _require_rnn(module: nn.Module) -> None:
    """Raise ValueError unless the module computes what the simple RNN here does."""
    if not isinstance(module, nn.RNN):
        raise ValueError(f"module: {type(module).__name__}, expected nn.RNN")
    if module.nonlinearity != "tanh":
        raise ValueError(f"module: nonlinearity {module.nonlinearity!r}, expected 'tanh'")
    if not module.bias:
        raise ValueError("module: made with bias=False, expected biases")


def _require_one_layer(module: nn.Module) -> None:
    _require_rnn(module)
    if module.num_layers != 1:
        raise ValueError(f"module: {module.num_layers} layers, expected 1")


def _build(layers: Sequence[tuple[Layer, ...]]) -> nn.RNN:
    """`nn.RNN` with these weights everywhere; torch's global generator stays as it is."""
    if len(layers) == 0:
        raise ValueError("layers: expected at least one layer")
    ways = len(layers[0])
    for number, parallel in enumerate(layers):
        if len(parallel) != ways or ways not in (1, 2):
            raise ValueError(f"layers: {len(parallel)} directions in layer {number}")
        for layer in parallel:
            if len(layer) != 3 or any(not isinstance(array, np.ndarray) for array in layer):
                raise ValueError(f"layers: layer {number} is not (W_xh, W_hh, b_h)")
    W_xh, W_hh, _ = layers[0][0]
    if W_xh.ndim != 2 or W_hh.ndim != 2:
        raise ValueError(f"W_xh, W_hh: shapes {W_xh.shape}, {W_hh.shape}, expected (D, H), (H, H)")
    with torch.random.fork_rng(devices=[]):  # a new module draws first weights
        module = nn.RNN(
            *(len(W_xh), len(W_hh)),
            num_layers=len(layers),
            bidirectional=ways == 2,
            dtype=torch.float64,
        )
    for number, parallel in enumerate(layers):
        for suffix, layer in zip(("", "_reverse")[:ways], parallel, strict=True):
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
