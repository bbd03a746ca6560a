"""The report's figures, as SVG that takes its colours from the page it stands in.

Each is drawn twice, for a wide page and for a phone; the page shows the one that fits.
"""

import io
import re
from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any, ParamSpec

import matplotlib as mpl
import numpy as np
from markupsafe import Markup, escape
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, ScalarFormatter

from course_lib.plots.primitives.style import use_style

#: Placeholders that matplotlib draws with; in the page they become the page's own colours.
_COLOURS = {
    "#010101": "var(--text)",
    "#020202": "var(--quiet)",
    "#030303": "var(--line)",
    "#040404": "var(--bar)",
    "#050505": "var(--right)",
    "#060606": "var(--partly)",
    "#070707": "var(--wrong)",
    "#080808": "var(--waiting)",
    "#090909": "var(--ground)",
}
_TEXT, _QUIET, _LINE, _BAR, _RIGHT, _PARTLY, _WRONG, _WAITING, _GROUND = _COLOURS
_PAGE: Any = {
    "svg.fonttype": "none",
    "svg.id": None,
    "font.family": "sans-serif",
    "hatch.linewidth": 0.6,
    "text.color": _TEXT,
    "axes.edgecolor": _LINE,
    "axes.labelcolor": _QUIET,
    "grid.color": _LINE,
    "xtick.color": _QUIET,
    "ytick.color": _QUIET,
    "axes.facecolor": "none",
    "figure.facecolor": "none",
    "savefig.facecolor": "none",
}
_WIDE, _NARROW = 9.0, 4.3

Arguments = ParamSpec("Arguments")


