"""The benchmark times the same computation in both programs, in turn."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

PATH = Path(__file__).parents[2] / "benchmarks" / "rnn_numpy_vs_torch.py"


@pytest.fixture(scope="module")
def benchmark():
    spec = importlib.util.spec_from_file_location("rnn_numpy_vs_torch", PATH)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("size", [(3, 2, 4, 5), (1, 1, 1, 1)])
def test_both_passes_are_timed_and_compute_the_same(benchmark, size):
    runs = list(benchmark.passes(*size))
    names = ["forward", "forward + backward", "loss, all gradients"]
    assert [name for name, _, _ in runs] == names
    for _, ours, theirs in runs:
        assert np.allclose(ours()[0], theirs().detach().numpy(), rtol=0, atol=1e-10)


def test_a_program_that_computes_something_else_is_not_timed(benchmark, monkeypatch):
    def forgets_the_bias(x, h0, W_xh, W_hh, b_h):
        return benchmark_forward(x, h0, W_xh, W_hh, 0 * b_h)

    benchmark_forward = benchmark.rnn_forward
    monkeypatch.setattr(benchmark, "rnn_forward", forgets_the_bias)
    with pytest.raises(AssertionError, match="do not compute the same"):
        next(benchmark.passes(3, 2, 4, 5))


def test_the_two_take_turns(benchmark):
    order: list[str] = []
    timed = benchmark.compare(
        lambda: order.append("a"), lambda: order.append("b"), rounds=3, least=0
    )
    assert order == ["a", "b", "a", "b", "a", "b", "a", "b"]
    assert len(timed.numpy) == len(timed.torch) == len(timed.ratios) == 3


def test_a_ratio_is_taken_round_by_round(benchmark):
    assert benchmark.Comparison([3.0, 1.0], [1.0, 2.0]).ratios == [3.0, 0.5]
