"""Exercise 13: weights, set by hand, that add."""

from functools import cache
from typing import Any

import numpy as np

from autograder.testing import Exercise, Failed, Numbers, Recorder
from course_lib.checks.judging import Slip, repaired, return_hint
from course_lib.checks.rnn import MOST_UNITS
from course_lib.compare import type_in_words
from course_lib.reference.adder import adder_weights

ADDER_SHAPES = {"W_xh": "(2, H)", "W_hh": "(H, H)", "b_h": "(H,)", "W_hy": "(H, 1)", "b_y": "(1,)"}


def _adder(value: Any) -> tuple[dict[str, np.ndarray], list[Slip]]:
    """The weights in float64, and what is wrong in form; raises Failed when they are none."""
    if type(value) is not dict:
        came = type_in_words(value)
        raise Failed(f"What comes back: it is {came}, expected a dict.{return_hint(value)}")
    for name in ADDER_SHAPES:
        if name not in value:
            raise Failed(f"The dict has no {name}.")
    b_h = value["b_h"]
    H = b_h.size if type(b_h) is np.ndarray else len(b_h) if type(b_h) in (list, tuple) else 1
    if not 1 <= H <= MOST_UNITS:
        raise Failed(f"b_h must have shape (H,), with H from 1 to {MOST_UNITS}.")
    shapes = {"W_xh": (2, H), "W_hh": (H, H), "b_h": (H,), "W_hy": (H, 1), "b_y": (1,)}
    weights, slips = dict[str, np.ndarray](), list[Slip]()
    for name, shape in shapes.items():
        came = value[name]
        dtype = came.dtype if type(came) is np.ndarray and came.dtype.kind in "iuf" else float
        array, found = repaired(name, came, np.zeros(shape, dtype))
        slips += found
        if type(array) is not np.ndarray or array.dtype.kind not in "iuf":
            raise Failed(f"{name} is not a NumPy array of numbers.")
        if not np.all(np.isfinite(array)):
            raise Failed(f"{name} holds NaN or infinity.")
        if array.shape != shape:
            raise Failed(f"{name} has another shape than {ADDER_SHAPES[name]}, with H from b_h.")
        weights[name] = array.astype(np.float64)
    return weights, slips


def _sum_bits(weights: dict[str, np.ndarray], x: np.ndarray) -> np.ndarray:
    """The bits (T, N) that the network reads out of the input bits x (T, N, 2)."""
    with np.errstate(all="ignore"):
        h = np.zeros((x.shape[1], len(weights["b_h"])))
        bits = []
        for x_t in x:
            h = np.tanh(x_t @ weights["W_xh"] + h @ weights["W_hh"] + weights["b_h"])
            bits.append((h @ weights["W_hy"] + weights["b_y"])[:, 0] > 0.5)
    return np.array(bits)


def _columns(pairs: list[tuple[int, int]], bits: int) -> tuple[np.ndarray, np.ndarray]:
    """Inputs (bits + 1, N, 2) for pairs of numbers, lowest bit first, and the bits of the sums."""
    steps = range(bits + 1)
    x = np.array([[[a >> t & 1, b >> t & 1] for a, b in pairs] for t in steps], dtype=np.float64)
    return x, np.array([[(a + b) >> t & 1 for a, b in pairs] for t in steps], dtype=bool)


def _number(rng: np.random.Generator, bits: int) -> int:
    return int("".join(rng.choice(["0", "1"], size=bits)), 2)


@cache
def _short_sums() -> tuple[np.ndarray, np.ndarray]:
    return _columns([(a, b) for a in range(8) for b in range(8)], 3)


@cache
def _chains() -> tuple[np.ndarray, np.ndarray]:
    bits = 60
    ones = 2**bits - 1
    halves = (2**bits - 1) // 3
    pairs = [(ones, 1), (1, ones), (ones, ones), (ones, 0), (halves, halves << 1), (0, 0)]
    pairs += [(halves, halves), (ones - 2**30, 1), (2**59, 2**59), (ones, 2**30)]
    return _columns(pairs, bits)


@cache
def _long_sums(numbers: Numbers) -> tuple[np.ndarray, np.ndarray]:
    rng = numbers.rng("adder")
    pairs = [(_number(rng, 500), _number(rng, 500)) for _ in range(12)]
    return _columns([*pairs, (2**500 - 1, 1), (2**499, 1), (2**500 - 1, 2**500 - 1)], 500)


