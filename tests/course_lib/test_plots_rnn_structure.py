"""Figures of the pages why, cell and power: complete, within the paper, and legible."""

import matplotlib as mpl
import numpy as np
import pytest

mpl.use("Agg")

from legible import assert_legible_on_a_phone, assert_texts_whole_and_apart
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch

from course_lib.plots.primitives.style import COLORS
from course_lib.plots.rnn import cell, power, why

SUM = {"a": [7, 7, 1], "b": [5, 5, 1], "carry": [0, 1, 1, 0], "total": [2, 3, 3]}

FIGURES = {
    "column addition": lambda: why.column_addition(**SUM),
    "one column": lambda: why.column_addition([3], [4], [0, 0], [7]),
    "carried along": lambda: why.carried_along(**SUM),
    "inside the cell": cell.inside_the_cell,
    "Elman and Jordan": cell.elman_and_jordan,
    "parity": lambda: power.counter_diagram(2),
    "modulo 4": lambda: power.counter_diagram(4),
}


def texts(figure: Figure) -> list[str]:
    return [t.get_text() for t in figure.axes[0].texts]


def arrows(figure: Figure) -> list[FancyArrowPatch]:
    return [p for p in figure.axes[0].patches if isinstance(p, FancyArrowPatch)]


@pytest.mark.parametrize("name", FIGURES)
def test_no_text_is_cut_off_or_covered_by_another(name) -> None:
    assert_texts_whole_and_apart(FIGURES[name]())


@pytest.mark.parametrize("name", FIGURES)
def test_text_stays_readable_on_a_phone(name) -> None:
    assert_legible_on_a_phone(FIGURES[name]())


def test_column_addition_writes_the_lowest_digit_on_the_right() -> None:
    figure = why.column_addition([1, 2, 3], [0, 0, 0], [0, 0, 0, 0], [1, 2, 3])
    row = [t for t in figure.axes[0].texts if t.get_color() == COLORS["output"]]
    digits = sorted((t for t in row if t.get_text() != "sum"), key=lambda t: t.get_position()[0])
    assert [t.get_text() for t in digits] == ["3", "2", "1"]


def test_column_addition_carries_between_neighbours_only() -> None:
    assert len(arrows(why.column_addition(**SUM))) == 2
    assert arrows(why.column_addition([3], [4], [0, 0], [7])) == []


def test_carried_along_hands_every_carry_to_the_right() -> None:
    figure = why.carried_along(**SUM)
    circles = sorted(
        (t for t in figure.axes[0].texts if t.get_text() in "01" and t.get_position()[1] == 0.0),
        key=lambda t: t.get_position()[0],
    )
    assert [t.get_text() for t in circles] == ["0", "1", "1", "0"]
    assert texts(figure).count("7, 5") == 2


def test_the_cell_shows_every_shape_of_the_equations() -> None:
    shown = texts(cell.inside_the_cell())
    shapes = sorted(text for text in shown if text.startswith("("))
    assert shapes == sorted(
        ["(N, D)", "(D, H)", "(H, H)", "(H,)", "(N, H)", "(N, H)", "(H, K)", "(K,)", "(N, K)"]
    )


def test_elman_copies_the_state_and_jordan_the_output() -> None:
    figure = cell.elman_and_jordan()
    copies = [a for a in arrows(figure) if a.get_linestyle() not in ("-", "solid")]
    assert len(copies) == 2
    assert {"$h_{t-1}$", "$o_{t-1}$"} <= set(texts(figure))
    colours = {mpl.colors.to_hex(a.get_edgecolor()).upper() for a in copies}
    assert colours == {COLORS["hidden"].upper(), COLORS["output"].upper()}


@pytest.mark.parametrize("m", [2, 3, 5])
def test_counter_has_two_arrows_out_of_every_state(m) -> None:
    figure = power.counter_diagram(m)
    assert len(arrows(figure)) == 2 * m + 1
    assert texts(figure).count("1") == m + 1  # the name of a state, and one arrow out of each
    assert texts(figure).count("0") == m + 1


def test_state_scatter_keeps_distances_when_states_lie_in_a_plane() -> None:
    rng = np.random.default_rng(0)
    h = rng.normal(size=(20, 2)) @ np.linalg.qr(rng.normal(size=(5, 2)))[0].T + 3
    groups = np.arange(20) % 2
    figure = why.state_scatter(h, groups, ["even", "odd"])
    drawn = np.empty((20, 2))
    for group, line in enumerate(figure.axes[0].get_lines()):
        drawn[groups == group] = np.column_stack(line.get_data())
    np.testing.assert_allclose(
        np.linalg.norm(drawn[:, None] - drawn, axis=-1),
        np.linalg.norm(h[:, None] - h, axis=-1),
        atol=1e-12,
    )
    assert legend(figure) == ["even", "odd"]
    assert len({line.get_marker() for line in figure.axes[0].get_lines()}) == 2


def test_state_scatter_does_not_depend_on_the_sign_of_singular_vectors() -> None:
    h = np.random.default_rng(1).normal(size=(9, 4))
    one, two = (
        np.column_stack(
            why.state_scatter(x, np.zeros(9, dtype=int), ["all"])
            .axes[0].get_lines()[0].get_data()
        )
        for x in (h, h[:, ::-1])
    )  # fmt: skip
    np.testing.assert_allclose(one, two, atol=1e-12)


def test_activation_curves_show_function_and_slope() -> None:
    figure = cell.activation_curves({"square": (np.square, lambda z: 2 * z)})
    value, slope = (ax.get_lines()[0] for ax in figure.axes)
    z = value.get_xdata()
    np.testing.assert_array_equal(value.get_ydata(), z**2)
    np.testing.assert_array_equal(slope.get_ydata(), 2 * z)


def test_unit_activity_is_dark_where_a_unit_is_on() -> None:
    h = np.array([[1.0, -1.0], [-1.0, 1.0], [1.0, 1.0]])
    figure = power.unit_activity({"bit": [1, 0, 1]}, h, ["a", "b"], {"out": [0, 1, 2]})
    (ax,) = figure.axes
    figure.canvas.draw()
    (mesh,) = ax.collections
    np.testing.assert_array_equal(np.reshape(mesh.get_array(), (2, 3)), h.T)
    on, off = mesh.to_rgba([1.0, -1.0])
    assert mpl.colors.to_hex(on).upper() == COLORS["hidden"].upper()
    assert off[:3].min() > 0.9
    assert [t.get_text() for t in ax.get_yticklabels()] == ["bit", "a", "b", "out"]
    assert [t.get_text() for t in ax.texts] == ["1", "0", "1", "0", "1", "2"]


def legend(figure: Figure) -> list[str]:
    return [t.get_text() for box in figure.legends for t in box.get_texts()]
