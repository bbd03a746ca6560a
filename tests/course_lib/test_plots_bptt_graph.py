"""Figures of the pages loss, derivation, autograd and code: complete, on the paper, legible."""

import matplotlib as mpl
import numpy as np
import pytest

mpl.use("Agg")

from legible import assert_legible_on_a_phone, assert_texts_whole_and_apart
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch

from course_lib.plots.bptt import autograd, code, derivation, loss, paths
from course_lib.plots.primitives.style import COLORS

NAMES = ["$dW_{xh}$", "$dW_{hh}$", "$db_h$", "$dW_{hy}$", "$db_y$", "$dx$", "$dh_0$"]
FAULTS = {
    "nothing from the right": ([False] * 7, [True] * 3 + [False] * 4),
    "mean for sum in the biases": ([True, False] * 3 + [False], [True] * 7),
}
FIGURES = {
    "losses": loss.unrolled_losses,
    "losses, one step": lambda: loss.unrolled_losses(1),
    "shared weight": loss.shared_weight,
    "shared weight, four steps": lambda: loss.shared_weight(4),
    "deep and recurrent": loss.deep_and_recurrent,
    "tape": autograd.tape,
    "two ways back": derivation.two_ways_back,
    "backward step": code.backward_step,
    "fingerprints": lambda: code.fingerprints(FAULTS, NAMES),
}


def texts(figure: Figure) -> list[str]:
    return [t.get_text() for t in figure.axes[0].texts]


def arrows(figure: Figure, dashed: bool) -> list[FancyArrowPatch]:
    patches = [p for p in figure.axes[0].patches if isinstance(p, FancyArrowPatch)]
    return [p for p in patches if (p.get_linestyle() not in ("-", "solid")) == dashed]


def in_role(patches: list[FancyArrowPatch], role: str) -> int:
    colours = [mpl.colors.to_hex(p.get_edgecolor()).upper() for p in patches]
    return colours.count(COLORS[role].upper())


@pytest.mark.parametrize("name", FIGURES)
def test_no_text_is_cut_off_or_covered_by_another(name) -> None:
    assert_texts_whole_and_apart(FIGURES[name]())


@pytest.mark.parametrize("name", FIGURES)
def test_text_stays_readable_on_a_phone(name) -> None:
    assert_legible_on_a_phone(FIGURES[name]())


@pytest.mark.parametrize("steps", [1, 2, 3])
def test_every_step_has_an_input_an_output_a_target_and_a_loss(steps) -> None:
    figure = loss.unrolled_losses(steps)
    for letter in "xhoyL":
        shown = [text for text in texts(figure) if text.startswith(f"${letter}_")]
        assert len(shown) == steps + (letter == "h"), letter
    assert texts(figure).count("$L$") == 1
    assert len(arrows(figure, dashed=False)) == 6 * steps


@pytest.mark.parametrize("steps", [1, 2, 4])
def test_the_shared_weight_is_one_node_with_an_arrow_to_every_state(steps) -> None:
    figure = loss.shared_weight(steps)
    assert texts(figure).count("$W_{hh}$") == 1
    to_states, to_the_sum = steps, steps
    assert in_role(arrows(figure, dashed=False), "neutral") == to_states + to_the_sum


def test_the_recurrent_network_has_a_loss_at_every_step_and_one_matrix() -> None:
    figure = loss.deep_and_recurrent()
    shown = texts(figure)
    assert {"$(W^2)^\\top$", "$(W^3)^\\top$", "$\\nabla C$"} <= set(shown)
    assert shown.count("$W_{hh}^\\top$") == 2
    assert [f"$L_{{{t}}}$" in shown for t in (1, 2, 3)] == [True] * 3
    assert in_role(arrows(figure, dashed=True), "gradient") == 3 + 2 + 3


@pytest.mark.parametrize("draw", [derivation.two_ways_back, code.backward_step])
def test_gradients_are_dashed_and_nothing_else_is(draw) -> None:
    figure = draw()
    back, forward = arrows(figure, dashed=True), arrows(figure, dashed=False)
    assert in_role(back, "gradient") == len(back) > 3
    assert in_role(forward, "gradient") == 0


def test_the_gradient_of_a_state_arrives_from_above_and_from_the_right() -> None:
    assert {"from above", "from the right"} <= set(texts(derivation.two_ways_back()))


def test_a_step_back_shows_all_its_factors() -> None:
    shown = " ".join(texts(code.backward_step()))
    for factor in ("W_{hy}^\\top", "W_{hh}^\\top", "W_{xh}^\\top", "(1 - h_t^2)"):
        assert factor in shown


def test_path_table_leaves_cells_without_a_path_white() -> None:
    sizes = np.triu(np.arange(1.0, 10.0).reshape(3, 3))
    figure = paths.path_table(sizes)
    (mesh,) = (c for c in figure.axes[0].collections if hasattr(c, "get_array"))
    shown = np.ma.filled(mesh.get_array(), np.nan).reshape(3, 3)
    np.testing.assert_array_equal(np.isnan(shown), sizes == 0)
    np.testing.assert_array_equal(shown[~np.isnan(shown)], sizes[sizes > 0])
    assert len(figure.axes) == 2  # the table and the scale of its shades


def test_fingerprints_tell_what_shows_with_one_step() -> None:
    figure = code.fingerprints(FAULTS, NAMES)
    marks = [line.get_marker() for line in figure.axes[0].lines if len(line.get_xdata()) == 1]
    legend = 1
    discs = sum(map(sum, (short for short, _ in FAULTS.values())))
    crosses = sum(
        long and not short
        for pair in FAULTS.values()
        for short, long in zip(*pair, strict=True)
    )  # fmt: skip
    assert marks.count("o") == discs + legend
    assert marks.count("x") == crosses + legend
    assert set(NAMES) | set(FAULTS) <= set(texts(figure))


def test_a_tape_has_a_way_back_beside_every_way_forward() -> None:
    figure = autograd.tape()
    assert len(arrows(figure, dashed=False)) == len(arrows(figure, dashed=True)) == 5
    assert {"$w$", "$h_{t-1}$", "$1 - h_t^2$"} <= set(texts(figure))
