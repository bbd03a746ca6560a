"""What the notebook of `bptt` says in numbers, and the network that it brings along."""

import numpy as np
from answers import BY_NAME

BPTT = BY_NAME["bptt"]


def test_numbers_in_the_marking_scheme() -> None:
    """The state near 0.958, its square 0.917, and the factor 0.17 of the written answer."""
    h = 1.0
    for _ in range(100):
        h = float(np.tanh(2 * h))
    assert (round(h, 3), round(h**2, 3), round(2 * (1 - h**2), 2)) == (0.958, 0.917, 0.17)


def test_the_network_of_the_first_cell_is_that_of_the_library() -> None:
    x, y, h0, params = BPTT.hidden._network(0, 0, 5, 3, 2, 4, 3)
    names = BPTT.namespace()
    h, o = names["forward"](x, h0, params)
    expected_h, expected_o = BPTT.hidden.library.states_and_outputs(x, h0, params)
    np.testing.assert_allclose(h, expected_h, rtol=1e-12)
    np.testing.assert_allclose(o, expected_o, rtol=1e-12)
    L, *_ = BPTT.hidden.library.bptt(x, y, h0, params)
    assert np.isclose(names["loss_of"](x, y, h0, params), len(x) * L, rtol=1e-12)
