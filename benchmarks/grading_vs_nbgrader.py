"""Grading a class with ours, with nbgrader as it comes, and with Otter: the same submissions.

    python benchmarks/grading_vs_nbgrader.py [--submissions 60] [--seconds 10]

All three run the same hidden tests; nbgrader and Otter run them inside the student's kernel, ours
in another process than the student's code, which sits in a sandbox. Each grades one submission
after the other. Processor time is counted by the kernel over the whole tree of processes. The class
is made from the bank of known answers; the few that never end are timed apart, because their time
is the time limit's, not the grader's. Otter has no time limit, and does not get those.
"""

import argparse
import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"  # before NumPy is loaded

from grading import otter_side, ours, plain_nbgrader  # noqa: E402
from grading.floor import floor  # noqa: E402
from grading.parts import parts  # noqa: E402
from grading.processes import Used, run  # noqa: E402
from grading.submissions import Submission, bank_of, hand_in, submissions  # noqa: E402

from autograder.course import REPOSITORY, Course  # noqa: E402
from autograder.options import Options  # noqa: E402
from autograder.release import release  # noqa: E402
from autograder.scheduling.grade import processors  # noqa: E402

FOLDER = REPOSITORY / "build" / "bench-grading"
ROUNDS = 3
GOAL = 25

Points = Mapping[str, float | None]


@dataclass(frozen=True)
class Timed:
    """What one grader used: for a single submission, for the class, and for those that hang."""

    name: str
    one: Used
    all: Used
    count: int
    hanging: Used | None = None

    @property
    def each(self) -> float:
        """Processor seconds a submission, everything included."""
        return self.all.cpu_seconds / self.count

    @property
    def marginal(self) -> float:
        """Processor seconds that one more submission costs."""
        return (self.all.cpu_seconds - self.one.cpu_seconds) / (self.count - 1)

    @property
    def fixed(self) -> float:
        """Processor seconds that a run costs however many submissions there are."""
        return self.one.cpu_seconds - self.marginal


