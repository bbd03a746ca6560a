"""The benchmark times the same computation in both programs."""

import numpy as np
import pytest


@pytest.fixture
def benchmark(load_benchmark):
    return load_benchmark("rnn_numpy_vs_torch")


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
