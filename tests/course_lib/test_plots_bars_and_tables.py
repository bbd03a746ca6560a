"""Bars and shaded tables: the values that went in are the values that are drawn."""

import matplotlib as mpl
import numpy as np
import pytest

mpl.use("Agg")

from course_lib.plots.primitives.bars import grouped_bars
from course_lib.plots.primitives.tables import panel_grid, probability_table


def test_grouped_bars_hold_the_values() -> None:
    figure = grouped_bars(
        ["left", "right"], {"one": [0.2, 0.9], "two": [0.6, 0.4]}, "share", level=("guessing", 0.5)
    )
    (ax,) = figure.axes
    assert [bar.get_height() for bar in ax.patches] == [0.2, 0.9, 0.6, 0.4]
    assert len({(bar.get_hatch(), bar.get_facecolor()) for bar in ax.patches}) == 2
    assert [t.get_text() for t in ax.get_xticklabels()] == ["left", "right"]
    assert [t.get_text() for t in ax.texts] == ["0.20", "0.90", "0.60", "0.40", "guessing"]
    assert [set(line.get_ydata()) for line in ax.lines] == [{0.5}]
    assert [t.get_text() for t in figure.legends[0].get_texts()] == ["one", "two"]


def test_one_series_of_bars_needs_no_legend() -> None:
    figure = grouped_bars(["a"], {"one": [0.5]}, "share", form=".1%")
    assert figure.legends == []
    assert [t.get_text() for t in figure.axes[0].texts] == ["50.0%"]


def test_probability_table_writes_the_likeliest_row_of_each_column() -> None:
    p = np.array([[0.7, 0.2, 0.1], [0.1, 0.1, 0.8]])
    (ax,) = probability_table(["a", "b"], ["X", "Y", "Z"], p).axes
    shown = [(t.get_position(), t.get_text()) for t in ax.texts]
    assert shown == [((1, 1), "0.70"), ((2, 3), "0.80")]
    np.testing.assert_array_equal(ax.collections[0].get_array(), p.T)


@pytest.mark.parametrize(
    ("count", "grid"),
    [(1, (1, 1)), (2, (1, 2)), (3, (1, 3)), (4, (2, 2)), (5, (5, 1)), (6, (2, 3))],
)
def test_no_panel_stands_alone_in_its_row(count, grid) -> None:
    assert panel_grid(count) == grid
