"""The mutants of solutions that the hidden tests let through, with the reasons.

``MADE`` is how many mutants there are of each solution: all that are not in ``EQUIVALENT`` are
killed. A mutant is named by what is new in it; ``EQUIVALENT`` goes from a reason to such names.
"""

MADE = {
    "output_error": 248,
    "state_gradient": 98,
    "recurrent_weight_gradient": 74,
    "predict_first_gradient": 25,
    "rnn_cell_backward": 175,
    "rnn_backward_with_output": 868,
    "directional_check": 456,
    "truncated_bptt": 654,
    "clip_gradients": 260,
    "rtrl_step": 437,
    "gradient_norms_by_lag": 226,
}

EQUIVALENT: dict[str, dict[str, tuple[str, ...]]] = {
    "output_error": {
        "the two lines do not need one another": (
            "e = np.exp(o - o.max(axis=-1, keep…, behind T, N, K = o.shape",
            "one_hot = y[..., None] == np.arang…, behind e = np.exp(o - o.max(axis=-1, keep…",
        ),
        "small whole numbers are the same in every dtype": (
            "one_hot = y[..., None] == np.arange(K, dtype=float)",
            "one_hot = y[..., None] == np.arange(K, dtype=int)",
            "one_hot = y[..., None] == np.arange(K, dtype=np.float32)",
        ),
        "what is written over is the answer's own array, and not used again": (
            "p = np.divide(e, e.sum(axis=-1, keepdims=True), out=e)",
            "return np.subtract(p, one_hot, out=p) / (T * N)",
        ),
    },
    "state_gradient": {
        "the two lines do not need one another": (
            "da_next = dh_next * (1 - h_next **…, behind def state_gradient(do_t, dh_next, …",
        ),
        "what is written over is the answer's own array, and not used again": (
            "return np.add(from_above, da_next @ W_hh.T, out=from_above)",
        ),
    },
    "recurrent_weight_gradient": {
        "the two lines do not need one another": (
            "da = dh * (1 - h ** 2), behind def recurrent_weight_gradient(h0, …",
        )
    },
    "rnn_backward_with_output": {
        "the two lines do not need one another": (
            "cache = (x[t], h_prev, params['W_x…, behind h_prev = h[t - 1] if t > 0 else h0",
            "dh = do[t] @ params['W_hy'].T + fr…, behind for t in range(len(x) - 1, -1, -1)…",
            "dx = np.empty_like(x), behind def rnn_backward_with_output(x, h0…",
            "from_right = np.zeros_like(h0), behind grads = {name: np.zeros_like(value…",
            "grads['W_hh'] += dW_hh, behind dx[t], from_right, dW_xh, dW_hh, d…",
            "grads['W_hy'] += h[t].T @ do[t], behind grads['W_hh'] += dW_hh",
            "grads['b_h'] += db_h, behind grads['W_xh'] += dW_xh",
            "grads['b_y'] += do[t].sum(axis=0), behind grads['b_h'] += db_h",
        ),
        "all have T entries": (
            "for t in range(len(do) - 1, -1, -1):",
            "for t in range(len(dx) - 1, -1, -1):",
            "for t in range(len(h) - 1, -1, -1):",
        ),
        "a sum over all steps, of which step -1 is the last": (
            "grads['b_y'] += do[t - 1].sum(axis=0)",
        ),
        "the order of the names in a dict does not count": ("… in list(params.items())[::-1]}",),
    },
    "directional_check": {
        "the two lines do not need one another": (
            "behind = {name: params[name] - ste…, behind def directional_check(x, y, h0, pa…",
            "claimed = sum((np.sum(grads[name] …, behind behind = {name: params[name] - ste…",
        ),
        "all have the same names": (
            "ahead = {name: params[name] + step * direction[name] for name in direction}",
            "ahead = {name: params[name] + step * direction[name] for name in grads}",
            "behind = {name: params[name] - step * direction[name] for name in ahead}",
            "behind = {name: params[name] - step * direction[name] for name in direction}",
            "behind = {name: params[name] - step * direction[name] for name in grads}",
            "claimed = sum((np.sum(grads[name] * direction[name]) for name in ahead))",
            "claimed = sum((np.sum(grads[name] * direction[name]) for name in behind))",
            "claimed = sum((np.sum(grads[name] * direction[name]) for name in direction))",
            "claimed = sum((np.sum(grads[name] * direction[name]) for name in grads))",
        ),
        "the order of the names does not count": (
            "… in list(params)[::-1]))",
            "… in list(params)[::-1]}",
            "… in list(params)[::-1]}",
        ),
        "the step goes both ways": (
            "def directional_check(x, y, h0, params, grads, direction, step=-1e-05):",
        ),
    },
    "truncated_bptt": {
        "the two lines do not need one another": (
            "before = h[start - 1] if start > 0…, behind for start in range(0, len(x), k):",
            "grads = {name: np.zeros_like(value…, behind h, o = forward(x, h0, params)",
        ),
        "all have T steps and N sequences": (
            "for start in range(0, len(do), k):",
            "for start in range(0, len(h), k):",
            "for start in range(0, len(o), k):",
            "for start in range(0, len(y), k):",
        ),
        "a window without a step adds zeros": ("for start in range(0, len(x) + 1, k):",),
        "windows and names may come in any order": (
            "for name in list(grads)[::-1]:",
            "for name in params:",
            "for name in part:",
            "for start in list(range(0, len(x), k))[::-1]:",
            "… in list(params.items())[::-1]}",
        ),
    },
    "clip_gradients": {
        "not less than one and not more than the other": (
            "factor = min(1.0, limit / norm)",
            "norm = largest * np.linalg.norm(ev…, behind largest = np.abs(everything).max()",
            "largest = np.abs(everything).max(), behind everything = np.concatenate([g.rav…",
        ),
        "any number of about that size will do": (
            "largest = everything.max()",
            "largest = np.abs(everything).mean()",
            "largest = np.abs(everything).min()",
            "largest = np.abs(everything).sum()",
        ),
        "a norm does not know the sign or the order": (
            "everything = np.concatenate([g.ravel() for g in list(grads.values())[::-1]])",
            "norm = largest * np.linalg.norm(-(everything / largest))",
        ),
        "what is written over is the answer's own array, and not used again": (
            "norm = largest * np.linalg.norm(np.divide(everything, largest, out=everything))",
        ),
        "whether an array is a new one does not show outside the student's process": (
            "return ({name: g for name, g in grads.items()}, 1.0)",
        ),
        "-0.0 equals 0.0": (
            "return ({name: np.zeros_like(g) for name, g in grads.items()}, -0.0)",
        ),
        "the order of the names in a dict does not count": (
            "return ({name: g * factor for name, g in list(grads.items())[::-1]}, factor)",
            "return ({name: g.copy() for name, g in list(grads.items())[::-1]}, 1.0)",
            "return ({name: np.zeros_like(g) for name, g in list(grads.items())[::-1]}, 0.0)",
        ),
    },
    "rtrl_step": {
        "the two lines do not need one another": (
            "S = {}, behind same = np.eye(len(b_h), dtype=b_h.…",
            "same = np.eye(len(b_h), dtype=b_h.…, behind h = np.tanh(x_t @ W_xh + h_prev @ …",
        ),
        "the names are the same, and may come in any order": (
            "for name in S_prev:",
            "for name in list(direct)[::-1]:",
        ),
        "both have H entries": ("same = np.eye(len(W_hh), dtype=b_h.dtype)",),
        "all are of the same dtype, and 0 and 1 are the same in a smaller one": (
            "same = np.eye(len(b_h), dtype=W_hh.dtype)",
            "same = np.eye(len(b_h), dtype=W_xh.dtype)",
            "same = np.eye(len(b_h), dtype=h.dtype)",
            "same = np.eye(len(b_h), dtype=h_prev.dtype)",
            "same = np.eye(len(b_h), dtype=slope.dtype)",
            "same = np.eye(len(b_h), dtype=x_t.dtype)",
            "same = np.eye(len(b_h), dtype=np.float32)",
        ),
    },
    "gradient_norms_by_lag": {
        "a norm does not know the sign": (
            "jacobian = -(W_hh * (1 - h[T - lag] ** 2))",
            "jacobian = W_hh * (h[T - lag] ** 2 - 1)",
            "jacobian = W_hh * -(1 - h[T - lag] ** 2)",
            "product = -(jacobian @ product)",
        ),
        "both are of the same dtype": ("norms = np.empty(T - 1, dtype=W_hh.dtype)",),
        "the two lines do not need one another": ("product = np.eye(H), behind T, H = h.shape",),
        "0 and 1 are the same in every dtype": (
            "product = np.eye(H, dtype=int)",
            "product = np.eye(H, dtype=np.float32)",
        ),
    },
}
