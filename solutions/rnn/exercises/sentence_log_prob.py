"""Exercise 11: how likely a sentence is, by the chain rule."""

import itertools
from collections.abc import Mapping
from typing import Any

import numpy as np

from autograder.testing import Exercise, Inputs, Numbers, Recorder, sized, unchanged
from course_lib.reference.language_model import sentence_log_prob
from course_lib.reference.losses import cross_entropy_forward, softmax
from course_lib.reference.output import output_forward
from course_lib.reference.rnn import rnn_cell_forward, rnn_forward
from course_lib.reference.vocabulary import one_hot

from . import language_model


def factors(arguments: Mapping[str, Any]) -> dict[str, float]:
    """By what a log-probability is easily wrong."""
    return {"-1": -1.0, "1 / T": 1 / len(arguments["ids"]), "1 / log 2": 1 / np.log(2)}


def sharper(scale: float, T: int) -> Any:
    """A model that is surer of itself, and the sentence of the word least likely at each step."""

    def change(arguments: Inputs, rng: np.random.Generator) -> Inputs:
        params = arguments["params"] | {"W_hy": scale * arguments["params"]["W_hy"]}
        V, H = params["W_xh"].shape
        x, h, ids = np.zeros((1, V)), np.zeros((1, H)), list[int]()
        for _ in range(T):
            h, _ = rnn_cell_forward(x, h, params["W_xh"], params["W_hh"], params["b_h"])
            ids.append(int(np.argmin(h @ params["W_hy"] + params["b_y"])))
            x = one_hot(np.array(ids[-1:]), V)
        return {"ids": np.array(ids), "params": params}

    return change


log_prob = Exercise(
    sentence_log_prob,
    "log-probability",
    {"V": 5, "H": 3},
    draw={"params": language_model},
    factors=factors,
    title="How likely is a sentence?",
    equation="eq-lm-chain",
    section="sec-lm-chain-rule",
    says="one word, several words and long sentences are right.",
)
ONE = "For a sentence of one word, where x_1 = 0 and h_0 = 0:"
log_prob.part(
    "one word",
    sized(ONE, ids=np.array([2])),
    sized(ONE, ids=np.array([0]), V=4, H=6),
)
log_prob.part(
    "the words before",
    sized("For a sentence of four words:", ids=np.array([3, 1, 4, 0])),
    sized("For a sentence of six words:", ids=np.array([1, 1, 2, 2, 1, 0]), V=3, H=4),
)


@log_prob.part("all sentences together", needs=["the words before"])
def all_sentences(student: Recorder, numbers: Numbers) -> None:
    """The probabilities of all sentences of two words sum to 1."""
    _, params = log_prob.call(numbers, "all", ids=np.array([0]), sizes={"V": 3, "H": 2})
    V = len(params["W_xh"])
    calls = [((np.array(ids), params), {}) for ids in itertools.product(range(V), repeat=2)]
    total = 0.0
    for outcome in student.values(calls):
        log_p = student.require("log-probability", outcome, -1.0, atol=np.inf)
        with np.errstate(over="ignore"):
            total += float(np.exp(log_p))
    note = "Summed over all sentences of two words:"
    student.require("the probability", total, 1.0, note=note)


