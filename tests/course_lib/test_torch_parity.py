import numpy as np
import pytest
import torch

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


def test_bad_input_is_named(frozen):
    one = frozen.layer(4, 5)
    with pytest.raises(ValueError, match="weight_ih_l1: shape"):
        to_torch_deep_rnn([one, one])
    with pytest.raises(ValueError, match="module: bidirectional, expected one direction"):
        from_torch_rnn(to_torch_birnn(one, one))
    with pytest.raises(ValueError, match="module: one direction, expected bidirectional"):
        from_torch_birnn(to_torch_deep_rnn([one]))
    with pytest.raises(ValueError, match="holds no gradient"):
        from_torch_rnn(to_torch_deep_rnn([one]), "gradients")
