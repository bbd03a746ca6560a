"""What of course_lib leaves the instructor: nothing that answers an exercise."""

import shutil
from pathlib import Path

COURSE_LIB = Path(__file__).resolve().parents[1] / "course_lib"
#: The visible checks as data, where they have been built.
CHECKS = COURSE_LIB.parent / "build" / "checks"
#: What students do not get: folders at the top of course_lib.
KEPT_BACK = ("reference",)
#: What comes with the lessons alone, files at the top of course_lib: differentiation, networks that
#: are ready to train, faults to hunt, and the way to a reader's own answers.
FOR_LESSONS = ("answers.py", "autograd.py", "models.py", "suspects.py", "training.py")
#: What neither comes with an assignment nor is there when it is graded.
NOT_IN_ASSIGNMENTS = (*KEPT_BACK, *FOR_LESSONS)


def student_edition(dest: Path, course_lib: Path = COURSE_LIB) -> Path:
    """Copy what comes with an assignment to the new folder ``dest / "course_lib"``.

    Returns:
        The path of that folder.
    """
    return _copy(course_lib, dest / "course_lib", NOT_IN_ASSIGNMENTS)


def lessons_edition(dest: Path, course_lib: Path = COURSE_LIB) -> Path:
    """Copy what comes with the lessons to the new folder ``dest / "course_lib"``.

    The visible checks that have been built come with it, as lessons and assignments may share a
    folder.

    Returns:
        The path of that folder.
    """
    copied = _copy(course_lib, dest / "course_lib", KEPT_BACK)
    if (copied / "checks").is_dir():
        for path in CHECKS.glob("*.json"):
            shutil.copy(path, copied / "checks")
    return copied


def _copy(course_lib: Path, target: Path, without: tuple[str, ...]) -> Path:
    def left_out(folder: str, names: list[str]) -> set[str]:
        here = without if Path(folder) == course_lib else ()
        return {name for name in names if name in ("__pycache__", *here)}

    shutil.copytree(course_lib, target, ignore=left_out)
    return target
