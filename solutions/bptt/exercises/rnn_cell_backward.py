"""Exercise 5: the way back through one step."""

import numpy as np

from autograder.testing import Exercise, Sizes, float32, ones, sized, square, unchanged
from course_lib.reference.rnn import rnn_cell_backward, rnn_cell_forward


def stored(rng: np.random.Generator, shape: tuple[int, ...], sizes: Sizes) -> tuple:
    """Draw a step, and give the cache that it leaves."""
    N, D, H = sizes["N"], sizes["D"], sizes["H"]
    x, h_prev = rng.standard_normal((N, D)), np.tanh(rng.standard_normal((N, H)))
    W_xh, W_hh = 0.7 * rng.standard_normal((D, H)), 0.7 * rng.standard_normal((H, H))
    return rnn_cell_forward(x, h_prev, W_xh, W_hh, 0.5 * rng.standard_normal(H))[1]


RESULTS = ("dx", "dh_prev", "dW_xh", "dW_hh", "db_h")

cell = Exercise(
    rnn_cell_backward,
    " ".join(RESULTS),
    {"N": 3, "D": 2, "H": 4},
    draw={"cache": stored},
    factors=lambda arguments: {"1 / N": 1 / len(arguments["dh"])},
    title="One step back",
    equation="eq-bptt-one-step-back",
    section="sec-bptt-code-backward",
    says="all five gradients are right, in any size.",
)
for result in RESULTS:
    cell.part(result, sized().comparing(result), square(3, "N", "D", "H").comparing(result))
cell.part(
    "any size",
    ones("N"),
    ones("D", "H"),
    float32(),
    needs=RESULTS,
)
cell.part("its arguments stay as they are", unchanged(), needs=RESULTS)

