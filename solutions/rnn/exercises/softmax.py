"""Exercise 5: scores become probabilities."""

import numpy as np

from autograder.testing import Exercise, Inputs, float32, sized, unchanged
from course_lib.reference.losses import softmax


def far_apart(arguments: Inputs, rng: np.random.Generator) -> Inputs:
    """Very negative scores in one row and very large ones in another."""
    rows = np.linspace(-1500.0, 1500.0, len(arguments["o"]))
    return {"o": arguments["o"] + rows[:, None]}


probabilities = Exercise(
    softmax,
    "p",
    {"B": (3,), "K": 5},
    options={"rtol": 1e-11, "atol": 1e-13},  # so that a small number added to the sum shows
    title="Softmax",
    equation="eq-rnn-softmax",
    section="sec-rnn-cell-loss",
    says="probabilities are right, over the last axis, for scores of any size.",
)
probabilities.part("one row", sized(B=(1,)), sized("For scores of shape (K,):", B=(), K=4))
probabilities.part(
    "over the last axis",
    sized("For scores of shape (N, K):"),
    sized("For shape (T, N, K):", B=(4, 2), K=3),
    sized("With T = N = K:", B=(3, 3), K=3),
    sized("With K = 1:", B=(2, 3), K=1),
)
probabilities.part(
    "large scores",
    sized("With very large scores:", change=lambda a, rng: {"o": a["o"] + 2000}),
    sized("With very negative scores:", change=lambda a, rng: {"o": a["o"] - 2000}),
    sized("With scores that are far apart:", change=lambda a, rng: {"o": 3000 * a["o"]}),
)
probabilities.part(
    "rows that lie far apart",
    sized("With very negative scores in one row and very large ones in another:", change=far_apart),
)
probabilities.part(
    "precision, and its argument stays as it is",
    float32(),
    unchanged(B=(2, 4), K=3),
    needs=["over the last axis"],
)
probabilities.mistake(
    "overflows",
    "The formula can be written down as it stands.",
    hint=(
        "For moderate scores this is right. For large ones exp overflows: the exercise says what "
        "to subtract first, and why that changes nothing."
    ),
    swap={" - o.max(axis=-1, keepdims=True)": ""},
)
probabilities.mistake(
    "one_maximum_for_all_rows",
    "Any number may be subtracted, so the largest of all will do.",
    hint=(
        "One maximum is subtracted from all rows. A row that lies far below it underflows to 0 / "
        "0: each position needs its own."
    ),
    swap={"o.max(axis=-1, keepdims=True)": "o.max()"},
)
probabilities.mistake(
    "sums_over_everything",
    "Probabilities sum to 1.",
    hint=("All your probabilities together sum to 1. Each position should, over the last axis."),
    swap={"e.sum(axis=-1, keepdims=True)": "e.sum()"},
    spellings=[
        {"o.max(axis=-1, keepdims=True)": "o.max()", "e.sum(axis=-1, keepdims=True)": "e.sum()"},
        {" - o.max(axis=-1, keepdims=True)": "", "e.sum(axis=-1, keepdims=True)": "e.sum()"},
    ],
)
probabilities.mistake(
    "sums_over_the_first_axis",
    "axis=0 is the axis of an array.",
    hint="Your sums run over the first axis. The classes are along the last one.",
    swap={"axis=-1": "axis=0"},
    spellings=[
        {" - o.max(axis=-1, keepdims=True)": "", "axis=-1": "axis=0"},
        {"axis=-1, keepdims=True": "axis=0"},
        {"o.max(axis=-1, keepdims=True)": "o.max()", "axis=-1": "axis=0"},
    ],
)
probabilities.mistake(
    "sums_over_axis_one",
    "Scores are a table, and its rows run along axis 1.",
    hint=(
        "Your sums run over axis 1. With shapes (T, N, K) that is the batch: count from the end."
    ),
    swap={"e = np": ("axis = 1 if o.ndim > 1 else 0\n    e = np"), "axis=-1": "axis=axis"},
    spellings=[
        {"axis=-1": "axis=1"},
        {" - o.max(axis=-1, keepdims=True)": "", "axis=-1": "axis=1"},
        {"o.max(axis=-1, keepdims=True)": "o.max()", "axis=-1": "axis=1"},
        {"e.sum(axis=-1": "e.sum(axis=1"},
    ],
)
probabilities.mistake(
    "loses_the_axis",
    "NumPy will line the arrays up.",
    hint=(
        "max or sum has lost an axis, and what is left does not line up with the scores any more."
        " Both can be told to keep it."
    ),
    swap={", keepdims=True": ""},
    spellings=[
        {"e.sum(axis=-1, keepdims=True)": "e.sum(axis=-1)"},
        {"o.max(axis=-1, keepdims=True)": "o.max(axis=-1)"},
        {" - o.max(axis=-1, keepdims=True)": "", ", keepdims=True": ""},
        {"o.max(axis=-1, keepdims=True)": "o.max()", ", keepdims=True": ""},
    ],
)
probabilities.mistake(
    "clips_scores",
    "Above 50 it makes no difference any more.",
    hint=(
        "Large scores are cut off, and so are the differences between them. The largest score can"
        " be subtracted; then nothing has to be cut."
    ),
    swap={"o - o.max(axis=-1, keepdims=True)": "np.clip(o, -50, 50)"},
    spellings=[
        {"o - o.max(axis=-1, keepdims=True)": "np.clip(o, -500, 500)"},
        {"o - o.max(axis=-1, keepdims=True)": "np.clip(o, -700, 700)"},
        {"o - o.max(axis=-1, keepdims=True)": "np.clip(o, -100, 100)"},
    ],
)
probabilities.mistake(
    "divides_by_the_maximum",
    "The scores have to be made small.",
    hint=("The scores are divided by the largest one. Only subtracting leaves softmax unchanged."),
    swap={"o - o.max": "o / np.abs(o).max"},
    spellings=[
        {"o - o.max": "o / o.max"},
    ],
)
probabilities.mistake(
    "writes_into_the_scores",
    "o is my variable.",
    hint="The caller's scores have changed: -= writes into the array that came in.",
    swap={
        "e = np.exp(o - o.max(axis=-1, keepdims=True))": (
            "o -= o.max(axis=-1, keepdims=True)\n    e = np.exp(o)"
        )
    },
)
probabilities.mistake(
    "always_float64",
    "float64 is always right.",
    hint="float32 comes in and float64 goes out. Something in your code asks for float64.",
    swap={"e = np": ("o = o.astype(np.float64)\n    e = np")},
)
probabilities.mistake(
    "gives_logarithms",
    "log-softmax is the stable softmax.",
    hint="These are logarithms of probabilities. What undoes a logarithm?",
    swap={
        "return e / e.sum(axis=-1, keepdims=True)": "return np.log(e) - np.log(e.sum(axis=-1, keepdims=True))"
    },
    spellings=[
        {
            "return e / e.sum(axis=-1, keepdims=True)": "z = o - o.max(axis=-1, keepdims=True)\n    return z - np.log(e.sum(axis=-1, keepdims=True))"
        },
    ],
)
probabilities.mistake(
    "adds_a_little_to_the_sum",
    "A small number below the line keeps a division safe.",
    hint=(
        "A small number is added to your sum. The largest exponential is 1, so the sum is never 0, "
        "and your probabilities do not sum to 1."
    ),
    swap={"e / e.sum(axis=-1, keepdims=True)": "e / (e.sum(axis=-1, keepdims=True) + 1e-8)"},
    spellings=[
        {"e / e.sum(axis=-1, keepdims=True)": "e / (e.sum(axis=-1, keepdims=True) + 1e-7)"},
        {"e / e.sum(axis=-1, keepdims=True)": "e / (e.sum(axis=-1, keepdims=True) + 1e-6)"},
    ],
)
probabilities.mistake(
    "does_not_divide",
    "The exponentials are the probabilities.",
    hint="Your numbers do not sum to 1: what stands below the line of the formula?",
    swap={"return e / e.sum(axis=-1, keepdims=True)": "return e"},
    spellings=[
        {
            " - o.max(axis=-1, keepdims=True)": "",
            "return e / e.sum(axis=-1, keepdims=True)": "return e",
        }
    ],
)
probabilities.mistake(
    "subtracts_the_mean",
    "The scores have to lie around 0.",
    hint="The mean is subtracted. The largest score may still lie far above it: subtract that one.",
    swap={"o.max": "o.mean"},
)
probabilities.mistake(
    "forgets_the_exponential",
    "Scores divided by their sum sum to 1.",
    hint="The scores themselves are divided by their sum. What stands there in the formula?",
    swap={"np.exp(o - o.max(axis=-1, keepdims=True))": "o - o.max(axis=-1, keepdims=True)"},
    spellings=[{"np.exp(o - o.max(axis=-1, keepdims=True))": "o"}],
)
probabilities.mistake(
    "exponential_of_the_sum",
    "The sum of exponentials is the exponential of the sum.",
    hint="Below the line stands a sum of exponentials. Yours is the exponential of a sum.",
    swap={"e / e.sum(axis=-1, keepdims=True)": "e / np.exp(o.sum(axis=-1, keepdims=True))"},
    spellings=[
        {
            " - o.max(axis=-1, keepdims=True)": "",
            "e / e.sum(axis=-1, keepdims=True)": "e / np.exp(o.sum(axis=-1, keepdims=True))",
        }
    ],
)
probabilities.mistake(
    "only_the_largest",
    "The network decides for the largest score.",
    hint="You give 1 to the largest score and 0 to the others. The others have a share, too.",
    swap={
        "e / e.sum(axis=-1, keepdims=True)": "(o == o.max(axis=-1, keepdims=True)).astype(o.dtype)"
    },
)
probabilities.mistake(
    "sigmoid_for_softmax",
    "The sigmoid makes probabilities of scores.",
    hint="Each score is squashed by itself. Softmax compares the scores of a position.",
    swap={"e / e.sum(axis=-1, keepdims=True)": "1 / (1 + np.exp(-o))"},
)
probabilities.mistake(
    "subtracts_the_minimum",
    "Scores must not be negative.",
    hint="The smallest score is subtracted, so the largest exponent may still be huge.",
    swap={"o.max": "o.min"},
)
probabilities.mistake(
    "divides_by_the_mean",
    "The mean makes it comparable.",
    hint="You divide by a mean, so the probabilities sum to K. What stands below the line?",
    swap={"e.sum": "e.mean"},
)
probabilities.mistake(
    "divides_by_another_sum",
    "The sum below the line is that of the scores.",
    hint="Above the line stands an exponential, below it a sum of something else.",
    swap={"e / e.sum": "e / o.sum"},
    spellings=[{"e / e.sum": "e / np.abs(o).sum"}],
)
probabilities.mistake(
    "divides_by_the_norm",
    "A vector is normalised by its length.",
    hint="You divide by the root of a sum of squares. Probabilities sum to 1 as they are.",
    swap={"e.sum(axis=-1, keepdims=True)": "np.linalg.norm(e, axis=-1, keepdims=True)"},
)


@probabilities.alternative
def softmax_by_logarithms(o):
    """exp of log-softmax."""
    m = np.max(o, axis=-1, keepdims=True)
    return np.exp(o - m - np.log(np.sum(np.exp(o - m), axis=-1, keepdims=True)))


@probabilities.alternative
def softmax_row_by_row(o):
    """Every position by itself, in an array of its own."""
    rows = o.reshape(-1, o.shape[-1]).copy()
    for i in range(len(rows)):
        rows[i] -= rows[i].max()
        rows[i] = np.exp(rows[i])
        rows[i] /= rows[i].sum()
    return rows.reshape(o.shape)


@probabilities.alternative
def softmax_by_ratios(o):
    """1 over the sum of e to the differences; too large differences give 1 / inf = 0."""
    with np.errstate(over="ignore"):
        return 1 / np.exp(o[..., None, :] - o[..., :, None]).sum(axis=-1)
