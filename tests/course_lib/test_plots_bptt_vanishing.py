"""Figures of the pages vanishing and jacobians: complete, in the right direction, and legible."""

from itertools import combinations

import matplotlib as mpl
import numpy as np
import pytest

mpl.use("Agg")

from matplotlib.figure import Figure
from matplotlib.text import Text

from course_lib.plots.bptt import jacobians, vanishing
from course_lib.plots.primitives.style import COLORS

LINK = np.array([[0.9, 2.0], [0.0, 0.8]])
TURN = 0.9 * np.array([[np.cos(0.5), np.sin(0.5)], [-np.sin(0.5), np.cos(0.5)]])
WORDS = ["the", "cats", "which", "already", "ate", "the", "big", "dogs", "and", "a", "small", "hen"]
RATES = {"radius 0.5": 0.5, "radius 1.0": 1.0, "radius 2.0": 2.0, "radius 4.0": 4.0}
PANELS = {
    name: {radius: rate ** np.arange(1.0, 51.0) for radius, rate in RATES.items()}
    for name in ("identity", "tanh", "relu", "sigmoid")
}
RIGHT = np.array([[1.0, 1.0, 0.5], [1.0, 0.9, 0.5], [1.0, 0.4, 0.6]])

FIGURES = {
    "share right": lambda: vanishing.share_right((4, 8, 30), RIGHT),
    "share right, one network": lambda: vanishing.share_right((4, 8, 30), RIGHT[:1]),
    "words": lambda: vanishing.word_gradients(
        WORDS, {f"network {i}": np.geomspace(10.0**-i, 1, 12) for i in (2, 3, 4)}, mark=1
    ),
    "words, one network": lambda: vanishing.word_gradients(
        WORDS, {"": np.geomspace(1e-3, 1, 12)}, 1
    ),
    "circles": lambda: jacobians.circle_images({"a turn": TURN, "a one-way link": LINK}),
    "panels": lambda: jacobians.norm_panels(PANELS),
    "three panels": lambda: jacobians.norm_panels(dict(list(PANELS.items())[:3])),
}


def visible_texts(figure: Figure) -> list[Text]:
    figure.draw_without_rendering()
    texts = [t for t in figure.findobj(Text) if t.get_visible() and t.get_text().strip()]
    shown = []
    for text in texts:
        ax = text.axes
        if ax is None or ax.axison:
            shown.append(text)
    return shown


def tick_labels_within(figure: Figure) -> set[Text]:
    """The tick labels that are drawn: matplotlib keeps some beyond the axis and leaves them out."""
    drawn = set()
    for ax in figure.axes:
        for axis, (low, high) in ((ax.xaxis, ax.get_xlim()), (ax.yaxis, ax.get_ylim())):
            low, high = sorted((low, high))
            for tick in axis.get_major_ticks():
                if low <= tick.get_loc() <= high:
                    drawn |= {tick.label1, tick.label2}
    return drawn


@pytest.mark.parametrize("name", FIGURES)
def test_no_text_is_cut_off_or_covered_or_too_small_on_a_phone(name) -> None:
    figure = FIGURES[name]()
    texts = visible_texts(figure)
    ticks = {
        label
        for ax in figure.axes
        for axis in (ax.xaxis, ax.yaxis)
        for tick in (*axis.get_major_ticks(), *axis.get_minor_ticks())
        for label in (tick.label1, tick.label2)
    }
    drawn = tick_labels_within(figure)
    pixels_per_point = min(1.0, 340 / (figure.get_size_inches()[0] * 72))
    texts = [text for text in texts if text in drawn or text not in ticks]
    for one, other in combinations(texts, 2):
        overlap = one.get_window_extent().overlaps(other.get_window_extent())
        assert not overlap, f"{one.get_text()} and {other.get_text()} overlap"
    for text in texts:
        box = text.get_window_extent()
        assert min(box.x0, box.y0) >= 0, f"{text.get_text()} is cut off"
        assert box.x1 <= figure.bbox.x1, f"{text.get_text()} is cut off"
        assert box.y1 <= figure.bbox.y1, f"{text.get_text()} is cut off"
        assert text.get_fontsize() * pixels_per_point >= 8, text.get_text()


@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_is_not_shown_twice(name) -> None:
    FIGURES[name]()
    assert mpl.pyplot.get_fignums() == []


