"""The page that a student finds until the feedback is there."""

from collections.abc import Sequence
from datetime import UTC, datetime

from autograder.collecting.durations import in_words
from autograder.feedback.page import environment
from autograder.submissions.handed_in import shown_name


def waiting(assignment: str, student: str, every: float, turn: float) -> bytes:
    """Say that an attempt came early; it is graded at ``turn`` (seconds since 1970)."""
    return _page(
        assignment,
        student,
        "This attempt has arrived, and waits for its turn",
        f"Attempts are graded at most once in {in_words(every)}, and your last one was graded a "
        f"short while ago. This one is graded at {_clock(turn)}.",
        "If you hand in again before that, the newest attempt is graded in its place.",
    )


def overtaken(assignment: str, student: str) -> bytes:
    """Say that a newer attempt is graded in place of this one."""
    return _page(
        assignment,
        student,
        "This attempt was not graded: there is a newer one",
        "You handed in again before its turn came. The newest attempt is the one that is graded; "
        "its feedback is with that one.",
    )


def no_notebook(assignment: str, student: str, names: Sequence[str]) -> bytes:
    """Say that what was handed in, files of these ``names``, is graded by nobody."""
    listed = ", ".join(map(shown_name, names[:3])) + ", ..." * (len(names) > 3)
    return _page(
        assignment,
        student,
        "There is no notebook: nothing was graded",
        f"Only this was found: {listed}.",
        f"Hand in the notebook itself, {assignment}.ipynb: not packed, and in no other format.",
    )


def in_trouble(assignment: str, student: str) -> bytes:
    """Say that grading did not work, which is not the student's fault."""
    return _page(
        assignment,
        student,
        "This attempt could not be graded yet",
        "It has arrived and is kept. Something went wrong on our side; it is tried again, and your "
        "instructor has been told. There is no need to hand in again.",
    )


def _clock(moment: float) -> str:
    return f"{datetime.fromtimestamp(moment, UTC):%-d %B %Y, %H:%M:%S} UTC"


def _page(assignment: str, student: str, title: str, *lines: str) -> bytes:
    template = environment().get_template("notice.html.j2")
    page = template.render(assignment=assignment, student=student, title=title, lines=lines)
    return page.encode("utf-8")
