"""Grading on Dask's workers: the same results as at home, and clear words where that cannot be."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from dask_cluster import DaskCluster
from tiny_course import NAME, RIGHT
from typer.testing import CliRunner

from autograder.cli import app
from autograder.course import REPOSITORY, Course
from autograder.demo.hand_in import make_class
from autograder.edition import CHECKS
from autograder.messages import Problem
from autograder.options import Options
from autograder.scheduling import cluster as cluster_module
from autograder.scheduling.grade import Grader, grade
from autograder.scheduling.grade_one import AssignmentData

pytestmark = [pytest.mark.sandbox, pytest.mark.timeout(120)]

HandIn = Callable[..., Path]
QUICK = Options(call_seconds=2.0)


@pytest.fixture(scope="module")
def dask(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DaskCluster]:
    """A scheduler and a worker with two threads, under a nanny as Dask starts them."""
    with DaskCluster(tmp_path_factory.mktemp("dask") / "cluster") as cluster:
        cluster.start_scheduler()
        cluster.start_worker(threads=2)
        yield cluster


@pytest.fixture
def own_dask(tmp_path: Path) -> Iterator[DaskCluster]:
    """A scheduler without workers yet."""
    with DaskCluster(tmp_path / "cluster") as cluster:
        cluster.start_scheduler()
        yield cluster


def kept(course: Course) -> dict[str, Any]:
    """All that is stored for each student, apart from measurements."""
    found = {}
    for path in sorted((course.results / NAME).glob("[!.]*.json")):
        text = path.read_text()
        text = re.sub(r'"(seconds|cpu_seconds|peak_mb)": [0-9.]+', r'"\1": 0', text)
        sanitised = course.sanitised / path.stem / NAME / f"{NAME}.ipynb"
        found[path.stem] = json.loads(text), sanitised.read_bytes()
    return found


def test_the_same_comes_of_it_as_at_home(tiny: Course, dask: DaskCluster) -> None:
    make_class(tiny, NAME, 24)
    away = Course.at(tiny.root.with_name("away"), tiny.solutions)
    shutil.copytree(tiny.root, away.root, symlinks=True)
    scores = [
        {o.student: (o.grades.score if o.grades else None, o.problem) for o in outcomes}
        for outcomes in (grade(tiny, NAME, QUICK), grade(away, NAME, QUICK, scheduler=dask.address))
    ]
    assert scores[0] == scores[1]
    assert len(scores[0]) == 24
    assert kept(tiny) == kept(away)


def test_a_worker_needs_no_shared_disk(
    tiny: Course, hand_in: HandIn, own_dask: DaskCluster
) -> None:
    hand_in("a", RIGHT)
    away = ("--tmpfs", str(tiny.root), "--tmpfs", str(tiny.solutions))
    own_dask.start_worker(inside=("bwrap", "--dev-bind", "/", "/", *away))
    (outcome,) = grade(tiny, NAME, scheduler=str(own_dask.file))
    assert (outcome.problem, outcome.grades and outcome.grades.score) == ("", 5.0)


def test_what_has_not_changed_is_not_sent_out(tiny: Course, hand_in: HandIn) -> None:
    hand_in("a", RIGHT)
    grade(tiny, NAME)
    nowhere = "tcp://127.0.0.1:9"
    (outcome,) = grade(tiny, NAME, scheduler=nowhere)
    assert outcome.done is not None
    assert outcome.done.reused


def test_the_workers_keep_nothing(tiny: Course, hand_in: HandIn, dask: DaskCluster) -> None:
    for student in "abc":
        hand_in(student, RIGHT)
    dask.wait_for(dask.at_rest, 20)
    with Grader(tiny, NAME, scheduler=dask.address) as grader:
        assert not any(o.problem for o in grader.grade())
        assert dask.scratch()
        assert dask.graders()
        (again,) = grader.grade(["b"], force=True)
        assert again.done is not None
        assert not again.done.reused
    dask.wait_for(dask.at_rest, 20)


def test_a_connected_client_will_do(tiny: Course, hand_in: HandIn, dask: DaskCluster) -> None:
    from distributed import Client

    hand_in("a", RIGHT)
    with Client(dask.address, set_as_default=False) as client:
        (outcome,) = grade(tiny, NAME, scheduler=client)
        assert not outcome.problem
        assert client.status == "running"


DEADLY = """
import os, signal


@declared.part("deadly", weight=0.0)
def deadly(student, numbers):
    if float(student(INPUT, 0.0)[0]) == 666.0:
        os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_submission_that_kills_is_blamed_alone(
    tiny: Course, hand_in: HandIn, tmp_path: Path, dask: DaskCluster
) -> None:
    solutions = tmp_path / "solutions"
    shutil.copytree(tiny.solutions, solutions)
    with (solutions / NAME / "exercises" / "shift.py").open("a") as file:
        file.write(DEADLY)
    course = Course.at(tiny.root, solutions)
    course.prepare()
    for student in "acde":
        hand_in(student, RIGHT)
    hand_in("b", RIGHT | {"shift-answer": "def shift(x, b):\n    return np.full(3, 666.0)\n"})
    outcomes = {o.student: o for o in grade(course, NAME, scheduler=dask.address)}
    assert outcomes["b"].problem == "the grader's process died twice over it (signal 9)"
    assert all(o.grades and o.grades.score == 5.0 for s, o in outcomes.items() if s != "b")


