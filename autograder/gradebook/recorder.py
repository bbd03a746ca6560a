"""nbgrader's autograde for submissions that are graded already: no step is taken twice."""

import inspect
import json
import shutil
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import nbformat
from nbconvert.writers import FilesWriter
from nbformat import NotebookNode
from nbgrader.api import Assignment, Gradebook, Notebook, SourceCell
from nbgrader.converters import Autograde
from nbgrader.preprocessors import (
    AssignLatePenalties,
    CheckCellMetadata,
    ClearOutput,
    DeduplicateIds,
    OverwriteCells,
    OverwriteKernelspec,
)
from nbgrader.utils import setenv
from sqlalchemy import select
from sqlalchemy.orm import Session
from traitlets.utils.importstring import import_item

from autograder.course import Course
from autograder.dependencies.digests import digest
from autograder.gradebook.opening import OpenGradebook
from autograder.grading.execute import RepairSubmission, TwoProcessExecute, with_checksums
from autograder.grading.results import result_path, stored
from autograder.messages import Problem
from autograder.options import Options

#: In the folder of the autograded notebooks; nbgrader passes over names that begin with a dot.
_UNFINISHED = ".unfinished"
#: Steps whose work was done when the submission was staged, or is undone by the stored result.
_DONE = {ClearOutput, DeduplicateIds, OverwriteKernelspec, OverwriteCells, CheckCellMetadata}


class Recorder(Autograde):
    """Takes nbgrader's steps for one student after another, each with a stored result.

    ``write`` fills the gradebook that is open (see `OpenGradebook.student`) and writes the files
    aside; ``publish``, once the grades are kept, puts the files into their place. Whoever changed
    nbgrader's steps in the settings gets them all, in nbgrader's own way.
    """

    sanitize_preprocessors: list[Any]
    settings: str
    """Changes with the instructor's own settings, rules and steps: others write other things."""

    def __init__(
        self, course: Course, assignment: str, options: Options, book: OpenGradebook
    ) -> None:
        """Raises Problem where the assignment is not in the gradebook."""
        config = course.config()
        config.CourseDirectory.submitted_directory = course.staged.name
        config.TwoProcessExecute.options = options.to_dict()
        super().__init__(coursedir=course.directory(assignment, config=config), config=config)
        self.force = True
        self._name = assignment
        self._finished = self.coursedir.autograded_directory
        self._unfinished = f"{self._finished}/{_UNFINISHED}"
        with book.reading() as session:
            checksums = source_checksums(session, assignment)
        # What is staged is repaired already, and carries the events for its student.
        sanitizing = [
            step for step in _classes(self.sanitize_preprocessors) if step is not RepairSubmission
        ]
        autograding = _classes(self.autograde_preprocessors)
        self.sanitize_preprocessors = sanitizing
        penalty_rule = AssignLatePenalties(config=self.config).plugin_class
        self.settings = _settings_digest(course.root, [*sanitizing, *autograding, penalty_rule])
        self.writer = FilesWriter(parent=self, config=self.config)
        self.exporter = self.exporter_class(parent=self, config=self.config)
        self._stored: _Stored | None = None
        if set(sanitizing) <= _DONE and autograding[:1] == [TwoProcessExecute]:
            self._stored = self._taking_what_is_stored(checksums, autograding[1:])

    def notebook(self, student: str) -> Path:
        """Where the autograded notebook of a student lies."""
        folder = self.coursedir.format_path(self._finished, student, self._name)
        return Path(folder) / f"{self._name}.ipynb"

    def write(self, student: str, key: str) -> bool:
        """Write the result that is stored under ``key``; False where settings leave him out.

        Raises what nbgrader's steps raise; then, too, nothing that was there has changed.
        """
        self.writer.build_directory = ""  # so that it makes the next one, also where it is the same
        self.coursedir.student_id = student
        self.coursedir.autograded_directory = self._unfinished
        if not self.init_destination(self._name, student):
            return False
        folder = self._format_source(self._name, student)
        self.notebooks = [str(Path(folder) / f"{self._name}.ipynb")]
        if self._stored:
            self._stored.key = key
        self.run_pre_convert_hook()
        self.init_assignment(self._name, student)
        for notebook in self.notebooks:
            self.convert_single_notebook(notebook)
        return True

    def publish(self, student: str) -> None:
        """Put the student's files into their place. Raises OSError."""
        new = Path(self._format_dest(self._name, student))
        old = new.with_name(f".{self._name}.old")
        self.coursedir.autograded_directory = self._finished
        place = Path(self._format_dest(self._name, student))
        place.parent.mkdir(parents=True, exist_ok=True)
        if place.exists():
            place.rename(old)
        new.rename(place)
        self.set_permissions(self._name, student)
        self.run_post_convert_hook()

    def discard(self) -> None:
        """Remove what was written aside, also by a run that was killed."""
        shutil.rmtree(Path(self.coursedir.root) / self._unfinished, ignore_errors=True)

    def init_assignment(self, assignment_id: str, student_id: str) -> None:
        """Of a submission that no longer says when it was handed in nbgrader keeps the old time."""
        super().init_assignment(assignment_id, student_id)
        folder = self._format_source(assignment_id, student_id)
        if not self.coursedir.get_existing_timestamp(folder):
            with Gradebook(self.coursedir.db_url, self.coursedir.course_id) as book:
                book.find_submission(assignment_id, student_id).timestamp = None

    def convert_single_notebook(self, notebook_filename: str) -> None:
        if self._stored is None:
            super().convert_single_notebook(notebook_filename)
            return
        resources = self.init_single_notebook_resources(notebook_filename)
        with setenv(NBGRADER_EXECUTION="autograde"):
            blank = nbformat.v4.new_notebook()
            output, resources = self.exporter.from_notebook_node(blank, resources)
        self.write_single_notebook(output, resources)

    def _taking_what_is_stored(
        self, checksums: Mapping[str | None, str], others: list[Any]
    ) -> "_Stored":
        """Have the exporter begin with the stored result, and take the other steps after it."""
        first = _Stored(parent=self.exporter)
        first.checksums = checksums
        self.exporter.optimistic_validation = True
        self.exporter._preprocessors = []
        for step in (first, *others):
            self.exporter.register_preprocessor(
                _CheckOnce(parent=self.exporter) if step is CheckCellMetadata else step
            )
        return first


