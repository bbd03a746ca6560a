"""What happens to a submission: events as data, and the sentences in which they are shown.

An event is put into words where it is shown, by `sentences`, `log_line` and `remarks`, and never
read back from words. All sentences stand in this file.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

#: How a submission's notebook came to be: as it was handed in, after repairs, or blank.
State = Literal["whole", "repaired", "unreadable"]

Kind = Literal[
    # of a file that was handed in
    "folder-is-link",
    "single-file",
    "not-opened",
    "is-folder",
    "is-link",
    "not-a-file",
    "too-large",
    "too-large-together",
    "empty-file",
    "other-format",
    "not-text",
    "not-utf8",
    "cut-off",
    "unmerged",
    "not-a-notebook",
    "no-cells",
    "too-deep",
    "other-assignment",
    "much-output",
    "other-name",
    "several-notebooks",
    "most-answers",
    "empty-folder",
    "no-notebook",
    "time-unread",
    "left-out",
    "too-many-values",
    # of its cells
    "locked-changed",
    "locked-copied",
    "answer-copied",
    "answer-missing",
    "answer-elsewhere",
    "answer-too-long",
    "answer-was-text",
    "label-lost",
    "cells-moved",
    "own-left-out",
    "pictures-left-out",
    "text-beside",
    "text-elsewhere",
    "text-cut",
    # of the run
    "timeout",
    "crashed",
    "memory",
    "protocol",
    "used-up",
    "much-shown",
    "raised",
    "missing",
    "assertion",
    "check-failed",
    "test-failed",
    "begun-anew",
]

#: By kind, the sentence; its fields are those of the event's detail.
_SENTENCES: dict[Kind, str] = {
    "folder-is-link": "What was handed in is a link to another place. Links are not followed.",
    "single-file": "A single file was handed in where a folder with the notebook should be.",
    "not-opened": "{name} could not be opened ({reason}).",
    "is-folder": "{name} is a folder, not a notebook.",
    "is-link": "{name} is a link to another place. Links are not followed.",
    "not-a-file": "{name} is not a file.",
    "too-large": (
        "{name} holds {mb:.0f} MB; at most {most:.0f} MB are read. "
        "Clear the output and hand it in again."
    ),
    "too-large-together": (
        "{name} holds {mb:.0f} MB; at most {most:.0f} MB are read together with the other "
        "notebooks. Clear the output and hand it in again."
    ),
    "empty-file": "{name} is empty: was it saved before it was handed in?",
    "other-format": "{name} is {format}, not a notebook.",
    "not-text": "{name} is not a notebook: it is not text.",
    "not-utf8": (
        "{name} is not saved as UTF-8, as notebooks are: letters with accents may look wrong."
    ),
    "cut-off": (
        "{name} ends in the middle: it was cut off while it was saved or sent. "
        "Open it in Jupyter, save it, and hand it in again."
    ),
    "unmerged": "{name} is a notebook with an unfinished git merge in it.",
    "not-a-notebook": "{name} is not a notebook.",
    "no-cells": "{name} holds no cells: it is not a notebook.",
    "too-deep": (
        "The file takes more memory to read than there is for one submission: it is too large or "
        "too deeply nested. Clear the output and hand it in again."
    ),
    "other-assignment": (
        '{name} does not hold the cells of the assignment "{assignment}": '
        "was the wrong file handed in?"
    ),
    "much-output": (
        "The file holds {mb:.0f} MB, most of it output. Output is not graded: "
        "clear it (Kernel, Restart and Clear Outputs) before you hand in."
    ),
    "other-name": "The notebook is called {name}, not {wanted}. It was graded all the same.",
    "several-notebooks": (
        "There is more than one notebook. {name} was graded, not {others}: no other has more "
        "answers in it."
    ),
    "most-answers": (
        "There is more than one notebook. {name} was graded, not {others}: it has the most answers "
        "in it, {count}."
    ),
    "empty-folder": "The folder is empty: {wanted} is missing.",
    "no-notebook": "There is no notebook: {wanted} is missing, there is only {others}.",
    "left-out": (
        "Left out when it was collected: {others}. One submission has room for {most:.0f} MB, "
        "notebooks first, and an archive in it must be whole. Hand in the notebook alone."
    ),
    "too-many-values": (
        "{name} is too large: there may be {most:,} values in all notebooks together. "
        "Clear the output and hand it in again."
    ),
    "time-unread": (
        "It is not known when you handed in: timestamp.txt holds {found}, and no time such as "
        "2026-11-21 10:00:00 UTC. Tell your instructor when it was."
    ),
    "locked-changed": "A locked cell of {cells} was changed. The original was used instead.",
    "locked-copied": "A locked cell of {cells} is there more than once. The copies were left out.",
    "answer-copied": (
        "The answer cell of {cells} is there more than once. The last one with an answer counts."
    ),
    "answer-missing": "The answer cell of {cells} was missing. It was put back, empty.",
    "answer-elsewhere": (
        "The answer cell of {cells} does not hold the answer. Another cell defines its function, "
        "and counts."
    ),
    "answer-too-long": (
        "The answer cell of {cells} holds {chars:,} characters. At most {most:,} are read, so it "
        "was left empty."
    ),
    "answer-was-text": "The answer cell of {cells} had become a text cell. It was run as code.",
    "label-lost": (
        "The answer cell of {cells} had lost its label. "
        "The cell that defines the same function was taken for it."
    ),
    "cells-moved": "Some cells had been moved. They were graded in the order of the original.",
    "own-left-out": (
        "{count} of your own cells were left out: there may be {cells_most}, "
        "each of at most {most:,} characters, and of {text_most:,} together."
    ),
    "pictures-left-out": (
        "{count} of the pictures in your texts were left out. Kept are PNG, JPEG, GIF and WebP, of "
        "at most {mb:.0f} MB together: make them smaller."
    ),
    "text-beside": (
        "The answer to {cells} is not in its own cell. What stands beside it was taken for it."
    ),
    "text-elsewhere": (
        "There is no answer in the cell of {cells}. Whoever marks it is shown the texts that you "
        "wrote elsewhere in the notebook."
    ),
    "text-cut": ("The answer to {cells} holds {chars:,} characters. The first {most:,} were kept."),
    "timeout": "{name} did not come back in time: {reason}.",
    "crashed": "{name} ended the Python process: {reason}.",
    "memory": "{name} asked for too much memory.",
    "protocol": "{name} sent what is no data: {reason}.",
    "used-up": "Nothing more was run: {reason}.",
    "much-shown": (
        "All that your notebook shows takes more than {most} MB. From {cells} on it was left out."
    ),
    "raised": "{name} raised {exception}.",
    "missing": "{name} is not defined.",
    "assertion": "An assertion of the test did not hold.",
    "check-failed": "The check itself failed: {reason}.",
    "test-failed": "THE TEST ITSELF FAILED, 0 points given: {reason}\n{trace}",
    "begun-anew": "Begun anew: the sandbox was ended from outside.",
}
#: The same for several cells, of kinds that often befall many.
_OF_SEVERAL: dict[Kind, str] = {
    "locked-changed": "Locked cells of {cells} were changed. The originals were used instead.",
    "locked-copied": "Locked cells of {cells} are there more than once. The copies were left out.",
    "answer-copied": (
        "The answer cells of {cells} are there more than once. The last ones with an answer count."
    ),
    "answer-missing": "The answer cells of {cells} were missing. They were put back, empty.",
    "answer-elsewhere": (
        "The answer cells of {cells} do not hold the answers. Other cells define their functions, "
        "and count."
    ),
    "text-beside": (
        "The answers to {cells} are not in their own cells. What stands beside them was taken for "
        "them."
    ),
    "text-elsewhere": (
        "There is no answer in the cells of {cells}. Whoever marks them is shown the texts that "
        "you wrote elsewhere in the notebook."
    ),
    "label-lost": (
        "The answer cells of {cells} had lost their labels. "
        "The cells that define the same functions were taken for them."
    ),
}
#: What files that are handed in instead of a notebook are.
_FORMATS = {
    "zip": "a zip archive (or an Office document)",
    "pdf": "a PDF document",
    "html": "a web page",
    "picture": "a picture",
    "gzip": "a gzip archive",
    "merge": "a notebook with an unfinished git merge in it",
}
_NOTHING_GRADED = "Nothing could be graded."
_A_CELL, _MORE, _AND = "The cell", "{} more", " and "
_REMARKS: dict[Kind, str] = {
    "timeout": "hung {}x",
    "crashed": "crashed {}x",
    "memory": "out of memory {}x",
    "protocol": "sent what is no data {}x",
}
_TEST_FAILED, _REPAIRED, _UNREADABLE = "A TEST BROKE DOWN", "repaired", "not readable"
_UNTIMED, _SEVERAL = "time of handing in not readable", "several notebooks"
_HINTS = ("{} hint", "{} hints")


@dataclass(frozen=True)
class Event:
    """Something that happened to a submission.

    Attributes:
        kind: what.
        cell: the grade_id of the cell to which it happened; "" where it was none.
        detail: by name, the numbers and names that its sentence gives; plain data.
    """

    kind: Kind
    cell: str = ""
    detail: Mapping[str, Any] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain data, ready for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> "Event":
        """Return what `to_dict` wrote. Raises TypeError for anything else."""
        return cls(**data)


def events_from(data: Iterable[Mapping[str, Any]]) -> tuple[Event, ...]:
    """Return the events of which ``data`` holds what `Event.to_dict` wrote. Raises TypeError."""
    return tuple(Event.from_dict(item) for item in data)


def sentences(
    state: State, events: Iterable[Event], title: Callable[[str], str] = str
) -> tuple[str, ...]:
    """Put events into words for the student, events of one kind about several cells as one.

    ``title`` gives, for a cell's grade_id, the title by which a student knows it.
    """
    groups: dict[object, list[Event]] = {}
    for number, event in enumerate(events):
        groups.setdefault(event.kind if event.kind in _OF_SEVERAL else number, []).append(event)
    said = [_sentence(group, title) for group in groups.values()]
    if state == "unreadable":
        said[-1:] = [" ".join([*said[-1:], _NOTHING_GRADED])]
    return tuple(said)


def log_line(event: Event) -> str:
    """Put an event into words for the log: the cell's grade_id in front."""
    place = f"{event.cell}: " if event.cell else ""
    return place + _sentence([event], str)


