import re
from collections import Counter, defaultdict
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_lib.data import sentiment, tagging
from course_lib.data.addition import addition_batch, carries, from_bits, longest_carry, to_bits
from course_lib.data.corpus import corpus_sentences, corpus_text
from course_lib.data.padding import one_hot_masked, pad_sequences

seeds = st.integers(0, 2**32 - 1)


@given(st.integers(0, 2**200), st.integers(0, 5))
def test_bits_there_and_back_again(number, spare):
    bits = to_bits(number, number.bit_length() + spare)
    assert len(bits) == number.bit_length() + spare
    assert from_bits(bits) == number


@given(seeds, st.integers(1, 12), st.integers(1, 4))
def test_targets_are_the_sums(seed, T, N):
    x, y = addition_batch(np.random.default_rng(seed), T, N)
    assert x.shape == (T, N, 2)
    assert x.dtype == np.float64
    for n in range(N):
        a, b = (from_bits(x[:, n, k].astype(int)) for k in (0, 1))
        assert from_bits(y[:, n]) == a + b


def test_carries_by_hand():
    a, b = to_bits(0b0111011, 7), to_bits(0b0001001, 7)
    np.testing.assert_array_equal(carries(a, b), [1, 1, 0, 1, 1, 1, 0])
    assert longest_carry(a, b) == 3
    both = np.stack([a, np.zeros(7, int)], axis=1), np.stack([b, b], axis=1)
    np.testing.assert_array_equal(longest_carry(*both), [3, 0])


def test_addition_names_bad_input():
    with pytest.raises(ValueError, match="number: 8 does not fit into 3 bits"):
        to_bits(8, 3)
    with pytest.raises(ValueError, match="number: -1 does not fit"):
        to_bits(-1, 3)
    with pytest.raises(ValueError, match="bits: must be 0 or 1"):
        from_bits(np.array([2]))
    with pytest.raises(ValueError, match="at least 1, got T = 0, N = 1"):
        addition_batch(np.random.default_rng(0), 0, 1)


def test_padding_by_hand():
    ids, mask = pad_sequences([np.array([1, 2, 3]), np.array([4])], value=9)
    np.testing.assert_array_equal(ids, [[1, 4], [2, 9], [3, 9]])
    np.testing.assert_array_equal(mask, [[True, True], [True, False], [True, False]])
    x = one_hot_masked(ids, mask, 10)
    assert x.sum() == 4
    np.testing.assert_array_equal(x[:, 0].argmax(axis=-1), [1, 2, 3])
    assert np.all(x[1:, 1] == 0)
    with pytest.raises(ValueError, match="sequences: expected at least one"):
        pad_sequences([])
    with pytest.raises(ValueError, match="sequences: number 1 is empty"):
        pad_sequences([np.array([1]), np.array([], dtype=int)])


def tags_by(sentences, context):
    """For each context of a word, the tags that it has been seen with."""
    seen = defaultdict(set)
    for sentence in sentences:
        words = [word for word, _ in sentence]
        for t, (_, tag) in enumerate(sentence):
            seen[context(words, t)].add(tag)
    return seen


def draw(grammar, count=3000):
    return tagging.tagged_sentences(np.random.default_rng(0), count, grammar)


@pytest.mark.parametrize("grammar", ["past", "future"])
def test_exactly_the_ambiguous_words_have_two_tags(grammar):
    seen = tags_by(draw(grammar), lambda words, t: words[t])
    assert set(seen) == set(tagging.WORDS[grammar])
    assert {word for word, tags in seen.items() if len(tags) == 2} == set(
        tagging.AMBIGUOUS[grammar]
    )
    assert max(len(tags) for tags in seen.values()) == 2


def test_in_the_past_grammar_the_words_before_decide():
    sentences = draw("past")
    up_to_now = tags_by(sentences, lambda words, t: tuple(words[: t + 1]))
    assert all(len(tags) == 1 for tags in up_to_now.values())
    with_one_before = tags_by(sentences, lambda words, t: tuple(words[max(t - 1, 0) : t + 1]))
    assert any(len(tags) == 2 for tags in with_one_before.values())  # one word is not enough
    with_next = tags_by(sentences, lambda words, t: tuple(words[t : t + 2]))
    assert any(len(tags) == 2 for tags in with_next.values())


def test_in_the_future_grammar_the_next_word_decides_and_the_past_does_not():
    sentences = draw("future")
    with_next = tags_by(sentences, lambda words, t: tuple(words[t : t + 2]))
    assert all(len(tags) == 1 for tags in with_next.values())
    counts = Counter()
    for sentence in sentences:
        counts.update(tag for word, tag in sentence if word in tagging.AMBIGUOUS["future"])
    assert counts["DET"] / counts.total() == pytest.approx(0.5, abs=0.03)
    up_to_now = tags_by(sentences, lambda words, t: tuple(words[: t + 1]))
    for sentence in sentences[:200]:
        words = [word for word, _ in sentence]
        if words[0] in tagging.AMBIGUOUS["future"]:
            assert up_to_now[words[0],] == {"DET", "PRON"}


