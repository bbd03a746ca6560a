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
    title="One step back",
    equation="eq-bptt-one-step-back",
    section="sec-bptt-code-backward",
    says="all five gradients are right, in any size.",
)
for result in RESULTS:
    cell.part(result, sized().comparing(result))
cell.part(
    "any size",
    ones("N"),
    square(3, "N", "D", "H"),
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
