"""A pool of local processes in which the death of one process costs only the task it was at."""

import contextlib
import multiprocessing
import signal
import sys
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkServerProcess
from typing import Any, Generic, TypeVar

Task = TypeVar("Task")
Result = TypeVar("Result")

#: A process may die for no fault of its task (the kernel was out of memory, say), so once more.
ATTEMPTS = 2


@dataclass(frozen=True)
class Died:
    """The task that a process was at when it ended, ``ATTEMPTS`` times over."""

    exit_code: int | None


@dataclass(frozen=True)
class Raised:
    """An exception that a task raised: its class and text, and where it came from."""

    kind: str
    message: str
    trace: str


class _Worker(Generic[Task]):
    """One process, its pipe, and the task it is at."""

    def __init__(self, prepare: Callable[[], Callable[[Task], Any]], preload: list[str]) -> None:
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(preload)
        self.pipe, theirs = context.Pipe()
        self.process: ForkServerProcess = context.Process(
            target=_serve, args=(prepare, theirs), daemon=False
        )
        self.process.start()
        theirs.close()
        self.task: Task | None = None
        self.attempt = 0

    def give(self, task: Task, attempt: int) -> None:
        self.task, self.attempt = task, attempt
        with contextlib.suppress(OSError):  # it died while it had nothing to do; seen when read
            self.pipe.send(task)

    def end(self) -> None:
        """Ask it to go, then make it: what it has started is cleaned up if it has the time."""
        self.pipe.close()
        self.process.terminate()
        self.process.join(5)
        if self.process.is_alive():
            self.process.kill()
            self.process.join()


def run_all(
    tasks: Sequence[Task],
    prepare: Callable[[], Callable[[Task], Result]],
    workers: int,
    preload: Sequence[str] = (),
) -> Iterator[tuple[Task, Result | Died | Raised]]:
    """Do the tasks in processes; gives each task with what came of it, in the order of finishing.

    ``prepare`` is called once in each process and gives the function that does a task; both must be
    picklable. Leaving the iteration early, by an exception or Ctrl-C, ends the processes.
    """
    waiting = deque((task, 1) for task in tasks)
    pool: list[_Worker[Task]] = []
    try:
        while waiting or any(worker.task is not None for worker in pool):
            while waiting and len(pool) < min(workers, len(tasks)):
                pool.append(_Worker(prepare, list(preload)))
            for worker in pool:
                if worker.task is None and waiting:
                    worker.give(*waiting.popleft())
            ready = wait([worker.pipe for worker in pool if worker.task is not None])
            for worker in [worker for worker in pool if worker.pipe in ready]:
                done = worker.task
                assert done is not None
                result: Result | Died | Raised
                try:
                    result = worker.pipe.recv()
                except (EOFError, OSError):
                    worker.end()
                    pool.remove(worker)
                    if worker.attempt < ATTEMPTS:
                        waiting.append((done, worker.attempt + 1))
                        continue
                    result = Died(worker.process.exitcode)
                worker.task = None
                yield done, result
    finally:
        for worker in pool:
            worker.end()


def _serve(prepare: Callable[[], Callable[[Any], Any]], pipe: Connection) -> None:
    # Ctrl-C reaches every process of the terminal; the main process alone decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    do: Callable[[Any], Any] | None = None
    while True:
        try:
            task = pipe.recv()
        except (EOFError, OSError):
            return
        try:
            if do is None:
                do = prepare()
            result = do(task)
        except Exception as error:
            import traceback

            result = Raised(type(error).__name__, str(error), traceback.format_exc())
        pipe.send(result)
