"""Two small grammars for part-of-speech tagging, in which a word alone does not tell its tag.

`past`: "watch" or "play" is a noun after a determiner ("the only play"), a verb after a pronoun
("we only play"), and "only" itself is an adjective in the one, an adverb in the other. What decides
may stand several words back, but always before.
`future`: "this" or "her" is a determiner before a noun ("I see her cat") and a pronoun elsewhere
("I see her"). What decides is the next word, so no network that reads from left to right can know.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Bool, Float, Integer

from course_lib.data.padding import one_hot_masked, pad_sequences

Grammar = Literal["past", "future"]
Tagged = list[tuple[str, str]]

TAGS = ("DET", "PRON", "ADJ", "ADV", "PREP", "NOUN", "VERB", "PUNCT")

_NOUN_OR_VERB = ("cook", "fish", "paint", "plant", "play", "ring", "walk", "watch")
_ADJECTIVE_OR_ADVERB = ("daily", "first", "next", "only")
_PRONOUN_OR_DETERMINER = ("her", "his", "that", "this")

AMBIGUOUS: dict[Grammar, tuple[str, ...]] = {
    "past": (*_NOUN_OR_VERB, *_ADJECTIVE_OR_ADVERB),
    "future": _PRONOUN_OR_DETERMINER,
}
_DETERMINERS = ("her", "our", "the", "this")
_PRONOUNS = ("I", "they", "we", "you")
_PREPOSITIONS = ("after", "before")
_NOUNS = ("bird", "cat", "dog", "friend", "garden", "house")
_VERBS = ("find", "hear", "like", "see")

#: The words of each grammar, the ambiguous ones first.
WORDS: dict[Grammar, tuple[str, ...]] = {
    "past": (*AMBIGUOUS["past"], *_DETERMINERS, *_PRONOUNS, *_PREPOSITIONS, "."),
    "future": (*AMBIGUOUS["future"], *_PRONOUNS, *_PREPOSITIONS, *_NOUNS, *_VERBS, "."),
}


@dataclass(frozen=True)
class TaggedBatch:
    """x (T, N, V) one-hot words, y (T, N) tags, mask (T, N) True on real words, ambiguous (T, N)
    True on the words that can have two tags. After the end of a sentence, x and y are 0.
    """

    x: Float[np.ndarray, "T N V"]
    y: Integer[np.ndarray, "T N"]
    mask: Bool[np.ndarray, "T N"]
    ambiguous: Bool[np.ndarray, "T N"]


def tagged_sentence(rng: np.random.Generator, grammar: Grammar) -> Tagged:
    """One sentence, as (word, tag) pairs, the full stop included."""
    if grammar == "past":
        return [*_clause_past(rng), (".", "PUNCT")]
    if grammar == "future":
        return [*_clause_future(rng), (".", "PUNCT")]
    raise ValueError(f"grammar: {grammar!r}, expected 'past' or 'future'")


def tagged_sentences(rng: np.random.Generator, count: int, grammar: Grammar) -> list[Tagged]:
    """`count` sentences drawn one after the other."""
    return [tagged_sentence(rng, grammar) for _ in range(count)]


def encode_tagged(sentences: Sequence[Tagged], grammar: Grammar) -> TaggedBatch:
    """The sentences as padded arrays; words are numbered as in WORDS[grammar], tags as in TAGS.

    Raises ValueError for another grammar, word or tag, and if there is no sentence or an empty one.
    """
    if grammar not in WORDS:
        raise ValueError(f"grammar: {grammar!r}, expected 'past' or 'future'")
    words = WORDS[grammar]
    unknown = {word for sentence in sentences for word, _ in sentence} - set(words)
    if unknown:
        raise ValueError(f"sentences: {sorted(unknown)} not in the grammar {grammar!r}")
    others = {tag for sentence in sentences for _, tag in sentence} - set(TAGS)
    if others:
        raise ValueError(f"sentences: {sorted(others)} not among TAGS")
    ids, mask = pad_sequences([np.array([words.index(w) for w, _ in s]) for s in sentences])
    tags, _ = pad_sequences([np.array([TAGS.index(tag) for _, tag in s]) for s in sentences])
    ambiguous = mask & (ids < len(AMBIGUOUS[grammar]))  # WORDS begins with them
    return TaggedBatch(one_hot_masked(ids, mask, len(words)), tags, mask, ambiguous)


def tagging_batch(rng: np.random.Generator, N: int, grammar: Grammar) -> TaggedBatch:
    """N new sentences as padded arrays."""
    return encode_tagged(tagged_sentences(rng, N, grammar), grammar)


def _clause_past(rng: np.random.Generator) -> Tagged:
    """[after the first play] we [only] watch [the daily fish]"""
    clause: Tagged = []
    if rng.random() < 0.5:
        clause += [(_one(rng, _PREPOSITIONS), "PREP"), *_noun_phrase(rng)]
    clause += [(_one(rng, _PRONOUNS), "PRON"), *_modifiers(rng, "ADV")]
    clause += [(_one(rng, _NOUN_OR_VERB), "VERB")]
    if rng.random() < 0.5:
        clause += _noun_phrase(rng)
    return clause


def _noun_phrase(rng: np.random.Generator) -> Tagged:
    determiner, noun = (_one(rng, _DETERMINERS), "DET"), (_one(rng, _NOUN_OR_VERB), "NOUN")
    return [determiner, *_modifiers(rng, "ADJ"), noun]


def _modifiers(rng: np.random.Generator, tag: str) -> Tagged:
    """None, one or two: they keep what decides away from the word that it decides."""
    return [(_one(rng, _ADJECTIVE_OR_ADVERB), tag) for _ in range(rng.integers(0, 3))]


def _clause_future(rng: np.random.Generator) -> Tagged:
    """[before this] you see her [cat]"""
    clause: Tagged = []
    if rng.random() < 0.5:
        clause += [(_one(rng, _PREPOSITIONS), "PREP"), *_this(rng)]
    return [*clause, (_one(rng, _PRONOUNS), "PRON"), (_one(rng, _VERBS), "VERB"), *_this(rng)]


def _this(rng: np.random.Generator) -> Tagged:
    word = _one(rng, _PRONOUN_OR_DETERMINER)
    if rng.random() < 0.5:
        return [(word, "DET"), (_one(rng, _NOUNS), "NOUN")]
    return [(word, "PRON")]


def _one(rng: np.random.Generator, words: Sequence[str]) -> str:
    return words[int(rng.integers(len(words)))]
