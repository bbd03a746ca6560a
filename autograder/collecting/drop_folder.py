"""A folder in which students' notebooks are put: the course's own, or that of a learning platform.

In it lies a folder for each student, or the notebooks themselves, with the student in their name.
"""

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

from autograder.collecting.inbox import GIVEN_UP, SETTLED, Attempt, Inbox
from autograder.collecting.notices import no_notebook
from autograder.collecting.plain_files import File, is_notebook, listing, opened
from autograder.course import Course
from autograder.files import open_regular, write_atomically
from autograder.messages import Problem

_TAIL = 200
_OURS = ("-feedback.html", "-waiting.html")


class Folder(Inbox):
    """Attempts are named by their files: they are new where these have changed."""

    def _look(self, entry: Attempt) -> tuple[File, ...]:
        return tuple(file for file in listing(entry.path) if not file.name.endswith(_OURS))

    def _is_complete(self, attempt: Attempt, age: float) -> bool:
        """Look for the end of each notebook, which one that is still being copied lacks."""
        folder = attempt.path if attempt.path.is_dir() else attempt.path.parent
        notebooks = (file.name for file in attempt.files if is_notebook(file.name))
        return age >= GIVEN_UP or (
            age >= SETTLED and all(_has_end(folder / name) for name in notebooks)
        )


class SubmittedFolder(Folder):
    """The course's own ``submitted/``: feedback goes to ``feedback/``, notices beside it."""

    def __init__(self, course: Course, assignment: str, complain: Callable[[str], None]) -> None:
        super().__init__(course, assignment, complain)
        self.place = f"{course.submitted}/<student>/{assignment}"

    def collect(self, attempt: Attempt) -> None:
        """Leave it where it is, which is where it should be."""

    def give(self, attempt: Attempt, page: bytes, *, final: bool = True) -> None:
        """Put a notice beside the feedback of the attempt before; the feedback is there already."""
        folder = self._course.feedback / attempt.student / self._name
        notice = folder / f"{self._name}-waiting.html"
        if final:
            notice.unlink(missing_ok=True)
        else:
            write_atomically(notice, page)

    def _entries(self, now: float) -> Iterator[Attempt]:
        for name in self._course.no_students(self._name):
            self._is_id(name)
        for student in self._course.students(self._name):
            yield Attempt(student, "", now, self._course.submitted / student / self._name)


class DropFolder(Folder):
    """Any folder: STUDENT/*.ipynb, or notebooks whose names the collector's pattern takes apart.

    Feedback is put beside the notebook. Raises Problem where there is no such folder.
    """

    def __init__(
        self, course: Course, assignment: str, folder: Path, complain: Callable[[str], None]
    ) -> None:
        super().__init__(course, assignment, complain)
        if not folder.is_dir():
            raise Problem(f"There is no folder {folder}.", "Make it, or name another one.")
        self._folder = folder.absolute()
        self._refused: set[str] = set()
        self.place = str(self._folder)
        self._pattern = re.compile(course.config().FileNameCollectorPlugin.named_regexp)

    def give(self, attempt: Attempt, page: bytes, *, final: bool = True) -> None:
        """Put a page beside the notebook, unless that was taken away."""
        try:
            with opened(attempt.path) as folder:
                _put(Path(f"/proc/self/fd/{folder}/{self._name}-feedback.html"), page, final)
        except NotADirectoryError:
            with open_regular(attempt.path):  # it is no link
                _put(attempt.path.with_name(f"{attempt.path.stem}-feedback.html"), page, final)
        except FileNotFoundError:
            return

    def _entries(self, now: float) -> Iterator[Attempt]:
        for path in sorted(self._folder.iterdir()):
            if path.name.startswith(".") or path.name.endswith(_OURS):
                continue
            if path.is_symlink():
                self._once(f"{path.name}: a link, which is not followed: nobody grades it")
            elif path.is_dir():
                if self._is_id(path.name):
                    yield Attempt(path.name, "", now, path)
            elif not is_notebook(path.name):
                self._once(f"{path.name}: no notebook: nobody grades it")
            elif match := self._pattern.match(path.name):
                if self._is_id(match["student_id"]):
                    yield Attempt(match["student_id"], "", now, path)
            else:
                self._once(
                    f"{path.name}: whose is it? c.FileNameCollectorPlugin.named_regexp in "
                    "own_config.py does not say"
                )

    def _look(self, entry: Attempt) -> tuple[File, ...]:
        if not self._is_theirs(entry, entry.path.lstat().st_uid):
            return ()
        return tuple(
            file
            for file in super()._look(entry)
            if self._is_theirs(entry, file.owner, f"{entry.path.name}: {file.name}")
        )

    def _keepers(self) -> set[int]:
        """Give root, whoever watches, and whoever the folder belongs to, who fills it for all."""
        return {0, os.geteuid(), self._folder.stat().st_uid}

    def _is_complete(self, attempt: Attempt, age: float) -> bool:
        if any(is_notebook(file.name) for file in attempt.files):
            return super()._is_complete(attempt, age)
        if attempt.files and age >= GIVEN_UP and attempt.key not in self._refused:
            self._refused.add(attempt.key)
            names = [file.name for file in attempt.files]
            self.give(attempt, no_notebook(self._name, attempt.student, names), final=False)
            self._once(f"{attempt.student}: no notebook, only {', '.join(names[:3])}: not graded")
        return False


def _has_end(path: Path) -> bool:
    with open_regular(path) as file:
        file.seek(0, os.SEEK_END)
        file.seek(max(0, file.tell() - _TAIL))
        return file.read().rstrip().endswith(b"}")


def _put(place: Path, page: bytes, final: bool) -> None:
    """Write the feedback, or a notice beside it, which goes when the feedback comes."""
    notice = place.with_name(f"{place.stem}-waiting.html")
    write_atomically(place if final else notice, page, for_all=True)
    if final:
        notice.unlink(missing_ok=True)
