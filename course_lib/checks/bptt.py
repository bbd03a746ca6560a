"""The visible checks of the assignment `bptt`: one for each exercise.

Each takes the student's function, raises `CheckFailed` with what is wrong, or prints one line with
what was checked. What a gradient should be is measured: by central differences of what stands in
the forward direction; the network itself, ``forward``, is the notebook's. A check is called in the
notebook, so an exception in the function itself is left alone: Python shows the line.
"""

import copy
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from course_lib.checks import CheckFailed, expect, expect_form, pair, wave
from course_lib.compare import type_in_words

T, N, D, H, K = 4, 2, 3, 5, 4
PARAMS = ("W_xh", "W_hh", "b_h", "W_hy", "b_y")
HUNDRED_STEPS = {"a": (0.5, 0), "b": (1, 0), "c": (2, 0), "d": (2, 1), "e": (-1, 0), "f": (2, 1e-3)}
WORDS = ("vanishes", "stays", "explodes")
#: Central differences are right to about nine digits.
MEASURED: dict[str, Any] = {"rtol": 1e-6, "atol": 1e-7}

Function = Callable[..., Any]
Arrays = dict[str, np.ndarray]


def slopes(f: Function, array: np.ndarray, step: float = 1e-5) -> np.ndarray:
    """The change of the number f(array) with each entry, measured by central differences."""
    result = np.zeros_like(array)
    for index in np.ndindex(array.shape):
        ahead, behind = np.array(array), np.array(array)
        ahead[index] += step
        behind[index] -= step
        result[index] = (f(ahead) - f(behind)) / (2 * step)
    return result


def _call_unchanged(function: Function, names: Sequence[str], args: Sequence[Any]) -> Any:
    """Call the function, and raise CheckFailed if an argument is changed by that."""
    mine = copy.deepcopy(tuple(args))
    value = function(*mine)
    for name, old, new in zip(names, args, mine, strict=True):
        if not _equal(old, new):
            raise CheckFailed(
                f"{name} has another content after the call. `+=`, `*=` or `[...] =` on an "
                "argument changes the caller's array: make a new one."
            )
    return value


def _equal(old: Any, new: Any) -> bool:
    if isinstance(old, dict):
        return old.keys() == new.keys() and all(_equal(old[key], new[key]) for key in old)
    if isinstance(old, tuple):
        return len(old) == len(new) and all(map(_equal, old, new))
    return np.array_equal(old, new, equal_nan=isinstance(old, np.ndarray))


def _many(got: Any, names: Sequence[str]) -> tuple[Any, ...]:
    what = ", ".join(names)
    if got is None:
        raise CheckFailed(
            f"The function gives back nothing: is the `return` missing? Wanted: {what}."
        )
    if type(got) not in (tuple, list) or len(got) != len(names):
        raise CheckFailed(f"The function should give back {len(names)} things: `return {what}`.")
    return tuple(got)


def _states(*shape: int, start: float = 0.0) -> np.ndarray:
    """Numbers such as tanh gives."""
    return 0.8 * wave(*shape, start=start)


def _params(D: int = D, H: int = H, K: int = K) -> Arrays:
    return {
        "W_xh": 0.7 * wave(D, H, start=2),
        "W_hh": 0.7 * wave(H, H, start=3),
        "b_h": 0.5 * wave(H, start=4),
        "W_hy": 0.7 * wave(H, K, start=5),
        "b_y": 0.5 * wave(K, start=6),
    }


def _loss(forward: Function, x: np.ndarray, y: np.ndarray, h0: np.ndarray, params: Arrays) -> float:
    return float(np.sum((forward(x, h0, params)[1] - y) ** 2) / (2 * x.shape[1]))


def _measured(f: Function, params: Arrays) -> Arrays:
    """The slopes of the number f(params) for each parameter."""
    return {
        name: slopes(lambda value, name=name: f({**params, name: value}), params[name])
        for name in PARAMS
    }


