"""The folders of a course, and the configuration that plain nbgrader finds in it."""

import logging
import os
import subprocess
import sys
import warnings
from pathlib import Path

import pytest
from tiny_course import NAME

from autograder.course import DEFAULT_COURSE, Course, why_no_id
from autograder.files import write_atomically
from autograder.messages import Problem
from autograder.nbgrader_log import nbgrader_logged


def test_the_configuration_moves_with_the_folder(tiny: Course) -> None:
    config = tiny.config()
    assert config.CourseDirectory.root == str(tiny.root)
    assert config.CourseDirectory.db_url == f"sqlite:///{tiny.root}/gradebook.db"
    assert (
        "autograder.grading.execute.TwoProcessExecute" in config.Autograde.autograde_preprocessors
    )
    assert "nbgrader.preprocessors.Execute" not in config.Autograde.autograde_preprocessors
    assert config.HTMLExporter.sanitize_html is True


def test_plain_nbgrader_reads_the_configuration(tiny: Course) -> None:
    done = subprocess.run(
        [Path(sys.executable).with_name("nbgrader"), "db", "assignment", "list"],
        cwd=tiny.root,
        capture_output=True,
        text=True,
        check=True,
    )
    assert NAME in done.stdout


def test_own_settings_are_read_last_and_left_alone(tiny: Course) -> None:
    own = tiny.root / "own_config.py"
    own.write_text("c.CourseDirectory.db_url = 'sqlite:////elsewhere.db'\n")
    tiny.prepare()
    assert tiny.config().CourseDirectory.db_url == "sqlite:////elsewhere.db"
    assert own.read_text().startswith("c.CourseDirectory")


def test_broken_settings_are_named(tiny: Course) -> None:
    (tiny.root / "own_config.py").write_text("c.CourseDirectory.db_url = \n")
    with pytest.raises(Problem, match=r"own_config\.py cannot be read"):
        tiny.config()


def test_the_configuration_of_an_earlier_version_is_written_anew(tiny: Course) -> None:
    path = tiny.root / "nbgrader_config.py"
    now = path.read_text()
    path.write_text(now.replace("autograder.nbgrader_config import", "autograder.gone import"))
    with pytest.raises(Problem, match=r"nbgrader_config\.py cannot be read by this") as problem:
        tiny.config()
    assert problem.value.remedy == "Run: autograder release"
    tiny.prepare()
    assert path.read_text() == now
    tiny.config()


def test_a_configuration_that_is_not_ours_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "nbgrader_config.py").write_text("c = get_config()\n")
    with pytest.raises(Problem, match="left alone"):
        Course.at(tmp_path).prepare()
    assert (tmp_path / "nbgrader_config.py").read_text() == "c = get_config()\n"


def test_a_folder_that_is_no_course(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="is not a course yet") as problem:
        Course.at(tmp_path).config()
    assert problem.value.remedy == "Run: autograder release"


def test_no_solutions(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="no folder of solutions"):
        Course.at(tmp_path, tmp_path / "nothing")


def test_not_released(tmp_path: Path, tiny: Course) -> None:
    with pytest.raises(Problem, match="has not been released") as problem:
        Course.at(tmp_path, tiny.solutions).require_released(NAME)
    assert problem.value.remedy == "Run: autograder release tiny"


def test_students_are_those_who_handed_something_in(tiny: Course) -> None:
    assert tiny.students(NAME) == []
    for student in ("b", "a", ".hidden"):
        (tiny.submitted / student / NAME).mkdir(parents=True)
    (tiny.submitted / "c" / "other").mkdir(parents=True)
    (tiny.submitted / "d").mkdir()
    (tiny.submitted / "d" / NAME).symlink_to("/nowhere")
    assert tiny.students(NAME) == ["a", "b", "d"]


def test_the_handouts_of_the_default_course_lie_beside_it() -> None:
    assert Course.at().root == DEFAULT_COURSE
    assert Course.at().handouts == DEFAULT_COURSE.parent / "release"


def test_a_file_is_written_whole_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "deep" / "file"
    write_atomically(path, "old")

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_atomically(path, "new")
    assert path.read_text() == "old"
    assert [p.name for p in path.parent.iterdir()] == ["file"]


def test_what_nbgrader_logs_goes_to_the_file(
    tiny: Course, capfd: pytest.CaptureFixture[str]
) -> None:
    log = logging.getLogger("traitlets")
    before = log.handlers[:], log.propagate, log.level, os.environ["PATH"]
    with nbgrader_logged(tiny.log):
        log.warning("Attribute 'checksum' for cell x has changed!")
        warnings.warn("from SQLAlchemy", UserWarning, stacklevel=1)
        assert os.environ["PATH"].startswith(str(Path(sys.executable).parent))
    assert (log.handlers[:], log.propagate, log.level, os.environ["PATH"]) == before
    assert "Attribute 'checksum'" in tiny.log.read_text()
    assert capfd.readouterr() == ("", "")


def test_folders_that_nbgrader_cannot_work_in_are_refused(tmp_path: Path) -> None:
    with pytest.raises(Problem, match=r"a folder with \[ \] in its path"):
        Course.at(tmp_path / "course [2026]").prepare()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("umask", [0o022, 0o077, 0o007])
def test_who_may_read_a_file_is_what_the_umask_says(umask: int, tmp_path: Path) -> None:
    before = os.umask(umask)
    try:
        write_atomically(tmp_path / "kept", "ours")
        write_atomically(tmp_path / "page", "a student's", for_all=True)
    finally:
        os.umask(before)
    assert (tmp_path / "kept").stat().st_mode & 0o777 == 0o666 & ~umask
    assert (tmp_path / "page").stat().st_mode & 0o777 == 0o644
    assert sorted(path.name for path in tmp_path.iterdir()) == ["kept", "page"]


DOTS, BLANKS = ["..", ".hidden", ""], [" a", "a ", "\u00a0a"]
NO_IDS = [*DOTS, *BLANKS, "a/b", "a\\b", "a\nb", "\x1b[2J", "\udc80", "\0"]
TOO_LONG = ["a" * 129, "学" * 67]


@pytest.mark.parametrize("name", [*NO_IDS, *TOO_LONG, "a*", "a?", "[a]", "\u202ea"], ids=ascii)
def test_names_that_can_be_nobodys_id(name: str) -> None:
    assert why_no_id(name)


@pytest.mark.parametrize("name", ["sample-1", "Zoë Ż", "學生", "a+b", "o'x", "a" * 128, "a]"])
def test_names_that_can_be_an_id(name: str) -> None:
    assert why_no_id(name) == ""


def test_what_lies_behind_a_closed_door_is_seen(
    tiny: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tiny.submitted / "closed" / NAME).mkdir(parents=True)
    (tiny.submitted / "empty").mkdir()
    lstat = Path.lstat

    def refused(path: Path) -> os.stat_result:
        if path.parent.name == "closed":
            raise PermissionError(13, "Permission denied", str(path))
        return lstat(path)

    monkeypatch.setattr(Path, "lstat", refused)
    assert tiny.students(NAME) == ["closed"]
