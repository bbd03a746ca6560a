"""Drawing primitives for networks: nodes, arrows, a folded cell, a chain unrolled over time.

``canvas`` fixes how many inches a unit of the coordinates is on paper, so that text keeps its size
in every figure. A figure of up to about 10 units in width stays readable on a phone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Circle, FancyArrowPatch, FancyBboxPatch, Patch
from matplotlib.path import Path

from course_lib.plots.style import COLORS, use_style

UNIT = 0.6
"""Inches on paper for one unit."""

FONT = 15.0
"""Size of the labels, in points."""

RADIUS = 0.42
"""Half the size of a node, in units."""

ASIDE = 0.26
"""How far a gradient's arrow runs beside the forward one, in units."""

Point = tuple[float, float]


@dataclass(frozen=True)
class Node:
    """Something drawn that arrows can start from and end at.

    Args:
        x: its centre.
        y: its centre.
        patch: its outline, at which arrows are cut off.
    """

    x: float
    y: float
    patch: Patch

    @property
    def centre(self) -> Point:
        return (self.x, self.y)


@dataclass(frozen=True)
class Chain:
    """What ``draw_chain`` drew: one entry a time step, ``None`` where nothing was asked for."""

    inputs: list[Node | None]
    hidden: list[Node]
    outputs: list[Node | None]
    start: Node | None


def tint(role: str, strength: float = 0.14) -> tuple[float, float, float]:
    """The colour of ``role`` thinned: ``strength`` 1 is the colour itself, 0 the surface."""
    colour, surface = to_rgb(COLORS[role]), to_rgb(COLORS["surface"])
    red, green, blue = (
        strength * c + (1 - strength) * s for c, s in zip(colour, surface, strict=True)
    )
    return red, green, blue


def canvas(
    width: float, height: float, *, left: float = 0.0, bottom: float = 0.0
) -> tuple[Figure, Axes]:
    """An empty figure, ``width`` by ``height`` units, lower left corner (``left``, ``bottom``)."""
    use_style()
    figure = plt.figure(figsize=(width * UNIT, height * UNIT), layout="none")
    plt.close(figure)  # else a notebook shows it twice: as the cell's value, and as an open figure
    ax = figure.add_axes((0, 0, 1, 1))
    ax.set(xlim=(left, left + width), ylim=(bottom, bottom + height))
    ax.set_axis_off()
    return figure, ax


def draw_node(
    ax: Axes,
    x: float,
    y: float,
    label: str,
    role: str = "hidden",
    *,
    shape: Literal["circle", "box"] = "circle",
    width: float = 2 * RADIUS,
    height: float = 2 * RADIUS,
    dashed: bool = False,
    fontsize: float = FONT,
) -> Node:
    """Draw a node with its label and return it. A circle has the diameter ``height``."""
    style: dict[str, Any] = {
        "facecolor": tint(role),
        "edgecolor": COLORS[role],
        "linewidth": 1.8,
        "linestyle": (0, (4, 2.5)) if dashed else "-",
        "zorder": 3,
    }
    patch: Patch
    if shape == "circle":
        patch = Circle((x, y), height / 2, **style)
    else:
        patch = FancyBboxPatch(
            (x - width / 2, y - height / 2), width, height,
            boxstyle="round,pad=0,rounding_size=0.14", **style,
        )  # fmt: skip
    ax.add_patch(patch)
    ax.text(x, y, label, ha="center", va="center", fontsize=fontsize, color="black", zorder=4)
    return Node(x, y, patch)


def draw_text(
    ax: Axes,
    x: float,
    y: float,
    text: str,
    role: str = "neutral",
    *,
    fontsize: float = FONT - 2,
    ha: Literal["left", "center", "right"] = "center",
) -> None:
    """Write ``text`` centred in height on (``x``, ``y``), in the colour of ``role``."""
    ax.text(x, y, text, ha=ha, va="center", fontsize=fontsize, color=COLORS[role], zorder=4)


def draw_arrow(
    ax: Axes,
    start: Node | Point,
    end: Node | Point,
    label: str = "",
    role: str = "neutral",
    *,
    bend: float = 0.0,
    dashed: bool = False,
    label_offset: Point | None = None,
    fontsize: float = FONT - 2,
) -> None:
    """Draw an arrow between two nodes or points.

    Args:
        ax: where to draw.
        start: where it starts.
        end: where it points to.
        label: written beside its middle.
        role: whose colour it takes.
        bend: curvature; 0 is straight, positive turns to the right of the direction of travel.
        dashed: draw it dashed.
        label_offset: from the arrow's middle to the label's centre; by default above an arrow
            that runs sideways, and to the right of one that runs up or down.
        fontsize: of the label.
    """
    (x0, y0), (x1, y1) = (p.centre if isinstance(p, Node) else p for p in (start, end))
    ax.add_patch(
        FancyArrowPatch(
            (x0, y0), (x1, y1),
            patchA=start.patch if isinstance(start, Node) else None,
            patchB=end.patch if isinstance(end, Node) else None,
            shrinkA=2, shrinkB=2,
            connectionstyle=f"arc3,rad={bend}",
            arrowstyle="-|>,head_length=5,head_width=3",
            color=COLORS[role], linewidth=1.7, zorder=2,
            linestyle=(0, (4, 2.5)) if dashed else "-",
        )
    )  # fmt: skip
    if label:
        sideways = abs(x1 - x0) >= abs(y1 - y0)
        dx, dy = label_offset or ((0.0, 0.3) if sideways else (0.46, 0.0))
        middle_x = (x0 + x1) / 2 + bend * (y1 - y0) / 2
        middle_y = (y0 + y1) / 2 - bend * (x1 - x0) / 2
        draw_text(ax, middle_x + dx, middle_y + dy, label, role, fontsize=fontsize)


