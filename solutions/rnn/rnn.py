# %% welcome [markdown]
# # Assignment: the structure of recurrent networks
#
# In this notebook you build the simple recurrent network from its equation: one step, then a sequence, then what is
# put on top of it and around it. At the end it speaks, it adds binary numbers of any length, and it reads in both
# directions.
#
# It goes with the chapter *Recurrent networks*, and takes 60 to 120 minutes. There are 20 points.
#
# **How to work.** Each exercise has a task, a cell to fill in, and a check. Delete the line
# `raise NotImplementedError()`, write your answer in its place, run the cell, then run the check below it. The check
# says at once what is wrong: the type, the shape, or which term of the equation. Most answers take one to ten lines.
#
# **How it is marked.** By tests that you do not see: they say the same kind of thing as the checks, but call your
# functions with other numbers and other sizes, one sequence and one step among them. A part of an exercise that works
# earns a part of its points. Where an exercise builds on an earlier one, it is marked with a right version of the
# earlier one, so a slip costs you once.
#
# **Rules.**
# - Answer in plain Python and NumPy. No other library is there when your notebook is marked.
# - Keep the names and the arguments of the functions. You may add helper functions and cells of your own.
# - Leave each answer in its own cell: do not delete answer cells, and do not put two into one.
# - Never change an argument in place: an array that comes in must look the same afterwards.
# - Right numbers in a wrong form (an argument changed, a list for an array, another dtype, an axis of size 1 lost or
#   added, results in another order, other keys in a dict) cost 0.25 points, once for each kind in the whole
#   assignment. Where another part of the exercise fails, its form costs nothing more.
# - Numbers are float64 unless the exercise says otherwise.
#
# **Sizes.** $T$ time steps, $N$ sequences side by side, $D$ input features, $H$ hidden units, $K$ outputs, $V$
# words in the vocabulary, $L$ layers. Vectors are rows, and time comes first: `x` is (T, N, D), so `x[t]` is a
# batch (N, D).

# %% set-up
import numpy as np

from course_lib.checks import rnn as checks

EOS = "<eos>"
UNK = "<unk>"

# %% [markdown]
# ## 1. One step
#
# The whole network is one equation, used again at every step (chapter *Recurrent networks*, page *The cell and the
# unrolled network*):
#
# $$h_t = \tanh(x_t W_{xh} + h_{t-1} W_{hh} + b_h)$$
#
# Write this one step. It gives back the new state, and beside it a *cache*: a tuple of what the backward pass will
# need in the next chapter, in the order `(x, h_prev, W_xh, W_hh, h)`.
#
# | | shape | |
# | --- | --- | --- |
# | `x` | (N, D) | the input of this step |
# | `h_prev` | (N, H) | the state before |
# | `W_xh` | (D, H) | from input to state |
# | `W_hh` | (H, H) | from state to state |
# | `b_h` | (H,) | the bias |
# | `h` | (N, H) | the state after |
#
# What comes in decides the precision: float64 gives float64, float32 gives float32. With NumPy's operators that
# happens by itself.


# %% cell points=2
def rnn_cell_forward(x, h_prev, W_xh, W_hh, b_h):
    """One step of the simple RNN.

    x (N, D), h_prev (N, H), W_xh (D, H), W_hh (H, H), b_h (H,)
    Returns (h, cache): h (N, H), cache = (x, h_prev, W_xh, W_hh, h).
    """
    ### BEGIN SOLUTION
    h = np.tanh(x @ W_xh + h_prev @ W_hh + b_h)
    return h, (x, h_prev, W_xh, W_hh, h)
    ### END SOLUTION


# %% [markdown]
# ## 2. A sequence
#
# Unroll the step over time (page *The cell and the unrolled network*): the same weights at every step, and each
# step starts from the state that the one before left behind. For $t = 1, \dots, T$:
#
# $$h_t = \tanh(x_t W_{xh} + h_{t-1} W_{hh} + b_h), \qquad h_0 \text{ given}$$
#
# Give back all the states, and a list with the cache of each step, first step first. Python counts from 0: the
# mathematical $x_1$ is `x[0]`.
#
# | | shape | |
# | --- | --- | --- |
# | `x` | (T, N, D) | the inputs of all steps |
# | `h0` | (N, H) | the state before the first step |
# | `W_xh`, `W_hh`, `b_h` | as above | shared by all steps |
# | `h` | (T, N, H) | the states after each step; $h_0$ is not among them |
#
# Use `rnn_cell_forward`.


