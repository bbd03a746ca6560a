"""Counting models: their probabilities sum to 1, and are those worked out by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_lib.ngrams import NGramModel


@given(
    st.lists(st.integers(0, 3), min_size=1, max_size=40),
    st.lists(st.integers(0, 3), max_size=6),
    st.integers(1, 4),
)
def test_probabilities_sum_to_one_after_any_context(text, before, order):
    model = NGramModel(np.array(text), order, V=4)
    p = [model.probability(symbol, before) for symbol in range(4)]
    assert np.isclose(sum(p), 1)
    assert min(p) > 0


def test_a_bigram_by_hand():
    model = NGramModel(np.array([0, 1, 0, 1, 0, 2]), order=2, V=4)
    # Alone: 0 three times, 1 twice, 2 once, so 3 kinds and 6 symbols; after 0: 1, 1, 2.
    alone = (2 + 3 / 4) / (6 + 3)
    assert np.isclose(model.probability(1, [0]), (2 + 2 * alone) / (3 + 2))
    assert np.isclose(model.probability(1, []), alone)
    assert np.isclose(model.probability(1, [3]), alone)  # 3 was never seen


def test_only_the_last_symbols_are_looked_at():
    rng = np.random.default_rng(0)
    text = rng.integers(4, size=200)
    model = NGramModel(text, order=3, V=4)
    assert model.probability(1, [3, 3, 0, 2]) == model.probability(1, [1, 0, 2])


def test_log_probs_of_a_text_are_those_of_its_symbols():
    model = NGramModel(np.array([0, 1, 2, 0, 1]), order=2, V=3)
    by_hand = np.log([model.probability(0, []), model.probability(1, [0])])
    assert np.allclose(model.log_probs(np.array([0, 1])), by_hand)


def test_an_order_below_one_is_refused():
    with pytest.raises(ValueError, match="order: 0"):
        NGramModel(np.array([0]), order=0, V=2)
