"""Exercise 12: drawing a sentence word by word."""

import itertools
from typing import Any

import numpy as np

from autograder.testing import (
    Exercise,
    Failed,
    Inputs,
    Numbers,
    Recorder,
    same,
    sized,
    unchanged,
)
from course_lib.reference.language_model import sample_sequence
from course_lib.reference.losses import softmax
from course_lib.reference.output import output_forward
from course_lib.reference.rnn import rnn_cell_forward
from course_lib.reference.vocabulary import one_hot

from . import Params, language_model

#: The number of no word, so that nothing ends.
NEVER = 10**6

sample = Exercise(
    sample_sequence,
    "ids",
    {"V": 5, "H": 4, "T_max": 12},
    axes="t",
    draw={
        "params": language_model,
        "uniforms": lambda rng, shape, sizes: rng.random(shape),
        "temperature": lambda rng, shape, sizes: 1.0,
        "eos": lambda rng, shape, sizes: NEVER,
    },
    title="Let it speak",
    equation="eq-lm-temperature",
    section="sec-lm-sampling",
    says="draw, temperature and end are right, and it reads its own words.",
)


def attentive(arguments: Inputs, rng: np.random.Generator) -> Inputs:
    """A model that makes much of the word it reads, and is never sure of the next one."""
    params = arguments["params"]
    more = {"W_xh": 3 * params["W_xh"], "W_hy": 0.8 * params["W_hy"], "b_y": 0 * params["b_y"]}
    return arguments | {"params": params | more}


def same_at_every_step(params: Params) -> Params:
    """A model that takes no notice of what it reads, so that only the drawing is tested."""
    return params | {name: np.zeros_like(params[name]) for name in ("W_xh", "W_hh")}


def always(params: Params, temperature: float = 1.0) -> np.ndarray:
    """The probabilities of a model that is the same at every step."""
    return softmax((np.tanh(params["b_h"]) @ params["W_hy"] + params["b_y"]) / temperature)


def numbers_for(params: Params, words: list[int]) -> np.ndarray:
    """Numbers in the middle of the pieces of these words, for a model that is always the same."""
    p = always(params)
    return (np.cumsum(p) - p / 2)[words]


def ends_with(eos: int) -> Any:
    """Words among which the one that ends the sentence is drawn twice."""

    def change(arguments: Inputs, rng: np.random.Generator) -> Inputs:
        params = same_at_every_step(arguments["params"])
        others = [word for word in range(4) if word != eos]
        before, after = rng.choice(others, size=(2, 5)).tolist()
        u = numbers_for(params, [*before, eos, *after, eos, *after])
        return arguments | {"params": params, "uniforms": u, "eos": eos}

    return change


def left_out(*names: str) -> Any:
    """Words for a call with arguments left out."""

    def change(arguments: Inputs, rng: np.random.Generator) -> Inputs:
        params = same_at_every_step(arguments["params"])
        u = numbers_for(params, [2, 3, 1, 0, 3, 0, 2])
        made = arguments | {"params": params, "uniforms": u}
        return {name: value for name, value in made.items() if name not in names}

    return change


def around_edges(temperature: float) -> Any:
    """Numbers on both sides of every edge between two words."""

    def change(arguments: Inputs, rng: np.random.Generator) -> Inputs:
        params = same_at_every_step(arguments["params"])
        edges = np.cumsum(always(params, temperature))[:-1]
        u = rng.permutation(np.concatenate([edges - 0.01, edges + 0.01, rng.random(5)]))
        u = u[(u >= 0) & (u < 1)]
        return arguments | {"params": params, "uniforms": u, "temperature": temperature}

    return change


def flat(arguments: Inputs, rng: np.random.Generator) -> Inputs:
    """Four words that are equally likely, and numbers that lie exactly on their edges."""
    H = len(arguments["params"]["b_h"])
    shapes = {"W_xh": (4, H), "W_hh": (H, H), "b_h": (H,), "W_hy": (H, 4), "b_y": (4,)}
    params = {name: np.zeros(shape) for name, shape in shapes.items()}
    u = rng.permutation([0.25, 0.0, 0.75, 0.5])
    return arguments | {"params": params, "uniforms": u}


