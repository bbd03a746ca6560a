"""Figures of the pages on the loss, the derivation and the code of backpropagation through time.

Forward arrows are solid. Gradients run the other way beside them, dashed and in their own colour.
"""

from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from course_lib.plots.network import (
    ASIDE,
    FONT,
    RADIUS,
    Node,
    Point,
    canvas,
    draw_arrow,
    draw_chain,
    draw_node,
    draw_text,
    indexed,
    tint,
)
from course_lib.plots.style import COLORS, subplots, use_style


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
        loss = draw_node(ax, above.x, 2.9, f"$L_{{{t}}}$", "gradient", shape="box")
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
        loss = draw_node(ax, state.x, 1.6, f"$L_{{{t}}}$", "gradient", shape="box")
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
    cost = draw_node(ax, 3 * gap, high, "$C$", "gradient", shape="box")
    for layer, (before, after) in enumerate(pairwise([*layers, cost]), start=1):
        draw_arrow(ax, before, after, role="hidden" if after is not cost else "output")
        label = f"$(W^{layer + 1})^\\top$" if after is not cost else "$\\nabla C$"
        _send_back(ax, after, before, label)
    draw_text(ax, -0.9, 2.45, "recurrent network", fontsize=FONT - 1, ha="left")
    chain = draw_chain(ax, indexed("h", 3), start="", gap=gap)
    for before, after in pairwise(chain.hidden):
        _send_back(ax, after, before, "$W_{hh}^\\top$")
    for t, state in enumerate(chain.hidden, start=1):
        loss = draw_node(ax, state.x, 1.55, f"$L_{{{t}}}$", "gradient", shape="box")
        draw_arrow(ax, state, loss, role="output")
        _send_back(ax, loss, state)
    return figure


def two_ways_back() -> Figure:
    """How a state acts on the loss, and how the gradient comes back: from above, from the right."""
    gap = 3.7
    figure, ax = canvas(10.2, 5.4, left=-2.9, bottom=-1.3)
    now, then = draw_node(ax, 0.0, 0.0, "$h_t$"), draw_node(ax, gap, 0.0, "$h_{t+1}$", height=1.1)
    draw_arrow(ax, (-2.1, 0.0), now, role="hidden")
    draw_arrow(ax, now, then, role="hidden")
    draw_arrow(ax, then, (gap + 2.2, 0.0), role="hidden")
    draw_text(ax, gap + 2.75, 0.0, "$\\ldots$", "hidden", fontsize=FONT)
    _send_back(ax, then, now, "from the right", fontsize=FONT - 1)
    _send_back(ax, (gap + 2.2, 0.0), then)
    for state, index in ((now, "t"), (then, "t+1")):
        answer = draw_node(ax, state.x, 1.75, f"$o_{{{index}}}$", "output", shape="box", width=1.0)
        loss = draw_node(ax, state.x, 3.4, f"$L_{{{index}}}$", "gradient", shape="box", width=1.0)
        draw_arrow(ax, state, answer, role="output")
        draw_arrow(ax, answer, loss, role="output")
        _send_back(ax, loss, answer)
        _send_back(ax, answer, state)
    draw_text(ax, -0.5, 0.98, "from above", "gradient", fontsize=FONT - 1, ha="right")
    return figure


