"""The same work as in a pool, on the workers of a Dask scheduler.

A worker of Dask's is a messenger: each of its threads keeps a process of `pool`, in which the
submissions are graded as they are locally. The assignment is sent to each worker once. Messages
hold bytes and nothing of ours, for a worker that cannot unpack a message ends and takes others'
work with it: so the scheduler does not need this package, and workers without it say so.
"""

import contextlib
import logging
import math
import operator
import pickle
import queue
import shutil
import tempfile
import threading
import time
import uuid
import weakref
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import CancelledError
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autograder.dependencies.modules import imported
from autograder.edition import CHECKS
from autograder.files import write_atomically
from autograder.messages import Problem
from autograder.scheduling.grade_one import (
    AssignmentData,
    Finished,
    GradingSetup,
    Submission,
    grade_submission,
)
from autograder.scheduling.installed import differences, installed
from autograder.scheduling.pool import TICK, Died, Pool, Raised

if TYPE_CHECKING:
    from distributed import Client, Future

#: How long, in seconds, to wait for a scheduler to answer.
CONNECT_SECONDS = 15.0
_ANSWER_SECONDS = 60.0
#: Submissions that are on their way, at most: a number for each thread, and bytes in all.
_EACH = 2
_BYTES = 200_000_000
#: How often, in seconds, the workers are counted.
_COUNTING = 5.0
SAME_RELEASE = (
    "Install the same release of the course on the scheduler, the workers and here; "
    "docs/scaling.md says how."
)


@dataclass(frozen=True)
class Package:
    """What is sent to a worker once.

    Attributes:
        data: the assignment.
        files: those of its folder of solutions, by their path in it.
        installed: the versions of what grades here.
        checks: the visible checks as data, which `autograder release` has built here; b"" where
            the assignment has none.
    """

    data: AssignmentData
    files: dict[str, bytes]
    installed: dict[str, str]
    checks: bytes = b""

    @classmethod
    def of(cls, data: AssignmentData, solutions_dir: Path) -> "Package":
        """Pack an assignment with the files of its folder of solutions. Raises OSError."""
        files = {
            path.relative_to(solutions_dir).as_posix(): path.read_bytes()
            for path in sorted(solutions_dir.rglob("*"))
            if path.is_file() and "__pycache__" not in path.parts
        }
        sources = [
            data.decode("utf-8", "replace") for n, data in files.items() if n.endswith(".py")
        ]
        names: set[str] = set()
        for source in sources:
            with contextlib.suppress(SyntaxError):  # whoever imports it is told
                names |= imported(source)
        modules = sorted(name for name in names if "." not in name)
        checks = CHECKS / f"{data.name}.json"
        built = checks.read_bytes() if checks.is_file() else b""
        return cls(data, files, installed(data.options, modules), built)


class WorkerGrader:
    """A worker's place for one assignment: its files, in a folder of its own, and its processes.

    It is the result of a task, so Dask brings it wherever it is needed, and lets go of it when the
    starting process is done with it or is gone: then folder and processes go too.
    """

    def __init__(self, name: str, package: Package) -> None:
        self.name = name
        self._package = package
        self._lock = threading.Lock()
        self._trouble: str | None = None
        self._folder: Path | None = None
        self._idle: list[Pool[Submission, Finished]] = []
        self._pools: list[Pool[Submission, Finished]] = []
        _graders.add(self)

    def __reduce__(self) -> tuple[type["WorkerGrader"], tuple[str, Package]]:
        return WorkerGrader, (self.name, self._package)

    def __call__(self, submission: bytes) -> Finished | Died | Raised:
        """Have a process grade a pickled Submission, a fresh one if none is free.

        Returns what came of it; Raised with kind "OtherVersions" where this worker may not grade.
        """
        from distributed import get_worker

        worker = get_worker()
        with self._lock:
            if self._folder is None:
                self._unpack(Path(worker.local_directory))
            if self._trouble:
                return Raised("OtherVersions", f"{worker.address}: {self._trouble}", "")
            assert self._folder is not None
            pool = self._idle.pop() if self._idle else self._new_pool(self._folder)
        [(_, result)] = pool.run([pickle.loads(submission)])
        with self._lock:
            self._idle.append(pool)
        if isinstance(result, Raised):
            return replace(result, message=f"On {worker.address}: {result.message}")
        return result

    def stop(self) -> None:
        """End what is at work."""
        for pool in list(self._pools):
            pool.stop()

    def _unpack(self, place: Path) -> None:
        place = Path(tempfile.mkdtemp(prefix="autograder-", dir=place))
        weakref.finalize(self, _remove, place, self._pools)
        self._folder = folder = place / self._package.data.name
        for name, data in self._package.files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        ours = self._package.installed
        self._trouble = differences(ours, installed(self._package.data.options, ours))
        if not self._trouble and self._package.checks:
            self._trouble = _put_checks(self._package.data.name, self._package.checks)

    def _new_pool(self, folder: Path) -> Pool[Submission, Finished]:
        self._pools.append(Pool(partial(prepare, self._package.data, folder), 1))
        return self._pools[-1]