def test_leaving_early_stops_the_workers(tiny: Course, hand_in: HandIn, dask: DaskCluster) -> None:
    slow = RIGHT | {"double-answer": "import time\ntime.sleep(25)\n" + RIGHT["double-answer"]}
    hand_in("a", RIGHT)
    hand_in("b", slow)

    def stop(what: str, done: int, whole: int) -> None:
        if done:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        grade(tiny, NAME, scheduler=dask.address, progress=stop)
    dask.wait_for(dask.at_rest, 10)
    (outcome,) = grade(tiny, NAME, scheduler=dask.address, students=["a"])
    assert outcome.done is not None
    assert outcome.done.reused


def copy_of_the_program(folder: Path) -> Path:
    for name in ("autograder", "course_lib"):
        shutil.copytree(REPOSITORY / name, folder / name)
    return folder


def test_other_versions_are_refused(
    tiny: Course, hand_in: HandIn, tmp_path: Path, own_dask: DaskCluster
) -> None:
    hand_in("a", RIGHT)
    other = copy_of_the_program(tmp_path / "other")
    with (other / "course_lib" / "compare.py").open("a") as file:
        file.write("\nMEANT_FOR_ANOTHER_TERM = True\n")
    own_dask.start_worker(env={"PYTHONPATH": str(other)})
    with pytest.raises(Problem, match=r"grades with other versions: tcp://.*course_lib \w+ \(here"):
        grade(tiny, NAME, scheduler=own_dask.address)
    assert not list((tiny.results / NAME).glob("*.json"))


def test_workers_without_the_package_are_refused(
    tiny: Course, hand_in: HandIn, tmp_path: Path, own_dask: DaskCluster
) -> None:
    hand_in("a", RIGHT)
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "autograder.py").write_text(
        "raise ModuleNotFoundError('No module named autograder')\n"
    )
    own_dask.start_worker(env={"PYTHONPATH": str(tmp_path / "other")})
    with pytest.raises(Problem, match=r"The workers cannot grade: .*autograder") as problem:
        grade(tiny, NAME, scheduler=own_dask.address)
    assert "docs/scaling.md" in problem.value.remedy


def test_without_workers_it_says_that_it_waits(
    tiny: Course, hand_in: HandIn, own_dask: DaskCluster
) -> None:
    hand_in("a", RIGHT)
    hand_in("b", RIGHT)
    said: list[str] = []

    def notice(text: str) -> None:
        said.append(text)
        own_dask.start_worker()

    outcomes = grade(tiny, NAME, scheduler=own_dask.address, notice=notice)
    assert said == ["The scheduler has no workers yet: waiting for one."]
    assert not any(o.problem for o in outcomes)


def test_a_scheduler_that_goes_is_named_and_nothing_is_lost(
    tiny: Course, hand_in: HandIn, own_dask: DaskCluster
) -> None:
    slow = RIGHT | {"double-answer": "import time\ntime.sleep(20)\n" + RIGHT["double-answer"]}
    hand_in("a", RIGHT)
    hand_in("b", slow)
    own_dask.start_worker()
    assert own_dask.scheduler is not None

    def kill(what: str, done: int, whole: int) -> None:
        if done and own_dask.scheduler:
            own_dask.scheduler.kill()

    with pytest.raises(Problem, match="The connection to the scheduler was lost") as problem:
        grade(tiny, NAME, scheduler=own_dask.address, progress=kill)
    assert "What was graded is kept." in problem.value.remedy
    (outcome,) = grade(tiny, NAME, students=["a"])
    assert outcome.done is not None
    assert outcome.done.reused


