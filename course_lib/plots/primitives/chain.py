"""A layer unrolled over time, and the folded network."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from matplotlib.axes import Axes

from course_lib.plots.primitives.drawing import (
    FONT,
    Node,
    draw_arrow,
    draw_node,
    draw_self_loop,
    draw_text,
)


@dataclass(frozen=True)
class Chain:
    """What ``draw_chain`` drew: one entry a time step, ``None`` where nothing was asked for."""

    inputs: list[Node | None]
    hidden: list[Node]
    outputs: list[Node | None]
    start: Node | None


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
