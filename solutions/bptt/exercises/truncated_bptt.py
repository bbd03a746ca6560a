"""Exercise 8: gradients that stay inside windows."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from jaxtyping import Float

from autograder.testing import (
    Exercise,
    Inputs,
    Sizes,
    float32,
    ones,
    sized,
    square,
    states,
    unchanged,
)
from course_lib.reference import truncated as library
from course_lib.reference.bptt import output_error
from course_lib.reference.bptt import states_and_outputs as forward
from course_lib.reference.rnn import rnn_cell_backward

from . import Params, loss_of, network
from .rnn_backward_with_output import rnn_backward_with_output


def truncated_bptt(
    x: Float[np.ndarray, "T N D"],
    y: Float[np.ndarray, "T N K"],
    h0: Float[np.ndarray, "N H"],
    params: Params,
    k: int,
) -> tuple[float, Params]:
    """The library's function for the squared error."""
    L, grads = library.truncated_bptt(x, y, h0, params, k)
    return float(L), grads


Change = Callable[[Inputs, np.random.Generator], Inputs]


def windows(count: int) -> Change:
    """Cut a sequence to so many windows of the same length."""

    def change(arguments: Inputs, rng: np.random.Generator) -> Inputs:
        k = len(arguments["x"]) // count
        kept = {name: arguments[name][: k * count] for name in ("x", "y")}
        return arguments | kept | {"k": k}

    return change


def shorter_last(arguments: Inputs, rng: np.random.Generator) -> Inputs:
    """Cut a sequence so that its last window is shorter than the others."""
    T, k = len(arguments["x"]), arguments["k"]
    kept = {name: arguments[name][: T - (T % k == 0)] for name in ("x", "y")}
    return arguments | kept


def factors(arguments: Mapping[str, Any]) -> dict[str, float]:
    """By what a loss is easily wrong."""
    T, N, _ = arguments["x"].shape
    return {"1 / T": 1 / T, "N": float(N), "2": 2.0}


def whole(rng: np.random.Generator, sizes: Sizes) -> int:
    """A window as long as the sequence."""
    return int(sizes["T"])


def any_length(rng: np.random.Generator, shape: tuple[int, ...], sizes: Sizes) -> int:
    """As `whole`, where a case sets the length last."""
    return whole(rng, sizes)


def longer(rng: np.random.Generator, sizes: Sizes) -> int:
    """A window longer than the sequence."""
    return 2 * int(sizes["T"])


truncated = Exercise(
    truncated_bptt,
    "L grads",
    {"T": 6, "N": 3, "D": 2, "H": 4, "K": 3},
    draw={"h0": states, "params": network, "k": any_length},
    factors=factors,
    title="Cut it off",
    equation="eq-bptt-gate",
    section="sec-bptt-windows",
    says="loss and gradients are right, for windows of any length.",
)
truncated.part(
    "the loss",
    sized("With windows of the same length:", change=windows(3)).comparing("L"),
    sized("With a last window that is shorter:", k=4, change=shorter_last).comparing("L"),
    weight=0.5,
)
truncated.part(
    "one window",
    sized("With k = T, where nothing is cut:", T=4, k=whole).comparing("grads"),
    sized("With k larger than T:", T=3, k=longer).comparing("grads"),
)
truncated.part(
    "windows of the same length",
    sized("With two windows:", change=windows(2)).comparing("grads"),
    sized("With three windows:", change=windows(3)).comparing("grads"),
    sized("With k = 1:", T=4, k=1).comparing("grads"),
    weight=2,
)
truncated.part(
    "a last window that is shorter",
    sized(T=5, k=2, change=shorter_last).comparing("grads"),
    sized(k=5, change=shorter_last).comparing("grads"),
    needs=["windows of the same length"],
)
truncated.part(
    "any size",
    ones("T", k=1),
    ones("N", k=2),
    square(4, "T", "N", "D", "H", "K", k=2),
    ones("D", "H", "K", T=4, k=2),
    float32(T=4, k=2).comparing("grads"),
    needs=["windows of the same length", "the loss"],
)
truncated.part(
    "its arguments stay as they are",
    unchanged(T=4, k=2),
    needs=["windows of the same length"],
    weight=0.5,
)

