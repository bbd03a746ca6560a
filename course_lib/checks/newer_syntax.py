"""Syntax that the version of Python with which notebooks are marked does not know."""

import inspect
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

#: Beside this module in what students get: the version that marks, as "3.11".
MARKED_WITH = Path(__file__).with_name("marked_with.txt")
#: The first version with some syntax, what that looks like, and what it is called.
_NEWER = (
    ((3, 12), r"^[ \t]*type[ \t]+\w+[^=\n]{0,200}=", "The type statement"),
    ((3, 12), r"^[ \t]*(?:async[ \t]+)?(?:def|class)[ \t]+\w+[ \t]*\[", "def f[T]"),
    (
        (3, 12),
        r"""\b[fF][rR]?(["'])[^"'\n]{0,500}\{[^{}"'\n]{0,200}\1[^}\n]{0,200}\}""",
        "An f-string with its own quotes inside its braces",
    ),
)


def newer_syntax(source: str, version: tuple[int, int]) -> list[str]:
    """Name what a text of Python seems to use that came after ``version``.

    Args:
        source: a cell, or a function.
        version: the major and the minor number of the Python that is to run it.
    """
    return [
        what
        for first, pattern, what in _NEWER
        if version < first and re.search(pattern, source, re.MULTILINE)
    ]


def warn_of_newer_syntax(function: Callable[..., Any]) -> None:
    """Print what of a function will not be valid where it is marked, if this Python is newer."""
    try:
        major, minor = map(int, MARKED_WITH.read_text(encoding="utf-8").split("."))
        source = inspect.getsource(function)
    except (OSError, ValueError, TypeError):
        return
    if sys.version_info[:2] > (major, minor):
        for what in newer_syntax(source, (major, minor)):
            print(f"{what} is not valid in Python {major}.{minor}, which marks your notebook.")
