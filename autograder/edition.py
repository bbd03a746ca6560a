"""The student edition of course_lib: all of it but the answers."""

import shutil
from pathlib import Path

COURSE_LIB = Path(__file__).resolve().parents[1] / "course_lib"
#: What students do not get: folders at the top of course_lib.
KEPT_BACK = ("reference",)


def student_edition(dest: Path, course_lib: Path = COURSE_LIB) -> Path:
    """Copy the student edition to the new folder ``dest / "course_lib"``; returns that path."""
    target = dest / "course_lib"

    def left_out(folder: str, names: list[str]) -> set[str]:
        kept_back = KEPT_BACK if Path(folder) == course_lib else ()
        return {name for name in names if name in ("__pycache__", *kept_back)}

    shutil.copytree(course_lib, target, ignore=left_out)
    return target
