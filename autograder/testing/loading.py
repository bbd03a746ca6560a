"""The hidden tests and the known answers of an assignment, from its folder."""

from pathlib import Path
from types import ModuleType

from autograder.testing.bank import Entry, load_bank, load_module
from autograder.testing.exercises import Exercises


def is_assignment(folder: Path) -> bool:
    """Whether a folder holds hidden tests."""
    return (folder / "exercises" / "__init__.py").is_file() or (folder / "hidden.py").is_file()


def load_tests(folder: Path) -> Exercises | ModuleType:
    """What a notebook's test cells know as `hidden`. Raises FileNotFoundError without any tests."""
    if (folder / "exercises").is_dir():
        return Exercises(folder)
    return load_module(folder / "hidden.py")


def known_answers(folder: Path) -> tuple[list[Entry], list[Entry]]:
    """The known mistakes of an assignment, and its right answers written in other ways."""
    if (folder / "exercises").is_dir():
        exercises = Exercises(folder)
        return exercises.mistakes, exercises.alternatives
    files = (folder / "mistakes.py", folder / "alternatives.py")
    mistakes, alternatives = (load_bank(path) if path.is_file() else [] for path in files)
    return mistakes, alternatives