def remarks(state: State, events: Iterable[Event], hints: int) -> tuple[str, ...]:
    """Return what was out of the ordinary about a submission, in a few words each.

    ``hints`` is the number of known mistakes that were named to the student.
    """
    times = Counter(event.kind for event in events)
    untimed = [_UNTIMED] * (times["time-unread"] > 0)
    several = [_SEVERAL] * (times["several-notebooks"] + times["most-answers"] > 0)
    if state == "unreadable":
        return (_UNREADABLE, *untimed)
    found = [_REPAIRED] * (state == "repaired") + untimed + several
    found += [text.format(times[kind]) for kind, text in _REMARKS.items() if times[kind]]
    if hints:
        found.append(_HINTS[hints > 1].format(hints))
    if times["test-failed"]:
        found.append(_TEST_FAILED)
    return tuple(found)


def _sentence(events: Sequence[Event], title: Callable[[str], str]) -> str:
    """Put events of one kind into one sentence; details are those of the first."""
    first = events[0]
    titles = list(dict.fromkeys(f'"{title(event.cell)}"' for event in events))
    table = _OF_SEVERAL if len(titles) > 1 else _SENTENCES
    if len(titles) > 4:
        titles[3:] = [_MORE.format(len(titles) - 3)]
    detail = {name: _shown(value) for name, value in first.detail.items()}
    if first.kind == "other-format":
        detail["format"] = _FORMATS[detail["format"]]
    cells = _AND.join(part for part in (", ".join(titles[:-1]), *titles[-1:]) if part)
    return table[first.kind].format_map({"name": _A_CELL, "cells": cells, **detail})


def _shown(value: Any) -> Any:
    """Return a list as its first three items, and no letter that does something to a terminal."""
    if isinstance(value, list | tuple):
        value = ", ".join(map(str, value[:3])) + (", ..." if len(value) > 3 else "")
    if isinstance(value, str):
        return "".join(
            c if c.isprintable() or c in "\n\t" else "\N{REPLACEMENT CHARACTER}" for c in value
        )
    return value
