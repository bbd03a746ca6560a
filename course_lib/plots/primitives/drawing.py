"""Drawing primitives for networks: a canvas, nodes, texts, arrows and gradients.

``canvas`` fixes how many inches a unit of the coordinates is on paper, so that text keeps its size
in every figure. A figure of up to about 10 units in width stays readable on a phone.
"""

from dataclasses import dataclass
from math import hypot
from typing import Any, Literal

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle, FancyArrowPatch, FancyBboxPatch, Patch
from matplotlib.path import Path

from course_lib.plots.primitives.style import COLORS, tint, use_style

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


def draw_gradient(
    ax: Axes,
    start: Node | Point,
    end: Node | Point,
    label: str = "",
    *,
    fontsize: float = FONT - 2,
) -> None:
    """Draw a gradient's arrow beside a forward one: below it, or to the left of one that runs up.

    Args:
        ax: where to draw.
        start: where the forward arrow ends.
        end: where the forward arrow starts.
        label: written below an arrow that runs sideways.
        fontsize: of the label.
    """
    (x0, y0), (x1, y1) = (p.centre if isinstance(p, Node) else p for p in (start, end))
    length = hypot(x1 - x0, y1 - y0)
    along = ((x1 - x0) / length, (y1 - y0) / length)
    side = (0.0, -ASIDE) if abs(x1 - x0) > abs(y1 - y0) else (-ASIDE, 0.0)
    leave = RADIUS if isinstance(start, Node) else 0.0
    arrive = length - (RADIUS if isinstance(end, Node) else 0.0)
    begin = (x0 + leave * along[0] + side[0], y0 + leave * along[1] + side[1])
    stop = (x0 + arrive * along[0] + side[0], y0 + arrive * along[1] + side[1])
    draw_arrow(
        ax, begin, stop, label, "gradient", dashed=True, label_offset=(0.0, -0.38),
        fontsize=fontsize,
    )  # fmt: skip
