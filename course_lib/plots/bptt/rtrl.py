"""Figures of the page on real-time recurrent learning."""

from matplotlib.figure import Figure

from course_lib.plots.primitives.chain import draw_chain, indexed
from course_lib.plots.primitives.drawing import FONT, canvas, draw_arrow, draw_node, draw_text


def sensitivities(steps: int = 3) -> Figure:
    """Real-time recurrent learning: beside each state its sensitivities, all arrows forward."""
    gap = 2.3
    figure, ax = canvas(gap * (steps + 1) + 0.8, 5.6, left=-gap - 0.7, bottom=-2.6)
    chain = draw_chain(ax, indexed("h", steps), gap=gap)
    before = draw_node(ax, -gap, -1.8, "$S_{0}$", "gradient", shape="box")
    for t, state in enumerate(chain.hidden, start=1):
        loss = draw_node(ax, state.x, 1.6, f"$L_{{{t}}}$", "neutral", shape="box")
        draw_arrow(ax, state, loss, role="output")
        here = draw_node(ax, state.x, -1.8, f"$S_{{{t}}}$", "gradient", shape="box")
        draw_arrow(ax, before, here, role="gradient")
        draw_arrow(ax, state, here, role="hidden")
        draw_arrow(ax, (state.x - gap + 0.3, -0.33), (state.x - 0.33, -1.37), role="hidden")
        before = here
    draw_text(ax, gap * (steps - 1), 2.55, "now", fontsize=FONT - 1)
    return figure
