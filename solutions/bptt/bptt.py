# %% welcome [markdown]
# # Assignment: backpropagation through time
#
# You train a recurrent network by hand: you write the gradients of the simple RNN, first the lines of the derivation that
# are easily missed, then one backward pass. You measure that it is right, cut it short, compute it from left to right,
# and see what becomes of it on a long way.
#
# It goes with the chapter *Backpropagation through time*, and takes about two hours. There are 20 points.
#
# **How to work.** Delete the line `raise NotImplementedError()`, write your answer in its place, run the cell, then run the
# check below it. The check says at once what is wrong. Most answers take one to eight lines.
#
# **How it is marked.** By tests that you do not see: they say the same kind of thing as the checks, with other numbers and
# other sizes. A part of an exercise that works earns a part of its points. Where an exercise builds on an earlier one, it is
# marked with a right version of that, so a slip costs you once.
#
# **Rules.**
# - Answer in plain Python and NumPy. No other library is there when your notebook is marked.
# - Keep the names and the arguments of the functions, and leave each answer in its own cell. You may add helper functions
#   and cells of your own.
# - Never change an argument in place: an array that comes in must look the same afterwards.
# - float64 that comes in gives float64, and float32 gives float32. NumPy's operators do that by themselves; an array that you
#   make, as with `np.zeros`, is float64 unless you say otherwise.
# - Right numbers in a wrong form (an argument changed, a list for an array, another dtype, an axis of size 1 lost or
#   added, results in another order, other keys in a dict) cost 0.25 points, once for each kind in the whole assignment.
#
# **Sizes.** $T$ time steps, $N$ sequences side by side, $D$ input features, $H$ hidden units, $K$ outputs. Vectors are
# rows, and time comes first: `x` is (T, N, D), so `x[t]` is a batch (N, D). Python counts from 0: the mathematical
# $h_1$ is `h[0]`, and $h_0$ has a name of its own, `h0`.
#
# **Gradients.** `dX` stands for $\partial L / \partial X$ and has the shape of `X`. It is the *total* derivative: $dh_t$
# counts everything through which $h_t$ acts on the loss.
#
# **The network and the loss**, which the cell below holds:
#
# $$\begin{aligned} h_t &= \tanh(x_t W_{xh} + h_{t-1} W_{hh} + b_h), \qquad o_t = h_t W_{hy} + b_y, \\ L &= \frac{1}{M} \sum_{t=1}^{T} \sum_{n=1}^{N} \tfrac12 \lVert o_{t,n} - y_{t,n} \rVert^2, \qquad M = T N \end{aligned}$$
#
# $L$ is a mean over all $M$ predictions: one for each step of each sequence. `params` is a dict of the five parameters:
# `W_xh` (D, H), `W_hh` (H, H), `b_h` (H,), `W_hy` (H, K), `b_y` (K,).

# %% set-up
import numpy as np

from course_lib.checks import bptt as checks


def forward(x, h0, params):
    """The network: x (T, N, D), h0 (N, H) -> the states h (T, N, H) and the outputs o (T, N, K)."""
    states = np.empty((len(x), *h0.shape), dtype=h0.dtype)
    for t in range(len(x)):
        before = states[t - 1] if t > 0 else h0
        states[t] = np.tanh(x[t] @ params["W_xh"] + before @ params["W_hh"] + params["b_h"])
    return states, states @ params["W_hy"] + params["b_y"]


def loss_of(x, y, h0, params):
    """The loss L: a mean over all steps and sequences. y (T, N, K)."""
    _, o = forward(x, h0, params)
    return 0.5 * np.sum((o - y) ** 2) / (x.shape[0] * x.shape[1])


