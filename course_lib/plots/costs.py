"""Figures of the pages on cost, truncation and real-time recurrent learning.

Forward arrows are solid. Gradients run the other way, dashed and in their own colour.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from course_lib.plots.curves import MARKERS
from course_lib.plots.network import (
    ASIDE,
    FONT,
    RADIUS,
    canvas,
    draw_arrow,
    draw_chain,
    draw_node,
    draw_text,
    indexed,
    tint,
)
from course_lib.plots.style import COLORS, subplots, use_style


def window_cuts(steps: int = 6, k: int = 3) -> Figure:
    """The unrolled network in windows of ``k`` steps: states go on, gradients stop at the cuts."""
    gap = 1.55
    figure, ax = canvas(gap * (steps + 1) + 0.4, 4.3, left=-gap - 0.5, bottom=-1.6)
    chain = draw_chain(ax, indexed("h", steps), gap=gap)
    for t, state in enumerate(chain.hidden, start=1):
        loss = draw_node(ax, state.x, 1.6, f"$L_{{{t}}}$", "gradient", shape="box")
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
        kept: by the gradient's name, the factor of the path that begins at step k and ends at step
            t in ``[k - 1, t - 1]``. Zeros stay white.
    """
    use_style()
    most = max(float(table.max()) for table in kept.values())
    columns = 2 if len(kept) > 1 else 1
    rows = -(-len(kept) // columns)
    figure, axes = subplots(
        rows, columns, figsize=(2.75 * columns, 2.75 * rows), squeeze=False, sharex=True,
        sharey=True,
    )  # fmt: skip
    shades = ListedColormap([tint("gradient", s) for s in np.linspace(0.2, 1.0, 64)])
    for ax, (name, table) in zip(axes.flat, kept.items(), strict=False):
        T = len(table)
        edges = np.arange(T + 1) + 0.5
        ax.pcolormesh(
            edges, edges, np.where(table > 0, table, np.nan), cmap=shades, vmin=0.0, vmax=most,
            edgecolors=COLORS["surface"], linewidth=1.0,
        )  # fmt: skip
        ax.plot([0.5, T + 0.5], [0.5, T + 0.5], color=COLORS["neutral"], linewidth=1, linestyle=":")
        ax.set(title=name, xlim=(0.5, T + 0.5), ylim=(T + 0.5, 0.5), aspect="equal")
        ax.grid(visible=False)
        for axis in (ax.xaxis, ax.yaxis):
            axis.set_major_locator(MaxNLocator(integer=True))
    for ax in axes.flat[len(kept) :]:
        ax.set_axis_off()
    figure.supxlabel("step $t$ of the error", fontsize=11)
    figure.supylabel("step $k$ at which the weight is used", fontsize=11)
    return figure


def kept_states(T: int = 9, every: int = 3) -> Figure:
    """Which states are in memory, moment by moment, if one state in ``every`` is kept.

    A row for each moment: after the way forward, then one for each segment on the way back.
    Squares are checkpoints, discs states that were computed again, dots stand for nothing kept.
    """
    starts = list(range(0, T, every))
    moments: list[tuple[str, list[int], list[int]]] = [("forward", starts, [])]
    for index in range(len(starts) - 1, -1, -1):
        first = starts[index]
        again = list(range(first + 1, min(first + every, T) + 1))
        moments.append((f"back, part {index + 1}", starts[: index + 1], again))
    gap, label, height = 0.66, 3.0, 0.8
    figure, ax = canvas(
        label + gap * (T + 1) + 1.7, height * (len(moments) + 1) + 1.7, left=-label, bottom=-1.5
    )
    top = height * len(moments)
    for t in range(T + 1):
        draw_text(ax, gap * (t + 0.5), top, f"$h_{{{t}}}$", "hidden")
    draw_text(ax, gap * (T + 1) + 0.8, top, "kept")
    for row, (name, checkpoints, again) in enumerate(moments, start=1):
        y = top - height * row
        draw_text(ax, -label + 0.1, y, name, ha="left")
        draw_text(ax, gap * (T + 1) + 0.8, y, str(len(checkpoints) + len(again)))
        for t in range(T + 1):
            kind = "s" if t in checkpoints else "o" if t in again else "."
            _mark(ax, gap * (t + 0.5), y, kind)
    for x, kind, text in ((0.0, "s", "checkpoint"), (4.3, "o", "computed again")):
        _mark(ax, -label + 0.4 + x, -1.0, kind)
        draw_text(ax, -label + 0.8 + x, -1.0, text, ha="left")
    return figure


def sensitivities(steps: int = 3) -> Figure:
    """Real-time recurrent learning: beside each state its sensitivities, all arrows forward."""
    gap = 2.3
    figure, ax = canvas(gap * (steps + 1) + 0.8, 5.6, left=-gap - 0.7, bottom=-2.6)
    chain = draw_chain(ax, indexed("h", steps), gap=gap)
    before = draw_node(ax, -gap, -1.8, "$S_{0}$", "gradient", shape="box")
    for t, state in enumerate(chain.hidden, start=1):
        loss = draw_node(ax, state.x, 1.6, f"$L_{{{t}}}$", "gradient", shape="box")
        draw_arrow(ax, state, loss, role="output")
        here = draw_node(ax, state.x, -1.8, f"$S_{{{t}}}$", "gradient", shape="box")
        draw_arrow(ax, before, here, role="gradient")
        draw_arrow(ax, state, here, role="hidden")
        draw_arrow(ax, (state.x - gap + 0.3, -0.33), (state.x - 0.33, -1.37), role="hidden")
        before = here
    draw_text(ax, gap * (steps - 1), 2.55, "now", fontsize=FONT - 1)
    return figure


def measured_costs(
    sizes: Mapping[str, Sequence[int]],
    measured: Mapping[str, Mapping[str, Mapping[str, Float[np.ndarray, " n"]]]],
) -> Figure:
    """What several methods cost, against several sizes: a row of panels for each cost, a column for
    each size, all axes logarithmic.

    Args:
        sizes: by the name of what was varied, its values.
        measured: by the name of the cost, then by that of the size, then by that of the method: the
            cost at each value of the size.
    """
    use_style()
    rows, columns = len(measured), len(sizes)
    figure, axes = subplots(rows, columns, figsize=(5.6, 2.5 * rows), squeeze=False, sharey="row")
    for row, (cost, by_size) in zip(axes, measured.items(), strict=True):
        row[0].set_ylabel(cost)
        for ax, (size, values) in zip(row, sizes.items(), strict=True):
            for (method, y), marker in zip(by_size[size].items(), MARKERS, strict=False):
                ax.plot(values, y, label=method, marker=marker, markersize=5)
            ax.set_xscale("log", base=2)
            ax.set_yscale("log")
            ax.set_xticks(values, [str(value) for value in values])
    for ax, size in zip(axes[-1], sizes, strict=True):
        ax.set_xlabel(size)
    figure.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=4)
    return figure


def _mark(ax: Axes, x: float, y: float, kind: str) -> None:
    role = {"s": "memory", "o": "hidden", ".": "neutral"}[kind]
    ax.plot(x, y, marker=kind, color=COLORS[role], markersize=4 if kind == "." else 10)
