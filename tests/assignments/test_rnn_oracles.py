"""On the very calls that the hidden tests make, the reference agrees with two other computations.

One is PyTorch, the other goes through the equations number by number, in plain Python.
"""

import itertools
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from answers import BY_NAME
from torch.nn import functional

from autograder.testing import HIDDEN, Call
from course_lib.reference.losses import softmax

RNN = BY_NAME["rnn"]
EXACT = 1e-10

calls = RNN.calls


def close(got: Any, expected: Any) -> None:
    expected = np.asarray(expected)
    single = expected.dtype == np.float32
    np.testing.assert_allclose(
        got, expected, rtol=1e-5 if single else EXACT, atol=1e-6 if single else EXACT
    )


def tensor(array: Any) -> torch.Tensor:
    return torch.from_numpy(np.ascontiguousarray(array, dtype=np.float64))


def torch_layer(rnn: torch.nn.RNN, suffix: str, weights: Any) -> None:
    W_xh, W_hh, b_h = weights
    with torch.no_grad():
        getattr(rnn, f"weight_ih_{suffix}").copy_(tensor(W_xh.T))
        getattr(rnn, f"weight_hh_{suffix}").copy_(tensor(W_hh.T))
        getattr(rnn, f"bias_ih_{suffix}").copy_(tensor(b_h))
        getattr(rnn, f"bias_hh_{suffix}").zero_()


def torch_rnn(x: Any, h0: Any, *layers: Any, both: bool = False) -> np.ndarray:
    """The states of the top layer; with ``both``, layers are the weights of the two directions."""
    D, H = layers[0][0].shape
    depth = 1 if both else len(layers)
    rnn = torch.nn.RNN(D, H, depth, bidirectional=both, dtype=torch.float64)
    suffixes = ["l0", "l0_reverse"] if both else [f"l{i}" for i in range(depth)]
    for suffix, weights in zip(suffixes, layers, strict=True):
        torch_layer(rnn, suffix, weights)
    with torch.no_grad():
        return np.asarray(rnn(tensor(x), tensor(h0))[0])


def loop_cell(x: Any, h: Any, W_xh: Any, W_hh: Any, b_h: Any) -> list[list[float]]:
    """One step, number by number, for lists of rows."""
    D, H = len(W_xh), len(b_h)
    return [
        [
            math.tanh(
                sum(float(x[n][d]) * float(W_xh[d][j]) for d in range(D))
                + sum(float(h[n][k]) * float(W_hh[k][j]) for k in range(H))
                + float(b_h[j])
            )
            for j in range(H)
        ]
        for n in range(len(x))
    ]


def loop_rnn(x: Any, h: Any, W_xh: Any, W_hh: Any, b_h: Any) -> list[Any]:
    states = []
    for x_t in x:
        h = loop_cell(x_t, h, W_xh, W_hh, b_h)
        states.append(h)
    return states


def loop_log_softmax(scores: Any) -> list[float]:
    largest = max(float(s) for s in scores)
    total = math.fsum(math.exp(float(s) - largest) for s in scores)
    return [float(s) - largest - math.log(total) for s in scores]


def loop_scores(h: Any, W_hy: Any, b_y: Any) -> list[float]:
    return [
        sum(h[j] * float(W_hy[j][k]) for j in range(len(h))) + float(b_y[k])
        for k in range(len(b_y))
    ]


def test_cell() -> None:
    for record in calls("rnn_cell_forward"):
        x, h_prev, *weights = record.args
        h, cache = record.outcome.value
        close(torch_rnn(x[None], h_prev[None], weights)[0], h)
        close(loop_cell(x, h_prev, *weights), h)
        for got, expected in zip(cache, (x, h_prev, *weights[:2], h), strict=True):
            np.testing.assert_array_equal(got, expected)


def test_sequence() -> None:
    for record in calls("rnn_forward"):
        x, h0, *weights = record.args
        h, cache = record.outcome.value
        close(torch_rnn(x, h0[None], weights), h)
        close(loop_rnn(x, h0, *weights), h)
        assert len(cache) == len(x)


