"""The LSTM's relatives: the same equations in torch, and central differences."""

import re
from dataclasses import dataclass
from functools import partial

import numpy as np
import pytest
import torch
from lstm_cases import assert_all_close, draw_layer, run_torch_cell, stacked
from torch.nn import functional as F

from course_lib.gradcheck import check_gradients
from course_lib.reference import lstm, lstm_layer_norm, lstm_variants, peephole
from course_lib.reference.lstm_variants import VARIANTS, LSTMVariant
from course_lib.reference.over_time import last_states


@dataclass(frozen=True)
class Cell:
    """One kind of cell: our functions, the same equations in torch, and its weights."""

    cell_forward: object
    cell_backward: object
    forward: object
    backward: object
    in_torch: object
    weights: dict[str, str]

    def draw(self, frozen, D, H):
        sizes = {"D": D, "H": H, **{f"{k}H": k * H for k in (2, 3, 4)}}
        return {
            name: frozen(*(sizes[axis] for axis in axes.split()))
            for name, axes in self.weights.items()
        }


def torch_peephole(x, h_prev, c_prev, W_x, W_h, b, p):
    H = h_prev.shape[1]
    a = x @ W_x + h_prev @ W_h + b
    i = torch.sigmoid(a[:, :H] + p[:H] * c_prev)
    f = torch.sigmoid(a[:, H : 2 * H] + p[H : 2 * H] * c_prev)
    c = f * c_prev + i * torch.tanh(a[:, 2 * H : 3 * H])
    o = torch.sigmoid(a[:, 3 * H :] + p[2 * H :] * c)
    return o * torch.tanh(c), c


def torch_layer_norm(x, h_prev, c_prev, W_x, W_h, b, gain_x, gain_h, gain_c, b_c):
    H = h_prev.shape[1]
    a = F.layer_norm(x @ W_x, (4 * H,), gain_x) + F.layer_norm(h_prev @ W_h, (4 * H,), gain_h, b)
    i, f, g, o = a.unflatten(1, (4, H)).unbind(1)
    c = f.sigmoid() * c_prev + i.sigmoid() * g.tanh()
    return o.sigmoid() * F.layer_norm(c, (H,), gain_c, b_c).tanh(), c


def torch_variant(name, x, h_prev, c_prev, W_x, W_h, b):
    a = list((x @ W_x + h_prev @ W_h + b).split(h_prev.shape[1], dim=1))
    i = 1 if name == "i = 1" else a.pop(0).sigmoid()
    if name.startswith("coupled"):
        f = 1 - i
    elif name == "f = 1":
        f = 1
    else:
        f = a.pop(0) if name == "f linear" else a.pop(0).sigmoid()
    g = a.pop(0).tanh()
    o = 1 if name == "o = 1" else a.pop(0)
    o = o.sigmoid() if name not in ("o = 1", "o linear") else o
    assert not a
    c = f * c_prev + i * g
    return o * (c if "h = o * c" in name else c.tanh()), c


PACKED = {"W_x": "D 4H", "W_h": "H 4H", "b": "4H"}
CELLS = {
    "peephole": Cell(
        peephole.peephole_cell_forward,
        peephole.peephole_cell_backward,
        peephole.peephole_forward,
        peephole.peephole_backward,
        torch_peephole,
        PACKED | {"p": "3H"},
    ),
    "layer norm": Cell(
        lstm_layer_norm.layer_norm_lstm_cell_forward,
        lstm_layer_norm.layer_norm_lstm_cell_backward,
        lstm_layer_norm.layer_norm_lstm_forward,
        lstm_layer_norm.layer_norm_lstm_backward,
        torch_layer_norm,
        PACKED | {"gain_x": "4H", "gain_h": "4H", "gain_c": "H", "b_c": "H"},
    ),
}
for name, variant in VARIANTS.items():
    width = f"{len(variant.activations)}H"
    CELLS[name] = Cell(
        partial(lstm_variants.lstm_variant_cell_forward, variant=variant),
        lstm_variants.lstm_variant_cell_backward,
        partial(lstm_variants.lstm_variant_forward, variant=variant),
        lstm_variants.lstm_variant_backward,
        partial(torch_variant, name),
        {"W_x": f"D {width}", "W_h": f"H {width}", "b": width},
    )


