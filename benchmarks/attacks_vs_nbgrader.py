"""The hostile submissions of tests/hostile, graded by nbgrader as it comes and by ours.

Each is graded with an honest submission behind it. It has

- gained, if an exercise that it does not solve has points, or any has more than it is worth;
- leaked, if what its student gets holds the hidden tests' inputs, what they expect, a key from the
  environment or another's file, or if it says that it reached what it must not;
- harmed, if the honest one is not graded right, the run does not end by itself with every
  submission graded, or a file is changed that is not its own.

nbgrader runs each in a throwaway container (bubblewrap, without network), so that what it does not
hold off does no harm here. A few are left out all the same: see UNSAFE and AT_OURS.
"""

import argparse
import json
import os
import re
import resource
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue

HERE = Path(__file__).resolve().parent
TESTS = HERE.parent / "tests"
sys.path += [str(HERE), str(TESTS / "hostile"), str(TESTS / "autograder")]

import nbformat  # noqa: E402
from attacks import KINDS  # noqa: E402
from attacks.attack import WRONG, Attack  # noqa: E402
from attacks.collected import TRICKS, Trick  # noqa: E402
from grading import plain_nbgrader  # noqa: E402
from lab import CANARY, HIDDEN, POINTS, SECRET_INPUTS, source, submission  # noqa: E402
from lab_course import NAME, as_id, hand_in, released_course  # noqa: E402
from nbformat import NotebookNode  # noqa: E402
from test_attacks import DONE, EXPECTED, HONEST, hostile, shown  # noqa: E402
from test_class import Class, outside  # noqa: E402

from autograder.course import REPOSITORY, Course  # noqa: E402
from autograder.gradebook.grades import read_grades  # noqa: E402
from autograder.options import Options  # noqa: E402
from autograder.scheduling.grade import grade  # noqa: E402

COLLECTED = "tricks with what is collected"
#: What a container does not hold off from the machine that it runs on.
UNSAFE = ("fork bomb", "thread bomb")
#: Aimed at processes that nbgrader does not have.
AT_OURS = "reaching for the neighbours"
HONEST_STUDENT = "zz-honest"
CELL_SECONDS, RUN_SECONDS = 10, 120
MEMORY, LARGEST_FILE, DISK = 8 * 2**30, 2**30, 2**28
_COUNTS = ("gained", "leaked", "harmed")
_CONFIG = """\
c = get_config()
c.CourseDirectory.root = {root!r}
c.ExecutePreprocessor.timeout = {seconds}
c.Execute.timeout = {seconds}
"""
_TEST = """\
### BEGIN HIDDEN TESTS
import sys
sys.path[:0] = [{repository!r}, {folder!r}]
import hidden
from autograder.testing import as_student
round(hidden.{call}.fraction * {points}, 2)
### END HIDDEN TESTS"""

Player = Attack | Trick
Points = dict[str, float | None]


@dataclass(frozen=True)
class Verdict:
    """What one submission has brought about."""

    gained: bool
    leaked: bool
    harmed: bool

    def __str__(self) -> str:
        return ", ".join(word for word in _COUNTS if getattr(self, word)) or "nothing"


def players(only: str) -> dict[str, list[Player]]:
    """The submissions by kind that nbgrader can be tried with, and that match ``only``."""
    kinds: dict[str, list[Player]] = {kind: list(found) for kind, found in KINDS.items()}
    kinds[COLLECTED] = list(TRICKS)
    del kinds[AT_OURS]
    chosen = {
        kind: [p for p in found if _fits(p) and re.search(only, f"{kind}: {p.name}")]
        for kind, found in kinds.items()
    }
    return {kind: found for kind, found in chosen.items() if found}


def _fits(player: Player) -> bool:
    text = repr(player)
    return player.name not in UNSAFE and "channel" not in text and "autograder." not in text