cell.mistake(
    "cell_without_slope",
    "From the state back through the matrices.",
    hint="Between the state and the sum inside stands the tanh. Go through it first.",
    swap={" * (1 - h**2)": ""},
)
cell.mistake(
    "cell_slope_of_the_state_before",
    "The slope is that of the tanh of h_prev.",
    hint=(
        "Which tanh do you go back through in this step: that which made h, or that which made "
        "h_prev?"
    ),
    swap={"h**2": "h_prev**2"},
)
cell.mistake(
    "cell_slope_taken_at_the_state",
    "The slope is that of the tanh, taken at h.",
    hint="The slope is wanted at a, and you have h = tanh(a). One tanh is enough.",
    swap={"h**2": "np.tanh(h) ** 2"},
)
cell.mistake(
    "cell_slope_without_the_square",
    "The slope of the tanh is one minus its value.",
    hint="Look once more at the derivative of the tanh. Can it be larger than 1?",
    swap={"h**2": "h"},
)
cell.mistake(
    "cell_recurrent_matrix_not_transposed",
    "W_hh is square, and takes a state to a state.",
    hint="W_hh is square, so NumPy cannot notice. Compare with how you treat W_xh.",
    swap={"W_hh.T": "W_hh"},
)
cell.mistake(
    "cell_weights_with_the_new_state",
    "dW_hh is the state times the gradient.",
    hint=("W_hh is multiplied with the state that went in. Your dW_hh uses the one that came out."),
    swap={"h_prev.T": "h.T"},
)
cell.mistake(
    "cell_recurrent_weights_transposed",
    "Gradient first, then what went in.",
    hint="dW_hh is square, so no shape tells. Compare with how you treat dW_xh.",
    swap={"h_prev.T @ da": "da.T @ h_prev"},
)
cell.mistake(
    "cell_bias_of_each_sequence",
    "The gradient of a bias is that of the sum it stands in.",
    hint="One bias serves all sequences of the batch: it has one axis.",
    swap={"da.sum(axis=0)": "da"},
)
cell.mistake(
    "cell_averages_over_the_batch",
    "Gradients of parameters are averaged over the batch.",
    hint="The mean over the batch is in dh already. If you take it again, N counts twice.",
    swap={
        "x.T @ da, h_prev.T @ da, da.sum(axis=0)": "x.T @ da / len(x), h_prev.T @ da / len(x), da.mean(axis=0)"
    },
)
cell.mistake(
    "cell_slope_for_the_parameters_only",
    "dx and dh_prev come from dh, the parameters from da.",
    hint="All five gradients come from behind the tanh. Two of yours take another way.",
    swap={"da @ W_xh.T, da @ W_hh.T": "dh @ W_xh.T, dh @ W_hh.T"},
)
cell.mistake(
    "cell_parameters_first",
    "The gradients of the parameters are the important ones.",
    hint="All five gradients are there. In which order does the docstring want them?",
    swap={
        "da @ W_xh.T, da @ W_hh.T, x.T @ da, h_prev.T @ da, da.sum(axis=0)": "x.T @ da, h_prev.T @ da, da.sum(axis=0), da @ W_xh.T, da @ W_hh.T"
    },
)
cell.mistake(
    "cell_writes_into_dh",
    "dh is not needed any more.",
    hint=(
        "The array dh of whoever called you has changed. `*=` on an argument reaches outside your"
        " function."
    ),
    swap={"da = dh * (1 - h**2)": ("dh *= 1 - h**2\n    da = dh")},
)
cell.mistake(
    "another_order_of_the_cache",
    "The order of the cache is that in which I would store it.",
    hint=(
        "Have two items of the cache changed places, or two results? Compare your names with "
        "the docstring, one by one."
    ),
    swap={"x, h_prev, W_xh, W_hh, h = cache": "x, h, W_xh, W_hh, h_prev = cache"},
    spellings=[
        {"x, h_prev, W_xh, W_hh, h = cache": "h, x, h_prev, W_xh, W_hh = cache"},
        {"x, h_prev, W_xh, W_hh, h = cache": "x, h_prev, h, W_xh, W_hh = cache"},
        {"x, h_prev, W_xh, W_hh, h = cache": "h_prev, x, W_xh, W_hh, h = cache"},
        {"x, h_prev, W_xh, W_hh, h = cache": "x, h_prev, W_hh, W_xh, h = cache"},
        {"x, h_prev, W_xh, W_hh, h = cache": "h, h_prev, x, W_xh, W_hh = cache"},
        {"x, h_prev, W_xh, W_hh, h = cache": "x, h, h_prev, W_xh, W_hh = cache"},
    ],
)
cell.mistake(
    "one_gradient_is_averaged",
    "The gradient of a shared parameter is a mean.",
    hint="The mean over the batch is in dh already. One of your gradients takes it again.",
    swap={"da.sum(axis=0)": "da.mean(axis=0)"},
    spellings=[
        {"x.T @ da,": "x.T @ da / len(x),"},
        {"h_prev.T @ da,": "h_prev.T @ da / len(x),"},
        {"x.T @ da, h_prev.T @ da,": "x.T @ da / len(x), h_prev.T @ da / len(x),"},
        {"da @ W_xh.T": "da @ W_xh.T / len(x)"},
    ],
)
cell.mistake(
    "one_gradient_goes_around_the_tanh",
    "Not all five come from behind the tanh.",
    hint="All five gradients come from behind the tanh. Which of yours is made of dh itself?",
    swap={"da.sum(axis=0)": "dh.sum(axis=0)"},
    spellings=[
        {" x.T @ da,": " x.T @ dh,"},
        {"h_prev.T @ da,": "h_prev.T @ dh,"},
        {"da @ W_xh.T": "dh @ W_xh.T"},
        {"da @ W_hh.T": "dh @ W_hh.T"},
        {"x.T @ da, h_prev.T @ da, da.sum(axis=0)": "x.T @ dh, h_prev.T @ dh, dh.sum(axis=0)"},
        {"x.T @ da, h_prev.T @ da,": "x.T @ dh, h_prev.T @ dh,"},
    ],
)
cell.mistake(
    "bias_summed_over_the_units",
    "A sum is a sum.",
    hint="Each unit has a bias of its own, and all sequences share it. Over which axis is the sum?",
    swap={"da.sum(axis=0)": "da.sum(axis=1)"},
    spellings=[
        {"da.sum(axis=0)": "da.sum(axis=-1)"},
        {"da.sum(axis=0)": "da.sum()"},
        {"da.sum(axis=0)": "da[0]"},
    ],
)
cell.mistake(
    "hands_on_what_came",
    "The gradient of the state goes on to the state before.",
    hint=(
        "dh_prev is what comes to h_prev through this step. You hand on dh besides, or in its "
        "place."
    ),
    swap={"da @ W_hh.T": "dh + da @ W_hh.T"},
    spellings=[{"da @ W_hh.T": "dh"}, {"da @ W_hh.T": "da + da @ W_hh.T"}, {"da @ W_hh.T": "da"}],
)
cell.mistake(
    "through_the_tanh_of_the_step_before",
    "On the way to h_prev there is the tanh that made it.",
    hint=(
        "The tanh that made h_prev belongs to the step before, which goes through it when its "
        "turn comes."
    ),
    swap={"da @ W_hh.T": "(da @ W_hh.T) * (1 - h_prev**2)"},
)
cell.mistake(
    "cell_slope_of_another_function",
    "The slope is h (1 - h), or (1 - h) squared.",
    hint=(
        "Look once more at the derivative of the tanh: what exactly is squared? At a state of "
        "0 it is 1."
    ),
    swap={"dh * (1 - h**2)": "dh * h * (1 - h)"},
    spellings=[
        {"(1 - h**2)": "(1 - h) ** 2"},
        {"(1 - h**2)": "(1 + h**2)"},
        {"(1 - h**2)": "(h**2 - 1)"},
    ],
)
cell.mistake(
    "cell_slope_of_the_gradient",
    "The slope is one minus the square of what comes back.",
    hint="The slope of the tanh is had from its value. Which of the arrays holds that?",
    swap={"h**2": "dh**2"},
)
cell.mistake(
    "cell_product_of_the_sums",
    "The batch is added up first.",
    hint=(
        "The sum of products is not the product of the sums: input and gradient belong "
        "together for each sequence."
    ),
    swap={"h_prev.T @ da": "np.outer(h_prev.sum(axis=0), da.sum(axis=0))"},
    spellings=[
        {"x.T @ da": "np.outer(x.sum(axis=0), da.sum(axis=0))"},
        {
            "x.T @ da, h_prev.T @ da": "np.outer(x.sum(axis=0), da.sum(axis=0)), np.outer(h_prev.sum(axis=0), da.sum(axis=0))"
        },
    ],
)
cell.mistake(
    "input_matrix_not_transposed",
    "The same matrix as on the way forward.",
    hint="Write the shapes under the product with W_xh: (N, H) times what gives (N, D)?",
    swap={"W_xh.T": "W_xh"},
    spellings=[{"W_xh.T": "W_xh", "W_hh.T": "W_hh"}],
)
cell.mistake(
    "cell_input_weights_transposed",
    "Gradient first, then what went in.",
    hint=(
        "The gradient of a weight has the shape of the weight. Which of the two factors "
        "stands on the left?"
    ),
    swap={"x.T @ da": "da.T @ x"},
    spellings=[{"x.T @ da": "da.T @ x", "h_prev.T @ da": "da.T @ h_prev"}],
)
cell.mistake(
    "a_dict_of_results",
    "Results have names.",
    hint="The results come back as a tuple, in the order of the docstring, and not as a dict.",
    swap={
        "return da @ W_xh.T, da @ W_hh.T, x.T @ da, h_prev.T @ da, da.sum(axis=0)": 'return {"dx": da @ W_xh.T, "dh_prev": da @ W_hh.T, "dW_xh": x.T @ da, "dW_hh": h_prev.T @ da, "db_h": da.sum(axis=0)}'
    },
)
cell.mistake(
    "cell_slope_twice",
    "The slope belongs to the gradient, and to da.",
    hint="Your slope is multiplied in twice: da has it already.",
    swap={"da @ W_hh.T": "(da * (1 - h**2)) @ W_hh.T"},
    spellings=[
        {"da @ W_xh.T": "(da * (1 - h**2)) @ W_xh.T"},
        {"(1 - h**2)": "(1 - h**2) ** 2"},
        {"h_prev.T @ da": "h_prev.T @ (da * (1 - h**2))"},
        {"x.T @ da,": "x.T @ (da * (1 - h**2)),"},
        {"da.sum(axis=0)": "(da * (1 - h**2)).sum(axis=0)"},
        {
            "x.T @ da, h_prev.T @ da, da.sum(axis=0)": "x.T @ (da * (1 - h**2)), h_prev.T @ (da * (1 - h**2)), (da * (1 - h**2)).sum(axis=0)"
        },
        {"da @ W_xh.T, da @ W_hh.T": "(da * (1 - h**2)) @ W_xh.T, (da * (1 - h**2)) @ W_hh.T"},
    ],
)
cell.mistake(
    "cell_slope_without_brackets",
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
    ],
)
cell.mistake(
    "one_factor_is_a_value",
    "What comes out is the state.",
    hint="Each gradient is made of a gradient. Which of yours is made of values only?",
    swap={"dh * (1 - h**2)": "h * (1 - h**2)"},
    spellings=[
        {"dh * (1 - h**2)": "1 - h**2"},
        {"h_prev.T @ da": "h_prev.T @ h"},
        {"da @ W_hh.T": "h_prev @ W_hh.T"},
    ],
)
cell.mistake(
    "cell_for_one_sequence",
    "There is one sequence.",
    hint="Your parameters' gradients leave out all sequences but one.",
    swap={
        "x.T @ da, h_prev.T @ da, da.sum(axis=0)": "x[:1].T @ da[:1], h_prev[:1].T @ da[:1], da[0]"
    },
    spellings=[{"x.T @ da,": "x[:1].T @ da[:1],"}, {"h_prev.T @ da,": "h_prev[:1].T @ da[:1],"}],
)
cell.mistake(
    "cell_slope_after_the_matrix",
    "First the matrix, then the slope.",
    hint="On the way forward the tanh comes last. In which order does one come back?",
    swap={"da @ W_hh.T": "(dh @ W_hh.T) * (1 - h**2)"},
    spellings=[{"da @ W_hh.T": "(dh @ W_hh.T) * (1 - h_prev**2)"}],
)
cell.mistake(
    "the_tanh_is_computed_without_the_bias",
    "h can be had from x and h_prev.",
    hint="h is in the cache. What you compute in its place lacks a term.",
    swap={"h**2": "np.tanh(x @ W_xh + h_prev @ W_hh) ** 2"},
)
cell.mistake(
    "one_gradient_with_both",
    "dh and da are added.",
    hint="da is what has come through the tanh, and dh has not. Which of your gradients mixes them?",
    swap={"da @ W_hh.T": "(dh + da) @ W_hh.T"},
    spellings=[{"da @ W_xh.T": "(dh + da) @ W_xh.T"}, {"h_prev.T @ da": "h_prev.T @ (dh + da)"}],
)
cell.mistake(
    "sums_of_weights",
    "Each unit gets the sum of its weights.",
    hint="A product of matrices is wanted: each unit of the sum has a gradient of its own.",
    swap={"da @ W_hh.T": "da * W_hh.sum(axis=1)"},
    spellings=[
        {"da @ W_hh.T": "da * np.diag(W_hh)"},
        {"da @ W_hh.T": "da.sum(axis=1, keepdims=True) * W_hh.sum(axis=1)"},
        {"da @ W_xh.T": "da.sum(axis=1, keepdims=True) * W_xh.sum(axis=1)"},
    ],
)


@cell.alternative
def cell_with_concatenated_weights(dh, cache):
    """Input and state side by side, with one matrix."""
    x, h_prev, W_xh, W_hh, h = cache
    D = x.shape[1]
    da = dh * (1 - h) * (1 + h)
    together = da @ np.concatenate([W_xh, W_hh]).T
    weights = np.concatenate([x, h_prev], axis=1).T @ da
    return [together[:, :D], together[:, D:], weights[:D], weights[D:], sum(da)]


@cell.alternative
def cell_by_einsum(dh, cache):
    """Index by index; the activation is computed once more."""
    x, h_prev, W_xh, W_hh, h = cache
    da = np.einsum("nj,nj->nj", dh, 1 - h**2)
    return (
        np.einsum("nj,dj->nd", da, W_xh),
        np.einsum("nj,ij->ni", da, W_hh),
        np.einsum("nd,nj->dj", x, da),
        np.einsum("ni,nj->ij", h_prev, da),
        np.einsum("nj->j", da),
    )
