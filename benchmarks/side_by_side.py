"""Our NumPy and PyTorch timed in turn, on the CPU, one thread each. Import this before either.

What counts is the ratio of the two times in the same round: seconds belong to a machine, a ratio
less so. Times are processor time: other programs hardly lengthen it.
"""

import argparse
import os

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"  # before NumPy and torch are loaded

import platform  # noqa: E402
from collections.abc import Callable, Sequence  # noqa: E402
from dataclasses import dataclass  # noqa: E402
from statistics import median  # noqa: E402
from time import process_time  # noqa: E402

import numpy as np  # noqa: E402
import torch  # noqa: E402

Run = Callable[[], object]
WIDTHS = (4, 5, 5, 5)


@dataclass(frozen=True)
class Comparison:
    """Processor seconds of each round for both programs."""

    numpy: list[float]
    torch: list[float]

    @property
    def ratios(self) -> list[float]:
        """NumPy's time over PyTorch's, round by round."""
        return [ours / theirs for ours, theirs in zip(self.numpy, self.torch, strict=True)]


def require_same(
    ours: Sequence[np.ndarray], theirs: Sequence[np.ndarray], tolerance: float = 1e-10
) -> None:
    """Raise AssertionError if one of our arrays differs from theirs by more than `tolerance`."""
    for one, other in zip(ours, theirs, strict=True):
        assert np.abs(one - other).max() < tolerance, "the two programs do not compute the same"


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


def read_rounds(description: str) -> int:
    """How often each pair is timed, from the command line."""
    parser = argparse.ArgumentParser(description=description.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=15, help="how often each pair is timed")
    return parser.parse_args().rounds


def print_heading() -> None:
    """What is compared, and the columns of `print_row`."""
    torch.set_num_threads(1)
    versions = f"NumPy {np.__version__}, torch {torch.__version__}"
    print(f"{versions}, {platform.machine()}, float64 unless said otherwise, one thread")
    print("ratio = NumPy's time : PyTorch's, median (least - most) over the rounds\n")
    sizes = "".join(f"{name:>{width}}" for name, width in zip("TNDH", WIDTHS, strict=True))
    print(f"{sizes}  {'pass':26}{'NumPy ms':>10}{'torch ms':>10}   ratio")


def print_row(size: Sequence[int], name: str, timed: Comparison) -> None:
    """One comparison at one size (T, N, D, H)."""
    sizes = "".join(f"{n:{width}d}" for n, width in zip(size, WIDTHS, strict=True))
    ours, theirs, ratios = 1e3 * median(timed.numpy), 1e3 * median(timed.torch), timed.ratios
    spread = f"{median(ratios):.2f} ({min(ratios):.2f} - {max(ratios):.2f})"
    print(f"{sizes}  {name:26}{ours:10.3f}{theirs:10.3f}   {spread}", flush=True)
