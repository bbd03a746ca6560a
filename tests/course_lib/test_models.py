"""The lessons' networks compute and learn what those with gradients derived by hand do."""

from functools import partial

import numpy as np
import pytest

from course_lib import models
from course_lib.autograd import value_and_grad
from course_lib.data.addition import addition_batch
from course_lib.data.padding import pad_sequences
from course_lib.data.sentiment import opinion_batch
from course_lib.data.tagging import TAGS, WORDS, tagging_batch
from course_lib.optim import SGD, Adam
from course_lib.reference import language_model
from course_lib.reference import models as by_hand
from course_lib.reference.rnn import rnn_forward
from course_lib.training import train

T, N, D, H, K = 4, 3, 5, 6, 3
LENGTHS = np.array([4, 1, 3])
MASK = np.arange(T)[:, None] < LENGTHS


def cases(rng):
    x, y, classes = (
        rng.normal(size=(T, N, D)),
        rng.integers(K, size=(T, N)),
        rng.integers(K, size=N),
    )
    one_way = models.init_rnn_params(rng, D, H, K)
    two_ways = models.init_birnn_params(rng, D, H, K)
    speaker = models.init_rnn_params(rng, K, H, K)
    return {
        "tagger": ("tagger_loss", one_way, (x, y)),
        "tagger, padded": ("tagger_loss", one_way, (x, y, MASK)),
        "last state": ("classifier_loss", one_way, (x, classes)),
        "last state, padded": ("classifier_loss", one_way, (x, classes, LENGTHS)),
        "mean state": ("classifier_loss", one_way, (x, classes, None, "mean")),
        "mean state, padded": ("classifier_loss", one_way, (x, classes, LENGTHS, "mean")),
        "language model": ("language_model_loss", speaker, (y,)),
        "language model, padded": ("language_model_loss", speaker, (y, MASK)),
        "two directions": ("bidirectional_tagger_loss", two_ways, (x, y, MASK)),
        "one step": ("tagger_loss", one_way, (x[:1], y[:1])),
    }


@pytest.mark.parametrize("name", cases(np.random.default_rng(0)))
def test_loss_and_gradients_are_those_derived_by_hand(name):
    loss_name, params, batch = cases(np.random.default_rng(0))[name]
    loss, grads = value_and_grad(getattr(models, loss_name))(params, *batch)
    expected, expected_grads = getattr(by_hand, loss_name)(params, *batch)
    assert loss == pytest.approx(expected, rel=1e-13)
    assert getattr(models, loss_name)(params, *batch) == pytest.approx(expected, rel=1e-13)
    assert list(grads) == list(params)
    for key, value in expected_grads.items():
        np.testing.assert_allclose(grads[key], value, rtol=1e-11, atol=1e-15)


def test_scores_are_those_of_the_network_by_hand():
    rng = np.random.default_rng(0)
    x, params = rng.normal(size=(T, N, D)), models.init_rnn_params(rng, D, H, K)
    both = models.init_birnn_params(rng, D, H, K)
    for name, p, more in [
        ("tagger_scores", params, ()),
        ("classifier_scores", params, (LENGTHS, "last")),
        ("classifier_scores", params, (LENGTHS, "mean")),
        ("bidirectional_tagger_scores", both, ()),
    ]:
        scores = getattr(models, name)(p, x, *more)
        np.testing.assert_allclose(scores, getattr(by_hand, name)(p, x, *more), rtol=1e-12)


def test_unrolled_states_are_those_of_the_network_by_hand():
    rng = np.random.default_rng(0)
    x, h0 = rng.normal(size=(T, N, D)), rng.normal(size=(N, H))
    weights = [rng.normal(size=shape) for shape in ((D, H), (H, H), (H,))]
    forwards, _ = rnn_forward(x, h0, *weights)
    backwards, _ = rnn_forward(x[::-1], h0, *weights)
    np.testing.assert_allclose(models.unroll(x, h0, *weights), forwards, rtol=1e-13)
    from_the_end = models.unroll(x, h0, *weights, from_the_end=True)
    np.testing.assert_allclose(from_the_end, backwards[::-1], rtol=1e-13)
    sums = models.unroll(x, h0, *weights, activation=lambda a: a)
    np.testing.assert_allclose(sums[0], x[0] @ weights[0] + h0 @ weights[1] + weights[2])


