"""Figures of the pages why, cell and power: complete, within the paper, and legible."""

import matplotlib as mpl
import pytest

mpl.use("Agg")

from legible import assert_legible_on_a_phone, assert_texts_whole_and_apart
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch

from course_lib.plots import structure
from course_lib.plots.style import COLORS

SUM = {"a": [7, 7, 1], "b": [5, 5, 1], "carry": [0, 1, 1, 0], "total": [2, 3, 3]}

FIGURES = {
    "column addition": lambda: structure.column_addition(**SUM),
    "one column": lambda: structure.column_addition([3], [4], [0, 0], [7]),
    "carried along": lambda: structure.carried_along(**SUM),
    "inside the cell": structure.inside_the_cell,
    "Elman and Jordan": structure.elman_and_jordan,
    "parity": lambda: structure.counter_diagram(2),
    "modulo 4": lambda: structure.counter_diagram(4),
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
    figure = structure.column_addition([1, 2, 3], [0, 0, 0], [0, 0, 0, 0], [1, 2, 3])
    row = [t for t in figure.axes[0].texts if t.get_color() == COLORS["output"]]
    digits = sorted((t for t in row if t.get_text() != "sum"), key=lambda t: t.get_position()[0])
    assert [t.get_text() for t in digits] == ["3", "2", "1"]


def test_column_addition_carries_between_neighbours_only() -> None:
    assert len(arrows(structure.column_addition(**SUM))) == 2
    assert arrows(structure.column_addition([3], [4], [0, 0], [7])) == []


def test_carried_along_hands_every_carry_to_the_right() -> None:
    figure = structure.carried_along(**SUM)
    circles = sorted(
        (t for t in figure.axes[0].texts if t.get_text() in "01" and t.get_position()[1] == 0.0),
        key=lambda t: t.get_position()[0],
    )
    assert [t.get_text() for t in circles] == ["0", "1", "1", "0"]
    assert texts(figure).count("7, 5") == 2


def test_the_cell_shows_every_shape_of_the_equations() -> None:
    shown = texts(structure.inside_the_cell())
    shapes = sorted(text for text in shown if text.startswith("("))
    assert shapes == sorted(
        ["(N, D)", "(D, H)", "(H, H)", "(H,)", "(N, H)", "(N, H)", "(H, K)", "(K,)", "(N, K)"]
    )


def test_elman_copies_the_state_and_jordan_the_output() -> None:
    figure = structure.elman_and_jordan()
    copies = [a for a in arrows(figure) if a.get_linestyle() not in ("-", "solid")]
    assert len(copies) == 2
    assert {"$h_{t-1}$", "$o_{t-1}$"} <= set(texts(figure))
    colours = {mpl.colors.to_hex(a.get_edgecolor()).upper() for a in copies}
    assert colours == {COLORS["hidden"].upper(), COLORS["output"].upper()}


@pytest.mark.parametrize("m", [2, 3, 5])
def test_counter_has_two_arrows_out_of_every_state(m) -> None:
    figure = structure.counter_diagram(m)
    assert len(arrows(figure)) == 2 * m + 1
    assert texts(figure).count("1") == m + 1  # the name of a state, and one arrow out of each
    assert texts(figure).count("0") == m + 1
