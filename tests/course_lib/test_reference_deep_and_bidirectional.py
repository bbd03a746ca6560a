import re

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from course_lib.gradcheck import check_gradients
from course_lib.parity import (
    from_torch_birnn,
    from_torch_deep_birnn,
    from_torch_deep_rnn,
    to_torch_birnn,
    to_torch_deep_birnn,
    to_torch_deep_rnn,
)
from course_lib.reference.bidirectional import (
    birnn_backward,
    birnn_forward,
    deep_birnn_backward,
    deep_birnn_forward,
)
from course_lib.reference.deep import deep_rnn_backward, deep_rnn_forward
from course_lib.reference.rnn import rnn_backward, rnn_forward

NAMES = ("W_xh", "W_hh", "b_h")
depths = pytest.mark.parametrize("L", [1, 2, 3])


def deep_layers(frozen, L, D, H):
    return [frozen.layer(D if number == 0 else H, H) for number in range(L)]


def deep_pairs(frozen, L, D, H):
    inputs = [D if number == 0 else 2 * H for number in range(L)]
    return [(frozen.layer(size, H), frozen.layer(size, H)) for size in inputs]


def run_torch(module, x, h0, dh):
    x, h0 = torch.tensor(x, requires_grad=True), torch.tensor(h0, requires_grad=True)
    h, _ = module(x, h0)
    (h * torch.tensor(dh)).sum().backward()
    return h.detach().numpy(), x.grad.numpy(), h0.grad.numpy()


def assert_all_close(got, expected):
    for one, other in zip(got, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-10, atol=1e-12)


def flat(layers):
    """A list of layers, or of pairs of layers, as named arrays."""
    named = {}
    for number, layer in enumerate(layers):
        ways = [layer] if isinstance(layer[0], np.ndarray) else layer
        for way, weights in enumerate(ways):
            named |= {f"{name}_{number}_{way}": w for name, w in zip(NAMES, weights, strict=True)}
    return named


def folded(named, ways):
    """The inverse of `flat`."""
    arrays = list(named.values())
    triples = [tuple(arrays[i : i + 3]) for i in range(0, len(arrays), 3)]
    return triples if ways == 1 else list(zip(triples[::2], triples[1::2], strict=True))


@depths
def test_deep_network_equals_torch(frozen, sizes, L):
    T, N, D, H = sizes
    x, h0, dh = frozen(T, N, D), frozen(L, N, H), frozen(T, N, H)
    layers = deep_layers(frozen, L, D, H)
    h, cache = deep_rnn_forward(x, h0, layers)
    dx, dh0, grads = deep_rnn_backward(dh, cache)
    module = to_torch_deep_rnn(layers)
    assert_all_close((h, dx, dh0), run_torch(module, x, h0, dh))
    for got, expected in zip(grads, from_torch_deep_rnn(module, "gradients"), strict=True):
        assert_all_close(got, expected)


def test_bidirectional_network_equals_torch(frozen, sizes):
    T, N, D, H = sizes
    x, h0, dh = frozen(T, N, D), frozen(2, N, H), frozen(T, N, 2 * H)
    forward, backward = frozen.layer(D, H), frozen.layer(D, H)
    h, cache = birnn_forward(x, h0, forward=forward, backward=backward)
    dx, dh0, *grads = birnn_backward(dh, cache)
    module = to_torch_birnn(forward, backward)
    assert_all_close((h, dx, dh0), run_torch(module, x, h0, dh))
    for got, expected in zip(grads, from_torch_birnn(module, "gradients"), strict=True):
        assert_all_close(got, expected)


@depths
def test_deep_bidirectional_network_equals_torch(frozen, sizes, L):
    T, N, D, H = sizes
    x, h0, dh = frozen(T, N, D), frozen(2 * L, N, H), frozen(T, N, 2 * H)
    layers = deep_pairs(frozen, L, D, H)
    h, cache = deep_birnn_forward(x, h0, layers)
    dx, dh0, grads = deep_birnn_backward(dh, cache)
    module = to_torch_deep_birnn(layers)
    assert_all_close((h, dx, dh0), run_torch(module, x, h0, dh))
    for got, expected in zip(grads, from_torch_deep_birnn(module, "gradients"), strict=True):
        for one, other in zip(got, expected, strict=True):
            assert_all_close(one, other)


@pytest.mark.parametrize("L", [1, 2])
@pytest.mark.parametrize("ways", [1, 2])
def test_gradients_equal_central_differences(frozen, sizes, L, ways):
    T, N, D, H = sizes
    make, forward, backward = {
        1: (deep_layers, deep_rnn_forward, deep_rnn_backward),
        2: (deep_pairs, deep_birnn_forward, deep_birnn_backward),
    }[ways]
    weights = flat(make(frozen, L, D, H))
    inputs = {"x": frozen(T, N, D), "h0": frozen(L * ways, N, H), **weights}

    def run(x, h0, **named):
        return forward(x, h0, folded(named, ways))

    def gradients(dh, cache):
        dx, dh0, grads = backward(dh, cache)
        return {"x": dx, "h0": dh0, **flat(grads)}

    report = check_gradients(run, gradients, inputs, frozen.rng)
    assert report.passed, str(report)


