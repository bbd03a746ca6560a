"""Bars in groups."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure

from course_lib.plots.primitives.curves import add_legend, draw_level
from course_lib.plots.primitives.style import COLORS, subplots, tint

HATCHES = ("", "//", "..", "xx")
FILLS = (0.45, 0.1, 0.25, 0.0)


def grouped_bars(
    groups: Sequence[str],
    series: Mapping[str, Sequence[float]],
    ylabel: str,
    *,
    form: str = ".2f",
    level: tuple[str, float] | None = None,
) -> Figure:
    """Draw bars in groups, one hatch a series, each bar with its value.

    Args:
        groups: the names of the groups.
        series: one value a group, by the name of the series.
        ylabel: what is measured.
        form: how values are written, such as ".1f" or ".1%".
        level: name and height of a line to compare with.
    """
    figure, ax = subplots(figsize=(6.2, 3.5))
    width = 0.8 / max(len(series), 1.45)
    for i, (name, values) in enumerate(series.items()):
        places = np.arange(len(groups)) + (i - (len(series) - 1) / 2) * width
        ax.bar(
            places, values, 0.94 * width, label=name, hatch=HATCHES[i],
            facecolor=tint("neutral", FILLS[i]), edgecolor=COLORS["neutral"],
        )  # fmt: skip
        for place, value in zip(places, values, strict=True):
            ax.text(place, value, f"{value:{form}}", ha="center", va="bottom", fontsize=11)
    if level is not None:
        draw_level(ax, *level)
    ax.set_xlim(-0.5, len(groups) - 0.5)
    ax.set_xticks(np.arange(len(groups)), groups)
    ax.set_ylabel(ylabel)
    ax.margins(y=0.14)
    ax.grid(False, axis="x")
    add_legend(figure, ax)
    return figure