def test_output_layer() -> None:
    for record in calls("output_forward"):
        h, W_hy, b_y = record.args
        o, _ = record.outcome.value
        close(functional.linear(tensor(h), tensor(W_hy.T), tensor(b_y)), o)
        rows = [loop_scores(row, W_hy, b_y) for row in h.reshape(-1, h.shape[-1])]
        close(np.array(rows).reshape(o.shape), o)


def test_softmax() -> None:
    for record in calls("softmax"):
        (o,) = record.args
        p = record.outcome.value
        close(torch.softmax(tensor(o), dim=-1), p)
        rows = [[math.exp(v) for v in loop_log_softmax(row)] for row in o.reshape(-1, o.shape[-1])]
        close(np.array(rows).reshape(o.shape), p)


def test_cross_entropy() -> None:
    for record in calls("cross_entropy"):
        o, y, *rest = record.args
        mask = rest[0] if rest else np.ones(y.shape, dtype=bool)
        loss = record.outcome.value
        close(functional.cross_entropy(tensor(o[mask]), torch.from_numpy(y[mask])), loss)
        surprises = [-loop_log_softmax(row)[k] for row, k in zip(o[mask], y[mask], strict=True)]
        close(math.fsum(surprises) / len(surprises), loss)


def test_sequence_to_class() -> None:
    for record in calls("sequence_to_class"):
        h, lengths, W_hy, b_y, how = record.args
        for n, length in enumerate(lengths):
            own = tensor(h[:length, n])
            state = own[-1] if how == "last" else own.mean(dim=0)
            row = record.outcome.value[n]
            close(functional.linear(state, tensor(W_hy.T), tensor(b_y)), row)
            steps = range(length - 1, length) if how == "last" else range(length)
            mean = [math.fsum(h[t, n, j] for t in steps) / len(steps) for j in range(h.shape[2])]
            close(loop_scores(mean, W_hy, b_y), row)


def test_one_hot() -> None:
    for record in calls("one_hot"):
        ids, V = record.args
        x = record.outcome.value
        np.testing.assert_array_equal(functional.one_hot(torch.from_numpy(ids), V), x)
        for place in np.ndindex(ids.shape):
            assert list(x[place]) == [float(v == ids[place]) for v in range(V)]


def loop_language_model(params: Any) -> Callable[[int | None], list[float]]:
    """A function that reads a word (None: nothing yet) and gives the scores of the next."""
    V, H = params["W_xh"].shape
    state = [[0.0] * H]

    def read(word: int | None) -> list[float]:
        nonlocal state
        x = [[float(v == word) for v in range(V)]]
        state = loop_cell(x, state, params["W_xh"], params["W_hh"], params["b_h"])
        return loop_scores(state[0], params["W_hy"], params["b_y"])

    return read


def torch_scores(ids: Any, params: Any) -> torch.Tensor:
    V, H = params["W_xh"].shape
    x = torch.zeros(len(ids), 1, V, dtype=torch.float64)
    x[1:, 0] = functional.one_hot(torch.from_numpy(ids[:-1]), V)
    h = torch_rnn(x.numpy(), np.zeros((1, 1, H)), [params[k] for k in ("W_xh", "W_hh", "b_h")])
    return functional.linear(tensor(h[:, 0]), tensor(params["W_hy"].T), tensor(params["b_y"]))


def test_sentence_log_prob() -> None:
    for record in calls("sentence_log_prob"):
        ids, params = record.args
        expected = record.outcome.value
        loss = functional.cross_entropy(
            torch_scores(ids, params), torch.from_numpy(ids), reduction="sum"
        )
        close(-loss, expected)
        read = loop_language_model(params)
        before = [None, *ids[:-1]]
        total = math.fsum(
            loop_log_softmax(read(word))[w] for word, w in zip(before, ids, strict=True)
        )
        close(total, expected)


def test_sample_sequence() -> None:
    """Every draw is right by a margin that rounding cannot bridge, save where that is the point."""
    for record in calls("sample_sequence"):
        params, uniforms, temperature, eos = (*record.args, 1.0, 0)[:4]
        if len(record.args) == 2:
            temperature, eos = 1.0, record.kwargs.get("eos", 0)
        ids = record.outcome.value
        edges = not params["W_hy"].any()
        scores = torch_scores(ids, params) / temperature
        read, word = loop_language_model(params), None
        for t, w in enumerate(ids):
            p = [math.exp(v) for v in loop_log_softmax([s / temperature for s in read(word)])]
            close(torch.softmax(scores[t], dim=-1), p)
            sums = list(itertools.accumulate(p))
            if not edges:
                assert min(abs(total - uniforms[t]) for total in sums) > 1e-6
                assert w == next(v for v, total in enumerate(sums) if total > uniforms[t])
            word = w
        assert eos not in ids[:-1]
        assert ids[-1] == eos or len(ids) == len(uniforms)


