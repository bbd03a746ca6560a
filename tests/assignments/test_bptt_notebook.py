"""What the notebook of `bptt` says in numbers, and the network that it brings along."""

import numpy as np
from answers import BY_NAME

from course_lib.reference.bptt import bptt, states_and_outputs

BPTT = BY_NAME["bptt"]


def test_numbers_in_the_marking_scheme() -> None:
    """The state near 0.958, its square 0.917, and the factor 0.17 of the written answer."""
    h = 1.0
    for _ in range(100):
        h = float(np.tanh(2 * h))
    assert (round(h, 3), round(h**2, 3), round(2 * (1 - h**2), 2)) == (0.958, 0.917, 0.17)


def test_the_network_of_the_first_cell_is_that_of_the_library() -> None:
    rng = np.random.default_rng(0)
    sizes = {"D": 2, "H": 4, "K": 3}
    params = BPTT.module("truncated_bptt").network(rng, (), sizes)
    x, y, h0 = (rng.standard_normal(shape) for shape in ((5, 3, 2), (5, 3, 3), (3, 4)))
    names = BPTT.namespace()
    h, o = names["forward"](x, h0, params)
    expected_h, expected_o = states_and_outputs(x, h0, params)
    np.testing.assert_allclose(h, expected_h, rtol=1e-12)
    np.testing.assert_allclose(o, expected_o, rtol=1e-12)
    L, *_ = bptt(x, y, h0, params)
    for loss_of in (names["loss_of"], BPTT.module("directional_check").loss_of):
        assert np.isclose(loss_of(x, y, h0, params), L, rtol=1e-12)