def _expect_gradients(got: Any, expected: Arrays, note: str = "") -> None:
    if type(got) is not dict:
        raise CheckFailed(f"{note} grads is {type_in_words(got)}, expected a dict.".strip())
    expect("grads", got, expected, note=note, **MEASURED)


def check_output_error(output_error: Function) -> None:
    """Exercise 1: both losses, large scores, float32, and the arguments afterwards."""
    o, classes = wave(N, K), np.array([2, 0])
    targets = wave(N, K, start=1)

    def squared(o: np.ndarray) -> float:
        return float(np.sum((o - targets) ** 2)) / 2 / N

    def cross_entropy(o: np.ndarray) -> float:
        right = o[np.arange(N), classes]
        return float(np.mean(np.logaddexp.reduce(o, axis=1) - right))

    names = ("o_t", "y_t", "loss")
    factors = {"-1": -1.0, "N": float(N), "1 / K": 1 / K, "2": 2.0}
    got = _call_unchanged(output_error, names, (o, targets, "squared"))
    note = "For the squared error:"
    expect("do_t", got, slopes(squared, o), note=note, factors=factors, **MEASURED)
    expect("do_t", output_error(o, targets), got, note="With the loss left out:")
    expected = slopes(cross_entropy, o)
    got = _call_unchanged(output_error, names, (o, classes, "cross-entropy"))
    note = "For the cross-entropy:"
    expect("do_t", got, expected, note=note, factors=factors, **MEASURED)
    note = "With other numbers added to the scores of each sequence, which changes nothing:"
    with np.errstate(all="ignore"):
        got = output_error(o + np.array([[5000.0], [-5000.0]]), classes, "cross-entropy")
        far_apart = output_error(1e4 * o, classes, "cross-entropy")
    expect("do_t", got, expected, note=note, **MEASURED)
    expected = (np.eye(K)[o.argmax(axis=1)] - np.eye(K)[classes]) / N
    note = "With scores that are far apart, so that the largest of a sequence has probability 1:"
    expect("do_t", far_apart, expected, note=note)
    single = output_error(o.astype(np.float32), targets.astype(np.float32))
    wanted = slopes(squared, o).astype(np.float32)
    expect("do_t", single, wanted, note="With float32 coming in:", rtol=1e-4, atol=1e-5)
    print(f"output_error: right for both losses (N={N}, K={K}), and for large scores.")


def check_last_state_gradient(last_state_gradient: Function) -> None:
    """Exercise 2: several outputs, one output, and the arguments afterwards."""
    for outputs in (K, 1):
        do, W_hy = wave(N, outputs), wave(H, outputs, start=1)
        expected = slopes(lambda h, do=do, W=W_hy: np.sum(do * (h @ W)), _states(N, H))
        got = _call_unchanged(last_state_gradient, ("do_T", "W_hy"), (do, W_hy))
        expect("dh_T", got, expected, note=f"For K = {outputs}:", **MEASURED)
    print(f"last_state_gradient: right (N={N}, H={H}, K={K}), and for one output.")


def check_state_gradient(state_gradient: Function) -> None:
    """Exercise 3: from above, from the right, both, and the arguments afterwards."""
    W_hy, W_hh = wave(H, K, start=1), wave(H, H, start=2)
    h, rest = _states(N, H, start=3), wave(N, H, start=4)
    h_next = np.tanh(rest + h @ W_hh)
    do, dh_next = wave(N, K, start=5), wave(N, H, start=6)
    cases = (
        ("With dh_next = 0, so that only what comes from above is left:", do, 0 * dh_next),
        ("With do_t = 0, so that only what comes from the right is left:", 0 * do, dh_next),
        ("With both terms:", do, dh_next),
    )
    names = ("do_t", "dh_next", "h_next", "W_hy", "W_hh")
    for note, above, right in cases:

        def later(h: np.ndarray, above: np.ndarray = above, right: np.ndarray = right) -> Any:
            return np.sum(above * (h @ W_hy)) + np.sum(right * np.tanh(rest + h @ W_hh))

        got = _call_unchanged(state_gradient, names, (above, right, h_next, W_hy, W_hh))
        expect("dh_t", got, slopes(later, h), note=note, **MEASURED)
    print(f"state_gradient: each term is right, and both together (N={N}, H={H}, K={K}).")


