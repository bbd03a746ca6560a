"""Which cells of a repaired notebook are run, on which side, and in which order."""

from dataclasses import dataclass

from nbformat import NotebookNode

from autograder.assignment import Role, role
from autograder.submissions.outline import grade_id


@dataclass(frozen=True)
class Step:
    """A cell of the graded notebook; ``name`` is its grade_id, or else its id."""

    name: str
    role: Role
    cell: NotebookNode


def execution_plan(notebook: NotebookNode) -> list[Step]:
    """Return the cells of a repaired notebook as steps, in order, none of them run.

    The cells are copies, so that outputs can be put into them.
    """
    steps = []
    for cell in notebook.cells:
        copy = NotebookNode(cell)
        if cell.cell_type == "code":
            copy.update(outputs=[], execution_count=None)
        steps.append(Step(grade_id(cell) or cell.id, role(cell), copy))
    return steps
