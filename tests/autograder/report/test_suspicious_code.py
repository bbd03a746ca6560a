"""Lines that do more than answer are found by reading; ordinary answers are left alone."""

from pathlib import Path

import pytest

from autograder.report.suspicious_code import suspicious_lines
from autograder.testing import Exercises

SOLUTIONS = Path(__file__).parents[3] / "solutions"


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("import os", "reaches out of the notebook"),
        ("import numpy as np, socket", "reaches out of the notebook"),
        ("    import subprocess as s", "reaches out of the notebook"),
        ("x = 1; from ctypes import CDLL", "reaches out of the notebook"),
        ("from course_lib.reference.rnn import rnn_forward", "looks for the answers or the grader"),
        ("from course_lib import reference", "looks for the answers or the grader"),
        ("import autograder.grading.examiner", "looks for the answers or the grader"),
        ("import torch.nn as nn", "uses another library"),
        ("np.allclose = lambda *a: True", "changes a library"),
        ("np.testing.assert_equal = print", "changes a library"),
        ("checks.check_softmax = print", "changes a library"),
        ("().__class__.__subclasses__()", "looks into Python itself"),
        ("sys._getframe(1).f_back", "looks into Python itself"),
        ("open('/etc/passwd')", "opens a file"),
        ("exec(text)", "runs text as code"),
        ("def __eq__(self, other): return True", "says itself what its values equal or are"),
        ("__array__ = lambda self: 0", "says itself what its values equal or are"),
        ("!rm -rf /", "uses a command of Jupyter's"),
        ("%run other.py", "uses a command of Jupyter's"),
    ],
)
def test_what_reaches_out_is_named_with_its_line(line: str, what: str) -> None:
    (found,) = suspicious_lines(f"a = 1\n{line}\nb = 2\n", "1. One")
    assert (found.what, found.where, found.code) == (what, "1. One", line.strip())


@pytest.mark.parametrize(
    "line",
    [
        "raise ValueError from os",
        "yield from os",
        "path = table.open(3)",
        "def compile(x): return x",
        "x = '''import os'''",
        "# import os",
        "np.random.seed(3)",
        "np == 3",
        "from course_lib.checks import rnn",
        "from numpy import linalg as sys",
        "from collections import Counter",
        "eval",
        "a.__eq__(b)",
        "def __init__(self): pass",
    ],
)
def test_what_does_not_is_left_alone(line: str) -> None:
    assert suspicious_lines(f"{line}\n", "1. One") == []


@pytest.mark.parametrize("name", ["rnn", "bptt"])
def test_known_answers_reach_for_nothing(name: str) -> None:
    known = Exercises(SOLUTIONS / name)
    for entry in (*known.mistakes, *known.alternatives):
        assert suspicious_lines(entry.source, entry.name) == []


@pytest.mark.parametrize("source", ["\0" * 10**5, "import " * 10**5, "np." * 10**5, "(" * 10**5])
def test_hostile_text(source: str) -> None:
    assert isinstance(suspicious_lines(source, ""), list)