# %% [markdown]
# ## 1. The error of an output
#
# The way back begins at the top, at the outputs (page *The derivation, line by line*). For the squared error and for the
# cross-entropy of a softmax it is nearly the same line at each step:
#
# $$
# \begin{aligned}
# L &= \frac{1}{M} \sum_{t,n} \tfrac12 \lVert o_{t,n} - y_{t,n} \rVert^2 & do_t &= \frac{1}{M}\,(o_t - y_t), \qquad M = T N, \\
# L &= -\frac{1}{M} \sum_{t,n} \log \mathrm{softmax}(o_{t,n})_{y_{t,n}} & do_t &= \frac{1}{M}\,\bigl(\mathrm{softmax}(o_t) - \text{one-hot}(y_t)\bigr).
# \end{aligned}
# $$
#
# Write it for all steps at once.
#
# | | shape | |
# | --- | --- | --- |
# | `o` | (T, N, K) | the outputs; with `"cross-entropy"`: scores, not probabilities |
# | `y` | (T, N, K) | with `"squared"`: the targets |
# | `y` | (T, N) | with `"cross-entropy"`: the right classes, integers from 0 to K - 1 |
# | `loss` | a string | `"squared"` or `"cross-entropy"` |
# | `do` | (T, N, K) | the gradient of $L$ |
#
# Scores may be large: take the largest one of each prediction from its scores before `np.exp`.


# %% output-error points=1
def output_error(o, y, loss="squared"):
    """The gradient of the loss with respect to all outputs.

    o (T, N, K); y (T, N, K) for loss = "squared", (T, N) integers for loss = "cross-entropy"
    Returns do (T, N, K).
    """
    ### BEGIN SOLUTION
    T, N, K = o.shape
    if loss == "squared":
        return (o - y) / (T * N)
    e = np.exp(o - o.max(axis=-1, keepdims=True))
    p = e / e.sum(axis=-1, keepdims=True)
    one_hot = y[..., None] == np.arange(K)
    return (p - one_hot) / (T * N)
    ### END SOLUTION


# %% [markdown]
# ## 2. A state
#
# A state acts on the loss in two ways: through its output, from *above*, and through the next state, from the *right*
# (page *The derivation, line by line*). The gradient is the sum of both:
#
# $$dh_t = \underbrace{\;\cdots\;}_{\text{through } o_t} + \underbrace{\;\cdots\;}_{\text{through } h_{t+1}}, \qquad \begin{aligned} o_t &= h_t W_{hy} + b_y, \\ h_{t+1} &= \tanh(x_{t+1} W_{xh} + h_t W_{hh} + b_h) \end{aligned}$$
#
# A change of one unit of $h_t$ changes all $K$ outputs, each as much as the weight in between says. For the second term, go
# back from $h_{t+1}$ through the tanh, then through the product with $W_{hh}$. The derivative of the tanh can be had from
# its value: $\tanh'(a) = 1 - \tanh(a)^2$.
#
# | | shape | |
# | --- | --- | --- |
# | `do_t` | (N, K) | the gradient of the outputs of step $t$ |
# | `dh_next` | (N, H) | $dh_{t+1}$, the total gradient of the state behind |
# | `h_next` | (N, H) | $h_{t+1}$, that state itself |
# | `W_hy`, `W_hh` | (H, K), (H, H) | |
# | `dh_t` | (N, H) | the total gradient of the state of step $t$ |


# %% state points=2
def state_gradient(do_t, dh_next, h_next, W_hy, W_hh):
    """The total gradient of a state: from above, through its output, and from the right.

    do_t (N, K), dh_next (N, H), h_next (N, H), W_hy (H, K), W_hh (H, H)
    Returns dh_t (N, H).
    """
    ### BEGIN SOLUTION
    from_above = do_t @ W_hy.T
    da_next = dh_next * (1 - h_next**2)
    return from_above + da_next @ W_hh.T
    ### END SOLUTION


