"""What is released works, is made once, and hands out nothing that is the instructor's."""

import io
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import nbformat
import pytest
from tiny_course import NAME, POINTS, cell_of, source, write_solutions

from autograder.course import REPOSITORY, Course
from autograder.messages import Problem
from autograder.nbgrader_log import nbgrader_logged
from autograder.release import handout, read_source, release
from autograder.release.leaks import Secrets
from autograder.submissions.outline import grade_id


@pytest.fixture
def fresh(tmp_path: Path) -> Course:
    """A course of its own with solutions of its own, nothing released yet."""
    return Course.at(tmp_path / "a course", write_solutions(tmp_path / "our solutions"))


@pytest.fixture(scope="module")
def released_once(tmp_path_factory: pytest.TempPathFactory) -> Course:
    folder = tmp_path_factory.mktemp("released")
    course = Course.at(folder / "a course", write_solutions(folder / "our solutions"))
    assert release(course, NAME).changed
    return course


@pytest.fixture
def made(released_once: Course, tmp_path: Path) -> Course:
    """A course of its own with solutions of its own, released."""
    shutil.copytree(released_once.root, tmp_path / "a course")
    shutil.copytree(released_once.solutions, tmp_path / "our solutions")
    course = Course.at(tmp_path / "a course", tmp_path / "our solutions")
    assert not release(course, NAME).changed
    return course


def edit(course: Course, file: str, old: str, new: str) -> None:
    path = course.solutions / NAME / file
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_the_notebook_has_stubs_and_points(tiny: Course) -> None:
    released = nbformat.read(tiny.release / NAME / f"{NAME}.ipynb", as_version=4)
    nbformat.validate(released)
    text = nbformat.writes(released)
    for secret in (
        "np.multiply",
        "shifted_by_the_bias",
        "hidden.grade",
        "a scale does not",
        "BEGIN",
    ):
        assert secret not in text
    assert cell_of(released, "double-answer").source.splitlines()[-1].strip() == (
        "raise NotImplementedError()"
    )
    worth = {
        grade_id(c): c.metadata.nbgrader.points
        for c in released.cells
        if "points" in c.get("metadata", {}).get("nbgrader", {})
    }
    assert worth == POINTS
    assert released.metadata.kernelspec.name == "python3"


def test_the_source_keeps_what_the_release_lost(tiny: Course) -> None:
    kept = nbformat.read(tiny.source / NAME / f"{NAME}.ipynb", as_version=4)
    assert 'hidden.grade("double", double)' in cell_of(kept, "double-test").source


def test_the_zip_works_in_any_folder(tiny: Course, tmp_path: Path) -> None:
    place = tmp_path / "at home"
    with zipfile.ZipFile(tiny.handouts / f"{NAME}.zip") as archive:
        assert all(name.startswith(f"{NAME}/") for name in archive.namelist())
        archive.extractall(place)
    names = {p.name for p in (place / NAME).iterdir()}
    assert names == {
        f"{NAME}.ipynb",
        "README.txt",
        "requirements.txt",
        "nbgrader_config.py",
        "course_lib",
    }
    version = "{}.{}".format(*sys.version_info)
    marked_with = place / NAME / "course_lib" / "checks" / "marked_with.txt"
    assert marked_with.read_text() == f"{version}\n"
    assert f"It is marked with Python {version}." in (place / NAME / "README.txt").read_text()
    # Nothing but the folder itself and the installed packages, this checkout not among them.
    code = (
        "import sys; sys.path.insert(0, '.')\n"
        "sys.meta_path = [f for f in sys.meta_path if 'ditable' not in repr(f)]\n"
        "import course_lib.checks\n"
        "print(course_lib.__file__)\n"
        "try:\n    import course_lib.reference\n"
        "except ModuleNotFoundError:\n    print('no reference')"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-c", code],
        cwd=place / NAME,
        capture_output=True,
        text=True,
        check=True,
    )
    where, said = done.stdout.splitlines()
    assert Path(where).is_relative_to(place)
    assert said == "no reference"


def files_in(folder: Path) -> dict[str, bytes]:
    found = [path for path in folder.rglob("*") if path.is_file()]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


def test_the_folder_that_nbgrader_hands_out_holds_the_same(made: Course) -> None:
    folder = made.release / NAME
    with zipfile.ZipFile(made.handouts / f"{NAME}.zip") as archive:
        zipped = {name.removeprefix(f"{NAME}/"): archive.read(name) for name in archive.namelist()}
    assert files_in(folder) == zipped
    shutil.rmtree(folder)
    subprocess.run(
        [Path(sys.executable).with_name("nbgrader"), "generate_assignment", NAME, "--force"],
        cwd=made.root,
        capture_output=True,
        check=True,
    )
    assert files_in(folder).keys() == zipped.keys()
    (folder / "course_lib" / "old.py").write_text("")
    release(made, NAME, force=True)
    assert files_in(folder) == zipped


def test_requirements_name_what_the_handout_imports(tiny: Course) -> None:
    with zipfile.ZipFile(tiny.handouts / f"{NAME}.zip") as archive:
        lines = archive.read(f"{NAME}/requirements.txt").decode().splitlines()
    packages = [line.split("==")[0] for line in lines]
    assert {"numpy", "matplotlib", "jupyterlab"} <= set(packages)
    assert not {"torch", "nbgrader", "pytest"} & set(packages)
    assert all("==" in line for line in lines)


def test_a_second_run_does_nothing(fresh: Course) -> None:
    first = release(fresh, NAME)
    assert first.changed
    assert (first.exercises, first.points) == (3, 6.0)
    before = {p: p.stat().st_mtime_ns for p in fresh.root.rglob("*") if p.is_file()}
    second = release(fresh, NAME)
    assert not second.changed
    assert second.seconds < 0.5
    assert {p: p.stat().st_mtime_ns for p in fresh.root.rglob("*") if p.is_file()} == before