def _sequence() -> tuple[np.ndarray, ...]:
    """States, what stands inside their tanh, and gradients of states and outputs."""
    h = _states(T, N, H, start=1)
    return h, np.arctanh(h), wave(T, N, H, start=2), wave(T, N, K, start=3)


def check_bias_gradients(bias_gradients: Function) -> None:
    """Exercise 4: both biases, and the arguments afterwards."""
    h, a, dh, do = _sequence()
    value = _call_unchanged(bias_gradients, ("do", "dh", "h"), (do, dh, h))
    db_h, db_y = pair(value, "(db_h, db_y)")
    factors = {"1 / N": 1 / N, "1 / T": 1 / T}
    expected = slopes(lambda b: np.sum(do * b), np.zeros(K))
    expect("db_y", db_y, expected, factors=factors, **MEASURED)
    expected = slopes(lambda b: np.sum(dh * np.tanh(a + b)), np.zeros(H))
    expect("db_h", db_h, expected, factors=factors, **MEASURED)
    print(f"bias_gradients: both are right (T={T}, N={N}, H={H}, K={K}).")


def check_output_weight_gradient(output_weight_gradient: Function) -> None:
    """Exercise 5: one step, all steps, and the arguments afterwards."""
    h, _, _, do = _sequence()
    for note, steps in (("For T = 1:", 1), (f"For T = {T}:", T)):
        args = (h[:steps], do[:steps])
        expected = slopes(lambda W, args=args: np.sum(args[1] * (args[0] @ W)), wave(H, K))
        got = _call_unchanged(output_weight_gradient, ("h", "do"), args)
        expect("dW_hy", got, expected, note=note, factors={"1 / N": 1 / N}, **MEASURED)
    print(f"output_weight_gradient: right (T={T}, N={N}, H={H}, K={K}), and for T=1.")


