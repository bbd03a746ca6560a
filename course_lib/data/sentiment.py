"""Small opinions in which order decides: "not bad but good" and "not good but bad" hold the same
words.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Integer

from course_lib.data.padding import one_hot_masked, pad_sequences

POSITIVE = ("clever", "fine", "good", "lovely")
NEGATIVE = ("bad", "boring", "poor", "silly")
_SUBJECTS = ("book", "film", "play", "song")
_DEGREES = ("really", "so", "very")
_CLOSINGS = (("today",), ("this", "time"), ("I", "think"))

WORDS = tuple(
    sorted(
        {*POSITIVE, *NEGATIVE, *_SUBJECTS, *_DEGREES, "the", "was", "not", "but", "."}
        | {word for closing in _CLOSINGS for word in closing}
    )
)


@dataclass(frozen=True)
class OpinionBatch:
    """x (T, N, V) one-hot words, 0 after the end; y (N,) 1 for a positive opinion, 0 for a
    negative; lengths (N,).
    """

    x: Float[np.ndarray, "T N V"]
    y: Integer[np.ndarray, " N"]
    lengths: Integer[np.ndarray, " N"]


def opinion(rng: np.random.Generator) -> tuple[list[str], int]:
    """One sentence and its label, 1 (positive) or 0 (negative).

    "not" turns the adjective after it round; where there are two adjectives, both then say the
    same.
    """
    label = int(rng.integers(2))
    same, opposite = (POSITIVE, NEGATIVE) if label else (NEGATIVE, POSITIVE)
    plain, turned = _adjective(rng, same), ["not", *_adjective(rng, opposite)]
    forms = (plain, turned, [*turned, "but", *plain], [*plain, "not", *turned[1:]])
    predicate = forms[rng.integers(len(forms))]
    words = ["the", _one(rng, _SUBJECTS), "was", *predicate]
    if rng.random() < 0.5:
        words += _CLOSINGS[rng.integers(len(_CLOSINGS))]
    return [*words, "."], label


def opinions(rng: np.random.Generator, count: int) -> list[tuple[list[str], int]]:
    """`count` sentences with their labels, drawn one after the other."""
    return [opinion(rng) for _ in range(count)]


def stretched_opinion(
    rng: np.random.Generator, between: int, negated: bool
) -> tuple[list[str], int]:
    """One sentence with `between` degree words before its adjective, "the film was not so very
    really good .", and its label. With `negated`, "not" stands before the degree words.

    Raises ValueError if between is negative.
    """
    if between < 0:
        raise ValueError(f"between: {between}, expected at least 0 words")
    label = int(rng.integers(2))
    adjective = _one(rng, POSITIVE if bool(label) != negated else NEGATIVE)
    degrees = [_one(rng, _DEGREES) for _ in range(between)]
    negation = ["not"] if negated else []
    return ["the", _one(rng, _SUBJECTS), "was", *negation, *degrees, adjective, "."], label


def encode_opinions(labelled: Sequence[tuple[Sequence[str], int]]) -> OpinionBatch:
    """The sentences as padded arrays; words are numbered as in WORDS."""
    unknown = {word for words, _ in labelled for word in words} - set(WORDS)
    if unknown:
        raise ValueError(f"labelled: {sorted(unknown)} not among WORDS")
    ids, mask = pad_sequences([np.array([WORDS.index(w) for w in words]) for words, _ in labelled])
    labels = np.array([label for _, label in labelled])
    return OpinionBatch(one_hot_masked(ids, mask, len(WORDS)), labels, mask.sum(axis=0))


def opinion_batch(rng: np.random.Generator, N: int) -> OpinionBatch:
    """N new sentences as padded arrays."""
    return encode_opinions(opinions(rng, N))


def _adjective(rng: np.random.Generator, adjectives: Sequence[str]) -> list[str]:
    degree = [_one(rng, _DEGREES)] if rng.random() < 0.4 else []
    return [*degree, _one(rng, adjectives)]


def _one(rng: np.random.Generator, words: Sequence[str]) -> str:
    return words[int(rng.integers(len(words)))]
