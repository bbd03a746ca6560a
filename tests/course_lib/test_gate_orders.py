"""The orders of gates, against the programs that have them: torch here, and what Keras and ONNX
Runtime once computed (record_gate_orders.py).
"""

import json
import re
from pathlib import Path

import numpy as np
import pytest
import torch
from lstm_cases import draw_layer

from course_lib.gate_orders import (
    from_concatenated,
    from_cs231n,
    from_keras,
    from_onnx,
    from_pytorch,
    reorder,
    to_concatenated,
    to_cs231n,
    to_keras,
    to_onnx,
    to_pytorch,
)
from course_lib.reference.lstm import lstm_forward
from course_lib.reference.peephole import peephole_forward

T, N, D, H = 3, 2, 4, 5


def recorded(program):
    path = Path(__file__).with_name("gate_orders.json")
    values = json.loads(path.read_text(encoding="utf-8"))[program]
    del values["version"]
    return {name: np.array(value) for name, value in values.items()}


def test_pytorch_reads_what_we_write(frozen):
    weights = draw_layer(frozen, D, H)
    module = torch.nn.LSTM(D, H, dtype=torch.float64)
    module.load_state_dict({n: torch.tensor(a) for n, a in to_pytorch(*weights).items()})
    x, start = frozen(T, N, D), np.zeros((N, H))
    h, _, _ = lstm_forward(x, start, start, *weights)
    np.testing.assert_allclose(h, module(torch.tensor(x))[0].detach(), rtol=1e-10, atol=1e-12)


def test_we_read_what_pytorch_writes(frozen):
    torch.manual_seed(0)
    module = torch.nn.LSTM(D, H, dtype=torch.float64)
    x, start = frozen(T, N, D), np.zeros((N, H))
    state = {name: value.numpy() for name, value in module.state_dict().items()}
    h, _, _ = lstm_forward(x, start, start, *from_pytorch(state))
    np.testing.assert_allclose(h, module(torch.tensor(x))[0].detach(), rtol=1e-10, atol=1e-12)


def test_we_compute_what_keras_computed():
    """In float32, as both recordings."""
    known = recorded("keras")
    weights = from_keras([known[name] for name in ("kernel", "recurrent_kernel", "bias")])
    h, _, _ = lstm_forward(known["x"], known["h0"], known["c0"], *weights)
    np.testing.assert_allclose(h, known["h"], rtol=0, atol=1e-6)


def test_we_compute_what_onnx_runtime_computed():
    known = recorded("onnx")
    *weights, p = from_onnx(known)
    h, _, _ = lstm_forward(known["x"], known["h0"], known["c0"], *weights)
    np.testing.assert_allclose(h, known["h"], rtol=0, atol=1e-6)
    h, _, _ = peephole_forward(known["x"], known["h0"], known["c0"], *weights, p)
    np.testing.assert_allclose(h, known["h_with_peepholes"], rtol=0, atol=1e-6)


def test_cs231n_steps_as_its_assignment_has_it(frozen):
    weights = draw_layer(frozen, D, H)
    x, h, c = frozen(T, N, D), frozen(N, H), frozen(N, H)
    expected, _, _ = lstm_forward(x, h, c, *weights)
    Wx, Wh, b = (torch.tensor(array) for array in to_cs231n(*weights))
    h, c = torch.tensor(h), torch.tensor(c)
    for t in range(T):
        ai, af, ao, ag = (torch.tensor(x[t]) @ Wx + h @ Wh + b).split(H, dim=1)
        c = af.sigmoid() * c + ai.sigmoid() * ag.tanh()
        h = ao.sigmoid() * c.tanh()
        np.testing.assert_allclose(h, expected[t], rtol=1e-10, atol=1e-12)


def test_the_concatenated_form_steps_as_its_notes_have_it(frozen):
    weights = draw_layer(frozen, D, H)
    x, h0, c0 = frozen(T, 1, D), frozen(1, H), frozen(1, H)
    expected, _, _ = lstm_forward(x, h0, c0, *weights)
    named = {name: torch.tensor(array) for name, array in to_concatenated(*weights).items()}
    a, c = torch.tensor(h0.T), torch.tensor(c0.T)
    for t in range(T):
        ax = torch.cat([a, torch.tensor(x[t].T)])
        u, f, o = (torch.sigmoid(named[f"W_{k}"] @ ax + named[f"b_{k}"]) for k in "ufo")
        c = u * torch.tanh(named["W_c"] @ ax + named["b_c"]) + f * c
        a = o * torch.tanh(c)
        np.testing.assert_allclose(a[:, 0], expected[t, 0], rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("H", [1, 5])
def test_there_and_back_again(frozen, H):
    weights, p = draw_layer(frozen, D, H), frozen(3 * H)
    for result in (
        from_pytorch(to_pytorch(*weights)),
        from_keras(to_keras(*weights)),
        from_onnx(to_onnx(*weights)),
        from_cs231n(*to_cs231n(*weights)),
        from_concatenated(to_concatenated(*weights)),
    ):
        for got, expected in zip(result, weights, strict=True):
            np.testing.assert_array_equal(got, expected)
    for got, expected in zip(from_onnx(to_onnx(*weights, p)), (*weights, p), strict=True):
        np.testing.assert_array_equal(got, expected)


def test_what_comes_back_is_a_copy(frozen):
    weights = draw_layer(frozen, D, H)
    for arrays in (
        to_pytorch(*weights).values(),
        to_keras(*weights),
        to_onnx(*weights).values(),
        to_cs231n(*weights),
        to_concatenated(*weights).values(),
        from_pytorch(to_pytorch(*weights)),
        from_keras(list(weights)),
    ):
        assert not any(np.shares_memory(one, other) for one in arrays for other in weights)


def test_parts_are_moved_by_their_letters():
    packed = np.arange(8.0)
    np.testing.assert_array_equal(reorder(packed, "ifgo", "iofg"), [0, 1, 6, 7, 2, 3, 4, 5])
    np.testing.assert_array_equal(reorder(reorder(packed, "ifgo", "iofg"), "iofg", "ifgo"), packed)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: reorder(np.ones(8), "ifgo", "ifco"), "target: 'ifco', expected the letters of"),
        (lambda: reorder(np.ones(8), "iigo", "iigo"), "target: 'iigo', expected the letters of"),
        (lambda: reorder(np.ones(9), "ifgo", "iofg"), "packed: shape (9,), expected 4 equal parts"),
        (
            lambda: to_onnx(np.ones((4, 15)), np.ones((5, 20)), np.ones(20)),
            "W_x: shape (4, 15), expected (4, 20)",
        ),
        (
            lambda: to_keras(np.ones((4, 20)), np.ones((5, 20)), np.ones(5)),
            "b: shape (5,), expected (20,)",
        ),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        call()