truncated.mistake(
    "nothing_is_cut",
    "Truncation is a matter of memory, the gradient is the same.",
    hint=(
        "Your gradients are those of the whole sequence. Nothing may go back across the end of a "
        "window."
    ),
    swap={"range(0, len(x), k)": "range(0, len(x), len(x))", "start + k": "start + len(x)"},
)
truncated.mistake(
    "the_last_k_steps_only",
    "Truncated means: only the last k steps count.",
    hint="Every window goes back, not the last k steps alone.",
    swap={"range(0, len(x), k)": "[max(0, len(x) - k)]"},
    spellings=[{"range(0, len(x), k)": "range(len(x) % k, len(x), k)"}],
)
truncated.mistake(
    "starts_at_the_second_step",
    "The first step has none before it.",
    hint="Where does your first window begin?",
    swap={"range(0, len(x), k)": "range(1, len(x), k)"},
    spellings=[{"range(0, len(x), k)": "range(k, len(x), k)"}],
)
truncated.mistake(
    "weights_of_windows",
    "Each window counts by its share.",
    hint=(
        "The gradients of the windows are added up as they are: the mean over the predictions "
        "is in do already."
    ),
    swap={"part[name]\n": "part[name] * k / len(x)\n"},
    spellings=[
        {"part[name]\n": "part[name] / k\n"},
        {"part[name]\n": "part[name] / len(x)\n"},
        {"part[name]\n": "part[name] / len(h0)\n"},
        {"part[name]\n": "part[name] * len(x) / k\n"},
    ],
)
truncated.mistake(
    "equal_parts",
    "k is the number of parts.",
    hint="k is how many steps a window has, not how many windows there are.",
    swap={
        "    for start in range(0, len(x), k):\n        window = slice(start, start + k)\n": "    for steps in np.array_split(np.arange(len(x)), min(k, len(x))):\n        start = steps[0]\n        window = slice(start, steps[-1] + 1)\n"
    },
    spellings=[
        {"    for start in": "    k = -(-len(x) // k)\n    for start in"},
        {"    for start in": "    k = max(1, len(x) // k)\n    for start in"},
    ],
)
truncated.mistake(
    "the_last_state_of_the_window",
    "The state before is the last one of the window.",
    hint=(
        "What went into the first step of a window happened before it. Yours is a state of "
        "the window itself, or of the end."
    ),
    swap={"h[start - 1] if start > 0 else h0": "h[window][-1] if start > 0 else h0"},
    spellings=[
        {"h[start - 1] if start > 0 else h0": "h[window][-1]"},
        {"h[start - 1] if start > 0 else h0": "h[-1] if start > 0 else h0"},
    ],
)
truncated.mistake(
    "one_gradient_of_the_windows_is_lost",
    "Some gradients are those of one window.",
    hint="One of your gradients is not added up over the windows, or is missing.",
    swap={
        "            grads[name] += part[name]\n": '            grads[name] = part[name] + grads[name] * (name != "W_xh")\n'
    },
    spellings=[
        {
            "            grads[name] += part[name]\n": '            grads[name] = part[name] + grads[name] * (name != "W_hh")\n'
        },
        {
            "            grads[name] += part[name]\n": '            grads[name] = part[name] + grads[name] * (name != "b_h")\n'
        },
        {
            "            grads[name] += part[name]\n": '            grads[name] = part[name] + grads[name] * (name != "W_hy")\n'
        },
        {
            "            grads[name] += part[name]\n": '            grads[name] = part[name] + grads[name] * (name != "b_y")\n'
        },
    ],
)
truncated.mistake(
    "gives_the_outputs_error",
    "The loss is the sum of the errors.",
    hint=(
        "L is a number for the whole sequence: half the squared length of the errors, as a "
        "mean. What do you give?"
    ),
    swap={"return loss_of(x, y, h0, params)": "return np.sum(do)"},
    spellings=[
        {"return loss_of(x, y, h0, params)": "return np.mean((o - y) ** 2)"},
        {"return loss_of(x, y, h0, params)": "return np.sum((o - y) ** 2)"},
    ],
)
truncated.mistake(
    "the_loss_from_another_start",
    "h0 is used up.",
    hint="The gradients are right, and L is that of a network which starts elsewhere: h0 has been given another value before.",
    swap={"return loss_of(x, y, h0, params)": "return loss_of(x, y, h[-1], params)"},
    spellings=[
        {"return loss_of(x, y, h0, params)": "return loss_of(x, y, before, params)"},
        {"return loss_of(x, y, h0, params)": "return loss_of(x, y, 0 * h0, params)"},
    ],
)


