"""Exercise 2: the gradient of a state."""

import numpy as np

from autograder.testing import Exercise, float32, ones, sized, square, states, unchanged
from course_lib.reference.bptt import state_gradient

state = Exercise(
    state_gradient,
    "dh_t",
    {"N": 3, "H": 5, "K": 4},
    axes="n unit",
    draw={"h_next": states},
    title="A state",
    equation="eq-bptt-dh",
    section="sec-bptt-state",
    says="each term is right, and both together, in any size.",
)
state.part(
    "from above",
    sized("With dh_next = 0, so that only what comes from above is left:", zero=["dh_next"]),
)
state.part(
    "from the right, where h_next is 0",
    sized(
        "With do_t = 0, and h_next = 0, where the slope of the tanh is 1:", zero=["do_t", "h_next"]
    ),
)
state.part(
    "from the right",
    sized("With do_t = 0, so that only what comes from the right is left:", zero=["do_t"]),
)
state.part(
    "both together, in any size",
    sized(),
    square(4, "N", "H", "K"),
    ones("N"),
    ones("H", "K"),
    float32(),
    weight=2,
)
state.part("its arguments stay as they are", unchanged(), needs=["both together, in any size"])

state.mistake(
    "drops_what_comes_from_the_right",
    "The gradient of a state comes from its output.",
    hint=(
        "Through what else does a state act on the loss, besides its own output? Look for h_t in "
        "the equation of the next state."
    ),
    swap={" + da_next @ W_hh.T": ""},
)
state.mistake(
    "drops_what_comes_from_above",
    "The gradient comes back along the chain of states.",
    hint=(
        "Your gradient knows only what comes from later steps. The state has an output of its "
        "own, too."
    ),
    swap={"return from_above + ": "return "},
)
state.mistake(
    "forgets_the_slope_of_the_tanh",
    "From state to state there is a matrix, so back by its transpose.",
    hint=(
        "Between h_t and the next state stands more than a matrix. What does the tanh multiply a "
        "small change by?"
    ),
    swap={" * (1 - h_next**2)": ""},
)
state.mistake(
    "recurrent_matrix_not_transposed",
    "W_hh is square, and takes a state to a state.",
    hint=(
        "W_hh is square, so NumPy cannot notice. Which index of W_hh belongs to h_t, and which to"
        " the next state?"
    ),
    swap={"W_hh.T": "W_hh"},
)
state.mistake(
    "output_matrix_not_transposed",
    "The same matrix as on the way forward, the same product.",
    hint=(
        "Write the shapes under the product with W_hy: (N, K) times what gives (N, H)? On the way"
        " back a matrix is used the other way round."
    ),
    swap={"W_hy.T": "W_hy"},
)
state.mistake(
    "state_averages_over_the_outputs",
    "Several contributions are averaged.",
    hint="The contributions of the outputs are added up. Is there a mean in the equation?",
    swap={"do_t @ W_hy.T": "do_t @ W_hy.T / do_t.shape[1]"},
)
state.mistake(
    "adds_up_the_batch",
    "A gradient is a sum over the batch.",
    hint=("Each sequence has a state of its own, and each of these a gradient of its own."),
    swap={
        "return from_above + da_next @ W_hh.T": (
            "dh_t = from_above + da_next @ W_hh.T\n"
            "    return np.zeros_like(dh_t) + dh_t.sum(axis=0)"
        )
    },
    spellings=[
        {
            "return from_above + da_next @ W_hh.T": "return (from_above + da_next @ W_hh.T).sum(axis=0)"
        }
    ],
)
state.mistake(
    "float32_for_the_state",
    "Gradients need no precision.",
    hint="Something turns the numbers into float32 on the way. Leave the dtype alone.",
    swap={
        "return from_above + da_next @ W_hh.T": "return (from_above + da_next @ W_hh.T).astype(np.float32)"
    },
)
state.mistake(
    "slope_after_the_product",
    "First the matrix, then the slope, as on the way forward.",
    hint=(
        "On the way forward the tanh comes after the product with W_hh. In which order does one "
        "come back?"
    ),
    swap={" * (1 - h_next**2)": "", "da_next @ W_hh.T": "(da_next @ W_hh.T) * (1 - h_next**2)"},
)
state.mistake(
    "slope_without_the_square",
    "The slope of the tanh is one minus its value.",
    hint="Look once more at the derivative of the tanh. Can the slope be larger than 1?",
    swap={"h_next**2": "h_next"},
)
state.mistake(
    "slope_of_the_sigmoid",
    "The slope of an S-shaped function is h (1 - h).",
    hint=(
        "That is the slope of another S-shaped function. At a state of 0 the slope of the tanh is"
        " 1."
    ),
    swap={"(1 - h_next**2)": "h_next * (1 - h_next)"},
)
state.mistake(
    "slope_taken_at_the_state",
    "The slope is that of the tanh, taken at h.",
    hint=(
        "The slope is wanted where the tanh was taken, at a. You have its value h = tanh(a) "
        "already: one tanh is enough."
    ),
    swap={"h_next**2": "np.tanh(h_next) ** 2"},
)
state.mistake(
    "slope_for_what_comes_from_above_too",
    "Everything that comes into a state goes through the tanh.",
    hint=(
        "The slope stands in one of the two terms only: does a change of h_t go through a tanh on"
        " its way to o_t?"
    ),
    swap={"do_t @ W_hy.T": "(do_t @ W_hy.T) * (1 - h_next**2)"},
)
state.mistake(
    "writes_into_dh_next",
    "dh_next is not needed any more.",
    hint=(
        "The array dh_next of whoever called you has changed. `*=` on an argument reaches outside"
        " your function."
    ),
    swap={
        "da_next = dh_next * (1 - h_next**2)": ("dh_next *= 1 - h_next**2\n    da_next = dh_next")
    },
)
state.mistake(
    "slope_for_the_sum",
    "Everything that comes into a state goes through the tanh.",
    hint=(
        "You multiply the sum of both ways by the slope. Only one of them goes through a "
        "tanh, and there the slope comes before the matrix."
    ),
    swap={
        " * (1 - h_next**2)": "",
        "return from_above + da_next @ W_hh.T": "return (from_above + da_next @ W_hh.T) * (1 - h_next**2)",
    },
    spellings=[
        {
            "return from_above + da_next @ W_hh.T": "return (from_above + da_next @ W_hh.T) * (1 - h_next**2)"
        }
    ],
)
state.mistake(
    "multiplies_the_two_ways",
    "Two influences are multiplied.",
    hint=(
        "Each of your ways is multiplied by the other. What does the chain rule do with "
        "several ways?"
    ),
    swap={"return from_above + da_next @ W_hh.T": "return from_above * (da_next @ W_hh.T)"},
)
state.mistake(
    "square_of_the_difference",
    "The slope is (1 - h) squared.",
    hint="What exactly is squared in the derivative of the tanh?",
    swap={"(1 - h_next**2)": "(1 - h_next) ** 2"},
)
state.mistake(
    "adds_the_square",
    "The slope is 1 + h^2.",
    hint="The slope of the tanh is largest at 0. Is yours?",
    swap={"(1 - h_next**2)": "(1 + h_next**2)"},
)
state.mistake(
    "averages_the_two_ways",
    "Two gradients for one state are averaged.",
    hint="The two ways are added up. Is there a mean in the equation?",
    swap={"return from_above + da_next @ W_hh.T": "return (from_above + da_next @ W_hh.T) / 2"},
)
state.mistake(
    "the_state_for_its_gradient",
    "What comes back from the next state is the next state.",
    hint=(
        "From the right comes the gradient of the next state, not its value. The value is for "
        "the slope only."
    ),
    swap={"dh_next * (1": "h_next * (1"},
    spellings=[{"dh_next * (1 - h_next**2)": "1 - h_next**2"}],
)
state.mistake(
    "state_slope_of_the_gradient",
    "The slope is one minus the square of what comes back.",
    hint="The slope of the tanh is had from its value. Which of the arrays holds that?",
    swap={"h_next**2": "dh_next**2"},
)
state.mistake(
    "subtracts_what_comes_from_the_right",
    "What comes back is subtracted.",
    hint="One of your two terms has the other sign.",
    swap={"+ da_next": "- da_next"},
    spellings=[{"(1 - h_next**2)": "(h_next**2 - 1)"}, {"from_above = do_t": "from_above = -do_t"}],
)
state.mistake(
    "columns_for_rows",
    "A gradient is a column.",
    hint="One row for each sequence comes in, and one row for each sequence goes out.",
    swap={"return from_above + da_next @ W_hh.T": "return (from_above + da_next @ W_hh.T).T"},
)
state.mistake(
    "state_for_one_sequence",
    "There is one sequence.",
    hint="For a batch your function answers as if each row were the first.",
    swap={
        "return from_above + da_next @ W_hh.T": "return np.zeros_like(dh_next) + (from_above + da_next @ W_hh.T)[0]"
    },
    spellings=[
        {"return from_above + da_next @ W_hh.T": "return (from_above + da_next @ W_hh.T)[:1]"}
    ],
)
state.mistake(
    "state_through_the_slope_twice",
    "Each of the two factors has its slope.",
    hint="The slope stands once in the equation. How often do you multiply by it?",
    swap={"(1 - h_next**2)": "(1 - h_next**2) ** 2"},
)
state.mistake(
    "adds_the_gradient_itself",
    "A change of the state stays as it is, and goes through the matrix, too.",
    hint="Besides its two ways your state has a third: the gradient of the next state as it is.",
    swap={"return from_above + da_next @ W_hh.T": "return dh_next + from_above + da_next @ W_hh.T"},
)
state.mistake(
    "gives_both_terms_apart",
    "Both terms are wanted.",
    hint="One gradient is wanted for each state. What becomes of its two terms?",
    swap={"return from_above + ": "return from_above, "},
    spellings=[
        {"return from_above + da_next @ W_hh.T": "return np.stack([from_above, da_next @ W_hh.T])"}
    ],
)
state.mistake(
    "the_transposed_jacobian",
    "dh times the Jacobian, as it stands.",
    hint=(
        "Two things are the other way round in your term from the right: which index of W_hh "
        "belongs to h_t, and on which side of the matrix is the slope?"
    ),
    swap={" * (1 - h_next**2)": "", "da_next @ W_hh.T": "(da_next @ W_hh) * (1 - h_next**2)"},
)
state.mistake(
    "state_slope_without_brackets",
    "Python reads from left to right.",
    hint=(
        "Read your slope as Python does: which of `*`, `**` and `-` comes first, and do the "
        "brackets stand where you mean them?"
    ),
    swap={"dh_next * (1 - h_next**2)": "dh_next * 1 - h_next**2"},
    spellings=[
        {"(1 - h_next**2)": "(1 - h_next * 2)"},
        {"(1 - h_next**2)": "h_next**2"},
        {"dh_next * (1 - h_next**2)": "dh_next - h_next**2"},
    ],
)
state.mistake(
    "one_way_at_a_time",
    "Where there is a next state, the gradient comes from there.",
    hint="A state has both terms at once. Yours gives one of them only, though both are there.",
    swap={
        "return from_above + da_next @ W_hh.T": "return da_next @ W_hh.T if dh_next.any() else from_above"
    },
    spellings=[
        {
            "return from_above + da_next @ W_hh.T": "return from_above if do_t.any() else da_next @ W_hh.T"
        }
    ],
)
state.mistake(
    "tanh_of_the_gradient",
    "Back through the tanh is: tanh.",
    hint="Going back through the tanh multiplies by its slope. What do you do with the gradient there?",
    swap={"dh_next * (1 - h_next**2)": "np.tanh(dh_next)"},
    spellings=[
        {"dh_next * (1 - h_next**2)": "dh_next * np.tanh(h_next)"},
        {"dh_next * (1 - h_next**2)": "dh_next * h_next"},
        {"dh_next * (1 - h_next**2)": "dh_next / (1 - h_next**2)"},
        {"dh_next * (1 - h_next**2)": "dh_next * np.arctanh(h_next)"},
    ],
)
state.mistake(
    "each_unit_feels_only_itself",
    "A unit's gradient comes from itself.",
    hint="A unit of the state acts on all units of the next one, and on all outputs. Yours knows one of them, or a sum of weights.",
    swap={"da_next @ W_hh.T": "da_next * np.diag(W_hh)"},
    spellings=[
        {"da_next @ W_hh.T": "da_next * W_hh.sum(axis=1)"},
        {"do_t @ W_hy.T": "do_t.sum(axis=1, keepdims=True) * W_hy.sum(axis=1)"},
        {"do_t @ W_hy.T": "do_t[:, :1] * W_hy[:, 0]"},
    ],
)


@state.alternative
def state_by_the_last_state(do_t, dh_next, h_next, W_hy, W_hh):
    """Both sums, index by index."""
    slope = (1 - h_next) * (1 + h_next)
    return np.einsum("nk,ik->ni", do_t, W_hy) + np.einsum("nj,nj,ij->ni", dh_next, slope, W_hh)


@state.alternative
def state_by_jacobians(do_t, dh_next, h_next, W_hy, W_hh):
    """A Jacobian for each sequence."""
    dh_t = do_t @ W_hy.T
    for n in range(len(dh_t)):
        dh_t[n] += (W_hh * (1 - h_next[n] ** 2)) @ dh_next[n]
    return dh_t
