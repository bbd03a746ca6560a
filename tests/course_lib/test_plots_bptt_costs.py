"""Figures of the pages cost, truncated and rtrl: complete, within the paper, and legible."""

import matplotlib as mpl
import numpy as np
import pytest

mpl.use("Agg")

from legible import assert_legible_on_a_phone, assert_texts_whole_and_apart
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch

from course_lib.plots.bptt import cost as costs
from course_lib.plots.bptt import rtrl, truncated
from course_lib.plots.primitives.style import COLORS

FIGURES = {
    "windows": truncated.window_cuts,
    "windows, the last one shorter": lambda: truncated.window_cuts(5, 2),
    "kept states": costs.kept_states,
    "kept states, the last part shorter": lambda: costs.kept_states(7, 3),
    "sensitivities": rtrl.sensitivities,
    "sensitivities, one step": lambda: rtrl.sensitivities(1),
}


def texts(figure: Figure) -> list[str]:
    return [t.get_text() for t in figure.axes[0].texts]


def arrows(figure: Figure, dashed: bool) -> list[FancyArrowPatch]:
    patches = [p for p in figure.axes[0].patches if isinstance(p, FancyArrowPatch)]
    return [p for p in patches if (p.get_linestyle() not in ("-", "solid")) == dashed]


def markers(figure: Figure, kind: str) -> list[tuple[float, float]]:
    lines = [line for line in figure.axes[0].lines if line.get_marker() == kind]
    return [(float(line.get_xdata()[0]), float(line.get_ydata()[0])) for line in lines]


@pytest.mark.parametrize("name", FIGURES)
def test_no_text_is_cut_off_or_covered_by_another(name) -> None:
    assert_texts_whole_and_apart(FIGURES[name]())


@pytest.mark.parametrize("name", FIGURES)
def test_text_stays_readable_on_a_phone(name) -> None:
    assert_legible_on_a_phone(FIGURES[name]())


@pytest.mark.parametrize(("steps", "k", "cuts"), [(6, 3, 1), (6, 2, 2), (5, 2, 2), (4, 4, 0)])
def test_the_gradient_stops_at_the_cuts_and_the_states_go_on(steps, k, cuts) -> None:
    figure = truncated.window_cuts(steps, k)
    assert len(markers(figure, "x")) == cuts
    assert len(arrows(figure, dashed=True)) == steps + (steps - 1 - cuts)
    assert len(arrows(figure, dashed=False)) == 2 * steps
    assert f"window {cuts + 1}" in texts(figure)
    assert f"window {cuts + 2}" not in texts(figure)


@pytest.mark.parametrize(("T", "every", "most"), [(9, 3, 6), (7, 3, 5), (4, 1, 5), (4, 4, 5)])
def test_kept_states_are_the_checkpoints_and_one_segment(T, every, most) -> None:
    figure = costs.kept_states(T, every)
    segments = -(-T // every)
    legend = 1
    assert len(markers(figure, "o")) == T + legend
    assert len(markers(figure, "s")) == segments + segments * (segments + 1) // 2 + legend
    kept = [int(text) for text in texts(figure) if text.isdigit()]
    assert max(kept) == most
    assert kept[-1] == min(every, T) + 1


@pytest.mark.parametrize("steps", [1, 3, 4])
def test_every_state_has_its_sensitivities_and_nothing_goes_back(steps) -> None:
    figure = rtrl.sensitivities(steps)
    for letter in "hS":
        assert sum(t.startswith(f"${letter}_") for t in texts(figure)) == steps + 1
    assert not arrows(figure, dashed=True)
    forward = arrows(figure, dashed=False)
    colours = [mpl.colors.to_hex(p.get_edgecolor()).upper() for p in forward]
    assert colours.count(COLORS["gradient"].upper()) == steps


@pytest.mark.parametrize("tables", [1, 2, 3, 4])
def test_path_tables_leave_cells_without_a_path_white(tables) -> None:
    kept = {f"table {i}": np.triu(np.ones((5, 5)), i) * (i + 1) for i in range(tables)}
    figure = truncated.path_tables(kept)
    drawn = [ax for ax in figure.axes if ax.collections]
    assert [ax.get_title() for ax in drawn] == list(kept)
    for ax, table in zip(drawn, kept.values(), strict=True):
        shown = np.ma.filled(ax.collections[0].get_array(), np.nan).reshape(5, 5)
        np.testing.assert_array_equal(np.isnan(shown), table == 0)
        np.testing.assert_array_equal(shown[~np.isnan(shown)], table[table > 0])
        assert ax.collections[0].get_clim() == (0.0, tables)