# %% sequence points=2
def rnn_forward(x, h0, W_xh, W_hh, b_h):
    """The simple RNN over a sequence.

    x (T, N, D), h0 (N, H), W_xh (D, H), W_hh (H, H), b_h (H,)
    Returns (h, cache): h (T, N, H), cache a list of the T caches of rnn_cell_forward.
    """
    ### BEGIN SOLUTION
    h = []
    cache = []
    h_prev = h0
    for x_t in x:
        h_prev, step_cache = rnn_cell_forward(x_t, h_prev, W_xh, W_hh, b_h)
        h.append(h_prev)
        cache.append(step_cache)
    return np.stack(h), cache
    ### END SOLUTION


# %% [markdown]
# ## 3. Predict, then run
#
# Before the network gets larger, look at the smallest there is: one input, one unit, no bias (page *The cell and
# the unrolled network*).
#
# $$h_t = \tanh(x_t + w\,h_{t-1}), \qquad h_0 = 0$$
#
# It hears one sound, $x_1$, and then silence: $x_2 = x_3 = \dots = 0$. What has become of the state after a long
# silence?
#
# | case | $w$ | $x_1$ |
# | --- | --- | --- |
# | a | 0.5 | 1 |
# | b | 2 | 1 |
# | c | 2 | -1 |
# | d | -2 | 1 |
# | e | -0.5 | 1 |
# | f | 2 | 0 |
#
# For each case choose one of these words:
#
# | word | in the long run the state |
# | --- | --- |
# | `"zero"` | is 0, or comes as near to 0 as you like |
# | `"positive"` | settles at a number above 0 |
# | `"negative"` | settles at a number below 0 |
# | `"swings"` | jumps to and fro between two numbers, and does not come near 0 |
#
# First predict, with pencil and paper. Then run the check below, which lets *your* network of exercise 2 hear the
# sound and the silence. You may change your answers afterwards: the point is for the right ones, the gain is in the surprise.
# Cases count two by two, a with b, c with f, d with e: both must be right.


# %% predict points=1
def predict_after_silence():
    """Returns a dict with the keys "a" to "f"; each value is one of the four words."""
    ### BEGIN SOLUTION
    return {
        "a": "zero",
        "b": "positive",
        "c": "negative",
        "d": "swings",
        "e": "zero",
        "f": "zero",
    }
    ### END SOLUTION


# %% [markdown]
# ## 4. The output layer
#
# A state is not yet an answer. The output layer turns it into $K$ scores (page *The cell and the unrolled network*):
#
# $$o_t = h_t W_{hy} + b_y$$
#
# It must work for the states of one step, (N, H), and for those of a whole sequence, (T, N, H): the last axis is the
# hidden one, and whatever stands in front of it comes out as it went in. `@` does this by itself.
#
# | | shape | |
# | --- | --- | --- |
# | `h` | (..., H) | states |
# | `W_hy` | (H, K) | from state to scores |
# | `b_y` | (K,) | the bias |
# | `o` | (..., K) | the scores |
#
# The cache is `(h, W_hy)`.


# %% output points=1
def output_forward(h, W_hy, b_y):
    """The scores of the output layer.

    h (..., H), W_hy (H, K), b_y (K,)
    Returns (o, cache): o (..., K), cache = (h, W_hy).
    """
    ### BEGIN SOLUTION
    return h @ W_hy + b_y, (h, W_hy)
    ### END SOLUTION


# %% [markdown]
# ## 5. Softmax
#
# Scores become probabilities over the last axis (page *The cell and the unrolled network*):
#
# $$p_k = \frac{e^{o_k}}{\sum_{j=1}^{K} e^{o_j}}$$
#
# Taken at its word this breaks: $e^{1000}$ is infinite in float64, and infinity over infinity is not a number. But
# softmax does not change when the same number is added to all scores. Subtract from the scores of each position their
# largest one: then the largest exponent is 0.
#
# | | shape | |
# | --- | --- | --- |
# | `o` | (..., K) | scores |
# | `p` | (..., K) | probabilities; each position sums to 1 over the last axis |
#
# As in exercise 1, float32 gives float32.


