"""The files for Canvas, Moodle and spreadsheets, as those programs read them."""

import csv
import io
import re
from collections.abc import Callable

import pytest
from nbgrader.api import Gradebook
from tiny_course import NAME, RIGHT

from autograder.course import Course
from autograder.gradebook.grades import Points, SubmissionGrades
from autograder.lms_numbers import LmsNumbers
from autograder.nbgrader_log import nbgrader_logged
from autograder.report.csv_files import (
    canvas_csv,
    moodle_csv,
    moodle_worksheet_csv,
    points_csv,
)
from autograder.report.roster import Person, roster, with_numbers
from autograder.report.writing import write_report
from autograder.scheduling.grade import grade
from autograder.submissions.outline import Exercise

EXERCISES = [
    Exercise("one", "1. One & only", 2.0, False, ("one-answer",)),
    Exercise("two", "2. Words", 3.0, True, ("two",)),
]
ROSTER = {
    "ada": Person("ada", "Ädä", "Núñez, Sr.", "ada@example.org", "1204"),
    "bob": Person("bob", "Bob", "", "bob@example.org", "1205"),
    "cy": Person("cy", "Cy", "", "cy@example.org", "SIS-77"),
}


def grades_of(
    student: str, one: float, two: float | None, penalty: float = 0.0
) -> SubmissionGrades:
    points = {"one": Points(one, None), "two": Points(None, two)}
    return SubmissionGrades(student, None, None, penalty, points)


HELD = [
    grades_of("ada", 1.3333, 3.0),
    grades_of("bob", 2.0, None),
    grades_of("cy", 2.0, 3.0),
    grades_of("eve", 0.0, 0.0, 1.0),
]


def rows(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text), strict=True))


def test_canvas() -> None:
    head, possible, *students = rows(canvas_csv("RNN", 5.0, HELD, ROSTER))
    assert head == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "RNN"]
    assert possible == ["    Points Possible", "", "", "", "", "5"]
    assert students == [
        ["Núñez, Sr., Ädä", "1204", "", "ada", "", "4.33"],
        ["Cy", "", "SIS-77", "cy", "", "5"],
        ["eve", "", "", "eve", "", "0"],
    ]


def test_canvas_takes_no_title_for_a_number_of_its_own() -> None:
    """Canvas reads ``TITLE (NUMBER)`` as the assignment of that number, whatever its title."""
    head = rows(canvas_csv("Homework (2)", 5.0, HELD, ROSTER))[0]
    assert head[-1] == "Homework [2]"
    assert not re.fullmatch(r"(.*)\s\((\d+)\)", head[-1])


def test_the_numbers_in_the_names_of_files_are_enough() -> None:
    """Nobody has a name in the gradebook: what Canvas and Moodle wrote into the names is used."""
    numbers = LmsNumbers({"ada": "1204", "cy": "99"}, {"ada": "12345", "bob": "12346"})
    people = with_numbers({"cy": ROSTER["cy"], "eve": Person("eve")}, numbers)
    students = rows(canvas_csv("RNN", 5.0, HELD, people))[2:]
    assert [student[:5] for student in students] == [
        ["ada", "1204", "", "ada", ""],
        ["Cy", "", "SIS-77", "cy", ""],
        ["eve", "", "", "eve", ""],
    ]
    head, *lines = rows(moodle_worksheet_csv(EXERCISES, HELD, people))
    assert head[0] == "Identifier"
    assert head[2:4] == ["Grade", "Last modified (grade)"]
    assert lines == [["Participant 12345", "ada", "4.33", "", "1. One &amp; only: 1.33 of 2"]]


def test_moodle() -> None:
    head, *students = rows(moodle_csv("RNN", EXERCISES, HELD[:3], ROSTER))
    assert head == [
        "Username",
        "ID number",
        "Email address",
        "First name",
        "Last name",
        "RNN (Real)",
        "RNN (Feedback)",
    ]
    assert students[0] == [
        "ada",
        "1204",
        "ada@example.org",
        "Ädä",
        "Núñez, Sr.",
        "4.33",
        "1. One &amp; only: 1.33 of 2",
    ]
    assert [student[0] for student in students] == ["ada", "cy"]
    assert students[1][5:] == ["5", ""]


def test_moodle_gets_no_identifier_that_some_do_not_have() -> None:
    head, *students = rows(moodle_csv("RNN", EXERCISES, HELD, ROSTER))
    assert head[:3] == ["Username", "First name", "Last name"]
    assert students[2] == [
        "eve",
        "",
        "",
        "0",
        "1. One &amp; only: 0 of 2; 2. Words: 0 of 3; Late: 1 taken off",
    ]
    some = {**ROSTER, "eve": Person("eve", email="eve@example.org", lms_id="0")}
    head = rows(moodle_csv("RNN", EXERCISES, HELD, some))[0]
    assert head[:2] == ["Username", "Email address"]
    assert len(rows(moodle_csv("RNN", EXERCISES, [], {}))) == 1


