"""Run the tests of one part of the project, those that need no built book and no sandbox.

    python tools/check.py PART

PART is an assignment (rnn), a chapter (book/rnn), a room of the grader (grader/report: all of its
tests), the whole grader (grader), or the library (library).
"""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
QUICK = ["-m", "not sandbox and not browser and not book and not e2e and not slow"]


class UnknownPart(Exception):
    """There is no such part; its text says which there are."""


def selection(part: str) -> list[str]:
    """Return pytest's arguments for the tests of a part. Raises UnknownPart."""
    assignments = sorted(
        p.name for p in (ROOT / "solutions").iterdir() if (p / f"{p.name}.py").is_file()
    )
    chapters = sorted(p.name for p in (ROOT / "book").iterdir() if list(p.glob("*.md")))
    rooms = sorted(
        p.name for p in (ROOT / "tests" / "autograder").iterdir() if list(p.glob("test_*.py"))
    )
    kind, _, name = part.partition("/")
    if part in assignments:
        return ["tests/assignments", "-k", part, *QUICK]
    if kind == "book" and name in chapters:
        figures = sorted(ROOT.glob(f"tests/course_lib/test_plots_{name}_*.py"))
        sources = ["tests/book/test_book_rules.py", "tests/book/test_book_prose.py"]
        return [*sources, *map(str, figures), "-k", f"{name}/ or {name}_", *QUICK]
    if part == "grader":
        return ["tests/autograder", *QUICK]
    if kind == "grader" and name in rooms:
        return [f"tests/autograder/{name}"]
    if part == "library":
        return ["tests/course_lib"]
    known = [
        *assignments,
        *(f"book/{c}" for c in chapters),
        "grader",
        *(f"grader/{r}" for r in rooms),
        "library",
    ]
    raise UnknownPart(f"There is no part {part!r}. Parts: {', '.join(known)}")


if __name__ == "__main__":
    try:
        arguments = selection(sys.argv[1] if len(sys.argv) == 2 else "")
    except UnknownPart as error:
        sys.exit(str(error))
    # Run as a module, pytest finds our packages before folders of tests with their names.
    pytest = [sys.executable, "-m", "pytest", "-q", "-n", "2", "--dist", "worksteal"]
    sys.exit(subprocess.call([*pytest, *arguments], cwd=ROOT))
