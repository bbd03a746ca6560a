"""Figures of the page on cost."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from course_lib.plots.primitives.drawing import canvas, draw_text
from course_lib.plots.primitives.style import COLORS


def kept_states(T: int = 9, every: int = 3) -> Figure:
    """Which states are in memory, moment by moment, if one state in ``every`` is kept.

    A row for each moment: after the way forward, then one for each segment on the way back.
    Squares are checkpoints, discs states that were computed again, dots stand for nothing kept.
    """
    starts = list(range(0, T, every))
    moments: list[tuple[str, list[int], list[int]]] = [("forward", starts, [])]
    for index in range(len(starts) - 1, -1, -1):
        first = starts[index]
        again = list(range(first + 1, min(first + every, T) + 1))
        moments.append((f"back, part {index + 1}", starts[: index + 1], again))
    gap, label, height = 0.66, 3.0, 0.8
    figure, ax = canvas(
        label + gap * (T + 1) + 1.7, height * (len(moments) + 1) + 1.7, left=-label, bottom=-1.5
    )
    top = height * len(moments)
    for t in range(T + 1):
        draw_text(ax, gap * (t + 0.5), top, f"$h_{{{t}}}$", "hidden")
    draw_text(ax, gap * (T + 1) + 0.8, top, "kept")
    for row, (name, checkpoints, again) in enumerate(moments, start=1):
        y = top - height * row
        draw_text(ax, -label + 0.1, y, name, ha="left")
        draw_text(ax, gap * (T + 1) + 0.8, y, str(len(checkpoints) + len(again)))
        for t in range(T + 1):
            kind = "s" if t in checkpoints else "o" if t in again else "."
            _mark(ax, gap * (t + 0.5), y, kind)
    for x, kind, text in ((0.0, "s", "checkpoint"), (4.3, "o", "computed again")):
        _mark(ax, -label + 0.4 + x, -1.0, kind)
        draw_text(ax, -label + 0.8 + x, -1.0, text, ha="left")
    return figure


def _mark(ax: Axes, x: float, y: float, kind: str) -> None:
    role = {"s": "memory", "o": "hidden", ".": "neutral"}[kind]
    ax.plot(x, y, marker=kind, color=COLORS[role], markersize=4 if kind == "." else 10)
