"""Exercise 1: one step, from its equation."""

import numpy as np

from autograder.testing import Exercise, alone, first, float32, ones, sized, square, unchanged
from course_lib.reference.rnn import rnn_cell_forward

cell = Exercise(
    rnn_cell_forward,
    "h",
    {"N": 3, "D": 2, "H": 4},
    cache="x h_prev W_xh W_hh h",
    axes="n unit",
    scale=0.7,
    views=[first],
    title="One step",
    equation="eq-rnn-cell",
    section="sec-rnn-cell-step",
    says="each term, the state and the cache are right, in any size.",
)
cell.part("the term with x", alone("x", "W_xh", what="x W_xh, inside the tanh,"))
cell.part("the term with h_prev", alone("h_prev", "W_hh", what="h_prev W_hh, inside the tanh,"))
cell.part("the bias", alone("W_xh", "W_hh", "b_h", what="b_h, inside the tanh,"))
cell.part(
    "all together, in any size",
    square(3, "N", "D", "H"),
    sized(N=12, D=3, H=10),  # so many numbers that a term in float32 shows
    ones("N"),
    ones("D", "H"),
    float32(),
    weight=2,
)
cell.part("the cache", sized().comparing("cache"))
cell.part("its arguments stay as they are", unchanged(), needs=["all together, in any size"])