@pytest.fixture(params=CELLS)
def cell(request):
    return CELLS[request.param]


def test_a_step_and_its_gradients_equal_torch(frozen, sizes, cell):
    _, N, D, H = sizes
    inputs = (frozen(N, D), frozen(N, H), frozen(N, H), *cell.draw(frozen, D, H).values())
    dh, dc = frozen(N, H), frozen(N, H)
    h, c, cache = cell.cell_forward(*inputs)
    expected = run_torch_cell(cell.in_torch, inputs, dh, dc)
    assert_all_close((h, c, *cell.cell_backward(dh, dc, cache)), expected)


def test_a_sequence_and_its_gradients_equal_torch(frozen, sizes, cell):
    T, N, D, H = sizes
    lengths = frozen.rng.integers(0, T + 1, size=N)
    inputs = (frozen(T, N, D), frozen(N, H), frozen(N, H), *cell.draw(frozen, D, H).values())
    dh, dh_last, dc_last = frozen(T, N, H), frozen(N, H), frozen(N, H)

    def in_torch(x, h, c, *weights):
        states = []
        for t in range(T):
            inside = torch.tensor(t < lengths)[:, None]
            new_h, new_c = cell.in_torch(x[t], h, c, *weights)
            h, c = torch.where(inside, new_h, h), torch.where(inside, new_c, c)
            states.append(torch.where(inside, h, 0))
        return torch.stack([*states, h]), c

    h, _, cache = cell.forward(*inputs, lengths=lengths)
    h_last, c_last = last_states(cache)
    gradients = cell.backward(dh, cache, dh_last, dc_last)
    dh = np.concatenate([dh, dh_last[None]])
    expected = run_torch_cell(in_torch, inputs, dh, dc_last)
    assert_all_close((np.concatenate([h, h_last[None]]), c_last, *gradients), expected)


def test_gradients_of_a_step_equal_central_differences(frozen, sizes, cell):
    _, N, D, H = sizes
    inputs = {"x": frozen(N, D), "h_prev": frozen(N, H), "c_prev": frozen(N, H)}
    inputs |= cell.draw(frozen, D, H)
    forward, backward = stacked(cell.cell_forward, cell.cell_backward)
    report = check_gradients(forward, backward, inputs, frozen.rng, tolerance=1e-6)
    assert report.passed, str(report)


def test_upstream_of_another_shape_is_named(frozen, cell):
    inputs = (frozen(2, 4), frozen(2, 5), frozen(2, 5), *cell.draw(frozen, 4, 5).values())
    _, _, cache = cell.cell_forward(*inputs)
    with pytest.raises(ValueError, match=re.escape("dh: shape (1, 5), expected (2, 5)")):
        cell.cell_backward(frozen(1, 5), frozen(1, 5), cache)


def plain(frozen):
    inputs = (frozen(3, 2, 4), frozen(2, 5), frozen(2, 5), *draw_layer(frozen, 4, 5))
    upstream = frozen(3, 2, 5), frozen(2, 5), frozen(2, 5)
    h, c, cache = lstm.lstm_forward(*inputs)
    dh, *last = upstream
    return inputs, upstream, (h, c, *lstm.lstm_backward(dh, cache, *last))


def test_without_peepholes_it_is_the_lstm(frozen):
    inputs, (dh, *last), expected = plain(frozen)
    h, c, cache = peephole.peephole_forward(*inputs, p=np.zeros(15))
    gradients = peephole.peephole_backward(dh, cache, *last)
    assert_all_close((h, c, *gradients[:-1]), expected)
    assert np.all(gradients[-1] != 0)