def _adds(student: Recorder, sums: tuple[np.ndarray, np.ndarray], note: str) -> None:
    x, expected = sums
    weights, slips = _adder(student())
    student.slips += slips
    wrong = _sum_bits(weights, x) != expected
    if not wrong.any():
        return
    first_step = int(np.argmax(wrong.any(axis=1)))
    share = "all" if wrong.any(axis=0).all() else "some"
    raise Failed(
        f"{note} {share} of the sums are wrong, for the first time at step {first_step + 1}."
    )


def _sums_of(value: Any) -> Any:
    """What a set of weights computes: any two that compute the same are the same answer."""
    try:
        weights, _ = _adder(value)
    except Failed:
        return object()
    return tuple(_sum_bits(weights, x) for x, _ in (_short_sums(), _chains()))


adder = Exercise(
    adder_weights,
    "weights",
    views=[_sums_of],
    title="A network that adds",
    section="sec-rnn-power-adder",
)


@adder.part("two bits and no carry")
def two_bits(student: Recorder, numbers: Numbers) -> None:
    """The first step of all pairs of bits."""
    x, bits = _columns([(0, 0), (0, 1), (1, 0), (1, 1)], 1)
    _adds(student, (x[:1], bits[:1]), "At the first step, where there is no carry:")


@adder.part("numbers of three bits", needs=["two bits and no carry"])
def three_bits(student: Recorder, numbers: Numbers) -> None:
    """All pairs."""
    _adds(student, _short_sums(), "For all pairs of numbers of three bits:")


@adder.part("a carry that goes a long way", needs=["numbers of three bits"])
def long_carries(student: Recorder, numbers: Numbers) -> None:
    """Carries that come, go, and stay away for long."""
    _adds(student, _chains(), "For longer numbers, with long chains of carries:")


@adder.part("numbers of 500 bits", needs=["numbers of three bits"])
def many_bits(student: Recorder, numbers: Numbers) -> None:
    """Nothing may wear away."""
    _adds(student, _long_sums(numbers), "For numbers of 500 bits:")


