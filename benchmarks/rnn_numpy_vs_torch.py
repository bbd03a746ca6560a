"""The simple RNN in our NumPy reference against torch.nn.RNN, on the CPU, one thread each.

    python benchmarks/rnn_numpy_vs_torch.py [--rounds 15]

The two take turns in one run, and what counts is the ratio of their times in the same round:
seconds belong to a machine, a ratio less so. Times are processor time: other programs hardly
lengthen it.
Before a size is timed, both programs must give the same numbers.
"""

import argparse
import os

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"  # before NumPy and torch are loaded

import platform  # noqa: E402
from collections.abc import Callable, Iterator, Sequence  # noqa: E402
from dataclasses import dataclass  # noqa: E402
from statistics import median  # noqa: E402
from time import process_time  # noqa: E402

import numpy as np  # noqa: E402
import torch  # noqa: E402

from course_lib.init import uniform_init  # noqa: E402
from course_lib.parity import from_torch_deep_rnn, to_torch_deep_rnn  # noqa: E402
from course_lib.reference.bptt import bptt  # noqa: E402
from course_lib.reference.rnn import rnn_backward, rnn_forward  # noqa: E402

Run = Callable[[], object]
SIZES = (
    (20, 1, 8, 8),
    (20, 16, 32, 32),
    (100, 16, 32, 32),
    (20, 64, 128, 128),
    (100, 64, 128, 128),
)


@dataclass(frozen=True)
class Comparison:
    """Processor seconds of each round for both programs."""

    numpy: list[float]
    torch: list[float]

    @property
    def ratios(self) -> list[float]:
        """NumPy's time over PyTorch's, round by round."""
        return [ours / theirs for ours, theirs in zip(self.numpy, self.torch, strict=True)]


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
    _require_same([h, dx, *dW], [*theirs, *from_torch_deep_rnn(module, "gradients")[0]])
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
    _require_same([np.asarray(L), *grads.values()], theirs)
    yield "loss, all gradients", lambda: bptt(x, y, h0, params, "cross-entropy"), torch_all


def _require_same(ours: Sequence[np.ndarray], theirs: Sequence[np.ndarray]) -> None:
    for one, other in zip(ours, theirs, strict=True):
        assert np.abs(one - other).max() < 1e-10, "the two programs do not compute the same"


def compare(ours: Run, theirs: Run, rounds: int, least: float = 0.02) -> Comparison:
    """Time both in turn, `rounds` times; each time is a mean over `least` seconds of calls."""
    calls = [max(1, round(least / seconds(run, 1))) for run in (ours, theirs)]
    result = Comparison([], [])
    for _ in range(rounds):
        result.numpy.append(seconds(ours, calls[0]))
        result.torch.append(seconds(theirs, calls[1]))
    return result


def seconds(run: Run, calls: int) -> float:
    """Mean processor time of a call."""
    start = process_time()
    for _ in range(calls):
        run()
    return (process_time() - start) / calls


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=15, help="how often each pair is timed")
    rounds = parser.parse_args().rounds
    torch.set_num_threads(1)

    print(
        f"NumPy {np.__version__}, torch {torch.__version__}, {platform.machine()}, "
        "float64, one thread"
    )
    print("ratio = NumPy's time : PyTorch's, median (least - most) over the rounds\n")
    print(f"{'T':>4}{'N':>5}{'D':>5}{'H':>5}  {'pass':20}{'NumPy ms':>10}{'torch ms':>10}   ratio")
    for size in SIZES:
        for name, ours, theirs in passes(*size):
            timed = compare(ours, theirs, rounds)
            ratios = sorted(timed.ratios)
            sizes = "".join(f"{n:{width}d}" for n, width in zip(size, (4, 5, 5, 5), strict=True))
            ours_ms, theirs_ms = 1e3 * median(timed.numpy), 1e3 * median(timed.torch)
            print(
                f"{sizes}  {name:20}{ours_ms:10.3f}{theirs_ms:10.3f}"
                f"   {median(ratios):.2f} ({ratios[0]:.2f} - {ratios[-1]:.2f})"
            )


if __name__ == "__main__":
    main()
