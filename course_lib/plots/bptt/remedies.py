"""Figures of the page on remedies."""

from collections.abc import Mapping, Sequence

import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle, Rectangle

from course_lib.plots.primitives.chain import draw_chain, indexed
from course_lib.plots.primitives.curves import add_legend
from course_lib.plots.primitives.drawing import canvas, draw_arrow
from course_lib.plots.primitives.style import CATEGORIES, COLORS, subplots, tint

_LEVELS = (0.0, 0.005, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0)


def loss_cliff(
    w: Float[np.ndarray, " n"],
    b: Float[np.ndarray, " m"],
    loss: Float[np.ndarray, "m n"],
    cut: float,
) -> Figure:
    """A loss with a wall: from above, the darker the larger, and cut along a line of one weight.

    Args:
        w: where the columns of ``loss`` are.
        b: where its rows are.
        loss: ``loss[i, j]`` belongs to ``b[i], w[j]``.
        cut: the weight w at which the loss is drawn against b, in the right panel.
    """
    figure, (above, side) = subplots(1, 2, figsize=(5.8, 3.3), width_ratios=(1.25, 1))
    draw_loss(figure, above, w, b, loss)
    above.axvline(cut, color=COLORS["neutral"], linewidth=1.4, linestyle=(0, (4, 2.5)))
    side.plot(loss[:, int(np.abs(w - cut).argmin())], b)
    side.set(title=f"cut at $w = {cut:g}$", xlabel="loss", ylim=above.get_ylim())
    side.tick_params(labelleft=False)
    return figure


def descents(
    w: Float[np.ndarray, " n"],
    b: Float[np.ndarray, " m"],
    loss: Float[np.ndarray, "m n"],
    paths: Mapping[str, Float[np.ndarray, "steps 2"]],
) -> Figure:
    """Such a loss from above, with the steps that several methods take on it from one start.

    Args:
        w: where the columns of ``loss`` are.
        b: where its rows are.
        loss: ``loss[i, j]`` belongs to ``b[i], w[j]``.
        paths: by name, the points (w, b) one after the other. The part that all have in common is
            drawn once. What leaves the map ends in an arrow at its edge.
    """
    figure, ax = subplots(figsize=(5.6, 4.4))
    draw_loss(figure, ax, w, b, loss)
    parts = dict(paths)
    fork = _common(list(paths.values())) if len(paths) > 1 else 0
    if fork > 1:
        parts = {"both" if len(paths) == 2 else "all": next(iter(paths.values()))[:fork]}
        parts |= {name: points[fork - 1 :] for name, points in paths.items()}
    for (name, points), marker, shade in zip(parts.items(), "osx^", (0, 3, 0, 3), strict=False):
        inside = _first_outside(points, (w[0], w[-1]), (b[0], b[-1]))
        ax.plot(
            *points[:inside].T, marker=marker, linestyle="-", color=CATEGORIES[shade], label=name,
            markersize=4, linewidth=1.1, markerfacecolor="none", markeredgewidth=1.2,
        )  # fmt: skip
        if inside < len(points):
            _draw_leaving(ax, points[inside - 1], points[inside])
    add_legend(figure, ax)
    return figure


def draw_loss(
    figure: Figure,
    ax: Axes,
    w: Float[np.ndarray, " n"],
    b: Float[np.ndarray, " m"],
    loss: Float[np.ndarray, "m n"],
) -> None:
    """Draw the loss as filled contours, with a colour bar."""
    levels = [level for level in _LEVELS if level < loss.max()]
    levels.append(float(loss.max()))
    colours = [tint("neutral", 0.03 + 0.5 * i / len(levels)) for i in range(len(levels) - 1)]
    filled = ax.contourf(w[::2], b[::2], loss[::2, ::2], levels=levels, colors=colours)
    bar = figure.colorbar(filled, ax=ax, shrink=0.85, ticks=levels[:-1], spacing="uniform")
    bar.ax.set_yticklabels([f"{level:g}" for level in levels[:-1]])
    bar.set_label("loss")
    ax.set(xlabel="$w$", ylabel="$b$")
    ax.grid(visible=False)


def _common(paths: Sequence[Float[np.ndarray, "_ 2"]]) -> int:
    """Count the points with which all paths begin."""
    shortest = min(len(points) for points in paths)
    same = np.all([points[:shortest] == paths[0][:shortest] for points in paths], axis=(0, 2))
    return int(shortest if same.all() else same.argmin())


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


def _first_outside(
    points: Float[np.ndarray, "steps 2"], x: tuple[float, float], y: tuple[float, float]
) -> int:
    low, high = np.array([x[0], y[0]]), np.array([x[1], y[1]])
    outside = np.flatnonzero(((points < low) | (points > high)).any(axis=1))
    return int(outside[0]) if len(outside) else len(points)


def _draw_leaving(ax: Axes, last: Float[np.ndarray, "2"], beyond: Float[np.ndarray, "2"]) -> None:
    """An arrow from the last point on the map towards the first beyond it, up to the edge."""
    low, high = np.transpose([ax.get_xlim(), ax.get_ylim()])
    way = beyond - last
    moves = way != 0
    edge = np.where(way > 0, high, low)
    share = np.min((edge - last)[moves] / way[moves])
    draw_arrow(ax, tuple(last), tuple(last + share * way))
