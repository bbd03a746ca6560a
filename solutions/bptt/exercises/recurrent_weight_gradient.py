"""Exercise 3: the gradient of the recurrent weights."""

import numpy as np

from autograder.testing import Exercise, float32, ones, sized, square, states, unchanged
from course_lib.reference.bptt import recurrent_weight_gradient

from . import means

recurrent_weights = Exercise(
    recurrent_weight_gradient,
    "dW_hh",
    {"T": 4, "N": 3, "H": 5},
    draw={"h0": states, "h": states},
    factors=lambda arguments: means(*arguments["h"].shape[:2]),
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
recurrent_weights.mistake(
    "before_the_first_state_comes_the_last",
    "h[t - 1] is the state before, at every step.",
    hint="h[-1] is the last state. What is h[t - 1] at the first step?",
    swap={"np.concatenate([h0[None], h[:-1]])": "np.roll(h, 1, axis=0)"},
)
recurrent_weights.mistake(
    "the_state_after",
    "What goes in is the state of the next step.",
    hint="Into the product with W_hh goes the state before. Yours is the one after.",
    swap={"np.concatenate([h0[None], h[:-1]])": "np.concatenate([h[1:], h0[None]])"},
    spellings=[
        {"np.concatenate([h0[None], h[:-1]])": "np.concatenate([h[1:], h[-1:]])"},
        {'np.einsum("tni,tnj->ij", h_prev, da)': 'np.einsum("tni,tnj->ij", h[1:], da[:-1])'},
        {"np.concatenate([h0[None], h[:-1]])": "np.roll(h, -1, axis=0)"},
    ],
)
recurrent_weights.mistake(
    "h0_for_another_state",
    "h0 is the first of the states.",
    hint=(
        "h0 comes before the states, and moves them on by a step. Yours takes the place of "
        "one of them."
    ),
    swap={"np.concatenate([h0[None], h[:-1]])": "np.concatenate([h0[None], h[1:]])"},
)
recurrent_weights.mistake(
    "recurrent_weights_averaged_over_time",
    "A shared parameter gets the mean of its gradients.",
    hint=(
        "Each step adds its part to the gradient of a shared parameter. Are the parts added "
        "up or averaged?"
    ),
    swap={'np.einsum("tni,tnj->ij", h_prev, da)': 'np.einsum("tni,tnj->ij", h_prev, da) / len(h)'},
    spellings=[
        {
            'np.einsum("tni,tnj->ij", h_prev, da)': 'np.einsum("tni,tnj->ij", h_prev, da) / (h.shape[0] * h.shape[1])'
        }
    ],
)
recurrent_weights.mistake(
    "recurrent_weights_of_each_step",
    "Each step has its gradient.",
    hint="There is one W_hh for all steps. What becomes of the gradients of the single steps?",
    swap={"->ij": "->tij"},
    spellings=[{"->ij": "->nij"}],
)
recurrent_weights.mistake(
    "recurrent_product_of_the_sums",
    "Sum over time and batch, then multiply.",
    hint=(
        "The sum of products is not the product of the sums: state and gradient belong "
        "together at each step, for each sequence."
    ),
    swap={
        'np.einsum("tni,tnj->ij", h_prev, da)': "np.outer(h_prev.sum(axis=(0, 1)), da.sum(axis=(0, 1)))"
    },
    spellings=[
        {
            'np.einsum("tni,tnj->ij", h_prev, da)': 'np.einsum("ti,tj->ij", h_prev.sum(axis=1), da.sum(axis=1))'
        },
        {
            'np.einsum("tni,tnj->ij", h_prev, da)': 'np.einsum("ni,nj->ij", h_prev.sum(axis=0), da.sum(axis=0))'
        },
    ],
)
recurrent_weights.mistake(
    "recurrent_slope_of_the_gradient",
    "The slope is one minus the square of what comes back.",
    hint="The slope of the tanh is had from its value. Which of the arrays holds that?",
    swap={"h**2": "dh**2"},
)
recurrent_weights.mistake(
    "recurrent_square_of_the_difference",
    "The slope is (1 - h) squared, or h (1 - h).",
    hint="Look once more at the derivative of the tanh: what exactly is squared?",
    swap={"(1 - h**2)": "(1 - h) ** 2"},
    spellings=[
        {"(1 - h**2)": "h * (1 - h)"},
        {"(1 - h**2)": "(1 + h**2)"},
        {"(1 - h**2)": "(1 - np.tanh(h) ** 2)"},
    ],
)
recurrent_weights.mistake(
    "leaves_out_the_last_step",
    "The last state goes in nowhere.",
    hint="Your sum ends before the last step. Its gradient counts, too.",
    swap={'np.einsum("tni,tnj->ij", h_prev, da)': 'np.einsum("tni,tnj->ij", h_prev[:-1], da[:-1])'},
)
recurrent_weights.mistake(
    "recurrent_weights_of_the_first_sequence",
    "There is one sequence.",
    hint="Your sum leaves out all sequences but one.",
    swap={'np.einsum("tni,tnj->ij", h_prev, da)': "h_prev[:, 0].T @ da[:, 0]"},
    spellings=[{'np.einsum("tni,tnj->ij", h_prev, da)': "h_prev[:, -1].T @ da[:, -1]"}],
)
recurrent_weights.mistake(
    "recurrent_weights_from_the_state_itself",
    "What comes out is the state.",
    hint="One of the two factors is a gradient. Yours are both values.",
    swap={"da = dh * ": "da = h * "},
    spellings=[{"dh * (1 - h**2)": "1 - h**2"}],
)
recurrent_weights.mistake(
    "writes_into_dh",
    "dh is not needed any more.",
    hint="The array dh of whoever called you has changed. Let the result be a new array.",
    swap={"da = dh * (1 - h**2)": "dh *= 1 - h**2\n    da = dh"},
)
recurrent_weights.mistake(
    "the_first_step_only",
    "The return stands in the loop.",
    hint="Your sum ends after its first step. If there is a loop: where does the `return` stand?",
    swap={'np.einsum("tni,tnj->ij", h_prev, da)': "h_prev[0].T @ da[0]"},
)
recurrent_weights.mistake(
    "state_and_gradient_of_the_same_step_without_the_last",
    "h[:-1] goes with dh[:-1].",
    hint="Each state goes with the gradient of the step after it. Which pairs do you make?",
    swap={'np.einsum("tni,tnj->ij", h_prev, da)': 'np.einsum("tni,tnj->ij", h[:-1], da[:-1])'},
    spellings=[
        {
            "np.concatenate([h0[None], h[:-1]])": "np.concatenate([h0[None], h0[None], h[:-2]])[: len(h)]"
        },
        {"np.concatenate([h0[None], h[:-1]])": "h[::-1]"},
    ],
)
recurrent_weights.mistake(
    "recurrent_slope_without_brackets",
    "Python reads from left to right.",
    hint=(
        "Read your slope as Python does: which of `*`, `**` and `-` comes first, and do the "
        "brackets stand where you mean them?"
    ),
    swap={"dh * (1 - h**2)": "dh * 1 - h**2"},
    spellings=[
        {"(1 - h**2)": "(1 - h * 2)"},
        {"(1 - h**2)": "h**2"},
        {"dh * (1 - h**2)": "dh - h**2"},
        {"(1 - h**2)": "(h**2 - 1)"},
        {"(1 - h**2)": "(1 - h**2) ** 2"},
    ],
)
recurrent_weights.mistake(
    "recurrent_weights_both_turned_and_without_slope",
    "The slope is left out, and the factors are turned.",
    hint=(
        "Two things are wrong in your product: the slope is missing, and the factors have "
        "changed places."
    ),
    swap={" * (1 - h**2)": "", "h_prev, da": "da, h_prev"},
    spellings=[{" * (1 - h**2)": "", "h_prev, da": "h, da"}],
)
recurrent_weights.mistake(
    "recurrent_weights_averaged_over_everything",
    "A gradient is a mean.",
    hint=(
        "The mean over the predictions is in dh already, and steps are added up. Where do you "
        "divide?"
    ),
    swap={'np.einsum("tni,tnj->ij", h_prev, da)': 'np.einsum("tni,tnj->ij", h_prev, da) / h.size'},
    spellings=[
        {'np.einsum("tni,tnj->ij", h_prev, da)': 'np.einsum("tni,tnj->ij", h_prev, da) / 2'}
    ],
)
recurrent_weights.mistake(
    "gradients_of_another_step",
    "The gradient is that of the step before.",
    hint="Which gradient comes out of step t? Yours belongs to another step, or to several.",
    swap={"da = dh *": "da = np.roll(dh, 1, axis=0) *"},
    spellings=[
        {"da = dh * (1 - h**2)": "da = np.roll(dh * (1 - h**2), 1, axis=0)"},
        {"da = dh *": "da = np.cumsum(dh, axis=0) *"},
        {"da = dh *": "da = np.cumsum(dh[::-1], axis=0)[::-1] *"},
        {"da = dh * (1 - h**2)": "da = np.roll(dh * (1 - h**2), -1, axis=0)"},
    ],
)
recurrent_weights.mistake(
    "mean_states",
    "The batch is averaged first.",
    hint="The sum of products is not made of a mean and a sum: state and gradient belong together for each sequence.",
    swap={
        'np.einsum("tni,tnj->ij", h_prev, da)': 'np.einsum("ti,tj->ij", h_prev.mean(axis=1), da.sum(axis=1))'
    },
    spellings=[
        {
            'np.einsum("tni,tnj->ij", h_prev, da)': 'np.einsum("ti,tj->ij", h_prev.sum(axis=1), da.mean(axis=1))'
        }
    ],
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
