"""Right answers to the exercises of the assignment `bptt`, written in other ways.

The code uses only NumPy and the names that the notebook defines, so that it can be pasted into a
notebook.
"""

import numpy as np

from autograder.testing import alternative

# The two functions that the notebook's first cell defines.


def forward(x, h0, params):
    h = [h0]
    for x_t in x:
        h.append(np.tanh(x_t @ params["W_xh"] + h[-1] @ params["W_hh"] + params["b_h"]))
    h = np.stack(h[1:])
    return h, h @ params["W_hy"] + params["b_y"]


def loss_of(x, y, h0, params):
    o = forward(x, h0, params)[1]
    return np.sum((o - y) ** 2) * 0.5 / len(h0)


# 1. The error of an output


@alternative("output_error")
def error_by_one_hot(o_t, y_t, loss="squared"):
    """Both losses end in the same line: a prediction less a target."""
    prediction, target = o_t, y_t
    if loss == "cross-entropy":
        shifted = o_t - o_t.max(axis=-1)[:, None]
        prediction = np.exp(shifted - np.log(np.exp(shifted).sum(axis=-1))[:, None])
        target = np.eye(o_t.shape[1], dtype=o_t.dtype)[y_t]
    return (prediction - target) / o_t.shape[0]


@alternative("output_error")
def error_row_by_row(o_t, y_t, loss="squared"):
    """Each sequence by itself, in an array of its own."""
    do_t = np.zeros_like(o_t)
    for n in range(len(o_t)):
        if loss == "squared":
            do_t[n] = o_t[n] - y_t[n]
        else:
            do_t[n] = np.exp(o_t[n] - max(o_t[n]))
            do_t[n] /= sum(do_t[n])
            do_t[n, y_t[n]] -= 1
    do_t /= len(o_t)
    return do_t


# 2. The last state


@alternative("last_state_gradient")
def last_state_by_einsum(do_T, W_hy):
    """The sum of the task, index by index."""
    return np.einsum("nk,ik->ni", do_T, W_hy)


@alternative("last_state_gradient")
def last_state_from_the_left(do_T, W_hy):
    """Columns in place of rows, and turned back."""
    return (W_hy @ do_T.T).T


# 3. Any other state


@alternative("state_gradient")
def state_by_the_last_state(do_t, dh_next, h_next, W_hy, W_hh):
    """The term from above is exercise 2."""
    slope = (1 - h_next) * (1 + h_next)
    return last_state_gradient(do_t, W_hy) + np.einsum("nj,nj,ij->ni", dh_next, slope, W_hh)


@alternative("state_gradient")
def state_by_jacobians(do_t, dh_next, h_next, W_hy, W_hh):
    """A Jacobian for each sequence."""
    dh_t = do_t @ W_hy.T
    for n in range(len(dh_t)):
        dh_t[n] += (W_hh * (1 - h_next[n] ** 2)) @ dh_next[n]
    return dh_t


# 4. The biases


@alternative("bias_gradients")
def biases_step_by_step(do, dh, h):
    """A loop over the steps."""
    db_h, db_y = np.zeros(h.shape[2]), np.zeros(do.shape[2])
    for t in range(len(h)):
        db_h += (dh[t] * (1 - h[t] ** 2)).sum(axis=0)
        db_y += do[t].sum(axis=0)
    return db_h, db_y


@alternative("bias_gradients")
def biases_of_rows(do, dh, h):
    """Time and batch as one axis; a list is as good as a tuple."""
    da = dh - dh * h * h
    return [da.reshape(-1, da.shape[-1]).sum(0), do.reshape(-1, do.shape[-1]).sum(0)]


# 5. The weights of the output


@alternative("output_weight_gradient")
def output_weights_step_by_step(h, do):
    """A product for each step, added up."""
    return sum(h_t.T @ do_t for h_t, do_t in zip(h, do, strict=True))


@alternative("output_weight_gradient")
def output_weights_of_rows(h, do):
    """Time and batch as one axis, one product."""
    return np.tensordot(h, do, axes=((0, 1), (0, 1)))


# 6. The recurrent weights


