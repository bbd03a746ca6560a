"""Figures of the pages on vanishing and exploding gradients."""

from collections.abc import Mapping, Sequence

import numpy as np
from jaxtyping import Float
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator

from course_lib.plots.primitives.curves import SIZE, add_legend, draw_level
from course_lib.plots.primitives.style import CATEGORIES, MARKERS, subplots, tint


def share_right(
    distances: Sequence[int], right: Float[np.ndarray, "seeds distances"], chance: float = 0.5
) -> Figure:
    """How often trained networks are right, by distance: one mark a network, a line for the mean.

    Args:
        distances: how many words lie between, in rising order.
        right: the share of right answers of each network; a row for each seed.
        chance: what guessing reaches, drawn as a dotted line.
    """
    figure, ax = subplots(figsize=SIZE)
    spread = 0.025 * (max(distances) - min(distances))
    shifts = np.linspace(-spread, spread, len(right)) if len(right) > 1 else [0.0]
    for row, shift in zip(right, shifts, strict=True):
        ax.plot(
            np.asarray(distances) + shift, row, "o", markersize=7, markerfacecolor="none",
            markeredgewidth=1.6, color=CATEGORIES[0],
        )  # fmt: skip
    ax.plot(distances, np.mean(right, axis=0), "-", color=CATEGORIES[0], linewidth=1.4)
    draw_level(ax, "guessing", chance)
    ax.set(
        xlabel="words between subject and verb", ylabel="share of right verbs", ylim=(0.35, 1.05)
    )
    ax.set_xticks(distances)
    return figure


def word_gradients(
    words: Sequence[str], sizes: Mapping[str, Float[np.ndarray, " T"]], mark: int
) -> Figure:
    """How large the gradient of the state is at each word of a sentence, read from top to bottom.

    Args:
        words: the sentence.
        sizes: by the network's name, the size at each word, all greater than 0.
        mark: the index of the word that decides, drawn in another colour.
    """
    T = len(words)
    figure, ax = subplots(figsize=(SIZE[0], 0.29 * T + 1.2))
    rows = np.arange(T)
    for (name, values), marker in zip(sizes.items(), MARKERS, strict=False):
        ax.plot(values, rows, label=name, marker=marker, markersize=5, linewidth=1.4)
    ax.axhspan(mark - 0.45, mark + 0.45, color=tint("neutral", 0.16), linewidth=0)
    ax.set_xscale("log")
    ax.xaxis.set_major_locator(LogLocator(numticks=7))
    ax.minorticks_off()
    ax.set_yticks(rows, words)
    ax.get_yticklabels()[mark].set_weight("bold")
    ax.set(ylim=(T - 0.4, -0.6), xlabel="size of the gradient of the state")
    ax.grid(visible=False, axis="y")
    add_legend(figure, ax)
    return figure