# %% [markdown]
# ## 3. The recurrent weights
#
# From here on the gradients of all states, `dh`, are known. A weight stands between what goes in and what comes out. Its
# gradient at one step is the product of the two: what went in, times the gradient of what came out (page *The derivation,
# line by line*). All steps and sequences are added up. For $W_{hh}$, out comes $a_t$, which is inside the tanh,
# $h_t = \tanh(a_t)$. And in goes the state *before*:
#
# $$\frac{\partial L}{\partial W_{hh}[i, j]} = \sum_{t=1}^{T} \sum_{n=1}^{N} h_{t-1}[n, i]\; da_t[n, j]$$
#
# Mind the first step: what goes in there is $h_0$, which is not among the states in `h`.
#
# | | shape | |
# | --- | --- | --- |
# | `h0` | (N, H) | the state before the first step |
# | `h` | (T, N, H) | the states $h_1, \dots, h_T$ |
# | `dh` | (T, N, H) | their total gradients |
# | `dW_hh` | (H, H) | |
#
# The mean over the predictions, $1/M$, is in `dh` already.


# %% recurrent-weight points=1
def recurrent_weight_gradient(h0, h, dh):
    """The gradient of W_hh.

    h0 (N, H), h (T, N, H), dh (T, N, H)
    Returns dW_hh (H, H).
    """
    ### BEGIN SOLUTION
    h_prev = np.concatenate([h0[None], h[:-1]])
    da = dh * (1 - h**2)
    return np.einsum("tni,tnj->ij", h_prev, da)
    ### END SOLUTION


# %% [markdown]
# ## 4. Predict, then run
#
# How much of a gradient arrives after a hundred steps? Look at the smallest network there is: one unit, no input, no bias
# (page *Vanishing and exploding gradients*).
#
# $$h_t = \tanh(w\,h_{t-1}), \qquad t = 1, \dots, 100$$
#
# There is one loss, at the end, and $dh_{100} = 1$. How large is $dh_0$, without its sign?
#
# | case | $w$ | $h_0$ |
# | --- | --- | --- |
# | a | 0.5 | 0 |
# | b | 1 | 0 |
# | c | 2 | 0 |
# | d | 2 | 1 |
# | e | -1 | 0 |
# | f | 2 | 0.001 |
#
# For each case choose one of these words:
#
# | word | the size of $dh_0$ |
# | --- | --- |
# | `"vanishes"` | less than a millionth |
# | `"stays"` | exactly 1 |
# | `"explodes"` | more than a million |
#
# First predict, with pencil and paper: what does one step of exercise 2 multiply the gradient by? Then run the cell below,
# which sends a gradient back through *your* exercise 2. You may change your answers afterwards. Cases count two by two,
# a with b, c with d, e with f: both must be right.


# %% predict points=1
def predict_first_gradient():
    """Returns a dict with the keys "a" to "f"; each value is one of the three words."""
    ### BEGIN SOLUTION
    return {
        "a": "vanishes",
        "b": "stays",
        "c": "explodes",
        "d": "vanishes",
        "e": "stays",
        "f": "vanishes",
    }
    ### END SOLUTION


# %% [markdown]
# ## 5. One step back
#
# Now the backward pass as a program has it: one function that undoes one step of the cell (page *In code, and how to
# check it*). It gets the total gradient of the state that came out, and the cache that the forward step left
# behind. It gives back the gradients of everything that went in, *through this step*:
#
# $$\begin{aligned} a &= x W_{xh} + h_{prev} W_{hh} + b_h, \qquad h = \tanh(a), \\ dh \;&\mapsto\; dx,\; dh_{prev},\; dW_{xh},\; dW_{hh},\; db_h \end{aligned}$$
#
# Work out $da$ once; all five need it.
#
# | | shape | |
# | --- | --- | --- |
# | `dh` | (N, H) | the total gradient of `h` |
# | `cache` | tuple | `(x, h_prev, W_xh, W_hh, h)`: (N, D), (N, H), (D, H), (H, H), (N, H) |
# | `dx` | (N, D) | |
# | `dh_prev` | (N, H) | what goes on to the step before: the part from the right |
# | `dW_xh`, `dW_hh`, `db_h` | (D, H), (H, H), (H,) | what this step adds to the gradients of the parameters |


