"""Exercise 5: the gradient of the weights of the output."""

import numpy as np

from autograder.testing import Exercise, ones, sized, square, states, unchanged
from course_lib.reference.bptt import output_weight_gradient

output_weights = Exercise(
    output_weight_gradient,
    "dW_hy",
    {"T": 4, "N": 3, "H": 5, "K": 2},
    draw={"h": states},
    title="The weights of the output",
    equation="eq-bptt-dw-hy",
    section="sec-bptt-output-weights",
    says="one step and all steps are right, in any size.",
)
output_weights.part("one step of one sequence", ones("T", "N", note="With T = 1 and N = 1:"))
output_weights.part("one step of several sequences", ones("T"))
output_weights.part("all steps", sized(), ones("N"), square(3, "T", "N", "H", "K"), weight=2)
output_weights.part("its arguments stay as they are", unchanged(), needs=["all steps"], weight=0.5)

output_weights.mistake(
    "output_weights_at_the_last_step",
    "The gradient of the parameters is that of the last step.",
    hint="W_hy was used at every step, and each use has its part in the gradient.",
    swap={'np.einsum("tnh,tnk->hk", h, do)': "h[-1].T @ do[-1]"},
)
output_weights.mistake(
    "output_weights_transposed",
    "Gradient first, then what went in.",
    hint=(
        "The gradient of a weight has the shape of the weight. Which of the two factors stands on"
        " the left?"
    ),
    swap={'np.einsum("tnh,tnk->hk", h, do)': 'np.einsum("tnk,tnh->kh", do, h)'},
)
output_weights.mistake(
    "output_weights_averaged_over_the_batch",
    "Gradients are averaged over the batch.",
    hint="The mean over the batch is in do already. If you take it again, N counts twice.",
    swap={'np.einsum("tnh,tnk->hk", h, do)': 'np.einsum("tnh,tnk->hk", h, do) / h.shape[1]'},
)
output_weights.mistake(
    "output_weights_averaged_over_time",
    "A shared parameter gets the mean of its gradients.",
    hint=(
        "Each step adds its part to the gradient of a shared parameter. Are the parts added up or"
        " averaged?"
    ),
    swap={'np.einsum("tnh,tnk->hk", h, do)': 'np.einsum("tnh,tnk->hk", h, do) / len(h)'},
)
output_weights.mistake(
    "output_weights_of_each_step",
    "Each step has its gradient.",
    hint=("There is one W_hy for all steps. What becomes of the gradients of the single steps?"),
    swap={"->hk": "->thk"},
)
output_weights.mistake(
    "product_of_the_sums",
    "Sum over time and batch, then multiply.",
    hint=(
        "The sum of products is not the product of the sums: h and do belong together at each "
        "step, for each sequence."
    ),
    swap={'np.einsum("tnh,tnk->hk", h, do)': "np.outer(h.sum(axis=(0, 1)), do.sum(axis=(0, 1)))"},
)
output_weights.mistake(
    "output_weights_with_the_index_of_the_next_step",
    "The sum runs over h_t and the error of the step after, as printed somewhere.",
    hint="Which state does o_t see: the one of its own step, or the one before?",
    swap={'np.einsum("tnh,tnk->hk", h, do)': 'np.einsum("tnh,tnk->hk", h[:-1], do[1:])'},
)


@output_weights.alternative
def output_weights_step_by_step(h, do):
    """A product for each step, added up."""
    return sum(h_t.T @ do_t for h_t, do_t in zip(h, do, strict=True))


@output_weights.alternative
def output_weights_of_rows(h, do):
    """Time and batch as one axis, one product."""
    return np.tensordot(h, do, axes=((0, 1), (0, 1)))
