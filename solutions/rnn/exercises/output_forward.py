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
output.mistake(
    "output_caches_the_bias",
    "The cache holds what came in.",
    hint="The scores are right. The bias is in your cache, and not in that of the exercise.",
    swap={"(h, W_hy)": "(h, W_hy, b_y)"},
    spellings=[{"(h, W_hy)": "(W_hy, b_y)"}, {"(h, W_hy)": "(h, b_y)"}],
)
output.mistake(
    "output_gives_no_cache",
    "The layer computes scores, so scores come back.",
    hint="The scores are right. The exercise asks for two things: the scores and the cache.",
    swap={", (h, W_hy)": ""},
    spellings=[{"(h, W_hy)": "None"}, {"(h, W_hy)": "()"}],
)
output.mistake(
    "output_cache_in_another_order",
    "A cache is a bag: what matters is what is in it.",
    hint="All the right things are in your cache. In which order does the exercise want them?",
    swap={"(h, W_hy)": "(W_hy, h)"},
)
output.mistake(
    "output_for_one_step_only",
    "States are a batch (N, H).",
    hint=(
        "It works for the states of one step, (N, H), and not for those of a sequence, (T, N, H). "
        "What of the shape does your code take for granted?"
    ),
    swap={"    return h": "    N, H = h.shape\n    return h"},
    spellings=[
        {"    return h @": "    if h.ndim > 2:\n        raise IndexError\n    return h @"},
        {"h @ W_hy": "np.einsum('nh,hk->nk', h, W_hy)"},
    ],
)
output.mistake(
    "output_columns_for_rows",
    "Vectors are columns, so the matrix stands in front.",
    hint=(
        "The matrix stands in front of the states in your product. States are rows here: (..., H) "
        "times (H, K)."
    ),
    swap={"h @ W_hy": "W_hy @ h"},
)
output.mistake(
    "adds_the_bias_to_the_states",
    "First the bias, then the matrix.",
    hint="The bias is added to the states. In the equation it is added to their product.",
    swap={"h @ W_hy + b_y": "(h + b_y) @ W_hy"},
)
output.mistake(
    "bias_as_a_column",
    "A bias is a column, one number for each row.",
    hint="b_y is added along the wrong axis: there is one number for each score, not for each row.",
    swap={"+ b_y": "+ b_y[:, None]"},
)
output.mistake(
    "output_of_first_step",
    "h[0] is the state.",
    hint="Only the first row or step is answered. The layer serves all alike.",
    swap={"h @ W_hy": "h[0] @ W_hy"},
)
output.mistake(
    "output_summed",
    "The scores of all positions add up.",
    hint="The scores are added over an axis in front. Each position has its own.",
    swap={"h @ W_hy": "(h @ W_hy).sum(axis=0)"},
    spellings=[{"h @ W_hy": "h.sum(axis=0) @ W_hy"}, {"h @ W_hy": "h.mean(axis=0) @ W_hy"}],
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
