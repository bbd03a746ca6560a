"""The names of files as learning platforms let one download them.

lastname_12345_67890_rnn.ipynb                        Canvas: student, their number, the file's
lastname_LATE_12345_67890_rnn-1.ipynb                 Canvas: late, and a second attempt
Full Name_12345_assignsubmission_file_/rnn.ipynb      Moodle, a folder for each student
Full Name_12345_assignsubmission_file_rnn.ipynb       Moodle, all in one folder
"""

import re
from collections.abc import Iterable

#: What is collected, so that a student who handed in something else is told so.
COLLECTED = [".ipynb", ".pdf", ".zip", ".html", ".py", ".docx", ".txt", ".gz", ".7z", ".rar"]


def name_pattern(assignments: Iterable[str]) -> str:
    """The pattern of names as above; "rnn-1.ipynb" and "rnn (2).ipynb" count as "rnn.ipynb"."""
    known = "".join(f"{re.escape(name)}|" for name in sorted(assignments, key=len, reverse=True))
    return (
        r"(?:.*?/extracted/(?:[^/_]*/)?)??"
        r"(?P<student_id>[^/_]+)_(?:LATE_)?\d+_(?:\d+_|assignsubmission_file_?)(?:[^/]*/)*"
        rf"(?P<file_id>{known}[^/]+?)(?:-\d+| ?\(\d+\))*\.\w+$"
    )
