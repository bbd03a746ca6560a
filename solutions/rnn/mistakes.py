"""Known wrong answers to the exercises of the assignment `rnn`, each with the hint it earns.

A function's name is the name of the mistake, its docstring says what the student thinks. The code
uses only NumPy and the names that the notebook defines, so that it can be pasted into a notebook.
"""

import numpy as np

from autograder.testing import mistake

EOS = "<eos>"
UNK = "<unk>"


# 1. One step


@mistake(
    "rnn_cell_forward",
    hint=(
        "Count the terms inside the tanh of the equation, and count yours. There should be three."
    ),
)
def forgets_bias(x, h_prev, W_xh, W_hh, b_h):
    """The two products are the network; a bias is a detail."""
    h = np.tanh(x @ W_xh + h_prev @ W_hh)
    return h, (x, h_prev, W_xh, W_hh, h)


@mistake(
    "rnn_cell_forward",
    hint=(
        "Your step gives the same state whatever the state before was. What in the equation "
        "makes the network recurrent?"
    ),
)
def forgets_previous_state(x, h_prev, W_xh, W_hh, b_h):
    """A state is computed from its input, as in any layer."""
    h = np.tanh(x @ W_xh + b_h)
    return h, (x, h_prev, W_xh, W_hh, h)


@mistake(
    "rnn_cell_forward",
    hint=(
        "Look at the step from state to state: here vectors are rows, and a row stands to the "
        "left of its matrix, as the matrix is. W_hh is square, so NumPy cannot notice a slip."
    ),
)
def transposes_W_hh(x, h_prev, W_xh, W_hh, b_h):
    """Weights are written W h in most books, so the matrix has to be turned."""
    h = np.tanh(x @ W_xh + h_prev @ W_hh.T + b_h)
    return h, (x, h_prev, W_xh, W_hh, h)


@mistake(
    "rnn_cell_forward",
    hint=(
        "It works only where D and H are the same. Write the shapes under the product of "
        "input and weights: (N, D) times what gives (N, H)?"
    ),
)
def transposes_W_xh(x, h_prev, W_xh, W_hh, b_h):
    """A weight matrix has one row for each unit, as in PyTorch."""
    h = np.tanh(x @ W_xh.T + h_prev @ W_hh + b_h)
    return h, (x, h_prev, W_xh, W_hh, h)


@mistake(
    "rnn_cell_forward",
    hint=(
        "Your states are not limited to the range from -1 to 1. Which function in the "
        "equation does that?"
    ),
)
def forgets_tanh(x, h_prev, W_xh, W_hh, b_h):
    """The step is the affine map; squashing happens in the output layer."""
    h = x @ W_xh + h_prev @ W_hh + b_h
    return h, (x, h_prev, W_xh, W_hh, h)


@mistake(
    "rnn_cell_forward",
    hint=(
        "None of your states is ever negative. There is more than one S-shaped function: "
        "which one stands in the equation?"
    ),
)
def sigmoid_for_tanh(x, h_prev, W_xh, W_hh, b_h):
    """An activation function is an activation function."""
    h = 1 / (1 + np.exp(-(x @ W_xh + h_prev @ W_hh + b_h)))
    return h, (x, h_prev, W_xh, W_hh, h)


@mistake(
    "rnn_cell_forward",
    hint=(
        "Where does the bracket of the tanh close in the equation, and where does it in your code?"
    ),
)
def adds_bias_after_tanh(x, h_prev, W_xh, W_hh, b_h):
    """The bias is a shift of the result."""
    h = np.tanh(x @ W_xh + h_prev @ W_hh) + b_h
    return h, (x, h_prev, W_xh, W_hh, h)


@mistake(
    "rnn_cell_forward",
    hint="How many times does tanh stand in the equation? tanh(a) + tanh(b) is not tanh(a + b).",
)
def tanh_of_each_term(x, h_prev, W_xh, W_hh, b_h):
    """Input and state are each squashed, then added."""
    h = np.tanh(x @ W_xh) + np.tanh(h_prev @ W_hh + b_h)
    return h, (x, h_prev, W_xh, W_hh, h)


@mistake(
    "rnn_cell_forward",
    hint=(
        "For a batch your step answers as if each row were the first. Keep the batch: (N, D) "
        "goes in, (N, H) comes out."
    ),
)
def one_sequence_only(x, h_prev, W_xh, W_hh, b_h):
    """There is one sequence; the axis N is in the way and goes."""
    h = np.tanh(x[0] @ W_xh + h_prev[0] @ W_hh + b_h)[None]
    return h, (x, h_prev, W_xh, W_hh, h)


@mistake(
    "rnn_cell_forward",
    hint=(
        "Something in your step turns the numbers into float32 on the way. Leave the dtype alone."
    ),
)
def computes_in_float32(x, h_prev, W_xh, W_hh, b_h):
    """Deep learning is done in float32."""
    x, h_prev, W_xh, W_hh, b_h = (a.astype(np.float32) for a in (x, h_prev, W_xh, W_hh, b_h))
    h = np.tanh(x @ W_xh + h_prev @ W_hh + b_h)
    return h, (x, h_prev, W_xh, W_hh, h)


@mistake(
    "rnn_cell_forward",
    hint=(
        "The array h_prev of whoever called you has changed. Writing into it (`h_prev[...] "
        "=`, `+=`, `out=`) reaches outside your function: let the result be a new array."
    ),
)
def writes_into_h_prev(x, h_prev, W_xh, W_hh, b_h):
    """The old state is not needed any more, so its memory can be used."""
    before = h_prev.copy()
    h_prev[...] = np.tanh(x @ W_xh + h_prev @ W_hh + b_h)
    h = h_prev.copy()
    return h, (x, before, W_xh, W_hh, h)


@mistake(
    "rnn_cell_forward",
    hint=(
        "The second thing in your cache is the new state. The backward pass will need the one "
        "that this step started from."
    ),
)
def caches_new_state_as_previous(x, h_prev, W_xh, W_hh, b_h):
    """After the step the state is h, so that is what the cache keeps."""
    h_prev = np.tanh(x @ W_xh + h_prev @ W_hh + b_h)
    return h_prev, (x, h_prev, W_xh, W_hh, h_prev)


@mistake(
    "rnn_cell_forward",
    hint=(
        "The last thing in your cache is what goes into the tanh. Look at the list again: "
        "which state stands there?"
    ),
)
def caches_before_tanh(x, h_prev, W_xh, W_hh, b_h):
    """The backward pass goes through the tanh, so it needs what went in."""
    a = x @ W_xh + h_prev @ W_hh + b_h
    return np.tanh(a), (x, h_prev, W_xh, W_hh, a)


@mistake(
    "rnn_cell_forward",
    hint="All the right things are in your cache. In which order does the exercise want them?",
)
def cache_in_another_order(x, h_prev, W_xh, W_hh, b_h):
    """A cache is a bag: what matters is what is in it."""
    h = np.tanh(x @ W_xh + h_prev @ W_hh + b_h)
    return h, (h, x, h_prev, W_xh, W_hh)


@mistake(
    "rnn_cell_forward",
    hint="The state is right. The exercise asks for two things: the state and the cache.",
)
def gives_no_cache(x, h_prev, W_xh, W_hh, b_h):
    """The step computes a state, so a state comes back."""
    return np.tanh(x @ W_xh + h_prev @ W_hh + b_h)


@mistake(
    "rnn_cell_forward",
    hint=(
        "Your answer does not depend on what comes in. The check's numbers are only one example."
    ),
)
def hard_coded_for_the_check(x, h_prev, W_xh, W_hh, b_h):
    """The check is the task, and its numbers are printed."""
    h = np.array(
        [
            [-0.99938188, -0.25596598, 0.99945988, -0.66228653, -0.99918568],
            [-0.23790871, -0.99502304, 0.76773902, 0.99161776, -0.93782118],
        ]
    )
    return h, (x, h_prev, W_xh, W_hh, h)


# 2. A sequence


@mistake(
    "rnn_forward",
    hint="Your sequence starts from a state of zeros. From which state should it start?",
)
def starts_from_zero(x, h0, W_xh, W_hh, b_h):
    """A network begins with an empty memory."""
    h, cache = np.zeros((len(x), *h0.shape)), []
    h_t = np.zeros_like(h0)
    for t in range(len(x)):
        h_t, step = rnn_cell_forward(x[t], h_t, W_xh, W_hh, b_h)
        h[t] = h_t
        cache.append(step)
    return h, cache


@mistake(
    "rnn_forward",
    hint=(
        "Only your first step is right: every later step starts from h0 again. What did the "
        "step before leave behind?"
    ),
)
def starts_every_step_from_h0(x, h0, W_xh, W_hh, b_h):
    """The state before is the argument h0."""
    steps = [rnn_cell_forward(x_t, h0, W_xh, W_hh, b_h) for x_t in x]
    return np.stack([h for h, _ in steps]), [step for _, step in steps]


@mistake(
    "rnn_forward",
    hint="The last step is never made. Which values does the counter of your loop take?",
)
def stops_one_step_early(x, h0, W_xh, W_hh, b_h):
    """A sequence of T states has T - 1 steps between them."""
    h, cache = np.zeros((len(x), *h0.shape)), []
    h_t = h0
    for t in range(len(x) - 1):
        h_t, step = rnn_cell_forward(x[t], h_t, W_xh, W_hh, b_h)
        h[t] = h_t
        cache.append(step)
    return h, cache


