"""Figures of the page on real-time recurrent learning."""

from collections.abc import Mapping, Sequence

import numpy as np
from jaxtyping import Float
from matplotlib.figure import Figure

from course_lib.plots.primitives.chain import draw_chain, indexed
from course_lib.plots.primitives.curves import add_legend
from course_lib.plots.primitives.drawing import FONT, canvas, draw_arrow, draw_node, draw_text
from course_lib.plots.primitives.style import MARKERS, subplots


def sensitivities(steps: int = 3) -> Figure:
    """Real-time recurrent learning: beside each state its sensitivities, all arrows forward."""
    gap = 2.3
    figure, ax = canvas(gap * (steps + 1) + 0.8, 5.6, left=-gap - 0.7, bottom=-2.6)
    chain = draw_chain(ax, indexed("h", steps), gap=gap)
    before = draw_node(ax, -gap, -1.8, "$S_{0}$", "gradient", shape="box")
    for t, state in enumerate(chain.hidden, start=1):
        loss = draw_node(ax, state.x, 1.6, f"$L_{{{t}}}$", "neutral", shape="box")
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
    add_legend(figure, axes[0, 0])
    return figure
