"""Exercise 3: the gradient of the recurrent weights."""

import numpy as np

from autograder.testing import Exercise, float32, ones, sized, square, states, unchanged
from course_lib.reference.bptt import recurrent_weight_gradient

recurrent_weights = Exercise(
    recurrent_weight_gradient,
    "dW_hh",
    {"T": 4, "N": 3, "H": 5},
    draw={"h0": states, "h": states},
    title="The recurrent weights",
    equation="eq-bptt-dw-hh",
    section="sec-bptt-recurrent-weights",
    says="one step and all steps are right, in any size.",
)
recurrent_weights.part("one step", ones("T", note="With T = 1, where only h0 goes in:"))
recurrent_weights.part("all steps, where h0 is 0", sized("With h0 = 0:", zero=["h0"]))
recurrent_weights.part(
    "all steps", sized(), ones("N"), square(3, "T", "N", "H"), ones("H"), float32(), weight=2
)
recurrent_weights.part(
    "its arguments stay as they are", unchanged(), needs=["all steps"], weight=0.5
)

recurrent_weights.mistake(
    "recurrent_weights_with_their_own_state",
    "What goes in is the state.",
    hint="W_hh is multiplied with a state on the way to h_t. Is that h_t itself?",
    swap={"h_prev, da": "h, da"},
)
recurrent_weights.mistake(
    "forgets_the_first_step",
    "The first state has none before it, so the sum starts at the second step.",
    hint="Your sum starts at the second step. That is right only if h0 is 0.",
    swap={"h_prev, da": "h[:-1], da[1:]"},
)
recurrent_weights.mistake(
    "recurrent_weights_without_slope",
    "What went in, times the gradient of the state.",
    hint=(
        "What comes out of the product with W_hh is inside the tanh. What is the gradient there?"
    ),
    swap={" * (1 - h**2)": ""},
)
recurrent_weights.mistake(
    "recurrent_weights_transposed",
    "Gradient first, then what went in.",
    hint=(
        "dW_hh is square, so no shape tells. Which index of W_hh belongs to the state that goes in?"
    ),
    swap={"h_prev, da": "da, h_prev"},
)
recurrent_weights.mistake(
    "slope_of_the_state_before",
    "The slope belongs to the state that goes in.",
    hint=(
        "Which tanh stands between the product with W_hh and h_t: the one that made h_t, or the "
        "one before?"
    ),
    swap={"h**2": "h_prev**2"},
)
recurrent_weights.mistake(
    "recurrent_weights_at_the_last_step",
    "The gradient of the parameters is that of the last step.",
    hint="W_hh was used at every step, and each use has its part in the gradient.",
    swap={'np.einsum("tni,tnj->ij", h_prev, da)': "h_prev[-1].T @ da[-1]"},
)
recurrent_weights.mistake(
    "recurrent_weights_averaged_over_the_batch",
    "Gradients are averaged over the batch.",
    hint="The mean over the batch is in dh already. If you take it again, N counts twice.",
    swap={'np.einsum("tni,tnj->ij", h_prev, da)': 'np.einsum("tni,tnj->ij", h_prev, da) / len(h0)'},
)
recurrent_weights.mistake(
    "the_first_state_at_every_step",
    "h0 goes into the network.",
    hint="h0 goes in at the first step only. What goes in at the others?",
    swap={'np.einsum("tni,tnj->ij", h_prev, da)': 'np.einsum("ni,tnj->ij", h0, da)'},
)
recurrent_weights.mistake(
    "recurrent_slope_without_the_square",
    "The slope of the tanh is one minus its value.",
    hint="Look once more at the derivative of the tanh.",
    swap={"h**2": "h"},
)


@recurrent_weights.alternative
def recurrent_weights_from_the_end(h0, h, dh):
    """From the last step to the first, in an array of its own."""
    dW_hh = np.zeros((h.shape[2], h.shape[2]), dtype=h.dtype)
    for t in range(len(h) - 1, 0, -1):
        dW_hh += h[t - 1].T @ (dh[t] * (1 - h[t] ** 2))
    return dW_hh + h0.T @ (dh[0] * (1 - h[0] ** 2))


@recurrent_weights.alternative
def recurrent_weights_in_two_parts(h0, h, dh):
    """The first step by itself, the others in one product."""
    da = dh * (1 - h * h)
    later = np.tensordot(h[:-1], da[1:], axes=((0, 1), (0, 1)))
    return h0.T @ da[0] + later
