"""The hostile submissions are graded with the small assignment of tests/autograder/lab.py.

Where nbgrader's formgrader is needed, tests/e2e/as_used.py starts it.
"""

import sys
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
sys.path += [str(TESTS / "autograder"), str(TESTS / "e2e")]
