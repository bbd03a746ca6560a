"""Exercise 1: the error of the outputs."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from autograder.testing import Exercise, Inputs, Sizes, float32, sized, unchanged
from course_lib.reference.bptt import output_error


def targets(rng: np.random.Generator, shape: tuple[int, ...], sizes: Sizes) -> np.ndarray:
    """Draw targets for the squared error."""
    return rng.standard_normal((*sizes["B"], sizes["K"]))


def labels(rng: np.random.Generator, sizes: Sizes) -> np.ndarray:
    """Draw classes for the cross-entropy."""
    return rng.integers(sizes["K"], size=sizes["B"])


def far_from_0(arguments: Inputs, rng: np.random.Generator) -> Inputs:
    """Scores of each sequence in another place, which changes nothing."""
    o = arguments["o"]
    return arguments | {"o": o + 9000 * (1 - np.arange(o.shape[1]))[:, None]}


def far_apart(arguments: Inputs, rng: np.random.Generator) -> Inputs:
    """Scores of which the largest has all the probability."""
    return arguments | {"o": 3000 * arguments["o"]}


def factors(arguments: Mapping[str, Any]) -> dict[str, float]:
    """By what a gradient is easily wrong."""
    T, N, K = arguments["o"].shape
    by_count = {"M": float(T * N), "T": float(T), "N": float(N), "1 / K": 1 / K}
    return {"-1": -1.0, "2": 2.0, **by_count}


CLASSES: dict[str, Any] = {"y": labels, "loss": "cross-entropy"}
BOTH: tuple[dict[str, Any], ...] = ({"loss": "squared"}, CLASSES)


error = Exercise(
    output_error,
    "do",
    {"B": (4, 3), "K": 5},
    axes="t n k",
    draw={"y": targets},
    factors=factors,
    title="The error of an output",
    equation="eq-bptt-do",
    section="sec-bptt-output-error",
    says="right for both losses, in any size, and for large scores.",
)
error.part(
    "the squared error",
    sized("For the squared error:", loss="squared"),
    sized("With the name of the loss left out, which means the squared error:"),
)
error.part("the cross-entropy", sized("For the cross-entropy:", K=4, **CLASSES))
error.part(
    "any size",
    *(sized("For T = 1:", B=(1, 3), **given) for given in BOTH),
    *(sized("For a single sequence, N = 1:", B=(4, 1), **given) for given in BOTH),
    *(sized("With T = N = K:", B=(3, 3), K=3, **given) for given in BOTH),
    *(sized("With K = 1:", K=1, **given) for given in BOTH),
    float32(loss="squared"),
    float32(**CLASSES),
    needs=["the squared error", "the cross-entropy"],
)
error.part(
    "large scores",
    sized(
        "With scores that are far from 0, each sequence's in another place:",
        change=far_from_0,
        **CLASSES,
    ),
    sized(
        "With scores of one prediction that are far from one another:", change=far_apart, **CLASSES
    ),
    needs=["the cross-entropy"],
)
error.part(
    "its arguments stay as they are",
    *(unchanged(**given) for given in BOTH),
    needs=["the squared error"],
)

error.mistake(
    "adds_up_the_sequences",
    "The loss is a sum over everything, so nothing is averaged.",
    hint=(
        "The loss is a mean over all predictions. What does that leave of each one's share in the "
        "gradient?"
    ),
    swap={" / (T * N)": ""},
)
error.mistake(
    "averages_over_the_sequences_only",
    "The loss of each step is a mean over the batch, and the steps are added up.",
    hint=("How many predictions is the loss averaged over? Each sequence makes one at every step."),
    swap={"(T * N)": "N"},
)
error.mistake(
    "averages_over_outputs_too",
    "A mean is a mean over all numbers.",
    hint=(
        "How many predictions is the loss averaged over? One for each step of each sequence, however "
        "many outputs it has."
    ),
    swap={"(T * N)": "o.size"},
)
error.mistake(
    "points_downhill",
    "The gradient says what has to be changed: from the output to the target.",
    hint=(
        "Your gradient has the other sign. Does the loss rise or fall when an output that is too "
        "large gets larger still?"
    ),
    swap={"(o - y)": "(y - o)", "(p - one_hot)": "(one_hot - p)"},
)
error.mistake(
    "keeps_the_two_of_the_square",
    "The derivative of a square is two times what stands inside.",
    hint=(
        "The derivative of the square has a factor 2. What stands in front of the square in the "
        "loss?"
    ),
    swap={"return (o - y)": "return 2 * (o - y)"},
)
error.mistake(
    "forgets_the_right_class",
    "The gradient of the cross-entropy is the softmax.",
    hint=(
        "With the cross-entropy your gradient is the same whatever the right class is. Which term "
        "has y in it?"
    ),
    swap={"(p - one_hot)": "p"},
)
error.mistake(
    "takes_scores_for_probabilities",
    "Outputs are compared with targets, one-hot targets too.",
    hint=(
        "The outputs are scores. What has to be done with them before they can be compared with a "
        "one-hot row?"
    ),
    swap={"(p - one_hot)": "(o - one_hot)"},
)
error.mistake(
    "softmax_over_the_sequences",
    "The sum in the softmax goes over the batch.",
    hint=(
        "Probabilities of which things add up to 1? Those of the classes of one prediction, not "
        "those of the sequences."
    ),
    swap={"axis=-1": "axis=1"},
)
error.mistake(
    "softmax_overflows",
    "The softmax is written down as it is defined.",
    hint=(
        "For large scores np.exp gives infinity. Softmax does not change when the same number is "
        "taken from all scores."
    ),
    swap={" - o.max(axis=-1, keepdims=True)": ""},
)
error.mistake(
    "one_largest_score_for_all",
    "The largest score of all is taken from all scores.",
    hint=(
        "The largest score of one sequence may lie far above all scores of another. Which largest "
        "one is to be taken?"
    ),
    swap={"o.max(axis=-1, keepdims=True)": "o.max()"},
)
error.mistake(
    "takes_the_mean_score_away",
    "Any number will do to make scores small, such as their mean.",
    hint=(
        "One score may lie far above the mean of its sequence. Which number has to be taken away so "
        "that no exponent is above 0?"
    ),
    swap={"o.max": "o.mean"},
)
error.mistake(
    "writes_into_the_outputs",
    "The outputs are not needed any more, so their array can be used.",
    hint="The array o of whoever called you has changed. Let the result be a new array.",
    swap={
        "return (o - y) / (T * N)": "o -= y\n        o /= T * N\n        return o",
        "return (p - one_hot) / (T * N)": "o[...] = (p - one_hot) / (T * N)\n    return o",
    },
)


@error.alternative
def error_with_one_line_for_both(o, y, loss="squared"):
    """Both losses end in the same line: a prediction less a target."""
    prediction, target = o, y
    if loss == "cross-entropy":
        shifted = o - o.max(axis=2)[:, :, None]
        prediction = np.exp(shifted - np.log(np.exp(shifted).sum(axis=2))[:, :, None])
        target = np.eye(o.shape[2], dtype=o.dtype)[y]
    return (prediction - target) / np.prod(o.shape[:2]).astype(o.dtype)


@error.alternative
def error_row_by_row(o, y, loss="squared"):
    """Each prediction by itself, in an array of its own."""
    do = np.zeros_like(o)
    for i in np.ndindex(o.shape[:2]):
        if loss == "squared":
            do[i] = o[i] - y[i]
        else:
            do[i] = np.exp(o[i] - max(o[i]))
            do[i] /= sum(do[i])
            do[i][y[i]] -= 1
    do /= o[..., 0].size
    return do
