"""The report's figures, as SVG that takes its colours from the page it stands in."""

import io
import re
from collections.abc import Sequence
from typing import Any

import matplotlib as mpl
import numpy as np
from markupsafe import Markup, escape
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

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
_STYLE: Any = {
    "svg.fonttype": "none",
    "svg.hashsalt": "report",
    "svg.id": None,
    "font.family": "sans-serif",
    "font.size": 11,
    "hatch.linewidth": 0.6,
    "text.color": _TEXT,
    "axes.edgecolor": _LINE,
    "axes.labelcolor": _QUIET,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.grid": True,
    "grid.color": _LINE,
    "xtick.color": _QUIET,
    "ytick.color": _QUIET,
    "axes.facecolor": "none",
    "figure.facecolor": "none",
    "savefig.facecolor": "none",
}


def points_plot(scores: Sequence[float], most: float) -> Markup:
    """How many students got how many points."""
    bins = np.linspace(0, most, int(min(max(most, 1), 20)) + 1)
    counts, edges = np.histogram(np.clip(scores, 0, most), bins)
    with mpl.rc_context(_STYLE):
        figure, axes = _axes(9.0, 2.9)
        axes.bar(edges[:-1], counts, np.diff(edges), align="edge", color=_BAR, edgecolor=_GROUND)
        mean = float(np.mean(scores))
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
        spread = ", ".join(
            f"{count} with {low:g} to {high:g}"
            for count, low, high in zip(counts, edges[:-1], edges[1:], strict=True)
            if count
        )
        return _svg(
            figure, f"Distribution of points: {spread}. The mean is {mean:.1f} of {most:g}."
        )


def share_plot(rows: Sequence[tuple[str, int, int, int, int]]) -> Markup:
    """For each exercise, the share of students with all, some, none, and still to be marked."""
    with mpl.rc_context(_STYLE):
        figure, axes = _axes(9.0, 0.9 + 0.31 * len(rows))
        titles = [title if len(title) <= 34 else f"{title[:33]}…" for title, *_ in rows]
        places = np.arange(len(rows))
        counts = np.array([row[1:] for row in rows], dtype=float).reshape(-1, 4)
        shares = 100 * counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
        left = np.zeros(len(rows))
        kinds = [(_RIGHT, "", "all points"), (_PARTLY, "//", "some"), (_WRONG, "xx", "none")]
        if counts[:, 3].any():
            kinds.append((_WAITING, "..", "to mark"))
        for column, (colour, hatch, label) in enumerate(kinds):
            axes.barh(
                places,
                shares[:, column],
                0.68,
                left,
                color=colour,
                edgecolor=_GROUND,
                hatch=hatch,
                label=label,
            )
            left += shares[:, column]
        axes.set_yticks(places, titles)
        axes.set_ylim(len(rows) - 0.5, -0.5)
        axes.set(xlim=(0, 100), xlabel="% of students")
        axes.grid(visible=False, axis="y")
        axes.tick_params(axis="y", length=0, labelcolor=_TEXT)
        axes.legend(
            loc="lower right",
            bbox_to_anchor=(1, 1),
            ncols=len(kinds),
            frameon=False,
            borderaxespad=0,
        )
        spoken = "; ".join(f"{t}: {a}, {b}, {c}, {d}" for t, a, b, c, d in rows)
        alt = f"How many have all, some and no points, and are still to be marked. {spoken}."
        return _svg(figure, alt)


def time_plot(seconds: Sequence[float]) -> Markup:
    """How long submissions took, longest last."""
    ordered = np.sort(np.asarray(seconds, dtype=float))
    with mpl.rc_context(_STYLE):
        figure, axes = _axes(9.0, 2.4)
        axes.bar(np.arange(1, len(ordered) + 1), ordered, 0.8, color=_BAR)
        axes.set(xlabel="submissions, quickest first", ylabel="seconds")
        axes.set_xlim(0.4, len(ordered) + 0.6)
        axes.grid(visible=False, axis="x")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
        middle, most = float(np.median(ordered)), float(ordered.max())
        alt = (
            f"Seconds each submission took, in order: half took at most {middle:.1f} s, "
            f"the longest {most:.1f} s."
        )
        return _svg(figure, alt)


def _axes(width: float, height: float) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(width, height), layout="constrained")
    return figure, figure.add_subplot()


def _svg(figure: Figure, alt: str) -> Markup:
    file = io.StringIO()
    figure.savefig(file, format="svg", metadata={"Date": None, "Creator": None})
    text = file.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>\s*", "", text, flags=re.DOTALL)
    for placeholder, colour in _COLOURS.items():
        text = text.replace(placeholder, colour)
    # The page's own font, at the page's own size; and a name for those who cannot see it.
    text = re.sub(r"font: [\d.]+px [^;\"]*", "font: 11px system-ui, sans-serif", text)
    opening = f'<svg role="img" aria-label="{escape(alt)}" '
    return Markup(
        re.sub(r'\swidth="[\d.]+pt"|\sheight="[\d.]+pt"', "", text, count=2).replace(
            "<svg ", opening, 1
        )
    )