def _inside(into: np.ndarray, a: np.ndarray, dh: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """The slopes with a weight through which `into` goes to what stands inside the tanh."""
    W = wave(*shape, start=5)
    return slopes(lambda V: np.sum(dh * np.tanh(a + into @ (V - W))), W)


def check_recurrent_weight_gradient(recurrent_weight_gradient: Function) -> None:
    """Exercise 6: one step, h0 = 0, all steps, and the arguments afterwards."""
    h, a, dh, _ = _sequence()
    h0 = _states(N, H, start=4)
    cases = (
        ("With h0 = 0:", T, 0 * h0),
        ("For T = 1, where only h0 goes in:", 1, h0),
        (f"For T = {T}:", T, h0),
    )
    for note, steps, start in cases:
        into = np.stack([start, *h[: steps - 1]])
        args = (start, h[:steps], dh[:steps])
        got = _call_unchanged(recurrent_weight_gradient, ("h0", "h", "dh"), args)
        expect("dW_hh", got, _inside(into, a[:steps], dh[:steps], (H, H)), note=note, **MEASURED)
    print(f"recurrent_weight_gradient: right (T={T}, N={N}, H={H}), for h0 = 0 and for T=1.")


def check_input_weight_gradient(input_weight_gradient: Function) -> None:
    """Exercise 7: one step, all steps, and the arguments afterwards."""
    h, a, dh, _ = _sequence()
    x = wave(T, N, D, start=4)
    for note, steps in (("For T = 1:", 1), (f"For T = {T}:", T)):
        args = (x[:steps], h[:steps], dh[:steps])
        expected = _inside(x[:steps], a[:steps], dh[:steps], (D, H))
        got = _call_unchanged(input_weight_gradient, ("x", "h", "dh"), args)
        expect("dW_xh", got, expected, note=note, **MEASURED)
    print(f"input_weight_gradient: right (T={T}, N={N}, D={D}, H={H}), and for T=1.")


def check_predict_first_gradient(
    predict_first_gradient: Function, state_gradient: Function
) -> None:
    """Exercise 8: the form of the answers; then the student's own exercise 3 is run beside them."""
    answers = predict_first_gradient()
    if type(answers) is not dict:
        raise CheckFailed(f"It gives back {type_in_words(answers)}, expected a dict.")
    for case in HUNDRED_STEPS:
        word = answers.get(case)
        if type(word) is not str or word not in WORDS:
            raise CheckFailed(f'Case {case}: choose one of "{", ".join(WORDS)}".')
    print("case     w    h_0   your prediction   the size of dh_t at t = 90, 50, 10, 0")
    none = np.zeros((1, 1))
    for case, (w, start) in HUNDRED_STEPS.items():
        h = [np.full((1, 1), float(start))]
        for _ in range(100):
            h.append(np.tanh(w * h[-1]))
        dh, sizes = np.ones((1, 1)), {}
        for t in range(99, -1, -1):
            dh = state_gradient(none, dh, h[t + 1], none, np.full((1, 1), float(w)))
            expect_form("dh_t", dh, (1, 1), note="Exercise 3 is used here, and should be right.")
            sizes[t] = abs(dh[0, 0])
        seen = "  ".join(f"{sizes[t]:8.1e}" for t in (90, 50, 10, 0))
        print(f"{case:<5}{w:>5} {start:>6}   {answers[case]:<15}   {seen}")
    print("Where they do not agree: what did you expect, and what happens?")


def check_rnn_cell_backward(rnn_cell_backward: Function, forward: Function) -> None:
    """Exercise 9: the five gradients, and the arguments afterwards."""
    params, dh = _params(), wave(N, H, start=7)
    inputs = {"x": wave(N, D), "h_prev": _states(N, H, start=1)}
    inputs |= {name: params[name] for name in ("W_xh", "W_hh", "b_h")}

    def out(x: Any, h_prev: Any, **weights: Any) -> np.ndarray:
        states: np.ndarray = forward(x[None], h_prev, {**params, **weights})[0]
        return states[0]

    cache = (*list(inputs.values())[:4], out(**inputs))
    names = ("dx", "dh_prev", "dW_xh", "dW_hh", "db_h")
    got = _many(_call_unchanged(rnn_cell_backward, ("dh", "cache"), (dh, cache)), names)
    for name, gradient, (of, value) in zip(names, got, inputs.items(), strict=True):
        expected = slopes(lambda v, of=of: np.sum(dh * out(**{**inputs, of: v})), value)
        expect(name, gradient, expected, factors={"1 / N": 1 / N}, **MEASURED)
    print(f"rnn_cell_backward: all five gradients are right (N={N}, D={D}, H={H}).")


def check_rnn_backward_with_output(rnn_backward_with_output: Function, forward: Function) -> None:
    """Exercise 10: one step, the whole sequence, and the arguments afterwards."""
    params, h0 = _params(), _states(N, H, start=1)
    names = ("x", "h0", "h", "do", "params")
    for note, steps in (("For T = 1:", 1), (f"For T = {T}:", T)):
        x, do = wave(T, N, D)[:steps], wave(T, N, K, start=7)[:steps]

        def out(x: Any = x, h0: Any = h0, params: Any = params, do: Any = do) -> float:
            return float(np.sum(do * forward(x, h0, params)[1]))

        h, _ = forward(x, h0, params)
        value = _call_unchanged(rnn_backward_with_output, names, (x, h0, h, do, params))
        grads, dx, dh0 = _many(value, ("grads", "dx", "dh0"))
        _expect_gradients(grads, _measured(lambda p, out=out: out(params=p), params), note)
        expected = slopes(lambda v, out=out: out(x=v), x)
        expect("dx", dx, expected, note=note, axes=("t", "n"), **MEASURED)
        expect("dh0", dh0, slopes(lambda v, out=out: out(h0=v), h0), note=note, **MEASURED)
    print(f"rnn_backward_with_output: all gradients are right (T={T}, N={N}, D={D}, H={H}, K={K}).")


def check_directional_check(directional_check: Function, forward: Function) -> None:
    """Exercise 11: a network whose slope can be worked out, claims of ones, and the arguments."""
    names = ("x", "y", "h0", "params", "grads", "direction", "step")
    one = {name: np.zeros((1,) * (2 if name[0] == "W" else 1)) for name in PARAMS}
    params, direction = {**one, "W_hy": np.ones((1, 1))}, {**one, "b_h": np.full(1, 2.0)}
    x, y, h0 = np.zeros((1, 1, 1)), np.ones((1, 1, 1)), np.zeros((1, 1))
    args = (x, y, h0, params, one, direction, 0.5)
    measured, _ = pair(_call_unchanged(directional_check, names, args), "(measured, claimed)")
    note = "For a network with o = tanh(b_h), y = 1, at b_h = 0, in the direction 2, with step 0.5:"
    expect("measured", measured, -1.52318831, note=note, factors={"2": 2.0, "-1": -1.0})
    params = _params(2, 3, 2)
    ones = {name: np.ones_like(value) for name, value in params.items()}
    twos = {name: 2 * value for name, value in ones.items()}
    x, y, h0 = wave(T, N, 2), wave(T, N, 2, start=1), _states(N, 3)
    measured, claimed = pair(directional_check(x, y, h0, params, ones, twos), "(measured, claimed)")
    note = "For 26 parameters in all, with gradients that are all 1 and a direction of all 2:"
    expect("claimed", claimed, 52.0, note=note)
    true = _measured(lambda p: _loss(forward, x, y, h0, p), params)
    slope = sum(2 * float(np.sum(value)) for value in true.values())
    expect("measured", measured, slope, note="With the step left out:", rtol=1e-6, atol=1e-6)
    print("directional_check: the measured and the claimed slope are right.")


def check_worst_parameter(worst_parameter: Function, forward: Function) -> None:
    """Exercise 12: a bug in each gradient, no bug, bugs that hide, and the arguments afterwards."""
    params = _params(2, 3, 2)
    x, y, h0 = wave(3, N, 2), wave(3, N, 2, start=1), _states(N, 3)
    right = _measured(lambda p: _loss(forward, x, y, h0, p), params)
    names = ("x", "y", "h0", "params", "grads")
    for name in PARAMS:
        grads = {**right, name: 1.5 * right[name]}
        got = _call_unchanged(worst_parameter, names, (x, y, h0, params, grads))
        _expect_name(got, name, f"With the gradient of {name} half as large again:")
    _expect_name(worst_parameter(x, y, h0, params, right), None, "With all gradients right:")
    grads = {**right, "b_h": -right["b_h"]}
    _expect_name(worst_parameter(x, y, h0, params, grads), "b_h", "With a wrong sign in b_h:")
    entry = right["W_hh"].copy()
    entry[2, 2] += 1
    got = worst_parameter(x, y, h0, params, {**right, "W_hh": entry})
    _expect_name(got, "W_hh", "With one wrong entry in W_hh:")
    grads = {**right, "W_xh": 1.1 * right["W_xh"], "b_y": 1.5 * right["b_y"]}
    note = "With W_xh a tenth too large, and b_y half as large again:"
    _expect_name(worst_parameter(x, y, h0, params, grads), "b_y", note)
    got = worst_parameter(x, y, h0, params, {**right, "W_hy": 1.1 * right["W_hy"]}, 0.2)
    _expect_name(got, None, "With errors that are below a tolerance of 0.2:")
    for scale, bugs in ((1e-4, {"W_xh": 1.5, "b_y": 1.05}), (0.0, {"b_h": 1.5})):
        small = scale * x
        true = _measured(lambda p, small=small: _loss(forward, small, y, h0, p), params)
        grads = {name: bugs.get(name, 1.0) * value for name, value in true.items()}
        note = f"With inputs {'that are very small' if scale else 'of 0'}, so that dW_xh is, too:"
        _expect_name(worst_parameter(small, y, h0, params, grads), next(iter(bugs)), note)
    print(
        "worst_parameter: it finds the bug in each of the five gradients, and none where is none."
    )


def _expect_name(got: Any, expected: str | None, note: str) -> None:
    if got is not None and (type(got) is not str or got not in PARAMS):
        raise CheckFailed(f"{note} it gives back {type_in_words(got)}, expected a name or None.")
    if got != expected:
        raise CheckFailed(f"{note} it gives back {got!r}, expected {expected!r}.")


def check_truncated_bptt(truncated_bptt: Function, forward: Function) -> None:
    """Exercise 13: windows of several lengths, and the arguments afterwards."""
    params, steps = _params(), 5
    x, y, h0 = wave(steps, N, D), wave(steps, N, K, start=1), _states(N, H, start=2)
    h, _ = forward(x, h0, params)
    names = ("x", "y", "h0", "params", "k")
    for k in (steps, 1, 2, 3):
        expected = {name: np.zeros_like(value) for name, value in params.items()}
        for start in range(0, steps, k):
            before = h[start - 1] if start else h0

            def window(p: Arrays, start: int = start, before: Any = before, k: int = k) -> float:
                return _loss(forward, x[start : start + k], y[start : start + k], before, p)

            for name, gradient in _measured(window, params).items():
                expected[name] += gradient
        value = _call_unchanged(truncated_bptt, names, (x, y, h0, params, k))
        L, grads = pair(value, "(L, grads)")
        note = f"For T = {steps} and k = {k}:"
        factors = {"1 / T": 1 / steps, "N": float(N)}
        expect("L", L, _loss(forward, x, y, h0, params), note=note, factors=factors)
        _expect_gradients(grads, expected, note)
    print(f"truncated_bptt: loss and gradients are right (T={steps}; k={steps}, 1, 2 and 3).")


def check_clip_gradients(clip_gradients: Function) -> None:
    """Exercise 14: gradients of norm 5, zeros, NaN and infinity, and the arguments afterwards."""
    W, b = np.array([[-4.0, 0]]), np.array([3.0])
    cases = (
        ("norm", 2.5, 0.5 * W, 0.5 * b, 0.5),
        ("norm", 4.5, 0.9 * W, 0.9 * b, 0.9),
        ("norm", 10.0, W, b, 1.0),
        ("value", 2.0, np.array([[-2.0, 0]]), np.array([2.0]), 0.56568542),
        ("value", 10.0, W, b, 1.0),
    )
    what, names = "(clipped, factor)", ("grads", "limit", "how")
    for how, limit, *expected, left in cases:
        note = f'For W = [[-4, 0]] and b = [3], of norm 5, with limit = {limit} and how = "{how}":'
        value = _call_unchanged(clip_gradients, names, ({"W": W, "b": b}, limit, how))
        clipped, factor = pair(value, what)
        expect("clipped", clipped, {"W": expected[0], "b": expected[1]}, note=note)
        expect("factor", factor, left, note=note)
    zeros = {"W": 0 * np.abs(W), "b": 0 * b}
    for how in ("norm", "value"):
        cases_of = [("0", zeros, 1.0)]
        cases_of += [(f"{v}", {"W": W, "b": np.array([v])}, 0.0) for v in (np.nan, np.inf)]
        for word, grads, left in cases_of:
            note = f'With b = {word} and how = "{how}":'
            with np.errstate(all="ignore"):
                clipped, factor = pair(clip_gradients(copy.deepcopy(grads), 2.0, how), what)
            expect("clipped", clipped, zeros, note=note)
            expect("factor", factor, left, note=note)
    print("clip_gradients: right by norm and by value, for zeros, NaN and infinity.")


def check_rtrl_step(
    rtrl_step: Function, rnn_backward_with_output: Function, forward: Function
) -> None:
    """Exercise 15: the state, the sensitivities, and a sequence against the student's own BPTT."""
    params, x, h_prev = _params(), wave(N, D), _states(N, H, start=1)
    shapes = {"W_xh": (N, H, D, H), "W_hh": (N, H, H, H), "b_h": (N, H, H)}
    weights = [params[name] for name in shapes]
    names = ("x_t", "h_prev", "S_prev", "W_xh", "W_hh", "b_h")
    what = "(h, S)"
    for note, scale in (("With S_prev = 0:", 0.0), ("With S_prev that is not 0:", 0.5)):
        S_prev = {name: scale * wave(*shape, start=8) for name, shape in shapes.items()}
        expected = {}
        for name in shapes:
            moved = np.zeros(shapes[name])
            for index in np.ndindex(params[name].shape):
                here = (slice(None), slice(None), *index)
                ends = []
                for way in (1e-5, -1e-5):
                    value = params[name].copy()
                    value[index] += way
                    before = h_prev + way * S_prev[name][here]
                    ends.append(forward(x[None], before, {**params, name: value})[0][0])
                moved[here] = (ends[0] - ends[1]) / 2e-5
            expected[name] = moved
        value = _call_unchanged(rtrl_step, names, (x, h_prev, S_prev, *weights))
        h, S = pair(value, what)
        expect("h", h, forward(x[None], h_prev, params)[0][0], note=note)
        expect("S", S, expected, note=note, **MEASURED)
    x, do, h0 = wave(T, N, D, start=2), wave(T, N, K, start=3), _states(N, H, start=4)
    grads, _, _ = rnn_backward_with_output(x, h0, forward(x, h0, params)[0], do, params)
    h, S = h0, {name: np.zeros(shape) for name, shape in shapes.items()}
    total = {name: np.zeros_like(params[name]) for name in shapes}
    for x_t, do_t in zip(x, do, strict=True):
        h, S = rtrl_step(x_t, h, S, *weights)
        for name in shapes:
            total[name] += np.tensordot(do_t @ params["W_hy"].T, S[name], axes=2)
    for name in shapes:
        note = f"After {T} steps, against what your exercise 10 finds:"
        expect(f"d{name}", total[name], grads[name], note=note)
    print(f"rtrl_step: the sensitivities are right, and after {T} steps the gradient is BPTT's.")


def check_gradient_norms_by_lag(gradient_norms_by_lag: Function) -> None:
    """Exercise 16: a network that doubles, a general one, and the arguments afterwards."""
    doubling = gradient_norms_by_lag(np.zeros((4, 1, 2)), np.diag([2.0, 0.5]))
    note = "For a network of two units with weights 2 and 0.5, and states of 0:"
    expect("norms", doubling, np.array([[2.0], [4], [8]]), note=note)
    h, W_hh = _states(T, N, H), wave(H, H, start=1)
    rest = np.arctanh(h[1:]) - h[:-1] @ W_hh
    expected = np.zeros((T - 1, N))
    for n in range(N):
        for lag in range(1, T):
            jacobian = np.zeros((H, H))
            for j in range(H):

                def last(state: np.ndarray, n: int = n, lag: int = lag, j: int = j) -> float:
                    for inputs in rest[T - 1 - lag :, n]:
                        state = np.tanh(inputs + state @ W_hh)
                    return float(state[j])

                jacobian[:, j] = slopes(last, h[T - 1 - lag, n])
            expected[lag - 1, n] = np.linalg.svd(jacobian, compute_uv=False)[0]
    got = _call_unchanged(gradient_norms_by_lag, ("h", "W_hh"), (h, W_hh))
    expect("norms", got, expected, axes=("lag", "n"), **MEASURED)
    print(f"gradient_norms_by_lag: the norms are right (T={T}, N={N}, H={H}).")