def draw_self_loop(
    ax: Axes,
    node: Node,
    label: str = "",
    role: str = "hidden",
    *,
    side: Literal["right", "top", "left", "bottom"] = "right",
) -> None:
    """Draw an arrow from ``node`` back to itself, on one side of it, with its label beyond."""
    turn = {"right": 1, "top": 1j, "left": -1, "bottom": -1j}[side]

    def place(along: float, across: float) -> Point:
        z = complex(node.x, node.y) + RADIUS * turn * complex(along, across)
        return z.real, z.imag

    path = Path(
        [place(0.7, 0.8), place(4.2, 2.6), place(4.2, -2.6), place(0.8, -0.8)],
        [Path.MOVETO, Path.CURVE4, Path.CURVE4, Path.CURVE4],
    )
    ax.add_patch(
        FancyArrowPatch(
            path=path, arrowstyle="-|>,head_length=5,head_width=3",
            facecolor=COLORS[role], edgecolor=COLORS[role], linewidth=1.7, zorder=2,
        )
    )  # fmt: skip
    if label:
        ha: Literal["left", "center", "right"] = "center"
        if side in ("right", "left"):
            ha = "left" if side == "right" else "right"
        draw_text(
            ax, *place(3.55 if ha != "center" else 4.0, 0.0), label, role, fontsize=FONT - 2, ha=ha
        )


def indexed(symbol: str, steps: int, start: int = 1) -> list[str]:
    """Labels with a time index: ``indexed("h", 2)`` is ``["$h_{1}$", "$h_{2}$"]``."""
    return [f"${symbol}_{{{t}}}$" for t in range(start, start + steps)]


def draw_chain(
    ax: Axes,
    hidden: Sequence[str],
    *,
    inputs: Sequence[str] | None = None,
    outputs: Sequence[str] | None = None,
    start: str = "$h_{0}$",
    x0: float = 0.0,
    y0: float = 0.0,
    gap: float = 1.7,
    rise: float = 1.5,
    direction: Literal["right", "left"] = "right",
    weights: tuple[str, str, str] = ("", "", ""),
    goes_on: bool = False,
) -> Chain:
    """Draw a layer unrolled over time: hidden states in a row, inputs below, outputs above.

    Args:
        ax: where to draw.
        hidden: one label a time step, in the order of time.
        inputs: as many labels; an empty one draws no input at that step. None draws no inputs.
        outputs: likewise.
        start: label of the initial state; empty draws none.
        x0: centre of the first time step's column. The initial state is one gap before it, or after
            the last one where the layer runs to the left.
        y0: height of the hidden states.
        gap: from one time step to the next.
        rise: from the inputs to the hidden states, and from there to the outputs.
        direction: "left" for a layer that reads the sequence from its end.
        weights: labels of the arrows from the inputs, between states, and to the outputs.
        goes_on: draw an arrow and dots after the last state.

    Returns:
        The nodes, to draw more arrows between.
    """
    steps = len(hidden)
    forward = 1 if direction == "right" else -1
    columns = [x0 + gap * t for t in range(steps)]
    states = [draw_node(ax, x, y0, label) for x, label in zip(columns, hidden, strict=True)]
    first, last = (states[0], states[-1]) if forward == 1 else (states[-1], states[0])
    initial = draw_node(ax, first.x - forward * gap, y0, start, dashed=True) if start else None
    order = ([initial] if initial else []) + (states if forward == 1 else states[::-1])
    for before, after in pairwise(order):
        draw_arrow(ax, before, after, weights[1], "hidden")
    if goes_on:
        draw_arrow(ax, last, (last.x + forward * 0.95 * gap, y0), weights[1], "hidden")
        draw_text(ax, last.x + forward * 1.15 * gap, y0, "$\\ldots$", "hidden", fontsize=FONT)

    def side(labels: Sequence[str] | None, role: str, y: float) -> list[Node | None]:
        labels = [""] * steps if labels is None else labels
        return [
            draw_node(ax, x, y, label, role, shape="box") if label else None
            for x, label in zip(columns, labels, strict=True)
        ]

    below, above = side(inputs, "input", y0 - rise), side(outputs, "output", y0 + rise)
    for source, state in zip(below, states, strict=True):
        if source:
            draw_arrow(ax, source, state, weights[0], "input")
    for state, target in zip(states, above, strict=True):
        if target:
            draw_arrow(ax, state, target, weights[2], "output")
    return Chain(below, states, above, initial)


def draw_folded(
    ax: Axes,
    x: float,
    y: float,
    *,
    labels: tuple[str, str, str] = ("$x_t$", "$h_t$", "$o_t$"),
    weights: tuple[str, str, str] = ("$W_{xh}$", "$W_{hh}$", "$W_{hy}$"),
    rise: float = 1.5,
) -> tuple[Node, Node, Node]:
    """Draw the folded network; return its input, hidden state (with its loop) and output."""
    source = draw_node(ax, x, y - rise, labels[0], "input", shape="box")
    state = draw_node(ax, x, y, labels[1], "hidden")
    target = draw_node(ax, x, y + rise, labels[2], "output", shape="box")
    draw_arrow(ax, source, state, weights[0], "input")
    draw_arrow(ax, state, target, weights[2], "output")
    draw_self_loop(ax, state, weights[1])
    return source, state, target


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
