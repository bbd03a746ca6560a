"""Figures of the page on input and output modes: which steps have an input, and which are read."""

from collections.abc import Mapping, Sequence

import numpy as np
from jaxtyping import Bool, Float
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from course_lib.plots.primitives.chain import Chain, draw_chain, indexed
from course_lib.plots.primitives.curves import add_legend
from course_lib.plots.primitives.drawing import FONT, Node, canvas, draw_arrow, draw_node, draw_text
from course_lib.plots.primitives.style import COLORS, MARKERS, shades, subplots

GAP = 1.75


def overview() -> Figure:
    """The five modes side by side, without labels on the nodes: inputs below, outputs above."""
    figure, ax = canvas(10.2, 9.2, left=-0.9, bottom=-6.5)
    panels = [
        ("one to one", 0.5, 0.0, "x", "o"),
        ("one to many", 3.1, 0.0, "x..", "ooo"),
        ("many to one", 6.6, 0.0, "xxx", "..o"),
        ("many to many,\nin step", 0.4, -4.8, "xxx", "ooo"),
        ("many to many,\nfirst read, then write", 4.3, -4.8, "xxx..", "...oo"),
    ]
    for title, x0, y0, reads, writes in panels:
        gap = 1.1
        blank = [" "] * len(reads)
        draw_chain(
            ax, blank, start="", x0=x0, y0=y0, gap=gap, rise=1.25,
            inputs=[" " if c == "x" else "" for c in reads],
            outputs=[" " if c == "o" else "" for c in writes],
        )  # fmt: skip
        draw_text(ax, x0 + gap * (len(reads) - 1) / 2, y0 + 2.15, title, fontsize=FONT - 3)
    return figure


def one_to_one() -> Figure:
    """One input, one state, one output."""
    figure, ax = canvas(4.4, 4.1, left=-GAP - 0.75, bottom=-2.05)
    draw_chain(
        ax, indexed("h", 1), inputs=indexed("x", 1), outputs=indexed("o", 1), gap=GAP,
        weights=("$W_{xh}$", "$W_{hh}$", "$W_{hy}$"),
    )  # fmt: skip
    return figure


def one_to_many(steps: int = 4) -> Figure:
    """One input, an output at every step; each output is fed back as the next step's input."""
    figure, ax = canvas(GAP * steps + 1.35, 4.1, left=-GAP - 0.6, bottom=-2.05)
    chain = draw_chain(
        ax, indexed("h", steps), inputs=indexed("x", steps), outputs=indexed("o", steps), gap=GAP,
    )  # fmt: skip
    feed_back(ax, chain, first=0)
    return figure


def many_to_one(steps: int = 3) -> Figure:
    """Left, the last state alone is read; right, the mean of all the states."""
    gap = 1.3
    panel = gap * steps + 1.3
    figure, ax = canvas(2 * panel - 0.2, 6.0, left=-gap - 0.5, bottom=-2.0)
    for x0, how in ((0.0, "the last state"), (panel, "the mean of the states")):
        chain = draw_chain(ax, indexed("h", steps), inputs=indexed("x", steps), x0=x0, gap=gap)
        if how == "the last state":
            read = chain.hidden[-1]
        else:
            read = draw_node(ax, x0 + gap * (steps - 1) / 2, 1.6, r"$\bar{h}$", dashed=True)
            for state in chain.hidden:
                draw_arrow(ax, state, read, role="hidden")
        output = draw_node(ax, read.x, read.y + 1.5, "$o$", "output", shape="box")
        draw_arrow(ax, read, output, role="output")
        draw_text(ax, x0 + gap * (steps - 2) / 2, 3.75, how, fontsize=FONT - 3)
    return figure


def in_step(words: Sequence[str], tags: Sequence[str]) -> Figure:
    """An output for every input: below the words, above them their tags."""
    steps = len(words)
    figure, ax = canvas(GAP * steps + 1.35, 5.6, left=-GAP - 0.6, bottom=-2.8)
    chain = draw_chain(
        ax, indexed("h", steps), inputs=indexed("x", steps), outputs=indexed("o", steps), gap=GAP
    )
    for state, word, tag in zip(chain.hidden, words, tags, strict=True):
        draw_text(ax, state.x, -2.4, word, "input", fontsize=FONT - 3)
        draw_text(ax, state.x, 2.4, tag, "output", fontsize=FONT - 3)
    return figure


