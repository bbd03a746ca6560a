"""The bank: known mistakes, each with its hint, and right answers written in other ways."""

import ast
import importlib.util
import textwrap
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any


@dataclass(frozen=True)
class Entry:
    """A known answer to an exercise: a wrong one with its hint, or a right one written another way.

    ``belief`` says what the student thinks, for the instructor. A mistake may be written in several
    ways, ``spelling`` counts them. ``source`` is the code as a student would hand it in, ``unseen``
    says why the visible check lets it through, if it does.
    """

    exercise: str
    name: str
    function: Callable[..., Any]
    belief: str
    hint: str | None = None
    source: str = ""
    spelling: int = 1
    unseen: str = ""

    @property
    def label(self) -> str:
        """A name that no other entry has."""
        return self.name if self.spelling == 1 else f"{self.name}-{self.spelling}"


def load_module(path: Path) -> ModuleType:
    """Run a Python file as a module of its own, without putting it into ``sys.modules``."""
    if not path.is_file():
        raise FileNotFoundError(path)
    spec = importlib.util.spec_from_file_location(f"{path.parent.name}_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def source_as(exercise: str, source: str) -> str:
    """The source of a function without its decorators, and named as the exercise."""
    source = textwrap.dedent(source)
    definition = ast.parse(source).body[0]
    assert isinstance(definition, ast.FunctionDef)
    lines = source.splitlines()[definition.lineno - 1 :]
    lines[0] = lines[0].replace(f"def {definition.name}(", f"def {exercise}(", 1)
    return "\n".join(lines) + "\n"


def swapped(source: str, swap: Mapping[str, str]) -> str:
    """A source with some of its text, wherever it stands, replaced by other text.

    Raises ValueError where a text to be replaced does not occur.
    """
    for old, new in swap.items():
        if old not in source:
            raise ValueError(f"{old!r} does not occur in the solution")
        source = source.replace(old, new)
    return source
