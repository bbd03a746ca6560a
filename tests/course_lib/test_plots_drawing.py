"""The drawing primitives: what was asked for is there, inside the canvas, and nothing overlaps."""

import matplotlib
import pytest

matplotlib.use("Agg")

import matplotlib.pyplot as plt
from legible import assert_texts_whole_and_apart
from matplotlib.patches import FancyArrowPatch

from course_lib.plots.primitives import chain as chains
from course_lib.plots.primitives import drawing, style
from course_lib.plots.primitives.style import COLORS
from course_lib.plots.rnn.cell import folded_and_unrolled


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    plt.close("all")


def arrows(ax: plt.Axes) -> list[FancyArrowPatch]:
    return [p for p in ax.patches if isinstance(p, FancyArrowPatch)]


def texts(ax: plt.Axes) -> list[str]:
    return [t.get_text() for t in ax.texts]


def test_tint_goes_from_the_surface_to_the_colour() -> None:
    assert style.tint("input", 0.0).upper() == COLORS["surface"]
    assert style.tint("input", 1.0).upper() == COLORS["input"]


def test_canvas_keeps_the_size_of_a_unit() -> None:
    for width, height in [(4.0, 3.0), (9.0, 2.0)]:
        figure, ax = drawing.canvas(width, height, left=-1.0, bottom=-2.0)
        assert figure.get_size_inches() == pytest.approx(
            [width * drawing.UNIT, height * drawing.UNIT]
        )
        assert ax.get_xlim() == (-1.0, width - 1.0)
        assert ax.get_ylim() == (-2.0, height - 2.0)


@pytest.mark.parametrize("shape", ["circle", "box"])
def test_node_has_its_label_and_the_colour_of_its_role(shape) -> None:
    _, ax = drawing.canvas(3, 3)
    node = drawing.draw_node(ax, 1.0, 2.0, "$c$", "memory", shape=shape)
    assert node.centre == (1.0, 2.0)
    assert texts(ax) == ["$c$"]
    assert node.patch.get_edgecolor() == matplotlib.colors.to_rgba(COLORS["memory"])
    box = node.patch.get_window_extent()
    assert box.width == pytest.approx(box.height)


def test_arrow_ends_at_the_outlines_of_its_nodes() -> None:
    figure, ax = drawing.canvas(6, 2)
    left = drawing.draw_node(ax, 1.0, 1.0, "")
    right = drawing.draw_node(ax, 5.0, 1.0, "")
    drawing.draw_arrow(ax, left, right)
    figure.canvas.draw()
    (arrow,) = arrows(ax)
    extent = arrow.get_path().get_extents()
    assert left.x + drawing.RADIUS < extent.x0 < left.x + drawing.RADIUS + 0.2
    assert right.x - drawing.RADIUS - 0.2 < extent.x1 < right.x - drawing.RADIUS


def test_arrow_label_sits_above_or_to_the_right_of_its_middle() -> None:
    _, ax = drawing.canvas(6, 6)
    drawing.draw_arrow(ax, (1.0, 1.0), (5.0, 1.0), "along")
    drawing.draw_arrow(ax, (1.0, 1.0), (1.0, 5.0), "up")
    along, up = (t.get_position() for t in ax.texts)
    assert along[0] == 3.0
    assert along[1] > 1.0
    assert up[0] > 1.0
    assert up[1] == 3.0


def test_indexed() -> None:
    assert chains.indexed("h", 3) == ["$h_{1}$", "$h_{2}$", "$h_{3}$"]
    assert chains.indexed("y", 2, start=4) == ["$y_{4}$", "$y_{5}$"]
    assert chains.indexed("h", 0) == []


def test_chain_draws_every_step_once() -> None:
    _, ax = drawing.canvas(9, 5, left=-1, bottom=-2.5)
    chain = chains.draw_chain(
        ax, chains.indexed("h", 3), inputs=chains.indexed("x", 3), outputs=["", "", "$o$"], x0=1.7
    )
    assert [n is not None for n in chain.inputs] == [True] * 3
    assert [n is not None for n in chain.outputs] == [False, False, True]
    assert chain.start is not None
    assert chain.start.x < chain.hidden[0].x < chain.hidden[1].x
    assert len(arrows(ax)) == 3 + 3 + 1
    assert texts(ax).count("$h_{0}$") == 1


def test_chain_to_the_left_starts_at_the_end_of_the_sequence() -> None:
    _, ax = drawing.canvas(9, 3, left=-1, bottom=-1.5)
    chain = chains.draw_chain(ax, chains.indexed("h", 3), direction="left")
    assert chain.start is not None
    assert chain.start.x > chain.hidden[2].x
    assert len(arrows(ax)) == 3
    assert chain.inputs == [None] * 3 == chain.outputs


def test_chain_of_one_step_without_a_start_has_no_arrow() -> None:
    _, ax = drawing.canvas(3, 3, left=-1, bottom=-1.5)
    chain = chains.draw_chain(ax, ["$h$"], start="")
    assert chain.start is None
    assert arrows(ax) == []


def test_chain_that_goes_on_has_one_more_arrow() -> None:
    _, ax = drawing.canvas(9, 3, left=-1, bottom=-1.5)
    chains.draw_chain(ax, ["$a$", "$b$"], start="", goes_on=True)
    assert len(arrows(ax)) == 2


def test_chain_refuses_labels_of_another_length() -> None:
    _, ax = drawing.canvas(9, 3)
    with pytest.raises(ValueError, match="zip"):
        chains.draw_chain(ax, ["$a$", "$b$"], inputs=["$x$"])


@pytest.mark.parametrize("steps", [1, 2, 3])
def test_folded_and_unrolled_is_readable(steps) -> None:
    figure = folded_and_unrolled(steps)
    assert texts(figure.axes[0]).count("$W_{hh}$") == steps + 1
    assert_texts_whole_and_apart(figure)