def test_each_peephole_sees_its_own_memory(frozen):
    """The input and the forget gate the one before the step, the output gate the one after it."""
    H = 2
    zero = np.zeros((3, 4 * H)), np.zeros((H, 4 * H)), np.zeros(4 * H)
    c_prev = np.array([[1.0, -2.0]])
    p = np.array([1.0, 0.0, 0.0, 0.5, 2.0, 0.0])
    _, c, cache = peephole.peephole_cell_forward(frozen(1, 3), frozen(1, H), c_prev, *zero, p)
    i, f, _, o = cache[6:10]
    np.testing.assert_allclose(i, [[1 / (1 + np.exp(-1.0)), 0.5]], rtol=1e-14)
    np.testing.assert_allclose(f, [[0.5, 1 / (1 + np.exp(1.0))]], rtol=1e-14)
    np.testing.assert_allclose(c, f * c_prev, rtol=1e-14)
    np.testing.assert_allclose(o, [[1 / (1 + np.exp(-2 * c[0, 0])), 0.5]], rtol=1e-14)


def test_the_variant_that_changes_nothing_is_the_lstm(frozen):
    inputs, (dh, *last), expected = plain(frozen)
    h, c, cache = lstm_variants.lstm_variant_forward(*inputs)
    assert_all_close((h, c, *lstm_variants.lstm_variant_backward(dh, cache, *last)), expected)


def test_coupled_gates_keep_the_memory_within_1_and_a_gate_that_is_1_does_not(frozen):
    T, N, D, H = 50, 3, 4, 5
    x, zero = 5 * frozen(T, N, D), np.zeros((N, H))
    largest = {}
    for name, cell in CELLS.items():
        weights = cell.draw(frozen, D, H)
        largest[name] = np.abs(cell.forward(x, zero, zero, **weights)[1]).max()
    assert largest["coupled"] <= 1
    assert largest["coupled, h = o * c"] <= 1
    assert largest["f = 1"] > 2
    assert largest["f linear"] > 2


@pytest.mark.parametrize(
    ("variant", "parts"),
    [
        (LSTMVariant(), "ifgo"),
        (LSTMVariant(i=None), "fgo"),
        (LSTMVariant(f="coupled"), "igo"),
        (LSTMVariant(f=None, o=None), "ig"),
        (LSTMVariant(i=None, f=None, o=None), "g"),
    ],
)
def test_a_gate_that_needs_no_weights_has_none(frozen, variant, parts):
    assert "".join(variant.activations) == parts
    arguments = frozen(2, 4), frozen(2, 5), frozen(2, 5), frozen(4, 30), frozen(5, 30), frozen(30)
    with pytest.raises(
        ValueError, match=re.escape(f"b: shape (30,), expected ({5 * len(parts)},)")
    ):
        lstm_variants.lstm_variant_cell_forward(*arguments, variant=variant)


def test_layer_norm_does_not_see_the_scale_of_the_inputs(frozen):
    cell = CELLS["layer norm"]
    x, h0, c0 = 100 * frozen(3, 2, 4), frozen(2, 5), frozen(2, 5)
    weights = cell.draw(frozen, 4, 5)
    h, _, _ = cell.forward(x, h0, c0, **weights)
    scaled, _, _ = cell.forward(10 * x, h0, c0, **weights)
    np.testing.assert_allclose(scaled, h, rtol=1e-5)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_dtype_is_kept(frozen, cell, dtype):
    weights = {name: value.astype(dtype) for name, value in cell.draw(frozen, 4, 5).items()}
    start = frozen(2, 5, dtype=dtype)
    h, c, cache = cell.forward(frozen(3, 2, 4, dtype=dtype), start, start, **weights)
    results = (h, c, *cell.backward(frozen(3, 2, 5, dtype=dtype), cache))
    assert {array.dtype for array in results} == {np.dtype(dtype)}


def test_arguments_of_another_shape_are_named(frozen):
    inputs, *_ = plain(frozen)
    with pytest.raises(ValueError, match=re.escape("p: shape (5,), expected (3*H,) with H = 5")):
        peephole.peephole_forward(*inputs, p=np.zeros(5))
    gains = {"gain_x": frozen(20), "gain_h": frozen(20), "gain_c": frozen(20), "b_c": frozen(5)}
    with pytest.raises(ValueError, match=re.escape("gain_c: shape (20,), expected (H,) with H")):
        lstm_layer_norm.layer_norm_lstm_forward(*inputs, **gains)
