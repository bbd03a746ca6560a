"""Figures of the page on remedies: what is drawn is what was given, and nothing is cut off."""

from itertools import combinations

import matplotlib as mpl
import numpy as np
import pytest

mpl.use("Agg")

from matplotlib.figure import Figure
from matplotlib.patches import Circle, FancyArrowPatch, Rectangle

from course_lib.plots.bptt import remedies
from course_lib.plots.primitives.style import COLORS


def bowl(w: np.ndarray, b: np.ndarray) -> np.ndarray:
    return w**2 + 2 * b**2


def map_of(paths: dict[str, np.ndarray]) -> Figure:
    w, b = np.linspace(-1, 1, 41), np.linspace(-2, 2, 81)
    return remedies.descents(w, b, bowl(w, b[:, None]), paths)


def arrows(figure: Figure) -> list[FancyArrowPatch]:
    return [p for ax in figure.axes for p in ax.patches if isinstance(p, FancyArrowPatch)]


def ends(arrow: FancyArrowPatch) -> np.ndarray:
    return np.array(arrow._posA_posB)


def test_the_cut_shows_the_loss_along_one_weight() -> None:
    w, b = np.linspace(0, 1, 5), np.linspace(-2, 2, 9)
    figure = remedies.loss_cliff(w, b, bowl(w, b[:, None]), cut=0.5)
    above, side, bar = figure.axes
    np.testing.assert_array_equal(side.lines[0].get_xdata(), bowl(0.5, b))
    np.testing.assert_array_equal(side.lines[0].get_ydata(), b)
    assert set(above.lines[0].get_xdata()) == {0.5}
    assert side.get_ylim() == above.get_ylim()
    assert bar.get_ylabel() == "loss"


def test_the_map_is_darker_where_the_loss_is_larger() -> None:
    figure = map_of({})
    (contours,) = figure.axes[0].collections
    brightness = contours.get_facecolor()[:, :3].sum(axis=1)
    assert np.all(np.diff(brightness) < 0)
    assert contours.levels[0] == 0.0
    assert contours.levels[-1] == bowl(1.0, 2.0)
    for low, high, path in zip(
        contours.levels, contours.levels[1:], contours.get_paths(), strict=False
    ):
        w, b = path.vertices.T
        between = (bowl(w, b) > low - 0.3) & (bowl(w, b) < high + 0.3)  # on a coarse grid
        assert between.all()


def test_a_path_that_stays_on_the_map_is_drawn_whole() -> None:
    path = np.array([(0.5, 1.0), (0.2, 0.5), (0.0, 0.1)])
    figure = map_of({"down": path})
    (line,) = figure.axes[0].get_lines()
    np.testing.assert_array_equal(line.get_xydata(), path)
    assert arrows(figure) == []


@pytest.mark.parametrize(
    ("beyond", "at_edge"),
    [
        ((3.0, 0.0), (1.0, 0.0)),
        ((-3.0, 0.0), (-1.0, 0.0)),
        ((0.0, 8.0), (0.0, 2.0)),
        ((0.0, -2.5), (0.0, -2.0)),
        ((2.0, 2.0), (1.0, 1.0)),
        ((2.0, -8.0), (0.5, -2.0)),
    ],
)
def test_a_path_that_leaves_the_map_ends_in_an_arrow_at_its_edge(beyond, at_edge) -> None:
    path = np.array([(0.5, 1.0), (0.0, 0.0), beyond, (0.1, 0.1)])
    figure = map_of({"far": path})
    (line,) = figure.axes[0].get_lines()
    np.testing.assert_array_equal(line.get_xydata(), path[:2])
    (arrow,) = arrows(figure)
    np.testing.assert_allclose(ends(arrow), [(0.0, 0.0), at_edge])


def test_what_two_paths_have_in_common_is_drawn_once() -> None:
    one = np.array([(0.5, 1.0), (0.2, 0.5), (0.0, 0.1), (0.1, 0.1)])
    two = np.array([(0.5, 1.0), (0.2, 0.5), (0.3, -0.1)])
    figure = map_of({"one": one, "two": two})
    common, *parts = figure.axes[0].get_lines()
    np.testing.assert_array_equal(common.get_xydata(), one[:2])
    for line, path in zip(parts, (one, two), strict=True):
        np.testing.assert_array_equal(line.get_xydata(), path[1:])
    assert [t.get_text() for t in figure.legends[0].get_texts()] == ["both", "one", "two"]


def test_two_paths_differ_in_more_than_colour() -> None:
    one = np.array([(0.5, 1.0), (0.2, 0.5)])
    lines = map_of({"one": one, "two": one[::-1]}).axes[0].get_lines()
    assert len({line.get_marker() for line in lines}) == 2
    assert len({line.get_color() for line in lines}) == 2


def test_clipped_vectors_are_drawn_beside_what_they_were() -> None:
    before = np.array([(3.0, 1.0), (-0.5, 0.2)])
    by_norm, by_value = np.array([(0.9, 0.3), before[1]]), np.array([(1.0, 1.0), before[1]])
    figure = remedies.clipped_vectors(before, {"by norm": by_norm, "by value": by_value}, 1.0)
    assert [ax.get_title() for ax in figure.axes] == ["by norm", "by value"]
    for ax, after in zip(figure.axes, (by_norm, by_value), strict=True):
        drawn = [p for p in ax.patches if isinstance(p, FancyArrowPatch)]
        np.testing.assert_array_equal([ends(a)[1] for a in drawn], after)
        circles = [line for line in ax.get_lines() if line.get_marker() == "o"]
        np.testing.assert_array_equal([c.get_xydata()[0] for c in circles], before)
    (circle,) = (p for p in figure.axes[0].patches if isinstance(p, Circle))
    (square,) = (p for p in figure.axes[1].patches if isinstance(p, Rectangle))
    assert circle.radius == 1.0
    np.testing.assert_array_equal(square.get_bbox().get_points(), [(-1, -1), (1, 1)])


@pytest.mark.parametrize(("steps", "d", "arcs"), [(6, 3, 4), (4, 2, 3), (3, 3, 1), (2, 3, 0)])
def test_every_state_that_is_d_steps_on_has_an_arc(steps, d, arcs) -> None:
    figure = remedies.skip_connections(steps, d)
    colour = COLORS["memory"].upper()
    drawn = [a for a in arrows(figure) if mpl.colors.to_hex(a.get_edgecolor()).upper() == colour]
    assert len(drawn) == arcs
    for arrow in drawn:
        (x0, y0), (x1, y1) = ends(arrow)
        assert x1 - x0 == pytest.approx(1.5 * d)
        assert y0 == y1 == 0


@pytest.mark.parametrize(("steps", "d"), [(6, 3), (6, 5), (3, 2)])
def test_nothing_of_the_skip_connections_is_cut_off(steps, d) -> None:
    figure = remedies.skip_connections(steps, d)
    figure.canvas.draw()
    (ax,) = figure.axes
    for patch in ax.patches:
        box = patch.get_window_extent()
        assert min(box.x0, box.y0) >= 0
        assert box.x1 <= figure.bbox.x1
        assert box.y1 <= figure.bbox.y1
    boxes = [t.get_window_extent() for t in ax.texts]
    assert not any(a.overlaps(b) for a, b in combinations(boxes, 2))
    pixels_per_point = min(1.0, 340 / (figure.get_size_inches()[0] * 72))
    assert min(t.get_fontsize() for t in ax.texts) * pixels_per_point >= 9
