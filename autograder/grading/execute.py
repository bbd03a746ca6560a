"""Our steps in `nbgrader autograde` and in the formgrader."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nbconvert.exporters.exporter import ResourcesDict
from nbformat import NotebookNode
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets import Dict, Unicode

from autograder.assignment import Assignment
from autograder.events import log_line
from autograder.grading.cached import cached_or_graded
from autograder.grading.graded import Graded
from autograder.grading.results import cached, result_path, store
from autograder.options import Options
from autograder.submissions.outline import grade_id, nbgrader_data
from autograder.submissions.repair import Repaired


class _Step(NbGraderPreprocessor):
    """A step that knows the assignment."""

    course_dir = Unicode(
        "", help="The course's folder; by default nbgrader's CourseDirectory.root."
    ).tag(config=True)
    solutions_dir = Unicode(
        "", help="The folder that holds a folder of hidden tests for each assignment."
    ).tag(config=True)

    def root(self) -> Path:
        """Return the course's folder."""
        return Path(self.course_dir or CourseDirectory(config=self.config).root)

    def assignment(self, name: str) -> Assignment:
        """Read the assignment. Raises FileNotFoundError where it has not been released."""
        solutions = Path(self.solutions_dir) if self.solutions_dir else None
        return Assignment.load(self.root(), name, solutions)


class RepairSubmission(_Step):
    """Takes the place of what was handed in by a notebook of the assignment with its answers."""

    def preprocess(self, nb: NotebookNode, resources: ResourcesDict) -> tuple[NotebookNode, Any]:
        assignment = self.assignment(resources["nbgrader"]["assignment"])
        # What else the file says of itself is the student's word, as is its metadata.
        return Repaired.of({"cells": nb.get("cells")}, assignment.template).noted(), resources


class TwoProcessExecute(_Step):
    """Grades the notebook, or takes the result that `autograder grade` has stored for it.

    Takes the place of nbgrader's Execute. What comes out is the graded notebook; in its test cells
    nbgrader's SaveAutoGrades reads exactly our points. The notebook's name has to be the
    assignment's.
    """

    options = Dict({}, help="Limits of a run: see autograder.options.Options.").tag(config=True)

    def preprocess(self, nb: NotebookNode, resources: ResourcesDict) -> tuple[NotebookNode, Any]:
        where = resources["nbgrader"]
        name, student = where["assignment"], where["student"]
        if where["notebook"] != name:
            raise ValueError(f"notebook {where['notebook']!r}: expected one called {name!r}")
        assignment = self.assignment(name)
        repaired = Repaired.of(nb, assignment.template)
        path = result_path(self.root(), name, student)
        earlier = cached(path)
        key, graded = cached_or_graded(
            repaired, assignment, Options.from_dict(self.options), earlier
        )
        if earlier is None or earlier[0] != key:
            if graded.sandboxes:
                self.log.info("Graded %s's %s in a sandbox", student, name)
            store(path, key, graded)
        self.report(student, graded)
        checksums = {grade_id(cell): nbgrader_data(cell).get("checksum") for cell in nb.cells}
        return with_checksums(graded.notebook, checksums), resources

    def report(self, student: str, graded: Graded) -> None:
        """Log what happened on the way."""
        for event in graded.events:
            self.log.warning("%s: %s", student, log_line(event))


def with_checksums(graded: NotebookNode, checksums: Mapping[str | None, object]) -> NotebookNode:
    """Put in the checksums, by grade_id, that tell nbgrader whether a text was answered."""
    for cell in graded.cells:
        checksum = checksums.get(grade_id(cell))
        if grade_id(cell) and isinstance(checksum, str):
            data = NotebookNode({**nbgrader_data(cell), "checksum": checksum})
            cell.metadata = NotebookNode({**cell.metadata, "nbgrader": data})
    return graded
