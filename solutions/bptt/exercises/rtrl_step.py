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
