"""The figure of the page that takes the gradient apart, path by path."""

import numpy as np
from jaxtyping import Float
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from course_lib.plots.primitives.style import shades, subplots
from course_lib.plots.primitives.tables import draw_diagonal, draw_table


def path_table(sizes: Float[np.ndarray, "T T"]) -> Figure:
    """How much each path contributes: row s where the weight is used, column t where the error is.

    Args:
        sizes: ``sizes[s - 1, t - 1]``, 0 where there is no path. Zeros stay white.
    """
    figure, ax = subplots(figsize=(5.2, 4.2))
    mesh = draw_table(ax, sizes, shades("gradient", 0.12), Normalize(0.0, float(sizes.max())))
    draw_diagonal(ax, len(sizes))
    ax.set(xlabel="step $t$ of the error", ylabel="step $s$ at which the weight is used")
    figure.colorbar(mesh, ax=ax, shrink=0.8, label="size of the contribution")
    return figure
