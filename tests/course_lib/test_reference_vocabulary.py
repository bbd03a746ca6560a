import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_lib.reference.vocabulary import EOS, UNK, build_vocabulary, decode, encode, one_hot

words = st.text("abc", min_size=1, max_size=3)
corpora = st.lists(st.lists(words, max_size=6), max_size=6)


def test_order_is_special_words_then_count_then_alphabet():
    sentences = [["b", "d", "c"], ["c", "b"], ["c", "a"]]
    assert build_vocabulary(sentences) == [EOS, UNK, "c", "b", "a", "d"]
    assert build_vocabulary(sentences, max_size=4) == [EOS, UNK, "c", "b"]
    assert build_vocabulary(sentences, min_count=2) == [EOS, UNK, "c", "b"]
    assert build_vocabulary([]) == [EOS, UNK]


@given(corpora)
def test_every_word_has_one_number(sentences):
    vocabulary = build_vocabulary(sentences)
    assert vocabulary[:2] == [EOS, UNK]
    assert sorted(vocabulary[2:]) == sorted({word for s in sentences for word in s})


def test_special_words_in_the_text_do_not_come_twice():
    assert build_vocabulary([[EOS, "a", UNK, UNK]]) == [EOS, UNK, "a"]


@given(corpora, st.lists(words, max_size=6))
def test_decoding_gives_back_the_words_and_unknown_ones_as_unk(sentences, tokens):
    vocabulary = build_vocabulary(sentences)
    ids = encode(tokens, vocabulary)
    assert ids.dtype.kind == "i"
    assert len(ids) == len(tokens) + 1
    assert ids[-1] == 0
    expected = [token if token in vocabulary else UNK for token in tokens]
    assert decode(ids, vocabulary) == expected
    assert decode(ids[:-1], vocabulary) == expected


def test_decoding_stops_at_the_first_end():
    assert decode(np.array([2, 0, 3, 0]), [EOS, UNK, "a", "b"]) == ["a"]
    assert decode(np.array([0]), [EOS, UNK]) == []


@given(st.integers(1, 6), st.lists(st.integers(0, 5), max_size=8), st.sampled_from([1, 2]))
def test_one_hot_is_undone_by_argmax(extra, ids, columns):
    ids = np.array(ids[: len(ids) // columns * columns], dtype=int).reshape(-1, columns)
    V = int(ids.max(initial=0)) + extra
    x = one_hot(ids, V)
    assert x.dtype == np.float64
    assert x.shape == (*ids.shape, V)
    np.testing.assert_array_equal(x.sum(axis=-1), 1)
    np.testing.assert_array_equal(x.argmax(axis=-1), ids)
    assert set(np.unique(x)) <= {0.0, 1.0}


def test_one_hot_of_one_number():
    np.testing.assert_array_equal(one_hot(np.array(1), 3), [0, 1, 0])


def test_one_hot_takes_memory_for_one_row_an_id():
    tracemalloc.start()
    try:
        x = one_hot(np.array([7999, 0]), 8000)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 2 * x.nbytes


def test_bad_input_is_named():
    with pytest.raises(ValueError, match="V: -1, expected a number that is not negative"):
        one_hot(np.array([], dtype=int), -1)
    with pytest.raises(ValueError, match=r"ids: must lie in 0\.\.2, got 0\.\.3"):
        one_hot(np.array([0, 3]), 3)
    with pytest.raises(ValueError, match=r"ids: must lie in 0\.\.2, got -1\.\.0"):
        one_hot(np.array([0, -1]), 3)
    with pytest.raises(ValueError, match="ids: dtype float64, expected integer"):
        one_hot(np.array([0.0]), 3)
    with pytest.raises(ValueError, match=r"ids: must lie in 0\.\.1, got 2\.\.2"):
        decode(np.array([2]), [EOS, UNK])
    with pytest.raises(ValueError, match="vocabulary: <unk> is missing"):
        encode(["a"], [EOS, "a"])
    with pytest.raises(ValueError, match="vocabulary: a word stands in it twice"):
        encode(["a"], [EOS, UNK, "a", "a"])
    with pytest.raises(ValueError, match="max_size: 1, expected at least 2"):
        build_vocabulary([["a"]], max_size=1)
