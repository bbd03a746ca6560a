"""Lines of a student's that do more than answer, found by reading alone."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from autograder.report.code_words import Word, code_words

_OUTSIDE = re.compile(
    "os|sys|subprocess|socket|ctypes|shutil|signal|threading|multiprocessing|importlib|builtins|"
    "inspect|gc|pty|resource|urllib|http|requests|atexit|tempfile|asyncio|mmap|posix"
)
_ANSWERS = re.compile("hidden|autograder|nbgrader|solutions")
_LIBRARIES = re.compile("torch|tensorflow|keras|jax|sklearn|scipy|pandas")
_INNARDS = re.compile(
    "__(globals|builtins|subclasses|class|code|closure|import|dict|loader)__|"
    "_getframe|settrace|setprofile|f_back|f_locals|f_globals"
)
_PRETENDS = re.compile(
    "__(eq|ne|lt|le|gt|ge|getattr|getattribute|array|array_ufunc|array_function|instancecheck)__"
)
_BUILT_IN = {
    "open": "opens a file",
    "exec": "runs text as code",
    "eval": "runs text as code",
    "compile": "runs text as code",
    "setattr": "changes an object by name",
    "globals": "looks into Python itself",
}
_MODULES = ("np", "numpy", "checks", "course_lib", "builtins")


@dataclass(frozen=True)
class SuspiciousLine:
    """A line of a student's that goes beyond an answer, what it does, and in which exercise."""

    what: str
    where: str
    code: str


def suspicious_lines(source: str, where: str) -> list[SuspiciousLine]:
    """List the lines of ``source`` that do more than answer, as far as reading alone can tell.

    ``where`` is the title of the exercise.
    """
    lines = source.split("\n")
    words = code_words(source)
    found: dict[int, str] = {}
    for i, line in enumerate(lines):
        if line.startswith(("!", "%")):
            found[i] = "uses a command of Jupyter's"
    for i, word in enumerate(words):
        if what := _beyond(words, i):
            found.setdefault(word.start[0], what)
    return [
        SuspiciousLine(what, where, lines[i].strip()[:120]) for i, what in sorted(found.items())
    ]


def _beyond(words: Sequence[Word], i: int) -> str:
    word = words[i].text
    after = words[i + 1].text if i + 1 < len(words) else ""
    first = i == 0 or words[i - 1].start[0] < words[i].start[0] or words[i - 1].text in (";", ":")
    if word in ("import", "from") and first:
        return _imported(words, i)
    if _INNARDS.fullmatch(word):
        return "looks into Python itself"
    if _PRETENDS.fullmatch(word) and (after == "=" or (i and words[i - 1].text == "def")):
        return "says itself what its values equal or are"
    if word in _BUILT_IN and after == "(" and not (i and words[i - 1].text in (".", "def")):
        return _BUILT_IN[word]
    if word in _MODULES and first and after == "." and _is_assigned(words, i):
        return "changes a library"
    return ""


def _imported(words: Sequence[Word], i: int) -> str:
    line = words[i].start[0]
    names = [w.text for w in words[i + 1 : i + 40] if w.start[0] == line and w.text.isidentifier()]
    if words[i].text == "from" and "import" in names and names[:1] != ["course_lib"]:
        names = names[: names.index("import")]
    if any(map(_ANSWERS.fullmatch, names)) or {"course_lib", "reference"} <= set(names):
        return "looks for the answers or the grader"
    if any(map(_OUTSIDE.fullmatch, names)):
        return "reaches out of the notebook"
    return "uses another library" if any(map(_LIBRARIES.fullmatch, names)) else ""


def _is_assigned(words: Sequence[Word], i: int) -> bool:
    """Return whether a dotted name that begins at ``words[i]`` is given a value."""
    i += 1
    while i + 1 < len(words) and words[i].text == "." and words[i + 1].text.isidentifier():
        i += 2
    return i < len(words) and words[i].text == "="
