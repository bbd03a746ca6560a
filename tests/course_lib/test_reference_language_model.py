import itertools

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from course_lib.parity import to_torch_rnn
from course_lib.reference.language_model import perplexity, sample_sequence, sentence_log_prob
from course_lib.reference.models import init_rnn_params

V, H = 3, 4


def model(seed=0, scale=3.0):
    params = init_rnn_params(np.random.default_rng(seed), V, H, V)
    return {name: scale * w for name, w in params.items()}


def test_log_probability_equals_torch():
    params, ids = model(), np.array([2, 1, 1, 0])
    x = torch.zeros(4, 1, V, dtype=torch.float64)
    x[1:, 0] = torch.nn.functional.one_hot(torch.tensor(ids), V)[:-1]
    h, _ = to_torch_rnn(params)(x)
    o = h[:, 0] @ torch.tensor(params["W_hy"]) + torch.tensor(params["b_y"])
    expected = -torch.nn.functional.cross_entropy(o, torch.tensor(ids), reduction="sum").item()
    assert sentence_log_prob(ids, params) == pytest.approx(expected, rel=1e-10)


@pytest.mark.parametrize("T", [1, 2, 4])
def test_probabilities_of_all_sequences_of_one_length_add_up_to_one(T):
    params = model()
    every = itertools.product(range(V), repeat=T)
    total = sum(np.exp(sentence_log_prob(np.array(ids), params)) for ids in every)
    assert total == pytest.approx(1, rel=1e-12)


@given(st.integers(0, 2**32 - 1), st.lists(st.integers(0, V - 1), min_size=2, max_size=6))
def test_chain_rule(seed, ids):
    """A prefix's probability is the sum over the words that may come next."""
    params = model(seed)
    prefix = sentence_log_prob(np.array(ids), params)
    longer = [sentence_log_prob(np.array([*ids, v]), params) for v in range(V)]
    assert np.logaddexp.reduce(longer) == pytest.approx(prefix, rel=1e-10)


def test_perplexity_without_knowledge_is_the_number_of_words():
    nothing = {name: 0 * w for name, w in model().items()}
    assert perplexity([np.array([1, 0]), np.array([2, 2, 0])], nothing) == pytest.approx(V)


def test_perplexity_counts_tokens_and_not_sentences():
    params = model()
    one, other = np.array([1, 0]), np.array([2, 2, 1, 0])
    log_prob = sentence_log_prob(one, params) + sentence_log_prob(other, params)
    assert perplexity([one, other], params) == pytest.approx(np.exp(-log_prob / 6), rel=1e-12)


def first_word_probabilities(params, temperature=1.0):
    o = np.tanh(params["b_h"]) @ params["W_hy"] + params["b_y"]
    e = np.exp(o / temperature)
    return e / e.sum()


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.0])
def test_first_word_is_drawn_with_its_probability(temperature):
    params = model()
    grid = (np.arange(2000) + 0.5) / 2000
    draws = [sample_sequence(params, np.array([u]), temperature)[0] for u in grid]
    expected = first_word_probabilities(params, temperature)
    np.testing.assert_allclose(np.bincount(draws, minlength=V) / 2000, expected, atol=1e-3)


def test_a_uniform_on_a_border_belongs_to_the_word_above():
    quarters = init_rnn_params(np.random.default_rng(0), 4, H, 4)
    quarters = {name: 0 * w for name, w in quarters.items()}
    draws = [sample_sequence(quarters, np.array([u]))[0] for u in (0.0, 0.25, 0.5, 0.75)]
    assert draws == [0, 1, 2, 3]


@given(st.integers(0, 2**32 - 1), st.integers(1, 12))
def test_each_word_is_where_its_uniform_falls_given_the_words_before(seed, T_max):
    params, uniforms = model(seed), np.random.default_rng(seed).random(T_max)
    ids = sample_sequence(params, uniforms)
    for t, word in enumerate(ids):
        before = [*ids[:t]]
        p = [np.exp(sentence_log_prob(np.array([*before, v]), params)) for v in range(V)]
        cumulative = np.cumsum(p) / np.sum(p)
        below = cumulative[word - 1] if word > 0 else 0.0
        assert below - 1e-9 <= uniforms[t] <= cumulative[word] + 1e-9
    assert 0 not in ids[:-1]
    assert ids[-1] == 0 or len(ids) == T_max


