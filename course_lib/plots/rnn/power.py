"""Figures of the page on what a recurrent network can compute."""

from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from course_lib.plots.primitives.drawing import canvas, draw_arrow, draw_node, draw_self_loop
from course_lib.plots.primitives.style import COLORS, shades, subplots


def counter_diagram(m: int) -> Figure:
    """The machine that counts ones modulo ``m``: a 1 moves it on, a 0 leaves it where it is."""
    gap = 2.1
    figure, ax = canvas(gap * (m - 1) + 3.0, 4.1, left=-1.7, bottom=-1.9)
    states = [draw_node(ax, gap * s, 0.0, str(s)) for s in range(m)]
    for state in states:
        draw_self_loop(ax, state, "0", "neutral", side="top")
    for before, after in pairwise(states):
        draw_arrow(ax, before, after, "1", "input")
    back = -1.2 / (m - 1)  # the arc sags equally far for every m
    draw_arrow(ax, states[-1], states[0], "1", "input", bend=back, label_offset=(0.0, -0.3))
    draw_arrow(ax, (-1.5, 0.0), states[0])
    return figure


def unit_activity(
    inputs: Mapping[str, Sequence[object]],
    h: Float[np.ndarray, "T H"],
    units: Sequence[str],
    outputs: Mapping[str, Sequence[object]],
) -> Figure:
    """What goes in, what every hidden unit does, and what comes out, one column a time step.

    Args:
        inputs: rows of T entries written above, by name.
        h: the hidden states; a unit is drawn as a square that is the fuller the nearer it is to +1.
        units: names of the H units.
        outputs: rows of T entries written below, by name.
    """
    T, H = h.shape
    rows = len(inputs) + H + len(outputs)
    figure, ax = subplots(figsize=(5.8, 0.38 * rows + 0.75))
    top = len(inputs)
    ax.pcolormesh(
        np.arange(T + 1) - 0.5, np.arange(top, top + H + 1) - 0.5, h.T,
        cmap=shades("hidden", 0.06), vmin=-1, vmax=1, edgecolors=COLORS["surface"], linewidth=2.5,
    )  # fmt: skip
    _write_rows(ax, inputs, 0, "input")
    _write_rows(ax, outputs, top + H, "output")
    ax.set_yticks(range(rows), [*inputs, *units, *outputs])
    ax.set_xticks(range(T), [str(t) for t in range(1, T + 1)])
    ax.set(xlabel="time step", xlim=(-0.6, T - 0.4), ylim=(rows - 0.5, -0.6))
    ax.tick_params(length=0)
    ax.grid(visible=False)
    ax.spines[:].set_visible(False)
    return figure


def _write_rows(ax: Axes, rows: Mapping[str, Sequence[object]], first: int, role: str) -> None:
    for row, entries in enumerate(rows.values(), start=first):
        for t, entry in enumerate(entries):
            ax.text(t, row, str(entry), ha="center", va="center", fontsize=12, color=COLORS[role])