class _Stored(TwoProcessExecute):
    """Takes the result whose key is known, and grades nothing."""

    key = ""
    checksums: Mapping[str | None, str]

    def preprocess(
        self, nb: NotebookNode, resources: dict[str, Any]
    ) -> tuple[NotebookNode, dict[str, Any]]:
        where = resources["nbgrader"]
        path = result_path(Path(self.course_dir), where["assignment"], where["student"])
        graded = stored(path, self.key)
        if graded is None:
            raise Problem(f"the result in {path} is gone: run the command again")
        self.report(where["student"], graded)
        return with_checksums(graded.notebook, self.checksums), resources


class _CheckOnce(CheckCellMetadata):
    """The same check; cells that were found right once are not looked at for every student."""

    def __init__(self, **traits: Any) -> None:
        super().__init__(**traits)
        self._right: set[str] = set()

    def preprocess(
        self, nb: NotebookNode, resources: dict[str, Any]
    ) -> tuple[NotebookNode, dict[str, Any]]:
        looked_at = json.dumps(
            [(c.cell_type, c.metadata["nbgrader"]) for c in nb.cells if "nbgrader" in c.metadata]
        )
        if looked_at not in self._right:
            super().preprocess(nb, resources)
            self._right = {looked_at}
        return nb, resources


def _classes(steps: list[Any]) -> list[Any]:
    return [import_item(step) if isinstance(step, str) else step for step in steps]


def _settings_digest(root: Path, classes: list[Any]) -> str:
    """Of the Python files in the course's folder, and of those that define the classes."""
    files = set(root.glob("*.py"))
    for found in classes:
        with suppress(TypeError, OSError):  # a class that the settings define for themselves
            files.add(Path(inspect.getfile(found)))
    return digest(*((path.name, path.read_bytes()) for path in sorted(files)))


def source_checksums(session: Session, assignment: str) -> dict[str | None, str]:
    """What nbgrader's OverwriteCells notes in the cells of a submission, by grade_id.

    Raises Problem where the assignment is not in the gradebook.
    """
    rows = session.execute(
        select(SourceCell.name, SourceCell.checksum)
        .join(Notebook, Notebook.id == SourceCell.notebook_id)
        .join(Assignment, Assignment.id == Notebook.assignment_id)
        .where(Assignment.name == assignment, Notebook.name == assignment)
    )
    checksums: dict[str | None, str] = dict(rows.tuples().all())
    if not checksums:
        raise Problem(
            f"The gradebook does not hold the assignment {assignment!r}.",
            f"Run: autograder release {assignment} --force",
        )
    return checksums
