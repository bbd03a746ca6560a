"""Figures of the language model: what is drawn is what was given, all legible."""

from itertools import combinations

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.figure import Figure

from course_lib.plots import language

P = np.array([0.5, 0.3, 0.2])
WORDS = ["cat", "cow", "hen"]

FIGURES = {
    "model": lambda: language.unrolled_model(["cows", "eat", ".", "<eos>"]),
    "curves": lambda: language.learning_curves(
        [1, 2, 3],
        {"training": [40, 10, 3], "validation": [41, 12, 9]},
        {"uniform": 55, "bigram": 8},
    ),
    "temperature": lambda: language.temperature_bars(WORDS, {0.3: P, 3.0: P[::-1]}),
    "staircase": lambda: language.inverse_cdf(WORDS, P, [0.1, 0.6, 0.9]),
    "bars": lambda: language.grouped_bars(
        ["left", "right"], {"one": [0.2, 0.9], "two": [0.6, 0.4]}, "share", level=("guessing", 0.5)
    ),
    "surprise": lambda: language.surprise_per_word(
        {"right": (["a", "b"], np.array([0.5, 2.0])), "one": (["a"], np.array([0.1]))}
    ),
    "agreement": lambda: language.agreement_curves(
        [10, 20], {"near": [0.5, 1.0], "same": [0.6, 1.0], "trap": [0.5, 0.1]}
    ),
    "unknown": lambda: language.unknown_curves(
        [2, 10], {"words": [0.5, 0.1], "characters": [0.1, 0.0]}
    ),
}


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    plt.close("all")


def lines(figure: Figure) -> list[list[float]]:
    return [list(line.get_ydata()) for ax in figure.axes for line in ax.lines]


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
    ax = language.unrolled_model(["cows", "eat", "<eos>"]).axes[0]
    place = {
        (t.get_text(), t.get_position()[1] > 0): t.get_position()[0]
        for t in ax.texts
        if t.get_text() in ("(nothing)", "cows", "eat", "<eos>")
    }
    assert place[("(nothing)", False)] == place[("cows", True)]
    assert place[("cows", False)] == place[("eat", True)]
    assert place[("eat", False)] == place[("<eos>", True)]
    assert ("<eos>", False) not in place


def test_learning_curves_draw_curves_and_levels():
    drawn = lines(FIGURES["curves"]())
    assert [40, 10, 3] in drawn
    assert [41, 12, 9] in drawn
    assert [55, 55] in drawn
    assert [8, 8] in drawn


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


def test_grouped_bars_hold_the_values():
    ax = FIGURES["bars"]().axes[0]
    assert [bar.get_height() for bar in ax.patches] == [0.2, 0.9, 0.6, 0.4]
    assert [t.get_text() for t in ax.get_xticklabels()] == ["left", "right"]


def test_surprise_has_a_bar_for_each_word():
    ax = FIGURES["surprise"]().axes[0]
    assert [bar.get_height() for bar in ax.patches] == [0.5, 2.0]
    assert [t.get_text() for t in ax.get_xticklabels()] == ["a", "b"]
    assert ax.get_title(loc="left") == "right"


def test_agreement_and_unknown_curves_hold_the_data():
    assert [0.5, 0.1] in lines(FIGURES["agreement"]())
    assert lines(FIGURES["unknown"]()) == [[0.5, 0.1], [0.1, 0.0]]
