"""Exercise 7: one answer for a whole sequence."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from jaxtyping import Float, Integer

from autograder.testing import Exercise, Inputs, Sizes, sized, states, unchanged
from course_lib.reference.output import output_forward
from course_lib.reference.pooling import last_state_forward, mean_state_forward


def sequence_to_class(
    h: Float[np.ndarray, "T N H"],
    lengths: Integer[np.ndarray, " N"],
    W_hy: Float[np.ndarray, "H K"],
    b_y: Float[np.ndarray, " K"],
    how: str,
) -> np.ndarray:
    """The library's pieces, put together."""
    pool = {"last": last_state_forward, "mean": mean_state_forward}[how]
    return output_forward(pool(h, lengths)[0], W_hy, b_y)[0]


def shorter(rng: np.random.Generator, sizes: Sizes) -> np.ndarray:
    """All lengths from T down, and for several sequences one of them 1."""
    lengths = np.linspace(sizes["T"] - 1, 1, sizes["N"]).astype(int)
    return np.roll(np.append(lengths[1:], sizes["T"]) if sizes["N"] > 1 else lengths, 1)


def full(rng: np.random.Generator, sizes: Sizes) -> np.ndarray:
    """All sequences as long as T."""
    return np.full(sizes["N"], sizes["T"])


def padded(arguments: Inputs, rng: np.random.Generator) -> Inputs:
    """Large numbers in the padding, which must not matter."""
    inside = np.arange(len(arguments["h"]))[:, None] < arguments["lengths"]
    return arguments | {"h": np.where(inside[:, :, None], arguments["h"], 1000.0)}


def factors(arguments: Mapping[str, Any]) -> dict[str, float]:
    """By what a mean is easily wrong."""
    T = len(arguments["h"])
    return {"T": float(T), "1 / T": 1 / T}