# %% softmax points=1
def softmax(o):
    """Probabilities over the last axis, for scores of any size.

    o (..., K)
    Returns p (..., K).
    """
    ### BEGIN SOLUTION
    e = np.exp(o - o.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)
    ### END SOLUTION


# %% [markdown]
# ## 6. Cross-entropy
#
# How surprised is the network by the right answer? At each position, by $-\log p_y$, where $y$ is the right class;
# the loss is the mean over all positions that count (page *The cell and the unrolled network*):
#
# $$L = -\frac{1}{M} \sum_{i \text{ counts}} \log \mathrm{softmax}(o_i)_{y_i}, \qquad M = \text{how many positions count}$$
#
# Sequences of different lengths are padded to the same length; the positions that are only padding do not count.
# `mask` says which do. Without a mask, all do. At least one position counts.
#
# An unlikely answer must not give $\log 0$. Where $p_y$ is too small for float64 its logarithm is still an ordinary
# number: $\log \mathrm{softmax}(o)_y = o_y - m - \log \sum_j e^{o_j - m}$, with $m$ the largest score of that
# position.
#
# | | shape | |
# | --- | --- | --- |
# | `o` | (..., K) | scores, not probabilities |
# | `y` | (...) | the right classes, integers from 0 to K - 1 (0 where the mask is False) |
# | `mask` | (...) or `None` | True where a position counts |
# | `loss` | a number | |