@pytest.mark.parametrize("gone", ["release", "handouts", "gradebook.db"])
def test_what_is_gone_is_made_again(gone: str, made: Course) -> None:
    path = made.root / gone
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    assert release(made, NAME).changed
    assert path.exists()
    assert not release(made, NAME).changed


def test_a_change_of_the_source_is_released(made: Course) -> None:
    edit(made, f"{NAME}.py", "Why?", "Why not?")
    assert release(made, NAME).changed
    assert "Why not?" in (made.release / NAME / f"{NAME}.ipynb").read_text()


def test_the_same_sources_give_the_same_bytes(fresh: Course) -> None:
    def made() -> tuple[bytes, bytes]:
        one = release(fresh, NAME, force=True)
        return one.notebook.read_bytes(), one.zip.read_bytes()

    assert made() == made()


LEAKS = {
    "the solution in a comment": (
        f"{NAME}.py",
        "def double(x):\n",
        "def double(x):\n    # shifted_by_the_bias = x + b\n",
        "the solution in cell shift-answer",
    ),
    "the solution in the text": (
        f"{NAME}.py",
        "# Why?",
        "# Why `shifted_by_the_bias = x + b`?",
        "the solution in cell shift-answer",
    ),
    "the marking scheme": (
        f"{NAME}.py",
        "# Why?",
        "# Because a shift does not scale, and a scale does not shift.",
        "the solution in cell why-answer",
    ),
    "a hint": (
        f"{NAME}.py",
        "# Why?",
        "# The bias is a term of the sum: where did it go?",
        "a hint in tiny/exercises/shift.py",
    ),
    "a hidden test": (
        f"{NAME}.py",
        "import numpy as np\n",
        "import numpy as np\ndef with_a_shift(student, numbers):\n"
        '    student.require("y", student(INPUT, 1.5), shift(INPUT, 1.5))\n'
        "def forgets_bias(x, b):\n",
        "tiny/exercises/shift.py",
    ),
}


@pytest.mark.parametrize("kind", LEAKS)
def test_a_release_that_would_leak_is_refused(kind: str, made: Course) -> None:
    file, old, new, whose = LEAKS[kind]
    good = release(made, NAME)
    before = good.notebook.read_bytes(), good.zip.read_bytes()
    edit(made, file, old, new)
    with pytest.raises(Problem, match="refused") as refused:
        release(made, NAME)
    assert whose in refused.value.remedy
    assert (good.notebook.read_bytes(), good.zip.read_bytes()) == before
    with pytest.raises(Problem, match="refused"):
        release(made, NAME)


def test_a_handout_with_the_reference_in_it_is_refused(
    fresh: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    def whole(dest: Path) -> Path:
        target = dest / "course_lib"
        shutil.copytree(REPOSITORY / "course_lib", target)
        return target

    monkeypatch.setattr(handout, "student_edition", whole)
    with pytest.raises(Problem, match=r"course_lib/reference/.* must not be handed out"):
        release(fresh, NAME)
    assert not (fresh.handouts / f"{NAME}.zip").exists()
    assert not (fresh.release / NAME).exists()


def test_reference_code_is_found_under_another_name(fresh: Course) -> None:
    reference = REPOSITORY / "course_lib" / "reference"
    secrets = Secrets.of(read_source(fresh, NAME), fresh.solutions / NAME, reference)
    stolen = (reference / "rnn.py").read_text()
    leaks = secrets.leaks_in({"course_lib/harmless.py": stolen})
    assert any("reference/rnn.py" in leak.belongs_to for leak in leaks)
    assert secrets.leaks_in({"course_lib/harmless.py": "x = 1\nprint(x)\n"}) == []


def test_cells_cannot_change_once_there_are_submissions(
    made: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    from nbgrader.api import Gradebook

    with nbgrader_logged(made.log), Gradebook(made.config().CourseDirectory.db_url) as book:
        book.add_student("s")
        book.add_submission(NAME, "s")
    edit(made, f"{NAME}.py", "shift-test", "shift-test-2")
    kept = (made.source / NAME / f"{NAME}.ipynb").read_bytes()
    with pytest.raises(Problem, match="submissions of it are graded already"):
        release(made, NAME)
    assert (made.source / NAME / f"{NAME}.ipynb").read_bytes() == kept


def test_a_notebook_that_nbgrader_refuses_is_named(fresh: Course) -> None:
    edit(fresh, f"{NAME}.py", "    ### END SOLUTION\n", "")
    with pytest.raises(Problem, match="no end solution statement found"):
        release(fresh, NAME)


def test_a_notebook_without_tests_is_refused(fresh: Course) -> None:
    (fresh.solutions / NAME / f"{NAME}.py").write_text("# %%\nx = 1\n")
    with pytest.raises(Problem, match="holds no graded cell"):
        release(fresh, NAME)


def test_an_unknown_assignment_is_named(fresh: Course) -> None:
    with pytest.raises(Problem, match="no assignment called 'lstm'") as problem:
        release(fresh, "lstm")
    assert problem.value.remedy == "Known: tiny."


def test_the_tiny_source_is_what_it_says(fresh: Course) -> None:
    notebook = read_source(fresh, NAME)
    assert [c.id for c in notebook.cells] == [c.id for c in read_source(fresh, NAME).cells]
    assert source().count("BEGIN SOLUTION") == 3
    assert io.StringIO(nbformat.writes(notebook)).read().count("BEGIN SOLUTION") == 3
