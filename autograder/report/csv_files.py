"""The points as CSV: for spreadsheets, and in the forms that Canvas and Moodle import.

Canvas reads ``Student, ID, SIS User ID, SIS Login ID, Section``, a column an assignment, and a line
``Points Possible``; it looks a student up by ID, then by login. Moodle lets the instructor say what
each column is; the names are those of its own export, so that it finds most of them itself.

Both take an empty grade for one that is to be removed: who has answers that are still to be marked
by hand has no line in their files. Moodle gives the grade of a line without an identifier to the
student before it: its file has only those identifiers that everyone in it has.
"""

import csv
import html
import io
import re
from collections.abc import Iterable, Mapping, Sequence

from autograder.gradebook.grades import SubmissionGrades
from autograder.report.roster import Person
from autograder.submissions.outline import Exercise

#: A title that ends so would be taken for Canvas' own number of an assignment.
_CANVAS_NUMBER = re.compile(r"\((\d+)\)\s*$")

#: Where a formula would begin.
_FORMULA = re.compile(r"""(^\s*|;[\s"]*)(?=[-=+@＝＋－＠])""")


def points_csv(
    exercises: Sequence[Exercise],
    class_grades: Sequence[SubmissionGrades],
    roster: Mapping[str, Person],
    remarks: Mapping[str, Sequence[str]],
) -> str:
    """One line a student, one column an exercise. What is not marked yet is empty.

    It starts with a byte order mark: without it Excel garbles every letter that is not English.
    """
    most = sum(exercise.points for exercise in exercises)
    names = [exercise.grade_id for exercise in exercises]
    head = ["student", "last name", "first name", "points", "of", "late penalty", "to mark"]
    rows: list[list[object]] = [[*head, *names, "remarks"]]
    for grades in class_grades:
        person = _person(roster, grades)
        points = grades.points
        cells = [
            "" if name not in points or points[name].waiting else f"{points[name].score:g}"
            for name in names
        ]
        rows.append(
            [
                grades.student,
                person.last_name,
                person.first_name,
                *map(_number, (grades.score, most, grades.penalty)),
                len(grades.waiting),
                *cells,
                "; ".join(remarks.get(grades.student, ())),
            ]
        )
    return "\ufeff" + _csv(rows)


def canvas_csv(
    title: str, most: float, class_grades: Sequence[SubmissionGrades], roster: Mapping[str, Person]
) -> str:
    """Grades as Canvas imports them, of those of whom everything is marked."""
    column = _CANVAS_NUMBER.sub(r"[\1]", title)
    rows = [
        ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", column],
        ["    Points Possible", "", "", "", "", _number(most)],
    ]
    for grades, person in _complete(class_grades, roster):
        ours, theirs = (person.lms_id, "") if person.lms_id.isdecimal() else ("", person.lms_id)
        rows.append([person.sortable_name, ours, theirs, person.student, "", _grade(grades)])
    return _csv(rows)


def moodle_csv(
    title: str,
    exercises: Sequence[Exercise],
    class_grades: Sequence[SubmissionGrades],
    roster: Mapping[str, Person],
) -> str:
    """Grades as Moodle imports them, with a feedback that says where points were lost.

    Of those of whom everything is marked.
    """
    listed = _complete(class_grades, roster)
    columns = [("Username", [p.student for _, p in listed])]
    identifiers = {
        "ID number": [p.lms_id for _, p in listed],
        "Email address": [p.email for _, p in listed],
    }
    columns += [(name, cells) for name, cells in identifiers.items() if all(map(_names, cells))]
    columns += [
        ("First name", [p.first_name for _, p in listed]),
        ("Last name", [p.last_name for _, p in listed]),
        (f"{title} (Real)", [_grade(s) for s, _ in listed]),
        (f"{title} (Feedback)", [html.escape(_lost(exercises, s), quote=False) for s, _ in listed]),
    ]
    heads, cells = zip(*columns, strict=True)
    return _csv([heads, *zip(*cells, strict=True)])


def moodle_worksheet_csv(
    exercises: Sequence[Exercise],
    class_grades: Sequence[SubmissionGrades],
    roster: Mapping[str, Person],
) -> str:
    """Return the grading worksheet that an assignment of Moodle's takes (Upload grading worksheet).

    It finds students by the number in the name of the folder that was downloaded: no roster is
    needed. Of those of whom everything is marked, and who have such a number.
    """
    rows = [["Identifier", "Full name", "Grade", "Last modified (grade)", "Feedback comments"]]
    for grades, person in _complete(class_grades, roster):
        if person.participant:
            lost = html.escape(_lost(exercises, grades), quote=False)
            identifier = f"Participant {person.participant}"
            rows.append([identifier, person.student, _grade(grades), "", lost])
    return _csv(rows)


def _person(roster: Mapping[str, Person], grades: SubmissionGrades) -> Person:
    return roster.get(grades.student, Person(grades.student))


def _names(identifier: str) -> bool:
    """Whether Moodle takes this for an identifier: to PHP, "0" is empty as well."""
    return identifier.strip() not in ("", "0")


def _complete(
    class_grades: Sequence[SubmissionGrades], roster: Mapping[str, Person]
) -> list[tuple[SubmissionGrades, Person]]:
    """Those of whom everything is marked."""
    return [(s, _person(roster, s)) for s in class_grades if not s.waiting]


def _grade(grades: SubmissionGrades) -> str:
    return _number(max(grades.score, 0.0))


def _lost(exercises: Sequence[Exercise], grades: SubmissionGrades) -> str:
    """Where points were lost."""
    points = grades.points
    parts = [
        f"{e.title}: {_number(points[e.grade_id].score)} of {_number(e.points)}"
        for e in exercises
        if e.grade_id in points and points[e.grade_id].score < e.points
    ]
    if grades.penalty:
        parts.append(f"Late: {_number(grades.penalty)} taken off")
    return "; ".join(parts)


def _number(value: float) -> str:
    return f"{round(value, 2):g}"


def _csv(rows: Iterable[Iterable[object]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows([_harmless(cell) for cell in row] for row in rows)
    return text.getvalue()


def _harmless(cell: object) -> str:
    """Return one line of text that no spreadsheet takes for a formula; numbers stay as they are.

    Where a comma is the decimal sign, a spreadsheet takes the semicolons for what parts the cells,
    within quotes as well.
    """
    text = re.sub(r"[\r\n\t\0]+", " ", str(cell)).encode(errors="replace").decode()
    if re.fullmatch(r"-?\d+(\.\d+)?(e[+-]?\d+)?", text):
        return text
    return _FORMULA.sub(r"\1'", text)
