"""Random networks with outputs, and a loss computed by torch, for the tests of the BPTT library."""

from dataclasses import dataclass

import numpy as np
import torch
from torch.nn import functional as F

from course_lib.parity import from_torch_rnn, to_torch_rnn

LOSSES = ("squared", "cross-entropy")


@dataclass(frozen=True)
class Case:
    """Read-only arrays: `arguments` are x, y, h0, params in the order of every function here."""

    x: np.ndarray
    y: np.ndarray
    h0: np.ndarray
    params: dict[str, np.ndarray]
    loss: str

    @property
    def arguments(self):
        return self.x, self.y, self.h0, self.params


def draw_case(frozen, loss, T=3, N=2, D=4, H=5, K=3, dtype=np.float64):
    shapes = {"W_xh": (D, H), "W_hh": (H, H), "b_h": (H,), "W_hy": (H, K), "b_y": (K,)}
    params = {name: frozen(*shape, dtype=dtype) for name, shape in shapes.items()}
    y = frozen(T, N, K, dtype=dtype)
    if loss == "cross-entropy":
        y = frozen.rng.integers(K, size=(T, N))
        y.setflags(write=False)
    return Case(frozen(T, N, D, dtype=dtype), y, frozen(N, H, dtype=dtype), params, loss)


def torch_loss(o, y, loss):
    """The mean over steps and sequences, by torch's own losses."""
    if loss == "squared":
        return F.mse_loss(o, y, reduction="sum") / (2 * y.numel() / y.shape[-1])
    return F.cross_entropy(o.flatten(0, 1), y.flatten())


def torch_bptt(case):
    """Loss, gradients by name, dx and dh0, by torch."""
    module = to_torch_rnn(case.params)
    x, h0, W_hy, b_y = (
        torch.tensor(array, requires_grad=True)
        for array in (case.x, case.h0[None], case.params["W_hy"], case.params["b_y"])
    )
    L = torch_loss(module(x, h0)[0] @ W_hy + b_y, torch.tensor(case.y), case.loss)
    L.backward()
    grads = from_torch_rnn(module, "gradients") | {"W_hy": W_hy.grad, "b_y": b_y.grad}
    return L.item(), {n: np.asarray(g) for n, g in grads.items()}, x.grad, h0.grad[0]


def assert_gradients_equal(got, expected, rtol=1e-10, atol=1e-12):
    assert list(got) == list(expected)
    for name, value in expected.items():
        np.testing.assert_allclose(got[name], value, rtol=rtol, atol=atol, err_msg=name)
