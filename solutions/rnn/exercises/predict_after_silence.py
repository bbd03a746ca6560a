"""Exercise 3: what becomes of a sound, predicted."""

from functools import cache

import numpy as np

from autograder.testing import Exercise, prediction

#: w and x_1 of the cases.
SILENCE = {"a": (0.5, 1), "b": (2, 1), "c": (2, -1), "d": (-2, 1), "e": (-0.5, 1), "f": (2, 0)}


@cache
def predict_after_silence() -> dict[str, str]:
    """What tanh(w h) does to the state in the long run, computed."""
    answers = {}
    for case, (w, x_1) in SILENCE.items():
        h = np.tanh(x_1)
        for _ in range(1000):
            before, h = h, np.tanh(w * h)
        if abs(h) < 1e-9:
            answers[case] = "zero"
        elif h * before < 0:
            answers[case] = "swings"
        else:
            answers[case] = "positive" if h > 0 else "negative"
    return answers


predict = Exercise(
    predict_after_silence, "answers", title="Predict, then run", section="sec-rnn-cell-memory"
)
for one, other in ("ab", "cf", "de"):  # whose words differ
    predict.part(f"cases {one} and {other}")(
        prediction(
            one + other,
            predict_after_silence,
            ("zero", "positive", "negative", "swings"),
            wrong="run this case once more, for a hundred steps, and look at the last ones.",
        )
    )

predict.mistake(
    "everything_fades",
    "Without input nothing is left after a while.",
    hint=(
        "Not every state dies out in silence. Put a state of 0.9 into tanh(2 h) and see whether "
        "it gets smaller."
    ),
    swap={'"positive"': '"zero"', '"negative"': '"zero"', '"swings"': '"zero"'},
    unseen="the check of a prediction shows what happens, and does not judge",
)
predict.mistake(
    "sign_of_the_weight",
    "A negative weight makes the state negative.",
    hint=(
        "A negative weight turns the sign at every step, not only once. Follow the state for w = "
        "-2."
    ),
    swap={'"swings"': '"negative"'},
    unseen="the check of a prediction shows what happens, and does not judge",
)
predict.mistake(
    "every_negative_weight_swings",
    "A negative weight turns the sign at every step, so the state swings for ever.",
    hint=(
        "For w = -0.5 the state does change its sign at every step. But how far from 0 is it "
        "after thirty of them?"
    ),
    swap={'"e": "zero"': '"e": "swings"'},
    unseen="the check of a prediction shows what happens, and does not judge",
)
predict.mistake(
    "forgets_the_sign_of_the_sound",
    "For w = 2 the state grows until it is at its upper limit.",
    hint=("tanh(2 h) is odd: it keeps the sign of h. What does the state remember of the sound?"),
    swap={'"negative"': '"positive"'},
    unseen="the check of a prediction shows what happens, and does not judge",
)
predict.mistake(
    "large_weight_wakes_up_alone",
    "With w = 2 the state leaves 0, whatever was heard.",
    hint="In the last case nothing was heard. A state of exactly 0: what is tanh(2 * 0)?",
    swap={'"f": "zero"': '"f": "positive"'},
    unseen="the check of a prediction shows what happens, and does not judge",
)
predict.mistake(
    "nothing_is_forgotten",
    "A recurrent network has a memory, so the sound stays in it, weaker.",
    hint=(
        "Dividing the state by two at every step: what is left of it after thirty steps? Only two"
        " words of the four speak of a state that stays away from 0 with a positive weight."
    ),
    swap={'"a": "zero"': '"a": "positive"', '"e": "zero"': '"e": "swings"'},
    unseen="the check of a prediction shows what happens, and does not judge",
)


@predict.alternative
def finds_out_by_running():
    """Lets the network run and puts what it sees into words."""
    words = {}
    for case, w, sound in zip("abcdef", (0.5, 2, 2, -2, -0.5, 2), (1, 1, -1, 1, 1, 0), strict=True):
        h = [np.tanh(sound)]
        for _ in range(200):
            h.append(np.tanh(w * h[-1]))
        if abs(h[-1]) < 1e-6:
            words[case] = "zero"
        elif h[-1] * h[-2] < 0:
            words[case] = "swings"
        else:
            words[case] = "positive" if h[-1] > 0 else "negative"
    return words
