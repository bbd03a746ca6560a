"""Exercise 4: the gradients of both biases."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from jaxtyping import Float

from autograder.testing import Exercise, ones, sized, square, states, unchanged
from course_lib.reference.bptt import output_bias_gradient, state_bias_gradient


def bias_gradients(
    do: Float[np.ndarray, "T N K"], dh: Float[np.ndarray, "T N H"], h: Float[np.ndarray, "T N H"]
) -> tuple[np.ndarray, np.ndarray]:
    """The library's two functions together."""
    return state_bias_gradient(dh, h), output_bias_gradient(do)


def factors(arguments: Mapping[str, Any]) -> dict[str, float]:
    """By what a sum is easily wrong."""
    T, N, _ = arguments["h"].shape
    return {"1 / N": 1 / N, "1 / T": 1 / T}


biases = Exercise(
    bias_gradients,
    "db_h db_y",
    {"T": 4, "N": 3, "H": 5, "K": 2},
    draw={"h": states},
    factors=factors,
    title="The biases",
    equation="eq-bptt-db-h",
    section="sec-bptt-biases",
    says="both gradients are right, in any size.",
)
biases.part("db_y", sized().comparing("db_y"))
biases.part(
    "db_h, where h is 0",
    sized("With h = 0, where the slope of the tanh is 1:", zero=["h"]).comparing("db_h"),
)
biases.part("db_h", sized().comparing("db_h"))
biases.part(
    "any size",
    ones("T"),
    ones("N"),
    square(3, "T", "N", "H", "K"),
    ones("H", "K"),
    unchanged(),
    needs=["db_y", "db_h"],
)

biases.mistake(
    "biases_the_other_way_round",
    "db_y comes first, as in the text.",
    hint="Both gradients are there. In which order does the docstring want them?",
    swap={"da.sum(axis=(0, 1)), do.sum(axis=(0, 1))": "do.sum(axis=(0, 1)), da.sum(axis=(0, 1))"},
)
biases.mistake(
    "bias_averaged_over_the_batch",
    "Gradients are averaged over the batch.",
    hint=("The mean over the batch is in do and dh already. If you take it again, N counts twice."),
    swap={".sum(axis=(0, 1))": ".mean(axis=1).sum(axis=0)"},
)
biases.mistake(
    "bias_averaged_over_time",
    "A shared parameter gets the mean of its gradients.",
    hint=(
        "Each step adds its part to the gradient of a shared parameter. Are the parts added up or"
        " averaged?"
    ),
    swap={".sum(axis=(0, 1))": ".sum(axis=1).mean(axis=0)"},
)
biases.mistake(
    "bias_of_each_sequence",
    "The sum goes over the steps.",
    hint="A bias is shared by all steps, and by all sequences, too: it has one axis.",
    swap={".sum(axis=(0, 1))": ".sum(axis=0)"},
)
biases.mistake(
    "bias_at_the_last_step_only",
    "The gradient of the parameters is that of the last step.",
    hint="The bias was used at every step, and each use has its part in the gradient.",
    swap={".sum(axis=(0, 1))": "[-1].sum(axis=0)"},
)
biases.mistake(
    "bias_outside_the_tanh",
    "A bias is added, so its gradient is that of the sum.",
    hint=(
        "b_h stands inside the tanh. What is the gradient of what stands inside, if dh is that of"
        " what comes out?"
    ),
    swap={" * (1 - h**2)": ""},
)
biases.mistake(
    "bias_slope_without_the_square",
    "The slope of the tanh is one minus its value.",
    hint="Look once more at the derivative of the tanh, for the gradient of b_h.",
    swap={"h**2": "h"},
)
biases.mistake(
    "bias_for_the_first_sequence",
    "There is one sequence.",
    hint="Your sums leave out all sequences but one.",
    swap={".sum(axis=(0, 1))": "[:, 0].sum(axis=0)"},
)


@biases.alternative
def biases_step_by_step(do, dh, h):
    """A loop over the steps."""
    db_h, db_y = np.zeros(h.shape[2]), np.zeros(do.shape[2])
    for t in range(len(h)):
        db_h += (dh[t] * (1 - h[t] ** 2)).sum(axis=0)
        db_y += do[t].sum(axis=0)
    return db_h, db_y


@biases.alternative
def biases_of_rows(do, dh, h):
    """Time and batch as one axis; a list is as good as a tuple."""
    da = dh - dh * h * h
    return [da.reshape(-1, da.shape[-1]).sum(0), do.reshape(-1, do.shape[-1]).sum(0)]
