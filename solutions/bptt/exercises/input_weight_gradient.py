"""Exercise 7: the gradient of the weights of the input."""

import numpy as np

from autograder.testing import Exercise, ones, sized, square, states, unchanged
from course_lib.reference.bptt import input_weight_gradient

input_weights = Exercise(
    input_weight_gradient,
    "dW_xh",
    {"T": 4, "N": 3, "D": 2, "H": 5},
    draw={"h": states},
    title="The weights of the input",
    equation="eq-bptt-dw-xh",
    section="sec-bptt-input-weights",
    says="one step and all steps are right, in any size.",
)
input_weights.part("one step of several sequences", ones("T"))
input_weights.part(
    "all steps, where h is 0",
    sized("With h = 0, where the slope of the tanh is 1:", zero=["h"]),
)
input_weights.part(
    "all steps", sized(), ones("N"), square(3, "T", "N", "D", "H"), ones("D", "H"), weight=2
)
input_weights.part("its arguments stay as they are", unchanged(), needs=["all steps"], weight=0.5)

input_weights.mistake(
    "input_of_the_step_before",
    "As with W_hh, what goes in is that of the step before.",
    hint="Which input does h_t see: that of its own step, or that of the step before?",
    swap={"x, da": "x[:-1], da[1:]"},
)
input_weights.mistake(
    "input_weights_without_slope",
    "What went in, times the gradient of the state.",
    hint=(
        "What comes out of the product with W_xh is inside the tanh. What is the gradient there?"
    ),
    swap={" * (1 - h**2)": ""},
)
input_weights.mistake(
    "input_weights_transposed",
    "Gradient first, then what went in.",
    hint=(
        "The gradient of a weight has the shape of the weight. Which of the two factors stands on"
        " the left?"
    ),
    swap={'np.einsum("tnd,tnj->dj", x, da)': 'np.einsum("tnj,tnd->jd", da, x)'},
)
input_weights.mistake(
    "input_weights_at_the_last_step",
    "The gradient of the parameters is that of the last step.",
    hint="W_xh was used at every step, and each use has its part in the gradient.",
    swap={'np.einsum("tnd,tnj->dj", x, da)': "x[-1].T @ da[-1]"},
)
input_weights.mistake(
    "input_weights_averaged_over_the_batch",
    "Gradients are averaged over the batch.",
    hint="The mean over the batch is in dh already. If you take it again, N counts twice.",
    swap={'np.einsum("tnd,tnj->dj", x, da)': 'np.einsum("tnd,tnj->dj", x, da) / x.shape[1]'},
)
input_weights.mistake(
    "slope_of_the_gradient",
    "The slope is one minus the square of what comes back.",
    hint="The slope of the tanh is had from its value. Which of the arrays holds that?",
    swap={"h**2": "dh**2"},
)
input_weights.mistake(
    "input_weights_of_the_first_sequence",
    "There is one sequence.",
    hint="Your sum leaves out all sequences but one.",
    swap={'np.einsum("tnd,tnj->dj", x, da)': "x[:, 0].T @ da[:, 0]"},
)


@input_weights.alternative
def input_weights_step_by_step(x, h, dh):
    """A product for each step, added up."""
    dW_xh = np.zeros((x.shape[2], h.shape[2]))
    for x_t, h_t, dh_t in zip(x, h, dh, strict=True):
        dW_xh += x_t.T @ (dh_t * (1 - h_t**2))
    return dW_xh


@input_weights.alternative
def input_weights_by_outer_products(x, h, dh):
    """An outer product for each step of each sequence."""
    products = x[..., :, None] * (dh * (1 - h**2))[..., None, :]
    return products.sum(axis=(0, 1))
