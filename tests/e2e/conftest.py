"""What the end-to-end tests share with those of the grader: the small course."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1] / "autograder"))
