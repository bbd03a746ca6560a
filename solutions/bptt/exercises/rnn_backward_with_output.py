"""Exercise 6: the way back through a whole sequence."""

import numpy as np
from jaxtyping import Float

from autograder.testing import Exercise, Inputs, float32, ones, sized, square, states, unchanged
from course_lib.reference.bptt import (
    recurrent_weight_gradient,
    sequence_gradients,
    state_gradient,
    states_and_outputs,
)
from course_lib.reference.rnn import rnn_cell_backward

from . import Params, means, network


def rnn_backward_with_output(
    x: Float[np.ndarray, "T N D"],
    h0: Float[np.ndarray, "N H"],
    h: Float[np.ndarray, "T N H"],
    do: Float[np.ndarray, "T N K"],
    params: Params,
) -> tuple[Params, np.ndarray, np.ndarray]:
    """The library's function, for a sequence that is not part of a longer one."""
    return sequence_gradients(x, h0, h, do, params)


def run(arguments: Inputs, rng: np.random.Generator) -> Inputs:
    """The states are those of the network."""
    h, _ = states_and_outputs(arguments["x"], arguments["h0"], arguments["params"])
    return arguments | {"h": h}


def last_loss_only(arguments: Inputs, rng: np.random.Generator) -> Inputs:
    """No output but the last acts on the loss."""
    do = np.zeros_like(arguments["do"])
    do[-1] = arguments["do"][-1]
    return run(arguments, rng) | {"do": do}


way_back = Exercise(
    rnn_backward_with_output,
    "grads dx dh0",
    {"T": 4, "N": 3, "D": 2, "H": 5, "K": 3},
    draw={"h0": states, "params": network},
    factors=lambda arguments: means(*arguments["x"].shape[:2]),
    title="The whole way back",
    equation="eq-bptt-dh",
    section="sec-bptt-code-backward",
    says="all gradients are right, in any size.",
)
way_back.part("one step", ones("T", change=run))
way_back.part("the output layer", sized(change=run).comparing("grads", entries=("W_hy", "b_y")))
way_back.part(
    "the parameters of the step",
    sized(change=run).comparing("grads", entries=("W_xh", "W_hh", "b_h")),
    weight=2,
)
way_back.part("dx and dh0", sized(change=run).comparing("dx", "dh0"))
way_back.part(
    "any size",
    ones("N", T=5, change=run),
    square(3, "T", "N", "D", "H", "K", change=run),
    ones("D", "H", "K", T=2, change=run),
    sized("With a loss at the last step only:", T=5, change=last_loss_only),
    float32(change=run),
    needs=["the output layer", "the parameters of the step", "dx and dh0"],
)
way_back.part(
    "its arguments stay as they are",
    unchanged(change=run),
    needs=["the parameters of the step"],
)

