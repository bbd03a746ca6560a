"""Each part of the project has tests of its own that can be run alone."""

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "tools"))

from check import UnknownPart, selection  # noqa: E402


@pytest.mark.parametrize(
    ("part", "file"),
    [
        ("rnn", "tests/assignments/test_answers.py"),
        ("bptt", "tests/assignments/test_answers.py"),
        ("book/rnn", "tests/course_lib/test_plots_rnn_structure.py"),
        ("book/bptt", "tests/book/test_book_rules.py"),
        ("grader", "tests/autograder/report/test_similarity.py"),
        ("grader/gradebook", "tests/autograder/gradebook/test_recording.py"),
        ("library", "tests/course_lib/test_optim.py"),
    ],
)
def test_a_part_runs_its_own_tests(part: str, file: str) -> None:
    chosen = [ROOT / argument for argument in selection(part) if "/" in argument]
    chosen = [path for path in chosen if path.exists()]
    assert any(path == ROOT / file or path in (ROOT / file).parents for path in chosen)


@pytest.mark.parametrize("part", ["", "lstm", "book/none", "grader/none", "book"])
def test_other_names_are_told_the_parts(part: str) -> None:
    with pytest.raises(UnknownPart, match=r"bptt, rnn, book/bptt.*grader/report.*library"):
        selection(part)
