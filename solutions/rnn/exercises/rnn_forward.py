"""Exercise 2: the step, over and over."""

import numpy as np

from autograder.testing import Exercise, Numbers, Recorder, first, ones, sized, square, unchanged
from course_lib.reference.rnn import rnn_cell_forward, rnn_forward

sequence = Exercise(
    rnn_forward,
    "h",
    {"T": 5, "N": 3, "D": 2, "H": 4},
    cache="x h_prev W_xh W_hh h",
    axes="t n unit",
    scale=0.7,
    views=[first],
    title="A sequence",
    equation="eq-rnn-cell",
    section="sec-rnn-cell-unrolled",
    says="states and caches are right, for T = 1 and N = 1, too.",
)
sequence.part("one step", sized("For T = 1, which is one call of the cell:", T=1))
sequence.part("every step, where h0 is 0", sized("With h0 = 0:", zero=["h0"]))
sequence.part("every step", sized(), weight=2)
sequence.part(
    "any size",
    ones("N"),
    ones("D", "H"),
    square(3, "T", "N", "D", "H"),
    sized("For a longer sequence:", T=40),
    needs=["every step"],
)
sequence.part("the list of caches", sized(zero=["h0"]).comparing("cache"))
sequence.part("its arguments stay as they are", unchanged(), needs=["every step"])

sequence.mistake(
    "starts_from_zero",
    "A network begins with an empty memory.",
    hint="Your sequence starts from a state of zeros. From which state should it start?",
    swap={"h_prev = h0": "h_prev = np.zeros_like(h0)"},
    spellings=[
        {"    h = []": "    h0 = 0 * h0\n    h = []"},
        {"(x_t, h_prev,": "(x_t, np.zeros_like(h0),"},
    ],
)
sequence.mistake(
    "starts_every_step_from_h0",
    "The state before is the argument h0.",
    hint=(
        "Only your first step is right: every later step starts from h0 again. What did the step "
        "before leave behind?"
    ),
    swap={"(x_t, h_prev,": "(x_t, h0,"},
)
sequence.mistake(
    "stops_one_step_early",
    "A sequence of T states has T - 1 steps between them.",
    hint="The last step is never made. Which values does the counter of your loop take?",
    swap={"in x:": "in x[:-1]:", "np.stack(h)": "np.stack([*h, np.zeros_like(h0)])"},
    spellings=[
        {"in x:": "in x[:-1]:"},
        {"for x_t in x:": "for x_t in x[: max(len(x) - 1, 1)]:"},
    ],
)
sequence.mistake(
    "puts_h0_first",
    "h0 is a state like the others.",
    hint=("Your states begin with h0. The exercise asks for those after each step, T in all."),
    swap={"    h = []": "    h = [h0]"},
)
sequence.mistake(
    "states_before_each_step",
    "h[t] is the state with which step t begins.",
    hint=(
        "The states are those before each step, h0 to h_(T-1). Wanted are those after each step."
    ),
    swap={
        "        h_prev, step": ("        h.append(h_prev)\n        h_prev, step"),
        ("b_h)\n        h.append(h_prev)\n"): ("b_h)\n"),
    },
)
sequence.mistake(
    "last_state_only",
    "What comes out of a loop is the value at its end.",
    hint="Only the last state comes back. Keep every state on the way: (T, N, H).",
    swap={"np.stack(h)": "h_prev"},
)
sequence.mistake(
    "reads_first_input_at_every_step",
    "Only the state goes through time.",
    hint=("Every step reads the first input. What changes from step to step besides the state?"),
    swap={"(x_t,": "(x[0],"},
)
sequence.mistake(
    "keeps_one_array_for_all_steps",
    "append() keeps what the array holds at that moment.",
    hint=(
        "All your states are the last one: one array is written over at every step, and the list "
        "holds it T times. What goes into the list must be a new array each time."
    ),
    swap={
        "h_prev = h0": "h_prev = h0.copy()",
        "h_prev, step_cache = rnn_cell_forward(x_t, h_prev,": "h_new, step_cache = rnn_cell_forward(x_t, h_prev.copy(),",
        "        h.append": ("        h_prev[...] = h_new\n        h.append"),
    },
)
sequence.mistake(
    "writes_into_h0",
    "h0 is my variable now.",
    hint=(
        "After your function has run, the caller's h0 has changed: the states are written into "
        "the same array. Let each step make a new one."
    ),
    swap={
        "h_prev, step": "h_t, step",
        "h_prev, W_xh": "h0, W_xh",
        "h.append(h_prev)": ("h.append(h_t)\n        h0[...] = h_t"),
        ("    h_prev = h0\n"): "",
    },
)
sequence.mistake(
    "takes_batch_for_time",
    "The first axis is the batch, as everywhere else.",
    hint=(
        "Your loop runs over the sequences of the batch, and takes them for time steps. Time is "
        "the first axis: x[t] is a batch (N, D)."
    ),
    swap={
        "h_prev = h0": "h_prev = h0[:1]",
        "for x_t in x:": "for x_t in x.swapaxes(0, 1):",
        "np.stack(h)": "np.stack(h, axis=1)",
    },
)
sequence.mistake(
    "puts_batch_first",
    "A batch of sequences has its batch axis first.",
    hint="The states are right, but the batch stands first. Wanted is (T, N, H).",
    swap={"np.stack(h)": "np.stack(h, axis=1)"},
)
sequence.mistake(
    "reads_backwards",
    "Later states are made from earlier ones, so the loop goes down.",
    hint="Your network reads from the end to the beginning. Which input comes first?",
    swap={"in x:": "in x[::-1]:", "np.stack(h), cache": "np.stack(h[::-1]), cache[::-1]"},
)
sequence.mistake(
    "keeps_last_cache_only",
    "The cache is what the last call of the cell gave back.",
    hint=(
        "The states are right. Your cache holds one step; the backward pass needs all T, in a list."
    ),
    swap={"np.stack(h), cache": "np.stack(h), step_cache"},
)
sequence.mistake(
    "caches_last_step_first",
    "The backward pass begins at the end, so the list does.",
    hint="The caches stand in the list in the wrong order: the first step's comes first.",
    swap={"cache.append(": "cache.insert(0, "},
)
sequence.mistake(
    "skips_the_first_step",
    "The mathematical steps begin at t = 1, so the loop does.",
    hint="Your loop begins one step too late: Python counts from 0, and x[0] is the first input.",
    swap={"in x:": "in x[1:]:"},
    spellings=[
        {"in x:": "in x[1:]:", "    h = []": "    h = [h0]"},
        {"in x:": "in x[1:]:", "    h = []": "    h = [0 * h0]"},
        {"in x:": "in x[1:]:", "np.stack(h)": "np.stack([*h, 0 * h0])"},
    ],
)
sequence.mistake(
    "returns_inside_the_loop",
    "The return belongs to what was written last.",
    hint="Only one step is made: the return stands inside the loop. How far is it indented?",
    swap={"    return np": "        return np"},
)
sequence.mistake(
    "gives_no_caches",
    "The states are what the network computes.",
    hint="The states are right. The second result, the list of the caches, is missing.",
    swap={"np.stack(h), cache": "np.stack(h)"},
    spellings=[
        {"np.stack(h), cache": "np.stack(h), None"},
        {"np.stack(h), cache": "np.stack(h), []"},
        {"np.stack(h), cache": "np.stack(h), ()"},
    ],
)
sequence.mistake(
    "caches_the_pairs",
    "What the cell gives back is the cache.",
    hint="Your list holds the pairs (h, cache) of the cell. Only the second of each belongs in it.",
    swap={"append(step_cache)": "append((h_prev, step_cache))"},
)
sequence.mistake(
    "starts_at_the_last_state",
    "Before h[0] comes h[-1].",
    hint="h[t - 1] is h[-1] at the first step, the end of your array. Which state comes before?",
    swap={"    h_prev = h0": "    h_prev = np.ones_like(h0)"},
    spellings=[
        {"in x:": "in np.roll(x, 1, axis=0):"},
    ],
)
sequence.mistake(
    "joins_the_steps_along_the_batch",
    "concatenate() puts the states together.",
    hint="The steps stand behind one another in the axis of the batch. Time needs an axis of its own.",
    swap={"np.stack(h)": "np.concatenate(h)"},
    spellings=[{"np.stack(h)": "np.concatenate(h, axis=1)"}, {"np.stack(h)": "np.hstack(h)"}],
)
sequence.mistake(
    "loses_its_input",
    "x = x[t] is the input of this step.",
    hint="x is written over at the first step, so the second finds no sequence. Use another name.",
    swap={"for x_t in x:": "for t in range(len(x)):\n        x = x[t]", "(x_t,": "(x,"},
)
sequence.mistake(
    "gives_the_last_step_first",
    "The newest state stands in front.",
    hint="Your states stand the wrong way round: the first step's comes first.",
    swap={"np.stack(h)": "np.stack(h[::-1])"},
    spellings=[{"np.stack(h), cache": "np.stack(h[::-1]), cache[::-1]"}],
)
sequence.mistake(
    "caches_in_one_long_list",
    "extend() puts a cache behind the others.",
    hint="All items of all caches are in one list. Each step's cache is one entry of it.",
    swap={"cache.append(": "cache.extend("},
)
sequence.mistake(
    "keeps_first_cache_only",
    "All steps have the same weights, so one cache will do.",
    hint="Only the cache of the first step comes back. The backward pass needs all T, in a list.",
    swap={"np.stack(h), cache": "np.stack(h), cache[0]"},
)


