"""Curves and scatter plots: the data that went in are the data that are drawn."""

import matplotlib as mpl
import numpy as np
import pytest

mpl.use("Agg")

from course_lib.plots.primitives import curves


def legend(figure) -> list[str]:
    return [t.get_text() for box in figure.legends for t in box.get_texts()]


def test_line_plot_draws_every_curve_over_1_2_3() -> None:
    one, two = np.array([0.5, 0.25, 0.1]), np.array([3.0, 2.0, 1.0])
    figure = curves.line_plot({"one": one, "two": two}, xlabel="step", ylabel="size")
    (ax,) = figure.axes
    for line, values in zip(ax.get_lines(), (one, two), strict=True):
        np.testing.assert_array_equal(line.get_xdata(), [1, 2, 3])
        np.testing.assert_array_equal(line.get_ydata(), values)
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("step", "size")
    assert legend(figure) == ["one", "two"]


def test_line_plot_tells_curves_apart_without_colour() -> None:
    figure = curves.line_plot(
        {name: np.arange(1.0, 4.0) for name in "abcd"}, xlabel="", ylabel="", markers=True
    )
    looks = {(line.get_linestyle(), line.get_marker()) for line in figure.axes[0].get_lines()}
    assert len(looks) == 4


def test_line_plot_of_one_curve_needs_no_legend() -> None:
    assert curves.line_plot({"a": np.ones(2)}, xlabel="", ylabel="").legends == []


def test_line_plot_with_given_positions_and_a_mark() -> None:
    figure = curves.line_plot(
        {"a": np.array([1.0, 10.0])}, [10.0, 1000.0],
        xlabel="", ylabel="", log_x=True, mark=(30.0, "here"),
    )  # fmt: skip
    (ax,) = figure.axes
    assert ax.get_xscale() == "log"
    assert [t.get_text() for t in ax.texts] == ["here"]
    np.testing.assert_array_equal(ax.get_lines()[0].get_xdata(), [10, 1000])
    np.testing.assert_array_equal(ax.get_lines()[1].get_xdata(), [30, 30])


def test_a_logarithmic_scale_leaves_zeros_out() -> None:
    figure = curves.line_plot({"a": np.array([1.0, 0.0, 0.1])}, xlabel="", ylabel="", log_y=True)
    (line,) = figure.axes[0].get_lines()
    np.testing.assert_array_equal(np.isnan(line.get_ydata()), [False, True, False])


@pytest.mark.parametrize("values", [[0.25, 0.5], [1.0, 1.0]])
def test_line_plot_refuses_curves_of_another_length(values) -> None:
    with pytest.raises(ValueError, match="dimension"):
        curves.line_plot({"a": np.array(values)}, [1.0, 2.0, 3.0], xlabel="", ylabel="")


def test_line_plot_draws_levels_with_their_names_and_keeps_its_limits() -> None:
    figure = curves.line_plot(
        {"a": [40.0, 10.0, 3.0]}, [10, 20, 30], xlabel="", ylabel="", log_y=True,
        levels={"uniform": 55.0, "bigram": 8.0}, ylim=(2.0, 60.0),
    )  # fmt: skip
    (ax,) = figure.axes
    curve, *levels = ax.get_lines()
    assert list(curve.get_ydata()) == [40.0, 10.0, 3.0]
    assert [set(line.get_ydata()) for line in levels] == [{55.0}, {8.0}]
    assert [t.get_text() for t in ax.texts] == ["uniform", "bigram"]
    assert ax.get_ylim() == (2.0, 60.0)


def test_a_short_logarithmic_axis_has_plain_numbers_and_a_long_one_has_powers() -> None:
    for top, expected in ((100.0, "10"), (1e6, "$\\mathdefault{10^{1}}$")):
        figure = curves.line_plot(
            {"a": [1.0, top]}, xlabel="", ylabel="", log_y=True, ylim=(1.0, top)
        )
        (ax,) = figure.axes
        assert ax.yaxis.get_major_formatter()(10.0) == expected
