"""From the cells that were handed in to a clean notebook: the instructor's, with the answers.

Of a submission only three things count: the text of the cells a student may edit, the text of the
cells they added, and where those stand. All else, metadata and outputs first of all, comes from the
instructor's notebook.
"""

import base64
import binascii
import copy
import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import nbformat
from nbformat import NotebookNode

from autograder.course import Course
from autograder.submissions.outline import exercises, grade_id, is_editable

State = Literal["whole", "mended", "unreadable"]

MAX_CELL = 200_000
MAX_OWN_CELLS = 1_000
MAX_ATTACHMENT = 4_000_000
_PICTURES = ("image/png", "image/jpeg", "image/gif", "image/webp")
_DEFINITION = re.compile(r"^(?:def|class)[ \t]+(\w+)", re.MULTILINE)
_KINDS = ("code", "markdown", "raw")


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
class Staged:
    """A clean notebook, and what the student is told about how it came to be."""

    notebook: NotebookNode
    state: State
    messages: tuple[str, ...]


@dataclass(frozen=True)
class Skeleton:
    """The notebook that was released, locked cells as the instructor wrote them."""

    name: str
    notebook: NotebookNode
    released: dict[str, str]

    @classmethod
    def load(cls, course: Course, name: str) -> "Skeleton":
        """Read it from the course; the assignment must have been released."""
        course.require_released(name)
        source = _read(course.source / name / f"{name}.ipynb")
        return cls.of(name, source, _read(course.release / name / f"{name}.ipynb"))

    @classmethod
    def of(cls, name: str, source: NotebookNode, released: NotebookNode) -> "Skeleton":
        """From the instructor's notebook and the released one, which becomes the skeleton's."""
        full = {grade_id(cell): cell.source for cell in source.cells}
        texts = {found: cell.source for cell in released.cells if (found := grade_id(cell))}
        for cell in released.cells:
            name_of_cell = grade_id(cell)
            if name_of_cell and not is_editable(cell):
                cell.source = full.get(name_of_cell, cell.source)
        return cls(name, released, texts)

    def title(self, name: str) -> str:
        """How a student knows the cell ``name``."""
        for exercise in exercises(self.notebook):
            if name == exercise.grade_id or name in exercise.answers:
                return f'"{exercise.title}"'
        return f'"{name}"'

    def blank(self, message: str) -> Staged:
        """The notebook with nothing answered, for what could not be read."""
        return Staged(
            self.with_cells(self.notebook.cells, "unreadable", [message]), "unreadable", (message,)
        )

    def with_cells(
        self, cells: list[NotebookNode], state: State, messages: list[str]
    ) -> NotebookNode:
        """The notebook with other cells, and with the messages to its student in it."""
        notebook = copy.deepcopy(self.notebook)
        notebook.cells = copy.deepcopy(cells)
        notebook.metadata["autograder"] = {"state": state, "messages": messages}
        return notebook


def _read(path: Path) -> NotebookNode:
    return nbformat.reads(path.read_text(encoding="utf-8"), as_version=4)


