"""The gradebook in PostgreSQL, on a real server: the same tables, and the same care for them."""

import contextlib
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from gradebook_dump import files, rows
from nbgrader.api import Course as CourseRow
from nbgrader.api import Gradebook
from postgres_server import PASSWORD, PostgresServer
from stored_class import MARKED, StoredClass, a_class, assert_all_there, command, said_by
from tiny_course import NAME

from autograder.course import Course
from autograder.gradebook.connection import WAITING
from autograder.gradebook.grades import read_grades
from autograder.gradebook.recording import require_usable
from autograder.messages import Problem
from autograder.nbgrader_log import nbgrader_logged
from autograder.release import release

pytestmark = pytest.mark.sandbox

SIZE = 12


@pytest.fixture(scope="module")
def server(released_tiny: Course, tmp_path_factory: pytest.TempPathFactory) -> Iterator[object]:
    """With a database ``released`` that holds the assignment, and no students."""
    running = PostgresServer()
    try:
        running.start()
        with running.connect("postgres") as connection:
            connection.execute("CREATE DATABASE released")
        root = tmp_path_factory.mktemp("released") / "a course"
        made = StoredClass.new(released_tiny, root, running.url("released"))
        release(made.course, NAME, force=True)
        yield running
    finally:
        running.end()


@pytest.fixture
def stored(
    server: PostgresServer, three_graded: Course, released_tiny: Course, tmp_path: Path
) -> Iterator[StoredClass]:
    url = server.copy("released", "class")
    yield a_class(SIZE, three_graded, released_tiny, tmp_path / "a course", url)
    with server.connect("postgres") as connection:
        connection.execute("DROP DATABASE class WITH (FORCE)")


@pytest.fixture
def in_a_file(three_graded: Course, released_tiny: Course, tmp_path: Path) -> StoredClass:
    made = a_class(SIZE, three_graded, released_tiny, tmp_path / "in a file")
    with nbgrader_logged(made.course.log), Gradebook(address(made)) as book:
        book.db.add(CourseRow(id=""))  # which only PostgreSQL must have
        book.db.commit()
    return made


def address(stored: StoredClass) -> str:
    return str(stored.course.config().CourseDirectory.db_url)


def test_both_hold_the_same_also_after_marking_and_regrading(
    stored: StoredClass, in_a_file: StoredClass, three_graded: Course
) -> None:
    for one in (stored, in_a_file):
        assert one.write() == {}
        assert_all_there(one, SIZE)
        one.mark("s03", 0.75, "Nearly.")
        one.give("s03", three_graded, "first")
        one.give(MARKED, three_graded, "nothing")
        assert one.write() == {}
        assert one.comment("s03") == "Nearly."
        assert {s: one.points()[s] for s in (MARKED, "s01", "s03")} == {
            MARKED: 0.5,
            "s01": 2.0,
            "s03": 2.75,
        }
    assert rows(stored.course) == rows(in_a_file.course)
    assert files(stored.course) == files(in_a_file.course)


def test_who_is_written_down_is_left_alone(stored: StoredClass) -> None:
    stored.write()
    before = {p: p.stat().st_mtime_ns for p in stored.course.autograded.rglob("*.ipynb")}
    assert stored.write() == {}
    assert {p: p.stat().st_mtime_ns for p in before} == before


def test_two_runs_at_once_write_everyone_once(
    stored: StoredClass, in_a_file: StoredClass, tmp_path: Path
) -> None:
    """On two machines, say, since in one folder the second would not begin."""
    shutil.copytree(stored.course.root, tmp_path / "elsewhere")
    other = StoredClass(Course.at(tmp_path / "elsewhere", stored.course.solutions))
    other.course.prepare()
    running = [subprocess.Popen(command(one), stdout=subprocess.PIPE) for one in (stored, other)]
    assert [(one.communicate(timeout=120)[0], one.returncode) for one in running] == [(b"", 0)] * 2
    in_a_file.write()
    assert_all_there(stored, SIZE)
    assert rows(stored.course) == rows(other.course) == rows(in_a_file.course)


def wrong_password(server: PostgresServer) -> str:
    return server.url("class", password="s3cret-but-wrong")


