"""The hostile submissions are graded with the small assignment of tests/autograder/lab.py."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1] / "autograder"))
