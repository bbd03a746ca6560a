"""What of the instructor's code a cell can reach: hidden tests of an exercise, library modules.

Everything is found by reading the code, never by running it. Where that is not certain to find
all, all is taken to be reached.
"""

import ast
import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from autograder.digests import files_digest
from autograder.edition import COURSE_LIB

_LIBRARY = COURSE_LIB.name
_HIDDEN, _ASKED = "hidden", "grade"
#: With these, code can reach what it does not name.
_DYNAMIC = {
    *("__import__", "import_module", "exec", "eval", "run_path", "run_module", "globals", "vars"),
    *("getattr", "modules", "__dict__", "glob", "rglob", "iterdir", "listdir", "walk", "scandir"),
}
_DYNAMIC_IMPORT = re.compile(r"\b(__import__|import_module|exec|eval|run_path|run_module)\b")
_LOADS_A_FILE = "spec_from_file_location"
#: Functions so decorated, with an exercise's name in front, serve this exercise alone.
_ENTRIES = ("mistake", "alternative")
_PART, _PARTS = "part", "PARTS"


@dataclass(frozen=True)
class HiddenFiles:
    """The files that an assignment's tests can reach: those with code by name, the rest as one."""

    code: Mapping[str, str]
    others: str

    @classmethod
    def of(cls, folder: Path) -> "HiddenFiles":
        """Those of a folder with a hidden.py."""
        files = {p.stem: p.read_text(encoding="utf-8") for p in sorted(folder.glob("*.py"))}
        needed, waiting = dict[str, str](), [_HIDDEN]
        while waiting:
            stem = waiting.pop()
            if stem not in needed:
                needed[stem] = files[stem]
                waiting += _reaches(files[stem], files)
        below = [path for path in folder.rglob("*") if _counts(path) and path.parent != folder]
        return cls(dict(sorted(needed.items())), files_digest(folder, below))

    def asked_for(self, exercises: frozenset[str] | None) -> str:
        """A digest of what is used for some exercises; None stands for not knowing which.

        What is marked in the code as another exercise's is left out, and what nothing else names.
        """
        kept = [(stem, _slice(text, exercises)) for stem, text in self.code.items()]
        return hashlib.sha256(repr((kept, self.others)).encode()).hexdigest()


def library(sources: Iterable[str]) -> str:
    """A digest of the library modules that code imports, and of all that these import in turn."""
    reached: set[Path] = set()
    seen: set[str] = set()
    waiting = [(source, "") for source in sources]
    while waiting:
        found = _imports(*waiting.pop())
        if found is None:
            return files_digest(COURSE_LIB, filter(_counts, COURSE_LIB.rglob("*")))
        for path in [path for name in {*found} - seen for path in _files(name)]:
            if path not in reached:
                reached.add(path)
                package = ".".join(path.relative_to(COURSE_LIB.parent).parts[:-1])
                waiting.append((path.read_text(encoding="utf-8"), package))
        seen |= {*found}
    return files_digest(COURSE_LIB, {*reached, *_data({path.parent for path in reached})})


def exercises_of(source: str) -> frozenset[str] | None:
    """The exercises for which a cell asks ``hidden.grade``; None where it asks for anything else.

    It is empty for a cell that does without the hidden tests. Raises SyntaxError.
    """
    tree = ast.parse(source)
    asked, understood = set(), 0
    for node in ast.walk(tree):
        match node:
            case ast.Call(
                func=ast.Attribute(ast.Name(id="hidden"), "grade"),
                args=[ast.Constant(str(exercise)), *_],
            ):
                asked.add(exercise)
                understood += 1
    words = _Words.of(tree)
    return frozenset(asked) if words.count(_HIDDEN) == understood and words.plain else None


@dataclass(frozen=True)
class _Words:
    """What a piece of code mentions: names with a meaning there, all names, strings."""

    asked: frozenset[str]
    all: tuple[str, ...]
    strings: frozenset[str]

    @classmethod
    def of(cls, tree: ast.AST) -> "_Words":
        asked, every, strings = set(), [], set()
        for node in ast.walk(tree):
            if isinstance(node, ast.Name):
                every.append(node.id)
                if isinstance(node.ctx, ast.Load):
                    asked.add(node.id)
            elif isinstance(node, ast.Attribute):
                every.append(node.attr)
            elif isinstance(node, ast.alias):
                every += node.name.split(".")
            elif isinstance(node, ast.ImportFrom):
                every += (node.module or "").split(".")
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                strings.add(node.value)
        return cls(frozenset(asked | strings), tuple(every), frozenset(strings))

    @property
    def plain(self) -> bool:
        """Whether only what is named can be reached."""
        return _DYNAMIC.isdisjoint(self.all)

    def count(self, name: str) -> int:
        return self.all.count(name)


@dataclass(frozen=True, eq=False)
class _Statement:
    """One at the top of a file. ``serves`` is the only exercise it is for, if there is one."""

    text: str
    name: str
    words: _Words
    serves: str | None
    droppable: bool


@lru_cache(16)
def _statements(source: str) -> list[_Statement]:
    tree = ast.parse(source)
    lines, words = source.split("\n"), [_Words.of(node) for node in tree.body]
    markers = _markers(tree, words)
    found = []
    for node, mentioned in zip(tree.body, words, strict=True):
        first = min(node.lineno, *(d.lineno for d in getattr(node, "decorator_list", ())), 10**9)
        serves = _only_for(node, markers)
        found.append(
            _Statement(
                text="\n".join(lines[first - 1 : node.end_lineno]),
                name=getattr(node, "name", ""),
                words=mentioned,
                serves=serves,
                droppable=serves is not None or _plain_function(node),
            )
        )
    return found


