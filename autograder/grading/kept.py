"""What of an earlier result still holds, so that it need not be graded again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import nbformat
from nbformat import NotebookNode

from autograder.grading.fingerprints import Fingerprints, tests_stand_alone
from autograder.grading.graded import CellGrade, Graded
from autograder.grading.walk import Step
from autograder.submissions.outline import grade_id


@dataclass(frozen=True)
class Kept:
    """The tests that hold, by grade_id, and the notebook in which they are shown."""

    tests: Mapping[str, CellGrade] = field(default_factory=dict)
    cells: Sequence[NotebookNode] = ()
    checks_hold: bool = False

    @classmethod
    def of(cls, earlier: Graded | None, prints: Fingerprints, steps: Sequence[Step]) -> "Kept":
        """What holds of ``earlier`` for a submission with these fingerprints and steps."""
        if (
            earlier is None
            or not earlier.undisturbed
            or earlier.run != prints.run
            or not tests_stand_alone(steps)
        ):
            return cls()
        code = [cell for cell in earlier.notebook.cells if cell.cell_type == "code"]
        there = {grade_id(cell) for cell in code}
        tests = {
            cell.grade_id: cell
            for cell in earlier.cells
            if cell.fingerprint
            and cell.fingerprint == prints.tests.get(cell.grade_id)
            and cell.grade_id in there
        }
        number = sum(step.cell.cell_type == "code" for step in steps)
        return cls(tests, code, earlier.shown == prints.shown and len(code) == number)

    def is_everything(self, prints: Fingerprints) -> bool:
        """Whether nothing has to be run."""
        return self.checks_hold and self.tests.keys() == prints.tests.keys()

    def grade(self, step: Step) -> CellGrade | None:
        """The grade that a test cell had."""
        known = self.tests.get(step.name) if step.role == "test" else None
        return known and replace(known)

    def show(self, step: Step) -> None:
        """Put into a test cell what it showed."""
        for cell in self.cells:
            if grade_id(cell) == step.name:
                _show(step, cell)

    def show_all(self, steps: Sequence[Step]) -> None:
        """Put into every cell what it showed."""
        code = [step for step in steps if step.cell.cell_type == "code"]
        for number, (step, cell) in enumerate(zip(code, self.cells, strict=True), 1):
            step.cell.execution_count = number
            _show(step, cell)


def _show(step: Step, cell: NotebookNode) -> None:
    step.cell.outputs = nbformat.from_dict(cell.outputs)
    for output in step.cell.outputs:
        if output.output_type == "execute_result":
            output.execution_count = step.cell.execution_count
