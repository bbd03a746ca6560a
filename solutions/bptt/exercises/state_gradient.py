"""Exercise 2: the gradient of a state."""

import numpy as np

from autograder.testing import Exercise, float32, ones, sized, square, states, unchanged
from course_lib.reference.bptt import state_gradient

state = Exercise(
    state_gradient,
    "dh_t",
    {"N": 3, "H": 5, "K": 4},
    axes="n unit",
    draw={"h_next": states},
    title="A state",
    equation="eq-bptt-dh",
    section="sec-bptt-state",
    says="each term is right, and both together, in any size.",
)
state.part(
    "from above",
    sized("With dh_next = 0, so that only what comes from above is left:", zero=["dh_next"]),
)
state.part(
    "from the right, where h_next is 0",
    sized(
        "With do_t = 0, and h_next = 0, where the slope of the tanh is 1:", zero=["do_t", "h_next"]
    ),
)
state.part(
    "from the right",
    sized("With do_t = 0, so that only what comes from the right is left:", zero=["do_t"]),
)
state.part(
    "both together, in any size",
    sized(),
    square(4, "N", "H", "K"),
    ones("N"),
    ones("H", "K"),
    float32(),
    weight=2,
)
state.part("its arguments stay as they are", unchanged(), needs=["both together, in any size"])

state.mistake(
    "drops_what_comes_from_the_right",
    "The gradient of a state comes from its output.",
    hint=(
        "Through what else does a state act on the loss, besides its own output? Look for h_t in "
        "the equation of the next state."
    ),
    swap={" + da_next @ W_hh.T": ""},
)
state.mistake(
    "drops_what_comes_from_above",
    "The gradient comes back along the chain of states.",
    hint=(
        "Your gradient knows only what comes from later steps. The state has an output of its "
        "own, too."
    ),
    swap={"return from_above + ": "return "},
)
state.mistake(
    "forgets_the_slope_of_the_tanh",
    "From state to state there is a matrix, so back by its transpose.",
    hint=(
        "Between h_t and the next state stands more than a matrix. What does the tanh multiply a "
        "small change by?"
    ),
    swap={" * (1 - h_next**2)": ""},
)
state.mistake(
    "recurrent_matrix_not_transposed",
    "W_hh is square, and takes a state to a state.",
    hint=(
        "W_hh is square, so NumPy cannot notice. Which index of W_hh belongs to h_t, and which to"
        " the next state?"
    ),
    swap={"W_hh.T": "W_hh"},
)
state.mistake(
    "output_matrix_not_transposed",
    "The same matrix as on the way forward, the same product.",
    hint=(
        "Write the shapes under the product with W_hy: (N, K) times what gives (N, H)? On the way"
        " back a matrix is used the other way round."
    ),
    swap={"W_hy.T": "W_hy"},
)
state.mistake(
    "state_averages_over_the_outputs",
    "Several contributions are averaged.",
    hint="The contributions of the outputs are added up. Is there a mean in the equation?",
    swap={"do_t @ W_hy.T": "do_t @ W_hy.T / do_t.shape[1]"},
)
state.mistake(
    "adds_up_the_batch",
    "A gradient is a sum over the batch.",
    hint=("Each sequence has a state of its own, and each of these a gradient of its own."),
    swap={
        "return from_above + da_next @ W_hh.T": (
            "dh_t = from_above + da_next @ W_hh.T\n"
            "    return np.zeros_like(dh_t) + dh_t.sum(axis=0)"
        )
    },
    spellings=[
        {
            "return from_above + da_next @ W_hh.T": "return (from_above + da_next @ W_hh.T).sum(axis=0)"
        }
    ],
)
state.mistake(
    "float32_for_the_state",
    "Gradients need no precision.",
    hint="Something turns the numbers into float32 on the way. Leave the dtype alone.",
    swap={
        "return from_above + da_next @ W_hh.T": "return (from_above + da_next @ W_hh.T).astype(np.float32)"
    },
)
state.mistake(
    "slope_after_the_product",
    "First the matrix, then the slope, as on the way forward.",
    hint=(
        "On the way forward the tanh comes after the product with W_hh. In which order does one "
        "come back?"
    ),
    swap={" * (1 - h_next**2)": "", "da_next @ W_hh.T": "(da_next @ W_hh.T) * (1 - h_next**2)"},
)
state.mistake(
    "slope_without_the_square",
    "The slope of the tanh is one minus its value.",
    hint="Look once more at the derivative of the tanh. Can the slope be larger than 1?",
    swap={"h_next**2": "h_next"},
)
state.mistake(
    "slope_of_the_sigmoid",
    "The slope of an S-shaped function is h (1 - h).",
    hint=(
        "That is the slope of another S-shaped function. At a state of 0 the slope of the tanh is"
        " 1."
    ),
    swap={"(1 - h_next**2)": "h_next * (1 - h_next)"},
)
state.mistake(
    "slope_taken_at_the_state",
    "The slope is that of the tanh, taken at h.",
    hint=(
        "The slope is wanted where the tanh was taken, at a. You have its value h = tanh(a) "
        "already: one tanh is enough."
    ),
    swap={"h_next**2": "np.tanh(h_next) ** 2"},
)
state.mistake(
    "slope_for_what_comes_from_above_too",
    "Everything that comes into a state goes through the tanh.",
    hint=(
        "The slope stands in one of the two terms only: does a change of h_t go through a tanh on"
        " its way to o_t?"
    ),
    swap={"do_t @ W_hy.T": "(do_t @ W_hy.T) * (1 - h_next**2)"},
)
state.mistake(
    "writes_into_dh_next",
    "dh_next is not needed any more.",
    hint=(
        "The array dh_next of whoever called you has changed. `*=` on an argument reaches outside"
        " your function."
    ),
    swap={
        "da_next = dh_next * (1 - h_next**2)": ("dh_next *= 1 - h_next**2\n    da_next = dh_next")
    },
)


@state.alternative
def state_by_the_last_state(do_t, dh_next, h_next, W_hy, W_hh):
    """Both sums, index by index."""
    slope = (1 - h_next) * (1 + h_next)
    return np.einsum("nk,ik->ni", do_t, W_hy) + np.einsum("nj,nj,ij->ni", dh_next, slope, W_hh)


@state.alternative
def state_by_jacobians(do_t, dh_next, h_next, W_hy, W_hh):
    """A Jacobian for each sequence."""
    dh_t = do_t @ W_hy.T
    for n in range(len(dh_t)):
        dh_t[n] += (W_hh * (1 - h_next[n] ** 2)) @ dh_next[n]
    return dh_t
