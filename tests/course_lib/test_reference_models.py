import re
from functools import partial

import numpy as np
import pytest

from course_lib.data.addition import addition_batch
from course_lib.data.corpus import corpus_sentences
from course_lib.data.padding import pad_sequences
from course_lib.data.sentiment import opinion_batch
from course_lib.data.tagging import TAGS, WORDS, tagging_batch
from course_lib.gradcheck import numerical_gradient, relative_error
from course_lib.optim import SGD, Adam
from course_lib.reference.language_model import perplexity, sentence_log_prob
from course_lib.reference.losses import cross_entropy_forward
from course_lib.reference.models import (
    bidirectional_tagger_loss,
    bidirectional_tagger_scores,
    classifier_loss,
    classifier_scores,
    init_birnn_params,
    init_rnn_params,
    language_model_loss,
    tagger_loss,
    tagger_scores,
    train,
)
from course_lib.reference.vocabulary import build_vocabulary, encode

T, N, D, H, K = 3, 2, 4, 5, 3


def cases(rng):
    x, tags, classes = (
        rng.normal(size=(T, N, D)),
        rng.integers(K, size=(T, N)),
        rng.integers(K, size=N),
    )
    mask, lengths = np.array([[True, True], [True, True], [True, False]]), np.array([3, 2])
    one_way, two_ways = init_rnn_params(rng, D, H, K), init_birnn_params(rng, D, H, K)
    return {
        "tagger": (partial(tagger_loss, x=x, y=tags, mask=mask), one_way),
        "tagger, no mask": (partial(tagger_loss, x=x, y=tags), one_way),
        "last": (partial(classifier_loss, x=x, y=classes, lengths=lengths), one_way),
        "mean": (partial(classifier_loss, x=x, y=classes, lengths=lengths, pool="mean"), one_way),
        "language": (
            partial(language_model_loss, ids=tags, mask=mask),
            init_rnn_params(rng, K, H, K),
        ),
        "two ways": (partial(bidirectional_tagger_loss, x=x, y=tags, mask=mask), two_ways),
    }


@pytest.mark.parametrize("name", cases(np.random.default_rng(0)))
def test_gradients_equal_central_differences(name):
    loss_and_gradients, params = cases(np.random.default_rng(0))[name]
    for array in params.values():
        array.setflags(write=False)
    _, grads = loss_and_gradients(params)
    assert list(grads) == list(params)
    for key, value in params.items():

        def loss(v, key=key):
            return loss_and_gradients({**params, key: v})[0]

        assert relative_error(grads[key], numerical_gradient(loss, value)) < 1e-5, key


def test_language_model_loss_is_the_mean_log_probability():
    params = init_rnn_params(np.random.default_rng(0), K, H, K)
    sentences = [np.array([2, 1, 0]), np.array([1, 0])]
    loss, _ = language_model_loss(params, *pad_sequences(sentences))
    expected = -sum(sentence_log_prob(ids, params) for ids in sentences) / 5
    assert loss == pytest.approx(expected, rel=1e-12)
    assert np.exp(loss) == pytest.approx(perplexity(sentences, params), rel=1e-12)


@pytest.mark.parametrize(
    ("init", "loss_and_gradients", "scores"),
    [
        (init_rnn_params, tagger_loss, tagger_scores),
        (init_birnn_params, bidirectional_tagger_loss, bidirectional_tagger_scores),
    ],
)
def test_only_unmasked_steps_count(init, loss_and_gradients, scores):
    rng = np.random.default_rng(0)
    params, x, y = init(rng, D, H, K), rng.normal(size=(T, N, D)), rng.integers(K, size=(T, N))
    mask = np.array([[True, False], [True, True], [False, True]])
    loss, _ = loss_and_gradients(params, x, y, mask, np.full(N, T))
    expected, _ = cross_entropy_forward(scores(params, x)[mask], y[mask])
    assert loss == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("pool", ["last", "mean"])
def test_classifier_does_not_read_beyond_the_end(pool):
    rng = np.random.default_rng(0)
    params, x, lengths = init_rnn_params(rng, D, H, K), rng.normal(size=(T, N, D)), np.array([1, 2])
    longer = np.concatenate([x, rng.normal(size=(2, N, D))])
    np.testing.assert_array_equal(
        classifier_scores(params, x, lengths, pool),
        classifier_scores(params, longer, lengths, pool),
    )


def accuracy(scores, y, where=True):
    return np.mean(scores.argmax(axis=-1) == y, where=where)


def test_addition_is_learnt_and_goes_on_for_longer_numbers():
    params = init_rnn_params(np.random.default_rng(0), 2, 8, 2)
    draw = partial(addition_batch, T=10, N=32)
    history = train(
        tagger_loss, params, draw, optimizer=Adam(0.02), steps=400, seed=0, max_norm=1.0
    )
    assert history[0] > 0.6
    x, y = addition_batch(np.random.default_rng(1), 100, 50)
    assert accuracy(tagger_scores(params, x), y) == 1.0