class Bench:
    """One class, handed in to each grader."""

    def __init__(self, name: str, solutions: Path | None, folder: Path, count: int, limit: int):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        self.name, self.folder, self.limit = name, folder, limit
        self.log = folder / "log.txt"
        self.env = plain_nbgrader.environment(os.environ)
        self.course = Course.at(folder / "ours", solutions)
        release(self.course, name)
        found = submissions(bank_of(self.course, name), count)
        self.ending = [s for s in found if s.kind != "hang"]
        self.hanging = [s for s in found if s.kind == "hang"]
        self.plain = folder / "nbgrader"
        plain_nbgrader.make(self.course, name, self.plain, limit)

    def nbgrader(self) -> Timed:
        self._nbgrader("generate_assignment", self.name)
        hand_in(self.ending, self.plain / "submitted", self.name)
        first = self.ending[0].student
        one = self._nbgrader("autograde", self.name, f"--student={first}")
        whole = self._nbgrader("autograde", self.name, "--force")
        hand_in(self.hanging, self.plain / "submitted", self.name)
        hanging = self._nbgrader("autograde", self.name, "--student=hang-*")
        return Timed("nbgrader", one, whole, len(self.ending), hanging)

    def _nbgrader(self, *words: str) -> Used:
        return run(plain_nbgrader.command(*words), self.log, self.env, self.plain)

    def ours(self) -> Timed:
        hand_in(self.ending, self.course.submitted, self.name)
        one = self._ours([self.ending[0].student])
        rounds = [self._ours(force=True) for _ in range(ROUNDS)]
        whole = sorted(rounds, key=lambda used: used.cpu_seconds)[ROUNDS // 2]
        hand_in(self.hanging, self.course.submitted, self.name)
        hanging = self._ours([s.student for s in self.hanging])
        return Timed("ours", one, whole, len(self.ending), hanging)

    def _ours(self, students: Sequence[str] = (), force: bool = False) -> Used:
        command = ours.command(self.course, self.name, self.limit, students)
        used = run([*command, *["--force"] * force], self.log, self.env)
        if used.status:
            raise SystemExit(f"ours failed: see {self.log}")
        return used

    def otter(self, environment: Path) -> Timed:
        """Raises otter_side.NotToBeHad."""
        python = otter_side.environment(environment)
        root = self.folder / "otter"
        archive = otter_side.make(self.course, self.name, root, python)
        hand_in(self.ending, root / "submitted", self.name)
        env = {
            **self.env,
            "PATH": f"{python.parent}:{os.environ.get('PATH', '')}",
            "PYTHONPATH": str(REPOSITORY),
        }
        notebooks = [self._otter_notebook(s) for s in self.ending]
        one = run(otter_side.command(python, archive, notebooks[:1]), self.log, env, root)
        whole = run(otter_side.command(python, archive, notebooks), self.log, env, root)
        return Timed("Otter", one, whole, len(self.ending))

    def _otter_notebook(self, submission: Submission) -> Path:
        place = self.folder / "otter" / "submitted" / submission.student
        return place / self.name / f"{self.name}.ipynb"

    def otter_grades(self) -> dict[str, Points]:
        return {s.student: otter_side.grades(self._otter_notebook(s)) for s in self.ending}


def disagreements(
    students: Sequence[str], mine: Mapping[str, Points], other: Mapping[str, Points]
) -> list[str]:
    """Where two graders gave different points, a line each."""
    lines = []
    for student in students:
        here, there = mine.get(student, {}), other.get(student, {})
        for cell in sorted({*here, *there}):
            if here.get(cell) != there.get(cell):
                lines.append(f"{student}, {cell}: ours {here.get(cell)}, {there.get(cell)}")
    return lines


def total(points: Points) -> str:
    """The sum, or that there is none."""
    given = [value for value in points.values() if value is not None]
    return f"{sum(given):.2f}" if given else "no grade"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--submissions", type=int, default=60, help="how many in all (default: 60)")
    parser.add_argument(
        "--seconds", type=int, default=10, help="limit of a cell and of a call (default: 10)"
    )
    parser.add_argument("--assignment", default="rnn")
    parser.add_argument("--solutions", type=Path, help="default: solutions/")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="made anew each time")
    parser.add_argument(
        "--otter",
        type=Path,
        default=REPOSITORY / "build" / "otter",
        help="folder of Otter's environment, made where it is not there",
    )
    parser.add_argument("--without-otter", action="store_true")
    args = parser.parse_args()

    say(f"making a class of {args.submissions}")
    bench = Bench(args.assignment, args.solutions, args.folder, args.submissions, args.seconds)
    crashes = sum(s.kind == "crash" for s in bench.ending)
    print(
        f"{len(bench.ending) - crashes} submissions that are right or mistaken, {crashes} that end "
        f"Python, {len(bench.hanging)} that never end; limit {args.seconds} s; "
        f"{processors()} processors\n"
    )
    say(f"ours, {ROUNDS} times")
    timed = [bench.ours()]
    say("nbgrader (some three seconds each)")
    timed.append(bench.nbgrader())
    if not args.without_otter:
        try:
            say("Otter (its environment takes minutes the first time)")
            timed.append(bench.otter(args.otter))
        except otter_side.NotToBeHad as error:
            print(f"Without Otter, which cannot be had here: {error}\n")
    say("where our time goes")
    ordinary = [s.student for s in bench.ending if s.kind == "ordinary"]
    limits = Options(cell_seconds=args.seconds, call_seconds=args.seconds)
    where = parts(bench.course, bench.name, limits, ordinary)
    least = floor(bench.course, bench.name, ordinary)
    say("")

    table(timed)
    agreement(bench, timed, ordinary)
    apart(bench, timed)
    profile(timed[0], where, least)
    mine, nbgrader = timed[:2]
    print(f"\nCPU: nbgrader {nbgrader.each / mine.each:.1f}x ours")


def say(what: str) -> None:
    """Progress, on stderr."""
    print(f"\r\x1b[K{what}{' ...' if what else ''}", end="", file=sys.stderr, flush=True)


