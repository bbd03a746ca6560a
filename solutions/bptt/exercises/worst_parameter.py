"""Exercise 12: which gradient is wrong?"""

from collections.abc import Callable

import numpy as np
from jaxtyping import Float

from autograder.testing import Exercise, Inputs, sized, states, unchanged
from course_lib.reference.bptt import PARAMS, bptt

from . import Params, loss_of, network
from .directional_check import directional_check

Spoil = Callable[[np.ndarray], np.ndarray]


def worst_parameter(
    x: Float[np.ndarray, "T N D"],
    y: Float[np.ndarray, "T N K"],
    h0: Float[np.ndarray, "N H"],
    params: Params,
    grads: Params,
    tolerance: float = 1e-4,
) -> str | None:
    """Compare with the exact gradient, which measuring comes near to."""
    exact = exact_gradients(x, y, h0, params)
    errors = {name: relative_error(exact[name], grads[name]) for name in PARAMS}
    worst = max(PARAMS, key=lambda name: errors[name])
    return worst if errors[worst] > tolerance else None


def exact_gradients(x: np.ndarray, y: np.ndarray, h0: np.ndarray, params: Params) -> Params:
    """The gradients of the squared error, by going back."""
    return bptt(x, y, h0, params)[1]


def relative_error(measured: np.ndarray, claimed: np.ndarray) -> float:
    """The norm of the difference over the sum of both norms, or 0 where both are 0."""
    size = np.linalg.norm(measured) + np.linalg.norm(claimed)
    return float(np.linalg.norm(measured - claimed) / size) if size > 0 else 0.0


Change = Callable[[Inputs, np.random.Generator], Inputs]


def claims(inputs: float | Spoil = 1.0, **spoils: Spoil) -> Change:
    """Gradients of which some are spoilt, for inputs that are multiplied or changed first."""

    def change(arguments: Inputs, rng: np.random.Generator) -> Inputs:
        x = inputs(arguments["x"]) if callable(inputs) else inputs * arguments["x"]
        grads = exact_gradients(x, arguments["y"], arguments["h0"], arguments["params"])
        grads |= {name: spoil(grads[name]) for name, spoil in spoils.items()}
        return arguments | {"x": x, "grads": grads}

    return change


def times(factor: float) -> Spoil:
    """Multiply a gradient."""
    return lambda gradient: factor * gradient


def one_entry(gradient: np.ndarray) -> np.ndarray:
    """Spoil the last entry."""
    wrong = gradient.copy()
    wrong.flat[-1] += np.linalg.norm(gradient)
    return wrong


def without_last_feature(x: np.ndarray) -> np.ndarray:
    """Make the gradient 0 at the entry that is measured last, unlike at the others."""
    return np.where(np.arange(x.shape[-1]) < x.shape[-1] - 1, x, 0.0)


def all_zero(arguments: Inputs, rng: np.random.Generator) -> Inputs:
    """A network without weights and without targets: every gradient is 0."""
    zeros = {name: np.zeros_like(p) for name, p in arguments["params"].items()}
    return arguments | {"y": 0 * arguments["y"], "params": zeros, "grads": zeros}


worst = Exercise(
    worst_parameter,
    "name",
    {"T": 2, "N": 3, "D": 3, "H": 2, "K": 1},
    draw={"h0": states, "params": network, "grads": network},
    title="Find the bug",
    equation="eq-bptt-relative-error",
    section="sec-bptt-hunt",
    says="it finds the bug in a gradient, and none where there is none.",
)
for name in ("W_xh", "W_hh", "b_y"):
    worst.part(
        f"a wrong gradient of {name}",
        sized(f"With {name} wrong:", change=claims(**{name: times(2)})),
    )
NEEDS = ["a wrong gradient of W_xh"]
worst.part(
    "one wrong entry, or a wrong sign",
    sized("With one wrong entry:", change=claims(W_hy=one_entry)),
    sized("With a wrong sign:", change=claims(b_h=times(-1))),
    sized("With a gradient that is transposed:", change=claims(W_hh=np.transpose)),
    needs=NEEDS,
)
worst.part(
    "no wrong gradient",
    sized("With all gradients right, where the result is None:", change=claims()),
    sized("With all inputs 0, so that a gradient is 0 and right:", change=claims(0.0)),
    sized("With all inputs 0, and one gradient wrong:", change=claims(0.0, b_h=times(2))),
    needs=NEEDS,
)
worst.part(
    "a small gradient, and two that are wrong",
    sized(
        "With a large gradient a little wrong, and a very small one altogether:",
        change=claims(1e-4, W_xh=times(2), b_y=times(1.02)),
    ),
    sized(
        "With three wrong gradients:",
        change=claims(W_xh=times(1.02), b_y=times(1.5), W_hh=times(1.1)),
    ),
    needs=NEEDS,
)
worst.part(
    "the tolerance",
    sized(
        "With errors below the tolerance, which are no bugs:",
        tolerance=0.2,
        change=claims(W_hh=times(1.1)),
    ),
    *(
        sized(
            "With an error close to the tolerance:",
            change=claims(without_last_feature, W_xh=times(factor)),
        )
        for factor in (1.00015, 1.0003)
    ),
    sized("With a tolerance of 0, and no error that is larger:", tolerance=0.0, change=all_zero),
    unchanged(change=claims(W_hh=times(2))),
    needs=NEEDS,
)