way_back.mistake(
    "nothing_from_the_right",
    "Each step has its own output, and its gradient comes from there.",
    hint="Your steps do not know of each other. What does a step send to the one before?",
    swap={" + from_right": ""},
)
way_back.mistake(
    "from_above_at_the_last_step_only",
    "The error enters at the end, and goes back from there.",
    hint=(
        "Only the last output sends something down in your way back. What about the outputs of "
        "the other steps?"
    ),
    swap={
        'do[t] @ params["W_hy"].T + from_right': 'do[t] @ params["W_hy"].T if t == len(x) - 1 else from_right'
    },
)
way_back.mistake(
    "assigns_instead_of_adding",
    "Each step computes the gradients of the parameters.",
    hint=(
        "The gradients of the parameters are those of one step only: each step overwrites what "
        "the others have found."
    ),
    swap={"+=": "="},
)
way_back.mistake(
    "first_step_first",
    "The loop runs over the steps, as on the way forward.",
    hint=(
        "When you are at step t, what comes from step t + 1 must be there already. Where has the "
        "loop to begin?"
    ),
    swap={"range(len(x) - 1, -1, -1)": "range(len(x))"},
)
way_back.mistake(
    "starts_from_a_state_of_zeros",
    "Before the first step there is nothing.",
    hint=(
        "At the first step you take zeros for the state before. There is an argument that says "
        "what it was."
    ),
    swap={"if t > 0 else h0": "if t > 0 else np.zeros_like(h0)"},
)
way_back.mistake(
    "the_last_state_goes_before_the_first",
    "h[t - 1] is the state before, at every step.",
    hint="h[-1] is the last state. What does h[t - 1] mean at the first step?",
    swap={" if t > 0 else h0": ""},
)
way_back.mistake(
    "sends_the_total_gradient_on",
    "What a step hands on is the gradient of its state.",
    hint=(
        "What comes from the right is the gradient of h_t through the next step. You hand on the "
        "gradient of the next state itself."
    ),
    swap={
        "dx[t], from_right, dW_xh": "dx[t], _, dW_xh",
        ('        grads["W_hy"] += h[t].T @ do[t]\n        grads["b_y"] += do[t].sum(axis=0)\n'): (
            '        grads["W_hy"] += h[t].T @ do[t]\n'
            '        grads["b_y"] += do[t].sum(axis=0)\n'
            "        from_right = dh\n"
        ),
    },
)
way_back.mistake(
    "gives_the_first_state_for_h0",
    "The gradient of the start is the last one that has been computed.",
    hint=(
        "dh0 belongs to the state before the first step. Yours is the gradient of the state after"
        " it."
    ),
    swap={"return grads, dx, from_right": "return grads, dx, dh"},
)
way_back.mistake(
    "dx_from_the_end",
    "Gradients are collected as they come.",
    hint=(
        "The gradients of the inputs are all there, in the order in which the loop met them. "
        "Which of them belongs to x[0]?"
    ),
    swap={"return grads, dx, from_right": "return grads, dx[::-1].copy(), from_right"},
)
way_back.mistake(
    "stops_one_step_short",
    "The first step has no state before it.",
    hint="Your loop leaves out a step. Which numbers does it run through?",
    swap={
        "np.empty_like(x)": "np.zeros_like(x)",
        "range(len(x) - 1, -1, -1)": "range(len(x) - 1, 0, -1)",
    },
)
way_back.mistake(
    "averages_over_the_steps",
    "A shared parameter gets the mean of its gradients.",
    hint=(
        "The parts of the steps are added up: the mean over the predictions is in do already. "
        "Yours are divided by T once more."
    ),
    swap={
        "return grads, dx": (
            "grads = {name: value / len(x) for name, value in grads.items()}\n    return grads, dx"
        )
    },
)
way_back.mistake(
    "output_layer_at_the_last_step_only",
    "The output layer stands at the end of the sequence.",
    hint=(
        "The output layer was used at every step. The gradients of its two parameters know only "
        "the last one."
    ),
    swap={
        "h[t].T @ do[t]": "h[-1].T @ do[-1] if t == 0 else 0",
        "do[t].sum(axis=0)": "do[-1].sum(axis=0) if t == 0 else 0",
    },
)
way_back.mistake(
    "nothing_is_handed_on",
    "What comes from the right is 0, at each step anew.",
    hint=(
        "What the cell sends back has to be there at the next turn of the loop, and dh0 is "
        "the last of it. Where do you set it to 0?"
    ),
    swap={
        '        grads["b_y"] += do[t].sum(axis=0)\n': '        grads["b_y"] += do[t].sum(axis=0)\n        from_right = np.zeros_like(h0)\n'
    },
    spellings=[{"dx[t], from_right, dW_xh": "dx[t], _, dW_xh"}],
)
way_back.mistake(
    "the_last_step_has_something_from_the_right",
    "The way back starts with the last output.",
    hint=(
        "Behind the last step there is nothing. With what do you begin, and does the last "
        "output not come in the loop as well?"
    ),
    swap={"from_right = np.zeros_like(h0)": 'from_right = do[-1] @ params["W_hy"].T'},
    spellings=[
        {"from_right = np.zeros_like(h0)": "from_right = h[-1]"},
        {"from_right = np.zeros_like(h0)": "from_right = np.ones_like(h0)"},
        {"from_right = np.zeros_like(h0)": "from_right = h0"},
    ],
)
way_back.mistake(
    "what_comes_from_the_right_piles_up",
    "What is sent back is added to what was there.",
    hint=(
        "What comes from the right is what the cell of the next step gives back, and no more. "
        "Do you add it to what came before?"
    ),
    swap={
        "dx[t], from_right, dW_xh": "dx[t], more, dW_xh",
        '        grads["b_y"] += do[t].sum(axis=0)\n': '        grads["b_y"] += do[t].sum(axis=0)\n        from_right = from_right + more\n',
    },
)
way_back.mistake(
    "another_state_before",
    "The state before is that of another step.",
    hint=(
        "Which state went into step t? Try your index at the first step, at the second and at "
        "the last."
    ),
    swap={"h[t - 1] if t > 0 else h0": "h0"},
    spellings=[
        {"h[t - 1] if t > 0 else h0": "h[t + 1] if t + 1 < len(h) else h[t]"},
        {"h[t - 1] if t > 0 else h0": "h[t - 1] if t > 1 else h0"},
        {"h[t - 1] if t > 0 else h0": "h[t - 2] if t > 1 else h0"},
        {"h[t - 1] if t > 0 else h0": "h[0] if t > 0 else h0"},
        {"h[t - 1] if t > 0 else h0": "h[-1] if t > 0 else h0"},
    ],
)
way_back.mistake(
    "one_step_only",
    "The return stands in the loop.",
    hint=(
        "Only the last step has been gone back through. If there is a loop: where does the "
        "`return` stand?"
    ),
    swap={
        "np.empty_like(x)": "np.zeros_like(x)",
        "range(len(x) - 1, -1, -1)": "range(len(x) - 1, len(x) - 2, -1)",
    },
    spellings=[
        {"np.empty_like(x)": "np.zeros_like(x)", "range(len(x) - 1, -1, -1)": "range(0, -1, -1)"}
    ],
)
way_back.mistake(
    "parameters_around_the_tanh",
    "The parameters' gradients come from dh.",
    hint=(
        "The gradients of the parameters of the step come from behind the tanh: the cell "
        "gives them. Which of yours is made of dh itself?"
    ),
    swap={"+= dW_xh": "+= x[t].T @ dh"},
    spellings=[
        {"+= dW_hh": "+= h_prev.T @ dh"},
        {"+= db_h": "+= dh.sum(axis=0)"},
        {
            "+= dW_xh": "+= x[t].T @ dh",
            "+= dW_hh": "+= h_prev.T @ dh",
            "+= db_h": "+= dh.sum(axis=0)",
        },
    ],
)
way_back.mistake(
    "dx_one_step_off",
    "The inputs' gradients have an order of their own.",
    hint="Each input's gradient belongs where the input stands. Where do you put it?",
    swap={"dx[t], from_right": "dx[t - 1], from_right"},
)
way_back.mistake(
    "subtracts_what_comes_from_the_right_here",
    "What comes back is subtracted.",
    hint="Both ways are added up. One of yours has the other sign.",
    swap={"+ from_right": "- from_right"},
    spellings=[{"dh = do[t] @": "dh = -do[t] @"}],
)
way_back.mistake(
    "averages_both_ways",
    "Two gradients for one state are averaged.",
    hint="Both ways are added up. Is there a mean, or a product, in the equation?",
    swap={
        'dh = do[t] @ params["W_hy"].T + from_right': 'dh = (do[t] @ params["W_hy"].T + from_right) / 2'
    },
    spellings=[
        {
            'dh = do[t] @ params["W_hy"].T + from_right': 'dh = (do[t] @ params["W_hy"].T) * from_right'
        }
    ],
)
way_back.mistake(
    "keeps_the_gradients_of_each_step",
    "Each step has its gradients.",
    hint="The parameters are shared by all steps. What becomes of the steps' gradients?",
    swap={
        "    return grads, dx, from_right": '    grads["W_hy"] = np.stack([h_t.T @ do_t for h_t, do_t in zip(h, do)])\n    grads["b_y"] = do.sum(axis=1)\n    return grads, dx, from_right'
    },
    spellings=[
        {
            "    return grads, dx, from_right": '    grads["b_y"] = do.sum(axis=1)\n    return grads, dx, from_right'
        },
        {
            "    return grads, dx, from_right": '    grads["b_y"] = do.sum(axis=0)\n    return grads, dx, from_right'
        },
    ],
)
way_back.mistake(
    "goes_on_through_more_than_the_cell",
    "What the cell sends back goes through the matrix again.",
    hint="The cell gives back what comes to the state before, and that is all: no further matrix, slope or number.",
    swap={
        '        grads["b_y"] += do[t].sum(axis=0)\n': '        grads["b_y"] += do[t].sum(axis=0)\n        from_right = from_right @ params["W_hh"].T\n'
    },
    spellings=[
        {
            '        grads["b_y"] += do[t].sum(axis=0)\n': '        grads["b_y"] += do[t].sum(axis=0)\n        from_right = from_right * (1 - h_prev**2)\n'
        },
        {
            '        grads["b_y"] += do[t].sum(axis=0)\n': '        grads["b_y"] += do[t].sum(axis=0)\n        from_right = from_right / len(h0)\n'
        },
        {
            '        grads["b_y"] += do[t].sum(axis=0)\n': '        grads["b_y"] += do[t].sum(axis=0)\n        from_right = from_right / len(x)\n'
        },
        {"return grads, dx, from_right": "return grads, dx, from_right * (1 - h0**2)"},
        {
            '        grads["b_y"] += do[t].sum(axis=0)\n': '        grads["b_y"] += do[t].sum(axis=0)\n        from_right = from_right.mean(axis=0) + np.zeros_like(h0)\n'
        },
        {
            '        grads["b_y"] += do[t].sum(axis=0)\n': '        grads["b_y"] += do[t].sum(axis=0)\n        from_right = from_right.sum(axis=0) + np.zeros_like(h0)\n'
        },
    ],
)
way_back.mistake(
    "output_layer_from_the_state_gradient",
    "The output layer's gradient has dh in it.",
    hint="What went into the output layer is the state, and what came out has the gradient do. Which arrays do you multiply?",
    swap={"h[t].T @ do[t]": "dh.T @ do[t]"},
    spellings=[{"h[t].T @ do[t]": "h[t].T @ do[t] / 2"}],
)


