"""Lessons take the reader's own answers, or say which exercise they wait for."""

import re
from pathlib import Path

import jupytext
import nbformat
import numpy as np
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from course_lib.answers import EXERCISES, FOLDER, NotAnswered, mine
from course_lib.autograd import Value
from course_lib.reference import rnn

SOLUTIONS = Path(__file__).resolve().parents[2] / "solutions"


@pytest.fixture(autouse=True)
def lesson(tmp_path, monkeypatch):
    """The folder of a lesson, in which it runs."""
    folder = tmp_path / "lessons"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.delenv(FOLDER, raising=False)
    return folder


def write(path: Path, *cells: str) -> None:
    path.parent.mkdir(exist_ok=True)
    notebook = new_notebook(cells=[new_markdown_cell("Text."), *map(new_code_cell, cells)])
    path.write_text(nbformat.writes(notebook), "utf8")


def solved(assignment: str, path: Path) -> None:
    path.parent.mkdir(exist_ok=True)
    source = jupytext.read(SOLUTIONS / assignment / f"{assignment}.py")
    path.write_text(nbformat.writes(source), "utf8")


@pytest.mark.parametrize("assignment", sorted(path.name for path in SOLUTIONS.iterdir()))
def test_exercises_are_those_of_the_assignment(assignment):
    text = (SOLUTIONS / assignment / f"{assignment}.py").read_text("utf8")
    parts = re.split(r"^# ## (\d+)\. (.*)$", text, flags=re.M)
    asked = {}
    for number, title, body in zip(parts[1::3], parts[2::3], parts[3::3], strict=True):
        functions = re.findall(r"^def (\w+)\(", body, re.M)
        if functions:
            asked[int(number)] = (functions[0], title)
    assert EXERCISES[assignment] == asked


@pytest.mark.parametrize("place", ["rnn.ipynb", "rnn/rnn.ipynb", "../rnn/rnn.ipynb"])
def test_an_answer_is_found_beside_the_lesson(lesson, place):
    solved("rnn", lesson / place)
    rng = np.random.default_rng(0)
    arguments = [rng.normal(size=shape) for shape in ((4, 2, 3), (2, 5), (3, 5), (5, 5), (5,))]
    h, _ = mine("rnn", "rnn_forward")(*arguments)
    np.testing.assert_allclose(h, rnn.rnn_forward(*arguments)[0])


def test_a_named_folder_comes_first(lesson, tmp_path, monkeypatch):
    write(lesson / "rnn.ipynb", "def softmax(o):\n    return 'here'")
    write(tmp_path / "kept" / "rnn.ipynb", "def softmax(o):\n    return 'there'")
    assert mine("rnn", "softmax")(0) == "here"
    monkeypatch.setenv(FOLDER, str(tmp_path / "kept"))
    assert mine("rnn", "softmax")(0) == "there"


@pytest.mark.parametrize("assignment", sorted(EXERCISES))
def test_every_solution_can_be_taken(lesson, assignment):
    solved(assignment, lesson / f"{assignment}.ipynb")
    names = [name for name, _ in EXERCISES[assignment].values()]
    assert [function.__name__ for function in mine(assignment, *names)] == names


def test_an_answer_in_plain_numpy_can_be_differentiated(lesson):
    solved("rnn", lesson / "rnn.ipynb")
    rng = np.random.default_rng(0)
    values = [Value(rng.normal(size=shape)) for shape in ((4, 2, 3), (2, 5), (3, 5), (5, 5), (5,))]
    h, _ = mine("rnn", "rnn_forward")(*values)
    h.sum().backward()
    assert all(np.abs(value.grad).min() > 0 for value in values)


def test_without_a_notebook_the_exercise_is_named(lesson):
    with pytest.raises(NotAnswered) as raised:
        mine("bptt", "rnn_cell_backward")
    message = str(raised.value)
    assert "`rnn_cell_backward`: exercise 5 of the assignment 'bptt', 'One step back'" in message
    assert f"put your bptt.ipynb beside this one, in {lesson}" in message
    assert raised.value._render_traceback_() == [f"NotAnswered: {message}"]


STUB = "def softmax(o):\n    '''Scores.'''\n    # YOUR CODE HERE\n    raise NotImplementedError()"


@pytest.mark.parametrize("cells", [[], [STUB], ["def softmax(o)\n    return"]])
def test_an_exercise_that_is_still_open_is_named(lesson, cells):
    write(lesson / "rnn.ipynb", *cells)
    with pytest.raises(NotAnswered, match=r"exercise 5 .* In .*rnn\.ipynb that is not answered"):
        mine("rnn", "softmax")


def test_only_definitions_are_run(lesson):
    write(
        lesson / "rnn.ipynb",
        "%matplotlib inline\nimport numpy as np\n\nSCALE = 2.0",
        "raise RuntimeError('not run')",
        "print(1 / 0)\n\ndef helper(o):\n    return SCALE * np.asarray(o)",
        "def softmax(o):\n    return helper(o)",
        "checks.check_softmax(softmax)",
        "this is no Python",
        "results = undefined",
    )
    np.testing.assert_array_equal(mine("rnn", "softmax")([1, 2]), [2, 4])


def test_the_last_definition_counts_and_nothing_after_it_is_run(lesson):
    write(
        lesson / "rnn.ipynb",
        "WORTH = 1\n\ndef softmax(o):\n    return 'old'",
        "def softmax(o):\n    return WORTH",
        "WORTH = 2",
    )
    assert mine("rnn", "softmax")(0) == 1


def test_trouble_before_the_answer_shows_where_it_matters(lesson):
    write(lesson / "rnn.ipynb", "SCALE = 1 / 0", "def softmax(o):\n    return SCALE * o")
    softmax = mine("rnn", "softmax")
    with pytest.raises(NameError, match="SCALE"):
        softmax(1)


def test_several_answers_at_once(lesson):
    write(lesson / "rnn.ipynb", "def softmax(o):\n    return 1", "def one_hot(i, V):\n    return 2")
    softmax, one_hot = mine("rnn", "softmax", "one_hot")
    assert (softmax(0), one_hot(0, 0)) == (1, 2)


def test_unknown_names_are_refused():
    with pytest.raises(ValueError, match="no assignment 'lstm'; there are: rnn, bptt"):
        mine("lstm", "softmax")
    with pytest.raises(ValueError, match="asks for no 'soft_max', but for: rnn_cell_forward"):
        mine("rnn", "soft_max")


def test_a_released_notebook_waits(lesson):
    """What students get has the tasks but no answers: each exercise is open."""
    source = jupytext.read(SOLUTIONS / "rnn" / "rnn.py")
    for cell in source.cells:
        cell.source = re.sub(
            r"### BEGIN SOLUTION.*?### END SOLUTION",
            "# YOUR CODE HERE\n    raise NotImplementedError()",
            cell.source,
            flags=re.S,
        )
    (lesson / "rnn.ipynb").write_text(nbformat.writes(source), "utf8")
    for name, _ in EXERCISES["rnn"].values():
        with pytest.raises(NotAnswered):
            mine("rnn", name)
