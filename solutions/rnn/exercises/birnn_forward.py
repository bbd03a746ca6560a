"""Exercise 14: reading in both directions."""

import numpy as np

from autograder.testing import Exercise, first, ones, sized, square, unchanged
from course_lib.reference.bidirectional import birnn_forward
from course_lib.reference.rnn import rnn_cell_forward, rnn_forward

from . import layer

both = Exercise(
    birnn_forward,
    "h",
    {"T": 4, "N": 3, "D": 2, "H": 5},
    free="caches",
    axes="t n unit",
    scale=0.7,
    draw={"forward": layer, "backward": layer},
    views=[first],
    title="Both directions",
    equation="eq-rnn-bi",
    section="sec-rnn-bidirectional",
    says="both directions are right, in any size.",
)
both.part("from left to right", sized().half(0))
both.part("from right to left", sized().half(1))
both.part(
    "any size",
    ones("T"),
    ones("N"),
    square(3, "T", "N", "D", "H"),
    ones("D", "H"),
    unchanged(),
    needs=["from left to right", "from right to left"],
)
both.mistake(
    "does_not_turn_back",
    "The second network reads x[::-1], and its states are the result.",
    hint=(
        "The second network reads the right way, but its states come out in the order of its "
        "reading. h[t] needs the one that has read x[t] last."
    ),
    swap={"h_left[::-1]]": "h_left]"},
)
both.mistake(
    "both_read_to_the_right",
    "The second network has other weights, that is the difference.",
    hint="Both of your networks read from left to right.",
    swap={"x[::-1]": "x", "h_left[::-1]]": "h_left]"},
)
both.mistake(
    "turns_only_the_states",
    "The second network's result is read backwards.",
    hint=("The second network reads from left to right, and only its states are turned round."),
    swap={"rnn_forward(x[::-1]": "rnn_forward(x"},
)
both.mistake(
    "halves_swapped",
    "The order of the halves does not matter.",
    hint="The two halves have changed places: the one that reads to the right is first.",
    swap={"[h_right, h_left[::-1]]": "[h_left[::-1], h_right]"},
)
both.mistake(
    "adds_the_two_states",
    "The two directions are combined by a sum.",
    hint="The two states are added. They should stand side by side: (T, N, 2H).",
    swap={"np.concatenate([h_right, h_left[::-1]], axis=-1)": "h_right + h_left[::-1]"},
)
both.mistake(
    "one_set_of_weights",
    "It is one network that reads twice.",
    hint="Your two networks have the same weights. Each has its own.",
    swap={"*backward": "*forward"},
)
both.mistake(
    "one_start_for_both",
    "h0 is the first state.",
    hint="Both of your networks start from h0[0].",
    swap={"h0[1]": "h0[0]"},
)
both.mistake(
    "starts_where_the_first_ended",
    "The second network takes over what the first has learnt.",
    hint=(
        "The second network starts where the first ended. It has a first state of its own: h0[1]."
    ),
    swap={"h0[1]": "h_right[-1]"},
)
both.mistake(
    "turns_the_batch",
    "The sequence lies along axis 1.",
    hint="x is turned round along the batch. Time is the first axis.",
    swap={"x[::-1]": "x[:, ::-1]", "h_left[::-1]": "h_left[:, ::-1]"},
)
both.mistake(
    "puts_states_behind_each_other",
    "concatenate() puts things together.",
    hint="The states stand one above the other, along time. Wanted: side by side.",
    swap={", axis=-1)": ")"},
    spellings=[
        {"axis=-1": "axis=1"},
    ],
)
both.mistake(
    "starts_both_from_zero",
    "A network begins with an empty memory.",
    hint="Your networks start from zeros. Their first states are in h0.",
    swap={"h0[0]": "0 * h0[0]", "h0[1]": "0 * h0[1]"},
    spellings=[{"h0[1]": "0 * h0[1]"}],
)
both.mistake(
    "first_states_swapped",
    "The network from the right comes first.",
    hint="The two first states have changed places: h0[0] is for reading from left to right.",
    swap={"x, h0[0]": "x, h0[1]", "h0[1], *backward": "h0[0], *backward"},
)
both.mistake(
    "averages_the_two_states",
    "The two directions are combined by a mean.",
    hint="The two states are averaged. They should stand side by side: (T, N, 2H).",
    swap={"np.concatenate([h_right, h_left[::-1]], axis=-1)": "(h_right + h_left[::-1]) / 2"},
)
both.mistake(
    "keeps_the_two_apart",
    "Two networks have two results.",
    hint="The two directions stay apart in your result. h[t] holds both, side by side: (T, N, 2H).",
    swap={
        "return np.concatenate([h_right, h_left[::-1]], axis=-1), (cache_right, cache_left)": (
            "return np.stack([h_right, h_left[::-1]]), (cache_right, cache_left)"
        )
    },
    spellings=[
        {
            "return np.concatenate([h_right, h_left[::-1]], axis=-1), (cache_right, cache_left)": (
                "return h_right, h_left[::-1]"
            )
        },
        {
            "np.concatenate([h_right, h_left[::-1]], axis=-1)": "np.stack([h_right, h_left[::-1]], -1)"
        },
    ],
)
both.mistake(
    "turns_the_features",
    "The last axis is the one that is read.",
    hint="x is turned round along its features. Time is the first axis.",
    swap={"x[::-1]": "x[..., ::-1]", "h_left[::-1]]": "h_left]"},
    spellings=[{"x[::-1]": "x[..., ::-1]"}],
)
both.mistake(
    "turns_back_along_the_batch",
    "The states are turned back, whichever way.",
    hint="The second network's states are turned back along the batch. Time is the first axis.",
    swap={"h_left[::-1]": "h_left[:, ::-1]"},
    spellings=[{"h_left[::-1]": "h_left[..., ::-1]"}],
)


@both.alternative
def both_by_flip(x, h0, forward, backward):
    """Halves written into an array of zeros; the cache is a dict."""
    T, N, _ = x.shape
    H = h0.shape[2]
    h = np.zeros((T, N, 2 * H))
    h[:, :, :H], cache_right = rnn_forward(x, h0[0], *forward)
    left, cache_left = rnn_forward(np.flip(x, axis=0), h0[1], *backward)
    h[:, :, H:] = np.flip(left, axis=0)
    return h, {"right": cache_right, "left": cache_left}


@both.alternative
def both_step_by_step(x, h0, forward, backward):
    """Two loops over the cell, the second from the end; no cache at all."""
    T = len(x)
    right, left = [], [None] * T
    h = h0[0]
    for t in range(T):
        h, _ = rnn_cell_forward(x[t], h, *forward)
        right.append(h)
    h = h0[1]
    for t in range(T - 1, -1, -1):
        h, _ = rnn_cell_forward(x[t], h, *backward)
        left[t] = h
    return np.concatenate([right, left], axis=2), None
