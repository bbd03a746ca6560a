import re

import numpy as np
import pytest
import torch

from course_lib.gradcheck import check_gradients
from course_lib.reference.output import output_backward, output_forward


@pytest.mark.parametrize("front", [(3, 2), (2,), (), (1, 1)])
def test_output_layer_equals_torch_and_central_differences(frozen, front):
    h, W_hy, b_y, do = frozen(*front, 5), frozen(5, 3), frozen(3), frozen(*front, 3)
    o, cache = output_forward(h, W_hy, b_y)
    leaves = [torch.tensor(a, requires_grad=True) for a in (h, W_hy, b_y)]
    o_torch = torch.nn.functional.linear(leaves[0], leaves[1].T, leaves[2])
    (o_torch * torch.tensor(do)).sum().backward()
    np.testing.assert_allclose(o, o_torch.detach(), rtol=1e-10, atol=1e-12)
    for got, leaf in zip(output_backward(do, cache), leaves, strict=True):
        np.testing.assert_allclose(got, leaf.grad, rtol=1e-10, atol=1e-12)

    inputs = {"h": h, "W_hy": W_hy, "b_y": b_y}
    report = check_gradients(output_forward, output_backward, inputs, frozen.rng)
    assert report.passed, str(report)


def test_dtype_is_kept(frozen):
    h, W_hy, b_y = (frozen(*s, dtype=np.float32) for s in ((3, 2, 5), (5, 4), (4,)))
    o, cache = output_forward(h, W_hy, b_y)
    assert {a.dtype for a in (o, *output_backward(o, cache))} == {np.dtype(np.float32)}


def test_bad_input_is_named(frozen):
    with pytest.raises(
        ValueError, match=re.escape("W_hy: shape (4, 5), expected (H, K) with H = 5")
    ):
        output_forward(frozen(3, 2, 5), frozen(4, 5), frozen(5))
    _, cache = output_forward(frozen(3, 2, 5), frozen(5, 4), frozen(4))
    with pytest.raises(ValueError, match=re.escape("do: shape (3, 2, 5), expected (3, 2, 4)")):
        output_backward(frozen(3, 2, 5), cache)
