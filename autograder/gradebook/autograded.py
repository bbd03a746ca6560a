"""The files of nbgrader's autograde, for submissions that are graded already: no step twice."""

import inspect
import shutil
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from glob import escape
from pathlib import Path
from typing import Any

from nbconvert.writers import FilesWriter
from nbformat import NotebookNode
from nbgrader.converters import Autograde
from nbgrader.converters.base import BaseConverter, NbGraderException
from nbgrader.plugins import LateSubmissionPlugin
from nbgrader.preprocessors import (
    AssignLatePenalties,
    CheckCellMetadata,
    ClearOutput,
    DeduplicateIds,
    IgnorePattern,
    LimitOutput,
    OverwriteCells,
    OverwriteKernelspec,
    SaveAutoGrades,
)
from nbgrader.utils import find_all_files, setenv
from traitlets.utils.importstring import import_item

from autograder.course import Course
from autograder.dependencies.digests import digest
from autograder.grading.execute import RepairSubmission, TwoProcessExecute, with_checksums
from autograder.grading.results import result_path, stored
from autograder.messages import Problem
from autograder.nbgrader_log import LoggedErrors
from autograder.options import Options
from autograder.submissions import nodes

#: In the folder of the autograded notebooks; nbgrader passes over names that begin with a dot.
_UNFINISHED = ".unfinished"
#: Steps whose work is done when a submission is sanitised; grading changes no cell's metadata.
_DONE = {ClearOutput, DeduplicateIds, OverwriteKernelspec, OverwriteCells, CheckCellMetadata}
#: Steps in whose place this package reads the stored result and writes the rows.
_OURS = {TwoProcessExecute, SaveAutoGrades, AssignLatePenalties}
#: Steps that look at nothing but the notebook.
_OF_THE_NOTEBOOK = {IgnorePattern, LimitOutput}


class Steps:
    """The steps of nbgrader's autograde that the instructor's settings name.

    Attributes:
        sanitizing, autograding: the preprocessors' classes, in order. Repairing is not among them:
            what is sanitised is repaired already, and carries the events for its student.
        usual: whether they are such that this package can write what they would write.
        late: the rule for late submissions.
        digest: changes with the instructor's own settings, rules and steps.
    """

    def __init__(self, course: Course, config: Any) -> None:
        steps = Autograde(config=config)
        self.sanitizing = [
            step for step in _classes(steps.sanitize_preprocessors) if step is not RepairSubmission
        ]
        self.autograding = _classes(steps.autograde_preprocessors)
        penalties = AssignLatePenalties(config=config)
        penalties.init_plugin()
        self.late: LateSubmissionPlugin = penalties.plugin_inst
        self.usual = (
            set(self.sanitizing) <= _DONE
            and self.autograding[:1] == [TwoProcessExecute]
            and set(self.autograding) - _OF_THE_NOTEBOOK - _DONE == _OURS
            and type(self.late) is LateSubmissionPlugin
        )
        files = set(course.root.glob("*.py"))
        for found in (*self.sanitizing, *self.autograding, type(self.late)):
            with suppress(TypeError, OSError):  # a class that the settings define for themselves
                files.add(Path(inspect.getfile(found)))
        self.digest = digest(*((path.name, path.read_bytes()) for path in sorted(files)))