worst.mistake(
    "largest_difference_not_largest_error",
    "The worst gradient is the one with the largest difference.",
    hint=(
        "A large gradient with a small error beats a small one that is altogether wrong. What is "
        "the difference compared with?"
    ),
    swap={
        ("        size = np.linalg.norm(measured) + np.linalg.norm(grads[name])\n"): "",
        "np.linalg.norm(measured - grads[name]) / size if size > 0 else 0.0": "np.linalg.norm(measured - grads[name])",
    },
)
worst.mistake(
    "always_names_one",
    "There is always a worst one.",
    hint="Something is always worst, if only by rounding. When is the result None?",
    swap={" if errors[worst] > tolerance else None": ""},
)
worst.mistake(
    "compares_lengths_only",
    "Two gradients agree if they are equally long.",
    hint=(
        "Two gradients of the same length may point in different directions. Take the norm of the"
        " difference, not the difference of the norms."
    ),
    swap={
        "np.linalg.norm(measured - grads[name])": "abs(np.linalg.norm(measured) - np.linalg.norm(grads[name]))"
    },
)
worst.mistake(
    "the_first_that_is_wrong",
    "The first gradient that differs is the bug.",
    hint="More than one gradient may be wrong. You give back the first, not the worst.",
    swap={
        (
            "    worst = max(errors, key=errors.get)\n"
            "    return worst if errors[worst] > tolerance else None"
        ): "    return next((name for name in params if errors[name] > tolerance), None)"
    },
)


@worst.mistake(
    "one_entry_stands_for_all",
    hint="A gradient may be right in one entry and wrong in another. Measure all of them.",
)
def one_entry_stands_for_all(x, y, h0, params, grads, tolerance=1e-4):
    """One entry of each parameter is enough."""
    errors = {}
    for name in params:
        direction = {other: np.zeros_like(value) for other, value in params.items()}
        direction[name].flat[0] = 1
        m, g = directional_check(x, y, h0, params, grads, direction)
        errors[name] = abs(m - g) / (abs(m) + abs(g)) if abs(m) + abs(g) > 0 else 0.0
    worst = max(errors, key=errors.get)
    return worst if errors[worst] > tolerance else None


worst.mistake(
    "divides_by_what_was_measured",
    "The error is relative to the true gradient.",
    hint=(
        "Two norms are added up under the fraction line. Does your error agree with the equation "
        "where it is near the tolerance, and where a gradient is 0?"
    ),
    swap={"np.linalg.norm(measured) + np.linalg.norm(grads[name])": "np.linalg.norm(measured)"},
)
worst.mistake(
    "nothing_over_nothing",
    "The quotient is written down as it stands.",
    hint=(
        "Where a gradient is 0 and right, your error is 0 / 0, which is NaN. NaN is not larger "
        "than anything, and nothing is larger than NaN."
    ),
    swap={" if size > 0 else 0.0": ""},
)
worst.mistake(
    "a_tolerance_of_its_own",
    "The tolerance is 1e-4.",
    hint="The tolerance is an argument, and yours takes no notice of it.",
    swap={"> tolerance": "> 1e-4"},
)


@worst.alternative
def worst_by_moving_single_entries(x, y, h0, params, grads, tolerance=1e-4):
    """Every entry moved in a copy of the parameters, without exercise 11."""
    worst, largest = None, tolerance
    for name in params:
        measured = []
        for i in range(params[name].size):
            losses = []
            for way in (1e-5, -1e-5):
                moved = {other: np.array(value) for other, value in params.items()}
                moved[name].flat[i] += way
                losses.append(loss_of(x, y, h0, moved))
            measured.append((losses[0] - losses[1]) / 2e-5)
        claimed = grads[name].ravel()
        size = np.sqrt(np.sum(np.square(measured))) + np.sqrt(np.sum(claimed**2))
        error = np.sqrt(np.sum((measured - claimed) ** 2)) / max(size, 1e-300)
        if error > largest:
            worst, largest = name, error
    return worst