@alternative("recurrent_weight_gradient")
def recurrent_weights_from_the_end(h0, h, dh):
    """From the last step to the first, in an array of its own."""
    dW_hh = np.zeros((h.shape[2], h.shape[2]))
    for t in range(len(h) - 1, 0, -1):
        dW_hh += h[t - 1].T @ (dh[t] * (1 - h[t] ** 2))
    return dW_hh + h0.T @ (dh[0] * (1 - h[0] ** 2))


@alternative("recurrent_weight_gradient")
def recurrent_weights_in_two_parts(h0, h, dh):
    """The first step by itself, the others in one product."""
    da = dh * (1 - h * h)
    later = np.tensordot(h[:-1], da[1:], axes=((0, 1), (0, 1)))
    return h0.T @ da[0] + later


# 7. The weights of the input


@alternative("input_weight_gradient")
def input_weights_step_by_step(x, h, dh):
    """A product for each step, added up."""
    dW_xh = np.zeros((x.shape[2], h.shape[2]))
    for x_t, h_t, dh_t in zip(x, h, dh, strict=True):
        dW_xh += x_t.T @ (dh_t * (1 - h_t**2))
    return dW_xh


@alternative("input_weight_gradient")
def input_weights_by_outer_products(x, h, dh):
    """An outer product for each step of each sequence."""
    products = x[..., :, None] * (dh * (1 - h**2))[..., None, :]
    return products.sum(axis=(0, 1))


# 8. Predict, then run


@alternative("predict_first_gradient")
def prediction_by_running():
    """Computes what was to be predicted."""
    words = {}
    weights, starts = (0.5, 1, 2, 2, -1, 2), (0, 0, 0, 1, 0, 0.001)
    for case, w, h in zip("abcdef", weights, starts, strict=True):
        gradient = 1.0
        for _ in range(100):
            h = np.tanh(w * h)
            gradient *= w * (1 - h**2)
        words[case] = "stays"
        if abs(gradient) < 0.5:
            words[case] = "vanishes"
        if abs(gradient) > 2:
            words[case] = "explodes"
    return words


# 9. One step back


@alternative("rnn_cell_backward")
def cell_with_concatenated_weights(dh, cache):
    """Input and state side by side, with one matrix."""
    x, h_prev, W_xh, W_hh, h = cache
    D = x.shape[1]
    da = dh * (1 - h) * (1 + h)
    together = da @ np.concatenate([W_xh, W_hh]).T
    weights = np.concatenate([x, h_prev], axis=1).T @ da
    return [together[:, :D], together[:, D:], weights[:D], weights[D:], sum(da)]


@alternative("rnn_cell_backward")
def cell_by_einsum(dh, cache):
    """Index by index; the activation is computed once more."""
    x, h_prev, W_xh, W_hh, h = cache
    da = np.einsum("nj,nj->nj", dh, 1 - h**2)
    return (
        np.einsum("nj,dj->nd", da, W_xh),
        np.einsum("nj,ij->ni", da, W_hh),
        np.einsum("nd,nj->dj", x, da),
        np.einsum("ni,nj->ij", h_prev, da),
        np.einsum("nj->j", da),
    )


# 10. The whole way back


@alternative("rnn_backward_with_output")
def way_back_line_by_line(x, h0, h, do, params):
    """By exercises 2 to 7: first all states, then all parameters."""
    dh = np.zeros_like(h)
    dh[-1] = last_state_gradient(do[-1], params["W_hy"])
    for t in range(len(h) - 2, -1, -1):
        dh[t] = state_gradient(do[t], dh[t + 1], h[t + 1], params["W_hy"], params["W_hh"])
    db_h, db_y = bias_gradients(do, dh, h)
    grads = {
        "b_y": db_y,
        "b_h": db_h,
        "W_hy": output_weight_gradient(h, do),
        "W_hh": recurrent_weight_gradient(h0, h, dh),
        "W_xh": input_weight_gradient(x, h, dh),
    }
    da = dh * (1 - h**2)
    return grads, da @ params["W_xh"].T, da[0] @ params["W_hh"].T


@alternative("rnn_backward_with_output")
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


