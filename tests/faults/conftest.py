"""Faults are tried on the small course of tests/autograder; a summary is printed at the end."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).resolve().parents[1] / "autograder"))

from faulty_class import SUMMARY, FaultyClass

from autograder.course import Course


@pytest.fixture(scope="session")
def released_course(tmp_path_factory: pytest.TempPathFactory) -> Course:
    """Released, and nothing handed in yet."""
    return FaultyClass.released(tmp_path_factory.mktemp("released"))


@pytest.fixture
def a_class(released_course: Course, tmp_path: Path) -> Iterator[FaultyClass]:
    """A class of its own; when the test is over, none of its processes is left."""
    with FaultyClass(released_course, tmp_path) as made:
        yield made


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    reports = [report for kind in terminalreporter.stats.values() for report in kind]
    lines = [
        str(value)
        for report in reports
        if isinstance(report, pytest.TestReport) and report.when == "call"
        for name, value in report.user_properties
        if name == SUMMARY
    ]
    if lines:
        terminalreporter.section("faults")
        for line in lines:
            terminalreporter.write_line(line)
