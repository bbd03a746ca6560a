"""Answers that stand in another cell than the one meant for them, brought to where they count.

A function counts wherever it is defined: a stub that would undo it is left out, and code that
stands behind the test of its exercise goes up to where the answer belongs. A text that answers a
written question counts wherever it stands, for a person reads it.
"""

from collections.abc import Iterator, Mapping, MutableMapping
from dataclasses import dataclass

from nbformat import NotebookNode

from autograder.events import Event
from autograder.submissions.cells import RawCell, defined
from autograder.submissions.outline import grade_id, is_editable, is_graded

_FROM_ELSEWHERE = "*There is no answer in this cell. These texts stand elsewhere in the notebook:*"


@dataclass(frozen=True)
class _Found:
    """A cell that was handed in, the index of the cell that it is or stands behind, and its list.

    ``slot`` is the name of the answer cell that it is; "" for an own cell.
    """

    cell: RawCell
    index: int
    within: list[RawCell]
    slot: str = ""


@dataclass
class Places:
    """The cells that were handed in, sorted by the assignment's cells.

    Attributes:
        notebook: the assignment's.
        released: the texts that students got, by grade_id.
        answers: by grade_id, the cells that stand for an answer cell.
        own: by the `place_of` a cell, those that a student has added behind it; "" is the top.
    """

    notebook: NotebookNode
    released: Mapping[str, str]
    answers: MutableMapping[str, list[RawCell]]
    own: MutableMapping[str, list[RawCell]]

    def __post_init__(self) -> None:
        self.cells: list[NotebookNode] = self.notebook.cells
        self.places = ["", *(place_of(cell) for cell in self.cells)]

    def answered(self, name: str) -> RawCell | None:
        """Return the last cell with an answer; None where all are blank or as released."""
        stub = self.released[name].strip()
        found = [c for c in self.answers.get(name, []) if c.source.strip() not in ("", stub)]
        return found[-1] if found else None

    def backwards(self) -> Iterator[_Found]:
        """Yield what students wrote, the last first; of an answer cell what counts."""
        for index in range(len(self.cells) - 1, -2, -1):
            within = self.own.get(self.places[index + 1], [])
            for cell in reversed(within):
                yield _Found(cell, index, within)
            name = grade_id(self.cells[index]) if index >= 0 else None
            answer = self.answered(name) if name and is_editable(self.cells[index]) else None
            if name and answer is not None:
                yield _Found(answer, index, self.answers[name], name)

    def test_of(self, index: int) -> int:
        """Return the index of the test behind an answer cell, or that of the end."""
        behind = enumerate(self.cells[index + 1 :], index + 1)
        tests = (i for i, cell in behind if is_graded(cell) and not is_editable(cell))
        return next(tests, len(self.cells))

    def first_beside(self, index: int) -> int:
        """Return the index of the first cell that belongs to an answer cell: its task."""
        while index > 0 and not (
            is_graded(self.cells[index - 1]) or is_editable(self.cells[index - 1])
        ):
            index -= 1
        return index


def place_of(cell: NotebookNode) -> str:
    """Return what a cell of the assignment is known by as a place: its grade_id, or its text."""
    return grade_id(cell) or f"{cell.cell_type} {cell.source.strip()}"


def place_code(places: Places) -> list[Event]:
    """See to it that functions are defined at the tests of their exercises; returns what was done.

    Args:
        places: what was handed in; changed in place.
    """
    return [
        event
        for index, cell in enumerate(places.cells)
        if (name := grade_id(cell)) and is_editable(cell) and cell.cell_type == "code"
        for event in _code(places, index, name)
    ]


def place_texts(places: Places) -> list[Event]:
    """See to it that a person reads what may answer a written question; returns what was done.

    Args:
        places: what was handed in; changed in place.
    """
    return [
        event
        for index, cell in enumerate(places.cells)
        if (name := grade_id(cell)) and is_editable(cell) and cell.cell_type != "code"
        for event in _text(places, index, name)
    ]


def _code(places: Places, index: int, name: str) -> list[Event]:
    """Place the functions of one exercise, whose answer cell is ``name`` at ``index``."""
    wanted = defined(places.released[name])
    mine = places.answered(name)
    if not wanted or (mine is not None and wanted <= mine.may_define):
        return []
    found = next((f for f in places.backwards() if wanted <= f.cell.defines), None)
    if found is None:
        return []
    lost = not places.answers.get(name)
    test = places.test_of(index)
    if found.index < test:
        beside = not found.slot and found.index >= places.first_beside(index)
        if lost and beside:
            _remove(found)
            places.answers[name] = [found.cell]
            return [Event("label-lost", name)]
        if mine is None and (lost or found.index < index):
            was_blank = not lost and all(cell.blank for cell in places.answers[name])
            places.answers[name] = [RawCell("code", "")]
            return [] if was_blank else [Event("answer-elsewhere", name)]
        return []
    _move_up(places, found, index, name, mine)
    return [Event("answer-elsewhere", name)]


def _move_up(places: Places, found: _Found, index: int, name: str, mine: RawCell | None) -> None:
    """Put code from behind the test of an exercise where its answer belongs.

    What own cells between the two define or import goes along.
    """
    ahead = places.own.setdefault(places.places[index], [])
    for i in range(places.test_of(index), found.index + 1):
        within = places.own.get(places.places[i + 1], [])
        for cell in list(within):
            if cell is found.cell:
                break
            if cell.helps:
                within.remove(cell)
                ahead.append(cell)
    _remove(found)
    if found.slot:
        found.within.append(RawCell("code", ""))
    if mine is None:
        places.answers[name] = [found.cell]
    else:
        ahead.append(found.cell)


def _remove(found: _Found) -> None:
    found.within[:] = [cell for cell in found.within if cell is not found.cell]


def _text(places: Places, index: int, name: str) -> list[Event]:
    """Place what may answer one written question, whose cell is ``name`` at ``index``."""
    if places.answered(name) is not None:
        return []
    beside = [
        places.own.get(places.places[i + 1], [])
        for i in range(places.first_beside(index), index + 1)
    ]
    texts = [cell for cells in beside for cell in cells if cell.is_prose]
    if texts:
        for cells in beside:
            cells[:] = [cell for cell in cells if not any(cell is text for text in texts)]
        places.answers[name] = [_joined(texts)]
        return [Event("text-beside", name)]
    texts = [cell for cells in places.own.values() for cell in cells if cell.is_prose]
    if not texts:
        return []
    places.answers[name] = [_joined([RawCell("markdown", _FROM_ELSEWHERE), *texts])]
    return [Event("text-elsewhere", name)]


def _joined(cells: list[RawCell]) -> RawCell:
    """Make one text of several cells; comments stay code in it."""
    texts: list[str] = []
    pictures: dict[str, Mapping[str, str]] = {}
    for number, cell in enumerate(cells):
        text = cell.source
        for name, picture in cell.attachments.items():
            other = f"{number}-{name}" if name in pictures else name
            text = text.replace(f"attachment:{name}", f"attachment:{other}")
            pictures[other] = picture
        texts.append(f"~~~~~~python\n{text}\n~~~~~~" if cell.kind == "code" else text)
    return RawCell("markdown", "\n\n".join(texts), attachments=pictures)