cell.mistake(
    "forgets_bias",
    "The two products are the network; a bias is a detail.",
    hint=(
        "Count the terms inside the tanh of the equation, and count yours. There should be three."
    ),
    swap={" + b_h": ""},
)
cell.mistake(
    "forgets_previous_state",
    "A state is computed from its input, as in any layer.",
    hint=(
        "Your step gives the same state whatever the state before was. What in the equation makes"
        " the network recurrent?"
    ),
    swap={" + h_prev @ W_hh": ""},
)
cell.mistake(
    "transposes_W_hh",
    "Weights are written W h in most books, so the matrix has to be turned.",
    hint=(
        "Look at the step from state to state: here vectors are rows, and a row stands to the "
        "left of its matrix, as the matrix is. W_hh is square, so NumPy cannot notice a slip."
    ),
    swap={"@ W_hh": "@ W_hh.T"},
)
cell.mistake(
    "transposes_W_xh",
    "A weight matrix has one row for each unit, as in PyTorch.",
    hint=(
        "It works only where D and H are the same. Write the shapes under the product of input "
        "and weights: (N, D) times what gives (N, H)?"
    ),
    swap={"@ W_xh": "@ W_xh.T"},
)
cell.mistake(
    "forgets_tanh",
    "The step is the affine map; squashing happens in the output layer.",
    hint=(
        "Your states are not limited to the range from -1 to 1. Which function in the equation "
        "does that?"
    ),
    swap={"np.tanh": ""},
    spellings=[
        {
            "np.tanh(x @ W_xh + h_prev @ W_hh + b_h)": "np.maximum(x @ W_xh + h_prev @ W_hh + b_h, 0)"
        },
    ],
)
cell.mistake(
    "sigmoid_for_tanh",
    "An activation function is an activation function.",
    hint=(
        "None of your states is ever negative. There is more than one S-shaped function: which "
        "one stands in the equation?"
    ),
    swap={
        "np.tanh(x @ W_xh + h_prev @ W_hh + b_h)": "1 / (1 + np.exp(-(x @ W_xh + h_prev @ W_hh + b_h)))"
    },
)
cell.mistake(
    "adds_bias_after_tanh",
    "The bias is a shift of the result.",
    hint=(
        "Where does the bracket of the tanh close in the equation, and where does it in your code?"
    ),
    swap={" + b_h)": ") + b_h"},
)
cell.mistake(
    "tanh_of_each_term",
    "Input and state are each squashed, then added.",
    hint=("How many times does tanh stand in the equation? tanh(a) + tanh(b) is not tanh(a + b)."),
    swap={"x @ W_xh + h_prev": "x @ W_xh) + np.tanh(h_prev"},
    spellings=[
        {"x @ W_xh + h_prev @ W_hh + b_h": "x @ W_xh) + np.tanh(h_prev @ W_hh) + np.tanh(b_h"},
        {"x @ W_xh + h_prev @ W_hh + b_h)": "x @ W_xh) + np.tanh(h_prev @ W_hh) + b_h"},
    ],
)
cell.mistake(
    "one_sequence_only",
    "There is one sequence; the axis N is in the way and goes.",
    hint=(
        "For a batch your step answers as if each row were the first. Keep the batch: (N, D) goes"
        " in, (N, H) comes out."
    ),
    swap={
        "np.tanh(x @ W_xh + h_prev @ W_hh + b_h)": "np.tanh(x[0] @ W_xh + h_prev[0] @ W_hh + b_h)[None]"
    },
)
cell.mistake(
    "computes_in_float32",
    "Deep learning is done in float32.",
    hint=(
        "Something in your step turns the numbers into float32 on the way. Leave the dtype alone."
    ),
    swap={
        "h = np": (
            "x, h_prev, W_xh, W_hh, b_h = (a.astype(np.float32) for a in (x, h_prev, W_xh, W_hh, b_h))\n"
            "    h = np"
        )
    },
)
cell.mistake(
    "writes_into_h_prev",
    "The old state is not needed any more, so its memory can be used.",
    hint=(
        "The array h_prev of whoever called you has changed. Writing into it (h_prev[...] =, "
        "+=, out=) reaches outside your function: let the result be a new array."
    ),
    swap={
        "h = np": ("before = h_prev.copy()\n    h_prev[...] = np"),
        "return h, (x, h_prev": ("h = h_prev.copy()\n    return h, (x, before"),
    },
)
cell.mistake(
    "caches_new_state_as_previous",
    "After the step the state is h, so that is what the cache keeps.",
    hint=(
        "The second thing in your cache is the new state. The backward pass will need the one "
        "that this step started from."
    ),
    swap={"return h, (x, h_prev": "return h, (x, h"},
)
cell.mistake(
    "caches_before_tanh",
    "The backward pass goes through the tanh, so it needs what went in.",
    hint=(
        "The last thing in your cache is what goes into the tanh. Look at the list again: which "
        "state stands there?"
    ),
    swap={
        "h = np.tanh(x @ W_xh + h_prev @ W_hh + b_h)": "a = x @ W_xh + h_prev @ W_hh + b_h",
        "return h, (x, h_prev, W_xh, W_hh, h)": "return np.tanh(a), (x, h_prev, W_xh, W_hh, a)",
    },
)
cell.mistake(
    "cache_in_another_order",
    "A cache is a bag: what matters is what is in it.",
    hint=("All the right things are in your cache. In which order does the exercise want them?"),
    swap={"(x, h_prev, W_xh, W_hh, h)": "(h, x, h_prev, W_xh, W_hh)"},
)
cell.mistake(
    "gives_no_cache",
    "The step computes a state, so a state comes back.",
    hint="The state is right. The exercise asks for two things: the state and the cache.",
    swap={"return h, (x, h_prev, W_xh, W_hh, h)": "return h"},
)
cell.mistake(
    "columns_for_rows",
    "Vectors are columns, so the matrix stands in front.",
    hint=(
        "The matrix stands in front of the vector in your products. Vectors are rows here: (N, D) "
        "times (D, H)."
    ),
    swap={"x @ W_xh + h_prev @ W_hh": "W_xh @ x + W_hh @ h_prev"},
    spellings=[
        {"x @ W_xh + h_prev @ W_hh": "W_xh @ x.T + W_hh @ h_prev.T"},
        {"x @ W_xh + h_prev @ W_hh": "(W_xh @ x.T + W_hh @ h_prev.T).T"},
        {"x @ W_xh + h_prev @ W_hh": "W_xh.T @ x.T + W_hh.T @ h_prev.T"},
        {"h_prev @ W_hh": "W_hh @ h_prev"},
    ],
)
cell.mistake(
    "multiplies_entry_by_entry",
    "The product of two arrays is *.",
    hint="* multiplies entry by entry. A row times a matrix is another product.",
    swap={"x @ W_xh + h_prev @ W_hh": "x * W_xh + h_prev * W_hh"},
    spellings=[{"h_prev @ W_hh": "h_prev * W_hh"}],
)
cell.mistake(
    "caches_the_bias",
    "The cache holds what came in.",
    hint="b_h stands in your cache. Compare it with the list in the exercise, one by one.",
    swap={"(x, h_prev, W_xh, W_hh, h)": "(x, h_prev, W_xh, W_hh, b_h)"},
    spellings=[{"(x, h_prev, W_xh, W_hh, h)": "(x, h_prev, W_xh, W_hh, b_h, h)"}],
)
cell.mistake(
    "cache_as_a_dict",
    "In a dict one sees what is what.",
    hint="Your cache is a dict. The exercise asks for a tuple, in a given order.",
    swap={
        "(x, h_prev, W_xh, W_hh, h)": '{"x": x, "h_prev": h_prev, "W_xh": W_xh, "W_hh": W_hh, "h": h}'
    },
)
cell.mistake(
    "results_as_a_dict",
    "In a dict one sees what is what.",
    hint="A dict comes back. The exercise asks for a pair: the state, then the cache.",
    swap={
        "return h, (x, h_prev, W_xh, W_hh, h)": 'return {"h": h, "cache": (x, h_prev, W_xh, W_hh, h)}'
    },
)
cell.mistake(
    "no_pair",
    "Everything that is needed comes back in one tuple.",
    hint="The state and the cache are in one tuple. Wanted is a pair, of which the second is a tuple.",
    swap={"return h, (x, h_prev, W_xh, W_hh, h)": "return h, x, h_prev, W_xh, W_hh, h"},
)
cell.mistake(
    "adds_the_state_itself",
    "The state before is carried on, and the input is added.",
    hint="The state before goes in as it is. In the equation it is multiplied by W_hh first.",
    swap={"h_prev @ W_hh": "h_prev"},
)
cell.mistake(
    "forgets_the_input",
    "The state follows from the state before.",
    hint="Your step gives the same state whatever x is. Which term of the equation holds x?",
    swap={"x @ W_xh + ": ""},
)
cell.mistake(
    "weights_swapped",
    "The two matrices have changed places.",
    hint="Your two matrices have changed places. Which one is as tall as x is wide?",
    swap={"x @ W_xh + h_prev @ W_hh": "x @ W_hh + h_prev @ W_xh"},
)
cell.mistake(
    "tan_for_tanh",
    "tan is what the formula says.",
    hint="tan is the tangent of an angle. The function in the equation stays between -1 and 1.",
    swap={"np.tanh": "np.tan"},
)
cell.mistake(
    "subtracts_the_bias",
    "The bias is a threshold.",
    hint="The bias goes in with the wrong sign.",
    swap={"+ b_h": "- b_h"},
)


