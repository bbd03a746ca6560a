"""Figures of the page on truncation."""

from collections.abc import Mapping
from textwrap import fill

import numpy as np
from jaxtyping import Float
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from course_lib.plots.primitives.chain import draw_chain, indexed
from course_lib.plots.primitives.drawing import (
    ASIDE,
    RADIUS,
    canvas,
    draw_arrow,
    draw_node,
    draw_text,
)
from course_lib.plots.primitives.style import COLORS, shades, subplots
from course_lib.plots.primitives.tables import draw_diagonal, draw_table, panel_grid


def window_cuts(steps: int = 6, k: int = 3) -> Figure:
    """The unrolled network in windows of ``k`` steps: states go on, gradients stop at the cuts."""
    gap = 1.55
    figure, ax = canvas(gap * (steps + 1) + 0.4, 4.3, left=-gap - 0.5, bottom=-1.6)
    chain = draw_chain(ax, indexed("h", steps), gap=gap)
    for t, state in enumerate(chain.hidden, start=1):
        loss = draw_node(ax, state.x, 1.6, f"$L_{{{t}}}$", "neutral", shape="box")
        draw_arrow(ax, state, loss, role="output")
        down = state.x - ASIDE
        draw_arrow(ax, (down, 1.6 - RADIUS), (down, RADIUS), role="gradient", dashed=True)
        last = t == steps
        if not last and t % k:
            left, right = state.x + RADIUS, state.x + gap - RADIUS
            draw_arrow(ax, (right, -ASIDE), (left, -ASIDE), role="gradient", dashed=True)
        elif not last:
            middle = state.x + gap / 2
            ax.plot([middle] * 2, [-0.85, 2.4], color=COLORS["neutral"], linestyle=(0, (2, 2)))
            ax.plot(
                middle, -ASIDE, "x", color=COLORS["gradient"], markersize=9, markeredgewidth=2.2
            )
    for start in range(0, steps, k):
        stop = min(start + k, steps)
        draw_text(ax, gap * (start + stop - 1) / 2, -1.15, f"window {start // k + 1}")
    return figure


def path_tables(kept: Mapping[str, Float[np.ndarray, "T T"]]) -> Figure:
    """Which paths a gradient holds, and how often it counts them: one table for each gradient.

    Args:
        kept: by the gradient's name, the factor of the path that begins at step s and ends at step
            t in ``[s - 1, t - 1]``. Zeros stay white.
    """
    norm = Normalize(0.0, max(float(table.max()) for table in kept.values()))
    rows, columns = panel_grid(len(kept))
    figure, axes = subplots(
        rows,
        columns,
        figsize=(6.0, 0.7 + 6.0 * rows / columns),
        squeeze=False,
        sharex=True,
        sharey=True,
    )
    for ax, (name, table) in zip(axes.flat, kept.items(), strict=True):
        draw_table(ax, table, shades("gradient", 0.2), norm)
        draw_diagonal(ax, len(table))
        ax.set_title(fill(name, 15))
    figure.supxlabel("step $t$ of the error", fontsize=12)
    figure.supylabel("step $s$ of the weight", fontsize=12)
    return figure
