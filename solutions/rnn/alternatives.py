"""Right answers to the exercises of the assignment `rnn`, written in other ways than the solution.

Each gets full marks. Like the mistakes they use only NumPy and the names the notebook defines.
"""

import numpy as np

from autograder.testing import alternative

EOS = "<eos>"
UNK = "<unk>"


# 1. One step


@alternative("rnn_cell_forward")
def concatenated_weights(x, h_prev, W_xh, W_hh, b_h):
    """Input and state side by side, the two matrices one above the other."""
    both = np.concatenate([x, h_prev], axis=1)
    h = np.tanh(both @ np.concatenate([W_xh, W_hh], axis=0) + b_h)
    return h, (x, h_prev, W_xh, W_hh, h)


@alternative("rnn_cell_forward")
def sums_by_einsum(x, h_prev, W_xh, W_hh, b_h):
    """Every sum written out by its indices; the pair and the cache are lists."""
    a = np.einsum("nd,dh->nh", x, W_xh) + np.einsum("nk,kh->nh", h_prev, W_hh) + b_h
    h = np.tanh(a)
    return [h, [x, h_prev, W_xh, W_hh, h]]


@alternative("rnn_cell_forward")
def loops_over_numbers(x, h_prev, W_xh, W_hh, b_h):
    """One number after the other, as on paper."""
    N, D = x.shape
    H = h_prev.shape[1]
    h = np.zeros((N, H), dtype=x.dtype)
    for n in range(N):
        for j in range(H):
            a = b_h[j]
            for d in range(D):
                a = a + x[n, d] * W_xh[d, j]
            for k in range(H):
                a = a + h_prev[n, k] * W_hh[k, j]
            h[n, j] = np.tanh(a)
    return h, (x, h_prev, W_xh, W_hh, h)


@alternative("rnn_cell_forward")
def in_place_on_own_array(x, h_prev, W_xh, W_hh, b_h):
    """One array of its own, added to and squashed where it stands."""
    h = np.dot(x, W_xh)
    h += np.dot(h_prev, W_hh)
    h += b_h
    np.tanh(h, out=h)
    return h, (x, h_prev, W_xh, W_hh, h)


# 2. A sequence


@alternative("rnn_forward")
def fills_an_array(x, h0, W_xh, W_hh, b_h):
    """The states are written into an array made beforehand."""
    T, N, _ = x.shape
    h = np.zeros((T, N, W_hh.shape[0]))
    cache = [None] * T
    for t in range(T):
        h[t], cache[t] = rnn_cell_forward(x[t], h0 if t == 0 else h[t - 1], W_xh, W_hh, b_h)
    return h, cache


@alternative("rnn_forward")
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


@alternative("rnn_forward")
def calls_itself(x, h0, W_xh, W_hh, b_h):
    """The last step after all before it; needs no counter."""
    before, caches, h_prev = np.zeros((0, *h0.shape)), [], h0
    if len(x) > 1:
        before, caches = rnn_forward(x[:-1], h0, W_xh, W_hh, b_h)
        h_prev = before[-1]
    h, cache = rnn_cell_forward(x[-1], h_prev, W_xh, W_hh, b_h)
    return np.concatenate([before, h[None]]), [*caches, cache]


# 3. Predict, then run


@alternative("predict_after_silence")
def finds_out_by_running():
    """Lets the network run and puts what it sees into words."""
    words = {}
    for case, w, sound in zip("abcdef", (0.5, 2, 2, -2, -0.5, 2), (1, 1, -1, 1, 1, 0), strict=True):
        h = [np.tanh(sound)]
        for _ in range(200):
            h.append(np.tanh(w * h[-1]))
        if abs(h[-1]) < 1e-6:
            words[case] = "zero"
        elif h[-1] * h[-2] < 0:
            words[case] = "swings"
        else:
            words[case] = "positive" if h[-1] > 0 else "negative"
    return words


# 4. The output layer


@alternative("output_forward")
def output_by_tensordot(h, W_hy, b_y):
    """The last axis of the states is summed against the first of the weights."""
    return np.tensordot(h, W_hy, axes=1) + b_y, (h, W_hy)


