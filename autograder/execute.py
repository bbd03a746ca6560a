"""Takes the place of nbgrader's Execute, in `nbgrader autograde` and in the formgrader."""

from pathlib import Path
from typing import Any

from nbconvert.exporters.exporter import ResourcesDict
from nbformat import NotebookNode
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets import Dict, Unicode

from autograder.assignment import Assignment
from autograder.examiner import grade_notebook, submission_key
from autograder.graded import Graded
from autograder.options import Options
from autograder.outline import grade_id, nbgrader_data
from autograder.results import result_path, store, stored


class TwoProcessExecute(NbGraderPreprocessor):
    """Grades the notebook, or takes the result that `autograder grade` has stored for it.

    What comes out is the graded notebook; in its test cells nbgrader's SaveAutoGrades reads exactly
    our points. The notebook's name has to be the assignment's.
    """

    course_dir = Unicode(
        "", help="The course's folder; by default nbgrader's CourseDirectory.root."
    ).tag(config=True)
    solutions_dir = Unicode(
        "", help="The folder that holds a folder of hidden tests for each assignment."
    ).tag(config=True)
    options = Dict({}, help="Limits of a run: see autograder.options.Options.").tag(config=True)

    def preprocess(self, nb: NotebookNode, resources: ResourcesDict) -> tuple[NotebookNode, Any]:
        where = resources["nbgrader"]
        name, student = where["assignment"], where["student"]
        if where["notebook"] != name:
            raise ValueError(f"notebook {where['notebook']!r}: expected one called {name!r}")
        root = Path(self.course_dir or CourseDirectory(config=self.config).root)
        solutions = Path(self.solutions_dir) if self.solutions_dir else None
        assignment = Assignment.load(root, name, solutions)
        options = Options.from_dict(self.options)
        key = submission_key(nb, assignment, options)
        path = result_path(root, name, student)
        graded = stored(path, key)
        if graded is None:
            self.log.info("Grading %s's %s in a sandbox", student, name)
            graded = grade_notebook(nb, assignment, options)
            store(path, key, graded)
        self._report(student, graded)
        return _for_nbgrader(graded.notebook, nb), resources

    def _report(self, student: str, graded: Graded) -> None:
        for event in graded.log:
            self.log.warning("%s: %s", student, event)
        for cell in graded.cells:
            if cell.error:
                self.log.warning("%s: %s: %s", student, cell.grade_id, cell.error)


def _for_nbgrader(graded: NotebookNode, sanitised: NotebookNode) -> NotebookNode:
    """With the checksums by which nbgrader knows whether a written question was answered."""
    checksums = {grade_id(cell): nbgrader_data(cell).get("checksum") for cell in sanitised.cells}
    for cell in graded.cells:
        checksum = checksums.get(grade_id(cell))
        if grade_id(cell) and isinstance(checksum, str):
            cell.metadata.nbgrader.checksum = checksum
    return graded
