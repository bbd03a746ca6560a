"""Figures of the pages on language models: the unrolled model, temperature, sampling, surprise."""

from collections.abc import Mapping, Sequence

import numpy as np
from jaxtyping import Float
from matplotlib.figure import Figure

from course_lib.plots.primitives.chain import draw_chain
from course_lib.plots.primitives.drawing import FONT, canvas, draw_arrow, draw_text
from course_lib.plots.primitives.style import COLORS, subplots, tint


def unrolled_model(words: Sequence[str]) -> Figure:
    """The model reading ``words``: below each state what it has read, above what it predicts.

    Args:
        words: a sentence, its end marker included.
    """
    steps, gap = len(words), 1.95
    figure, ax = canvas(gap * steps + 1.35, 5.9, left=-gap - 0.6, bottom=-2.85)
    chain = draw_chain(
        ax,
        [f"$h_{t + 1}$" for t in range(steps)],
        inputs=[f"$x_{t + 1}$" for t in range(steps)],
        outputs=[f"$p_{t + 1}$" for t in range(steps)],
        gap=gap,
    )
    for t, state in enumerate(chain.hidden):
        draw_text(ax, state.x, 2.45, words[t], "output", fontsize=FONT - 3)
        read = words[t - 1] if t else "(nothing)"
        draw_text(ax, state.x, -2.5, read, "input" if t else "neutral", fontsize=FONT - 3)
        if t + 1 < steps:
            draw_arrow(
                ax, (state.x + 0.48, 2.3), (state.x + gap - 0.5, -2.35), role="neutral", dashed=True
            )
    return figure


def temperature_bars(
    words: Sequence[str], distributions: Mapping[float, Float[np.ndarray, " V"]]
) -> Figure:
    """One distribution at several temperatures: a panel each, the words in the same order.

    Args:
        words: the names of the bars.
        distributions: the probabilities of these words, by temperature.
    """
    figure, axes = subplots(1, len(distributions), figsize=(6.0, 3.4), sharey=True, sharex=True)
    for ax, (temperature, p) in zip(np.atleast_1d(axes), distributions.items(), strict=True):
        places = np.arange(len(words))
        ax.barh(places, p, color=tint("output", 0.55), edgecolor=COLORS["output"])
        for place, value in zip(places, p, strict=True):
            ax.text(value + 0.02, place, f"{value:.2f}", va="center", fontsize=11)
        ax.set_title(rf"$\tau$ = {temperature:g}")
        ax.set(xlim=(0, 1.25), xticks=[0, 0.5, 1], xlabel="probability")
        ax.set_yticks(places, words)
        ax.grid(False, axis="y")
    np.atleast_1d(axes)[0].invert_yaxis()
    return figure


def inverse_cdf(
    words: Sequence[str], p: Float[np.ndarray, " V"], uniforms: Sequence[float]
) -> Figure:
    """The cumulative probabilities as a staircase, and where a few uniform numbers land on it.

    Args:
        words: the name of each step.
        p: its probability.
        uniforms: numbers in [0, 1), drawn as arrows that come in from the left.
    """
    figure, ax = subplots(figsize=(6.0, 4.0))
    top = np.cumsum(p)
    for k, word in enumerate(words):
        bottom = top[k] - p[k]
        ax.bar(
            k, p[k], bottom=bottom, width=1.0, color=tint("output", 0.3), edgecolor=COLORS["output"]
        )
        ax.text(k + 0.62, bottom + p[k] / 2, word, va="center", fontsize=11)
    for u in uniforms:
        k = int(np.searchsorted(top, u, side="right"))
        ax.annotate(
            "", (k - 0.5, u), (-1.0, u),
            arrowprops={"arrowstyle": "-|>", "color": COLORS["input"], "linewidth": 1.6},
        )  # fmt: skip
        ax.text(-1.05, u, f"u = {u:g}", ha="right", va="center", fontsize=11, color=COLORS["input"])
    ax.set(xlim=(-2.6, len(words) + 1.2), ylim=(0, 1.02), ylabel="cumulative probability")
    ax.set_xticks([])
    ax.grid(False)
    return figure


def surprise_per_word(
    sentences: Mapping[str, tuple[Sequence[str], Float[np.ndarray, " _"]]],
) -> Figure:
    """How surprised the model is by each word, in bits: one row of bars a sentence.

    Args:
        sentences: for each title the words and, for each word, its surprise.
    """
    figure, axes = subplots(
        len(sentences), 1, figsize=(6.0, 1.75 * len(sentences) + 0.3), sharey=True, squeeze=False
    )
    longest = max(len(words) for words, _ in sentences.values())
    for ax, (title, (words, bits)) in zip(axes[:, 0], sentences.items(), strict=True):
        ax.bar(np.arange(len(words)), bits, color=tint("neutral", 0.3), edgecolor=COLORS["neutral"])
        for t, value in enumerate(bits):
            ax.text(t, value, f"{value:.1f}", ha="center", va="bottom", fontsize=11)
        ax.set_title(title, loc="left")
        ax.set_xticks(np.arange(len(words)), words)
        ax.set(xlim=(-0.6, longest - 0.4), ylabel="bits")
        ax.grid(False, axis="x")
        ax.margins(y=0.2)
    return figure
