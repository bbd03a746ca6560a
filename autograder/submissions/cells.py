"""Cells as they were handed in, and what their texts define. Student code is never parsed here."""

import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from autograder.submissions.pictures import STARTS, Attachments, set_aside

MAX_CELL = 200_000
#: Cells of a file that are looked at.
MAX_CELLS = 50_000
_KINDS = ("code", "markdown", "raw")
_DEFINITION = re.compile(r"^(?:async[ \t]+)?(?:def|class)[ \t]+(\w+)", re.MULTILINE)
_BOUND = re.compile(r"\b(?:def|class|as|import)[ \t]+(\w+)|\b(\w+)[ \t]*(?::[^=\n]{0,200})?=(?!=)")
_IMPORT = re.compile(r"^(?:import|from)[ \t]+\w", re.MULTILINE)


@dataclass(frozen=True)
class RawCell:
    """What is taken over from a cell that was handed in."""

    kind: str
    source: str
    grade_id: str | None = None
    attachments: Attachments = field(default_factory=dict)

    @property
    def blank(self) -> bool:
        """Whether nothing is written in it."""
        return not self.source.strip()

    @cached_property
    def defines(self) -> frozenset[str]:
        """The functions and classes that it defines at its top; none where it is too long."""
        return defined(self.source) if self.kind == "code" else frozenset()

    @cached_property
    def may_define(self) -> frozenset[str]:
        """The names to which it may give a meaning, in whatever way."""
        if len(self.source) > MAX_CELL:
            return frozenset()
        return frozenset(name for found in _BOUND.findall(self.source) for name in found if name)

    @property
    def is_prose(self) -> bool:
        """Whether it is written for people: a text, or nothing but comments."""
        if self.kind != "code":
            return True
        return all(line.lstrip()[:1] in ("", "#") for line in self.source.splitlines())

    @property
    def helps(self) -> bool:
        """Whether it defines or imports something for the cells behind it."""
        return self.kind == "code" and bool(self.defines or _IMPORT.search(self.source))


def defined(source: str) -> frozenset[str]:
    """Return the functions and classes that a cell's text defines at its top."""
    return frozenset(_DEFINITION.findall(source)) if len(source) <= MAX_CELL else frozenset()


def raw_cells(document: Any) -> list[RawCell]:
    """List the cells of a parsed notebook of any format version; [] where none are found."""
    if not isinstance(document, dict):
        return []
    found = document.get("cells")
    if not isinstance(found, list):
        sheets = document.get("worksheets")
        sheets = sheets if isinstance(sheets, list) else []
        found = [
            c for sheet in sheets if isinstance(sheet, dict) for c in _list(sheet.get("cells"))
        ]
    return [_raw_cell(cell) for cell in found[:MAX_CELLS] if isinstance(cell, dict)]


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _raw_cell(cell: dict[str, Any]) -> RawCell:
    source = cell.get("source", cell.get("input", ""))
    if isinstance(source, list):
        source = "".join(line for line in source if isinstance(line, str))
    metadata = cell.get("metadata")
    nbgrader = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    name = nbgrader.get("grade_id") if isinstance(nbgrader, dict) else None
    kind = cell.get("cell_type")
    kind = kind if kind in _KINDS else "markdown"
    text = _clean(source) if isinstance(source, str) else ""
    pictures = _pictures(cell.get("attachments"))
    if kind == "markdown":
        text, pictures = set_aside(text, pictures)
    return RawCell(kind, text, name if isinstance(name, str) and name else None, pictures)


def _clean(text: str) -> str:
    """Replace carriage returns, and halves of surrogate pairs, which no file can hold."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _pictures(attachments: Any) -> Attachments:
    """List what is attached as a picture, whether or not it is one."""
    kept: dict[str, dict[str, str]] = {}
    for name, bundle in attachments.items() if isinstance(attachments, dict) else ():
        found = {}
        for kind in STARTS if isinstance(bundle, dict) else ():
            data = bundle.get(kind)
            if isinstance(data, list):
                data = "".join(part for part in data if isinstance(part, str))
            if isinstance(data, str):
                found[kind] = data
        kept[_clean(str(name))] = found
    return kept
