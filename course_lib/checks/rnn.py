"""The visible checks of the assignment `rnn`: one for each exercise.

Each takes the student's function, raises `CheckFailed` with what is wrong, or prints one line with
what was checked. A check knows numbers for one small case, stored here, and properties that any
right answer has. It is called in the notebook, so an exception in the function itself is left
alone: Python shows the line.
"""

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np

from course_lib.checks import CheckFailed, call_unchanged, expect, expect_form, pair, table, wave
from course_lib.compare import type_in_words

T, N, D, H = 3, 2, 4, 5
STATE_AXES = ("t", "n", "unit")
SILENCE = {"a": (0.5, 1), "b": (2, 1), "c": (2, -1), "d": (-2, 1), "e": (-0.5, 1), "f": (2, 0)}
WORDS = ("zero", "positive", "negative", "swings")
EOS, UNK = "<eos>", "<unk>"

CELL_STATE = """
-0.99938188 -0.25596598 0.99945988 -0.66228653 -0.99918568
-0.23790871 -0.99502304 0.76773902 0.99161776 -0.93782118
"""
FROM_X = """
-0.91510070 0.13800220 0.90908719 -0.48626184 -0.88214753
-0.65855132 -0.62099450 0.75197892 0.44201541 -0.80043693
"""
FROM_H_PREV = """
-0.93858190 0.14889518 0.93380855 -0.52616080 -0.91155499
0.86287649 -0.93780137 -0.69698053 0.95964982 0.34619212
"""
FROM_BIAS = """
-0.63918970 -0.50103384 0.71566824 0.30869143 -0.75347091
-0.63918970 -0.50103384 0.71566824 0.30869143 -0.75347091
"""
STATES = (
    CELL_STATE
    + """
0.83783132 -0.77733984 -0.73806382 0.85713416 0.54815635
0.97901860 -0.99946464 -0.83774319 0.99971353 0.07303840
0.51526872 -0.99929748 0.42592232 0.99911195 -0.89558977
0.81681171 -0.99960358 -0.04859846 0.99961339 -0.78301564
"""
)
BOTH_DIRECTIONS = """
-0.06398063 -0.92975388 0.45496880 0.64303837 -0.10382804 -0.62701676
-0.64446910 -0.83210396 0.79085212 0.60271341 0.99679943 -0.90984737
-0.35123066 0.36977615 0.26066465 0.20325771 -0.83772835 0.10617732
-0.97902664 0.75290784 0.96548923 0.98978634 0.98313114 -0.99699898
0.65101126 -0.35374858 -0.59267439 -0.71123937 -0.70828467 0.80666820
-0.51967649 0.85447544 0.24302418 0.97667366 -0.74399824 -0.96203775
"""
TOP_LAYER = """
-0.11924577 0.36972389 0.01980334
0.35436036 0.83161463 -0.59017490
0.90886646 0.48817907 -0.93001344
0.95665190 0.81425463 -0.97567148
0.97013218 0.93126073 -0.98724554
0.83971131 0.77084608 -0.90215096
"""
LOG_PROBS = {(2,): -1.10815296, (2, 1, 3, 0): -8.26074404}

Function = Callable[..., Any]


