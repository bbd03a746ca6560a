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
error.mistake(
    "divides_by_the_steps_only",
    "The mean is one over the steps.",
    hint=(
        "How many predictions is the loss averaged over? Each of the N sequences makes one at "
        "every step."
    ),
    swap={"(T * N)": "T"},
    spellings=[
        {"return (p - one_hot) / (T * N)": "return (p - one_hot) / T"},
        {"return (o - y) / (T * N)": "return (o - y) / T"},
        {"return (p - one_hot) / (T * N)": "return (p - one_hot) / N"},
        {"return (o - y) / (T * N)": "return (o - y) / N"},
    ],
)
error.mistake(
    "one_loss_is_averaged_the_other_is_not",
    "The mean belongs to one of the two losses.",
    hint="Both losses are means over all predictions. Which of your two lines knows that?",
    swap={"return (p - one_hot) / (T * N)": "return p - one_hot"},
    spellings=[
        {"return (o - y) / (T * N)": "return o - y"},
        {"return (p - one_hot) / (T * N)": "return (p - one_hot) / o.size"},
        {"return (o - y) / (T * N)": "return (o - y) / o.size"},
    ],
)
error.mistake(
    "softmax_over_everything",
    "The sum in the softmax is the sum of all exponentials.",
    hint="Your probabilities add up to 1 over all predictions together. Which of them should?",
    swap={"e.sum(axis=-1, keepdims=True)": "e.sum()"},
    spellings=[
        {"e.sum(axis=-1, keepdims=True)": "e.sum()", "o.max(axis=-1, keepdims=True)": "o.max()"}
    ],
)
error.mistake(
    "the_same_line_for_both_losses",
    "The gradient is output minus target, whatever the loss.",
    hint=(
        "Your function gives the squared error's gradient whatever the loss is called. "
        "Compare the name that you ask for, letter by letter, with that of the task."
    ),
    swap={'if loss == "squared":': "if True:"},
)
error.mistake(
    "only_the_squared_error",
    "The second loss can wait.",
    hint=(
        "With the squared error all is well. What does your function give back with the "
        "cross-entropy?"
    ),
    swap={"    e = np.exp": "    return None\n    e = np.exp"},
)
error.mistake(
    "back_through_the_softmax_again",
    "The error of a probability goes back through the softmax.",
    hint=(
        "Probability minus target is the gradient of the score already: the slope of the "
        "softmax is in it."
    ),
    swap={"(p - one_hot)": "p * (p - one_hot)"},
    spellings=[
        {"(p - one_hot)": "p * (1 - p) * (p - one_hot)"},
        {
            "(p - one_hot)": "(p * ((p - one_hot) - np.sum(p * (p - one_hot), axis=-1, keepdims=True)))"
        },
    ],
)
error.mistake(
    "the_slope_of_the_logarithm",
    "The derivative of -log p is -1 / p.",
    hint=(
        "That is the gradient of the probability. The scores come before it, and the softmax "
        "stands in between."
    ),
    swap={"(p - one_hot)": "(-one_hot / p)"},
    spellings=[{"(p - one_hot)": "(-(one_hot / p))"}],
)
error.mistake(
    "gives_the_loss",
    "What is wanted is the error, and that is the loss.",
    hint="You give back the loss, which is one number. What is its derivative by each output?",
    swap={
        "return (o - y) / (T * N)": "return 0.5 * np.sum((o - y) ** 2) / (T * N)",
        "return (p - one_hot) / (T * N)": "return -np.log(p[one_hot]).sum() / (T * N)",
    },
    spellings=[
        {"return (o - y) / (T * N)": "return 0.5 * np.sum((o - y) ** 2) / (T * N)"},
        {"return (p - one_hot) / (T * N)": "return -np.log(p[one_hot]).sum() / (T * N)"},
    ],
)
error.mistake(
    "exponentials_that_do_not_add_up_to_one",
    "The softmax is the exponential.",
    hint="Do your probabilities add up to 1?",
    swap={"e / e.sum(axis=-1, keepdims=True)": "e"},
)
error.mistake(
    "one_loss_points_downhill",
    "Target minus output, in one of the two.",
    hint="In one of the two losses your gradient has the other sign.",
    swap={"(p - one_hot)": "(one_hot - p)"},
    spellings=[{"(o - y)": "(y - o)"}],
)
error.mistake(
    "keeps_the_half",
    "The half stands in front of the loss, and so in front of its gradient.",
    hint="The half in the loss and the 2 of the square cancel each other.",
    swap={"return (o - y)": "return 0.5 * (o - y)"},
)
error.mistake(
    "squares_the_error",
    "The squared error is squared.",
    hint="The derivative of a square is not a square.",
    swap={"return (o - y)": "return (o - y) ** 2"},
    spellings=[{"return (o - y)": "return 0.5 * (o - y) ** 2"}],
)
error.mistake(
    "softmax_over_the_steps",
    "The sum in the softmax goes over time.",
    hint=(
        "Probabilities of which things add up to 1? Those of the classes of one prediction, "
        "not those of the steps."
    ),
    swap={"axis=-1": "axis=0"},
)
error.mistake(
    "the_number_of_the_class_for_its_row",
    "y is taken away as it is.",
    hint=(
        "y holds the numbers of classes. What has to be taken from a row of probabilities is "
        "a row, with a 1 at one place."
    ),
    swap={"(p - one_hot)": "(p - y[..., None])"},
    spellings=[
        {"(p - one_hot)": "(o - y[..., None])"},
        {"(p - one_hot)": "(p - 1)"},
        {"(p - one_hot)": "(one_hot * (p - 1))"},
    ],
)
error.mistake(
    "the_most_likely_class_for_the_softmax",
    "The prediction is the class with the largest score.",
    hint=(
        "Softmax gives a share to every class. Yours gives 0 and 1, or another function of "
        "the scores."
    ),
    swap={"(p - one_hot)": "((np.arange(K) == o.argmax(axis=-1)[..., None]) * 1.0 - one_hot)"},
    spellings=[
        {"(p - one_hot)": "(1 / (1 + np.exp(-o)) - one_hot)"},
        {"(p - one_hot)": "(np.tanh(o) - one_hot)"},
        {"(p - one_hot)": "(o / o.sum(axis=-1, keepdims=True) - one_hot)"},
        {"(p - one_hot)": "(o - o.max(axis=-1, keepdims=True) - one_hot)"},
    ],
)
error.mistake(
    "logarithms_of_the_probabilities",
    "The cross-entropy has a logarithm, so its gradient has one.",
    hint="Which stands in the gradient: the probabilities, or their logarithms?",
    swap={"(p - one_hot)": "(np.log(p) - one_hot)"},
    spellings=[{"(p - one_hot)": "(-np.log(p) * one_hot)"}, {"(p - one_hot)": "(-np.log(p))"}],
)
error.mistake(
    "multiplies_by_the_number",
    "The mean is had by multiplication.",
    hint="A mean is a sum divided by a number. What do you do with yours?",
    swap={" / (T * N)": " * (T * N)"},
    spellings=[{"(T * N)": "T * N"}, {"(T * N)": "(T + N)"}],
)
error.mistake(
    "the_size_of_the_error",
    "An error is positive.",
    hint="An output may be too large or too small, and its gradient says which. Where has the sign gone?",
    swap={"return (o - y)": "return np.abs(o - y)"},
    spellings=[{"(p - one_hot)": "np.abs(p - one_hot)"}],
)
error.mistake(
    "divides_by_the_outputs",
    "A mean over the outputs.",
    hint="How many predictions is the loss averaged over? One for each step of each sequence, and not one for each output.",
    swap={
        "return (p - one_hot) / (T * N)": "return (p - one_hot) / K",
        "return (o - y) / (T * N)": "return (o - y) / K",
    },
    spellings=[
        {"return (p - one_hot) / (T * N)": "return (p - one_hot) / K"},
        {"return (o - y) / (T * N)": "return (o - y) / K"},
    ],
)
error.mistake(
    "sums_over_the_batch",
    "A gradient is a sum over the batch.",
    hint="Each output has a gradient of its own. Over which axis do you sum?",
    swap={
        "return (o - y) / (T * N)": "return ((o - y) / (T * N)).sum(axis=1)",
        "return (p - one_hot) / (T * N)": "return ((p - one_hot) / (T * N)).sum(axis=1)",
    },
    spellings=[
        {
            "return (o - y) / (T * N)": "return ((o - y) / (T * N)).sum(axis=0)",
            "return (p - one_hot) / (T * N)": "return ((p - one_hot) / (T * N)).sum(axis=0)",
        },
        {
            "return (o - y) / (T * N)": "return ((o - y) / (T * N)).sum(axis=-1)",
            "return (p - one_hot) / (T * N)": "return ((p - one_hot) / (T * N)).sum(axis=-1)",
        },
    ],
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