# %% cell points=2
def rnn_cell_backward(dh, cache):
    """The way back through one step of the simple RNN.

    dh (N, H); cache = (x, h_prev, W_xh, W_hh, h) of the forward step
    Returns (dx, dh_prev, dW_xh, dW_hh, db_h).
    """
    ### BEGIN SOLUTION
    x, h_prev, W_xh, W_hh, h = cache
    da = dh * (1 - h**2)
    return da @ W_xh.T, da @ W_hh.T, x.T @ da, h_prev.T @ da, da.sum(axis=0)
    ### END SOLUTION


# %% [markdown]
# ## 6. The whole way back
#
# Go back through a sequence, last step first, output layer and all (page *In code, and how to check it*). At each step
# the state gets its gradient from above, through $W_{hy}$, and from the right, from the step that you have just left:
#
# $$dh_t = do_t W_{hy}^\top + dh_t^{\text{from the right}}, \qquad dh_T^{\text{from the right}} = 0, \qquad dW = \sum_{t=1}^{T} dW^{(t)}$$
#
# $dW^{(t)}$ is what step $t$ adds to the gradient of a parameter that all steps share.
#
# | | shape | |
# | --- | --- | --- |
# | `x` | (T, N, D) | the inputs |
# | `h0` | (N, H) | the state before the first step |
# | `h` | (T, N, H) | the states, as `forward` gives them |
# | `do` | (T, N, K) | the gradients of all outputs |
# | `params` | dict | the five parameters |
# | `grads` | dict | the gradient of each parameter, under the same five names |
# | `dx` | (T, N, D) | the gradients of the inputs |
# | `dh0` | (N, H) | the gradient of the state before the first step |
#
# Use `rnn_cell_backward`. The output layer is used at every step, too.


# %% sequence points=3
def rnn_backward_with_output(x, h0, h, do, params):
    """The way back through a sequence, with the output layer.

    x (T, N, D), h0 (N, H), h (T, N, H), do (T, N, K), params: dict of W_xh, W_hh, b_h, W_hy, b_y
    Returns (grads, dx, dh0): grads a dict as params, dx (T, N, D), dh0 (N, H).
    """
    ### BEGIN SOLUTION
    grads = {name: np.zeros_like(value) for name, value in params.items()}
    dx = np.empty_like(x)
    from_right = np.zeros_like(h0)
    for t in range(len(x) - 1, -1, -1):
        h_prev = h[t - 1] if t > 0 else h0
        dh = do[t] @ params["W_hy"].T + from_right
        cache = (x[t], h_prev, params["W_xh"], params["W_hh"], h[t])
        dx[t], from_right, dW_xh, dW_hh, db_h = rnn_cell_backward(dh, cache)
        grads["W_xh"] += dW_xh
        grads["W_hh"] += dW_hh
        grads["b_h"] += db_h
        grads["W_hy"] += h[t].T @ do[t]
        grads["b_y"] += do[t].sum(axis=0)
    return grads, dx, from_right
    ### END SOLUTION


# %% [markdown]
# ## 7. Measure the slope
#
# Are the gradients right? The loss itself can tell (page *In code, and how to check it*). Move *all* parameters a
# little way in some direction $v$, forward and backward, and see how the loss changes. The gradients claim to know it, too:
#
# $$\underbrace{\frac{L(\theta + \varepsilon v) - L(\theta - \varepsilon v)}{2 \varepsilon}}_{\text{measured}} \;\approx\; \underbrace{\sum_{\text{parameters } p} \;\sum_{\text{entries } i} dp_i\, v_{p,i}}_{\text{claimed}}$$
#
# Two runs of the network check all gradients together, however many parameters there are. Give back both numbers.
#
# | | shape | |
# | --- | --- | --- |
# | `x`, `y`, `h0` | (T, N, D), (T, N, K), (N, H) | what the loss is measured on |
# | `params` | dict | $\theta$, the five parameters |
# | `grads` | dict | their gradients, as someone claims |
# | `direction` | dict | $v$: an array for each parameter, of its shape |
# | `step` | a number | $\varepsilon$ |
# | `measured`, `claimed` | numbers | the two sides of the equation |
#
# `loss_of(x, y, h0, params)`, of the first cell, gives the loss.