class AutogradedFiles(Autograde):
    """Writes the folders of autograded notebooks from stored results, a student at a time.

    ``write`` puts the files aside; ``publish``, once the grades are kept, puts them into their
    place.
    """

    def __init__(
        self,
        course: Course,
        assignment: str,
        options: Options,
        steps: Steps,
        checksums: Mapping[str | None, str],
    ) -> None:
        config = autograde_config(course, options)
        super().__init__(coursedir=course.directory(assignment, config=config), config=config)
        self.force = True
        self._course = course
        self._name = assignment
        self._checksums = checksums
        self._finished = self.coursedir.autograded_directory
        self._unfinished = f"{self._finished}/{_UNFINISHED}"
        self.writer = FilesWriter(parent=self, config=self.config)
        chosen = [step for step in steps.autograding if step in _OF_THE_NOTEBOOK]
        self._steps = [step(parent=self) for step in chosen]
        self._execute = TwoProcessExecute(parent=self)

    def write(self, student: str, key: str) -> NotebookNode | None:
        """Write the files of the result that is stored under ``key`` aside; give its notebook.

        None where the settings leave the student out. Raises Problem where the result is gone, and
        OSError.
        """
        self.writer.build_directory = ""  # so that it makes the next one, also where it is the same
        self.coursedir.student_id = student
        self.coursedir.autograded_directory = self._unfinished
        if not self.init_destination(self._name, student):
            return None
        path = result_path(self._course.root, self._name, student)
        graded = stored(path, key)
        if graded is None:
            raise Problem(f"the result in {path} is gone: run the command again")
        self._execute.report(student, graded)
        notebook = with_checksums(graded.notebook, self._checksums)
        source = Path(self._format_source(self._name, student)) / f"{self._name}.ipynb"
        self.notebooks = [str(source)]
        self.run_pre_convert_hook()
        self.init_assignment(self._name, student)
        resources = self.init_single_notebook_resources(str(source))
        with setenv(NBGRADER_EXECUTION="autograde"):
            for step in self._steps:
                notebook, resources = step(notebook, resources)
        resources["output_extension"] = ".ipynb"
        self.write_single_notebook(nodes.notebook_text(notebook), resources)
        return notebook

    def publish(self, student: str) -> None:
        """Put the student's files into their place. Raises OSError."""
        new = Path(self._format_dest(self._name, student))
        old = new.with_name(f".{self._name}.old")
        self.coursedir.autograded_directory = self._finished
        place = self.place(student)
        place.parent.mkdir(parents=True, exist_ok=True)
        if place.exists():
            place.rename(old)
        new.rename(place)
        self.set_permissions(self._name, student)
        self.run_post_convert_hook()

    def place(self, student: str) -> Path:
        """Return the folder of a student's autograded notebook."""
        return Path(self.coursedir.format_path(self._finished, student, self._name))

    def handed_in(self, student: str) -> datetime | None:
        """Return when the student handed in, in UTC; None where that is not known."""
        folder = Path(self.coursedir.root) / self.coursedir.submitted_directory
        found: datetime | None = self.coursedir.get_existing_timestamp(
            str(folder / student / self._name)
        )
        return found

    def discard(self) -> None:
        """Remove what was written aside, also by a run that was killed."""
        shutil.rmtree(Path(self.coursedir.root) / self._unfinished, ignore_errors=True)

    def init_assignment(self, assignment_id: str, student_id: str) -> None:
        """Copy the student's other files, and those of the source over them; no row is written."""
        BaseConverter.init_assignment(self, assignment_id, student_id)
        source = Path(self.coursedir.format_path(self.coursedir.source_directory, ".", self._name))
        place = Path(self._format_dest(self._name, student_id))
        left_out = {source / name for name in self.exclude_overwriting.get(self._name, [])}
        for path in map(Path, find_all_files(str(source), [*self.coursedir.ignore, "*.ipynb"])):
            if path not in left_out:
                target = place / path.relative_to(source)
                target.parent.mkdir(parents=True, exist_ok=True)
                target.unlink(missing_ok=True)
                shutil.copy(path, target)


def autograde_config(course: Course, options: Options) -> Any:
    """Return nbgrader's configuration for grading what is sanitised in ``course``."""
    config = course.config()
    config.CourseDirectory.submitted_directory = course.sanitised.name
    config.TwoProcessExecute.options = options.to_dict()
    return config


def autograde(
    course: Course, assignment: str, student: str, options: Options, steps: Steps
) -> None:
    """Have nbgrader itself take all its steps for a student, and write in its own transactions.

    Raises Problem with what a step said, and NbGraderException where the gradebook failed it.
    """
    config = autograde_config(course, options)
    converter = Autograde(
        coursedir=course.directory(assignment, escape(student), config), config=config
    )
    converter.force = True
    converter.sanitize_preprocessors = steps.sanitizing
    with LoggedErrors.of("traitlets") as errors:
        try:
            converter.start()
        except NbGraderException as error:
            if error.__context__ is not None:
                raise
            raise Problem(errors.last("Error")) from error


def _classes(steps: list[Any]) -> list[Any]:
    return [import_item(step) if isinstance(step, str) else step for step in steps]
