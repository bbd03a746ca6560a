"""A small assignment for tests: two exercises and a written question, with tests and a bank."""

import json
import re
from pathlib import Path

import nbformat
from nbformat import NotebookNode

NAME = "tiny"
POINTS = {"double-test": 2.0, "shift-test": 3.0, "why-answer": 1.0}

_SOURCE = '''\
# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown] @locked welcome
# # Assignment: tiny
#
# Two functions, $y = 2x$ and $y = x + b$.

# %% @locked set-up
import numpy as np

# %% [markdown] @locked double-task
# ## 1. Double

# %% [markdown]
# A cell without a name.

# %% @answer double-answer
def double(x):
    """x (N,) -> (N,)"""
    ### BEGIN SOLUTION
    return np.multiply(x, 2.0)
    ### END SOLUTION

# %% @test double-test 2
# 2 points. The hidden tests of this exercise run here when the notebook is graded.
### BEGIN HIDDEN TESTS
hidden.grade("double", double)
### END HIDDEN TESTS

# %% [markdown] @locked shift-task
# ## 2. Shift

# %% @answer shift-answer
def shift(x, b):
    """x (N,), b a number -> (N,)"""
    ### BEGIN SOLUTION
    shifted_by_the_bias = x + b
    return shifted_by_the_bias
    ### END SOLUTION

# %% @test shift-test 3
# 3 points. The hidden tests of this exercise run here when the notebook is graded.
### BEGIN HIDDEN TESTS
hidden.grade("shift", shift)
### END HIDDEN TESTS

# %% [markdown] @locked why-task
# ## 3. In your own words
#
# Why?

# %% [markdown] @answer why-answer 1
# ### BEGIN SOLUTION
# Because a shift does not scale, and a scale does not shift.
#
# Marking scheme, 1 point:
# - a whole point for any sentence with both words in it.
# ### END SOLUTION
'''

EXERCISES = {
    "__init__": '"""Two functions of arrays."""\n',
    "double": '''\
import numpy as np

from autograder.testing import Exercise

INPUT = np.array([1.0, -2.0, 4.0])


def double(x):
    return 2.0 * x


declared = Exercise(double, "y", title="Double")


@declared.part("values")
def values(student, numbers):
    student.require("y", student(INPUT), double(INPUT))


@declared.mistake(
    "leaves_it", hint="Twice a number is more than the number: is there a factor missing?"
)
def leaves_it(x):
    """Thinks that nothing is to be done."""
    return np.array(x)


@declared.alternative
def adds_twice(x):
    return x + x
''',
    "shift": '''\
import numpy as np

from autograder.testing import Exercise

INPUT = np.array([1.0, -2.0, 4.0])


def shift(x, b):
    return x + b


declared = Exercise(shift, "y", title="Shift")


@declared.part("without a shift")
def without_a_shift(student, numbers):
    student.require("y", student(INPUT, 0.0), shift(INPUT, 0.0))


@declared.part("with a shift", weight=2.0)
def with_a_shift(student, numbers):
    student.require("y", student(INPUT, 1.5), shift(INPUT, 1.5))


@declared.mistake("forgets_bias", hint="The bias is a term of the sum: where did it go?")
def forgets_bias(x, b):
    """Forgets the bias."""
    return np.array(x)


@declared.alternative
def in_a_loop(x, b):
    return np.array([value + b for value in x])
''',
}

RIGHT = {
    "double-answer": "def double(x):\n    return 2 * x\n",
    "shift-answer": "def shift(x, b):\n    return x + b\n",
    "why-answer": "Shift and scale are two things.",
}


def source() -> str:
    """The notebook as text: each ``@kind grade_id points`` becomes nbgrader's metadata."""
    return re.sub(r"@(\w+) ([\w-]+) ?(\d*)", _metadata, _SOURCE)


def _metadata(match: re.Match[str]) -> str:
    kind, name, worth = match.groups()
    data = {
        "grade": bool(worth),
        "grade_id": name,
        "locked": kind != "answer",
        "schema_version": 3,
        "solution": kind == "answer",
        "task": False,
    }
    if worth:
        data["points"] = int(worth)
    return f"nbgrader={json.dumps(data)}"


def write_solutions(folder: Path) -> Path:
    """Write ``folder/tiny/`` as a folder of solutions; returns ``folder``."""
    place = folder / NAME
    place.mkdir(parents=True)
    (place / f"{NAME}.py").write_text(source())
    (place / "exercises").mkdir()
    for name, text in EXERCISES.items():
        (place / "exercises" / f"{name}.py").write_text(text)
    return folder


def answered(released: NotebookNode, answers: dict[str, str]) -> NotebookNode:
    """The released notebook with answers filled in by grade_id."""
    notebook = nbformat.from_dict(json.loads(json.dumps(released)))
    for cell in notebook.cells:
        name = cell.metadata.get("nbgrader", {}).get("grade_id")
        if name in answers:
            cell.source = answers[name]
    return notebook


def cell_of(notebook: NotebookNode, name: str) -> NotebookNode:
    return next(c for c in notebook.cells if c.metadata.get("nbgrader", {}).get("grade_id") == name)
