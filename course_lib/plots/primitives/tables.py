"""Tables whose cells are shaded by a value."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.collections import QuadMesh
from matplotlib.colors import Colormap, Normalize
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from course_lib.plots.primitives.style import COLORS, shades, subplots, tint


def panel_grid(count: int) -> tuple[int, int]:
    """Return rows and columns for ``count`` panels: up to three a row, and none left over."""
    columns = max(columns for columns in (1, 2, 3) if count % columns == 0)
    return count // columns, columns


def draw_table(
    ax: Axes, values: Float[np.ndarray, "R C"], cmap: Colormap, norm: Normalize
) -> QuadMesh:
    """Draw a shaded cell for each value, row 1 on top, rows and columns counted from 1.

    Args:
        ax: where to draw.
        values: those that are 0 stay empty.
        cmap: the shades.
        norm: what value has which shade.
    """
    rows, columns = values.shape
    mesh = ax.pcolormesh(
        np.arange(columns + 1) + 0.5, np.arange(rows + 1) + 0.5,
        np.ma.masked_equal(values, 0.0), cmap=cmap, norm=norm,
        edgecolors=COLORS["surface"], linewidth=1.5,
    )  # fmt: skip
    ax.set(xlim=(0.5, columns + 0.5), ylim=(rows + 0.5, 0.5))
    ax.grid(visible=False)
    return mesh


def draw_diagonal(ax: Axes, size: int) -> None:
    """Draw the diagonal of a square table, and count its rows and columns in whole numbers."""
    ax.plot([0.5, size + 0.5], [0.5, size + 0.5], color=COLORS["neutral"], linewidth=1, ls=":")
    ax.set_aspect("equal")
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_locator(MaxNLocator(integer=True))


def probability_table(
    columns: Sequence[str], rows: Sequence[str], p: Float[np.ndarray, "C R"]
) -> Figure:
    """Draw the probability of every row at every column; the likeliest of a column is written out.

    Args:
        columns: their names.
        rows: their names.
        p: probabilities; each row of the array is one column of the figure.
    """
    figure, ax = subplots(figsize=(5.8, 0.36 * len(rows) + 0.7))
    mesh = draw_table(ax, p.T, shades("output", 0.0), Normalize(0, 1))
    mesh.set(edgecolor=tint("neutral", 0.2), linewidth=0.8)
    for t, k in enumerate(p.argmax(axis=1)):
        colour = COLORS["surface"] if p[t, k] > 0.6 else "black"
        ax.text(t + 1, k + 1, f"{p[t, k]:.2f}", ha="center", va="center", fontsize=11, color=colour)
    ax.set_xticks(np.arange(len(columns)) + 1, columns)
    ax.set_yticks(np.arange(len(rows)) + 1, rows)
    ax.xaxis.tick_top()
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    return figure
