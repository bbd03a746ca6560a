"""Operations against PyTorch and central differences; whole networks; clear errors."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import mutually_broadcastable_shapes

from course_lib import autograd as ag
from course_lib.autograd import Value, value_and_grad
from course_lib.gradcheck import numerical_gradient, relative_error
from course_lib.reference import losses
from course_lib.reference.embedding import embedding_backward, embedding_forward

MASK = np.array([[True, False, True], [True, True, False]])
CLASSES = np.array([[0, 3, 1], [2, 0, 3]])

# what is computed, the same in PyTorch, and the shapes of the operands
OPERATIONS = {
    "-a": (lambda a: -a, None, [(2, 3)]),
    "a + b": (lambda a, b: a + b, None, [(2, 3), (3,)]),
    "a - b": (lambda a, b: a - b, None, [(3,), (2, 3)]),
    "a * b": (lambda a, b: a * b, None, [(2, 1), (1, 3)]),
    "a / b": (lambda a, b: a / b, None, [(2, 3), (2, 1)]),
    "2 + 3 * a - 4": (lambda a: 2 + 3 * a - 4, None, [(2, 3)]),
    "1 - 2 / a": (lambda a: 1 - 2 / a, None, [(2, 3)]),
    "a**3": (lambda a: a**3, None, [(2, 3)]),
    "np.sqrt": (lambda a: np.sqrt(a * a + 1), lambda a: torch.sqrt(a * a + 1), [(2, 3)]),
    "np.square": (np.square, torch.square, [(2, 3)]),
    "np.negative": (np.negative, torch.negative, [(2, 3)]),
    "a @ b": (lambda a, b: a @ b, None, [(2, 3), (3, 4)]),
    "a @ b, sequences": (lambda a, b: a @ b, None, [(5, 2, 3), (3, 4)]),
    "a @ b, side by side": (lambda a, b: a @ b, None, [(5, 2, 3), (5, 3, 4)]),
    "a @ b, one matrix for many": (lambda a, b: a @ b, None, [(2, 3), (5, 3, 4)]),
    "vector @ matrix": (lambda a, b: a @ b, None, [(3,), (3, 4)]),
    "matrix @ vector": (lambda a, b: a @ b, None, [(2, 3), (3,)]),
    "vector @ vector": (lambda a, b: a @ b, None, [(3,), (3,)]),
    "exp": (np.exp, torch.exp, [(2, 3)]),
    "log": (lambda a: np.log(a * a + 1), lambda a: torch.log(a * a + 1), [(2, 3)]),
    "tanh": (np.tanh, torch.tanh, [(2, 3)]),
    "sigmoid": (ag.sigmoid, torch.sigmoid, [(2, 3)]),
    "relu": (ag.relu, torch.relu, [(2, 3)]),
    "maximum": (np.maximum, torch.maximum, [(2, 3), (3,)]),
    "where": (
        lambda a, b: np.where(MASK, a, b),
        lambda a, b: torch.where(torch.tensor(MASK), a, b),
        [(2, 3), (3,)],
    ),
    "sum": (lambda a: a.sum(), None, [(2, 3)]),
    "sum over an axis": (lambda a: a.sum(axis=0), None, [(2, 3, 4)]),
    "sum over two, kept": (lambda a: a.sum(axis=(0, 2), keepdims=True), None, [(2, 3, 4)]),
    "sum over the last": (lambda a: np.sum(a, axis=-1), lambda a: a.sum(-1), [(2, 3)]),
    "mean": (lambda a: a.mean(), None, [(2, 3)]),
    "mean over an axis": (lambda a: a.mean(axis=1, keepdims=True), None, [(2, 3, 4)]),
    "np.mean": (lambda a: np.mean(a, axis=0), lambda a: a.mean(0), [(2, 3)]),
    "logsumexp": (ag.logsumexp, lambda a: torch.logsumexp(a, -1), [(2, 3)]),
    "logsumexp, another axis": (
        lambda a: ag.logsumexp(a, axis=0, keepdims=True),
        lambda a: torch.logsumexp(a, 0, keepdim=True),
        [(2, 3)],
    ),
    "log_softmax": (ag.log_softmax, lambda a: torch.log_softmax(a, -1), [(2, 3)]),
    "softmax": (ag.softmax, lambda a: torch.softmax(a, -1), [(2, 3)]),
    "cross_entropy": (
        lambda o: ag.cross_entropy(o, CLASSES),
        lambda o: torch.nn.functional.cross_entropy(o.reshape(6, 4), torch.tensor(CLASSES.ravel())),
        [(2, 3, 4)],
    ),
    "cross_entropy, masked": (
        lambda o: ag.cross_entropy(o, CLASSES, MASK),
        lambda o: torch.nn.functional.cross_entropy(o[MASK], torch.tensor(CLASSES[MASK])),
        [(2, 3, 4)],
    ),
    "squared_error": (
        lambda o: ag.squared_error(o, np.ones((2, 3, 4))),
        lambda o: ((o - 1) ** 2).sum(-1).mean() / 2,
        [(2, 3, 4)],
    ),
    "squared_error, masked": (
        lambda o: ag.squared_error(o, np.ones((2, 3, 4)), MASK),
        lambda o: ((o[MASK] - 1) ** 2).sum(-1).mean() / 2,
        [(2, 3, 4)],
    ),
    "a[1]": (lambda a: a[1], None, [(3, 4)]),
    "a[:, 1:3]": (lambda a: a[:, 1:3], None, [(3, 4)]),
    "a[..., None]": (lambda a: a[..., None], None, [(3, 4)]),
    "a[rows that repeat]": (lambda a: a[[0, 2, 0, 0]], None, [(3, 4)]),
    "a[rows, columns]": (lambda a: a[np.array([0, 1, 0]), np.array([2, 2, 2])], None, [(3, 4)]),
    "a[mask]": (lambda a: a[MASK], None, [(2, 3)]),
    "a[::-1]": (lambda a: a[::-1], lambda a: a.flip(0), [(3, 4)]),
    "reshape": (lambda a: a.reshape(4, 3), None, [(2, 6)]),
    "reshape, a tuple": (lambda a: a.reshape((-1,)), None, [(2, 6)]),
    "np.reshape": (lambda a: np.reshape(a, (3, 4)), lambda a: a.reshape(3, 4), [(2, 6)]),
    "a.T": (lambda a: a.T, None, [(2, 3)]),
    "transpose": (
        lambda a: np.transpose(a, (1, 2, 0)),
        lambda a: a.permute(1, 2, 0),
        [(2, 3, 4)],
    ),
    "concatenate": (
        lambda a, b: np.concatenate([a, b]),
        lambda a, b: torch.cat([a, b]),
        [(2, 3), (4, 3)],
    ),
    "concatenate, last axis, one of them twice": (
        lambda a, b: np.concatenate([a, b, a], axis=-1),
        lambda a, b: torch.cat([a, b, a], -1),
        [(2, 3), (2, 1)],
    ),
    "stack": (lambda a, b: np.stack([a, b, a]), lambda a, b: torch.stack([a, b, a]), [(2, 3)] * 2),
    "stack, another axis": (
        lambda a, b: np.stack([a, b], axis=1),
        lambda a, b: torch.stack([a, b], 1),
        [(2, 3)] * 2,
    ),
    "a value used many times": (
        lambda a: np.tanh(a) * a + a / (1 + a * a),
        lambda a: torch.tanh(a) * a + a / (1 + a * a),
        [(2, 3)],
    ),
    "parts and the whole": (
        lambda a: a * a[0] + np.stack([a[1], a[0]]),
        lambda a: a * a[0] + torch.stack([a[1], a[0]]),
        [(2, 3)],
    ),
}


def gradients(function, arrays, upstream):
    values = [Value(array) for array in arrays]
    result = function(*values)
    (result * upstream).sum().backward()
    return result.data, [value.grad for value in values]


@pytest.mark.parametrize("name", OPERATIONS)
def test_an_operation_and_its_gradient(name):
    ours, theirs, shapes = OPERATIONS[name]
    rng = np.random.default_rng(0)
    arrays = [rng.normal(size=shape) for shape in shapes]
    for array in arrays:
        array.setflags(write=False)
    tensors = [torch.tensor(array, requires_grad=True) for array in arrays]
    expected = (theirs or ours)(*tensors)
    upstream = rng.normal(size=tuple(expected.shape))
    (expected * torch.tensor(upstream)).sum().backward()

    result, grads = gradients(ours, arrays, upstream)
    np.testing.assert_allclose(result, expected.detach().numpy(), rtol=1e-12, atol=1e-14)
    for i, (array, grad, tensor) in enumerate(zip(arrays, grads, tensors, strict=True)):
        assert grad.shape == array.shape
        np.testing.assert_allclose(grad, tensor.grad.numpy(), rtol=1e-11, atol=1e-13)

        def of_one(v, i=i):
            return ours(*arrays[:i], v, *arrays[i + 1 :])

        assert relative_error(grad, numerical_gradient(of_one, array, upstream)) < 1e-6


@pytest.mark.parametrize("name", OPERATIONS)
def test_arrays_stay_arrays(name):
    ours, _, shapes = OPERATIONS[name]
    arrays = [np.random.default_rng(0).normal(size=shape) for shape in shapes]
    result = ours(*arrays)
    assert isinstance(result, np.ndarray | np.floating)
    np.testing.assert_array_equal(result, ours(*map(Value, arrays)).data)


@settings(max_examples=100, deadline=None)
@given(mutually_broadcastable_shapes(num_shapes=3, max_dims=4, max_side=3), st.data())
def test_what_broadcasting_repeats_is_added_up(shapes, data):
    seed = data.draw(st.integers(0, 99))
    arrays = [np.random.default_rng(seed).normal(size=s) for s in shapes.input_shapes]
    upstream = np.random.default_rng(seed + 1).normal(size=shapes.result_shape)
    tensors = [torch.tensor(array, requires_grad=True) for array in arrays]

    def function(a, b, c):
        return (a * b - c) / (2 + c * c)

    (function(*tensors) * torch.tensor(upstream)).sum().backward()
    _, grads = gradients(function, arrays, upstream)
    for array, grad, tensor in zip(arrays, grads, tensors, strict=True):
        assert grad.shape == array.shape
        np.testing.assert_allclose(grad, tensor.grad.numpy(), rtol=1e-10, atol=1e-12)


T, N, D, H, K = 12, 3, 4, 5, 6


def rnn(np_tanh, stack, x, h, W_xh, W_hh, b_h, W_hy, b_y):
    states = []
    for t in range(len(x)):
        h = np_tanh(x[t] @ W_xh + h @ W_hh + b_h)
        states.append(h)
    return stack(states) @ W_hy + b_y


def test_the_gradients_of_a_recurrent_network():
    rng = np.random.default_rng(0)
    shapes = [(T, N, D), (N, H), (D, H), (H, H), (H,), (H, K), (K,)]
    arrays = [rng.normal(size=shape) / 2 for shape in shapes]
    upstream = rng.normal(size=(T, N, K))
    tensors = [torch.tensor(array, requires_grad=True) for array in arrays]
    (rnn(torch.tanh, torch.stack, *tensors) * torch.tensor(upstream)).sum().backward()
    _, grads = gradients(lambda *values: rnn(np.tanh, np.stack, *values), arrays, upstream)
    for grad, tensor in zip(grads, tensors, strict=True):
        assert relative_error(grad, tensor.grad.numpy()) < 1e-10


def test_the_gradients_of_an_lstm():
    rng = np.random.default_rng(0)
    module = torch.nn.LSTM(D, H, dtype=torch.float64)
    arrays = [rng.normal(size=(T, N, D)), *(p.detach().numpy() for p in module.parameters())]
    upstream = rng.normal(size=(T, N, H))

    def lstm(x, W_x, W_h, b_x, b_h):
        h, c, states = np.zeros((N, H)), np.zeros((N, H)), []
        for t in range(len(x)):
            a = x[t] @ W_x.T + b_x + h @ W_h.T + b_h
            i, f, g, o = (a[:, k * H : (k + 1) * H] for k in range(4))
            c = ag.sigmoid(f) * c + ag.sigmoid(i) * np.tanh(g)
            h = ag.sigmoid(o) * np.tanh(c)
            states.append(h)
        return np.stack(states)

    x = torch.tensor(arrays[0], requires_grad=True)
    (module(x)[0] * torch.tensor(upstream)).sum().backward()
    _, grads = gradients(lstm, arrays, upstream)
    for grad, tensor in zip(grads, [x, *module.parameters()], strict=True):
        assert relative_error(grad, tensor.grad.numpy()) < 1e-10


def test_states_on_the_way_have_their_total_gradient():
    w = Value(0.8)
    states = [Value(0.5)]
    for x in (1.0, 0.0, -1.0):
        states.append(np.tanh(x + w * states[-1]))
    loss = sum((h - y) ** 2 for h, y in zip(states[1:], (0, 1, 0), strict=True)) / 2
    loss.backward()

    def from_state(t, h):
        total = 0.0
        for x, y in zip((1.0, 0.0, -1.0)[t:], (0, 1, 0)[t:], strict=True):
            h = np.tanh(x + 0.8 * h)
            total += (h - y) ** 2 / 2
        return total + (((states[t].data - (0, 0, 1, 0)[t]) ** 2) / 2 if t else 0)

    def slope(t, eps=1e-6):
        own = (states[t].data - (0, 0, 1, 0)[t]) if t else 0
        h = states[t].data
        return own + (from_state(t, h + eps) - from_state(t, h - eps)) / (2 * eps)

    for t in range(4):
        assert states[t].grad == pytest.approx(slope(t), rel=1e-6)


def test_a_long_sequence_needs_no_deep_recursion():
    w, h = Value(0.999), Value(1.0)
    for _ in range(20_000):
        h = h * w
    h.backward()
    assert w.grad == pytest.approx(20_000 * 0.999**19_999)


def test_backward_twice_gives_the_same():
    a = Value(np.arange(3.0))
    loss = (a * a).sum()
    loss.backward()
    first = a.grad
    loss.backward()
    np.testing.assert_array_equal(a.grad, first)


def test_a_gradient_is_nobody_elses_array():
    a, b = Value(np.ones((2, 3))), Value(np.ones((2, 3)))
    (a + b + a[0]).sum().backward()
    a.grad[0, 0] += 100
    np.testing.assert_array_equal(b.grad, np.ones((2, 3)))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_precision_stays(dtype):
    W, x = np.ones((3, 2), dtype), np.ones((4, 3), dtype)
    loss, grads = value_and_grad(lambda p: ag.sigmoid(2 * np.tanh(x @ p["W"])).mean())({"W": W})
    assert loss.dtype == grads["W"].dtype == dtype


def test_whole_numbers_become_float():
    assert Value([1, 2]).dtype == np.float64


def test_the_loss_and_the_gradients_by_name():
    params = {"a": np.array([1.0, 2.0]), "not used": np.ones(3)}
    loss, grads = value_and_grad(lambda p, x, scale=1: scale * (p["a"] * x).sum())(
        params, np.array([3.0, 4.0]), scale=2
    )
    assert isinstance(loss, np.floating)
    assert loss == 22
    assert list(grads) == list(params)
    np.testing.assert_array_equal(grads["a"], [6, 8])
    np.testing.assert_array_equal(grads["not used"], np.zeros(3))


def test_large_scores_do_not_overflow():
    o = Value(np.array([[1000.0, 0.0], [-1000.0, 0.0]]))
    loss = ag.cross_entropy(o, np.array([0, 1]))
    loss.backward()
    assert loss.data == 0
    np.testing.assert_array_equal(ag.sigmoid(np.array([-1000.0, 1000.0])), [0, 1])
    assert np.isfinite(o.grad).all()


a = Value(np.ones((2, 3)))
MISTAKES = {
    "more than one number": (lambda: a.backward(), ValueError, r"shape \(2, 3\).*single number"),
    "no parameter": (
        lambda: value_and_grad(lambda p: 1.0)({"W": np.ones(2)}),
        ValueError,
        "does not depend on the parameters",
    ),
    "a change in place": (lambda: a.__setitem__(0, 1.0), TypeError, "np.stack"),
    "into a buffer": (lambda: np.zeros((2, 2, 3)).__setitem__(0, a), TypeError, "np.stack"),
    "onto an array": (lambda: np.add(np.ones(3), a, out=np.ones((2, 3))), TypeError, "out="),
    "an unknown ufunc": (lambda: np.sin(a), TypeError, "np.sin"),
    "an unknown function": (lambda: np.linalg.norm(a), TypeError, "np.norm"),
    "a power of a value": (lambda: a**a, TypeError, "plain number"),
    "a class that is none": (
        lambda: ag.cross_entropy(a, np.array([0, 3])),
        ValueError,
        r"0\.\.2",
    ),
    "no position counts": (
        lambda: ag.cross_entropy(a, np.array([0, 1]), np.zeros(2, dtype=bool)),
        ValueError,
        "no position is left",
    ),
    "a mask of another shape": (
        lambda: ag.squared_error(a, np.ones((2, 3)), np.ones(3, dtype=bool)),
        ValueError,
        r"mask: bool \(3,\), expected bool \(2,\)",
    ),
    "an unknown reduction": (
        lambda: ag.cross_entropy(a, np.array([0, 1]), reduction="max"),
        ValueError,
        "reduction: 'max', expected one of mean, sum, none",
    ),
    "a word that there is not": (
        lambda: ag.embedding(a, np.array([0, -1])),
        ValueError,
        r"ids: must lie in 0\.\.1, got -1\.\.0",
    ),
    "words that are no numbers": (
        lambda: ag.embedding(a, np.array([0.0])),
        ValueError,
        "ids: dtype float64, expected integer",
    ),
    "classes of another shape": (
        lambda: ag.cross_entropy(a, np.array([0])),
        ValueError,
        r"\(2, 3\)",
    ),
    "targets of another shape": (
        lambda: ag.squared_error(a, np.ones(3)),
        ValueError,
        "the same shape",
    ),
    "shapes that do not fit": (lambda: a @ np.ones((2, 3)), ValueError, "matmul"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_mistakes_are_named(name):
    mistake, kind, message = MISTAKES[name]
    with pytest.raises(kind, match=message):
        mistake()


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize("mask", [None, MASK, np.zeros_like(MASK)])
def test_reductions_are_those_of_the_losses_by_hand(reduction, mask):
    if reduction == "mean" and mask is not None and not mask.any():
        return
    rng = np.random.default_rng(0)
    o, targets = rng.normal(size=(2, 3, 4)), rng.normal(size=(2, 3, 4))
    for name, y in (("cross_entropy", CLASSES), ("squared_error", targets)):
        scores = Value(o)
        got = getattr(ag, name)(scores, y, mask, reduction)
        loss, cache = getattr(losses, name + "_forward")(o, y, mask, reduction)
        plain = getattr(ag, name)(o, y, mask, reduction)
        np.testing.assert_allclose(plain, loss, rtol=1e-12)
        if isinstance(got, Value):
            np.testing.assert_allclose(got.data, loss, rtol=1e-12)
            upstream = rng.normal(size=got.shape)
            (got * upstream).sum().backward()
            do = getattr(losses, name + "_backward")(cache, upstream)
            np.testing.assert_allclose(scores.grad, do, rtol=1e-10, atol=1e-14)


def test_an_embedding_is_the_product_with_one_hot_rows():
    rng = np.random.default_rng(0)
    E, ids, upstream = Value(rng.normal(size=(5, 3))), CLASSES, rng.normal(size=(2, 3, 3))
    x = ag.embedding(E, ids)
    np.testing.assert_array_equal(x.data, E.data[ids])
    (x * upstream).sum().backward()
    expected, cache = embedding_forward(ids, E.data)
    np.testing.assert_array_equal(x.data, expected)
    np.testing.assert_allclose(E.grad, embedding_backward(upstream, cache), rtol=1e-12)