def _in_both_widths(
    draw: Callable[Arguments, tuple[Callable[[float], Figure], str]],
) -> Callable[Arguments, Markup]:
    """Make a page's figure of what gives a drawing for each width in inches, and its words."""

    @wraps(draw)
    def drawn(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Markup:
        with mpl.rc_context():
            use_style()
            mpl.rcParams.update(_PAGE)
            figure, alt = draw(*args, **kwargs)
            pictures = []
            for width in (_WIDE, _NARROW):
                # Names within a picture are made from this; no two pictures may share them.
                mpl.rcParams["svg.hashsalt"] = f"{draw.__name__} {width}"
                pictures.append(_svg(figure(width), alt))
            wide, narrow = pictures
            return Markup(f'<div class="wide">{wide}</div><div class="narrow">{narrow}</div>')

    return drawn


@_in_both_widths
def points_plot(scores: Sequence[float], most: float) -> tuple[Callable[[float], Figure], str]:
    """Draw how many students got how many points: their ``scores``, of at most ``most``."""
    bins = np.linspace(0, most, int(min(max(most, 1), 20)) + 1)
    counts, edges = np.histogram(np.clip(scores, 0, most), bins)
    mean = float(np.mean(scores))

    def figure(width: float) -> Figure:
        made = Figure(figsize=(width, 2.9))
        axes = made.add_subplot()
        axes.bar(edges[:-1], counts, np.diff(edges), align="edge", color=_BAR, edgecolor=_GROUND)
        axes.axvline(mean, color=_TEXT, linewidth=1.2, linestyle="--")
        side = "left" if mean < most / 2 else "right"
        axes.annotate(
            f"mean {mean:.1f}",
            (mean, 1),
            (5 if side == "left" else -5, -1),
            xycoords=("data", "axes fraction"),
            textcoords="offset points",
            ha=side,
            va="top",
        )
        axes.set(xlabel="points", ylabel="students", xlim=(0, most))
        axes.set_ylim(0, max(int(counts.max()) * 1.15, 1))
        axes.grid(visible=False, axis="x")
        axes.xaxis.set_major_locator(MaxNLocator(10, integer=True))
        axes.yaxis.set_major_locator(MaxNLocator(5, integer=True, min_n_ticks=1))
        return made

    spread = ", ".join(
        f"{count} with {low:g} to {high:g}"
        for count, low, high in zip(counts, edges[:-1], edges[1:], strict=True)
        if count
    )
    return figure, f"Distribution of points: {spread}. The mean is {mean:.1f} of {most:g}."


@_in_both_widths
def share_plot(
    rows: Sequence[tuple[str, int, int, int, int]], discriminations: Sequence[float | None]
) -> tuple[Callable[[float], Figure], str]:
    """Draw for each exercise the share of students with all, some, none, and still to be marked.

    On a wide page, beside it: how well it tells strong students from weak ones, where known.
    """
    places = np.arange(len(rows))
    counts = np.array([row[1:] for row in rows], dtype=float).reshape(-1, 4)
    shares = 100 * counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    kinds = [(_RIGHT, "", "all points"), (_PARTLY, "//", "some"), (_WRONG, "xx", "none")]
    if counts[:, 3].any():
        kinds.append((_WAITING, "..", "to mark"))
    known = [(i, r) for i, r in enumerate(discriminations) if r is not None]

    def figure(width: float) -> Figure:
        narrow = width == _NARROW
        made = Figure(figsize=(width, 0.9 + (0.52 if narrow else 0.31) * len(rows)))
        ratios = (3, 1) if known and not narrow else (1,)
        panels = made.subplots(1, len(ratios), squeeze=False, width_ratios=ratios)[0]
        axes = panels[0]
        left = np.zeros(len(rows))
        for column, (colour, hatch, label) in enumerate(kinds):
            axes.barh(
                places,
                shares[:, column],
                0.42 if narrow else 0.68,
                left,
                color=colour,
                edgecolor=_GROUND,
                hatch=hatch,
                label=label,
            )
            left += shares[:, column]
        titles = [title if len(title) <= 34 else f"{title[:33]}…" for title, *_ in rows]
        if narrow:
            axes.set_yticks([])
            for place, title in enumerate(titles):
                axes.text(0, place - 0.28, title, va="bottom")
        else:
            axes.set_yticks(places, titles)
        axes.set_ylim(len(rows) - 0.5, -0.8 if narrow else -0.5)
        axes.set(xlim=(0, 100), xlabel="% of students")
        axes.grid(visible=False, axis="y")
        axes.tick_params(axis="y", length=0, labelcolor=_TEXT)
        axes.legend(
            loc="lower left" if narrow else "lower right",
            bbox_to_anchor=(0 if narrow else 1, 1),
            ncols=len(kinds),
            frameon=False,
            borderaxespad=0,
            columnspacing=0.8 if narrow else 2.0,
            handlelength=1.2 if narrow else 2.0,
        )
        if len(panels) == 2:
            _dots(panels[1], known, len(rows))
        return made

    spoken = "; ".join(f"{t}: {a}, {b}, {c}, {d}" for t, a, b, c, d in rows)
    alt = f"How many have all, some and no points, and are still to be marked. {spoken}."
    if known:
        told = "; ".join(f"{rows[i][0]}: {r:.2f}" for i, r in known)
        alt += f" Correlation of each exercise with the rest of the points. {told}."
    return figure, alt


def _dots(axes: Any, known: Sequence[tuple[int, float]], rows: int) -> None:
    places, values = zip(*known, strict=True)
    axes.axvline(0, color=_QUIET, linewidth=1)
    axes.hlines(places, 0, values, color=_LINE, linewidth=2)
    axes.plot(values, places, "o", color=_BAR, linestyle="none")
    axes.set_ylim(rows - 0.5, -0.5)
    axes.set_xlim(min(-0.1, *values) - 0.05, 1.05)
    axes.set_yticks([])
    axes.grid(visible=False, axis="y")
    axes.set_xlabel("correlation\nwith the rest")


@_in_both_widths
def time_plot(seconds: Sequence[float]) -> tuple[Callable[[float], Figure], str]:
    """Draw how many submissions took how long, in seconds on a logarithmic scale."""
    times = np.maximum(np.asarray(seconds, dtype=float), 1e-3)
    low, high = times.min() / 1.1, times.max() * 1.1
    bins = np.geomspace(low, high, 25)
    counts, _ = np.histogram(times, bins)

    def figure(width: float) -> Figure:
        made = Figure(figsize=(width, 2.4))
        axes = made.add_subplot()
        axes.bar(bins[:-1], counts, np.diff(bins), align="edge", color=_BAR, edgecolor=_GROUND)
        axes.set_xscale("log")
        axes.set(xlabel="seconds for a submission", ylabel="submissions", xlim=(low, high))
        marks = [a * 10.0**b for b in range(-3, 5) for a in (1, 2, 5)]
        axes.set_xticks([m for m in marks if low <= m <= high] or [float(np.median(times))])
        axes.minorticks_off()
        plain = ScalarFormatter()
        plain.set_scientific(False)
        axes.xaxis.set_major_formatter(plain)
        axes.grid(visible=False, axis="x")
        axes.yaxis.set_major_locator(MaxNLocator(5, integer=True, min_n_ticks=1))
        return made

    middle, tenth, most = (float(np.quantile(times, q)) for q in (0.5, 0.9, 1.0))
    return figure, (
        f"How many submissions took how many seconds: half took at most {middle:.1f} s, nine "
        f"tenths at most {tenth:.1f} s, the longest {most:.1f} s."
    )


def _svg(figure: Figure, alt: str) -> Markup:
    file = io.StringIO()
    figure.savefig(file, format="svg", metadata={"Date": None, "Creator": None})
    text = file.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>\s*", "", text, flags=re.DOTALL)
    for placeholder, colour in _COLOURS.items():
        text = text.replace(placeholder, colour)
    used = set(re.findall(r"#([\w.-]+)", text))
    text = re.sub(r'\sid="([^"]*)"', lambda m: m[0] if m[1] in used else "", text)
    # The page's own font, at the page's own size; and a name for those who cannot see it.
    text = re.sub(r"font: [\d.]+px [^;\"]*", "font: 11px system-ui, sans-serif", text)
    opening = f'<svg role="img" aria-label="{escape(alt)}" '
    return Markup(
        re.sub(r'\swidth="[\d.]+pt"|\sheight="[\d.]+pt"', "", text, count=2).replace(
            "<svg ", opening, 1
        )
    )
