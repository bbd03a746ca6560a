"""What students get beside the notebook, so that it works, and can be checked, on any Jupyter."""

import shutil
import sys
from collections.abc import Iterable
from pathlib import Path

from autograder.course import REPOSITORY
from autograder.dependencies.modules import imported
from autograder.edition import student_edition
from autograder.release.checks import write_checks
from course_lib.checks.newer_syntax import MARKED_WITH

#: Optional for students: the notebooks work without them.
_NOT_FOR_STUDENTS = frozenset({"torch"})

_README = """\
Assignment: {name}

Start
  1. Python 3.11 or newer. In this folder:  python -m pip install -r requirements.txt
  2. jupyter lab {name}.ipynb
  Or upload the whole folder to any Jupyter; course_lib must lie beside the notebook.

Work
  Write your code where the notebook says YOUR CODE HERE. The cells named "check" below each
  exercise tell you at once what is wrong. Cells may be added, but not deleted or copied.
  Where nbgrader is installed, this runs all checks from the beginning, in this folder:
      nbgrader validate {name}.ipynb

Hand in
  Restart the kernel, run all cells, save, and hand in {name}.ipynb alone, under that name.
  It is marked with Python {python}. Syntax that came with later versions is not valid there, such
  as f-strings with their own quotes inside, `type X = ...` and `def f[T](x)`.
"""

_NBGRADER_CONFIG = """\
# For `nbgrader validate`: the checks below the exercises count, and their messages are shown whole.
c = get_config()
c.Validator.validate_all = True
c.Validator.width = 300
"""


def complete(folder: Path, solutions: Path) -> None:
    """Put into the folder of a released notebook what belongs beside it.

    ``solutions`` is the folder of the assignment, by whose name the notebook goes.
    """
    name = solutions.name
    shutil.rmtree(folder / "course_lib", ignore_errors=True)
    edition = student_edition(folder)
    write_checks(solutions, edition / "checks")
    python = "{}.{}".format(*sys.version_info)
    (edition / "checks" / MARKED_WITH.name).write_text(f"{python}\n", encoding="utf-8")
    for other in {path.name for path in (REPOSITORY / "solutions").iterdir()} - {name}:
        (edition / "checks" / f"{other}.py").unlink(missing_ok=True)
    sources = sorted(edition.rglob("*.py"))
    texts = {
        "README.txt": _README.format(name=name, python=python),
        "requirements.txt": "\n".join(requirements(sources, without=_NOT_FOR_STUDENTS)) + "\n",
        "nbgrader_config.py": _NBGRADER_CONFIG,
    }
    for file, text in texts.items():
        (folder / file).write_text(text, encoding="utf-8")


def contents(folder: Path) -> dict[str, Path]:
    """The files in a folder that is handed out: name in it -> file."""
    return {
        path.relative_to(folder).as_posix(): path
        for path in sorted(folder.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    }


def requirements(sources: Iterable[Path], without: frozenset[str] = frozenset()) -> list[str]:
    """The pinned packages that the handed-out code imports, and JupyterLab to work in.

    Args:
        sources: the files of that code.
        without: packages that are optional for it.
    """
    texts = [path.read_text(encoding="utf-8") for path in sources]
    modules = {module for text in texts for module in imported(text)}
    wanted = (modules | {"jupyterlab"}) - without
    return [pin for package, pin in _pins() if package in wanted]


def _pins() -> list[tuple[str, str]]:
    """The packages of requirements.txt: their names, and the lines that pin them."""
    found = []
    for line in (REPOSITORY / "requirements.txt").read_text(encoding="utf-8").splitlines():
        pin = line.split("#")[0].strip()
        if pin:
            found.append((pin.split("==")[0].lower(), pin))
    return found
