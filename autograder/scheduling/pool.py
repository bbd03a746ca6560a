"""A pool of local processes in which the death of one process costs only the task it was at."""

import contextlib
import gc
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from multiprocessing import Pipe
from multiprocessing.connection import Connection, wait
from typing import Any, Generic, TypeVar

Task = TypeVar("Task")
Result = TypeVar("Result")

#: A process may die for no fault of its task (the kernel was out of memory, say), so once more.
ATTEMPTS = 2
#: How often, in seconds, it is told what the processes are at.
TICK = 1.0
#: What a process is given, in seconds, to end what it has started.
_GRACE = 1.0
_PROGRAM = """\
import json, sys
sys.path[:] = json.loads(sys.argv[2])
from autograder.scheduling.pool import serve
serve(int(sys.argv[1]))
"""


@dataclass(frozen=True)
class Died:
    """The process that was at the task ended, ``ATTEMPTS`` times over.

    ``exit_code`` is None where it was a machine of a cluster that was lost with it.
    """

    exit_code: int | None


@dataclass(frozen=True)
class Raised:
    """An exception that a task raised: its class and text, and where it came from."""

    kind: str
    message: str
    trace: str


class _Worker(Generic[Task]):
    """One process, its pipe, and the task it is at."""

    def __init__(self, prepare: Callable[[], Callable[[Task], Any]]) -> None:
        self.pipe, theirs = Pipe()
        with theirs:
            # A session of its own: the Ctrl-C of a terminal goes to the starting process alone.
            self.process = subprocess.Popen(
                [sys.executable, "-P", "-c", _PROGRAM, str(theirs.fileno()), json.dumps(sys.path)],
                stdin=subprocess.PIPE,  # never written to: its end is the end of this process
                stdout=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                start_new_session=True,
            )
        assert self.process.stdin is not None
        self._stdin = self.process.stdin
        self.task: Task | None = None
        self.attempt = 0
        self.since = 0.0
        with contextlib.suppress(OSError):
            self.pipe.send(prepare)

    def give(self, task: Task, attempt: int) -> None:
        """Have it do a task, for the time that ``attempt`` says."""
        self.task, self.attempt, self.since = task, attempt, time.monotonic()
        with contextlib.suppress(OSError):  # it died while it had nothing to do; seen when read
            self.pipe.send(task)

    def stop(self) -> None:
        """Have it end what it has started, and then itself."""
        with contextlib.suppress(OSError):
            self._stdin.close()

    def end(self, seconds: float) -> int:
        """Kill it, if it does not end by itself within ``seconds``; returns its exit code."""
        self.stop()
        self.pipe.close()
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()


class Pool(Generic[Task, Result]):
    """Processes that stay until the pool is closed, or until the process that made it is gone.

    ``prepare`` is called once in each process and gives the function that does a task; both must be
    picklable. A process is started when there is a task for it.
    """

    def __init__(self, prepare: Callable[[], Callable[[Task], Result]], workers: int) -> None:
        self._prepare = prepare
        self._most = workers
        self._workers: list[_Worker[Task]] = []
        self._stopped = False

    def run(
        self,
        tasks: Iterable[Task],
        tick: Callable[[list[tuple[Task, float]]], None] = lambda busy: None,
    ) -> Iterator[tuple[Task, Result | Died | Raised]]:
        """Yield each of ``tasks`` with what came of it, in the order of finishing.

        A task is taken when a process is free for it. ``tick`` is called now and then, with the
        tasks that are being done and for how many seconds. Leaving the iteration early, by an
        exception or Ctrl-C, ends the processes that are at work.
        """
        fresh = iter(tasks)
        again: deque[tuple[Task, int]] = deque()
        try:
            while True:
                self._hand_out(fresh, again)
                busy = [worker for worker in self._workers if worker.task is not None]
                if not busy:
                    return
                ready = wait([worker.pipe for worker in busy], TICK)
                now = time.monotonic()
                tick([(w.task, now - w.since) for w in busy if w.task is not None])
                for worker in [worker for worker in busy if worker.pipe in ready]:
                    done = worker.task
                    assert done is not None
                    result: Result | Died | Raised
                    try:
                        result = worker.pipe.recv()
                    except (EOFError, OSError):
                        self._workers.remove(worker)
                        code = worker.end(_GRACE)
                        if worker.attempt < ATTEMPTS and not self._stopped:
                            again.append((done, worker.attempt + 1))
                            continue
                        result = Died(code)
                    else:
                        worker.task = None
                        self._hand_out(fresh, again)  # it works while this result is dealt with
                    yield done, result
        finally:
            self._end([worker for worker in self._workers if worker.task is not None])

    def stop(self) -> None:
        """End what is at work, from another thread than the one that runs it: it has died."""
        self._stopped = True
        for worker in list(self._workers):
            worker.stop()

    def close(self) -> None:
        """End all the processes."""
        self._end(self._workers[:])

    def _hand_out(self, fresh: Iterator[Task], again: deque[tuple[Task, int]]) -> None:
        while True:
            idle = next((worker for worker in self._workers if worker.task is None), None)
            if idle is None and len(self._workers) >= self._most:
                return
            task = again.popleft() if again else next(((task, 1) for task in fresh), None)
            if task is None:
                return
            (idle or self._start()).give(*task)

    def _start(self) -> _Worker[Task]:
        self._workers.append(_Worker(self._prepare))
        return self._workers[-1]

    def _end(self, workers: list[_Worker[Task]]) -> None:
        for worker in workers:
            worker.stop()
        deadline = time.monotonic() + 2 * _GRACE
        for worker in workers:
            worker.end(max(deadline - time.monotonic(), 0))
            self._workers.remove(worker)


def serve(channel: int) -> None:
    """Do the tasks that come through a pipe, until it is closed: the start of a pool's process.

    ``channel`` is the pipe's descriptor; the first thing that comes is the function ``prepare``.
    """
    gc.set_threshold(100_000)  # what is imported stays: not to be looked through for garbage
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    threading.Thread(target=_end_with_parent, daemon=True).start()
    os.set_inheritable(channel, False)
    pipe = Connection(channel)
    with contextlib.suppress(EOFError, OSError):
        _serve(pipe)
    # It ends by itself now; interrupted in that, it would say so on the terminal.
    signal.signal(signal.SIGTERM, signal.SIG_IGN)


def _end_with_parent() -> None:
    while os.read(0, 1):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(_GRACE)
    os._exit(1)


def _serve(pipe: Connection) -> None:
    prepare: Callable[[], Callable[[Any], Any]] = pipe.recv()
    do: Callable[[Any], Any] | None = None
    while True:
        task = pipe.recv()
        try:
            if do is None:
                do = prepare()
            result = do(task)
        except Exception as error:
            import traceback

            result = Raised(type(error).__name__, str(error), traceback.format_exc())
        pipe.send(result)
