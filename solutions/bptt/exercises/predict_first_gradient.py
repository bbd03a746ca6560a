"""Exercise 4: what becomes of a gradient in a hundred steps, predicted."""

from functools import cache

import numpy as np

from autograder.testing import Exercise, prediction

#: w and h_0 of the cases.
HUNDRED_STEPS = {"a": (0.5, 0), "b": (1, 0), "c": (2, 0), "d": (2, 1), "e": (-1, 0), "f": (2, 1e-3)}


@cache
def predict_first_gradient() -> dict[str, str]:
    """The gradient after a hundred steps back, computed and put into words."""
    answers = {}
    for case, (w, h) in HUNDRED_STEPS.items():
        gradient = 1.0
        for _ in range(100):
            h = np.tanh(w * h)
            gradient *= w * (1 - h**2)
        size = abs(gradient)
        answers[case] = "vanishes" if size < 1e-6 else "explodes" if size > 1e6 else "stays"
    return answers


predict = Exercise(
    predict_first_gradient,
    "answers",
    title="Predict, then run",
    section="sec-bptt-vanishing-words",
)
FACTOR = "run it once more, and look at the factor w (1 - h^2) of each step"
for cases, wrong in {  # whose words differ
    "ab": f"{FACTOR}. The state stays at 0: what is the slope there?",
    "cd": f"{FACTOR}. From 0 the state stays at 0; from 1 it settles near 1, where the slope is small.",
    "ef": f"{FACTOR}. In e only its size counts; in f the state is not small for long.",
}.items():
    predict.part(f"cases {cases[0]} and {cases[1]}")(
        prediction(cases, predict_first_gradient, ("vanishes", "stays", "explodes"), wrong=wrong)
    )

predict.mistake(
    "only_the_weight_counts",
    "The factor of each step is the weight.",
    hint=(
        "The factor of each step is not the weight alone. What else does exercise 2 multiply by, "
        "and how large is it where the state is near 1?"
    ),
    swap={'"d": "vanishes"': '"d": "explodes"', '"f": "vanishes"': '"f": "explodes"'},
    unseen="the check of a prediction shows what happens, and does not judge",
)
predict.mistake(
    "everything_vanishes",
    "Gradients vanish in recurrent networks.",
    hint=(
        "Gradients vanish often, not always. Take a state of 0: what is the slope of the tanh "
        "there, and the factor of a step?"
    ),
    swap={'"stays"': '"vanishes"', '"explodes"': '"vanishes"'},
    unseen="the check of a prediction shows what happens, and does not judge",
)
predict.mistake(
    "the_slope_is_below_one",
    ("The slope of a tanh is always less than 1, so a weight of 1 lets the gradient shrink."),
    hint=(
        "At one state the slope of the tanh is exactly 1. In which of the cases does the state "
        "stay there?"
    ),
    swap={'"stays"': '"vanishes"'},
    unseen="the check of a prediction shows what happens, and does not judge",
)
predict.mistake(
    "a_small_state_stays_small",
    "A state of 0.001 is as good as 0.",
    hint="A hundred steps are many. Where is the state of case f after twenty of them?",
    swap={'"f": "vanishes"': '"f": "explodes"'},
    unseen="the check of a prediction shows what happens, and does not judge",
)
predict.mistake(
    "a_lasting_memory_keeps_its_gradient",
    "What is remembered for ever has a gradient that lasts for ever.",
    hint=(
        "The state of case d settles and stays. What becomes of a small change of it, from step "
        "to step?"
    ),
    swap={'"d": "vanishes"': '"d": "stays"', '"f": "vanishes"': '"f": "stays"'},
    unseen="the check of a prediction shows what happens, and does not judge",
)
predict.mistake(
    "a_negative_weight_swings_out",
    "With a negative weight the gradient swings, and the swings cancel.",
    hint="Only the size is asked for. What is the size of a product of many factors -1?",
    swap={'"e": "stays"': '"e": "vanishes"'},
    unseen="the check of a prediction shows what happens, and does not judge",
)


@predict.alternative
def prediction_by_running():
    """Computes what was to be predicted."""
    words = {}
    weights, starts = (0.5, 1, 2, 2, -1, 2), (0, 0, 0, 1, 0, 0.001)
    for case, w, h in zip("abcdef", weights, starts, strict=True):
        gradient = 1.0
        for _ in range(100):
            h = np.tanh(w * h)
            gradient *= w * (1 - h**2)
        words[case] = "stays"
        if abs(gradient) < 0.5:
            words[case] = "vanishes"
        if abs(gradient) > 2:
            words[case] = "explodes"
    return words
