"""The mutants that the hidden tests let through, each with the reason why it is right all the same.

``MADE`` is how many mutants there are of each solution, by assignment: all that are not in
``EQUIVALENT`` are killed. A mutant is named by what is new in it; ``EQUIVALENT`` goes from a reason
to such names.
"""

MADE = {
    "rnn": {
        "rnn_cell_forward": 111,
        "rnn_forward": 163,
        "predict_after_silence": 13,
        "output_forward": 41,
        "softmax": 49,
        "cross_entropy": 141,
        "sequence_to_class": 231,
        "build_vocabulary": 167,
        "encode": 63,
        "one_hot": 12,
        "sentence_log_prob": 270,
        "sample_sequence": 482,
        "adder_weights": 133,
        "birnn_forward": 132,
        "deep_rnn_forward": 106,
    },
    "bptt": {
        "output_error": 174,
        "last_state_gradient": 16,
        "state_gradient": 98,
        "bias_gradients": 69,
        "output_weight_gradient": 12,
        "recurrent_weight_gradient": 74,
        "input_weight_gradient": 45,
        "predict_first_gradient": 25,
        "rnn_cell_backward": 175,
        "rnn_backward_with_output": 868,
        "directional_check": 456,
        "worst_parameter": 645,
        "truncated_bptt": 684,
        "clip_gradients": 338,
        "rtrl_step": 423,
        "gradient_norms_by_lag": 303,
    },
}

