"""Random LSTMs, and the same computation by torch, for the tests of the LSTM library."""

from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

NAMES = ("W_x", "W_h", "b")
PLACES = ("weight_ih", "weight_hh", "bias_ih")


def draw_layer(frozen, D, H):
    """W_x, W_h, b."""
    return frozen(D, 4 * H), frozen(H, 4 * H), frozen(4 * H)


def torch_lstm(layers: Sequence[tuple]) -> nn.LSTM:
    """`nn.LSTM` in float64 with the weights (W_x, W_h, b) of each direction of each layer."""
    W_x, W_h, _ = layers[0][0]
    module = nn.LSTM(
        len(W_x),
        len(W_h),
        num_layers=len(layers),
        bidirectional=len(layers[0]) == 2,
        dtype=torch.float64,
    )
    with torch.no_grad():
        for place, array in zip(places(layers), flat(layers), strict=True):
            module.get_parameter(place).copy_(torch.tensor(array.T))
        for name, parameter in module.named_parameters():
            if name.startswith("bias_hh"):
                parameter.zero_()
    return module


def places(layers):
    """The names of the parameters of `nn.LSTM`, in the order of `flat`."""
    ways = ("", "_reverse")[: len(layers[0])]
    return [
        f"{name}_l{number}{way}" for number in range(len(layers)) for way in ways for name in PLACES
    ]


def flat(layers):
    """All arrays of all directions of all layers, one after the other."""
    return [array for layer in layers for weights in layer for array in weights]


def run_torch_lstm(layers, x, h0, c0, dh, dh_T, dc_T, lengths=None):
    """States, last states and memories, and the gradients of inputs, start values and weights.

    h0, c0, dh_T, dc_T: (number of layers and directions, N, H).
    """
    module = torch_lstm(layers)
    x, h0, c0 = (torch.tensor(a, requires_grad=True) for a in (x, h0, c0))
    if lengths is None:
        h, (h_T, c_T) = module(x, (h0, c0))
    else:
        packed = pack_padded_sequence(x, torch.tensor(lengths), enforce_sorted=False)
        packed, (h_T, c_T) = module(packed, (h0, c0))
        h, _ = pad_packed_sequence(packed, total_length=len(x))
    pairs = ((h, dh), (h_T, dh_T), (c_T, dc_T))
    sum((value * torch.tensor(upstream)).sum() for value, upstream in pairs).backward()
    grads = [module.get_parameter(place).grad.numpy().T for place in places(layers)]
    return [a.detach().numpy() for a in (h, h_T, c_T, x.grad, h0.grad, c0.grad)] + grads


def run_torch_cell(cell: Callable, inputs: Sequence[np.ndarray], dh, dc):
    """h, c and the gradients of all inputs, for cell(*inputs) -> (h, c), by torch's autograd."""
    tensors = [torch.tensor(array, requires_grad=True) for array in inputs]
    h, c = cell(*tensors)
    ((h * torch.tensor(dh)).sum() + (c * torch.tensor(dc)).sum()).backward()
    return [a.detach().numpy() for a in (h, c, *(tensor.grad for tensor in tensors))]


def assert_all_close(got, expected):
    for one, other in zip(got, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-10, atol=1e-12)


def stacked(forward: Callable, backward: Callable) -> tuple[Callable, Callable]:
    """A pair of functions that give and take h and c as one array, for `check_gradients`."""

    def run(**inputs):
        h, c, cache = forward(**inputs)
        return np.stack([h, c]), cache

    return run, lambda upstream, cache: backward(*upstream, cache)


def with_last_states(
    forward: Callable, backward: Callable, last_states: Callable
) -> tuple[Callable, Callable]:
    """A pair of functions that give and take h and the last states as one array, for
    `check_gradients`.
    """

    def run(**inputs):
        h, *_, cache = forward(**inputs)
        arrays = (h, *last_states(cache))
        return np.concatenate([array.ravel() for array in arrays]), (h.shape, cache)

    def gradients(upstream, shape_and_cache):
        shape, cache = shape_and_cache
        dh, dlast = np.split(upstream, [np.prod(shape)])
        dh_last, dc_last = dlast.reshape(2, *last_states(cache)[0].shape)
        return backward(dh.reshape(shape), cache, dh_last, dc_last)

    return run, gradients
