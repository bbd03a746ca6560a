"""Figures for language models: the unrolled model, temperature, sampling, and what was learnt."""

from collections.abc import Mapping, Sequence

import numpy as np
from jaxtyping import Float
from matplotlib.figure import Figure

from course_lib.plots.network import (
    FONT,
    canvas,
    draw_arrow,
    draw_chain,
    draw_text,
    tint,
)
from course_lib.plots.style import COLORS, subplots, use_style


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


def learning_curves(
    updates: Sequence[int],
    curves: Mapping[str, Sequence[float]],
    levels: Mapping[str, float],
    ylabel: str = "perplexity",
) -> Figure:
    """Curves over the updates on a logarithmic scale, and named levels to compare them with.

    Args:
        updates: where the curves were measured.
        curves: the values, by name.
        levels: the heights of the horizontal lines, by name.
        ylabel: what the vertical axis measures.
    """
    use_style()
    figure, ax = subplots(figsize=(6.2, 4.0))
    for (name, values), role, style in zip(
        curves.items(), ("hidden", "output"), ("-", "--"), strict=False
    ):
        ax.plot(updates, values, color=COLORS[role], linestyle=style, label=name)
    for name, level in levels.items():
        ax.axhline(level, color=COLORS["neutral"], linestyle=":", linewidth=1.4)
        ax.text(
            updates[-1],
            level,
            name,
            ha="right",
            va="bottom",
            fontsize=10.5,
            color=COLORS["neutral"],
        )
    ax.set_yscale("log")
    lowest = min(min(v) for v in curves.values())
    ticks = [v for v in (1, 2, 3, 5, 10, 20, 30, 50, 100, 200, 300) if lowest / 1.5 <= v]
    ax.set_yticks(ticks, [str(v) for v in ticks])
    ax.minorticks_off()
    ax.set_ylim(lowest / 1.15, max(levels.values()) * 1.3)
    ax.set(xlabel="updates", ylabel=ylabel)
    figure.legend(loc="outside upper center", ncols=len(curves))
    return figure


def temperature_bars(
    words: Sequence[str], distributions: Mapping[float, Float[np.ndarray, " V"]]
) -> Figure:
    """One distribution at several temperatures: a panel each, the words in the same order.

    Args:
        words: the names of the bars.
        distributions: the probabilities of these words, by temperature.
    """
    use_style()
    figure, axes = subplots(1, len(distributions), figsize=(7.0, 3.6), sharey=True, sharex=True)
    for ax, (temperature, p) in zip(np.atleast_1d(axes), distributions.items(), strict=True):
        places = np.arange(len(words))
        ax.barh(places, p, color=tint("output", 0.55), edgecolor=COLORS["output"])
        for place, value in zip(places, p, strict=True):
            ax.text(value + 0.02, place, f"{value:.2f}", va="center", fontsize=9.5)
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
    use_style()
    figure, ax = subplots(figsize=(6.4, 4.0))
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
        ax.text(
            -1.05, u, f"u = {u:g}", ha="right", va="center", fontsize=10.5, color=COLORS["input"]
        )
    ax.set(xlim=(-2.6, len(words) + 1.2), ylim=(0, 1.02), ylabel="cumulative probability")
    ax.set_xticks([])
    ax.grid(False)
    return figure


