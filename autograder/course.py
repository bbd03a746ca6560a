"""Where the parts of a course lie, and its settings."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from autograder.files import write_atomically
from autograder.messages import Problem

if TYPE_CHECKING:
    from nbgrader.coursedir import CourseDirectory
    from traitlets.config import Config

#: The checkout that holds ``autograder/``, ``course_lib/`` and ``solutions/``.
REPOSITORY = Path(__file__).resolve().parents[1]
DEFAULT_COURSE = REPOSITORY / "build" / "course"

#: An id becomes the name of files (255 bytes, with what is put before and behind it) and a key in
#: nbgrader's gradebook (128 characters).
_MAX_ID_BYTES, _MAX_ID_CHARS = 200, 128

_MARK = "# Written by autograder, and written anew when it changes."
_CONFIG = """\
{mark}
# Your own settings (late penalties, the gradebook's address, ...) go into own_config.py beside this
# file: it is read last, and never touched.
from pathlib import Path

from autograder.nbgrader_config import configure

configure(get_config(), root=Path(__file__).resolve().parent, solutions=Path({solutions!r}))
load_subconfig("own_config.py", path=str(Path(__file__).resolve().parent))
"""


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
    def sanitised(self) -> Path:
        return self.root / "sanitised"

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
        """List who has handed something in, whatever it is, by id."""
        return [name for name in self._names(assignment) if not why_no_id(name)]

    def no_students(self, assignment: str) -> dict[str, str]:
        """Say of each folder that holds work, but whose name is no id, why it is none."""
        return {name: why for name in self._names(assignment) if (why := why_no_id(name))}

    def _names(self, assignment: str) -> list[str]:
        if not self.submitted.is_dir():
            return []
        return sorted(
            folder.name
            for folder in self.submitted.iterdir()
            if not folder.name.startswith(".") and _is_there(folder / assignment)
        )

    def prepare(self) -> None:
        """Make the course folder and write ``nbgrader_config.py`` into it, once."""
        odd = sorted(set("*?[]#") & set(str(self.root)))
        if odd:
            raise Problem(
                f"nbgrader cannot work in a folder with {' '.join(odd)} in its path: {self.root}.",
                "Choose another one with --course.",
            )
        path, text = self._config_path(), self._config_text()
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
            if self._config_path().read_text(encoding="utf-8") != self._config_text():
                raise Problem(
                    f"{self._config_path()} cannot be read by this version of the program: {error}",
                    "Run: autograder release",
                ) from error
            raise Problem(
                f"The settings in {self.root}/own_config.py cannot be read: {error}",
                "Mend or remove that file.",
            ) from error

    def _config_path(self) -> Path:
        return self.root / "nbgrader_config.py"

    def _config_text(self) -> str:
        return _CONFIG.format(mark=_MARK, solutions=str(self.solutions))

    def directory(
        self, assignment: str, student: str = "*", config: "Config | None" = None
    ) -> "CourseDirectory":
        """nbgrader's view of the course, for one assignment; ``student`` is a file glob."""
        from nbgrader.coursedir import CourseDirectory

        directory = CourseDirectory(config=self.config() if config is None else config)
        directory.assignment_id = assignment
        directory.student_id = student
        return directory


def why_no_id(name: str) -> str:
    """Say why a name that comes from outside cannot be a student's id; "" where it can.

    An id becomes the name of files and folders, a key in the gradebook and a word on the terminal.
    """
    if not name.isprintable():
        return "it has letters that cannot be shown"
    if name != name.strip() or not name or name.startswith("."):
        return "it is empty, begins with a dot, or has a blank at an end"
    if {"/", "\\"} & set(name):
        return "it is a path"
    if {"*", "?", "["} & set(name):
        return "nbgrader keeps no grades for an id with * ? or [ in it"
    if len(name) > _MAX_ID_CHARS or len(name.encode()) > _MAX_ID_BYTES:
        return f"it has more than {_MAX_ID_CHARS} letters, or {_MAX_ID_BYTES} bytes"
    return ""


def _is_there(path: Path) -> bool:
    """Tell whether there is something, be it a link to nowhere or behind a closed door."""
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return True
    return True
