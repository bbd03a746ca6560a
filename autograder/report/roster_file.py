"""A table of students as Excel saves it, or as Canvas and Moodle export it, into the gradebook.

Excel writes UTF-8 with a byte order mark, the system's own code (cp1252) or UTF-16, and parts the
cells by semicolons where a comma is the decimal sign, or by tabs. The columns have nbgrader's names
(id, first_name, last_name, email, lms_user_id) or those of a platform's export.
"""

import codecs
import csv
import io
from collections.abc import Mapping
from pathlib import Path

from nbgrader.api import Gradebook
from sqlalchemy.exc import DBAPIError

from autograder.course import Course, why_no_id
from autograder.gradebook.database_errors import problem_of
from autograder.messages import Problem
from autograder.nbgrader_log import nbgrader_logged
from autograder.report.roster import Person

_MAX_BYTES = 50_000_000
#: By field of a Person, the columns in which it may stand, the first that is there counts.
_COLUMNS = {
    "student": ("username", "sis login id", "id"),
    "first_name": ("first_name", "first name"),
    "last_name": ("last_name", "last name", "surname"),
    "email": ("email", "email address"),
    "lms_id": ("lms_user_id", "id number"),
}
#: Canvas' export has its number in a column ID, and both names in one column.
_CANVAS_NAME, _CANVAS_LOGIN, _CANVAS_ID = "student", "sis login id", "id"


def import_roster(course: Course, path: Path) -> list[Person]:
    """Write the students of a table into nbgrader's table of students; returns them.

    What the table does not say of a student stays as it is. Raises Problem, and OSError.
    """
    people = read_roster(path)
    with nbgrader_logged(course.log):
        try:
            with Gradebook(course.config().CourseDirectory.db_url) as book:
                for person in people:
                    found = {
                        "first_name": person.first_name,
                        "last_name": person.last_name,
                        "email": person.email,
                        "lms_user_id": person.lms_id,
                    }
                    known = {name: value for name, value in found.items() if value}
                    book.update_or_create_student(person.student, **known)
        except DBAPIError as error:
            if problem := problem_of(error):
                raise problem from error
            raise
    return people


def read_roster(path: Path) -> list[Person]:
    """Read the students in a table. Raises Problem where it names none, and OSError."""
    if path.stat().st_size > _MAX_BYTES:
        raise Problem(f"{path} is too large to be a table of students.", _REMEDY)
    rows = _rows(_decoded(path.read_bytes()))
    head = [cell.strip().lower() for cell in next(iter(rows), [])]
    people = []
    for number, row in enumerate(rows[1:], 2):
        cells = dict(zip(head, (cell.strip() for cell in row), strict=False))
        person = _person(cells)
        if not person.student:
            continue  # an empty line, or Canvas' line of possible points
        if why := why_no_id(person.student):
            raise Problem(f"{path}, line {number}: {person.student!r} is no id: {why}.", _REMEDY)
        people.append(person)
    if not people:
        raise Problem(
            f"{path} names no students: its columns are {', '.join(head) or 'none'}.", _REMEDY
        )
    return people


_REMEDY = (
    "Save the table as CSV with a column id (or as Canvas or Moodle export it: SIS Login ID, "
    "Username), and first_name, last_name, email and lms_user_id where they are known."
)


def _person(cells: Mapping[str, str]) -> Person:
    fields = {
        name: next((cells[column] for column in columns if cells.get(column)), "")
        for name, columns in _COLUMNS.items()
    }
    if _CANVAS_NAME in cells and _CANVAS_LOGIN in cells:
        last, _, first = cells[_CANVAS_NAME].partition(",")
        canvas_id = cells.get(_CANVAS_ID, "")
        fields |= {"student": cells[_CANVAS_LOGIN], "lms_id": canvas_id}
        fields |= {"last_name": last.strip(), "first_name": first.strip()}
    return Person(**fields)


def _decoded(data: bytes) -> str:
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def _rows(text: str) -> list[list[str]]:
    """Take a table apart by what parts the cells of its first line."""
    first, _, rest = text.partition("\n")
    if first.strip().lower().startswith("sep="):
        return list(csv.reader(io.StringIO(rest, newline=""), delimiter=first.strip()[4:] or ","))
    delimiter = max(",;\t", key=first.count)
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
