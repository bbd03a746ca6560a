"""Grading with 1 and 2 processes, and with 1 and 2 of Dask's workers: how well they add up.

    python benchmarks/grading_workers.py [--submissions 60] [--rounds 5]

All four grade the same class in the same run, in turn, with processes that are up already. As a
measure of the machine, two processes that do nothing but count are run in each round as well: where
other programs are at work, or two processors are halves of one, even these do not get twice as far.
Below it, what a submission costs the starting process, the disk and the network.
"""

import argparse
import os
import pickle
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import mean, median

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"  # before NumPy is loaded

from grading.submissions import bank_of, hand_in, submissions  # noqa: E402

from autograder.course import REPOSITORY, Course  # noqa: E402
from autograder.gradebook.recording import WRITING  # noqa: E402
from autograder.grading.results import result_path  # noqa: E402
from autograder.release import release  # noqa: E402
from autograder.scheduling.cluster import Package  # noqa: E402
from autograder.scheduling.grade import GRADING, Grader, options_of  # noqa: E402
from autograder.scheduling.grade_one import AssignmentData, Submission  # noqa: E402
from autograder.submissions.handed_in import read_folder  # noqa: E402

FOLDER = REPOSITORY / "build" / "setup-workers"
COUNTING = "import time; n = 30_000_000\nwhile n: n -= 1"


@dataclass(frozen=True)
class Pass:
    """One grading of the class, in seconds.

    Attributes:
        grading: from the first submission to the last, by the clock.
        examined: processor time of all the submissions, where they were graded.
        kept: processor time of the starting process meanwhile.
        written: processor time of the starting process for writing the gradebook.
        writing: by the clock, for that.
    """

    grading: float
    examined: float
    kept: float
    written: float
    writing: float


class Clock:
    """Is told the progress of a run, and notes when each of its parts began."""

    def __init__(self) -> None:
        self.began: dict[str, tuple[float, float]] = {}

    def __call__(self, what: str, done: int, whole: int) -> None:
        self.began.setdefault(what, (time.monotonic(), time.process_time()))


Scores = dict[str, float | None]


def one_pass(grader: Grader) -> tuple[Pass, Scores]:
    """Grade everyone anew; gives the scores too."""
    clock = Clock()
    outcomes = grader.grade(force=True, progress=clock)
    ended = time.monotonic(), time.process_time()
    first, then = clock.began[GRADING], clock.began[WRITING]
    examined = sum(outcome.done.cpu_seconds for outcome in outcomes if outcome.done)
    scores = {o.student: o.grades.score if o.grades else None for o in outcomes}
    wall, used = then[0] - first[0], then[1] - first[1]
    return Pass(wall, examined, used, ended[1] - then[1], ended[0] - then[0]), scores


@contextmanager
def cluster(folder: Path, workers: int) -> Iterator[str]:
    """The scheduler file of a Dask scheduler with workers of one thread each."""
    folder.mkdir(parents=True)
    file = folder / "scheduler.json"
    reach = ["--scheduler-file", str(file), "--no-dashboard"]
    here = ["--host", "127.0.0.1", "--port", "0", "--idle-timeout", "30m"]
    one = ["--nthreads", "1", "--no-nanny", "--death-timeout", "60"]
    commands = [("scheduler", [*reach, *here]), *[("worker", [*reach, *one])] * workers]
    with ExitStack() as started:
        for kind, arguments in commands:
            log = started.enter_context((folder / f"{kind}.log").open("ab"))
            process = subprocess.Popen(
                [sys.executable, "-m", f"distributed.cli.dask_{kind}", *arguments],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, "DASK_TEMPORARY_DIRECTORY": str(folder)},
            )
            started.callback(process.wait)
            started.callback(process.terminate)
            while not file.exists() and process.poll() is None:
                time.sleep(0.05)
        yield str(file)


def count(processes: int) -> float:
    """Seconds until so many processes that only count have ended, by the clock."""
    began = time.monotonic()
    for process in [subprocess.Popen([sys.executable, "-c", COUNTING]) for _ in range(processes)]:
        process.wait()
    return time.monotonic() - began


def in_turn(
    graders: Mapping[str, Grader], rounds: int
) -> tuple[dict[str, list[Pass]], list[tuple[float, float]]]:
    """Each grader in each round, in an order that turns round; raises SystemExit where they differ.

    With it, the seconds that one and two counting processes took in each round.
    """
    passes: dict[str, list[Pass]] = {name: [] for name in graders}
    counted: list[tuple[float, float]] = []
    expected: Scores = {}
    for turn in range(rounds):
        say(f"round {turn + 1} of {rounds}")
        counted.append((count(1), count(2)))
        for name in list(graders)[:: -1 if turn % 2 else 1]:
            taken, scores = one_pass(graders[name])
            passes[name].append(taken)
            expected = expected or scores
            if scores != expected:
                raise SystemExit(f"{name} gives other scores")
    return passes, counted


