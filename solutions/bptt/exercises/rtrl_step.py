"""Exercise 10: the gradient from left to right."""

from collections.abc import Callable
from functools import partial

import numpy as np

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
from course_lib.reference.rtrl import Sensitivities, rtrl_step, zero_sensitivities


def sensitivities(rng: np.random.Generator, shape: tuple[int, ...], sizes: Sizes) -> Sensitivities:
    """Draw how the state before depends on the parameters."""
    zero = zero_sensitivities(sizes["N"], sizes["D"], sizes["H"])
    return {name: 0.5 * rng.standard_normal(value.shape) for name, value in zero.items()}


def after(steps: int) -> Callable[[Inputs, np.random.Generator], Inputs]:
    """State and sensitivities are those after so many steps, from sensitivities of 0."""

    def change(arguments: Inputs, rng: np.random.Generator) -> Inputs:
        x, h = arguments["x_t"], arguments["h_prev"]
        weights = [arguments[name] for name in ("W_xh", "W_hh", "b_h")]
        S = zero_sensitivities(*x.shape, h.shape[1])
        for _ in range(steps):
            h, S = rtrl_step(rng.standard_normal(x.shape), h, S, *weights)
        return arguments | {"h_prev": h, "S_prev": S}

    return change


rtrl = Exercise(
    rtrl_step,
    "h S",
    {"N": 3, "D": 2, "H": 4},
    axes="n unit",
    scale=0.6,
    draw={"h_prev": states, "S_prev": sensitivities},
    title="The gradient from left to right",
    equation="eq-bptt-rtrl-hh",
    section="sec-bptt-sensitivity",
    says="state and sensitivities are right, at the first step and later, in any size.",
)
rtrl.part("the state", sized().comparing("h"), weight=0.5)
rtrl.part(
    "what the parameters do at once",
    sized("With S_prev = 0, so that only this step counts:", zero=["S_prev"]).comparing("S"),
)
rtrl.part(
    "what is handed on",
    sized(
        "With x_t = 0 and h_prev = 0, so that the weights do nothing at once:",
        zero=["x_t", "h_prev"],
    ).comparing("S", entries=("W_xh", "W_hh")),
)
rtrl.part(
    "both together, in any size",
    *(
        case.comparing("S")
        for case in (sized(), ones("N"), square(3, "N", "D", "H"), ones("D", "H"), float32())
    ),
    sized(N=2, D=4, H=3),
    weight=2,
)
rtrl.part(
    "over a sequence",
    *(sized(f"At step {steps + 1} of a sequence:", change=after(steps)) for steps in range(4)),
    needs=["the state", "both together, in any size"],
)
rtrl.part("its arguments stay as they are", unchanged(), needs=["both together, in any size"])

