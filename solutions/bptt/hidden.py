"""The hidden tests of the assignment `bptt`: what each exercise is given, and what must come back.

`grade(exercise, student)` runs the parts of one exercise and gives a `autograder.testing.Verdict`.
Expected values come from `course_lib.reference`; tests/assignments shows that on these very calls the
reference agrees with PyTorch's automatic differentiation and with central differences.

Numbers come from local generators with seeds of their own, made from `SEED`, and sizes differ from
those of the visible checks. tests/assignments shows that the verdicts depend on neither. No message
holds an input, an expected value or anything that a student wrote.
"""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from autograder.testing import (
    Entry,
    Failed,
    PartTest,
    Recorder,
    Verdict,
    examine,
    first,
    load_bank,
    require,
    require_items,
    require_unchanged,
)
from course_lib.reference import bptt as library
from course_lib.reference import rtrl
from course_lib.reference import truncated as cut
from course_lib.reference.bptt import (
    PARAMS,
    input_weight_gradient,
    last_state_gradient,
    output_error,
    output_weight_gradient,
    recurrent_weight_gradient,
    state_gradient,
)
from course_lib.reference.jacobian import gradient_norms_by_lag
from course_lib.reference.rnn import rnn_cell_backward

#: All hidden numbers are drawn from this.
SEED = 20262

PARTS: dict[str, list[PartTest]] = {}
Test = Callable[[Recorder], None]
Arrays = dict[str, np.ndarray]

STEP_WEIGHTS = ("W_xh", "W_hh", "b_h")


def grade(exercise: str, student: Any) -> Verdict:
    """Test a student's answer to an exercise. Raises KeyError where there is no such exercise."""
    return examine(
        exercise,
        student,
        PARTS[exercise],
        given=given(exercise),
        mistakes=_bank(),
        reference=REFERENCE[exercise],
        views=VIEWS.get(exercise, ()),
    )


@cache
def _bank() -> list[Entry]:
    return load_bank(Path(__file__).with_name("mistakes.py"))


def part(
    exercise: str, name: str, *, needs: tuple[str, ...] = (), weight: float = 1.0
) -> Callable[[Test], Test]:
    """Make a function the next part of an exercise's test."""

    def add(test: Test) -> Test:
        PARTS.setdefault(exercise, []).append(PartTest(name, test, needs, weight))
        return test

    return add


# The references: the library's functions where they ask for the same, else put together from them.
# The library's loss is a mean over steps and sequences, the assignment's a sum over the steps.


def _summed_gradients(x: np.ndarray, y: np.ndarray, h0: np.ndarray, params: Arrays) -> Arrays:
    _, grads, _, _ = library.bptt(x, y, h0, params)
    return {name: len(x) * value for name, value in grads.items()}


