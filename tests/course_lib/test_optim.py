import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from course_lib.optim import SGD, Adam, clip_by_norm, clip_by_value, total_norm

SHAPES = {"W": (4, 3), "b": (3,)}


def arrays(rng, scale=1.0):
    return {name: scale * rng.normal(size=shape) for name, shape in SHAPES.items()}


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (lambda: SGD(0.1), lambda p: torch.optim.SGD(p, lr=0.1)),
        (lambda: SGD(0.1, momentum=0.9), lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9)),
        (lambda: Adam(0.01), lambda p: torch.optim.Adam(p, lr=0.01)),
        (
            lambda: Adam(0.01, betas=(0.5, 0.9), eps=1e-3),
            lambda p: torch.optim.Adam(p, lr=0.01, betas=(0.5, 0.9), eps=1e-3),
        ),
    ],
    ids=["sgd", "momentum", "adam", "adam with other settings"],
)
def test_steps_equal_torch(ours, theirs):
    rng = np.random.default_rng(0)
    params = arrays(rng)
    leaves = {name: torch.tensor(w, requires_grad=True) for name, w in params.items()}
    optimizer, torch_optimizer = ours(), theirs(leaves.values())
    for step in range(500):
        grads = arrays(rng, scale=10.0 ** (step % 5 - 3))
        for name, g in grads.items():
            leaves[name].grad = torch.tensor(g)
            g.setflags(write=False)
        optimizer.step(params, grads)
        torch_optimizer.step()
        for name, w in params.items():
            np.testing.assert_allclose(w, leaves[name].detach(), rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("optimizer", [SGD(0.1, momentum=0.5), Adam(0.1)])
def test_steps_change_the_arrays_in_place_and_keep_their_dtype(optimizer):
    w = np.ones(3, dtype=np.float32)
    for _ in range(2):
        optimizer.step({"w": w}, {"w": np.ones(3, dtype=np.float32)})
    assert w.dtype == np.float32
    assert np.all(w < 1)


@pytest.mark.parametrize("max_norm", [0.5, 3.0, 1e6])
def test_clipping_by_norm_equals_torch(max_norm):
    grads = arrays(np.random.default_rng(0))
    clipped, norm = clip_by_norm(grads, max_norm)
    leaves = [torch.zeros(g.shape, dtype=torch.float64, requires_grad=True) for g in grads.values()]
    for leaf, g in zip(leaves, grads.values(), strict=True):
        leaf.grad = torch.tensor(g)
    torch_norm = torch.nn.utils.clip_grad_norm_(leaves, max_norm).item()
    assert norm == pytest.approx(torch_norm, rel=1e-12)
    # torch divides by norm + 1e-6 when it shortens; we divide by the norm.
    correction = (norm + 1e-6) / norm if norm > max_norm else 1.0
    for g, leaf in zip(clipped.values(), leaves, strict=True):
        np.testing.assert_allclose(g, leaf.grad.numpy() * correction, rtol=1e-12)


def test_clipping_by_value_equals_torch():
    grads = arrays(np.random.default_rng(0))
    clipped, norm = clip_by_value(grads, 0.4)
    assert norm == total_norm(grads)
    for name, g in grads.items():
        leaf = torch.zeros(g.shape, dtype=torch.float64, requires_grad=True)
        leaf.grad = torch.tensor(g)
        torch.nn.utils.clip_grad_value_([leaf], 0.4)
        np.testing.assert_array_equal(clipped[name], leaf.grad)


@given(st.integers(0, 2**32 - 1), st.floats(1e-3, 1e3), st.floats(1e-6, 1e6))
def test_clipping_by_norm_keeps_the_direction_and_bounds_the_norm(seed, max_norm, scale):
    grads = arrays(np.random.default_rng(seed), scale)
    for g in grads.values():
        g.setflags(write=False)
    clipped, norm = clip_by_norm(grads, max_norm)
    assert total_norm(clipped) == pytest.approx(min(norm, max_norm), rel=1e-10)
    factor = clipped["b"][0] / grads["b"][0]
    for name in grads:
        np.testing.assert_allclose(clipped[name], factor * grads[name], rtol=1e-10)
        assert clipped[name] is not grads[name]


def test_clipping_keeps_the_dtype_and_leaves_zeros_alone():
    zeros = {"w": np.zeros(3, dtype=np.float32)}
    for clip in (clip_by_norm, clip_by_value):
        clipped, norm = clip(zeros, 1.0)
        assert norm == 0
        assert clipped["w"].dtype == np.float32
        np.testing.assert_array_equal(clipped["w"], 0)


@pytest.mark.parametrize("size", [1e200, 1e-200, 1e-320, 1.7e308])
def test_the_norm_of_gradients_whose_squares_no_float_holds(size):
    grads = {"w": size * np.array([0.75, 0.0]), "b": size * np.array([[-1.0]])}
    norm = 1.25 * size
    if np.isfinite(norm):
        assert total_norm(grads) == pytest.approx(norm, rel=1e-3 if size < 1e-300 else 1e-12)
    clipped, before = clip_by_norm(grads, 1e-3)
    assert before == total_norm(grads)
    if size < 1:
        np.testing.assert_array_equal(clipped["w"], grads["w"])
    else:
        np.testing.assert_allclose(clipped["w"], [0.6e-3, 0], rtol=1e-12)
        np.testing.assert_allclose(clipped["b"], [[-0.8e-3]], rtol=1e-12)


@pytest.mark.parametrize("entry", [np.inf, -np.inf, np.nan])
def test_what_is_not_finite_cannot_be_shortened(entry):
    grads = {"a": np.ones(2), "w": np.array([entry, 1.0])}
    with pytest.raises(ValueError, match="grads: w: an entry is not finite"):
        clip_by_norm(grads, 1.0)
    assert not np.isfinite(total_norm(grads))
    if np.isnan(entry):
        with pytest.raises(ValueError, match="grads: w: an entry is nan"):
            clip_by_value(grads, 1.0)
    else:
        np.testing.assert_array_equal(clip_by_value(grads, 1.0)[0]["w"], [np.sign(entry), 1])


@pytest.mark.parametrize("make", [lambda: SGD(0.1, momentum=0.5), lambda: Adam(0.1)])
def test_an_optimiser_belongs_to_one_model(make):
    optimizer, grads = make(), {"w": np.ones(3)}
    model, other = {"w": np.zeros(3)}, {"w": np.zeros(3)}
    optimizer.step(model, grads)
    with pytest.raises(ValueError, match="params: w is another array than in the steps before"):
        optimizer.step(other, grads)
    np.testing.assert_array_equal(other["w"], 0)
    with pytest.raises(ValueError, match="params: v is another array"):
        optimizer.step({"v": model["w"]}, {"v": np.ones(3)})
    before = model["w"].copy()
    optimizer.step({"w": model["w"][:]}, grads)  # the same numbers, seen through a view
    assert np.all(model["w"] < before)


def test_gradient_descent_without_momentum_remembers_nothing():
    optimizer = SGD(0.1)
    for model in ({"w": np.zeros(3)}, {"v": np.zeros(2)}):
        optimizer.step(model, {name: np.ones_like(w) for name, w in model.items()})
        assert all(np.all(w == -0.1) for w in model.values())


def test_bad_input_is_named():
    for call, message in [
        (lambda: SGD(0), "lr: 0, expected a positive number"),
        (lambda: SGD(0.1, momentum=1.0), "momentum: 1.0, expected"),
        (lambda: Adam(-1.0), "lr: -1.0, expected a positive number"),
        (lambda: Adam(betas=(0.9, 1.0)), "betas: "),
        (lambda: Adam(eps=-1.0), "eps: -1.0, expected a positive number"),
        (lambda: Adam(np.inf), "lr: inf, expected a positive number"),
        (lambda: SGD(np.nan), "lr: nan, expected a positive number"),
        (lambda: clip_by_norm({}, np.nan), "max_norm: nan, expected a positive number"),
        (
            lambda: SGD(0.1).step({"a": np.ones(2, int)}, {"a": np.ones(2)}),
            "params: a: expected a float array, got int64",
        ),
        (
            lambda: total_norm({"a": np.ones(2, int)}),
            "grads: a: expected a float array, got int64",
        ),
        (lambda: clip_by_norm({}, 0), "max_norm: 0, expected a positive number"),
        (lambda: clip_by_value({}, -1), "limit: -1, expected a positive number"),
        (lambda: SGD(0.1).step({"a": np.ones(2)}, {"b": np.ones(2)}), "grads: names"),
        (lambda: Adam().step({"a": np.ones(2)}, {"a": np.ones((2, 1))}), "a: gradient of shape"),
    ]:
        with pytest.raises(ValueError, match=message):
            call()