EQUIVALENT: dict[str, dict[str, tuple[str, ...]]] = {
    "rnn_forward": {
        "the two lines do not need one another": (
            "cache = [], behind def rnn_forward(x, h0, W_xh, W_hh,…",
            "h_prev = h0, behind h = []",
            "cache.append(step_cache), behind h_prev, step_cache = rnn_cell_forw…",
        ),
        "float64 holds what float32 does": ("return (np.stack(h, dtype=float), cache)",),
    },
    "softmax": {
        "what is written over is the answer's own array, and not used again": (
            "return np.divide(e, e.sum(axis=-1, keepdims=True), out=e)",
        ),
    },
    "cross_entropy": {
        "what is written over is the answer's own array, and not used again": (
            "\u2026 = np.subtract(shifted, np.log(np.exp(shifted).sum(axis=-1,"
            " keepdims=True)), out=shifted)",
        ),
        "without a mask it is surprise[None], all of it once more; an array is not None": (
            "return surprise[mask].mean()",
            "return surprise.mean() if log_p is None else surprise[mask].mean()",
            "return surprise.mean() if o is None else surprise[mask].mean()",
            "return surprise.mean() if shifted is None else surprise[mask].mean()",
            "return surprise.mean() if surprise is None else surprise[mask].mean()",
            "return surprise.mean() if y is None else surprise[mask].mean()",
        ),
        "the last axis has one entry: the mean is the same": (
            "surprise = -np.take_along_axis(log_p, y[..., None], axis=-1)",
            "surprise = -np.take_along_axis(log_p, y[..., None], axis=-1)[...,]",
        ),
        "-1 is NumPy's default": ("surprise = -np.take_along_axis(log_p, y[..., None])[..., 0]",),
        "the last axis has one entry: the first is the last": (
            "surprise = -np.take_along_axis(log_p, y[..., None], axis=-1)[..., -1]",
        ),
    },
    "sequence_to_class": {
        "small whole numbers are the same in every dtype": (
            "s = h[lengths - 1, np.arange(N, dtype=int)]",
            "inside = np.arange(T, dtype=np.float32)[:, None] < lengths",
            "inside = np.arange(T, dtype=int)[:, None] < lengths",
            "inside = np.arange(T, dtype=float)[:, None] < lengths",
        ),
    },
    "build_vocabulary": {
        "the words are sorted in the end": (
            "for sentence in list(sentences)[::-1]:",
            "for word in list(sentence)[::-1]:",
            "… in list(counts)[::-1] if …",
        ),
        "a word that is counted occurs once": (
            "def build_vocabulary(sentences, min_count=0):",
            "def build_vocabulary(sentences, min_count=-1):",
        ),
        "in which of the two a word is looked for first": (
            "words = [w for w in counts if counts[w] >= min_count and w not in (UNK, EOS)]",
        ),
    },
    "encode": {
        "small whole numbers are the same in every dtype": ("… + [number[EOS]], dtype=int)",),
        "no word stands in the vocabulary twice": (
            "number = {word: i for i, word in list(enumerate(vocabulary))[::-1]}",
        ),
    },
    "sentence_log_prob": {
        "the two lines do not need one another": (
            "V, H = params['W_xh'].shape, behind def sentence_log_prob(ids, params)…",
        ),
        "the array holds zeros": ("x[1:, 0] += one_hot(ids[:-1], V)",),
        "0 and 1 are the same in every dtype": (
            "x = np.zeros((T, 1, V), dtype=np.float32)",
            "x = np.zeros((T, 1, V), dtype=int)",
            "… np.zeros((1, H), dtype=np.float32), params['W_xh'], …",
            "… np.zeros((1, H), dtype=int), params['W_xh'], …",
        ),
        "a second sequence beside the one that counts": (
            "x = np.zeros((T, 2, V))",
            "… rnn_forward(x, np.zeros((2, H)), …",
        ),
        "there is one sequence: the first is the last": (
            "x[1:, -1] = one_hot(ids[:-1], V)",
            "return -T * cross_entropy(o[:, -1], ids)",
        ),
        "a row without its batch axis is broadcast": (
            "… rnn_forward(x, np.zeros((H,)), params['W_xh'], …",
        ),
    },
    "sample_sequence": {
        "the two lines do not need one another": ("ids = [], behind V, H = params['W_xh'].shape",),
        "what is read next is not needed after the end": (
            "x = one_hot(np.array([w]), V), behind ids.append(w)",
        ),
        "small whole numbers are the same in every dtype": (
            "return np.array(ids, dtype=int)",
            "x = one_hot(np.array([w], dtype=int), V)",
        ),
        "0 and 1 are the same in every dtype": (
            "x, h = (np.zeros((1, V), dtype=np.float32), np.zeros((1, H)))",
            "x, h = (np.zeros((1, V), dtype=int), np.zeros((1, H)))",
            "x, h = (np.zeros((1, V)), np.zeros((1, H), dtype=np.float32))",
            "x, h = (np.zeros((1, V)), np.zeros((1, H), dtype=int))",
        ),
        "the smaller of two, in whichever order": (
            "w = min(V - 1, int(np.searchsorted(cumulative, u, side='right')))",
        ),
        "a row without its batch axis is broadcast": (
            "x, h = (np.zeros((V,)), np.zeros((1, H)))",
            "x, h = (np.zeros((1, V)), np.zeros((H,)))",
        ),
        "cumsum flattens, and there is one row": (
            "cumulative = np.cumsum(softmax(o / temperature))",
        ),
        "NumPy's integers count as well": (
            "w = min(np.searchsorted(cumulative, u, side='right'), V - 1)",
        ),
        "a list is as good an index as an array": ("x = one_hot([w], V)",),
        "a second sequence beside the one that counts": (
            "x, h = (np.zeros((2, V)), np.zeros((1, H)))",
            "x, h = (np.zeros((1, V)), np.zeros((2, H)))",
        ),
        "there is one sequence: the first is the last": (
            "cumulative = np.cumsum(softmax(o / temperature)[-1])",
        ),
        "what is written over is the answer's own array, and not used again": (
            "cumulative = np.cumsum(softmax(np.divide(o, temperature, out=o))[0])",
        ),
    },
    "adder_weights": {
        "the two lines do not need one another": (
            "W_hh = np.zeros((3, 3)), behind def adder_weights():",
        ),
        "the array holds zeros": ("W_hh[1] += gain / 2",),
        "any large gain will do": (
            "gain = 151.0",
            "gain = 49.0",
        ),
        "these numbers are the same in every dtype that holds them": (
            "W_hh = np.zeros((3, 3), dtype=np.float32)",
            "W_hh = np.zeros((3, 3), dtype=int)",
            "… 3), gain, dtype=np.float32), 'W_hh': …",
            "… 3), gain, dtype=int), 'W_hh': …",
            "… 3), gain, dtype=float), 'W_hh': …",
            "… [-0.5], [0.5]], dtype=np.float32), 'b_y': …",
            "… [-0.5], [0.5]], dtype=float), 'b_y': …",
            "… 'b_y': np.array([0.5], dtype=np.float32)}",
            "… 'b_y': np.array([0.5], dtype=float)}",
            "… 2, 3], dtype=np.float32) - …",
            "… 2, 3], dtype=int) - …",
            "… 2, 3], dtype=float) - …",
        ),
        "the gain is even": ("W_hh[1] = gain // 2",),
        "a hundredth of what a bit weighs turns no switch": ("W_hh = np.ones((3, 3))",),
        "a carry of a third lies on the same side of each threshold": ("W_hh[1] = gain / 3",),
    },
    "birnn_forward": {
        "the two lines do not need one another": (
            "h_left, cache_left = rnn_forward(x…, behind def birnn_forward(x, h0, forward, …",
        ),
        "the cache is not marked": (
            "… axis=-1), (cache_left, cache_right))",
            "return (np.concatenate([h_right, h_left[::-1]], axis=-1), (cache_left,))",
            "return (np.concatenate([h_right, h_left[::-1]], axis=-1), (cache_right,))",
            "… axis=-1), (backward, cache_left))",
            "… axis=-1), (cache_left, cache_left))",
            "return (np.concatenate([h_right, h_left[::-1]], axis=-1), (forward, cache_left))",
            "return (np.concatenate([h_right, h_left[::-1]], axis=-1), (h0, cache_left))",
            "return (np.concatenate([h_right, h_left[::-1]], axis=-1), (h_left, cache_left))",
            "return (np.concatenate([h_right, h_left[::-1]], axis=-1), (h_right, cache_left))",
            "return (np.concatenate([h_right, h_left[::-1]], axis=-1), (x, cache_left))",
            "… (cache_right, backward))",
            "… (cache_right, cache_right))",
            "… (cache_right, forward))",
            "return (np.concatenate([h_right, h_left[::-1]], axis=-1), (cache_right, h0))",
            "return (np.concatenate([h_right, h_left[::-1]], axis=-1), (cache_right, h_left))",
            "… (cache_right, h_right))",
            "return (np.concatenate([h_right, h_left[::-1]], axis=-1), (cache_right, x))",
        ),
        "h0 has two entries": ("h_left, cache_left = rnn_forward(x[::-1], h0[-1], *backward)",),
    },
    "deep_rnn_forward": {
        "the two lines do not need one another": (
            "cache = [], behind def deep_rnn_forward(x, h0, layers…",
            "cache.append(layer_cache), behind h, layer_cache = rnn_forward(h, h0…",
        ),
        "both have L entries": (
            "for h0_layer, weights in zip(h0, layers):",
            "for h0_layer, weights in zip(h0, layers, strict=False):",
        ),
        "the cache is not marked": (
            "without: cache.append(layer_cache)",
            "layer_cache",
            "return (h, h)",
            "return (h, h0)",
            "return (h, h0_layer)",
            "return (h, layer_cache)",
            "return (h, layers)",
            "return (h, weights)",
            "return (h, x)",
            "cache.extend(layer_cache)",
            "cache.append(cache)",
            "cache.append(h)",
            "cache.append(h0)",
            "cache.append(h0_layer)",
            "cache.append(layers)",
            "cache.append(weights)",
            "cache.append(x)",
            "layer_cache.append(layer_cache)",
        ),
    },
    "output_error": {
        "the two lines do not need one another": (
            "e = np.exp(o_t - o_t.max(axis=1, k…, behind N = len(o_t)",
        ),
        "both have N rows": ("N = len(y_t)",),
        "the second axis is the last": (
            "e = np.exp(o_t - o_t.max(axis=-1, keepdims=True))",
            "p = e / e.sum(axis=-1, keepdims=True)",
        ),
        "small whole numbers are the same in every dtype": (
            "p[np.arange(N, dtype=int), y_t] -= 1",
        ),
        "what is written over is the answer's own array, and not used again": (
            "p = np.divide(e, e.sum(axis=1, keepdims=True), out=e)",
            "return np.divide(p, N, out=p)",
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
    "bias_gradients": {
        "a sum over both axes": (
            "return (da.sum(axis=(0, 1)), do.sum(axis=(1, 0)))",
            "return (da.sum(axis=(1, 0)), do.sum(axis=(0, 1)))",
        ),
    },
    "recurrent_weight_gradient": {
        "the two lines do not need one another": (
            "da = dh * (1 - h ** 2), behind def recurrent_weight_gradient(h0, …",
        ),
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
            *("… in list(params)[::-1]}",) * 2,
        ),
        "the step goes both ways": (
            "def directional_check(x, y, h0, params, grads, direction, step=-1e-05):",
        ),
    },
    "worst_parameter": {
        "the two lines do not need one another": (
            "size = np.linalg.norm(measured) + …, behind measured[index], _ = directional_c…",
        ),
        "what is found too early is found once more": (
            "worst = max(errors, key=errors.get…, behind errors[name] = np.linalg.norm(meas…",
        ),
        "all have the same names and shapes": (
            "direction = {other: np.zeros_like(value) for other, value in grads.items()}",
            "for name in grads:",
            "measured = np.zeros_like(grads[name])",
            "worst = max(direction, key=errors.get)",
            "worst = max(grads, key=errors.get)",
            "worst = max(params, key=errors.get)",
        ),
        "the order of entries and of names does not count, for no two errors are equal": (
            "for index in list(np.ndindex(measured.shape))[::-1]:",
            "for name in list(params)[::-1]:",
            "… in list(params.items())[::-1]}",
        ),
        "the array holds zeros": ("direction[name][index] += 1",),
        "every entry is written over": ("measured = np.ones_like(params[name])",),
        "what is claimed is not used there": (
            "measured[index], _ = directional_check(x, y, h0, params, direction, direction)",
            "measured[index], _ = directional_check(x, y, h0, params, params, direction)",
        ),
        "a norm does not know the sign": (
            "… = np.linalg.norm(-(measured - grads[name])) / …",
            "… = np.linalg.norm(grads[name] - measured) / …",
        ),
        "what is written over is the answer's own array, and not used again": (
            "… = np.linalg.norm(np.subtract(measured, grads[name], out=measured)) / …",
        ),
        "no tolerance is below 0": ("… else -0.0", "… else -1.0"),
    },
    "truncated_bptt": {
        "the two lines do not need one another": (
            "before = h[start - 1] if start > 0…, behind for start in range(0, len(x), k):",
            "grads = {name: np.zeros_like(value…, behind h, o = forward(x, h0, params)",
        ),
        "all have T steps and N sequences": (
            "do = (o - y) / h.shape[1]",
            "do = (o - y) / o.shape[1]",
            "do = (o - y) / y.shape[1]",
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
        "what is written over is the answer's own array, and not used again": (
            "do = np.subtract(o, y, out=o) / x.shape[1]",
        ),
    },
    "clip_gradients": {
        "the two cases exclude one another": (
            "if norm == 0:, behind norm = np.sqrt(sum((np.sum(g ** 2)…",
        ),
        "zeros times the smaller of 1 and infinity": (
            "if norm == 0:, behind return ({name: g * factor for name…",
        ),
        "the two lines do not need one another": (
            "clipped = {name: np.clip(g, -limit…, behind return ({name: g.copy() for name, …",
        ),
        "not less than one and not more than the other": (
            "clipped = {name: np.clip(-limit, g, limit) for name, g in grads.items()}",
        ),
        "the smaller of two, in whichever order": ("factor = min(limit / norm, 1.0)",),
        "whether an array is a new one does not show outside the student's process": (
            "return ({name: g for name, g in grads.items()}, 1.0)",
        ),
        "-0.0 equals 0.0": (
            "return ({name: np.zeros_like(g) for name, g in grads.items()}, -0.0)",
        ),
        "the order of the names in a dict does not count": (
            "norm = np.sqrt(sum((np.sum(g ** 2) for g in list(grads.values())[::-1])))",
            "return ({name: g * factor for name, g in list(grads.items())[::-1]}, factor)",
            "return ({name: g.copy() for name, g in list(grads.items())[::-1]}, 1.0)",
            "return ({name: np.zeros_like(g) for name, g in list(grads.items())[::-1]}, 0.0)",
            "… in list(clipped.values())[::-1]))) / …",
            "… in list(grads.items())[::-1]}",
        ),
    },
    "rtrl_step": {
        "the two lines do not need one another": (
            "S = {}, behind same = np.eye(len(b_h))",
            "same = np.eye(len(b_h)), behind h = np.tanh(x_t @ W_xh + h_prev @ …",
        ),
        "the names are the same, and may come in any order": (
            "for name in S_prev:",
            "for name in list(direct)[::-1]:",
        ),
        "both have H entries": ("same = np.eye(len(W_hh))",),
        "0 and 1 are the same in every dtype": (
            "same = np.eye(len(b_h), dtype=int)",
            "same = np.eye(len(b_h), dtype=np.float32)",
        ),
    },
    "gradient_norms_by_lag": {
        "sequences may come in any order": ("for n in list(range(N))[::-1]:",),
        "a norm does not know the sign": (
            "jacobian = -(W_hh * (1 - h[T - lag, n] ** 2))",
            "jacobian = W_hh * (h[T - lag, n] ** 2 - 1)",
            "jacobian = W_hh * -(1 - h[T - lag, n] ** 2)",
            "product = -(jacobian @ product)",
        ),
        "float64 comes in, and is NumPy's default": (
            "norms = np.empty((T - 1, N))",
            "norms = np.empty((T - 1, N), dtype=W_hh.dtype)",
        ),
        "0 and 1 are the same in every dtype": (
            "product = np.eye(H, dtype=int)",
            "product = np.eye(H, dtype=np.float32)",
        ),
    },
}
