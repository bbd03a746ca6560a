"""Figures of the page on the cell."""

from collections.abc import Callable, Mapping

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch

from course_lib.plots.primitives.chain import draw_chain, draw_folded, indexed
from course_lib.plots.primitives.curves import SIZE, add_legend
from course_lib.plots.primitives.drawing import FONT, canvas, draw_arrow, draw_node, draw_text
from course_lib.plots.primitives.style import COLORS, subplots, tint


def folded_and_unrolled(steps: int = 3) -> Figure:
    """The folded network, and the same network unrolled over ``steps`` time steps beside it."""
    gap = 1.7
    figure, ax = canvas(5.5 + gap * steps, 4.2, left=-0.65, bottom=-2.1)
    draw_folded(ax, 0.0, 0.0)
    draw_text(ax, 2.95, 0.0, "$=$", fontsize=FONT + 8)
    draw_chain(
        ax, indexed("h", steps), inputs=indexed("x", steps), outputs=indexed("o", steps),
        x0=3.85 + gap, gap=gap, weights=("$W_{xh}$", "$W_{hh}$", "$W_{hy}$"),
    )  # fmt: skip
    return figure


def inside_the_cell() -> Figure:
    """One step of the simple recurrent network, operation by operation, with the shapes."""
    figure, ax = canvas(10.2, 7.9, left=-0.7, bottom=-3.4)
    ax.add_patch(
        FancyBboxPatch(
            (0.95, -2.0), 5.75, 3.75, boxstyle="round,pad=0,rounding_size=0.2", zorder=0,
            facecolor=tint("neutral", 0.05), edgecolor=COLORS["neutral"], linestyle=(0, (4, 2.5)),
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


def activation_curves(
    functions: Mapping[
        str, tuple[Callable[[np.ndarray], np.ndarray], Callable[[np.ndarray], np.ndarray]]
    ],
) -> Figure:
    """Activation functions and their slopes side by side; an entry is (function, slope)."""
    z = np.linspace(-4, 4, 401)
    figure, axes = subplots(1, 2, figsize=SIZE)
    for name, (function, slope) in functions.items():
        axes[0].plot(z, function(z), label=name)
        axes[1].plot(z, slope(z))
    axes[0].set(title="value", xlabel="$a$", ylim=(-1.2, 2.2))
    axes[1].set(title="slope", xlabel="$a$", ylim=(-0.1, 1.2))
    add_legend(figure, axes[0])
    return figure
