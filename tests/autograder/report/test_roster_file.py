"""A table of students as programs save it reaches the report and the files for platforms."""

from pathlib import Path

import pytest
from tiny_course import NAME
from typer.testing import CliRunner

from autograder.cli import app
from autograder.course import Course
from autograder.messages import Problem
from autograder.report.roster import Person, roster
from autograder.report.roster_file import import_roster, read_roster

TABLE = 'id,first_name,last_name,email,lms_user_id\nzoe,Zoë,"Núñez, Sr.",z@example.org,1204\n'
ZOE = Person("zoe", "Zoë", "Núñez, Sr.", "z@example.org", "1204")
SEMICOLONS = TABLE.replace('"Núñez, Sr."', "Núñez").replace(",", ";").replace("Núñez", "Núñez, Sr.")


@pytest.mark.parametrize(
    "data",
    [
        TABLE.encode(),
        TABLE.encode("utf-8-sig"),
        TABLE.replace("\n", "\r\n").encode("cp1252"),
        SEMICOLONS.encode("utf-8-sig"),
        SEMICOLONS.encode("cp1252"),
        SEMICOLONS.replace(";", "\t").encode("utf-16"),
        b"\xfe\xff" + SEMICOLONS.replace(";", "\t").encode("utf-16-be"),
        f"sep=;\r\n{SEMICOLONS}".encode("cp1252"),
        f"{TABLE}\n,,,,\n".replace("id,", " ID ,").encode(),
    ],
)
def test_whatever_excel_saves(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "students.csv"
    path.write_bytes(data)
    assert read_roster(path) == [ZOE]


def test_what_canvas_and_moodle_export(tmp_path: Path) -> None:
    path = tmp_path / "students.csv"
    path.write_text(
        "Student,ID,SIS User ID,SIS Login ID,Section,RNN (77)\n"
        '    Points Possible,,,,,5\n"Núñez, Zoë",1204,SIS-77,zoe,A,\n',
        encoding="utf-8",
    )
    assert read_roster(path) == [Person("zoe", "Zoë", "Núñez", "", "1204")]
    path.write_text(
        "First name,Last name,ID number,Email address,Username\nZoë,Núñez,1204,z@example.org,zoe\n",
        encoding="utf-8-sig",
    )
    assert read_roster(path) == [Person("zoe", "Zoë", "Núñez", "z@example.org", "1204")]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "names no students: its columns are none"),
        ("name,mail\nzoe,z\n", "names no students: its columns are name, mail"),
        ("id,first_name\n../up,Zoë\n", "line 2: '../up' is no id"),
        ("PK\x03\x04 an Excel document", "names no students"),
    ],
)
def test_what_is_no_table_of_students_is_told(text: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "students.csv"
    path.write_text(text)
    with pytest.raises(Problem, match=said):
        read_roster(path)


def test_what_a_table_does_not_say_stays(tiny: Course, tmp_path: Path) -> None:
    path = tmp_path / "students.csv"
    path.write_text(TABLE, encoding="utf-8-sig")
    import_roster(tiny, path)
    path.write_text("id;email\nzoe;new@example.org\nbob;b@example.org\n")
    arguments = ["roster", str(path), "--course", str(tiny.root), "--solutions"]
    result = CliRunner().invoke(app, [*arguments, str(tiny.solutions)])
    assert (result.exit_code, result.stdout) == (0, "2 students: their names are known now\n")
    assert roster(tiny) == {
        "zoe": Person("zoe", "Zoë", "Núñez, Sr.", "new@example.org", "1204"),
        "bob": Person("bob", email="b@example.org"),
    }
    assert tiny.assignments() == [NAME]