@sequence.alternative
def fills_an_array(x, h0, W_xh, W_hh, b_h):
    """The states are written into an array made beforehand."""
    T, N, _ = x.shape
    h = np.zeros((T, N, W_hh.shape[0]))
    cache = [None] * T
    for t in range(T):
        h[t], cache[t] = rnn_cell_forward(x[t], h0 if t == 0 else h[t - 1], W_xh, W_hh, b_h)
    return h, cache


@sequence.alternative
def projects_all_inputs_at_once(x, h0, W_xh, W_hh, b_h):
    """The products with the inputs need no loop; the step is written out, without the cell."""
    projected = x @ W_xh + b_h
    h, cache = np.empty_like(projected), ()
    before = h0
    for t, a in enumerate(projected):
        h[t] = np.tanh(a + before @ W_hh)
        cache += ((x[t], before, W_xh, W_hh, h[t]),)
        before = h[t]
    return h, cache


@sequence.alternative
def calls_itself(x, h0, W_xh, W_hh, b_h):
    """The last step after all before it; needs no counter."""
    before, caches, h_prev = np.zeros((0, *h0.shape)), [], h0
    if len(x) > 1:
        before, caches = rnn_forward(x[:-1], h0, W_xh, W_hh, b_h)
        h_prev = before[-1]
    h, cache = rnn_cell_forward(x[-1], h_prev, W_xh, W_hh, b_h)
    return np.concatenate([before, h[None]]), [*caches, cache]