def verdict(
    player: Player, own: Points | None, honest: Points | None, page: str, trouble: bool
) -> Verdict:
    """``own`` and ``honest`` are None where there is no grade; ``page`` is what a student gets."""
    earned = {name: points or 0.0 for name, points in (own or {}).items()}
    gained = any(points > HONEST.get(name, 0.0) for name, points in earned.items())
    text = json.dumps([player.double, *player.first]) if isinstance(player, Attack) else ""
    secrets = {secret for secret in (CANARY, *SECRET_INPUTS, *EXPECTED) if secret not in text}
    leaked = any(secret in page for secret in (*secrets, *DONE))
    wronged = honest is None or any(honest.get(name) != POINTS[name] for name in POINTS)
    return Verdict(gained, leaked, own is None or wronged or trouble)


def outputs(course: Course, student: str) -> str:
    """What a graded notebook shows, but for the cells' sources; "" where there is none."""
    try:
        path = course.autograded / student / NAME / f"{NAME}.ipynb"
        return shown(nbformat.read(path, as_version=4))
    except (OSError, ValueError):
        return ""


# --- nbgrader as it comes


class Plain:
    """A course of nbgrader's, made once, and copied to the same place for each submission."""

    def __init__(self, place: Path) -> None:
        self._place = place
        self._made = place.with_name(f"{place.name}-made")
        _make(place)
        place.rename(self._made)

    def verdict(self, player: Player, server: socket.socket) -> Verdict:
        """Grade it, with an honest one behind it."""
        shutil.copytree(self._made, self._place)
        try:
            return _graded(player, self._place, server)
        finally:
            shutil.rmtree(self._place)


def _make(place: Path) -> None:
    folder, root = place / "solutions" / NAME, place / "course"
    for made in (folder, root / "source" / NAME, place / "places"):
        made.mkdir(parents=True)
    (folder / "hidden.py").write_text(HIDDEN)
    (place / "places" / "secret.txt").write_text(CANARY)
    (root / "nbgrader_config.py").write_text(_CONFIG.format(root=str(root), seconds=CELL_SECONDS))
    nbformat.write(_notebook(folder), root / "source" / NAME / f"{NAME}.ipynb")
    status = _contained(place, plain_nbgrader.command("generate_assignment", NAME), 300)
    assert status == 0, (place / "log").read_text()


def _notebook(folder: Path) -> NotebookNode:
    """The assignment with tests that run where the student's code does."""
    notebook = source()
    for cell in notebook.cells:
        data = cell.metadata.get("nbgrader", {})
        if data.get("grade_id", "").endswith("-test"):
            name = data["grade_id"].removesuffix("-test")
            arguments = f'grade("{name}", as_student({name}))'
            cell.source = _TEST.format(
                repository=str(REPOSITORY),
                folder=str(folder),
                call="grade_data(weights)" if name == "weights" else arguments,
                points=data["points"],
            )
    return notebook


def _graded(player: Player, place: Path, server: socket.socket) -> Verdict:
    course = Course(place / "course", place / "solutions")
    student = f"aa-{as_id(player.name)}"
    hand_in(course, HONEST_STUDENT, submission())
    if isinstance(player, Trick):
        other = course.submitted / HONEST_STUDENT / NAME
        player.put(course.submitted / student / NAME, submission({"double-answer": WRONG}), other)
    else:
        hand_in(course, student, hostile(player, place / "places", server))
    watched = (place / "solutions", place / "places", course.submitted / HONEST_STUDENT)
    before = [_content(folder) for folder in watched]
    status = _contained(place, plain_nbgrader.command("autograde", NAME), RUN_SECONDS)
    trouble = status is None or [_content(folder) for folder in watched] != before
    try:
        found = plain_nbgrader.grades(course.root, NAME)
    except Exception:  # the gradebook itself is gone
        found = {}
    page = outputs(course, student)
    own = found.get(student) if page else None
    return verdict(player, own, found.get(HONEST_STUDENT), page, trouble)


