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
slope.mistake(
    "claims_for_one_parameter",
    "The claim is that of one parameter.",
    hint="Are all parameters in your claim? If there is a loop, look for `=` where `+=` belongs.",
    swap={
        "sum(np.sum(grads[name] * direction[name]) for name in params)": 'np.sum(grads["b_y"] * direction["b_y"])'
    },
    spellings=[
        {
            "sum(np.sum(grads[name] * direction[name]) for name in params)": 'np.sum(grads["W_xh"] * direction["W_xh"])'
        },
        {
            "sum(np.sum(grads[name] * direction[name]) for name in params)": 'np.sum(grads["W_hh"] * direction["W_hh"])'
        },
    ],
)
slope.mistake(
    "product_of_two_sums",
    "Sum, then multiply.",
    hint="The sum of products is not the product of the sums.",
    swap={"np.sum(grads[name] * direction[name])": "np.sum(grads[name]) * np.sum(direction[name])"},
    spellings=[
        {
            "sum(np.sum(grads[name] * direction[name]) for name in params)": "sum(np.sum(grads[name]) for name in params) * sum(np.sum(direction[name]) for name in params)"
        }
    ],
)
slope.mistake(
    "divides_by_a_step_of_its_own",
    "The step is 1e-5.",
    hint="The step is an argument. Does it stand wherever you move, and where you divide?",
    swap={"(2 * step)": "2e-5"},
    spellings=[
        {"+ step * direction": "+ 1e-5 * direction", "- step * direction": "- 1e-5 * direction"}
    ],
)
slope.mistake(
    "measures_backward_only",
    "A slope is the difference of two losses, here and a step before.",
    hint="You measure in one direction only. Forward and backward, the error is much smaller.",
    swap={
        "loss_of(x, y, h0, ahead) - loss_of(x, y, h0, behind)) / (2 * step)": "loss_of(x, y, h0, params) - loss_of(x, y, h0, behind)) / step"
    },
)
slope.mistake(
    "the_step_without_the_direction",
    "All entries move by the step.",
    hint="By how much does an entry move? By the step times its entry of the direction.",
    swap={"step * direction[name] for": "step for"},
    spellings=[{"step * direction[name] for": "direction[name] for"}],
)
slope.mistake(
    "adds_the_losses",
    "Two losses are averaged.",
    hint="A slope comes of a difference. What do you do with the two losses?",
    swap={"ahead) - loss_of": "ahead) + loss_of"},
)
slope.mistake(
    "a_verdict_for_the_numbers",
    "Whether both agree was asked for.",
    hint="Both numbers are wanted, and not what you make of them.",
    swap={"return measured, claimed": "return abs(measured - claimed) < 1e-6"},
    spellings=[
        {"return measured, claimed": "return measured, measured - claimed"},
        {"return measured, claimed": "return measured - claimed, claimed"},
        {"return measured, claimed": "return measured - claimed"},
    ],
)
slope.mistake(
    "claim_for_a_direction_of_length_one",
    "A direction has length 1.",
    hint="You divide the claim by the direction's length, or by the gradient's. The equation does not.",
    swap={
        "return measured, claimed": "return measured, claimed / np.sqrt(sum(np.sum(v**2) for v in direction.values()))"
    },
    spellings=[
        {
            "return measured, claimed": "return measured, claimed / np.sqrt(sum(np.sum(v**2) for v in grads.values()))"
        }
    ],
)
slope.mistake(
    "the_outputs_for_the_loss",
    "The network's outputs change.",
    hint="It is the loss whose change is measured, and not the outputs.",
    swap={
        "loss_of(x, y, h0, ahead) - loss_of(x, y, h0, behind)": "forward(x, h0, ahead)[1].sum() - forward(x, h0, behind)[1].sum()"
    },
    spellings=[
        {
            "loss_of(x, y, h0, ahead) - loss_of(x, y, h0, behind)": "forward(x, h0, ahead)[1].mean() - forward(x, h0, behind)[1].mean()"
        }
    ],
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


slope.mistake(
    "claims_with_the_parameters",
    "The claim is gradients times parameters.",
    hint=(
        "What the gradients claim has to do with the direction in which you move, and not "
        "with the place where you are."
    ),
    swap={"grads[name] * direction[name]": "grads[name] * params[name]"},
    spellings=[{"grads[name] * direction[name]": "direction[name] * params[name]"}],
)
slope.mistake(
    "claims_the_change",
    "The claim is the change of the loss.",
    hint="You multiply the claim by the step. A slope is a change for each unit of the way.",
    swap={"return measured, claimed": "return measured, claimed * step"},
    spellings=[{"return measured, claimed": "return measured, 2 * claimed * step"}],
)
slope.mistake(
    "moves_along_the_gradients",
    "The parameters move along their gradients.",
    hint="You move along the gradients. The direction is an argument of its own.",
    swap={"step * direction[name]": "step * grads[name]"},
)
slope.mistake(
    "divides_by_two",
    "A difference of two is halved.",
    hint="How far apart are the two places at which you take the loss? Twice the step.",
    swap={"/ (2 * step)": "/ 2"},
    spellings=[{"/ (2 * step)": "/ 2 * step"}],
)
slope.mistake(
    "moves_only_a_part",
    "Only the weights move.",
    hint="All five parameters move at once. Which of yours stay where they are?",
    swap={
        "direction[name] for name in params}": 'direction[name] * (name[0] == "W") for name in params}'
    },
    spellings=[
        {
            "direction[name] for name in params}": 'direction[name] * (name == "W_xh") for name in params}'
        }
    ],
)
slope.mistake(
    "claims_a_length",
    "The claim is how long the gradients are.",
    hint="A sum of products is wanted, each with its sign. Is that a length?",
    swap={"np.sum(grads[name] * direction[name])": "np.linalg.norm(grads[name] * direction[name])"},
    spellings=[
        {"np.sum(grads[name] * direction[name])": "np.sum(np.abs(grads[name] * direction[name]))"}
    ],
)
slope.mistake(
    "a_number_for_each_parameter",
    "Each parameter has a slope.",
    hint="All parameters move together, and so there is one slope. Yours is one for each of them.",
    swap={
        "return measured, claimed": "return measured, {name: np.sum(grads[name] * direction[name]) for name in params}"
    },
    spellings=[
        """\
def directional_check(x, y, h0, params, grads, direction, step=1e-5):
    measured, claimed = {}, {}
    for name in params:
        ahead, behind = dict(params), dict(params)
        ahead[name] = params[name] + step * direction[name]
        behind[name] = params[name] - step * direction[name]
        change = loss_of(x, y, h0, ahead) - loss_of(x, y, h0, behind)
        measured[name] = change / (2 * step)
        claimed[name] = np.sum(grads[name] * direction[name])
    return measured, claimed
"""
    ],
)


@slope.mistake(
    "copies_that_share_their_arrays",
    hint=(
        "A copied dict holds the same arrays. `+=` on one of them moves both of your "
        "networks, and the parameters of whoever called you."
    ),
)
def copies_that_share_their_arrays(x, y, h0, params, grads, direction, step=1e-5):
    """dict(params) is a copy of the parameters."""
    ahead, behind = params.copy(), params.copy()
    for name in params:
        ahead[name] += step * direction[name]
        behind[name] -= step * direction[name]
    measured = (loss_of(x, y, h0, ahead) - loss_of(x, y, h0, behind)) / (2 * step)
    claimed = sum(np.sum(grads[name] * direction[name]) for name in params)
    return measured, claimed


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