def efficiency(one: Sequence[float], two: Sequence[float], each: int = 2) -> float:
    """How much of two's processors went into getting on: 1 where two get twice as far as one.

    ``each`` is how much of what two have done in their time one has to do.
    """
    return median(a / (each * b) for a, b in zip(one, two, strict=True))


def table(
    passes: Mapping[str, list[Pass]], counted: Sequence[tuple[float, float]], size: int
) -> None:
    print("Grading, by the clock, once the processes are up (median of the rounds)")
    print(f"  {'':18}{'s in all':>9}{'ms each':>9}{'efficiency of 2':>17}")
    for name, taken in passes.items():
        seconds = [each.grading for each in taken]
        line = f"  {name:18}{median(seconds):9.2f}{1e3 * median(seconds) / size:9.1f}"
        if name.endswith("2"):
            one = [each.grading for each in passes[name.replace("2", "1")]]
            line += f"{efficiency(one, seconds):17.2f}"
        print(line)
    ones, twos = zip(*counted, strict=True)
    print(f"  only counting, with two{'':20}{efficiency(ones, twos, each=1):10.2f}")


def costs(course: Course, name: str, passes: Mapping[str, list[Pass]], size: int) -> None:
    students = course.students(name)
    everyone = [each for taken in passes.values() for each in taken]
    local, dask = passes["local 1"], passes["dask 1"]
    print("\nA submission costs (mean)")

    def row(value: float, what: str) -> None:
        print(f"  {value:9.3f}  {what}")

    def each(value: Callable[[Pass], float], among: Sequence[Pass] = everyone) -> float:
        return 1e3 * median(value(one) for one in among) / size

    row(each(lambda p: p.examined), "CPU ms of a worker: the student's code and the tests")
    row(each(lambda p: p.kept, local), "CPU ms of the starting process while it is graded locally")
    row(each(lambda p: p.kept, dask), "CPU ms of the starting process while it is graded on Dask")
    row(each(lambda p: p.written), "CPU ms of the starting process for the gradebook")
    row(each(lambda p: p.writing), "ms by the clock for the gradebook")
    handed_in = [read_folder(course.submitted / s / name, f"{name}.ipynb") for s in students]
    results = [result_path(course.root, name, s).stat().st_size for s in students]
    sanitised = [(course.sanitised / s / name / f"{name}.ipynb").stat().st_size for s in students]
    graded = [(course.autograded / s / name / f"{name}.ipynb").stat().st_size for s in students]
    sent = [len(pickle.dumps(Submission("", found, ""))) for found in handed_in]
    row(mean(sent) / 1e6, "MB sent to a worker")
    row((mean(results) + mean(sanitised)) / 1e6, "MB that come back")
    row(mean(found.size for found in handed_in) / 1e6, "MB on disk: what was handed in")
    row(mean(results) / 1e6, "MB on disk: the result")
    row((mean(sanitised) + mean(graded)) / 1e6, "MB on disk: the clean and the graded notebook")
    row((course.root / "gradebook.db").stat().st_size / 1e6 / size, "MB of gradebook")
    data = AssignmentData.read(course, name, options_of(course))
    package = pickle.dumps(Package.of(data, course.solutions / name))
    print(f"  {len(package) / 1e6:9.3f}  MB are sent to each of Dask's workers once")


def say(what: str) -> None:
    """Progress, on stderr."""
    print(f"\r\x1b[K{what}{' ...' if what else ''}", end="", file=sys.stderr, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--submissions", type=int, default=60, help="how many (default: 60)")
    parser.add_argument("--rounds", type=int, default=5, help="how often (default: 5)")
    parser.add_argument("--assignment", default="rnn")
    parser.add_argument("--solutions", type=Path, help="default: solutions/")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="made anew each time")
    args = parser.parse_args()

    say("making the class")
    shutil.rmtree(args.folder, ignore_errors=True)
    course = Course.at(args.folder / "course", args.solutions)
    release(course, args.assignment)
    found = submissions(bank_of(course, args.assignment), 2 * args.submissions)
    ordinary = [submission for submission in found if submission.kind == "ordinary"]
    hand_in(ordinary[: args.submissions], course.submitted, args.assignment)
    size = len(course.students(args.assignment))

    with ExitStack() as opened:
        graders = {}
        for workers in (1, 2):
            file = opened.enter_context(cluster(args.folder / f"dask-{workers}", workers))
            graders[f"local {workers}"] = Grader(course, args.assignment, workers=workers)
            graders[f"dask {workers}"] = Grader(course, args.assignment, scheduler=file)
        for name, grader in graders.items():
            say(f"starting the processes of {name}")
            opened.enter_context(grader)
            one_pass(grader)
        passes, counted = in_turn(graders, args.rounds)
    say("")
    cores = len(os.sched_getaffinity(0))
    print(f"{size} submissions of {args.assignment}, {args.rounds} rounds, {cores} processors\n")
    table(passes, counted, size)
    print("  The scores of all four are the same, submission by submission.")
    costs(course, args.assignment, passes, size)


if __name__ == "__main__":
    main()
