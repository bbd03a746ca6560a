"""The benchmark times the same computation in both programs, and its products alone."""

import numpy as np
import pytest


@pytest.fixture
def benchmark(load_benchmark):
    return load_benchmark("lstm_numpy_vs_torch")


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("size", [(3, 2, 4, 5), (1, 1, 1, 1)])
def test_both_passes_are_timed_and_compute_the_same(benchmark, size, dtype):
    (_, *forward), (_, *both), (name, *_) = benchmark.passes(*size, dtype)
    assert name == "products alone"
    h, (h_too, *_) = forward[0](), both[0]()
    assert h.dtype == h_too.dtype == dtype
    tolerance = 1e-10 if dtype == "float64" else 1e-5
    for states in (h_too, forward[1](), both[1]().detach()):
        np.testing.assert_allclose(h, states, rtol=0, atol=tolerance)


def test_the_products_are_those_of_the_pass(benchmark):
    """As many multiplications as steps, sizes and both directions ask for."""
    T, N, D, H = 3, 2, 4, 5
    counted = []

    class Counted(np.ndarray):
        def __array_ufunc__(self, ufunc, method, *inputs, **options):
            plain = [np.asarray(array) for array in inputs]
            if ufunc is np.matmul:
                counted.append(plain[0].size * plain[1].shape[1])
            return getattr(ufunc, method)(*plain, **options)

    rng = np.random.default_rng(0)
    shapes = ((T, N, D), (T, N, H), (D, 4 * H), (H, 4 * H))
    arrays = [rng.normal(size=shape).view(Counted) for shape in shapes]
    benchmark.products(*arrays)()
    assert sum(counted) == 3 * T * N * (D + H) * 4 * H


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_a_program_that_computes_something_else_is_not_timed(benchmark, monkeypatch, dtype):
    def forgets_the_bias(x, h0, c0, W_x, W_h, b):
        return lstm_fast_forward(x, h0, c0, W_x, W_h, 0 * b)

    lstm_fast_forward = benchmark.lstm_fast_forward
    monkeypatch.setattr(benchmark, "lstm_fast_forward", forgets_the_bias)
    with pytest.raises(AssertionError, match="do not compute the same"):
        next(benchmark.passes(3, 2, 4, 5, dtype))