#: What an LMS holds before an import, by login.
BEFORE = {"ada": "1", "bob": "3", "cy": "3", "eve": "", "zoe": "4"}
AFTER = {"ada": "4.33", "bob": "3", "cy": "5", "eve": "0", "zoe": "4"}


def into_canvas(text: str) -> dict[str, str]:
    """The grades after an import, as Canvas' importer goes through the lines."""
    head, possible, *students = rows(text)
    assert "Student" in head[0]
    assert "ID" in head[1]
    assert head[4] == "Section"
    assert "Points Possible" in possible[0]
    by_id = {p.lms_id: name for name, p in ROSTER.items()}
    grades = dict(BEFORE)
    for row in students:
        assert "Points Possible" not in row[0]
        grades[by_id.get(row[1]) or by_id.get(row[2]) or row[3]] = row[5]
    return grades


def into_moodle(text: str, identifier: str) -> dict[str, str]:
    """The grades after an import, as Moodle's importer goes through the lines."""
    head, *students = rows(text)
    fields = {
        "Username": {name: name for name in BEFORE},
        "Email address": {p.email: name for name, p in ROSTER.items()},
        "ID number": {p.lms_id: name for name, p in ROSTER.items()},
    }
    column, grade = head.index(identifier), head.index("RNN (Real)")
    grades, student = dict(BEFORE), ""
    for row in students:
        if row[column]:
            student = fields[identifier][row[column]]
        grades[student] = row[grade]
    return grades


def test_there_and_back() -> None:
    """Everyone has the grade that the gradebook has; who is not complete keeps what there was."""
    assert into_canvas(canvas_csv("RNN", 5.0, HELD, ROSTER)) == AFTER
    moodle = moodle_csv("RNN", EXERCISES, HELD, ROSTER)
    assert into_moodle(moodle, "Username") == AFTER
    moodle = moodle_csv("RNN", EXERCISES, HELD[:3], ROSTER)
    for identifier in ("Username", "Email address", "ID number"):
        assert into_moodle(moodle, identifier) == {**AFTER, "eve": ""}


def test_spreadsheet() -> None:
    text = points_csv(EXERCISES, HELD, ROSTER, {"bob": ("hung 2x", "1 hint")})
    assert text.startswith("\ufeffstudent,")
    head, *students = rows(text.removeprefix("\ufeff"))
    assert head[:3] == ["student", "last name", "first name"]
    assert head[3:7] == ["points", "of", "late penalty", "to mark"]
    assert head[7:] == ["one", "two", "remarks"]
    assert students[0][3:7] == ["4.33", "5", "0", "0"]
    assert students[1] == ["bob", "", "Bob", "2", "5", "0", "1", "2", "", "hung 2x; 1 hint"]
    assert students[3][3] == "-1"


BAD = [
    *["=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(A1)", "\t=1", " =1", "\r=1", "＝1", "a\nb,c\0"],
    *["a;=1", 'a; "=1', "a;\n-1+1", ";@SUM(A1);+2", "1;＝2"],
]


@pytest.mark.parametrize("bad", BAD, ids=ascii)
def test_no_name_becomes_a_formula_or_breaks_a_line(bad: str) -> None:
    person = Person(bad, bad, bad, bad, bad)
    held = [grades_of(bad, 1.0, 1.0)]
    for text in (
        points_csv(EXERCISES, held, {bad: person}, {bad: (bad,)}),
        canvas_csv("RNN", 5.0, held, {bad: person}),
        moodle_csv("RNN", EXERCISES, held, {bad: person}),
    ):
        found = rows(text.removeprefix("\ufeff"))
        assert len({len(row) for row in found}) == 1
        for cell in ";".join(found[-1]).split(";"):
            assert re.fullmatch(r"-?[\d.]+", cell) or cell.lstrip(' "')[:1] not in tuple("=+-@＝")
            assert "\0" not in cell
            assert "\n" not in cell
    assert len(rows(canvas_csv("RNN", 5.0, held, {bad: person}))) == 3


@pytest.mark.sandbox
def test_names_come_from_nbgraders_table_of_students(
    tiny: Course, hand_in: Callable[..., object]
) -> None:
    hand_in("ada", {name: text for name, text in RIGHT.items() if name != "why-answer"})
    hand_in("bob", RIGHT)
    with nbgrader_logged(tiny.log), Gradebook(tiny.config().CourseDirectory.db_url) as book:
        book.add_student(
            "ada", first_name="Ädä", last_name="Núñez", email="a@example.org", lms_user_id="1204"
        )
    grade(tiny, NAME, workers=1)
    assert roster(tiny)["ada"] == Person("ada", "Ädä", "Núñez", "a@example.org", "1204")
    assert roster(tiny)["bob"] == Person("bob")
    _, (_, _, canvas, moodle) = write_report(tiny, NAME)
    (ada,) = rows(canvas.read_text(encoding="utf-8"))[2:]
    assert ada == ["Núñez, Ädä", "1204", "", "ada", "", "5"]
    assert rows(moodle.read_text(encoding="utf-8"))[1][:5] == [
        "ada",
        "1204",
        "a@example.org",
        "Ädä",
        "Núñez",
    ]