pooled = Exercise(
    sequence_to_class,
    "o",
    {"T": 6, "N": 3, "H": 4, "K": 2},
    axes="n",
    draw={"h": states},
    factors=factors,
    title="From a sequence to one class",
    equation="eq-modes-many-to-one",
    section="sec-modes-reading",
    says="the last state and the mean are right, for lengths below T, too.",
)
pooled.part("the last state", sized("Where all lengths are T:", T=5, lengths=full, how="last"))
pooled.part(
    "the last state, where lengths differ",
    sized("Where lengths differ:", lengths=shorter, how="last"),
    sized("For a single sequence, N = 1:", T=4, N=1, lengths=shorter, how="last"),
    sized("For T = 1:", T=1, N=2, lengths=full, how="last"),
    unchanged(T=4, N=2, lengths=shorter, how="last"),
    needs=["the last state"],
)
pooled.part(
    "the mean of the states", sized("Where all lengths are T:", T=5, lengths=full, how="mean")
)
pooled.part(
    "the mean, where lengths differ",
    sized("Where lengths differ:", lengths=shorter, how="mean"),
    sized(
        "With other numbers in the padding, which must not matter:",
        lengths=shorter,
        how="mean",
        change=padded,
    ),
    sized("For a single sequence, N = 1:", T=4, N=1, lengths=shorter, how="mean"),
    sized("With T = N = H = K:", T=3, N=3, H=3, K=3, lengths=shorter, how="mean"),
    unchanged(T=4, N=2, lengths=shorter, how="mean"),
    needs=["the mean of the states"],
)
pooled.mistake(
    "last_row_of_the_padding",
    "The last state is h[-1].",
    hint=(
        "h[-1] is the last row of the padding where a sequence is shorter than T. Use its own "
        "length."
    ),
    swap={"h[lengths - 1, np.arange(N)]": "h[-1]"},
)
pooled.mistake(
    "one_step_after_the_last",
    "The state after the last step is h[length].",
    hint=("The last state of a sequence of length 3 is the third. At which index does it stand?"),
    swap={"lengths - 1": "np.minimum(lengths, T - 1)"},
)
pooled.mistake(
    "mean_with_padding",
    "The mean of the states is h.mean(axis=0).",
    hint="Your mean takes the padding in. It should run over each sequence's own steps.",
    swap={"(h * inside[:, :, None]).sum(axis=0) / lengths[:, None]": "h.mean(axis=0)"},
)
pooled.mistake(
    "divides_by_the_longest",
    "The states in the padding are set to 0, then the mean is safe.",
    hint="The padding is left out of your sum, but not out of what you divide by.",
    swap={".sum(axis=0) / lengths[:, None]": ".mean(axis=0)"},
)
pooled.mistake(
    "sum_of_states",
    "All states are added up.",
    hint='For "mean" you give the sum. Longer sequences should not shout louder.',
    swap={" / lengths[:, None]": ""},
)
pooled.mistake(
    "mean_over_the_batch",
    "The batch is the axis to average over.",
    hint=(
        "You take the mean over the sequences of the batch. Each sequence has its own, over time."
    ),
    swap={"(h * inside[:, :, None]).sum(axis=0) / lengths[:, None]": "h.mean(axis=1)"},
)
pooled.mistake(
    "last_and_mean_swapped",
    "If it is not the mean, it is the last one.",
    hint='"last" and "mean" are the wrong way round.',
    swap={'how == "last"': 'how == "mean"'},
)
pooled.mistake(
    "always_the_last_state",
    "The last state has seen everything, so it is the answer.",
    hint="Both ways give the last state in your code. What does the argument how say?",
    swap={
        "(h * inside[:, :, None]).sum(axis=0) / lengths[:, None]": "h[lengths - 1, np.arange(N)]"
    },
)
pooled.mistake(
    "maximum_of_states",
    "Pooling is max-pooling.",
    hint='For "mean" you take the largest value of each unit.',
    swap={
        "(h * inside[:, :, None]).sum(axis=0) / lengths[:, None]": "np.where(inside[:, :, None], h, -np.inf).max(axis=0)"
    },
)
pooled.mistake(
    "forgets_the_output_layer",
    "One vector for each sequence is the answer.",
    hint="You give back the states themselves. The output layer is missing.",
    swap={"output_forward(s, W_hy, b_y)[0]": "s"},
)
pooled.mistake(
    "ignores_the_lengths",
    "The last state is h[-1], and the mean is h.mean(axis=0).",
    hint="lengths changes nothing in your code. Which states of a short sequence are padding?",
    swap={
        "h[lengths - 1, np.arange(N)]": "h[-1]",
        "(h * inside[:, :, None]).sum(axis=0) / lengths[:, None]": "h.mean(axis=0)",
    },
    spellings=[
        {
            "h[lengths - 1, np.arange(N)]": "h[lengths.max() - 1]",
            "(h * inside[:, :, None]).sum(axis=0) / lengths[:, None]": "h[: lengths.max()].mean(axis=0)",
        },
    ],
)
pooled.mistake(
    "one_step_too_few",
    "Python counts from 0, so one more has to be taken off.",
    hint="The state after the third step stands at index 2, and h[:3] holds three states.",
    swap={"lengths - 1": "lengths - 2", "[:, None] < lengths": "[:, None] < lengths - 1"},
    spellings=[
        {"lengths - 1": "lengths - 2"},
        {"[:, None] < lengths": "[:, None] < lengths - 1"},
        {"[:, None] < lengths": "[:, None] <= lengths"},
    ],
)
pooled.mistake(
    "index_beyond_the_end",
    "The state after T steps is h[T].",
    hint="For a sequence as long as T your index lies behind the end. Python counts from 0.",
    swap={"lengths - 1": "lengths"},
)
pooled.mistake(
    "takes_whole_batches",
    "h[lengths - 1] are the last states.",
    hint=(
        "h[lengths - 1] takes a whole batch for each sequence: (N, N, H). Each sequence needs one "
        "state, its own: index the second axis as well."
    ),
    swap={"h[lengths - 1, np.arange(N)]": "h[lengths - 1]"},
    spellings=[
        {
            "h[lengths - 1, np.arange(N)]": "h[lengths - 1]",
            "(h * inside[:, :, None]).sum(axis=0) / lengths[:, None]": "h.mean(axis=0)",
        },
        {
            "h[lengths - 1, np.arange(N)]": "h[lengths - 1]",
            "(h * inside[:, :, None]).sum(axis=0)": "h.sum(axis=0)",
        },
        {"h[lengths - 1, np.arange(N)]": "h[lengths - 1, :]"},
        {"h[lengths - 1, np.arange(N)]": "h[lengths - 1][0]"},
    ],
)
pooled.mistake(
    "sums_the_padding_too",
    "Dividing by the length makes the mean right.",
    hint="You divide by each sequence's own length, but the sum before takes the padding in.",
    swap={"(h * inside[:, :, None]).sum(axis=0)": "h.sum(axis=0)"},
    spellings=[
        {
            "h[lengths - 1, np.arange(N)]": "h[-1]",
            "(h * inside[:, :, None]).sum(axis=0)": "h.sum(axis=0)",
        }
    ],
)
pooled.mistake(
    "gives_the_cache_too",
    "The output layer gives a pair, and so do I.",
    hint="The pair of the output layer comes back. Only the scores are asked for here.",
    swap={"output_forward(s, W_hy, b_y)[0]": "output_forward(s, W_hy, b_y)"},
)
pooled.mistake(
    "forgets_the_bias",
    "The output layer is a matrix.",
    hint="The bias of the output layer is missing.",
    swap={"output_forward(s, W_hy, b_y)[0]": "s @ W_hy"},
)
pooled.mistake(
    "unfinished_mean",
    "The other way comes later.",
    hint='For "mean" nothing comes back yet.',
    swap={"    return output": '    if how == "mean":\n        return None\n    return output'},
)
pooled.mistake(
    "always_the_mean",
    "The mean holds all states, so it is the answer.",
    hint="Both ways give the mean in your code. What does the argument how say?",
    swap={'how == "last"': "how is None"},
)
pooled.mistake(
    "the_first_state",
    "h[0] is the state of the sequence.",
    hint='For "last" you take the first state, which has read one input only.',
    swap={"h[lengths - 1, np.arange(N)]": "h[0]"},
)
pooled.mistake(
    "sequences_along_the_first_axis",
    "h[n] is sequence n.",
    hint="Your code takes h[n] for sequence n. Time is the first axis: h[:, n].",
    swap={
        "h[lengths - 1, np.arange(N)]": "np.array([h[n][lengths[n] - 1] for n in range(N)])",
        "(h * inside[:, :, None]).sum(axis=0) / lengths[:, None]": (
            "np.array([h[n][: lengths[n]].mean(axis=0) for n in range(N)])"
        ),
    },
)


@pooled.alternative
def one_sequence_after_the_other(h, lengths, W_hy, b_y, how):
    """A loop over the sequences, each cut to its length."""
    o = []
    for n, length in enumerate(lengths):
        states = h[:length, n]
        s = states[-1] if how == "last" else states.mean(axis=0)
        o.append(s @ W_hy + b_y)
    return np.array(o)


@pooled.alternative
def scores_first(h, lengths, W_hy, b_y, how):
    """The output layer is linear: the mean of the scores is the score of the mean."""
    o, _ = output_forward(h, W_hy, b_y)
    T = len(o)
    if how == "last":
        return np.take_along_axis(o, (lengths - 1)[None, :, None], axis=0)[0]
    weight = (np.arange(T)[:, None] < lengths) / lengths
    return np.einsum("tn,tnk->nk", weight, o)
