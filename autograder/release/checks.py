"""The visible checks as students get them: cases and what must come of them, as data."""

import json
from pathlib import Path

from autograder.dependencies.digests import files_digest
from autograder.edition import CHECKS, COURSE_LIB
from autograder.files import write_atomically
from autograder.testing import Exercises
from course_lib.checks.stored import written_checks

_TESTING = Path(__file__).resolve().parents[1] / "testing"


def write_checks(folder: Path, to: Path) -> None:
    """Write the checks of the assignment in ``folder`` that are lists of cases."""
    if (folder / "exercises").is_dir():
        write_atomically(to / f"{folder.name}.json", written_checks(Exercises(folder).checks()))


def build_checks(folder: Path) -> None:
    """Write them for the checkout, unless those there are of the same code."""
    stamp = CHECKS / f"{folder.name}.stamp"
    sources = (folder, COURSE_LIB, _TESTING)
    now = json.dumps([files_digest(source, source.rglob("*.py")) for source in sources])
    if not stamp.is_file() or stamp.read_text(encoding="utf-8") != now:
        write_checks(folder, CHECKS)
        write_atomically(stamp, now)
