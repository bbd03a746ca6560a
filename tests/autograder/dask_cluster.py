"""A Dask scheduler with workers, each a process of its own, as a cluster has them."""

import contextlib
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psutil

_IDLE_SECONDS = 300
_ALONE_SECONDS = 60


class DaskCluster:
    """Starts nothing by itself; what it has started is killed when it is left.

    Should that not come to pass, the scheduler goes when it has been idle for long, and the workers
    go after it. ``folder`` gets the scheduler's file, the logs and the workers' scratch space.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.file = folder / "scheduler.json"
        self.scheduler: subprocess.Popen[bytes] | None = None
        self.workers: list[subprocess.Popen[bytes]] = []
        folder.mkdir(parents=True)

    def __enter__(self) -> "DaskCluster":
        return self

    def __exit__(self, *error: object) -> None:
        self.kill()

    def start_scheduler(self, env: dict[str, str] | None = None) -> None:
        self.file.unlink(missing_ok=True)
        where = ["--host", "127.0.0.1", "--port", "0", "--scheduler-file", str(self.file)]
        here = ["--no-dashboard", "--idle-timeout", f"{_IDLE_SECONDS}s"]
        self.scheduler = self._start("scheduler", [*where, *here], (), env)
        self.wait_for(self.file.exists)

    def start_worker(
        self,
        threads: int = 1,
        nanny: bool = True,
        inside: tuple[str, ...] = (),
        env: dict[str, str] | None = None,
    ) -> None:
        """A worker; ``inside`` is a command it is started with, ``env`` what it sees besides."""
        kind = "--nanny" if nanny else "--no-nanny"
        where = ["--scheduler-file", str(self.file), "--death-timeout", str(_ALONE_SECONDS)]
        arguments = [*where, "--no-dashboard", "--nthreads", str(threads), kind]
        self.workers.append(self._start("worker", arguments, inside, env))

    @property
    def address(self) -> str:
        return str(self.identity["address"])

    @property
    def identity(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.file.read_text())
        return found

    def log(self) -> str:
        return "\n".join(path.read_text() for path in sorted(self.folder.glob("*.log")))

    def scratch(self) -> list[Path]:
        """The folders that stations have made."""
        return list(self.folder.glob("dask-scratch-space/*/autograder-*"))

    def graders(self) -> list[psutil.Process]:
        """The processes that grade, below all workers."""
        below = [p for w in self.workers for p in psutil.Process(w.pid).children(recursive=True)]
        return [p for p in below if "autograder.scheduling.pool" in _command(p)]

    def at_rest(self) -> bool:
        """Whether nothing of a run is left."""
        return not self.graders() and not self.scratch()

    def wait_for(self, what: Any, seconds: float = 60.0) -> None:
        deadline = time.monotonic() + seconds
        while not what():
            assert time.monotonic() < deadline, self.log()
            time.sleep(0.05)

    def kill(self) -> None:
        started = [p for p in (*self.workers, self.scheduler) if p is not None]
        family = []
        for process in started:
            if process.poll() is None:
                family += psutil.Process(process.pid).children(recursive=True)
                process.kill()
        for child in family:
            with contextlib.suppress(psutil.NoSuchProcess):
                child.kill()
        psutil.wait_procs(family, timeout=10)
        for process in started:
            process.wait()
        self.workers.clear()

    def _start(
        self,
        kind: str,
        arguments: list[str],
        inside: tuple[str, ...] = (),
        env: dict[str, str] | None = None,
    ) -> "subprocess.Popen[bytes]":
        path = os.pathsep.join(entry for entry in sys.path if entry)
        with (self.folder / f"{kind}-{len(self.workers)}.log").open("wb") as log:
            return subprocess.Popen(
                [*inside, sys.executable, "-m", f"distributed.cli.dask_{kind}", *arguments],
                env={
                    **os.environ,
                    "PYTHONPATH": path,
                    "DASK_TEMPORARY_DIRECTORY": str(self.folder),
                    **(env or {}),
                },
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.folder,
                start_new_session=True,
            )


def _command(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except psutil.NoSuchProcess:
        return ""
