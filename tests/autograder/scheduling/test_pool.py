"""The pool: each task once, and the death of a process costs one task."""

import gc
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import psutil
import pytest

from autograder.scheduling.pool import Died, Pool, Raised

Task = tuple[str, str]


def _do(task: Task) -> str:
    kind, where = task
    with Path(where).open("a") as file:
        file.write(f"{kind}\n")
    if kind == "dies":
        os.kill(os.getpid(), signal.SIGKILL)
    if kind == "dies once" and Path(where).read_text().count("dies once") == 1:
        os._exit(3)
    if kind == "raises":
        raise ValueError("no good")
    if kind == "slow":
        time.sleep(60)
    if kind == "a while":
        time.sleep(2.5)
    return kind.upper()


def _prepare() -> Callable[[Task], str]:
    return _do


def _broken() -> Callable[[Task], str]:
    raise RuntimeError("cannot start")


@pytest.fixture
def pool_of() -> Iterator[Callable[..., Pool[Task, str]]]:
    with ExitStack() as stack:

        def make(workers: int, prepare: Callable[[], Callable[[Task], str]] = _prepare):
            pool = Pool(prepare, workers)
            stack.callback(pool.close)
            return pool

        yield make


PoolOf = Callable[..., Pool[Task, str]]


def test_each_task_is_done_once(tmp_path: Path, pool_of: PoolOf) -> None:
    log = str(tmp_path / "log")
    tasks = [(f"task {i}", log) for i in range(20)]
    done = dict(pool_of(2).run(tasks))
    assert done == {task: task[0].upper() for task in tasks}
    assert sorted(Path(log).read_text().splitlines()) == sorted(kind for kind, _ in tasks)


@pytest.mark.parametrize("workers", [1, 2, 5])
def test_a_process_that_dies_costs_its_task_alone(
    workers: int, tmp_path: Path, pool_of: PoolOf
) -> None:
    log = str(tmp_path / "log")
    kinds = ["a", "dies", "b", "raises", "c", "dies once", "d"]
    done = dict(pool_of(workers).run([(kind, log) for kind in kinds]))
    assert done["dies", log] == Died(-signal.SIGKILL)
    raised = done["raises", log]
    assert isinstance(raised, Raised)
    assert (raised.kind, raised.message) == ("ValueError", "no good")
    assert "in _do" in raised.trace
    for kind in ("a", "b", "c", "d", "dies once"):
        assert done[kind, log] == kind.upper()
    assert Path(log).read_text().splitlines().count("dies") == 2


def test_a_pool_that_cannot_start_says_so_for_each_task(pool_of: PoolOf) -> None:
    done = dict(pool_of(1, _broken).run([("a", "x"), ("b", "x")]))
    assert all(isinstance(r, Raised) and r.message == "cannot start" for r in done.values())


def test_no_task_no_process(pool_of: PoolOf) -> None:
    assert list(pool_of(3, _broken).run([])) == []
    assert children() == []


def children() -> list[psutil.Process]:
    """The processes of pools that this one has started."""
    mine = psutil.Process().children()
    return [child for child in mine if "autograder.scheduling.pool" in " ".join(child.cmdline())]


def test_processes_stay_for_the_next_run_until_the_pool_is_closed(
    tmp_path: Path, pool_of: PoolOf
) -> None:
    log = str(tmp_path / "log")
    pool = pool_of(2)
    assert len(list(pool.run([(f"{i}", log) for i in range(4)]))) == 4
    before = {child.pid for child in children()}
    assert len(before) == 2
    assert dict(pool.run([("more", log)])) == {("more", log): "MORE"}
    assert {child.pid for child in children()} == before
    pool.close()
    assert children() == []


def test_tasks_are_taken_when_a_process_is_free_for_them(tmp_path: Path, pool_of: PoolOf) -> None:
    log = str(tmp_path / "log")
    taken: list[int] = []

    def tasks() -> Iterator[Task]:
        for i in range(20):
            taken.append(i)
            yield f"{i}", log

    for number, _ in enumerate(pool_of(2).run(tasks()), 1):
        assert len(taken) <= number + 2


def test_trouble_with_taking_a_task_ends_the_run(tmp_path: Path, pool_of: PoolOf) -> None:
    def tasks() -> Iterator[Task]:
        yield "a", str(tmp_path / "log")
        raise OSError("no such thing")

    pool = pool_of(1)
    with pytest.raises(OSError, match="no such thing"):
        list(pool.run(tasks()))
    assert dict(pool.run([("b", str(tmp_path / "log"))])) == {("b", str(tmp_path / "log")): "B"}


def test_leaving_early_ends_the_processes_that_are_at_work(tmp_path: Path, pool_of: PoolOf) -> None:
    log = str(tmp_path / "log")
    start = time.monotonic()
    for task, _ in pool_of(2).run([("a", log), ("slow", log), ("slow", log)]):
        assert task[0] == "a"
        break
    gc.collect()
    assert time.monotonic() - start < 30
    assert children() == []


def test_it_tells_what_is_at_work(tmp_path: Path, pool_of: PoolOf) -> None:
    log = str(tmp_path / "log")
    told: list[list[tuple[Task, float]]] = []
    for _ in pool_of(2).run([("a", log), ("a while", log)], told.append):
        pass
    times = [seconds for busy in told for task, seconds in busy if task[0] == "a while"]
    assert times == sorted(times)
    assert 1.0 < times[-1] < 30.0


def test_what_is_at_work_can_be_stopped_by_another_thread(tmp_path: Path, pool_of: PoolOf) -> None:
    log = tmp_path / "log"
    pool = pool_of(1)
    found: list[object] = []
    thread = threading.Thread(target=lambda: found.extend(pool.run([("slow", str(log))])))
    thread.start()
    while not log.exists():
        time.sleep(0.01)
    pool.stop()
    thread.join(20)
    assert found == [(("slow", str(log)), Died(1))]
    assert log.read_text().count("slow") == 1


_OWNER = """
import os, sys
from test_pool import Pool, _prepare
for _ in Pool(_prepare, 2).run([("a", sys.argv[1]), ("slow", sys.argv[1])]):
    os.kill(os.getpid(), 9)
"""


def test_processes_go_when_the_one_that_started_them_is_killed(tmp_path: Path) -> None:
    log = tmp_path / "log"
    owner = subprocess.Popen(
        [sys.executable, "-c", _OWNER, str(log)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    started: set[psutil.Process] = set()
    while owner.poll() is None:
        started.update(psutil.Process(owner.pid).children() if owner.poll() is None else [])
        time.sleep(0.02)
    assert owner.returncode == -signal.SIGKILL
    assert len(started) == 2
    _, alive = psutil.wait_procs(started, timeout=10)
    assert alive == []
