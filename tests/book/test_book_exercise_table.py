"""Each chapter shows which equation, function and section its exercises are about."""

import re

import pytest
from bookkit.exercise_table import exercise_table, fill_exercise_tables
from bookkit.sources import prepare_page
from paths import ROOT
from sphinx.errors import ExtensionError

from autograder.testing.exercises import Exercises

ROWS = [
    ("One step", "rnn_cell_forward", "eq-cell", "sec-step"),
    ("In your own words", "explain", "", ""),
]


def test_a_row_links_equation_and_section(build):
    page = (
        "# Page\n\n$$\nh\n$$ (eq-cell)\n\n(sec-step)=\n## The step\n\n"
        + exercise_table("rnn", ROWS)
        + "\n"
    )
    built = build({"index": page}, myst_heading_anchors=2)
    assert built.warnings == ""
    html = built.page()
    assert 'id="tbl-rnn-exercises"' in html
    assert "<p>One step</p>" in html
    assert 'href="#equation-eq-cell"' in html
    assert 'href="#sec-step"' in html
    assert "The step</span></a>" in html
    assert "<p>In your own words</p>" in html


def test_an_assignment_that_is_not_there_is_named(tmp_path):
    with pytest.raises(ExtensionError, match="solutions/lstm"):
        fill_exercise_tables(":::{exercise-table} lstm\n:::\n", tmp_path)


DECLARED = sorted(path.parent.name for path in (ROOT / "solutions").glob("*/exercises"))


@pytest.mark.parametrize("name", DECLARED)
def test_the_assignments_page_has_the_table(name):
    page = ROOT / "book" / name / "assignment.md"
    text = page.read_text("utf8")
    filled, files = fill_exercise_tables(text, ROOT)
    assert f":name: tbl-{name}-exercises" in filled
    assert ROOT / "solutions" / name / f"{name}.py" in files
    assert set(files) <= set(prepare_page(text, page, ROOT, "student").dependencies)


@pytest.mark.parametrize("name", DECLARED)
def test_the_labels_of_its_rows_are_in_the_book(name):
    pages = "\n".join(page.read_text("utf8") for page in (ROOT / "book").rglob("*.md"))
    labels = set(re.findall(r"^\$\$ \(([\w-]+)\)$|^\(([\w-]+)\)=$", pages, re.M))
    rows = Exercises(ROOT / "solutions" / name).rows()
    named = {label for row in rows for label in row[2:] if label}
    assert named <= {label for pair in labels for label in pair}
    assert all(title and section for title, _, _, section in rows)