# %% loss points=1
def cross_entropy(o, y, mask=None):
    """The mean of -log softmax(o)[y] over the positions that count.

    o (..., K), y (...) integers, mask (...) of bool, or None when all positions count
    Returns the loss, a number.
    """
    ### BEGIN SOLUTION
    shifted = o - o.max(axis=-1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    surprise = -np.take_along_axis(log_p, y[..., None], axis=-1)[..., 0]
    return surprise.mean() if mask is None else surprise[mask].mean()
    ### END SOLUTION


# %% [markdown]
# ## 7. From a sequence to one class
#
# Is this review friendly? One answer for a whole sequence: many-to-one. There are two usual ways to get one vector
# out of $T$ states (page *A class for a sequence, a tag for a word*): take the last one, or the mean of all:
#
# $$s_n = h_{T_n, n} \qquad \text{or} \qquad s_n = \frac{1}{T_n} \sum_{t=1}^{T_n} h_{t,n}, \qquad o_n = s_n W_{hy} + b_y$$
#
# Sequence $n$ has its own length $T_n$, `lengths[n]`. The states after that are computed from padding, and mean
# nothing: neither the last state nor the mean may use them.
#
# | | shape | |
# | --- | --- | --- |
# | `h` | (T, N, H) | states |
# | `lengths` | (N,) | the length of each sequence, integers from 1 to T |
# | `W_hy`, `b_y` | (H, K), (K,) | the output layer |
# | `how` | `"last"` or `"mean"` | |
# | `o` | (N, K) | one row of scores for each sequence |


# %% class points=1
def sequence_to_class(h, lengths, W_hy, b_y, how):
    """Scores for each sequence as a whole, from its last state or from the mean of its states.

    h (T, N, H), lengths (N,) integers, W_hy (H, K), b_y (K,), how: "last" or "mean"
    Returns o (N, K).
    """
    ### BEGIN SOLUTION
    T, N, _ = h.shape
    if how == "last":
        s = h[lengths - 1, np.arange(N)]
    else:
        inside = np.arange(T)[:, None] < lengths
        s = (h * inside[:, :, None]).sum(axis=0) / lengths[:, None]
    return output_forward(s, W_hy, b_y)[0]
    ### END SOLUTION


# %% [markdown]
# ## 8. A vocabulary
#
# A network reads numbers, so each word needs one: its place in a list (page *A language model*). Two places are taken
# before any word is counted. `EOS`, at 0, marks the end of a sentence. `UNK`, at 1, stands for every word that is not
# in the list. After them come the words, the most frequent first; words that are equally frequent in alphabetical
# order, as `sorted` puts them.
#
# Only words that occur at least `min_count` times are listed. If the text itself holds `EOS` or `UNK`, they are not
# listed a second time.
#
# For example, `[["the", "cat", "saw", "the", "dog"], ["the", "dog", "ran"]]` gives
# `[EOS, UNK, "the", "dog", "cat", "ran", "saw"]`, and with `min_count=2` only `[EOS, UNK, "the", "dog"]`.


# %% vocabulary points=1
def build_vocabulary(sentences, min_count=1):
    """The words of a text by falling frequency, after EOS and UNK.

    sentences: a list of sentences, each a list of words; min_count: how often a word must occur
    Returns a list of strings.
    """
    ### BEGIN SOLUTION
    counts = {}
    for sentence in sentences:
        for word in sentence:
            counts[word] = counts.get(word, 0) + 1
    words = [w for w in counts if counts[w] >= min_count and w not in (EOS, UNK)]
    return [EOS, UNK, *sorted(words, key=lambda w: (-counts[w], w))]
    ### END SOLUTION


# %% [markdown]
# ## 9. From words to numbers
#
# Turn a sentence into the numbers of its words (page *A language model*): a word that is not in the vocabulary
# becomes the number of `UNK`, and the number of `EOS` is put at the end.
#
# With the vocabulary `[EOS, UNK, "the", "dog"]`, the sentence `["the", "old", "dog"]` becomes `[2, 1, 3, 0]`.
#
# | | | |
# | --- | --- | --- |
# | `tokens` | list of strings | the words of one sentence, maybe none |
# | `vocabulary` | list of strings | as above: `EOS` at 0, `UNK` at 1 |
# | `ids` | (number of words + 1,) | an array of integers |


# %% encode points=1
def encode(tokens, vocabulary):
    """The numbers of the words of a sentence, with that of EOS at the end.

    tokens: a list of words; vocabulary: a list of words, EOS and UNK first
    Returns ids, an array of integers with one entry more than there are tokens.
    """
    ### BEGIN SOLUTION
    number = {word: i for i, word in enumerate(vocabulary)}
    return np.array([number.get(word, number[UNK]) for word in tokens] + [number[EOS]])
    ### END SOLUTION


# %% [markdown]
# ## 10. One-hot
#
# Word number 3 is not three times word number 1. So a word goes into the network as a row that is 1 at its number and
# 0 everywhere else (page *A language model*):
#
# $$x_v = \begin{cases} 1 & \text{if } v \text{ is the word's number} \\ 0 & \text{otherwise} \end{cases}$$
#
# | | shape | |
# | --- | --- | --- |
# | `ids` | (...) | integers from 0 to V - 1; one number, a sentence (T,), a batch (T, N) |
# | `V` | an integer | the size of the vocabulary |
# | `x` | (..., V) | float64; one axis more than `ids` |


# %% one-hot points=1
def one_hot(ids, V):
    """A row with a single 1 for each number, along a new last axis.

    ids (...) integers from 0 to V - 1
    Returns x (..., V), float64.
    """
    ### BEGIN SOLUTION
    return np.eye(V)[ids]
    ### END SOLUTION


# %% [markdown]
# ## 11. How likely is a sentence?
#
# By the chain rule of probability, a sentence is as likely as its first word, times its second word given the first,
# and so on to its end (page *A language model*). In logarithms:
#
# $$\log P(w_1, \dots, w_T) = \sum_{t=1}^{T} \log p(w_t \mid w_1, \dots, w_{t-1})$$
#
# The network gives each factor. At step $t$ it has read the words *before* $w_t$, and its output is a guess at $w_t$:
#
# $$\begin{aligned} x_1 &= 0, \quad h_0 = 0, \quad x_{t+1} = \text{one-hot}(w_t), \\ p(\cdot \mid w_1, \dots, w_{t-1}) &= \mathrm{softmax}(o_t) \end{aligned}$$
#
# So the scores of step $t$ are never asked about a word that the network has already been shown.
#
# | | shape | |
# | --- | --- | --- |
# | `ids` | (T,) | the numbers of the words; the last one is that of `EOS`, and counts like the others |
# | `params` | dict | `W_xh` (V, H), `W_hh` (H, H), `b_h` (H,), `W_hy` (H, V), `b_y` (V,) |
# | result | a number | the log-probability, at most 0 |
#
# A long sentence has a probability too small for float64, and so may a single word; the logarithm of either is an
# ordinary number. Everything you need is above.


# %% log-prob points=1
def sentence_log_prob(ids, params):
    """The log-probability of a sentence under a language model.

    ids (T,) integers; params: dict of W_xh (V, H), W_hh (H, H), b_h (H,), W_hy (H, V), b_y (V,)
    Returns a number.
    """
    ### BEGIN SOLUTION
    T = len(ids)
    V, H = params["W_xh"].shape
    x = np.zeros((T, 1, V))
    x[1:, 0] = one_hot(ids[:-1], V)
    h, _ = rnn_forward(x, np.zeros((1, H)), params["W_xh"], params["W_hh"], params["b_h"])
    o, _ = output_forward(h, params["W_hy"], params["b_y"])
    return -T * cross_entropy(o[:, 0], ids)
    ### END SOLUTION


# %% [markdown]
# ## 12. Let it speak
#
# Now the network writes. At each step it draws a word from its own guess, and reads that word at the next step
# (page *Training and sampling*):
#
# $$w_t \sim p_t = \mathrm{softmax}(o_t / \tau), \qquad x_1 = 0, \quad h_0 = 0, \quad x_{t+1} = \text{one-hot}(w_t)$$
#
# The temperature $\tau$ divides the scores: below 1 the likely words become likelier still, above 1 all become more
# equal.
#
# Chance comes in from outside, as numbers $u_t$ drawn evenly from $[0, 1)$, one for each step. Think of the
# probabilities as pieces laid side by side along the line from 0 to 1, word 0 first; $w_t$ is the word in whose piece
# $u_t$ lies. In numbers: the first word $v$ for which $p_t(0) + \dots + p_t(v)$ is *larger than* $u_t$. Rounding
# can leave the sum of all probabilities a hair below 1 and $u_t$ above it: then it is the last word.
#
# Stop after the first `eos`, which is part of the result, or when the numbers are used up.
#
# | | shape | |
# | --- | --- | --- |
# | `params` | dict | as in exercise 11 |
# | `uniforms` | (T_max,) | the numbers $u_t$ |
# | `temperature` | a number above 0 | $\tau$ |
# | `eos` | an integer | the number of the word that ends the sentence; outside 0 to V - 1, no word ends it |
# | `ids` | (T,), T at most T_max | an array of integers |


# %% sample points=2
def sample_sequence(params, uniforms, temperature=1.0, eos=0):
    """Draw a sentence word by word from a language model.

    params: dict of W_xh (V, H), W_hh (H, H), b_h (H,), W_hy (H, V), b_y (V,)
    uniforms (T_max,): one number of [0, 1) for each step
    Returns ids, an array of integers that ends after the first eos, or has T_max entries.
    """
    ### BEGIN SOLUTION
    V, H = params["W_xh"].shape
    x, h = np.zeros((1, V)), np.zeros((1, H))
    ids = []
    for u in uniforms:
        h, _ = rnn_cell_forward(x, h, params["W_xh"], params["W_hh"], params["b_h"])
        o, _ = output_forward(h, params["W_hy"], params["b_y"])
        cumulative = np.cumsum(softmax(o / temperature)[0])
        w = min(int(np.searchsorted(cumulative, u, side="right")), V - 1)
        ids.append(w)
        if w == eos:
            break
        x = one_hot(np.array([w]), V)
    return np.array(ids)
    ### END SOLUTION


# %% [markdown]
# ## 13. A network that adds
#
# Choose the weights of a network by hand, so that it adds two binary numbers of any length (page *What can it
# compute?*). No training: you know the algorithm. Add the two bits and the carry, write down one bit, carry the
# other.
#
# At step $t$ the network reads $x_t = (a_t, b_t)$, each 0 or 1, the *lowest* bits first. Its output is one number;
# the bit of the sum is 1 where $o_t > 0.5$, else 0. After the last bits two zeros are read, so that the last carry
# comes out. It is the network that you have built, nothing else:
#
# $$h_t = \tanh(x_t W_{xh} + h_{t-1} W_{hh} + b_h), \qquad o_t = h_t W_{hy} + b_y, \qquad h_0 = 0$$
#
# For example 3 + 1 = 4: it reads (1, 1), (1, 0), (0, 0), and must answer 0, 0, 1.
#
# | | shape | |
# | --- | --- | --- |
# | `W_xh` | (2, H) | as many hidden units as you like, up to 100 |
# | `W_hh` | (H, H) | |
# | `b_h` | (H,) | |
# | `W_hy` | (H, 1) | |
# | `b_y` | (1,) | |
#
# The check tries short numbers. The hidden tests go on to numbers of 500 bits. Any weights that add are right.
#
# Some help:
# - A unit with large weights is a switch: $\tanh(100\,z)$ is 1 or -1, unless $z$ is very near 0.
# - Let $s$ be how many of the two bits and the carry are 1. One switch each for $s \ge 1$, $s \ge 2$ and $s \ge 3$ is
#   all that is needed. Which of them is the carry?
# - At the first step the state is 0, neither 1 nor -1. It must mean "no carry" too: mind where you put the thresholds.


# %% adder points=2
def adder_weights():
    """Weights that make the simple RNN add binary numbers.

    Returns a dict of W_xh (2, H), W_hh (H, H), b_h (H,), W_hy (H, 1), b_y (1,).
    """
    ### BEGIN SOLUTION
    gain = 100.0
    # Unit k = 1, 2, 3 is +1 if s >= k, else -1, and unit 2 is the carry: +1, or -1 (at first 0) for none. The carry
    # adds 1/2, 0 or -1/2 to a + b, so the sum lies at s - 1/2, or for no carry at s or s - 1/2.
    # A threshold of k - 3/4 has the right side of all of these.
    W_hh = np.zeros((3, 3))
    W_hh[1] = gain / 2
    return {
        "W_xh": np.full((2, 3), gain),
        "W_hh": W_hh,
        "b_h": -gain * (np.array([1, 2, 3]) - 0.75),
        "W_hy": np.array([[0.5], [-0.5], [0.5]]),
        "b_y": np.array([0.5]),
    }
    ### END SOLUTION


# %% [markdown]
# ## 14. Both directions
#
# A bidirectional network is two networks: one reads from left to right, the other from right to left, each with its
# own weights and its own first state (page *Bidirectional networks*):
#
# $$\begin{aligned} \overrightarrow{h}_t &= \tanh(x_t \overrightarrow{W}_{xh} + \overrightarrow{h}_{t-1} \overrightarrow{W}_{hh} + \overrightarrow{b}_h), \\ \overleftarrow{h}_t &= \tanh(x_t \overleftarrow{W}_{xh} + \overleftarrow{h}_{t+1} \overleftarrow{W}_{hh} + \overleftarrow{b}_h) \end{aligned}$$
#
# $$h_t = [\overrightarrow{h}_t, \overleftarrow{h}_t]$$
#
# At each step the two states are put side by side: both have read $x_t$, one after all that comes before it, the
# other after all that comes behind it.
#
# | | shape | |
# | --- | --- | --- |
# | `x` | (T, N, D) | inputs |
# | `h0` | (2, N, H) | `h0[0]` for the network that reads from left to right, `h0[1]` for the other |
# | `forward` | tuple | `(W_xh, W_hh, b_h)` of the network that reads from left to right |
# | `backward` | tuple | the same of the other |
# | `h` | (T, N, 2H) | `h[t]` holds the two states that have read `x[t]` last |
#
# The cache is the pair of what `rnn_forward` gave as caches. It is not marked.


# %% birnn points=1
def birnn_forward(x, h0, forward, backward):
    """The bidirectional RNN over a sequence.

    x (T, N, D), h0 (2, N, H), forward and backward: tuples (W_xh, W_hh, b_h)
    Returns (h, cache): h (T, N, 2H); the cache is not marked.
    """
    ### BEGIN SOLUTION
    h_right, cache_right = rnn_forward(x, h0[0], *forward)
    h_left, cache_left = rnn_forward(x[::-1], h0[1], *backward)
    return np.concatenate([h_right, h_left[::-1]], axis=-1), (cache_right, cache_left)
    ### END SOLUTION


# %% [markdown]
# ## 15. Layers
#
# A deep network stacks networks: the states of one layer are the inputs of the next (page *Deep
# networks*). With $h_t^{(0)} = x_t$, for $l = 1, \dots, L$:
#
# $$h_t^{(l)} = \tanh(h_t^{(l-1)} W_{xh}^{(l)} + h_{t-1}^{(l)} W_{hh}^{(l)} + b_h^{(l)})$$
#
# | | shape | |
# | --- | --- | --- |
# | `x` | (T, N, D) | inputs of the first layer |
# | `h0` | (L, N, H) | `h0[l - 1]` is the first state of layer $l$ |
# | `layers` | list of L tuples | `(W_xh, W_hh, b_h)`, lowest layer first; `W_xh` is (D, H) in the first, (H, H) in the others |
# | `h` | (T, N, H) | the states of the top layer |
#
# The cache is the list of what `rnn_forward` gave as caches, lowest layer first. It is not marked.


# %% deep points=1
def deep_rnn_forward(x, h0, layers):
    """The deep RNN over a sequence.

    x (T, N, D), h0 (L, N, H), layers: a list of L tuples (W_xh, W_hh, b_h)
    Returns (h, cache): h (T, N, H), the states of the top layer; the cache is not marked.
    """
    ### BEGIN SOLUTION
    h = x
    cache = []
    for h0_layer, weights in zip(h0, layers, strict=True):
        h, layer_cache = rnn_forward(h, h0_layer, *weights)
        cache.append(layer_cache)
    return h, cache
    ### END SOLUTION


# %% [markdown]
# ## 16. In your own words
#
# Two questions, three or four sentences each. 1 point, marked by hand.
#
# 1. In exercise 3, why is the sound forgotten for $w = 0.5$, and remembered for ever for $w = 2$? Say what
#    $h \mapsto \tanh(w\,h)$ does to a state that is a little away from where it settles.
# 2. Your network of exercise 13 adds numbers of 500 bits. A feed-forward network that was built to add numbers of 8
#    bits cannot even be asked about 9. Which property of the recurrent network makes the difference, and what must
#    its state hold for that?

# %% memory [markdown] points=1
# ### BEGIN SOLUTION
# 1. For w = 0.5 the curve tanh(w h) lies below the diagonal for every h > 0 (and above it for h < 0): each step brings
# the state nearer to 0, by at least a half, and 0 is the only state that stays. For w = 2 the slope at 0 is 2, so a
# small state grows, and there are two more states that stay, about +0.957 and -0.957. Near these the slope is less
# than 1 (about 0.17), so a state that is a little off is pulled back at every step: errors shrink, they do not add up.
# Which of the two it is remembers the sign of the sound: one bit, kept for ever.
#
# 2. The same weights are used at every step (parameter sharing): there is no weight that belongs to bit 9, so none
# can be missing. The feed-forward network has its own weights for each position: for bit 9 there are none, and what
# it knows about bit 3 says nothing about bit 4. The state must hold all that later steps need of the earlier ones:
# here the carry, one bit, held as in question 1, where rounding cannot wear it away.
#
# Marking scheme, 1 point:
# - 0.25: w = 0.5: 0 is the only fixed point, every state shrinks towards it.
# - 0.25: w = 2: two further fixed points, which attract: a small error shrinks. (Saying only "the weight is larger
#   than 1, so it grows" earns nothing here: it does not grow without end.)
# - 0.25: the same weights at every step; the feed-forward network has weights for each position.
# - 0.25: the state holds the carry, and only the carry is needed from the past.
# Wording and order are free; a drawing or a computed example counts like a sentence.
# ### END SOLUTION

# %% goodbye [markdown]
# ## Before you hand in
#
# Restart the kernel and run all cells from top to bottom. If every check prints its line, hand in. An exercise that
# is not answered yet stops the run with a NotImplementedError; the others are marked all the same.