def test_sample_sequence_meets_exact_sums_and_a_sum_below_u() -> None:
    flat = [r for r in calls("sample_sequence") if not r.args[0]["W_hy"].any()]
    exact, short = flat
    np.testing.assert_array_equal(exact.outcome.value, 4 * exact.args[1])
    assert set(short.outcome.value) == {len(short.args[0]["b_y"]) - 1}
    p = softmax(short.args[0]["b_y"])
    assert np.cumsum(p)[-1] < short.args[1][0] < 1


def test_birnn() -> None:
    for record in calls("birnn_forward"):
        x, h0, forward, backward = record.args
        h, _ = record.outcome.value
        close(torch_rnn(x, h0, forward, backward, both=True), h)
        right = np.array(loop_rnn(x, h0[0], *forward))
        left = np.array(loop_rnn(x[::-1], h0[1], *backward))[::-1]
        close(np.concatenate([right, left], axis=2), h)


def test_deep() -> None:
    for record in calls("deep_rnn_forward"):
        x, h0, layers = record.args
        h, _ = record.outcome.value
        close(torch_rnn(x, h0, *layers), h)
        for start, weights in zip(h0, layers, strict=True):
            x = loop_rnn(x, start, *weights)
        close(x, h)


def test_text_is_counted_and_numbered_as_by_hand() -> None:
    vocabularies = [r for r in calls("build_vocabulary") if isinstance(r.outcome, Call)]
    text = next(r for r in vocabularies if len(r.args[0]) == 4 and not r.kwargs)
    words = ["goat", "hat", "ate", "my", "old", "the", "was", "a", "zebras"]
    counts = {w: sum(s.count(w) for s in text.args[0]) for w in words}
    assert text.outcome.value[:2] == ["<eos>", "<unk>"]
    assert sorted(text.outcome.value[2:]) == sorted(words)
    falling = [counts[w] for w in text.outcome.value[2:]]
    assert falling == sorted(falling, reverse=True)
    by_hand = {("the", "goat", "ate", "hat", "the"): [3, 2, 5, 4, 3, 0], (): [0]}
    by_hand |= {("a", "goat", "ate", "my", "hat"): [1, 2, 5, 1, 4, 0], ("Goat", "Hat"): [1, 1, 0]}
    found = {tuple(r.args[0]): r.outcome.value.tolist() for r in calls("encode")}
    for tokens, ids in by_hand.items():
        assert found[tokens] == ids


@pytest.mark.parametrize("sums", ["_short_sums", "_chains", "_long_sums"])
def test_bits_of_the_sums_are_those_of_python_integers(sums: str) -> None:
    numbers = (HIDDEN,) if sums == "_long_sums" else ()
    x, bits = getattr(RNN.module("adder_weights"), sums)(*numbers)
    weigh = [2**t for t in range(len(x))]
    for n in range(x.shape[1]):
        a, b = (sum(int(bit) * w for bit, w in zip(x[:, n, i], weigh, strict=True)) for i in (0, 1))
        assert a + b == sum(int(bit) * w for bit, w in zip(bits[:, n], weigh, strict=True))
    assert len(x) >= {"_short_sums": 4, "_chains": 61, "_long_sums": 501}[sums]


def test_predictions_are_those_of_the_fixed_points() -> None:
    """For |w| <= 1 only 0 stays; for w > 1 two more do; for w < -1 they change places."""
    module = RNN.module("predict_after_silence")
    for case, (w, sound) in module.SILENCE.items():
        if abs(w) <= 1 or sound == 0:
            word = "zero"
        elif w < 0:
            word = "swings"
        else:
            word = "positive" if sound > 0 else "negative"
        assert module.predict_after_silence()[case] == word
