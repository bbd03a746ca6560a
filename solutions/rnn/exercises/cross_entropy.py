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
    spellings=[
        {
            "log_p = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))": "log_p = np.log(softmax(o))",
            ".mean()": ".sum()",
        },
    ],
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
    spellings=[
        {
            "surprise.mean() if mask is None else surprise[mask].mean()": "surprise.sum() / len(y) if mask is None else surprise[mask].sum() / len(y)"
        },
        {"surprise.mean() if mask is None": "surprise.sum() / len(y) if mask is None"},
        {"surprise.mean() if mask is None": "surprise.sum(axis=-1).mean() if mask is None"},
        {"surprise.mean() if mask is None": "surprise.sum() / y.shape[-1] if mask is None"},
    ],
)
loss.mistake(
    "forgets_the_minus",
    "The loss is the log-probability.",
    hint="Your loss is negative. A logarithm of a probability is at most 0.",
    swap={"-np.take": "np.take"},
    spellings=[
        {
            "log_p = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))": "log_p = np.log(softmax(o))",
            "-np.take": "np.take",
        },
    ],
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
    spellings=[
        {
            "log_p = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))": "log_p = np.log(softmax(o) + 1e-8)"
        },
        {
            "log_p = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))": "log_p = np.log(softmax(o) + 1e-10)"
        },
        {
            "log_p = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))": "log_p = np.log(softmax(o) + 1e-15)"
        },
        {
            "log_p = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))": "log_p = np.log(softmax(o) + 1e-9)"
        },
        {
            "log_p = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))": "log_p = np.log(np.clip(softmax(o), 1e-12, 1))"
        },
        {
            "log_p = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))": "log_p = np.log(np.clip(softmax(o), 1e-15, 1))"
        },
    ],
)
loss.mistake(
    "ignores_the_mask",
    "Padding is correct, so it does no harm.",
    hint="The mask changes nothing in your code. Which positions should count?",
    swap={"surprise[mask]": "surprise"},
    spellings=[
        {
            "log_p = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))": "log_p = np.log(softmax(o))",
            "surprise[mask]": "surprise",
        },
    ],
)
loss.mistake(
    "divides_by_masked_positions_too",
    "A masked position contributes nothing, so the mean can be taken over all.",
    hint=(
        "The masked positions add 0 to your sum, but they are still counted when you divide. "
        "Divide by the number of those that count."
    ),
    swap={"surprise[mask]": "(surprise * mask)"},
    spellings=[
        {
            "log_p = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))": "log_p = np.log(softmax(o))",
            "surprise[mask]": "(surprise * mask)",
        },
    ],
)
loss.mistake(
    "mask_the_wrong_way_round",
    "A mask hides what it covers.",
    hint="Your mask is the wrong way round: True means that a position counts.",
    swap={"[mask]": "[~mask]"},
    spellings=[
        {"surprise[mask].mean()": "(surprise * (1 - mask)).sum() / (1 - mask).sum()"},
    ],
)
loss.mistake(
    "counts_in_bits",
    "Information is measured in bits.",
    hint="Everywhere in this course log is the natural logarithm.",
    swap={"axis=-1)[..., 0]": "axis=-1)[..., 0] / np.log(2)"},
    spellings=[
        {
            "log_p = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))": "log_p = np.log2(softmax(o))"
        },
        {
            "log_p = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))": "log_p = np.log10(softmax(o))"
        },
    ],
)
loss.mistake(
    "mean_of_means",
    "First the mean of each sequence, then of all sequences.",
    hint=(
        "Your loss is a mean of means. Sequences of different lengths then count alike; all "
        "positions should. Sum first, and divide once."
    ),
    swap={
        "surprise.mean() if mask is None else surprise[mask].mean()": (
            "surprise.mean() if mask is None else "
            "((surprise * mask).sum(axis=0) / mask.sum(axis=0)).mean()"
        )
    },
    spellings=[
        {
            "surprise.mean() if mask is None else surprise[mask].mean()": (
                "surprise.mean() if mask is None else "
                "((surprise * mask).sum(axis=-1) / mask.sum(axis=-1)).mean()"
            )
        },
    ],
)
loss.mistake(
    "asks_whether_the_mask_is_true",
    "if mask: means that there is one.",
    hint="An array is neither true nor false as a whole. Ask whether the mask is None.",
    swap={
        "surprise.mean() if mask is None else surprise[mask].mean()": (
            "surprise[mask].mean() if mask else surprise.mean()"
        )
    },
)
loss.mistake(
    "for_a_row_of_positions_only",
    "Positions are counted by np.arange(len(y)).",
    hint=(
        "It works for scores of shape (N, K) only. In front of the classes there may be several "
        "axes, or all of them may be made into one."
    ),
    swap={
        "-np.take_along_axis(log_p, y[..., None], axis=-1)[..., 0]": "-log_p[np.arange(len(y)), y]"
    },
    spellings=[
        {"    shifted": "    M, K = o.shape\n    shifted"},
        {"    shifted": "    T, N, K = o.shape\n    shifted"},
        {
            "log_p = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))": "log_p = np.log(softmax(o))",
            "-np.take_along_axis(log_p, y[..., None], axis=-1)[..., 0]": "-log_p[np.arange(len(y)), y]",
        },
    ],
)
loss.mistake(
    "exponentials_overflow",
    "The logarithm of softmax is o - log(sum(exp(o))).",
    hint=(
        "Very large scores overflow in exp. Subtract the largest score of each position first, as "
        "in softmax."
    ),
    swap={"o - o.max(axis=-1, keepdims=True)": "o"},
    spellings=[
        {
            "log_p = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))": (
                "log_p = np.log(np.exp(o) / np.exp(o).sum(axis=-1, keepdims=True))"
            )
        }
    ],
)
loss.mistake(
    "one_loss_for_each_position",
    "The surprise is asked for, at each position.",
    hint="One number for each position comes back. The loss is their mean, a single number.",
    swap={"surprise.mean() if mask is None else surprise[mask].mean()": "surprise"},
    spellings=[
        {
            "surprise.mean() if mask is None else surprise[mask].mean()": "surprise if mask is None else surprise[mask]"
        }
    ],
)
loss.mistake(
    "mean_of_the_probabilities",
    "The mean probability is taken, and the logarithm of it.",
    hint="You take the logarithm of a mean. The loss is the mean of logarithms.",
    swap={
        "surprise.mean() if mask is None else surprise[mask].mean()": (
            "-np.log(np.exp(-surprise if mask is None else -surprise[mask]).mean())"
        )
    },
)
loss.mistake(
    "entropy_of_the_guess",
    "Cross-entropy is the sum of -p log p.",
    hint="Your loss does not look at y: it is the entropy of the guess. What was the right class?",
    swap={
        "-np.take_along_axis(log_p, y[..., None], axis=-1)[..., 0]": (
            "-(np.exp(log_p) * log_p).sum(axis=-1)"
        )
    },
    spellings=[
        {
            "log_p = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))": "p = softmax(o)",
            "-np.take_along_axis(log_p, y[..., None], axis=-1)[..., 0]": (
                "-(p * np.log(p)).sum(axis=-1)"
            ),
        }
    ],
)
loss.mistake(
    "squared_error",
    "A loss is a squared difference.",
    hint="You take squared differences. The surprise is a logarithm.",
    swap={
        "-np.take_along_axis(log_p, y[..., None], axis=-1)[..., 0]": (
            "((np.exp(log_p) - np.eye(o.shape[-1])[y]) ** 2).sum(axis=-1)"
        )
    },
)
loss.mistake(
    "forgets_the_logarithm",
    "The loss is how much of the probability is missing.",
    hint="There is no logarithm in your loss. What does the formula do with the probability?",
    swap={
        "-np.take_along_axis(log_p, y[..., None], axis=-1)[..., 0]": (
            "-np.take_along_axis(np.exp(log_p), y[..., None], axis=-1)[..., 0]"
        )
    },
    spellings=[
        {
            "-np.take_along_axis(log_p, y[..., None], axis=-1)[..., 0]": (
                "1 - np.take_along_axis(np.exp(log_p), y[..., None], axis=-1)[..., 0]"
            )
        }
    ],
)
loss.mistake(
    "takes_the_likeliest_class",
    "The network's answer is its largest probability.",
    hint="You take the largest probability of each position. y says which one to take.",
    swap={"-np.take_along_axis(log_p, y[..., None], axis=-1)[..., 0]": "-log_p.max(axis=-1)"},
    spellings=[
        {
            "log_p = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))": "p = softmax(o)",
            "-np.take_along_axis(log_p, y[..., None], axis=-1)[..., 0]": "-np.log(p.max(axis=-1))",
        }
    ],
)
loss.mistake(
    "masks_the_scores",
    "Where the mask is False the scores are set to 0.",
    hint="Scores of 0 are a guess, too: that all classes are equally likely. Leave positions out.",
    swap={
        "    shifted": "    o = o if mask is None else o * mask[..., None]\n    shifted",
        "surprise[mask]": "surprise",
    },
    spellings=[
        {
            "    shifted": "    o = o if mask is None else o * mask[..., None]\n    shifted",
            "surprise[mask].mean()": "surprise.sum() / mask.sum()",
        }
    ],
)
loss.mistake(
    "averages_again",
    "The mean is divided by how many there are.",
    hint="You divide twice by the number of positions: a mean has been divided already.",
    swap={
        "surprise.mean() if mask is None else surprise[mask].mean()": (
            "surprise.mean() / surprise.size if mask is None "
            "else surprise[mask].mean() / mask.sum()"
        )
    },
    spellings=[
        {
            "surprise.mean() if mask is None else surprise[mask].mean()": (
                "surprise.mean() / len(y) if mask is None else surprise[mask].mean() / len(y)"
            )
        }
    ],
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
