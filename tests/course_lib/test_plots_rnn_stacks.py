"""Figures of deep and bidirectional networks: what is drawn is what was asked for, and legible."""

import itertools

import matplotlib as mpl

mpl.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

from course_lib.plots.rnn import deep_bidirectional as deep
from course_lib.plots.rnn import pytorch


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


def texts(figure: Figure) -> list[Text]:
    figure.canvas.draw()
    found = [t for ax in figure.axes for t in [*ax.texts, ax.title] if t.get_text()]
    return [
        *found,
        *(t for ax in figure.axes for t in (ax.xaxis.label, ax.yaxis.label) if t.get_text()),
    ]


def labels(figure: Figure) -> list[str]:
    return [t.get_text() for t in texts(figure)]


FIGURES = {
    "one layer": lambda: deep.deep_network(1),
    "two layers": lambda: deep.deep_network(2),
    "three layers, one step": lambda: deep.deep_network(3, steps=1),
    "two directions": lambda: deep.deep_bidirectional_network(1),
    "two layers, two directions": lambda: deep.deep_bidirectional_network(2, h_n=True),
    "one step": lambda: deep.deep_bidirectional_network(1, steps=1),
    "weights": pytorch.weight_layouts,
    "packed": lambda: pytorch.packed_batch([5, 3, 2]),
    "one row": lambda: pytorch.packed_batch([1]),
    "rows": lambda: pytorch.rows_as_steps(np.eye(6)),
}


@pytest.mark.parametrize("name", FIGURES)
def test_every_label_lies_inside_the_figure(name):
    figure = FIGURES[name]()
    width, height = figure.canvas.get_width_height()
    for text in texts(figure):
        box = text.get_window_extent()
        inside = box.x0 >= 0 and box.y0 >= 0 and box.x1 <= width and box.y1 <= height
        assert inside, f"{text.get_text()!r} is cut off"


@pytest.mark.parametrize("name", FIGURES)
def test_no_two_labels_overlap(name):
    boxes = [(t.get_text(), t.get_window_extent()) for t in texts(FIGURES[name]())]
    for (one, a), (other, b) in itertools.combinations(boxes, 2):
        overlap_x = min(a.x1, b.x1) - max(a.x0, b.x0)
        overlap_y = min(a.y1, b.y1) - max(a.y0, b.y0)
        assert overlap_x <= 1 or overlap_y <= 1, f"{one!r} and {other!r} overlap"


def test_a_single_layer_carries_no_layer_number():
    assert "$h_{1}$" in labels(deep.deep_network(1))
    assert not any("^{(" in label for label in labels(deep.deep_network(1)))


def test_every_layer_has_a_state_at_every_step():
    shown = labels(deep.deep_network(3, steps=4))
    for layer, t in itertools.product((1, 2, 3), (1, 2, 3, 4)):
        assert shown.count(f"$h_{{{t}}}^{{({layer})}}$") == 1


def test_each_direction_starts_from_zero_once_a_layer():
    shown = labels(deep.deep_bidirectional_network(2))
    assert shown.count("$0$") == 4
    assert sum("overleftarrow{h}" in label for label in shown) == 6
    assert sum("overrightarrow{h}" in label for label in shown) == 6


def test_rows_of_h_n_are_named_only_on_request():
    rows = [f"h_n[{i}]" for i in range(4)]
    assert [
        t for t in labels(deep.deep_bidirectional_network(2, h_n=True)) if t.startswith("h_n")
    ] == rows
    assert not any(t.startswith("h_n") for t in labels(deep.deep_bidirectional_network(2)))


def test_exact_zeros_of_an_influence_map_are_dots_and_the_rest_is_coloured():
    influence = np.tril(np.full((4, 4), 0.5))
    figure = deep.influence_maps({"to the right": influence, "to the left": influence.T})
    for ax, expected in zip(figure.axes, (influence, influence.T), strict=False):
        dots = ax.collections[1].get_offsets()
        assert {(int(y) - 1, int(x) - 1) for x, y in dots} == set(
            zip(*np.nonzero(expected == 0), strict=True)
        )
        assert np.array_equal(np.ma.getmaskarray(ax.collections[0].get_array()), expected == 0)


def test_influence_panels_share_one_scale_and_none_is_left_over():
    panels = {str(i): np.full((3, 3), 10.0**i) for i in range(3)}
    figure = deep.influence_maps(panels)
    *drawn, bar = figure.axes
    norms = [ax.collections[0].norm for ax in drawn]
    assert [(norm.vmin, norm.vmax) for norm in norms] == [(1.0, 100.0)] * 3
    assert bar.get_ylabel() == "how much $o_t$ moves"


def test_batch_sizes_of_a_packed_batch():
    shown = labels(pytorch.packed_batch([4, 2, 1]))
    assert [label for label in shown if label.isdigit()] == ["3", "2", "1", "1"]
    assert shown.count("pad") == 5
    assert shown.count("$x_1$") == 6


def test_the_weights_are_drawn_with_one_square_an_entry():
    D, H = 3, 4
    figure = pytorch.weight_layouts(D, H)
    assert (
        sum(type(p).__name__ == "Rectangle" for p in figure.axes[0].patches)
        == 2 * D * H + 2 * H * H + 3 * H
    )
    assert {"(3, 4)", "(4, 3)", "(4, 4)", "(4,)", "(4,) each"} <= set(labels(figure))
