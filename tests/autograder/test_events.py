"""Events are data; each kind has its words, and those are nowhere else."""

import json
import re
from typing import get_args

import pytest

from autograder import events
from autograder.events import Event, Kind, events_from, log_line, remarks, sentences

KINDS = get_args(Kind)
DETAIL = {
    "name": "tiny.ipynb",
    "wanted": "tiny.ipynb",
    "assignment": "tiny",
    "format": "zip",
    "mb": 12.3,
    "most": 100,
    "chars": 1_000_000,
    "count": 3,
    "cells_most": 1_000,
    "text_most": 1_000_000,
    "others": ["a", "b", "c", "d"],
    "reason": "signal 9",
    "exception": "ValueError",
    "trace": "line 1",
    "found": "'yesterday'",
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_words_that_hold_no_field(kind: Kind) -> None:
    event = Event(kind, "double-answer", DETAIL)
    (said,) = sentences("whole", [event], {"double-answer": "1. Double"}.__getitem__)
    assert said
    assert not re.search(r"[{}]", said)
    assert log_line(event).startswith("double-answer: ")


def test_the_tables_hold_the_kinds_and_no_others() -> None:
    assert set(events._SENTENCES) == set(KINDS)
    assert set(events._OF_SEVERAL) | set(events._REMARKS) <= set(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_an_event_survives_json(kind: Kind) -> None:
    event = Event(kind, "cell", DETAIL)
    assert events_from(json.loads(json.dumps([event.to_dict()]))) == (event,)


def test_events_of_a_kind_become_one_sentence_with_at_most_three_titles() -> None:
    found = [Event("answer-missing", name) for name in "abcdef"]
    found.insert(3, Event("cells-moved"))
    said = sentences("repaired", found, str.upper)
    assert said == (
        'The answer cells of "A", "B", "C" and 3 more were missing. They were put back, empty.',
        "Some cells had been moved. They were graded in the order of the original.",
    )


def test_cells_of_one_exercise_are_named_once() -> None:
    found = [Event("locked-changed", name) for name in ("check", "test")]
    (said,) = sentences("repaired", found, lambda name: "1. Double")
    assert said.startswith('A locked cell of "1. Double" was changed.')


def test_of_what_could_not_be_read_it_is_said_that_nothing_was_graded() -> None:
    (said,) = sentences("unreadable", [Event("empty-file", detail={"name": "tiny.ipynb"})])
    assert said.endswith(" Nothing could be graded.")


def test_remarks_count() -> None:
    ran: list[Event] = [Event("timeout"), Event("crashed"), Event("timeout"), Event("memory")]
    assert remarks("repaired", ran, 2) == (
        *("repaired", "hung 2x", "crashed 1x", "out of memory 1x", "2 hints"),
    )
    assert remarks("whole", [Event("test-failed")], 1) == ("1 hint", "A TEST BROKE DOWN")
    assert remarks("unreadable", ran, 1) == ("not readable",)
    untimed: list[Event] = [Event("time-unread")]
    assert remarks("unreadable", untimed, 0)[1:] == remarks("repaired", untimed, 0)[1:]
    assert remarks("repaired", untimed, 0)[1:] == ("time of handing in not readable",)
    assert remarks("whole", [], 0) == ()