@pytest.mark.parametrize("grammar", ["past", "future"])
def test_tagged_batch_holds_the_sentences(grammar):
    sentences = draw(grammar, 5)
    batch = tagging.encode_tagged(sentences, grammar)
    for n, sentence in enumerate(sentences):
        length = len(sentence)
        assert batch.mask[:, n].sum() == length
        words = [tagging.WORDS[grammar][i] for i in batch.x[:length, n].argmax(axis=-1)]
        tags = [tagging.TAGS[i] for i in batch.y[:length, n]]
        assert list(zip(words, tags, strict=True)) == sentence
        assert [w in tagging.AMBIGUOUS[grammar] for w in words] == batch.ambiguous[
            :length, n
        ].tolist()
    assert not batch.ambiguous[~batch.mask].any()
    assert batch.x.sum() == batch.mask.sum()


def test_tagging_names_bad_input():
    with pytest.raises(
        ValueError, match=re.escape("sentences: ['zebra'] not in the grammar 'past'")
    ):
        tagging.encode_tagged([[("zebra", "NOUN")]], "past")


def polarity(words):
    """The label by the rule itself: "not" turns the next adjective; all adjectives agree."""
    votes, negated = [], False
    for word in words:
        if word == "not":
            negated = True
        elif word in sentiment.POSITIVE + sentiment.NEGATIVE:
            votes.append((word in sentiment.POSITIVE) != negated)
            negated = False
    assert len(set(votes)) == 1
    return int(votes[0])


def test_opinions_follow_their_rule_and_are_balanced():
    labelled = sentiment.opinions(np.random.default_rng(0), 2000)
    assert all(polarity(words) == label for words, label in labelled)
    assert np.mean([label for _, label in labelled]) == pytest.approx(0.5, abs=0.03)


def test_the_same_words_in_another_order_can_mean_the_opposite():
    labels = defaultdict(set)
    for words, label in sentiment.opinions(np.random.default_rng(0), 5000):
        labels[tuple(sorted(words))].add(label)
    assert sum(len(seen) == 2 for seen in labels.values()) > 100


def test_opinion_batch_holds_the_sentences():
    labelled = sentiment.opinions(np.random.default_rng(0), 6)
    batch = sentiment.encode_opinions(labelled)
    assert batch.y.tolist() == [label for _, label in labelled]
    for n, (words, _) in enumerate(labelled):
        assert batch.lengths[n] == len(words)
        got = [sentiment.WORDS[i] for i in batch.x[: len(words), n].argmax(axis=-1)]
        assert got == words
    assert batch.x.sum() == batch.lengths.sum()
    with pytest.raises(ValueError, match=re.escape("labelled: ['zebra'] not among WORDS")):
        sentiment.encode_opinions([(["zebra"], 1)])


@pytest.mark.parametrize(
    "make",
    [
        lambda rng: addition_batch(rng, 5, 4)[0],
        lambda rng: tagging.tagging_batch(rng, 4, "past").x,
        lambda rng: tagging.tagging_batch(rng, 4, "future").x,
        lambda rng: sentiment.opinion_batch(rng, 4).x,
    ],
)
def test_the_generator_alone_decides(make):
    one, same = make(np.random.default_rng(1)), make(np.random.default_rng(1))
    np.testing.assert_array_equal(one, same)
    other = make(np.random.default_rng(2))
    assert one.shape != other.shape or np.any(one != other)


def test_corpus_is_small_clean_and_without_repetition():
    text, sentences = corpus_text(), corpus_sentences()
    assert 3000 < len(text) < 6000
    assert set(text) <= set("abcdefghijklmnopqrstuvwxyz .\n")
    assert len({tuple(s) for s in sentences}) == len(sentences) > 100
    assert all(s[-1] == "." and "." not in s[:-1] for s in sentences)
    assert "\n".join(" ".join(s) for s in sentences) + "\n" == text


def test_subjects_and_verbs_of_the_corpus_agree():
    nouns = ["barn", "boy", "cat", "cow", "dog", "duck", "farmer", "field", "girl", "goat", "hen"]
    verbs = ["eat", "feed", "run", "see", "sing", "sit", "sleep", "swim"]
    number = {form: noun != form for noun in [*nouns, "horse"] for form in (noun, noun + "s")}
    verb_number = {form: verb == form for verb in verbs for form in (verb, verb + "s")}
    checked = 0
    for sentence in corpus_sentences():
        if sentence[0] == "when":  # two clauses with nothing between them
            continue
        for clause in " ".join(sentence).split(" and the "):
            words = clause.split()
            subject = next(number[word] for word in words if word in number)
            main = [verb_number[word] for word in words if word in verb_number]
            checked += len(main)
            assert set(main) <= {subject}, clause
    assert checked > 150


def test_every_and_all_agree_with_their_noun():
    for sentence in corpus_sentences():
        for word, following in pairwise(sentence):
            if word in ("every", "all"):
                assert following.endswith("s") == (word == "all"), sentence


@pytest.mark.parametrize("negated", [False, True])
@pytest.mark.parametrize("between", [0, 1, 9])
def test_a_stretched_opinion_has_its_words_in_between_and_says_what_its_label_says(
    between, negated
):
    rng = np.random.default_rng(between)
    for _ in range(50):
        words, label = sentiment.stretched_opinion(rng, between, negated)
        assert len(words) == 5 + negated + between
        assert ("not" in words) == negated
        assert (words[-2] in sentiment.POSITIVE) == (bool(label) != negated)
        assert words[-2] in sentiment.POSITIVE + sentiment.NEGATIVE
        sentiment.encode_opinions([(words, label)])
    with pytest.raises(ValueError, match="between: -1"):
        sentiment.stretched_opinion(rng, -1, negated)