def bias_gradients(do: np.ndarray, dh: np.ndarray, h: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The reference for exercise 4."""
    return library.state_bias_gradient(dh, h), library.output_bias_gradient(do)


@cache
def predict_first_gradient() -> dict[str, str]:
    """The reference for exercise 8: the gradient after a hundred steps back, computed."""
    answers = {}
    for case, (w, h) in HUNDRED_STEPS.items():
        gradient = 1.0
        for _ in range(100):
            h = np.tanh(w * h)
            gradient *= w * (1 - h**2)
        size = abs(gradient)
        answers[case] = "vanishes" if size < 1e-6 else "explodes" if size > 1e6 else "stays"
    return answers


#: w and h_0 of the cases.
HUNDRED_STEPS = {"a": (0.5, 0), "b": (1, 0), "c": (2, 0), "d": (2, 1), "e": (-1, 0), "f": (2, 1e-3)}
FATES = ("vanishes", "stays", "explodes")


def rnn_backward_with_output(
    x: np.ndarray, h0: np.ndarray, h: np.ndarray, do: np.ndarray, params: Arrays
) -> tuple[Arrays, np.ndarray, np.ndarray]:
    """The reference for exercise 10."""
    return library.sequence_gradients(x, h0, h, do, params)


def directional_check(
    x: np.ndarray,
    y: np.ndarray,
    h0: np.ndarray,
    params: Arrays,
    grads: Arrays,
    direction: Arrays,
    step: float = 1e-5,
) -> tuple[float, float]:
    """The reference for exercise 11."""
    ahead, behind = (
        {name: params[name] + way * direction[name] for name in PARAMS} for way in (step, -step)
    )
    claimed = sum(float(np.vdot(grads[name], direction[name])) for name in PARAMS)
    return (_loss(x, y, h0, ahead) - _loss(x, y, h0, behind)) / (2 * step), claimed


def worst_parameter(
    x: np.ndarray,
    y: np.ndarray,
    h0: np.ndarray,
    params: Arrays,
    grads: Arrays,
    tolerance: float = 1e-4,
) -> str | None:
    """The reference for exercise 12: against the exact gradient, which measuring comes near to."""
    exact = _summed_gradients(x, y, h0, params)
    errors = {name: _error(exact[name], grads[name]) for name in PARAMS}
    worst = max(PARAMS, key=lambda name: errors[name])
    return worst if errors[worst] > tolerance else None


def _error(measured: np.ndarray, claimed: np.ndarray) -> float:
    size = np.linalg.norm(measured) + np.linalg.norm(claimed)
    return float(np.linalg.norm(measured - claimed) / size) if size > 0 else 0.0


def truncated_bptt(
    x: np.ndarray, y: np.ndarray, h0: np.ndarray, params: Arrays, k: int
) -> tuple[float, Arrays]:
    """The reference for exercise 13."""
    L, grads = cut.truncated_bptt(x, y, h0, params, k)
    return len(x) * float(L), {name: len(x) * value for name, value in grads.items()}


def clip_gradients(grads: Arrays, limit: float, how: str) -> tuple[Arrays, float]:
    """The reference for exercise 14."""
    norm = _norm(grads)
    if not np.isfinite(norm):
        return {name: np.zeros_like(g) for name, g in grads.items()}, 0.0
    if how == "norm":
        scale = limit / norm if norm > limit else 1.0
        clipped = {name: scale * g for name, g in grads.items()}
    else:
        clipped = {name: np.clip(g, -limit, limit) for name, g in grads.items()}
    return clipped, _norm(clipped) / norm if norm > 0 else 1.0


def _norm(grads: Arrays) -> float:
    return float(np.linalg.norm(np.concatenate([g.ravel() for g in grads.values()])))


REFERENCE: dict[str, Callable[..., Any]] = {
    "output_error": output_error,
    "last_state_gradient": last_state_gradient,
    "state_gradient": state_gradient,
    "bias_gradients": bias_gradients,
    "output_weight_gradient": output_weight_gradient,
    "recurrent_weight_gradient": recurrent_weight_gradient,
    "input_weight_gradient": input_weight_gradient,
    "predict_first_gradient": predict_first_gradient,
    "rnn_cell_backward": rnn_cell_backward,
    "rnn_backward_with_output": rnn_backward_with_output,
    "directional_check": directional_check,
    "worst_parameter": worst_parameter,
    "truncated_bptt": truncated_bptt,
    "clip_gradients": clip_gradients,
    "rtrl_step": rtrl.rtrl_step,
    "gradient_norms_by_lag": gradient_norms_by_lag,
}


# What stands in for a student's earlier rungs. Unlike the reference it checks no shapes: it takes
# whatever the equation takes, as a student's own version would.


def _given_output_error(o_t: Any, y_t: Any, loss: Any = "squared") -> Any:
    if loss == "squared":
        return (o_t - y_t) / len(o_t)
    e = np.exp(o_t - np.max(o_t, axis=-1, keepdims=True))
    return (e / e.sum(axis=-1, keepdims=True) - np.eye(o_t.shape[-1])[y_t]) / len(o_t)


def _given_last_state(do_T: Any, W_hy: Any) -> Any:
    return do_T @ W_hy.T


def _given_state(do_t: Any, dh_next: Any, h_next: Any, W_hy: Any, W_hh: Any) -> Any:
    return do_t @ W_hy.T + (dh_next * (1 - h_next**2)) @ W_hh.T


def _given_biases(do: Any, dh: Any, h: Any) -> Any:
    return (dh * (1 - h**2)).sum(axis=(0, 1)), do.sum(axis=(0, 1))


def _given_output_weight(h: Any, do: Any) -> Any:
    return np.einsum("tni,tnj->ij", h, do)


def _given_recurrent_weight(h0: Any, h: Any, dh: Any) -> Any:
    return np.einsum("tni,tnj->ij", np.concatenate([h0[None], h[:-1]]), dh * (1 - h**2))


def _given_input_weight(x: Any, h: Any, dh: Any) -> Any:
    return np.einsum("tni,tnj->ij", x, dh * (1 - h**2))


def _given_cell(dh: Any, cache: Any) -> Any:
    x, h_prev, W_xh, W_hh, h = cache
    da = dh * (1 - h**2)
    return da @ W_xh.T, da @ W_hh.T, x.T @ da, h_prev.T @ da, da.sum(axis=0)


def _given_sequence(x: Any, h0: Any, h: Any, do: Any, params: Any) -> Any:
    dh = [do[-1] @ params["W_hy"].T]
    for t in range(len(h) - 2, -1, -1):
        dh.insert(0, _given_state(do[t], dh[0], h[t + 1], params["W_hy"], params["W_hh"]))
    dh = np.stack(dh)
    da = dh * (1 - h**2)
    db_h, db_y = _given_biases(do, dh, h)
    grads = {
        "W_xh": _given_input_weight(x, h, dh),
        "W_hh": _given_recurrent_weight(h0, h, dh),
        "b_h": db_h,
        "W_hy": _given_output_weight(h, do),
        "b_y": db_y,
    }
    return grads, da @ params["W_xh"].T, da[0] @ params["W_hh"].T


GIVEN: dict[str, Callable[..., Any]] = {
    "output_error": _given_output_error,
    "last_state_gradient": _given_last_state,
    "state_gradient": _given_state,
    "bias_gradients": _given_biases,
    "output_weight_gradient": _given_output_weight,
    "recurrent_weight_gradient": _given_recurrent_weight,
    "input_weight_gradient": _given_input_weight,
    "rnn_cell_backward": _given_cell,
    "rnn_backward_with_output": _given_sequence,
    "directional_check": directional_check,
}


def given(exercise: str) -> dict[str, Callable[..., Any]]:
    """The examiner's functions that stand in for a student's answers to the exercises before."""
    order = list(REFERENCE)
    before = order[: order.index(exercise)]
    return {name: GIVEN[name] for name in before if name in GIVEN}


def _rng(exercise: int, case: int) -> np.random.Generator:
    return np.random.default_rng([SEED, exercise, case])


def _unchanged(student: Recorder, args: tuple[Any, ...], names: tuple[str, ...]) -> None:
    require_unchanged(names, args, student.call(args))


def _sizes_of(value: Any) -> tuple[int, ...]:
    """The lengths of all axes of all arrays in the arguments: these a message may show."""
    if isinstance(value, np.ndarray):
        return value.shape
    items = value.values() if isinstance(value, dict) else value
    if isinstance(value, (dict, list, tuple)):
        return tuple(size for item in items for size in _sizes_of(item))
    return ()


def _single(*arrays: np.ndarray) -> tuple[np.ndarray, ...]:
    return tuple(a.astype(np.float32) for a in arrays)


#: How near float32 has to be.
LOOSE: dict[str, Any] = {"rtol": 1e-4, "atol": 1e-5}


def _compare(
    student: Recorder,
    exercise: str,
    name: str,
    args: tuple[Any, ...],
    note: str = "",
    **options: Any,
) -> None:
    """The student's only result against the reference's."""
    expected = REFERENCE[exercise](*args)
    require(name, student(*args), expected, note=note, sizes=_sizes_of(args), **options)


def _states(rng: np.random.Generator, *shape: int) -> np.ndarray:
    """Numbers such as tanh gives."""
    return np.tanh(rng.standard_normal(shape))


# 1. The error of an output


def _output_case(
    case: int, N: int, K: int, loss: str = "squared", scale: float = 1.0
) -> tuple[Any, ...]:
    rng = _rng(1, case)
    o = scale * rng.standard_normal((N, K))
    if loss == "squared":
        return o, rng.standard_normal((N, K)), loss
    return o, rng.integers(K, size=N), loss


@part("output_error", "the squared error")
def _(student: Recorder) -> None:
    args = _output_case(0, 3, 4)
    _compare(student, "output_error", "do_t", args)
    note = "With the name of the loss left out, which means the squared error:"
    _compare(student, "output_error", "do_t", args[:2], note)


@part("output_error", "the cross-entropy")
def _(student: Recorder) -> None:
    _compare(student, "output_error", "do_t", _output_case(1, 4, 3, "cross-entropy"))


@part("output_error", "any size", needs=("the squared error", "the cross-entropy"))
def _(student: Recorder) -> None:
    for loss in ("squared", "cross-entropy"):
        args = _output_case(2, 1, 4, loss)
        _compare(student, "output_error", "do_t", args, "For a single sequence, N = 1:")
        _compare(student, "output_error", "do_t", _output_case(3, 4, 4, loss), "With N = K:")
        _compare(student, "output_error", "do_t", _output_case(4, 5, 1, loss), "With K = 1:")
    args = _output_case(5, 3, 4)
    single = (*_single(*args[:2]), args[2])
    _compare(student, "output_error", "do_t", single, "With float32 coming in:", **LOOSE)


@part("output_error", "large scores", needs=("the cross-entropy",))
def _(student: Recorder) -> None:
    o, y, loss = _output_case(6, 3, 4, "cross-entropy")
    apart = o + 9000 * (1 - np.arange(len(o)))[:, None]
    note = "With scores that are far from 0, each sequence's in another place:"
    _compare(student, "output_error", "do_t", (apart, y, loss), note)
    wide = _output_case(8, 3, 4, "cross-entropy", 3000.0)
    note = "With scores of one sequence that are far from one another:"
    _compare(student, "output_error", "do_t", wide, note)


@part("output_error", "its arguments stay as they are", needs=("the squared error",))
def _(student: Recorder) -> None:
    for loss in ("squared", "cross-entropy"):
        _unchanged(student, _output_case(7, 3, 4, loss), ("o_t", "y_t", "loss"))


# 2. The last state


def _last_case(case: int, N: int, H: int, K: int) -> tuple[np.ndarray, ...]:
    rng = _rng(2, case)
    return rng.standard_normal((N, K)), rng.standard_normal((H, K))


@part("last_state_gradient", "one output", weight=0.5)
def _(student: Recorder) -> None:
    _compare(student, "last_state_gradient", "dh_T", _last_case(0, 3, 4, 1), "With K = 1:")


@part("last_state_gradient", "several outputs", weight=2)
def _(student: Recorder) -> None:
    _compare(student, "last_state_gradient", "dh_T", _last_case(2, 4, 4, 4), "With N = H = K:")
    _compare(student, "last_state_gradient", "dh_T", _last_case(1, 3, 5, 4))


@part("last_state_gradient", "any size", needs=("several outputs",))
def _(student: Recorder) -> None:
    name = "last_state_gradient"
    _compare(student, name, "dh_T", _last_case(3, 1, 3, 2), "For a single sequence, N = 1:")
    _compare(student, name, "dh_T", _last_case(4, 3, 1, 2), "With one unit, H = 1:")
    single = _single(*_last_case(5, 3, 2, 4))
    _compare(student, name, "dh_T", single, "With float32 coming in:", **LOOSE)
    _unchanged(student, _last_case(6, 3, 2, 4), ("do_T", "W_hy"))


# 3. Any other state

STATE_ARGS = ("do_t", "dh_next", "h_next", "W_hy", "W_hh")


def _state_case(case: int, N: int, H: int, K: int) -> tuple[np.ndarray, ...]:
    rng = _rng(3, case)
    do, dh = rng.standard_normal((N, K)), rng.standard_normal((N, H))
    h = _states(rng, N, H)
    return do, dh, h, rng.standard_normal((H, K)), rng.standard_normal((H, H))


def _without(args: tuple[np.ndarray, ...], *places: int) -> tuple[np.ndarray, ...]:
    return tuple(np.zeros_like(a) if i in places else a for i, a in enumerate(args))


@part("state_gradient", "from above")
def _(student: Recorder) -> None:
    args = _without(_state_case(0, 3, 5, 4), 1)
    note = "With dh_next = 0, so that only what comes from above is left:"
    _compare(student, "state_gradient", "dh_t", args, note)


@part("state_gradient", "from the right, where h_next is 0")
def _(student: Recorder) -> None:
    args = _without(_state_case(1, 3, 5, 4), 0, 2)
    note = "With do_t = 0, and h_next = 0, where the slope of the tanh is 1:"
    _compare(student, "state_gradient", "dh_t", args, note)


@part("state_gradient", "from the right")
def _(student: Recorder) -> None:
    args = _without(_state_case(2, 3, 5, 4), 0)
    note = "With do_t = 0, so that only what comes from the right is left:"
    _compare(student, "state_gradient", "dh_t", args, note)


@part("state_gradient", "both together, in any size", weight=2)
def _(student: Recorder) -> None:
    name = "state_gradient"
    _compare(student, name, "dh_t", _state_case(3, 3, 5, 4))
    _compare(student, name, "dh_t", _state_case(4, 4, 4, 4), "With N = H = K:")
    _compare(student, name, "dh_t", _state_case(5, 1, 3, 4), "For a single sequence, N = 1:")
    _compare(student, name, "dh_t", _state_case(6, 3, 1, 1), "With one unit and one output:")
    single = _single(*_state_case(7, 3, 5, 4))
    _compare(student, name, "dh_t", single, "With float32 coming in:", **LOOSE)


@part("state_gradient", "its arguments stay as they are", needs=("both together, in any size",))
def _(student: Recorder) -> None:
    _unchanged(student, _state_case(8, 3, 5, 4), STATE_ARGS)


# 4 to 7. The parameters


def _bias_case(case: int, T: int, N: int, H: int, K: int) -> tuple[np.ndarray, ...]:
    rng = _rng(4, case)
    return (
        rng.standard_normal((T, N, K)),
        rng.standard_normal((T, N, H)),
        _states(rng, T, N, H),
    )


def _biases(student: Recorder, args: tuple[np.ndarray, ...]) -> tuple[Any, ...]:
    what = "the pair (db_h, db_y)"
    return require_items("What comes back", student(*args), 2, what)


def _both_biases(student: Recorder, args: tuple[np.ndarray, ...], note: str) -> None:
    expected = bias_gradients(*args)
    for name, got, wanted in zip(("db_h", "db_y"), _biases(student, args), expected, strict=True):
        require(name, got, wanted, note=note, sizes=_sizes_of(args))


@part("bias_gradients", "db_y")
def _(student: Recorder) -> None:
    args = _bias_case(0, 4, 3, 5, 2)
    expected = bias_gradients(*args)[1]
    factors = {"1 / N": 1 / args[0].shape[1], "1 / T": 1 / len(args[0])}
    got = _biases(student, args)[1]
    require("db_y", got, expected, sizes=_sizes_of(args), factors=factors)


@part("bias_gradients", "db_h, where h is 0")
def _(student: Recorder) -> None:
    args = _without(_bias_case(1, 4, 3, 5, 2), 2)
    note = "With h = 0, where the slope of the tanh is 1:"
    got, expected = _biases(student, args)[0], bias_gradients(*args)[0]
    factors = {"1 / N": 1 / args[0].shape[1], "1 / T": 1 / len(args[0])}
    require("db_h", got, expected, note=note, sizes=_sizes_of(args), factors=factors)


@part("bias_gradients", "db_h")
def _(student: Recorder) -> None:
    args = _bias_case(2, 4, 3, 5, 2)
    require("db_h", _biases(student, args)[0], bias_gradients(*args)[0], sizes=_sizes_of(args))


@part("bias_gradients", "any size", needs=("db_y", "db_h"))
def _(student: Recorder) -> None:
    _both_biases(student, _bias_case(3, 1, 3, 2, 4), "For T = 1:")
    _both_biases(student, _bias_case(4, 4, 1, 2, 3), "For a single sequence, N = 1:")
    _both_biases(student, _bias_case(5, 3, 3, 3, 3), "With T = N = H = K:")
    _both_biases(student, _bias_case(6, 3, 4, 1, 1), "With one unit and one output:")
    _unchanged(student, _bias_case(7, 4, 3, 5, 2), ("do", "dh", "h"))


def _weight_case(case: int, T: int, N: int, H: int, K: int) -> tuple[np.ndarray, ...]:
    rng = _rng(5, case)
    return _states(rng, T, N, H), rng.standard_normal((T, N, K))


def _recurrent_case(case: int, T: int, N: int, H: int) -> tuple[np.ndarray, ...]:
    rng = _rng(6, case)
    return _states(rng, N, H), _states(rng, T, N, H), rng.standard_normal((T, N, H))


def _input_case(case: int, T: int, N: int, D: int, H: int) -> tuple[np.ndarray, ...]:
    rng = _rng(7, case)
    return (
        rng.standard_normal((T, N, D)),
        _states(rng, T, N, H),
        rng.standard_normal((T, N, H)),
    )


@part("output_weight_gradient", "one step of one sequence")
def _(student: Recorder) -> None:
    args = _weight_case(0, 1, 1, 3, 4)
    _compare(student, "output_weight_gradient", "dW_hy", args, "With T = 1 and N = 1:")


@part("output_weight_gradient", "one step of several sequences")
def _(student: Recorder) -> None:
    args = _weight_case(1, 1, 4, 3, 2)
    _compare(student, "output_weight_gradient", "dW_hy", args, "With T = 1:")


@part("output_weight_gradient", "all steps", weight=2)
def _(student: Recorder) -> None:
    name = "output_weight_gradient"
    _compare(student, name, "dW_hy", _weight_case(2, 4, 3, 5, 2))
    _compare(student, name, "dW_hy", _weight_case(3, 4, 1, 2, 3), "For a single sequence, N = 1:")
    _compare(student, name, "dW_hy", _weight_case(4, 3, 3, 3, 3), "With T = N = H = K:")


@part("output_weight_gradient", "its arguments stay as they are", needs=("all steps",), weight=0.5)
def _(student: Recorder) -> None:
    _unchanged(student, _weight_case(5, 4, 3, 5, 2), ("h", "do"))


@part("recurrent_weight_gradient", "one step")
def _(student: Recorder) -> None:
    note = "With T = 1, where only h0 goes in:"
    args = _recurrent_case(0, 1, 3, 4)
    _compare(student, "recurrent_weight_gradient", "dW_hh", args, note)


@part("recurrent_weight_gradient", "all steps, where h0 is 0")
def _(student: Recorder) -> None:
    args = _without(_recurrent_case(1, 4, 3, 5), 0)
    _compare(student, "recurrent_weight_gradient", "dW_hh", args, "With h0 = 0:")


@part("recurrent_weight_gradient", "all steps", weight=2)
def _(student: Recorder) -> None:
    name = "recurrent_weight_gradient"
    _compare(student, name, "dW_hh", _recurrent_case(2, 4, 3, 5))
    _compare(student, name, "dW_hh", _recurrent_case(3, 5, 1, 3), "For a single sequence, N = 1:")
    _compare(student, name, "dW_hh", _recurrent_case(4, 3, 3, 3), "With T = N = H:")
    _compare(student, name, "dW_hh", _recurrent_case(5, 4, 3, 1), "With one unit, H = 1:")


@part(
    "recurrent_weight_gradient", "its arguments stay as they are", needs=("all steps",), weight=0.5
)
def _(student: Recorder) -> None:
    _unchanged(student, _recurrent_case(6, 4, 3, 5), ("h0", "h", "dh"))


@part("input_weight_gradient", "one step of several sequences")
def _(student: Recorder) -> None:
    args = _input_case(0, 1, 3, 2, 4)
    _compare(student, "input_weight_gradient", "dW_xh", args, "With T = 1:")


@part("input_weight_gradient", "all steps, where h is 0")
def _(student: Recorder) -> None:
    args = _without(_input_case(1, 4, 3, 2, 5), 1)
    note = "With h = 0, where the slope of the tanh is 1:"
    _compare(student, "input_weight_gradient", "dW_xh", args, note)


@part("input_weight_gradient", "all steps", weight=2)
def _(student: Recorder) -> None:
    name = "input_weight_gradient"
    _compare(student, name, "dW_xh", _input_case(2, 4, 3, 2, 5))
    _compare(student, name, "dW_xh", _input_case(3, 5, 1, 4, 3), "For a single sequence, N = 1:")
    _compare(student, name, "dW_xh", _input_case(4, 3, 3, 3, 3), "With T = N = D = H:")
    _compare(student, name, "dW_xh", _input_case(5, 4, 3, 1, 1), "With one feature and one unit:")


@part("input_weight_gradient", "its arguments stay as they are", needs=("all steps",), weight=0.5)
def _(student: Recorder) -> None:
    _unchanged(student, _input_case(6, 4, 3, 2, 5), ("x", "h", "dh"))


# 8. Predict, then run


def _prediction(case: str) -> Test:
    def test(student: Recorder) -> None:
        answers = student()
        if type(answers) is not dict:
            require("What comes back", answers, predict_first_gradient())
        word = answers.get(case)
        if type(word) is not str or word not in FATES:
            raise Failed("there is none of the three words for it.")
        if word != predict_first_gradient()[case]:
            raise Failed("run this case once more, and look at the factor of each step.")

    return test


for _case in HUNDRED_STEPS:
    part("predict_first_gradient", f"case {_case}")(_prediction(_case))


# 9. One step back

CELL_RESULTS = ("dx", "dh_prev", "dW_xh", "dW_hh", "db_h")


def _cell_case(case: int, N: int, D: int, H: int) -> tuple[np.ndarray, tuple[np.ndarray, ...]]:
    rng = _rng(9, case)
    x, h_prev = rng.standard_normal((N, D)), _states(rng, N, H)
    W_xh, W_hh = 0.7 * rng.standard_normal((D, H)), 0.7 * rng.standard_normal((H, H))
    h = np.tanh(x @ W_xh + h_prev @ W_hh + 0.5 * rng.standard_normal(H))
    return rng.standard_normal((N, H)), (x, h_prev, W_xh, W_hh, h)


def _cell_results(student: Recorder, args: Any) -> tuple[Any, ...]:
    what = "the tuple (dx, dh_prev, dW_xh, dW_hh, db_h)"
    return require_items("What comes back", student(*args), 5, what)


def _all_of_cell(student: Recorder, args: Any, note: str, **options: Any) -> None:
    got, expected = _cell_results(student, args), rnn_cell_backward(*args)
    for name, mine, wanted in zip(CELL_RESULTS, got, expected, strict=True):
        require(name, mine, wanted, note=note, sizes=_sizes_of(args), **options)


def _one_of_cell(i: int) -> Test:
    def test(student: Recorder) -> None:
        args = _cell_case(i, 3, 2, 4)
        got, expected = _cell_results(student, args)[i], rnn_cell_backward(*args)[i]
        require(CELL_RESULTS[i], got, expected, sizes=_sizes_of(args))

    return test


for _i, _name in enumerate(CELL_RESULTS):
    part("rnn_cell_backward", _name)(_one_of_cell(_i))


@part("rnn_cell_backward", "any size", needs=CELL_RESULTS)
def _(student: Recorder) -> None:
    _all_of_cell(student, _cell_case(5, 1, 3, 2), "For a single sequence, N = 1:")
    _all_of_cell(student, _cell_case(6, 3, 3, 3), "With N = D = H:")
    _all_of_cell(student, _cell_case(7, 4, 1, 1), "With one feature and one unit, D = H = 1:")
    dh, stored = _cell_case(8, 3, 2, 4)
    (single,) = _single(dh)
    _all_of_cell(student, (single, _single(*stored)), "With float32 coming in:", **LOOSE)


@part("rnn_cell_backward", "its arguments stay as they are", needs=CELL_RESULTS)
def _(student: Recorder) -> None:
    _unchanged(student, _cell_case(9, 3, 2, 4), ("dh", "cache"))


# 10. The whole way back

SEQUENCE_ARGS = ("x", "h0", "h", "do", "params")
Sequence = tuple[np.ndarray, np.ndarray, np.ndarray, Arrays]


def _network(exercise: int, case: int, T: int, N: int, D: int, H: int, K: int) -> Sequence:
    """x, y, h0 and parameters. The state before the first step is never 0."""
    rng = _rng(exercise, case)
    params = {
        "W_xh": 0.6 * rng.standard_normal((D, H)),
        "W_hh": 0.6 * rng.standard_normal((H, H)),
        "b_h": 0.3 * rng.standard_normal(H),
        "W_hy": 0.6 * rng.standard_normal((H, K)),
        "b_y": 0.3 * rng.standard_normal(K),
    }
    x, y = rng.standard_normal((T, N, D)), rng.standard_normal((T, N, K))
    return x, y, _states(rng, N, H), params


def _sequence_case(case: int, *sizes: int) -> tuple[Any, ...]:
    """x, h0, h, do and parameters, with any gradients of the outputs."""
    x, do, h0, params = _network(10, case, *sizes)
    h, _ = library.states_and_outputs(x, h0, params)
    return x, h0, h, do, params


def _way_back(student: Recorder, args: Any) -> tuple[Any, Any, Any]:
    grads, dx, dh0 = require_items(
        "What comes back", student(*args), 3, "the tuple (grads, dx, dh0)"
    )
    return grads, dx, dh0


def _gradients(
    name: str, got: Any, expected: Arrays, names: tuple[str, ...], **options: Any
) -> None:
    """Some entries of a dict of gradients; the dict must be one."""
    if type(got) is not dict:
        require(name, got, expected)
    for key in names:
        if key not in got:
            raise Failed(f"{name}: the key {key!r} is missing.")
        require(f"{name}[{key!r}]", got[key], expected[key], **options)


def _whole_way(student: Recorder, args: Any, note: str = "") -> None:
    grads, dx, dh0 = rnn_backward_with_output(*args)
    mine, my_dx, my_dh0 = _way_back(student, args)
    sizes = _sizes_of(args)
    _gradients("grads", mine, grads, PARAMS, note=note, sizes=sizes)
    require("grads", mine, grads, note=note, sizes=sizes)
    require("dx", my_dx, dx, note=note, axes=("t", "n"), sizes=sizes)
    require("dh0", my_dh0, dh0, note=note, sizes=sizes)


@part("rnn_backward_with_output", "one step")
def _(student: Recorder) -> None:
    _whole_way(student, _sequence_case(0, 1, 3, 2, 5, 4), "With T = 1:")


@part("rnn_backward_with_output", "the output layer")
def _(student: Recorder) -> None:
    args = _sequence_case(1, 4, 3, 2, 5, 3)
    grads, _, _ = rnn_backward_with_output(*args)
    mine, _, _ = _way_back(student, args)
    _gradients("grads", mine, grads, ("W_hy", "b_y"), sizes=_sizes_of(args))


@part("rnn_backward_with_output", "the parameters of the step", weight=2)
def _(student: Recorder) -> None:
    args = _sequence_case(2, 4, 3, 2, 5, 3)
    grads, _, _ = rnn_backward_with_output(*args)
    mine, _, _ = _way_back(student, args)
    _gradients("grads", mine, grads, STEP_WEIGHTS, sizes=_sizes_of(args))


@part("rnn_backward_with_output", "dx and dh0")
def _(student: Recorder) -> None:
    args = _sequence_case(3, 4, 3, 2, 5, 3)
    _, dx, dh0 = rnn_backward_with_output(*args)
    _, my_dx, my_dh0 = _way_back(student, args)
    require("dx", my_dx, dx, axes=("t", "n"), sizes=_sizes_of(args))
    require("dh0", my_dh0, dh0, sizes=_sizes_of(args))


@part(
    "rnn_backward_with_output",
    "any size",
    needs=("the output layer", "the parameters of the step", "dx and dh0"),
)
def _(student: Recorder) -> None:
    _whole_way(student, _sequence_case(4, 5, 1, 3, 2, 4), "For a single sequence, N = 1:")
    _whole_way(student, _sequence_case(5, 3, 3, 3, 3, 3), "With T = N = D = H = K:")
    _whole_way(student, _sequence_case(6, 2, 4, 1, 1, 1), "With D = H = K = 1:")
    x, h0, h, do, params = _sequence_case(7, 5, 2, 3, 4, 3)
    do[:-1] = 0
    _whole_way(student, (x, h0, h, do, params), "With a loss at the last step only:")


@part(
    "rnn_backward_with_output",
    "its arguments stay as they are",
    needs=("the parameters of the step",),
)
def _(student: Recorder) -> None:
    _unchanged(student, _sequence_case(8, 4, 3, 2, 5, 3), SEQUENCE_ARGS)


# 11. Measure the slope

DIRECTIONAL_ARGS = ("x", "y", "h0", "params", "grads", "direction")


def _loss(x: np.ndarray, y: np.ndarray, h: np.ndarray, params: Arrays) -> float:
    """The squared error of the network, without a look at any shape: it is called often."""
    L = 0.0
    for x_t, y_t in zip(x, y, strict=True):
        h = np.tanh(x_t @ params["W_xh"] + h @ params["W_hh"] + params["b_h"])
        L += float(np.sum((h @ params["W_hy"] + params["b_y"] - y_t) ** 2)) / (2 * len(h))
    return L


def _directional_case(case: int, *sizes: int) -> tuple[Any, ...]:
    """A network with claimed gradients and a direction, which have nothing to do with each other."""
    x, y, h0, params = _network(11, case, *sizes)
    rng = _rng(111, case)
    grads, direction = (
        {name: rng.standard_normal(value.shape) for name, value in params.items()} for _ in "12"
    )
    return x, y, h0, params, grads, direction


def _slopes(student: Recorder, args: Any) -> tuple[Any, Any]:
    what = "the pair (measured, claimed)"
    measured, claimed = require_items("What comes back", student(*args), 2, what)
    return measured, claimed


@part("directional_check", "measured")
def _(student: Recorder) -> None:
    note = "With a step that is not small, so that one-sided differences show:"
    args = (*_directional_case(0, 4, 3, 2, 5, 3), 0.05)
    factors = {"1 / step": 20.0, "step": 0.05}
    require(
        "measured",
        _slopes(student, args)[0],
        directional_check(*args)[0],
        note=note,
        factors=factors,
    )


@part("directional_check", "claimed")
def _(student: Recorder) -> None:
    args = (*_directional_case(1, 4, 3, 2, 5, 3), 0.05)
    require("claimed", _slopes(student, args)[1], directional_check(*args)[1])


@part("directional_check", "any step and any size", needs=("measured", "claimed"))
def _(student: Recorder) -> None:
    for note, sizes, step in (
        ("For a single step of a single sequence:", (1, 1, 2, 3, 2), 0.2),
        ("With T = N = D = H = K:", (3, 3, 3, 3, 3), 0.01),
    ):
        args = (*_directional_case(sum(sizes), *sizes), step)
        require("measured", _slopes(student, args)[0], directional_check(*args)[0], note=note)
        require("claimed", _slopes(student, args)[1], directional_check(*args)[1], note=note)
    note = "With the step left out:"
    args = _directional_case(2, 4, 2, 3, 4, 2)
    measured, claimed = directional_check(*args)
    # The error of the default step is far below that of one ten times as large.
    require("measured", _slopes(student, args)[0], measured, note=note, rtol=1e-8, atol=1e-9)
    require("claimed", _slopes(student, args)[1], claimed, note=note)


@part("directional_check", "its arguments stay as they are", needs=("measured", "claimed"))
def _(student: Recorder) -> None:
    _unchanged(student, _directional_case(3, 4, 2, 3, 4, 2), DIRECTIONAL_ARGS)


# 12. Find the bug

WORST_ARGS = ("x", "y", "h0", "params", "grads")
WORST_SIZES = (2, 3, 3, 2, 1)


def _claims(case: int, **factors: Any) -> tuple[Any, ...]:
    """A network with its gradients, some of them spoilt by a function of the gradient."""
    x, y, h0, params = _network(12, case, *WORST_SIZES)
    grads = _summed_gradients(x, y, h0, params)
    return x, y, h0, params, grads | {name: spoil(grads[name]) for name, spoil in factors.items()}


def _named(student: Recorder, args: tuple[Any, ...], note: str) -> None:
    """The right name, or None; what else comes is never repeated."""
    got, expected = student(*args), worst_parameter(*args)
    if got is None and expected is not None:
        raise Failed(f"{note} it gives back None: is the `return` missing?")
    if got is not None and (type(got) is not str or got not in PARAMS):
        raise Failed(f"{note} what comes back is neither None nor the name of a parameter.")
    if got != expected:
        raise Failed(f"{note} it is not the one that comes back.")


def _spoilt(name: str) -> Test:
    def test(student: Recorder) -> None:
        _named(student, _claims(PARAMS.index(name), **{name: _doubled}), f"With {name} wrong:")

    return test


def _doubled(gradient: np.ndarray) -> np.ndarray:
    return 2 * gradient


for _name in ("W_xh", "W_hh", "b_y"):
    part("worst_parameter", f"a wrong gradient of {_name}")(_spoilt(_name))


_ONE_WRONG = tuple(f"a wrong gradient of {name}" for name in ("W_xh", "W_hh", "b_y"))


@part("worst_parameter", "one wrong entry, or a wrong sign", needs=_ONE_WRONG[:1])
def _(student: Recorder) -> None:
    def one_entry(gradient: np.ndarray) -> np.ndarray:
        wrong = gradient.copy()
        wrong.flat[-1] += np.linalg.norm(gradient)
        return wrong

    _named(student, _claims(5, W_hy=one_entry), "With one wrong entry:")
    _named(student, _claims(6, b_h=np.negative), "With a wrong sign:")
    _named(student, _claims(7, W_hh=np.transpose), "With a gradient that is transposed:")


@part("worst_parameter", "no wrong gradient", needs=_ONE_WRONG[:1])
def _(student: Recorder) -> None:
    _named(student, _claims(8), "With all gradients right, where the result is None:")
    x, y, h0, params, _ = _claims(9)
    x = np.zeros_like(x)
    grads = _summed_gradients(x, y, h0, params)
    note = "With all inputs 0, so that a gradient is 0 and right:"
    _named(student, (x, y, h0, params, grads), note)
    _named(student, (x, y, h0, params, grads | {"b_h": 2 * grads["b_h"]}), "Then one is wrong:")


@part("worst_parameter", "a small gradient, and two that are wrong", needs=_ONE_WRONG[:1])
def _(student: Recorder) -> None:
    x, y, h0, params, _ = _claims(10)
    x = 1e-4 * x
    grads = _summed_gradients(x, y, h0, params)
    grads = grads | {"W_xh": 2 * grads["W_xh"], "b_y": 1.02 * grads["b_y"]}
    note = "With a large gradient a little wrong, and a very small one altogether:"
    _named(student, (x, y, h0, params, grads), note)
    a_little = {"W_xh": lambda g: 1.02 * g, "b_y": lambda g: 1.5 * g, "W_hh": lambda g: 1.1 * g}
    _named(student, _claims(11, **a_little), "With three wrong gradients:")


@part("worst_parameter", "the tolerance", needs=_ONE_WRONG[:1])
def _(student: Recorder) -> None:
    args = _claims(12, W_hh=lambda g: 1.1 * g)
    expected = worst_parameter(*args, 0.2)
    got = student(*args, 0.2)
    if got is not expected:
        raise Failed("With errors below the tolerance, which are no bugs: it names one.")
    x, y, h0, params, _ = _claims(13)
    # So that the entry of a gradient that is measured last is 0, unlike the others.
    x[..., -1] = 0
    grads = _summed_gradients(x, y, h0, params)
    for factor in (1.00015, 1.0003):
        args = (x, y, h0, params, grads | {"W_xh": factor * grads["W_xh"]})
        _named(student, args, "With an error close to the tolerance:")
    zeros = [{name: np.zeros_like(value) for name, value in params.items()} for _ in "12"]
    if student(x, np.zeros_like(y), h0, *zeros, 0.0) is not None:
        raise Failed("With a tolerance of 0, and no error that is larger: it names one.")
    _unchanged(student, _claims(14, W_hh=_doubled), WORST_ARGS)


# 13. Cut it off

TRUNCATED_ARGS = ("x", "y", "h0", "params", "k")


def _truncated_case(case: int, k: int, *sizes: int) -> tuple[Any, ...]:
    return (*_network(13, case, *sizes), k)


def _loss_and_gradients(student: Recorder, args: Any) -> tuple[Any, Any]:
    L, grads = require_items("What comes back", student(*args), 2, "the pair (L, grads)")
    return L, grads


def _cut_gradients(student: Recorder, args: Any, note: str) -> None:
    _, expected = truncated_bptt(*args)
    _, got = _loss_and_gradients(student, args)
    _gradients("grads", got, expected, PARAMS, note=note, sizes=_sizes_of(args))


@part("truncated_bptt", "the loss", weight=0.5)
def _(student: Recorder) -> None:
    for note, args in (
        ("With windows of 2 steps:", _truncated_case(0, 2, 6, 3, 2, 4, 3)),
        ("With a last window that is shorter:", _truncated_case(1, 4, 6, 3, 2, 4, 3)),
    ):
        factors = {"1 / T": 1 / 6, "N": 3.0, "2": 2.0}
        L, _ = _loss_and_gradients(student, args)
        require("L", L, truncated_bptt(*args)[0], note=note, factors=factors)


@part("truncated_bptt", "one window")
def _(student: Recorder) -> None:
    note = "With k = T, where nothing is cut:"
    args = _truncated_case(2, 4, 4, 3, 2, 5, 2)
    _cut_gradients(student, (*args[:4], len(args[0])), note)
    args = _truncated_case(3, 9, 3, 2, 4, 3, 2)
    _cut_gradients(student, (*args[:4], 2 * len(args[0])), "With k larger than T:")


@part("truncated_bptt", "windows of the same length", weight=2)
def _(student: Recorder) -> None:
    _cut_gradients(student, _truncated_case(4, 3, 6, 2, 3, 4, 2), "With two windows:")
    _cut_gradients(student, _truncated_case(5, 2, 6, 3, 2, 4, 3), "With three windows:")
    _cut_gradients(student, _truncated_case(6, 1, 4, 3, 2, 4, 3), "With k = 1:")


@part("truncated_bptt", "a last window that is shorter", needs=("windows of the same length",))
def _(student: Recorder) -> None:
    _cut_gradients(student, _truncated_case(7, 2, 5, 3, 2, 4, 3), "")
    _cut_gradients(student, _truncated_case(8, 5, 6, 2, 3, 4, 2), "")


@part("truncated_bptt", "any size", needs=("windows of the same length", "the loss"))
def _(student: Recorder) -> None:
    for note, args in (
        ("For T = 1:", _truncated_case(9, 1, 1, 3, 2, 4, 3)),
        ("For a single sequence, N = 1:", _truncated_case(10, 2, 6, 1, 3, 2, 4)),
        ("With T = N = D = H = K:", _truncated_case(11, 2, 4, 4, 4, 4, 4)),
        ("With D = H = K = 1:", _truncated_case(12, 2, 4, 2, 1, 1, 1)),
    ):
        L, grads = _loss_and_gradients(student, args)
        expected_L, expected = truncated_bptt(*args)
        require("L", L, expected_L, note=note)
        require("grads", grads, expected, note=note, sizes=_sizes_of(args))


@part(
    "truncated_bptt",
    "its arguments stay as they are",
    needs=("windows of the same length",),
    weight=0.5,
)
def _(student: Recorder) -> None:
    _unchanged(student, _truncated_case(13, 2, 4, 3, 2, 5, 2), TRUNCATED_ARGS)


# 14. Clip


def _clip_case(case: int, scale: float = 1.0) -> Arrays:
    rng = _rng(14, case)
    shapes = {"W": (3, 4), "U": (2, 3, 2), "b": (5,)}
    return {name: scale * rng.standard_normal(shape) for name, shape in shapes.items()}


def _clipped(student: Recorder, args: Any) -> tuple[Any, Any]:
    clipped, factor = require_items(
        "What comes back", student(*args), 2, "the pair (clipped, factor)"
    )
    return clipped, factor


def _clip(student: Recorder, grads: Arrays, limit: float, how: str, note: str) -> None:
    expected, expected_factor = clip_gradients(grads, limit, how)
    clipped, factor = _clipped(student, (grads, limit, how))
    require("clipped", clipped, expected, note=note)
    require("factor", factor, expected_factor, note=note)


@part("clip_gradients", "by norm")
def _(student: Recorder) -> None:
    grads = _clip_case(0)
    _clip(student, grads, 0.3 * _norm(grads), "norm", "With a norm above the limit:")
    near = 0.98 * _norm(grads)
    _clip(student, grads, near, "norm", "With a norm just above the limit:")


@part("clip_gradients", "by norm, where nothing is to be done")
def _(student: Recorder) -> None:
    grads = _clip_case(1)
    _clip(student, grads, 3 * _norm(grads), "norm", "With a norm below the limit:")


@part("clip_gradients", "by value")
def _(student: Recorder) -> None:
    _clip(student, _clip_case(2), 0.5, "value", "")
    _clip(student, _clip_case(3), 0.1, "value", "With a small limit:")
    grads = _clip_case(4)
    _clip(student, grads, _norm(grads), "value", "Where no entry is above the limit:")


@part("clip_gradients", "zeros, NaN and infinity")
def _(student: Recorder) -> None:
    for how in ("norm", "value"):
        _clip(student, _clip_case(5, 0.0), 2.0, how, f'With how = "{how}" and zeros:')
        for value, word in ((np.nan, "NaN"), (np.inf, "infinity"), (-np.inf, "infinity")):
            grads = _clip_case(6)
            grads["U"][0, 1, 1] = value
            _clip(student, grads, 0.5, how, f'With how = "{how}" and {word} in one entry:')


@part("clip_gradients", "its arguments stay as they are", needs=("by norm", "by value"))
def _(student: Recorder) -> None:
    for how in ("norm", "value"):
        _unchanged(student, (_clip_case(7), 0.5, how), ("grads", "limit", "how"))


# 15. The gradient from left to right

RTRL_ARGS = ("x_t", "h_prev", "S_prev", "W_xh", "W_hh", "b_h")


def _rtrl_case(case: int, N: int, D: int, H: int) -> tuple[Any, ...]:
    x, _, h_prev, params = _network(15, case, 1, N, D, H, 1)
    rng = _rng(151, case)
    zeros = rtrl.zero_sensitivities(len(h_prev), *params["W_xh"].shape)
    S = {name: 0.5 * rng.standard_normal(value.shape) for name, value in zeros.items()}
    return x[0], h_prev, S, params["W_xh"], params["W_hh"], params["b_h"]


def _one_step(student: Recorder, args: Any) -> tuple[Any, Any]:
    h, S = require_items("What comes back", student(*args), 2, "the pair (h, S)")
    return h, S


def _sensitivities(student: Recorder, args: Any, note: str, name: str | None = None) -> None:
    _, expected = rtrl.rtrl_step(*args)
    _, S = _one_step(student, args)
    names = STEP_WEIGHTS if name is None else (name,)
    _gradients("S", S, expected, names, note=note, sizes=_sizes_of(args))


def _zero_before(args: tuple[Any, ...]) -> tuple[Any, ...]:
    S = {name: np.zeros_like(value) for name, value in args[2].items()}
    return (*args[:2], S, *args[3:])


@part("rtrl_step", "the state", weight=0.5)
def _(student: Recorder) -> None:
    args = _rtrl_case(0, 3, 2, 4)
    require("h", _one_step(student, args)[0], rtrl.rtrl_step(*args)[0], sizes=_sizes_of(args))


@part("rtrl_step", "what the parameters do at once")
def _(student: Recorder) -> None:
    args = _zero_before(_rtrl_case(1, 3, 2, 4))
    _sensitivities(student, args, "With S_prev = 0, so that only this step counts:")


@part("rtrl_step", "what is handed on")
def _(student: Recorder) -> None:
    x, h_prev, S, W_xh, W_hh, b_h = _rtrl_case(2, 3, 2, 4)
    args = (np.zeros_like(x), np.zeros_like(h_prev), S, W_xh, W_hh, b_h)
    note = "With x_t = 0 and h_prev = 0, so that the weights do nothing at once:"
    for name in ("W_xh", "W_hh"):
        _sensitivities(student, args, note, name)


@part("rtrl_step", "both together, in any size", weight=2)
def _(student: Recorder) -> None:
    _sensitivities(student, _rtrl_case(3, 3, 2, 4), "")
    _sensitivities(student, _rtrl_case(4, 1, 3, 2), "For a single sequence, N = 1:")
    _sensitivities(student, _rtrl_case(5, 3, 3, 3), "With N = D = H:")
    _sensitivities(student, _rtrl_case(6, 2, 1, 1), "With one feature and one unit, D = H = 1:")
    args = _rtrl_case(7, 2, 4, 3)
    h, S = _one_step(student, args)
    require("h", h, rtrl.rtrl_step(*args)[0])
    require("S", S, rtrl.rtrl_step(*args)[1])


@part("rtrl_step", "the gradient of BPTT", needs=("the state", "both together, in any size"))
def _(student: Recorder) -> None:
    x, y, h, params = _network(15, 8, 4, 2, 3, 4, 2)
    S = rtrl.zero_sensitivities(len(h), *params["W_xh"].shape)
    weights = [params[name] for name in STEP_WEIGHTS]
    exact = _summed_gradients(x, y, h, params)
    total = {name: np.zeros_like(params[name]) for name in STEP_WEIGHTS}
    for x_t, y_t in zip(x, y, strict=True):
        h, S = _one_step(student, (x_t, h, S, *weights))
        dh = output_error(h @ params["W_hy"] + params["b_y"], y_t) @ params["W_hy"].T
        for name in STEP_WEIGHTS:
            total[name] += np.tensordot(dh, S[name], axes=([0, 1], [0, 1]))
    for name in STEP_WEIGHTS:
        note = "After several steps, against the gradient that BPTT finds:"
        require(f"d{name}", total[name], exact[name], note=note)


@part("rtrl_step", "its arguments stay as they are", needs=("both together, in any size",))
def _(student: Recorder) -> None:
    _unchanged(student, _rtrl_case(9, 3, 2, 4), RTRL_ARGS)


# 16. How far does a gradient reach?


def _norms_case(case: int, T: int, N: int, H: int) -> tuple[np.ndarray, ...]:
    rng = _rng(16, case)
    return _states(rng, T, N, H), rng.standard_normal((H, H))


def _norms(student: Recorder, args: tuple[np.ndarray, ...], note: str = "") -> None:
    options: dict[str, Any] = {"axes": ("lag", "n"), "rtol": 1e-9, "atol": 1e-12}
    _compare(student, "gradient_norms_by_lag", "norms", args, note, **options)


@part("gradient_norms_by_lag", "lag 1")
def _(student: Recorder) -> None:
    _norms(student, _norms_case(0, 2, 3, 4), "For T = 2, where there is one lag:")


@part("gradient_norms_by_lag", "all lags, where h is 0")
def _(student: Recorder) -> None:
    args = _without(_norms_case(1, 5, 3, 4), 0)
    _norms(student, args, "With h = 0, so that each Jacobian is W_hh:")


@part("gradient_norms_by_lag", "all lags", weight=2)
def _(student: Recorder) -> None:
    _norms(student, _norms_case(2, 5, 3, 4))


@part("gradient_norms_by_lag", "any size", needs=("all lags",))
def _(student: Recorder) -> None:
    _norms(student, _norms_case(3, 6, 1, 3), "For a single sequence, N = 1:")
    _norms(student, _norms_case(4, 4, 4, 4), "With T = N = H:")
    _norms(student, _norms_case(5, 4, 3, 1), "With one unit, H = 1:")
    _unchanged(student, _norms_case(6, 4, 2, 3), ("h", "W_hh"))


VIEWS: dict[str, tuple[Callable[[Any], Any], ...]] = {
    "directional_check": (first,),
    "clip_gradients": (first,),
}
