"""Was or were? A sentence whose verb agrees with a subject that stands as far back as wanted
(book/bptt/vanishing).

"the cats which already ate the fish and the small dog" goes on with "were". The clause in between
tells nothing: each of its nouns is singular or plural by a coin of its own.
"""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float, Integer

NOUNS = ("bird", "cat", "cow", "dog", "duck", "hen")
ADJECTIVES = ("big", "old", "small", "young")
ADVERBS = ("already", "gladly", "just", "often")

#: The classes, by number: what a singular and what a plural subject asks for.
VERBS = ("was", "were")

WORDS = (
    *("the", "which", "ate", "and"),
    *ADJECTIVES,
    *ADVERBS,
    *NOUNS,
    *(noun + "s" for noun in NOUNS),
)


def agreement_sentence(rng: np.random.Generator, between: int) -> tuple[list[str], int]:
    """The words before the verb, and 0 ("was") or 1 ("were").

    the NOUN which [adverb ...] ate [the [adjective ...] NOUN [and the [adjective ...] NOUN ...]]

    `between` is the number of words from "which" on: 0 for none, or at least 2. Raises ValueError
    for 1 and below 0.
    """
    if between < 0 or between == 1:
        raise ValueError(f"between: {between}, expected 0 or at least 2 words")
    plural = int(rng.integers(2))
    subject = ["the", _noun(rng, plural)]
    return (subject + _clause(rng, between) if between else subject), plural


def agreement_batch(
    rng: np.random.Generator, between: int, N: int
) -> tuple[Float[np.ndarray, "T N V"], Integer[np.ndarray, " N"]]:
    """N sentences up to the verb, one-hot, x (T, N, V) with T = 2 + between and V = len(WORDS), and
    the number of each verb in VERBS, y (N,).
    """
    if N < 1:
        raise ValueError(f"N: {N}, expected at least 1 sentence")
    sentences, numbers = zip(*(agreement_sentence(rng, between) for _ in range(N)), strict=True)
    return encode_agreement(sentences), np.array(numbers)


def encode_agreement(sentences: Sequence[Sequence[str]]) -> Float[np.ndarray, "T N V"]:
    """Sentences of one length as one-hot words, numbered as in WORDS.

    Raises ValueError for another word, for sentences of different lengths, and for none.
    """
    if len({len(words) for words in sentences}) != 1:
        raise ValueError("sentences: expected at least one, and all of the same length")
    unknown = {word for words in sentences for word in words} - set(WORDS)
    if unknown:
        raise ValueError(f"sentences: {sorted(unknown)} not among WORDS")
    ids = np.array([[WORDS.index(word) for word in words] for words in sentences])
    return np.eye(len(WORDS))[ids.T]


def _clause(rng: np.random.Generator, length: int) -> list[str]:
    """The words "which", "ate" and length - 2 more: noun phrases, adverbs and adjectives."""
    free = length - 2
    most = (free + 1) // 3  # "the NOUN" takes 2 words, every further "and the NOUN" 3
    nouns = int(rng.integers(max(most - 1, 0), most + 1))
    free -= max(3 * nouns - 1, 0)
    extra = rng.multinomial(free, np.full(nouns + 1, 1 / (nouns + 1))).tolist()
    words = ["which", *_some(rng, ADVERBS, extra[0]), "ate"]
    for number, adjectives in enumerate(extra[1:]):
        words += ["and"] if number else []
        words += ["the", *_some(rng, ADJECTIVES, adjectives), _noun(rng, int(rng.integers(2)))]
    return words


def _noun(rng: np.random.Generator, plural: int) -> str:
    return NOUNS[rng.integers(len(NOUNS))] + "s" * plural


def _some(rng: np.random.Generator, words: Sequence[str], count: int) -> list[str]:
    return [words[i] for i in rng.integers(len(words), size=count)]