# %% directional points=1
def directional_check(x, y, h0, params, grads, direction, step=1e-5):
    """The slope of the loss in a direction: as measured, and as the gradients claim.

    x (T, N, D), y (T, N, K), h0 (N, H); params, grads, direction: dicts of arrays of the same shapes
    Returns (measured, claimed), two numbers.
    """
    ### BEGIN SOLUTION
    ahead = {name: params[name] + step * direction[name] for name in params}
    behind = {name: params[name] - step * direction[name] for name in params}
    measured = (loss_of(x, y, h0, ahead) - loss_of(x, y, h0, behind)) / (2 * step)
    claimed = sum(np.sum(grads[name] * direction[name]) for name in params)
    return measured, claimed
    ### END SOLUTION


# %% [markdown]
# ## 8. Cut it off
#
# A long sequence is cut into windows of $k$ steps; the last window may be shorter. The network runs on from window to
# window as if nothing were cut. But each window goes back by itself, and no gradient crosses a cut (page *Truncated
# backpropagation*). With $t$ the last step of a window:
#
# $$dh_t = do_t W_{hy}^\top, \qquad\text{and not}\qquad do_t W_{hy}^\top + (\text{from the right})$$
#
# The first state of a window still gets its *value* from the window before: it goes into $dW_{hh}$ as a number.
#
# | | shape | |
# | --- | --- | --- |
# | `x`, `y`, `h0` | (T, N, D), (T, N, K), (N, H) | |
# | `params` | dict | the five parameters |
# | `k` | an integer, at least 1 | the length of a window; it may be larger than $T$ |
# | `L` | a number | the loss of the whole sequence (squared error), a mean over its $M$ predictions |
# | `grads` | dict | the five gradients, added up over all windows |
#
# Use `forward`, `loss_of`, and what you have written.


# %% truncated points=3
def truncated_bptt(x, y, h0, params, k):
    """Loss and gradients, with gradients that stay inside windows of k steps.

    x (T, N, D), y (T, N, K), h0 (N, H), params: dict of W_xh, W_hh, b_h, W_hy, b_y
    Returns (L, grads): a number, and a dict as params.
    """
    ### BEGIN SOLUTION
    h, o = forward(x, h0, params)
    do = output_error(o, y)
    grads = {name: np.zeros_like(value) for name, value in params.items()}
    for start in range(0, len(x), k):
        window = slice(start, start + k)
        before = h[start - 1] if start > 0 else h0
        part, _, _ = rnn_backward_with_output(x[window], before, h[window], do[window], params)
        for name in grads:
            grads[name] += part[name]
    return loss_of(x, y, h0, params), grads
    ### END SOLUTION


# %% [markdown]
# ## 9. Clip
#
# Now and then a gradient explodes, and one update throws the parameters far away. Clipping prevents it (page *A cliff, and
# clipping*). Let $g$ be all gradients together, as one long vector:
#
# $$\lVert g \rVert = \sqrt{\sum_{\text{parameters } p} \;\sum_{\text{entries } i} dp_i^2}, \qquad \text{factor} = \frac{\lVert \text{clipped } g \rVert}{\lVert g \rVert}$$
#
# If $\lVert g \rVert$ is larger than `limit`, all gradients are multiplied by the same number, so that the norm of all
# together becomes `limit`. Otherwise they stay as they are; if all of them are 0, the factor is 1.
#
# Write a version that copes with what explodes. If any entry is NaN or infinite, the step is to be left out: *all*
# gradients come back as zeros, and the factor is 0. Entries such as `1e200` are finite and their squares are not: divide all
# by the largest before you square.
#
# | | shape | |
# | --- | --- | --- |
# | `grads` | dict | arrays of any shapes, under any names |
# | `limit` | a number above 0 | |
# | `clipped` | dict | new arrays, under the same names |
# | `factor` | a number from 0 to 1 | what is left of the norm |