@alternative("output_forward")
def output_by_flattening(h, W_hy, b_y):
    """All positions as the rows of one matrix, then back into shape."""
    rows = h.reshape(-1, h.shape[-1])
    o = rows @ W_hy
    o += b_y
    return o.reshape(*h.shape[:-1], len(b_y)), [h, W_hy]


# 5. Softmax


@alternative("softmax")
def softmax_by_logarithms(o):
    """exp of log-softmax."""
    m = np.max(o, axis=-1, keepdims=True)
    return np.exp(o - m - np.log(np.sum(np.exp(o - m), axis=-1, keepdims=True)))


@alternative("softmax")
def softmax_row_by_row(o):
    """Every position by itself, in an array of its own."""
    rows = o.reshape(-1, o.shape[-1]).copy()
    for i in range(len(rows)):
        rows[i] -= rows[i].max()
        rows[i] = np.exp(rows[i])
        rows[i] /= rows[i].sum()
    return rows.reshape(o.shape)


@alternative("softmax")
def softmax_by_ratios(o):
    """1 over the sum of e to the differences; too large differences give 1 / inf = 0."""
    with np.errstate(over="ignore"):
        return 1 / np.exp(o[..., None, :] - o[..., :, None]).sum(axis=-1)


# 6. Cross-entropy


@alternative("cross_entropy")
def loss_position_by_position(o, y, mask=None):
    """A loop over all positions that counts those that count."""
    total, count = 0.0, 0
    for i in np.ndindex(y.shape):
        if mask is None or mask[i]:
            m = o[i].max()
            total += m + np.log(np.sum(np.exp(o[i] - m))) - o[i][y[i]]
            count += 1
    return total / count


@alternative("cross_entropy")
def loss_by_one_hot(o, y, mask=None):
    """The right score picked by a product with one-hot rows; the mean as a weighted sum."""
    weight = np.ones(y.shape) if mask is None else mask.astype(float)
    log_sum = np.logaddexp.reduce(o, axis=-1)
    right = (o * np.eye(o.shape[-1])[y]).sum(axis=-1)
    return float(((log_sum - right) * weight).sum() / weight.sum())


# 7. From a sequence to one class


@alternative("sequence_to_class")
def one_sequence_after_the_other(h, lengths, W_hy, b_y, how):
    """A loop over the sequences, each cut to its length."""
    o = []
    for n, length in enumerate(lengths):
        states = h[:length, n]
        s = states[-1] if how == "last" else states.mean(axis=0)
        o.append(s @ W_hy + b_y)
    return np.array(o)


@alternative("sequence_to_class")
def scores_first(h, lengths, W_hy, b_y, how):
    """The output layer is linear: the mean of the scores is the score of the mean."""
    o, _ = output_forward(h, W_hy, b_y)
    T = len(o)
    if how == "last":
        return np.take_along_axis(o, (lengths - 1)[None, :, None], axis=0)[0]
    weight = (np.arange(T)[:, None] < lengths) / lengths
    return np.einsum("tn,tnk->nk", weight, o)


# 8. A vocabulary


@alternative("build_vocabulary")
def vocabulary_by_counter(sentences, min_count=1):
    """With Counter, and a stable sort of the alphabetical list."""
    from collections import Counter

    counts = Counter(word for sentence in sentences for word in sentence)
    del counts[EOS], counts[UNK]
    words = sorted(sorted(counts), key=counts.get, reverse=True)
    return [EOS, UNK] + [word for word in words if counts[word] >= min_count]


@alternative("build_vocabulary")
def vocabulary_by_groups(sentences, min_count=1):
    """From the highest frequency down, the words of each in alphabetical order."""
    text = [word for sentence in sentences for word in sentence if word not in (EOS, UNK)]
    vocabulary = [EOS, UNK]
    for count in range(len(text), min_count - 1, -1):
        vocabulary += sorted(word for word in set(text) if text.count(word) == count)
    return vocabulary