@truncated.mistake(
    "each_window_starts_from_zeros",
    hint=(
        "The gradient is cut, the state is not: on the way forward the network runs on from "
        "window to window."
    ),
)
def each_window_starts_from_zeros(x, y, h0, params, k):
    """Each window is a sequence of its own."""
    L, grads = 0.0, {name: np.zeros_like(value) for name, value in params.items()}
    M = x.shape[0] * x.shape[1]
    for start in range(0, len(x), k):
        w = slice(start, start + k)
        h, o = forward(x[w], h0, params)
        part, _, _ = rnn_backward_with_output(x[w], h0, h, (o - y[w]) / M, params)
        grads = {name: grads[name] + part[name] for name in grads}
        L += 0.5 * np.sum((o - y[w]) ** 2) / M
        h0 = np.zeros_like(h0)
    return L, grads


@truncated.mistake(
    "each_window_starts_from_h0",
    hint="Only the first window starts from h0. Which state do the others start from?",
)
def each_window_starts_from_h0(x, y, h0, params, k):
    """Each window starts where the sequence started."""
    L, grads = 0.0, {name: np.zeros_like(value) for name, value in params.items()}
    M = x.shape[0] * x.shape[1]
    for start in range(0, len(x), k):
        w = slice(start, start + k)
        h, o = forward(x[w], h0, params)
        part, _, _ = rnn_backward_with_output(x[w], h0, h, (o - y[w]) / M, params)
        grads = {name: grads[name] + part[name] for name in grads}
        L += 0.5 * np.sum((o - y[w]) ** 2) / M
    return L, grads


truncated.mistake(
    "the_value_before_is_lost",
    "What is cut off counts as 0.",
    hint=(
        "The first state of a window does get its value from the window before. In dW_hh yours "
        "takes another one."
    ),
    swap={"h[start - 1] if start > 0 else h0": "np.zeros_like(h0) if start > 0 else h0"},
)
truncated.mistake(
    "drops_the_last_window",
    "The sequence is cut into whole windows.",
    hint="The last window may be shorter, and belongs to the sequence all the same.",
    swap={"range(0, len(x), k)": "range(0, len(x) - k + 1, k)"},
)
truncated.mistake(
    "the_last_window_only",
    "Truncated means: only the last k steps count.",
    hint=("Only your last window has a gradient. The others go back as well, each by itself."),
    swap={"+= part[name]": "= part[name]"},
)
truncated.mistake(
    "averages_over_the_windows",
    "Each window gives a gradient, and these are averaged.",
    hint="The gradients of the windows are added up, as those of steps are.",
    swap={"part[name]": "part[name] / len(range(0, len(x), k))"},
)


@truncated.mistake(
    "each_loss_goes_back_k_steps",
    hint=(
        "Your windows move along with the step. Here they are fixed: the sequence is cut once, "
        "into pieces."
    ),
)
def each_loss_goes_back_k_steps(x, y, h0, params, k):
    """Each loss sees the last k steps, wherever it stands."""
    h, o = forward(x, h0, params)
    do = output_error(o, y)
    grads = {name: np.zeros_like(value) for name, value in params.items()}
    for t in range(len(x)):
        start = max(0, t - k + 1)
        w = slice(start, t + 1)
        alone = np.zeros_like(do[w])
        alone[-1] = do[t]
        before = h[start - 1] if start > 0 else h0
        part, _, _ = rnn_backward_with_output(x[w], before, h[w], alone, params)
        grads = {name: grads[name] + part[name] for name in grads}
    return loss_of(x, y, h0, params), grads


