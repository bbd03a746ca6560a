"""A folder in which students' notebooks are put: the course's own, or that of a learning platform.

In it lies a folder for each student, or the notebooks themselves, with the student in their name.
"""

import os
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from autograder.collecting.inbox import (
    GIVEN_UP,
    SETTLED,
    Arrival,
    Settling,
    is_possible_id,
    looks,
    open_plain,
    take_over,
)
from autograder.course import Course
from autograder.dependencies.digests import digest
from autograder.files import write_atomically
from autograder.messages import Problem

_TAIL = 200
_OURS = ("-feedback.html", "-waiting.html")


class SubmittedFolder:
    """The course's own ``submitted/``: feedback goes to ``feedback/``, notices beside it."""

    def __init__(self, course: Course, assignment: str) -> None:
        self._course = course
        self._name = assignment
        self._watched = _Watched()

    @property
    def place(self) -> str:
        """Where it is."""
        return f"{self._course.submitted}/<student>/{self._name}"

    def arrivals(self, now: float, is_new: Callable[[Arrival], bool]) -> list[Arrival]:
        """Folders of students that have changed."""
        drops = (
            (student, self._course.submitted / student / self._name)
            for student in self._course.students(self._name)
        )
        return self._watched.arrivals(drops, now, is_new)

    def collect(self, arrival: Arrival) -> None:
        """It is where it should be."""

    def answer(self, arrival: Arrival, page: bytes) -> None:
        """The page is in ``feedback/`` already."""
        _notice_beside(self._page(arrival.student)).unlink(missing_ok=True)

    def tell(self, arrival: Arrival, page: bytes) -> None:
        """Beside the feedback of the attempt before."""
        write_atomically(_notice_beside(self._page(arrival.student)), page)

    def _page(self, student: str) -> Path:
        return self._course.feedback / student / self._name / f"{self._name}.html"


class DropFolder:
    """Any folder: STUDENT/*.ipynb, or notebooks whose names the collector's pattern takes apart.

    Feedback is put beside the notebook. Raises Problem where there is no such folder.
    """

    def __init__(
        self, course: Course, assignment: str, folder: Path, complain: Callable[[str], None]
    ) -> None:
        if not folder.is_dir():
            raise Problem(f"There is no folder {folder}.", "Make it, or name another one.")
        self._course = course
        self._name = assignment
        self._folder = folder.absolute()
        self._complain = complain
        self._complained: set[Path] = set()
        self._watched = _Watched()
        self._pattern = re.compile(course.config().FileNameCollectorPlugin.named_regexp)

    @property
    def place(self) -> str:
        """Where it is."""
        return str(self._folder)

    def arrivals(self, now: float, is_new: Callable[[Arrival], bool]) -> list[Arrival]:
        """Folders and notebooks that are new or have changed."""
        return self._watched.arrivals(self._drops(), now, is_new)

    def collect(self, arrival: Arrival) -> None:
        """Copy it into the course, with the time at which it was put there."""
        target = self._course.submitted / arrival.student / self._name
        newest = max(changed for _, _, changed in looks(arrival.path))
        take_over(arrival.path, target)
        moment = datetime.fromtimestamp(newest / 1e9, UTC)
        write_atomically(target / "timestamp.txt", f"{moment:%Y-%m-%d %H:%M:%S.%f} UTC\n")

    def answer(self, arrival: Arrival, page: bytes) -> None:
        """Beside the notebook, unless that was taken away."""
        if not os.path.lexists(arrival.path):
            return
        answer = self._page(arrival.path)
        write_atomically(answer, page)
        _notice_beside(answer).unlink(missing_ok=True)

    def tell(self, arrival: Arrival, page: bytes) -> None:
        """Beside the notebook, apart from the feedback of the attempt before."""
        write_atomically(_notice_beside(self._page(arrival.path)), page)

    def _page(self, path: Path) -> Path:
        if path.is_dir():
            return path / f"{self._name}-feedback.html"
        return path.with_name(f"{path.stem}-feedback.html")

    def _drops(self) -> Iterator[tuple[str, Path]]:
        for path in sorted(self._folder.iterdir()):
            if path.name.startswith(".") or path.is_symlink():
                continue
            if path.is_dir():
                if any(name.endswith(".ipynb") for name, _, _ in looks(path)):
                    yield path.name, path
            elif path.suffix == ".ipynb":
                match = self._pattern.match(path.name)
                if match and is_possible_id(match["student_id"]):
                    yield match["student_id"], path
                elif path not in self._complained:
                    self._complained.add(path)
                    self._complain(
                        f"{path.name}: whose is it? c.FileNameCollectorPlugin.named_regexp in "
                        "own_config.py does not say"
                    )


class _Watched:
    """Which drops have changed, and are no longer being written."""

    def __init__(self) -> None:
        self._settling = Settling()

    def arrivals(
        self, drops: Iterator[tuple[str, Path]], now: float, is_new: Callable[[Arrival], bool]
    ) -> list[Arrival]:
        found = []
        for student, path in drops:
            try:
                seen = [file for file in looks(path) if not file[0].endswith(_OURS)]
                key = digest(str(path), seen)
                arrival = Arrival(student, key, now, path)
                age = self._settling.seconds(str(path), seen, now)
                if age >= SETTLED and is_new(arrival) and (age >= GIVEN_UP or _has_end(path)):
                    found.append(arrival)
            except OSError:
                continue  # it went away meanwhile
        return found


def _has_end(path: Path) -> bool:
    """Whether the notebooks there end as notebooks do; one that is still being copied does not."""
    folder = path if path.is_dir() else path.parent
    for name, _, _ in looks(path):
        if not name.endswith(".ipynb"):
            continue
        with open_plain(folder / name) as file:
            file.seek(0, os.SEEK_END)
            file.seek(max(0, file.tell() - _TAIL))
            if not file.read().rstrip().endswith(b"}"):
                return False
    return True


def _notice_beside(page: Path) -> Path:
    return page.with_name(f"{page.stem}-waiting.html")