@cell.alternative
def concatenated_weights(x, h_prev, W_xh, W_hh, b_h):
    """Input and state side by side, the two matrices one above the other."""
    both = np.concatenate([x, h_prev], axis=1)
    h = np.tanh(both @ np.concatenate([W_xh, W_hh], axis=0) + b_h)
    return h, (x, h_prev, W_xh, W_hh, h)


@cell.alternative
def sums_by_einsum(x, h_prev, W_xh, W_hh, b_h):
    """Every sum written out by its indices; the pair and the cache are lists."""
    a = np.einsum("nd,dh->nh", x, W_xh) + np.einsum("nk,kh->nh", h_prev, W_hh) + b_h
    h = np.tanh(a)
    return [h, [x, h_prev, W_xh, W_hh, h]]


@cell.alternative
def loops_over_numbers(x, h_prev, W_xh, W_hh, b_h):
    """One number after the other, as on paper."""
    N, D = x.shape
    H = h_prev.shape[1]
    h = np.zeros((N, H), dtype=x.dtype)
    for n in range(N):
        for j in range(H):
            a = b_h[j]
            for d in range(D):
                a = a + x[n, d] * W_xh[d, j]
            for k in range(H):
                a = a + h_prev[n, k] * W_hh[k, j]
            h[n, j] = np.tanh(a)
    return h, (x, h_prev, W_xh, W_hh, h)


@cell.alternative
def in_place_on_own_array(x, h_prev, W_xh, W_hh, b_h):
    """One array of its own, added to and squashed where it stands."""
    h = np.dot(x, W_xh)
    h += np.dot(h_prev, W_hh)
    h += b_h
    np.tanh(h, out=h)
    return h, (x, h_prev, W_xh, W_hh, h)