rtrl.mistake(
    "only_what_is_done_at_once",
    "The state depends on the weights through this step.",
    hint=("Your sensitivities forget the past: the state before depends on the parameters, too."),
    swap={"direct[name] + handed_on": "direct[name] + 0 * handed_on"},
)
rtrl.mistake(
    "only_what_is_handed_on",
    "The sensitivities are carried along.",
    hint=(
        "Your sensitivities start at 0 and stay there. What does a parameter do at this very step?"
    ),
    swap={"direct[name] + handed_on": "handed_on"},
)
rtrl.mistake(
    "sensitivities_without_slope",
    "The sum is carried on as it is.",
    hint=(
        "A change inside the tanh does not come out of it unchanged. What stands in front of the "
        "bracket?"
    ),
    swap={
        'np.einsum("ni,ni...->ni...", slope, direct[name] + handed_on)': "direct[name] + handed_on"
    },
)
rtrl.mistake(
    "sensitivities_through_the_transposed_matrix",
    "The sum runs over the second index of W_hh.",
    hint=(
        "The sum in the equation runs over j, the unit before. Which index of W_hh is that? W_hh "
        "is square, so NumPy cannot notice."
    ),
    swap={'"ji,nj...': '"ij,nj...'},
)
rtrl.mistake(
    "sensitivities_with_the_new_state",
    "The direct term of W_hh holds the state.",
    hint=(
        "Into the product with W_hh goes the state before. Your direct term takes the one after."
    ),
    swap={"h_prev, same": "h, same"},
)
rtrl.mistake(
    "a_weight_acts_on_all_units",
    "The direct term is the same for all units.",
    hint=("A weight to unit v acts at once on this unit only. Where is that in your direct term?"),
    swap={"np.eye(len(b_h), dtype=b_h.dtype)": "np.ones((len(b_h), len(b_h)), dtype=b_h.dtype)"},
)
rtrl.mistake(
    "each_unit_remembers_only_itself",
    "A unit's sensitivity comes from its own before.",
    hint=(
        "A unit depends on all units of the state before. Yours hands on only what it knew itself."
    ),
    swap={"W_hh, S_prev": "np.diag(np.diag(W_hh)), S_prev"},
)
rtrl.mistake(
    "the_indices_of_the_weight_swapped",
    "S[n, i, u, v]: unit, then where the weight goes to, then where it comes from.",
    hint=(
        "In W_hh[u, v], which index is the unit that the weight goes to? Compare with your direct"
        " term of W_hh."
    ),
    swap={'"nu,iv->niuv", h_prev': '"nv,iu->niuv", h_prev'},
)
rtrl.mistake(
    "writes_into_the_sensitivities",
    "The old sensitivities are not needed any more.",
    hint="S_prev of whoever called you has changed. Let S be a new dict of new arrays.",
    swap={
        ("    S = {}\n"): "",
        "        S[name] = ": "        S_prev[name][...] = ",
        "return h, S": "return h, S_prev",
    },
)
rtrl.mistake(
    "sensitivities_with_the_slope_before",
    "The slope is that of the state that goes in.",
    hint=(
        "The slope in front of the bracket is that of h_t, the state that comes out. Which "
        "one do you take?"
    ),
    swap={"slope = 1 - h**2": "slope = 1 - h_prev**2"},
)
rtrl.mistake(
    "sensitivities_of_the_bias_start_from_nothing",
    "The bias is no input.",
    hint=(
        "A bias acts on its unit at once, as a weight does. What stands in the bracket in the "
        "place of the input?"
    ),
    swap={'"b_h": same,': '"b_h": 0 * same,'},
    spellings=[{'"b_h": same,': '"b_h": b_h * same,'}],
)
rtrl.mistake(
    "slope_for_one_of_the_two_terms",
    "The slope belongs to one of the two terms.",
    hint=(
        "The slope stands in front of the bracket, for what is done at once and for what is "
        "handed on."
    ),
    swap={
        'np.einsum("ni,ni...->ni...", slope, direct[name] + handed_on)': 'direct[name] + np.einsum("ni,ni...->ni...", slope, handed_on)'
    },
    spellings=[
        {
            'np.einsum("ni,ni...->ni...", slope, direct[name] + handed_on)': 'np.einsum("ni,ni...->ni...", slope, np.broadcast_to(direct[name], handed_on.shape)) + handed_on'
        }
    ],
)
rtrl.mistake(
    "sensitivity_slope_of_another_function",
    "The slope is 1 - h, h (1 - h) or (1 - h) squared.",
    hint="Look once more at the derivative of the tanh: what exactly is squared?",
    swap={"1 - h**2": "1 - h"},
    spellings=[
        {"1 - h**2": "h * (1 - h)"},
        {"1 - h**2": "(1 - h) ** 2"},
        {"1 - h**2": "1 - np.tanh(h) ** 2"},
    ],
)
rtrl.mistake(
    "the_state_lacks_a_term",
    "The state is tanh of what goes in.",
    hint="Count the terms inside the tanh of the state, and count yours.",
    swap={" + b_h)": ")"},
    spellings=[
        {" + h_prev @ W_hh": ""},
        {"np.tanh(x_t @ W_xh + h_prev @ W_hh + b_h)": "x_t @ W_xh + h_prev @ W_hh + b_h"},
    ],
)
rtrl.mistake(
    "a_sign_in_the_sensitivities",
    "What is handed on is subtracted.",
    hint="Both terms in the bracket are added. One of yours has the other sign.",
    swap={"direct[name] + handed_on": "direct[name] - handed_on"},
)
rtrl.mistake(
    "carries_the_old_sensitivities_along",
    "The new ones are added to the old.",
    hint=(
        "What the state before knew is handed on through W_hh and the slope only. You add it "
        "as it was, too."
    ),
    swap={"        S[name] = np.einsum": "        S[name] = S_prev[name] + np.einsum"},
)
rtrl.mistake(
    "what_is_handed_on_lacks_the_matrix",
    "The sensitivities of a unit are handed on as they are.",
    hint="Between the state before and the new one stands W_hh. Where is it in what you hand on?",
    swap={'np.einsum("ji,nj...->ni...", W_hh, S_prev[name])': "S_prev[name]"},
)
rtrl.mistake(
    "one_sensitivity_is_missing",
    "Two of three will do.",
    hint="Three parameters act on the state. Your dict lacks one of them, or holds the old one.",
    swap={
        "    for name in direct:\n": '    S["b_h"] = S_prev["b_h"]\n    for name in ("W_xh", "W_hh"):\n'
    },
    spellings=[
        {
            "    for name in direct:\n": '    S["W_xh"] = S_prev["W_xh"]\n    for name in ("W_hh", "b_h"):\n'
        },
        {"    for name in direct:\n": '    for name in ("W_xh", "W_hh"):\n'},
    ],
)
rtrl.mistake(
    "the_bias_acts_on_all_units",
    "A bias is added to all.",
    hint=(
        "b_h[v] is added in unit v only. What does your direct term of b_h say for i other than v?"
    ),
    swap={'"b_h": same,': '"b_h": np.ones_like(same),'},
)
rtrl.mistake(
    "one_parameter_has_no_past",
    "Only W_hh acts through the state before.",
    hint=(
        "All three parameters acted on the state before, and so all three have something "
        "handed on. Which of yours has not?"
    ),
    swap={
        '        handed_on = np.einsum("ji,nj...->ni...", W_hh, S_prev[name])\n': '        handed_on = np.einsum("ji,nj...->ni...", W_hh, S_prev[name])\n        handed_on = handed_on * (name == "W_hh")\n'
    },
    spellings=[
        {
            '        handed_on = np.einsum("ji,nj...->ni...", W_hh, S_prev[name])\n': '        handed_on = np.einsum("ji,nj...->ni...", W_hh, S_prev[name])\n        handed_on = handed_on * (name != "b_h")\n'
        },
        {
            '        handed_on = np.einsum("ji,nj...->ni...", W_hh, S_prev[name])\n': '        handed_on = np.einsum("ji,nj...->ni...", W_hh, S_prev[name])\n        handed_on = handed_on * (name != "W_xh")\n'
        },
        {
            '        handed_on = np.einsum("ji,nj...->ni...", W_hh, S_prev[name])\n': '        handed_on = np.einsum("ji,nj...->ni...", W_hh, S_prev[name])\n        handed_on = handed_on * (name != "W_hh")\n'
        },
    ],
)
rtrl.mistake(
    "one_parameter_does_nothing_at_once",
    "Weights act later.",
    hint="Each of the three parameters acts at once on its unit. Whose direct term is missing?",
    swap={'"W_xh": np': '"W_xh": 0 * np'},
    spellings=[{'"W_hh": np': '"W_hh": 0 * np'}],
)
rtrl.mistake(
    "the_slope_inside_the_sum",
    "The slope belongs to the unit before.",
    hint=(
        "The slope in front of the bracket is that of unit i, the one that comes out, and not "
        "that of the units j in the sum."
    ),
    swap={
        'np.einsum("ji,nj...->ni...", W_hh, S_prev[name])': 'np.einsum("nj,ji,nj...->ni...", slope, W_hh, S_prev[name])',
        'np.einsum("ni,ni...->ni...", slope, direct[name] + handed_on)': 'np.einsum("ni,ni...->ni...", slope, direct[name] + 0 * handed_on) + handed_on',
    },
    spellings=[
        {
            "W_hh, S_prev[name])": "W_hh, S_prev[name] * (1 - h_prev**2).reshape(*h.shape, *[1] * (S_prev[name].ndim - 2)))"
        }
    ],
)
rtrl.mistake(
    "sensitivity_slope_without_brackets",
    "Python reads from left to right.",
    hint=(
        "Read your slope as Python does: which of `*`, `**` and `-` comes first, and do the "
        "brackets stand where you mean them?"
    ),
    swap={"1 - h**2": "1 - h * 2"},
    spellings=[
        {"1 - h**2": "h**2"},
        {"1 - h**2": "(1 - h**2) ** 2"},
        {"1 - h**2": "h**2 - 1"},
        {"1 - h**2": "1 + h**2"},
    ],
)
rtrl.mistake(
    "the_sum_over_the_other_index_of_S",
    "What is handed on sums over the weight's unit.",
    hint=(
        "The sum runs over the unit of the state before, which is the second index of S_prev. "
        "Over which one do you sum?"
    ),
    swap={
        'np.einsum("ji,nj...->ni...", W_hh, S_prev[name])': 'np.einsum("jv,n...j->n...v", W_hh, S_prev[name])'
    },
)
rtrl.mistake(
    "sensitivities_added_up_over_the_batch",
    "The gradient is a sum over the batch.",
    hint="Each sequence has sensitivities of its own. Over which axis do you sum?",
    swap={"return h, S": "return h, {name: value.sum(axis=0) for name, value in S.items()}"},
    spellings=[
        {"return h, S": "return h, {name: value.mean(axis=0) for name, value in S.items()}"}
    ],
)
rtrl.mistake(
    "one_matrix_is_turned",
    "The sum runs over the second index of W_hh, for one of the parameters.",
    hint="All three have the same term from the past. Is the matrix turned in one of yours?",
    swap={
        '        handed_on = np.einsum("ji,nj...->ni...", W_hh, S_prev[name])\n': '        handed_on = np.einsum("ji,nj...->ni...", W_hh, S_prev[name])\n        if name == "b_h":\n            handed_on = np.einsum("ij,nj...->ni...", W_hh, S_prev[name])\n'
    },
    spellings=[
        {
            '        handed_on = np.einsum("ji,nj...->ni...", W_hh, S_prev[name])\n': '        handed_on = np.einsum("ji,nj...->ni...", W_hh, S_prev[name])\n        if name != "b_h":\n            handed_on = np.einsum("ij,nj...->ni...", W_hh, S_prev[name])\n'
        },
        {
            '        handed_on = np.einsum("ji,nj...->ni...", W_hh, S_prev[name])\n': '        handed_on = np.einsum("ji,nj...->ni...", W_hh, S_prev[name])\n        if name == "W_xh":\n            handed_on = np.einsum("ij,nj...->ni...", W_hh, S_prev[name])\n'
        },
        {
            '        handed_on = np.einsum("ji,nj...->ni...", W_hh, S_prev[name])\n': '        handed_on = np.einsum("ji,nj...->ni...", W_hh, S_prev[name])\n        if name == "W_hh":\n            handed_on = np.einsum("ij,nj...->ni...", W_hh, S_prev[name])\n'
        },
    ],
)
rtrl.mistake(
    "gives_the_state_before",
    "The state is handed back.",
    hint="The first result is the state after this step. Yours is the one before, or the sum inside the tanh.",
    swap={"return h, S": "return h_prev, S"},
    spellings=[{"return h, S": "return x_t @ W_xh + h_prev @ W_hh + b_h, S"}],
)


