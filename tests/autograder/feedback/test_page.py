"""What a feedback page says of each exercise, made of a notebook that is graded by hand."""

import html
import re
import sys

import lab
import nbformat
import pytest
from nbformat import NotebookNode

from autograder.feedback.page import environment, page_of
from autograder.submissions import nodes
from autograder.testing import Part, Verdict


@pytest.fixture
def notebook() -> NotebookNode:
    """The small assignment, graded, with a heading above each of two exercises."""
    made = lab.source()
    for name in ("quadruple", "double"):
        place = made.cells.index(lab.cell_of(made, f"{name}-answer"))
        text = nbformat.v4.new_markdown_cell(f"## About `{name}`\n\nThe task.", id=f"{name}-text")
        made.cells.insert(place, text)
    for cell in made.cells:
        if "nbgrader" in cell.metadata:
            cell.metadata.nbgrader.score = 0.0
    made.metadata.autograder = nbformat.from_dict({"state": "whole", "events": []})
    return made


def judge(notebook: NotebookNode, name: str, score: float, verdict: Verdict) -> None:
    cell = lab.cell_of(notebook, f"{name}-test")
    cell.metadata.nbgrader.score = score
    cell.metadata.autograder = nbformat.from_dict({"verdict": verdict.to_dict()})


def shown(notebook: NotebookNode) -> str:
    graded = {"assignment": "lab", "student": "s", "score": 0, "max_score": 7, "late_penalty": 0}
    return environment().get_template("feedback.html.j2").render(page=page_of(notebook, graded))


def words(page: str) -> str:
    text = re.sub(r"<[^>]+>", " ", page[page.index("<body") :])
    return " ".join(html.unescape(text).split())


def test_links_land_on_the_heading_above_the_answer(notebook: NotebookNode) -> None:
    page = shown(notebook)
    anchors = re.findall(r'href="#(exercise-[^"]+)"', page)
    assert len(anchors) == 5
    for anchor in anchors:
        assert page.count(f'id="{anchor}"') == 1
    place = page.index('id="exercise-double-test"')
    assert page[place:].partition("<h")[2].startswith("3>About <code>double</code>")
    later = [page.index(text, place) for text in ("Your answer", "Back to the summary")]
    assert later == sorted(later)


def test_each_part_says_what_it_is_worth(notebook: NotebookNode) -> None:
    parts = (Part("values", True, weight=2.0), Part("one number", False, "y: no."))
    judge(notebook, "double", 2.0, Verdict("double", parts))
    text = words(shown(notebook))
    assert "passed: values (2 points)" in text
    assert "one number (1 point): y: no." in text


@pytest.mark.parametrize("right", [False, True])
def test_a_right_version_of_an_earlier_exercise_is_named(
    right: bool, notebook: NotebookNode
) -> None:
    passed = Part("values", right, "" if right else "y: no.")
    judge(notebook, "double", 3.0 * right, Verdict("double", (passed,)))
    later = Verdict("quadruple", (Part("values", True),), given=("double", "elsewhere"))
    judge(notebook, "quadruple", 2.0, later)
    judge(notebook, "count", 1.0, Verdict("count", (Part("counts", True),), given=("double",)))
    lab.cell_of(notebook, "quadruple-answer").source = lab.RIGHT["quadruple-answer"]
    lab.cell_of(notebook, "count-answer").source = lab.RIGHT["count-answer"]
    said = 'Marked with a right version of "About double": what is wrong there costs nothing here.'
    assert words(shown(notebook)).count(said) == (0 if right else 2)
    assert Verdict.from_dict(later.to_dict()) == later


@pytest.mark.parametrize(
    ("source", "newer"),
    [
        ("def double(x:\n    return x", ""),
        ("type Rows = list[float]\n", "The type statement"),
        ("def double[T](x: T) -> T:\n    return x", "def f[T]"),
        ('print(f"{x["a"]}")', "An f-string with its own quotes"),
    ],
)
def test_a_cell_that_does_not_compile_is_said_to_be_so(
    source: str, newer: str, notebook: NotebookNode
) -> None:
    if sys.version_info >= (3, 12):
        newer = ""
    cell = lab.cell_of(notebook, "double-answer")
    cell.source = source
    cell.outputs = [nodes.error("SyntaxError", "invalid syntax", ["SyntaxError: invalid syntax"])]
    text = words(shown(notebook))
    assert "This cell is not valid Python 3." in text
    assert ("came with a later version" in text) == bool(newer)
    assert newer in text


def test_lines_of_the_students_code_are_numbered_and_no_others(notebook: NotebookNode) -> None:
    page = shown(notebook)
    assert page.count('<pre class="code numbered">') == 4
    answer = page[page.index('<pre class="code numbered">') :].partition("</pre>")[0]
    assert answer.count('<span class="line">') == 2


def test_dark_colours_are_for_screens_alone(notebook: NotebookNode) -> None:
    page = shown(notebook)
    assert re.findall(r"[^\"(\n]*\(prefers-color-scheme: dark\)", page)
    for query in re.findall(r"(?:@media |media=\")([^{\"]*prefers-color-scheme[^{\"]*)", page):
        assert query.startswith("screen and")


def test_a_page_that_is_full_says_so(notebook: NotebookNode) -> None:
    cells = [
        nbformat.v4.new_code_cell(
            f"{i}", id=f"own-{i}", outputs=[nodes.stream("stdout", "x" * 100_000)]
        )
        for i in range(1_000)
    ]
    notebook.cells += cells
    page = shown(notebook)
    assert len(page) < 3_000_000
    assert "Some of what your cells hold or show is left out: this page is full." in words(page)
