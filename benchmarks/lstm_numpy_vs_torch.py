"""The LSTM in our NumPy reference against torch.nn.LSTM, on the CPU, one thread each.

    python benchmarks/lstm_numpy_vs_torch.py [--rounds 15]

Beside it the floor of any NumPy program: the matrix products alone, as few and as large as the
recurrence lets them be. Before a size is timed, both programs must give the same numbers.
"""

from collections.abc import Iterator

from side_by_side import Run, compare, print_heading, print_row, read_rounds, require_same

# isort: split
import numpy as np
import torch

from course_lib.gate_orders import to_pytorch
from course_lib.reference.lstm_fast import lstm_fast_backward, lstm_fast_forward
from course_lib.reference.lstm_start import lstm_start

SIZES = ((64, 32, 128, 256), (20, 16, 32, 32), (100, 64, 128, 128), (200, 8, 64, 128))
#: How far results may be apart: sums over all steps and sequences in each type's own rounding.
TOLERANCES = {"float64": 1e-10, "float32": 1e-2}


def passes(T: int, N: int, D: int, H: int, dtype: str) -> Iterator[tuple[str, Run, Run]]:
    """What is timed at one size: (name, ours, PyTorch's).

    Raises:
        AssertionError: if a state or any gradient differs by more than the type's tolerance.
    """
    rng = np.random.default_rng(0)
    weights = [array.astype(dtype) for array in lstm_start(rng, D, H, forget_bias=1.0)]
    W_x, W_h, b = weights
    x, dh = (rng.normal(size=(T, N, size)).astype(dtype) for size in (D, H))
    zero = np.zeros((N, H), dtype=dtype)
    module = torch.nn.LSTM(D, H, dtype=getattr(torch, dtype))
    module.load_state_dict({name: torch.tensor(a) for name, a in to_pytorch(W_x, W_h, b).items()})
    x_torch, dh_torch = torch.tensor(x, requires_grad=True), torch.tensor(dh)

    def numpy_forward() -> np.ndarray:
        return lstm_fast_forward(x, zero, zero, W_x, W_h, b)[0]

    def numpy_both() -> tuple[np.ndarray, ...]:
        h, _, cache = lstm_fast_forward(x, zero, zero, W_x, W_h, b)
        return h, *lstm_fast_backward(dh, cache)

    def torch_forward() -> torch.Tensor:
        with torch.no_grad():
            return module(x_torch)[0]

    def torch_both() -> torch.Tensor:
        module.zero_grad()
        x_torch.grad = None
        h, _ = module(x_torch)
        h.backward(dh_torch)
        return h

    h, dx, _, _, dW_x, dW_h, db = numpy_both()
    h_torch = torch_both().detach()
    grads = [module.get_parameter(name).grad.T for name in ("weight_ih_l0", "weight_hh_l0")]
    theirs = [h_torch, x_torch.grad, *grads, module.bias_ih_l0.grad]
    require_same([h, dx, dW_x, dW_h, db], [a.numpy() for a in theirs], TOLERANCES[dtype])
    yield "forward", numpy_forward, torch_forward
    yield "forward + backward", numpy_both, torch_both
    yield "products alone", products(x, h, W_x, W_h), torch_both


def products(x: np.ndarray, h: np.ndarray, W_x: np.ndarray, W_h: np.ndarray) -> Run:
    """The matrix products of a forward and a backward pass, and nothing else."""
    rows_x, rows_h = x.reshape(-1, x.shape[2]), h.reshape(-1, h.shape[2])
    da = np.repeat(h, 4, axis=2)
    rows_da, W_h_T = da.reshape(-1, da.shape[2]), np.ascontiguousarray(W_h.T)

    def run() -> tuple[np.ndarray, ...]:
        from_inputs = rows_x @ W_x
        for t in range(len(h)):
            h[t] @ W_h
        for t in range(len(h)):
            da[t] @ W_h_T
        return from_inputs, rows_da @ W_x.T, rows_x.T @ rows_da, rows_h.T @ rows_da

    return run


def main() -> None:
    rounds = read_rounds(__doc__)
    print_heading()
    for size in SIZES:
        for dtype in TOLERANCES:
            for name, ours, theirs in passes(*size, dtype):
                print_row(size, f"{name}, {dtype}", compare(ours, theirs, rounds))


if __name__ == "__main__":
    main()
