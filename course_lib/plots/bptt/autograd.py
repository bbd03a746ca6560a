"""Figure of the page on automatic differentiation."""

from itertools import pairwise

from matplotlib.figure import Figure

from course_lib.plots.primitives.drawing import (
    FONT,
    canvas,
    draw_arrow,
    draw_gradient,
    draw_node,
    draw_text,
)


def tape() -> Figure:
    """One step of a network with one unit on the tape, with the slope along each way back."""
    gap, high = 2.4, 2.1
    figure, ax = canvas(3 * gap + 1.6, high + 2.2, left=-0.8, bottom=-1.2)
    nodes = [draw_node(ax, 0, 0, "$h_{t-1}$")] + [
        draw_node(ax, gap * i, 0, operation, "neutral", shape="box", fontsize=FONT - 2)
        for i, operation in enumerate(("mul", "add", "tanh"), start=1)
    ]
    for (before, after), slope in zip(pairwise(nodes), ("$w$", "1", "$1 - h_t^2$"), strict=True):
        draw_arrow(ax, before, after)
        draw_gradient(ax, after, before, slope)
    tops = (("$w$", "neutral", "$h_{t-1}$"), ("$x_t$", "input", "1"))
    for node, (label, role, slope) in zip(nodes[1:3], tops, strict=True):
        top = draw_node(ax, node.x, high, label, role, shape="box")
        draw_arrow(ax, top, node)
        draw_gradient(ax, node, top)
        draw_text(ax, node.x + 0.6, high / 2, slope, "gradient", fontsize=FONT - 2)
    return figure