def short_sum(arguments: Inputs, rng: np.random.Generator) -> Inputs:
    """A model, the same at every step, whose probabilities sum to less than 1 by rounding."""
    params = {name: np.zeros_like(array) for name, array in arguments["params"].items()}
    for _ in itertools.count():
        params["b_y"] = rng.standard_normal(len(params["b_y"]))
        if np.cumsum(softmax(params["b_y"]))[-1] < np.nextafter(1, 0):
            break
    return arguments | {"params": params, "uniforms": np.full(2, np.nextafter(1, 0))}


@sample.part("the numbers u decide", weight=0.5)
def u_decides(student: Recorder, numbers: Numbers) -> None:
    """The same numbers give the same words, and other numbers other words."""
    params = sample.call(numbers, "u", sizes={"V": 4, "H": 3})[0]
    calls = [
        ((same_at_every_step(params), np.full(8, u), 1.0, NEVER), {}) for u in (0.0, 0.99, 0.99)
    ]
    low, high, again = student.values(calls)
    if not same(high, again):
        raise Failed("For the same numbers u other words come: it draws numbers of its own.")
    if same(low, high):
        raise Failed("For quite other numbers u the same words come: they decide nothing.")


sample.part("the first word", *(sized("With one number u:", V=6, H=3, T_max=1) for _ in range(6)))
sample.part(
    "each word is read at the next step",
    sized("For many steps, without an end:", change=attentive),
    sized("With V = H, without an end:", V=3, H=3, change=attentive),
    needs=["the first word"],
)
sample.part(
    "it stops",
    *(
        sized("With a word that ends the sentence:", V=4, H=3, change=ends_with(eos))
        for eos in (0, 2, 3)
    ),
    sized("With the temperature left out:", V=4, H=3, change=left_out("temperature")).named("eos"),
    sized("With eos left out:", V=4, H=3, change=left_out("temperature", "eos")),
    needs=["the first word"],
)
sample.part(
    "the temperature",
    sized("With a temperature below 1:", change=around_edges(0.4)),
    sized("With a temperature above 1:", change=around_edges(2.5)),
    needs=["the first word"],
)
sample.part(
    "where pieces meet, and rounding",
    sized("Where u is exactly the sum of the first probabilities, or 0:", change=flat),
    sized(
        "Where u is larger than the rounded sum of all probabilities:", V=10, H=2, change=short_sum
    ),
)
sample.part(
    "its arguments stay as they are",
    unchanged(V=4, H=3, T_max=6, temperature=0.8),
    needs=["the first word"],
)
sample.mistake(
    "takes_the_likeliest_word",
    "The network says its best guess.",
    hint=(
        "You always take the likeliest word. Then chance, u, has no say: the same sentence every "
        "time."
    ),
    swap={
        ("        cumulative = np.cumsum(softmax(o / temperature)[0])\n"): "",
        'w = min(int(np.searchsorted(cumulative, u, side="right")), V - 1)': "w = int(np.argmax(softmax(o / temperature)[0]))",
    },
    spellings=[
        {
            "        cumulative = np.cumsum(softmax(o / temperature)[0])\n": "",
            'w = min(int(np.searchsorted(cumulative, u, side="right")), V - 1)': "w = np.argmax(o)",
        },
    ],
)
sample.mistake(
    "ignores_the_temperature",
    "softmax of the scores is the distribution.",
    hint="The temperature changes nothing in your code.",
    swap={"o / temperature": "o"},
)
sample.mistake(
    "multiplies_by_the_temperature",
    "More temperature, larger scores.",
    hint=("A high temperature makes your network more certain, not less. Which way does it go in?"),
    swap={"o / temperature": "o * temperature"},
)
sample.mistake(
    "temperature_after_softmax",
    "The distribution is divided by the temperature.",
    hint=(
        "You divide the probabilities by the temperature. It belongs to the scores, before softmax."
    ),
    swap={"softmax(o / temperature)[0]": "softmax(o)[0] / temperature"},
)
sample.mistake(
    "does_not_read_its_own_words",
    "The state carries on by itself.",
    hint="The network never learns which word was drawn: its input stays a row of zeros.",
    swap={("        x = one_hot(np.array([w]), V)\n"): ""},
)
sample.mistake(
    "reads_the_probabilities",
    "The output of a step is the input of the next.",
    hint=(
        "The network reads all its probabilities at once. It should read the one word it has drawn."
    ),
    swap={"one_hot(np.array([w]), V)": "softmax(o / temperature)"},
)
sample.mistake(
    "resets_the_state",
    "Each step is a call of the cell with the last word.",
    hint=(
        "Each word is drawn as if only the one before had been read: the state is not carried on."
    ),
    swap={"rnn_cell_forward(x, h,": "rnn_cell_forward(x, np.zeros((1, H)),"},
)
sample.mistake(
    "one_number_for_all_steps",
    "Chance is drawn once.",
    hint="Every step uses the first number. There is a fresh one for each.",
    swap={"(cumulative, u,": "(cumulative, uniforms[0],"},
)
sample.mistake(
    "never_stops",
    "There is a word for every number.",
    hint="Your network goes on talking after it has drawn eos.",
    swap={("        if w == eos:\n            break\n"): ""},
)
sample.mistake(
    "leaves_out_eos",
    "eos is a sign to stop, not a word.",
    hint="It stops in time, but the eos that it drew is missing from the result.",
    swap={
        ("        ids.append(w)\n"): "",
        ("            break\n"): ("            break\n        ids.append(w)\n"),
        "np.array(ids)": "np.array(ids, dtype=int)",
    },
)
sample.mistake(
    "stops_only_at_zero",
    "EOS is at 0.",
    hint="Your network stops at word 0 only. eos is an argument.",
    swap={"w == eos": "w == 0"},
)
sample.mistake(
    "a_sum_that_equals_u_is_enough",
    "The first sum that reaches u.",
    hint=(
        "Where u is exactly a sum of probabilities, the next word is meant: the sum must be larger."
    ),
    swap={'"right"': '"left"'},
    spellings=[
        {
            'int(np.searchsorted(cumulative, u, side="right"))': "int(np.searchsorted(cumulative, u))"
        },
        {
            'w = min(int(np.searchsorted(cumulative, u, side="right")), V - 1)': "w = int(np.argmax(cumulative >= u))"
        },
    ],
)
sample.mistake(
    "falls_off_the_end",
    "The probabilities sum to 1, so some sum is always larger than u.",
    hint=(
        "Rounding can leave the sum of all probabilities a little below u. Then your search finds"
        " no word: the exercise says which one it is."
    ),
    swap={
        'w = min(int(np.searchsorted(cumulative, u, side="right")), V - 1)': 'w = int(np.searchsorted(cumulative, u, side="right"))'
    },
    spellings=[
        {
            'w = min(int(np.searchsorted(cumulative, u, side="right")), V - 1)': "w = int(np.argmax(cumulative > u))"
        },
        {
            'w = min(int(np.searchsorted(cumulative, u, side="right")), V - 1)': "w = int(np.where(cumulative > u)[0][0])"
        },
    ],
)
sample.mistake(
    "draws_its_own_numbers",
    "Sampling needs a random generator.",
    hint=(
        "Your network draws numbers of its own. Use those that come in, so that others can check "
        "it."
    ),
    swap={
        ("    ids = []\n"): ("    ids = []\n    rng = np.random.default_rng(0)\n"),
        ("        cumulative = np.cumsum(softmax(o / temperature)[0])\n"): "",
        'w = min(int(np.searchsorted(cumulative, u, side="right")), V - 1)': "w = int(rng.choice(V, p=softmax(o / temperature)[0]))",
    },
)
sample.mistake(
    "u_times_V",
    "u says at which word of the list.",
    hint="Your word depends on u only, as if all words were equally likely. Where do the p come in?",
    swap={
        'w = min(int(np.searchsorted(cumulative, u, side="right")), V - 1)': "w = int(u * V)",
    },
)
sample.mistake(
    "the_piece_before",
    "The sums that are not larger than u are counted, and Python counts from 0.",
    hint="Your word is the one before, or behind, the right one: u = 0 lies in the piece of word 0.",
    swap={
        'w = min(int(np.searchsorted(cumulative, u, side="right")), V - 1)': (
            'w = max(int(np.searchsorted(cumulative, u, side="right")) - 1, 0)'
        )
    },
    spellings=[
        {
            'w = min(int(np.searchsorted(cumulative, u, side="right")), V - 1)': (
                'w = min(int(np.searchsorted(cumulative, u, side="right")) + 1, V - 1)'
            )
        }
    ],
)
sample.mistake(
    "first_probability_above_u",
    "The first word whose probability is larger than u.",
    hint="You compare u with single probabilities. It is to be compared with their running sums.",
    swap={"np.cumsum(softmax(o / temperature)[0])": "softmax(o / temperature)[0]"},
    spellings=[
        {
            "np.cumsum(softmax(o / temperature)[0])": "softmax(o / temperature)[0]",
            'w = min(int(np.searchsorted(cumulative, u, side="right")), V - 1)': (
                "w = int(np.argmax(cumulative > u))"
            ),
        }
    ],
)
sample.mistake(
    "reads_eos_first",
    "A sentence follows the end of another.",
    hint="Before the first word your network reads EOS. Here it reads a row of zeros.",
    swap={"np.zeros((1, V)), np.zeros((1, H))": "one_hot(np.array([0]), V), np.zeros((1, H))"},
)
sample.mistake(
    "returns_one_word",
    "The last word drawn comes back.",
    hint="Only the last word comes back. Keep every word, in order.",
    swap={"return np.array(ids)": "return np.array(ids[-1:])"},
    spellings=[{"return np.array(ids)": "return w"}],
)


