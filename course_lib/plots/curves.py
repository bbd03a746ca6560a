"""Curves and scatter plots: several named curves, states of a network, activation functions."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from jaxtyping import Float, Integer
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from course_lib.plots.style import COLORS, subplots, use_style

SIZE = (5.6, 3.4)
MARKERS = ("o", "s", "^", "D", "v", "x")


def line_plot(
    curves: Mapping[str, Float[np.ndarray, " T"]],
    x: Sequence[float] | Float[np.ndarray, " T"] | None = None,
    *,
    xlabel: str,
    ylabel: str,
    log_x: bool = False,
    log_y: bool = False,
    markers: bool = False,
    mark: tuple[float, str] | None = None,
) -> Figure:
    """Named curves over a common axis, told apart by colour and by line style or marker.

    Args:
        curves: name and values of each; all as long as ``x``.
        x: where the values belong; 1, 2, ... if not given.
        xlabel: what ``x`` is.
        ylabel: what the values are.
        log_x: logarithmic scale for ``x``.
        log_y: logarithmic scale for the values; values of 0 are left out.
        markers: mark every value, for few values.
        mark: a value of ``x`` to draw a vertical line at, and what to write above it.
    """
    use_style()
    figure, ax = subplots(figsize=SIZE)
    for (name, y), marker in zip(curves.items(), MARKERS, strict=False):
        positions = np.arange(1, len(y) + 1) if x is None else np.asarray(x)
        shown = np.where(np.asarray(y) > 0, y, np.nan) if log_y else y
        ax.plot(positions, shown, label=name, marker=marker if markers else None, markersize=5)
    ax.set(xlabel=xlabel, ylabel=ylabel)
    if log_x:
        ax.set_xscale("log")
    elif x is None:
        ax.xaxis.set_major_locator(MaxNLocator(integer=True, steps=[1, 2, 5, 10]))
    if log_y:
        ax.set_yscale("log")
    if mark is not None:
        at, text = mark
        ax.axvline(at, color=COLORS["neutral"], linewidth=1.2, linestyle=(0, (2, 2)))
        ax.annotate(
            text, (at, 1.0), xycoords=("data", "axes fraction"), xytext=(0, 3),
            textcoords="offset points", ha="center", va="bottom", fontsize=10,
            color=COLORS["neutral"],
        )  # fmt: skip
    if len(curves) > 1:
        columns = 4 if sum(map(len, curves)) < 40 else 2
        figure.legend(*ax.get_legend_handles_labels(), loc="outside lower center", ncols=columns)
    return figure


def state_scatter(
    h: Float[np.ndarray, "n H"], groups: Integer[np.ndarray, " n"], names: Sequence[str]
) -> Figure:
    """Hidden states on the plane in which they vary most, with one marker for each group.

    Args:
        h: the states.
        groups: to which group each belongs, 0 to ``len(names) - 1``.
        names: of the groups.
    """
    use_style()
    centred = h - h.mean(axis=0)
    _, _, directions = np.linalg.svd(centred, full_matrices=False)
    # The sign of a singular vector is arbitrary: the largest entry is made positive.
    directions = directions[:2]
    directions *= np.sign(directions[[0, 1], np.abs(directions).argmax(axis=1)])[:, None]
    plane = centred @ directions.T
    figure, ax = subplots(figsize=SIZE)
    roles = ("input", "gradient", "hidden", "memory")
    for group, (name, role, marker) in enumerate(zip(names, roles, "oxs^", strict=False)):
        ax.plot(
            *plane[groups == group].T, marker, label=name, color=COLORS[role],
            markerfacecolor="none", markersize=6, markeredgewidth=1.4,
        )  # fmt: skip
    ax.set(xlabel="first direction", ylabel="second direction")
    figure.legend(*ax.get_legend_handles_labels(), loc="outside lower center", ncols=len(names))
    return figure


def activation_curves(
    functions: Mapping[
        str, tuple[Callable[[np.ndarray], np.ndarray], Callable[[np.ndarray], np.ndarray]]
    ],
) -> Figure:
    """Activation functions and their slopes side by side; an entry is (function, slope)."""
    use_style()
    z = np.linspace(-4, 4, 401)
    figure, axes = subplots(1, 2, figsize=SIZE)
    for name, (function, slope) in functions.items():
        axes[0].plot(z, function(z), label=name)
        axes[1].plot(z, slope(z))
    axes[0].set(title="value", xlabel="$a$", ylim=(-1.2, 2.2))
    axes[1].set(title="slope", xlabel="$a$", ylim=(-0.1, 1.2))
    figure.legend(
        *axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=len(functions)
    )
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
    use_style()
    T, H = h.shape
    rows = len(inputs) + H + len(outputs)
    figure, ax = subplots(figsize=(5.8, 0.38 * rows + 0.75))
    top = len(inputs)
    shades = ListedColormap([_mix(COLORS["hidden"], s) for s in np.linspace(0.06, 1, 64)])
    ax.pcolormesh(
        np.arange(T + 1) - 0.5, np.arange(top, top + H + 1) - 0.5, h.T,
        cmap=shades, vmin=-1, vmax=1, edgecolors=COLORS["surface"], linewidth=2.5,
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


def _mix(colour: str, strength: float) -> tuple[float, ...]:
    rgb = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return tuple(strength * rgb + (1 - strength))
