"""Known wrong answers to the exercises of the assignment `bptt`, each with the hint it earns.

A function's name is the name of the mistake, its docstring says what the student thinks. The code
uses only NumPy and the names that the notebook defines, so that it can be pasted into a notebook.
"""

import numpy as np

from autograder.testing import mistake

# The two functions that the notebook's first cell defines.


def forward(x, h0, params):
    h = [h0]
    for x_t in x:
        h.append(np.tanh(x_t @ params["W_xh"] + h[-1] @ params["W_hh"] + params["b_h"]))
    h = np.stack(h[1:])
    return h, h @ params["W_hy"] + params["b_y"]


def loss_of(x, y, h0, params):
    o = forward(x, h0, params)[1]
    return np.sum((o - y) ** 2) * 0.5 / len(h0)


# 1. The error of an output


@mistake(
    "output_error",
    hint=(
        "The loss of a step is a mean over the batch. What does that leave of each "
        "sequence's share in the gradient?"
    ),
)
def adds_up_the_sequences(o_t, y_t, loss="squared"):
    """The loss is a sum over everything, so nothing is averaged."""
    if loss == "squared":
        return o_t - y_t
    e = np.exp(o_t - o_t.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    p[np.arange(len(o_t)), y_t] -= 1
    return p


@mistake(
    "output_error",
    hint=(
        "How many numbers is the loss averaged over? Over the sequences, not over the "
        "outputs of each."
    ),
)
def averages_over_outputs_too(o_t, y_t, loss="squared"):
    """A mean is a mean over all numbers."""
    if loss == "squared":
        return (o_t - y_t) / o_t.size
    e = np.exp(o_t - o_t.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    p[np.arange(len(o_t)), y_t] -= 1
    return p / o_t.size


@mistake(
    "output_error",
    hint=(
        "Your gradient has the other sign. Does the loss rise or fall when an output that "
        "is too large gets larger still?"
    ),
)
def points_downhill(o_t, y_t, loss="squared"):
    """The gradient says what has to be changed: from the output to the target."""
    if loss == "squared":
        return (y_t - o_t) / len(o_t)
    e = np.exp(o_t - o_t.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    p[np.arange(len(o_t)), y_t] -= 1
    return -p / len(o_t)


@mistake(
    "output_error",
    hint=(
        "The derivative of the square has a factor 2. What stands in front of the square "
        "in the loss?"
    ),
)
def keeps_the_two_of_the_square(o_t, y_t, loss="squared"):
    """The derivative of a square is two times what stands inside."""
    if loss == "squared":
        return 2 * (o_t - y_t) / len(o_t)
    e = np.exp(o_t - o_t.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    p[np.arange(len(o_t)), y_t] -= 1
    return p / len(o_t)


@mistake(
    "output_error",
    hint=(
        "With the cross-entropy your gradient is the same whatever the right class is. "
        "Which term has y_t in it?"
    ),
)
def forgets_the_right_class(o_t, y_t, loss="squared"):
    """The gradient of the cross-entropy is the softmax."""
    if loss == "squared":
        return (o_t - y_t) / len(o_t)
    e = np.exp(o_t - o_t.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True) / len(o_t)


@mistake(
    "output_error",
    hint=(
        "The outputs are scores. What has to be done with them before they can be "
        "compared with a one-hot row?"
    ),
)
def takes_scores_for_probabilities(o_t, y_t, loss="squared"):
    """Outputs are compared with targets, one-hot targets too."""
    if loss == "squared":
        return (o_t - y_t) / len(o_t)
    return (o_t - np.eye(o_t.shape[1])[y_t]) / len(o_t)


@mistake(
    "output_error",
    hint=(
        "Probabilities of which things add up to 1? Those of the classes of one sequence, "
        "not those of the sequences."
    ),
)
def softmax_over_the_sequences(o_t, y_t, loss="squared"):
    """The sum in the softmax goes over the first axis."""
    if loss == "squared":
        return (o_t - y_t) / len(o_t)
    e = np.exp(o_t - o_t.max(axis=0, keepdims=True))
    p = e / e.sum(axis=0, keepdims=True)
    p[np.arange(len(o_t)), y_t] -= 1
    return p / len(o_t)


@mistake(
    "output_error",
    hint=(
        "For large scores np.exp gives infinity. Softmax does not change when the same "
        "number is taken from all scores."
    ),
)
def softmax_overflows(o_t, y_t, loss="squared"):
    """The softmax is written down as it is defined."""
    if loss == "squared":
        return (o_t - y_t) / len(o_t)
    e = np.exp(o_t)
    p = e / e.sum(axis=1, keepdims=True)
    p[np.arange(len(o_t)), y_t] -= 1
    return p / len(o_t)


@mistake(
    "output_error",
    hint=(
        "The largest score of one sequence may lie far above all scores of another. Which "
        "largest one is to be taken?"
    ),
)
def one_largest_score_for_all(o_t, y_t, loss="squared"):
    """The largest score of all is taken from all scores."""
    if loss == "squared":
        return (o_t - y_t) / len(o_t)
    e = np.exp(o_t - o_t.max())
    p = e / e.sum(axis=1, keepdims=True)
    p[np.arange(len(o_t)), y_t] -= 1
    return p / len(o_t)


@mistake(
    "output_error",
    hint=(
        "One score may lie far above the mean of its sequence. Which number has to be taken away "
        "so that no exponent is above 0?"
    ),
)
def takes_the_mean_score_away(o_t, y_t, loss="squared"):
    """Any number will do to make scores small, such as their mean."""
    if loss == "squared":
        return (o_t - y_t) / len(o_t)
    e = np.exp(o_t - o_t.mean(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    p[np.arange(len(o_t)), y_t] -= 1
    return p / len(o_t)


@mistake(
    "output_error",
    hint="The array o_t of whoever called you has changed. Let the result be a new array.",
)
def writes_into_the_outputs(o_t, y_t, loss="squared"):
    """The outputs are not needed any more, so their array can be used."""
    if loss == "squared":
        o_t -= y_t
        o_t /= len(o_t)
        return o_t
    e = np.exp(o_t - o_t.max(axis=1, keepdims=True))
    o_t[...] = e / e.sum(axis=1, keepdims=True)
    o_t[np.arange(len(o_t)), y_t] -= 1
    o_t /= len(o_t)
    return o_t


# 2. The last state


@mistake(
    "last_state_gradient",
    hint=(
        "Write the shapes under the product: (N, K) times what gives (N, H)? On the way "
        "back a matrix is used the other way round."
    ),
)
def multiplies_as_forward(do_T, W_hy):
    """The same matrix as on the way forward, the same product."""
    return do_T @ W_hy


@mistake(
    "last_state_gradient",
    hint="Every output has its share in the gradient. Yours knows only one of them.",
)
def first_output_only(do_T, W_hy):
    """There is one output."""
    return do_T[:, :1] * W_hy[:, 0]


@mistake(
    "last_state_gradient",
    hint="The contributions of the outputs are added up. Is there a mean in the equation?",
)
def averages_over_the_outputs(do_T, W_hy):
    """Several contributions are averaged."""
    return do_T @ W_hy.T / do_T.shape[1]


@mistake(
    "last_state_gradient",
    hint=("Each sequence has a last state of its own, and each of these a gradient of its own."),
)
def adds_up_the_batch(do_T, W_hy):
    """A gradient is a sum over the batch."""
    return np.broadcast_to(do_T.sum(axis=0) @ W_hy.T, (len(do_T), len(W_hy))).copy()


@mistake(
    "last_state_gradient",
    hint="For a batch your function answers as if each row were the first.",
)
def first_sequence_for_all(do_T, W_hy):
    """There is one sequence; the axis N is in the way."""
    return (do_T[0] @ W_hy.T)[None].repeat(len(do_T), axis=0)


@mistake(
    "last_state_gradient",
    hint="Something turns the numbers into float32 on the way. Leave the dtype alone.",
)
def float32_for_the_last_state(do_T, W_hy):
    """Gradients need no precision."""
    return do_T.astype(np.float32) @ W_hy.T.astype(np.float32)


@mistake(
    "last_state_gradient",
    hint="One row for each sequence comes in, and one row for each sequence goes out.",
)
def transposes_the_result(do_T, W_hy):
    """What comes out is turned until it looks right."""
    return W_hy @ do_T.T


# 3. Any other state


@mistake(
    "state_gradient",
    hint=(
        "Through what else does a state act on the loss, besides its own output? Look for "
        "h_t in the equation of the next state."
    ),
)
def drops_what_comes_from_the_right(do_t, dh_next, h_next, W_hy, W_hh):
    """The gradient of a state comes from its output."""
    return do_t @ W_hy.T


@mistake(
    "state_gradient",
    hint=(
        "Your gradient knows only what comes from later steps. The state has an output of "
        "its own, too."
    ),
)
def drops_what_comes_from_above(do_t, dh_next, h_next, W_hy, W_hh):
    """The gradient comes back along the chain of states."""
    return (dh_next * (1 - h_next**2)) @ W_hh.T


@mistake(
    "state_gradient",
    hint=(
        "Between h_t and the next state stands more than a matrix. What does the tanh "
        "multiply a small change by?"
    ),
)
def forgets_the_slope_of_the_tanh(do_t, dh_next, h_next, W_hy, W_hh):
    """From state to state there is a matrix, so back by its transpose."""
    return do_t @ W_hy.T + dh_next @ W_hh.T


@mistake(
    "state_gradient",
    hint=(
        "W_hh is square, so NumPy cannot notice. Which index of W_hh belongs to h_t, and "
        "which to the next state?"
    ),
)
def recurrent_matrix_not_transposed(do_t, dh_next, h_next, W_hy, W_hh):
    """W_hh is square, and takes a state to a state."""
    return do_t @ W_hy.T + (dh_next * (1 - h_next**2)) @ W_hh


@mistake(
    "state_gradient",
    hint=(
        "On the way forward the tanh comes after the product with W_hh. In which order "
        "does one come back?"
    ),
)
def slope_after_the_product(do_t, dh_next, h_next, W_hy, W_hh):
    """First the matrix, then the slope, as on the way forward."""
    return do_t @ W_hy.T + (dh_next @ W_hh.T) * (1 - h_next**2)


@mistake(
    "state_gradient",
    hint="Look once more at the derivative of the tanh. Can the slope be larger than 1?",
)
def slope_without_the_square(do_t, dh_next, h_next, W_hy, W_hh):
    """The slope of the tanh is one minus its value."""
    return do_t @ W_hy.T + (dh_next * (1 - h_next)) @ W_hh.T


@mistake(
    "state_gradient",
    hint=(
        "That is the slope of another S-shaped function. At a state of 0 the slope of the "
        "tanh is 1."
    ),
)
def slope_of_the_sigmoid(do_t, dh_next, h_next, W_hy, W_hh):
    """The slope of an S-shaped function is h (1 - h)."""
    return do_t @ W_hy.T + (dh_next * h_next * (1 - h_next)) @ W_hh.T


@mistake(
    "state_gradient",
    hint=(
        "The slope is wanted where the tanh was taken, at a. You have its value h = "
        "tanh(a) already: one tanh is enough."
    ),
)
def slope_taken_at_the_state(do_t, dh_next, h_next, W_hy, W_hh):
    """The slope is that of the tanh, taken at h."""
    return do_t @ W_hy.T + (dh_next * (1 - np.tanh(h_next) ** 2)) @ W_hh.T


@mistake(
    "state_gradient",
    hint=(
        "The slope stands in one of the two terms only: does a change of h_t go through a "
        "tanh on its way to o_t?"
    ),
)
def slope_for_what_comes_from_above_too(do_t, dh_next, h_next, W_hy, W_hh):
    """Everything that comes into a state goes through the tanh."""
    return (do_t @ W_hy.T) * (1 - h_next**2) + (dh_next * (1 - h_next**2)) @ W_hh.T


@mistake(
    "state_gradient",
    hint=(
        "The array dh_next of whoever called you has changed. `*=` on an argument reaches "
        "outside your function."
    ),
)
def writes_into_dh_next(do_t, dh_next, h_next, W_hy, W_hh):
    """dh_next is not needed any more."""
    dh_next *= 1 - h_next**2
    return do_t @ W_hy.T + dh_next @ W_hh.T


# 4. The biases


@mistake(
    "bias_gradients",
    hint="Both gradients are there. In which order does the docstring want them?",
)
def biases_the_other_way_round(do, dh, h):
    """db_y comes first, as in the text."""
    return do.sum(axis=(0, 1)), (dh * (1 - h**2)).sum(axis=(0, 1))


@mistake(
    "bias_gradients",
    hint=("The mean over the batch is in do and dh already. If you take it again, N counts twice."),
)
def bias_averaged_over_the_batch(do, dh, h):
    """Gradients are averaged over the batch."""
    return (dh * (1 - h**2)).mean(axis=1).sum(axis=0), do.mean(axis=1).sum(axis=0)


@mistake(
    "bias_gradients",
    hint=(
        "Each step adds its part to the gradient of a shared parameter. Are the parts "
        "added up or averaged?"
    ),
)
def bias_averaged_over_time(do, dh, h):
    """A shared parameter gets the mean of its gradients."""
    return (dh * (1 - h**2)).sum(axis=1).mean(axis=0), do.sum(axis=1).mean(axis=0)


@mistake(
    "bias_gradients",
    hint="A bias is shared by all steps, and by all sequences, too: it has one axis.",
)
def bias_of_each_sequence(do, dh, h):
    """The sum goes over the steps."""
    return (dh * (1 - h**2)).sum(axis=0), do.sum(axis=0)


@mistake(
    "bias_gradients",
    hint="The bias was used at every step, and each use has its part in the gradient.",
)
def bias_at_the_last_step_only(do, dh, h):
    """The gradient of the parameters is that of the last step."""
    return (dh * (1 - h**2))[-1].sum(axis=0), do[-1].sum(axis=0)


@mistake(
    "bias_gradients",
    hint=(
        "b_h stands inside the tanh. What is the gradient of what stands inside, if dh is "
        "that of what comes out?"
    ),
)
def bias_outside_the_tanh(do, dh, h):
    """A bias is added, so its gradient is that of the sum."""
    return dh.sum(axis=(0, 1)), do.sum(axis=(0, 1))


@mistake(
    "bias_gradients",
    hint="Look once more at the derivative of the tanh, for the gradient of b_h.",
)
def bias_slope_without_the_square(do, dh, h):
    """The slope of the tanh is one minus its value."""
    return (dh * (1 - h)).sum(axis=(0, 1)), do.sum(axis=(0, 1))


@mistake(
    "bias_gradients",
    hint="Your sums leave out all sequences but one.",
)
def bias_for_the_first_sequence(do, dh, h):
    """There is one sequence."""
    return (dh * (1 - h**2))[:, 0].sum(axis=0), do[:, 0].sum(axis=0)


# 5. The weights of the output


@mistake(
    "output_weight_gradient",
    hint="W_hy was used at every step, and each use has its part in the gradient.",
)
def output_weights_at_the_last_step(h, do):
    """The gradient of the parameters is that of the last step."""
    return h[-1].T @ do[-1]


@mistake(
    "output_weight_gradient",
    hint=(
        "The gradient of a weight has the shape of the weight. Which of the two factors "
        "stands on the left?"
    ),
)
def output_weights_transposed(h, do):
    """Gradient first, then what went in."""
    return np.einsum("tnk,tnh->kh", do, h)


@mistake(
    "output_weight_gradient",
    hint="The mean over the batch is in do already. If you take it again, N counts twice.",
)
def output_weights_averaged_over_the_batch(h, do):
    """Gradients are averaged over the batch."""
    return np.einsum("tnh,tnk->hk", h, do) / h.shape[1]


@mistake(
    "output_weight_gradient",
    hint=(
        "Each step adds its part to the gradient of a shared parameter. Are the parts "
        "added up or averaged?"
    ),
)
def output_weights_averaged_over_time(h, do):
    """A shared parameter gets the mean of its gradients."""
    return np.einsum("tnh,tnk->hk", h, do) / len(h)


@mistake(
    "output_weight_gradient",
    hint=("There is one W_hy for all steps. What becomes of the gradients of the single steps?"),
)
def output_weights_of_each_step(h, do):
    """Each step has its gradient."""
    return np.einsum("tnh,tnk->thk", h, do)


@mistake(
    "output_weight_gradient",
    hint=(
        "The sum of products is not the product of the sums: h and do belong together at "
        "each step, for each sequence."
    ),
)
def product_of_the_sums(h, do):
    """Sum over time and batch, then multiply."""
    return np.outer(h.sum(axis=(0, 1)), do.sum(axis=(0, 1)))


@mistake(
    "output_weight_gradient",
    hint="Which state does o_t see: the one of its own step, or the one before?",
)
def output_weights_with_the_index_of_the_next_step(h, do):
    """The sum runs over h_t and the error of the step after, as printed somewhere."""
    return np.einsum("tnh,tnk->hk", h[:-1], do[1:])


# 6. The recurrent weights


@mistake(
    "recurrent_weight_gradient",
    hint="W_hh is multiplied with a state on the way to h_t. Is that h_t itself?",
)
def recurrent_weights_with_their_own_state(h0, h, dh):
    """What goes in is the state."""
    return np.einsum("tni,tnj->ij", h, dh * (1 - h**2))


@mistake(
    "recurrent_weight_gradient",
    hint="Your sum starts at the second step. That is right only if h0 is 0.",
)
def forgets_the_first_step(h0, h, dh):
    """The first state has none before it, so the sum starts at the second step."""
    return np.einsum("tni,tnj->ij", h[:-1], (dh * (1 - h**2))[1:])


@mistake(
    "recurrent_weight_gradient",
    hint=(
        "What comes out of the product with W_hh is inside the tanh. What is the gradient there?"
    ),
)
def recurrent_weights_without_slope(h0, h, dh):
    """What went in, times the gradient of the state."""
    return np.einsum("tni,tnj->ij", np.concatenate([h0[None], h[:-1]]), dh)


@mistake(
    "recurrent_weight_gradient",
    hint=(
        "dW_hh is square, so no shape tells. Which index of W_hh belongs to the state that goes in?"
    ),
)
def recurrent_weights_transposed(h0, h, dh):
    """Gradient first, then what went in."""
    return np.einsum("tni,tnj->ij", dh * (1 - h**2), np.concatenate([h0[None], h[:-1]]))


@mistake(
    "recurrent_weight_gradient",
    hint=(
        "Which tanh stands between the product with W_hh and h_t: the one that made h_t, "
        "or the one before?"
    ),
)
def slope_of_the_state_before(h0, h, dh):
    """The slope belongs to the state that goes in."""
    h_prev = np.concatenate([h0[None], h[:-1]])
    return np.einsum("tni,tnj->ij", h_prev, dh * (1 - h_prev**2))


@mistake(
    "recurrent_weight_gradient",
    hint="W_hh was used at every step, and each use has its part in the gradient.",
)
def recurrent_weights_at_the_last_step(h0, h, dh):
    """The gradient of the parameters is that of the last step."""
    h_prev = np.concatenate([h0[None], h[:-1]])[-1]
    return h_prev.T @ (dh[-1] * (1 - h[-1] ** 2))


@mistake(
    "recurrent_weight_gradient",
    hint="The mean over the batch is in dh already. If you take it again, N counts twice.",
)
def recurrent_weights_averaged_over_the_batch(h0, h, dh):
    """Gradients are averaged over the batch."""
    h_prev = np.concatenate([h0[None], h[:-1]])
    return np.einsum("tni,tnj->ij", h_prev, dh * (1 - h**2)) / len(h0)


@mistake(
    "recurrent_weight_gradient",
    hint="h0 goes in at the first step only. What goes in at the others?",
)
def the_first_state_at_every_step(h0, h, dh):
    """h0 goes into the network."""
    return np.einsum("ni,tnj->ij", h0, dh * (1 - h**2))


@mistake(
    "recurrent_weight_gradient",
    hint="Look once more at the derivative of the tanh.",
)
def recurrent_slope_without_the_square(h0, h, dh):
    """The slope of the tanh is one minus its value."""
    return np.einsum("tni,tnj->ij", np.concatenate([h0[None], h[:-1]]), dh * (1 - h))


# 7. The weights of the input


@mistake(
    "input_weight_gradient",
    hint="Which input does h_t see: that of its own step, or that of the step before?",
)
def input_of_the_step_before(x, h, dh):
    """As with W_hh, what goes in is that of the step before."""
    return np.einsum("tnd,tnj->dj", x[:-1], (dh * (1 - h**2))[1:])


@mistake(
    "input_weight_gradient",
    hint=(
        "What comes out of the product with W_xh is inside the tanh. What is the gradient there?"
    ),
)
def input_weights_without_slope(x, h, dh):
    """What went in, times the gradient of the state."""
    return np.einsum("tnd,tnj->dj", x, dh)


@mistake(
    "input_weight_gradient",
    hint=(
        "The gradient of a weight has the shape of the weight. Which of the two factors "
        "stands on the left?"
    ),
)
def input_weights_transposed(x, h, dh):
    """Gradient first, then what went in."""
    return np.einsum("tnj,tnd->jd", dh * (1 - h**2), x)


@mistake(
    "input_weight_gradient",
    hint="W_xh was used at every step, and each use has its part in the gradient.",
)
def input_weights_at_the_last_step(x, h, dh):
    """The gradient of the parameters is that of the last step."""
    return x[-1].T @ (dh[-1] * (1 - h[-1] ** 2))


@mistake(
    "input_weight_gradient",
    hint="The mean over the batch is in dh already. If you take it again, N counts twice.",
)
def input_weights_averaged_over_the_batch(x, h, dh):
    """Gradients are averaged over the batch."""
    return np.einsum("tnd,tnj->dj", x, dh * (1 - h**2)) / x.shape[1]


@mistake(
    "input_weight_gradient",
    hint="The slope of the tanh is had from its value. Which of the arrays holds that?",
)
def slope_of_the_gradient(x, h, dh):
    """The slope is one minus the square of what comes back."""
    return np.einsum("tnd,tnj->dj", x, dh * (1 - dh**2))


@mistake(
    "input_weight_gradient",
    hint="Your sum leaves out all sequences but one.",
)
def input_weights_of_the_first_sequence(x, h, dh):
    """There is one sequence."""
    return x[:, 0].T @ (dh * (1 - h**2))[:, 0]


# 8. Predict, then run


@mistake(
    "predict_first_gradient",
    hint=(
        "The factor of each step is not the weight alone. What else does exercise 3 "
        "multiply by, and how large is it where the state is near 1?"
    ),
)
def only_the_weight_counts():
    """The factor of each step is the weight."""
    return dict(
        zip(
            "abcdef",
            ["vanishes", "stays", "explodes", "explodes", "stays", "explodes"],
            strict=True,
        )
    )


@mistake(
    "predict_first_gradient",
    hint=(
        "Gradients vanish often, not always. Take a state of 0: what is the slope of the "
        "tanh there, and the factor of a step?"
    ),
)
def everything_vanishes():
    """Gradients vanish in recurrent networks."""
    return dict.fromkeys("abcdef", "vanishes")


@mistake(
    "predict_first_gradient",
    hint=(
        "At one state the slope of the tanh is exactly 1. In which of the cases does the "
        "state stay there?"
    ),
)
def the_slope_is_below_one():
    """The slope of a tanh is always less than 1, so a weight of 1 lets the gradient shrink."""
    return dict(
        zip(
            "abcdef",
            ["vanishes", "vanishes", "explodes", "vanishes", "vanishes", "vanishes"],
            strict=True,
        )
    )


@mistake(
    "predict_first_gradient",
    hint="A hundred steps are many. Where is the state of case f after twenty of them?",
)
def a_small_state_stays_small():
    """A state of 0.001 is as good as 0."""
    return dict(
        zip(
            "abcdef",
            ["vanishes", "stays", "explodes", "vanishes", "stays", "explodes"],
            strict=True,
        )
    )


@mistake(
    "predict_first_gradient",
    hint=(
        "The state of case d settles and stays. What becomes of a small change of it, "
        "from step to step?"
    ),
)
def a_lasting_memory_keeps_its_gradient():
    """What is remembered for ever has a gradient that lasts for ever."""
    return dict(
        zip("abcdef", ["vanishes", "stays", "explodes", "stays", "stays", "stays"], strict=True)
    )


@mistake(
    "predict_first_gradient",
    hint="Only the size is asked for. What is the size of a product of many factors -1?",
)
def a_negative_weight_swings_out():
    """With a negative weight the gradient swings, and the swings cancel."""
    return dict(
        zip(
            "abcdef",
            ["vanishes", "stays", "explodes", "vanishes", "vanishes", "vanishes"],
            strict=True,
        )
    )


# 9. One step back


@mistake(
    "rnn_cell_backward",
    hint="Between the state and the sum inside stands the tanh. Go through it first.",
)
def cell_without_slope(dh, cache):
    """From the state back through the matrices."""
    x, h_prev, W_xh, W_hh, _ = cache
    return dh @ W_xh.T, dh @ W_hh.T, x.T @ dh, h_prev.T @ dh, dh.sum(axis=0)


@mistake(
    "rnn_cell_backward",
    hint=(
        "Which tanh do you go back through in this step: that which made h, or that which "
        "made h_prev?"
    ),
)
def cell_slope_of_the_state_before(dh, cache):
    """The slope is that of the tanh of h_prev."""
    x, h_prev, W_xh, W_hh, _ = cache
    da = dh * (1 - h_prev**2)
    return da @ W_xh.T, da @ W_hh.T, x.T @ da, h_prev.T @ da, da.sum(axis=0)


@mistake(
    "rnn_cell_backward",
    hint="The slope is wanted at a, and you have h = tanh(a). One tanh is enough.",
)
def cell_slope_taken_at_the_state(dh, cache):
    """The slope is that of the tanh, taken at h."""
    x, h_prev, W_xh, W_hh, h = cache
    da = dh * (1 - np.tanh(h) ** 2)
    return da @ W_xh.T, da @ W_hh.T, x.T @ da, h_prev.T @ da, da.sum(axis=0)


@mistake(
    "rnn_cell_backward",
    hint="Look once more at the derivative of the tanh. Can it be larger than 1?",
)
def cell_slope_without_the_square(dh, cache):
    """The slope of the tanh is one minus its value."""
    x, h_prev, W_xh, W_hh, h = cache
    da = dh * (1 - h)
    return da @ W_xh.T, da @ W_hh.T, x.T @ da, h_prev.T @ da, da.sum(axis=0)


@mistake(
    "rnn_cell_backward",
    hint="W_hh is square, so NumPy cannot notice. Compare with how you treat W_xh.",
)
def cell_recurrent_matrix_not_transposed(dh, cache):
    """W_hh is square, and takes a state to a state."""
    x, h_prev, W_xh, W_hh, h = cache
    da = dh * (1 - h**2)
    return da @ W_xh.T, da @ W_hh, x.T @ da, h_prev.T @ da, da.sum(axis=0)


@mistake(
    "rnn_cell_backward",
    hint=("W_hh is multiplied with the state that went in. Your dW_hh uses the one that came out."),
)
def cell_weights_with_the_new_state(dh, cache):
    """dW_hh is the state times the gradient."""
    x, _, W_xh, W_hh, h = cache
    da = dh * (1 - h**2)
    return da @ W_xh.T, da @ W_hh.T, x.T @ da, h.T @ da, da.sum(axis=0)


@mistake(
    "rnn_cell_backward",
    hint="dW_hh is square, so no shape tells. Compare with how you treat dW_xh.",
)
def cell_recurrent_weights_transposed(dh, cache):
    """Gradient first, then what went in."""
    x, h_prev, W_xh, W_hh, h = cache
    da = dh * (1 - h**2)
    return da @ W_xh.T, da @ W_hh.T, x.T @ da, da.T @ h_prev, da.sum(axis=0)


@mistake(
    "rnn_cell_backward",
    hint="One bias serves all sequences of the batch: it has one axis.",
)
def cell_bias_of_each_sequence(dh, cache):
    """The gradient of a bias is that of the sum it stands in."""
    x, h_prev, W_xh, W_hh, h = cache
    da = dh * (1 - h**2)
    return da @ W_xh.T, da @ W_hh.T, x.T @ da, h_prev.T @ da, da


@mistake(
    "rnn_cell_backward",
    hint="The mean over the batch is in dh already. If you take it again, N counts twice.",
)
def cell_averages_over_the_batch(dh, cache):
    """Gradients of parameters are averaged over the batch."""
    x, h_prev, W_xh, W_hh, h = cache
    da = dh * (1 - h**2)
    N = len(x)
    return da @ W_xh.T, da @ W_hh.T, x.T @ da / N, h_prev.T @ da / N, da.mean(axis=0)


@mistake(
    "rnn_cell_backward",
    hint="All five gradients come from behind the tanh. Two of yours take another way.",
)
def cell_slope_for_the_parameters_only(dh, cache):
    """dx and dh_prev come from dh, the parameters from da."""
    x, h_prev, W_xh, W_hh, h = cache
    da = dh * (1 - h**2)
    return dh @ W_xh.T, dh @ W_hh.T, x.T @ da, h_prev.T @ da, da.sum(axis=0)


@mistake(
    "rnn_cell_backward",
    hint="All five gradients are there. In which order does the docstring want them?",
)
def cell_parameters_first(dh, cache):
    """The gradients of the parameters are the important ones."""
    x, h_prev, W_xh, W_hh, h = cache
    da = dh * (1 - h**2)
    return x.T @ da, h_prev.T @ da, da.sum(axis=0), da @ W_xh.T, da @ W_hh.T


@mistake(
    "rnn_cell_backward",
    hint=(
        "The array dh of whoever called you has changed. `*=` on an argument reaches "
        "outside your function."
    ),
)
def cell_writes_into_dh(dh, cache):
    """dh is not needed any more."""
    x, h_prev, W_xh, W_hh, h = cache
    dh *= 1 - h**2
    return dh @ W_xh.T, dh @ W_hh.T, x.T @ dh, h_prev.T @ dh, dh.sum(axis=0)


# 10. The whole way back


@mistake(
    "rnn_backward_with_output",
    hint="Your steps do not know of each other. What does a step send to the one before?",
)
def nothing_from_the_right(x, h0, h, do, params):
    """Each step has its own output, and its gradient comes from there."""
    grads = {name: np.zeros_like(value) for name, value in params.items()}
    dx, from_right = np.empty_like(x), np.zeros_like(h0)
    for t in reversed(range(len(x))):
        h_prev = h[t - 1] if t > 0 else h0
        dh = do[t] @ params["W_hy"].T
        cache = (x[t], h_prev, params["W_xh"], params["W_hh"], h[t])
        dx[t], from_right, *parts = rnn_cell_backward(dh, cache)
        for name, part in zip(("W_xh", "W_hh", "b_h"), parts, strict=True):
            grads[name] += part
    grads["W_hy"] = np.einsum("tnh,tnk->hk", h, do)
    grads["b_y"] = do.sum(axis=(0, 1))
    return grads, dx, from_right


@mistake(
    "rnn_backward_with_output",
    hint=(
        "Only the last output sends something down in your way back. What about the "
        "outputs of the other steps?"
    ),
)
def from_above_at_the_last_step_only(x, h0, h, do, params):
    """The error enters at the end, and goes back from there."""
    grads = {name: np.zeros_like(value) for name, value in params.items()}
    dx, dh = np.empty_like(x), do[-1] @ params["W_hy"].T
    for t in reversed(range(len(x))):
        h_prev = h[t - 1] if t > 0 else h0
        cache = (x[t], h_prev, params["W_xh"], params["W_hh"], h[t])
        dx[t], dh, *parts = rnn_cell_backward(dh, cache)
        for name, part in zip(("W_xh", "W_hh", "b_h"), parts, strict=True):
            grads[name] += part
    grads["W_hy"] = np.einsum("tnh,tnk->hk", h, do)
    grads["b_y"] = do.sum(axis=(0, 1))
    return grads, dx, dh


@mistake(
    "rnn_backward_with_output",
    hint=(
        "The gradients of the parameters are those of one step only: each step overwrites "
        "what the others have found."
    ),
)
def assigns_instead_of_adding(x, h0, h, do, params):
    """Each step computes the gradients of the parameters."""
    grads = {}
    dx, from_right = np.empty_like(x), np.zeros_like(h0)
    for t in reversed(range(len(x))):
        h_prev = h[t - 1] if t > 0 else h0
        dh = do[t] @ params["W_hy"].T + from_right
        cache = (x[t], h_prev, params["W_xh"], params["W_hh"], h[t])
        dx[t], from_right, grads["W_xh"], grads["W_hh"], grads["b_h"] = rnn_cell_backward(dh, cache)
        grads["W_hy"] = h[t].T @ do[t]
        grads["b_y"] = do[t].sum(axis=0)
    return grads, dx, from_right


@mistake(
    "rnn_backward_with_output",
    hint=(
        "When you are at step t, what comes from step t + 1 must be there already. Where "
        "has the loop to begin?"
    ),
)
def first_step_first(x, h0, h, do, params):
    """The loop runs over the steps, as on the way forward."""
    grads = {name: np.zeros_like(value) for name, value in params.items()}
    dx, from_right = np.empty_like(x), np.zeros_like(h0)
    for t in range(len(x)):
        h_prev = h[t - 1] if t > 0 else h0
        dh = do[t] @ params["W_hy"].T + from_right
        cache = (x[t], h_prev, params["W_xh"], params["W_hh"], h[t])
        dx[t], from_right, *parts = rnn_cell_backward(dh, cache)
        for name, part in zip(("W_xh", "W_hh", "b_h"), parts, strict=True):
            grads[name] += part
    grads["W_hy"] = np.einsum("tnh,tnk->hk", h, do)
    grads["b_y"] = do.sum(axis=(0, 1))
    return grads, dx, from_right


@mistake(
    "rnn_backward_with_output",
    hint=(
        "At the first step you take zeros for the state before. There is an argument that "
        "says what it was."
    ),
)
def starts_from_a_state_of_zeros(x, h0, h, do, params):
    """Before the first step there is nothing."""
    grads = {name: np.zeros_like(value) for name, value in params.items()}
    dx, from_right = np.empty_like(x), np.zeros_like(h0)
    for t in reversed(range(len(x))):
        h_prev = h[t - 1] if t > 0 else np.zeros_like(h0)
        dh = do[t] @ params["W_hy"].T + from_right
        cache = (x[t], h_prev, params["W_xh"], params["W_hh"], h[t])
        dx[t], from_right, *parts = rnn_cell_backward(dh, cache)
        for name, part in zip(("W_xh", "W_hh", "b_h"), parts, strict=True):
            grads[name] += part
    grads["W_hy"] = np.einsum("tnh,tnk->hk", h, do)
    grads["b_y"] = do.sum(axis=(0, 1))
    return grads, dx, from_right


@mistake(
    "rnn_backward_with_output",
    hint="h[-1] is the last state. What does h[t - 1] mean at the first step?",
)
def the_last_state_goes_before_the_first(x, h0, h, do, params):
    """h[t - 1] is the state before, at every step."""
    grads = {name: np.zeros_like(value) for name, value in params.items()}
    dx, from_right = np.empty_like(x), np.zeros_like(h0)
    for t in reversed(range(len(x))):
        dh = do[t] @ params["W_hy"].T + from_right
        cache = (x[t], h[t - 1], params["W_xh"], params["W_hh"], h[t])
        dx[t], from_right, *parts = rnn_cell_backward(dh, cache)
        for name, part in zip(("W_xh", "W_hh", "b_h"), parts, strict=True):
            grads[name] += part
    grads["W_hy"] = np.einsum("tnh,tnk->hk", h, do)
    grads["b_y"] = do.sum(axis=(0, 1))
    return grads, dx, from_right


@mistake(
    "rnn_backward_with_output",
    hint=(
        "What comes from the right is the gradient of h_t through the next step. You hand "
        "on the gradient of the next state itself."
    ),
)
def sends_the_total_gradient_on(x, h0, h, do, params):
    """What a step hands on is the gradient of its state."""
    grads = {name: np.zeros_like(value) for name, value in params.items()}
    dx, from_right = np.empty_like(x), np.zeros_like(h0)
    for t in reversed(range(len(x))):
        h_prev = h[t - 1] if t > 0 else h0
        from_right = do[t] @ params["W_hy"].T + from_right
        cache = (x[t], h_prev, params["W_xh"], params["W_hh"], h[t])
        dx[t], _, *parts = rnn_cell_backward(from_right, cache)
        for name, part in zip(("W_xh", "W_hh", "b_h"), parts, strict=True):
            grads[name] += part
    grads["W_hy"] = np.einsum("tnh,tnk->hk", h, do)
    grads["b_y"] = do.sum(axis=(0, 1))
    return grads, dx, from_right


@mistake(
    "rnn_backward_with_output",
    hint=(
        "dh0 belongs to the state before the first step. Yours is the gradient of the "
        "state after it."
    ),
)
def gives_the_first_state_for_h0(x, h0, h, do, params):
    """The gradient of the start is the last one that has been computed."""
    grads = {name: np.zeros_like(value) for name, value in params.items()}
    dx, from_right = np.empty_like(x), np.zeros_like(h0)
    for t in reversed(range(len(x))):
        h_prev = h[t - 1] if t > 0 else h0
        dh = do[t] @ params["W_hy"].T + from_right
        cache = (x[t], h_prev, params["W_xh"], params["W_hh"], h[t])
        dx[t], from_right, *parts = rnn_cell_backward(dh, cache)
        for name, part in zip(("W_xh", "W_hh", "b_h"), parts, strict=True):
            grads[name] += part
    grads["W_hy"] = np.einsum("tnh,tnk->hk", h, do)
    grads["b_y"] = do.sum(axis=(0, 1))
    return grads, dx, dh


@mistake(
    "rnn_backward_with_output",
    hint=(
        "The gradients of the inputs are all there, in the order in which the loop met "
        "them. Which of them belongs to x[0]?"
    ),
)
def dx_from_the_end(x, h0, h, do, params):
    """Gradients are collected as they come."""
    grads = {name: np.zeros_like(value) for name, value in params.items()}
    dx, from_right = [], np.zeros_like(h0)
    for t in reversed(range(len(x))):
        h_prev = h[t - 1] if t > 0 else h0
        dh = do[t] @ params["W_hy"].T + from_right
        cache = (x[t], h_prev, params["W_xh"], params["W_hh"], h[t])
        dx_t, from_right, *parts = rnn_cell_backward(dh, cache)
        dx.append(dx_t)
        for name, part in zip(("W_xh", "W_hh", "b_h"), parts, strict=True):
            grads[name] += part
    grads["W_hy"] = np.einsum("tnh,tnk->hk", h, do)
    grads["b_y"] = do.sum(axis=(0, 1))
    return grads, np.stack(dx), from_right


@mistake(
    "rnn_backward_with_output",
    hint="Your loop leaves out a step. Which numbers does it run through?",
)
def stops_one_step_short(x, h0, h, do, params):
    """The first step has no state before it."""
    grads = {name: np.zeros_like(value) for name, value in params.items()}
    dx, from_right = np.zeros_like(x), np.zeros_like(h0)
    for t in range(len(x) - 1, 0, -1):
        dh = do[t] @ params["W_hy"].T + from_right
        cache = (x[t], h[t - 1], params["W_xh"], params["W_hh"], h[t])
        dx[t], from_right, *parts = rnn_cell_backward(dh, cache)
        for name, part in zip(("W_xh", "W_hh", "b_h"), parts, strict=True):
            grads[name] += part
        grads["W_hy"] += h[t].T @ do[t]
        grads["b_y"] += do[t].sum(axis=0)
    return grads, dx, from_right


@mistake(
    "rnn_backward_with_output",
    hint=(
        "The loss is a sum over the steps, so the parts of the steps are added up. Yours "
        "are divided by T."
    ),
)
def averages_over_the_steps(x, h0, h, do, params):
    """A shared parameter gets the mean of its gradients."""
    grads = {name: np.zeros_like(value) for name, value in params.items()}
    dx, from_right = np.empty_like(x), np.zeros_like(h0)
    for t in reversed(range(len(x))):
        h_prev = h[t - 1] if t > 0 else h0
        dh = do[t] @ params["W_hy"].T + from_right
        cache = (x[t], h_prev, params["W_xh"], params["W_hh"], h[t])
        dx[t], from_right, *parts = rnn_cell_backward(dh, cache)
        for name, part in zip(("W_xh", "W_hh", "b_h"), parts, strict=True):
            grads[name] += part / len(x)
    grads["W_hy"] = np.einsum("tnh,tnk->hk", h, do) / len(x)
    grads["b_y"] = do.sum(axis=1).mean(axis=0)
    return grads, dx, from_right


@mistake(
    "rnn_backward_with_output",
    hint=(
        "The output layer was used at every step. The gradients of its two parameters "
        "know only the last one."
    ),
)
def output_layer_at_the_last_step_only(x, h0, h, do, params):
    """The output layer stands at the end of the sequence."""
    grads = {name: np.zeros_like(value) for name, value in params.items()}
    dx, from_right = np.empty_like(x), np.zeros_like(h0)
    for t in reversed(range(len(x))):
        h_prev = h[t - 1] if t > 0 else h0
        dh = do[t] @ params["W_hy"].T + from_right
        cache = (x[t], h_prev, params["W_xh"], params["W_hh"], h[t])
        dx[t], from_right, *parts = rnn_cell_backward(dh, cache)
        for name, part in zip(("W_xh", "W_hh", "b_h"), parts, strict=True):
            grads[name] += part
    grads["W_hy"] = h[-1].T @ do[-1]
    grads["b_y"] = do[-1].sum(axis=0)
    return grads, dx, from_right


@mistake(
    "rnn_backward_with_output",
    hint=(
        "The parameters of whoever called you have changed: `+=` on an array of params "
        "reaches outside your function."
    ),
)
def adds_into_the_parameters(x, h0, h, do, params):
    """grads starts as params."""
    grads = dict(params)
    W_hy, W_xh, W_hh = (params[name].copy() for name in ("W_hy", "W_xh", "W_hh"))
    for name in grads:
        grads[name] *= 0
    dx, from_right = np.empty_like(x), np.zeros_like(h0)
    for t in reversed(range(len(x))):
        h_prev = h[t - 1] if t > 0 else h0
        dh = do[t] @ W_hy.T + from_right
        dx[t], from_right, *parts = rnn_cell_backward(dh, (x[t], h_prev, W_xh, W_hh, h[t]))
        for name, part in zip(("W_xh", "W_hh", "b_h"), parts, strict=True):
            grads[name] += part
        grads["W_hy"] += h[t].T @ do[t]
        grads["b_y"] += do[t].sum(axis=0)
    return grads, dx, from_right


# 11. Measure the slope


@mistake(
    "directional_check",
    hint=(
        "You measure in one direction only. That has an error as large as the step; "
        "forward and backward it is that squared."
    ),
)
def one_sided_difference(x, y, h0, params, grads, direction, step=1e-5):
    """A slope is the difference of two losses, here and a step further."""
    ahead = {name: params[name] + step * direction[name] for name in params}
    measured = (loss_of(x, y, h0, ahead) - loss_of(x, y, h0, params)) / step
    return measured, sum(np.sum(grads[name] * direction[name]) for name in params)


@mistake(
    "directional_check",
    hint="How far apart are the two places at which you take the loss?",
)
def divides_by_one_step(x, y, h0, params, grads, direction, step=1e-5):
    """The difference is divided by the step."""
    ahead = {name: params[name] + step * direction[name] for name in params}
    behind = {name: params[name] - step * direction[name] for name in params}
    measured = (loss_of(x, y, h0, ahead) - loss_of(x, y, h0, behind)) / step
    return measured, sum(np.sum(grads[name] * direction[name]) for name in params)


@mistake(
    "directional_check",
    hint=("Your measured slope has the other sign. Which of the two losses is taken from which?"),
)
def difference_the_other_way_round(x, y, h0, params, grads, direction, step=1e-5):
    """Before minus after."""
    ahead = {name: params[name] + step * direction[name] for name in params}
    behind = {name: params[name] - step * direction[name] for name in params}
    measured = (loss_of(x, y, h0, behind) - loss_of(x, y, h0, ahead)) / (2 * step)
    return measured, sum(np.sum(grads[name] * direction[name]) for name in params)


@mistake(
    "directional_check",
    hint=("You give back the change of the loss. A slope is a change for each unit of the way."),
)
def forgets_to_divide(x, y, h0, params, grads, direction, step=1e-5):
    """The change of the loss is what was asked for."""
    ahead = {name: params[name] + step * direction[name] for name in params}
    behind = {name: params[name] - step * direction[name] for name in params}
    measured = loss_of(x, y, h0, ahead) - loss_of(x, y, h0, behind)
    return measured, sum(np.sum(grads[name] * direction[name]) for name in params)


@mistake(
    "directional_check",
    hint="The size of the step is an argument, and yours takes no notice of it.",
)
def a_step_of_its_own(x, y, h0, params, grads, direction, step=1e-5):
    """Everyone takes a step of 1e-5."""
    step = 1e-5
    ahead = {name: params[name] + step * direction[name] for name in params}
    behind = {name: params[name] - step * direction[name] for name in params}
    measured = (loss_of(x, y, h0, ahead) - loss_of(x, y, h0, behind)) / (2 * step)
    return measured, sum(np.sum(grads[name] * direction[name]) for name in params)


@mistake(
    "directional_check",
    hint=("What the gradients claim is a sum over all entries. Yours is divided by their number."),
)
def mean_of_the_products(x, y, h0, params, grads, direction, step=1e-5):
    """The claim is the mean over all entries."""
    ahead = {name: params[name] + step * direction[name] for name in params}
    behind = {name: params[name] - step * direction[name] for name in params}
    measured = (loss_of(x, y, h0, ahead) - loss_of(x, y, h0, behind)) / (2 * step)
    return measured, sum(np.mean(grads[name] * direction[name]) for name in params)


@mistake(
    "directional_check",
    hint="The slope depends on the direction. Does your second number?",
)
def forgets_the_direction_in_the_claim(x, y, h0, params, grads, direction, step=1e-5):
    """The claim is the sum of the gradients."""
    ahead = {name: params[name] + step * direction[name] for name in params}
    behind = {name: params[name] - step * direction[name] for name in params}
    measured = (loss_of(x, y, h0, ahead) - loss_of(x, y, h0, behind)) / (2 * step)
    return measured, sum(np.sum(grads[name]) for name in params)


@mistake(
    "directional_check",
    hint=(
        "There are five parameters, and all of them move. Which ones are missing from your claim?"
    ),
)
def weights_without_biases(x, y, h0, params, grads, direction, step=1e-5):
    """The parameters are the three matrices."""
    ahead = {name: params[name] + step * direction[name] for name in params}
    behind = {name: params[name] - step * direction[name] for name in params}
    measured = (loss_of(x, y, h0, ahead) - loss_of(x, y, h0, behind)) / (2 * step)
    return measured, sum(np.sum(grads[n] * direction[n]) for n in ("W_xh", "W_hh", "W_hy"))


@mistake(
    "directional_check",
    hint=(
        "You shorten or stretch the direction to length 1 for the measurement. The "
        "equation takes it as it is, on both sides."
    ),
)
def direction_of_length_one(x, y, h0, params, grads, direction, step=1e-5):
    """A direction has length 1."""
    length = np.sqrt(sum(np.sum(v**2) for v in direction.values()))
    ahead = {name: params[name] + step * direction[name] / length for name in params}
    behind = {name: params[name] - step * direction[name] / length for name in params}
    measured = (loss_of(x, y, h0, ahead) - loss_of(x, y, h0, behind)) / (2 * step)
    return measured, sum(np.sum(grads[name] * direction[name]) for name in params)


@mistake(
    "directional_check",
    hint=(
        "The parameters of whoever called you have changed: `+=` on an array of params "
        "reaches outside your function."
    ),
)
def moves_the_parameters_themselves(x, y, h0, params, grads, direction, step=1e-5):
    """The parameters are moved, and not put back."""
    for name in params:
        params[name] += step * direction[name]
    ahead = loss_of(x, y, h0, params)
    for name in params:
        params[name] -= 2 * step * direction[name]
    measured = (ahead - loss_of(x, y, h0, params)) / (2 * step)
    return measured, sum(np.sum(grads[name] * direction[name]) for name in params)


# 12. Find the bug


@mistake(
    "worst_parameter",
    hint=(
        "A large gradient with a small error beats a small one that is altogether wrong. "
        "What is the difference compared with?"
    ),
)
def largest_difference_not_largest_error(x, y, h0, params, grads, tolerance=1e-4):
    """The worst gradient is the one with the largest difference."""
    errors = {}
    for name in params:
        measured = np.zeros_like(params[name])
        for index in np.ndindex(measured.shape):
            direction = {other: np.zeros_like(value) for other, value in params.items()}
            direction[name][index] = 1
            measured[index], _ = directional_check(x, y, h0, params, grads, direction)
        errors[name] = np.linalg.norm(measured - grads[name])
    worst = max(errors, key=errors.get)
    return worst if errors[worst] > tolerance else None


@mistake(
    "worst_parameter",
    hint="Something is always worst, if only by rounding. When is the result None?",
)
def always_names_one(x, y, h0, params, grads, tolerance=1e-4):
    """There is always a worst one."""
    errors = {}
    for name in params:
        measured = np.zeros_like(params[name])
        for index in np.ndindex(measured.shape):
            direction = {other: np.zeros_like(value) for other, value in params.items()}
            direction[name][index] = 1
            measured[index], _ = directional_check(x, y, h0, params, grads, direction)
        size = np.linalg.norm(measured) + np.linalg.norm(grads[name])
        errors[name] = np.linalg.norm(measured - grads[name]) / size if size > 0 else 0.0
    return max(errors, key=errors.get)


@mistake(
    "worst_parameter",
    hint=(
        "Two gradients of the same length may point in different directions. Take the "
        "norm of the difference, not the difference of the norms."
    ),
)
def compares_lengths_only(x, y, h0, params, grads, tolerance=1e-4):
    """Two gradients agree if they are equally long."""
    errors = {}
    for name in params:
        measured = np.zeros_like(params[name])
        for index in np.ndindex(measured.shape):
            direction = {other: np.zeros_like(value) for other, value in params.items()}
            direction[name][index] = 1
            measured[index], _ = directional_check(x, y, h0, params, grads, direction)
        m, g = np.linalg.norm(measured), np.linalg.norm(grads[name])
        errors[name] = abs(m - g) / (m + g) if m + g > 0 else 0.0
    worst = max(errors, key=errors.get)
    return worst if errors[worst] > tolerance else None


@mistake(
    "worst_parameter",
    hint="More than one gradient may be wrong. You give back the first, not the worst.",
)
def the_first_that_is_wrong(x, y, h0, params, grads, tolerance=1e-4):
    """The first gradient that differs is the bug."""
    for name in params:
        measured = np.zeros_like(params[name])
        for index in np.ndindex(measured.shape):
            direction = {other: np.zeros_like(value) for other, value in params.items()}
            direction[name][index] = 1
            measured[index], _ = directional_check(x, y, h0, params, grads, direction)
        size = np.linalg.norm(measured) + np.linalg.norm(grads[name])
        if size > 0 and np.linalg.norm(measured - grads[name]) / size > tolerance:
            return name
    return None


@mistake(
    "worst_parameter",
    hint="A gradient may be right in one entry and wrong in another. Measure all of them.",
)
def one_entry_stands_for_all(x, y, h0, params, grads, tolerance=1e-4):
    """One entry of each parameter is enough."""
    errors = {}
    for name in params:
        direction = {other: np.zeros_like(value) for other, value in params.items()}
        direction[name].flat[0] = 1
        m, g = directional_check(x, y, h0, params, grads, direction)
        errors[name] = abs(m - g) / (abs(m) + abs(g)) if abs(m) + abs(g) > 0 else 0.0
    worst = max(errors, key=errors.get)
    return worst if errors[worst] > tolerance else None


@mistake(
    "worst_parameter",
    hint=(
        "Two norms are added up under the fraction line. Does your error agree with the "
        "equation where it is near the tolerance, and where a gradient is 0?"
    ),
)
def divides_by_what_was_measured(x, y, h0, params, grads, tolerance=1e-4):
    """The error is relative to the true gradient."""
    errors = {}
    for name in params:
        measured = np.zeros_like(params[name])
        for index in np.ndindex(measured.shape):
            direction = {other: np.zeros_like(value) for other, value in params.items()}
            direction[name][index] = 1
            measured[index], _ = directional_check(x, y, h0, params, grads, direction)
        size = np.linalg.norm(measured)
        errors[name] = np.linalg.norm(measured - grads[name]) / size if size > 0 else 0.0
    worst = max(errors, key=errors.get)
    return worst if errors[worst] > tolerance else None


@mistake(
    "worst_parameter",
    hint=(
        "Where a gradient is 0 and right, your error is 0 / 0, which is NaN. NaN is not "
        "larger than anything, and nothing is larger than NaN."
    ),
)
def nothing_over_nothing(x, y, h0, params, grads, tolerance=1e-4):
    """The quotient is written down as it stands."""
    errors = {}
    for name in params:
        measured = np.zeros_like(params[name])
        for index in np.ndindex(measured.shape):
            direction = {other: np.zeros_like(value) for other, value in params.items()}
            direction[name][index] = 1
            measured[index], _ = directional_check(x, y, h0, params, grads, direction)
        size = np.linalg.norm(measured) + np.linalg.norm(grads[name])
        errors[name] = np.linalg.norm(measured - grads[name]) / size
    worst = max(errors, key=errors.get)
    return worst if errors[worst] > tolerance else None


@mistake(
    "worst_parameter",
    hint="The tolerance is an argument, and yours takes no notice of it.",
)
def a_tolerance_of_its_own(x, y, h0, params, grads, tolerance=1e-4):
    """The tolerance is 1e-4."""
    errors = {}
    for name in params:
        measured = np.zeros_like(params[name])
        for index in np.ndindex(measured.shape):
            direction = {other: np.zeros_like(value) for other, value in params.items()}
            direction[name][index] = 1
            measured[index], _ = directional_check(x, y, h0, params, grads, direction)
        size = np.linalg.norm(measured) + np.linalg.norm(grads[name])
        errors[name] = np.linalg.norm(measured - grads[name]) / size if size > 0 else 0.0
    worst = max(errors, key=errors.get)
    return worst if errors[worst] > 1e-4 else None


# 13. Cut it off


@mistake(
    "truncated_bptt",
    hint=(
        "Your gradients are those of the whole sequence. Nothing may go back across the "
        "end of a window."
    ),
)
def nothing_is_cut(x, y, h0, params, k):
    """Truncation is a matter of memory, the gradient is the same."""
    h, o = forward(x, h0, params)
    grads, _, _ = rnn_backward_with_output(x, h0, h, (o - y) / x.shape[1], params)
    return loss_of(x, y, h0, params), grads


@mistake(
    "truncated_bptt",
    hint=(
        "The gradient is cut, the state is not: on the way forward the network runs on "
        "from window to window."
    ),
)
def each_window_starts_from_zeros(x, y, h0, params, k):
    """Each window is a sequence of its own."""
    L, grads = 0.0, {name: np.zeros_like(value) for name, value in params.items()}
    for start in range(0, len(x), k):
        w = slice(start, start + k)
        h, o = forward(x[w], h0, params)
        part, _, _ = rnn_backward_with_output(x[w], h0, h, (o - y[w]) / x.shape[1], params)
        grads = {name: grads[name] + part[name] for name in grads}
        L += loss_of(x[w], y[w], h0, params)
        h0 = np.zeros_like(h0)
    return L, grads


@mistake(
    "truncated_bptt",
    hint="Only the first window starts from h0. Which state do the others start from?",
)
def each_window_starts_from_h0(x, y, h0, params, k):
    """Each window starts where the sequence started."""
    L, grads = 0.0, {name: np.zeros_like(value) for name, value in params.items()}
    for start in range(0, len(x), k):
        w = slice(start, start + k)
        h, o = forward(x[w], h0, params)
        part, _, _ = rnn_backward_with_output(x[w], h0, h, (o - y[w]) / x.shape[1], params)
        grads = {name: grads[name] + part[name] for name in grads}
        L += loss_of(x[w], y[w], h0, params)
    return L, grads


@mistake(
    "truncated_bptt",
    hint=(
        "The first state of a window does get its value from the window before. In dW_hh "
        "yours takes another one."
    ),
)
def the_value_before_is_lost(x, y, h0, params, k):
    """What is cut off counts as 0."""
    h, o = forward(x, h0, params)
    do = (o - y) / x.shape[1]
    grads = {name: np.zeros_like(value) for name, value in params.items()}
    for start in range(0, len(x), k):
        w = slice(start, start + k)
        before = h0 if start == 0 else np.zeros_like(h0)
        part, _, _ = rnn_backward_with_output(x[w], before, h[w], do[w], params)
        grads = {name: grads[name] + part[name] for name in grads}
    return loss_of(x, y, h0, params), grads


@mistake(
    "truncated_bptt",
    hint="The last window may be shorter, and belongs to the sequence all the same.",
)
def drops_the_last_window(x, y, h0, params, k):
    """The sequence is cut into whole windows."""
    h, o = forward(x, h0, params)
    do = (o - y) / x.shape[1]
    grads = {name: np.zeros_like(value) for name, value in params.items()}
    for i in range(len(x) // k):
        w = slice(i * k, (i + 1) * k)
        before = h[i * k - 1] if i > 0 else h0
        part, _, _ = rnn_backward_with_output(x[w], before, h[w], do[w], params)
        grads = {name: grads[name] + part[name] for name in grads}
    return loss_of(x, y, h0, params), grads


@mistake(
    "truncated_bptt",
    hint=("Only your last window has a gradient. The others go back as well, each by itself."),
)
def the_last_window_only(x, y, h0, params, k):
    """Truncated means: only the last k steps count."""
    h, o = forward(x, h0, params)
    start = (len(x) - 1) // k * k
    before = h[start - 1] if start > 0 else h0
    do = (o - y)[start:] / x.shape[1]
    grads, _, _ = rnn_backward_with_output(x[start:], before, h[start:], do, params)
    return loss_of(x, y, h0, params), grads


@mistake(
    "truncated_bptt",
    hint="The gradients of the windows are added up, as those of steps are.",
)
def averages_over_the_windows(x, y, h0, params, k):
    """Each window gives a gradient, and these are averaged."""
    h, o = forward(x, h0, params)
    do = (o - y) / x.shape[1]
    grads = {name: np.zeros_like(value) for name, value in params.items()}
    starts = range(0, len(x), k)
    for start in starts:
        w = slice(start, start + k)
        before = h[start - 1] if start > 0 else h0
        part, _, _ = rnn_backward_with_output(x[w], before, h[w], do[w], params)
        grads = {name: grads[name] + part[name] / len(starts) for name in grads}
    return loss_of(x, y, h0, params), grads


@mistake(
    "truncated_bptt",
    hint=(
        "Your windows move along with the step. Here they are fixed: the sequence is cut "
        "once, into pieces."
    ),
)
def each_loss_goes_back_k_steps(x, y, h0, params, k):
    """Each loss sees the last k steps, wherever it stands."""
    h, o = forward(x, h0, params)
    do = (o - y) / x.shape[1]
    grads = {name: np.zeros_like(value) for name, value in params.items()}
    for t in range(len(x)):
        start = max(0, t - k + 1)
        w = slice(start, t + 1)
        alone = np.zeros_like(do[w])
        alone[-1] = do[t]
        before = h[start - 1] if start > 0 else h0
        part, _, _ = rnn_backward_with_output(x[w], before, h[w], alone, params)
        grads = {name: grads[name] + part[name] for name in grads}
    return loss_of(x, y, h0, params), grads


@mistake(
    "truncated_bptt",
    hint=("Count the steps of your windows. In Python a slice ends before its second number."),
)
def windows_one_step_too_long(x, y, h0, params, k):
    """The window ends with step k, counted from its start."""
    h, o = forward(x, h0, params)
    do = (o - y) / x.shape[1]
    grads = {name: np.zeros_like(value) for name, value in params.items()}
    for start in range(0, len(x), k + 1):
        w = slice(start, start + k + 1)
        before = h[start - 1] if start > 0 else h0
        part, _, _ = rnn_backward_with_output(x[w], before, h[w], do[w], params)
        grads = {name: grads[name] + part[name] for name in grads}
    return loss_of(x, y, h0, params), grads


@mistake(
    "truncated_bptt",
    hint=("L is the loss of the whole sequence. Yours forgets what the windows before have lost."),
)
def the_loss_of_the_last_window(x, y, h0, params, k):
    """Loss and gradients are those of a window."""
    h, o = forward(x, h0, params)
    do = (o - y) / x.shape[1]
    grads = {name: np.zeros_like(value) for name, value in params.items()}
    for start in range(0, len(x), k):
        w = slice(start, start + k)
        before = h[start - 1] if start > 0 else h0
        part, _, _ = rnn_backward_with_output(x[w], before, h[w], do[w], params)
        grads = {name: grads[name] + part[name] for name in grads}
        L = loss_of(x[w], y[w], before, params)
    return L, grads


@mistake(
    "truncated_bptt",
    hint="The loss is a mean over the sequences. Do your gradients know?",
)
def forgets_the_mean_in_the_windows(x, y, h0, params, k):
    """The error of an output is output minus target."""
    h, o = forward(x, h0, params)
    grads = {name: np.zeros_like(value) for name, value in params.items()}
    for start in range(0, len(x), k):
        w = slice(start, start + k)
        before = h[start - 1] if start > 0 else h0
        part, _, _ = rnn_backward_with_output(x[w], before, h[w], (o - y)[w], params)
        grads = {name: grads[name] + part[name] for name in grads}
    return loss_of(x, y, h0, params), grads


# 14. Clip


@mistake(
    "clip_gradients",
    hint=(
        "All gradients together are one long vector, with one norm. Clipping each array "
        "by itself changes the direction."
    ),
)
def each_array_by_its_own_norm(grads, limit, how):
    """Each gradient is clipped by its norm."""
    norm = np.sqrt(sum(np.sum(g**2) for g in grads.values()))
    if not np.isfinite(norm):
        return {name: np.zeros_like(g) for name, g in grads.items()}, 0.0
    if norm == 0:
        return {name: g.copy() for name, g in grads.items()}, 1.0
    if how == "norm":
        clipped = {name: g * min(1, limit / np.linalg.norm(g)) for name, g in grads.items()}
    else:
        clipped = {name: np.clip(g, -limit, limit) for name, g in grads.items()}
    return clipped, np.sqrt(sum(np.sum(g**2) for g in clipped.values())) / norm


@mistake(
    "clip_gradients",
    hint=(
        "A norm below the limit is no reason to do anything. Yours is stretched up to the limit."
    ),
)
def stretches_short_gradients(grads, limit, how):
    """The norm is set to the limit."""
    norm = np.sqrt(sum(np.sum(g**2) for g in grads.values()))
    if not np.isfinite(norm):
        return {name: np.zeros_like(g) for name, g in grads.items()}, 0.0
    if norm == 0:
        return {name: g.copy() for name, g in grads.items()}, 1.0
    if how == "norm":
        return {name: g * limit / norm for name, g in grads.items()}, limit / norm
    clipped = {name: np.clip(g, -limit, limit) for name, g in grads.items()}
    return clipped, np.sqrt(sum(np.sum(g**2) for g in clipped.values())) / norm


@mistake(
    "clip_gradients",
    hint=("A very negative entry is as large as a very positive one. What is the lower bound?"),
)
def clips_on_one_side(grads, limit, how):
    """What is larger than the limit becomes the limit."""
    norm = np.sqrt(sum(np.sum(g**2) for g in grads.values()))
    if not np.isfinite(norm):
        return {name: np.zeros_like(g) for name, g in grads.items()}, 0.0
    if norm == 0:
        return {name: g.copy() for name, g in grads.items()}, 1.0
    if how == "norm":
        factor = min(1.0, limit / norm)
        return {name: g * factor for name, g in grads.items()}, factor
    clipped = {name: np.minimum(g, limit) for name, g in grads.items()}
    return clipped, np.sqrt(sum(np.sum(g**2) for g in clipped.values())) / norm


@mistake(
    "clip_gradients",
    hint="The norm is a length. Which step is missing after the sum of the squares?",
)
def norm_without_the_root(grads, limit, how):
    """The norm is the sum of the squares."""
    norm = sum(np.sum(g**2) for g in grads.values())
    if not np.isfinite(norm):
        return {name: np.zeros_like(g) for name, g in grads.items()}, 0.0
    if norm == 0:
        return {name: g.copy() for name, g in grads.items()}, 1.0
    if how == "norm":
        factor = min(1.0, limit / norm)
        return {name: g * factor for name, g in grads.items()}, factor
    clipped = {name: np.clip(g, -limit, limit) for name, g in grads.items()}
    return clipped, sum(np.sum(g**2) for g in clipped.values()) / norm


@mistake(
    "clip_gradients",
    hint=(
        "An entry that is NaN or infinite must not reach the parameters. What are your "
        "gradients then, and what is the factor?"
    ),
)
def lets_nan_through(grads, limit, how):
    """Clipping takes care of everything that is too large."""
    norm = np.sqrt(sum(np.sum(g**2) for g in grads.values()))
    if norm == 0:
        return {name: g.copy() for name, g in grads.items()}, 1.0
    if how == "norm":
        factor = min(1.0, limit / norm)
        return {name: g * factor for name, g in grads.items()}, factor
    clipped = {name: np.clip(g, -limit, limit) for name, g in grads.items()}
    return clipped, np.sqrt(sum(np.sum(g**2) for g in clipped.values())) / norm


@mistake(
    "clip_gradients",
    hint=(
        "If one entry is NaN or infinite, the others cannot be trusted either: the whole "
        "step is left out."
    ),
)
def replaces_only_the_bad_entries(grads, limit, how):
    """Each NaN becomes 0, the rest is clipped as usual."""
    grads = {name: np.where(np.isfinite(g), g, 0.0) for name, g in grads.items()}
    norm = np.sqrt(sum(np.sum(g**2) for g in grads.values()))
    if norm == 0:
        return {name: g.copy() for name, g in grads.items()}, 1.0
    if how == "norm":
        factor = min(1.0, limit / norm)
        return {name: g * factor for name, g in grads.items()}, factor
    clipped = {name: np.clip(g, -limit, limit) for name, g in grads.items()}
    return clipped, np.sqrt(sum(np.sum(g**2) for g in clipped.values())) / norm


@mistake(
    "clip_gradients",
    hint=(
        "The second result is not a norm, but a quotient of two of them: what is left, "
        "between 0 and 1."
    ),
)
def gives_the_norm_for_the_factor(grads, limit, how):
    """Beside the gradients the norm is given back, as the library does."""
    norm = np.sqrt(sum(np.sum(g**2) for g in grads.values()))
    if not np.isfinite(norm):
        return {name: np.zeros_like(g) for name, g in grads.items()}, 0.0
    if how == "norm":
        return {name: g * min(1.0, limit / max(norm, limit)) for name, g in grads.items()}, norm
    return {name: np.clip(g, -limit, limit) for name, g in grads.items()}, norm


@mistake(
    "clip_gradients",
    hint="Gradients that are all 0 have the norm 0. What does your division make of that?",
)
def zero_over_zero(grads, limit, how):
    """The factor is the quotient of the norms."""
    norm = np.sqrt(sum(np.sum(g**2) for g in grads.values()))
    if not np.isfinite(norm):
        return {name: np.zeros_like(g) for name, g in grads.items()}, 0.0
    if how == "norm":
        clipped = {name: g * np.minimum(1.0, limit / norm) for name, g in grads.items()}
    else:
        clipped = {name: np.clip(g, -limit, limit) for name, g in grads.items()}
    return clipped, np.sqrt(sum(np.sum(g**2) for g in clipped.values())) / norm


@mistake(
    "clip_gradients",
    hint=(
        "You compare the largest single entry with the limit. The norm takes all entries together."
    ),
)
def by_the_largest_entry(grads, limit, how):
    """The norm is the largest entry."""
    norm = np.sqrt(sum(np.sum(g**2) for g in grads.values()))
    if not np.isfinite(norm):
        return {name: np.zeros_like(g) for name, g in grads.items()}, 0.0
    if norm == 0:
        return {name: g.copy() for name, g in grads.items()}, 1.0
    if how == "norm":
        factor = min(1.0, limit / max(np.abs(g).max() for g in grads.values()))
        return {name: g * factor for name, g in grads.items()}, factor
    clipped = {name: np.clip(g, -limit, limit) for name, g in grads.items()}
    return clipped, np.sqrt(sum(np.sum(g**2) for g in clipped.values())) / norm


@mistake(
    "clip_gradients",
    hint=("The gradients of whoever called you have changed. Let the clipped ones be new arrays."),
)
def clips_in_place(grads, limit, how):
    """The gradients are replaced by the clipped ones."""
    norm = np.sqrt(sum(np.sum(g**2) for g in grads.values()))
    if not np.isfinite(norm):
        return {name: np.zeros_like(g) for name, g in grads.items()}, 0.0
    if norm == 0:
        return grads, 1.0
    for g in grads.values():
        if how == "norm":
            g *= min(1.0, limit / norm)
        else:
            np.clip(g, -limit, limit, out=g)
    return grads, np.sqrt(sum(np.sum(g**2) for g in grads.values())) / norm


# 15. The gradient from left to right


@mistake(
    "rtrl_step",
    hint=("Your sensitivities forget the past: the state before depends on the parameters, too."),
)
def only_what_is_done_at_once(x_t, h_prev, S_prev, W_xh, W_hh, b_h):
    """The state depends on the weights through this step."""
    h = np.tanh(x_t @ W_xh + h_prev @ W_hh + b_h)
    same, slope = np.eye(len(b_h)), 1 - h**2
    return h, {
        "W_xh": np.einsum("ni,na,ib->niab", slope, x_t, same),
        "W_hh": np.einsum("ni,na,ib->niab", slope, h_prev, same),
        "b_h": np.einsum("ni,ib->nib", slope, same),
    }


@mistake(
    "rtrl_step",
    hint=(
        "Your sensitivities start at 0 and stay there. What does a parameter do at this very step?"
    ),
)
def only_what_is_handed_on(x_t, h_prev, S_prev, W_xh, W_hh, b_h):
    """The sensitivities are carried along."""
    h = np.tanh(x_t @ W_xh + h_prev @ W_hh + b_h)
    slope = 1 - h**2
    S = {}
    for name in ("W_xh", "W_hh", "b_h"):
        S[name] = np.einsum("ni,ji,nj...->ni...", slope, W_hh, S_prev[name])
    return h, S


@mistake(
    "rtrl_step",
    hint=(
        "A change inside the tanh does not come out of it unchanged. What stands in front "
        "of the bracket?"
    ),
)
def sensitivities_without_slope(x_t, h_prev, S_prev, W_xh, W_hh, b_h):
    """The sum is carried on as it is."""
    h = np.tanh(x_t @ W_xh + h_prev @ W_hh + b_h)
    same = np.eye(len(b_h))
    direct = {
        "W_xh": np.einsum("na,ib->niab", x_t, same),
        "W_hh": np.einsum("na,ib->niab", h_prev, same),
        "b_h": same,
    }
    return h, {n: d + np.einsum("ji,nj...->ni...", W_hh, S_prev[n]) for n, d in direct.items()}


@mistake(
    "rtrl_step",
    hint=(
        "The sum in the equation runs over j, the unit before. Which index of W_hh is "
        "that? W_hh is square, so NumPy cannot notice."
    ),
)
def sensitivities_through_the_transposed_matrix(x_t, h_prev, S_prev, W_xh, W_hh, b_h):
    """The sum runs over the second index of W_hh."""
    h = np.tanh(x_t @ W_xh + h_prev @ W_hh + b_h)
    same, slope = np.eye(len(b_h)), 1 - h**2
    direct = {
        "W_xh": np.einsum("na,ib->niab", x_t, same),
        "W_hh": np.einsum("na,ib->niab", h_prev, same),
        "b_h": same,
    }
    S = {}
    for name in direct:
        handed_on = np.einsum("ij,nj...->ni...", W_hh, S_prev[name])
        S[name] = np.einsum("ni,ni...->ni...", slope, direct[name] + handed_on)
    return h, S


@mistake(
    "rtrl_step",
    hint=(
        "Into the product with W_hh goes the state before. Your direct term takes the one after."
    ),
)
def sensitivities_with_the_new_state(x_t, h_prev, S_prev, W_xh, W_hh, b_h):
    """The direct term of W_hh holds the state."""
    h = np.tanh(x_t @ W_xh + h_prev @ W_hh + b_h)
    same, slope = np.eye(len(b_h)), 1 - h**2
    direct = {
        "W_xh": np.einsum("na,ib->niab", x_t, same),
        "W_hh": np.einsum("na,ib->niab", h, same),
        "b_h": same,
    }
    S = {}
    for name in direct:
        handed_on = np.einsum("ji,nj...->ni...", W_hh, S_prev[name])
        S[name] = np.einsum("ni,ni...->ni...", slope, direct[name] + handed_on)
    return h, S


@mistake(
    "rtrl_step",
    hint=("A weight to unit b acts at once on this unit only. Where is that in your direct term?"),
)
def a_weight_acts_on_all_units(x_t, h_prev, S_prev, W_xh, W_hh, b_h):
    """The direct term is the same for all units."""
    h = np.tanh(x_t @ W_xh + h_prev @ W_hh + b_h)
    slope, all_units = 1 - h**2, np.ones((len(b_h), len(b_h)))
    direct = {
        "W_xh": np.einsum("na,ib->niab", x_t, all_units),
        "W_hh": np.einsum("na,ib->niab", h_prev, all_units),
        "b_h": all_units,
    }
    S = {}
    for name in direct:
        handed_on = np.einsum("ji,nj...->ni...", W_hh, S_prev[name])
        S[name] = np.einsum("ni,ni...->ni...", slope, direct[name] + handed_on)
    return h, S


@mistake(
    "rtrl_step",
    hint=(
        "A unit depends on all units of the state before. Yours hands on only what it knew itself."
    ),
)
def each_unit_remembers_only_itself(x_t, h_prev, S_prev, W_xh, W_hh, b_h):
    """A unit's sensitivity comes from its own before."""
    h = np.tanh(x_t @ W_xh + h_prev @ W_hh + b_h)
    same, slope = np.eye(len(b_h)), 1 - h**2
    direct = {
        "W_xh": np.einsum("na,ib->niab", x_t, same),
        "W_hh": np.einsum("na,ib->niab", h_prev, same),
        "b_h": same,
    }
    S = {}
    for name in direct:
        handed_on = np.einsum("i,ni...->ni...", np.diag(W_hh), S_prev[name])
        S[name] = np.einsum("ni,ni...->ni...", slope, direct[name] + handed_on)
    return h, S


@mistake(
    "rtrl_step",
    hint=(
        "In W_hh[a, b], which index is the unit that the weight goes to? Compare with "
        "your direct term of W_hh."
    ),
)
def the_indices_of_the_weight_swapped(x_t, h_prev, S_prev, W_xh, W_hh, b_h):
    """S[n, i, a, b]: unit, then where the weight goes to, then where it comes from."""
    h = np.tanh(x_t @ W_xh + h_prev @ W_hh + b_h)
    same, slope = np.eye(len(b_h)), 1 - h**2
    direct = {
        "W_xh": np.einsum("na,ib->niab", x_t, same),
        "W_hh": np.einsum("nb,ia->niab", h_prev, same),
        "b_h": same,
    }
    S = {}
    for name in direct:
        handed_on = np.einsum("ji,nj...->ni...", W_hh, S_prev[name])
        S[name] = np.einsum("ni,ni...->ni...", slope, direct[name] + handed_on)
    return h, S


@mistake(
    "rtrl_step",
    hint="S_prev of whoever called you has changed. Let S be a new dict of new arrays.",
)
def writes_into_the_sensitivities(x_t, h_prev, S_prev, W_xh, W_hh, b_h):
    """The old sensitivities are not needed any more."""
    h = np.tanh(x_t @ W_xh + h_prev @ W_hh + b_h)
    same, slope = np.eye(len(b_h)), 1 - h**2
    direct = {
        "W_xh": np.einsum("na,ib->niab", x_t, same),
        "W_hh": np.einsum("na,ib->niab", h_prev, same),
        "b_h": same,
    }
    for name in direct:
        handed_on = np.einsum("ji,nj...->ni...", W_hh, S_prev[name])
        S_prev[name][...] = np.einsum("ni,ni...->ni...", slope, direct[name] + handed_on)
    return h, S_prev


# 16. How far does a gradient reach?


@mistake(
    "gradient_norms_by_lag",
    hint="Your Jacobians do not depend on the states. Where is the tanh?",
)
def norms_without_slope(h, W_hh):
    """The Jacobian of a step is W_hh."""
    T, N, _ = h.shape
    norms = np.empty((T - 1, N))
    for lag in range(1, T):
        norms[lag - 1] = np.linalg.norm(np.linalg.matrix_power(W_hh, lag), ord=2)
    return norms


@mistake(
    "gradient_norms_by_lag",
    hint=(
        "The slope is that of h_t[j]. Which index of W_hh is j: that of the rows or that "
        "of the columns?"
    ),
)
def slope_on_the_wrong_side(h, W_hh):
    """The slope multiplies the rows of W_hh."""
    T, N, H = h.shape
    norms = np.empty((T - 1, N))
    for n in range(N):
        product = np.eye(H)
        for lag in range(1, T):
            product = (W_hh * (1 - h[T - lag, n] ** 2)[:, None]) @ product
            norms[lag - 1, n] = np.linalg.norm(product, ord=2)
    return norms


@mistake(
    "gradient_norms_by_lag",
    hint=(
        "The Jacobian of a step has the slope of the state that comes out, not of the one "
        "that goes in."
    ),
)
def slope_one_step_too_early(h, W_hh):
    """The Jacobian belongs to the state it is taken by."""
    T, N, H = h.shape
    norms = np.empty((T - 1, N))
    for n in range(N):
        product = np.eye(H)
        for lag in range(1, T):
            product = (W_hh * (1 - h[T - lag - 1, n] ** 2)) @ product
            norms[lag - 1, n] = np.linalg.norm(product, ord=2)
    return norms


@mistake(
    "gradient_norms_by_lag",
    hint=(
        "Matrices do not commute. In the equation the Jacobian of the last step stands on "
        "the right: on which side does an earlier one come?"
    ),
)
def product_in_the_wrong_order(h, W_hh):
    """Each new Jacobian is put behind the others."""
    T, N, H = h.shape
    norms = np.empty((T - 1, N))
    for n in range(N):
        product = np.eye(H)
        for lag in range(1, T):
            product = product @ (W_hh * (1 - h[T - lag, n] ** 2))
            norms[lag - 1, n] = np.linalg.norm(product, ord=2)
    return norms


@mistake(
    "gradient_norms_by_lag",
    hint=(
        "The norm of a product is at most the product of the norms. Multiply the matrices first."
    ),
)
def product_of_the_norms(h, W_hh):
    """The norm of a product is the product of the norms."""
    T, N, _ = h.shape
    norms = np.empty((T - 1, N))
    for n in range(N):
        product = 1.0
        for lag in range(1, T):
            product *= np.linalg.norm(W_hh * (1 - h[T - lag, n] ** 2), ord=2)
            norms[lag - 1, n] = product
    return norms


@mistake(
    "gradient_norms_by_lag",
    hint=(
        "Without ord, np.linalg.norm is the root of the sum of all squares. The largest "
        "singular value is another norm."
    ),
)
def frobenius_norm(h, W_hh):
    """np.linalg.norm without further ado."""
    T, N, H = h.shape
    norms = np.empty((T - 1, N))
    for n in range(N):
        product = np.eye(H)
        for lag in range(1, T):
            product = (W_hh * (1 - h[T - lag, n] ** 2)) @ product
            norms[lag - 1, n] = np.linalg.norm(product)
    return norms


@mistake(
    "gradient_norms_by_lag",
    hint=(
        "The largest eigenvalue and the largest singular value are the same only for "
        "special matrices."
    ),
)
def largest_eigenvalue(h, W_hh):
    """The size of a matrix is its largest eigenvalue."""
    T, N, H = h.shape
    norms = np.empty((T - 1, N))
    for n in range(N):
        product = np.eye(H)
        for lag in range(1, T):
            product = (W_hh * (1 - h[T - lag, n] ** 2)) @ product
            norms[lag - 1, n] = np.abs(np.linalg.eigvals(product)).max()
    return norms


@mistake(
    "gradient_norms_by_lag",
    hint="Lag 1 is the last step, not the first. Where has the product to begin?",
)
def lag_counted_from_the_front(h, W_hh):
    """The first step comes first."""
    T, N, H = h.shape
    norms = np.empty((T - 1, N))
    for n in range(N):
        product = np.eye(H)
        for lag in range(1, T):
            product = (W_hh * (1 - h[lag, n] ** 2)) @ product
            norms[lag - 1, n] = np.linalg.norm(product, ord=2)
    return norms


@mistake(
    "gradient_norms_by_lag",
    hint="All norms are there, the one of the largest lag first. Lag 1 should come first.",
)
def largest_lag_first(h, W_hh):
    """The norms are in the order of the steps."""
    T, N, H = h.shape
    norms = np.empty((T - 1, N))
    for n in range(N):
        product = np.eye(H)
        for lag in range(1, T):
            product = (W_hh * (1 - h[T - lag, n] ** 2)) @ product
            norms[T - 1 - lag, n] = np.linalg.norm(product, ord=2)
    return norms


@mistake(
    "gradient_norms_by_lag",
    hint=(
        "You give back the norm of each single Jacobian. For lag l there are l of them, multiplied."
    ),
)
def one_jacobian_for_each_lag(h, W_hh):
    """Each lag has its Jacobian."""
    T, N, _ = h.shape
    norms = np.empty((T - 1, N))
    for n in range(N):
        for lag in range(1, T):
            norms[lag - 1, n] = np.linalg.norm(W_hh * (1 - h[T - lag, n] ** 2), ord=2)
    return norms
