"""The hidden tests of an assignment, from its folder."""

from pathlib import Path
from types import ModuleType

from autograder.testing.bank import load_module
from autograder.testing.exercises import Exercises


def is_assignment(folder: Path) -> bool:
    """Whether a folder holds hidden tests."""
    return (folder / "exercises" / "__init__.py").is_file() or (folder / "hidden.py").is_file()


def load_tests(folder: Path) -> Exercises | ModuleType:
    """What a notebook's test cells know as `hidden`: its exercises, or a module of functions.

    Raises FileNotFoundError without any tests.
    """
    if (folder / "exercises").is_dir():
        return Exercises(folder)
    return load_module(folder / "hidden.py")
