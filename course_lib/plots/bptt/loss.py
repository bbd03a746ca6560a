"""Figures of the page on the loss and its graph."""

from collections.abc import Sequence
from itertools import pairwise

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from course_lib.plots.primitives.chain import draw_chain, indexed
from course_lib.plots.primitives.drawing import (
    FONT,
    Node,
    canvas,
    draw_arrow,
    draw_gradient,
    draw_node,
    draw_text,
)


def unrolled_losses(steps: int = 3) -> Figure:
    """The unrolled network with a loss and its target at every step, and the sum of the losses."""
    gap = 2.2
    figure, ax = canvas(gap * steps + 1.9, 6.9, left=-gap - 0.7, bottom=-2.2)
    chain = draw_chain(
        ax, indexed("h", steps), inputs=indexed("x", steps), outputs=indexed("o", steps), gap=gap
    )
    losses = []
    for t, above in enumerate(chain.outputs, start=1):
        assert above is not None
        loss = draw_node(ax, above.x, 2.9, f"$L_{{{t}}}$", "neutral", shape="box")
        target = draw_node(ax, above.x - 1.05, 2.9, f"$y_{{{t}}}$", "output", dashed=True)
        draw_arrow(ax, above, loss, role="output")
        draw_arrow(ax, target, loss, role="output")
        losses.append(loss)
    _draw_sum(ax, losses, 4.25)
    return figure


def shared_weight(steps: int = 3) -> Figure:
    """The recurrent matrix as one node of the graph, with an arrow to every state that it makes."""
    gap = 2.0
    figure, ax = canvas(gap * steps + 1.8, 6.4, left=-gap - 0.7, bottom=-2.6)
    chain = draw_chain(ax, indexed("h", steps), gap=gap)
    middle = gap * (steps - 1) / 2
    weight = draw_node(ax, middle, -2.0, "$W_{hh}$", "neutral", shape="box", width=1.2)
    losses = []
    for t, state in enumerate(chain.hidden, start=1):
        draw_arrow(ax, weight, state)
        loss = draw_node(ax, state.x, 1.6, f"$L_{{{t}}}$", "neutral", shape="box")
        draw_arrow(ax, state, loss, role="output")
        losses.append(loss)
    _draw_sum(ax, losses, 3.15)
    return figure


def deep_and_recurrent() -> Figure:
    """A feed-forward network with its backward pass above, a recurrent one with its below."""
    gap, high = 2.6, 3.9
    figure, ax = canvas(11.0, 7.0, left=-1.0, bottom=-1.2)
    draw_text(ax, -0.9, high + 1.45, "deep network", fontsize=FONT - 1, ha="left")
    layers = [
        draw_node(ax, gap * (layer - 1), high, f"$h^{{{layer}}}$", height=0.9)
        for layer in (1, 2, 3)
    ]
    cost = draw_node(ax, 3 * gap, high, "$C$", "neutral", shape="box")
    for layer, (before, after) in enumerate(pairwise([*layers, cost]), start=1):
        draw_arrow(ax, before, after, role="hidden" if after is not cost else "output")
        label = f"$(W^{layer + 1})^\\top$" if after is not cost else "$\\nabla C$"
        draw_gradient(ax, after, before, label)
    draw_text(ax, -0.9, 2.45, "recurrent network", fontsize=FONT - 1, ha="left")
    chain = draw_chain(ax, indexed("h", 3), start="", gap=gap)
    for before, after in pairwise(chain.hidden):
        draw_gradient(ax, after, before, "$W_{hh}^\\top$")
    for t, state in enumerate(chain.hidden, start=1):
        loss = draw_node(ax, state.x, 1.55, f"$L_{{{t}}}$", "neutral", shape="box")
        draw_arrow(ax, state, loss, role="output")
        draw_gradient(ax, loss, state)
    return figure


def _draw_sum(ax: Axes, losses: Sequence[Node], y: float) -> None:
    """Draw L above the losses, and an arrow to it from each of them."""
    middle = (losses[0].x + losses[-1].x) / 2
    total = draw_node(ax, middle, y, "$L$", "neutral", shape="box")
    for loss in losses:
        draw_arrow(ax, loss, total)