def no_such_database(server: PostgresServer) -> str:
    return server.url("s3cretless")


def nobody_answers(server: PostgresServer) -> str:
    return server.url("class").replace(f":{server.port}/", ":1/")


def not_an_address(server: PostgresServer) -> str:
    return server.url("class", password=PASSWORD).replace("postgresql://", "postgresql:/")


def another_driver(server: PostgresServer) -> str:
    return server.url("class").replace("postgresql:", "postgresql+psycopg2:")


@pytest.mark.parametrize(
    ("address", "why"),
    [
        (wrong_password, "cannot be reached: .*password authentication failed"),
        (no_such_database, 'cannot be reached: .*database "s3cretless" does not exist'),
        (nobody_answers, "cannot be reached: .*Connection refused"),
        (not_an_address, "address is not one"),
        (another_driver, "asks for the Python package psycopg2"),
    ],
)
def test_a_gradebook_out_of_reach_is_named_without_its_password(
    address: Callable[[PostgresServer], str],
    why: str,
    server: PostgresServer,
    stored: StoredClass,
) -> None:
    own = stored.course.root / "own_config.py"
    right = own.read_text()
    own.write_text(f"c.CourseDirectory.db_url = {address(server)!r}\n")
    told = ""
    for ask in (
        stored.write,
        lambda: require_usable(stored.course, NAME),
        lambda: read_grades(stored.course, NAME),
        lambda: release(stored.course, NAME, force=True),
    ):
        with pytest.raises(Problem, match=why) as said:
            ask()
        told += str(said.value)
    told += stored.course.log.read_text() if stored.course.log.exists() else ""
    assert "own_config.py" in told
    for secret in (PASSWORD, "s3cret-and", "s3cret-but-wrong"):
        assert secret not in told
    own.write_text(right)
    assert stored.write() == {}
    assert_all_there(stored, SIZE)


def test_a_server_that_goes_away_in_the_middle_loses_nothing(
    server: PostgresServer, stored: StoredClass
) -> None:
    def stop(what: str, done: int, whole: int) -> None:
        if done == SIZE // 2:
            server.stop()

    with pytest.raises(Problem, match="The gradebook cannot be reached"):
        stored.write(progress=stop)
    with pytest.raises(Problem, match="start the database server"):
        stored.write()
    server.start()
    assert len(stored.points()) == SIZE // 2
    assert stored.write() == {}
    assert_all_there(stored, SIZE)


def test_killed_in_the_middle_and_run_again(stored: StoredClass, in_a_file: StoredClass) -> None:
    def written() -> int:
        return sum(1 for _ in stored.course.autograded.glob("[!.]*"))

    for _ in range(2):
        before = written()
        writer = subprocess.Popen(command(stored))
        while writer.poll() is None and written() == before:
            time.sleep(0.005)
        writer.kill()
        assert writer.wait() == -signal.SIGKILL
        points = stored.points()
        assert before < len(points) < SIZE
        assert len(rows(stored.course)["grade"]) == 3 * len(points)
    assert said_by(command(stored)) == (0, "")
    in_a_file.write()
    assert_all_there(stored, SIZE)
    assert rows(stored.course) == rows(in_a_file.course)


@contextlib.contextmanager
def a_person_marks(stored: StoredClass) -> Iterator[None]:
    """And has not said yet that they are done: with the formgrader this is over at once."""
    with psycopg.connect(address(stored)) as other:
        other.execute("UPDATE grade SET manual_score = 1.0 WHERE manual_score = 0.5")
        yield


def test_a_grade_that_somebody_is_giving_is_waited_for(
    stored: StoredClass, three_graded: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("autograder.gradebook.connection.LOCK_SECONDS", 2)
    stored.give(MARKED, three_graded, "nothing")
    steps = []
    with (
        a_person_marks(stored),
        pytest.raises(Problem, match=r"another program is writing in it .*lock timeout"),
    ):
        stored.write(progress=lambda *step: steps.append(step))
    assert WAITING in {what for what, *_ in steps}
    assert stored.write() == {}
    assert stored.points()[MARKED] == 1.0