# 9. From words to numbers


@alternative("encode")
def encode_by_index(tokens, vocabulary):
    """Looks every word up in the list."""
    ids = np.zeros(len(tokens) + 1, dtype=np.int32)
    for t, word in enumerate(tokens):
        ids[t] = vocabulary.index(word) if word in vocabulary else vocabulary.index(UNK)
    ids[-1] = vocabulary.index(EOS)
    return ids


@alternative("encode")
def encode_by_fixed_places(tokens, vocabulary):
    """EOS is 0 and UNK is 1, as the exercise says; the end is put on as a word."""
    number = dict(zip(vocabulary, range(len(vocabulary)), strict=True))
    return np.array([number.get(word, 1) for word in [*tokens, EOS]])


# 10. One-hot


@alternative("one_hot")
def one_hot_by_comparison(ids, V):
    """Every number against all places."""
    return (np.asarray(ids)[..., None] == np.arange(V)).astype(float)


@alternative("one_hot")
def one_hot_by_put(ids, V):
    """Ones put into an array of zeros."""
    x = np.zeros((*np.shape(ids), V))
    np.put_along_axis(x, np.asarray(ids)[..., None], 1.0, axis=-1)
    return x


# 11. How likely is a sentence?


@alternative("sentence_log_prob")
def log_prob_word_by_word(ids, params):
    """One step of the cell for each word, with single rows instead of batches."""
    V, H = params["W_xh"].shape
    x, h, total = np.zeros(V), np.zeros(H), 0.0
    for w in ids:
        h, _ = rnn_cell_forward(x, h, params["W_xh"], params["W_hh"], params["b_h"])
        o, _ = output_forward(h, params["W_hy"], params["b_y"])
        total += o[w] - np.logaddexp.reduce(o)
        x = one_hot(w, V)
    return total


@alternative("sentence_log_prob")
def log_prob_by_rows_of_the_weights(ids, params):
    """A one-hot row times a matrix is a row of the matrix; nothing from before is used."""
    h, total = np.zeros(len(params["W_hh"])), 0.0
    a = params["b_h"]
    for w in ids:
        h = np.tanh(a + h @ params["W_hh"])
        o = h @ params["W_hy"] + params["b_y"]
        shifted = o - o.max()
        total += shifted[w] - np.log(np.exp(shifted).sum())
        a = params["W_xh"][w] + params["b_h"]
    return float(total)


# 12. Let it speak


@alternative("sample_sequence")
def sample_by_adding_up(params, uniforms, temperature=1.0, eos=0):
    """Goes along the line piece by piece, with single rows instead of batches."""
    V, H = params["W_xh"].shape
    x, h, ids = np.zeros(V), np.zeros(H), []
    for u in uniforms:
        h, _ = rnn_cell_forward(x, h, params["W_xh"], params["W_hh"], params["b_h"])
        o, _ = output_forward(h, params["W_hy"], params["b_y"])
        p, total, w = softmax(o / temperature), 0.0, V - 1
        for v in range(V):
            total += p[v]
            if total > u:
                w = v
                break
        ids.append(w)
        if w == eos:
            return np.array(ids)
        x = one_hot(w, V)
    return np.array(ids)


@alternative("sample_sequence")
def sample_by_counting(params, uniforms, temperature=1.0, eos=0):
    """The word's number is how many sums are not larger than u."""
    V, H = params["W_xh"].shape
    ids = np.zeros(len(uniforms), dtype=int)
    x, h = np.zeros((1, V)), np.zeros((1, H))
    for t in range(len(uniforms)):
        h = np.tanh(x @ params["W_xh"] + h @ params["W_hh"] + params["b_h"])
        o = (h @ params["W_hy"] + params["b_y"]) / temperature
        e = np.exp(o - o.max())
        ids[t] = min((np.cumsum(e / e.sum()) <= uniforms[t]).sum(), V - 1)
        if ids[t] == eos:
            return ids[: t + 1]
        x = np.zeros((1, V))
        x[0, ids[t]] = 1
    return ids


