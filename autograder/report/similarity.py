"""Pairs of submissions that are alike far beyond what is usual in their class.

Compared are runs of `RUN` words as `code_words` gives them, exercise by exercise. A run counts the
less, the more of the class have written it too, and not at all if it was handed out: so what
everybody writes alike says nothing. A pair is shown if it shares far more than pairs of this class
do (a fence that a few copies cannot move), or nearly all of what is rare in the one of them that
has less of it. It is for a person to look at, and never marked.

Not by copydetect, the kept library for this: to it all names are one, those of NumPy's functions
too, and it does not ask what is usual, so that among short answers most honest pairs look copied.
"""

import math
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from markupsafe import Markup
from rapidfuzz.distance import LCSseq

from autograder.report.code_words import MOST_CHARACTERS, Word, code_words

#: Words in a row: long enough not to be shared by chance, short enough to survive small changes.
RUN = 12
#: An answer is compared only where so many have answered, and else says nothing.
FEWEST = 8
#: How many robust standard deviations above the median of all pairs a pair is shown, and how many
#: rare runs it must share at least.
FENCE, LEAST = 12.0, 60.0
#: A pair that shares so much of what is rare in one of them is shown below the fence, too: in a
#: class that knows few ways to answer, many pairs share much.
NEARLY_ALL = 0.8
#: What more than this share of the class have written is not rare.
COMMON = 1 / 3
MOST_PAIRS, MOST_PASSAGES, MOST_LINES, WIDEST = 20, 4, 80, 200
_SHOWN_RUN = 6

_PROSE = re.compile(r"\w+")
_UNSEEN = re.compile("[\0-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")


@dataclass(frozen=True)
class Text:
    """What a student wrote for one exercise."""

    source: str
    prose: bool = False

    def words(self) -> list[Word]:
        """What it is compared by."""
        if not self.prose:
            return code_words(self.source)
        lines = self.source[:MOST_CHARACTERS].split("\n")
        return [
            Word(m[0], m[0].casefold(), (i, m.start()), (i, m.end()))
            for i, line in enumerate(lines)
            for m in _PROSE.finditer(line)
        ]


@dataclass(frozen=True)
class Passage:
    """Two answers to one exercise; what they have in common is marked in both."""

    exercise: str
    share: float
    one: Markup
    other: Markup


@dataclass(frozen=True)
class Pair:
    """Two students, and by how much their answers are alike.

    ``score`` counts rare runs of words in common; ``share`` is what part they are of all rare runs
    in the one who has fewer.
    """

    one: str
    other: str
    score: float
    share: float
    passages: tuple[Passage, ...]


@dataclass(frozen=True)
class Likeness:
    """The pairs that stand out, what is usual, and how many answers could be compared."""

    pairs: tuple[Pair, ...]
    left_out: int
    usual: float
    fence: float
    compared: int


Answers = Mapping[str, Mapping[str, Text]]


def likeness(answers: Answers, handed_out: Mapping[str, Text]) -> Likeness:
    """Compare students; both mappings go from an exercise to a text, ``answers`` by student first.

    An answer that is what was handed out is none.
    """
    students = sorted(answers)
    shared = {
        exercise: found
        for exercise, stub in handed_out.items()
        if (found := _shared(students, answers, exercise, stub)) is not None
    }
    scores = sum(shared.values(), np.zeros((len(students), len(students))))
    one, other = np.triu_indices(len(students), 1)
    of_pairs = scores[one, other]
    if not shared or not of_pairs.size:
        return Likeness((), 0, 0.0, LEAST, 0)
    usual = float(np.median(of_pairs))
    spread = 1.4826 * float(np.median(np.abs(of_pairs - usual)))
    fence = max(usual + FENCE * spread, LEAST)
    own = np.diag(scores)
    shares = of_pairs / np.maximum(np.minimum(own[one], own[other]), LEAST)
    stands_out = (of_pairs >= fence) | ((of_pairs >= LEAST) & (shares >= NEARLY_ALL))
    order = [k for k in np.argsort(-of_pairs, kind="stable") if stands_out[k]]
    pairs = []
    for k in order[:MOST_PAIRS]:
        i, j = int(one[k]), int(other[k])
        most = sorted(shared, key=lambda name: -shared[name][i, j])[:MOST_PASSAGES]
        passages = tuple(
            _passage(name, answers[students[i]][name], answers[students[j]][name])
            for name in most
            if shared[name][i, j] > 0
        )
        score, share = float(of_pairs[k]), float(shares[k])
        pairs.append(Pair(students[i], students[j], score, share, passages))
    return Likeness(tuple(pairs), len(order) - len(pairs), usual, fence, len(shared))


