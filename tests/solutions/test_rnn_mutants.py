"""The hidden tests reject every mechanical mutant of a solution, save those that are right too."""

import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from answers import exercises, hidden, namespace
from mutants import Mutant, mutants

from course_lib.testing import as_student, examine

_MARKERS = re.compile(r"^ *### (BEGIN|END) SOLUTION\n?", re.MULTILINE)
_SECONDS = 2

#: For each exercise, what a mutant has that is right all the same, and why.
EQUIVALENT = {
    "cross_entropy": {
        "return surprise[mask].mean()": "without a mask that is surprise[None]: all, once more",
        "surprise = -np.take_along_axis(log_p, y[..., None])[..., 0]": "-1 is NumPy's default",
        "surprise = -np.take_along_axis(log_p, y[..., None], axis=-1)": "the mean of the same",
        "surprise = -np.take_along_axis(log_p, y[..., None], axis=-1)[...,]": "the same",
        "surprise = -np.take_along_axis(log_p, y[..., None], axis=-1)[..., -1]": (
            "the axis has one entry: the first is the last"
        ),
    },
    "build_vocabulary": {
        "def build_vocabulary(sentences, min_count=0):": "a word that is counted occurs once",
        "def build_vocabulary(sentences, min_count=-1):": "the same",
        "words = [w for w in counts if counts[w] >= min_count and w not in (UNK, EOS)]": (
            "in which of the two a word is looked for first"
        ),
    },
    "sentence_log_prob": {
        "x = np.zeros((T, 2, V))": "a second sequence beside the one that counts",
        "x[1:, -1] = one_hot(ids[:-1], V)": "there is one sequence: the first is the last",
        "h, _ = rnn_forward(x, np.zeros((H,)), params['W_xh'], params['W_hh'], params['b_h'])": (
            "a row without its batch axis is broadcast"
        ),
        "h, _ = rnn_forward(x, np.zeros((2, H)), params['W_xh'], params['W_hh'], params['b_h'])": (
            "a second sequence beside the one that counts"
        ),
        "return -T * cross_entropy(o[:, -1], ids)": "there is one sequence",
    },
    "sample_sequence": {
        "w = min(V - 1, int(np.searchsorted(cumulative, u, side='right')))": "the smaller of two",
        "w = min(np.searchsorted(cumulative, u, side='right'), V - 1)": "NumPy's integers count",
        "x, h = (np.zeros((V,)), np.zeros((1, H)))": "a row without its batch axis is broadcast",
        "x, h = (np.zeros((1, V)), np.zeros((H,)))": "the same",
        "x, h = (np.zeros((2, V)), np.zeros((1, H)))": "a second row beside the one that counts",
        "x, h = (np.zeros((1, V)), np.zeros((2, H)))": "the same",
        "cumulative = np.cumsum(softmax(o / temperature))": "cumsum flattens; there is one row",
        "cumulative = np.cumsum(softmax(o / temperature)[-1])": "the first row is the last",
        "x = one_hot([w], V)": "a list is as good an index as an array",
    },
    "adder_weights": {
        "gain = 151.0": "any large gain will do",
        "gain = 49.0": "any large gain will do",
        "W_hh = np.ones((3, 3))": "a hundredth of what a bit weighs turns no switch",
        "W_hh[1] = gain / 3": "a carry of a third lies on the same side of each threshold",
    },
    "birnn_forward": {
        "return (np.concatenate([h_right, h_left[::-1]], axis=-1), (cache_left, cache_right))": (
            "the cache is not marked"
        ),
        "return (np.concatenate([h_right, h_left[::-1]], axis=-1), (cache_left,))": "the same",
        "return (np.concatenate([h_right, h_left[::-1]], axis=-1), (cache_right,))": "the same",
        "h_left, cache_left = rnn_forward(x[::-1], h0[-1], *backward)": "h0 has two entries",
    },
    "deep_rnn_forward": {
        "for h0_layer, weights in zip(h0, layers):": "both have L entries",
        "for h0_layer, weights in zip(h0, layers, strict=False):": "both have L entries",
        "without: cache.append(layer_cache)": "the cache is not marked",
        "layer_cache": "the same: the call of append is left out",
    },
}


class Hangs(BaseException):
    """Not an Exception, so that nothing on the way takes it for an error of the student's."""


@contextmanager
def limited_time() -> Iterator[None]:
    """Raise Hangs after some seconds of computing: a mutant may loop for ever."""

    def ring(*_: object) -> None:
        raise Hangs

    before = signal.signal(signal.SIGPROF, ring)
    signal.setitimer(signal.ITIMER_PROF, _SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def mutants_of(name: str) -> list[Mutant]:
    return list(mutants(_MARKERS.sub("", exercises()[name].answer)))


def survives(name: str, mutant: Mutant) -> bool:
    names = namespace()
    exec(mutant.source, names)
    try:
        with limited_time():
            verdict = examine(name, as_student(names[name]), hidden().PARTS[name])
    except Hangs:
        return False
    return verdict.passed


@pytest.mark.parametrize("name", exercises())
def test_only_equivalent_mutants_survive(name: str) -> None:
    survivors = {mutant.new for mutant in mutants_of(name) if survives(name, mutant)}
    assert survivors == set(EQUIVALENT.get(name, {}))


def test_there_are_many_mutants_and_few_survive() -> None:
    made = sum(len(mutants_of(name)) for name in exercises())
    equivalent = sum(len(reasons) for reasons in EQUIVALENT.values())
    assert made > 700
    assert equivalent < made / 20
