"""The pool: each task once, and the death of a process costs one task."""

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from autograder.pool import Died, Raised, run_all

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
    return kind.upper()


def _prepare() -> Callable[[Task], str]:
    return _do


def _broken() -> Callable[[Task], str]:
    raise RuntimeError("cannot start")


def test_each_task_is_done_once(tmp_path: Path) -> None:
    log = str(tmp_path / "log")
    tasks = [(f"task {i}", log) for i in range(20)]
    done = dict(run_all(tasks, _prepare, workers=2))
    assert done == {task: task[0].upper() for task in tasks}
    assert sorted(Path(log).read_text().splitlines()) == sorted(kind for kind, _ in tasks)


@pytest.mark.parametrize("workers", [1, 2, 5])
def test_a_process_that_dies_costs_its_task_alone(workers: int, tmp_path: Path) -> None:
    log = str(tmp_path / "log")
    kinds = ["a", "dies", "b", "raises", "c", "dies once", "d"]
    done = dict(run_all([(kind, log) for kind in kinds], _prepare, workers))
    assert done["dies", log] == Died(-signal.SIGKILL)
    raised = done["raises", log]
    assert isinstance(raised, Raised)
    assert (raised.kind, raised.message) == ("ValueError", "no good")
    assert "in _do" in raised.trace
    for kind in ("a", "b", "c", "d", "dies once"):
        assert done[kind, log] == kind.upper()
    assert Path(log).read_text().splitlines().count("dies") == 2


def test_a_pool_that_cannot_start_says_so_for_each_task(tmp_path: Path) -> None:
    done = dict(run_all([("a", "x"), ("b", "x")], _broken, 1))
    assert all(isinstance(r, Raised) and r.message == "cannot start" for r in done.values())


def test_no_task_no_process() -> None:
    assert list(run_all([], _broken, 3)) == []


def test_leaving_early_ends_the_processes(tmp_path: Path) -> None:
    log = str(tmp_path / "log")
    start = time.monotonic()
    for task, _ in run_all([("a", log), ("slow", log), ("slow", log)], _prepare, 2):
        assert task[0] == "a"
        break
    assert time.monotonic() - start < 30
