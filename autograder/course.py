"""Where the parts of a course lie, and the nbgrader configuration that goes with them."""

import logging
import os
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from logging.handlers import RotatingFileHandler
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING, Any

from autograder.lms_names import COLLECTED, name_pattern

if TYPE_CHECKING:
    from nbgrader.coursedir import CourseDirectory
    from traitlets.config import Config

#: The checkout that holds ``autograder/``, ``course_lib/`` and ``solutions/``.
REPOSITORY = Path(__file__).resolve().parents[1]
_FORMGRADER_PAGES = REPOSITORY / "autograder" / "templates" / "formgrader"
DEFAULT_COURSE = REPOSITORY / "build" / "course"

#: Called with what is being done, how much of it is done, and how much there is.
Progress = Callable[[str, int, int], None]

_MARK = "# Written by autograder, and written anew when it changes."
_CONFIG = """\
{mark}
# Your own settings (late penalties, the gradebook's address, ...) go into own_config.py beside this
# file: it is read last, and never touched.
from pathlib import Path

from autograder.course import configure

configure(get_config(), root=Path(__file__).resolve().parent, solutions=Path({solutions!r}))
load_subconfig("own_config.py", path=str(Path(__file__).resolve().parent))
"""


class Problem(Exception):
    """Something the user can put right: what is wrong, and what to do about it."""

    def __init__(self, what: str, remedy: str = "") -> None:
        super().__init__(f"{what}\n{remedy}" if remedy else what)
        self.what = what
        self.remedy = remedy


@dataclass(frozen=True)
class Course:
    """The folders of one nbgrader course. ``root`` and ``solutions`` are absolute."""

    root: Path
    solutions: Path

    @classmethod
    def at(cls, root: Path | None = None, solutions: Path | None = None) -> "Course":
        """The course in ``root`` (by default ``build/course``), marked by ``solutions``."""
        course = cls(
            (root or DEFAULT_COURSE).expanduser().absolute(),
            (solutions or REPOSITORY / "solutions").expanduser().absolute(),
        )
        if not course.solutions.is_dir():
            raise Problem(
                f"There is no folder of solutions at {course.solutions}.",
                "Name it with --solutions, or run the command from a checkout of the course.",
            )
        return course

    @property
    def source(self) -> Path:
        return self.root / "source"

    @property
    def release(self) -> Path:
        return self.root / "release"

    @property
    def submitted(self) -> Path:
        return self.root / "submitted"

    @property
    def staged(self) -> Path:
        return self.root / "staged"

    @property
    def autograded(self) -> Path:
        return self.root / "autograded"

    @property
    def feedback(self) -> Path:
        return self.root / "feedback"

    @property
    def results(self) -> Path:
        return self.root / "results"

    @property
    def report(self) -> Path:
        return self.root / "report"

    @property
    def log(self) -> Path:
        return self.root / "autograder.log"

    @property
    def handouts(self) -> Path:
        """Where the zip files for students go: ``build/release`` for the default course."""
        return (
            self.root.parent / "release" if self.root == DEFAULT_COURSE else self.root / "handouts"
        )

    def assignments(self) -> list[str]:
        """The assignments that can be released: each is a folder holding its own notebook."""
        return sorted(p.name for p in self.solutions.iterdir() if (p / f"{p.name}.py").is_file())

    def require_assignment(self, name: str) -> None:
        if name not in self.assignments():
            known = ", ".join(self.assignments()) or "none"
            raise Problem(
                f"There is no assignment called {name!r} in {self.solutions}.", f"Known: {known}."
            )

    def require_released(self, name: str) -> None:
        self.require_assignment(name)
        if not (self.release / name / f"{name}.ipynb").is_file() or not self.has_gradebook():
            raise Problem(
                f"Assignment {name!r} has not been released in {self.root}.",
                f"Run: autograder release {name}",
            )

    def has_gradebook(self) -> bool:
        """Whether grades can be looked up (a gradebook that is not a file is taken to be there)."""
        url = self.config().CourseDirectory.db_url
        return not url.startswith("sqlite:///") or Path(url.removeprefix("sqlite:///")).is_file()

    def students(self, assignment: str) -> list[str]:
        """Who has handed something in, whatever it is, in order."""
        if not self.submitted.is_dir():
            return []
        return sorted(
            folder.name
            for folder in self.submitted.iterdir()
            if not folder.name.startswith(".") and os.path.lexists(folder / assignment)
        )

    def prepare(self) -> None:
        """Make the course folder and write ``nbgrader_config.py`` into it, once."""
        odd = sorted(set("*?[]#") & set(str(self.root)))
        if odd:
            raise Problem(
                f"nbgrader cannot work in a folder with {' '.join(odd)} in its path: {self.root}.",
                "Choose another one with --course.",
            )
        path = self.root / "nbgrader_config.py"
        text = _CONFIG.format(mark=_MARK, solutions=str(self.solutions))
        old = path.read_text(encoding="utf-8") if path.is_file() else None
        if old == text:
            return
        if old is not None and not old.startswith(_MARK):
            raise Problem(
                f"{path} was not written by this program, so it is left alone.",
                "Rename it to own_config.py, which is read after ours, and run the command again.",
            )
        self.root.mkdir(parents=True, exist_ok=True)
        write_atomically(path, text)

    def config(self) -> "Config":
        """nbgrader's configuration, with the instructor's own settings."""
        from traitlets.config.loader import ConfigFileNotFound, PyFileConfigLoader

        try:
            return PyFileConfigLoader("nbgrader_config.py", path=str(self.root)).load_config()
        except ConfigFileNotFound:
            raise Problem(
                f"{self.root} is not a course yet: it has no nbgrader_config.py.",
                "Run: autograder release",
            ) from None
        except Exception as error:
            raise Problem(
                f"The settings in {self.root}/own_config.py cannot be read: {error}",
                "Mend or remove that file.",
            ) from error

    def directory(
        self, assignment: str, student: str = "*", config: "Config | None" = None
    ) -> "CourseDirectory":
        """nbgrader's view of the course, for one assignment; ``student`` is a file glob."""
        from nbgrader.coursedir import CourseDirectory

        directory = CourseDirectory(config=self.config() if config is None else config)
        directory.assignment_id = assignment
        directory.student_id = student
        return directory

    @contextmanager
    def nbgrader_logged(self) -> Iterator[None]:
        """While it is open, what nbgrader logs and warns of goes to the course's log file."""
        self.root.mkdir(parents=True, exist_ok=True)
        handler = RotatingFileHandler(
            self.log, maxBytes=5_000_000, backupCount=1, encoding="utf-8", delay=True
        )
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
        loggers = [logging.getLogger(name) for name in ("traitlets", "tornado", "alembic")]
        before = [(log.handlers[:], log.propagate, log.level) for log in loggers]
        path = os.environ.get("PATH", "")
        for log in loggers:
            log.handlers[:] = [handler]
            log.propagate = False
            log.setLevel(logging.INFO)
        # A new gradebook is made with the `alembic` command, which lies beside this interpreter.
        os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), path])
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                yield
        finally:
            os.environ["PATH"] = path
            for log, (handlers, propagate, level) in zip(loggers, before, strict=True):
                log.handlers[:] = handlers
                log.propagate = propagate
                log.setLevel(level)
            handler.close()


