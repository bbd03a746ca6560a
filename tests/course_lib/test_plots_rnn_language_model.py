"""Figures of the language model: what is drawn is what was given, all legible."""

from itertools import combinations

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pytest

from course_lib.plots.rnn import language_model

P = np.array([0.5, 0.3, 0.2])
WORDS = ["cat", "cow", "hen"]

FIGURES = {
    "model": lambda: language_model.unrolled_model(["cows", "eat", ".", "<eos>"]),
    "temperature": lambda: language_model.temperature_bars(WORDS, {0.3: P, 3.0: P[::-1]}),
    "staircase": lambda: language_model.inverse_cdf(WORDS, P, [0.1, 0.6, 0.9]),
    "surprise": lambda: language_model.surprise_per_word(
        {"right": (["a", "b"], np.array([0.5, 2.0])), "one": (["a"], np.array([0.1]))}
    ),
}


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    plt.close("all")


@pytest.mark.parametrize("name", FIGURES)
def test_every_text_is_inside_and_none_covers_another(name):
    figure = FIGURES[name]()
    figure.canvas.draw()
    width, height = figure.canvas.get_width_height()
    for ax in figure.axes:
        boxes = [(t.get_text(), t.get_window_extent()) for t in ax.texts if t.get_text().strip()]
        for text, box in boxes:
            x1, y1 = width + 1, height + 1
            inside = box.x0 >= -1 and box.y0 >= -1 and box.x1 <= x1 and box.y1 <= y1
            assert inside, f"{text!r} is cut off"
        for (one, a), (other, b) in combinations(boxes, 2):
            assert not a.overlaps(b), f"{one!r} and {other!r} overlap"


@pytest.mark.parametrize("name", FIGURES)
def test_figures_are_narrow_enough_for_a_phone(name):
    assert FIGURES[name]().get_size_inches()[0] <= 7.0


def test_model_reads_each_word_one_step_after_it_was_to_be_predicted():
    ax = language_model.unrolled_model(["cows", "eat", "<eos>"]).axes[0]
    place = {
        (t.get_text(), t.get_position()[1] > 0): t.get_position()[0]
        for t in ax.texts
        if t.get_text() in ("(nothing)", "cows", "eat", "<eos>")
    }
    assert place[("(nothing)", False)] == place[("cows", True)]
    assert place[("cows", False)] == place[("eat", True)]
    assert place[("eat", False)] == place[("<eos>", True)]
    assert ("<eos>", False) not in place


def test_temperature_bars_keep_the_order_of_the_words():
    figure = FIGURES["temperature"]()
    assert [ax.get_title() for ax in figure.axes] == [r"$\tau$ = 0.3", r"$\tau$ = 3"]
    widths = [[bar.get_width() for bar in ax.patches] for ax in figure.axes]
    np.testing.assert_array_equal(widths, [P, P[::-1]])


def test_arrows_of_the_staircase_end_at_the_step_that_holds_the_number():
    ax = FIGURES["staircase"]().axes[0]
    for arrow, k in zip([t for t in ax.texts if hasattr(t, "arrow_patch")], [0, 1, 2], strict=True):
        x, u = arrow.xy
        bar = ax.patches[k]
        assert x == bar.get_x()
        assert bar.get_y() <= u < bar.get_y() + bar.get_height()


def test_surprise_has_a_bar_for_each_word():
    ax = FIGURES["surprise"]().axes[0]
    assert [bar.get_height() for bar in ax.patches] == [0.5, 2.0]
    assert [t.get_text() for t in ax.get_xticklabels()] == ["a", "b"]
    assert ax.get_title(loc="left") == "right"
