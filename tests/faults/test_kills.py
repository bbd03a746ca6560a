"""kill -9 at random moments: what is finished stays, and the rest is graded once, and right."""

import random
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from dask_cluster import DaskCluster
from faulty_class import COMMENT, LIMIT, STUDENTS, SUMMARY, FaultyClass, below, graders

from autograder.course import Course

pytestmark = [pytest.mark.sandbox, pytest.mark.timeout(300)]

Record = Callable[[str, object], None]
CHANGED = 3
#: Kills in a test, and in one run of it, if that lasts so long. Their moments are never the same.
KILLS = 3
EACH = 3


def first_run(a_class: FaultyClass, *more: str) -> float:
    """Grades and marks; gives the seconds it took."""
    start = time.monotonic()
    code, said = a_class.run(*more)
    assert code == 0, said
    a_class.mark_by_hand()
    return time.monotonic() - start


def assert_right(a_class: FaultyClass) -> None:
    """Every submission has one grade, the right one, and the mark given by hand is there."""
    assert a_class.points() == a_class.expected()
    assert a_class.comment() == COMMENT


def gone(processes: list[psutil.Process]) -> bool:
    return not psutil.wait_procs(processes, timeout=15)[1]


class Redone:
    """Counts what is graded although it was finished already."""

    def __init__(self, a_class: FaultyClass) -> None:
        self._class = a_class
        self._finished: Counter[str] = Counter()
        self.count = 0

    def look(self) -> None:
        """Before a run. Whatever is finished now is not to be graded again."""
        self.check()
        traces = self._class.traces()
        attempts = [self._class.newest(student) for student in self._class.finished()]
        self._finished = Counter({attempt: traces[attempt] for attempt in attempts})

    def check(self) -> None:
        """After one."""
        traces = self._class.traces()
        self.count += sum(traces[attempt] - times for attempt, times in self._finished.items())
        self._finished.clear()


def kill_starting_process(
    a_class: FaultyClass, kills: int, seconds: float, *more: str
) -> tuple[int, int]:
    """So many times, while there is always something new to grade; gives kills and redone."""
    moments = random.Random(1)
    redone = Redone(a_class)
    done = 0
    for _ in range(2 * kills):
        for student in moments.sample(STUDENTS, CHANGED):
            a_class.hand_in(student)
        redone.look()
        run = a_class.start(*more)
        time.sleep(moments.uniform(0.1, 1.0) * seconds)
        family = below(run)
        run.kill()
        done += run.wait() == -9
        assert gone(family)
        if done == kills:
            break
    redone.look()
    code, said = a_class.run(*more)
    assert code == 0, said
    redone.check()
    return done, redone.count


def test_the_starting_process(
    a_class: FaultyClass, released_course: Course, record_property: Record
) -> None:
    seconds = first_run(a_class)
    kills, redone = kill_starting_process(a_class, KILLS, seconds)
    assert_right(a_class)
    assert a_class.grades() == a_class.undisturbed(released_course).grades()
    assert (kills, redone) == (KILLS, 0)
    before = a_class.gradings()
    assert a_class.run()[0] == 0
    assert a_class.gradings() == before
    assert a_class.run("--force")[0] == 0
    assert a_class.gradings() == Counter({s: before[s] + 1 for s in STUDENTS})
    assert_right(a_class)
    record_property(
        SUMMARY,
        f"the starting process killed {kills} times, each time run again: {redone} finished "
        "submissions graded again, 0 scores differ from an undisturbed run",
    )


def test_local_workers(a_class: FaultyClass, record_property: Record) -> None:
    first_run(a_class)
    moments = random.Random(2)
    redone = Redone(a_class)
    kills = reruns = 0
    while kills < KILLS:
        for student in STUDENTS:
            a_class.hand_in(student)
        run = a_class.start()
        for _ in range(EACH):
            while run.poll() is None and not graders(run):
                time.sleep(0.02)
            time.sleep(moments.uniform(0.0, 1.5))
            if found := graders(run):
                moments.choice(found).kill()
                kills += 1
        said, complained = run.communicate(timeout=LIMIT)
        assert run.returncode in (0, 1), said + complained
        again = a_class.gradings() - Counter(STUDENTS)
        assert sum(again.values()) <= EACH
        if run.returncode:
            assert "the grader's process died twice over it" in said
        redone.look()
        reruns += 1
        code, complained = a_class.run()
        assert code == 0, complained
        redone.check()
        assert_right(a_class)
        assert reruns <= KILLS
    assert redone.count == 0
    record_property(
        SUMMARY,
        f"local workers killed {kills} times in {reruns} runs, each run again: {redone.count} "
        "finished submissions graded again, 0 scores differ",
    )


