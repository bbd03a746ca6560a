"""Pages are run with what their readers have, and shown as they printed it."""

import json
from pathlib import Path

import paths
import pytest
from bookkit.names import waiting_cells
from execute_pages import execute, furnish_reader, merge_streams
from nbformat.v4 import new_code_cell, new_notebook, new_output

READER_SEES = """
import course_lib.autograd
from importlib.util import find_spec
found = [find_spec(name) is not None for name in ("course_lib.reference", "autograder", "numpy")]
print(course_lib.__file__, found)
"""


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Runs one cell as a reader would; gives the page after it was run."""
    monkeypatch.setattr(paths, "ANSWERS", tmp_path / "answers")
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.setenv("PYTHONPATH", "")
    monkeypatch.setenv("UNROLLED_ANSWERS", "")
    furnish_reader(tmp_path / "reader")

    def run(code: str):
        notebook = new_notebook(cells=[new_code_cell(code)])
        notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3"}
        return execute(tmp_path / "page.md", notebook, 60, tmp_path / "reader")

    return run


def text_of(done) -> str:
    return "".join(output.text for output in done.notebook.cells[0].outputs)


def test_a_page_has_the_public_library_alone(run, tmp_path):
    where, found = text_of(run(READER_SEES)).split(" ", 1)
    assert Path(where) == tmp_path / "reader" / "course_lib" / "__init__.py"
    assert json.loads(found.lower()) == [False, False, True]


def test_a_page_that_needs_more_fails(run):
    assert "No module named 'course_lib.reference'" in run("import course_lib.reference.rnn").error


def test_the_solution_stands_in_for_a_readers_answer(run, tmp_path):
    answer = new_code_cell("def softmax(o):\n    return 'the solution'")
    path = tmp_path / "answers" / "rnn" / "rnn.ipynb"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(new_notebook(cells=[answer])))
    assert (
        text_of(run("from course_lib.answers import mine\nprint(mine('rnn', 'softmax')(0))"))
        == "the solution\n"
    )


def test_a_line_that_was_printed_in_pieces_is_one_line(run):
    printed = text_of(run("print('a', end='', flush=True)\nprint(', b', flush=True)\nprint('c')"))
    assert printed == "a, b\nc\n"


def test_streams_are_merged_where_nothing_stands_between():
    def stream(name: str, text: str):
        return new_output("stream", name=name, text=text)

    picture = new_output("display_data", data={"text/plain": "figure"})
    cell = new_code_cell("x")
    cell.outputs = [
        *(stream("stdout", "norm: 4.0,"), stream("stdout", " 2.0\n"), stream("stderr", "oh")),
        *(stream("stdout", "a\n"), picture, stream("stdout", "b\n")),
    ]
    notebook = new_notebook(cells=[cell])
    merge_streams(notebook)
    assert [o.get("text", "figure") for o in cell.outputs] == [
        "norm: 4.0, 2.0\n",
        "oh",
        "a\n",
        "figure",
        "b\n",
    ]


def test_cells_that_wait_for_an_exercise():
    codes = [
        "from course_lib.answers import mine\nimport numpy as np",
        "softmax = mine('rnn', 'softmax')",
        "o = np.ones(3)",
        "p = softmax(o)",
        "print(p.sum())",
        "p = o / 3",
        "print(p)",
        "def f():\n    return softmax(o)",
        "print(f())",
    ]
    assert waiting_cells(codes) == [1, 3, 4, 7, 8]
