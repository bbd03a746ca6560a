"""Figures for deep and bidirectional networks, and for how PyTorch stores them."""

from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LinearSegmentedColormap, LogNorm
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from course_lib.plots.network import (
    FONT,
    Node,
    canvas,
    draw_arrow,
    draw_chain,
    draw_node,
    draw_text,
    indexed,
    tint,
)
from course_lib.plots.style import COLORS, subplots, use_style

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
    use_style()
    count = len(maps)
    across = min(count, 2)
    down = -(-count // across)
    figure, axes = subplots(down, across, figsize=(3.35 * across + 0.5, 3.05 * down), squeeze=False)
    positive = np.concatenate([np.asarray(m)[np.asarray(m) > 0] for m in maps.values()])
    norm = LogNorm(float(positive.min()), float(positive.max()))
    shades = LinearSegmentedColormap.from_list(
        "hidden", [tint("hidden", 0.15), tint("hidden", 1.0)]
    )
    for ax, (title, influence) in zip(axes.flat, maps.items(), strict=False):
        seen = np.ma.masked_equal(influence, 0.0)
        ax.imshow(seen, cmap=shades, norm=norm)
        rows, columns = np.nonzero(np.asarray(influence) == 0.0)
        ax.scatter(columns, rows, s=7, color=COLORS["neutral"], linewidths=0)
        outputs, inputs = influence.shape
        ax.set_xticks(range(inputs), [str(s + 1) for s in range(inputs)])
        ax.set_yticks(range(outputs), [str(t + 1) for t in range(outputs)])
        ax.set_title(title)
        ax.set(xlabel="input $x_s$", ylabel="output $o_t$")
        ax.grid(False)
        ax.spines[:].set_visible(True)
    for ax in axes.flat[count:]:
        ax.set_axis_off()
    figure.colorbar(
        ScalarMappable(norm, shades), ax=axes, shrink=0.75, aspect=30, label="how much $o_t$ moves"
    )
    return figure


def learning_curves(
    curves: Mapping[str, Sequence[float]],
    *,
    ylabel: str,
    every: int = 1,
    level: tuple[str, float] | None = None,
    xlabel: str = "training step",
    log: bool = False,
) -> Figure:
    """Curves over training, named by a legend.

    Args:
        curves: name of each curve, and its values.
        ylabel: what the values are.
        every: training steps from one value to the next.
        level: a horizontal line to compare with, and what to write above it.
        xlabel: what is counted along the curves.
        log: logarithmic vertical axis.
    """
    use_style()
    figure, ax = subplots(figsize=(6.2, 3.3))
    for name, values in curves.items():
        ax.plot(every * np.arange(1, len(values) + 1), values, label=name)
    if level is not None:
        text, height = level
        ax.axhline(height, color=COLORS["neutral"], linewidth=1.2)
        ax.annotate(
            text, (1.0, height), xycoords=("axes fraction", "data"), xytext=(0, 4),
            textcoords="offset points", ha="right", va="bottom",
            color=COLORS["neutral"], fontsize=10,
        )  # fmt: skip
    if log:
        ax.set_yscale("log")
    ax.set(xlabel=xlabel, ylabel=ylabel)
    ax.legend(loc="best")
    return figure


def weight_layouts(D: int = 4, H: int = 5) -> Figure:
    """One layer's weights as we write them (above) and as ``nn.RNN`` keeps them (below)."""
    column = 3.0
    figure, ax = canvas(3 * column, 7.0, left=-column / 2, bottom=-3.5)
    weights = (
        ("$W_{xh}$", (D, H), "weight_ih_l0", (H, D), "transpose", "input"),
        ("$W_{hh}$", (H, H), "weight_hh_l0", (H, H), "transpose", "hidden"),
        ("$b_h$", (1, H), "bias_ih_l0\nbias_hh_l0", (1, H), "share out", "gate"),
    )
    for i, (ours, shape, theirs, their_shape, change, role) in enumerate(weights):
        x = i * column
        draw_text(ax, x, 3.1, ours, role)
        draw_matrix(ax, x, 1.75, *shape, role)
        draw_text(ax, x, 0.5, shape_text(shape))
        draw_arrow(ax, (x, 0.2), (x, -0.6), change, label_offset=(0.85, 0.0), fontsize=FONT - 4)
        if i < 2:
            draw_matrix(ax, x, -1.6, *their_shape, role)
        else:
            draw_matrix(ax, x, -1.3, *their_shape, role)
            draw_text(ax, x, -1.62, "+")
            draw_matrix(ax, x, -1.95, *their_shape, role)
        draw_text(ax, x, -2.75, shape_text(their_shape) + (" each" if i == 2 else ""))
        ax.text(
            x, -3.15, theirs, ha="center", va="center", family="monospace",
            fontsize=FONT - 5, color=COLORS[role], linespacing=1.0,
        )  # fmt: skip
    return figure


def shape_text(shape: tuple[int, int]) -> str:
    return f"({shape[1]},)" if shape[0] == 1 else f"({shape[0]}, {shape[1]})"


def draw_matrix(
    ax: Axes, x: float, y: float, rows: int, columns: int, role: str, scale: float = 0.33
) -> None:
    """Draw a grid of ``rows`` by ``columns`` squares around (``x``, ``y``)."""
    for r in range(rows):
        for c in range(columns):
            ax.add_patch(
                Rectangle(
                    (x + (c - columns / 2) * scale, y + (rows / 2 - r - 1) * scale), scale, scale,
                    facecolor=tint(role, 0.25), edgecolor=COLORS[role], linewidth=1.0,
                )
            )  # fmt: skip


def packed_batch(lengths: Sequence[int]) -> Figure:
    """A padded batch of sequences of these lengths, and the rows that are left when it is packed.

    Args:
        lengths: of the sequences, the longest first.
    """
    longest, count = max(lengths), len(lengths)
    sizes = [sum(length > t for length in lengths) for t in range(longest)]
    middle, width = (longest - 1) / 2, max(longest + 2.8, 8.0)
    left = -2.2 if longest > 4 else middle - width / 2
    figure, ax = canvas(width, 2 * count + 2.8, left=left, bottom=-count - 2.5)
    draw_text(ax, middle, count - 0.15, "padded: every row as long as the longest")
    for n, length in enumerate(lengths):
        draw_text(ax, -1.0, count - 1 - n, f"row {n}", fontsize=FONT - 4)
        for t in range(longest):
            if t < length:
                draw_node(
                    ax,
                    t,
                    count - 1 - n,
                    f"$x_{t + 1}$",
                    "input",
                    shape="box",
                    height=0.8,
                    fontsize=FONT - 3,
                )
            else:
                draw_node(
                    ax, t, count - 1 - n, "pad", "neutral", shape="box", height=0.8,
                    dashed=True, fontsize=FONT - 5,
                )  # fmt: skip
    draw_text(ax, middle, -1.1, "packed: only what is there, step by step")
    for t, size in enumerate(sizes):
        for n in range(size):
            draw_node(
                ax, t, -2.0 - n, f"$x_{t + 1}$", "input", shape="box", height=0.8, fontsize=FONT - 3
            )
        draw_text(ax, t, -2.0 - count, str(size), "input", fontsize=FONT - 3)
    ax.text(
        -0.55, -2.0 - count, "batch_sizes", ha="right", va="center", family="monospace",
        fontsize=FONT - 5, color=COLORS["neutral"],
    )  # fmt: skip
    return figure


def rows_as_steps(image: Float[np.ndarray, "T D"]) -> Figure:
    """An image, and beside it its rows one below the other: the steps of a sequence."""
    use_style()
    steps, width = image.shape
    figure, (whole, rows) = subplots(1, 2, figsize=(6.4, 3.7), width_ratios=(1, 1.25))
    ink = LinearSegmentedColormap.from_list("input", [tint("input", 0.06), tint("input", 1.0)])
    whole.imshow(image, cmap=ink, vmin=0, vmax=1)
    whole.set_title(f"one image: ({steps}, {width})")
    apart = 1.7
    for t in range(steps):
        rows.imshow(
            image[t : t + 1], cmap=ink, vmin=0, vmax=1, aspect="auto",
            extent=(0, width, apart * (steps - t) - 1, apart * (steps - t)),
        )  # fmt: skip
        if t in (0, 1, steps - 1):
            rows.text(
                width + 0.6, apart * (steps - t) - 0.5, f"$x_{{{t + 1}}}$: ({width},)",
                va="center", fontsize=10.5, color=COLORS["input"],
            )  # fmt: skip
    rows.set(xlim=(0, width + 5.5), ylim=(0, apart * steps + 0.6))
    rows.set_title("the same: a sequence of rows")
    for ax in (whole, rows):
        ax.grid(False)
        ax.set(xticks=[], yticks=[])
        ax.spines[:].set_visible(False)
    return figure
