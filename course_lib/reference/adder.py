"""A recurrent network with weights set by hand that adds binary numbers of any length
(book/rnn/machines).
"""

import numpy as np
from jaxtyping import Integer

from course_lib.reference.output import output_forward
from course_lib.reference.rnn import rnn_forward
from course_lib.shapes import checked

#: How hard the units are driven. Every pre-activation is at least GAIN / 4 = 25 away from 0, and in
#: float64 tanh(z) is exactly +-1 from |z| = 19.1 on.
GAIN = 100.0


def adder_weights() -> dict[str, np.ndarray]:
    """Weights W_xh (2, 3), W_hh (3, 3), b_h (3,), W_hy (3, 1), b_y (1,) that add two bits and a
    carry a step.

    Let s be the number of ones among a_t, b_t and the carry. Hidden unit k = 1, 2, 3 detects s >=
    k: it is exactly +1 if so, exactly -1 if not. Unit 2 is thus the carry out, and the only one
    that the next step reads. The sum bit is 1 for s = 1 and s = 3, which is (h_1 - h_2 + h_3 + 1) /
    2.

    Unit k is driven by GAIN * (a_t + b_t + carry / 2 - (k - 3/4)), where carry is +1, -1, or 0 in
    the state h_0 = 0: the threshold lies so that 0 and -1 both mean "no carry". As nothing but +-1
    is ever passed on, no error builds up, and the length does not matter.
    """
    k = np.arange(1, 4)
    W_hh = np.zeros((3, 3))
    W_hh[1] = GAIN / 2
    return {
        "W_xh": np.full((2, 3), GAIN),
        "W_hh": W_hh,
        "b_h": -GAIN * (k - 0.75),
        "W_hy": np.array([[0.5], [-0.5], [0.5]]),
        "b_y": np.array([0.5]),
    }


@checked
def add_binary(
    a: Integer[np.ndarray, " T"], b: Integer[np.ndarray, " T"]
) -> Integer[np.ndarray, " T+1"]:
    """The T + 1 bits of a + b, for bits a and b, lowest first, computed by the network alone.

    One more step, with two zeros, brings out the last carry. Raises ValueError if a bit is not 0 or
    1.
    """
    for name, bits in (("a", a), ("b", b)):
        if np.any((bits != 0) & (bits != 1)):
            raise ValueError(f"{name}: bits must be 0 or 1")
    x = np.zeros((len(a) + 1, 1, 2))
    x[:-1, 0] = np.stack([a, b], axis=1)
    w = adder_weights()
    h, _ = rnn_forward(x, np.zeros((1, 3)), w["W_xh"], w["W_hh"], w["b_h"])
    o, _ = output_forward(h, w["W_hy"], w["b_y"])
    return o[:, 0, 0].astype(int)
