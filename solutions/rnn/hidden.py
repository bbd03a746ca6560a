"""The hidden tests of the assignment `rnn`: what each exercise is given, and what must come back.

`grade(exercise, student)` runs the parts of one exercise and gives a `autograder.testing.Verdict`.
Expected values come from `course_lib.reference`; tests/assignments shows that on these very calls the
reference agrees with PyTorch and with loops over single numbers.

Numbers come from local generators with seeds of their own, made from `SEED`, and sizes differ from
those of the visible checks. tests/assignments shows that the verdicts depend on neither. No message
holds an input, an expected value or anything that a student wrote.
"""

import itertools
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from autograder.testing import (
    Entry,
    Failed,
    PartTest,
    Recorder,
    Verdict,
    examine,
    first,
    load_bank,
    require,
    require_items,
    require_unchanged,
)
from course_lib.compare import describe_difference
from course_lib.reference.adder import adder_weights
from course_lib.reference.bidirectional import birnn_forward
from course_lib.reference.deep import deep_rnn_forward
from course_lib.reference.language_model import sample_sequence, sentence_log_prob
from course_lib.reference.losses import cross_entropy_forward, softmax
from course_lib.reference.output import output_forward
from course_lib.reference.pooling import last_state_forward, mean_state_forward
from course_lib.reference.rnn import rnn_cell_forward, rnn_forward
from course_lib.reference.vocabulary import EOS, UNK, build_vocabulary, encode, one_hot

#: All hidden numbers are drawn from this.
SEED = 20261

PARTS: dict[str, list[PartTest]] = {}
Test = Callable[[Recorder], None]

STATE_AXES = ("t", "n", "unit")
WEIGHTS = ("W_xh", "W_hh", "b_h")


def grade(exercise: str, student: Any) -> Verdict:
    """Test a student's answer to an exercise. Raises KeyError where there is no such exercise."""
    return examine(
        exercise,
        student,
        PARTS[exercise],
        given=given(exercise),
        mistakes=_bank(),
        reference=REFERENCE[exercise],
        views=VIEWS.get(exercise, ()),
    )


@cache
def _bank() -> list[Entry]:
    return load_bank(Path(__file__).with_name("mistakes.py"))


def part(
    exercise: str, name: str, *, needs: tuple[str, ...] = (), weight: float = 1.0
) -> Callable[[Test], Test]:
    """Make a function the next part of an exercise's test."""

    def add(test: Test) -> Test:
        PARTS.setdefault(exercise, []).append(PartTest(name, test, needs, weight))
        return test

    return add


def sequence_to_class(
    h: np.ndarray, lengths: np.ndarray, W_hy: np.ndarray, b_y: np.ndarray, how: str
) -> np.ndarray:
    """The reference for exercise 7, put together from the library's pieces."""
    pool = {"last": last_state_forward, "mean": mean_state_forward}[how]
    return output_forward(pool(h, lengths)[0], W_hy, b_y)[0]


def cross_entropy(o: np.ndarray, y: np.ndarray, mask: np.ndarray | None = None) -> float:
    """The reference for exercise 6: the library's loss without its cache."""
    return float(cross_entropy_forward(o, y, mask)[0])


@cache
def predict_after_silence() -> dict[str, str]:
    """The reference for exercise 3: what tanh(w h) does to the state in the long run, computed."""
    answers = {}
    for case, (w, sound) in SILENCE.items():
        h = np.tanh(sound)
        for _ in range(1000):
            before, h = h, np.tanh(w * h)
        if abs(h) < 1e-9:
            answers[case] = "zero"
        elif h * before < 0:
            answers[case] = "swings"
        else:
            answers[case] = "positive" if h > 0 else "negative"
    return answers


SILENCE = {"a": (0.5, 1), "b": (2, 1), "c": (2, -1), "d": (-2, 1), "e": (-0.5, 1), "f": (2, 0)}

REFERENCE: dict[str, Callable[..., Any]] = {
    "rnn_cell_forward": rnn_cell_forward,
    "rnn_forward": rnn_forward,
    "predict_after_silence": predict_after_silence,
    "output_forward": output_forward,
    "softmax": softmax,
    "cross_entropy": cross_entropy,
    "sequence_to_class": sequence_to_class,
    "build_vocabulary": build_vocabulary,
    "encode": encode,
    "one_hot": one_hot,
    "sentence_log_prob": sentence_log_prob,
    "sample_sequence": sample_sequence,
    "adder_weights": adder_weights,
    "birnn_forward": birnn_forward,
    "deep_rnn_forward": deep_rnn_forward,
}


# What stands in for a student's earlier rungs. Unlike the reference it checks no shapes: it takes
# whatever the equation takes, a single row or a number, as a student's own version would.


def _given_cell(x: Any, h_prev: Any, W_xh: Any, W_hh: Any, b_h: Any) -> tuple[Any, tuple]:
    h = np.tanh(x @ W_xh + h_prev @ W_hh + b_h)
    return h, (x, h_prev, W_xh, W_hh, h)


def _given_rnn(x: Any, h0: Any, W_xh: Any, W_hh: Any, b_h: Any) -> tuple[Any, list]:
    h, cache = [], []
    for x_t in x:
        h0, step = _given_cell(x_t, h0, W_xh, W_hh, b_h)
        h.append(h0)
        cache.append(step)
    return np.stack(h), cache


def _given_output(h: Any, W_hy: Any, b_y: Any) -> tuple[Any, tuple]:
    return h @ W_hy + b_y, (h, W_hy)


