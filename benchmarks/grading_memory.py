"""The one process that writes the gradebook: its memory for ever more students, and its speed.

    python benchmarks/grading_memory.py [--students 100 2000] [--plain 10 40]

Every student's result is stored already, so that nothing but the writing is left to `grade`. Each
figure is of a process of its own: the peak of its resident memory, and its processor time; what one
more student costs is the difference of the two runs by the number of students between. nbgrader
writes the same notebooks with its own `autograde`, without the step that would run them.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"  # before NumPy is loaded

from autograder.course import REPOSITORY, Course  # noqa: E402
from autograder.demo.hand_in import make_class  # noqa: E402
from autograder.gradebook.grades import read_grades  # noqa: E402
from autograder.nbgrader_log import nbgrader_logged  # noqa: E402
from autograder.release import release  # noqa: E402
from autograder.scheduling.grade import grade  # noqa: E402

NAME = "rnn"
FOLDER = REPOSITORY / "build" / "bench-memory"
MODELS = 6
FLAT = 1.1


@dataclass(frozen=True)
class Used:
    """What a process used to write down so many students."""

    students: int
    cpu_seconds: float
    peak_mib: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--students", type=int, nargs=2, default=[100, 2000], metavar=("A", "B"))
    parser.add_argument("--plain", type=int, nargs=2, default=[10, 40], metavar=("A", "B"))
    parser.add_argument("--within", nargs=3, metavar=("WHO", "COURSE", "STUDENTS"))
    chosen = parser.parse_args()
    if chosen.within:
        who, root, students = chosen.within
        write(who, Course.at(Path(root)), int(students))
        return
    shutil.rmtree(FOLDER, ignore_errors=True)
    try:
        model = a_graded_class(FOLDER / "model")
        ours = [measured("ours", model, students) for students in chosen.students]
        plain = [measured("nbgrader", model, students) for students in chosen.plain]
    finally:
        shutil.rmtree(FOLDER, ignore_errors=True)
    show(ours, plain)


def a_graded_class(root: Path) -> Course:
    """A few students, graded, whose files the others will have."""
    course = Course.at(root)
    release(course, NAME)
    make_class(course, NAME, MODELS)
    grade(course, NAME)
    return course


def measured(who: str, model: Course, students: int) -> Used:
    """Let a process of its own write down a class made of copies."""
    course = Course.at(FOLDER / f"{who}-{students}")
    copies(model, course, students)
    run = subprocess.run(
        [sys.executable, __file__, "--within", who, str(course.root), str(students)],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    shutil.rmtree(course.root)
    used = Used(**json.loads(run.stdout.splitlines()[-1]))
    print(
        f"{who:8}  {used.students:5} students  {used.peak_mib:6.1f} MiB at most  "
        f"{used.cpu_seconds:6.1f} CPU s",
        flush=True,
    )
    return used


def copies(model: Course, course: Course, students: int) -> None:
    """Students whose submissions, clean notebooks and results are those of the model class."""
    for folder in (model.source, model.release):
        shutil.copytree(folder, course.root / folder.name)
    course.prepare()
    with nbgrader_logged(course.log):
        release(course, NAME, force=True)
    likes = model.students(NAME)
    (course.results / NAME).mkdir(parents=True)
    for i in range(students):
        student, like = f"student-{i:05}", likes[i % len(likes)]
        about, _, rest = (model.results / NAME / f"{like}.json").read_text().partition("\n")
        mine = about.replace(f'"{like}"', f'"{student}"') + "\n" + rest
        (course.results / NAME / f"{student}.json").write_text(mine)
        for old, new in ((model.submitted, course.submitted), (model.sanitised, course.sanitised)):
            shutil.copytree(old / like, new / student, copy_function=os.link)


def write(who: str, course: Course, students: int) -> None:
    """Write them down in this process, and print what that used.

    Raises:
        RuntimeError: if a student was not written down, or was graded anew.
    """
    began = time.process_time()
    if who == "ours":
        outcomes = grade(course, NAME, workers=1)
        if not all(o.done and o.done.reused and o.grades for o in outcomes):
            raise RuntimeError("somebody was graded, or is not in the gradebook")
    else:
        write_as_nbgrader(course)
    used = Used(students, time.process_time() - began, peak_mib())
    if len(read_grades(course, NAME)) != students:
        raise RuntimeError("somebody is not in the gradebook")
    print(json.dumps(vars(used)))


def write_as_nbgrader(course: Course) -> None:
    """nbgrader's own steps, as they come, but for the one that runs the notebook."""
    from nbgrader.converters import Autograde
    from nbgrader.preprocessors import Execute

    config = course.config()
    config.CourseDirectory.submitted_directory = course.sanitised.name
    config.Autograde.sanitize_preprocessors = Autograde.sanitize_preprocessors.default()
    steps = Autograde.autograde_preprocessors.default()
    config.Autograde.autograde_preprocessors = [step for step in steps if step is not Execute]
    with nbgrader_logged(course.log):
        Autograde(coursedir=course.directory(NAME, config=config), config=config).start()


def peak_mib() -> float:
    """The most memory that this process has had resident."""
    status = Path("/proc/self/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) / 1024


def each_ms(runs: Sequence[Used]) -> float:
    """Processor milliseconds that one more student costs."""
    few, many = runs
    return 1000 * (many.cpu_seconds - few.cpu_seconds) / (many.students - few.students)


def show(ours: Sequence[Used], plain: Sequence[Used]) -> None:
    few, many = ours
    growth = many.peak_mib / few.peak_mib
    print(
        f"\nMemory: {many.peak_mib:.1f} MiB for {many.students} students, {growth:.2f} times the "
        f"{few.peak_mib:.1f} MiB for {few.students}: "
        f"{'flat' if growth <= FLAT else f'NOT FLAT (at most {FLAT} times)'}"
    )
    print(f"Writing: {each_ms(ours):.1f} CPU ms a student, nbgrader {each_ms(plain):.1f}")
    print(f"Writing: nbgrader {each_ms(plain) / each_ms(ours):.1f}x ours")


if __name__ == "__main__":
    main()
