"""Figures of the page on why recurrence."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float, Integer
from matplotlib.figure import Figure

from course_lib.plots.primitives.chain import draw_chain
from course_lib.plots.primitives.curves import SIZE, add_legend
from course_lib.plots.primitives.drawing import FONT, canvas, draw_arrow, draw_text
from course_lib.plots.primitives.style import CATEGORIES, COLORS, subplots


def column_addition(
    a: Sequence[int], b: Sequence[int], carry: Sequence[int], total: Sequence[int]
) -> Figure:
    """A sum as it is written by hand, the carry above each column. Least significant digit first.

    Args:
        a: T digits of the first number.
        b: T digits of the second number.
        carry: T + 1 digits, what comes into each column; the last one is what is left over.
        total: T digits of the sum.
    """
    steps = len(a)
    figure, ax = canvas(steps + 3.6, 4.5, left=-2.6, bottom=-0.5)
    rows = (
        ("carry", carry, 3.5, "hidden"),
        ("", a, 2.5, "input"),
        ("", b, 1.6, "input"),
        ("sum", total, 0.2, "output"),
    )
    for name, digits, height, role in rows:
        if name:
            draw_text(ax, -1.0, height, name, role, fontsize=FONT - 1, ha="right")
        for t, digit in enumerate(digits[:steps]):
            size = FONT + (1 if role == "hidden" else 6)
            draw_text(ax, steps - 1 - t, height, str(digit), role, fontsize=size)
    draw_text(ax, -0.8, 1.6, "+", "neutral", fontsize=FONT + 6)
    ax.plot([-1.1, steps - 0.5], [0.9, 0.9], color=COLORS["neutral"], linewidth=1.5)
    for t in range(steps - 1):
        draw_arrow(
            ax, (steps - 1.3 - t, 0.45), (steps - 1.75 - t, 3.25), role="hidden", dashed=True
        )
    return figure


def carried_along(
    a: Sequence[int], b: Sequence[int], carry: Sequence[int], total: Sequence[int]
) -> Figure:
    """The same sum as a chain: the columns go in one after another and the carry is handed on."""
    gap = 2.0
    figure, ax = canvas(gap * len(a) + 1.8, 5.2, left=-gap - 1.0, bottom=-2.4)
    chain = draw_chain(
        ax, [str(c) for c in carry[1:]],
        inputs=[f"{i}, {j}" for i, j in zip(a, b, strict=True)],
        outputs=[str(s) for s in total], start=str(carry[0]), gap=gap,
    )  # fmt: skip
    for node, name in zip(chain.hidden, ("ones", "tens", "hundreds", "thousands"), strict=False):
        draw_text(ax, node.x, -2.15, name, fontsize=FONT - 3)
    left = -gap - 0.9
    draw_text(ax, left, -1.5, "column", "input", fontsize=FONT - 3, ha="left")
    draw_text(ax, left, 0.72, "carry", "hidden", fontsize=FONT - 3, ha="left")
    draw_text(ax, left, 1.5, "digit", "output", fontsize=FONT - 3, ha="left")
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
    centred = h - h.mean(axis=0)
    _, _, directions = np.linalg.svd(centred, full_matrices=False)
    # The sign of a singular vector is arbitrary: the largest entry is made positive.
    directions = directions[:2]
    directions *= np.sign(directions[[0, 1], np.abs(directions).argmax(axis=1)])[:, None]
    plane = centred @ directions.T
    figure, ax = subplots(figsize=SIZE)
    for group, (name, marker) in enumerate(zip(names, "oxs^", strict=False)):
        ax.plot(
            *plane[groups == group].T, marker, label=name, color=CATEGORIES[group],
            markerfacecolor="none", markersize=6, markeredgewidth=1.4,
        )  # fmt: skip
    ax.set(xlabel="first direction", ylabel="second direction")
    add_legend(figure, ax)
    return figure
