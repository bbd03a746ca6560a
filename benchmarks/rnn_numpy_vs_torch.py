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
from collections.abc import Callable, Iterator  # noqa: E402
from dataclasses import dataclass  # noqa: E402
from statistics import median  # noqa: E402
from time import process_time  # noqa: E402

import numpy as np  # noqa: E402
import torch  # noqa: E402

from course_lib.init import uniform_init  # noqa: E402
from course_lib.parity import from_torch_deep_rnn, to_torch_deep_rnn  # noqa: E402
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


def passes(T: int, N: int, D: int, H: int) -> Iterator[tuple[str, Run, Run]]:
    """What is timed at one size: (name, ours, PyTorch's).

    Raises:
        AssertionError: if the states or any gradient differ by more than 1e-10.
    """
    rng = np.random.default_rng(0)
    weights = (
        uniform_init(rng, (D, H), H),
        uniform_init(rng, (H, H), H),
        uniform_init(rng, (H,), H),
    )
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
    theirs += from_torch_deep_rnn(module, "gradients")[0]
    for ours, other in zip((h, dx, *dW), theirs, strict=True):
        assert np.abs(ours - other).max() < 1e-10, "the two programs do not compute the same"

    yield "forward", lambda: rnn_forward(x, h0, *weights), torch_forward
    yield "forward + backward", numpy_both, torch_both


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
