"""The farm grammar: its sentences agree, and its probabilities are those of the draws."""

import re
from collections import Counter
from math import log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_lib.data import farm
from course_lib.data.corpus import corpus_sentences

NOUN = rf"(?:{'|'.join(farm.NOUNS)})"
PHRASE = rf"the (?:(?P<ADJ>old|small) )?{NOUN}(?P<PL>s)?"


def phrase(name: str) -> str:
    """A noun phrase as a pattern, its adjective and its plural ending under names of their own."""
    return PHRASE.replace("ADJ", f"{name}_adj").replace("PL", f"{name}_pl")


SENTENCE = re.compile(
    rf"{phrase('a')}"
    rf"(?P<link> (?:near|that (?P<sees>feed|see)(?P<sees_s>s)?) {phrase('b')})?"
    r" (?:(?P<act>eat|run|sing|sleep)|(?P<see>feed|see))(?P<verb_s>s)?"
    rf"(?: (?P<object>{phrase('c')}))?"
    r"(?P<place> in the (?:barn|field))? \."
)


def parsed(words: list[str]) -> re.Match:
    match = SENTENCE.fullmatch(" ".join(words))
    assert match, " ".join(words)
    return match


def probability(match: re.Match) -> float:
    """The product of the choices, read off the finished sentence."""
    got = match.groupdict()

    def noun_phrase(name: str) -> float:
        return 1 / 2 * (1 / 2 if got[f"{name}_adj"] else 1) / 10

    p = 1 / 2 * noun_phrase("a") * 1 / 2
    if got["link"]:
        p *= 1 / 2 * (1 / 2 if got["sees"] else 1) * 1 / 2 * noun_phrase("b")
    p *= 1 / 2 * (1 / 4 if got["act"] else 1 / 2 * 1 / 2 * noun_phrase("c"))
    return p * 1 / 2 * (1 / 2 if got["place"] else 1)


@given(st.integers(0, 2**32 - 1))
def test_sentences_follow_the_grammar_and_agree(seed):
    sentences, log_probs = farm.farm_sentences(np.random.default_rng(seed), 20)
    for words, log_prob in zip(sentences, log_probs, strict=True):
        match = parsed(words)
        assert bool(match["verb_s"]) is not bool(match["a_pl"])
        if match["sees"]:
            assert bool(match["sees_s"]) is not bool(match["a_pl"])
        assert bool(match["see"]) == bool(match["object"])
        assert log_prob == pytest.approx(log(probability(match)), abs=1e-9)


def test_every_choice_is_made():
    sentences, _ = farm.farm_sentences(np.random.default_rng(0), 2000)
    words = Counter(word for sentence in sentences for word in sentence)
    expected = {*farm.ADJECTIVES, *farm.PLACES, "near", "that", "in", "the", "."}
    expected |= {n + s for n in (*farm.NOUNS, *farm.ACTIONS, *farm.SIGHTS) for s in ("", "s")}
    assert set(words) == expected


def test_the_probability_is_the_frequency():
    """The share of the two-word sentences ("the cat sleeps .") with their mean probability."""
    sentences, log_probs = farm.farm_sentences(np.random.default_rng(0), 20_000)
    short = [len(words) == 4 for words in sentences]
    p = {tuple(w): np.exp(q) for w, q, s in zip(sentences, log_probs, short, strict=True) if s}
    assert len(p) == 2 * 10 * 4
    assert np.mean(short) == pytest.approx(sum(p.values()), abs=5 * np.sqrt(0.06 / 20_000))


def test_the_same_generator_gives_the_same_sentences():
    one, other = (farm.farm_sentences(np.random.default_rng(3), 5) for _ in range(2))
    assert one == other


def test_the_corpus_knows_the_words_of_the_questions():
    known = {word for sentence in corpus_sentences() for word in sentence}
    asked = {w for pair in farm.agreement_pairs(1, trap=True) for words in pair for w in words}
    assert asked <= known


@pytest.mark.parametrize("between", [0, 1, 3])
@pytest.mark.parametrize("trap", [False, True])
def test_pairs_differ_in_the_verb_alone(between, trap):
    pairs = farm.agreement_pairs(between, trap=trap)
    assert len(pairs) == len(farm.NOUNS) * 2 * len(farm.ACTIONS)
    for right, wrong in pairs:
        assert len(right) == len(wrong) == 4 + 3 * between
        assert [i for i, (a, b) in enumerate(zip(right, wrong, strict=True)) if a != b] == [
            len(right) - 2
        ]
        plural = right[1].endswith("s")
        assert right[-2].endswith("s") is not plural
        assert wrong[-2].endswith("s") is plural
        assert [w.endswith("s") for w in right[4:-2:3]] == [plural != trap] * between


@given(st.integers(0, 2**32 - 1))
def test_the_probability_of_a_sentence_is_read_off_its_words(seed):
    sentences, log_probs = farm.farm_sentences(np.random.default_rng(seed), 20)
    assert np.allclose([farm.farm_log_prob(words) for words in sentences], log_probs)


@pytest.mark.parametrize(
    "words",
    [
        "",
        "the dogs",
        "the dogs sleep",
        "the dogs sleeps .",
        "the dogs near the cat sleeps .",
        "the dog that feed the cats sleeps .",
        "the dog sleeps . .",
        "the dog sleeps in the cow .",
        "the old small dog sleeps .",
        "the dog sees .",
        "a dog sleeps .",
    ],
)
def test_other_words_have_no_probability(words):
    assert farm.farm_log_prob(words.split()) == -np.inf


def test_every_farm_word_is_numbered_and_the_end_mark_is_appended():
    sentences, _ = farm.farm_sentences(np.random.default_rng(0), 300)
    ids, mask = farm.encode_farm(sentences)
    for n, words in enumerate(sentences):
        assert [farm.WORDS[i] for i in ids[mask[:, n], n]] == [*words, "<eos>"]
    assert {word for words in sentences for word in words} | {"<eos>"} == set(farm.WORDS)
    with pytest.raises(ValueError, match="llama"):
        farm.encode_farm([["the", "llama"]])
