"""Exercise 4: scores from states."""

import numpy as np

from autograder.testing import Exercise, alone, first, sized, square, unchanged
from course_lib.reference.output import output_forward

output = Exercise(
    output_forward,
    "o",
    {"B": (5, 3), "H": 4, "K": 2},
    cache="h W_hy",
    views=[first],
    title="The output layer",
    equation="eq-rnn-output",
    section="sec-rnn-cell-step",
    says="scores and cache are right, for one step and for a sequence.",
)
output.part("the term with h", alone("h", "W_hy", what="h W_hy", B=(3,)), weight=2)
output.part("the bias", alone("W_hy", "b_y", what="b_y", B=(3,)))
output.part(
    "one step and whole sequences",
    sized("With T = N = H = K:", B=(4, 4), H=4, K=4),
    sized("For the states of one step, (N, H):", B=(3,), H=2, K=6),
    sized("For the states of a sequence, (T, N, H):"),
    sized("With T = N = H = 1:", B=(1, 1), H=1, K=3),
    weight=2,
)
output.part("the cache", sized().comparing("cache"))
output.part("its arguments stay as they are", unchanged(), needs=["one step and whole sequences"])

output.mistake(
    "output_forgets_bias",
    "The output layer is a matrix.",
    hint="Count the terms of the equation, and count yours.",
    swap={" + b_y": ""},
)
output.mistake(
    "output_with_tanh",
    "Each layer ends with its activation function.",
    hint=(
        "Scores are any numbers. Yours are squashed: the tanh has been applied in the cell already."
    ),
    swap={"h @ W_hy + b_y": "np.tanh(h @ W_hy + b_y)"},
)
output.mistake(
    "output_with_softmax",
    "The output of a network is a probability.",
    hint=(
        "You give back probabilities. Scores are wanted here; softmax is an exercise of its own."
    ),
    swap={
        "return h @ W_hy + b_y,": (
            "o = h @ W_hy + b_y\n"
            "    e = np.exp(o - o.max(axis=-1, keepdims=True))\n"
            "    return e / e.sum(axis=-1, keepdims=True),"
        )
    },
)
output.mistake(
    "output_of_last_step",
    "The answer comes at the end of the sequence.",
    hint=(
        "For a whole sequence only the last step is answered. The layer serves every step alike."
    ),
    swap={"return h @": ("last = h[-1] if h.ndim == 3 else h\n    return last @")},
)
output.mistake(
    "output_loses_the_time_axis",
    "A layer takes a matrix, so time and batch are put together.",
    hint=(
        "The steps of a sequence come out as one long list of rows. The axes in front should stay."
    ),
    swap={"return h @": "return h.reshape(-1, h.shape[-1]) @"},
)
output.mistake(
    "output_caches_scores",
    "The cache holds what was computed.",
    hint="The scores are right. What does the exercise want in the cache?",
    swap={"return h @ W_hy + b_y, (h, W_hy)": ("o = h @ W_hy + b_y\n    return o, (h, o)")},
)
output.mistake(
    "output_transposes_weights",
    "A weight matrix has one row for each output, as in PyTorch.",
    hint=(
        "Your code turns the weights over. It fails wherever H and K differ: write down the shapes."
    ),
    swap={"@ W_hy": "@ W_hy.T"},
)


@output.alternative
def output_by_tensordot(h, W_hy, b_y):
    """The last axis of the states is summed against the first of the weights."""
    return np.tensordot(h, W_hy, axes=1) + b_y, (h, W_hy)


@output.alternative
def output_by_flattening(h, W_hy, b_y):
    """All positions as the rows of one matrix, then back into shape."""
    rows = h.reshape(-1, h.shape[-1])
    o = rows @ W_hy
    o += b_y
    return o.reshape(*h.shape[:-1], len(b_y)), [h, W_hy]
