"""Exercise 6: how surprised the network is."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from jaxtyping import Bool, Float, Integer

from autograder.testing import Exercise, Inputs, classes, sized, unchanged
from course_lib.reference.losses import cross_entropy_forward, softmax


def cross_entropy(
    o: Float[np.ndarray, "*B K"],
    y: Integer[np.ndarray, "*B"],
    mask: Bool[np.ndarray, "*B"] | None = None,
) -> float:
    """The library's loss without its cache."""
    return float(cross_entropy_forward(np.asarray(o), np.asarray(y), mask)[0])


def masked(arguments: Inputs, rng: np.random.Generator) -> Inputs:
    """Sequences of several lengths; the class is 0 where they have ended."""
    T, N = arguments["y"].shape
    mask = np.arange(T)[:, None] < np.linspace(T, 2, N).astype(int)
    return arguments | {"y": np.where(mask, arguments["y"], 0), "mask": mask}


def all_true(arguments: Inputs, rng: np.random.Generator) -> Inputs:
    """A mask that leaves nothing out."""
    return arguments | {"mask": np.ones(arguments["y"].shape, dtype=bool)}


def unlikely(scale: float) -> Any:
    """The right class is the least likely one."""
    return lambda a, rng: {"o": scale * a["o"], "y": np.argmin(a["o"], axis=-1)}


def factors(arguments: Mapping[str, Any]) -> dict[str, float]:
    """By what a loss is easily wrong."""
    *front, K = arguments["o"].shape
    count = arguments["mask"].sum() if "mask" in arguments else np.prod(front)
    return {"-1": -1.0, "the number of positions": float(count), "K": float(K), "1 / K": 1 / K}


loss = Exercise(
    cross_entropy,
    "loss",
    {"B": (5, 3), "K": 4},
    scale=2.0,
    draw={"y": classes("K")},
    factors=factors,
    title="Cross-entropy",
    equation="eq-rnn-cross-entropy",
    section="sec-rnn-cell-loss",
    says="the mean, the mask and unlikely answers are right.",
)
loss.part("one position", sized("For a single position:", B=(1,), K=5))
loss.part(
    "the mean over positions",
    sized("For scores of shape (N, K):", B=(4,), K=3),
    sized("For scores of shape (T, N, K):"),
    sized("With T = N = K:", B=(2, 2), K=2),
)
loss.part(
    "the mask",
    sized("With a mask:", change=masked),
    sized("With a mask that is True everywhere:", change=all_true),
    needs=["one position"],
)
loss.part(
    "unlikely answers",
    sized("Where the right class is very unlikely:", B=(3,), change=unlikely(20)),
    sized(
        "Where the probability of the right class underflows to 0:", B=(3,), change=unlikely(1000)
    ),
    sized("With very large scores:", B=(3,), change=lambda a, rng: a | {"o": a["o"] + 2000}),
)
loss.part(
    "its arguments stay as they are",
    unchanged(B=(4, 2), K=3, change=masked),
    needs=["the mean over positions"],
)

