"""Your own answers to the exercises, for the lessons that go on with them.

    rnn_cell_backward = mine("bptt", "rnn_cell_backward")

takes the function out of your assignment's notebook, `bptt.ipynb`, if that lies beside the lesson
or in a folder `bptt` there. Of the notebook only definitions are run: nothing is checked or graded.
"""

import ast
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

#: The functions that are written in each assignment: by exercise, with its title.
EXERCISES = {
    "rnn": {
        1: ("rnn_cell_forward", "One step"),
        2: ("rnn_forward", "A sequence"),
        3: ("predict_after_silence", "Predict, then run"),
        4: ("output_forward", "The output layer"),
        5: ("softmax", "Softmax"),
        6: ("cross_entropy", "Cross-entropy"),
        7: ("sequence_to_class", "From a sequence to one class"),
        8: ("build_vocabulary", "A vocabulary"),
        9: ("encode", "From words to numbers"),
        10: ("one_hot", "One-hot"),
        11: ("sentence_log_prob", "How likely is a sentence?"),
        12: ("sample_sequence", "Let it speak"),
        13: ("adder_weights", "A network that adds"),
        14: ("birnn_forward", "Both directions"),
        15: ("deep_rnn_forward", "Layers"),
    },
    "bptt": {
        1: ("output_error", "The error of an output"),
        2: ("state_gradient", "A state"),
        3: ("recurrent_weight_gradient", "The recurrent weights"),
        4: ("predict_first_gradient", "Predict, then run"),
        5: ("rnn_cell_backward", "One step back"),
        6: ("rnn_backward_with_output", "The whole way back"),
        7: ("directional_check", "Measure the slope"),
        8: ("truncated_bptt", "Cut it off"),
        9: ("clip_gradients", "Clip"),
        10: ("rtrl_step", "The gradient from left to right"),
        11: ("gradient_norms_by_lag", "How far does a gradient reach?"),
    },
}
#: Names a folder in which notebooks are looked for before all others.
FOLDER = "UNROLLED_ANSWERS"

_DEFINITIONS = (
    *(ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef),
    *(ast.Assign, ast.AnnAssign),
)


class NotAnswered(Exception):
    """A cell waits for an exercise; the message says for which one."""

    def _render_traceback_(self) -> list[str]:  # IPython then shows no traceback
        return [f"{type(self).__name__}: {self}"]


def mine(assignment: str, *functions: str) -> Any:
    """Take functions out of the reader's own notebook of an assignment.

    Args:
        assignment: the assignment's name.
        functions: the names of what its exercises ask for.

    Returns:
        The function, or a list of them if several are named.

    Raises:
        ValueError: for an assignment or a function that there is not.
        NotAnswered: if there is no notebook, or the exercise in it is still open.
    """
    if assignment not in EXERCISES:
        raise ValueError(f"no assignment {assignment!r}; there are: {', '.join(EXERCISES)}")
    exercises = [_exercise(assignment, function) for function in functions]
    places = list(_places(assignment))
    notebook = next((place for place in places if place.is_file()), None)
    if notebook is None:
        raise NotAnswered(
            f"This cell goes on with {exercises[0]}. Its notebook was not found: "
            f"put your {assignment}.ipynb beside this one, in {Path.cwd()}."
        )
    found = [_answer(notebook, *names) for names in zip(functions, exercises, strict=True)]
    return found[0] if len(found) == 1 else found


def _exercise(assignment: str, function: str) -> str:
    for number, (name, title) in EXERCISES[assignment].items():
        if name == function:
            return f"`{function}`: exercise {number} of the assignment {assignment!r}, {title!r}"
    known = ", ".join(name for name, _ in EXERCISES[assignment].values())
    raise ValueError(f"assignment {assignment!r} asks for no {function!r}, but for: {known}")


def _places(assignment: str) -> Iterator[Path]:
    named = os.environ.get(FOLDER)
    for folder in ([Path(named)] if named else []) + [Path.cwd(), Path.cwd().parent]:
        yield folder / f"{assignment}.ipynb"
        yield folder / assignment / f"{assignment}.ipynb"


def _answer(notebook: Path, function: str, exercise: str) -> Callable:
    """Run the definitions of a notebook up to that of the function, and return it."""
    statements = list(_definitions(notebook))
    here = [i for i, (node, _) in enumerate(statements) if getattr(node, "name", "") == function]
    if not here or _is_open(statements[here[-1]][0]):
        raise NotAnswered(
            f"This cell goes on with {exercise}. In {notebook} that is not answered yet."
        )
    namespace: dict[str, Any] = {"__name__": notebook.stem}
    for node, cell in statements[: here[-1] + 1]:
        try:
            exec(compile(ast.Module([node], []), f"{notebook}, {cell}", "exec"), namespace)
        except Exception:
            # Another cell's trouble: if the answer needs what it defines, calling it will say so.
            if getattr(node, "name", "") == function:
                raise
    return namespace[function]


def _definitions(notebook: Path) -> Iterator[tuple[ast.stmt, str]]:
    """The top-level definitions of all code cells, in order, each with the name of its cell."""
    cells = json.loads(notebook.read_text("utf8"))["cells"]
    for number, cell in enumerate(cells, 1):
        if cell["cell_type"] != "code":
            continue
        lines = "".join(cell["source"]).splitlines()
        code = "\n".join("" if line.startswith(("%", "!")) else line for line in lines)
        try:
            body = ast.parse(code).body
        except SyntaxError:  # a cell that cannot run defines nothing
            continue
        yield from ((node, f"cell {number}") for node in body if isinstance(node, _DEFINITIONS))


def _is_open(node: ast.stmt) -> bool:
    """Whether a function is still as it was handed out: it ends by raising NotImplementedError."""
    assert isinstance(node, ast.FunctionDef | ast.ClassDef)
    last = node.body[-1]
    return isinstance(last, ast.Raise) and "NotImplementedError" in ast.unparse(last)