class Heard(logging.Handler):
    """Keeps the errors that nbgrader logs, since its exceptions do not say what happened."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self._lines: list[str] = []

    @classmethod
    @contextmanager
    def on(cls, name: str) -> Iterator["Heard"]:
        """Listens to a logger while it is open."""
        heard, logger = cls(), logging.getLogger(name)
        logger.addHandler(heard)
        try:
            yield heard
        finally:
            logger.removeHandler(heard)

    def emit(self, record: logging.LogRecord) -> None:
        self._lines += record.getMessage().splitlines()

    def text(self) -> str:
        """All of it."""
        return "\n".join(self._lines)

    def last(self, word: str) -> str:
        """The last line with a word in it, or else the last line of all."""
        fallback = self._lines[-1].strip() if self._lines else "unknown"
        return next((line.strip() for line in reversed(self._lines) if word in line), fallback)


def write_atomically(path: Path, content: str | bytes) -> None:
    """Write a file so that a reader, or a killed run, never sees half of it."""
    data = content.encode("utf-8") if isinstance(content, str) else content
    path.parent.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
        try:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
            Path(file.name).chmod(0o644)
            Path(file.name).replace(path)
        except BaseException:
            Path(file.name).unlink(missing_ok=True)
            raise


def configure(c: Any, root: Path, solutions: Path) -> None:
    """Set what nbgrader, its formgrader and this package need; called by ``nbgrader_config.py``."""
    c.CourseDirectory.root = str(root)
    c.CourseDirectory.db_url = f"sqlite:///{root / 'gradebook.db'}"
    c.Autograde.sanitize_preprocessors = [
        "autograder.submissions.nbgrader_mend.MendSubmission",
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
    c.GenerateAssignment.post_convert_hook = partial(_complete_release, root)
    c.MendSubmission.root = str(root)
    c.MendSubmission.solutions = str(solutions)
    c.TwoProcessExecute.course_dir = str(root)
    c.TwoProcessExecute.solutions_dir = str(solutions)
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


def _complete_release(root: Path, assignment: str, **_: object) -> None:
    """Called by nbgrader, also where the formgrader's button has made the notebook."""
    from autograder.handout import complete

    complete(root / "release" / assignment, assignment)


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
