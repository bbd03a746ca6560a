import re
from collections import Counter
from itertools import islice

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_lib.data import agreement, alphabet
from course_lib.data.stream import echo_stream

seeds = st.integers(0, 2**32 - 1)
lengths = st.one_of(st.just(0), st.integers(2, 40))


def rng(seed=0):
    return np.random.default_rng(seed)


def is_sentence(words):
    """Whether the words are: the NOUN [which ADV* ate [PHRASE [and PHRASE]*]]"""
    noun, adverb = "(" + "|".join(agreement.NOUNS) + ")s?", "(" + "|".join(agreement.ADVERBS) + ")"
    phrase = f"the ((?:{'|'.join(agreement.ADJECTIVES)}) )*{noun}"
    clause = f"which ({adverb} )*ate( {phrase}( and {phrase})*)?"
    return re.fullmatch(f"the {noun}( {clause})?", " ".join(words)) is not None


@given(seeds, lengths)
def test_sentences_have_the_length_the_form_and_the_number(seed, between):
    words, number = agreement.agreement_sentence(rng(seed), between)
    assert len(words) == 2 + between
    assert is_sentence(words)
    assert number == words[1].endswith("s")
    assert set(words) <= set(agreement.WORDS)


def test_all_words_occur_and_both_answers_as_often():
    drawn = [agreement.agreement_sentence(rng(1000 + seed), 12) for seed in range(1000)]
    assert {word for words, _ in drawn for word in words} == set(agreement.WORDS)
    assert np.mean([number for _, number in drawn]) == pytest.approx(0.5, abs=0.06)


def test_the_nearest_noun_tells_nothing_about_the_verb():
    nouns = {noun + s for noun in agreement.NOUNS for s in ("", "s")}
    counts = Counter()
    generator = rng()
    for _ in range(2000):
        words, number = agreement.agreement_sentence(generator, 10)
        last = [word for word in words if word in nouns][1:]
        if last:
            counts[last[-1].endswith("s") == number] += 1
    assert counts.total() > 1500
    assert counts[True] / counts.total() == pytest.approx(0.5, abs=0.05)


def test_agreement_batches_are_one_hot_and_reproducible():
    x, y = agreement.agreement_batch(rng(), 5, 3)
    V = len(agreement.WORDS)
    assert x.shape == (7, 3, V)
    assert y.shape == (3,)
    assert x.dtype == np.float64
    np.testing.assert_array_equal(x.sum(axis=-1), 1)
    generator = rng()
    for n in range(3):
        words, number = agreement.agreement_sentence(generator, 5)
        assert [agreement.WORDS[i] for i in x[:, n].argmax(axis=-1)] == words
        assert y[n] == number
    for one, other in zip(agreement.agreement_batch(rng(), 5, 3), (x, y), strict=True):
        np.testing.assert_array_equal(one, other)


def test_the_words_are_all_different_and_the_verbs_two():
    assert len(set(agreement.WORDS)) == len(agreement.WORDS)
    assert agreement.VERBS == ("was", "were")


def test_agreement_names_bad_input():
    for between in (1, -1):
        with pytest.raises(ValueError, match=f"between: {between}, expected 0 or at least 2"):
            agreement.agreement_sentence(rng(), between)
    with pytest.raises(ValueError, match="N: 0, expected at least 1"):
        agreement.agreement_batch(rng(), 5, 0)
    with pytest.raises(ValueError, match=re.escape("sentences: ['fish'] not among WORDS")):
        agreement.encode_agreement([["the", "fish"]])
    for sentences in ([], [["the", "cat"], ["the"]]):
        with pytest.raises(ValueError, match="at least one, and all of the same length"):
            agreement.encode_agreement(sentences)


def test_each_letter_is_followed_by_the_next_of_the_alphabet():
    for text, following in alphabet.PAIRS:
        x, y = alphabet.letter_pair(text, following)
        assert x.shape == (len(text), 1, 9)
        assert x.dtype == np.float64
        np.testing.assert_array_equal(x.sum(axis=-1), 1)
        np.testing.assert_array_equal(x[:, 0].argmax(axis=-1) + 1, y[:, 0])
        assert alphabet.letters(y[:, 0]) == following
        assert alphabet.letters(alphabet.letter_ids(text)) == text


def test_letters_never_read_are_the_last_one():
    read = {letter for text, _ in alphabet.PAIRS for letter in text}
    assert read == set(alphabet.LETTERS) - {"i"}


def test_all_pairs_side_by_side():
    x, y, mask = alphabet.letter_batch()
    assert x.shape == (6, 7, 9)
    np.testing.assert_array_equal(mask.sum(axis=0), [len(text) for text, _ in alphabet.PAIRS])
    for n, pair in enumerate(alphabet.PAIRS):
        T = len(pair[0])
        x_n, y_n = alphabet.letter_pair(*pair)
        np.testing.assert_array_equal(x[:T, n], x_n[:, 0])
        np.testing.assert_array_equal(y[:T, n], y_n[:, 0])
        assert np.all(x[T:, n] == 0)
        assert np.all(mask[:T, n])


def test_letters_name_bad_input():
    with pytest.raises(ValueError, match="text: j, z not among the letters abcdefghi"):
        alphabet.letter_ids("ajz")
    with pytest.raises(ValueError, match=re.escape("ids: must lie in 0..8, got -1..9")):
        alphabet.letters(np.array([-1, 9]))
    with pytest.raises(ValueError, match="following: 2 letters, expected 3"):
        alphabet.letter_pair("abc", "bc")
    with pytest.raises(ValueError, match="following: 2 letters, expected 1"):
        alphabet.letter_batch([("a", "bc")])


@given(seeds, st.integers(0, 6), st.integers(1, 3), st.one_of(st.none(), st.integers(1, 7)))
def test_the_stream_answers_with_the_bit_of_some_steps_ago(seed, delay, N, flip_every):
    steps = list(islice(echo_stream(rng(seed), delay, N, flip_every), 30))
    x, y = (np.array(part) for part in zip(*steps, strict=True))
    assert x.shape == (30, N, 2)
    assert y.shape == (30, N)
    np.testing.assert_array_equal(x.sum(axis=-1), 1)
    flipped = np.zeros(30, int) if flip_every is None else np.arange(30) // flip_every % 2
    bits = x.argmax(axis=-1)
    np.testing.assert_array_equal(y[delay:], bits[: 30 - delay] ^ flipped[delay:, None])
    assert set(np.unique(y)) <= {0, 1}


def test_streams_are_reproducible_and_their_bits_fair():
    one, two = (list(islice(echo_stream(rng(), 2), 2000)) for _ in range(2))
    for step, other in zip(one, two, strict=True):
        np.testing.assert_array_equal(step[0], other[0])
        np.testing.assert_array_equal(step[1], other[1])
    assert np.mean([y[0] for _, y in one]) == pytest.approx(0.5, abs=0.05)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"delay": -1}, "delay: -1, expected at least 0 steps"),
        ({"N": 0}, "N: 0, expected at least 1 stream"),
        ({"flip_every": 0}, "flip_every: 0, expected at least 1 step"),
    ],
)
def test_a_stream_that_cannot_be_is_named_at_once(change, message):
    with pytest.raises(ValueError, match=message):
        echo_stream(rng(), **({"delay": 1} | change))
