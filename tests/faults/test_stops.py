"""Ctrl-C, once or twice, and SIGTERM: the run stops, says how to go on, and leaves nothing over."""

import os
import signal
import time
from pathlib import Path

import psutil
import pytest
from dask_cluster import DaskCluster
from faulty_class import LIMIT, STUDENTS, FaultyClass, below

pytestmark = [pytest.mark.sandbox, pytest.mark.timeout(180)]

INT, TERM = signal.SIGINT, signal.SIGTERM


def stop(a_class: FaultyClass, signals: tuple[signal.Signals, ...], *more: str) -> set[str]:
    """Start a run and stop it in the middle; gives what was finished by then."""
    run = a_class.start(*more)
    deadline = time.monotonic() + LIMIT
    while len(a_class.finished()) < 2 and time.monotonic() < deadline:
        time.sleep(0.02)
    family = below(run)
    for number in signals:  # as a terminal sends them: to the whole group
        os.killpg(run.pid, number)
        time.sleep(0.05)
    _, complained = run.communicate(timeout=20)
    assert run.returncode == 130, complained
    assert complained.count("Stopped.") == 1
    assert "the same command goes on from here" in complained
    assert "Traceback" not in complained
    assert psutil.wait_procs(family, timeout=15)[1] == []
    finished = a_class.finished()
    assert 2 <= len(finished) < len(STUDENTS)
    return finished


@pytest.mark.parametrize("signals", [(INT,), (INT, INT), (TERM,), (INT, TERM, INT)])
def test_a_stopped_run_goes_on(signals: tuple[signal.Signals, ...], a_class: FaultyClass) -> None:
    finished = stop(a_class, signals)
    before = a_class.gradings()
    assert a_class.run()[0] == 0
    after = a_class.gradings()
    assert {s: after[s] - before[s] for s in STUDENTS} == {
        s: int(s not in finished) for s in STUDENTS
    }


def test_a_run_on_a_cluster_is_stopped_as_well(a_class: FaultyClass, tmp_path: Path) -> None:
    with DaskCluster(tmp_path / "cluster") as dask:
        dask.start_scheduler()
        dask.start_worker(threads=2, env=a_class.environment())
        stop(a_class, (INT, INT), "--scheduler", dask.address)
        dask.wait_for(dask.at_rest, 20)