def grouped_bars(
    groups: Sequence[str],
    series: Mapping[str, Sequence[float]],
    ylabel: str,
    *,
    digits: int = 2,
    level: tuple[str, float] | None = None,
) -> Figure:
    """Bars in groups, one colour and one hatch a series, each bar with its value.

    Args:
        groups: the names of the groups.
        series: one value a group, by the name of the series.
        ylabel: what is measured.
        digits: decimals of the written values.
        level: name and height of a line to compare with.
    """
    use_style()
    figure, ax = subplots(figsize=(6.6, 3.5))
    width = 0.8 / len(series)
    for i, (name, values) in enumerate(series.items()):
        role = ("hidden", "output", "input", "gradient")[i]
        places = np.arange(len(groups)) + (i - (len(series) - 1) / 2) * width
        ax.bar(
            places, values, 0.94 * width, label=name, color=tint(role, 0.4), edgecolor=COLORS[role],
            hatch=("", "//", "..", "xx")[i],
        )  # fmt: skip
        for place, value in zip(places, values, strict=True):
            ax.text(place, value, f"{value:.{digits}f}", ha="center", va="bottom", fontsize=10)
    right = len(groups) - 0.5
    if level is not None:
        text, height = level
        ax.axhline(height, color=COLORS["neutral"], linestyle=":", linewidth=1.4)
        ax.text(right, height, text, va="center", fontsize=10, color=COLORS["neutral"])
    ax.set_xlim(-0.5, right)
    ax.set_xticks(np.arange(len(groups)), groups)
    ax.set_ylabel(ylabel)
    ax.margins(y=0.14)
    ax.grid(False, axis="x")
    if len(series) > 1:
        figure.legend(loc="outside upper center", ncols=len(series))
    return figure


def surprise_per_word(
    sentences: Mapping[str, tuple[Sequence[str], Float[np.ndarray, " _"]]],
) -> Figure:
    """How surprised the model is by each word, in bits: one row of bars a sentence.

    Args:
        sentences: for each title the words and, for each word, its surprise.
    """
    use_style()
    figure, axes = subplots(
        len(sentences), 1, figsize=(6.8, 1.75 * len(sentences) + 0.3), sharey=True, squeeze=False
    )
    longest = max(len(words) for words, _ in sentences.values())
    for ax, (title, (words, bits)) in zip(axes[:, 0], sentences.items(), strict=True):
        ax.bar(
            np.arange(len(words)), bits, color=tint("gradient", 0.4), edgecolor=COLORS["gradient"]
        )
        for t, value in enumerate(bits):
            ax.text(t, value, f"{value:.1f}", ha="center", va="bottom", fontsize=10)
        ax.set_title(title, loc="left")
        ax.set_xticks(np.arange(len(words)), words)
        ax.set(xlim=(-0.6, longest - 0.4), ylabel="bits")
        ax.grid(False, axis="x")
        ax.margins(y=0.2)
    return figure


def agreement_curves(steps: Sequence[int], curves: Mapping[str, Sequence[float]]) -> Figure:
    """Share of right answers during training: one curve, with its own marker, for each kind."""
    use_style()
    figure, ax = subplots(figsize=(6.4, 3.6))
    ax.axhline(0.5, color=COLORS["neutral"], linestyle=":", linewidth=1.4)
    ax.text(
        steps[-1], 0.51, "guessing", ha="right", va="bottom", fontsize=10.5, color=COLORS["neutral"]
    )
    looks = (("hidden", "o-"), ("input", "s--"), ("gradient", "^-"))
    for (name, values), (role, line) in zip(curves.items(), looks, strict=False):
        ax.plot(steps, values, line, color=COLORS[role], markersize=5, label=name)
    ax.set(xlabel="updates", ylabel="share of right verbs", ylim=(-0.05, 1.08), yticks=[0, 0.5, 1])
    figure.legend(loc="outside upper center", ncols=3, fontsize=10)
    return figure


def unknown_curves(sizes: Sequence[int], shares: Mapping[str, Sequence[float]]) -> Figure:
    """Share of unknown symbols against the number of training sentences, on a logarithmic axis."""
    use_style()
    figure, ax = subplots(figsize=(6.4, 3.3))
    for (name, values), (role, line) in zip(
        shares.items(), (("hidden", "o-"), ("output", "s--")), strict=False
    ):
        ax.plot(sizes, values, line, color=COLORS[role], label=name)
    ax.set_xscale("log")
    ax.set_xticks(sizes, [str(size) for size in sizes])
    ax.minorticks_off()
    ax.set(xlabel="training sentences", ylabel="share unknown", ylim=(-0.03, None))
    ax.legend(loc="upper right")
    return figure