def _content(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def _contained(place: Path, command: Iterable[str], seconds: float) -> int | None:
    """Run a command in a container that may write to ``place`` only; None where time was up."""
    walls = ["bwrap", "--unshare-all", "--die-with-parent", "--new-session", "--ro-bind", "/", "/"]
    walls += ["--dev", "/dev", "--remount-ro", "/dev", "--proc", "/proc"]
    walls += ["--size", str(DISK), "--tmpfs", "/tmp", "--bind", str(place), str(place)]
    environment = plain_nbgrader.environment(os.environ) | {"HOME": str(place)}

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_FSIZE, (LARGEST_FILE, LARGEST_FILE))

    with (place / "log").open("ab") as log:
        try:
            return subprocess.run(
                [*walls, "--chdir", str(place / "course"), *command],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                timeout=seconds,
                preexec_fn=limit,
                check=False,
            ).returncode
        except subprocess.TimeoutExpired:
            return None


# --- ours


def by_ours(found: Iterable[Player], place: Path, server: socket.socket) -> dict[str, Verdict]:
    """All of them in one class, an honest one behind each; by name."""
    everybody = Class(released_course(place))
    everybody.add_honest()
    for player in found:
        if isinstance(player, Trick):
            everybody.add_trick(player)
        else:
            everybody.add_attack(player, server)
        everybody.add_honest()
    course = everybody.course
    before = outside(course)
    limits = Options(cell_seconds=CELL_SECONDS, call_seconds=2.0, failures=1)
    problems = {o.student: bool(o.problem) for o in grade(course, NAME, limits, workers=2)}
    changed = outside(course) != before
    points: dict[str, Points] = {
        student: {name: p.auto for name, p in grades.points.items() if name in POINTS}
        for student, grades in read_grades(course, NAME).items()
    }
    order = sorted(problems)
    made: dict[str, Player] = {**everybody.attacks, **everybody.tricks}
    verdicts = {}
    for student, player in made.items():
        behind = order[order.index(student) + 1]
        own, honest, page = points.get(student), points.get(behind), outputs(course, student)
        trouble = changed or problems[student] or problems[behind]
        verdicts[player.name] = verdict(player, own, honest, page, trouble)
    return verdicts


def table(rows: dict[str, list[tuple[str, Verdict, Verdict]]]) -> Iterator[str]:
    """Counts by kind, and below them each that got something from either."""
    yield f"{'':34}{'':>5}{'nbgrader':^27}{'ours':^27}"
    yield f"{'kind':34}{'':>5}" + 2 * "".join(f"{word:>9}" for word in _COUNTS)
    every = [row for found in rows.values() for row in found]
    for kind, found in {**rows, "all": every}.items():
        numbers = [sum(getattr(row[side], word) for row in found) for side in (1, 2)
                   for word in _COUNTS]  # fmt: skip
        yield f"{kind:34}{len(found):>5}" + "".join(f"{number:>9}" for number in numbers)
    for name, plain, ours in every:
        if {str(plain), str(ours)} != {"nothing"}:
            yield f"{name}: nbgrader {plain}; ours {ours}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--only", default="", help="a pattern for 'kind: name'")
    parser.add_argument("--jobs", type=int, default=2, help="how many at once, for nbgrader")
    options = parser.parse_args()
    os.environ["GRADER_KEY"] = CANARY
    kinds = players(options.only)
    everyone = [player for found in kinds.values() for player in found]
    with (
        tempfile.TemporaryDirectory(dir=Path.home()) as folder,
        socket.create_server(("127.0.0.1", 0)) as server,
        ThreadPoolExecutor(options.jobs) as pool,
    ):
        ours = by_ours(everyone, Path(folder) / "ours", server)
        free: SimpleQueue[Plain] = SimpleQueue()
        for number in range(options.jobs):
            free.put(Plain(Path(folder) / f"nbgrader-{number}"))

        def by_nbgrader(player: Player) -> Verdict:
            course = free.get()
            try:
                found = course.verdict(player, server)
            finally:
                free.put(course)
            print(f"{player.name}: {found}", file=sys.stderr, flush=True)
            return found

        verdicts = list(pool.map(by_nbgrader, everyone))
    theirs = {player.name: found for player, found in zip(everyone, verdicts, strict=True)}
    rows = {
        kind: [(p.name, theirs[p.name], ours[p.name]) for p in found]
        for kind, found in kinds.items()
    }
    print("\n".join(table(rows)))


if __name__ == "__main__":
    main()
