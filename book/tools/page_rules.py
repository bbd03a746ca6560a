"""The rules for pages that can be computed from their sources."""

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import paths  # first: it makes bookkit importable
from bookkit.markdown import CodeCell, code_cells, fenced_blocks
from bookkit.names import undefined_names
from bookkit.prose import paragraphs

WORDS, CODE_LINES, CODE_WIDTH = 2500, 150, 72
FOLDED = {"hide-cell", "hide-input"}


def name_of(page: Path, root: Path = paths.ROOT) -> str:
    """A page's name, as in _toc.yml."""
    return page.relative_to(root).with_suffix("").as_posix()


def words(text: str) -> int:
    """The words of a page in the student edition: of its prose, headings, captions and tables."""
    text = _student_text(text)
    lines = text.splitlines()
    outside = list(lines)
    found = [paragraph.text for paragraph in paragraphs(text)]
    for start, stop, info in fenced_blocks(lines):
        outside[start:stop] = [""] * (stop - start)
        if info.startswith("{list-table}"):
            rows = (line for line in lines[start + 1 : stop - 1] if not line.startswith(":"))
            found += [re.sub(r"^ *(\*\s+)?-", "", row) for row in rows]
    found += [line.lstrip("# ") for line in outside if line.startswith("#")]
    found += [line.replace("|", " ") for line in outside if line.startswith("|")]
    found += [str(_mystnb(cell, "figure").get("caption", "")) for cell in code_cells(text)]
    return sum(len(piece.split()) for piece in found)


def code_lines(text: str) -> int:
    """The lines of code, blank ones left out, that a reader of the student edition sees at once."""
    return sum(bool(line.strip()) for cell in _shown(text) for line in cell.code.splitlines())


def too_long(text: str) -> Iterator[str]:
    """At most 2,500 words of prose and 150 lines of code a page."""
    if words(text) > WORDS:
        yield f"{words(text)} words of prose"
    if code_lines(text) > CODE_LINES:
        yield f"{code_lines(text)} lines of code"


def too_wide(text: str) -> Iterator[str]:
    """Code that is shown fits its column, in 72 characters."""
    for cell in _shown(text):
        for number, line in enumerate(cell.code.splitlines(), 1):
            if len(line) > CODE_WIDTH:
                yield f"line {cell.start + 1} + {number}: {len(line)} characters"


def hidden_code(text: str) -> Iterator[str]:
    """Code that draws is folded, and can be unfolded; only code that checks is removed."""
    for cell in code_cells(text):
        if "remove-input" in cell.tags:
            yield f"line {cell.start + 1}: remove-input, expected hide-input"


def not_public(text: str) -> Iterator[str]:
    """Cells import what readers have, which the reference is not."""
    for cell in code_cells(text):
        if "course_lib.reference" in cell.code or "import reference" in cell.code:
            yield f"line {cell.start + 1}: imports course_lib.reference"


def not_alone(text: str) -> Iterator[str]:
    """What a reader sees runs by itself, in order, without removed cells and those tagged open."""
    gone = {"remove-cell", "remove-input", "open"}
    cells = [cell for cell in code_cells(text) if not gone & set(cell.tags)]
    for cell, name in undefined_names(cells):
        yield f"line {cell.start + 1}: {name} is defined in no cell that readers have"


def constant_prints(text: str) -> Iterator[str]:
    """A cell prints what it computed: no sentence known before, and no bare True."""
    for cell in _shown(text):
        body = ast.parse(re.sub(r"^[%!].*", "", cell.code, flags=re.M)).body
        prints = [
            node
            for statement in body
            for node in ast.walk(statement)
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "print"
        ]
        values = [value for call in prints for value in call.args]
        if prints and all(isinstance(value, ast.Constant) for value in values):
            yield f"line {cell.start + 1}: prints a constant"
        if body and isinstance(body[-1], ast.Expr):
            values.append(body[-1].value)  # what a notebook shows of a cell's last line
        if any(map(_is_true_or_false, values)):
            yield f"line {cell.start + 1}: prints True or False"


def _is_true_or_false(value: ast.expr) -> bool:
    if isinstance(value, ast.JoinedStr):
        parts = [part for part in value.values if isinstance(part, ast.FormattedValue)]
        return any(_is_true_or_false(part.value) for part in parts)
    called = value.func if isinstance(value, ast.Call) else None
    name = getattr(called, "attr", getattr(called, "id", ""))
    return isinstance(value, ast.Compare) or name in {"allclose", "array_equal"}


def no_alt_text(text: str) -> Iterator[str]:
    """Each figure says in words what it shows."""
    for cell in code_cells(text):
        if _mystnb(cell, "figure") and not _mystnb(cell, "image").get("alt"):
            yield f"line {cell.start + 1}: a figure without alt text"


RULES: dict[str, Callable[[str], Iterator[str]]] = {
    "length": too_long,
    "width": too_wide,
    "hidden": hidden_code,
    "public": not_public,
    "alone": not_alone,
    "prints": constant_prints,
    "alt": no_alt_text,
}


def _shown(text: str) -> list[CodeCell]:
    hidden = {"remove-cell", "remove-input", "open"} | FOLDED
    return [cell for cell in code_cells(text) if not hidden & set(cell.tags)]


def _mystnb(cell: CodeCell, key: str) -> dict[str, Any]:
    return (cell.options.get("mystnb") or {}).get(key) or {}


def _student_text(text: str) -> str:
    lines = text.splitlines()
    for start, stop, info in fenced_blocks(list(lines)):
        if info.startswith(("{open}", "{solution}")):
            lines[start:stop] = [""] * (stop - start)
    return "\n".join(lines)
