import numpy as np
import pytest
import torch
from jaxtyping import TypeCheckError

from course_lib import parity
from course_lib.parity import (
    from_torch_birnn,
    from_torch_deep_birnn,
    from_torch_deep_rnn,
    from_torch_rnn,
    to_torch_birnn,
    to_torch_deep_birnn,
    to_torch_deep_rnn,
    to_torch_rnn,
)
from course_lib.reference.rnn import rnn_forward


def assert_layer_equal(got, expected):
    for one, other in zip(got, expected, strict=True):
        np.testing.assert_array_equal(one, other)


def test_there_and_back_again(frozen):
    one, two = frozen.layer(4, 5), frozen.layer(4, 5)
    upper, upper_two = frozen.layer(5, 5), (frozen.layer(10, 5), frozen.layer(10, 5))
    params = dict(zip(("W_xh", "W_hh", "b_h"), one, strict=True))
    assert_layer_equal(from_torch_rnn(to_torch_rnn(params)).values(), one)
    for got, expected in zip(
        from_torch_deep_rnn(to_torch_deep_rnn([one, upper])), [one, upper], strict=True
    ):
        assert_layer_equal(got, expected)
    for got, expected in zip(from_torch_birnn(to_torch_birnn(one, two)), (one, two), strict=True):
        assert_layer_equal(got, expected)
    deep = from_torch_deep_birnn(to_torch_deep_birnn([(one, two), upper_two]))
    for got, expected in zip(deep, [(one, two), upper_two], strict=True):
        assert_layer_equal(got[0], expected[0])
        assert_layer_equal(got[1], expected[1])


def test_a_module_of_torch_with_two_biases_gives_the_same_states(frozen):
    torch.manual_seed(0)
    module = torch.nn.RNN(4, 5, dtype=torch.float64)
    assert not torch.equal(module.bias_ih_l0, module.bias_hh_l0)
    x = frozen(3, 2, 4)
    h, _ = rnn_forward(x, np.zeros((2, 5)), **from_torch_rnn(module))
    np.testing.assert_allclose(h, module(torch.tensor(x))[0].detach(), rtol=1e-10, atol=1e-12)


def test_what_comes_back_is_a_copy(frozen):
    module = to_torch_deep_rnn([frozen.layer(4, 5)])
    from_torch_rnn(module)["W_xh"][...] = 0
    assert torch.all(module.weight_ih_l0 != 0)


def test_making_a_module_leaves_the_generator_of_torch_alone(frozen):
    one = frozen.layer(4, 5)
    before = torch.get_rng_state()
    to_torch_deep_birnn([(one, one), (frozen.layer(10, 5), frozen.layer(10, 5))])
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize(
    ("module", "message"),
    [
        (lambda: torch.nn.RNN(4, 5, num_layers=2), "module: 2 layers, expected 1"),
        (
            lambda: torch.nn.RNN(4, 5, nonlinearity="relu"),
            "module: nonlinearity 'relu', expected 'tanh'",
        ),
        (lambda: torch.nn.RNN(4, 5, bias=False), "module: made with bias=False, expected biases"),
    ],
)
def test_a_module_that_computes_something_else_is_refused(module, message):
    with pytest.raises(ValueError, match=message):
        from_torch_rnn(module())


@pytest.mark.parametrize("module", [torch.nn.LSTM(4, 5), torch.nn.GRU(4, 5)])
def test_gates_are_not_read_as_a_simple_network(module):
    for read in (from_torch_rnn, from_torch_deep_rnn, from_torch_birnn, from_torch_deep_birnn):
        with pytest.raises((ValueError, TypeCheckError), match=r"expected nn.RNN|Expected type"):
            read(module)
    with pytest.raises(ValueError, match=f"module: {type(module).__name__}, expected nn.RNN"):
        parity._require_rnn(module)


def test_bad_input_is_named(frozen):
    one = frozen.layer(4, 5)
    for layers in ([(one, one), (frozen.layer(10, 5),)], [(one,), (one, one)], [(one,) * 3]):
        with pytest.raises(ValueError, match=r"layers: \d directions in layer"):
            parity._build(layers)
    with pytest.raises(ValueError, match="layers: expected at least one layer"):
        to_torch_deep_rnn([])
    with pytest.raises(ValueError, match="params: W_hh, b_h missing, got W_xh"):
        to_torch_rnn({"W_xh": one[0]})
    with pytest.raises(ValueError, match="what: 'grads', expected one of values, gradients"):
        from_torch_rnn(to_torch_deep_rnn([one]), "grads")
    with pytest.raises(ValueError, match="module: 2 layers, expected 1"):
        from_torch_birnn(torch.nn.RNN(4, 5, num_layers=2, bidirectional=True))
    with pytest.raises(ValueError, match="weight_ih_l1: shape"):
        to_torch_deep_rnn([one, one])
    with pytest.raises(ValueError, match="module: bidirectional, expected one direction"):
        from_torch_rnn(to_torch_birnn(one, one))
    with pytest.raises(ValueError, match="module: one direction, expected bidirectional"):
        from_torch_birnn(to_torch_deep_rnn([one]))
    with pytest.raises(ValueError, match="holds no gradient"):
        from_torch_rnn(to_torch_deep_rnn([one]), "gradients")