def test_one_layer_is_the_plain_network(frozen):
    x, h0, layer, dh = frozen(3, 2, 4), frozen(1, 2, 5), frozen.layer(4, 5), frozen(3, 2, 5)
    h, cache = deep_rnn_forward(x, h0, [layer])
    plain, plain_cache = rnn_forward(x, h0[0], *layer)
    np.testing.assert_array_equal(h, plain)
    dx, dh0, grads = deep_rnn_backward(dh, cache)
    expected = rnn_backward(dh, plain_cache)
    assert_all_close((dx, dh0[0], *grads[0]), expected)


@given(st.integers(0, 2**32 - 1), *[st.integers(1, 4)] * 4)
def test_reading_backwards_with_the_directions_swapped_swaps_the_halves(seed, T, N, D, H):
    draw = np.random.default_rng(seed).normal
    x, h0 = draw(size=(T, N, D)), draw(size=(2, N, H))
    one, other = [(draw(size=(D, H)), draw(size=(H, H)), draw(size=H)) for _ in range(2)]
    h, _ = birnn_forward(x, h0, one, other)
    mirrored, _ = birnn_forward(x[::-1], h0[::-1], other, one)
    expected = np.concatenate([h[::-1, :, H:], h[::-1, :, :H]], axis=-1)
    np.testing.assert_allclose(mirrored, expected, rtol=1e-12)


def test_each_half_knows_its_own_side_only(frozen):
    x, h0 = frozen(4, 1, 3), frozen(2, 1, 5)
    layers = frozen.layer(3, 5), frozen.layer(3, 5)
    h, _ = birnn_forward(x, h0, *layers)
    changed = x.copy()
    changed[2] += 1
    other, _ = birnn_forward(changed, h0, *layers)
    moved = np.any(h != other, axis=1)
    np.testing.assert_array_equal(moved[:, :5].all(axis=1), [False, False, True, True])
    np.testing.assert_array_equal(moved[:, 5:].all(axis=1), [True, True, True, False])
    assert not moved[:2, :5].any()
    assert not moved[3, 5:].any()


def test_dtype_is_kept(frozen):
    def layer(D, H):
        return tuple(frozen(*shape, dtype=np.float32) for shape in ((D, H), (H, H), (H,)))

    x, h0 = frozen(3, 2, 4, dtype=np.float32), frozen(4, 2, 5, dtype=np.float32)
    h, cache = deep_birnn_forward(x, h0, [(layer(4, 5), layer(4, 5)), (layer(10, 5), layer(10, 5))])
    dx, dh0, grads = deep_birnn_backward(h, cache)
    arrays = [h, dx, dh0, *flat(grads).values()]
    assert {a.dtype for a in arrays} == {np.dtype(np.float32)}


def test_bad_input_is_named(frozen):
    x, right = frozen(3, 2, 4), frozen.layer(4, 5)
    wrong = frozen.layer(3, 5)
    with pytest.raises(ValueError, match=re.escape("h0: shape (3, 2, 5), expected (2, N, H)")):
        birnn_forward(x, frozen(3, 2, 5), right, right)
    with pytest.raises(ValueError, match=re.escape("W_xh: shape (3, 5), expected (D, H) with D")):
        birnn_forward(x, frozen(2, 2, 5), right, wrong)
    with pytest.raises(ValueError, match=re.escape("layer 1: W_xh: shape (4, 5), expected")):
        deep_rnn_forward(x, frozen(2, 2, 5), [right, right])
    with pytest.raises(ValueError, match=re.escape("h0: shape (1, 2, 5), expected (2, N, H)")):
        deep_rnn_forward(x, frozen(1, 2, 5), [right, right])
    with pytest.raises(ValueError, match="layers: expected at least one layer"):
        deep_rnn_forward(x, frozen(0, 2, 5), [])
    with pytest.raises(ValueError, match=re.escape("h0: shape (2, 2, 5), expected (4, N, H)")):
        deep_birnn_forward(x, frozen(2, 2, 5), [(right, right), (right, right)])
    deep = (frozen.layer(5, 5), frozen.layer(5, 5))
    with pytest.raises(
        ValueError, match=re.escape("layer 1: forward: W_xh: shape (5, 5), expected")
    ):
        deep_birnn_forward(x, frozen(4, 2, 5), [(right, right), deep])
    _, cache = birnn_forward(x, frozen(2, 2, 5), right, right)
    with pytest.raises(ValueError, match=re.escape("dh: shape (2, 2, 10), expected (3, 2, 10)")):
        birnn_backward(frozen(2, 2, 10), cache)
