"""Pictures of digits and of shapes: what they show is what is said about them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_lib.data import captions, digits


@given(st.integers(0, 2**32 - 1), st.integers(12, 20))
def test_a_digit_is_drawn_whole_inside_a_blank_border(seed, size):
    images, labels = digits.draw_digits(np.random.default_rng(seed), 20, size)
    assert images.shape == (20, size, size)
    assert not images[:, [0, -1]].any()
    assert not images[:, :, [0, -1]].any()
    for image, label in zip(images, labels, strict=True):
        rows, columns = np.nonzero(image)
        found = image[rows.min() :, columns.min() :] > 0
        pattern = digits.PATTERNS[label]
        inked = pattern[:, pattern.any(axis=0)] > 0  # a 1 does not fill its box
        assert np.array_equal(found[: len(inked), : inked.shape[1]], inked)
        assert (image[image > 0] >= 0.6).all()
        assert image.max() <= 1


def test_digits_differ_and_a_small_image_is_refused():
    assert len({pattern.tobytes() for pattern in digits.PATTERNS}) == 10
    with pytest.raises(ValueError, match="size: 11"):
        digits.draw_digits(np.random.default_rng(0), 1, 11)


def test_a_caption_names_the_shapes_from_left_to_right():
    assert captions.caption_words([("small", "ring")]) == ["a", "small", "ring", "<eos>"]
    two = captions.caption_words([("large", "bar"), ("small", "cross")])
    assert " ".join(two) == "a large bar and a small cross <eos>"
    assert set(two) <= set(captions.WORDS)
    assert captions.WORDS[0] == "<eos>"


@given(st.integers(0, 2**32 - 1))
def test_two_shapes_stand_in_halves_of_their_own(seed):
    rng = np.random.default_rng(seed)
    half = captions.COLUMNS // 2
    two = captions.draw_picture(rng, [("large", "ring"), ("small", "bar")])
    assert two.shape == (captions.ROWS, captions.COLUMNS)
    assert two.min() >= 0
    assert two.max() <= 1.2
    assert (two[:, :half] > 0.6).sum() == 16
    assert (two[:, half:] > 0.6).sum() == 3
    one = captions.draw_picture(rng, [("small", "cross")])
    assert (one > 0.6).sum() == 5


@pytest.mark.parametrize("count", [0, 3])
def test_only_one_or_two_shapes_fit(count):
    with pytest.raises(ValueError, match=f"things: {count}"):
        captions.draw_picture(np.random.default_rng(0), [("small", "bar")] * count)


def test_things_are_one_or_two_of_all_kinds():
    rng = np.random.default_rng(0)
    drawn = [captions.random_things(rng) for _ in range(300)]
    assert {len(things) for things in drawn} == {1, 2}
    assert len({thing for things in drawn for thing in things}) == 6


def test_the_picture_is_read_first_and_then_each_word_before():
    rng = np.random.default_rng(0)
    said = [
        captions.caption_words([("small", "bar")]),
        captions.caption_words([("large", "ring")] * 2),
    ]
    ids, mask = captions.encode_captions(said)
    assert [[captions.WORDS[i] for i in ids[mask[:, n], n]] for n in (0, 1)] == said
    pictures = rng.random((2, captions.ROWS, captions.COLUMNS))
    x = captions.picture_then_words(pictures, ids, mask)
    P = captions.ROWS * captions.COLUMNS
    assert np.array_equal(x[0, :, :P], pictures.reshape(2, P))
    assert not x[0, :, P:].any()
    assert not x[1:, :, :P].any()
    assert np.array_equal(x[1:4, 0, P:].argmax(axis=1), ids[:3, 0])
    assert not x[5:, 0].any()  # after the end mark has been read, nothing
