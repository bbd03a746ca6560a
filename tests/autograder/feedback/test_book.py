"""Sections of the book are found by the labels that the exercises name, and feedback links them."""

from pathlib import Path

import lab
import nbformat
import pytest

from autograder.course import REPOSITORY
from autograder.feedback.book import Section, sections
from autograder.feedback.page import environment, page_of
from autograder.testing import Part, Verdict
from autograder.testing.exercises import Exercises

LABEL = "sec-rnn-power-adder"


def test_a_section_has_a_title_and_a_page(tmp_path: Path) -> None:
    (tmp_path / "rnn").mkdir()
    text = "# One\n\n(sec-a)=\n## The cell\n\n(eq-b)=\nno heading\n"
    (tmp_path / "rnn" / "cell.md").write_text(text)
    found = Section("sec-a", "The cell", "book/rnn/cell")
    assert sections(tmp_path) == {"sec-a": found}
    assert found.url("https://x.org/b/") == "https://x.org/b/book/rnn/cell.html#sec-a"


def test_every_section_that_an_exercise_names_is_in_the_book() -> None:
    folders = (REPOSITORY / "solutions").glob("*/exercises")
    named = {row[3]: row[1] for folder in folders for row in Exercises(folder.parent).rows()}
    assert named
    assert {label: name for label, name in named.items() if label not in sections()} == {}


@pytest.mark.parametrize("passed", [False, True])
def test_an_exercise_that_is_not_right_names_its_section(passed: bool) -> None:
    notebook = lab.source()
    verdict = Verdict("double", (Part("values", passed, "" if passed else "no."),), section=LABEL)
    for cell in notebook.cells:
        if "nbgrader" in cell.metadata:
            cell.metadata.nbgrader.score = 0.0
    cell = lab.cell_of(notebook, "double-test")
    cell.metadata.nbgrader.score = 3.0 * passed
    cell.metadata.autograder = nbformat.from_dict({"verdict": verdict.to_dict()})
    notebook.metadata.autograder = nbformat.from_dict({"state": "whole", "events": []})
    graded = {"assignment": "lab", "student": "s", "score": 0, "max_score": 7, "late_penalty": 0}
    template = environment().get_template("feedback.html.j2")
    section = sections()[LABEL]
    url = f"https://x.org/{section.page}.html#{LABEL}"
    shown = template.render(page=page_of(notebook, graded, "https://x.org"))
    assert (url in shown) is not passed
    shown = template.render(page=page_of(notebook, graded))
    assert url not in shown
    assert (section.title in shown) is not passed