log_prob.part(
    "long sentences and unlikely words",
    sized(
        "For a long sentence, whose probability is too small for float64:",
        ids=np.array([0]),
        V=6,
        H=4,
        change=sharper(4.0, 80),
    ),
    sized(
        "With words whose probability is too small for float64:",
        ids=np.array([0]),
        V=4,
        change=sharper(9000.0, 4),
    ),
)
log_prob.part(
    "its arguments stay as they are", unchanged(ids=np.array([2, 1, 0])), needs=["the words before"]
)
log_prob.mistake(
    "reads_the_word_it_guesses",
    "At step t the network reads w_t and gives p(w_t).",
    hint=(
        "Your network is asked about a word that it is reading at that moment. What may it have "
        "read when it guesses w_t?"
    ),
    swap={"x[1:, 0] = one_hot(ids[:-1], V)": "x[:, 0] = one_hot(ids, V)"},
    spellings=[
        {
            "x[1:, 0] = one_hot(ids[:-1], V)": "x[:, 0] = one_hot(ids, V)",
            "-T * cross_entropy(o[:, 0], ids)": "float(np.log(softmax(o[:, 0])[np.arange(T), ids]).sum())",
        },
        {
            "x[1:, 0] = one_hot(ids[:-1], V)": "x[:, 0] = one_hot(ids, V)",
            "-T * cross_entropy(o[:, 0], ids)": "-cross_entropy(o[:, 0], ids)",
        },
    ],
)
log_prob.mistake(
    "leaves_out_the_first_word",
    "The first word is given; the others follow from it.",
    hint="A factor is missing: the first word, too, is a guess, made from no word at all.",
    swap={
        "return -T * cross_entropy(o[:, 0], ids)": "return -(T - 1) * cross_entropy(o[1:, 0], ids[1:]) if T > 1 else 0.0"
    },
    spellings=[
        {
            "x[1:, 0] = one_hot(ids[:-1], V)": "x = one_hot(ids[:-1], V)[:, None]",
            "-T * cross_entropy(o[:, 0], ids)": "-(T - 1) * cross_entropy(o[:, 0], ids[1:])",
        },
        {
            "x[1:, 0] = one_hot(ids[:-1], V)": "if T == 1:\n        return 0.0\n    x = one_hot(ids[:-1], V)[:, None]",
            "-T * cross_entropy(o[:, 0], ids)": "-(T - 1) * cross_entropy(o[:, 0], ids[1:])",
        },
    ],
)
log_prob.mistake(
    "leaves_out_the_end",
    "EOS is no word, so it has no probability.",
    hint="A factor is missing at the end: that the sentence stops here is a guess as well.",
    swap={
        "return -T * cross_entropy(o[:, 0], ids)": "return -(T - 1) * cross_entropy(o[:-1, 0], ids[:-1]) if T > 1 else 0.0"
    },
)
log_prob.mistake(
    "mean_over_the_words",
    "The cross-entropy, without its minus, is the log-probability.",
    hint="You give the mean over the words. The chain rule has a sum of logarithms.",
    swap={"-T * ": "-"},
    spellings=[
        {
            "-T * cross_entropy(o[:, 0], ids)": "float(np.log(softmax(o[:, 0])[np.arange(T), ids]).mean())"
        },
        {"-T * cross_entropy(o[:, 0], ids)": "-cross_entropy(o[:, 0], ids) / T"},
    ],
)
log_prob.mistake(
    "negative_log_prob",
    "The log-probability is the loss, summed.",
    hint=(
        "Your result is positive. Probabilities are at most 1: which sign has a logarithm of one?"
    ),
    swap={"-T": "T"},
    spellings=[
        {"-T * ": ""},
    ],
)
log_prob.mistake(
    "logarithm_of_the_product",
    "log P is the logarithm of P.",
    hint=(
        "The probabilities are multiplied first, and the logarithm comes last. For a long "
        "sentence the product is too small for float64: take logarithms first, then add."
    ),
    swap={
        "-T * cross_entropy(o[:, 0], ids)": "float(np.log(np.prod(softmax(o[:, 0])[np.arange(T), ids])))"
    },
)
log_prob.mistake(
    "logarithm_of_rounded_probabilities",
    "softmax is stable, so its logarithm is.",
    hint=(
        "A very unlikely word gives the logarithm of 0. In the exercise on cross-entropy you have"
        " got around that already."
    ),
    swap={
        "-T * cross_entropy(o[:, 0], ids)": "float(np.log(softmax(o[:, 0])[np.arange(T), ids]).sum())"
    },
)
log_prob.mistake(
    "probability_itself",
    "How likely is a sentence: its probability.",
    hint=(
        "You give the probability itself, for which long sentences are too much. Wanted: its "
        "logarithm."
    ),
    swap={
        "-T * cross_entropy(o[:, 0], ids)": "float(np.prod(softmax(o[:, 0])[np.arange(T), ids]))"
    },
)
log_prob.mistake(
    "forgets_the_state",
    "The next word follows from the last one.",
    hint=(
        "Every word is guessed from the one before it only: the state starts at 0 again each time."
    ),
    swap={
        "x = np.zeros((T, 1, V))": "x = np.zeros((1, T, V))",
        "x[1:, 0]": "x[0, 1:]",
        "np.zeros((1, H))": "np.zeros((T, H))",
        "o[:, 0]": "o[0]",
    },
)
log_prob.mistake(
    "starts_with_eos",
    "Something has to be read first, and a sentence follows the end of another.",
    hint=(
        "Before the first word the network reads EOS in your code. Here it reads a row of zeros."
    ),
    swap={
        "x[1:, 0] = one_hot(ids[:-1], V)": "x[:, 0] = one_hot(np.concatenate([[0], ids[:-1]]), V)"
    },
)
log_prob.mistake(
    "a_factor_for_each_word",
    "Each word has its logarithm.",
    hint="One logarithm for each word comes back. The chain rule adds them up.",
    swap={"-T * cross_entropy(o[:, 0], ids)": "np.log(softmax(o[:, 0])[np.arange(T), ids])"},
)
log_prob.mistake(
    "the_likeliest_words",
    "The network says which word it finds most likely.",
    hint="You take the largest probability of each step. Asked for is that of the word that came.",
    swap={
        "-T * cross_entropy(o[:, 0], ids)": "-T * cross_entropy(o[:, 0], o[:, 0].argmax(axis=1))"
    },
    spellings=[
        {"-T * cross_entropy(o[:, 0], ids)": "float(np.log(softmax(o[:, 0]).max(axis=1)).sum())"}
    ],
)
log_prob.mistake(
    "adds_scores",
    "The score of a word says how likely it is.",
    hint="Scores are added up. What makes probabilities of them?",
    swap={"-T * cross_entropy(o[:, 0], ids)": "float(o[np.arange(T), 0, ids].sum())"},
)
log_prob.mistake(
    "reads_the_word_after",
    "x is shifted by one against the words.",
    hint="Your inputs are shifted the wrong way: at step t the network reads a word still to come.",
    swap={"x[1:, 0] = one_hot(ids[:-1], V)": "x[:-1, 0] = one_hot(ids[1:], V)"},
)
log_prob.mistake(
    "adds_over_all_words",
    "The probabilities of a step belong together.",
    hint="You add the logarithms of all words at each step. Only that of the word that came counts.",
    swap={"-T * cross_entropy(o[:, 0], ids)": "float(np.log(softmax(o[:, 0])).sum())"},
)
log_prob.mistake(
    "asks_only_for_the_last_word",
    "What comes at the end holds all that was before.",
    hint="Only the last factor is left. The chain rule has one for each word.",
    swap={"-T * cross_entropy(o[:, 0], ids)": "-cross_entropy(o[-1:, 0], ids[-1:])"},
)
log_prob.mistake(
    "reads_nothing",
    "The state carries on by itself.",
    hint="Your network never reads a word: its input stays a row of zeros.",
    swap={"    x[1:, 0] = one_hot(ids[:-1], V)\n": ""},
)


@log_prob.alternative
def log_prob_word_by_word(ids, params):
    """One step of the cell for each word, with single rows instead of batches."""
    V, H = params["W_xh"].shape
    x, h, total = np.zeros(V), np.zeros(H), 0.0
    for w in ids:
        h, _ = rnn_cell_forward(x, h, params["W_xh"], params["W_hh"], params["b_h"])
        o, _ = output_forward(h, params["W_hy"], params["b_y"])
        total += o[w] - np.logaddexp.reduce(o)
        x = one_hot(w, V)
    return total


@log_prob.alternative
def log_prob_by_rows_of_the_weights(ids, params):
    """A one-hot row times a matrix is a row of the matrix; nothing from before is used."""
    h, total = np.zeros(len(params["W_hh"])), 0.0
    a = params["b_h"]
    for w in ids:
        h = np.tanh(a + h @ params["W_hh"])
        o = h @ params["W_hy"] + params["b_y"]
        shifted = o - o.max()
        total += shifted[w] - np.log(np.exp(shifted).sum())
        a = params["W_xh"][w] + params["b_h"]
    return float(total)