def _shared(
    students: Sequence[str], answers: Answers, exercise: str, stub: Text
) -> np.ndarray | None:
    """Return how much each pair shares in one exercise; None where too few have answered.

    On the diagonal is how much there is of each, shared or not.
    """
    who: dict[tuple[str, ...], set[int]] = defaultdict(set)
    answered = 0
    for i, student in enumerate(students):
        text = answers[student].get(exercise)
        if text is None or text.source.strip() in ("", stub.source.strip()):
            continue
        answered += 1
        for run in _runs(text):
            who[run].add(i)
    if answered < FEWEST:
        return None
    for run in _runs(stub):
        who.pop(run, None)
    shared = np.zeros((len(students), len(students)))
    for these in who.values():
        if len(these) <= max(3, COMMON * answered):
            places = sorted(these)
            rarity = math.log(answered / len(these)) / math.log(answered / 2)
            shared[np.ix_(places, places)] += rarity
    return shared


def _runs(text: Text) -> set[tuple[str, ...]]:
    kinds = [word.kind for word in text.words()]
    return {tuple(kinds[i : i + RUN]) for i in range(len(kinds) - RUN + 1)}


def _passage(exercise: str, one: Text, other: Text) -> Passage:
    mine, theirs = one.words(), other.words()
    # Answers that are alike word for word in the same order, whatever stands between.
    steps = LCSseq.opcodes([w.kind for w in mine], [w.kind for w in theirs])
    same = [s for s in steps if s.tag == "equal" and s.src_end - s.src_start >= _SHOWN_RUN]
    count = sum(s.src_end - s.src_start for s in same)
    return Passage(
        exercise,
        count / max(min(len(mine), len(theirs)), 1),
        _marked(one.source, [(mine[s.src_start], mine[s.src_end - 1]) for s in same]),
        _marked(other.source, [(theirs[s.dest_start], theirs[s.dest_end - 1]) for s in same]),
    )


def _marked(source: str, spans: Sequence[tuple[Word, Word]]) -> Markup:
    """Return the text, escaped, with marks from the first to the last word of each span."""
    lines = source.split("\n")
    shown = Markup("\n").join(
        _marked_line(line[:WIDEST], number, spans) for number, line in enumerate(lines[:MOST_LINES])
    )
    left = len(lines) - MOST_LINES
    return shown + f"\n… and {left} more lines" if left > 0 else shown


def _marked_line(line: str, number: int, spans: Sequence[tuple[Word, Word]]) -> Markup:
    made, done = Markup(), 0
    for first, last in spans:
        if not first.start[0] <= number <= last.end[0]:
            continue
        begin = first.start[1] if first.start[0] == number else len(line) - len(line.lstrip())
        end = last.end[1] if last.end[0] == number else len(line)
        if begin < end:
            made += _seen(line[done:begin])
            made += Markup("<mark>{}</mark>").format(_seen(line[begin:end]))
            done = end
    return made + _seen(line[done:])


def _seen(text: str) -> str:
    """Return the text without what cannot be seen, or would change how the rest is shown."""
    return _UNSEEN.sub("\N{REPLACEMENT CHARACTER}", text).encode(errors="replace").decode()
