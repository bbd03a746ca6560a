"""The look of every figure: colours, and one set of matplotlib defaults."""

from types import MappingProxyType
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
from cycler import cycler
from matplotlib.colors import ListedColormap, to_hex, to_rgb
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

#: For what has no role, such as the curves of several networks: told apart by dashes and markers.
CATEGORIES = ("#16212C", "#5F7486", "#8C7760", "#43362B", "#8292A1", "#6F5F7A")
DASHES = ("-", (0, (5, 2)), (0, (6, 2, 1.2, 2)), (0, (1.2, 1.8)), (0, (8, 3)), (0, (3, 1.5)))
MARKERS = ("o", "s", "^", "D", "v", "x")


def tint(role: str, strength: float = 0.14) -> str:
    """Thin the colour of ``role``: ``strength`` 1 is the colour itself, 0 the surface."""
    part = round(strength, 2)
    colour, surface = to_rgb(COLORS[role]), to_rgb(COLORS["surface"])
    red, green, blue = (part * c + (1 - part) * s for c, s in zip(colour, surface, strict=True))
    return to_hex((red, green, blue))


def shades(role: str, lightest: float = 0.04, darkest: float = 1.0) -> ListedColormap:
    """A map from small values to large ones: the colour of ``role``, thinner and fuller.

    It has 48 steps: matplotlib would turn a colour bar of 50 or more into a bitmap.
    """
    step = (darkest - lightest) / 47
    return ListedColormap([tint(role, lightest + i * step) for i in range(48)])


def use_style() -> None:
    """Set the book's matplotlib defaults for the whole process."""
    mpl.rcParams.update(
        {
            "figure.figsize": (7.0, 3.2),
            "figure.dpi": 110,
            "figure.facecolor": COLORS["surface"],
            "figure.constrained_layout.use": True,
            "savefig.facecolor": COLORS["surface"],
            "font.size": 12,
            "axes.titlesize": 12,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.grid": True,
            "axes.axisbelow": True,
            "axes.facecolor": "none",
            "grid.color": tint("neutral", 0.2),
            "grid.linewidth": 0.8,
            "lines.linewidth": 2.0,
            "legend.frameon": False,
            "mathtext.fontset": "cm",
            "svg.fonttype": "none",
            "svg.hashsalt": "unrolled",
            "axes.prop_cycle": cycler(color=CATEGORIES, linestyle=DASHES),
        }
    )


def subplots(*args: Any, **kwargs: Any) -> tuple[Figure, Any]:
    """As ``plt.subplots`` in the book's style, for figures that a function returns.

    pyplot forgets the figure at once. Otherwise a notebook would show it twice: as the value of the
    cell, and as an open figure.
    """
    use_style()
    figure, axes = plt.subplots(*args, **kwargs)
    plt.close(figure)
    return figure, axes
