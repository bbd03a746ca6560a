"""What cannot be is said with the name of the argument, not by whatever breaks first."""

import inspect
import re

import numpy as np
import pytest

from course_lib import models
from course_lib.data import captions, tagging
from course_lib.data.addition import carries, longest_carry
from course_lib.data.padding import one_hot_masked
from course_lib.init import spectral_radius
from course_lib.ngrams import NGramModel
from course_lib.reference import models as by_hand
from course_lib.reference.variants import variant_classifier_scores
from course_lib.suspects import suspect

BITS = np.zeros(3, dtype=int)
IDS = np.array([[0, 5], [1, 2]])
ALL, FIRST = np.ones((2, 2), dtype=bool), np.array([[True, False], [True, True]])
PARAMS = models.init_rnn_params(np.random.default_rng(0), 4, 5, 3)
X = np.zeros((3, 2, 4))
PICTURE, WORD = np.zeros((1, 7, 14)), np.zeros((2, 2), dtype=int)

CALLS = {
    "bits of another length": (
        lambda: inspect.unwrap(carries)(BITS, BITS[:2]),
        "b: shape (2,), expected (3,)",
    ),
    "no bits": (lambda: longest_carry(BITS[:0], BITS[:0]), "a: a number needs at least one place"),
    "a word outside the vocabulary": (
        lambda: one_hot_masked(IDS, ALL, 5),
        "ids: must lie in 0..4, got 0..5",
    ),
    "a mask of another shape": (
        lambda: one_hot_masked(IDS, FIRST.ravel()[None], 6),
        "mask: shape (1, 4), expected (T, N) with T = 2, N = 2",
    ),
    "a grammar": (
        lambda: inspect.unwrap(tagging.encode_tagged)([], "present"),
        "grammar: 'present', expected 'past' or 'future'",
    ),
    "a tag": (
        lambda: tagging.encode_tagged([[("I", "NAME")]], "future"),
        "sentences: ['NAME'] not",
    ),
    "no sentences": (lambda: tagging.encode_tagged([], "past"), "sequences: expected at least one"),
    "a word of a caption": (
        lambda: captions.encode_captions([["a", "star"]]),
        "captions: ['star'] not among WORDS",
    ),
    "a shape": (
        lambda: captions.draw_picture(np.random.default_rng(0), [("small", "star")]),
        "things: 'small', 'star' not among SIZES and SHAPES",
    ),
    "pictures": (
        lambda: captions.picture_then_words(PICTURE, WORD, ALL),
        "ids: shape (2, 2), expected (T, N) with N = 1",
    ),
    "symbols": (lambda: NGramModel(np.array([0, 3]), 2, 3), "ids: must lie in 0..2, got 0..3"),
    "no symbols": (lambda: NGramModel(BITS[:0], 2, 0), "V: 0, expected at least 1"),
    "a symbol": (
        lambda: NGramModel(BITS, 2, 3).probability(3, []),
        "symbol: must lie in 0..2, got 3..3",
    ),
    "no square": (
        lambda: spectral_radius(np.ones((2, 3))),
        "W_hh: shape (2, 3), expected (H, H)",
    ),
    "a nan": (lambda: spectral_radius(np.full((2, 2), np.nan)), "W_hh: an entry is not finite"),
    "inputs": (
        lambda: suspect({"x": X}, X),
        "inputs: W_xh, W_hh, b_h, W_hy, b_y, h0 missing, got x",
    ),
    "parameters": (
        lambda: models.tagger_scores({"W_xh": PARAMS["W_xh"]}, X),
        "params: W_hh, b_h missing, got W_xh",
    ),
    "weights of the output": (
        lambda: models.tagger_scores(PARAMS | {"b_y": np.zeros(2)}, X),
        "W_hy, b_y: shapes (5, 3), (2,), expected (5, K), (K,)",
    ),
    "tags of another shape": (
        lambda: models.tagger_loss(PARAMS, X, np.zeros((2, 3), dtype=int)),
        "y: shape (2, 3), expected (T, N) with T = 3, N = 2",
    ),
    "lengths too long": (
        lambda: models.classifier_scores(PARAMS, X, np.array([1, 4])),
        "lengths: must lie in 1..3, got 1..4",
    ),
    "lengths of a variant": (
        lambda: variant_classifier_scores(PARAMS, X, lengths=np.array([0, 4])),
        "lengths: must lie in 0..3, got 0..4",
    ),
    "a pool": (
        lambda: inspect.unwrap(by_hand.classifier_scores)(PARAMS, X, pool="max"),
        "pool: 'max', expected one of last, mean",
    ),
    "a masked array": (
        lambda: models.tagger_scores(PARAMS, np.ma.masked_array(X, X > 0)),
        "x: expected an array, got MaskedArray",
    ),
}


@pytest.mark.parametrize("name", CALLS)
def test_the_argument_is_named(name):
    call, message = CALLS[name]
    with pytest.raises(ValueError, match=f"^{re.escape(message)}"):
        call()


def test_a_word_behind_the_mask_may_be_any_number():
    x = one_hot_masked(IDS, FIRST, 5)
    np.testing.assert_array_equal(x.sum(axis=-1), FIRST)
    np.testing.assert_array_equal(x[0, 1], 0)