# %% clip points=1
def clip_gradients(grads, limit):
    """Gradients that are clipped by their common norm.

    grads: dict of arrays
    Returns (clipped, factor): a dict of new arrays, and the norm after over the norm before.
    """
    ### BEGIN SOLUTION
    everything = np.concatenate([g.ravel() for g in grads.values()])
    if not np.isfinite(everything).all():
        return {name: np.zeros_like(g) for name, g in grads.items()}, 0.0
    largest = np.abs(everything).max()
    if largest == 0:
        return {name: g.copy() for name, g in grads.items()}, 1.0
    norm = largest * np.linalg.norm(everything / largest)
    factor = min(limit / norm, 1.0)
    return {name: g * factor for name, g in grads.items()}, factor
    ### END SOLUTION


# %% [markdown]
# ## 10. The gradient from left to right
#
# Real-time recurrent learning never goes back (page *Real-time recurrent learning*). Beside the state it carries a
# *sensitivity*: how much each unit of the state depends on each parameter, over all ways. For $W_{hh}$ these are the numbers
#
# $$S_t[n, i, u, v] = \frac{\partial h_t[n, i]}{\partial W_{hh}[u, v]}$$
#
# They follow from those of the step before. The parameter acts on $h_t[n, i]$ at this step, and through all units $j$ of the
# state before:
#
# $$S_t[n, i, u, v] = \bigl(1 - h_t[n, i]^2\bigr) \Bigl( [i = v]\; h_{t-1}[n, u] + \sum_{j=1}^{H} W_{hh}[j, i]\; S_{t-1}[n, j, u, v] \Bigr)$$
#
# Here $[i = v]$ is 1 where $i = v$, and 0 elsewhere: a weight to unit $v$ acts at once on this unit only. For $W_{xh}$ it is the
# same with $x_t[n, u]$ in place of $h_{t-1}[n, u]$. For $b_h$ it is the same with 1 in this place, and without the index $u$.
#
# | | shape | |
# | --- | --- | --- |
# | `x_t`, `h_prev` | (N, D), (N, H) | the input, and the state before |
# | `S_prev` | dict | `W_xh` (N, H, D, H), `W_hh` (N, H, H, H), `b_h` (N, H, H) |
# | `W_xh`, `W_hh`, `b_h` | (D, H), (H, H), (H,) | |
# | `h` | (N, H) | the state after |
# | `S` | dict | as `S_prev`, for the state after |


# %% rtrl points=2
def rtrl_step(x_t, h_prev, S_prev, W_xh, W_hh, b_h):
    """One step of the state, and of its derivatives by the parameters.

    x_t (N, D), h_prev (N, H), W_xh (D, H), W_hh (H, H), b_h (H,)
    S_prev: dict of W_xh (N, H, D, H), W_hh (N, H, H, H), b_h (N, H, H)
    Returns (h, S): h (N, H), S a new dict as S_prev.
    """
    ### BEGIN SOLUTION
    h = np.tanh(x_t @ W_xh + h_prev @ W_hh + b_h)
    slope = 1 - h**2
    same = np.eye(len(b_h), dtype=b_h.dtype)
    direct = {
        "W_xh": np.einsum("nu,iv->niuv", x_t, same),
        "W_hh": np.einsum("nu,iv->niuv", h_prev, same),
        "b_h": same,
    }
    S = {}
    for name in direct:
        handed_on = np.einsum("ji,nj...->ni...", W_hh, S_prev[name])
        S[name] = np.einsum("ni,ni...->ni...", slope, direct[name] + handed_on)
    return h, S
    ### END SOLUTION


