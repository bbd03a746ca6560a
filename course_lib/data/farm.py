"""A small grammar for farm sentences: as many as wanted, and how likely each of them is
(book/rnn/sampling).

The verb agrees in number with its subject, however many words stand between: "the dogs near the
old cat sleep". Every sentence has one derivation, so its probability is the product of the choices.
"""

from collections.abc import Sequence
from math import inf, log
from typing import TypeVar

import numpy as np
from jaxtyping import Bool, Integer

from course_lib.data.padding import pad_sequences

NOUNS = ("boy", "cat", "cow", "dog", "duck", "farmer", "girl", "goat", "hen", "horse")
ADJECTIVES = ("old", "small")
ACTIONS = ("eat", "run", "sing", "sleep")
SIGHTS = ("feed", "see")
PLACES = ("barn", "field")

#: All words, the end mark first.
WORDS = (
    *("<eos>", ".", "the", "near", "that", "in"),
    *ADJECTIVES,
    *PLACES,
    *NOUNS,
    *(noun + "s" for noun in NOUNS),
    *(*ACTIONS, *SIGHTS),
    *(verb + "s" for verb in (*ACTIONS, *SIGHTS)),
)

T = TypeVar("T")


def farm_sentence(rng: np.random.Generator) -> tuple[list[str], float]:
    """One sentence as a list of words, the full stop included, and the log of its probability.

    Subject [near ... | that sees ...] verb [in the ...] .  In brackets: there or not, by a coin.
    """
    draw = _Draw(rng)
    plural = draw.coin()
    words = [*_noun_phrase(draw, plural)]
    if draw.coin():
        link = ["near"] if draw.coin() else ["that", _agree(draw.one(SIGHTS), plural)]
        words += [*link, *_noun_phrase(draw, draw.coin())]
    if draw.coin():
        words += [_agree(draw.one(ACTIONS), plural)]
    else:
        words += [_agree(draw.one(SIGHTS), plural), *_noun_phrase(draw, draw.coin())]
    if draw.coin():
        words += ["in", "the", draw.one(PLACES)]
    return [*words, "."], draw.log_prob


def farm_sentences(rng: np.random.Generator, count: int) -> tuple[list[list[str]], list[float]]:
    """`count` sentences, and the logarithms of their probabilities."""
    sentences, log_probs = zip(*(farm_sentence(rng) for _ in range(count)), strict=True)
    return list(sentences), list(log_probs)


def farm_log_prob(words: Sequence[str]) -> float:
    """The logarithm of the probability with which the grammar makes these words, full stop
    included; -inf if it cannot.
    """
    reading = _Reading(words)
    plural = reading.noun_phrase()
    if reading.coin(reading.next in ("near", "that")):
        if not reading.coin(reading.take({"near", "that"}) == "near"):
            reading.verb(SIGHTS, plural)
        reading.noun_phrase()
    if reading.coin(reading.next.removesuffix("s") in ACTIONS):
        reading.verb(ACTIONS, plural)
    else:
        reading.verb(SIGHTS, plural)
        reading.noun_phrase()
    if reading.coin(reading.next == "in"):
        reading.take({"in"})
        reading.take({"the"})
        reading.choose(PLACES)
    reading.take({"."})
    return reading.log_prob if reading.at_end else -inf


def encode_farm(
    sentences: Sequence[Sequence[str]],
) -> tuple[Integer[np.ndarray, "T N"], Bool[np.ndarray, "T N"]]:
    """Sentences by the numbers of their words in WORDS, each with the end mark after it.

    Returns ids (T, N) and mask (T, N), True on real words. Raises ValueError for another word.
    """
    unknown = {word for words in sentences for word in words} - set(WORDS)
    if unknown:
        raise ValueError(f"sentences: {sorted(unknown)} not among WORDS")
    return pad_sequences(
        [np.array([*(WORDS.index(word) for word in words), 0]) for words in sentences]
    )


def agreement_pairs(between: int, *, trap: bool) -> list[tuple[list[str], list[str]]]:
    """Sentences with the right verb, and the same with the verb in the wrong number.

    One pair for each noun, number and action, with `between` times "near the ..." before the verb.
    With `trap`, the nouns in there have the other number than the subject.
    """
    pairs = []
    for i, noun in enumerate(NOUNS):
        for plural in (False, True):
            words = ["the", _number(noun, plural)]
            for j in range(1, between + 1):
                words += ["near", "the", _number(NOUNS[(i + j) % len(NOUNS)], plural != trap)]
            for verb in ACTIONS:
                right, wrong = (_agree(verb, number) for number in (plural, not plural))
                pairs.append(([*words, right, "."], [*words, wrong, "."]))
    return pairs


class _Draw:
    """Draws, and keeps account of how likely what was drawn is."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.rng, self.log_prob = rng, 0.0

    def coin(self) -> bool:
        return self.one((False, True))

    def one(self, options: Sequence[T]) -> T:
        self.log_prob -= log(len(options))
        return options[int(self.rng.integers(len(options)))]


class _Reading:
    """Reads a sentence from left to right and keeps account of how likely what was read is."""

    def __init__(self, words: Sequence[str]) -> None:
        self.words, self.place, self.log_prob = words, 0, 0.0

    @property
    def next(self) -> str:
        return self.words[self.place] if self.place < len(self.words) else ""

    @property
    def at_end(self) -> bool:
        return self.place == len(self.words)

    def take(self, allowed: set[str]) -> str:
        word = self.next
        if word not in allowed:
            self.log_prob = -inf
        self.place += 1
        return word

    def choose(self, options: Sequence[str]) -> None:
        self.log_prob -= log(len(options))
        self.take(set(options))

    def coin(self, side: bool) -> bool:
        self.log_prob -= log(2)
        return side

    def noun_phrase(self) -> bool:
        """Returns whether the noun is plural."""
        self.take({"the"})
        if self.coin(self.next in ADJECTIVES):
            self.choose(ADJECTIVES)
        plural = self.coin(self.next.endswith("s"))
        self.choose([_number(noun, plural) for noun in NOUNS])
        return plural

    def verb(self, verbs: Sequence[str], plural: bool) -> None:
        self.choose([_agree(verb, plural) for verb in verbs])


def _noun_phrase(draw: _Draw, plural: bool) -> list[str]:
    adjective = [draw.one(ADJECTIVES)] if draw.coin() else []
    return ["the", *adjective, _number(draw.one(NOUNS), plural)]


def _number(noun: str, plural: bool) -> str:
    return noun + "s" if plural else noun


def _agree(verb: str, plural: bool) -> str:
    return verb if plural else verb + "s"
