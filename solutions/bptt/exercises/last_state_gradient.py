"""Exercise 2: the gradient of the last state."""

import numpy as np

from autograder.testing import Exercise, float32, ones, sized, square, unchanged
from course_lib.reference.bptt import last_state_gradient

last = Exercise(
    last_state_gradient,
    "dh_T",
    {"N": 3, "H": 5, "K": 4},
    axes="n unit",
    title="The last state",
    equation="eq-bptt-dh-last",
    section="sec-bptt-last-state",
    says="right for one output and for several, in any size.",
)
last.part("one output", ones("K"), weight=0.5)
last.part("several outputs", square(4, "N", "H", "K"), sized(), weight=2)
last.part(
    "any size",
    ones("N"),
    ones("H"),
    float32(),
    unchanged(),
    needs=["several outputs"],
)

last.mistake(
    "multiplies_as_forward",
    "The same matrix as on the way forward, the same product.",
    hint=(
        "Write the shapes under the product: (N, K) times what gives (N, H)? On the way back a "
        "matrix is used the other way round."
    ),
    swap={"W_hy.T": "W_hy"},
)
last.mistake(
    "first_output_only",
    "There is one output.",
    hint="Every output has its share in the gradient. Yours knows only one of them.",
    swap={"do_T @ W_hy.T": "do_T[:, :1] * W_hy[:, 0]"},
)
last.mistake(
    "averages_over_the_outputs",
    "Several contributions are averaged.",
    hint="The contributions of the outputs are added up. Is there a mean in the equation?",
    swap={"W_hy.T": "W_hy.T / do_T.shape[1]"},
)
last.mistake(
    "adds_up_the_batch",
    "A gradient is a sum over the batch.",
    hint=("Each sequence has a last state of its own, and each of these a gradient of its own."),
    swap={
        "do_T @ W_hy.T": "np.broadcast_to(do_T.sum(axis=0) @ W_hy.T, (len(do_T), len(W_hy))).copy()"
    },
)
last.mistake(
    "first_sequence_for_all",
    "There is one sequence; the axis N is in the way.",
    hint="For a batch your function answers as if each row were the first.",
    swap={"do_T @ W_hy.T": "(do_T[0] @ W_hy.T)[None].repeat(len(do_T), axis=0)"},
)
last.mistake(
    "float32_for_the_last_state",
    "Gradients need no precision.",
    hint="Something turns the numbers into float32 on the way. Leave the dtype alone.",
    swap={"do_T @ W_hy.T": "do_T.astype(np.float32) @ W_hy.T.astype(np.float32)"},
)
last.mistake(
    "transposes_the_result",
    "What comes out is turned until it looks right.",
    hint="One row for each sequence comes in, and one row for each sequence goes out.",
    swap={"do_T @ W_hy.T": "W_hy @ do_T.T"},
)


@last.alternative
def last_state_by_einsum(do_T, W_hy):
    """The sum of the task, index by index."""
    return np.einsum("nk,ik->ni", do_T, W_hy)


@last.alternative
def last_state_from_the_left(do_T, W_hy):
    """Columns in place of rows, and turned back."""
    return (W_hy @ do_T.T).T
