"""The page of an assignment comes from what is released."""

from pathlib import Path

import nbformat
import pytest
from bookkit.assignment import fill_assignments
from sphinx.errors import ExtensionError

PAGE = "# Assignment\n\nHello.\n\n:::{assignment} demo\n:::\n\nGood luck.\n"


def marking(**values) -> dict:
    return {
        "nbgrader": {"grade": False, "solution": False, "locked": False, "schema_version": 3}
        | values
    }


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A repository in which the assignment `demo` has been released."""
    v4 = nbformat.v4
    cells = [
        v4.new_markdown_cell("# Demo\n\nWhat it is about."),
        v4.new_code_cell("import numpy as np", metadata=marking(locked=True)),
        v4.new_markdown_cell("## Exercise 1\n\nAdd."),
        v4.new_code_cell(
            "def add(a, b):\n    raise NotImplementedError",
            metadata=marking(solution=True),
            outputs=[v4.new_output("stream", text="an output")],
        ),
        v4.new_code_cell(
            "# 2 points. The hidden tests run here.",
            metadata=marking(grade=True, locked=True, points=2),
        ),
        v4.new_markdown_cell("Why?", metadata=marking(grade=True, solution=True, points=1)),
        v4.new_code_cell('print("```")'),
        v4.new_code_cell(
            "assert add(1, 1) == 2", metadata=marking(grade=True, locked=True, points=0.5)
        ),
    ]
    notebook = tmp_path / "build" / "course" / "release" / "demo" / "demo.ipynb"
    notebook.parent.mkdir(parents=True)
    nbformat.write(v4.new_notebook(cells=cells), notebook)
    archive = tmp_path / "build" / "release" / "demo.zip"
    archive.parent.mkdir(parents=True)
    archive.write_bytes(b"zip" * 1000)
    return tmp_path


def fill(root: Path) -> str:
    return fill_assignments(PAGE, root, root / "book" / "rnn" / "assignment.md")[0]


def test_the_body_is_the_notebook_without_its_title(root):
    text = fill(root)
    assert text.startswith("# Assignment\n\nHello.\n\n")
    assert text.endswith("\n\nGood luck.\n")
    assert "{assignment}" not in text
    assert "# Demo" not in text
    assert "What it is about." in text
    assert "## Exercise 1" in text
    assert "an output" not in text


def test_code_is_shown_and_not_run(root):
    text = fill(root)
    assert "{code-cell}" not in text
    assert "```python\nimport numpy as np\n```" in text
    assert '````python\nprint("```")\n````' in text


def test_points_are_shown(root):
    text = fill(root)
    assert "[Your code]{.badge-answer}\n\n```python\ndef add" in text
    assert "[2 points]{.badge-points} The hidden tests run here.\n" in text
    assert "[Your answer, 1 point]{.badge-answer}\n\nWhy?" in text
    assert "[0.5 points]{.badge-points}\n\n```python\nassert" in text


def test_both_files_are_offered(root):
    text, files = fill_assignments(PAGE, root, root / "book" / "rnn" / "assignment.md")
    assert "3 kB <../../build/release/demo.zip>`" in text
    assert "<../../build/course/release/demo/demo.ipynb>`" in text
    assert [path.name for path in files] == ["demo.ipynb", "demo.zip"]


def test_a_page_without_assignment_stays_as_it_is(root):
    assert fill_assignments("# Page\n", root, root / "page.md") == ("# Page\n", ())


@pytest.mark.parametrize("missing", ["course/release/demo/demo.ipynb", "release/demo.zip"])
def test_without_a_release_the_message_says_what_to_do(root, missing):
    (root / "build" / missing).unlink()
    with pytest.raises(ExtensionError) as error:
        fill(root)
    assert missing in str(error.value)
    assert "autograder release demo" in str(error.value)


def test_the_files_come_with_the_site(build, root):
    page = {"index": PAGE}
    for path in (root / "build").rglob("*"):
        if path.is_file():
            target = root / "project" / path.relative_to(root)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(path.read_bytes())
    built = build(page, "sphinx_design", "bookkit.editions", "bookkit.sources")
    assert not built.warnings
    assert 'class="badge-points">2 points<' in built.page()
    assert sorted(p.name for p in (built.site / "_downloads").rglob("*.*")) == [
        "demo.ipynb",
        "demo.zip",
    ]
