"""Figures of the modes: each mode has the inputs and outputs that it should have, all legible."""

from itertools import combinations

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.patches import Circle, FancyArrowPatch, FancyBboxPatch

from course_lib.plots.primitives.style import COLORS
from course_lib.plots.rnn import modes

MASK = np.array([[1, 1], [1, 1], [1, 0]], dtype=bool)

DRAWINGS = {
    "overview": modes.overview,
    "one to one": modes.one_to_one,
    "one to many": modes.one_to_many,
    "one to many, two steps": lambda: modes.one_to_many(2),
    "many to one": modes.many_to_one,
    "in step": lambda: modes.in_step(["we", "only", "watch"], ["PRON", "ADV", "VERB"]),
    "encoder and decoder": modes.encoder_decoder,
    "one word in, one out": lambda: modes.encoder_decoder(1, 1),
    "padded": lambda: modes.padded_words([["not", "so", "good"], ["good", "."]], MASK),
}


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    plt.close("all")


def texts(figure: Figure) -> list[str]:
    return [t.get_text() for t in figure.axes[0].texts if t.get_text().strip()]


def count(figure: Figure, shape: type, role: str, dashed: bool | None = None) -> int:
    """How many patches of this shape have the colour of `role`."""
    return sum(
        isinstance(patch, shape)
        and patch.get_edgecolor() == to_rgba(COLORS[role])
        and (dashed is None or (patch.get_linestyle() not in ("-", "solid")) == dashed)
        for patch in figure.axes[0].patches
    )


@pytest.mark.parametrize("name", DRAWINGS)
def test_every_label_is_inside_and_none_covers_another(name):
    figure = DRAWINGS[name]()
    figure.canvas.draw()
    boxes = [
        (t.get_text(), t.get_window_extent()) for t in figure.axes[0].texts if t.get_text().strip()
    ]
    for text, box in boxes:
        x1, y1 = figure.bbox.x1, figure.bbox.y1
        inside = box.x0 >= 0 and box.y0 >= 0 and box.x1 <= x1 and box.y1 <= y1
        assert inside, f"{text!r} is cut off"
    for (one, a), (other, b) in combinations(boxes, 2):
        assert not a.overlaps(b), f"{one!r} and {other!r} overlap"


@pytest.mark.parametrize("name", DRAWINGS)
def test_drawings_are_narrow_enough_for_a_phone(name):
    assert DRAWINGS[name]().get_size_inches()[0] <= 6.4


def test_overview_has_the_inputs_and_outputs_of_the_five_modes():
    figure = modes.overview()
    assert count(figure, FancyBboxPatch, "input") == 1 + 1 + 3 + 3 + 3
    assert count(figure, FancyBboxPatch, "output") == 1 + 3 + 1 + 3 + 2
    assert count(figure, Circle, "hidden") == 1 + 3 + 3 + 3 + 5


@pytest.mark.parametrize("steps", [1, 2, 4])
def test_one_to_many_feeds_back_every_output_but_the_last(steps):
    figure = modes.one_to_many(steps)
    assert count(figure, FancyArrowPatch, "output", dashed=True) == steps - 1
    assert count(figure, FancyBboxPatch, "output") == steps


def test_many_to_one_reads_the_last_state_or_all_of_them():
    figure = modes.many_to_one(3)
    assert count(figure, FancyBboxPatch, "output") == 2
    assert texts(figure).count("$o$") == 2
    # Two chains of three arrows (from h_0 on), and three arrows to the mean.
    assert count(figure, FancyArrowPatch, "hidden") == 2 * 3 + 3


def test_in_step_has_a_tag_for_each_word():
    figure = modes.in_step(["a", "b"], ["X", "Y"])
    assert {"a", "b", "X", "Y"} <= set(texts(figure))
    with pytest.raises(ValueError, match="zip"):
        modes.in_step(["a", "b"], ["X"])


@pytest.mark.parametrize(("read", "written"), [(1, 1), (3, 2), (2, 3)])
def test_encoder_reads_and_decoder_starts_with_y_0(read, written):
    figure = modes.encoder_decoder(read, written)
    found = texts(figure)
    assert f"$x_{{{read}}}$" in found
    assert f"$x_{{{read + 1}}}$" not in found
    assert "$y_{0}$" in found
    assert f"$y_{{{written}}}$" not in found
    assert count(figure, FancyBboxPatch, "output") == written
    assert count(figure, FancyArrowPatch, "output", dashed=True) == written - 1


def test_padding_is_drawn_where_the_mask_is_false():
    found = texts(modes.padded_words([["not", "so", "good"], ["good", "."]], MASK))
    assert found.count("pad") == 1
    assert {"not", "so", "good", "."} <= set(found)


def test_reading_curves_have_a_panel_for_each_sentence():
    sentences = [["good", "."], ["not", "good", "."]]
    last, mean = ([np.linspace(0, 1, len(s)) for s in sentences] for _ in range(2))
    figure = modes.reading_curves(sentences, {"last state": last, "mean state": mean})
    assert [[t.get_text() for t in ax.get_xticklabels()] for ax in figure.axes] == sentences
    for ax, *values in zip(figure.axes, last, mean, strict=True):
        for line, drawn in zip(ax.lines[1:], values, strict=True):
            np.testing.assert_array_equal(line.get_ydata(), drawn)


def test_plots_are_not_left_open():
    modes.overview()
    modes.reading_curves([["good", "."]], {"last state": [np.array([0.5, 1.0])]})
    assert plt.get_fignums() == []


def test_pictures_stand_side_by_side_the_first_row_on_top():
    images = np.arange(24.0).reshape(2, 3, 4) / 24
    figure = modes.pictures(images)
    assert len(figure.axes) == 2
    for ax, image in zip(figure.axes, images, strict=True):
        (mesh,) = ax.collections
        assert np.array_equal(np.asarray(mesh.get_array()).reshape(3, 4), image)
        bottom, top = ax.get_ylim()
        assert bottom > top
    plt.close(figure)
