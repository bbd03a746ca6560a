"""Several named curves over a common axis."""

from collections.abc import Mapping, Sequence
from itertools import cycle
from textwrap import fill

import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, MaxNLocator, NullLocator, StrMethodFormatter

from course_lib.plots.primitives.style import COLORS, MARKERS, subplots

SIZE = (5.6, 3.4)


def line_plot(
    curves: Mapping[str, Float[np.ndarray, " T"] | Sequence[float]],
    x: Sequence[float] | Float[np.ndarray, " T"] | None = None,
    *,
    xlabel: str,
    ylabel: str,
    log_x: bool = False,
    log_y: bool = False,
    markers: bool = False,
    mark: tuple[float, str] | None = None,
    levels: Mapping[str, float] | None = None,
    ylim: tuple[float | None, float | None] | None = None,
) -> Figure:
    """Draw named curves over a common axis, told apart by dashes and, on request, by markers.

    Args:
        curves: name and values of each; all as long as ``x``.
        x: where the values belong; 1, 2, ... if not given.
        xlabel: what ``x`` is.
        ylabel: what the values are.
        log_x: logarithmic scale for ``x``.
        log_y: logarithmic scale for the values; values of 0 are left out.
        markers: mark every value, for few values.
        mark: a value of ``x`` to draw a vertical line at, and what to write above it.
        levels: heights to compare with, by name: dotted lines across the figure.
        ylim: the lowest and the highest value shown; None leaves one to matplotlib.

    Returns:
        The figure, with a legend below if there is more than one curve.
    """
    figure, ax = subplots(figsize=SIZE)
    for (name, y), marker in zip(curves.items(), cycle(MARKERS), strict=False):
        positions = np.arange(1, len(y) + 1) if x is None else np.asarray(x)
        shown = np.where(np.asarray(y) > 0, y, np.nan) if log_y else y
        ax.plot(positions, shown, label=name, marker=marker if markers else None, markersize=5)
    ax.set(xlabel=xlabel, ylabel=ylabel)
    if x is None:
        ax.xaxis.set_major_locator(MaxNLocator(integer=True, steps=[1, 2, 5, 10]))
    if log_x:
        ax.set_xscale("log")
        write_numbers(ax.xaxis)
    for name, height in (levels or {}).items():
        draw_level(ax, name, height)
    if log_y:
        ax.set_yscale("log")
        write_numbers(ax.yaxis)
    if ylim is not None:
        ax.set_ylim(*ylim)
    if mark is not None:
        at, text = mark
        ax.axvline(at, color=COLORS["neutral"], linewidth=1.2, linestyle=(0, (2, 2)))
        ax.annotate(
            text, (at, 1.0), xycoords=("data", "axes fraction"), xytext=(0, 3),
            textcoords="offset points", ha="center", va="bottom", fontsize=11,
            color=COLORS["neutral"],
        )  # fmt: skip
    add_legend(figure, ax)
    return figure


def draw_level(ax: Axes, name: str, height: float) -> None:
    """Draw a dotted line across ``ax`` at ``height``, its name beyond the right end."""
    ax.axhline(height, color=COLORS["neutral"], linestyle=":", linewidth=1.4)
    ax.annotate(
        fill(name, 14), (1.0, height), xycoords=("axes fraction", "data"), xytext=(3, 0),
        textcoords="offset points", ha="left", va="center", fontsize=11, color=COLORS["neutral"],
    )  # fmt: skip


def write_numbers(axis: Axis) -> None:
    """Label a logarithmic axis 1, 2, 5, 10 instead of by powers if it is short and near 1."""
    low, high = sorted(axis.get_view_interval())
    if low > 0.05 and high < 2000 and high / low < 1000:
        axis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axis.set_major_formatter(StrMethodFormatter("{x:g}"))
        axis.set_minor_locator(NullLocator())


def add_legend(figure: Figure, ax: Axes) -> None:
    """Name the curves of ``ax`` below the figure if there are several."""
    handles, names = ax.get_legend_handles_labels()
    if len(names) > 1:
        columns = len(names) if sum(map(len, names)) < 40 else 2
        figure.legend(
            handles, names, loc="outside lower center", ncols=min(columns, 4), handlelength=2.6
        )
