import re
from itertools import pairwise

import numpy as np
import pytest

from course_lib.reference.elman import elman_run
from course_lib.reference.output import output_forward
from course_lib.reference.rnn import rnn_forward


def test_the_network_with_context_units_is_the_recurrent_network(frozen):
    x, h0, layer, W_hy, b_y = frozen(4, 3), frozen(5), frozen.layer(3, 5), frozen(5, 2), frozen(2)
    steps = elman_run(x, h0, *layer, W_hy, b_y)
    h, _ = rnn_forward(x[:, None], h0[None], *layer)
    o, _ = output_forward(h, W_hy, b_y)
    np.testing.assert_allclose([s.hidden for s in steps], h[:, 0], rtol=1e-12)
    np.testing.assert_allclose([s.output for s in steps], o[:, 0], rtol=1e-12)
    np.testing.assert_array_equal(steps[0].context, h0)
    for earlier, later in pairwise(steps):
        np.testing.assert_array_equal(later.context, earlier.hidden)
        assert later.context is not earlier.hidden


def test_another_activation_and_a_count_by_hand():
    ones = np.ones((1, 1))
    steps = elman_run(
        np.array([[1.0], [1.0], [0.0]]),
        np.zeros(1),
        ones,
        ones,
        np.zeros(1),
        2 * ones,
        np.ones(1),
        activation=lambda a: a,
    )
    assert [s.hidden.item() for s in steps] == [1, 2, 2]
    assert [s.output.item() for s in steps] == [3, 5, 5]


def test_bad_input_is_named(frozen):
    with pytest.raises(ValueError, match=re.escape("context: shape (1, 5), expected (H,)")):
        elman_run(frozen(4, 3), frozen(1, 5), *frozen.layer(3, 5), frozen(5, 2), frozen(2))
