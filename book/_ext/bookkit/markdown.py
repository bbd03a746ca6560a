"""Find the executed cells of a MyST notebook without parsing the Markdown around them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml

FENCE = re.compile(r"^ {0,3}(?P<marks>`{3,}|~{3,}|:{3,})(?P<info>[^\n]*)$")
OPTION = re.compile(r"^:(?P<key>[\w-]+):\s*(?P<value>.*)$")


@dataclass(frozen=True)
class CodeCell:
    """One executed cell.

    Args:
        start: index of the line that opens it.
        stop: index of the line after the one that closes it.
        options: what stands above its code.
        code: what is run.
    """

    start: int
    stop: int
    options: dict[str, Any]
    code: str

    @property
    def tags(self) -> tuple[str, ...]:
        tags = self.options.get("tags") or []
        if isinstance(tags, str):
            tags = tags.replace(",", " ").split()
        return tuple(str(tag) for tag in tags)


def code_cells(text: str) -> Iterator[CodeCell]:
    """Yield the top-level ``{code-cell}`` blocks of a page, in order.

    Blocks inside other blocks are not cells, for MyST-NB neither.
    """
    lines = text.splitlines()
    for start, stop, info in fenced_blocks(lines):
        if info.strip().startswith("{code-cell}"):
            closed = stop > start + 1 and FENCE.match(lines[stop - 1]) is not None
            options, code = _split_options(lines[start + 1 : stop - 1 if closed else stop])
            yield CodeCell(start, stop, options, "\n".join(code))


def fenced_blocks(lines: list[str]) -> Iterator[tuple[int, int, str]]:
    """Yield every outermost fenced block: its first line, the line after it, what opens it."""
    start, marks, info = 0, "", ""
    for number, line in enumerate(lines):
        fence = FENCE.match(line)
        if not fence:
            continue
        if not marks:
            if fence["marks"][0] == "`" and "`" in fence["info"]:
                continue  # inline code that begins a line
            start, marks, info = number, fence["marks"], fence["info"]
        elif fence["marks"].startswith(marks) and not fence["info"].strip():
            yield start, number + 1, info
            marks = ""
    if marks:
        yield start, len(lines), info


def _split_options(body: list[str]) -> tuple[dict[str, Any], list[str]]:
    """Split the lines of a cell into its options, in either of MyST's two forms, and its code."""
    if body and body[0].strip() == "---":
        end = next((i for i, line in enumerate(body[1:], 1) if line.strip() == "---"), None)
        if end is not None:
            return yaml.safe_load("\n".join(body[1:end])) or {}, body[end + 1 :]
    options: dict[str, Any] = {}
    for number, line in enumerate(body):
        option = OPTION.match(line)
        if not option:
            return options, body[number:]
        options[option["key"]] = yaml.safe_load(option["value"])
    return options, []
