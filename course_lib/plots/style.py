"""The look of every figure: a colour for each role, and one set of matplotlib defaults."""

from types import MappingProxyType
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
from cycler import cycler
from matplotlib.figure import Figure

#: The same thing has the same colour in every figure. All have a contrast of at least 4.5:1 on
#: white and stay apart for readers who cannot tell red from green; nothing is told by colour alone.
COLORS = MappingProxyType(
    {
        "input": "#0068A5",
        "hidden": "#007A58",
        "memory": "#6A4FB3",
        "gate": "#946800",
        "output": "#A8327D",
        "gradient": "#C04A00",
        "neutral": "#555555",
        "surface": "#FFFFFF",
    }
)


def use_style() -> None:
    """Set the book's matplotlib defaults for the whole process."""
    mpl.rcParams.update(
        {
            "figure.figsize": (7.0, 3.2),
            "figure.dpi": 110,
            "figure.facecolor": COLORS["surface"],
            "figure.constrained_layout.use": True,
            "savefig.facecolor": COLORS["surface"],
            "font.size": 11,
            "axes.titlesize": 11,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.grid": True,
            "axes.axisbelow": True,
            "grid.color": "#DDDDDD",
            "grid.linewidth": 0.8,
            "lines.linewidth": 2.0,
            "legend.frameon": False,
            "mathtext.fontset": "cm",
            "axes.prop_cycle": cycler(
                color=[
                    COLORS[r] for r in ("hidden", "input", "output", "gradient", "memory", "gate")
                ],
                linestyle=["-", "--", "-.", ":", "-", "--"],
            ),
        }
    )


def subplots(*args: Any, **kwargs: Any) -> tuple[Figure, Any]:
    """As ``plt.subplots``, for figures that a function returns.

    pyplot forgets the figure at once. Otherwise a notebook would show it twice: as the value of the
    cell, and as an open figure.
    """
    figure, axes = plt.subplots(*args, **kwargs)
    plt.close(figure)
    return figure, axes