def _slice(source: str, exercises: frozenset[str] | None) -> str:
    statements = _statements(source)
    if exercises is None or not all(s.words.plain for s in statements):
        return source
    left_out = [s for s in statements if s.droppable and s.serves not in exercises]
    kept = [s for s in statements if s not in left_out]
    asked = {_ASKED, *(name for s in kept for name in s.words.asked)}
    while more := [s for s in left_out if s.name in asked]:
        asked |= {name for s in more for name in s.words.asked}
        kept += more
        left_out = [s for s in left_out if s not in more]
    return "\n".join(s.text for s in statements if s in kept)


def _markers(tree: ast.Module, words: Iterable[_Words]) -> set[str]:
    """The decorators of this file that say which exercise a function is for."""
    markers = {
        alias.name
        for node in tree.body
        if isinstance(node, ast.ImportFrom) and node.module == f"{_LIBRARY}.testing"
        for alias in node.names
        if alias.name in _ENTRIES and alias.asname in (None, alias.name)
    }
    about = [node for node, w in zip(tree.body, words, strict=True) if _PARTS in w.all]
    own = [s for s in tree.body if isinstance(s, ast.FunctionDef) and s.name == _PART]
    return markers | {_PART} if len(own) == 1 and _keeps_apart(own[0], about) else markers


def _keeps_apart(part: ast.FunctionDef, about: list[ast.stmt]) -> bool:
    """Whether `part` puts a function under its exercise's name, and only by that it is found."""
    puts, looks_up, begins, mentions = 0, 0, 0, 0
    for node in (node for statement in about for node in ast.walk(statement)):
        match node:
            case ast.Call(
                func=ast.Attribute(value=ast.Name(id="PARTS"), attr="setdefault"),
                args=[ast.Name(id="exercise"), *_],
            ):
                puts += 1
            case ast.Subscript(
                value=ast.Name(id="PARTS"), slice=ast.Name(id="exercise"), ctx=ast.Load()
            ):
                looks_up += 1
            case ast.AnnAssign(target=ast.Name(id="PARTS"), value=ast.Dict(keys=[])):
                begins += 1
            case ast.Assign(targets=[ast.Name(id="PARTS")], value=ast.Dict(keys=[])):
                begins += 1
            case ast.Name(id="PARTS"):
                mentions += 1
    return part in about and puts == begins == 1 and mentions == puts + looks_up + begins


def _only_for(statement: ast.stmt, markers: set[str]) -> str | None:
    """The exercise whose part or whose entry of the bank a statement defines, and nothing else."""
    match statement:
        case ast.FunctionDef(
            decorator_list=[
                ast.Call(func=ast.Name(id=marker), args=[ast.Constant(str(exercise)), *_])
            ]
        ) if marker in markers:
            return exercise
    return None


def _plain_function(statement: ast.stmt) -> bool:
    """Whether a statement does nothing but give a function its name."""
    return (
        isinstance(statement, ast.FunctionDef)
        and not statement.name.startswith("__")
        and not statement.decorator_list
        and not any(isinstance(node, ast.Call) for node in ast.walk(statement.args))
    )


def _reaches(source: str, files: Iterable[str]) -> list[str]:
    """The files beside it, by stem, that a file can reach."""
    words = [statement.words for statement in _statements(source)]
    if not all(w.plain and not w.count(_LOADS_A_FILE) for w in words):
        return list(files)
    imports = _import_statements(ast.parse(source).body)
    named = {name.split(".")[0] for node in imports for name in _modules(node, "")}
    named |= {string for w in words for string in w.strings}
    return [stem for stem in files if any(n == stem or f"{stem}.py" in n for n in named)]


@lru_cache(1000)
def _imports(source: str, package: str) -> list[str] | None:
    """The names of all modules that code may import; None where that is not to be seen."""
    if _DYNAMIC_IMPORT.search(source):
        return None
    return [n for s in _import_statements(ast.parse(source).body) for n in _modules(s, package)]


def _import_statements(body: Iterable[ast.AST]) -> Iterator[ast.Import | ast.ImportFrom]:
    for node in body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield node
        for block in ("body", "orelse", "finalbody", "handlers", "cases"):
            inner = getattr(node, block, None)
            if isinstance(inner, list):
                yield from _import_statements(inner)


def _modules(node: ast.Import | ast.ImportFrom, package: str) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    above = package.split(".")
    base = above[: len(above) - node.level + 1] if node.level else []
    base += [node.module] if node.module else []
    return [".".join([*base, alias.name]) for alias in node.names]


def _files(name: str) -> Iterator[Path]:
    """The files that run when a module of the library is imported, as far as there are such."""
    first, *rest = name.split(".")
    if first != _LIBRARY:
        return
    place = COURSE_LIB
    for part in ("", *rest):
        place = place / part
        for path in (place / "__init__.py", place.with_suffix(".py")):
            if path.is_file():
                yield path


def _data(folders: Iterable[Path]) -> Iterator[Path]:
    """What modules may read: files in their folders that are no code."""
    for folder in folders:
        near = folder.iterdir() if folder == COURSE_LIB else folder.rglob("*")
        yield from (path for path in near if path.suffix not in (".py", ".pyc") and _counts(path))


def _counts(path: Path) -> bool:
    return path.is_file() and "__pycache__" not in path.parts