@pytest.mark.parametrize("seeds", [1, 2, 3])
def test_each_network_has_a_mark_at_each_distance_and_the_line_is_the_mean(seeds) -> None:
    right = RIGHT[:seeds]
    figure = vanishing.share_right((4, 8, 30), right, chance=0.25)
    (ax,) = figure.axes
    marks = [line for line in ax.lines if line.get_marker() == "o"]
    assert len(marks) == seeds
    for line, row in zip(marks, right, strict=True):
        np.testing.assert_array_equal(line.get_ydata(), row)
        assert np.abs(np.asarray(line.get_xdata()) - (4, 8, 30)).max() < 1
    (mean,) = [line for line in ax.lines if len(line.get_xdata()) == 3 and line not in marks]
    np.testing.assert_allclose(mean.get_ydata(), right.mean(axis=0))
    (guess,) = [line for line in ax.lines if line.get_linestyle() == ":"]
    assert set(guess.get_ydata()) == {0.25}


def test_marks_of_different_networks_do_not_hide_each_other() -> None:
    figure = vanishing.share_right((4, 8, 30), np.ones((3, 3)))
    starts = [line.get_xdata()[0] for line in figure.axes[0].lines if line.get_marker() == "o"]
    assert len(set(starts)) == 3


def test_words_are_read_from_top_to_bottom_and_one_is_marked() -> None:
    sizes = {"a": np.geomspace(1e-3, 1, 12), "b": np.geomspace(1e-5, 2, 12)}
    figure = vanishing.word_gradients(WORDS, sizes, mark=1)
    (ax,) = figure.axes
    labels = ax.get_yticklabels()
    assert [label.get_text() for label in labels] == WORDS
    assert [label.get_weight() for label in labels] == ["normal", "bold"] + ["normal"] * 10
    assert ax.yaxis_inverted()
    assert ax.get_xscale() == "log"
    for line, values in zip(ax.lines, sizes.values(), strict=True):
        np.testing.assert_array_equal(line.get_xdata(), values)
        np.testing.assert_array_equal(line.get_ydata(), range(12))
    assert [t.get_text() for t in figure.legends[0].get_texts()] == ["a", "b"]


@pytest.mark.parametrize("powers", [(0, 1), (0, 1, 2, 5)])
def test_the_longest_half_axis_is_the_norm_of_the_power(powers) -> None:
    figure = jacobians.circle_images({"turn": TURN, "link": LINK}, powers)
    assert [ax.get_title() for ax in figure.axes] == ["turn", "link"]
    for ax, A in zip(figure.axes, (TURN, LINK), strict=True):
        assert ax.get_aspect() == 1
        for line, n in zip(ax.lines, powers, strict=True):
            lengths = np.linalg.norm(line.get_xydata(), axis=1)
            norm = np.linalg.norm(np.linalg.matrix_power(A, n), ord=2)
            assert lengths.max() == pytest.approx(norm, rel=1e-3)
            assert abs(np.asarray(line.get_xydata())).max() < ax.get_xlim()[1]


def test_a_gradient_goes_back_by_the_transpose() -> None:
    """What is said to unit 2 reaches unit 1, which it hears: the ellipse lies along unit 1."""
    figure = jacobians.circle_images({"link": LINK}, (0, 1))
    points = figure.axes[0].lines[1].get_xydata()
    longest = points[np.linalg.norm(points, axis=1).argmax()]
    assert abs(longest[0]) > 2 * abs(longest[1])
    np.testing.assert_allclose(points[45], np.array([0.0, 1.0]) @ LINK.T, atol=1e-12)


@pytest.mark.parametrize("panels", [1, 2, 3, 4])
def test_panels_show_each_activation_and_each_matrix(panels) -> None:
    norms = dict(list(PANELS.items())[:panels])
    figure = jacobians.norm_panels(norms, limits=(1e-9, 1e9))
    assert [ax.get_title() for ax in figure.axes] == list(norms)
    for ax in figure.axes:
        assert ax.get_yscale() == "log"
        assert ax.get_ylim() == (1e-9, 1e9)
        one, *curves = ax.lines
        assert set(one.get_ydata()) == {1.0}
        assert one.get_color() == COLORS["neutral"]
        for line, rate in zip(curves, RATES.values(), strict=True):
            np.testing.assert_array_equal(line.get_xdata(), range(1, 51))
            np.testing.assert_allclose(line.get_ydata(), rate ** np.arange(1.0, 51.0))
        styles = {(line.get_color(), line.get_linestyle()) for line in curves}
        assert len(styles) == 4
    assert [t.get_text() for t in figure.legends[0].get_texts()] == list(RATES)


def test_norms_of_zero_are_left_out() -> None:
    figure = jacobians.norm_panels({"identity": {"a": np.array([4.0, 0.0, 0.0])}})
    shown = figure.axes[0].lines[1].get_ydata()
    assert shown[0] == 4.0
    assert np.isnan(shown[1:]).all()