# 11. Measure the slope


@alternative("directional_check")
def slopes_one_after_the_other(x, y, h0, params, grads, direction, step=1e-5):
    """A function along the line, and a loop for the claim."""

    def along(way):
        return loss_of(x, y, h0, {name: p + way * direction[name] for name, p in params.items()})

    claimed = 0.0
    for name in grads:
        claimed += np.vdot(grads[name], direction[name])
    return along(step) / (2 * step) - along(-step) / (2 * step), claimed


@alternative("directional_check")
def slopes_of_one_long_vector(x, y, h0, params, grads, direction, step=1e-5):
    """All parameters put into one vector, and taken out again."""
    names = list(params)

    def flat(arrays):
        return np.concatenate([arrays[name].ravel() for name in names])

    def unflat(vector):
        cuts = np.cumsum([params[name].size for name in names])[:-1]
        parts = zip(names, np.split(vector, cuts), strict=True)
        return {name: part.reshape(params[name].shape) for name, part in parts}

    theta, v = flat(params), flat(direction)
    ends = [loss_of(x, y, h0, unflat(theta + way * v)) for way in (-step, step)]
    return [float(np.diff(ends)[0] / step / 2), float(flat(grads) @ v)]


# 12. Find the bug


@alternative("worst_parameter")
def worst_by_moving_single_entries(x, y, h0, params, grads, tolerance=1e-4):
    """Every entry moved in a copy of the parameters, without exercise 11."""
    worst, largest = None, tolerance
    for name in params:
        measured = []
        for i in range(params[name].size):
            losses = []
            for way in (1e-5, -1e-5):
                moved = {other: np.array(value) for other, value in params.items()}
                moved[name].flat[i] += way
                losses.append(loss_of(x, y, h0, moved))
            measured.append((losses[0] - losses[1]) / 2e-5)
        claimed = grads[name].ravel()
        size = np.sqrt(np.sum(np.square(measured))) + np.sqrt(np.sum(claimed**2))
        error = np.sqrt(np.sum((measured - claimed) ** 2)) / max(size, 1e-300)
        if error > largest:
            worst, largest = name, error
    return worst


# 13. Cut it off


@alternative("truncated_bptt")
def windows_run_one_after_the_other(x, y, h0, params, k):
    """Each window goes forward and back before the next begins."""
    L, total, N = 0.0, None, x.shape[1]
    for start in range(0, len(x), k):
        x_w, y_w = x[start : start + k], y[start : start + k]
        h, o = forward(x_w, h0, params)
        grads, _, _ = rnn_backward_with_output(x_w, h0, h, (o - y_w) / N, params)
        total = grads if total is None else {n: total[n] + grads[n] for n in grads}
        L += ((o - y_w) ** 2).sum() / (2 * N)
        h0 = h[-1]
    return L, total


@alternative("truncated_bptt")
def one_loop_with_a_cut(x, y, h0, params, k):
    """One way back, in which what comes from the right is left out at the ends of the windows."""
    h, o = forward(x, h0, params)
    grads = {name: np.zeros_like(value) for name, value in params.items()}
    from_right = np.zeros_like(h0)
    for t in reversed(range(len(x))):
        do = output_error(o[t], y[t])
        if (t + 1) % k == 0:
            from_right = np.zeros_like(h0)
        dh = do @ params["W_hy"].T + from_right
        cache = (x[t], h[t - 1] if t else h0, params["W_xh"], params["W_hh"], h[t])
        _, from_right, dW_xh, dW_hh, db_h = rnn_cell_backward(dh, cache)
        parts = (dW_xh, dW_hh, db_h, h[t].T @ do, do.sum(axis=0))
        for name, part in zip(("W_xh", "W_hh", "b_h", "W_hy", "b_y"), parts, strict=True):
            grads[name] += part
    return loss_of(x, y, h0, params), grads


# 14. Clip


