"""The mending of submissions as a step of plain ``nbgrader autograde`` and of the formgrader."""

from pathlib import Path
from typing import Any

from nbformat import NotebookNode
from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets import Unicode

from autograder.course import Course
from autograder.submissions.mend import NotTheAssignment, Skeleton, mend, raw_cells


class MendSubmission(NbGraderPreprocessor):
    """The same mending inside plain ``nbgrader autograde`` and the formgrader."""

    root = Unicode(help="The folder of the course.").tag(config=True)
    solutions = Unicode(help="The folder of the solutions.").tag(config=True)

    def preprocess(
        self, nb: NotebookNode, resources: dict[str, Any]
    ) -> tuple[NotebookNode, dict[str, Any]]:
        course = Course(Path(self.root), Path(self.solutions))
        skeleton = Skeleton.load(course, resources["nbgrader"]["assignment"])
        try:
            staged = mend(raw_cells(nb), skeleton)
        except NotTheAssignment:
            staged = skeleton.blank(
                "The notebook does not hold the cells of the assignment: "
                "was the wrong file handed in? Nothing could be graded."
            )
        return staged.notebook, resources