@mistake(
    "rnn_forward",
    hint="Your states begin with h0. The exercise asks for those after each step, T in all.",
)
def puts_h0_first(x, h0, W_xh, W_hh, b_h):
    """h0 is a state like the others."""
    h, cache = [h0], []
    for x_t in x:
        h_t, step = rnn_cell_forward(x_t, h[-1], W_xh, W_hh, b_h)
        h.append(h_t)
        cache.append(step)
    return np.stack(h), cache


@mistake(
    "rnn_forward",
    hint=(
        "The states are those before each step, h0 to h_(T-1). Wanted are those after each step."
    ),
)
def states_before_each_step(x, h0, W_xh, W_hh, b_h):
    """h[t] is the state with which step t begins."""
    h, cache = [], []
    h_t = h0
    for x_t in x:
        h.append(h_t)
        h_t, step = rnn_cell_forward(x_t, h_t, W_xh, W_hh, b_h)
        cache.append(step)
    return np.stack(h), cache


@mistake(
    "rnn_forward",
    hint="Only the last state comes back. Keep every state on the way: (T, N, H).",
)
def last_state_only(x, h0, W_xh, W_hh, b_h):
    """What comes out of a loop is the value at its end."""
    cache = []
    h_t = h0
    for x_t in x:
        h_t, step = rnn_cell_forward(x_t, h_t, W_xh, W_hh, b_h)
        cache.append(step)
    return h_t, cache


@mistake(
    "rnn_forward",
    hint="Every step reads the first input. What changes from step to step besides the state?",
)
def reads_first_input_at_every_step(x, h0, W_xh, W_hh, b_h):
    """Only the state goes through time."""
    h, cache = [], []
    h_t = h0
    for _ in range(len(x)):
        h_t, step = rnn_cell_forward(x[0], h_t, W_xh, W_hh, b_h)
        h.append(h_t)
        cache.append(step)
    return np.stack(h), cache


@mistake(
    "rnn_forward",
    hint=(
        "All your states are the last one: one array is written over at every step, and the "
        "list holds it T times. What goes into the list must be a new array each time."
    ),
)
def keeps_one_array_for_all_steps(x, h0, W_xh, W_hh, b_h):
    """append() keeps what the array holds at that moment."""
    h, cache = [], []
    h_t = h0.copy()
    for x_t in x:
        h_new, step = rnn_cell_forward(x_t, h_t.copy(), W_xh, W_hh, b_h)
        h_t[...] = h_new
        h.append(h_t)
        cache.append(step)
    return np.stack(h), cache


@mistake(
    "rnn_forward",
    hint=(
        "After your function has run, the caller's h0 has changed: the states are written "
        "into the same array. Let each step make a new one."
    ),
)
def writes_into_h0(x, h0, W_xh, W_hh, b_h):
    """h0 is my variable now."""
    h, cache = np.zeros((len(x), *h0.shape)), []
    for t in range(len(x)):
        h[t], step = rnn_cell_forward(x[t], h0, W_xh, W_hh, b_h)
        h0[...] = h[t]
        cache.append(step)
    return h, cache


@mistake(
    "rnn_forward",
    hint=(
        "Your loop runs over the sequences of the batch, and takes them for time steps. Time "
        "is the first axis: x[t] is a batch (N, D)."
    ),
)
def takes_batch_for_time(x, h0, W_xh, W_hh, b_h):
    """The first axis is the batch, as everywhere else."""
    h, cache = np.zeros((x.shape[0], x.shape[1], h0.shape[1])), []
    h_t = h0[:1]
    for n in range(x.shape[1]):
        h_t, step = rnn_cell_forward(x[:, n], h_t, W_xh, W_hh, b_h)
        h[:, n] = h_t
        cache.append(step)
    return h, cache


@mistake(
    "rnn_forward",
    hint="The states are right, but the batch stands first. Wanted is (T, N, H).",
)
def puts_batch_first(x, h0, W_xh, W_hh, b_h):
    """A batch of sequences has its batch axis first."""
    h, cache = [], []
    h_t = h0
    for x_t in x:
        h_t, step = rnn_cell_forward(x_t, h_t, W_xh, W_hh, b_h)
        h.append(h_t)
        cache.append(step)
    return np.stack(h, axis=1), cache


@mistake(
    "rnn_forward",
    hint="Your network reads from the end to the beginning. Which input comes first?",
)
def reads_backwards(x, h0, W_xh, W_hh, b_h):
    """Later states are made from earlier ones, so the loop goes down."""
    h, cache = np.zeros((len(x), *h0.shape)), []
    h_t = h0
    for t in reversed(range(len(x))):
        h_t, step = rnn_cell_forward(x[t], h_t, W_xh, W_hh, b_h)
        h[t] = h_t
        cache.append(step)
    return h, cache[::-1]


@mistake(
    "rnn_forward",
    hint=(
        "The states are right. Your cache holds one step; the backward pass needs all T, in a list."
    ),
)
def keeps_last_cache_only(x, h0, W_xh, W_hh, b_h):
    """The cache is what the last call of the cell gave back."""
    h = []
    h_t, cache = h0, None
    for x_t in x:
        h_t, cache = rnn_cell_forward(x_t, h_t, W_xh, W_hh, b_h)
        h.append(h_t)
    return np.stack(h), cache


@mistake(
    "rnn_forward",
    hint="The caches stand in the list in the wrong order: the first step's comes first.",
)
def caches_last_step_first(x, h0, W_xh, W_hh, b_h):
    """The backward pass begins at the end, so the list does."""
    h, cache = [], []
    h_t = h0
    for x_t in x:
        h_t, step = rnn_cell_forward(x_t, h_t, W_xh, W_hh, b_h)
        h.append(h_t)
        cache.insert(0, step)
    return np.stack(h), cache


# 3. Predict, then run


@mistake(
    "predict_after_silence",
    hint=(
        "Not every state dies out in silence. Put a state of 0.9 into tanh(2 h) and see "
        "whether it gets smaller."
    ),
)
def everything_fades():
    """Without input nothing is left after a while."""
    return dict.fromkeys("abcdef", "zero")


@mistake(
    "predict_after_silence",
    hint=(
        "A negative weight turns the sign at every step, not only once. Follow the state for "
        "w = -2."
    ),
)
def sign_of_the_weight():
    """A negative weight makes the state negative."""
    words = ("zero", "positive", "negative", "negative", "zero", "zero")
    return dict(zip("abcdef", words, strict=True))


@mistake(
    "predict_after_silence",
    hint=(
        "For w = -0.5 the state does change its sign at every step. But how far from 0 is it "
        "after thirty of them?"
    ),
)
def every_negative_weight_swings():
    """A negative weight turns the sign at every step, so the state swings for ever."""
    words = ("zero", "positive", "negative", "swings", "swings", "zero")
    return dict(zip("abcdef", words, strict=True))


@mistake(
    "predict_after_silence",
    hint="tanh(2 h) is odd: it keeps the sign of h. What does the state remember of the sound?",
)
def forgets_the_sign_of_the_sound():
    """For w = 2 the state grows until it is at its upper limit."""
    words = ("zero", "positive", "positive", "swings", "zero", "zero")
    return dict(zip("abcdef", words, strict=True))


@mistake(
    "predict_after_silence",
    hint="In the last case nothing was heard. A state of exactly 0: what is tanh(2 * 0)?",
)
def large_weight_wakes_up_alone():
    """With w = 2 the state leaves 0, whatever was heard."""
    words = ("zero", "positive", "negative", "swings", "zero", "positive")
    return dict(zip("abcdef", words, strict=True))


@mistake(
    "predict_after_silence",
    hint=(
        "Dividing the state by two at every step: what is left of it after thirty steps? Only "
        "two words of the four speak of a state that stays away from 0 with a positive "
        "weight."
    ),
)
def nothing_is_forgotten():
    """A recurrent network has a memory, so the sound stays in it, weaker."""
    words = ("positive", "positive", "negative", "swings", "swings", "zero")
    return dict(zip("abcdef", words, strict=True))


# 4. The output layer


@mistake("output_forward", hint="Count the terms of the equation, and count yours.")
def output_forgets_bias(h, W_hy, b_y):
    """The output layer is a matrix."""
    return h @ W_hy, (h, W_hy)


@mistake(
    "output_forward",
    hint=(
        "Scores are any numbers. Yours are squashed: the tanh has been applied in the cell already."
    ),
)
def output_with_tanh(h, W_hy, b_y):
    """Each layer ends with its activation function."""
    return np.tanh(h @ W_hy + b_y), (h, W_hy)


@mistake(
    "output_forward",
    hint=(
        "You give back probabilities. Scores are wanted here; softmax is an exercise of its own."
    ),
)
def output_with_softmax(h, W_hy, b_y):
    """The output of a network is a probability."""
    o = h @ W_hy + b_y
    e = np.exp(o - o.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True), (h, W_hy)


@mistake(
    "output_forward",
    hint=(
        "For a whole sequence only the last step is answered. The layer serves every step alike."
    ),
)
def output_of_last_step(h, W_hy, b_y):
    """The answer comes at the end of the sequence."""
    last = h[-1] if h.ndim == 3 else h
    return last @ W_hy + b_y, (h, W_hy)


