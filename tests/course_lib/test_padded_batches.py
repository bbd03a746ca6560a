"""Sequences of different lengths in one batch: as PyTorch's packed ones, and as each alone."""

import re
from functools import partial

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from course_lib import models
from course_lib.autograd import Value, value_and_grad
from course_lib.data.padding import lengths_of, mask_of, pad_sequences, steps_that_count
from course_lib.gradcheck import check_gradients
from course_lib.parity import (
    from_torch_deep_birnn,
    from_torch_deep_rnn,
    to_torch_deep_birnn,
    to_torch_deep_rnn,
)
from course_lib.reference import models as by_hand
from course_lib.reference.bidirectional import (
    birnn_backward,
    birnn_forward,
    birnn_last_states,
    deep_birnn_backward,
    deep_birnn_forward,
    deep_birnn_last_states,
    reverse,
)
from course_lib.reference.deep import deep_last_states, deep_rnn_backward, deep_rnn_forward
from course_lib.reference.rnn import last_state, rnn_backward, rnn_forward
from course_lib.reference.variants import variant_backward, variant_forward

JOINS = ("concat", "sum", "mean", "product")
T, N, D, H, K = 4, 3, 2, 5, 3
LENGTHS = np.array([2, 4, 1])
INSIDE = mask_of(LENGTHS, T)
#: Batches of 4 steps, also such as hold sequences of no step at all.
BATCHES = [[2, 4, 1], [4, 4, 4], [1, 1, 1], [0, 3, 4], [0, 0, 0]]

# forward, backward, last states, layers for an input of size D, and what of torch is the same
NETWORKS = {
    1: (deep_rnn_forward, deep_rnn_backward, deep_last_states, to_torch_deep_rnn),
    2: (deep_birnn_forward, deep_birnn_backward, deep_birnn_last_states, to_torch_deep_birnn),
}


def draw_layers(frozen, L, ways):
    sizes = [D, *[H * ways] * (L - 1)]
    if ways == 1:
        return [frozen.layer(size, H) for size in sizes]
    return [(frozen.layer(size, H), frozen.layer(size, H)) for size in sizes]


def arrays_of(grads):
    """All arrays in nested lists and tuples."""
    if isinstance(grads, np.ndarray):
        return [grads]
    return [array for part in grads for array in arrays_of(part)]


