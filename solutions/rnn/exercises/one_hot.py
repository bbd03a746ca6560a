"""Exercise 10: a row with a single 1."""

import numpy as np

from autograder.testing import Exercise, classes, sized, unchanged
from course_lib.reference.vocabulary import one_hot

rows = Exercise(
    one_hot,
    "x",
    {"B": (4,), "V": 6},
    draw={"ids": classes("V"), "V": lambda rng, shape, sizes: sizes["V"]},
    title="One-hot",
    section="sec-lm-vocabulary",
    says="the rows are right, whatever axes ids has.",
)


def ids(note: str, numbers: list[int], V: int) -> object:
    """A case with a sentence of its own; one word more is drawn for the check."""
    return sized(note, ids=np.array(numbers), V=V, shown={"ids": np.array([*numbers, 1]), "V": V})


rows.part(
    "a sentence",
    sized("For ids of shape (T,):", ids=np.array([3, 0, 5, 3]), V=7),
    sized("For T = 1:", ids=np.array([2]), V=3),
    sized("With T = V:", ids=np.array([2, 0, 1]), V=3),
    sized("For the first and the last number there is:", ids=np.array([0, 4, 4, 0]), V=5),
)
rows.part(
    "any shape of ids",
    sized("For ids with 2 axes:", B=(4, 3)),
    sized("For ids with 3 axes:", B=(2, 3, 4)),
    sized("For ids of one sequence, with 2 axes:", B=(1, 5)),
    sized("For ids without axes:", B=()),
    unchanged(B=(3,)),
    needs=["a sentence"],
)
rows.part("float64", sized(B=(3,)), needs=["a sentence"])

rows.mistake(
    "counts_from_one",
    "Word number 1 stands in the first place.",
    hint="Your ones stand one place too far: number 0 is the first place, too.",
    swap={"[ids]": "[np.asarray(ids) - 1]"},
)
rows.mistake(
    "one_column_for_each_word",
    "Vectors are columns.",
    hint="Words run along the last axis here: one row for each number, not one column.",
    swap={"np.eye(V)[ids]": "np.moveaxis(np.eye(V)[ids], -1, 0)"},
)
rows.mistake(
    "integer_ones",
    "0 and 1 are integers.",
    hint="Your ones are integers. The network computes in float64.",
    swap={"eye(V)": "eye(V, dtype=int)"},
)
rows.mistake(
    "bag_of_words",
    "The sentence becomes a vector with a 1 for each of its words.",
    hint="All words of a sentence are in one row. Each needs a row of its own.",
    swap={"return np.eye(V)[ids]": ("x = np.zeros(V)\n    x[ids] = 1.0\n    return x")},
)
rows.mistake(
    "one_sentence_only",
    "ids is a row of numbers.",
    hint="It works for one sentence. The numbers may have any number of axes, or none.",
    swap={
        "return np.eye(V)[ids]": (
            "x = np.zeros((len(ids), V))\n    x[np.arange(len(ids)), ids] = 1.0\n    return x"
        )
    },
)
rows.mistake(
    "flattens_the_ids",
    "One row for each number is all that matters.",
    hint="The axes of ids are gone. One axis comes in addition; the others stay.",
    swap={"[ids]": "[np.ravel(ids)]"},
)
rows.mistake(
    "as_wide_as_the_largest_number",
    "The vocabulary is as large as the largest number plus one.",
    hint=("The size of your rows depends on the words that happen to occur. V is an argument."),
    swap={"eye(V)": "eye(int(np.max(ids)) + 1)"},
)
rows.mistake(
    "all_words_in_every_row",
    "x[:, ids] = 1 puts a 1 at each number.",
    hint="Every row has a 1 for every word of the sentence. Row t is for word t alone.",
    swap={
        "return np.eye(V)[ids]": (
            "x = np.zeros((*np.shape(ids), V))\n    x[..., ids] = 1.0\n    return x"
        )
    },
)
rows.mistake(
    "no_row_for_one_number",
    "Ids have a shape to be taken apart.",
    hint="It fails for a single number without axes. Its row has shape (V,).",
    swap={"    return": "    ids.shape[0]\n    return"},
    spellings=[{"np.eye(V)[ids]": "np.array([np.eye(V)[i] for i in ids])"}],
)
rows.mistake(
    "writes_the_number",
    "At the word's place stands its number.",
    hint="At its place stands the word's number. It should be 1 for every word.",
    swap={"np.eye(V)[ids]": "np.eye(V)[ids] * np.asarray(ids)[..., None]"},
)


@rows.alternative
def one_hot_by_comparison(ids, V):
    """Every number against all places."""
    return (np.asarray(ids)[..., None] == np.arange(V)).astype(float)


@rows.alternative
def one_hot_by_put(ids, V):
    """Ones put into an array of zeros."""
    x = np.zeros((*np.shape(ids), V))
    np.put_along_axis(x, np.asarray(ids)[..., None], 1.0, axis=-1)
    return x
