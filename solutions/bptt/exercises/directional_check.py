"""Exercise 7: the slope of the loss, measured and claimed."""

import numpy as np
from jaxtyping import Float

from autograder.testing import Exercise, Inputs, first, ones, sized, square, states, unchanged

from . import Params, loss_of, network, params_like


def directional_check(
    x: Float[np.ndarray, "T N D"],
    y: Float[np.ndarray, "T N K"],
    h0: Float[np.ndarray, "N H"],
    params: Params,
    grads: Params,
    direction: Params,
    step: float = 1e-5,
) -> tuple[float, float]:
    """Central differences, and the product with the direction."""
    ahead, behind = (
        {name: p + way * direction[name] for name, p in params.items()} for way in (step, -step)
    )
    measured = (loss_of(x, y, h0, ahead) - loss_of(x, y, h0, behind)) / (2 * step)
    return measured, sum(float(np.vdot(grads[name], direction[name])) for name in params)


def unrelated(arguments: Inputs, rng: np.random.Generator) -> Inputs:
    """Claimed gradients and a direction that have nothing to do with each other."""
    grads, direction = params_like(arguments, rng), params_like(arguments, rng)
    return arguments | {"grads": grads, "direction": direction}


slope = Exercise(
    directional_check,
    "measured claimed",
    {"T": 4, "N": 3, "D": 2, "H": 5, "K": 3},
    draw={"h0": states, "params": network, "grads": network, "direction": network},
    # The error of the default step is far below that of one ten times as large.
    options={"rtol": 1e-8, "atol": 1e-9},
    views=[first],
    title="Measure the slope",
    equation="eq-bptt-direction",
    section="sec-bptt-gradient-check",
    says="the measured and the claimed slope are right.",
)
slope.part(
    "measured",
    sized(
        "With a step that is not small, so that one-sided differences show:",
        step=0.05,
        change=unrelated,
    ).comparing("measured"),
)
slope.part("claimed", sized(step=0.05, change=unrelated).comparing("claimed"))
slope.part(
    "any step and any size",
    ones(
        "T",
        "N",
        note="For a single step of a single sequence:",
        H=3,
        K=2,
        step=0.2,
        change=unrelated,
    ),
    square(3, "T", "N", "D", "H", "K", step=0.01, change=unrelated),
    sized("With the step left out:", N=2, change=unrelated),
    needs=["measured", "claimed"],
)
slope.part(
    "its arguments stay as they are",
    unchanged(change=unrelated),
    needs=["measured", "claimed"],
)

slope.mistake(
    "one_sided_difference",
    "A slope is the difference of two losses, here and a step further.",
    hint=(
        "You measure in one direction only. That has an error as large as the step; forward and "
        "backward it is that squared."
    ),
    swap={"loss_of(x, y, h0, behind)) / (2 * step)": "loss_of(x, y, h0, params)) / step"},
)
slope.mistake(
    "divides_by_one_step",
    "The difference is divided by the step.",
    hint="How far apart are the two places at which you take the loss?",
    swap={"(2 * step)": "step"},
)
slope.mistake(
    "difference_the_other_way_round",
    "Before minus after.",
    hint=("Your measured slope has the other sign. Which of the two losses is taken from which?"),
    swap={
        "loss_of(x, y, h0, ahead) - loss_of(x, y, h0, behind)": "loss_of(x, y, h0, behind) - loss_of(x, y, h0, ahead)"
    },
)
slope.mistake(
    "forgets_to_divide",
    "The change of the loss is what was asked for.",
    hint=("You give back the change of the loss. A slope is a change for each unit of the way."),
    swap={" / (2 * step)": ""},
)
slope.mistake(
    "a_step_of_its_own",
    "Everyone takes a step of 1e-5.",
    hint="The size of the step is an argument, and yours takes no notice of it.",
    swap={"    ahead = ": ("    step = 1e-5\n    ahead = ")},
)
slope.mistake(
    "mean_of_the_products",
    "The claim is the mean over all entries.",
    hint=("What the gradients claim is a sum over all entries. Yours is divided by their number."),
    swap={"np.sum(": "np.mean("},
)
slope.mistake(
    "forgets_the_direction_in_the_claim",
    "The claim is the sum of the gradients.",
    hint="The slope depends on the direction. Does your second number?",
    swap={"grads[name] * direction[name]": "grads[name]"},
)
slope.mistake(
    "weights_without_biases",
    "The parameters are the three matrices.",
    hint=(
        "There are five parameters, and all of them move. Which ones are missing from your claim?"
    ),
    swap={
        "* direction[name]) for name in params": '* direction[name]) for name in ("W_xh", "W_hh", "W_hy")'
    },
)
slope.mistake(
    "direction_of_length_one",
    "A direction has length 1.",
    hint=(
        "You shorten or stretch the direction to length 1 for the measurement. The equation takes"
        " it as it is, on both sides."
    ),
    swap={
        "    ahead = ": (
            "    length = np.sqrt(sum(np.sum(v**2) for v in direction.values()))\n    ahead = "
        ),
        "step * direction[name] for": "step * direction[name] / length for",
    },
)


@slope.mistake(
    "moves_the_parameters_themselves",
    hint=(
        "The parameters of whoever called you have changed: `+=` on an array of params reaches "
        "outside your function."
    ),
)
def moves_the_parameters_themselves(x, y, h0, params, grads, direction, step=1e-5):
    """The parameters are moved, and not put back."""
    for name in params:
        params[name] += step * direction[name]
    ahead = loss_of(x, y, h0, params)
    for name in params:
        params[name] -= 2 * step * direction[name]
    measured = (ahead - loss_of(x, y, h0, params)) / (2 * step)
    return measured, sum(np.sum(grads[name] * direction[name]) for name in params)


@slope.alternative
def slopes_one_after_the_other(x, y, h0, params, grads, direction, step=1e-5):
    """A function along the line, and a loop for the claim."""

    def along(way):
        return loss_of(x, y, h0, {name: p + way * direction[name] for name, p in params.items()})

    claimed = 0.0
    for name in grads:
        claimed += np.vdot(grads[name], direction[name])
    return along(step) / (2 * step) - along(-step) / (2 * step), claimed


@slope.alternative
def slopes_of_one_long_vector(x, y, h0, params, grads, direction, step=1e-5):
    """All parameters put into one vector, and taken out again."""
    names = list(params)

    def flat(arrays):
        return np.concatenate([arrays[name].ravel() for name in names])

    def unflat(vector):
        cuts = np.cumsum([params[name].size for name in names])[:-1]
        parts = zip(names, np.split(vector, cuts), strict=True)
        return {name: part.reshape(params[name].shape) for name, part in parts}

    theta, v = flat(params), flat(direction)
    ends = [loss_of(x, y, h0, unflat(theta + way * v)) for way in (-step, step)]
    return [float(np.diff(ends)[0] / step / 2), float(flat(grads) @ v)]