def test_the_language_model_is_told_nothing_of_the_word_it_predicts():
    params = models.init_rnn_params(np.random.default_rng(0), K, H, K)
    sentences = [np.array([2, 1, 0]), np.array([1, 0])]
    ids, mask = pad_sequences(sentences)
    total = models.language_model_loss(params, ids, mask) * 5
    expected = sum(language_model.sentence_log_prob(s, params) for s in sentences)
    assert total == pytest.approx(-expected, rel=1e-12)


@pytest.mark.parametrize("lengths", [[0, 1, 1], [1, 1, T + 1]])
def test_impossible_lengths_are_refused(lengths):
    params = models.init_rnn_params(np.random.default_rng(0), D, H, K)
    with pytest.raises(ValueError, match=rf"lengths: must lie in 1\.\.{T}"):
        models.classifier_scores(params, np.ones((T, N, D)), np.array(lengths))


def test_an_unknown_pool_is_refused():
    params = models.init_rnn_params(np.random.default_rng(0), D, H, K)
    with pytest.raises(ValueError, match="'last' or 'mean'"):
        models.classifier_scores(params, np.ones((T, N, D)), pool="max")


def tagged(rng):
    batch = tagging_batch(rng, 32, "past")
    return batch.x, batch.y, batch.mask


def opinions(rng):
    batch = opinion_batch(rng, 32)
    return batch.x, batch.y, batch.lengths


def words(rng):
    ids = (np.arange(10)[:, None] + rng.integers(20, size=16)) % 20
    return ids, np.arange(10)[:, None] < rng.integers(3, 10, size=16)


WORDS_READ = opinions(np.random.default_rng(0))[0].shape[-1]
TAGGED = len(WORDS["past"])

# what the lessons train: the loss, its first weights, its batches, its optimiser
LESSONS = {
    "sums": ("tagger_loss", (2, 8, 2), partial(addition_batch, T=8, N=64), Adam(0.02), {}),
    "tags": ("tagger_loss", (TAGGED, 16, len(TAGS)), tagged, Adam(0.01), {}),
    "tags, plain": ("tagger_loss", (TAGGED, 16, len(TAGS)), tagged, SGD(1.0), {}),
    "tags, both ways": (
        "bidirectional_tagger_loss",
        (TAGGED, 8, len(TAGS)),
        tagged,
        Adam(0.01),
        {},
    ),
    "opinions, last": ("classifier_loss", (WORDS_READ, 16, 2), opinions, Adam(0.01), {}),
    "opinions, mean": (
        "classifier_loss",
        (WORDS_READ, 16, 2),
        opinions,
        Adam(0.01),
        {"pool": "mean"},
    ),
    "language": ("language_model_loss", (20, 16, 20), words, Adam(0.01), {}),
}


@pytest.mark.parametrize("name", LESSONS)
def test_what_is_learnt_is_the_same_to_rounding(name):
    loss_name, sizes, draw, optimizer, options = LESSONS[name]
    init = models.init_birnn_params if "bidirectional" in loss_name else models.init_rnn_params
    settings = {"steps": 25, "seed": 7, "max_norm": 1.0}
    histories, learnt = [], []
    for loss_and_gradients in (
        value_and_grad(partial(getattr(models, loss_name), **options)),
        partial(getattr(by_hand, loss_name), **options),
    ):
        params = init(np.random.default_rng(6), *sizes)
        fresh = type(optimizer)(optimizer.lr)
        histories.append(train(loss_and_gradients, params, draw, optimizer=fresh, **settings))
        learnt.append(params)
    assert histories[0][-1] < histories[0][0]
    np.testing.assert_allclose(histories[0], histories[1], rtol=1e-10)
    for key, value in learnt[0].items():
        np.testing.assert_allclose(value, learnt[1][key], rtol=1e-7, atol=1e-11)