truncated.mistake(
    "windows_one_step_too_long",
    "The window ends with step k, counted from its start.",
    hint=("Count the steps of your windows. In Python a slice ends before its second number."),
    swap={"len(x), k)": "len(x), k + 1)", "start + k)": "start + k + 1)"},
)
truncated.mistake(
    "the_loss_of_the_last_window",
    "Loss and gradients are those of a window.",
    hint=("L is the loss of the whole sequence. Yours forgets what the windows before have lost."),
    swap={
        "return loss_of(x, y, h0, params), grads": "return loss_of(x[window], y[window], before, params), grads"
    },
)
truncated.mistake(
    "forgets_the_mean_in_the_windows",
    "The error of an output is output minus target.",
    hint="The loss is a mean over all predictions. Do your gradients know?",
    swap={"output_error(o, y)": "o - y"},
)
truncated.mistake(
    "each_window_has_a_mean_of_its_own",
    "The loss of a window is the mean over its predictions.",
    hint=(
        "How many predictions is the loss averaged over? Those of the whole sequence, and not those "
        "of a window."
    ),
    swap={"do[window], params": "output_error(o[window], y[window]), params"},
)
truncated.mistake(
    "windows_from_the_end",
    "The last window is whole, and the first one may be shorter.",
    hint=(
        "Where do your windows begin? They are counted from the first step, and the last of "
        "them may be shorter."
    ),
    swap={
        "    for start in range(0, len(x), k):\n        window = slice(start, start + k)\n": "    for end in range(len(x), 0, -k):\n        start = max(0, end - k)\n        window = slice(start, end)\n"
    },
)
truncated.mistake(
    "the_first_state_of_the_window",
    "The state before a window is its first one.",
    hint="h[start] is the state after the first step of the window. Which one went into that step?",
    swap={"h[start - 1] if start > 0 else h0": "h[start] if start > 0 else h0"},
    spellings=[{"h[start - 1] if start > 0 else h0": "h[start]"}],
)
truncated.mistake(
    "before_the_first_window_comes_the_last_state",
    "h[start - 1] is the state before, for every window.",
    hint="h[-1] is the last state. What is h[start - 1] for the first window?",
    swap={"h[start - 1] if start > 0 else h0": "h[start - 1]"},
)
truncated.mistake(
    "every_window_begins_at_h0",
    "h0 is the state before.",
    hint="Only the first window begins at h0. What went into the first step of the others?",
    swap={"h[start - 1] if start > 0 else h0": "h0"},
)
truncated.mistake(
    "the_state_a_window_ago",
    "The state before is that at the last cut.",
    hint="The state before a window is the one just before its first step. Yours is another one.",
    swap={"h[start - 1] if start > 0 else h0": "h[start - k] if start > 0 else h0"},
    spellings=[{"h[start - 1] if start > 0 else h0": "h[start - 2] if start > 1 else h0"}],
)
truncated.mistake(
    "windows_overlap",
    "A window begins at every step.",
    hint="Your windows overlap, so that steps count more than once. Where does the next one begin?",
    swap={"range(0, len(x), k)": "range(len(x))"},
    spellings=[{"range(0, len(x), k)": "range(0, len(x), max(1, k - 1))"}],
)
truncated.mistake(
    "windows_one_step_too_short",
    "A window of k steps ends at k - 1.",
    hint="In Python a slice ends before its second number. How many steps are in your windows?",
    swap={"start + k)": "start + k - 1)"},
)
truncated.mistake(
    "the_first_window_only",
    "Truncated means: the first k steps.",
    hint=(
        "Your gradients are those of the first window. The others go back as well, each by itself."
    ),
    swap={"range(0, len(x), k)": "range(0, 1)"},
    spellings=[
        {
            "            grads[name] += part[name]\n": "            grads[name] += part[name]\n        break\n"
        }
    ],
)
truncated.mistake(
    "the_loss_is_no_mean",
    "The loss is a sum.",
    hint=(
        "L is a mean over all predictions of the sequence, as `loss_of` has it. How is yours "
        "counted?"
    ),
    swap={
        "return loss_of(x, y, h0, params)": "return loss_of(x, y, h0, params) * len(x) * len(h0)"
    },
    spellings=[
        {"return loss_of(x, y, h0, params)": "return loss_of(x, y, h0, params) * len(x)"},
        {"return loss_of(x, y, h0, params)": "return loss_of(x, y, h0, params) * len(h0)"},
        {"return loss_of(x, y, h0, params)": "return 2 * loss_of(x, y, h0, params)"},
        {"return loss_of(x, y, h0, params)": "return loss_of(x, y, h0, params) / y.shape[2]"},
    ],
)
truncated.mistake(
    "only_the_loss_at_the_ends",
    "Each window has its loss at the end.",
    hint="Every step of a window has an error. Yours go back from its last step only.",
    swap={"do[window], params": "np.concatenate([0 * do[window][:-1], do[window][-1:]]), params"},
)


