"""Who the students are, as nbgrader's table of students has them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from nbgrader.api import Gradebook, Student
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from autograder.course import Course
from autograder.gradebook.database_errors import problem_of
from autograder.lms_numbers import LmsNumbers
from autograder.nbgrader_log import nbgrader_logged


@dataclass(frozen=True)
class Person:
    """A student; what the table does not have is "".

    ``lms_id`` is the number an LMS gave, ``participant`` Moodle's for an assignment.
    """

    student: str
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    lms_id: str = ""
    participant: str = ""

    @property
    def has_a_name(self) -> bool:
        return bool(self.first_name or self.last_name)

    @property
    def sortable_name(self) -> str:
        """Last name first; the id where there is no name."""
        return ", ".join(n for n in (self.last_name, self.first_name) if n) or self.student


def roster(course: Course) -> dict[str, Person]:
    """Read all students, by id. Raises Problem where the gradebook cannot be read."""
    columns = (
        Student.id,
        Student.first_name,
        Student.last_name,
        Student.email,
        Student.lms_user_id,
    )
    with nbgrader_logged(course.log):
        try:
            with Gradebook(course.config().CourseDirectory.db_url) as book:
                rows = book.db.execute(select(*columns)).all()
        except DBAPIError as error:
            if problem := problem_of(error):
                raise problem from error
            raise
    return {row[0]: Person(*(value or "" for value in row)) for row in rows}


def with_numbers(people: Mapping[str, Person], numbers: LmsNumbers) -> dict[str, Person]:
    """Return the students with the numbers that the names of their files had.

    What the table of students says of them stays.
    """
    found = {s: people.get(s, Person(s)) for s in (*people, *numbers.canvas, *numbers.moodle)}
    for student, number in numbers.canvas.items():
        if not found[student].lms_id:
            found[student] = replace(found[student], lms_id=number)
    for student, number in numbers.moodle.items():
        found[student] = replace(found[student], participant=number)
    return found
