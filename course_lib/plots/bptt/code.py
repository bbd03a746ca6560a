"""Figures of the page on the code and its faults."""

from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from course_lib.plots.primitives.drawing import (
    FONT,
    canvas,
    draw_arrow,
    draw_gradient,
    draw_node,
    draw_text,
)
from course_lib.plots.primitives.style import COLORS


def backward_step() -> Figure:
    """One step of the network with the gradient of everything in it, and what multiplies it."""
    figure, ax = canvas(11.0, 6.2, left=-1.1, bottom=-3.1)
    before = draw_node(ax, 0.0, 0.0, "$h_{t-1}$", height=1.0, fontsize=FONT - 1)
    sum_ = draw_node(ax, 3.0, 0.0, "$a_t$", "neutral", shape="box")
    state = draw_node(ax, 6.0, 0.0, "$h_t$", height=1.0, fontsize=FONT - 1)
    source = draw_node(ax, 3.0, -2.3, "$x_t$", "input", shape="box")
    answer = draw_node(ax, 6.0, 2.3, "$o_t$", "output", shape="box")
    draw_arrow(ax, before, sum_, role="hidden")
    draw_arrow(ax, sum_, state, "$\\tanh$", "hidden")
    draw_arrow(ax, source, sum_, role="input")
    draw_arrow(ax, state, answer, role="output")
    draw_arrow(ax, state, (9.0, 0.0), role="hidden")
    draw_gradient(ax, answer, state)
    draw_text(ax, 5.55, 1.2, "$do_t\\, W_{hy}^\\top$", "gradient", ha="right")
    draw_gradient(ax, (9.0, 0.0), state, "$da_{t+1}\\, W_{hh}^\\top$")
    draw_gradient(ax, state, sum_, "$dh_t \\odot (1 - h_t^2)$")
    draw_gradient(ax, sum_, before, "$da_t\\, W_{hh}^\\top$")
    draw_gradient(ax, sum_, source)
    draw_text(ax, 2.55, -1.45, "$da_t\\, W_{xh}^\\top$", "gradient", ha="right")
    return figure


def fingerprints(
    faults: Mapping[str, tuple[Sequence[bool], Sequence[bool]]], names: Sequence[str]
) -> Figure:
    """Which gradients a fault makes wrong, as a table: a row a fault, a column a gradient.

    Args:
        faults: by the fault's name, for each gradient whether it is wrong in a sequence of one
            step, and whether it is wrong in a longer one. A disc marks the first, a cross what is
            wrong in the longer sequence alone.
        names: of the gradients.
    """
    width, height, label = 0.92, 0.62, 4.7
    columns, rows = len(names), len(faults)
    figure, ax = canvas(label + width * columns, height * (rows + 2) + 1.5, left=-label)
    top = height * (rows + 1) + 1.4
    for column, name in enumerate(names):
        draw_text(ax, width * (column + 0.5), top, name)
    for row, (fault, (short, long)) in enumerate(faults.items(), start=1):
        y = top - height * row
        ax.plot(
            [-label + 0.1, width * columns], [y + height / 2] * 2, color="#DDDDDD", linewidth=0.8
        )
        draw_text(ax, -label + 0.1, y, fault, ha="left")
        for column, (one, more) in enumerate(zip(short, long, strict=True)):
            if one or more:
                _mark(ax, width * (column + 0.5), y, one)
    for y, one, text in (
        (1.0, True, "wrong already with one step"),
        (0.4, False, "wrong with more than one step"),
    ):
        _mark(ax, -label + 0.4, y, one)
        draw_text(ax, -label + 0.8, y, text, ha="left")
    return figure


def _mark(ax: Axes, x: float, y: float, one: bool) -> None:
    ax.plot(
        x, y, marker="o" if one else "x", color=COLORS["gradient"], markersize=8, markeredgewidth=2
    )