def encoder_decoder(read: int = 3, written: int = 3) -> Figure:
    """An encoder reads; a decoder starts from its last state and feeds on its own words."""
    gap = 1.55
    steps = read + written
    figure, ax = canvas(gap * steps + 1.15, 5.5, left=-gap - 0.5, bottom=-2.0)
    chain = draw_chain(
        ax,
        indexed("h", read) + indexed("s", written),
        inputs=indexed("x", read) + [f"$y_{{{t}}}$" for t in range(written)],
        outputs=[""] * read + indexed("o", written),
        gap=gap,
    )
    feed_back(ax, chain, first=read)
    border = gap * (read - 0.5)
    ax.plot([border, border], [-1.95, 2.6], color=COLORS["neutral"], linestyle=":", linewidth=1.4)
    draw_text(ax, gap * (read - 2) / 2, 2.95, "encoder", fontsize=FONT - 3)
    draw_text(ax, gap * (read + (written - 1) / 2), 2.95, "decoder", fontsize=FONT - 3)
    return figure


def feed_back(ax: Axes, chain: Chain, first: int) -> None:
    """Draw a dashed arrow from every output from step ``first`` on to the next step's input."""
    for source, target in zip(chain.outputs[first:-1], chain.inputs[first + 1 :], strict=True):
        assert isinstance(source, Node)
        assert isinstance(target, Node)
        draw_arrow(ax, source, target, role="output", dashed=True, bend=-0.06)


def pictures(images: Float[np.ndarray, "N rows columns"]) -> Figure:
    """Small pictures side by side: the darker, the more ink."""
    count, rows, columns = images.shape
    figure, axes = subplots(1, count, figsize=(2.4 * count, 2.4 * rows / columns), squeeze=False)
    for ax, image in zip(axes[0], images, strict=True):
        ax.pcolormesh(image, cmap=shades("input", 0.03), vmin=0, vmax=1)
        ax.set(aspect="equal", ylim=(rows, 0), xticks=[], yticks=[])
        ax.grid(False)
    return figure


def padded_words(rows: Sequence[Sequence[str]], mask: Bool[np.ndarray, "T N"]) -> Figure:
    """A batch of sentences as a grid, one row a sentence; padding is drawn dashed and grey."""
    longest, count = mask.shape
    column, row = 1.38, 1.0
    figure, ax = canvas(
        column * longest + 0.3,
        row * count + 0.75,
        left=-column / 2 - 0.15,
        bottom=-row * count + 0.35,
    )
    for t in range(longest):
        draw_text(ax, column * t, 0.75, f"$t={t + 1}$", fontsize=FONT - 4)
        for n in range(count):
            real = bool(mask[t, n])
            draw_node(
                ax, column * t, -row * n, rows[n][t] if real else "pad",
                "input" if real else "neutral",
                shape="box", width=column - 0.16, height=0.78, dashed=not real, fontsize=FONT - 4,
            )  # fmt: skip
    return figure


def reading_curves(
    sentences: Sequence[Sequence[str]], readings: Mapping[str, Sequence[Float[np.ndarray, " _"]]]
) -> Figure:
    """P(positive) after each word: a panel for each sentence, a curve for each way of reading.

    Args:
        sentences: the words of each.
        readings: by name, for each sentence the probability after each word.
    """
    figure, axes = subplots(len(sentences), 1, squeeze=False, figsize=(5.8, 2.1 * len(sentences)))
    for row, (ax, words) in enumerate(zip(axes[:, 0], sentences, strict=True)):
        ax.axhline(0.5, color=COLORS["neutral"], linestyle=":", linewidth=1.4)
        for (name, p), marker in zip(readings.items(), MARKERS, strict=False):
            ax.plot(p[row], marker=marker, markersize=5, label=name)
        ax.set_xticks(range(len(words)), words)
        ax.set(ylim=(-0.08, 1.08), yticks=[0, 0.5, 1], ylabel="P(positive)")
        ax.grid(False, axis="x")
    add_legend(figure, axes[0, 0])
    return figure