@rtrl.alternative
def sensitivities_entry_by_entry(x_t, h_prev, S_prev, W_xh, W_hh, b_h):
    """The equation of the task in loops."""
    N, H = h_prev.shape
    h = np.tanh(x_t @ W_xh + h_prev @ W_hh + b_h)
    S = {name: np.zeros_like(value) for name, value in S_prev.items()}
    for n in range(N):
        for i in range(H):
            for name, source in (("W_xh", x_t[n]), ("W_hh", h_prev[n])):
                total = sum(W_hh[j, i] * S_prev[name][n, j] for j in range(H))
                total[:, i] += source
                S[name][n, i] = (1 - h[n, i] ** 2) * total
            total = W_hh[:, i] @ S_prev["b_h"][n]
            total[i] += 1
            S["b_h"][n, i] = (1 - h[n, i] ** 2) * total
    return h, S


@rtrl.alternative
def sensitivities_by_jacobians(x_t, h_prev, S_prev, W_xh, W_hh, b_h):
    """The Jacobian of the step times the old sensitivities, all parameters in one axis."""
    h = np.tanh(x_t @ W_xh + h_prev @ W_hh + b_h)
    N, H = h.shape
    slope = (1 - h) * (1 + h)
    sources = {"W_xh": x_t, "W_hh": h_prev, "b_h": np.ones((N, 1), dtype=h.dtype)}
    S = {}
    for name, source in sources.items():
        jacobian = slope[:, :, None] * W_hh.T
        handed_on = jacobian @ S_prev[name].reshape(N, H, -1)
        at_once = (
            slope[:, :, None, None] * source[:, None, :, None] * np.eye(H, dtype=h.dtype)[:, None]
        )
        S[name] = handed_on.reshape(S_prev[name].shape) + at_once.reshape(S_prev[name].shape)
    return h, S
