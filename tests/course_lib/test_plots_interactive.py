"""The figure to step through: its stages, its numbers, and a drawing that agrees with the list."""

import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest

from course_lib.plots.interactive.bptt import BpttStepper
from course_lib.reference import bptt


def network(T: int = 3, seed: int = 0) -> dict:
    """A network with one unit, run and differentiated by the library."""
    rng = np.random.default_rng(seed)
    x, y, h0, w = rng.normal(size=T), rng.normal(size=T), rng.normal(), 0.8
    one = np.ones((1, 1))
    params = {"W_xh": one, "W_hh": w * one, "b_h": np.zeros(1), "W_hy": one, "b_y": np.zeros(1)}
    start, targets = np.full((1, 1), h0), y.reshape(T, 1, 1)
    h, o = bptt.states_and_outputs(x.reshape(T, 1, 1), start, params)
    _, do = bptt.squared_loss(o, targets)
    dh = bptt.state_gradients(do, h, one, w * one)
    da = dh * (1 - h**2)
    before = np.concatenate([start[None], h[:-1]])
    arrays = {"h": h, "dh": dh, "da": da, "terms": before * da}
    return {
        "x": x, "y": y, "h0": h0, "w": w, **{name: a.ravel() for name, a in arrays.items()}
    }  # fmt: skip


def drawing(stepper: BpttStepper) -> ET.Element:
    return ET.fromstring(stepper.svg().replace("&#8203;", ""))


def numbers(text: str) -> list[float]:
    plain = re.sub(r"<sub>.*?</sub>", "", text).replace("−", "-")
    return [float(number) for number in re.findall(r"-?\d+\.\d{3}", plain)]


@pytest.mark.parametrize("T", [1, 2, 3, 5])
def test_there_is_a_stage_for_the_start_each_step_the_loss_and_the_sum(T: int) -> None:
    told = BpttStepper(**network(T)).steps()
    assert len(told) == 1 + T + 1 + 2 * T + 1
    forward = [text for text in told if text.startswith("Forward")]
    back = [text for text in told if text.startswith("Backward")]
    assert [int(text.split(":")[0][-1]) for text in forward] == list(range(1, T + 1))
    assert [int(text.split(":")[0][-1]) for text in back] == [
        t for t in range(T, 0, -1) for _ in range(2)
    ]


def test_the_list_tells_what_the_library_computes() -> None:
    case = network()
    told = BpttStepper(**case).steps()
    for t in (1, 2, 3):
        assert numbers(told[t])[-1] == pytest.approx(case["h"][t - 1], abs=6e-4)
    error = case["h"] - case["y"]
    assert numbers(told[4])[-1] == pytest.approx((error**2).mean() / 2, abs=6e-4)
    assert numbers(told[-1])[-1] == pytest.approx(case["terms"].sum(), abs=6e-4)
    for stage, t in ((7, 2), (9, 1)):
        off, above, w, da_next, right, total = numbers(told[stage])
        assert off == pytest.approx(error[t - 1], abs=6e-4)
        assert above == pytest.approx(error[t - 1] / 3, abs=6e-4)
        assert w * da_next == pytest.approx(right, abs=2e-3)
        assert above + right == pytest.approx(total, abs=2e-3)
        assert total == pytest.approx(case["dh"][t - 1], abs=6e-4)


def test_nothing_comes_from_the_right_at_the_last_step() -> None:
    told = BpttStepper(**network(1)).steps()
    assert "nothing comes from the right" in told[3]
    assert numbers(told[-1]) == pytest.approx(numbers(told[-1])[:1] * 2)


@pytest.mark.parametrize("T", [1, 3])
def test_the_drawing_has_only_stages_that_are_told(T: int) -> None:
    stepper = BpttStepper(**network(T))
    stages = {
        int(part.get("data-from")) for part in drawing(stepper).iter() if part.get("data-from")
    }
    assert stages == set(range(1, 3 * T + 2))
    assert max(stages) < len(stepper.steps()) - 1


def test_as_it_stands_the_drawing_shows_one_sum_the_final_one() -> None:
    case = network()
    sums = [
        part for part in drawing(BpttStepper(**case)).iter("g") if "dw" in "".join(part.itertext())
    ]
    shown = [part for part in sums if part.get("class") != "hidden-part"]
    assert len(sums) == 3
    assert all(part.get("data-until") for part in sums if part not in shown)
    (final,) = shown
    assert numbers("".join(final.itertext()))[-1] == pytest.approx(case["terms"].sum(), abs=6e-4)


def test_everything_lies_within_the_drawing() -> None:
    svg = drawing(BpttStepper(**network(4)))
    _, _, width, height = map(float, svg.get("viewBox").split())
    for element in svg.iter():
        for name in ("x", "x1", "x2", "cx"):
            assert 0 <= float(element.get(name) or 0) <= width
        for name in ("y", "y1", "y2", "cy"):
            assert 0 <= float(element.get(name) or 0) <= height


def test_the_markup_is_readable_without_a_script() -> None:
    html = BpttStepper(**network())._repr_html_()
    assert html.startswith('<bptt-stepper data-start="')
    assert html.count("<li>") == len(BpttStepper(**network()).steps())
    assert 'role="img"' in html
    assert "<script" not in html


def test_sequences_of_unequal_length_are_refused() -> None:
    case = network()
    with pytest.raises(ValueError, match=r"one length expected, got \[2, 3\]"):
        BpttStepper(**{**case, "y": list(case["y"][:2])})
