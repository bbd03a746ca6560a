"""Figures of the page on PyTorch: how it stores weights, batches and images."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from course_lib.plots.primitives.drawing import FONT, canvas, draw_arrow, draw_node, draw_text
from course_lib.plots.primitives.style import COLORS, shades, subplots, tint


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
    steps, width = image.shape
    figure, (whole, rows) = subplots(1, 2, figsize=(6.0, 3.7), width_ratios=(1, 1.25))
    ink, columns = shades("input", 0.06), np.arange(width + 1)
    whole.pcolormesh(columns, np.arange(steps + 1), image, cmap=ink, vmin=0, vmax=1)
    whole.set(title=f"one image: ({steps}, {width})", aspect="equal", ylim=(steps, 0))
    apart = 1.7
    for t in range(steps):
        top = apart * t
        rows.pcolormesh(columns, [top, top + 1], image[t : t + 1], cmap=ink, vmin=0, vmax=1)
        if t in (0, 1, steps - 1):
            rows.text(
                width + 0.6, top + 0.5, f"$x_{{{t + 1}}}$: ({width},)",
                va="center", fontsize=11, color=COLORS["input"],
            )  # fmt: skip
    rows.set(xlim=(0, width + 5.5), ylim=(apart * steps, -0.6))
    rows.set_title("the same: a sequence of rows")
    for ax in (whole, rows):
        ax.grid(False)
        ax.set(xticks=[], yticks=[])
        ax.spines[:].set_visible(False)
    return figure