@alternative("clip_gradients")
def clip_the_long_vector(grads, limit, how):
    """All gradients as one long vector."""
    everything = np.concatenate([g.ravel() for g in grads.values()])
    if not np.all(np.isfinite(everything)):
        return {name: 0 * np.ones_like(g) for name, g in grads.items()}, 0.0
    before = np.linalg.norm(everything)
    bound = limit if how == "value" else np.inf
    clipped = {name: np.maximum(np.minimum(g, bound), -bound) for name, g in grads.items()}
    if how == "norm" and before > limit:
        clipped = {name: g / before * limit for name, g in grads.items()}
    after = np.linalg.norm(np.concatenate([g.ravel() for g in clipped.values()]))
    return clipped, float(after / before) if before else 1.0


@alternative("clip_gradients")
def clip_by_cases(grads, limit, how):
    """Norms by a loop, entries by masks in copies."""

    def length(arrays):
        return sum(float((g * g).sum()) for g in arrays.values()) ** 0.5

    clipped = {name: np.array(g) for name, g in grads.items()}
    if any(np.isnan(g).any() or np.isinf(g).any() for g in grads.values()):
        for g in clipped.values():
            g[...] = 0
        return clipped, 0
    norm = length(grads)
    for g in clipped.values():
        if how == "norm":
            if norm > limit:
                g *= limit / norm
        else:
            g[g > limit] = limit
            g[g < -limit] = -limit
    return clipped, 1 if norm == 0 else length(clipped) / norm


# 15. The gradient from left to right


@alternative("rtrl_step")
def sensitivities_entry_by_entry(x_t, h_prev, S_prev, W_xh, W_hh, b_h):
    """The equation of the task in loops."""
    N, H = h_prev.shape
    h = np.tanh(x_t @ W_xh + h_prev @ W_hh + b_h)
    S = {name: np.zeros_like(value) for name, value in S_prev.items()}
    for n in range(N):
        for i in range(H):
            for name, source in (("W_xh", x_t[n]), ("W_hh", h_prev[n])):
                total = sum(W_hh[j, i] * S_prev[name][n, j] for j in range(H))
                total[:, i] += source
                S[name][n, i] = (1 - h[n, i] ** 2) * total
            total = W_hh[:, i] @ S_prev["b_h"][n]
            total[i] += 1
            S["b_h"][n, i] = (1 - h[n, i] ** 2) * total
    return h, S


@alternative("rtrl_step")
def sensitivities_by_jacobians(x_t, h_prev, S_prev, W_xh, W_hh, b_h):
    """The Jacobian of the step times the old sensitivities, all parameters in one axis."""
    h = np.tanh(x_t @ W_xh + h_prev @ W_hh + b_h)
    N, H = h.shape
    slope = (1 - h) * (1 + h)
    sources = {"W_xh": x_t, "W_hh": h_prev, "b_h": np.ones((N, 1))}
    S = {}
    for name, source in sources.items():
        jacobian = slope[:, :, None] * W_hh.T
        handed_on = jacobian @ S_prev[name].reshape(N, H, -1)
        at_once = slope[:, :, None, None] * source[:, None, :, None] * np.eye(H)[None, :, None, :]
        S[name] = handed_on.reshape(S_prev[name].shape) + at_once.reshape(S_prev[name].shape)
    return h, S


# 16. How far does a gradient reach?


@alternative("gradient_norms_by_lag")
def norms_of_the_transposed(h, W_hh):
    """The way of a gradient: the transposed Jacobians, in the other order."""
    norms = []
    product = np.eye(h.shape[2])
    for h_t in h[:0:-1]:
        product = product @ ((1 - h_t**2)[:, :, None] * W_hh.T)
        norms.append(np.linalg.svd(product, compute_uv=False).max(axis=-1))
    return np.array(norms)


@alternative("gradient_norms_by_lag")
def norms_by_eigenvalues(h, W_hh):
    """The largest singular value is the root of the largest eigenvalue of A A^T."""
    T, N, H = h.shape
    norms = np.zeros((T - 1, N))
    for lag in range(1, T):
        for n in range(N):
            A = np.eye(H)
            for t in range(T - lag, T):
                A = A @ W_hh @ np.diag(1 - h[t, n] ** 2)
            norms[lag - 1, n] = np.sqrt(np.linalg.eigvalsh(A @ A.T)[-1])
    return norms