@sample.alternative
def sample_by_adding_up(params, uniforms, temperature=1.0, eos=0):
    """Goes along the line piece by piece, with single rows instead of batches."""
    V, H = params["W_xh"].shape
    x, h, ids = np.zeros(V), np.zeros(H), []
    for u in uniforms:
        h, _ = rnn_cell_forward(x, h, params["W_xh"], params["W_hh"], params["b_h"])
        o, _ = output_forward(h, params["W_hy"], params["b_y"])
        p, total, w = softmax(o / temperature), 0.0, V - 1
        for v in range(V):
            total += p[v]
            if total > u:
                w = v
                break
        ids.append(w)
        if w == eos:
            return np.array(ids)
        x = one_hot(w, V)
    return np.array(ids)


@sample.alternative
def sample_by_counting(params, uniforms, temperature=1.0, eos=0):
    """The word's number is how many sums are not larger than u."""
    V, H = params["W_xh"].shape
    ids = np.zeros(len(uniforms), dtype=int)
    x, h = np.zeros((1, V)), np.zeros((1, H))
    for t in range(len(uniforms)):
        h = np.tanh(x @ params["W_xh"] + h @ params["W_hh"] + params["b_h"])
        o = (h @ params["W_hy"] + params["b_y"]) / temperature
        e = np.exp(o - o.max())
        ids[t] = min((np.cumsum(e / e.sum()) <= uniforms[t]).sum(), V - 1)
        if ids[t] == eos:
            return ids[: t + 1]
        x = np.zeros((1, V))
        x[0, ids[t]] = 1
    return ids