def table(timed: Sequence[Timed]) -> None:
    mine = timed[0]
    print("CPU and wall seconds a submission, everything included; hanging ones apart (below)")
    head = ("", "CPU s", "x ours", "wall s", "x ours", "marginal", "fixed", "peak MB (PSS)")
    print("{:10}{:>8}{:>8}{:>9}{:>8}{:>10}{:>8}{:>15}".format(*head))
    for each in timed:
        wall = each.all.wall_seconds / each.count
        print(
            f"{each.name:10}{each.each:8.3f}{each.each / mine.each:8.1f}{wall:9.3f}"
            f"{wall / (mine.all.wall_seconds / mine.count):8.1f}{each.marginal:10.3f}"
            f"{each.fixed:8.2f}{each.all.peak_mb:15.0f}"
        )
    print(
        "marginal: CPU s that one more submission costs; fixed: CPU s of a run, however many there "
        "are.\nThree counts of the CPU seconds of the class (the kernel's, by wait4, seen in "
        "/proc; the first is used):"
    )
    for each in timed:
        used = each.all
        counted = "-" if used.counted is None else f"{used.counted:.1f}"
        print(f"  {each.name:10}{counted:>8}{used.waited_for:8.1f}{used.seen:8.1f}")


def agreement(bench: Bench, timed: Sequence[Timed], ordinary: Sequence[str]) -> None:
    mine = plain_nbgrader.grades(bench.course.root, bench.name)
    others = {"nbgrader": plain_nbgrader.grades(bench.plain, bench.name)}
    if len(timed) > 2:
        others["Otter"] = bench.otter_grades()
    print()
    for name, grades in others.items():
        differing = disagreements(ordinary, mine, grades)
        scores = sum(len(mine[student]) for student in ordinary)
        print(
            f"Scores of the {len(ordinary)} that end by themselves, ours and {name}'s: "
            f"{scores - len(differing)} of {scores} agree"
        )
        for line in differing:
            print(f"  {line}")


def apart(bench: Bench, timed: Sequence[Timed]) -> None:
    mine = plain_nbgrader.grades(bench.course.root, bench.name)
    theirs = plain_nbgrader.grades(bench.plain, bench.name)
    otters = bench.otter_grades() if len(timed) > 2 else {}
    print("\nWhat became of those that end Python or never end (points)")
    print(f"  {'':24}{'ours':>10}{'nbgrader':>10}{'Otter':>10}  ours logged")
    for submission in (*bench.ending, *bench.hanging):
        if submission.kind == "ordinary":
            continue
        student = submission.student
        otter = total(otters[student]) if student in otters else "-"
        print(
            f"  {student:24}{total(mine.get(student, {})):>10}{total(theirs.get(student, {})):>10}"
            f"{otter:>10}  {ours.note(bench.course, bench.name, student)[:90]}"
        )
    print("CPU and wall seconds for each that never ends:")
    for each in timed:
        if each.hanging is not None:
            used, count = each.hanging, len(bench.hanging)
            print(
                f"  {each.name:10}{used.cpu_seconds / count:8.1f}{used.wall_seconds / count:8.1f}"
            )
    together = [
        (t.all.cpu_seconds + t.hanging.cpu_seconds) / (t.count + len(bench.hanging))
        for t in timed
        if t.hanging is not None
    ]
    print(f"With these counted in, nbgrader takes {together[1] / together[0]:.1f} times our CPU.")


def profile(mine: Timed, where: Mapping[str, float], least: float) -> None:
    print("\nWhere our CPU time goes, ms a submission")
    rest = mine.marginal - sum(where.values())
    fixed = mine.fixed / mine.count
    rows = {
        **where,
        "the rest: crashes, first meetings with a mistake, progress": rest,
        "fixed: starting, imports": fixed,
    }
    for name, seconds in sorted(rows.items(), key=lambda row: -row[1]):
        print(f"  {1e3 * seconds:8.1f}  {name}")
    print(f"  {1e3 * mine.each:8.1f}  in all")
    print(
        f"The floor: {1e3 * least:.1f} ms, for the same students' code and tests in one process, "
        "with no sandbox,\nno copies between processes, no notebooks and no gradebook."
    )


if __name__ == "__main__":
    main()