# %% [markdown]
# ## 11. How far does a gradient reach?
#
# On the way from the last state to an earlier one a gradient is multiplied by one Jacobian after the other (page *Vanishing
# and exploding gradients*). Their product says how much of a change in $h_{T-l}$ is left in $h_T$, $l$ steps later:
#
# $$J_t[i, j] = \frac{\partial h_t[j]}{\partial h_{t-1}[i]} = W_{hh}[i, j]\,\bigl(1 - h_t[j]^2\bigr), \qquad \frac{\partial h_T}{\partial h_{T-l}} = J_{T-l+1} \cdots J_{T-1}\, J_T$$
#
# Give back the spectral norm of the product, its largest singular value, for each lag $l = 1, \dots, T - 1$.
# `np.linalg.norm(A, ord=2)` is the spectral norm of a matrix `A`.
#
# | | shape | |
# | --- | --- | --- |
# | `h` | (T, H) | the states of one sequence of at least two steps |
# | `W_hh` | (H, H) | from state to state |
# | `norms` | (T - 1,) | `norms[l - 1]` is the norm for lag `l` |


# %% norms points=2
def gradient_norms_by_lag(h, W_hh):
    """The spectral norms of the derivatives of the last state by the states before it.

    h (T, H) with T at least 2, W_hh (H, H)
    Returns norms (T - 1,), lag 1 first.
    """
    ### BEGIN SOLUTION
    T, H = h.shape
    norms = np.empty(T - 1, dtype=h.dtype)
    product = np.eye(H)
    for lag in range(1, T):
        jacobian = W_hh * (1 - h[T - lag] ** 2)
        product = jacobian @ product
        norms[lag - 1] = np.linalg.norm(product, ord=2)
    return norms
    ### END SOLUTION


# %% [markdown]
# ## 12. In your own words
#
# Two questions, three or four sentences each. 1 point, marked by hand.
#
# 1. In exercise 4, the states of cases c and d start differently, at 0 and at 1, and have the same weight. In case d the
#    state remembers its sign for ever. Why does the gradient vanish there all the same, and why does it explode in case c?
#    What does this mean for learning by gradients to remember something for a long time?
# 2. Exercises 6 and 10 compute the same gradients. Which of the two needs less work for a sequence, and why? Name a
#    situation in which you would take the other one nevertheless.

# %% words [markdown] points=1
# ### BEGIN SOLUTION
# 1. Each step multiplies the gradient by w (1 - h_t^2). In case c the state stays 0, so the factor is w = 2 at each step, and
# 2^100 is more than a million. In case d the state settles near 0.958; there the factor is about 2 (1 - 0.917) = 0.17 and
# the product vanishes. That is no accident: a state that is kept for ever is kept because small changes die out, the slope
# at the attracting state is less than 1, and the same slope multiplies the gradient. What makes the memory safe hides from
# the loss what was stored: a network of this kind can hold information for long, but gradients hardly tell it what to hold.
#
# 2. Going back needs less: it carries one row of H numbers for each sequence (dh), and multiplies it by one matrix at each
# step, about H^2 operations. RTRL carries a derivative for each unit and each parameter, about H^3 numbers for W_hh, and
# multiplies each of them by W_hh: about H^4 operations. One takes RTRL when the sequence never ends or the network has to
# learn at each step: it needs no stored states, its memory does not grow with T, and the gradient is there at once. (For
# small networks.)
#
# Marking scheme, 1 point:
# - 0.25: each step multiplies by w (1 - h^2); c: h = 0 and the factor is 2; d: the unit is saturated, the factor is below 1.
# - 0.25: what is remembered safely lies where small changes die out, and there gradients do, too.
# - 0.25: one vector per sequence goes back; RTRL carries a matrix of sensitivities. (Only "RTRL is slower" earns nothing;
#   "the input is larger than the output" is not the reason.)
# - 0.25: online learning, endless sequences, or no memory for all states.
# Wording and order are free; a drawing or a computed example counts like a sentence.
# ### END SOLUTION

# %% goodbye [markdown]
# ## Before you hand in
#
# Restart the kernel and run all cells from top to bottom. If every check prints its line, hand in. An exercise that
# is not answered yet stops the run with a NotImplementedError; the others are marked all the same.