adder.mistake(
    "adds_without_carry",
    "The sum of two bits is their exclusive or.",
    hint=("Each step is added by itself: no carry goes on to the next one. What is W_hh for?"),
    swap={"W_hh[1] = gain / 2": "W_hh[1] = 0"},
)
adder.mistake(
    "carries_a_single_one",
    "The carry is what is left, so anything above 0.",
    hint=(
        "Your carry comes from s >= 1: a single 1 is already carried. How many ones are needed "
        "for a carry?"
    ),
    swap={"W_hh[1]": "W_hh[0]"},
)
adder.mistake(
    "carries_only_three_ones",
    "The carry is the highest of the three switches.",
    hint=(
        "Your carry is switched on only by s = 3, so the first carry never comes: at the first "
        "step s is at most 2."
    ),
    swap={"W_hh[1]": "W_hh[2]"},
)
adder.mistake(
    "output_is_at_least_one",
    "The bit of the sum is 1 if there is a 1 anywhere.",
    hint=(
        "The output is 1 for s = 1, 2 and 3. The sum bit of 1 + 1 is 0: the switch for s >= 2 has"
        " to take something away."
    ),
    swap={"[[0.5], [-0.5], [0.5]]": "[[0.5], [0.0], [0.0]]"},
)
adder.mistake(
    "forgets_three_ones",
    "Two bits: the sum is 0, 1 or 2.",
    hint=(
        "1 + 1 with a carry should give the bit 1 and again a carry. Your output is 0 there: the "
        "switch for s >= 3 is missing."
    ),
    swap={"[[0.5], [-0.5], [0.5]]": "[[0.5], [-0.5], [0.0]]", "np.array([0.5])": "np.array([0.0])"},
)
adder.mistake(
    "subtracts_the_carry",
    "W_hh takes the carry off, once it is used.",
    hint=(
        "Your units are told what the carry is, but with the wrong sign: a carry makes s smaller "
        "instead of larger."
    ),
    swap={"gain / 2": "-gain / 2"},
)
adder.mistake(
    "first_state_is_a_carry",
    "The thresholds lie in the middle: a carry of -1 or 1, and bits.",
    hint=(
        "Right at all steps but the first: there the state is 0, which your thresholds take for "
        "half a carry. See the last point of the help."
    ),
    swap={"0.75": "1.25"},
)
adder.mistake(
    "soft_switches",
    "The sizes of the weights do not matter, only their proportions.",
    hint=(
        "Your switches are soft, and the carry wears away on its way through many steps. Larger "
        "weights make the tanh a clean switch."
    ),
    swap={"gain = 100.0": "gain = 6.75"},
    unseen="right for the short numbers of the check",
)
adder.mistake(
    "thresholds_in_the_middle",
    "A threshold lies half-way between two values of s.",
    hint=(
        "A carry of 0 or -1 moves the sum by half: without one it lies at s or s - 1/2. Where must "
        "a threshold lie to have the right side of both? Your state is 0 only at the first step."
    ),
    swap={"0.75": "0.5"},
)
adder.mistake(
    "off_is_taken_for_zero",
    "A unit that is switched off gives 0.",
    hint="A switch that is off gives -1, not 0: without a carry your sum is too small by one.",
    swap={"gain / 2": "gain", "0.75": "0.5"},
    spellings=[{"gain / 2": "gain"}, {"gain / 2": "gain", "0.75": "0.75 + 0.25"}],
)
adder.mistake(
    "carry_goes_into_the_wrong_unit",
    "The carry unit hears all three.",
    hint=(
        "The carry, unit 2, should reach all three units. Rows are multiplied from the left: "
        "which row of W_hh says where unit 2 goes?"
    ),
    swap={"W_hh[1]": "W_hh[:, 1]"},
)
adder.mistake(
    "thresholds_at_the_numbers",
    "s >= k means that s - k is not negative.",
    hint="At s = k your switch stands exactly at its threshold, where it is neither 1 nor -1.",
    swap={" - 0.75": ""},
    spellings=[{"0.75": "0.0 - 0.25"}],
)
adder.mistake(
    "weights_too_small",
    "The sizes of the weights do not matter, only their proportions.",
    hint=(
        "Your tanh is far from 1 and -1 where it should switch, and the carry wears away. Make the "
        "weights into each unit larger, all by the same factor."
    ),
    swap={"gain = 100.0": "gain = 1.0"},
    spellings=[{"gain = 100.0": f"gain = {gain}"} for gain in (2.0, 3.0, 4.0, 5.0)],
)
adder.mistake(
    "reads_out_without_a_shift",
    "The output layer needs no bias.",
    hint=(
        "Three switches of 1 or -1, times 1/2: what is their sum for s = 0, 1, 2 and 3? Compare "
        "with the limit, 0.5."
    ),
    swap={"np.array([0.5])": "np.array([0.0])"},
)
adder.mistake(
    "bias_with_the_wrong_sign",
    "A threshold is a bias.",
    hint="A unit switches where its sum reaches a threshold: the bias is minus the threshold.",
    swap={"-gain * (np": "gain * (np"},
)


@adder.alternative
def soft_adder():
    """The same three switches, not saturated: the state is only near 1 and -1, and stays there."""
    gain = 12.0
    W_hh = np.zeros((3, 3))
    W_hh[1] = gain / 2
    return {
        "W_xh": np.full((2, 3), gain),
        "W_hh": W_hh,
        "b_h": -gain * (np.array([1, 2, 3]) - 0.75),
        "W_hy": np.array([[0.5], [-0.5], [0.5]]),
        "b_y": np.array([0.5]),
    }


@adder.alternative
def adder_with_pairs():
    """A fourth unit says that there was a step before, so that a state of 0 means no carry.

    It is 1 after every step, so (h_1 + h_3) / 2 is the carry, 0 or 1, and 0 at the start. The
    weights are integers.
    """
    gain = 60
    W_hh = np.zeros((4, 4), dtype=int)
    W_hh[1, :3] = W_hh[3, :3] = gain
    return {
        "W_xh": np.array([[2 * gain, 2 * gain, 2 * gain, 0]] * 2),
        "W_hh": W_hh,
        "b_h": np.array([-gain, -3 * gain, -5 * gain, gain]),
        "W_hy": np.array([[1], [-1], [1], [0]]),
        "b_y": np.array([1]),
    }


@adder.alternative
def adder_of_many_units():
    """Three switches, put together in a loop, beside six units that do nothing."""
    gain, H = 40.0, 9
    W_xh, W_hh, b_h, W_hy = np.zeros((2, H)), np.zeros((H, H)), np.zeros(H), np.zeros((H, 1))
    for k in range(3):
        W_xh[:, k] = gain
        W_hh[1, k] = gain / 2
        b_h[k] = -gain * (k + 0.25)
        W_hy[k, 0] = 3 * (-1) ** k
    return {"W_xh": W_xh, "W_hh": W_hh, "b_h": b_h, "W_hy": W_hy, "b_y": np.array([3.0])}