def weights(D: int, H: int, start: float = 2.0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(W_xh, W_hh, b_h) of a small network."""
    return wave(D, H, start=start), wave(H, H, start=start + 1), wave(H, start=start + 2)


def check_rnn_cell_forward(rnn_cell_forward: Function) -> None:
    """Exercise 1: the terms one by one, the state, the cache, and the arguments afterwards."""
    x, h_prev, (W_xh, W_hh, b_h) = wave(N, D), wave(N, H, start=1), weights(D, H)
    no_x, no_h, no_b = np.zeros_like(x), np.zeros_like(h_prev), np.zeros_like(b_h)
    terms = (
        ("h_prev = 0 and b_h = 0, so that only x W_xh is left", FROM_X, x, no_h, no_b),
        ("x = 0 and b_h = 0, so that only h_prev W_hh is left", FROM_H_PREV, no_x, h_prev, no_b),
        ("x = 0 and h_prev = 0, so that only b_h is left", FROM_BIAS, no_x, no_h, b_h),
        ("all three terms", CELL_STATE, x, h_prev, b_h),
    )
    what = "(h, cache)"
    for note, numbers, x_t, h_t, b in terms:
        args = tuple(np.array(arg) for arg in (x_t, h_t, W_xh, W_hh, b))
        h, _ = pair(rnn_cell_forward(*args), what)
        expect("h", h, table(numbers, N, H), note=f"With {note}, inside the tanh:")
    names, args = ("x", "h_prev", "W_xh", "W_hh", "b_h"), (x, h_prev, W_xh, W_hh, b_h)
    h, cache = pair(call_unchanged(rnn_cell_forward, names, args), what)
    _cell_cache("cache", cache, (*args[:4], h))
    print(f"rnn_cell_forward: each term, the state and the cache are right (N={N}, D={D}, H={H}).")


def _cell_cache(name: str, cache: Any, expected: tuple[np.ndarray, ...]) -> None:
    fields = ("x", "h_prev", "W_xh", "W_hh", "h")
    if type(cache) not in (tuple, list) or len(cache) != len(fields):
        raise CheckFailed(f"{name}: it should be the tuple ({', '.join(fields)}).")
    for i, (field, got, wanted) in enumerate(zip(fields, cache, expected, strict=True)):
        expect(f"{name}[{i}]", got, wanted, note=f"This should be {field}:")


def check_rnn_forward(rnn_forward: Function) -> None:
    """Exercise 2: one step, all steps, one sequence, the caches, and the arguments afterwards."""
    x, h0, shared = wave(T, N, D), wave(N, H, start=1), weights(D, H)
    states = table(STATES, T, N, H)
    what = "(h, cache)"
    h, _ = pair(rnn_forward(x[:1], h0, *shared), what)
    expect("h", h, states[:1], note="For T = 1, which is one call of the cell:", axes=STATE_AXES)
    names, args = ("x", "h0", "W_xh", "W_hh", "b_h"), (x, h0, *shared)
    h, cache = pair(call_unchanged(rnn_forward, names, args), what)
    expect("h", h, states, axes=STATE_AXES)
    one, _ = pair(rnn_forward(x[:, 1:], h0[1:], *shared), what)
    expect("h", one, states[:, 1:], note="For the second sequence alone, N = 1:", axes=STATE_AXES)
    if type(cache) not in (list, tuple) or len(cache) != T:
        raise CheckFailed(f"cache: it should be a list with one cache for each of the {T} steps.")
    for t, step in enumerate(cache):
        before = h0 if t == 0 else states[t - 1]
        _cell_cache(f"cache[{t}]", step, (x[t], before, *shared[:2], states[t]))
    print(f"rnn_forward: states and caches are right (T={T}, N={N}, D={D}, H={H}), and N=1, T=1.")


def check_predict_after_silence(predict_after_silence: Function, rnn_forward: Function) -> None:
    """Exercise 3: the form of the answers; then the student's own network is run beside them."""
    answers = predict_after_silence()
    if type(answers) is not dict:
        raise CheckFailed(f"It gives back {type_in_words(answers)}, expected a dict.")
    for case in SILENCE:
        word = answers.get(case)
        if type(word) is not str or word not in WORDS:
            raise CheckFailed(f'Case {case}: choose one of "{", ".join(WORDS)}".')
    x = np.zeros((60, 1, 1))
    print("case     w  x_1   your prediction   the state at t = 58, 59, 60")
    for case, (w, sound) in SILENCE.items():
        x[0] = sound
        W_xh, W_hh, b_h = np.ones((1, 1)), np.full((1, 1), float(w)), np.zeros(1)
        h, _ = pair(rnn_forward(x, np.zeros((1, 1)), W_xh, W_hh, b_h), "(h, cache)")
        expect_form("h", h, (60, 1, 1), note="Exercise 2 is used here, and should be right first.")
        last = "  ".join(f"{value:9.6f}" for value in h[-3:, 0, 0])
        print(f"{case:<5}{w:>5} {sound:>4}   {answers[case]:<15}   {last}")
    print("Where they do not agree: what did you expect, and what happens?")


def check_output_forward(output_forward: Function) -> None:
    """Exercise 4: each term, one step and a sequence, the cache, and the arguments afterwards."""
    W_hy, b_y = np.array([[1.0, 0, 2], [0, 1, 3]]), np.array([0.5, -0.5, 4])
    h = np.array([[1.0, 10], [2, 20], [3, 30]])
    what = "(o, cache)"
    product = np.array([[1.0, 10, 32], [2, 20, 64], [3, 30, 96]])
    o, _ = pair(output_forward(h, W_hy, np.zeros(3)), what)
    expect("o", o, product, note="With b_y = 0, so that only h W_hy is left:")
    o, _ = pair(output_forward(np.zeros_like(h), W_hy, b_y), what)
    expect("o", o, np.tile(b_y, (3, 1)), note="With h = 0, so that only b_y is left:")
    o, cache = pair(call_unchanged(output_forward, ("h", "W_hy", "b_y"), (h, W_hy, b_y)), what)
    scores = np.array([[1.5, 9.5, 36], [2.5, 19.5, 68], [3.5, 29.5, 100]])
    expect("o", o, scores)
    if type(cache) not in (tuple, list) or len(cache) != 2:
        raise CheckFailed("cache: it should be the tuple (h, W_hy).")
    expect("cache[0]", cache[0], h, note="This should be h:")
    expect("cache[1]", cache[1], W_hy, note="This should be W_hy:")
    sequence, _ = pair(output_forward(np.stack([h, h[::-1]]), W_hy, b_y), what)
    note = "For the states of a sequence, (T, N, H):"
    expect("o", sequence, np.stack([scores, scores[::-1]]), note=note)
    print("output_forward: scores and cache are right, for one step and for a sequence.")


def check_softmax(softmax: Function) -> None:
    """Exercise 5: known probabilities, the axis, large scores, and the argument afterwards."""
    o = np.log(np.array([[1.0, 2, 5], [1, 1, 2], [7, 2, 1], [3, 3, 2]]))
    p = np.array([[1, 2, 5], [2, 2, 4], [5.6, 1.6, 0.8], [3, 3, 2]]) / 8
    expect("p", softmax(o[:1]), p[:1], note="For one row of scores:")
    expect("p", call_unchanged(softmax, ("o",), (o,)), p, note="For four rows of scores:")
    note = "For scores of shape (T, N, K):"
    expect("p", softmax(o.reshape(2, 2, 3)), p.reshape(2, 2, 3), note=note)
    with np.errstate(all="ignore"):
        large = softmax(o + 1000)
        apart = softmax(o + np.array([[-1000.0], [0], [0], [1000]]))
    expect("p", large, p, note="With 1000 added to all scores, which changes nothing:")
    note = "With 1000 taken from the first row and added to the last, which changes nothing:"
    expect("p", apart, p, note=note)
    single = softmax(o.astype(np.float32))
    note = "With float32 coming in:"
    expect("p", single, p.astype(np.float32), note=note, rtol=1e-5, atol=1e-6)
    print("softmax: probabilities are right, over the last axis, for scores of any size.")


def check_cross_entropy(cross_entropy: Function) -> None:
    """Exercise 6: one position, the mean, the mask, unlikely answers, and the arguments."""
    o, y = np.log(np.array([[1.0, 2, 5], [1, 1, 2], [7, 2, 1]])), np.array([2, 0, 1])
    loss = cross_entropy(o[:1], y[:1])
    expect(
        "loss", loss, 0.47000363, note="For one position with probability 5/8:", factors=_factors(1)
    )
    loss = call_unchanged(cross_entropy, ("o", "y"), (o, y))
    note = "For three positions, with probabilities 5/8, 1/4 and 1/5:"
    expect("loss", loss, 1.15524530, note=note, factors=_factors(3))
    o4, y4 = np.stack([o, o[::-1]]), np.stack([y, y[::-1]])
    expect(
        "loss", cross_entropy(o4, y4), 1.15524530, note="For shape (T, N, K):", factors=_factors(6)
    )
    mask = np.array([True, False, True])
    note = "With the second of three positions masked:"
    expect("loss", cross_entropy(o, y, mask), 1.03972077, note=note, factors=_factors(2))
    with np.errstate(all="ignore"):
        loss = cross_entropy(np.array([[0.0, 1000.0]]), np.array([0]))
    expect("loss", loss, 1000.0, note="For scores 0 and 1000, where the right class is the first:")
    print("cross_entropy: the mean, the mask and unlikely answers are right.")


def _factors(count: int) -> dict[str, float]:
    return {"-1": -1.0, "the number of positions": float(count), "1 / K": 1 / 3}


def check_sequence_to_class(sequence_to_class: Function) -> None:
    """Exercise 7: last state and mean, with sequences as long as T and with shorter ones."""
    h = np.arange(24.0).reshape(4, 3, 2)
    W_hy, b_y = np.array([[1.0, 0], [0, 10]]), np.array([0.5, 0])
    full, mixed = np.array([4, 4, 4]), np.array([2, 4, 1])
    cases = (
        ("last", full, [[18.5, 190], [20.5, 210], [22.5, 230]]),
        ("mean", full, [[9.5, 100], [11.5, 120], [13.5, 140]]),
        ("last", mixed, [[6.5, 70], [20.5, 210], [4.5, 50]]),
        ("mean", mixed, [[3.5, 40], [11.5, 120], [4.5, 50]]),
    )
    names = ("h", "lengths", "W_hy", "b_y")
    for how, lengths, expected in cases:

        def call(*args: np.ndarray, how: str = how) -> Any:
            return sequence_to_class(*args, how)

        o = call_unchanged(call, names, (h, lengths, W_hy, b_y))
        note = f'With how = "{how}" and lengths {[int(length) for length in lengths]} of T = 4:'
        expect("o", o, np.array(expected), note=note, axes=("n",))
    print("sequence_to_class: the last state and the mean are right, for lengths below T, too.")


def check_build_vocabulary(build_vocabulary: Function) -> None:
    """Exercise 8: the example of the task, min_count, equally frequent words, EOS in the text."""
    text = [["the", "cat", "saw", "the", "dog"], ["the", "dog", "ran"]]
    cases: tuple[tuple[str, list[list[str]], dict[str, int], list[str]], ...] = (
        ("For the example:", text, {}, [EOS, UNK, "the", "dog", "cat", "ran", "saw"]),
        ("For the example with min_count = 2:", text, {"min_count": 2}, [EOS, UNK, "the", "dog"]),
        ("With EOS in the text:", [["b", EOS, "a"]], {}, [EOS, UNK, "a", "b"]),
    )
    for note, sentences, options, expected in cases:
        got = build_vocabulary([list(sentence) for sentence in sentences], **options)
        if type(got) is not list:
            raise CheckFailed(f"{note} it gives back {type_in_words(got)}, expected a list.")
        if got != expected:
            raise CheckFailed(f"{note} it gives back {got}, expected {expected}.")
    print("build_vocabulary: the words and their order are right, with min_count, too.")


def check_encode(encode: Function) -> None:
    """Exercise 9: known and unknown words, no words, and the arguments afterwards."""
    vocabulary = [EOS, UNK, "the", "dog"]
    for tokens, expected in ((["the", "dog"], [2, 3, 0]), (["the", "old", "dog"], [2, 1, 3, 0])):
        mine, words = list(tokens), list(vocabulary)
        expect("ids", encode(mine, words), np.array(expected), note=f"For {tokens}:")
        if mine != tokens or words != vocabulary:
            raise CheckFailed(
                "tokens or vocabulary is another list after the call. Make a new one."
            )
    expect("ids", encode([], vocabulary), np.array([0]), note="For a sentence without words:")
    print("encode: known words, unknown words and the end are right.")


def check_one_hot(one_hot: Function) -> None:
    """Exercise 10: a sentence, a batch, one number."""
    rows = [[0.0, 0, 1, 0], [1, 0, 0, 0], [0, 0, 0, 1]]
    expect("x", one_hot(np.array([2, 0, 3]), 4), np.array(rows), note="For ids [2, 0, 3], V = 4:")
    note = "For ids [[2], [0], [3]], V = 4:"
    expect("x", one_hot(np.array([[2], [0], [3]]), 4), np.array(rows)[:, None], note=note)
    expect("x", one_hot(np.array(2), 4), np.array(rows[0]), note="For the number 2 alone, V = 4:")
    print("one_hot: the rows are right, whatever axes `ids` has.")


def _language_model() -> dict[str, np.ndarray]:
    W_xh, W_hh, b_h = weights(4, 3, start=1)
    return {
        "W_xh": W_xh,
        "W_hh": W_hh,
        "b_h": b_h,
        "W_hy": wave(3, 4, start=4),
        "b_y": wave(4, start=5),
    }


def _without_memory(b_y: np.ndarray) -> dict[str, np.ndarray]:
    """A model that says the same at every step: its scores are b_y."""
    V = len(b_y)
    return {
        "W_xh": np.zeros((V, 2)),
        "W_hh": np.zeros((2, 2)),
        "b_h": np.zeros(2),
        "W_hy": np.zeros((2, V)),
        "b_y": b_y,
    }


def check_sentence_log_prob(sentence_log_prob: Function) -> None:
    """Exercise 11: models whose answer can be worked out, a real one, long sentences."""
    same = _without_memory(np.log([0.5, 0.25, 0.125, 0.125]))
    got = sentence_log_prob(np.array([1, 3, 0]), same)
    note = "For three words with probabilities 1/4, 1/8 and 1/2:"
    factors = {"-1": -1.0, "1 / T": 1 / 3}
    expect("log-probability", got, -4.15888308, note=note, factors=factors)
    for ids, expected in LOG_PROBS.items():
        note = f"For a model with memory, and ids {list(ids)}:"
        factors = {"-1": -1.0, "1 / T": 1 / len(ids)}
        got = sentence_log_prob(np.array(ids), _language_model())
        expect("log-probability", got, expected, note=note, factors=factors)
    with np.errstate(all="ignore"):
        got = sentence_log_prob(np.array([1] * 599 + [0]), same)
    note = "For a sentence of 600 words, whose probability is too small for float64:"
    expect("log-probability", got, -831.08346949, note=note)
    with np.errstate(all="ignore"):
        got = sentence_log_prob(np.array([1, 0]), _without_memory(np.array([0.0, -1000])))
    note = "For a word with scores 0 and -1000, whose probability is too small for float64:"
    expect("log-probability", got, -1000.0, note=note)
    print("sentence_log_prob: one word, several words and long sentences are right.")


def check_sample_sequence(sample_sequence: Function) -> None:
    """Exercise 12: the draw, the temperature, the end, and that the drawn word is read."""
    same = _without_memory(np.log([0.2, 0.1, 0.4, 0.3]))
    u = np.array([0.25, 0.95, 0.5, 0.75, 0.1, 0.5])
    words = sample_sequence(same, u, 1.0, 9)
    note = f"For probabilities 0.2, 0.1, 0.4, 0.3 at every step, and u = {u.tolist()}:"
    expect("ids", words, np.array([1, 3, 2, 3, 0, 2]), note=note)
    note = "With the same, and eos = 0:"
    expect("ids", sample_sequence(same, u, 1.0, 0), np.array([1, 3, 2, 3, 0]), note=note)
    u = np.array([0.1, 0.15, 0.5, 0.9])
    words = sample_sequence(same, u, 0.5, 9)
    note = f"With temperature 0.5, so probabilities (4, 1, 16, 9) / 30, and u = {u.tolist()}:"
    expect("ids", words, np.array([0, 1, 2, 3]), note=note)
    counting = _without_memory(np.array([0.0, 100, 0, 0])) | {
        "W_xh": 10 * np.eye(4),
        "W_hh": np.zeros((4, 4)),
        "b_h": np.zeros(4),
        "W_hy": 200 * np.roll(np.eye(4), 1, axis=1),
    }
    note = "For a model that begins with word 1, and counts on from the word that it has read:"
    expect("ids", sample_sequence(counting, u, 1.0, 0), np.array([1, 2, 3, 0]), note=note)
    u = np.array([0.3, 0.9, 0.6, 0.5, 0.2, 0.8, 0.7, 0.45])
    note = "For a model with memory, whose guesses depend on all words before:"
    words = sample_sequence(_language_model(), u, 1.0, 9)
    expect("ids", words, np.array([1, 2, 1, 2, 1, 2, 2, 1]), note=note, axes=("t",))
    print("sample_sequence: draw, temperature and end are right, and it reads its own words.")


def check_adder_weights(
    adder_weights: Function, rnn_forward: Function, output_forward: Function
) -> None:
    """Exercise 13: the form of the weights; then the student's own network adds short numbers."""
    w = adder_weights()
    if type(w) is not dict:
        raise CheckFailed(f"It gives back {type_in_words(w)}, expected a dict.")
    for name in ("W_xh", "W_hh", "b_h", "W_hy", "b_y"):
        if name not in w:
            raise CheckFailed(f"{name} is missing in the dict.")
        if type(w[name]) is not np.ndarray:
            raise CheckFailed(f"{name}: it is {type_in_words(w[name])}, expected a NumPy array.")
    units = len(np.ravel(w["b_h"]))
    shapes = {"W_xh": (2, units), "W_hh": (units, units), "b_h": (units,), "W_hy": (units, 1)}
    for name, shape in (shapes | {"b_y": (1,)}).items():
        if w[name].shape != shape:
            raise CheckFailed(
                f"{name}: shape {w[name].shape}, expected {shape}, as b_h has {units}."
            )
    bits = 4
    pairs = list(itertools.product(range(2**bits), repeat=2))
    x = np.array(
        [[[a >> t & 1, b >> t & 1] for a, b in pairs] for t in range(bits + 1)], dtype=float
    )
    h, _ = pair(
        rnn_forward(x, np.zeros((len(pairs), units)), w["W_xh"], w["W_hh"], w["b_h"]), "(h, cache)"
    )
    o, _ = pair(output_forward(h, w["W_hy"], w["b_y"]), "(o, cache)")
    note = "Exercises 2 and 4 are used here, and should be right first."
    expect_form("o", o, (bits + 1, len(pairs), 1), note=note)
    got = o[:, :, 0] > 0.5
    for n, (a, b) in sorted(enumerate(pairs), key=lambda item: sum(item[1])):
        wanted = [a + b >> t & 1 for t in range(bits + 1)]
        answer = [int(bit) for bit in got[:, n]]
        if answer != wanted:
            raise CheckFailed(
                f"For {a} + {b} your network answers {answer}, lowest bit first; expected "
                f"{wanted}. It goes wrong at step {1 + _first_difference(answer, wanted)}."
            )
    print(f"adder_weights: all sums of numbers of {bits} bits are right. Tests go on to 500 bits.")


def _first_difference(one: list[int], other: list[int]) -> int:
    return next(i for i, (a, b) in enumerate(zip(one, other, strict=True)) if a != b)


def check_birnn_forward(birnn_forward: Function) -> None:
    """Exercise 14: each direction, one step, and the arguments afterwards."""
    units = 3
    x, h0 = wave(T, N, 2), wave(2, N, units, start=1)
    forward, backward = weights(2, units), weights(2, units, start=5)

    def call(x: np.ndarray, h0: np.ndarray) -> Any:
        return birnn_forward(x, h0, forward, backward)

    h, _ = pair(call_unchanged(call, ("x", "h0"), (x, h0)), "(h, cache)")
    expected = table(BOTH_DIRECTIONS, T, N, 2 * units)
    expect_form("h", h, expected.shape)
    note = "The half that reads from left to right:"
    expect("h[..., :H]", h[..., :units], expected[..., :units], note=note, axes=STATE_AXES)
    note = "The half that reads from right to left:"
    expect("h[..., H:]", h[..., units:], expected[..., units:], note=note, axes=STATE_AXES)
    first, _ = pair(birnn_forward(x[:1], h0, forward, backward), "(h, cache)")
    expect_form("h", first, (1, N, 2 * units), note="For T = 1:")
    expect("h[..., :H]", first[..., :units], expected[:1, :, :units], note="For T = 1:")
    print("birnn_forward: both directions are right.")


def check_deep_rnn_forward(deep_rnn_forward: Function) -> None:
    """Exercise 15: one layer, two layers, and the arguments afterwards."""
    x, h0, shared = wave(T, N, D), wave(1, N, H, start=1), weights(D, H)
    h, _ = pair(deep_rnn_forward(x, h0, [shared]), "(h, cache)")
    expect("h", h, table(STATES, T, N, H), note="With one layer:", axes=STATE_AXES)
    h0, layers = wave(2, N, 3, start=1), [weights(D, 3), weights(3, 3, start=5)]

    def call(x: np.ndarray, h0: np.ndarray) -> Any:
        return deep_rnn_forward(x, h0, layers)

    h, _ = pair(call_unchanged(call, ("x", "h0"), (x, h0)), "(h, cache)")
    expect("h", h, table(TOP_LAYER, T, N, 3), note="With two layers:", axes=STATE_AXES)
    print("deep_rnn_forward: one layer and two layers are right.")