_graders: "weakref.WeakSet[WorkerGrader]" = weakref.WeakSet()


def prepare(data: AssignmentData, solutions_dir: Path) -> Callable[[Submission], Finished]:
    """Make, once in each process, the function that grades a submission of the assignment ``data``.

    ``solutions_dir`` is the folder with its hidden tests.
    """
    return partial(grade_submission, GradingSetup.of(data, solutions_dir))


def _put_checks(assignment: str, checks: bytes) -> str:
    """Put the visible checks where this machine's course_lib looks for them, if none are there.

    Returns why it cannot grade with them; "" where it can.
    """
    path = CHECKS / f"{assignment}.json"
    try:
        if not path.is_file():
            write_atomically(path, checks)
        if path.read_bytes() != checks:
            return f"the checks in {path} are of another release: remove that file"
    except OSError as error:
        return f"the checks cannot be written to {path}: {error.strerror}"
    return ""


def _remove(folder: Path, pools: list[Pool[Submission, Finished]]) -> None:
    for pool in pools:
        pool.close()
    shutil.rmtree(folder, ignore_errors=True)


def _stop(name: str) -> None:
    for grader in [grader for grader in _graders if grader.name == name]:
        grader.stop()


@dataclass
class _InFlight:
    task: Submission
    future: "Future[Any]"
    since: float


