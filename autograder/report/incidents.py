"""What an instructor should know of a run: code that hung, crashed or went beyond a limit."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from autograder.events import Kind
from autograder.grading.graded import Graded
from autograder.submissions.outline import Exercise

_IN_WORDS: dict[Kind, str] = {
    "timeout": "hung",
    "crashed": "ended the Python process",
    "memory": "asked for too much memory",
    "protocol": "returned what is no data",
    "used-up": "used up what one notebook may use",
}


@dataclass(frozen=True)
class Incident:
    """Something that happened while an exercise was run, and how often."""

    what: str
    where: str
    times: int


def incidents(graded: Graded, exercises: Sequence[Exercise]) -> list[Incident]:
    """List what hung, crashed or went beyond a limit, exercise by exercise.

    Args:
        graded: the result of a submission.
        exercises: those of the assignment, which give the places their titles.
    """
    title = {e.grade_id: e.title for e in exercises}
    title |= {answer: f"{e.title}, while the cell ran" for e in exercises for answer in e.answers}
    found: Counter[tuple[str, Kind]] = Counter()
    for event in graded.events:
        if event.kind in _IN_WORDS:
            elsewhere = "a cell of their own" if event.cell else "outside the tests"
            found[title.get(event.cell, elsewhere), event.kind] += 1
    return [Incident(_IN_WORDS[kind], where, times) for (where, kind), times in found.items()]