@truncated.mistake(
    "each_loss_is_added_up",
    hint=(
        "Each window's loss is a mean over that window alone. Their sum is not the mean over "
        "the sequence."
    ),
)
def each_loss_is_added_up(x, y, h0, params, k):
    """L is the sum of the windows' losses."""
    L, grads = 0.0, {name: np.zeros_like(value) for name, value in params.items()}
    M = x.shape[0] * x.shape[1]
    for start in range(0, len(x), k):
        x_w, y_w = x[start : start + k], y[start : start + k]
        h, o = forward(x_w, h0, params)
        part, _, _ = rnn_backward_with_output(x_w, h0, h, (o - y_w) / M, params)
        L += loss_of(x_w, y_w, h0, params)
        grads = {name: grads[name] + part[name] for name in grads}
        h0 = h[-1]
    return L, grads


@truncated.mistake(
    "each_window_is_a_sequence_with_a_loss",
    hint=(
        "Loss and gradients of your windows are means over the window. How many predictions is the "
        "loss of the whole averaged over?"
    ),
)
def each_window_is_a_sequence_with_a_loss(x, y, h0, params, k):
    """Each window has its loss and its gradients, and both are added up."""
    L, grads = 0.0, {name: np.zeros_like(value) for name, value in params.items()}
    for start in range(0, len(x), k):
        x_w, y_w = x[start : start + k], y[start : start + k]
        h, o = forward(x_w, h0, params)
        part, _, _ = rnn_backward_with_output(x_w, h0, h, output_error(o, y_w), params)
        L += loss_of(x_w, y_w, h0, params)
        grads = {name: grads[name] + part[name] for name in grads}
        h0 = h[-1]
    return L, grads


@truncated.alternative
def windows_run_one_after_the_other(x, y, h0, params, k):
    """Each window goes forward and back before the next begins."""
    L, total, M = 0.0, None, x.shape[0] * x.shape[1]
    for start in range(0, len(x), k):
        x_w, y_w = x[start : start + k], y[start : start + k]
        h, o = forward(x_w, h0, params)
        grads, _, _ = rnn_backward_with_output(x_w, h0, h, (o - y_w) / M, params)
        total = grads if total is None else {n: total[n] + grads[n] for n in grads}
        L += ((o - y_w) ** 2).sum() / (2 * M)
        h0 = h[-1]
    return L, total


@truncated.alternative
def one_loop_with_a_cut(x, y, h0, params, k):
    """One way back, in which what comes from the right is left out at the ends of the windows."""
    h, o = forward(x, h0, params)
    errors = output_error(o, y)
    grads = {name: np.zeros_like(value) for name, value in params.items()}
    from_right = np.zeros_like(h0)
    for t in reversed(range(len(x))):
        do = errors[t]
        if (t + 1) % k == 0:
            from_right = np.zeros_like(h0)
        dh = do @ params["W_hy"].T + from_right
        cache = (x[t], h[t - 1] if t else h0, params["W_xh"], params["W_hh"], h[t])
        _, from_right, dW_xh, dW_hh, db_h = rnn_cell_backward(dh, cache)
        parts = (dW_xh, dW_hh, db_h, h[t].T @ do, do.sum(axis=0))
        for name, part in zip(("W_xh", "W_hh", "b_h", "W_hy", "b_y"), parts, strict=True):
            grads[name] += part
    return loss_of(x, y, h0, params), grads
