"""Figures of the page on remedies: a loss with a cliff, steps on it, what clipping does to a
gradient, and a connection that skips steps.
"""

from collections.abc import Mapping

import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap, PowerNorm
from matplotlib.figure import Figure
from matplotlib.patches import Circle, Rectangle

from course_lib.plots.network import canvas, draw_arrow, draw_chain, indexed, tint
from course_lib.plots.style import COLORS, subplots, use_style

_STYLES = (("gradient", "x", ":"), ("input", "o", "-"), ("memory", "s", "--"))


def loss_surface(
    w: Float[np.ndarray, "m n"],
    b: Float[np.ndarray, "m n"],
    loss: Float[np.ndarray, "m n"],
    *,
    xlabel: str,
    ylabel: str,
    zlabel: str,
) -> Figure:
    """A function of two weights as a surface in space.

    Args:
        w: of each point of a grid, the first weight.
        b: the second. A steep wall looks smooth if a line of the grid runs along it.
        loss: the height.
        xlabel: what ``w`` is.
        ylabel: what ``b`` is.
        zlabel: what the height is.
    """
    use_style()
    figure, ax = subplots(figsize=(5.6, 4.2), subplot_kw={"projection": "3d"}, layout="none")
    ax.plot_surface(
        w, b, loss, cmap=_shades(), rstride=1, cstride=1, linewidth=0.0, antialiased=False
    )
    ax.view_init(elev=32, azim=58)
    ax.set(xlabel=xlabel, ylabel=ylabel, zlabel=zlabel)
    ax.set_position((0.06, 0.02, 0.9, 1.0))
    return figure


def loss_map(
    w: Float[np.ndarray, " n"],
    b: Float[np.ndarray, " m"],
    loss: Float[np.ndarray, "m n"],
    paths: Mapping[str, Float[np.ndarray, "steps 2"]],
    *,
    xlabel: str,
    ylabel: str,
    label: str,
) -> Figure:
    """Such a function seen from above, the darker the larger, with the steps taken on it.

    Args:
        w: where the columns of ``loss`` are.
        b: where its rows are.
        loss: ``loss[i, j]`` belongs to ``b[i], w[j]``.
        paths: by name, the points (w, b) one after the other. What leaves the map ends in an arrow
            at its edge.
        xlabel: what ``w`` is.
        ylabel: what ``b`` is.
        label: what the colour stands for.
    """
    use_style()
    figure, ax = subplots(figsize=(5.6, 4.4))
    mesh = ax.pcolormesh(w, b, loss, cmap=_shades(), norm=PowerNorm(0.35), shading="nearest")
    bar = figure.colorbar(mesh, ax=ax, shrink=0.85, ticks=_ticks(float(loss.max())))
    bar.set_label(label)
    ax.set(xlabel=xlabel, ylabel=ylabel, xlim=(w[0], w[-1]), ylim=(b[0], b[-1]))
    ax.grid(visible=False)
    styles = zip(paths.items(), _STYLES, strict=False)
    for zorder, ((name, points), (role, marker, line)) in enumerate(styles):
        inside = _first_outside(points, (w[0], w[-1]), (b[0], b[-1]))
        ax.plot(
            *points[:inside].T, marker=marker, linestyle=line, color=COLORS[role], label=name,
            markersize=4, linewidth=1.1, markerfacecolor="none", markeredgewidth=1.2,
            zorder=3 - 0.1 * zorder,
        )  # fmt: skip
        if inside < len(points):
            _draw_leaving(ax, points[inside - 1], points[inside], role)
    figure.legend(
        *ax.get_legend_handles_labels(), loc="outside lower center", ncols=max(len(paths), 1)
    )
    return figure


def clipped_vectors(
    vectors: Float[np.ndarray, "n 2"],
    clipped: Mapping[str, Float[np.ndarray, "n 2"]],
    limit: float,
) -> Figure:
    """Gradients with two entries before and after clipping: one panel for each way to clip.

    Args:
        vectors: before, drawn thin and dashed.
        clipped: after, by the name of the panel: the first with the circle of radius ``limit``,
            the second with the square of half-width ``limit``.
        limit: the length or the size of an entry that is allowed.
    """
    use_style()
    figure, axes = subplots(1, 2, figsize=(5.6, 3.2), sharex=True, sharey=True)
    reach = 1.12 * np.abs(vectors).max()
    borders = (
        Circle((0, 0), limit, fill=False),
        Rectangle((-limit, -limit), 2 * limit, 2 * limit, fill=False),
    )
    for ax, border, (name, after) in zip(axes, borders, clipped.items(), strict=True):
        border.set(edgecolor=COLORS["neutral"], linewidth=1.2, linestyle=(0, (2, 2)))
        ax.add_patch(border)
        for long, short in zip(vectors, after, strict=True):
            ax.plot(*np.array([(0, 0), long]).T, color=COLORS["neutral"], linewidth=1.0, ls="--")
            ax.plot(*long, "o", color=COLORS["neutral"], markersize=4, markerfacecolor="none")
            draw_arrow(ax, (0, 0), tuple(short), role="gradient")
        ax.set(title=name, aspect="equal", xlim=(-reach, reach), ylim=(-reach, reach))
        ax.set_xlabel("first entry")
    axes[0].set_ylabel("second entry")
    return figure


def skip_connections(steps: int = 6, d: int = 3) -> Figure:
    """The unrolled network with a second connection over ``d`` steps, drawn as arcs."""
    gap = 1.5
    high = 0.22 * gap * d + 0.3
    figure, ax = canvas(gap * (steps + 1) + 0.4, high + 2.2, left=-gap - 0.6, bottom=-2.1)
    chain = draw_chain(ax, indexed("h", steps), inputs=indexed("x", steps), gap=gap)
    assert chain.start is not None
    states = [chain.start, *chain.hidden]
    for before, after in zip(states, states[d:], strict=False):
        draw_arrow(ax, before, after, role="memory", bend=-0.42, dashed=True)
    return figure


def _shades() -> ListedColormap:
    """From nearly white to the full colour of the output's role."""
    return ListedColormap([tint("output", s) for s in np.linspace(0.04, 0.85, 128)])


def _ticks(most: float) -> list[float]:
    return [tick for tick in (0.0, 0.01, 0.05, 0.2, 0.5, 1.0, 2.0) if tick <= most]


def _first_outside(
    points: Float[np.ndarray, "steps 2"], x: tuple[float, float], y: tuple[float, float]
) -> int:
    low, high = np.array([x[0], y[0]]), np.array([x[1], y[1]])
    outside = np.flatnonzero(((points < low) | (points > high)).any(axis=1))
    return int(outside[0]) if len(outside) else len(points)


def _draw_leaving(
    ax: Axes, last: Float[np.ndarray, "2"], beyond: Float[np.ndarray, "2"], role: str
) -> None:
    """An arrow from the last point on the map towards the first beyond it, up to the edge."""
    low, high = np.transpose([ax.get_xlim(), ax.get_ylim()])
    way = beyond - last
    moves = way != 0
    edge = np.where(way > 0, high, low)
    share = np.min((edge - last)[moves] / way[moves])
    draw_arrow(ax, tuple(last), tuple(last + share * way), role=role)