def raw_cells(document: Any) -> list[RawCell]:
    """The cells of a parsed notebook of any format version; [] where there are none to be found."""
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
    """Without carriage returns, and without halves of surrogate pairs, which no file can hold."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _pictures(attachments: Any) -> dict[str, dict[str, str]]:
    """Pasted pictures: only bitmaps, only in base64, only of a sensible size."""
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


def mend(cells: list[RawCell], skeleton: Skeleton) -> Staged:
    """The instructor's notebook with the answers found in ``cells``.

    Raises NotTheAssignment where no cell of the assignment is among them.
    """
    return _Mender(skeleton).mend(cells)


class _Mender:
    def __init__(self, skeleton: Skeleton) -> None:
        self.skeleton = skeleton
        self.cells: list[NotebookNode] = skeleton.notebook.cells
        self.editable = {n: c for c in self.cells if (n := grade_id(c)) and is_editable(c)}
        self.locked = {n: c for c in self.cells if (n := grade_id(c)) and not is_editable(c)}
        self.unnamed = {(c.cell_type, c.source.strip()): c for c in self.cells if not grade_id(c)}
        self.locked_texts = {
            skeleton.released[n].strip(): n for n in self.locked if skeleton.released[n].strip()
        }
        self.messages: list[str] = []

    def mend(self, raw: list[RawCell]) -> Staged:
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
        self._say(
            changed,
            "A locked cell of {} was changed. The original was used instead.",
            "Locked cells of {} were changed. The originals were used instead.",
        )
        self._report_copies(seen)
        self._report_order(order)
        result = self._put_together(answers, own)
        state: State = "mended" if self.messages else "whole"
        notebook = self.skeleton.with_cells(result, state, self.messages)
        return Staged(notebook, state, tuple(self.messages))

    def _known(self, cell: RawCell) -> str | None:
        """The name of the skeleton's cell that this one is, or is a copy of."""
        if cell.grade_id in self.editable or cell.grade_id in self.locked:
            return cell.grade_id
        text = cell.source.strip()
        if (cell.kind, text) in self.unnamed:
            return f"{cell.kind} {text}"
        return self.locked_texts.get(text)

    def _is_changed(self, name: str, cell: RawCell) -> bool:
        mine = self.locked[name]
        changed = cell.source.strip() != self.skeleton.released[name].strip()
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
        self._say(
            found,
            "The answer cell of {} had lost its label. "
            "The cell that defines the same function was taken for it.",
            "The answer cells of {} had lost their labels. "
            "The cells that define the same functions were taken for them.",
        )

    def _say(self, names: Iterable[str], one: str, several: str) -> None:
        """Add one message about some cells, if there are any."""
        titles = list(dict.fromkeys(self.skeleton.title(name) for name in names))
        if len(titles) > 4:
            titles[3:] = [f"{len(titles) - 3} more"]
        listed = " and ".join(part for part in (", ".join(titles[:-1]), *titles[-1:]) if part)
        if titles:
            self.messages.append((one if len(titles) == 1 else several).format(listed))

    def _report_copies(self, seen: Counter[str]) -> None:
        copied = [name for name, times in seen.items() if times > 1]
        self._say(
            [name for name in copied if name in self.editable],
            "The answer cell of {} is there more than once. The last one with an answer counts.",
            "The answer cells of {} are there more than once. The last ones with an answer count.",
        )
        self._say(
            [n for n in copied if n in self.locked and self.locked[n].cell_type == "code"],
            "A locked cell of {} is there more than once. The copies were left out.",
            "Locked cells of {} are there more than once. The copies were left out.",
        )

    def _report_order(self, order: list[str]) -> None:
        place = {grade_id(cell): i for i, cell in enumerate(self.cells)}
        first_seen = [place[name] for name in dict.fromkeys(order) if name in place]
        if first_seen != sorted(first_seen):
            self.messages.append(
                "Some cells had been moved. They were graded in the order of the original."
            )

    def _put_together(
        self, answers: dict[str, list[RawCell]], own: dict[str, list[RawCell]]
    ) -> list[NotebookNode]:
        result: list[NotebookNode] = []
        self._room = MAX_OWN_CELLS
        self._dropped = 0
        self._own(result, own.pop("", []))
        missing: list[str] = []
        for cell in self.cells:
            name = grade_id(cell)
            if name in self.editable:
                candidates = answers.get(name, [])
                if not candidates:
                    missing.append(name)
                    result.append(copy.deepcopy(cell))
                else:
                    answer = self._choose(name, candidates)
                    self._own(
                        result, [c for c in candidates if c is not answer and c.source.strip()]
                    )
                    result.append(self._filled(name, answer))
            else:
                result.append(copy.deepcopy(cell))
            place = name or f"{cell.cell_type} {cell.source.strip()}"
            self._own(result, own.pop(place, []))
        self._say(
            missing,
            "The answer cell of {} was missing. It was put back, empty.",
            "The answer cells of {} were missing. They were put back, empty.",
        )
        if self._dropped:
            self.messages.append(
                f"{self._dropped} of your own cells were left out: there may be {MAX_OWN_CELLS}, "
                f"each of at most {MAX_CELL:,} characters."
            )
        return result

    def _choose(self, name: str, candidates: list[RawCell]) -> RawCell:
        """As in a notebook that is run from top to bottom, the last one counts; stubs do not."""
        stub = self.editable[name].source.strip()
        answered = [c for c in candidates if c.source.strip() not in ("", stub)]
        return (answered or candidates)[-1]

    def _filled(self, name: str, answer: RawCell) -> NotebookNode:
        cell = copy.deepcopy(self.editable[name])
        if len(answer.source) > MAX_CELL:
            self.messages.append(
                f"The answer cell of {self.skeleton.title(name)} holds {len(answer.source):,} "
                f"characters. At most {MAX_CELL:,} are read, so it was left empty."
            )
            return cell
        if cell.cell_type == "code" and answer.kind != "code":
            self.messages.append(
                f"The answer cell of {self.skeleton.title(name)} had become a text cell. "
                "It was run as code."
            )
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
            new = {
                "code": nbformat.v4.new_code_cell,
                "markdown": nbformat.v4.new_markdown_cell,
                "raw": nbformat.v4.new_raw_cell,
            }[cell.kind](cell.source, id=f"own-{number}")
            if cell.kind == "markdown" and cell.attachments:
                new.attachments = nbformat.from_dict(cell.attachments)
            result.append(new)


def _defines(source: str) -> frozenset[str]:
    """The functions and classes a cell defines at its top. Student code is never parsed here."""
    return frozenset(_DEFINITION.findall(source)) if len(source) <= MAX_CELL else frozenset()