def test_no_scheduler_is_named(
    tiny: Course, hand_in: HandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    hand_in("a", RIGHT)
    monkeypatch.setattr(cluster_module, "CONNECT_SECONDS", 1.0)
    for where, said in (
        ("tcp://127.0.0.1:9", "No scheduler can be reached at tcp://127.0.0.1:9"),
        ("quic://somewhere:1", "No scheduler can be reached at quic://somewhere:1"),
        ("no/such/file.json", "There is no scheduler file at no/such/file.json"),
    ):
        with pytest.raises(Problem, match=re.escape(said)):
            grade(tiny, NAME, scheduler=where)


def test_the_command_takes_an_address(tiny: Course, hand_in: HandIn, dask: DaskCluster) -> None:
    hand_in("a", RIGHT)
    where = ["--course", str(tiny.root), "--solutions", str(tiny.solutions)]
    done = CliRunner().invoke(app, ["grade", NAME, *where, "--scheduler", dask.address])
    assert done.exit_code == 0, done.stderr
    assert "1 of 1 graded, 1 of them now" in done.stdout
    both = ["--scheduler", dask.address, "--workers", "2"]
    refused = CliRunner().invoke(app, ["grade", NAME, *where, *both])
    assert refused.exit_code == 2
    assert "--workers and --scheduler exclude each other" in refused.stderr


@pytest.fixture
def certificate(tmp_path: Path) -> dict[str, str]:
    """Dask's settings for TLS, with a certificate that is its own authority."""
    key, cert = tmp_path / "key.pem", tmp_path / "cert.pem"
    kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
    where = ["-keyout", str(key), "-out", str(cert), "-subj", "/CN=grading"]
    subprocess.run(["openssl", "req", "-x509", *kind, *where], check=True, capture_output=True)
    settings = {"CA_FILE": str(cert)}
    for part in ("SCHEDULER", "WORKER", "CLIENT"):
        settings |= {f"{part}__KEY": str(key), f"{part}__CERT": str(cert)}
    return {
        "DASK_DISTRIBUTED__COMM__DEFAULT_SCHEME": "tls",
        "DASK_DISTRIBUTED__COMM__REQUIRE_ENCRYPTION": "True",
        **{f"DASK_DISTRIBUTED__COMM__TLS__{name}": value for name, value in settings.items()},
    }


def test_a_certificate_is_needed_where_there_are_some(
    tiny: Course, hand_in: HandIn, tmp_path: Path, certificate: dict[str, str]
) -> None:
    hand_in("a", RIGHT)
    with DaskCluster(tmp_path / "tls") as cluster:
        cluster.start_scheduler(env=certificate)
        cluster.start_worker(env=certificate)
        assert cluster.address.startswith("tls://")
        where = ["--course", str(tiny.root), "--solutions", str(tiny.solutions)]
        command = [sys.executable, "-m", "autograder", "grade", NAME, *where, "--scheduler"]

        def run(env: dict[str, str]) -> "subprocess.CompletedProcess[str]":
            return subprocess.run(
                [*command, cluster.address],
                env={**os.environ, **env},
                capture_output=True,
                text=True,
                check=False,
                timeout=60,
            )

        stranger = run({})
        assert stranger.returncode == 2
        assert f"No scheduler can be reached at {cluster.address}" in stranger.stderr
        ours = run(certificate)
        assert ours.returncode == 0, ours.stderr + cluster.log()
        assert "1 of 1 graded" in ours.stdout


def test_dask_is_loaded_only_where_it_is_asked_for() -> None:
    assert "distributed" not in cluster_module.__dict__
    code = "import sys, autograder.scheduling.grade; sys.exit('distributed' in sys.modules)"
    assert os.spawnv(os.P_WAIT, sys.executable, [sys.executable, "-c", code]) == 0


REACHES_OUT = """
import socket
try:
    socket.create_connection(({host!r}, {port}), timeout=5).close()
    print("REACHED IT")
except OSError as error:
    print("KEPT AWAY", type(error).__name__)
"""


@pytest.mark.parametrize(("sandbox", "said"), [("bubblewrap", "KEPT AWAY"), ("none", "REACHED IT")])
def test_students_do_not_reach_the_scheduler(
    sandbox: Any, said: str, tiny: Course, hand_in: HandIn, dask: DaskCluster
) -> None:
    host, port = re.findall(r"tcp://(.*):(\d+)", dask.address)[0]
    code = REACHES_OUT.format(host=host, port=int(port)) + RIGHT["double-answer"]
    hand_in("a", RIGHT | {"double-answer": code})
    (outcome,) = grade(tiny, NAME, Options(sandbox=sandbox), scheduler=dask.address)
    assert not outcome.problem
    text = (tiny.results / NAME / "a.json").read_text()
    shown = re.findall(r'"text": "((?:KEPT|REACHED) \w+)', text)
    assert shown == [said]


def test_several_threads_grade_at_once(tiny: Course, hand_in: HandIn, dask: DaskCluster) -> None:
    slow = RIGHT | {"double-answer": "import time\ntime.sleep(3)\n" + RIGHT["double-answer"]}
    for student in "ab":
        hand_in(student, slow)
    most: list[int] = []
    outcomes = grade(
        tiny, NAME, scheduler=dask.address, at_work=lambda busy: most.append(len(busy))
    )
    assert not any(o.problem for o in outcomes)
    assert max(most) == 2


def test_a_worker_without_checks_gets_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker grades from a checkout in which `autograder release` was never run."""
    monkeypatch.setattr(cluster_module, "CHECKS", tmp_path / "build" / "checks")
    path = tmp_path / "build" / "checks" / f"{NAME}.json"
    assert cluster_module._put_checks(NAME, b"{}") == ""
    assert path.read_bytes() == b"{}"
    assert cluster_module._put_checks(NAME, b"{}") == ""
    assert "are of another release: remove that file" in cluster_module._put_checks(NAME, b"[]")
    path.unlink()
    path.mkdir()
    assert "cannot be written" in cluster_module._put_checks(NAME, b"{}")


def test_what_is_sent_has_the_checks_of_the_release(tiny: Course) -> None:
    data = AssignmentData.read(tiny, NAME, QUICK)
    package = cluster_module.Package.of(data, tiny.solutions / NAME)
    assert package.checks == (CHECKS / f"{NAME}.json").read_bytes()
