"""Figures of the pages on why recurrence, on the cell, and on what it can compute."""

from collections.abc import Sequence
from itertools import pairwise

from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch

from course_lib.plots.network import (
    FONT,
    canvas,
    draw_arrow,
    draw_chain,
    draw_node,
    draw_self_loop,
    draw_text,
)
from course_lib.plots.style import COLORS


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


def inside_the_cell() -> Figure:
    """One step of the simple recurrent network, operation by operation, with the shapes."""
    figure, ax = canvas(10.2, 7.9, left=-0.7, bottom=-3.4)
    ax.add_patch(
        FancyBboxPatch(
            (0.95, -2.0), 5.75, 3.75, boxstyle="round,pad=0,rounding_size=0.2",
            facecolor="#F6F6F6", edgecolor=COLORS["neutral"], linestyle=(0, (4, 2.5)), zorder=0,
        )
    )  # fmt: skip
    before = draw_node(ax, 0.0, 0.0, "$h_{t-1}$")
    recur = draw_node(ax, 2.0, 0.0, "$W_{hh}$", "neutral", shape="box", width=1.1)
    plus = draw_node(ax, 3.7, 0.0, "$+$", "neutral", height=0.66)
    tanh = draw_node(ax, 5.7, 0.0, "tanh", "neutral", shape="box", width=1.25, fontsize=FONT - 1)
    after = draw_node(ax, 7.7, 0.0, "$h_t$")
    source = draw_node(ax, 3.7, -2.8, "$x_t$", "input", shape="box")
    enter = draw_node(ax, 3.7, -1.3, "$W_{xh}$", "neutral", shape="box", width=1.1)
    bias = draw_node(ax, 3.7, 1.2, "$b_h$", "neutral", shape="box", height=0.74)
    leave = draw_node(ax, 7.7, 1.25, "$W_{hy}$", "neutral", shape="box", width=1.1)
    add = draw_node(ax, 7.7, 2.5, "$+$", "neutral", height=0.66)
    shift = draw_node(ax, 6.3, 2.5, "$b_y$", "neutral", shape="box", height=0.74)
    target = draw_node(ax, 7.7, 3.75, "$o_t$", "output", shape="box")
    for start, end, role in (
        (before, recur, "hidden"), (recur, plus, "hidden"), (tanh, after, "hidden"),
        (source, enter, "input"), (enter, plus, "input"), (bias, plus, "neutral"),
        (after, leave, "output"), (leave, add, "output"), (add, target, "output"),
        (shift, add, "neutral"),
    ):  # fmt: skip
        draw_arrow(ax, start, end, role=role)
    draw_arrow(ax, plus, tanh, "$a_t$", fontsize=FONT - 1)
    draw_arrow(ax, after, (9.3, 0.0), role="hidden")
    for x, y, shape in (
        (0.0, -0.72, "(N, H)"), (2.0, -0.72, "(H, H)"), (7.7, -0.72, "(N, H)"),
        (4.92, -1.3, "(D, H)"), (4.78, -2.8, "(N, D)"), (4.62, 1.2, "(H,)"),
        (8.9, 1.25, "(H, K)"), (8.76, 3.75, "(N, K)"), (5.4, 2.5, "(K,)"),
    ):  # fmt: skip
        draw_text(ax, x, y, shape, fontsize=FONT - 2)
    return figure


def elman_and_jordan() -> Figure:
    """Where the context comes from: the hidden state (Elman) or the output (Jordan)."""
    figure, ax = canvas(10.4, 5.3, left=-0.6, bottom=-2.3)
    for x, name in ((0.0, "Elman"), (5.3, "Jordan")):
        source = draw_node(ax, x, -1.6, "$x_t$", "input", shape="box")
        state = draw_node(ax, x + 1.0, 0.0, "$h_t$")
        target = draw_node(ax, x + 1.0, 1.6, "$o_t$", "output", shape="box")
        kept, role = ("$h_{t-1}$", "hidden") if name == "Elman" else ("$o_{t-1}$", "output")
        context = draw_node(ax, x + 2.0, -1.6, kept, role, dashed=True, height=1.0)
        draw_arrow(ax, source, state, role="input")
        draw_arrow(ax, context, state, role=role)
        draw_arrow(ax, state, target, role="output")
        draw_arrow(
            ax, state if name == "Elman" else target, context, role=role, bend=-0.55, dashed=True
        )
        copy = (x + 2.0, -0.2) if name == "Elman" else (x + 2.55, 0.6)
        draw_text(ax, *copy, "copy", role, fontsize=FONT - 3, ha="left")
        draw_text(ax, x + 2.7, -1.6, "context", role, fontsize=FONT - 3, ha="left")
        draw_text(ax, x + 1.0, 2.5, name, fontsize=FONT)
    return figure


def counter_diagram(m: int) -> Figure:
    """The machine that counts ones modulo ``m``: a 1 moves it on, a 0 leaves it where it is."""
    gap = 2.1
    figure, ax = canvas(gap * (m - 1) + 3.0, 4.1, left=-1.7, bottom=-1.9)
    states = [draw_node(ax, gap * s, 0.0, str(s)) for s in range(m)]
    for state in states:
        draw_self_loop(ax, state, "0", "neutral", side="top")
    for before, after in pairwise(states):
        draw_arrow(ax, before, after, "1", "input")
    back = -1.2 / (m - 1)  # the arc sags equally far for every m
    draw_arrow(ax, states[-1], states[0], "1", "input", bend=back, label_offset=(0.0, -0.3))
    draw_arrow(ax, (-1.5, 0.0), states[0])
    return figure
