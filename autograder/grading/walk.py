"""Which cells are run, where they come from, and in which order.

Of a submission only the text of editable cells and of the student's own cells is taken, found by
grade_id; everything else, metadata above all, is the instructor's.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbformat.corpus.words import generate_corpus_id

from autograder.assignment import Assignment, Role, role
from autograder.grading.nodes import new_cell
from autograder.submissions.outline import grade_id, is_editable

_HIDDEN = re.compile(r"^ *### BEGIN HIDDEN TESTS$.*?^ *### END HIDDEN TESTS$\n?", re.M | re.S)
_PICTURES = ("image/png", "image/jpeg", "image/gif", "image/webp")
_KINDS = ("code", "markdown", "raw")


@dataclass(frozen=True)
class Step:
    """A cell of the graded notebook; ``name`` is its grade_id, or made up for an own cell."""

    name: str
    role: Role
    cell: NotebookNode


@dataclass
class Walk:
    """The steps in order, and what had to be put right to get there."""

    steps: list[Step] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def walk(submission: NotebookNode, assignment: Assignment) -> Walk:
    """The graded notebook's cells, not yet run."""
    source = {name: cell for cell in assignment.source.cells if (name := grade_id(cell))}
    found: dict[str, list[NotebookNode]] = defaultdict(list)
    own: dict[str, list[NotebookNode]] = defaultdict(list)
    place = ""
    for cell in _cells(submission):
        name = _name(cell)
        if name in source:
            place = name
            found[name].append(cell)
        else:
            own[place].append(cell)
    result = Walk()
    numbers = iter(range(1, 10**9))
    result.steps += _own_steps(own[""], numbers)
    for name, mine in source.items():
        theirs = found[name]
        if not theirs:
            result.notes.append(f"{name}: was missing, put back")
        if len(theirs) > 1:
            result.notes.append(f"{name}: is there {len(theirs)} times")
        if is_editable(mine) or (role(mine) == "answer"):
            chosen = _chosen(theirs, mine.source)
            others = [c for c in theirs if c is not chosen and mine.cell_type == "code"]
            result.steps += _own_steps(others, numbers)
            result.steps.append(Step(name, role(mine), _filled(mine, chosen)))
        else:
            as_released = (mine.source.strip(), _HIDDEN.sub("", mine.source).strip())
            if role(mine) != "text" and any(_text(c).strip() not in as_released for c in theirs):
                result.notes.append(f"{name}: locked, is not as it was released")
            result.steps.append(Step(name, role(mine), _fresh(mine, mine.source)))
        result.steps += _own_steps(own[name], numbers)
    return result


def _cells(submission: NotebookNode) -> list[Any]:
    cells = submission.get("cells")
    return [c for c in cells if isinstance(c, dict)] if isinstance(cells, list) else []


def _name(cell: dict[str, Any]) -> str:
    metadata = cell.get("metadata")
    data = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    name = data.get("grade_id") if isinstance(data, dict) else None
    return name if isinstance(name, str) else ""


def _text(cell: dict[str, Any]) -> str:
    source = cell.get("source")
    if not isinstance(source, str):
        return ""
    return source.encode(errors="replace").decode()


def _chosen(candidates: list[Any], stub: str) -> Any:
    """As when a notebook is run from top to bottom, the last answer counts."""
    answered = [c for c in candidates if _text(c).strip() not in ("", stub.strip())]
    return (answered or candidates or [None])[-1]


def _filled(mine: NotebookNode, theirs: Any) -> NotebookNode:
    cell = _fresh(mine, "" if theirs is None else _text(theirs))
    return cell if theirs is None else _with_pictures(cell, theirs)


def _with_pictures(cell: NotebookNode, theirs: Any) -> NotebookNode:
    attachments = theirs.get("attachments")
    if cell.cell_type == "markdown" and isinstance(attachments, dict):
        kept = {str(name): _pictures(bundle) for name, bundle in attachments.items()}
        cell.attachments = nbformat.from_dict(kept)
    return cell


def _pictures(bundle: Any) -> dict[str, str]:
    pairs = bundle.items() if isinstance(bundle, dict) else ()
    return {kind: data for kind, data in pairs if kind in _PICTURES and isinstance(data, str)}


def _fresh(mine: NotebookNode, text: str) -> NotebookNode:
    return new_cell(
        mine.cell_type, text, mine.get("id") or generate_corpus_id(), dict(mine.metadata)
    )


def _own_steps(cells: list[Any], numbers: Iterator[int]) -> list[Step]:
    steps = []
    for theirs in cells:
        kind = theirs.get("cell_type")
        if not _text(theirs).strip() or kind not in _KINDS:
            continue
        name = f"own-{next(numbers)}"
        cell = _with_pictures(new_cell(kind, _text(theirs), name, {}), theirs)
        steps.append(Step(name, "answer" if kind == "code" else "text", cell))
    return steps
