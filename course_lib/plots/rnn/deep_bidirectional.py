"""Figures of the pages on deep and bidirectional networks."""

from collections.abc import Mapping
from typing import Literal

import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from course_lib.plots.primitives.chain import draw_chain, indexed
from course_lib.plots.primitives.drawing import FONT, Node, canvas, draw_arrow, draw_node, draw_text
from course_lib.plots.primitives.style import COLORS, shades, subplots
from course_lib.plots.primitives.tables import draw_table, panel_grid

GAP = 1.75
SHIFT = 0.46
"""How far the states of the two directions stand to either side of their time step's column."""


def deep_network(layers: int = 2, steps: int = 3) -> Figure:
    """``layers`` recurrent layers, unrolled: the states of one are the inputs of the next."""
    rise = 1.5
    height = (layers + 1) * rise + 1.0
    figure, ax = canvas(GAP * (steps + 1) + 0.1, height, left=-GAP - 0.55, bottom=-rise - 0.5)
    below: list[Node] = []
    for layer in range(layers):
        top = layer == layers - 1
        mark = "" if layers == 1 else f"^{{({layer + 1})}}"
        chain = draw_chain(
            ax, states_of("h", mark, steps),
            inputs=indexed("x", steps) if layer == 0 else None,
            outputs=indexed("o", steps) if top else None,
            start=f"$h_0{mark}$", y0=layer * rise, gap=GAP, rise=rise,
            weights=(f"$W_{{xh}}{mark}$", f"$W_{{hh}}{mark}$", "$W_{hy}$"),
        )  # fmt: skip
        for lower, upper in zip(below, chain.hidden, strict=False):
            draw_arrow(ax, lower, upper, f"$W_{{xh}}{mark}$", "hidden")
        below = chain.hidden
    return figure


def states_of(symbol: str, mark: str, steps: int) -> list[str]:
    """Labels of one layer's states, ``mark`` being its superscript or empty."""
    return [f"${symbol}_{{{t}}}{mark}$" for t in range(1, steps + 1)]


def deep_bidirectional_network(layers: int = 1, steps: int = 3, *, h_n: bool = False) -> Figure:
    """A bidirectional network unrolled: in each layer one row of states runs right, one runs left.

    Args:
        layers: how many are stacked; the joined states of one are the inputs of the next.
        steps: how many time steps to draw.
        h_n: mark each direction's last state with the row of PyTorch's ``h_n`` that holds it.
    """
    between, pair = 1.35, 1.15
    layer_height = 2 * between + pair
    figure, ax = canvas(
        GAP * (steps + 1) + 2 * SHIFT + 1.1,
        layers * layer_height + between + 1.0,
        left=-GAP - SHIFT - 0.55,
        bottom=-0.5,
    )
    columns = [GAP * t for t in range(steps)]
    below = [
        draw_node(ax, x, 0.0, f"$x_{{{t + 1}}}$", "input", shape="box")
        for t, x in enumerate(columns)
    ]
    for layer in range(layers):
        mark = "" if layers == 1 else f"^{{({layer + 1})}}"
        low = layer * layer_height + between
        right = draw_chain(
            ax, directed("right", mark, steps), start="$0$", x0=-SHIFT, y0=low, gap=GAP
        )
        left = draw_chain(
            ax,
            directed("left", mark, steps),
            start="$0$",
            x0=SHIFT,
            y0=low + pair,
            gap=GAP,
            direction="left",
        )
        draw_text(
            ax, -SHIFT - GAP / 2, low + 0.34, weight("right", mark), "hidden", fontsize=FONT - 3
        )
        draw_text(
            ax,
            columns[-1] + SHIFT + GAP / 2,
            low + pair + 0.34,
            weight("left", mark),
            "hidden",
            fontsize=FONT - 3,
        )
        both = [
            draw_node(
                ax, x, low + pair + between, f"$h_{{{t + 1}}}{mark}$",
                shape="box", width=1.3, height=0.7, fontsize=FONT - 1,
            )
            for t, x in enumerate(columns)
        ]  # fmt: skip
        for t in range(steps):
            for state in (right.hidden[t], left.hidden[t]):
                draw_arrow(ax, below[t], state, role="input" if layer == 0 else "hidden")
                draw_arrow(ax, state, both[t], role="hidden")
        if h_n:
            ring(ax, right.hidden[-1], f"h_n[{2 * layer}]", columns[-1] + 0.42, "left")
            ring(ax, left.hidden[0], f"h_n[{2 * layer + 1}]", columns[0] - 0.4, "right")
        below = both
    for t, (state, x) in enumerate(zip(below, columns, strict=True)):
        target = draw_node(ax, x, state.y + between, f"$o_{{{t + 1}}}$", "output", shape="box")
        draw_arrow(ax, state, target, role="output")
    return figure


def directed(direction: Literal["right", "left"], mark: str, steps: int) -> list[str]:
    """Labels of the states of one direction, with an arrow over the symbol."""
    mark = mark.replace("^{", r"^{\;")  # keeps it clear of the tip of the arrow
    return [rf"$\over{direction}arrow{{h}}_{{{t}}}{mark}$" for t in range(1, steps + 1)]


def weight(direction: Literal["right", "left"], mark: str) -> str:
    """The label of a direction's recurrent weights."""
    return rf"$\over{direction}arrow{{W}}_{{hh}}{mark}$"


def ring(ax: Axes, node: Node, text: str, x: float, ha: Literal["left", "right"]) -> None:
    """Frame ``node`` and write ``text``, a piece of code, beside it at ``x``."""
    ax.add_patch(
        Rectangle(
            (node.x - 0.5, node.y - 0.5), 1.0, 1.0,
            fill=False, edgecolor="black", linewidth=1.8, zorder=5,
        )
    )  # fmt: skip
    ax.text(
        x, node.y, text, ha=ha, va="center", family="monospace", fontweight="bold",
        fontsize=FONT - 4, color="black", zorder=6,
        bbox={"facecolor": COLORS["surface"], "edgecolor": "none", "pad": 1.0},
    )  # fmt: skip


def influence_maps(maps: Mapping[str, Float[np.ndarray, "T S"]]) -> Figure:
    """One panel a network: row t, column s is how much output t moves when input s is nudged.

    Args:
        maps: title of each panel and its influences, all at least 0. An exact 0 is drawn as an
            empty cell with a dot, everything else on one logarithmic scale of colour.
    """
    down, across = panel_grid(len(maps))
    figure, axes = subplots(down, across, figsize=(6.2, 5.6 * down / max(across, 2)), squeeze=False)
    positive = np.concatenate([np.asarray(m)[np.asarray(m) > 0] for m in maps.values()])
    norm, cmap = LogNorm(float(positive.min()), float(positive.max())), shades("neutral", 0.12)
    for ax, (title, influence) in zip(axes.flat, maps.items(), strict=True):
        mesh = draw_table(ax, influence, cmap, norm)
        rows, columns = np.nonzero(np.asarray(influence) == 0.0)
        ax.scatter(columns + 1, rows + 1, s=7, color=COLORS["neutral"], linewidths=0)
        outputs, inputs = influence.shape
        ax.set(xticks=range(1, inputs + 1), yticks=range(1, outputs + 1), aspect="equal")
        ax.set(title=title, xlabel="input $x_s$", ylabel="output $o_t$")
        ax.spines[:].set_visible(True)
    figure.colorbar(mesh, ax=axes, shrink=0.75, aspect=30, label="how much $o_t$ moves")
    return figure
