"""The verdicts on all known answers, as they were before: each change of one is meant.

`python tests/assignments/test_golden.py` writes the files anew.
"""

import json
import re
from pathlib import Path

from answers import ASSIGNMENTS, Assignment, for_each_assignment

from autograder.testing import Verdict, price

GOLDEN = Path(__file__).with_name("golden")


def verdicts(of: Assignment) -> dict[str, dict[str, str]]:
    """For each exercise its parts, and what each known answer comes to.

    That is, a 1 or 0 for each part, the points, and the mistake that is named.
    """
    found: dict[str, dict[str, str]] = {}
    for name, exercise in of.exercises.items():
        stub = re.sub(
            r"( *)### BEGIN SOLUTION.*### END SOLUTION",
            r"\1raise NotImplementedError()",
            exercise.answer,
            flags=re.DOTALL,
        )
        for what, source in (("solution", exercise.answer), ("stub", stub)):
            verdict = of.hidden.grade(name, of.student_with(name, source))
            found.setdefault(name, {})[what] = summary(verdict, exercise.points)
        found[name]["parts"] = "; ".join(part.name for part in verdict.parts)
    for entry in (*of.mistakes, *of.alternatives):
        points = of.exercises[entry.exercise].points
        found[entry.exercise][entry.label] = summary(of.verdict_on(entry), points)
    return found


def summary(verdict: Verdict, points: float) -> str:
    """What came of the parts, the points and the mistake, in one line."""
    parts = "".join(str(int(part.passed)) for part in verdict.parts)
    (earned,) = price([verdict], [points])
    return f"{parts} {earned:.2f} {verdict.mistake or '-'}"


@for_each_assignment
def test_verdicts_are_what_they_were(of: Assignment) -> None:
    before = json.loads((GOLDEN / f"{of.name}.json").read_text(encoding="utf-8"))
    assert verdicts(of) == before


if __name__ == "__main__":
    for of in ASSIGNMENTS:
        text = json.dumps(verdicts(of), indent=0, sort_keys=True)
        (GOLDEN / f"{of.name}.json").write_text(text + "\n", encoding="utf-8")
