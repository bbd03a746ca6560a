"""The whole way, as an instructor and two students go it for the first time."""

import ast
import csv
import html
import json
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode

from autograder.course import REPOSITORY, Course
from autograder.demo.sample_class import Bank
from autograder.gradebook.grades import read_grades
from autograder.release import read_source
from autograder.testing import Entry

pytestmark = [pytest.mark.e2e, pytest.mark.sandbox]

NAME = "rnn"
#: The assignments of the course: the way is gone with the first, and all are searched for leaks.
ASSIGNMENTS = (NAME, "bptt")
MISTAKEN = "rnn_cell_forward"
BIN = Path(sys.executable).parent

#: Runs the cells of a notebook as Jupyter would, with the packages that are installed but without
#: this checkout, and stops at the first error.
RUN_NOTEBOOK = """
import json, sys
sys.path.insert(0, ".")
sys.meta_path = [finder for finder in sys.meta_path if "ditable" not in repr(finder)]
names = {"__name__": "__main__"}
for cell in json.load(open(sys.argv[1], encoding="utf-8"))["cells"]:
    if cell["cell_type"] == "code":
        exec("".join(cell["source"]), names)
"""


def run(*command: object, cwd: Path | None = None) -> str:
    done = subprocess.run(
        [str(part) for part in command], cwd=cwd, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def words(path: Path) -> str:
    body = path.read_text(encoding="utf-8").partition("<body")[2]
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", body)).split())


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Course:
    """What `autograder release` makes in an empty folder."""
    course = Course.at(tmp_path_factory.mktemp("new") / "my first course")
    said = run(BIN / "autograder", "release", "--course", course.root)
    assert f"released  {NAME}: 16 exercises, 20 points" in said
    assert "released  bptt: 12 exercises, 20 points" in said
    return course


@pytest.fixture(scope="module")
def home(course: Course, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder in which a student has unpacked the zip."""
    place = tmp_path_factory.mktemp("home")
    with zipfile.ZipFile(course.handouts / f"{NAME}.zip") as archive:
        archive.extractall(place)
    return place / NAME


@pytest.fixture(scope="module")
def bank(course: Course, home: Path) -> Bank:
    released = nbformat.read(home / f"{NAME}.ipynb", as_version=4)
    return Bank.load(course.solutions / NAME, read_source(course, NAME), released)


@pytest.fixture(scope="module")
def mistake(bank: Bank) -> Entry:
    return next(m for m in bank.mistakes if m.exercise == MISTAKEN and "bias" in m.name)


@pytest.fixture(scope="module")
def handed_in(course: Course, home: Path, bank: Bank, mistake: Entry) -> Course:
    """Two students have solved the notebook at home, and handed it in."""
    answers = {"careful": bank.solutions, "hasty": bank.with_entries(mistake)}
    for student, filled in answers.items():
        solved = bank.notebook(filled)
        (home / "solved.ipynb").write_text(json.dumps(solved), encoding="utf-8")
        folder = course.submitted / student / NAME
        folder.mkdir(parents=True)
        nbformat.write(solved, folder / f"{NAME}.ipynb")
    return course


@pytest.fixture(scope="module")
def graded(handed_in: Course) -> Course:
    said = run(BIN / "autograder", "grade", NAME, "--course", handed_in.root)
    assert "2 of 2 graded, 2 of them now" in said
    assert re.search(r"^careful +19\.00 +20 ", said, re.MULTILINE)
    return handed_in


def test_the_zip_is_all_a_student_needs(home: Path, bank: Bank) -> None:
    def run_cells(notebook: NotebookNode) -> "subprocess.CompletedProcess[str]":
        (home / "mine.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
        return subprocess.run(
            [sys.executable, "-c", RUN_NOTEBOOK, "mine.ipynb"],
            cwd=home,
            capture_output=True,
            text=True,
            check=False,
        )

    solved = run_cells(bank.notebook(bank.solutions))
    assert solved.returncode == 0, solved.stderr
    checks = [c for c in bank.released.cells if "check" in c.metadata.get("tags", [])]
    assert len(checks) > 10
    assert len(solved.stdout.splitlines()) >= len(checks)
    untouched = run_cells(bank.released)
    assert untouched.returncode != 0
    assert untouched.stderr.strip().endswith("NotImplementedError")


def test_a_visible_check_catches_the_mistake_at_home(
    home: Path, bank: Bank, mistake: Entry
) -> None:
    (home / "mine.ipynb").write_text(json.dumps(bank.notebook(bank.with_entries(mistake))))
    done = subprocess.run(
        [sys.executable, "-c", RUN_NOTEBOOK, "mine.ipynb"],
        cwd=home,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert "CheckFailed" in done.stderr


def validated(home: Path, notebook: NotebookNode) -> str:
    """What `nbgrader validate` says of a notebook in the unpacked folder."""
    (home / "mine.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
    said = run(BIN / "nbgrader", "validate", "mine.ipynb", cwd=home)
    return " ".join(said.split())


def test_nbgrader_validate_tells_right_from_wrong(home: Path, bank: Bank, mistake: Entry) -> None:
    right = bank.notebook(bank.solutions)
    assert "Success! Your notebook passes all the tests." in validated(home, right)
    wrong = validated(home, bank.notebook(bank.with_entries(mistake)))
    assert "VALIDATION FAILED ON" in wrong
    assert "checks.check_rnn_cell_forward(rnn_cell_forward)" in wrong
    assert "CheckFailed: With x = 0 and h_prev = 0, so that only b_h, inside the tanh, is" in wrong
    assert "All yours are 0. h[0, 0] is 0, expected 0.224455." in wrong
    untouched = validated(home, bank.released)
    assert "NotImplementedError" in untouched
    assert "You did not provide a response" in untouched


def test_points_and_feedback(graded: Course, bank: Bank, mistake: Entry) -> None:
    run(BIN / "autograder", "feedback", NAME, "--course", graded.root)
    careful = words(graded.feedback / "careful" / NAME / f"{NAME}.html")
    assert "19 of 20 points, and 1 more still to be marked by hand" in careful
    hasty = words(graded.feedback / "hasty" / NAME / f"{NAME}.html")
    assert mistake.hint is not None
    assert " ".join(mistake.hint.split()) in hasty
    assert " ".join(mistake.hint.split()) not in careful
    got = read_grades(graded, NAME)
    worth = bank.worth[bank.cell_of[MISTAKEN]]
    assert 19.0 - worth <= got["hasty"].score < 19.0
    lost = {name for name, points in got["hasty"].points.items() if points.auto == 0}
    assert lost <= {e.grade_id for e in bank.exercises if bank.cell_of[MISTAKEN] in e.answers}


def test_the_report(graded: Course, mistake: Entry) -> None:
    run(BIN / "autograder", "report", NAME, "--course", graded.root)
    text = words(graded.report / f"{NAME}.html")
    assert mistake.name.replace("_", " ") in text
    table = (graded.report / f"{NAME}.csv").read_text(encoding="utf-8-sig")
    rows = list(csv.DictReader(table.splitlines()))
    assert [(row["student"], row["to mark"]) for row in rows] == [("careful", "1"), ("hasty", "1")]
    assert rows[0]["points"] == "19"


def test_plain_nbgrader_gives_the_same(graded: Course, tmp_path: Path) -> None:
    ours = {student: s.points for student, s in read_grades(graded, NAME).items()}
    plain = Course.at(tmp_path / "plain nbgrader")
    run(BIN / "autograder", "release", NAME, "--course", plain.root)
    for student in ours:
        folder = plain.submitted / student / NAME
        folder.mkdir(parents=True)
        source = graded.submitted / student / NAME / f"{NAME}.ipynb"
        (folder / source.name).write_bytes(source.read_bytes())
    run(BIN / "nbgrader", "autograde", NAME, cwd=plain.root)
    assert {student: s.points for student, s in read_grades(plain, NAME).items()} == ours
    run(BIN / "nbgrader", "generate_feedback", NAME, cwd=plain.root)
    page = words(plain.feedback / "careful" / NAME / f"{NAME}.html")
    assert "19 of 20 points, and 1 more still to be marked by hand" in page


def handed_out(course: Course, assignment: str) -> Iterator[tuple[str, str]]:
    """Every text that students get with an assignment: its name, and the text."""
    for path in (course.release / assignment).rglob("*"):
        if path.is_file():
            yield str(path), path.read_text(encoding="utf-8")
    with zipfile.ZipFile(course.handouts / f"{assignment}.zip") as archive:
        for name in archive.namelist():
            yield name, archive.read(name).decode("utf-8")


def telling_lines(text: str) -> set[str]:
    """Lines of code long enough to be somebody's own, without their indentation."""
    lines = (line.split("#")[0].strip() for line in text.splitlines())
    return {line for line in lines if len(line) >= 40 and re.search(r"[=(\[@]", line)}


def functions_of(text: str) -> list[str]:
    """What the functions of a module do: their code without name, docstring and comments."""
    found = []
    for function in ast.walk(ast.parse(text)):
        if isinstance(function, ast.FunctionDef):
            body = function.body[1:] if ast.get_docstring(function) else function.body
            found.append("\n".join(map(ast.unparse, body)))
    return found


def telling_functions(text: str) -> set[str]:
    """Functions long enough to be somebody's own."""
    return {code for code in functions_of(text) if len(code.splitlines()) >= 2 and len(code) > 80}


@pytest.fixture(scope="module")
def kept_back(course: Course) -> tuple[set[str], set[str]]:
    """Lines and functions of the answers and the hidden tests of all assignments."""
    reference = REPOSITORY / "course_lib" / "reference"
    answers = list(reference.rglob("*.py"))
    lines: set[str] = set()
    functions: set[str] = set()
    for assignment in ASSIGNMENTS:
        folder = course.solutions / assignment
        answers += (folder / "exercises").glob("*.py")
        for cell in read_source(course, assignment).cells:
            for part in re.findall(r"### BEGIN \w.*?\n(.*?)### END", cell.source, re.DOTALL):
                lines |= telling_lines(part)
    for path in answers:
        text = path.read_text(encoding="utf-8")
        functions |= telling_functions(text)
        lines |= telling_lines("\n".join(functions_of(text)))
    return lines, functions


@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_nothing_of_the_instructors_is_handed_out(
    course: Course, kept_back: tuple[set[str], set[str]], assignment: str
) -> None:
    lines, functions = kept_back
    assert len(lines) > 200
    assert len(functions) > 100
    texts = dict(handed_out(course, assignment))
    assert len(texts) > 10
    for name, text in texts.items():
        assert "reference" not in Path(name).parts
        assert "exercises" not in Path(name).parts
        if name.endswith(".ipynb"):
            cells = nbformat.reads(text, as_version=4).cells
            assert all(not cell.get("outputs") for cell in cells)
            text = "\n".join(cell.source for cell in cells)
        found = telling_lines(text) & lines
        assert not found, (name, found)
        if name.endswith(".py"):
            copied = telling_functions(text) & functions
            assert not copied, (name, copied)
        assert "hidden.grade" not in text
        assert "Marking scheme" not in text
        assert not re.search(r"^\s*(from|import) course_lib\.reference", text, re.MULTILINE), name
