r"""The names of files as learning platforms let one download them.

Canvas (lib/content_zipper.rb) writes the student's name without blanks and commas, their number
and the file's; Moodle (mod/assign/classes/downloader.php) the name as it is, and the number that
the student has in this assignment.

lovelaceada_12345_67890_rnn.ipynb                     Canvas: student, their number, the file's
lovelaceada_LATE_12345_67890_rnn-1.ipynb              late, and a second attempt
o_neil_12345_67890_rnn.ipynb                          a name with an underscore in it
anon_Xy3fQ_67890_rnn.ipynb, LATE_anon_Xy3fQ_...       graded anonymously
lovelaceada_12345_text.html, ..._link.html            a text, or an address, in place of a file
Ada Lovelace_12345_assignsubmission_file_/rnn.ipynb   Moodle, a folder for each student
Ada Lovelace_12345_assignsubmission_file/a/rnn.ipynb  since 4.1, and a folder of the student's
Ada Lovelace_12345_assignsubmission_file_rnn.ipynb    Moodle, all in one folder
Participant_12345_assignsubmission_file_rnn.ipynb     marked blindly
Team 1_45_assignsubmission_file_/rnn.ipynb            handed in by a group
Default group_assignsubmission_file_/rnn.ipynb        by those who are in none
"""

import re
from collections.abc import Iterable

#: What is collected, so that a student who handed in something else is told so.
COLLECTED = [".ipynb", ".pdf", ".zip", ".html", ".py", ".docx", ".txt", ".gz", ".7z", ".rar"]

_STUDENT = (
    r"(?:LATE_)?(?P<student_id>(?P<anonymous>anon_)?(?(anonymous)[0-9A-Za-z]+|[^/]+?))"
    r"(?:_(?:LATE|late))?"
)
_CANVAS = r"(?(anonymous)|_(?P<canvas>\d+))_(?:\d+_(?:[^/]*/)*|(?=(?:text|link)\.html$))"
_MOODLE = r"(?:_(?P<moodle>\d+))?_assignsubmission_file(?:_|(?=/))(?:[^/]*/)*"


def name_pattern(assignments: Iterable[str]) -> str:
    """Return the pattern of names as above.

    Its groups ``canvas`` and ``moodle`` are the student's number there. "rnn-1.ipynb" and
    "rnn (2).ipynb" count as "rnn.ipynb" for each of the ``assignments``.
    """
    known = "".join(f"{re.escape(name)}|" for name in sorted(assignments, key=len, reverse=True))
    return (
        rf"(?:.*?/extracted/(?:[^/_]*/)?)??{_STUDENT}(?:{_CANVAS}|{_MOODLE})"
        rf"(?P<file_id>{known}[^/]+?)(?:-\d+| ?\(\d+\))*\.\w+$"
    )
