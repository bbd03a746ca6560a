import re

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from course_lib.gradcheck import check_gradients
from course_lib.reference.embedding import embedding_backward, embedding_forward
from course_lib.reference.vocabulary import one_hot


@given(st.integers(0, 2**32 - 1), st.lists(st.integers(0, 9), max_size=4), st.integers(0, 3))
def test_rows_and_gradients_equal_torch(seed, front, D):
    rng = np.random.default_rng(seed)
    ids, E = rng.integers(6, size=front), rng.normal(size=(6, D))
    x, cache = embedding_forward(np.asarray(ids), E)
    weight = torch.tensor(E, requires_grad=True)
    expected = torch.nn.functional.embedding(torch.tensor(ids), weight)
    dx = rng.normal(size=x.shape)
    (expected * torch.tensor(dx)).sum().backward()
    np.testing.assert_array_equal(x, expected.detach())
    np.testing.assert_allclose(embedding_backward(dx, cache), weight.grad, rtol=1e-10, atol=1e-12)


def test_gradients_equal_central_differences(frozen):
    ids = np.array([[0, 2, 2], [3, 2, 0]])
    report = check_gradients(
        lambda E: embedding_forward(ids, E), embedding_backward, {"E": frozen(4, 5)}, frozen.rng
    )
    assert report.passed, str(report)


def test_it_is_the_product_with_one_hot_rows(frozen):
    ids, E = np.array([[0, 2], [3, 2]]), frozen(4, 5)
    np.testing.assert_array_equal(embedding_forward(ids, E)[0], one_hot(ids, 4) @ E)


def test_dtype_is_kept_and_bad_input_named(frozen):
    E = frozen(4, 5, dtype=np.float32)
    x, cache = embedding_forward(np.array([1, 3]), E)
    assert x.dtype == embedding_backward(x, cache).dtype == np.float32
    with pytest.raises(ValueError, match=r"ids: must lie in 0\.\.3, got -1\.\.2"):
        embedding_forward(np.array([2, -1]), E)
    with pytest.raises(ValueError, match=re.escape("dx: shape (2, 4), expected (2, 5)")):
        embedding_backward(frozen(2, 4), cache)