@pytest.mark.parametrize("ways", NETWORKS)
@pytest.mark.parametrize("L", [1, 2])
@pytest.mark.parametrize("lengths", BATCHES[:3])
def test_padded_batches_equal_packed_ones_of_torch(frozen, ways, L, lengths):
    forward, backward, last_states, to_torch = NETWORKS[ways]
    x, h0 = frozen(T, N, D), frozen(L * ways, N, H)
    dh, dh_last, layers = (
        frozen(T, N, H * ways),
        frozen(L * ways, N, H),
        draw_layers(frozen, L, ways),
    )
    h, cache = forward(x, h0, layers, np.array(lengths))
    last = last_states(cache)
    dx, dh0, grads = backward(dh, cache, dh_last)

    module = to_torch(layers)
    leaves = [torch.tensor(array, requires_grad=True) for array in (x, h0)]
    packed = pack_padded_sequence(leaves[0], torch.tensor(lengths), enforce_sorted=False)
    out, h_n = module(packed, leaves[1])
    out, _ = pad_packed_sequence(out, total_length=T)
    ((out * torch.tensor(dh)).sum() + (h_n * torch.tensor(dh_last)).sum()).backward()
    from_torch = {1: from_torch_deep_rnn, 2: from_torch_deep_birnn}[ways]
    got = [h, last, dx, dh0, *arrays_of(grads)]
    expected = [out.detach().numpy(), h_n.detach().numpy(), leaves[0].grad, leaves[1].grad]
    expected += arrays_of(from_torch(module, "gradients"))
    for one, other in zip(got, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("lengths", [None, *BATCHES])
@pytest.mark.parametrize("join", JOINS)
def test_gradients_of_states_and_last_states_equal_central_differences(frozen, lengths, join):
    lengths = None if lengths is None else np.array(lengths)
    names = ("U_xh", "U_hh", "c_h", "V_xh", "V_hh", "d_h")
    weights = dict(zip(names, (*frozen.layer(D, H), *frozen.layer(D, H)), strict=True))
    inputs = {"x": frozen(T, N, D), "h0": frozen(2, N, H), **weights}

    def forward(x, h0, **weights):
        w = list(weights.values())
        h, cache = birnn_forward(x, h0, tuple(w[:3]), tuple(w[3:]), lengths, join)
        return np.concatenate([h.ravel(), birnn_last_states(cache).ravel()]), (h.shape, cache)

    def backward(dy, cache):
        shape, cache = cache
        dh, dh_last = np.split(dy, [np.prod(shape)])
        dh, dh_last = dh.reshape(shape), dh_last.reshape(2, N, H)
        dx, dh0, right, left = birnn_backward(dh, cache, dh_last)
        return {"x": dx, "h0": dh0, **dict(zip(names, (*right, *left), strict=True))}

    report = check_gradients(forward, backward, inputs, frozen.rng)
    assert report.passed, str(report)


@pytest.mark.parametrize("join", JOINS)
def test_a_deep_network_takes_every_join(frozen, join):
    """One layer after the other, and the gradient of what comes out of the first."""
    J = 2 * H if join == "concat" else H
    layers = [(frozen.layer(size, H), frozen.layer(size, H)) for size in (D, J)]
    x, h0, dh = frozen(T, N, D), frozen(4, N, H), frozen(T, N, J)
    h, cache = deep_birnn_forward(x, h0, layers, LENGTHS, join)
    first, cache1 = birnn_forward(x, h0[:2], *layers[0], LENGTHS, join)
    second, cache2 = birnn_forward(first, h0[2:], *layers[1], LENGTHS, join)
    np.testing.assert_array_equal(h, second)
    dfirst, dh0_2, *_ = birnn_backward(dh, cache2)
    dx, dh0_1, *_ = birnn_backward(dfirst, cache1)
    got = deep_birnn_backward(dh, cache)
    np.testing.assert_array_equal(got[0], dx)
    np.testing.assert_array_equal(got[1], np.concatenate([dh0_1, dh0_2]))


@pytest.mark.parametrize("activation", ["tanh", "relu", "sigmoid", "identity"])
@pytest.mark.parametrize("lengths", BATCHES)
def test_gradients_of_variants_equal_central_differences(frozen, activation, lengths):
    names = ("W_xh", "W_hh", "b_h", "W_skip")
    inputs = {"x": frozen(T, N, D), "h0": frozen(N, H)}
    inputs |= dict(zip(names, (*frozen.layer(D, H), frozen(H, H)), strict=True))
    options = {"d": 2, "activation": activation, "lengths": np.array(lengths)}
    report = check_gradients(
        lambda **arrays: variant_forward(**arrays, **options),
        lambda dh, cache: tuple(variant_backward(dh, cache)),
        inputs,
        frozen.rng,
    )
    assert report.passed, str(report)


@given(st.integers(0, 2**32 - 1), st.lists(st.integers(1, 5), min_size=1, max_size=4))
def test_each_sequence_is_read_as_if_it_were_alone(seed, lengths):
    draw = np.random.default_rng(seed).normal
    lengths = np.array(lengths)
    x, h0 = draw(size=(lengths.max(), len(lengths), D)), draw(size=(2, len(lengths), H))
    layers = [(draw(size=(D, H)), draw(size=(H, H)), draw(size=H)) for _ in range(2)]
    h, cache = birnn_forward(x, h0, *layers, lengths)
    last = birnn_last_states(cache)
    for n, length in enumerate(lengths):
        alone, cache = birnn_forward(x[:length, [n]], h0[:, [n]], *layers)
        np.testing.assert_allclose(h[:length, n], alone[:, 0], rtol=1e-12)
        np.testing.assert_array_equal(h[length:, n], 0)
        np.testing.assert_allclose(last[:, n], birnn_last_states(cache)[:, 0], rtol=1e-12)


@given(st.integers(0, 2**32 - 1), st.lists(st.integers(0, 5), min_size=1, max_size=4))
def test_turning_round_twice_gives_the_same(seed, lengths):
    x = np.random.default_rng(seed).normal(size=(5, len(lengths), 2))
    once = reverse(x, np.array(lengths))
    np.testing.assert_array_equal(reverse(once, np.array(lengths)), x)
    for n, length in enumerate(lengths):
        np.testing.assert_array_equal(once[:length, n], x[:length, n][::-1])


def test_a_sequence_of_no_step_keeps_its_first_state(frozen):
    h0 = frozen(N, H)
    h, cache = rnn_forward(frozen(T, N, D), h0, *frozen.layer(D, H), np.array([0, 1, 4]))
    np.testing.assert_array_equal(last_state(cache)[0], h0[0])
    dh_last = frozen(N, H)
    _, dh0, *_ = rnn_backward(np.zeros_like(h), cache, dh_last)
    np.testing.assert_array_equal(dh0[0], dh_last[0])


@pytest.mark.parametrize("library", [models, by_hand], ids=["public", "by hand"])
@pytest.mark.parametrize("name", ["tagger", "bidirectional_tagger", "classifier", "language_model"])
def test_a_padded_batch_has_the_loss_and_the_gradients_of_its_sequences(library, name):
    rng = np.random.default_rng(0)
    D_in = K if name == "language_model" else D
    init = models.init_birnn_params if "bi" in name else models.init_rnn_params
    params = init(rng, D_in, H, K)
    x, y = rng.normal(size=(T, N, D)), rng.integers(K, size=(T, N))
    loss_of = getattr(library, f"{name}_loss")
    evaluate = value_and_grad(loss_of) if library is models else loss_of
    nowhere = np.where(INSIDE[..., None], x, np.nan)
    unread = np.where(INSIDE, y, -100)
    whole, alone = {
        "classifier": (
            lambda: evaluate(params, nowhere, y[0], LENGTHS, "mean"),
            lambda n, t: evaluate(params, x[:t, [n]], y[0, [n]], None, "mean"),
        ),
        "language_model": (
            lambda: evaluate(params, unread, INSIDE),
            lambda n, t: evaluate(params, y[:t, [n]]),
        ),
    }.get(
        name,
        (
            lambda: evaluate(params, nowhere, unread, INSIDE),
            lambda n, t: evaluate(params, x[:t, [n]], y[:t, [n]]),
        ),
    )
    loss, grads = whole()
    weights = np.ones(N) / N if name == "classifier" else LENGTHS / LENGTHS.sum()
    each = [alone(n, length) for n, length in enumerate(LENGTHS)]
    assert loss == pytest.approx(np.dot(weights, [part for part, _ in each]), rel=1e-10)
    for key, gradient in grads.items():
        expected = sum(w * part[key] for w, (_, part) in zip(weights, each, strict=True))
        np.testing.assert_allclose(gradient, expected, rtol=1e-10, atol=1e-14, err_msg=key)


@pytest.mark.parametrize("library", [models, by_hand], ids=["public", "by hand"])
@pytest.mark.parametrize("name", ["tagger", "bidirectional_tagger"])
def test_lengths_say_what_is_read_where_the_mask_leaves_out_more(library, name):
    rng = np.random.default_rng(0)
    two_ways = "bi" in name
    params = (models.init_birnn_params if two_ways else models.init_rnn_params)(rng, D, H, K)
    x, y = rng.normal(size=(T, N, D)), rng.integers(K, size=(T, N))
    mask = np.zeros((T, N), dtype=bool)
    mask[0] = True
    loss = getattr(library, f"{name}_loss")
    scores = getattr(library, f"{name}_scores")(params, x, LENGTHS)
    got = loss(params, x, y, mask, LENGTHS)
    log_p = scores[0] - np.log(np.exp(scores[0]).sum(axis=-1, keepdims=True))
    expected = -log_p[np.arange(N), y[0]].mean()
    assert (got if library is models else got[0]) == pytest.approx(expected, rel=1e-10)


@pytest.mark.parametrize("lengths", [None, *BATCHES])
@pytest.mark.parametrize("join", JOINS)
def test_the_public_states_of_both_directions_are_those_by_hand(lengths, join):
    rng = np.random.default_rng(0)
    lengths = None if lengths is None else np.array(lengths)
    params = models.init_birnn_params(rng, D, H, K)
    x, h0 = rng.normal(size=(T, N, D)), rng.normal(size=(2, N, H))
    layers = [
        tuple(params[f"{name}_{way}"] for name in ("W_xh", "W_hh", "b_h"))
        for way in ("forward", "backward")
    ]
    expected, cache = birnn_forward(x, h0, *layers, lengths, join)
    h, last = models.birnn_states(params, x, h0, lengths, join)
    np.testing.assert_allclose(h, expected, rtol=1e-12)
    np.testing.assert_allclose(last, birnn_last_states(cache), rtol=1e-12)

    dh, dh_last = rng.normal(size=h.shape), rng.normal(size=last.shape)
    values = {name: Value(array) for name, array in params.items()}
    starts, inputs = Value(h0), Value(x)
    h, last = models.birnn_states(values, inputs, starts, lengths, join)
    ((h * dh).sum() + (last * dh_last).sum()).backward()
    dx, dh0, right, left = birnn_backward(dh, cache, dh_last)
    np.testing.assert_allclose(inputs.grad, dx, rtol=1e-10, atol=1e-13)
    np.testing.assert_allclose(starts.grad, dh0, rtol=1e-10, atol=1e-13)
    names = [f"{n}_{way}" for way in ("forward", "backward") for n in ("W_xh", "W_hh", "b_h")]
    for name, gradient in zip(names, (*right, *left), strict=True):
        np.testing.assert_allclose(values[name].grad, gradient, rtol=1e-10, atol=1e-13)


@pytest.mark.parametrize("library", [models, by_hand], ids=["public", "by hand"])
def test_every_network_takes_a_start_state(library):
    """Two halves of a sequence, the second from the last state of the first, are the whole."""
    rng = np.random.default_rng(0)
    params, x = models.init_rnn_params(rng, D, H, K), rng.normal(size=(T, N, D))
    h = models.rnn_states(params, x)
    whole = library.tagger_scores(params, x)
    second = library.tagger_scores(params, x[2:], h0=h[1])
    np.testing.assert_allclose(second, whole[2:], rtol=1e-12)
    pooled = library.classifier_scores(params, x[2:], h0=h[1])
    np.testing.assert_allclose(pooled, whole[-1], rtol=1e-12)


def test_masks_and_lengths():
    np.testing.assert_array_equal(lengths_of(INSIDE), LENGTHS)
    np.testing.assert_array_equal(INSIDE[:, 2], [True, False, False, False])
    gap = INSIDE.copy()
    gap[0, 1] = False
    with pytest.raises(ValueError, match="mask: False before the last True of sequence 1"):
        lengths_of(gap)
    with pytest.raises(ValueError, match=re.escape("lengths: must lie in 0..4, got 1..5")):
        mask_of(np.array([1, 5]), 4)
    assert steps_that_count(None, None, T) == (None, None)
    mask, lengths = steps_that_count(gap, None, T)
    np.testing.assert_array_equal(mask, gap)
    np.testing.assert_array_equal(lengths, LENGTHS)
    mask, lengths = steps_that_count(~gap, LENGTHS, T)
    np.testing.assert_array_equal(mask.sum(axis=0), [0, 1, 0])
    np.testing.assert_array_equal(steps_that_count(np.zeros((T, 1), bool), None, T)[1], [0])


def test_vectors_numbers_and_lists_are_padded_without_loss():
    rows, mask = pad_sequences([np.ones((2, 3)), np.full((1, 3), 0.5)])
    np.testing.assert_array_equal(rows[:, 1], [[0.5] * 3, [0] * 3])
    np.testing.assert_array_equal(mask, [[True, True], [True, False]])
    numbers, _ = pad_sequences([[1.5, 2.5], [3.5]], value=-1)
    np.testing.assert_array_equal(numbers, [[1.5, 3.5], [2.5, -1]])
    mixed, _ = pad_sequences([np.array([1, 2]), np.array([0.25])])
    np.testing.assert_array_equal(mixed, [[1, 0.25], [2, 0]])
    half, _ = pad_sequences([np.array([1, 2]), np.array([3])], value=0.5)
    np.testing.assert_array_equal(half, [[1, 3], [2, 0.5]])
    small, _ = pad_sequences([np.array([1], dtype=np.int16), np.array([2, 3], dtype=np.int32)])
    assert small.dtype == np.int32


def test_bad_input_is_named(frozen):
    x, h0, layer = frozen(T, N, D), frozen(N, H), frozen.layer(D, H)
    with pytest.raises(ValueError, match=re.escape("lengths: must lie in 0..4, got 1..5")):
        rnn_forward(x, h0, *layer, np.array([1, 5, 1]))
    with pytest.raises(
        ValueError, match=re.escape("lengths: shape (2,), expected (N,) with N = 3")
    ):
        rnn_forward(x, h0, *layer, np.array([1, 4]))
    with pytest.raises(ValueError, match="lengths: dtype float64, expected integer"):
        rnn_forward(x, h0, *layer, np.array([1.0, 4.0, 2.0]))
    with pytest.raises(ValueError, match="join: 'add', expected one of concat, sum, mean, product"):
        birnn_forward(x, frozen(2, N, H), layer, layer, join="add")
    params = models.init_birnn_params(frozen.rng, D, H, K)
    with pytest.raises(ValueError, match="join: 'add', expected one of concat, sum, mean, product"):
        models.birnn_states(params, x, join="add")
    both = frozen(2, N, H)
    h, cache = birnn_forward(x, both, layer, layer, LENGTHS, "sum")
    with pytest.raises(ValueError, match=re.escape("dh_last: shape (2, 3, 4), expected (2, 3, 5)")):
        birnn_backward(h, cache, frozen(2, N, 4))
    with pytest.raises(ValueError, match=re.escape("dh: shape (4, 3, 10), expected (4, 3, 5)")):
        birnn_backward(frozen(T, N, 2 * H), cache)
    scores = partial(models.tagger_scores, models.init_rnn_params(frozen.rng, D, H, K))
    for change, message in [
        ({"x": x[0]}, "x: shape (3, 2), expected (T, N, D)"),
        ({"x": frozen(T, N, 3)}, "W_xh: shape (2, 5), expected (D, H) with D = 3, H = 5"),
        ({"x": x, "h0": frozen(2, H)}, "h0: shape (2, 5), expected (N, H) with N = 3"),
        ({"x": x, "lengths": np.array([1])}, "lengths: shape (1,), expected (N,) with N = 3"),
        ({"x": [1.0]}, "x: expected an array, got list"),
    ]:
        with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
            scores(**change)
    with pytest.raises(ValueError, match="params: W_xh missing, got W_hh"):
        models.tagger_scores({"W_hh": layer[1], "b_h": layer[2]}, x)
    for sequences, message in [
        ([np.ones((2, 3)), np.ones((2, 2))], "number 1 has shape (2, 2), expected (T, 3)"),
        ([np.array(["a"])], "number 0 has dtype <U1, not numbers"),
        ([np.ma.masked_array([1.0, 2.0], [0, 1])], "number 0 is a masked array"),
    ]:
        with pytest.raises(ValueError, match=re.escape(f"sequences: {message}")):
            pad_sequences(sequences)