@way_back.mistake(
    "adds_into_the_parameters",
    hint=(
        "The parameters of whoever called you have changed: `+=` on an array of params reaches "
        "outside your function."
    ),
)
def adds_into_the_parameters(x, h0, h, do, params):
    """grads starts as params."""
    grads = dict(params)
    W_hy, W_xh, W_hh = (params[name].copy() for name in ("W_hy", "W_xh", "W_hh"))
    for name in grads:
        grads[name] *= 0
    dx, from_right = np.empty_like(x), np.zeros_like(h0)
    for t in reversed(range(len(x))):
        h_prev = h[t - 1] if t > 0 else h0
        dh = do[t] @ W_hy.T + from_right
        dx[t], from_right, *parts = rnn_cell_backward(dh, (x[t], h_prev, W_xh, W_hh, h[t]))
        for name, part in zip(("W_xh", "W_hh", "b_h"), parts, strict=True):
            grads[name] += part
        grads["W_hy"] += h[t].T @ do[t]
        grads["b_y"] += do[t].sum(axis=0)
    return grads, dx, from_right


way_back.mistake(
    "one_gradient_overwritten",
    "Each step computes this gradient.",
    hint=(
        "One of your gradients, or some, is that of the last step that the loop met: it is "
        "written over, and not added to."
    ),
    swap={'grads["W_xh"] +=': 'grads["W_xh"] ='},
    spellings=[
        {'grads["W_hh"] +=': 'grads["W_hh"] ='},
        {'grads["b_h"] +=': 'grads["b_h"] ='},
        {'grads["W_hy"] +=': 'grads["W_hy"] ='},
        {'grads["b_y"] +=': 'grads["b_y"] ='},
        {'grads["W_hy"] +=': 'grads["W_hy"] =', 'grads["b_y"] +=': 'grads["b_y"] ='},
        {
            'grads["W_xh"] +=': 'grads["W_xh"] =',
            'grads["W_hh"] +=': 'grads["W_hh"] =',
            'grads["b_h"] +=': 'grads["b_h"] =',
        },
    ],
)
way_back.mistake(
    "one_gradient_left_out",
    "Some parameters get nothing.",
    hint="There are five parameters. Which of their gradients is still 0 at the end of your loop?",
    swap={
        '        grads["W_hy"] += h[t].T @ do[t]\n': "",
        '        grads["b_y"] += do[t].sum(axis=0)\n': "",
    },
    spellings=[
        {'        grads["W_hy"] += h[t].T @ do[t]\n': ""},
        {'        grads["b_y"] += do[t].sum(axis=0)\n': ""},
        {'        grads["b_h"] += db_h\n': ""},
        {'        grads["W_xh"] += dW_xh\n': ""},
        {'        grads["W_hh"] += dW_hh\n': ""},
    ],
)
way_back.mistake(
    "output_layer_with_the_state_before",
    "The output sees the state before.",
    hint="Which state does o_t see: the one of its own step, or the one before?",
    swap={"h[t].T @ do[t]": "h_prev.T @ do[t]"},
)
way_back.mistake(
    "the_mean_is_taken_again",
    "Gradients are averaged over the batch.",
    hint="The mean over all predictions is in do already. If you take it again, it counts twice.",
    swap={
        "return grads, dx": "grads = {name: value / len(h0) for name, value in grads.items()}\n    return grads, dx"
    },
    spellings=[
        {
            "return grads, dx": "grads = {name: value / (len(x) * len(h0)) for name, value in grads.items()}\n    return grads, dx"
        },
        {"    grads = {name": "    do = do / (len(x) * len(h0))\n    grads = {name"},
        {"    grads = {name": "    do = do / len(h0)\n    grads = {name"},
    ],
)
way_back.mistake(
    "sends_both_on",
    "What a step hands on is the gradient of its state, and what goes through the cell.",
    hint=(
        "You hand on the gradient of the state besides what the cell gives back. A state "
        "reaches the one before through the cell only."
    ),
    swap={
        '        grads["b_y"] += do[t].sum(axis=0)\n': '        grads["b_y"] += do[t].sum(axis=0)\n        from_right = from_right + dh\n'
    },
    spellings=[
        {
            '        grads["b_y"] += do[t].sum(axis=0)\n': '        grads["b_y"] += do[t].sum(axis=0)\n        from_right = from_right + do[t] @ params["W_hy"].T\n'
        }
    ],
)
way_back.mistake(
    "from_above_always_the_last_error",
    "The error is that of the last step.",
    hint="Every step has an error of its own. Which one do you send down?",
    swap={"dh = do[t] @": "dh = do[-1] @"},
    spellings=[
        {"dh = do[t] @": "dh = do[0] @"},
        {"dh = do[t] @": "dh = do.sum(axis=0) @"},
        {"dh = do[t] @": "dh = do[t - 1] @"},
    ],
)
way_back.mistake(
    "another_cache",
    "The cell gets what is at hand.",
    hint=(
        "The cell wants its cache as exercise 5 has it: input, state before, both matrices, "
        "state after. Compare yours, item by item."
    ),
    swap={"cache = (x[t], h_prev": "cache = (x[t], h[t]"},
    spellings=[
        {'params["W_hh"], h[t])': 'params["W_hh"], h_prev)'},
        {
            "cache = (x[t], h_prev": "cache = (x[t], h[t]",
            'params["W_hh"], h[t])': 'params["W_hh"], h_prev)',
        },
    ],
)
way_back.mistake(
    "slope_before_the_cell_too",
    "dh goes through the tanh, and then into the cell.",
    hint="The cell goes back through the tanh itself. You multiply by its slope once more.",
    swap={
        'dh = do[t] @ params["W_hy"].T + from_right': 'dh = (do[t] @ params["W_hy"].T + from_right) * (1 - h[t] ** 2)'
    },
    spellings=[
        {
            'dh = do[t] @ params["W_hy"].T + from_right': 'dh = do[t] @ params["W_hy"].T + from_right * (1 - h[t] ** 2)'
        },
        {
            'dh = do[t] @ params["W_hy"].T + from_right': 'dh = (do[t] @ params["W_hy"].T) * (1 - h[t] ** 2) + from_right'
        },
    ],
)
way_back.mistake(
    "the_last_step_is_left_out",
    "The last step has none behind it, so the loop starts before it.",
    hint="Your loop begins one step too early in time. The last step has an error, too.",
    swap={
        "np.empty_like(x)": "np.zeros_like(x)",
        "range(len(x) - 1, -1, -1)": "range(len(x) - 2, -1, -1)",
    },
)
way_back.mistake(
    "output_weights_of_the_sums",
    "Sum over the batch, then multiply.",
    hint=(
        "The sum of products is not the product of the sums: state and error belong together "
        "for each sequence."
    ),
    swap={"h[t].T @ do[t]": "np.outer(h[t].sum(axis=0), do[t].sum(axis=0))"},
)
way_back.mistake(
    "output_bias_averaged",
    "A bias gets a mean.",
    hint=(
        "The mean over all predictions is in do already. One of the output layer's gradients "
        "takes it again."
    ),
    swap={"do[t].sum(axis=0)": "do[t].mean(axis=0)"},
    spellings=[
        {"h[t].T @ do[t]": "h[t].T @ do[t] / len(h0)"},
        {"h[t].T @ do[t]": "h[t].T @ do[t] / len(h0)", "do[t].sum(axis=0)": "do[t].mean(axis=0)"},
    ],
)
way_back.mistake(
    "output_layer_behind_the_slope",
    "Everything goes through the tanh.",
    hint=(
        "The output layer comes after the tanh: do is the gradient of what it gives. Its "
        "gradients know no slope."
    ),
    swap={"h[t].T @ do[t]": "(h[t] * (1 - h[t] ** 2)).T @ do[t]"},
)
way_back.mistake(
    "gives_no_dh0",
    "Before the first step there is nothing to learn.",
    hint="The third result is what the first step sends back. Yours is 0, or that of another step.",
    swap={"return grads, dx, from_right": "return grads, dx, np.zeros_like(h0)"},
    spellings=[{"return grads, dx, from_right": 'return grads, dx, from_right @ params["W_hh"].T'}],
)