# 13. A network that adds


@alternative("adder_weights")
def soft_adder():
    """The same three switches, not saturated: the state is only near 1 and -1, and stays there."""
    gain = 12.0
    W_hh = np.zeros((3, 3))
    W_hh[1] = gain / 2
    return {
        "W_xh": np.full((2, 3), gain),
        "W_hh": W_hh,
        "b_h": -gain * (np.array([1, 2, 3]) - 0.75),
        "W_hy": np.array([[0.5], [-0.5], [0.5]]),
        "b_y": np.array([0.5]),
    }


@alternative("adder_weights")
def adder_with_pairs():
    """A fourth unit says that there was a step before, so that a state of 0 means no carry.

    It is 1 after every step, so (h_1 + h_3) / 2 is the carry, 0 or 1, and 0 at the start. The
    weights are integers.
    """
    gain = 60
    W_hh = np.zeros((4, 4), dtype=int)
    W_hh[1, :3] = W_hh[3, :3] = gain
    return {
        "W_xh": np.array([[2 * gain, 2 * gain, 2 * gain, 0]] * 2),
        "W_hh": W_hh,
        "b_h": np.array([-gain, -3 * gain, -5 * gain, gain]),
        "W_hy": np.array([[1], [-1], [1], [0]]),
        "b_y": np.array([1]),
    }


@alternative("adder_weights")
def adder_of_many_units():
    """Three switches, put together in a loop, beside six units that do nothing."""
    gain, H = 40.0, 9
    W_xh, W_hh, b_h, W_hy = np.zeros((2, H)), np.zeros((H, H)), np.zeros(H), np.zeros((H, 1))
    for k in range(3):
        W_xh[:, k] = gain
        W_hh[1, k] = gain / 2
        b_h[k] = -gain * (k + 0.25)
        W_hy[k, 0] = 3 * (-1) ** k
    return {"W_xh": W_xh, "W_hh": W_hh, "b_h": b_h, "W_hy": W_hy, "b_y": np.array([3.0])}


# 14. Both directions


@alternative("birnn_forward")
def both_by_flip(x, h0, forward, backward):
    """Halves written into an array of zeros; the cache is a dict."""
    T, N, _ = x.shape
    H = h0.shape[2]
    h = np.zeros((T, N, 2 * H))
    h[:, :, :H], cache_right = rnn_forward(x, h0[0], *forward)
    left, cache_left = rnn_forward(np.flip(x, axis=0), h0[1], *backward)
    h[:, :, H:] = np.flip(left, axis=0)
    return h, {"right": cache_right, "left": cache_left}


@alternative("birnn_forward")
def both_step_by_step(x, h0, forward, backward):
    """Two loops over the cell, the second from the end; no cache at all."""
    T = len(x)
    right, left = [], [None] * T
    h = h0[0]
    for t in range(T):
        h, _ = rnn_cell_forward(x[t], h, *forward)
        right.append(h)
    h = h0[1]
    for t in range(T - 1, -1, -1):
        h, _ = rnn_cell_forward(x[t], h, *backward)
        left[t] = h
    return np.concatenate([right, left], axis=2), None


# 15. Layers


@alternative("deep_rnn_forward")
def layers_by_index(x, h0, layers):
    """A loop with a counter; the cache is a tuple."""
    h, cache = rnn_forward(x, h0[0], *layers[0])
    caches = (cache,)
    for layer in range(1, len(layers)):
        W_xh, W_hh, b_h = layers[layer]
        h, cache = rnn_forward(h, h0[layer], W_xh, W_hh, b_h)
        caches += (cache,)
    return h, caches


@alternative("deep_rnn_forward")
def all_layers_at_each_step(x, h0, layers):
    """Time outside, layers inside: at each step the whole stack is gone through."""
    states = list(h0)
    h = []
    for x_t in x:
        below = x_t
        for layer, weights in enumerate(layers):
            states[layer], _ = rnn_cell_forward(below, states[layer], *weights)
            below = states[layer]
        h.append(below)
    return np.stack(h), []
