"""`nbgrader release_feedback` for a class of whom not everyone came through the exchange.

nbgrader's own wants two files beside each page that only its own autograde puts there, and ends
with a traceback where a student has none.
"""

from glob import escape, glob
from pathlib import Path

from nbgrader.exchange.default import ExchangeReleaseFeedback

from autograder.files import open_regular, write_atomically

_NEEDED = ("submission_secret.txt", "timestamp.txt")
_MAX_BYTES = 10_000


class ReleaseFeedback(ExchangeReleaseFeedback):
    """Takes these files from what was handed in; leaves out, and names, who has none."""

    src_path: str

    def copy_files(self) -> None:
        """Put the pages where `nbgrader fetch_feedback` looks."""
        for folder in sorted(map(Path, glob(self.src_path))):  # noqa: PTH207 (absolute)
            if self._completed(folder):
                self.src_path = escape(str(folder))
                super().copy_files()
            else:
                self.log.warning(
                    "%s has not handed in through the exchange: no feedback can be put there",
                    folder.parent.name,
                )

    def _completed(self, folder: Path) -> bool:
        student = folder.parent.name
        directory = self.coursedir.submitted_directory
        handed_in = self.coursedir.format_path(directory, student, self.coursedir.assignment_id)
        for name in _NEEDED:
            try:
                with open_regular(Path(handed_in) / name) as file:
                    write_atomically(folder / name, file.read(_MAX_BYTES))
            except OSError:
                return False
        return True
