"""Figures of the page that derives the gradients."""

from matplotlib.figure import Figure

from course_lib.plots.primitives.drawing import (
    FONT,
    canvas,
    draw_arrow,
    draw_gradient,
    draw_node,
    draw_text,
)


def two_ways_back() -> Figure:
    """How a state acts on the loss, and how the gradient comes back: from above, from the right."""
    gap = 3.7
    figure, ax = canvas(10.2, 5.4, left=-2.9, bottom=-1.3)
    now, then = (
        draw_node(ax, x, 0.0, label, height=1.0, fontsize=FONT - 1)
        for x, label in ((0.0, "$h_t$"), (gap, "$h_{t+1}$"))
    )
    draw_arrow(ax, (-2.1, 0.0), now, role="hidden")
    draw_arrow(ax, now, then, role="hidden")
    draw_arrow(ax, then, (gap + 2.2, 0.0), role="hidden")
    draw_text(ax, gap + 2.75, 0.0, "$\\ldots$", "hidden", fontsize=FONT)
    draw_gradient(ax, then, now, "from the right", fontsize=FONT - 1)
    draw_gradient(ax, (gap + 2.2, 0.0), then)
    for state, index in ((now, "t"), (then, "t+1")):
        answer = draw_node(ax, state.x, 1.75, f"$o_{{{index}}}$", "output", shape="box", width=1.0)
        loss = draw_node(ax, state.x, 3.4, f"$L_{{{index}}}$", "neutral", shape="box", width=1.0)
        draw_arrow(ax, state, answer, role="output")
        draw_arrow(ax, answer, loss, role="output")
        draw_gradient(ax, loss, answer)
        draw_gradient(ax, answer, state)
    draw_text(ax, -0.5, 0.98, "from above", "gradient", fontsize=FONT - 1, ha="right")
    return figure
