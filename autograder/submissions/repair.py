"""From the cells that were handed in to a clean notebook: the instructor's, with the answers.

Of a submission only three things count: the text of the cells a student may edit, the text of the
cells they added, and where those stand. All else, metadata and outputs first of all, comes from the
instructor's notebook. So every cell of a repaired notebook that is not a student's is the
instructor's word.
"""

import base64
import binascii
import copy
import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

import nbformat
from nbformat import NotebookNode

from autograder.events import Event, Kind, State, events_from
from autograder.submissions.nodes import new_cell
from autograder.submissions.outline import grade_id, is_editable

MAX_CELL = 200_000
MAX_OWN_CELLS = 1_000
MAX_ATTACHMENT = 4_000_000
_PICTURES = ("image/png", "image/jpeg", "image/gif", "image/webp")
_DEFINITION = re.compile(r"^(?:def|class)[ \t]+(\w+)", re.MULTILINE)
_KINDS = ("code", "markdown", "raw")
#: Where a notebook's metadata says how it was repaired.
_NOTED = "autograder"


class NotTheAssignment(Exception):
    """The notebook holds no cell of the assignment."""


@dataclass(frozen=True)
class RawCell:
    """What is taken over from a cell that was handed in."""

    kind: str
    source: str
    grade_id: str | None
    attachments: dict[str, dict[str, str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Repaired:
    """A clean notebook, and what its student is told about how it came to be."""

    notebook: NotebookNode
    state: State
    events: tuple[Event, ...] = ()

    @classmethod
    def of(cls, notebook: Any, template: "Template") -> "Repaired":
        """Repair a parsed notebook; one that is not of the assignment counts as blank.

        Of one that is a repaired notebook already, as nbgrader writes it down between its steps,
        state and events are kept.
        """
        try:
            repaired = repair(raw_cells(notebook), template)
        except NotTheAssignment:
            detail = {"name": f"{template.name}.ipynb", "assignment": template.name}
            return template.blank(Event("other-assignment", detail=detail))
        try:
            state, events = noted_in(notebook)
            return replace(repaired, state=state, events=events)
        except (KeyError, TypeError):
            return repaired

    def noted(self, notebook: NotebookNode | None = None) -> NotebookNode:
        """Return ``notebook``, by default the clean one, with state and events in its metadata."""
        noted = {"state": self.state, "events": [event.to_dict() for event in self.events]}
        made = self.notebook if notebook is None else notebook
        metadata = NotebookNode({**made.metadata, _NOTED: nbformat.from_dict(noted)})
        return NotebookNode({**made, "metadata": metadata})

    def with_events(self, first: Iterable[Event]) -> "Repaired":
        """Return the same with more events, in front of the others."""
        events = (*first, *self.events)
        repaired = events and self.state == "whole"
        return replace(self, state="repaired" if repaired else self.state, events=events)


@dataclass(frozen=True)
class Template:
    """The notebook that was released, locked cells as the instructor wrote them.

    ``released`` holds, by grade_id, the texts that students got.
    """

    name: str
    notebook: NotebookNode
    released: dict[str, str]

    @classmethod
    def of(cls, name: str, source: NotebookNode, released: NotebookNode) -> "Template":
        """Make it of the instructor's notebook and the released one."""
        full = {grade_id(cell): cell.source for cell in source.cells}
        notebook = copy.deepcopy(released)
        texts = {found: cell.source for cell in notebook.cells if (found := grade_id(cell))}
        for cell in notebook.cells:
            if (found := grade_id(cell)) and not is_editable(cell):
                cell.source = full.get(found, cell.source)
        return cls(name, notebook, texts)

    def blank(self, event: Event) -> Repaired:
        """Return the notebook with nothing answered, for what could not be read."""
        return Repaired(self.with_cells(self.notebook.cells), "unreadable", (event,))

    def with_cells(self, cells: list[NotebookNode]) -> NotebookNode:
        """Return the notebook with other cells."""
        return NotebookNode({**copy.deepcopy({**self.notebook, "cells": []}), "cells": cells})


def noted_in(notebook: NotebookNode) -> tuple[State, tuple[Event, ...]]:
    """Return the state and the events that `Repaired.noted` wrote into a notebook.

    Raises KeyError and TypeError where there are none.
    """
    noted = notebook["metadata"][_NOTED]
    return noted["state"], events_from(noted["events"])


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
    return [_raw_cell(cell) for cell in found if isinstance(cell, dict)]


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
    return RawCell(
        kind if kind in _KINDS else "markdown",
        _clean(source) if isinstance(source, str) else "",
        name if isinstance(name, str) and name else None,
        _pictures(cell.get("attachments")),
    )


def _clean(text: str) -> str:
    """Replace carriage returns, and halves of surrogate pairs, which no file can hold."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _pictures(attachments: Any) -> dict[str, dict[str, str]]:
    """Keep of pasted pictures only bitmaps, in base64, of a sensible size."""
    kept: dict[str, dict[str, str]] = {}
    if not isinstance(attachments, dict):
        return kept
    for name, bundle in attachments.items():
        if not isinstance(bundle, dict):
            continue
        for kind in _PICTURES:
            data = bundle.get(kind)
            if isinstance(data, list):
                data = "".join(part for part in data if isinstance(part, str))
            if isinstance(data, str) and len(data) <= MAX_ATTACHMENT and _is_base64(data):
                kept[_clean(str(name))] = {kind: data}
                break
    return kept


def _is_base64(data: str) -> bool:
    try:
        base64.b64decode("".join(data.split()), validate=True)
    except (binascii.Error, ValueError):
        return False
    return True


def repair(cells: list[RawCell], template: Template) -> Repaired:
    """Return the instructor's notebook with the answers found in ``cells``.

    Raises NotTheAssignment where no cell of the assignment is among them.
    """
    return _Repair(template).of(cells)


class _Repair:
    """One pass over a submission's cells, and what it comes upon."""

    def __init__(self, template: Template) -> None:
        self.template = template
        self.cells: list[NotebookNode] = template.notebook.cells
        self.editable = {n: c for c in self.cells if (n := grade_id(c)) and is_editable(c)}
        self.locked = {n: c for c in self.cells if (n := grade_id(c)) and not is_editable(c)}
        self.unnamed = {(c.cell_type, c.source.strip()): c for c in self.cells if not grade_id(c)}
        self.locked_texts = {
            template.released[n].strip(): n for n in self.locked if template.released[n].strip()
        }
        self.events: list[Event] = []

    def of(self, raw: list[RawCell]) -> Repaired:
        answers: dict[str, list[RawCell]] = defaultdict(list)
        own: dict[str, list[RawCell]] = defaultdict(list)
        seen: Counter[str] = Counter()
        foreign = 0
        order: list[str] = []
        changed: list[str] = []
        place = ""
        for cell in raw:
            name = self._known(cell)
            if name is None:
                foreign += cell.grade_id is not None
                own[place].append(cell)
                continue
            place = name
            seen[name] += 1
            order.append(name)
            if name in self.editable:
                answers[name].append(cell)
            elif name in self.locked and self._is_changed(name, cell):
                changed.append(name)
        self._recover(answers, own)
        # Labels and set-up cells may be shared between assignments, so strangers outvote them.
        if not answers or foreign > sum(n in self.editable or n in self.locked for n in seen):
            raise NotTheAssignment
        self._note("locked-changed", changed)
        self._note_copies(seen)
        self._note_order(order)
        notebook = self.template.with_cells(self._put_together(answers, own))
        return Repaired(notebook, "repaired" if self.events else "whole", tuple(self.events))

    def _known(self, cell: RawCell) -> str | None:
        """Return the name of the template's cell that this one is, or is a copy of."""
        if cell.grade_id in self.editable or cell.grade_id in self.locked:
            return cell.grade_id
        text = cell.source.strip()
        if (cell.kind, text) in self.unnamed:
            return f"{cell.kind} {text}"
        return self.locked_texts.get(text)

    def _is_changed(self, name: str, cell: RawCell) -> bool:
        mine = self.locked[name]
        changed = cell.source.strip() != self.template.released[name].strip()
        return mine.cell_type == "code" and changed

    def _recover(self, answers: dict[str, list[RawCell]], own: dict[str, list[RawCell]]) -> None:
        """Find answers that lost their label: cells that define what a missing one should."""
        found = []
        for name, cell in self.editable.items():
            wanted = _defines(cell.source)
            if name in answers or cell.cell_type != "code" or not wanted:
                continue
            for place, cells in own.items():
                candidates = [c for c in cells if c.kind == "code" and wanted <= _defines(c.source)]
                if candidates:
                    answers[name].append(candidates[-1])
                    own[place] = [c for c in cells if c is not candidates[-1]]
                    found.append(name)
                    break
        self._note("label-lost", found)

    def _note(self, kind: Kind, names: Iterable[str], **detail: Any) -> None:
        self.events += [Event(kind, name, detail) for name in names]

    def _note_copies(self, seen: Counter[str]) -> None:
        copied = [name for name, times in seen.items() if times > 1]
        self._note("answer-copied", [name for name in copied if name in self.editable])
        locked = [n for n in copied if n in self.locked and self.locked[n].cell_type == "code"]
        self._note("locked-copied", locked)

    def _note_order(self, order: list[str]) -> None:
        place = {grade_id(cell): i for i, cell in enumerate(self.cells)}
        first_seen = [place[name] for name in dict.fromkeys(order) if name in place]
        if first_seen != sorted(first_seen):
            self._note("cells-moved", [""])

    def _put_together(
        self, answers: dict[str, list[RawCell]], own: dict[str, list[RawCell]]
    ) -> list[NotebookNode]:
        result: list[NotebookNode] = []
        self._room = MAX_OWN_CELLS
        self._dropped = 0
        handed_in = [c for cells in (*answers.values(), *own.values()) for c in cells]
        defined = {n for c in handed_in if c.kind == "code" for n in _defines(c.source)}
        self._own(result, own.pop("", []))
        missing: list[str] = []
        elsewhere: list[str] = []
        for cell in self.cells:
            name = grade_id(cell)
            if name in self.editable:
                candidates = answers.get(name, [])
                if not candidates:
                    wanted = _defines(cell.source)
                    # A stub put back would undo what another cell defines.
                    merged = cell.cell_type == "code" and wanted and wanted <= defined
                    (elsewhere if merged else missing).append(name)
                    result.append(NotebookNode(cell, source="") if merged else NotebookNode(cell))
                else:
                    answer = self._choose(name, candidates)
                    self._own(
                        result, [c for c in candidates if c is not answer and c.source.strip()]
                    )
                    result.append(self._filled(name, answer))
            else:
                result.append(NotebookNode(cell))
            place = name or f"{cell.cell_type} {cell.source.strip()}"
            self._own(result, own.pop(place, []))
        self._note("answer-missing", missing)
        self._note("answer-elsewhere", elsewhere)
        if self._dropped:
            detail = {"count": self._dropped, "cells_most": MAX_OWN_CELLS, "most": MAX_CELL}
            self._note("own-left-out", [""], **detail)
        return result

    def _choose(self, name: str, candidates: list[RawCell]) -> RawCell:
        """Choose the last one, as when a notebook is run from top to bottom; stubs do not count."""
        stub = self.editable[name].source.strip()
        answered = [c for c in candidates if c.source.strip() not in ("", stub)]
        return (answered or candidates)[-1]

    def _filled(self, name: str, answer: RawCell) -> NotebookNode:
        cell = NotebookNode(self.editable[name])
        if len(answer.source) > MAX_CELL:
            self._note("answer-too-long", [name], chars=len(answer.source), most=MAX_CELL)
            return cell
        if cell.cell_type == "code" and answer.kind != "code":
            self._note("answer-was-text", [name])
        cell.source = answer.source
        if cell.cell_type == "markdown" and answer.attachments:
            cell.attachments = nbformat.from_dict(answer.attachments)
        return cell

    def _own(self, result: list[NotebookNode], cells: list[RawCell]) -> None:
        for cell in cells:
            if self._room <= 0 or len(cell.source) > MAX_CELL:
                self._dropped += 1
                continue
            if not cell.source.strip():
                continue
            number = MAX_OWN_CELLS - self._room
            self._room -= 1
            new = new_cell(cell.kind, cell.source, f"own-{number}", {})
            if cell.kind == "markdown" and cell.attachments:
                new.attachments = nbformat.from_dict(cell.attachments)
            result.append(new)


def _defines(source: str) -> frozenset[str]:
    """Return the functions and classes a cell defines at its top. Student code is never parsed."""
    return frozenset(_DEFINITION.findall(source)) if len(source) <= MAX_CELL else frozenset()
