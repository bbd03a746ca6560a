"""The command line says what it does, what went wrong, and what to do about it."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import typer
from tiny_course import NAME, RIGHT
from typer.testing import CliRunner

from autograder.cli import app
from autograder.cli.console import complain, guarded, out, outcomes_table, say
from autograder.course import Course
from autograder.messages import Problem
from autograder.scheduling.grade import Outcome, only_one

COMMANDS = ("release", "grade", "feedback", "report", "roster", "demo")
HandIn = Callable[..., Path]


def run(*arguments: object) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, [str(a) for a in arguments])
    return result.exit_code, result.stdout, result.stderr


def at(course: Course) -> list[object]:
    return ["--course", course.root, "--solutions", course.solutions]


@pytest.mark.parametrize("command", COMMANDS)
def test_help_is_there(command: str) -> None:
    code, said, _ = run(command, "--help")
    assert code == 0
    assert "Exit codes: 0 all done; 1 done, but" in " ".join(said.split())
    assert "--course" in said


def test_help_comes_at_once() -> None:
    slow = "{'nbgrader', 'nbformat', 'numpy'} & set(sys.modules)"
    code = f"import sys, autograder.cli; sys.exit(bool({slow}))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_it_runs_as_a_module_and_as_a_script() -> None:
    for command in (
        [sys.executable, "-m", "autograder", "--help"],
        [str(Path(sys.executable).with_name("autograder")), "--help"],
    ):
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        assert all(name in done.stdout for name in COMMANDS)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["release", "lstm"], "no assignment called 'lstm'"),
        (["grade", "lstm"], "no assignment called 'lstm'"),
        (["grade", NAME], "Nobody has handed in 'tiny' yet."),
        (["grade", NAME, "--student", "x"], "Nobody has handed in 'tiny' yet."),
        (["grade", NAME, "--memory-mb", "-5"], "A limit cannot be used"),
        (["feedback", NAME], "Not graded yet for 'tiny': nobody was."),
        (["report", NAME], "Nobody was graded yet for 'tiny'."),
        (["demo", "lstm"], "no assignment called 'lstm'"),
    ],
)
def test_problems_are_told_in_two_lines(arguments: list[object], said: str, tiny: Course) -> None:
    code, out, err = run(*arguments, *at(tiny))
    assert code == 2
    assert out == ""
    lines = err.strip().splitlines()
    assert lines[0].startswith("error: ")
    assert said in lines[0]
    assert len(lines) == 2


def test_wrong_usage_is_told() -> None:
    for arguments in (
        ["demo", "--students", "3"],
        ["grade"],
        ["grade", "x", "--sandbox", "docker"],
    ):
        code, _, err = run(*arguments)
        assert code == 2
        assert "Traceback" not in err


def test_release_says_what_it_made_and_that_nothing_changed(tiny: Course) -> None:
    code, said, _ = run("release", *at(tiny))
    assert code == 0
    assert said.startswith("unchanged  tiny: 3 exercises, 6 points (")
    assert str(tiny.handouts / "tiny.zip") in said


def test_demo_makes_a_class_of_every_assignment(tiny: Course, tmp_path: Path) -> None:
    solutions = tmp_path / "solutions"
    for name in (NAME, "another"):
        shutil.copytree(tiny.solutions / NAME, solutions / name)
    (solutions / "another" / f"{NAME}.py").rename(solutions / "another" / "another.py")
    place = ["--course", tiny.root, "--solutions", solutions]
    code, said, err = run("demo", "--only-make", "--answers-only", "--students", "8", *place)
    assert (code, err) == (0, "")
    assert said.count("8 sample submissions made, 0 were there already") == 2
    for name in (NAME, "another"):
        assert f"{tiny.submitted}/sample-*/{name}" in said
        assert (tiny.submitted / "sample-01-all-right" / name / f"{name}.ipynb").is_file()


@pytest.mark.sandbox
def test_the_whole_way(tiny: Course, hand_in: HandIn) -> None:
    hand_in("right", RIGHT)
    hand_in("broken", b"")
    code, said, err = run("grade", NAME, *at(tiny))
    assert (code, err) == (0, "")
    lines = said.splitlines()
    assert lines[0].split() == ["student", "points", "of", "s", "CPU", "s", "remarks"]
    assert lines[1].split()[:3] == ["broken", "0.00", "6"]
    assert lines[1].endswith("not readable")
    assert lines[2].split()[:3] == ["right", "5.00", "6"]
    assert lines[3].startswith("2 of 2 graded, 2 of them now (")
    assert "1 answer to mark by hand: run jupyter lab in" in said
    code, said, _ = run("grade", NAME, *at(tiny))
    assert code == 0
    assert "2 of 2 graded, 0 of them now (" in said
    assert said.count("kept") == 2
    code, said, _ = run("feedback", NAME, *at(tiny))
    assert code == 0
    assert said.startswith("2 feedback pages (")
    code, said, _ = run("report", NAME, *at(tiny))
    assert code == 0
    assert str(tiny.report / "tiny.csv") in said
    with only_one(tiny):
        code, _, err = run("grade", NAME, *at(tiny))
    assert code == 2
    assert "Another run is at work" in err


@pytest.mark.sandbox
def test_without_bubblewrap_it_says_what_to_do(tiny: Course, hand_in: HandIn) -> None:
    hand_in("right", RIGHT)
    empty = tiny.root / "no programs here"
    empty.mkdir()
    arguments = [str(a) for a in ("grade", NAME, *at(tiny))]
    environment = {**os.environ, "PATH": str(empty)}

    def grade(*more: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-m", "autograder", *arguments, *more],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )

    refused = grade()
    assert refused.returncode == 2
    assert "needs bubblewrap" in refused.stderr
    assert "apt-get install bubblewrap" in refused.stderr
    assert "--sandbox none" in refused.stderr
    assert "Traceback" not in refused.stderr
    trusted = grade("--sandbox", "none")
    assert trusted.returncode == 0, trusted.stderr
    assert "right" in trusted.stdout
    assert " 5.00 " in trusted.stdout


@pytest.mark.parametrize(
    ("raised", "code", "said"),
    [
        (Problem("It is so.", "Do this."), 2, "error: It is so.\nDo this.\n"),
        (OSError(28, "No space left on device", "/x"), 2, "Make room there"),
        (
            FileNotFoundError(2, "No such file or directory", "/y"),
            2,
            "No such file or directory: /y",
        ),
        (KeyboardInterrupt(), 130, "\nStopped. Go on.\n"),
    ],
)
def test_what_goes_wrong_becomes_a_message_and_a_code(
    raised: BaseException, code: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    @guarded("Go on.")
    def command() -> None:
        raise raised

    with pytest.raises(typer.Exit) as exit_:
        command()
    assert exit_.value.exit_code == code
    assert said in capsys.readouterr().err


def test_no_name_is_a_command_to_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    bad = "a\x1b]0;owned\x07\x9b2J\udcff\r\u202e[red]b"
    say(bad)
    complain(bad, bad)
    out.print(outcomes_table([Outcome(bad, None, None, bad)], 1.0))
    captured = capsys.readouterr()
    for text in (captured.out, captured.err):
        assert all(letter.isprintable() or letter == "\n" for letter in text)
        assert "\\x1b]0;owned\\x07\\x9b2J\\udcff\\r\\u202e[red]b" in text.replace("\n", "")