def backward_step() -> Figure:
    """One step of the network with the gradient of everything in it, and what multiplies it."""
    figure, ax = canvas(11.0, 6.2, left=-1.1, bottom=-3.1)
    before = draw_node(ax, 0.0, 0.0, "$h_{t-1}$", height=1.1)
    sum_ = draw_node(ax, 3.0, 0.0, "$a_t$", "neutral", shape="box")
    state = draw_node(ax, 6.0, 0.0, "$h_t$", height=0.9)
    source = draw_node(ax, 3.0, -2.3, "$x_t$", "input", shape="box")
    answer = draw_node(ax, 6.0, 2.3, "$o_t$", "output", shape="box")
    draw_arrow(ax, before, sum_, role="hidden")
    draw_arrow(ax, sum_, state, "$\\tanh$", "hidden")
    draw_arrow(ax, source, sum_, role="input")
    draw_arrow(ax, state, answer, role="output")
    draw_arrow(ax, state, (9.0, 0.0), role="hidden")
    _send_back(ax, answer, state)
    draw_text(ax, 5.55, 1.2, "$do_t\\, W_{hy}^\\top$", "gradient", ha="right")
    _send_back(ax, (9.0, 0.0), state, "$da_{t+1}\\, W_{hh}^\\top$")
    _send_back(ax, state, sum_, "$dh_t \\odot (1 - h_t^2)$")
    _send_back(ax, sum_, before, "$da_t\\, W_{hh}^\\top$")
    _send_back(ax, sum_, source)
    draw_text(ax, 2.55, -1.45, "$da_t\\, W_{xh}^\\top$", "gradient", ha="right")
    return figure


def path_table(sizes: Float[np.ndarray, "T T"]) -> Figure:
    """How much each path contributes: row k where the weight is used, column t where the error is.

    Args:
        sizes: ``sizes[k - 1, t - 1]``, 0 where there is no path. Zeros stay white.
    """
    use_style()
    T = len(sizes)
    figure, ax = subplots(figsize=(5.2, 4.2))
    shades = ListedColormap([tint("gradient", s) for s in np.linspace(0.12, 1.0, 64)])
    edges = np.arange(T + 1) + 0.5
    mesh = ax.pcolormesh(
        edges, edges, np.where(sizes > 0, sizes, np.nan), cmap=shades, vmin=0.0,
        edgecolors=COLORS["surface"], linewidth=2.0,
    )  # fmt: skip
    ax.plot([0.5, T + 0.5], [0.5, T + 0.5], color=COLORS["neutral"], linewidth=1.0, linestyle=":")
    ax.set(xlabel="step $t$ of the error", ylabel="step $k$ at which the weight is used")
    ax.set(xlim=(0.5, T + 0.5), ylim=(T + 0.5, 0.5), aspect="equal")
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_locator(MaxNLocator(integer=True))
    ax.grid(visible=False)
    bar = figure.colorbar(mesh, ax=ax, shrink=0.8)
    bar.set_label("size of the contribution")
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


def _draw_sum(ax: Axes, losses: Sequence[Node], y: float) -> None:
    """Draw L above the losses, and an arrow to it from each of them."""
    middle = (losses[0].x + losses[-1].x) / 2
    total = draw_node(ax, middle, y, "$L$", "gradient", shape="box")
    for loss in losses:
        draw_arrow(ax, loss, total, role="gradient")


def _send_back(
    ax: Axes,
    start: Node | Point,
    end: Node | Point,
    label: str = "",
    *,
    fontsize: float = FONT - 2,
) -> None:
    """Draw a gradient's arrow beside a forward one: below it, or to the left of one that runs up.

    ``start`` is where the forward arrow ends. The label stands below an arrow that runs sideways.
    """
    (x0, y0), (x1, y1) = (p.centre if isinstance(p, Node) else p for p in (start, end))
    length = np.hypot(x1 - x0, y1 - y0)
    along = ((x1 - x0) / length, (y1 - y0) / length)
    side = (0.0, -ASIDE) if abs(x1 - x0) > abs(y1 - y0) else (-ASIDE, 0.0)
    leave = RADIUS if isinstance(start, Node) else 0.0
    arrive = length - (RADIUS if isinstance(end, Node) else 0.0)
    begin = (x0 + leave * along[0] + side[0], y0 + leave * along[1] + side[1])
    stop = (x0 + arrive * along[0] + side[0], y0 + arrive * along[1] + side[1])
    draw_arrow(
        ax, begin, stop, label, "gradient", dashed=True, label_offset=(0.0, -0.38),
        fontsize=fontsize,
    )  # fmt: skip