@mistake(
    "output_forward",
    hint=(
        "The steps of a sequence come out as one long list of rows. The axes in front should stay."
    ),
)
def output_loses_the_time_axis(h, W_hy, b_y):
    """A layer takes a matrix, so time and batch are put together."""
    return h.reshape(-1, h.shape[-1]) @ W_hy + b_y, (h, W_hy)


@mistake("output_forward", hint="The scores are right. What does the exercise want in the cache?")
def output_caches_scores(h, W_hy, b_y):
    """The cache holds what was computed."""
    o = h @ W_hy + b_y
    return o, (h, o)


@mistake(
    "output_forward",
    hint=(
        "Your code turns the weights over. It fails wherever H and K differ: write down the shapes."
    ),
)
def output_transposes_weights(h, W_hy, b_y):
    """A weight matrix has one row for each output, as in PyTorch."""
    return h @ W_hy.T + b_y, (h, W_hy)


# 5. Softmax


@mistake(
    "softmax",
    hint=(
        "For moderate scores this is right. For large ones exp overflows: the exercise says "
        "what to subtract first, and why that changes nothing."
    ),
)
def overflows(o):
    """The formula can be written down as it stands."""
    e = np.exp(o)
    return e / e.sum(axis=-1, keepdims=True)


@mistake(
    "softmax",
    hint=(
        "One maximum is subtracted from all rows. A row that lies far below it underflows to "
        "0 / 0: each position needs its own."
    ),
)
def one_maximum_for_all_rows(o):
    """Any number may be subtracted, so the largest of all will do."""
    e = np.exp(o - o.max())
    return e / e.sum(axis=-1, keepdims=True)


@mistake(
    "softmax",
    hint="All your probabilities together sum to 1. Each position should, over the last axis.",
)
def sums_over_everything(o):
    """Probabilities sum to 1."""
    e = np.exp(o - o.max(axis=-1, keepdims=True))
    return e / e.sum()


@mistake("softmax", hint="Your sums run over the first axis. The classes are along the last one.")
def sums_over_the_first_axis(o):
    """axis=0 is the axis of an array."""
    e = np.exp(o - o.max(axis=0, keepdims=True))
    return e / e.sum(axis=0, keepdims=True)