def test_only_a_bidirectional_network_can_use_the_future():
    def draw(rng):
        batch = tagging_batch(rng, 16, "future")
        return batch.x, batch.y, batch.mask

    sizes = len(WORDS["future"]), 8, len(TAGS)
    one_way = init_rnn_params(np.random.default_rng(0), *sizes)
    two_ways = init_birnn_params(np.random.default_rng(0), *sizes)
    train(tagger_loss, one_way, draw, optimizer=Adam(0.03), steps=150, seed=0)
    train(bidirectional_tagger_loss, two_ways, draw, optimizer=Adam(0.03), steps=150, seed=0)
    test = tagging_batch(np.random.default_rng(1), 300, "future")
    hard = test.ambiguous
    assert 0.4 < accuracy(tagger_scores(one_way, test.x), test.y, hard) < 0.6
    assert accuracy(bidirectional_tagger_scores(two_ways, test.x), test.y, hard) == 1.0


def test_the_past_grammar_and_the_opinions_are_learnt():
    def draw_tags(rng):
        batch = tagging_batch(rng, 16, "past")
        return batch.x, batch.y, batch.mask

    params = init_rnn_params(np.random.default_rng(0), len(WORDS["past"]), 12, len(TAGS))
    train(tagger_loss, params, draw_tags, optimizer=Adam(0.03), steps=150, seed=0)
    test = tagging_batch(np.random.default_rng(1), 300, "past")
    assert accuracy(tagger_scores(params, test.x), test.y, test.mask) > 0.99

    def opinion_loss(params, batch):
        return classifier_loss(params, batch.x, batch.y, batch.lengths, "mean")

    batch = opinion_batch(np.random.default_rng(1), 300)
    params = init_rnn_params(np.random.default_rng(0), batch.x.shape[-1], 12, 2)
    draw = lambda rng: (opinion_batch(rng, 32),)  # noqa: E731
    train(opinion_loss, params, draw, optimizer=Adam(0.02), steps=300, seed=0, max_norm=1.0)
    assert accuracy(classifier_scores(params, batch.x, batch.lengths, "mean"), batch.y) > 0.98


def test_the_language_model_learns_the_corpus():
    sentences = corpus_sentences()
    vocabulary = build_vocabulary(sentences)
    ids = [encode(s, vocabulary) for s in sentences]
    params = init_rnn_params(np.random.default_rng(0), len(vocabulary), 24, len(vocabulary))

    def draw(rng):
        return pad_sequences([ids[i] for i in rng.integers(len(ids), size=16)])

    before = perplexity(ids, params)
    train(language_model_loss, params, draw, optimizer=Adam(0.02), steps=150, seed=0, max_norm=1.0)
    assert before > 0.8 * len(vocabulary)
    assert perplexity(ids, params) < 5


def test_training_is_reproducible_and_seeded():
    def run(seed):
        params = init_rnn_params(np.random.default_rng(0), 2, 3, 2)
        draw = partial(addition_batch, T=4, N=2)
        return train(tagger_loss, params, draw, optimizer=SGD(0.1), steps=5, seed=seed)

    np.testing.assert_array_equal(run(1), run(1))
    assert np.all(run(1) != run(2))


def test_training_clips_the_gradients():
    params = init_rnn_params(np.random.default_rng(0), 2, 3, 2)
    before = {name: w.copy() for name, w in params.items()}
    draw = partial(addition_batch, T=4, N=2)
    train(tagger_loss, params, draw, optimizer=SGD(1.0), steps=1, seed=0, max_norm=1e-3)
    moved = sum(np.sum((params[name] - before[name]) ** 2) for name in params)
    assert np.sqrt(moved) == pytest.approx(1e-3, rel=1e-6)


@pytest.mark.parametrize("what", ["loss", "gradient"])
@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_training_ends_where_numbers_do(what, bad):
    """The third step is not made, and the parameters stay as the second left them."""
    params, seen = {"w": np.zeros(2)}, []

    def loss_and_gradients(params):
        seen.append(params["w"].copy())
        broken = len(seen) == 3
        loss = bad if broken and what == "loss" else 1.0
        return loss, {"w": np.array([bad if broken and what == "gradient" else 1.0, 1.0])}

    message = "step 2: the loss is" if what == "loss" else "step 2: the gradient of w is not finite"
    with pytest.raises(FloatingPointError, match=message):
        train(loss_and_gradients, params, lambda rng: (), optimizer=SGD(0.1), steps=9, seed=0)
    np.testing.assert_array_equal(params["w"], seen[2])


def test_bad_input_is_named():
    rng = np.random.default_rng(0)
    params = init_rnn_params(rng, D, H, K)
    x, y = rng.normal(size=(T, N, D)), np.zeros((T, N), dtype=int)
    with pytest.raises(ValueError, match="steps: -1, expected a number that is not negative"):
        train(tagger_loss, params, lambda rng: (), optimizer=SGD(0.1), steps=-1, seed=0)
    with pytest.raises(ValueError, match="params: b_y missing, got W_xh, W_hh, b_h, W_hy"):
        tagger_loss({k: v for k, v in params.items() if k != "b_y"}, x, y)
    with pytest.raises(
        ValueError, match=re.escape("W_xh: shape (4, 5), expected (D, H) with D = 3")
    ):
        tagger_loss(params, x[..., :3], y)
