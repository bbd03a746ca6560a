"""Whether a result that is kept already is the one that grading a submission would give."""

import json
import platform

import numpy as np

from autograder.assignment import Assignment, role
from autograder.dependencies.digests import PROGRAM, digest, sources_digest
from autograder.grading.examiner import grade_notebook
from autograder.grading.graded import Graded
from autograder.options import Options
from autograder.submissions.outline import grade_id
from autograder.submissions.repair import Repaired


def submission_key(repaired: Repaired, assignment: Assignment, options: Options) -> str:
    """Return a digest of all that decides what grading a submission gives.

    That is the student's cells, what had to be repaired, the assignment, the limits, and the
    versions of Python, NumPy and this program. Outputs and metadata do not count.
    """
    theirs = [
        (grade_id(cell) or cell.id, cell.cell_type, cell.source.strip(), cell.get("attachments"))
        for cell in repaired.notebook.cells
        if role(cell) in ("answer", "text")
    ]
    repairs = [repaired.state, *(event.to_dict() for event in repaired.events)]
    versions = (platform.python_version(), np.__version__, sources_digest(PROGRAM))
    content = [versions, assignment.fingerprint, options.to_dict(), theirs, repairs]
    return digest(json.dumps(content))


def cached_or_graded(
    repaired: Repaired,
    assignment: Assignment,
    options: Options,
    cached: tuple[str, Graded] | None,
) -> tuple[str, Graded]:
    """Return the submission's key, and its result.

    The result is that of ``cached``, a key and a result, if the keys are the same; else the
    submission is graded. Raises what `grade_notebook` raises.
    """
    key = submission_key(repaired, assignment, options)
    if cached is not None and cached[0] == key:
        return cached
    return key, grade_notebook(repaired, assignment, options)