@mistake(
    "softmax",
    hint=(
        "Your sums run over axis 1. With shapes (T, N, K) that is the batch: count from the end."
    ),
)
def sums_over_axis_one(o):
    """Scores are a table, and its rows run along axis 1."""
    axis = 1 if o.ndim > 1 else 0
    e = np.exp(o - o.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


@mistake(
    "softmax",
    hint=(
        "max or sum has lost an axis, and what is left does not line up with the scores any "
        "more. Both can be told to keep it."
    ),
)
def loses_the_axis(o):
    """NumPy will line the arrays up."""
    e = np.exp(o - o.max(axis=-1))
    return e / e.sum(axis=-1)


@mistake(
    "softmax",
    hint=(
        "Large scores are cut off, and so are the differences between them. The largest score "
        "can be subtracted; then nothing has to be cut."
    ),
)
def clips_scores(o):
    """Above 50 it makes no difference any more."""
    e = np.exp(np.clip(o, -50, 50))
    return e / e.sum(axis=-1, keepdims=True)


@mistake(
    "softmax",
    hint="The scores are divided by the largest one. Only subtracting leaves softmax unchanged.",
)
def divides_by_the_maximum(o):
    """The scores have to be made small."""
    e = np.exp(o / np.abs(o).max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


@mistake(
    "softmax",
    hint="The caller's scores have changed: `-=` writes into the array that came in.",
)
def writes_into_the_scores(o):
    """o is my variable."""
    o -= o.max(axis=-1, keepdims=True)
    e = np.exp(o)
    return e / e.sum(axis=-1, keepdims=True)


@mistake(
    "softmax",
    hint="float32 comes in and float64 goes out. Something in your code asks for float64.",
)
def always_float64(o):
    """float64 is always right."""
    o = o.astype(np.float64)
    e = np.exp(o - o.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


@mistake("softmax", hint="These are logarithms of probabilities. What undoes a logarithm?")
def gives_logarithms(o):
    """log-softmax is the stable softmax."""
    shifted = o - o.max(axis=-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))


# 6. Cross-entropy


@mistake(
    "cross_entropy",
    hint="Your loss is a sum. It grows with the length of the text: wanted is a mean.",
)
def sum_for_mean(o, y, mask=None):
    """The loss adds up over the positions."""
    shifted = o - o.max(axis=-1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    surprise = -np.take_along_axis(log_p, y[..., None], axis=-1)[..., 0]
    return surprise.sum() if mask is None else surprise[mask].sum()


@mistake(
    "cross_entropy",
    hint=(
        "The mean is taken over all entries, and for each position all but one of them are 0. "
        "Divide by the number of positions."
    ),
)
def mean_over_classes_too(o, y, mask=None):
    """The mean is .mean() of -one_hot * log p."""
    shifted = o - o.max(axis=-1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    surprise = -np.eye(o.shape[-1])[y] * log_p
    return surprise.mean() if mask is None else surprise[mask].mean()


@mistake(
    "cross_entropy",
    hint=(
        "For a whole batch of sequences, the loss is summed along one axis and averaged along "
        "the other. All positions count alike."
    ),
)
def mean_over_time_only(o, y, mask=None):
    """The loss of a step is a sum over the batch, and the mean is over time."""
    shifted = o - o.max(axis=-1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    surprise = -np.take_along_axis(log_p, y[..., None], axis=-1)[..., 0]
    mask = np.ones(y.shape, dtype=bool) if mask is None else mask
    if y.ndim == 1:
        return surprise[mask].mean()
    return (surprise * mask).sum() / (mask.sum() / y.shape[1])


@mistake("cross_entropy", hint="Your loss is negative. A logarithm of a probability is at most 0.")
def forgets_the_minus(o, y, mask=None):
    """The loss is the log-probability."""
    shifted = o - o.max(axis=-1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    chosen = np.take_along_axis(log_p, y[..., None], axis=-1)[..., 0]
    return chosen.mean() if mask is None else chosen[mask].mean()


@mistake(
    "cross_entropy",
    hint=(
        "What comes in are scores, not probabilities: something has to happen before the logarithm."
    ),
)
def takes_scores_for_probabilities(o, y, mask=None):
    """o is the output of the network, and that is a probability."""
    surprise = -np.log(np.take_along_axis(o, y[..., None], axis=-1)[..., 0])
    return surprise.mean() if mask is None else surprise[mask].mean()


@mistake("cross_entropy", hint="The scores go through softmax twice: once is enough.")
def softmax_twice(o, y, mask=None):
    """The loss takes probabilities, and turns its argument into probabilities."""
    p = softmax(softmax(o))
    surprise = -np.log(np.take_along_axis(p, y[..., None], axis=-1)[..., 0])
    return surprise.mean() if mask is None else surprise[mask].mean()


@mistake(
    "cross_entropy",
    hint=(
        "Where the right class is very unlikely its probability is rounded to 0, and you take "
        "the logarithm of that. The exercise has the formula that goes around it."
    ),
)
def log_of_zero(o, y, mask=None):
    """With a stable softmax the logarithm is safe."""
    p = softmax(o)
    surprise = -np.log(np.take_along_axis(p, y[..., None], axis=-1)[..., 0])
    return surprise.mean() if mask is None else surprise[mask].mean()


@mistake(
    "cross_entropy",
    hint=(
        "A small number added inside the logarithm keeps it finite, and makes it wrong: no "
        "answer can surprise you by more than the logarithm of that number. The exercise has "
        "a formula that needs no such help."
    ),
)
def adds_a_little_to_the_probability(o, y, mask=None):
    """log(p + 1e-12) is the usual trick."""
    p = softmax(o)
    surprise = -np.log(np.take_along_axis(p, y[..., None], axis=-1)[..., 0] + 1e-12)
    return surprise.mean() if mask is None else surprise[mask].mean()


@mistake(
    "cross_entropy",
    hint="The mask changes nothing in your code. Which positions should count?",
)
def ignores_the_mask(o, y, mask=None):
    """Padding is correct, so it does no harm."""
    shifted = o - o.max(axis=-1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    return -np.take_along_axis(log_p, y[..., None], axis=-1)[..., 0].mean()


@mistake(
    "cross_entropy",
    hint=(
        "The masked positions add 0 to your sum, but they are still counted when you divide. "
        "Divide by the number of those that count."
    ),
)
def divides_by_masked_positions_too(o, y, mask=None):
    """A masked position contributes nothing, so the mean can be taken over all."""
    shifted = o - o.max(axis=-1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    surprise = -np.take_along_axis(log_p, y[..., None], axis=-1)[..., 0]
    return surprise.mean() if mask is None else (surprise * mask).mean()


@mistake(
    "cross_entropy",
    hint="Your mask is the wrong way round: True means that a position counts.",
)
def mask_the_wrong_way_round(o, y, mask=None):
    """A mask hides what it covers."""
    shifted = o - o.max(axis=-1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    surprise = -np.take_along_axis(log_p, y[..., None], axis=-1)[..., 0]
    return surprise.mean() if mask is None else surprise[~mask].mean()


@mistake("cross_entropy", hint="Everywhere in this course log is the natural logarithm.")
def counts_in_bits(o, y, mask=None):
    """Information is measured in bits."""
    shifted = o - o.max(axis=-1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    surprise = -np.take_along_axis(log_p, y[..., None], axis=-1)[..., 0] / np.log(2)
    return surprise.mean() if mask is None else surprise[mask].mean()


# 7. From a sequence to one class


@mistake(
    "sequence_to_class",
    hint=(
        "h[-1] is the last row of the padding where a sequence is shorter than T. Use its own "
        "length."
    ),
)
def last_row_of_the_padding(h, lengths, W_hy, b_y, how):
    """The last state is h[-1]."""
    if how == "last":
        s = h[-1]
    else:
        inside = np.arange(len(h))[:, None] < lengths
        s = (h * inside[:, :, None]).sum(axis=0) / lengths[:, None]
    return s @ W_hy + b_y


@mistake(
    "sequence_to_class",
    hint="The last state of a sequence of length 3 is the third. At which index does it stand?",
)
def one_step_after_the_last(h, lengths, W_hy, b_y, how):
    """The state after `length` steps is h[length]."""
    T, N, _ = h.shape
    if how == "last":
        s = h[np.minimum(lengths, T - 1), np.arange(N)]
    else:
        inside = np.arange(T)[:, None] < lengths
        s = (h * inside[:, :, None]).sum(axis=0) / lengths[:, None]
    return s @ W_hy + b_y


@mistake(
    "sequence_to_class",
    hint="Your mean takes the padding in. It should run over each sequence's own steps.",
)
def mean_with_padding(h, lengths, W_hy, b_y, how):
    """The mean of the states is h.mean(axis=0)."""
    s = h[lengths - 1, np.arange(h.shape[1])] if how == "last" else h.mean(axis=0)
    return s @ W_hy + b_y


@mistake(
    "sequence_to_class",
    hint="The padding is left out of your sum, but not out of what you divide by.",
)
def divides_by_the_longest(h, lengths, W_hy, b_y, how):
    """The states in the padding are set to 0, then the mean is safe."""
    T, N, _ = h.shape
    inside = np.arange(T)[:, None] < lengths
    s = h[lengths - 1, np.arange(N)] if how == "last" else (h * inside[:, :, None]).mean(axis=0)
    return s @ W_hy + b_y


@mistake(
    "sequence_to_class",
    hint='For "mean" you give the sum. Longer sequences should not shout louder.',
)
def sum_of_states(h, lengths, W_hy, b_y, how):
    """All states are added up."""
    T, N, _ = h.shape
    inside = np.arange(T)[:, None] < lengths
    s = h[lengths - 1, np.arange(N)] if how == "last" else (h * inside[:, :, None]).sum(axis=0)
    return s @ W_hy + b_y


@mistake(
    "sequence_to_class",
    hint=(
        "You take the mean over the sequences of the batch. Each sequence has its own, over time."
    ),
)
def mean_over_the_batch(h, lengths, W_hy, b_y, how):
    """The batch is the axis to average over."""
    s = h[lengths - 1, np.arange(h.shape[1])] if how == "last" else h.mean(axis=1)
    return s @ W_hy + b_y


@mistake("sequence_to_class", hint='"last" and "mean" are the wrong way round.')
def last_and_mean_swapped(h, lengths, W_hy, b_y, how):
    """If it is not the mean, it is the last one."""
    T, N, _ = h.shape
    if how == "mean":
        s = h[lengths - 1, np.arange(N)]
    else:
        inside = np.arange(T)[:, None] < lengths
        s = (h * inside[:, :, None]).sum(axis=0) / lengths[:, None]
    return s @ W_hy + b_y


@mistake(
    "sequence_to_class",
    hint="Both ways give the last state in your code. What does `how` say?",
)
def always_the_last_state(h, lengths, W_hy, b_y, how):
    """The last state has seen everything, so it is the answer."""
    return h[lengths - 1, np.arange(h.shape[1])] @ W_hy + b_y


@mistake("sequence_to_class", hint='For "mean" you take the largest value of each unit.')
def maximum_of_states(h, lengths, W_hy, b_y, how):
    """Pooling is max-pooling."""
    T, N, _ = h.shape
    inside = np.arange(T)[:, None] < lengths
    if how == "last":
        s = h[lengths - 1, np.arange(N)]
    else:
        s = np.where(inside[:, :, None], h, -np.inf).max(axis=0)
    return s @ W_hy + b_y


@mistake(
    "sequence_to_class",
    hint="You give back the states themselves. The output layer is missing.",
)
def forgets_the_output_layer(h, lengths, W_hy, b_y, how):
    """One vector for each sequence is the answer."""
    T, N, _ = h.shape
    inside = np.arange(T)[:, None] < lengths
    if how == "last":
        return h[lengths - 1, np.arange(N)]
    return (h * inside[:, :, None]).sum(axis=0) / lengths[:, None]


# 8. A vocabulary


@mistake(
    "build_vocabulary",
    hint=(
        "Equally frequent words stand in the order in which they first occur. Wanted: alphabetical."
    ),
)
def ties_in_order_of_appearance(sentences, min_count=1):
    """Sorting by frequency settles the order."""
    counts = {}
    for sentence in sentences:
        for word in sentence:
            counts[word] = counts.get(word, 0) + 1
    words = [w for w in counts if counts[w] >= min_count and w not in (EOS, UNK)]
    return [EOS, UNK, *sorted(words, key=lambda w: -counts[w])]


@mistake(
    "build_vocabulary",
    hint=(
        "Equally frequent words come out in reverse: reverse=True turns both parts of the "
        "order over."
    ),
)
def ties_in_reverse(sentences, min_count=1):
    """Sort by (count, word), and turn it round to have the largest first."""
    counts = {}
    for sentence in sentences:
        for word in sentence:
            counts[word] = counts.get(word, 0) + 1
    words = [w for w in counts if counts[w] >= min_count and w not in (EOS, UNK)]
    return [EOS, UNK, *sorted(words, key=lambda w: (counts[w], w), reverse=True)]


@mistake("build_vocabulary", hint="The rarest words come first in your list.")
def rarest_first(sentences, min_count=1):
    """sorted() puts the words in order of frequency."""
    counts = {}
    for sentence in sentences:
        for word in sentence:
            counts[word] = counts.get(word, 0) + 1
    words = [w for w in counts if counts[w] >= min_count and w not in (EOS, UNK)]
    return [EOS, UNK, *sorted(words, key=lambda w: (counts[w], w))]


@mistake(
    "build_vocabulary",
    hint="Your list is only alphabetical. What decides first is the frequency.",
)
def alphabetical_only(sentences, min_count=1):
    """A word list is alphabetical."""
    counts = {}
    for sentence in sentences:
        for word in sentence:
            counts[word] = counts.get(word, 0) + 1
    return [EOS, UNK, *sorted(w for w in counts if counts[w] >= min_count and w not in (EOS, UNK))]


@mistake("build_vocabulary", hint="There is no place for unknown words in your list.")
def forgets_unk(sentences, min_count=1):
    """All words of the text are known."""
    counts = {}
    for sentence in sentences:
        for word in sentence:
            counts[word] = counts.get(word, 0) + 1
    words = [w for w in counts if counts[w] >= min_count and w not in (EOS, UNK)]
    return [EOS, *sorted(words, key=lambda w: (-counts[w], w))]


@mistake(
    "build_vocabulary",
    hint="EOS and UNK stand at the end of your list. They have the places 0 and 1.",
)
def special_words_last(sentences, min_count=1):
    """What is special comes last."""
    counts = {}
    for sentence in sentences:
        for word in sentence:
            counts[word] = counts.get(word, 0) + 1
    words = [w for w in counts if counts[w] >= min_count and w not in (EOS, UNK)]
    return [*sorted(words, key=lambda w: (-counts[w], w)), EOS, UNK]


@mistake("build_vocabulary", hint="EOS and UNK have changed places in your list.")
def unk_before_eos(sentences, min_count=1):
    """The order of the two does not matter."""
    counts = {}
    for sentence in sentences:
        for word in sentence:
            counts[word] = counts.get(word, 0) + 1
    words = [w for w in counts if counts[w] >= min_count and w not in (EOS, UNK)]
    return [UNK, EOS, *sorted(words, key=lambda w: (-counts[w], w))]


@mistake(
    "build_vocabulary",
    hint="A word that occurs exactly min_count times belongs to the list.",
)
def more_than_min_count(sentences, min_count=1):
    """min_count is the limit, and words must lie above it."""
    counts = {}
    for sentence in sentences:
        for word in sentence:
            counts[word] = counts.get(word, 0) + 1
    words = [w for w in counts if counts[w] > min_count and w not in (EOS, UNK)]
    return [EOS, UNK, *sorted(words, key=lambda w: (-counts[w], w))]


@mistake("build_vocabulary", hint="min_count changes nothing in your code.")
def ignores_min_count(sentences, min_count=1):
    """Every word of the text belongs to the vocabulary."""
    counts = {}
    for sentence in sentences:
        for word in sentence:
            counts[word] = counts.get(word, 0) + 1
    words = [w for w in counts if w not in (EOS, UNK)]
    return [EOS, UNK, *sorted(words, key=lambda w: (-counts[w], w))]


@mistake(
    "build_vocabulary",
    hint=(
        "You count in how many sentences a word occurs, once for each. Count every time it occurs."
    ),
)
def counts_sentences(sentences, min_count=1):
    """A word counts once for each sentence."""
    counts = {}
    for sentence in sentences:
        for word in set(sentence):
            counts[word] = counts.get(word, 0) + 1
    words = [w for w in counts if counts[w] >= min_count and w not in (EOS, UNK)]
    return [EOS, UNK, *sorted(words, key=lambda w: (-counts[w], w))]


@mistake(
    "build_vocabulary",
    hint="Where the text holds EOS or UNK itself, your list has it twice.",
)
def special_words_twice(sentences, min_count=1):
    """EOS and UNK never occur in a text."""
    counts = {}
    for sentence in sentences:
        for word in sentence:
            counts[word] = counts.get(word, 0) + 1
    words = [w for w in counts if counts[w] >= min_count]
    return [EOS, UNK, *sorted(words, key=lambda w: (-counts[w], w))]


# 9. From words to numbers


@mistake(
    "encode",
    hint="The end of the sentence is missing. The network should learn to stop, too.",
)
def forgets_eos(tokens, vocabulary):
    """A sentence consists of its words."""
    number = {word: i for i, word in enumerate(vocabulary)}
    return np.array([number.get(word, number[UNK]) for word in tokens], dtype=int)


@mistake(
    "encode",
    hint="EOS stands at the beginning of your numbers. What do its letters stand for?",
)
def eos_first(tokens, vocabulary):
    """A sentence begins with its mark."""
    number = {word: i for i, word in enumerate(vocabulary)}
    return np.array([number[EOS]] + [number.get(word, number[UNK]) for word in tokens])


@mistake(
    "encode",
    hint="Unknown words vanish from your sentence. They have a number, too: that of UNK.",
)
def drops_unknown_words(tokens, vocabulary):
    """What is not in the vocabulary cannot be encoded."""
    number = {word: i for i, word in enumerate(vocabulary)}
    return np.array([number[word] for word in tokens if word in number] + [number[EOS]])


@mistake("encode", hint="Unknown words become 0 in your code. To the network that says: the end.")
def unknown_becomes_zero(tokens, vocabulary):
    """0 stands for nothing."""
    number = {word: i for i, word in enumerate(vocabulary)}
    return np.array([number.get(word, 0) for word in tokens] + [number[EOS]])


@mistake(
    "encode",
    hint="Unknown words become -1. As an index that means the last word of the list.",
)
def unknown_becomes_minus_one(tokens, vocabulary):
    """-1 stands for not found."""
    number = {word: i for i, word in enumerate(vocabulary)}
    return np.array([number.get(word, -1) for word in tokens] + [number[EOS]])


@mistake(
    "encode",
    hint="Your code fails on a word that is not in the vocabulary. Which number should it get?",
)
def fails_on_unknown_words(tokens, vocabulary):
    """Every word is in the vocabulary."""
    return np.array([vocabulary.index(word) for word in tokens] + [vocabulary.index(EOS)])


@mistake("encode", hint="Your code knows words only in small letters. `Goat` is not `goat` here.")
def lowers_capitals(tokens, vocabulary):
    """Capital letters make no difference."""
    number = {word: i for i, word in enumerate(vocabulary)}
    return np.array([number.get(word.lower(), number[UNK]) for word in tokens] + [number[EOS]])


@mistake(
    "encode",
    hint="The caller's list of words has changed: append() reaches outside your function.",
)
def appends_to_the_tokens(tokens, vocabulary):
    """The end mark is put behind the words first."""
    tokens.append(EOS)
    number = {word: i for i, word in enumerate(vocabulary)}
    return np.array([number.get(word, number[UNK]) for word in tokens])


@mistake(
    "encode",
    hint=(
        "The vocabulary grows in your code. A network has its size fixed: that is what UNK is for."
    ),
)
def adds_words_to_the_vocabulary(tokens, vocabulary):
    """A new word gets the next free number."""
    for word in tokens:
        if word not in vocabulary:
            vocabulary.append(word)
    return np.array([vocabulary.index(word) for word in tokens] + [vocabulary.index(EOS)])


@mistake("encode", hint="A list comes back. Wanted is a NumPy array of integers.")
def gives_a_list(tokens, vocabulary):
    """A list of numbers is an array."""
    number = {word: i for i, word in enumerate(vocabulary)}
    return [number.get(word, number[UNK]) for word in tokens] + [number[EOS]]


# 10. One-hot


@mistake("one_hot", hint="Your ones stand one place too far: number 0 is the first place, too.")
def counts_from_one(ids, V):
    """Word number 1 stands in the first place."""
    return np.eye(V)[np.asarray(ids) - 1]


@mistake(
    "one_hot",
    hint="Words run along the last axis here: one row for each number, not one column.",
)
def one_column_for_each_word(ids, V):
    """Vectors are columns."""
    return np.moveaxis(np.eye(V)[ids], -1, 0)


@mistake("one_hot", hint="Your ones are integers. The network computes in float64.")
def integer_ones(ids, V):
    """0 and 1 are integers."""
    return np.eye(V, dtype=int)[ids]


@mistake("one_hot", hint="All words of a sentence are in one row. Each needs a row of its own.")
def bag_of_words(ids, V):
    """The sentence becomes a vector with a 1 for each of its words."""
    x = np.zeros(V)
    x[ids] = 1.0
    return x


@mistake("one_hot", hint="It works for one sentence. `ids` may have any number of axes, or none.")
def one_sentence_only(ids, V):
    """ids is a row of numbers."""
    x = np.zeros((len(ids), V))
    x[np.arange(len(ids)), ids] = 1.0
    return x


@mistake(
    "one_hot",
    hint="The axes of `ids` are gone. One axis comes in addition; the others stay.",
)
def flattens_the_ids(ids, V):
    """One row for each number is all that matters."""
    return np.eye(V)[np.ravel(ids)]


@mistake(
    "one_hot",
    hint="The size of your rows depends on the words that happen to occur. V is an argument.",
)
def as_wide_as_the_largest_number(ids, V):
    """The vocabulary is as large as the largest number plus one."""
    return np.eye(int(np.max(ids)) + 1)[ids]


# 11. How likely is a sentence?


@mistake(
    "sentence_log_prob",
    hint=(
        "Your network is asked about a word that it is reading at that moment. What may it "
        "have read when it guesses w_t?"
    ),
)
def reads_the_word_it_guesses(ids, params):
    """At step t the network reads w_t and gives p(w_t)."""
    x = one_hot(ids, len(params["W_xh"]))[:, None]
    h0 = np.zeros((1, len(params["W_hh"])))
    h, _ = rnn_forward(x, h0, params["W_xh"], params["W_hh"], params["b_h"])
    o, _ = output_forward(h, params["W_hy"], params["b_y"])
    return -len(ids) * cross_entropy(o[:, 0], ids)


@mistake(
    "sentence_log_prob",
    hint="A factor is missing: the first word, too, is a guess, made from no word at all.",
)
def leaves_out_the_first_word(ids, params):
    """The first word is given; the others follow from it."""
    x = np.zeros((len(ids), 1, len(params["W_xh"])))
    x[1:, 0] = one_hot(ids[:-1], len(params["W_xh"]))
    h0 = np.zeros((1, len(params["W_hh"])))
    h, _ = rnn_forward(x, h0, params["W_xh"], params["W_hh"], params["b_h"])
    o, _ = output_forward(h, params["W_hy"], params["b_y"])
    if len(ids) == 1:
        return 0.0
    return -(len(ids) - 1) * cross_entropy(o[1:, 0], ids[1:])


@mistake(
    "sentence_log_prob",
    hint="A factor is missing at the end: that the sentence stops here is a guess as well.",
)
def leaves_out_the_end(ids, params):
    """EOS is no word, so it has no probability."""
    x = np.zeros((len(ids), 1, len(params["W_xh"])))
    x[1:, 0] = one_hot(ids[:-1], len(params["W_xh"]))
    h0 = np.zeros((1, len(params["W_hh"])))
    h, _ = rnn_forward(x, h0, params["W_xh"], params["W_hh"], params["b_h"])
    o, _ = output_forward(h, params["W_hy"], params["b_y"])
    if len(ids) == 1:
        return 0.0
    return -(len(ids) - 1) * cross_entropy(o[:-1, 0], ids[:-1])


@mistake(
    "sentence_log_prob",
    hint="You give the mean over the words. The chain rule has a sum of logarithms.",
)
def mean_over_the_words(ids, params):
    """The cross-entropy, without its minus, is the log-probability."""
    x = np.zeros((len(ids), 1, len(params["W_xh"])))
    x[1:, 0] = one_hot(ids[:-1], len(params["W_xh"]))
    h0 = np.zeros((1, len(params["W_hh"])))
    h, _ = rnn_forward(x, h0, params["W_xh"], params["W_hh"], params["b_h"])
    o, _ = output_forward(h, params["W_hy"], params["b_y"])
    return -cross_entropy(o[:, 0], ids)


@mistake(
    "sentence_log_prob",
    hint=(
        "Your result is positive. Probabilities are at most 1: which sign has a logarithm of one?"
    ),
)
def negative_log_prob(ids, params):
    """The log-probability is the loss, summed."""
    x = np.zeros((len(ids), 1, len(params["W_xh"])))
    x[1:, 0] = one_hot(ids[:-1], len(params["W_xh"]))
    h0 = np.zeros((1, len(params["W_hh"])))
    h, _ = rnn_forward(x, h0, params["W_xh"], params["W_hh"], params["b_h"])
    o, _ = output_forward(h, params["W_hy"], params["b_y"])
    return len(ids) * cross_entropy(o[:, 0], ids)


@mistake(
    "sentence_log_prob",
    hint=(
        "The probabilities are multiplied first, and the logarithm comes last. For a long "
        "sentence the product is too small for float64: take logarithms first, then add."
    ),
)
def logarithm_of_the_product(ids, params):
    """log P is the logarithm of P."""
    x = np.zeros((len(ids), 1, len(params["W_xh"])))
    x[1:, 0] = one_hot(ids[:-1], len(params["W_xh"]))
    h0 = np.zeros((1, len(params["W_hh"])))
    h, _ = rnn_forward(x, h0, params["W_xh"], params["W_hh"], params["b_h"])
    o, _ = output_forward(h, params["W_hy"], params["b_y"])
    return float(np.log(np.prod(softmax(o[:, 0])[np.arange(len(ids)), ids])))


@mistake(
    "sentence_log_prob",
    hint=(
        "A very unlikely word gives the logarithm of 0. In the exercise on cross-entropy you "
        "have got around that already."
    ),
)
def logarithm_of_rounded_probabilities(ids, params):
    """softmax is stable, so its logarithm is."""
    x = np.zeros((len(ids), 1, len(params["W_xh"])))
    x[1:, 0] = one_hot(ids[:-1], len(params["W_xh"]))
    h0 = np.zeros((1, len(params["W_hh"])))
    h, _ = rnn_forward(x, h0, params["W_xh"], params["W_hh"], params["b_h"])
    o, _ = output_forward(h, params["W_hy"], params["b_y"])
    return float(np.log(softmax(o[:, 0])[np.arange(len(ids)), ids]).sum())


@mistake(
    "sentence_log_prob",
    hint=(
        "You give the probability itself, for which long sentences are too much. Wanted: its "
        "logarithm."
    ),
)
def probability_itself(ids, params):
    """How likely is a sentence: its probability."""
    x = np.zeros((len(ids), 1, len(params["W_xh"])))
    x[1:, 0] = one_hot(ids[:-1], len(params["W_xh"]))
    h0 = np.zeros((1, len(params["W_hh"])))
    h, _ = rnn_forward(x, h0, params["W_xh"], params["W_hh"], params["b_h"])
    o, _ = output_forward(h, params["W_hy"], params["b_y"])
    return float(np.prod(softmax(o[:, 0])[np.arange(len(ids)), ids]))


@mistake(
    "sentence_log_prob",
    hint=(
        "Every word is guessed from the one before it only: the state starts at 0 again each time."
    ),
)
def forgets_the_state(ids, params):
    """The next word follows from the last one."""
    x = np.zeros((1, len(ids), len(params["W_xh"])))
    x[0, 1:] = one_hot(ids[:-1], len(params["W_xh"]))
    h0 = np.zeros((len(ids), len(params["W_hh"])))
    h, _ = rnn_forward(x, h0, params["W_xh"], params["W_hh"], params["b_h"])
    o, _ = output_forward(h, params["W_hy"], params["b_y"])
    return -len(ids) * cross_entropy(o[0], ids)


@mistake(
    "sentence_log_prob",
    hint=(
        "Before the first word the network reads EOS in your code. Here it reads a row of zeros."
    ),
)
def starts_with_eos(ids, params):
    """Something has to be read first, and a sentence follows the end of another."""
    x = one_hot(np.concatenate([[0], ids[:-1]]), len(params["W_xh"]))[:, None]
    h0 = np.zeros((1, len(params["W_hh"])))
    h, _ = rnn_forward(x, h0, params["W_xh"], params["W_hh"], params["b_h"])
    o, _ = output_forward(h, params["W_hy"], params["b_y"])
    return -len(ids) * cross_entropy(o[:, 0], ids)


# 12. Let it speak


@mistake(
    "sample_sequence",
    hint=(
        "You always take the likeliest word. Then chance, u, has no say: the same sentence "
        "every time."
    ),
)
def takes_the_likeliest_word(params, uniforms, temperature=1.0, eos=0):
    """The network says its best guess."""
    V, H = params["W_xh"].shape
    x, h, ids = np.zeros((1, V)), np.zeros((1, H)), []
    for _ in uniforms:
        h, _ = rnn_cell_forward(x, h, params["W_xh"], params["W_hh"], params["b_h"])
        o, _ = output_forward(h, params["W_hy"], params["b_y"])
        ids.append(int(np.argmax(softmax(o / temperature)[0])))
        if ids[-1] == eos:
            break
        x = one_hot(np.array(ids[-1:]), V)
    return np.array(ids)


@mistake("sample_sequence", hint="The temperature changes nothing in your code.")
def ignores_the_temperature(params, uniforms, temperature=1.0, eos=0):
    """softmax of the scores is the distribution."""
    V, H = params["W_xh"].shape
    x, h, ids = np.zeros((1, V)), np.zeros((1, H)), []
    for u in uniforms:
        h, _ = rnn_cell_forward(x, h, params["W_xh"], params["W_hh"], params["b_h"])
        o, _ = output_forward(h, params["W_hy"], params["b_y"])
        p = softmax(o)[0]
        ids.append(min(int(np.searchsorted(np.cumsum(p), u, side="right")), V - 1))
        if ids[-1] == eos:
            break
        x = one_hot(np.array(ids[-1:]), V)
    return np.array(ids)


@mistake(
    "sample_sequence",
    hint=("A high temperature makes your network more certain, not less. Which way does it go in?"),
)
def multiplies_by_the_temperature(params, uniforms, temperature=1.0, eos=0):
    """More temperature, larger scores."""
    V, H = params["W_xh"].shape
    x, h, ids = np.zeros((1, V)), np.zeros((1, H)), []
    for u in uniforms:
        h, _ = rnn_cell_forward(x, h, params["W_xh"], params["W_hh"], params["b_h"])
        o, _ = output_forward(h, params["W_hy"], params["b_y"])
        p = softmax(o * temperature)[0]
        ids.append(min(int(np.searchsorted(np.cumsum(p), u, side="right")), V - 1))
        if ids[-1] == eos:
            break
        x = one_hot(np.array(ids[-1:]), V)
    return np.array(ids)


@mistake(
    "sample_sequence",
    hint=(
        "You divide the probabilities by the temperature. It belongs to the scores, before softmax."
    ),
)
def temperature_after_softmax(params, uniforms, temperature=1.0, eos=0):
    """The distribution is divided by the temperature."""
    V, H = params["W_xh"].shape
    x, h, ids = np.zeros((1, V)), np.zeros((1, H)), []
    for u in uniforms:
        h, _ = rnn_cell_forward(x, h, params["W_xh"], params["W_hh"], params["b_h"])
        o, _ = output_forward(h, params["W_hy"], params["b_y"])
        p = softmax(o)[0] / temperature
        ids.append(min(int(np.searchsorted(np.cumsum(p), u, side="right")), V - 1))
        if ids[-1] == eos:
            break
        x = one_hot(np.array(ids[-1:]), V)
    return np.array(ids)


@mistake(
    "sample_sequence",
    hint="The network never learns which word was drawn: its input stays a row of zeros.",
)
def does_not_read_its_own_words(params, uniforms, temperature=1.0, eos=0):
    """The state carries on by itself."""
    V, H = params["W_xh"].shape
    x, h, ids = np.zeros((1, V)), np.zeros((1, H)), []
    for u in uniforms:
        h, _ = rnn_cell_forward(x, h, params["W_xh"], params["W_hh"], params["b_h"])
        o, _ = output_forward(h, params["W_hy"], params["b_y"])
        p = softmax(o / temperature)[0]
        ids.append(min(int(np.searchsorted(np.cumsum(p), u, side="right")), V - 1))
        if ids[-1] == eos:
            break
    return np.array(ids)


@mistake(
    "sample_sequence",
    hint=(
        "The network reads all its probabilities at once. It should read the one word it has drawn."
    ),
)
def reads_the_probabilities(params, uniforms, temperature=1.0, eos=0):
    """The output of a step is the input of the next."""
    V, H = params["W_xh"].shape
    x, h, ids = np.zeros((1, V)), np.zeros((1, H)), []
    for u in uniforms:
        h, _ = rnn_cell_forward(x, h, params["W_xh"], params["W_hh"], params["b_h"])
        o, _ = output_forward(h, params["W_hy"], params["b_y"])
        x = softmax(o / temperature)
        ids.append(min(int(np.searchsorted(np.cumsum(x[0]), u, side="right")), V - 1))
        if ids[-1] == eos:
            break
    return np.array(ids)


@mistake(
    "sample_sequence",
    hint=(
        "Each word is drawn as if only the one before had been read: the state is not carried on."
    ),
)
def resets_the_state(params, uniforms, temperature=1.0, eos=0):
    """Each step is a call of the cell with the last word."""
    V, H = params["W_xh"].shape
    x, ids = np.zeros((1, V)), []
    for u in uniforms:
        h0 = np.zeros((1, H))
        h, _ = rnn_cell_forward(x, h0, params["W_xh"], params["W_hh"], params["b_h"])
        o, _ = output_forward(h, params["W_hy"], params["b_y"])
        p = softmax(o / temperature)[0]
        ids.append(min(int(np.searchsorted(np.cumsum(p), u, side="right")), V - 1))
        if ids[-1] == eos:
            break
        x = one_hot(np.array(ids[-1:]), V)
    return np.array(ids)


@mistake(
    "sample_sequence",
    hint="Every step uses the first number. There is a fresh one for each.",
)
def one_number_for_all_steps(params, uniforms, temperature=1.0, eos=0):
    """Chance is drawn once."""
    V, H = params["W_xh"].shape
    x, h, ids = np.zeros((1, V)), np.zeros((1, H)), []
    for _ in uniforms:
        h, _ = rnn_cell_forward(x, h, params["W_xh"], params["W_hh"], params["b_h"])
        o, _ = output_forward(h, params["W_hy"], params["b_y"])
        p = softmax(o / temperature)[0]
        ids.append(min(int(np.searchsorted(np.cumsum(p), uniforms[0], side="right")), V - 1))
        if ids[-1] == eos:
            break
        x = one_hot(np.array(ids[-1:]), V)
    return np.array(ids)


@mistake("sample_sequence", hint="Your network goes on talking after it has drawn eos.")
def never_stops(params, uniforms, temperature=1.0, eos=0):
    """There is a word for every number."""
    V, H = params["W_xh"].shape
    x, h, ids = np.zeros((1, V)), np.zeros((1, H)), []
    for u in uniforms:
        h, _ = rnn_cell_forward(x, h, params["W_xh"], params["W_hh"], params["b_h"])
        o, _ = output_forward(h, params["W_hy"], params["b_y"])
        p = softmax(o / temperature)[0]
        ids.append(min(int(np.searchsorted(np.cumsum(p), u, side="right")), V - 1))
        x = one_hot(np.array(ids[-1:]), V)
    return np.array(ids)


@mistake(
    "sample_sequence",
    hint="It stops in time, but the eos that it drew is missing from the result.",
)
def leaves_out_eos(params, uniforms, temperature=1.0, eos=0):
    """eos is a sign to stop, not a word."""
    V, H = params["W_xh"].shape
    x, h, ids = np.zeros((1, V)), np.zeros((1, H)), []
    for u in uniforms:
        h, _ = rnn_cell_forward(x, h, params["W_xh"], params["W_hh"], params["b_h"])
        o, _ = output_forward(h, params["W_hy"], params["b_y"])
        p = softmax(o / temperature)[0]
        w = min(int(np.searchsorted(np.cumsum(p), u, side="right")), V - 1)
        if w == eos:
            break
        ids.append(w)
        x = one_hot(np.array([w]), V)
    return np.array(ids, dtype=int)


@mistake("sample_sequence", hint="Your network stops at word 0 only. `eos` is an argument.")
def stops_only_at_zero(params, uniforms, temperature=1.0, eos=0):
    """EOS is at 0."""
    V, H = params["W_xh"].shape
    x, h, ids = np.zeros((1, V)), np.zeros((1, H)), []
    for u in uniforms:
        h, _ = rnn_cell_forward(x, h, params["W_xh"], params["W_hh"], params["b_h"])
        o, _ = output_forward(h, params["W_hy"], params["b_y"])
        p = softmax(o / temperature)[0]
        ids.append(min(int(np.searchsorted(np.cumsum(p), u, side="right")), V - 1))
        if ids[-1] == 0:
            break
        x = one_hot(np.array(ids[-1:]), V)
    return np.array(ids)


@mistake(
    "sample_sequence",
    hint=(
        "Where u is exactly a sum of probabilities, the next word is meant: the sum must be larger."
    ),
)
def a_sum_that_equals_u_is_enough(params, uniforms, temperature=1.0, eos=0):
    """The first sum that reaches u."""
    V, H = params["W_xh"].shape
    x, h, ids = np.zeros((1, V)), np.zeros((1, H)), []
    for u in uniforms:
        h, _ = rnn_cell_forward(x, h, params["W_xh"], params["W_hh"], params["b_h"])
        o, _ = output_forward(h, params["W_hy"], params["b_y"])
        p = softmax(o / temperature)[0]
        ids.append(min(int(np.searchsorted(np.cumsum(p), u, side="left")), V - 1))
        if ids[-1] == eos:
            break
        x = one_hot(np.array(ids[-1:]), V)
    return np.array(ids)


@mistake(
    "sample_sequence",
    hint=(
        "Rounding can leave the sum of all probabilities a little below u. Then your search "
        "finds no word: the exercise says which one it is."
    ),
)
def falls_off_the_end(params, uniforms, temperature=1.0, eos=0):
    """The probabilities sum to 1, so some sum is always larger than u."""
    V, H = params["W_xh"].shape
    x, h, ids = np.zeros((1, V)), np.zeros((1, H)), []
    for u in uniforms:
        h, _ = rnn_cell_forward(x, h, params["W_xh"], params["W_hh"], params["b_h"])
        o, _ = output_forward(h, params["W_hy"], params["b_y"])
        p = softmax(o / temperature)[0]
        ids.append(int(np.searchsorted(np.cumsum(p), u, side="right")))
        if ids[-1] == eos:
            break
        x = one_hot(np.array(ids[-1:]), V)
    return np.array(ids)


@mistake(
    "sample_sequence",
    hint=(
        "Your network draws numbers of its own. Use those that come in, so that others can "
        "check it."
    ),
)
def draws_its_own_numbers(params, uniforms, temperature=1.0, eos=0):
    """Sampling needs a random generator."""
    rng = np.random.default_rng(0)
    V, H = params["W_xh"].shape
    x, h, ids = np.zeros((1, V)), np.zeros((1, H)), []
    for _ in uniforms:
        h, _ = rnn_cell_forward(x, h, params["W_xh"], params["W_hh"], params["b_h"])
        o, _ = output_forward(h, params["W_hy"], params["b_y"])
        ids.append(int(rng.choice(V, p=softmax(o / temperature)[0])))
        if ids[-1] == eos:
            break
        x = one_hot(np.array(ids[-1:]), V)
    return np.array(ids)


# 13. A network that adds


@mistake(
    "adder_weights",
    hint="Each step is added by itself: no carry goes on to the next one. What is W_hh for?",
)
def adds_without_carry():
    """The sum of two bits is their exclusive or."""
    return {
        "W_xh": np.full((2, 2), 100.0),
        "W_hh": np.zeros((2, 2)),
        "b_h": np.array([-50.0, -150.0]),
        "W_hy": np.array([[0.5], [-0.5]]),
        "b_y": np.array([0.0]),
    }


@mistake(
    "adder_weights",
    hint=(
        "Your carry comes from s >= 1: a single 1 is already carried. How many ones are "
        "needed for a carry?"
    ),
)
def carries_a_single_one():
    """The carry is what is left, so anything above 0."""
    gain = 100.0
    W_hh = np.zeros((3, 3))
    W_hh[0] = gain / 2
    return {
        "W_xh": np.full((2, 3), gain),
        "W_hh": W_hh,
        "b_h": -gain * (np.array([1, 2, 3]) - 0.75),
        "W_hy": np.array([[0.5], [-0.5], [0.5]]),
        "b_y": np.array([0.5]),
    }


@mistake(
    "adder_weights",
    hint=(
        "Your carry is switched on only by s = 3, so the first carry never comes: at the "
        "first step s is at most 2."
    ),
)
def carries_only_three_ones():
    """The carry is the highest of the three switches."""
    gain = 100.0
    W_hh = np.zeros((3, 3))
    W_hh[2] = gain / 2
    return {
        "W_xh": np.full((2, 3), gain),
        "W_hh": W_hh,
        "b_h": -gain * (np.array([1, 2, 3]) - 0.75),
        "W_hy": np.array([[0.5], [-0.5], [0.5]]),
        "b_y": np.array([0.5]),
    }


@mistake(
    "adder_weights",
    hint=(
        "The output is 1 for s = 1, 2 and 3. The sum bit of 1 + 1 is 0: the switch for s >= 2 "
        "has to take something away."
    ),
)
def output_is_at_least_one():
    """The bit of the sum is 1 if there is a 1 anywhere."""
    gain = 100.0
    W_hh = np.zeros((3, 3))
    W_hh[1] = gain / 2
    return {
        "W_xh": np.full((2, 3), gain),
        "W_hh": W_hh,
        "b_h": -gain * (np.array([1, 2, 3]) - 0.75),
        "W_hy": np.array([[0.5], [0.0], [0.0]]),
        "b_y": np.array([0.5]),
    }


@mistake(
    "adder_weights",
    hint=(
        "1 + 1 with a carry should give the bit 1 and again a carry. Your output is 0 there: "
        "the switch for s >= 3 is missing."
    ),
)
def forgets_three_ones():
    """Two bits: the sum is 0, 1 or 2."""
    gain = 100.0
    W_hh = np.zeros((2, 2))
    W_hh[1] = gain / 2
    return {
        "W_xh": np.full((2, 2), gain),
        "W_hh": W_hh,
        "b_h": -gain * (np.array([1, 2]) - 0.75),
        "W_hy": np.array([[0.5], [-0.5]]),
        "b_y": np.array([0.0]),
    }


@mistake(
    "adder_weights",
    hint=(
        "Your units are told what the carry is, but with the wrong sign: a carry makes s "
        "smaller instead of larger."
    ),
)
def subtracts_the_carry():
    """W_hh takes the carry off, once it is used."""
    gain = 100.0
    W_hh = np.zeros((3, 3))
    W_hh[1] = -gain / 2
    return {
        "W_xh": np.full((2, 3), gain),
        "W_hh": W_hh,
        "b_h": -gain * (np.array([1, 2, 3]) - 0.75),
        "W_hy": np.array([[0.5], [-0.5], [0.5]]),
        "b_y": np.array([0.5]),
    }


@mistake(
    "adder_weights",
    hint=(
        "Right at all steps but the first: there the state is 0, which your thresholds take "
        "for half a carry. See the last point of the help."
    ),
)
def first_state_is_a_carry():
    """The thresholds lie in the middle: a carry of -1 or 1, and bits."""
    gain = 100.0
    W_hh = np.zeros((3, 3))
    W_hh[1] = gain / 2
    return {
        "W_xh": np.full((2, 3), gain),
        "W_hh": W_hh,
        "b_h": -gain * (np.array([1, 2, 3]) - 1.25),
        "W_hy": np.array([[0.5], [-0.5], [0.5]]),
        "b_y": np.array([0.5]),
    }


@mistake(
    "adder_weights",
    hint=(
        "Your switches are soft, and the carry wears away on its way through many steps. "
        "Larger weights make the tanh a clean switch."
    ),
)
def soft_switches():
    """The sizes of the weights do not matter, only their proportions."""
    gain = 6.75
    W_hh = np.zeros((3, 3))
    W_hh[1] = gain / 2
    return {
        "W_xh": np.full((2, 3), gain),
        "W_hh": W_hh,
        "b_h": -gain * (np.array([1, 2, 3]) - 0.75),
        "W_hy": np.array([[0.5], [-0.5], [0.5]]),
        "b_y": np.array([0.5]),
    }


# 14. Both directions


@mistake(
    "birnn_forward",
    hint=(
        "The second network reads the right way, but its states come out in the order of its "
        "reading. h[t] needs the one that has read x[t] last."
    ),
)
def does_not_turn_back(x, h0, forward, backward):
    """The second network reads x[::-1], and its states are the result."""
    right, cache_right = rnn_forward(x, h0[0], *forward)
    left, cache_left = rnn_forward(x[::-1], h0[1], *backward)
    return np.concatenate([right, left], axis=-1), (cache_right, cache_left)


@mistake("birnn_forward", hint="Both of your networks read from left to right.")
def both_read_to_the_right(x, h0, forward, backward):
    """The second network has other weights, that is the difference."""
    right, cache_right = rnn_forward(x, h0[0], *forward)
    left, cache_left = rnn_forward(x, h0[1], *backward)
    return np.concatenate([right, left], axis=-1), (cache_right, cache_left)


@mistake(
    "birnn_forward",
    hint="The second network reads from left to right, and only its states are turned round.",
)
def turns_only_the_states(x, h0, forward, backward):
    """The second network's result is read backwards."""
    right, cache_right = rnn_forward(x, h0[0], *forward)
    left, cache_left = rnn_forward(x, h0[1], *backward)
    return np.concatenate([right, left[::-1]], axis=-1), (cache_right, cache_left)


@mistake(
    "birnn_forward",
    hint="The two halves have changed places: the one that reads to the right is first.",
)
def halves_swapped(x, h0, forward, backward):
    """The order of the halves does not matter."""
    right, cache_right = rnn_forward(x, h0[0], *forward)
    left, cache_left = rnn_forward(x[::-1], h0[1], *backward)
    return np.concatenate([left[::-1], right], axis=-1), (cache_right, cache_left)


@mistake(
    "birnn_forward",
    hint="The two states are added. They should stand side by side: (T, N, 2H).",
)
def adds_the_two_states(x, h0, forward, backward):
    """The two directions are combined by a sum."""
    right, cache_right = rnn_forward(x, h0[0], *forward)
    left, cache_left = rnn_forward(x[::-1], h0[1], *backward)
    return right + left[::-1], (cache_right, cache_left)


@mistake("birnn_forward", hint="Your two networks have the same weights. Each has its own.")
def one_set_of_weights(x, h0, forward, backward):
    """It is one network that reads twice."""
    right, cache_right = rnn_forward(x, h0[0], *forward)
    left, cache_left = rnn_forward(x[::-1], h0[1], *forward)
    return np.concatenate([right, left[::-1]], axis=-1), (cache_right, cache_left)


@mistake("birnn_forward", hint="Both of your networks start from h0[0].")
def one_start_for_both(x, h0, forward, backward):
    """h0 is the first state."""
    right, cache_right = rnn_forward(x, h0[0], *forward)
    left, cache_left = rnn_forward(x[::-1], h0[0], *backward)
    return np.concatenate([right, left[::-1]], axis=-1), (cache_right, cache_left)


@mistake(
    "birnn_forward",
    hint=(
        "The second network starts where the first ended. It has a first state of its own: h0[1]."
    ),
)
def starts_where_the_first_ended(x, h0, forward, backward):
    """The second network takes over what the first has learnt."""
    right, cache_right = rnn_forward(x, h0[0], *forward)
    left, cache_left = rnn_forward(x[::-1], right[-1], *backward)
    return np.concatenate([right, left[::-1]], axis=-1), (cache_right, cache_left)


@mistake("birnn_forward", hint="x is turned round along the batch. Time is the first axis.")
def turns_the_batch(x, h0, forward, backward):
    """The sequence lies along axis 1."""
    right, cache_right = rnn_forward(x, h0[0], *forward)
    left, cache_left = rnn_forward(x[:, ::-1], h0[1], *backward)
    return np.concatenate([right, left[:, ::-1]], axis=-1), (cache_right, cache_left)


@mistake(
    "birnn_forward",
    hint="The states stand one above the other, along time. Wanted: side by side.",
)
def puts_states_behind_each_other(x, h0, forward, backward):
    """concatenate() puts things together."""
    right, cache_right = rnn_forward(x, h0[0], *forward)
    left, cache_left = rnn_forward(x[::-1], h0[1], *backward)
    return np.concatenate([right, left[::-1]]), (cache_right, cache_left)


# 15. Layers


@mistake(
    "deep_rnn_forward",
    hint="Every layer reads x in your code. What does the second layer read?",
)
def every_layer_reads_x(x, h0, layers):
    """All layers see the input."""
    h, cache = x, []
    for h0_layer, weights in zip(h0, layers, strict=True):
        h, layer_cache = rnn_forward(x, h0_layer, *weights)
        cache.append(layer_cache)
    return h, cache


@mistake(
    "deep_rnn_forward",
    hint="All your layers start from h0[0]. Each has a first state of its own.",
)
def one_start_for_all_layers(x, h0, layers):
    """h0 is the first state."""
    h, cache = x, []
    for weights in layers:
        h, layer_cache = rnn_forward(h, h0[0], *weights)
        cache.append(layer_cache)
    return h, cache


@mistake(
    "deep_rnn_forward",
    hint="A layer starts where the one below it ended. It has a first state of its own in h0.",
)
def starts_where_the_layer_below_ended(x, h0, layers):
    """The state is handed up from layer to layer."""
    h, h_last, cache = x, h0[0], []
    for weights in layers:
        h, layer_cache = rnn_forward(h, h_last, *weights)
        h_last = h[-1]
        cache.append(layer_cache)
    return h, cache


@mistake(
    "deep_rnn_forward",
    hint=(
        "From the second layer on, all use the same weights. Shared over time is not shared "
        "by layers."
    ),
)
def one_set_of_weights_above_the_first(x, h0, layers):
    """A recurrent network shares its weights."""
    h, cache = rnn_forward(x, h0[0], *layers[0])
    caches = [cache]
    for layer in range(1, len(layers)):
        h, cache = rnn_forward(h, h0[layer], *layers[min(layer, 1)])
        caches.append(cache)
    return h, caches


@mistake(
    "deep_rnn_forward",
    hint="Your top layer is never used: count how many layers are gone through.",
)
def leaves_out_the_top_layer(x, h0, layers):
    """The first layer is the input, so L layers are L - 1 steps."""
    h, cache = rnn_forward(x, h0[0], *layers[0])
    caches = [cache]
    for layer in range(1, len(layers) - 1):
        h, cache = rnn_forward(h, h0[layer], *layers[layer])
        caches.append(cache)
    return h, caches


@mistake(
    "deep_rnn_forward",
    hint="You give the states of all layers. Wanted are those of the top one.",
)
def gives_all_layers(x, h0, layers):
    """The states of a deep network are those of its layers."""
    h, states, cache = x, [], []
    for h0_layer, weights in zip(h0, layers, strict=True):
        h, layer_cache = rnn_forward(h, h0_layer, *weights)
        states.append(h)
        cache.append(layer_cache)
    return np.stack(states), cache


@mistake(
    "deep_rnn_forward",
    hint=(
        "Between two layers only the last state is handed up, again and again. Hand up all of them."
    ),
)
def hands_up_only_the_last_state(x, h0, layers):
    """What a layer has learnt is in its last state."""
    h, cache = x, []
    for number, (h0_layer, weights) in enumerate(zip(h0, layers, strict=True)):
        if number > 0:
            h = np.repeat(h[-1:], len(x), axis=0)
        h, layer_cache = rnn_forward(h, h0_layer, *weights)
        cache.append(layer_cache)
    return h, cache


@mistake(
    "deep_rnn_forward",
    hint="The first states stand the wrong way round: h0[0] is the lowest layer's.",
)
def first_states_from_the_top(x, h0, layers):
    """The top layer comes first."""
    h, cache = x, []
    for h0_layer, weights in zip(h0[::-1], layers, strict=True):
        h, layer_cache = rnn_forward(h, h0_layer, *weights)
        cache.append(layer_cache)
    return h, cache