def _given_softmax(o: Any) -> Any:
    e = np.exp(o - np.max(o, axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def _given_cross_entropy(o: Any, y: Any, mask: Any = None) -> Any:
    o, y = np.asarray(o), np.asarray(y)
    shifted = o - o.max(axis=-1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    surprise = -np.take_along_axis(log_p, y[..., None], axis=-1)[..., 0]
    return surprise.mean() if mask is None else surprise[np.asarray(mask)].mean()


def _given_one_hot(ids: Any, V: int) -> Any:
    return np.eye(V)[ids]


GIVEN: dict[str, Callable[..., Any]] = {
    "rnn_cell_forward": _given_cell,
    "rnn_forward": _given_rnn,
    "output_forward": _given_output,
    "softmax": _given_softmax,
    "cross_entropy": _given_cross_entropy,
    "sequence_to_class": sequence_to_class,
    "build_vocabulary": build_vocabulary,
    "encode": encode,
    "one_hot": _given_one_hot,
}


def given(exercise: str) -> dict[str, Callable[..., Any]]:
    """The examiner's functions that stand in for a student's answers to the exercises before."""
    order = list(REFERENCE)
    before = order[: order.index(exercise)]
    return {name: GIVEN[name] for name in before if name in GIVEN}


def _rng(exercise: int, case: int) -> np.random.Generator:
    return np.random.default_rng([SEED, exercise, case])


def _pair(value: Any, what: str) -> tuple[Any, ...]:
    return require_items("What comes back", value, 2, f"the pair {what}")


def _main(value: Any) -> Any:
    """The first of a pair, or an array alone: a missing cache costs only its own part."""
    return value if isinstance(value, np.ndarray) else _pair(value, "(h, cache)")[0]


def _unchanged(student: Recorder, args: tuple[Any, ...], names: tuple[str, ...]) -> None:
    require_unchanged(names, args, student.call(args))


# 1. One step

CELL_ARGS = ("x", "h_prev", *WEIGHTS)


def _cell_case(case: int, N: int, D: int, H: int) -> tuple[np.ndarray, ...]:
    rng = _rng(1, case)
    shapes = ((N, D), (N, H), (D, H), (H, H), (H,))
    return tuple(0.7 * rng.standard_normal(shape) for shape in shapes)


def _state(student: Recorder, args: tuple[np.ndarray, ...], note: str = "") -> None:
    expected, _ = rnn_cell_forward(*args)
    sizes = tuple(size for array in args for size in array.shape)
    require("h", _main(student(*args)), expected, note=note, axes=("n", "unit"), sizes=sizes)


def _term(student: Recorder, args: tuple[np.ndarray, ...], note: str) -> None:
    """One term alone, to few digits: float32 costs the part on all of them, not these as well."""
    got, (expected, _) = _main(student(*args)), rnn_cell_forward(*args)
    if type(got) is np.ndarray and got.dtype == np.float32:
        got = got.astype(np.float64)
    require("h", got, expected, note=note, axes=("n", "unit"), rtol=1e-5, atol=1e-6)


def _only(args: tuple[np.ndarray, ...], *kept: int) -> tuple[np.ndarray, ...]:
    return tuple(a if i in kept else np.zeros_like(a) for i, a in enumerate(args))


@part("rnn_cell_forward", "the term with x")
def _(student: Recorder) -> None:
    note = "With h_prev = 0 and b_h = 0, so that only x W_xh is left, inside the tanh:"
    _term(student, _only(_cell_case(0, 3, 2, 4), 0, 2), note)


@part("rnn_cell_forward", "the term with h_prev")
def _(student: Recorder) -> None:
    note = "With x = 0 and b_h = 0, so that only h_prev W_hh is left, inside the tanh:"
    _term(student, _only(_cell_case(1, 3, 2, 4), 1, 3), note)


@part("rnn_cell_forward", "the bias")
def _(student: Recorder) -> None:
    note = "With x = 0 and h_prev = 0, so that only b_h is left, inside the tanh:"
    _term(student, _only(_cell_case(2, 3, 2, 4), 2, 3, 4), note)


@part("rnn_cell_forward", "all together, in any size", weight=2)
def _(student: Recorder) -> None:
    _state(student, _cell_case(3, 3, 3, 3), "With N = D = H:")
    _state(student, _cell_case(4, 3, 2, 4))
    _state(student, _cell_case(5, 1, 3, 2), "For a single sequence, N = 1:")
    _state(student, _cell_case(6, 4, 1, 1), "With one feature and one unit, D = H = 1:")
    single = tuple(a.astype(np.float32) for a in _cell_case(7, 2, 4, 3))
    expected, _ = rnn_cell_forward(*single)
    note = "With float32 coming in:"
    require("h", _main(student(*single)), expected, note=note, rtol=1e-5, atol=1e-6)


@part("rnn_cell_forward", "the cache")
def _(student: Recorder) -> None:
    args = _cell_case(8, 3, 2, 4)
    h, cache = _pair(student(*args), "(h, cache)")
    _, expected = rnn_cell_forward(*args)
    if type(h) is np.ndarray and h.shape == expected[4].shape and h.dtype == np.float64:
        expected = (*expected[:4], h)
    _cell_cache("cache", cache, expected)


@part("rnn_cell_forward", "its arguments stay as they are", needs=("all together, in any size",))
def _(student: Recorder) -> None:
    _unchanged(student, _cell_case(9, 3, 2, 4), CELL_ARGS)


def _cell_cache(name: str, cache: Any, expected: tuple[np.ndarray, ...]) -> None:
    fields = ("x", "h_prev", "W_xh", "W_hh", "h")
    items = require_items(name, cache, 5, "the tuple (x, h_prev, W_xh, W_hh, h)")
    for i, (field, item, wanted) in enumerate(zip(fields, items, expected, strict=True)):
        sizes = tuple(size for array in expected for size in array.shape)
        require(f"{name}[{i}], which is {field}", item, wanted, sizes=sizes)


# 2. A sequence

RNN_ARGS = ("x", "h0", *WEIGHTS)


def _rnn_case(case: int, T: int, N: int, D: int, H: int) -> tuple[np.ndarray, ...]:
    rng = _rng(2, case)
    shapes = ((T, N, D), (N, H), (D, H), (H, H), (H,))
    return tuple(0.7 * rng.standard_normal(shape) for shape in shapes)


def _states(student: Recorder, args: tuple[np.ndarray, ...], note: str = "") -> np.ndarray:
    expected, _ = rnn_forward(*args)
    sizes = tuple(size for array in args for size in array.shape)
    got = _main(student(*args))
    require("h", got, expected, note=note, axes=STATE_AXES, sizes=sizes)
    return got


@part("rnn_forward", "one step")
def _(student: Recorder) -> None:
    _states(student, _rnn_case(0, 1, 3, 2, 4), "For T = 1, which is one call of the cell:")


@part("rnn_forward", "every step, where h0 is 0")
def _(student: Recorder) -> None:
    x, h0, *weights = _rnn_case(1, 4, 2, 3, 5)
    _states(student, (x, np.zeros_like(h0), *weights), "With h0 = 0:")


@part("rnn_forward", "every step", weight=2)
def _(student: Recorder) -> None:
    _states(student, _rnn_case(10, 5, 3, 2, 4))


@part("rnn_forward", "any size", needs=("every step",))
def _(student: Recorder) -> None:
    _states(student, _rnn_case(2, 4, 1, 3, 2), "For a single sequence, N = 1:")
    _states(student, _rnn_case(3, 2, 6, 1, 1), "With one feature and one unit, D = H = 1:")
    _states(student, _rnn_case(4, 3, 3, 3, 3), "With T = N = D = H:")
    _states(student, _rnn_case(5, 40, 2, 3, 5), "For a longer sequence:")
    args = _rnn_case(6, 4, 5, 2, 3)
    order = _rng(2, 7).permutation(5)
    straight = _states(student, args)
    shuffled = _main(student(args[0][:, order], args[1][order], *args[2:]))
    note = "With the sequences of a batch in another order, which must only change their order:"
    require("h", shuffled, straight[:, order], note=note)


@part("rnn_forward", "the list of caches")
def _(student: Recorder) -> None:
    x, h0, *weights = _rnn_case(8, 4, 2, 3, 5)
    args = (x, np.zeros_like(h0), *weights)
    _, cache = _pair(student(*args), "(h, cache)")
    _, expected = rnn_forward(*args)
    steps = require_items("cache", cache, len(expected), "a list of T caches")
    for t, (step, wanted) in enumerate(zip(steps, expected, strict=True)):
        _cell_cache(f"cache[{t}]", step, wanted)


@part("rnn_forward", "its arguments stay as they are", needs=("every step",))
def _(student: Recorder) -> None:
    _unchanged(student, _rnn_case(9, 3, 2, 4, 5), RNN_ARGS)


# 3. Predict, then run


def _prediction(case: str) -> Test:
    def test(student: Recorder) -> None:
        answers = student()
        if type(answers) is not dict:
            require("What comes back", answers, predict_after_silence())
        word = answers.get(case)
        if type(word) is not str or word not in ("zero", "positive", "negative", "swings"):
            raise Failed("there is none of the four words for it.")
        if word != predict_after_silence()[case]:
            raise Failed("run this case once more, for a hundred steps, and look at the last ones.")

    return test


for _case in SILENCE:
    part("predict_after_silence", f"case {_case}")(_prediction(_case))


# 4. The output layer


def _output_case(case: int, *front: int, H: int, K: int) -> tuple[np.ndarray, ...]:
    rng = _rng(4, case)
    shapes = ((*front, H), (H, K), (K,))
    return tuple(rng.standard_normal(shape) for shape in shapes)


def _scores(student: Recorder, args: tuple[np.ndarray, ...], note: str = "") -> None:
    expected, _ = output_forward(*args)
    value = student(*args)
    got = value if isinstance(value, np.ndarray) else _pair(value, "(o, cache)")[0]
    sizes = tuple(size for array in args for size in array.shape)
    require("o", got, expected, note=note, sizes=sizes)


@part("output_forward", "the term with h")
def _(student: Recorder) -> None:
    args = _only(_output_case(0, 3, H=4, K=2), 0, 1)
    _scores(student, args, "With b_y = 0, so that only h W_hy is left:")


@part("output_forward", "the bias")
def _(student: Recorder) -> None:
    args = _only(_output_case(1, 3, H=4, K=2), 1, 2)
    _scores(student, args, "With h = 0, so that only b_y is left:")


@part("output_forward", "one step and whole sequences")
def _(student: Recorder) -> None:
    _scores(student, _output_case(2, 4, 4, H=4, K=4), "With T = N = H = K:")
    _scores(student, _output_case(3, 3, H=2, K=6), "For the states of one step, (N, H):")
    _scores(student, _output_case(4, 5, 3, H=4, K=2), "For the states of a sequence, (T, N, H):")
    _scores(student, _output_case(5, 1, 1, H=1, K=3), "With T = N = H = 1:")


@part("output_forward", "the cache")
def _(student: Recorder) -> None:
    args = _output_case(6, 5, 3, H=4, K=2)
    _, cache = _pair(student(*args), "(o, cache)")
    h, W_hy = require_items("cache", cache, 2, "the tuple (h, W_hy)")
    require("cache[0], which is h", h, args[0])
    require("cache[1], which is W_hy", W_hy, args[1])


@part("output_forward", "its arguments stay as they are", needs=("one step and whole sequences",))
def _(student: Recorder) -> None:
    _unchanged(student, _output_case(7, 2, 3, H=4, K=5), ("h", "W_hy", "b_y"))


# 5. Softmax


def _probabilities(student: Recorder, o: np.ndarray, note: str = "") -> None:
    require("p", student(o), softmax(o), note=note, sizes=o.shape)


@part("softmax", "one row")
def _(student: Recorder) -> None:
    _probabilities(student, _rng(5, 0).standard_normal((1, 5)))
    _probabilities(student, _rng(5, 1).standard_normal(4), "For scores of shape (K,):")


@part("softmax", "over the last axis")
def _(student: Recorder) -> None:
    _probabilities(student, _rng(5, 2).standard_normal((3, 5)), "For scores of shape (N, K):")
    _probabilities(student, _rng(5, 3).standard_normal((4, 2, 3)), "For shape (T, N, K):")
    _probabilities(student, _rng(5, 4).standard_normal((3, 3, 3)), "With T = N = K:")
    _probabilities(student, _rng(5, 5).standard_normal((2, 3, 1)), "With K = 1:")


@part("softmax", "large scores")
def _(student: Recorder) -> None:
    o = _rng(5, 6).standard_normal((3, 4))
    _probabilities(student, o + 2000, "With very large scores:")
    _probabilities(student, o - 2000, "With very negative scores:")
    _probabilities(student, 3000 * o, "With scores that are far apart:")


@part("softmax", "rows that lie far apart")
def _(student: Recorder) -> None:
    o = _rng(5, 7).standard_normal((3, 4)) + np.array([[-1500.0], [0.0], [1500.0]])
    _probabilities(
        student, o, "With very negative scores in one row and very large ones in another:"
    )


@part("softmax", "precision, and its argument stays as it is", needs=("over the last axis",))
def _(student: Recorder) -> None:
    o = _rng(5, 8).standard_normal((2, 3)).astype(np.float32)
    require("p", student(o), softmax(o), note="With float32 coming in:", rtol=1e-5, atol=1e-6)
    _unchanged(student, (_rng(5, 9).standard_normal((2, 4, 3)),), ("o",))


# 6. Cross-entropy


def _loss_case(case: int, *front: int, K: int) -> tuple[np.ndarray, np.ndarray]:
    rng = _rng(6, case)
    return 2 * rng.standard_normal((*front, K)), rng.integers(K, size=front)


def _loss(student: Recorder, args: tuple[Any, ...], note: str = "") -> None:
    o, count = args[0], int(np.prod(args[0].shape[:-1]))
    factors = {"-1": -1.0, "the number of positions": float(count), "K": float(o.shape[-1])}
    factors |= {"1 / K": 1 / o.shape[-1]}
    require("loss", student(*args), cross_entropy(*args), note=note, factors=factors)


@part("cross_entropy", "one position")
def _(student: Recorder) -> None:
    _loss(student, _loss_case(0, 1, K=5), "For a single position:")


@part("cross_entropy", "the mean over positions")
def _(student: Recorder) -> None:
    _loss(student, _loss_case(1, 4, K=3), "For scores of shape (N, K):")
    _loss(student, _loss_case(2, 5, 3, K=4), "For scores of shape (T, N, K):")
    _loss(student, _loss_case(3, 2, 2, K=2), "With T = N = K:")


@part("cross_entropy", "the mask", needs=("one position",))
def _(student: Recorder) -> None:
    o, y = _loss_case(4, 5, 3, K=4)
    mask = np.arange(5)[:, None] < np.array([5, 2, 3])
    _loss(student, (o, np.where(mask, y, 0), mask), "With a mask:")
    _loss(student, (o, y, np.ones((5, 3), dtype=bool)), "With a mask that is True everywhere:")
    padded = np.where(mask[..., None], o, _rng(6, 5).standard_normal(o.shape))
    note = "With other scores at the masked positions, which must not matter:"
    _loss(student, (padded, np.where(mask, y, 0), mask), note)


@part("cross_entropy", "unlikely answers")
def _(student: Recorder) -> None:
    o, y = _loss_case(6, 3, K=4)
    y = np.argmin(o, axis=-1)
    _loss(student, (20 * o, y), "Where the right class is very unlikely:")
    _loss(student, (1000 * o, y), "Where the probability of the right class underflows to 0:")
    _loss(student, (o + 2000, y), "With very large scores:")


@part("cross_entropy", "its arguments stay as they are", needs=("the mean over positions",))
def _(student: Recorder) -> None:
    o, y = _loss_case(7, 4, 2, K=3)
    mask = np.arange(4)[:, None] < np.array([4, 3])
    _unchanged(student, (o, np.where(mask, y, 0), mask), ("o", "y", "mask"))


# 7. From a sequence to one class

CLASS_ARGS = ("h", "lengths", "W_hy", "b_y", "how")


def _class_case(
    case: int, how: str, T: int, lengths: tuple[int, ...], H: int = 4, K: int = 2
) -> tuple[Any, ...]:
    rng = _rng(7, case)
    h = np.tanh(rng.standard_normal((T, len(lengths), H)))
    return h, np.array(lengths), rng.standard_normal((H, K)), rng.standard_normal(K), how


def _class_scores(student: Recorder, args: tuple[Any, ...], note: str = "") -> None:
    h, _, W_hy, _, _ = args
    sizes = (*h.shape, *W_hy.shape)
    factors = {"T": float(len(h)), "1 / T": 1 / len(h)}
    expected = sequence_to_class(*args)
    require("o", student(*args), expected, note=note, axes=("n",), sizes=sizes, factors=factors)


@part("sequence_to_class", "the last state")
def _(student: Recorder) -> None:
    _class_scores(student, _class_case(0, "last", 5, (5, 5, 5)), "Where all lengths are T:")


@part("sequence_to_class", "the last state, where lengths differ", needs=("the last state",))
def _(student: Recorder) -> None:
    _class_scores(student, _class_case(1, "last", 6, (4, 6, 1)), "Where lengths differ:")
    _class_scores(student, _class_case(2, "last", 4, (3,)), "For a single sequence, N = 1:")
    _class_scores(student, _class_case(3, "last", 1, (1, 1)), "For T = 1:")
    _unchanged(student, _class_case(4, "last", 4, (3, 4)), CLASS_ARGS)


@part("sequence_to_class", "the mean of the states")
def _(student: Recorder) -> None:
    _class_scores(student, _class_case(5, "mean", 5, (5, 5, 5)), "Where all lengths are T:")


@part("sequence_to_class", "the mean, where lengths differ", needs=("the mean of the states",))
def _(student: Recorder) -> None:
    args = _class_case(6, "mean", 6, (4, 6, 1))
    _class_scores(student, args, "Where lengths differ:")
    inside = np.arange(len(args[0]))[:, None] < args[1]
    h = np.where(inside[:, :, None], args[0], 1000.0)
    note = "With other numbers in the padding, which must not matter:"
    _class_scores(student, (h, *args[1:]), note)
    _class_scores(student, _class_case(7, "mean", 4, (3,)), "For a single sequence, N = 1:")
    _class_scores(student, _class_case(8, "mean", 3, (2, 1, 3), 3, 3), "With T = N = H = K:")
    _unchanged(student, _class_case(9, "mean", 4, (3, 4)), CLASS_ARGS)


# 8. A vocabulary

TEXT = [
    ["my", "goat", "ate", "the", "old", "hat"],
    ["the", "hat", "was", "my", "hat"],
    ["zebras", "ate", "a", "goat"],
    ["the", "goat", "was", "old"],
]


def _vocabulary(
    student: Recorder, sentences: list[list[str]], min_count: int | None = None, note: str = ""
) -> list[str]:
    options = {} if min_count is None else {"min_count": min_count}
    got = student(sentences, **options)
    if type(got) is not list or not all(type(word) is str for word in got):
        raise Failed(f"{note} What comes back is not a list of strings.".strip())
    expected = build_vocabulary(sentences, **options)
    if got == expected:
        return got
    raise Failed(f"{note} {_vocabulary_fault(got, expected)}".strip())


def _vocabulary_fault(got: list[str], expected: list[str]) -> str:
    if got[:2] != [EOS, UNK]:
        return "The list does not begin with EOS and UNK."
    if len(set(got)) < len(got):
        return "Some word is listed twice."
    if sorted(got) == sorted(expected):
        return "The right words are listed, but in another order."
    if set(got) > set(expected):
        return "There are words in the list that should be left out."
    if set(got) < set(expected):
        return "Words are missing from the list."
    return "Other words are listed than should be."


@part("build_vocabulary", "the words, most frequent first")
def _(student: Recorder) -> None:
    text = [["z", "y", "z", "z", "x"], ["z", "y", "x", "y"]]
    _vocabulary(student, text, note="Where no two words are equally frequent:")


@part("build_vocabulary", "equally frequent words")
def _(student: Recorder) -> None:
    _vocabulary(student, TEXT, note="Where words are equally frequent:")
    _vocabulary(student, [["b", "a", "B"]], note="Where each word occurs once:")


@part("build_vocabulary", "min_count")
def _(student: Recorder) -> None:
    text = [["z", "y", "z", "z", "x"], ["z", "y", "x", "y", "w"]]
    for min_count in (2, 3, 9):
        _vocabulary(student, text, min_count, "With a larger min_count:")
    _vocabulary(student, text, 1, "With min_count = 1:")


@part(
    "build_vocabulary",
    "EOS and UNK in the text, and no text",
    needs=("the words, most frequent first",),
)
def _(student: Recorder) -> None:
    _vocabulary(student, [["a", UNK, "a", UNK, UNK], ["b", EOS]], note="With EOS, UNK in a text:")
    _vocabulary(student, [[], []], note="For sentences without words:")
    _vocabulary(student, [], note="For a text without sentences:")
    _unchanged(student, ([list(sentence) for sentence in TEXT],), ("sentences",))


# 9. From words to numbers

WORDS = [EOS, UNK, "goat", "the", "hat", "ate"]


def _encoded(student: Recorder, tokens: list[str], note: str, *, end: bool = True) -> None:
    """Compare the numbers; without ``end`` it does not matter whether that of EOS follows."""
    got, expected = student(tokens, WORDS), encode(tokens, WORDS)
    if not end:
        expected = expected[:-1]
        if type(got) is np.ndarray and got.shape == (len(tokens) + 1,):
            got = got[:-1]
    require("ids", got, expected, note=note, sizes=(len(tokens) + 1,))


@part("encode", "the numbers of the words")
def _(student: Recorder) -> None:
    note = "For words that are all in the vocabulary, whatever the end:"
    _encoded(student, ["the", "goat", "ate", "hat", "the"], note, end=False)


@part("encode", "EOS at the end")
def _(student: Recorder) -> None:
    note = "For words that are all in the vocabulary:"
    _encoded(student, ["goat", "ate", "the", "hat"], note)
    _encoded(student, [], "For a sentence without words:")


@part("encode", "unknown words", needs=("the numbers of the words",))
def _(student: Recorder) -> None:
    note = "Where words are not in the vocabulary, whatever the end:"
    _encoded(student, ["a", "goat", "ate", "my", "hat"], note, end=False)
    note = "Where words differ in capital letters, which makes them unknown:"
    _encoded(student, ["Goat", "Hat"], note, end=False)


@part("encode", "its arguments stay as they are", needs=("the numbers of the words",))
def _(student: Recorder) -> None:
    args = (["the", "old", "goat"], list(WORDS))
    _unchanged(student, args, ("tokens", "vocabulary"))


# 10. One-hot


@part("one_hot", "a sentence")
def _(student: Recorder) -> None:
    for note, ids, V in (
        ("For ids of shape (T,):", [3, 0, 5, 3], 7),
        ("For T = 1:", [2], 3),
        ("With T = V:", [2, 0, 1], 3),
        ("For the first and the last number there is:", [0, 4, 4, 0], 5),
    ):
        got = student(np.array(ids), V)
        require("x", _as_float(got), one_hot(np.array(ids), V), note=note, sizes=(V,))


def _as_float(got: Any) -> Any:
    """Integers and truth values as float64, so that a wrong dtype costs only its own part."""
    whole = type(got) is np.ndarray and got.dtype.kind in "biu"
    return got.astype(np.float64) if whole else got


@part("one_hot", "any shape of ids", needs=("a sentence",))
def _(student: Recorder) -> None:
    for case, shape in enumerate(((4, 3), (2, 3, 4), (1, 5), ())):
        ids = np.asarray(_rng(10, case).integers(6, size=shape))
        note = f"For ids with {len(shape)} axes:"
        require("x", _as_float(student(ids, 6)), one_hot(ids, 6), note=note, sizes=(*shape, 6))
    _unchanged(student, (np.array([1, 2, 0]), 4), ("ids", "V"))


@part("one_hot", "float64", needs=("a sentence",))
def _(student: Recorder) -> None:
    ids = np.array([1, 2, 0])
    require("x", student(ids, 4), one_hot(ids, 4))


# 11. How likely is a sentence?

LM_ARGS = ("ids", "params")


def _lm(exercise: int, case: int, V: int, H: int, scale: float = 1.0) -> dict[str, np.ndarray]:
    rng = _rng(exercise, case)
    shapes = {"W_xh": (V, H), "W_hh": (H, H), "b_h": (H,), "W_hy": (H, V), "b_y": (V,)}
    params = {name: rng.standard_normal(shape) for name, shape in shapes.items()}
    return params | {"W_hy": scale * params["W_hy"]}


def _log_prob(student: Recorder, ids: list[int], params: dict, note: str) -> None:
    array = np.array(ids)
    expected = sentence_log_prob(array, params)
    factors = {"-1": -1.0, "1 / T": 1 / len(ids), "1 / log 2": 1 / np.log(2)}
    require("log-probability", student(array, params), expected, note=note, factors=factors)


@part("sentence_log_prob", "one word")
def _(student: Recorder) -> None:
    note = "For a sentence of one word, where x_1 = 0 and h_0 = 0:"
    _log_prob(student, [2], _lm(11, 0, 5, 3), note)
    _log_prob(student, [0], _lm(11, 1, 4, 6), note)


@part("sentence_log_prob", "the words before")
def _(student: Recorder) -> None:
    _log_prob(student, [3, 1, 4, 0], _lm(11, 2, 5, 3), "For a sentence of four words:")
    _log_prob(student, [1, 1, 2, 2, 1, 0], _lm(11, 3, 3, 4), "For a sentence of six words:")


@part("sentence_log_prob", "all sentences together", needs=("the words before",))
def _(student: Recorder) -> None:
    params = _lm(11, 4, 3, 2)
    total = 0.0
    for ids in itertools.product(range(3), repeat=2):
        value = student(np.array(ids), params)
        _log_prob_form(value)
        with np.errstate(over="ignore"):
            total += float(np.exp(value))
    note = "Summed over all sentences of two words from a vocabulary of three:"
    require("the probability", total, 1.0, note=note)


def _log_prob_form(value: Any) -> None:
    problem = describe_difference("log-probability", value, -1.0, atol=np.inf, show_values=False)
    if problem:
        raise Failed(problem)


@part("sentence_log_prob", "long sentences and unlikely words")
def _(student: Recorder) -> None:
    params = _lm(11, 6, 6, 4, scale=4.0)
    note = "For a long sentence, whose probability is too small for float64:"
    _log_prob(student, _unlikely(params, 80), params, note)
    note = "With words whose probability is too small for float64:"
    params = _lm(11, 7, 4, 3, scale=9000.0)
    _log_prob(student, _unlikely(params, 4), params, note)


def _unlikely(params: dict[str, np.ndarray], T: int) -> list[int]:
    """The sentence whose every word is the least likely one after those before it."""
    V, H = params["W_xh"].shape
    x, h, ids = np.zeros((1, V)), np.zeros((1, H)), []
    for _ in range(T):
        h, _ = _given_cell(x, h, params["W_xh"], params["W_hh"], params["b_h"])
        ids.append(int(np.argmin(h @ params["W_hy"] + params["b_y"])))
        x = one_hot(np.array(ids[-1:]), V)
    return ids


@part("sentence_log_prob", "its arguments stay as they are", needs=("the words before",))
def _(student: Recorder) -> None:
    _unchanged(student, (np.array([2, 1, 0]), _lm(11, 8, 4, 3)), LM_ARGS)


# 12. Let it speak

SAMPLE_ARGS = ("params", "uniforms", "temperature", "eos")
NEVER = 10**6


def _drawn(student: Recorder, args: tuple[Any, ...], note: str) -> None:
    expected = sample_sequence(*args)
    got = student(*args)
    if type(got) is np.ndarray and got.ndim == 1 and got.dtype.kind in "iu" and len(got):
        if len(got) > len(expected):
            raise Failed(f"{note} Too many words come back: does it stop where it should?")
        if len(got) < len(expected):
            raise Failed(f"{note} Too few words come back: does it stop too early?")
    require("ids", got, expected, note=note, axes=("t",))


@part("sample_sequence", "the first word")
def _(student: Recorder) -> None:
    params = _lm(12, 0, 6, 3)
    for u in _rng(12, 1).random(6):
        _drawn(student, (params, np.array([u]), 1.0, NEVER), "With one number u:")


@part("sample_sequence", "each word is read at the next step", needs=("the first word",))
def _(student: Recorder) -> None:
    args = (_attentive(_lm(12, 2, 5, 4)), _rng(12, 3).random(12), 1.0, NEVER)
    _drawn(student, args, "For many steps, without an end:")
    args = (_attentive(_lm(12, 4, 3, 3)), _rng(12, 5).random(12), 1.0, NEVER)
    _drawn(student, args, "With V = H, without an end:")


def _attentive(params: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """A model that makes much of the word it reads, and is never sure of the next one."""
    return params | {
        "W_xh": 3 * params["W_xh"],
        "W_hy": 0.8 * params["W_hy"],
        "b_y": np.zeros_like(params["b_y"]),
    }


@part("sample_sequence", "it stops", needs=("the first word",))
def _(student: Recorder) -> None:
    params = _same_at_every_step(_lm(12, 6, 4, 3))
    for case, eos in ((7, 0), (8, 2), (9, 3)):
        others = [word for word in range(4) if word != eos]
        before, after = _rng(12, case).choice(others, size=(2, 5)).tolist()
        u = _numbers_for(params, [*before, eos, *after, eos, *after])
        _drawn(student, (params, u, 1.0, eos), "With a word that ends the sentence:")
    u = _numbers_for(params, [2, 3, 1, 0, 3, 0, 2])
    expected = sample_sequence(params, u, 1.0, NEVER)
    require("ids", student(params, u, eos=NEVER), expected, note="With the temperature left out:")
    require("ids", student(params, u), sample_sequence(params, u), note="With eos left out:")


@part("sample_sequence", "the temperature", needs=("the first word",))
def _(student: Recorder) -> None:
    params = _same_at_every_step(_lm(12, 10, 5, 4))
    for temperature, note in ((0.4, "below"), (2.5, "above")):
        edges = np.cumsum(_always(params, temperature))[:-1]
        even = np.linspace(0.11, 0.93, 5)
        u = _rng(12, 11).permutation(np.concatenate([edges - 0.01, edges + 0.01, even]))
        args = (params, np.clip(u, 0, 0.999), temperature, NEVER)
        _drawn(student, args, f"With a temperature {note} 1:")


def _numbers_for(params: dict[str, np.ndarray], words: list[int]) -> np.ndarray:
    """Numbers in the middle of the pieces of these words, for a model that is always the same."""
    p = _always(params)
    return (np.cumsum(p) - p / 2)[words]


def _always(params: dict[str, np.ndarray], temperature: float = 1.0) -> np.ndarray:
    """The probabilities of a model that is the same at every step."""
    return _given_softmax((np.tanh(params["b_h"]) @ params["W_hy"] + params["b_y"]) / temperature)


def _same_at_every_step(params: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """A model that takes no notice of what it reads, so that only the drawing is tested."""
    return params | {name: np.zeros_like(params[name]) for name in ("W_xh", "W_hh")}


@part("sample_sequence", "where pieces meet, and rounding")
def _(student: Recorder) -> None:
    flat = {name: np.zeros_like(array) for name, array in _lm(12, 12, 4, 3).items()}
    quarters = np.array([0.25, 0.0, 0.75, 0.5])
    note = "Where u is exactly the sum of the first probabilities, or 0:"
    _drawn(student, (flat, quarters, 1.0, NEVER), note)
    note = "Where u is larger than the rounded sum of all probabilities:"
    _drawn(student, (_short_sum(), np.array([np.nextafter(1, 0)] * 2), 1.0, NEVER), note)


def _short_sum() -> dict[str, np.ndarray]:
    """A model, the same at every step, whose probabilities sum to less than 1 by rounding."""
    flat = {name: np.zeros_like(array) for name, array in _lm(12, 13, 10, 2).items()}
    for case in itertools.count(100):
        b_y = _rng(12, case).standard_normal(10)
        if np.cumsum(_given_softmax(b_y[None])[0])[-1] < np.nextafter(1, 0):
            return flat | {"b_y": b_y}
    raise AssertionError("unreachable")


@part("sample_sequence", "its arguments stay as they are", needs=("the first word",))
def _(student: Recorder) -> None:
    args = (_lm(12, 14, 4, 3), _rng(12, 15).random(6), 0.8, NEVER)
    _unchanged(student, args, SAMPLE_ARGS)


# 13. A network that adds

ADDER_SHAPES = {"W_xh": "(2, H)", "W_hh": "(H, H)", "b_h": "(H,)", "W_hy": "(H, 1)", "b_y": "(1,)"}
MOST_UNITS = 100


def _adder(value: Any) -> dict[str, np.ndarray]:
    """The weights in float64; raises Failed when they are none for this network."""
    if type(value) is not dict:
        require("What comes back", value, {})
    for name in ADDER_SHAPES:
        if name not in value:
            raise Failed(f"The dict has no {name}.")
        array = value[name]
        if type(array) is not np.ndarray or array.dtype.kind not in "iuf":
            raise Failed(f"{name} is not a NumPy array of numbers.")
        if not np.all(np.isfinite(array)):
            raise Failed(f"{name} holds NaN or infinity.")
    if value["b_h"].ndim != 1 or not 1 <= len(value["b_h"]) <= MOST_UNITS:
        raise Failed(f"b_h must have shape (H,), with H from 1 to {MOST_UNITS}.")
    H = len(value["b_h"])
    shapes = {"W_xh": (2, H), "W_hh": (H, H), "b_h": (H,), "W_hy": (H, 1), "b_y": (1,)}
    for name, shape in shapes.items():
        if value[name].shape != shape:
            raise Failed(f"{name} has another shape than {ADDER_SHAPES[name]}, with H from b_h.")
    return {name: value[name].astype(np.float64) for name in shapes}


def _sum_bits(weights: dict[str, np.ndarray], x: np.ndarray) -> np.ndarray:
    """The bits (T, N) that the network reads out of the input bits x (T, N, 2)."""
    with np.errstate(all="ignore"):
        h = np.zeros((x.shape[1], len(weights["b_h"])))
        bits = []
        for x_t in x:
            h = np.tanh(x_t @ weights["W_xh"] + h @ weights["W_hh"] + weights["b_h"])
            bits.append((h @ weights["W_hy"] + weights["b_y"])[:, 0] > 0.5)
    return np.array(bits)


def _columns(pairs: list[tuple[int, int]], bits: int) -> tuple[np.ndarray, np.ndarray]:
    """Inputs (bits + 1, N, 2) for pairs of numbers, lowest bit first, and the bits of the sums."""
    steps = range(bits + 1)
    x = np.array([[[a >> t & 1, b >> t & 1] for a, b in pairs] for t in steps], dtype=np.float64)
    return x, np.array([[(a + b) >> t & 1 for a, b in pairs] for t in steps], dtype=bool)


def _number(rng: np.random.Generator, bits: int) -> int:
    return int("".join(rng.choice(["0", "1"], size=bits)), 2)


@cache
def _short_sums() -> tuple[np.ndarray, np.ndarray]:
    return _columns([(a, b) for a in range(8) for b in range(8)], 3)


@cache
def _chains() -> tuple[np.ndarray, np.ndarray]:
    bits = 60
    ones = 2**bits - 1
    halves = (2**bits - 1) // 3
    pairs = [(ones, 1), (1, ones), (ones, ones), (ones, 0), (halves, halves << 1), (0, 0)]
    pairs += [(halves, halves), (ones - 2**30, 1), (2**59, 2**59), (ones, 2**30)]
    return _columns(pairs, bits)


@cache
def _long_sums() -> tuple[np.ndarray, np.ndarray]:
    rng = _rng(13, 0)
    pairs = [(_number(rng, 500), _number(rng, 500)) for _ in range(12)]
    return _columns([*pairs, (2**500 - 1, 1), (2**499, 1), (2**500 - 1, 2**500 - 1)], 500)


def _adds(student: Recorder, sums: tuple[np.ndarray, np.ndarray], note: str) -> None:
    x, expected = sums
    wrong = _sum_bits(_adder(student()), x) != expected
    if not wrong.any():
        return
    first_step = int(np.argmax(wrong.any(axis=1)))
    share = "all" if wrong.any(axis=0).all() else "some"
    raise Failed(
        f"{note} {share} of the sums are wrong, for the first time at step {first_step + 1}."
    )


@part("adder_weights", "two bits and no carry")
def _(student: Recorder) -> None:
    x, bits = _columns([(0, 0), (0, 1), (1, 0), (1, 1)], 1)
    _adds(student, (x[:1], bits[:1]), "At the first step, where there is no carry:")


@part("adder_weights", "numbers of three bits", needs=("two bits and no carry",))
def _(student: Recorder) -> None:
    _adds(student, _short_sums(), "For all pairs of numbers of three bits:")


@part("adder_weights", "a carry that goes a long way", needs=("numbers of three bits",))
def _(student: Recorder) -> None:
    _adds(student, _chains(), "For longer numbers, with long chains of carries:")


@part("adder_weights", "numbers of 500 bits", needs=("numbers of three bits",))
def _(student: Recorder) -> None:
    _adds(student, _long_sums(), "For numbers of 500 bits:")


def _sums_of(value: Any) -> Any:
    """What a set of weights computes: any two that compute the same are the same answer."""
    try:
        weights = _adder(value)
    except Failed:
        return object()
    return tuple(_sum_bits(weights, x) for x, _ in (_short_sums(), _chains()))


# 14. Both directions

BIRNN_ARGS = ("x", "h0", "forward", "backward")


def _weights(rng: np.random.Generator, D: int, H: int) -> tuple[np.ndarray, ...]:
    return tuple(0.7 * rng.standard_normal(shape) for shape in ((D, H), (H, H), (H,)))


def _birnn_case(case: int, T: int, N: int, D: int, H: int) -> tuple[Any, ...]:
    rng = _rng(14, case)
    x, h0 = rng.standard_normal((T, N, D)), 0.7 * rng.standard_normal((2, N, H))
    return x, h0, _weights(rng, D, H), _weights(rng, D, H)


def _both(student: Recorder, args: tuple[Any, ...]) -> list[tuple[np.ndarray, np.ndarray]]:
    """The two halves of what came, each with what it should be, once the form is right."""
    expected, _ = birnn_forward(*args)
    got = _main(student(*args))
    sizes = (*args[0].shape, *args[1].shape)
    problem = describe_difference("h", got, expected, atol=np.inf, sizes=sizes, show_values=False)
    if problem:
        raise Failed(problem)
    H = args[1].shape[-1]
    return [(got[..., :H], expected[..., :H]), (got[..., H:], expected[..., H:])]


@part("birnn_forward", "from left to right")
def _(student: Recorder) -> None:
    right, _ = _both(student, _birnn_case(0, 4, 3, 2, 5))
    require("h[..., :H]", *right, axes=STATE_AXES)


@part("birnn_forward", "from right to left")
def _(student: Recorder) -> None:
    _, left = _both(student, _birnn_case(1, 4, 3, 2, 5))
    require("h[..., H:]", *left, axes=STATE_AXES)


@part("birnn_forward", "any size", needs=("from left to right", "from right to left"))
def _(student: Recorder) -> None:
    for note, sizes in (
        ("For T = 1:", (1, 3, 2, 4)),
        ("For a single sequence, N = 1:", (5, 1, 3, 2)),
        ("With T = N = D = H:", (3, 3, 3, 3)),
        ("With one feature and one unit, D = H = 1:", (2, 4, 1, 1)),
    ):
        args = _birnn_case(sum(sizes), *sizes)
        expected, _ = birnn_forward(*args)
        require("h", _main(student(*args)), expected, note=note, axes=STATE_AXES)
    _unchanged(student, _birnn_case(3, 3, 2, 4, 5), BIRNN_ARGS)


# 15. Layers

DEEP_ARGS = ("x", "h0", "layers")


def _deep_case(case: int, L: int, T: int, N: int, D: int, H: int) -> tuple[Any, ...]:
    rng = _rng(15, case)
    x, h0 = rng.standard_normal((T, N, D)), 0.7 * rng.standard_normal((L, N, H))
    return x, h0, [_weights(rng, D if layer == 0 else H, H) for layer in range(L)]


def _top(student: Recorder, args: tuple[Any, ...], note: str) -> None:
    expected, _ = deep_rnn_forward(*args)
    sizes = (*args[0].shape, *args[1].shape)
    require("h", _main(student(*args)), expected, note=note, axes=STATE_AXES, sizes=sizes)


@part("deep_rnn_forward", "one layer")
def _(student: Recorder) -> None:
    _top(student, _deep_case(0, 1, 4, 3, 2, 5), "With one layer:")


@part("deep_rnn_forward", "several layers", weight=2)
def _(student: Recorder) -> None:
    _top(student, _deep_case(1, 2, 4, 3, 2, 5), "With two layers:")
    _top(student, _deep_case(2, 3, 5, 2, 4, 3), "With three layers:")


@part("deep_rnn_forward", "any size", needs=("several layers",))
def _(student: Recorder) -> None:
    _top(student, _deep_case(3, 3, 1, 2, 4, 5), "For T = 1:")
    _top(student, _deep_case(4, 2, 4, 1, 3, 2), "For a single sequence, N = 1:")
    _top(student, _deep_case(5, 3, 3, 3, 3, 3), "With L = T = N = D = H:")
    _unchanged(student, _deep_case(6, 2, 3, 2, 4, 5), DEEP_ARGS)


VIEWS: dict[str, tuple[Callable[[Any], Any], ...]] = {
    "rnn_cell_forward": (first,),
    "rnn_forward": (first,),
    "output_forward": (first,),
    "birnn_forward": (first,),
    "deep_rnn_forward": (first,),
    "adder_weights": (_sums_of,),
}