class Cluster:
    """Workers of a scheduler; used as a `Pool` is.

    Args:
        scheduler: an address, the path of a scheduler file, or a client that is connected.
        data: the assignment.
        solutions_dir: the folder with its hidden tests.
        notice: is called with what a user should know while it waits.
    """

    def __init__(
        self,
        scheduler: "str | Client",
        data: AssignmentData,
        solutions_dir: Path,
        notice: Callable[[str], None] = lambda text: None,
    ) -> None:
        self._scheduler = scheduler
        self._make_package = partial(Package.of, data, solutions_dir)
        self._notice = notice
        self._client: Client | None = None
        self._grader: Future[Any] | None = None
        self._name = ""
        self._numbers = count()
        self._threads = 0
        self._counted = -math.inf
        self._arrived: queue.SimpleQueue[str] = queue.SimpleQueue()

    def run(
        self,
        tasks: Iterable[Submission],
        tick: Callable[[list[tuple[Submission, float]]], None] = lambda busy: None,
    ) -> Iterator[tuple[Submission, Finished | Died | Raised]]:
        """Yield each of ``tasks`` with what came of it, as `Pool.run` does.

        Raises Problem where the scheduler or its workers cannot be used.
        """
        fresh = iter(tasks)
        flights: dict[str, _InFlight] = {}
        try:
            while True:
                self._hand_out(fresh, flights)
                if not flights:
                    return
                try:
                    flight = flights.pop(self._arrived.get(timeout=TICK), None)
                except queue.Empty:
                    flight = None
                now = time.monotonic()
                oldest = list(flights.values())[: self._threads]
                tick([(f.task, now - f.since) for f in oldest])
                if flight is not None:
                    result = self._result(flight.future)
                    self._hand_out(fresh, flights)
                    yield flight.task, result
        finally:
            if flights:
                self._abandon([flight.future for flight in flights.values()])

    def close(self) -> None:
        """Let go of the workers."""
        self._grader = None
        if self._client is not None and self._client is not self._scheduler:
            self._client.close(timeout=2)
        self._client = None

    def _hand_out(self, fresh: Iterator[Submission], flights: dict[str, _InFlight]) -> None:
        while sum(f.task.handed_in.size for f in flights.values()) < _BYTES:
            if flights and len(flights) >= _EACH * self._count():
                return
            task = next(fresh, None)
            if task is None:
                return
            with self._reached() as client:
                future = self._submit(client, task)
            flights[str(future.key)] = _InFlight(task, future, time.monotonic())

    def _submit(self, client: "Client", task: Submission) -> "Future[Any]":
        if self._grader is None:
            self._name = f"autograder-{uuid.uuid4().hex}"
            grader = pickle.dumps(WorkerGrader(self._name, self._make_package()))
            self._grader = client.submit(pickle.loads, grader, key=self._name, pure=False)
        key = f"{self._name}-{next(self._numbers)}"
        data = pickle.dumps(task)
        future = client.submit(operator.call, self._grader, data, key=key, pure=False)
        future.add_done_callback(lambda done: self._arrived.put(str(done.key)))
        return future

    def _count(self) -> int:
        """Return how many threads the workers had a few seconds ago. Raises Problem."""
        if time.monotonic() - self._counted > _COUNTING:
            had = self._threads or self._counted < 0
            with self._reached() as client:
                self._threads = sum(client.nthreads().values())
            if not self._threads and had:
                now = "no workers yet" if self._counted < 0 else "lost its last worker"
                self._notice(f"The scheduler has {now}: waiting for one.")
            self._counted = time.monotonic()
        return self._threads

    def _result(self, future: "Future[Any]") -> Finished | Died | Raised:
        from distributed import KilledWorker

        with self._reached():
            if future.status == "error":
                error = future.exception(timeout=_ANSWER_SECONDS)
                if isinstance(error, KilledWorker):
                    return Died(None)
                raise Problem(
                    f"The workers cannot grade: {type(error).__name__}: {error}", SAME_RELEASE
                )
            result: Finished | Died | Raised = future.result(timeout=_ANSWER_SECONDS)
        return result

    @contextmanager
    def _reached(self) -> "Iterator[Client]":
        """Give the client; while it is open, a scheduler that does not answer is a Problem."""
        if self._client is None:
            self._client = _connected(self._scheduler)
        try:
            yield self._client
        except (CancelledError, OSError, TimeoutError, RuntimeError) as error:
            raise Problem(
                f"The connection to the scheduler was lost ({type(error).__name__}).",
                "What was graded is kept. Start the scheduler and run the command again.",
            ) from error

    def _abandon(self, futures: "list[Future[Any]]") -> None:
        """Have the workers stop what they are at. What cannot be reached ends by itself."""
        client, self._grader = self._client, None
        if client is None or client.status != "running":
            self.close()
            return

        def stop() -> None:
            with contextlib.suppress(Exception):
                client.cancel(futures)
                client.run(_stop, self._name, on_error="ignore")

        thread = threading.Thread(target=stop, daemon=True)
        thread.start()
        thread.join(1)


def _connected(scheduler: "str | Client") -> "Client":
    import dask
    from distributed import Client

    if not isinstance(scheduler, str):
        return scheduler
    logging.getLogger("distributed").setLevel(logging.CRITICAL)  # what it says, Problems say
    dask.config.set({"distributed.admin.large-graph-warning-threshold": f"{_BYTES}B"})
    where = {"address": scheduler} if "://" in scheduler else {"scheduler_file": scheduler}
    if "://" not in scheduler and not Path(scheduler).is_file():
        raise Problem(
            f"There is no scheduler file at {scheduler}.",
            "Give an address such as tcp://host:8786, or the file that `dask scheduler "
            "--scheduler-file` wrote.",
        )
    try:
        return Client(**where, timeout=CONNECT_SECONDS, set_as_default=False, name="autograder")
    except (OSError, TimeoutError, ValueError, TypeError) as error:
        raise Problem(
            f"No scheduler can be reached at {scheduler}: {error}.",
            "Is it running (dask scheduler), and is its address right?",
        ) from None
