"""The mutants of solutions that the hidden tests let through, with the reasons.

``MADE`` is how many mutants there are of each solution: all that are not in ``EQUIVALENT`` are
killed. A mutant is named by what is new in it; ``EQUIVALENT`` goes from a reason to such names.
"""

MADE = {
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
        )
    },
    "cross_entropy": {
        "what is written over is the answer's own array, and not used again": (
            "… = np.subtract(shifted, np.log(np.exp(shifted).sum(axis=-1, keepdims=True)), out=shifted)",
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
        )
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
        "any large gain will do": ("gain = 151.0", "gain = 49.0"),
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
}
