"""The nbgrader configuration that goes with a course; its ``nbgrader_config.py`` calls it."""

from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from autograder.collecting.lms_names import COLLECTED, name_pattern
from autograder.course import REPOSITORY, Course
from autograder.release.handout import complete

_FORMGRADER_PAGES = REPOSITORY / "autograder" / "templates" / "formgrader"


def configure(c: Any, root: Path, solutions: Path) -> None:
    """Set what nbgrader, its formgrader and this package need; called by ``nbgrader_config.py``."""
    c.CourseDirectory.root = str(root)
    c.CourseDirectory.db_url = f"sqlite:///{root / 'gradebook.db'}"
    c.Autograde.sanitize_preprocessors = [
        "autograder.grading.execute.RepairSubmission",
        "nbgrader.preprocessors.ClearOutput",
        "nbgrader.preprocessors.DeduplicateIds",
        "nbgrader.preprocessors.OverwriteKernelspec",
        "nbgrader.preprocessors.OverwriteCells",
        "nbgrader.preprocessors.CheckCellMetadata",
    ]
    c.Autograde.autograde_preprocessors = [
        "autograder.grading.execute.TwoProcessExecute",
        "nbgrader.preprocessors.IgnorePattern",
        "nbgrader.preprocessors.LimitOutput",
        "nbgrader.preprocessors.SaveAutoGrades",
        "nbgrader.preprocessors.AssignLatePenalties",
        "nbgrader.preprocessors.CheckCellMetadata",
    ]
    c.GenerateAssignment.post_convert_hook = partial(_complete_release, root, solutions)
    for step in (c.RepairSubmission, c.TwoProcessExecute):
        step.course_dir = str(root)
        step.solutions_dir = str(solutions)
    c.GenerateFeedback.exporter_class = "autograder.feedback.page.FeedbackExporter"
    c.GenerateFeedback.preprocessors = ["autograder.feedback.page.Grades"]
    _configure_formgrader(c)
    c.ExchangeFactory.release_feedback = "autograder.collecting.release_feedback.ReleaseFeedback"
    # What a learning platform lets one download, for `nbgrader zip_collect`.
    c.ZipCollectApp.extractor_plugin = "autograder.collecting.lms.Extractor"
    c.ZipCollectApp.collector_plugin = "autograder.collecting.lms.Collector"
    c.ExtractorPlugin.zip_ext = [".zip"]
    c.FileNameCollectorPlugin.valid_ext = COLLECTED
    c.FileNameCollectorPlugin.named_regexp = name_pattern(Course(root, solutions).assignments())


def _complete_release(root: Path, solutions: Path, assignment: str, **_: object) -> None:
    """Called by nbgrader, also where the formgrader's button has made the notebook."""
    complete(root / "release" / assignment, solutions / assignment)


def _configure_formgrader(c: Any) -> None:
    """It shows what students wrote in the instructor's browser: let it use our page for that."""
    nbgrader = find_spec("nbgrader")
    assert nbgrader is not None
    assert nbgrader.origin is not None
    theirs = Path(nbgrader.origin).parent / "server_extensions" / "formgrader" / "templates"
    c.HTMLExporter.sanitize_html = True
    c.HTMLExporter.template_name = "marking"
    c.HTMLExporter.extra_template_basedirs = [str(_FORMGRADER_PAGES), str(theirs)]
    c.HTMLExporter.extra_template_paths = [str(theirs)]
    c.HTMLExporter.filters = {
        "markdown2html": "autograder.feedback.formgrader.markdown",
        "clean_html": "autograder.feedback.markup.clean",
        "script_hashes": "autograder.feedback.formgrader.script_hashes",
    }