@way_back.alternative
def way_back_line_by_line(x, h0, h, do, params):
    """By exercises 2 and 3: first all states, then all parameters."""
    dh = np.zeros_like(h)
    dh[-1] = do[-1] @ params["W_hy"].T
    for t in range(len(h) - 2, -1, -1):
        dh[t] = state_gradient(do[t], dh[t + 1], h[t + 1], params["W_hy"], params["W_hh"])
    da = dh * (1 - h**2)
    grads = {
        "b_y": do.sum(axis=(0, 1)),
        "b_h": da.sum(axis=(0, 1)),
        "W_hy": np.einsum("tni,tnk->ik", h, do),
        "W_hh": recurrent_weight_gradient(h0, h, dh),
        "W_xh": np.einsum("tnd,tnj->dj", x, da),
    }
    return grads, da @ params["W_xh"].T, da[0] @ params["W_hh"].T


@way_back.alternative
def way_back_by_itself(x, h0, h, do, params):
    """Nothing from before is used; the gradients of the inputs are gathered in a list."""
    before = np.concatenate([h0[None], h])
    from_above = do @ params["W_hy"].T
    carried, da = 0, []
    for t in reversed(range(len(x))):
        da.insert(0, (from_above[t] + carried) * (1 - h[t] ** 2))
        carried = da[0] @ params["W_hh"].T
    da = np.stack(da)
    grads = {
        "W_xh": sum(a.T @ b for a, b in zip(x, da, strict=True)),
        "W_hh": sum(a.T @ b for a, b in zip(before[:-1], da, strict=True)),
        "b_h": sum(b.sum(0) for b in da),
        "W_hy": sum(a.T @ b for a, b in zip(h, do, strict=True)),
        "b_y": sum(b.sum(0) for b in do),
    }
    return grads, np.stack([b @ params["W_xh"].T for b in da]), carried