def test_another_end_mark_may_be_given():
    params, uniforms = model(), np.random.default_rng(1).random(50)
    ids = sample_sequence(params, uniforms, eos=2)
    assert ids[-1] == 2
    assert 2 not in ids[:-1]
    assert len(sample_sequence(params, uniforms, eos=-1)) == 50


def test_a_low_temperature_takes_the_likeliest_word():
    params = model()
    ids = sample_sequence(params, np.linspace(0.01, 0.99, 20), temperature=1e-3, eos=-1)
    for t in range(20):
        before = ids[:t]
        scores = [sentence_log_prob(np.array([*before, v]), params) for v in range(V)]
        assert ids[t] == np.argmax(scores)


def test_rounding_never_draws_a_word_outside_the_vocabulary():
    largest = np.nextafter(1.0, 0.0)
    below_one = 0
    for seed in range(60):
        params = model(seed)
        below_one += np.cumsum(first_word_probabilities(params))[-1] <= largest
        assert sample_sequence(params, np.array([largest]), eos=-1)[0] == V - 1
    assert below_one > 0  # the case does occur


def test_no_uniforms_give_no_words_and_inputs_stay(frozen):
    params = {name: frozen(*w.shape) for name, w in model().items()}
    uniforms = frozen.rng.random(5)
    uniforms.setflags(write=False)
    assert len(sample_sequence(params, np.empty(0))) == 0
    assert 1 <= len(sample_sequence(params, uniforms)) <= 5


def test_a_sentence_goes_on_from_a_state():
    params, h0 = model(), np.random.default_rng(0).normal(size=(1, H))
    first = np.tanh(h0 @ params["W_hh"] + params["b_h"]) @ params["W_hy"] + params["b_y"]
    log_p = first[0] - np.logaddexp.reduce(first[0])
    got = [sentence_log_prob(np.array([v]), params, h0) for v in range(V)]
    np.testing.assert_allclose(got, log_p, rtol=1e-12)
    grid = (np.arange(2000) + 0.5) / 2000
    draws = [sample_sequence(params, np.array([u]), h0=h0)[0] for u in grid]
    np.testing.assert_allclose(np.bincount(draws, minlength=V) / 2000, np.exp(log_p), atol=1e-3)


def test_bad_input_is_named():
    params = model()
    with pytest.raises(ValueError, match="ids: a sentence has at least its end mark"):
        sentence_log_prob(np.array([], dtype=int), params)
    with pytest.raises(ValueError, match=r"ids: must lie in 0\.\.2, got 0\.\.3"):
        sentence_log_prob(np.array([3, 0]), params)
    with pytest.raises(ValueError, match="temperature: 0, expected a positive number"):
        sample_sequence(params, np.array([0.5]), temperature=0)
    with pytest.raises(ValueError, match="uniforms: must lie in"):
        sample_sequence(params, np.array([1.0]))
    for uniform in (np.nan, -0.1):
        with pytest.raises(ValueError, match="uniforms: must lie in"):
            sample_sequence(params, np.array([0.5, uniform]))
    with pytest.raises(ValueError, match="temperature: nan, expected a positive number"):
        sample_sequence(params, np.array([0.5]), temperature=np.nan)
    broken = params | {"b_y": np.array([0.0, np.nan, 0.0])}
    with pytest.raises(ValueError, match="params: the scores of word 0 are nan"):
        sample_sequence(broken, np.array([0.5]))
    for call in (sample_sequence, lambda p, _: sentence_log_prob(np.array([0]), p)):
        with pytest.raises(ValueError, match="params: b_y missing, got W_xh, W_hh, b_h, W_hy"):
            call({name: w for name, w in params.items() if name != "b_y"}, np.array([0.5]))
    with pytest.raises(ValueError, match="sentences: expected at least one"):
        perplexity([], params)
