"""From the cells that were handed in to a clean notebook: the instructor's, with the answers.

Of a submission only three things count: the text of the cells a student may edit, the text of the
cells they added, and where those stand. All else, metadata and outputs first of all, comes from the
instructor's notebook. So every cell of a repaired notebook that is not a student's is the
instructor's word.
"""

import copy
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import nbformat
from nbformat import NotebookNode

from autograder.events import Event, Kind, State, events_from
from autograder.submissions.cells import MAX_CELL, RawCell, defined, raw_cells
from autograder.submissions.misplaced import Places, place_code, place_of, place_texts
from autograder.submissions.nodes import new_cell
from autograder.submissions.outline import grade_id, is_editable, is_graded
from autograder.submissions.pictures import MOST, Allowance

MAX_OWN_CELLS = 1_000
#: Characters of all own cells, and of answers beyond the first of a cell.
MAX_OWN_TEXT = 1_000_000
#: Where a notebook's metadata says how it was repaired.
_NOTED = "autograder"


class NotTheAssignment(Exception):
    """The notebook holds no cell of the assignment."""


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
        self.locked_texts: dict[str, list[str]] = defaultdict(list)
        for name in self.locked:
            if text := template.released[name].strip():
                self.locked_texts[text].append(name)
        self.events: list[Event] = []
        self.seen: Counter[str] = Counter()
        self.left_out = 0
        self._own = 0
        self._room, self._text = MAX_OWN_CELLS, MAX_OWN_TEXT

    def of(self, raw: list[RawCell]) -> Repaired:
        answers: dict[str, list[RawCell]] = defaultdict(list)
        own: dict[str, list[RawCell]] = defaultdict(list)
        foreign = 0
        order: list[str] = []
        changed: list[str] = []
        place = ""
        for cell in raw:
            name = self._known(cell)
            if name is None:
                foreign += cell.grade_id is not None
                own[place] += self._admitted(cell)
                continue
            place = name
            self.seen[name] += 1
            order.append(name)
            if name in self.editable:
                answers[name] += [cell] if self.seen[name] == 1 else self._admitted(cell)
            elif name in self.locked and self._is_changed(name, cell):
                if self.locked[name].cell_type == "code":
                    changed.append(name)
                own[self._beside(name)] += self._written_into(name, cell)
        places = Places(self.template.notebook, self.template.released, answers, own)
        self.events += place_code(places)
        # Labels and set-up cells may be shared between assignments, so strangers outvote them.
        of_it = sum(name in self.editable or name in self.locked for name in self.seen)
        if not any(answers.values()) or foreign > of_it:
            raise NotTheAssignment
        self.events += place_texts(places)
        self._note("locked-changed", changed)
        self._note_copies()
        self._note_order(order)
        notebook = self.template.with_cells(self._put_together(answers, own))
        return Repaired(notebook, "repaired" if self.events else "whole", tuple(self.events))

    def _known(self, cell: RawCell) -> str | None:
        """Return the name of the template's cell that this one is, or is a copy of."""
        if cell.grade_id in self.editable or cell.grade_id in self.locked:
            return cell.grade_id
        text = cell.source.strip()
        if (cell.kind, text) in self.unnamed:
            return place_of(self.unnamed[cell.kind, text])
        # Of cells with the same text, as short tests have, each is met once before one is a copy.
        names = self.locked_texts.get(text, [])
        return next((name for name in names if not self.seen[name]), names[-1] if names else None)

    def _admitted(self, cell: RawCell) -> list[RawCell]:
        """Return the cell, unless it is blank, or one too many or too long."""
        if cell.blank:
            return []
        if self._room <= 0 or len(cell.source) > min(MAX_CELL, self._text):
            self.left_out += 1
            return []
        self._room -= 1
        self._text -= len(cell.source)
        return [cell]

    def _is_changed(self, name: str, cell: RawCell) -> bool:
        known = (self.template.released[name].strip(), self.locked[name].source.strip())
        return cell.source.strip() not in known

    def _beside(self, name: str) -> str:
        """Return the place for what was written into a locked cell: a check runs behind it."""
        cell = self.locked[name]
        if "check" not in cell.metadata.get("tags", []) and not is_graded(cell):
            return name
        index = self.cells.index(cell)
        return place_of(self.cells[index - 1]) if index else ""

    def _written_into(self, name: str, cell: RawCell) -> list[RawCell]:
        """Return what was added to a locked cell, as a cell of its own; nothing if it was changed.

        An older release of the cell differs in more than what was added.
        """
        released = self.template.released[name].strip()
        ours = {line.strip() for line in released.splitlines()}
        lines = cell.source.splitlines()
        if cell.kind == "code":
            added = cell.source.replace(released, "", 1) if released in cell.source else ""
        elif ours <= {line.strip() for line in lines}:
            added = "\n".join(line for line in lines if line.strip() not in ours)
        else:
            added = ""
        return self._admitted(replace(cell, source=added.strip("\n"), grade_id=None))

    def _note(self, kind: Kind, names: Iterable[str], **detail: Any) -> None:
        self.events += [Event(kind, name, detail) for name in names]

    def _note_copies(self) -> None:
        copied = [name for name, times in self.seen.items() if times > 1]
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
        pictures = Allowance()
        handed_in = [c for cells in (*answers.values(), *own.values()) for c in cells]
        known = frozenset(name for c in handed_in if c.kind == "code" for name in c.may_define)
        result: list[NotebookNode] = []
        chosen = {name: self._choose(name, cells) for name, cells in answers.items() if cells}
        filled = {name: self._filled(name, cell, pictures) for name, cell in chosen.items()}
        self._add(result, own.pop("", []), pictures)
        missing: list[str] = []
        elsewhere: list[str] = []
        for cell in self.cells:
            name = grade_id(cell)
            if name in filled:
                others = [c for c in answers[name] if c is not chosen[name] and not c.blank]
                self._add(result, others, pictures)
                result.append(filled[name])
            elif name in self.editable:
                wanted = defined(cell.source) if cell.cell_type == "code" else frozenset()
                # A stub put back would undo what another cell defines.
                undone = bool(wanted) and wanted <= known
                (elsewhere if undone else missing).append(name)
                result.append(NotebookNode(cell, source="") if undone else NotebookNode(cell))
            else:
                result.append(NotebookNode(cell))
            self._add(result, own.pop(place_of(cell), []), pictures)
        self._note("answer-missing", missing)
        self._note("answer-elsewhere", elsewhere)
        if self.left_out:
            most = {"cells_most": MAX_OWN_CELLS, "most": MAX_CELL, "text_most": MAX_OWN_TEXT}
            self._note("own-left-out", [""], count=self.left_out, **most)
        if pictures.left_out:
            mb = MOST / 1e6
            self._note("pictures-left-out", [""], count=pictures.left_out, mb=mb)
        return result

    def _choose(self, name: str, candidates: list[RawCell]) -> RawCell:
        """Choose the last one, as when a notebook is run from top to bottom; stubs do not count."""
        stub = self.editable[name].source.strip()
        answered = [c for c in candidates if c.source.strip() not in ("", stub)]
        return (answered or candidates)[-1]

    def _filled(self, name: str, answer: RawCell, pictures: Allowance) -> NotebookNode:
        cell = NotebookNode(self.editable[name])
        source = answer.source
        if len(source) > MAX_CELL:
            kind: Kind = "answer-too-long" if cell.cell_type == "code" else "text-cut"
            self._note(kind, [name], chars=len(source), most=MAX_CELL)
            if cell.cell_type == "code":
                return cell
            source = source[:MAX_CELL]
        if cell.cell_type == "code" and answer.kind != "code":
            self._note("answer-was-text", [name])
        cell.source = source
        if cell.cell_type == "markdown" and answer.attachments:
            cell.attachments = nbformat.from_dict(pictures.take(answer.attachments))
        return cell

    def _add(self, result: list[NotebookNode], cells: list[RawCell], pictures: Allowance) -> None:
        for cell in cells:
            new = new_cell(cell.kind, cell.source, f"own-{self._own}", {})
            self._own += 1
            if cell.kind == "markdown" and cell.attachments:
                new.attachments = nbformat.from_dict(pictures.take(cell.attachments))
            result.append(new)
