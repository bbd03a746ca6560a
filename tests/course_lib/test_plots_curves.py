"""Curves and scatter plots: the data that went in are the data that are drawn."""

import matplotlib as mpl
import numpy as np
import pytest

mpl.use("Agg")

from course_lib.plots import curves
from course_lib.plots.style import COLORS


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


def test_state_scatter_keeps_distances_when_states_lie_in_a_plane() -> None:
    rng = np.random.default_rng(0)
    h = rng.normal(size=(20, 2)) @ np.linalg.qr(rng.normal(size=(5, 2)))[0].T + 3
    groups = np.arange(20) % 2
    figure = curves.state_scatter(h, groups, ["even", "odd"])
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
            curves.state_scatter(x, np.zeros(9, dtype=int), ["all"])
            .axes[0].get_lines()[0].get_data()
        )
        for x in (h, h[:, ::-1])
    )  # fmt: skip
    np.testing.assert_allclose(one, two, atol=1e-12)


def test_activation_curves_show_function_and_slope() -> None:
    figure = curves.activation_curves({"square": (np.square, lambda z: 2 * z)})
    value, slope = (ax.get_lines()[0] for ax in figure.axes)
    z = value.get_xdata()
    np.testing.assert_array_equal(value.get_ydata(), z**2)
    np.testing.assert_array_equal(slope.get_ydata(), 2 * z)


def test_unit_activity_is_dark_where_a_unit_is_on() -> None:
    h = np.array([[1.0, -1.0], [-1.0, 1.0], [1.0, 1.0]])
    figure = curves.unit_activity({"bit": [1, 0, 1]}, h, ["a", "b"], {"out": [0, 1, 2]})
    (ax,) = figure.axes
    figure.canvas.draw()
    (mesh,) = ax.collections
    np.testing.assert_array_equal(np.reshape(mesh.get_array(), (2, 3)), h.T)
    on, off = mesh.to_rgba([1.0, -1.0])
    assert mpl.colors.to_hex(on).upper() == COLORS["hidden"].upper()
    assert off[:3].min() > 0.9
    assert [t.get_text() for t in ax.get_yticklabels()] == ["bit", "a", "b", "out"]
    assert [t.get_text() for t in ax.texts] == ["1", "0", "1", "0", "1", "2"]


@pytest.mark.parametrize("values", [[0.25, 0.5], [1.0, 1.0]])
def test_line_plot_refuses_curves_of_another_length(values) -> None:
    with pytest.raises(ValueError, match="dimension"):
        curves.line_plot({"a": np.array(values)}, [1.0, 2.0, 3.0], xlabel="", ylabel="")
