"""What a graded notebook depends on, apart: the student's run, the checks, each test.

So that a test that was mended or added later is all that has to be run again.
"""

import ast
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from autograder.assignment import Assignment
from autograder.edition import COURSE_LIB
from autograder.grading import reach
from autograder.grading.locked import names_used, without_magics
from autograder.grading.standalone import leaves_nothing_behind
from autograder.grading.student import bound
from autograder.grading.walk import Step
from autograder.options import Options
from autograder.submissions.outline import nbgrader_data

#: Part of every fingerprint: results of an older way of grading are not used again.
EDITION = 1

_Sources = tuple[str, ...]


@dataclass(frozen=True)
class Fingerprints:
    """Equal for two submissions only where that part of them is graded alike.

    Attributes:
        run: of what the student's process runs, and under which limits.
        shown: of the visible checks, and of the order of the cells.
        tests: of each test cell, by grade_id.
    """

    run: str
    shown: str
    tests: dict[str, str]


def fingerprints(steps: Sequence[Step], assignment: Assignment, options: Options) -> Fingerprints:
    """Read the cells of a submission. What they show does not count."""
    code = [step for step in steps if step.cell.cell_type == "code"]
    state = assignment.fingerprint
    theirs = [(s.role, s.name, s.cell.source) for s in code if s.role in ("setup", "answer")]
    if any(COURSE_LIB.name in text for role, _, text in theirs if role == "answer"):
        under = state
    else:
        under = _library(_sources(steps, "setup"), state)
    checks = _sources(steps, "check")
    seen_by_tests = _checks_seen(checks, _sources(steps, "test"))
    tests, place = {}, 0
    for step in code:
        place += step.role in ("setup", "answer")
        if step.role == "test":
            data = {k: v for k, v in nbgrader_data(step.cell).items() if k != "checksum"}
            beneath = _under_test(step.cell.source, assignment.solutions_dir, state)
            tests[step.name] = _digest(place, step.cell.source, data, seen_by_tests, beneath)
    return Fingerprints(
        run=_digest(EDITION, options.to_dict(), theirs, under),
        shown=_digest([(s.name, s.role) for s in code], checks, _library(checks, state)),
        tests=tests,
    )


def tests_stand_alone(steps: Sequence[Step]) -> bool:
    """Whether each test comes out the same without the others having been run before it."""
    given, theirs = _sources(steps, "setup"), _sources(steps, "answer")
    checks, tests = _sources(steps, "check"), _sources(steps, "test")
    asked = frozenset(name for text in (*checks, *tests) for name in _used(text))
    return not _tests_share(checks, tests) and leaves_nothing_behind(given, theirs, asked)


def _sources(steps: Sequence[Step], role: str) -> _Sources:
    return tuple(s.cell.source for s in steps if s.role == role and s.cell.cell_type == "code")


@lru_cache(64)
def _tests_share(checks: _Sources, tests: _Sources) -> bool:
    """Whether a test cell makes or changes what another cell may use."""
    for number, text in enumerate(tests):
        others = (*checks, *tests[:number], *tests[number + 1 :])
        if bound(text) & {name for other in others for name in _used(other)}:
            return True
        stores = (ast.Attribute, ast.Subscript)
        for node in ast.walk(ast.parse(without_magics(text))):
            if isinstance(node, stores) and not isinstance(node.ctx, ast.Load):
                return True
    return False


@lru_cache(64)
def _checks_seen(checks: _Sources, tests: _Sources) -> str:
    """The checks, if they give names a meaning that tests use; else ""."""
    used = {name for text in tests for name in _used(text)}
    return _digest(checks) if any(bound(text) & used for text in checks) else ""


@lru_cache(256)
def _under_test(source: str, solutions_dir: Path, state: str) -> str:
    """A digest of the instructor's code that a test cell can reach."""
    text = without_magics(source)
    exercises = reach.exercises_of(text)
    own = (text,) if "import" in text else ()
    if exercises is not None and not exercises:
        return _library(own, state)
    files = _hidden_files(solutions_dir, state)
    return _digest(files.asked_for(exercises), _library((*own, *files.code.values()), state))


@lru_cache(4)
def _hidden_files(solutions_dir: Path, state: str) -> reach.HiddenFiles:
    return reach.HiddenFiles.of(solutions_dir)


@lru_cache(64)
def _library(sources: _Sources, state: str) -> str:
    return reach.library([without_magics(text) for text in sources])


@lru_cache(256)
def _used(source: str) -> list[str]:
    return names_used(without_magics(source))


def _digest(*content: Any) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