loss.mistake(
    "sum_for_mean",
    "The loss adds up over the positions.",
    hint="Your loss is a sum. It grows with the length of the text: wanted is a mean.",
    swap={".mean()": ".sum()"},
)
loss.mistake(
    "mean_over_classes_too",
    "The mean is .mean() of -one_hot * log p.",
    hint=(
        "The mean is taken over all entries, and for each position all but one of them are 0. "
        "Divide by the number of positions."
    ),
    swap={
        "-np.take_along_axis(log_p, y[..., None], axis=-1)[..., 0]": "-np.eye(o.shape[-1])[y] * log_p"
    },
)
loss.mistake(
    "mean_over_time_only",
    "The loss of a step is a sum over the batch, and the mean is over time.",
    hint=(
        "For a whole batch of sequences, the loss is summed along one axis and averaged along the"
        " other. All positions count alike."
    ),
    swap={
        "return surprise.mean() if mask is None else surprise[mask].mean()": (
            "mask = np.ones(y.shape, dtype=bool) if mask is None else mask\n"
            "    if y.ndim == 1:\n"
            "        return surprise[mask].mean()\n"
            "    return (surprise * mask).sum() / (mask.sum() / y.shape[1])"
        )
    },
)
loss.mistake(
    "forgets_the_minus",
    "The loss is the log-probability.",
    hint="Your loss is negative. A logarithm of a probability is at most 0.",
    swap={"-np.take": "np.take"},
)
loss.mistake(
    "takes_scores_for_probabilities",
    "o is the output of the network, and that is a probability.",
    hint=(
        "What comes in are scores, not probabilities: something has to happen before the logarithm."
    ),
    swap={
        "-np.take_along_axis(log_p, y[..., None], axis=-1)[..., 0]": "-np.log(np.take_along_axis(o, y[..., None], axis=-1)[..., 0])"
    },
)
loss.mistake(
    "softmax_twice",
    "The loss takes probabilities, and turns its argument into probabilities.",
    hint="The scores go through softmax twice: once is enough.",
    swap={
        "log_p = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))": "log_p = np.log(softmax(softmax(o)))"
    },
)
loss.mistake(
    "log_of_zero",
    "With a stable softmax the logarithm is safe.",
    hint=(
        "Where the right class is very unlikely its probability is rounded to 0, and you take the"
        " logarithm of that. The exercise has the formula that goes around it."
    ),
    swap={
        "log_p = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))": "log_p = np.log(softmax(o))"
    },
)
loss.mistake(
    "adds_a_little_to_the_probability",
    "log(p + 1e-12) is the usual trick.",
    hint=(
        "A small number added inside the logarithm keeps it finite, and makes it wrong: no answer"
        " can surprise you by more than the logarithm of that number. The exercise has a formula "
        "that needs no such help."
    ),
    swap={
        "log_p = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))": "log_p = np.log(softmax(o) + 1e-12)"
    },
)
loss.mistake(
    "ignores_the_mask",
    "Padding is correct, so it does no harm.",
    hint="The mask changes nothing in your code. Which positions should count?",
    swap={"surprise[mask]": "surprise"},
)
loss.mistake(
    "divides_by_masked_positions_too",
    "A masked position contributes nothing, so the mean can be taken over all.",
    hint=(
        "The masked positions add 0 to your sum, but they are still counted when you divide. "
        "Divide by the number of those that count."
    ),
    swap={"surprise[mask]": "(surprise * mask)"},
)
loss.mistake(
    "mask_the_wrong_way_round",
    "A mask hides what it covers.",
    hint="Your mask is the wrong way round: True means that a position counts.",
    swap={"[mask]": "[~mask]"},
)
loss.mistake(
    "counts_in_bits",
    "Information is measured in bits.",
    hint="Everywhere in this course log is the natural logarithm.",
    swap={"axis=-1)[..., 0]": "axis=-1)[..., 0] / np.log(2)"},
)


@loss.alternative
def loss_position_by_position(o, y, mask=None):
    """A loop over all positions that counts those that count."""
    total, count = 0.0, 0
    for i in np.ndindex(y.shape):
        if mask is None or mask[i]:
            m = o[i].max()
            total += m + np.log(np.sum(np.exp(o[i] - m))) - o[i][y[i]]
            count += 1
    return total / count


@loss.alternative
def loss_by_one_hot(o, y, mask=None):
    """The right score picked by a product with one-hot rows; the mean as a weighted sum."""
    weight = np.ones(y.shape) if mask is None else mask.astype(float)
    log_sum = np.logaddexp.reduce(o, axis=-1)
    right = (o * np.eye(o.shape[-1])[y]).sum(axis=-1)
    return float(((log_sum - right) * weight).sum() / weight.sum())
