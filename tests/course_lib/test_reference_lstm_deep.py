import re

import numpy as np
import pytest
from lstm_cases import NAMES, assert_all_close, draw_layer, flat, run_torch_lstm, with_last_states

from course_lib.gradcheck import check_gradients
from course_lib.reference.lstm import lstm_backward, lstm_forward
from course_lib.reference.lstm_deep import (
    deep_last_states,
    deep_lstm_backward,
    deep_lstm_forward,
)
from course_lib.reference.over_time import last_states

shapes = pytest.mark.parametrize(("L", "ways"), [(1, 1), (2, 1), (3, 1), (1, 2), (2, 2), (3, 2)])
ragged = pytest.mark.parametrize("ragged", [False, True])


def draw_layers(frozen, L, ways, D, H):
    inputs = [D if number == 0 else ways * H for number in range(L)]
    return [tuple(draw_layer(frozen, size, H) for _ in range(ways)) for size in inputs]


def folded(arrays, L, ways):
    """The inverse of `flat`."""
    triples = [tuple(arrays[k : k + 3]) for k in range(0, len(arrays), 3)]
    return [tuple(triples[ways * number : ways * (number + 1)]) for number in range(L)]


@shapes
@ragged
def test_it_equals_torch(frozen, sizes, L, ways, ragged):
    T, N, D, H = sizes
    lengths = frozen.rng.integers(1, T + 1, size=N) if ragged else None
    layers = draw_layers(frozen, L, ways, D, H)
    x, dh = frozen(T, N, D), frozen(T, N, ways * H)
    h0, c0, dh_T, dc_T = (frozen(L * ways, N, H) for _ in range(4))
    expected = run_torch_lstm(layers, x, h0, c0, dh, dh_T, dc_T, lengths)

    h, cache = deep_lstm_forward(x, h0, c0, layers, lengths)
    dx, dh0, dc0, dlayers = deep_lstm_backward(dh, cache, dh_T, dc_T)
    assert_all_close((h, *deep_last_states(cache), dx, dh0, dc0, *flat(dlayers)), expected)


@pytest.mark.parametrize(("L", "ways"), [(2, 1), (1, 2), (2, 2)])
def test_gradients_equal_central_differences(frozen, L, ways):
    T, N, D, H = 3, 2, 2, 3
    lengths = np.array([2, 3])
    weights = flat(draw_layers(frozen, L, ways, D, H))
    inputs = {"x": frozen(T, N, D), "h0": frozen(L * ways, N, H), "c0": frozen(L * ways, N, H)}
    inputs |= {f"{NAMES[k % 3]}_{k // 3}": weight for k, weight in enumerate(weights)}

    def forward(x, h0, c0, **named):
        layers = folded(list(named.values()), L, ways)
        return deep_lstm_forward(x, h0, c0, layers, lengths)

    def backward(dh, cache, dh_last, dc_last):
        dx, dh0, dc0, dlayers = deep_lstm_backward(dh, cache, dh_last, dc_last)
        return (dx, dh0, dc0, *flat(dlayers))

    forward, backward = with_last_states(forward, backward, deep_last_states)
    report = check_gradients(forward, backward, inputs, frozen.rng, tolerance=1e-6)
    assert report.passed, str(report)


def test_one_layer_is_the_plain_lstm(frozen):
    x, layer, dh = frozen(3, 2, 4), draw_layer(frozen, 4, 5), frozen(3, 2, 5)
    h0, c0 = frozen(1, 2, 5), frozen(1, 2, 5)
    h, cache = deep_lstm_forward(x, h0, c0, [(layer,)])
    plain_h, _, plain_cache = lstm_forward(x, h0[0], c0[0], *layer)
    last = [states[0] for states in deep_last_states(cache)]
    assert_all_close((h, *last), (plain_h, *last_states(plain_cache)))
    dx, dh0, dc0, dlayers = deep_lstm_backward(dh, cache)
    expected = lstm_backward(dh, plain_cache)
    assert_all_close((dx, dh0[0], dc0[0], *dlayers[0][0]), expected)


def test_each_half_knows_its_own_side_only(frozen):
    x, start = frozen(4, 1, 3), np.zeros((2, 1, 5))
    layers = draw_layers(frozen, 1, 2, 3, 5)
    changed = x.copy()
    changed[2] += 1
    h, other = (deep_lstm_forward(inputs, start, start, layers)[0] for inputs in (x, changed))
    moved = h != other
    assert not moved[:2, :, :5].any()
    assert moved[2:, :, :5].all()
    assert moved[:3, :, 5:].all()
    assert not moved[3, :, 5:].any()


def test_dtype_is_kept(frozen):
    x, start = frozen(3, 2, 4, dtype=np.float32), frozen(4, 2, 5, dtype=np.float32)
    layers = [
        tuple(tuple(array.astype(np.float32) for array in weights) for weights in layer)
        for layer in draw_layers(frozen, 2, 2, 4, 5)
    ]
    h, cache = deep_lstm_forward(x, start, start, layers)
    dx, dh0, dc0, dlayers = deep_lstm_backward(h, cache)
    arrays = (h, *deep_last_states(cache), dx, dh0, dc0, *flat(dlayers))
    assert {array.dtype for array in arrays} == {np.dtype(np.float32)}


def test_bad_input_is_named(frozen):
    x, layers = frozen(3, 2, 4), draw_layers(frozen, 2, 2, 4, 5)
    start = frozen(4, 2, 5)
    with pytest.raises(ValueError, match=re.escape("h0: shape (2, 2, 5), expected (4, N, H)")):
        deep_lstm_forward(x, start[:2], start[:2], layers)
    with pytest.raises(ValueError, match=re.escape("c0: shape (2, 2, 5), expected (states, N, H)")):
        deep_lstm_forward(x, start, start[:2], layers)
    with pytest.raises(ValueError, match=re.escape("layer 1: W_x: shape (4, 20), expected")):
        deep_lstm_forward(x, start, start, [layers[0], layers[0]])
    with pytest.raises(ValueError, match="expected at least one layer"):
        deep_lstm_forward(x, start[:0], start[:0], [])
    _, cache = deep_lstm_forward(x, start, start, layers)
    with pytest.raises(ValueError, match=re.escape("dh: shape (3, 2, 5), expected (3, 2, 10)")):
        deep_lstm_backward(frozen(3, 2, 5), cache)
    with pytest.raises(ValueError, match=re.escape("dh_last: shape (2, 2, 5), expected (4, 2, 5)")):
        deep_lstm_backward(frozen(3, 2, 10), cache, start[:2])
    with pytest.raises(ValueError, match=re.escape("dc_last: shape (2, 2, 5), expected (4, 2, 5)")):
        deep_lstm_backward(frozen(3, 2, 10), cache, dc_last=start[:2])
