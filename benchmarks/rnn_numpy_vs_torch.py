"""The simple RNN in our NumPy reference against torch.nn.RNN, on the CPU, one thread each.

    python benchmarks/rnn_numpy_vs_torch.py [--rounds 15]

Before a size is timed, both programs must give the same numbers.
"""

from collections.abc import Iterator

from side_by_side import Run, compare, print_heading, print_row, read_rounds, require_same

# isort: split
import numpy as np
import torch

from course_lib.init import uniform_init
from course_lib.parity import from_torch_deep_rnn, to_torch_deep_rnn
from course_lib.reference.bptt import bptt
from course_lib.reference.rnn import rnn_backward, rnn_forward

SIZES = (
    (20, 1, 8, 8),
    (20, 16, 32, 32),
    (100, 16, 32, 32),
    (20, 64, 128, 128),
    (100, 64, 128, 128),
)

Weights = tuple[np.ndarray, np.ndarray, np.ndarray]


def passes(T: int, N: int, D: int, H: int) -> Iterator[tuple[str, Run, Run]]:
    """What is timed at one size: (name, ours, PyTorch's).

    Raises:
        AssertionError: if a state, a loss or any gradient differs by more than 1e-10.
    """
    rng = np.random.default_rng(0)
    weights = (
        uniform_init(rng, (D, H), H),
        uniform_init(rng, (H, H), H),
        uniform_init(rng, (H,), H),
    )
    yield from _states(rng, T, N, D, H, weights)
    yield from _training(rng, T, N, D, H, weights)


def _states(
    rng: np.random.Generator, T: int, N: int, D: int, H: int, weights: Weights
) -> Iterator[tuple[str, Run, Run]]:
    x, h0, dh = rng.normal(size=(T, N, D)), np.zeros((N, H)), rng.normal(size=(T, N, H))
    module = to_torch_deep_rnn([weights])
    x_torch, dh_torch = torch.tensor(x, requires_grad=True), torch.tensor(dh)

    def numpy_both() -> tuple[np.ndarray, ...]:
        h, cache = rnn_forward(x, h0, *weights)
        return h, *rnn_backward(dh, cache)

    def torch_forward() -> torch.Tensor:
        with torch.no_grad():
            return module(x_torch)[0]

    def torch_both() -> torch.Tensor:
        module.zero_grad()
        x_torch.grad = None
        h, _ = module(x_torch)
        h.backward(dh_torch)
        return h

    h, dx, _, *dW = numpy_both()
    theirs = [torch_both().detach().numpy(), x_torch.grad.numpy()]
    require_same([h, dx, *dW], [*theirs, *from_torch_deep_rnn(module, "gradients")[0]])
    yield "forward", lambda: rnn_forward(x, h0, *weights), torch_forward
    yield "forward + backward", numpy_both, torch_both


def _training(
    rng: np.random.Generator, T: int, N: int, D: int, H: int, weights: Weights
) -> Iterator[tuple[str, Run, Run]]:
    """With an output layer of D classes: the cross-entropy and the gradients of all parameters."""
    W_hy, b_y = uniform_init(rng, (H, D), H), uniform_init(rng, (D,), H)
    params = dict(zip(("W_xh", "W_hh", "b_h"), weights, strict=True)) | {"W_hy": W_hy, "b_y": b_y}
    x, h0, y = rng.normal(size=(T, N, D)), np.zeros((N, H)), rng.integers(D, size=(T, N))
    module, layer = to_torch_deep_rnn([weights]), torch.nn.Linear(H, D).double()
    with torch.no_grad():
        layer.weight.copy_(torch.tensor(W_hy.T))
        layer.bias.copy_(torch.tensor(b_y))
    x_torch, y_torch = torch.tensor(x), torch.tensor(y).reshape(-1)

    def torch_all() -> torch.Tensor:
        module.zero_grad()
        layer.zero_grad()
        o = layer(module(x_torch)[0]).reshape(T * N, D)
        L = torch.nn.functional.cross_entropy(o, y_torch)
        L.backward()
        return L

    L, grads, _, _ = bptt(x, y, h0, params, "cross-entropy")
    theirs = [torch_all().detach().numpy(), *from_torch_deep_rnn(module, "gradients")[0]]
    assert layer.weight.grad is not None
    assert layer.bias.grad is not None
    theirs += [layer.weight.grad.numpy().T, layer.bias.grad.numpy()]
    require_same([np.asarray(L), *grads.values()], theirs)
    yield "loss, all gradients", lambda: bptt(x, y, h0, params, "cross-entropy"), torch_all


def main() -> None:
    rounds = read_rounds(__doc__)
    print_heading()
    for size in SIZES:
        for name, ours, theirs in passes(*size):
            print_row(size, name, compare(ours, theirs, rounds))


if __name__ == "__main__":
    main()