@pytest.fixture
def dask(tmp_path: Path) -> DaskCluster:
    return DaskCluster(tmp_path / "cluster")


def start(dask: DaskCluster, a_class: FaultyClass) -> None:
    """A scheduler and two workers, which their nannies start again when they die."""
    dask.start_scheduler()
    for _ in range(2):
        dask.start_worker(env=a_class.environment())


def workers(dask: DaskCluster) -> list[psutil.Process]:
    """The workers themselves, each the one child of its nanny that listens."""
    nannies = [psutil.Process(process.pid) for process in dask.workers]
    return [p for nanny in nannies for p in nanny.children() if "spawn_main" in _command(p)]


def _command(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except psutil.NoSuchProcess:
        return ""


def test_workers_of_a_cluster(
    a_class: FaultyClass, dask: DaskCluster, record_property: Record
) -> None:
    moments = random.Random(3)
    redone = Redone(a_class)
    kills = reruns = 0
    with dask:
        start(dask, a_class)
        cluster = ("--scheduler", dask.address)
        first_run(a_class, *cluster)
        while kills < KILLS:
            for student in STUDENTS:
                a_class.hand_in(student)
            run = a_class.start(*cluster)
            for _ in range(EACH):
                time.sleep(moments.uniform(0.5, 2.0))
                if run.poll() is None and (found := workers(dask)):
                    killed = moments.choice(found)
                    family = killed.children(recursive=True)
                    killed.kill()
                    kills += 1
                    assert gone(family)
            said, complained = run.communicate(timeout=LIMIT)
            assert run.returncode in (0, 1), said + complained
            redone.look()
            reruns += 1
            code, complained = a_class.run(*cluster)
            assert code == 0, complained
            redone.check()
            assert_right(a_class)
            assert reruns <= KILLS
    assert redone.count == 0
    record_property(
        SUMMARY,
        f"Dask workers killed {kills} times in {reruns} runs, each run again: {redone.count} "
        "finished submissions graded again, 0 scores differ",
    )


def test_the_starting_process_of_a_cluster(
    a_class: FaultyClass, dask: DaskCluster, record_property: Record
) -> None:
    with dask:
        start(dask, a_class)
        cluster = ("--scheduler", dask.address)
        seconds = first_run(a_class, *cluster)
        kills, redone = kill_starting_process(a_class, KILLS, seconds, *cluster)
        assert_right(a_class)
        dask.wait_for(dask.at_rest, 20)
    assert (kills, redone) == (KILLS, 0)
    record_property(
        SUMMARY,
        f"the starting process killed {kills} times while Dask's workers graded: {redone} "
        "finished submissions graded again, 0 scores differ",
    )


def test_the_scheduler(a_class: FaultyClass, dask: DaskCluster, record_property: Record) -> None:
    redone = Redone(a_class)
    with dask:
        start(dask, a_class)
        first_run(a_class, "--scheduler", dask.address)
        for count in (1, 4):
            for student in STUDENTS:
                a_class.hand_in(student)
            run = a_class.start("--scheduler", dask.address)
            deadline = time.monotonic() + LIMIT
            while len(a_class.finished()) < count and time.monotonic() < deadline:
                time.sleep(0.02)
            assert dask.scheduler is not None
            dask.scheduler.kill()
            said, complained = run.communicate(timeout=LIMIT)
            assert run.returncode == 2, said + complained
            assert "The connection to the scheduler was lost" in complained
            assert "What was graded is kept." in complained
            assert count <= len(a_class.finished()) < len(STUDENTS)
            dask.kill()
            start(dask, a_class)
            redone.look()
            code, complained = a_class.run("--scheduler", dask.address)
            assert code == 0, complained
            redone.check()
            assert_right(a_class)
    assert redone.count == 0
    record_property(
        SUMMARY,
        f"the scheduler killed 2 times, each time run again: {redone.count} finished submissions "
        "graded again, 0 scores differ",
    )
