"""Whatever is handed in, there is a clean notebook to grade, and a message about what was odd."""

import json
import os
import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode
from nbgrader.utils import determine_grade
from tiny_course import NAME, RIGHT, answered, cell_of

from autograder.assignment import Assignment
from autograder.course import Course
from autograder.events import log_line, remarks, sentences
from autograder.submissions import handed_in as handed_in_module
from autograder.submissions.cells import MAX_CELL, raw_cells
from autograder.submissions.handed_in import read_folder, read_timestamp
from autograder.submissions.outline import exercises
from autograder.submissions.repair import MAX_OWN_CELLS, Repaired, Template, noted_in, repair
from autograder.submissions.sanitise import (
    sanitise,
    sanitised_path,
    sanitised_text,
    write_sanitised,
    write_timestamp,
)

HandIn = Callable[..., Path]
Sanitised = Callable[[str], Repaired]


@pytest.fixture
def template(tiny: Course) -> Template:
    return Assignment.load(tiny.root, NAME, tiny.solutions).template


@pytest.fixture
def sanitised(tiny: Course, template: Template) -> Sanitised:
    def run(student: str) -> Repaired:
        handed_in = read_folder(tiny.submitted / student / NAME, f"{NAME}.ipynb")
        made = sanitise(handed_in, template)
        path = sanitised_path(tiny, NAME, student)
        write_sanitised(path, sanitised_text(made))
        write_timestamp(path.parent, handed_in.timestamp)
        written = nbformat.read(path, as_version=4)
        nbformat.validate(written)
        assert written == made.noted()
        names = [c.metadata.get("nbgrader", {}).get("grade_id") for c in written.cells]
        wanted = [c.metadata.get("nbgrader", {}).get("grade_id") for c in template.notebook.cells]
        assert [n for n in names if n] == [n for n in wanted if n]
        return made

    return run


def sources(made: Repaired) -> dict[str, str]:
    return {n: cell_of(made.notebook, n).source for n in RIGHT}


def own(made: Repaired) -> list[str]:
    return [c.source for c in made.notebook.cells if c.id.startswith("own-")]


def told(made: Repaired) -> tuple[str, ...]:
    """What the student is told."""
    titles = {n: e.title for e in exercises(made.notebook) for n in (e.grade_id, *e.answers)}
    return sentences(made.state, made.events, lambda name: titles.get(name, name))


def is_blank(made: Repaired, template: Template) -> bool:
    texts = [c.source for c in made.notebook.cells]
    return made.state == "unreadable" and texts == [c.source for c in template.notebook.cells]


def test_a_plain_submission_is_taken_over(hand_in: HandIn, sanitised: Sanitised) -> None:
    path = hand_in("s", RIGHT)
    before = path.read_bytes()
    made = sanitised("s")
    assert made.state == "whole"
    assert told(made) == ()
    assert sources(made) == RIGHT
    assert path.read_bytes() == before


def test_sanitising_is_idempotent(tiny: Course, hand_in: HandIn, sanitised: Sanitised) -> None:
    hand_in("s", RIGHT)
    sanitised("s")
    path = tiny.sanitised / "s" / NAME / f"{NAME}.ipynb"
    before = path.stat().st_mtime_ns, path.read_bytes()
    sanitised("s")
    assert (path.stat().st_mtime_ns, path.read_bytes()) == before
    hand_in("again", path.read_bytes())
    again = [cell.source for cell in sanitised("again").notebook.cells]
    assert again == [c.source for c in nbformat.reads(before[1].decode(), as_version=4).cells]


UNREADABLE = {
    "nothing": (b"", "is empty"),
    "blanks": (b" \n\t ", "is empty"),
    "binary": (bytes(range(256)) * 40, "is not a notebook"),
    "zeros": (b"\x00" * 1000, "is not a notebook"),
    "zip": (b"PK\x03\x04" + bytes(100), "is a zip archive"),
    "pdf": (b"%PDF-1.7\n" + bytes(100), "is a PDF document"),
    "page": (b"<!DOCTYPE html><html></html>", "is a web page"),
    "text": (b"def double(x): return 2 * x\n", "is not a notebook"),
    "list": (b"[1, 2, 3]", "holds no cells"),
    "number": (b"12", "holds no cells"),
    "null": (b"null", "holds no cells"),
    "no cells": (b'{"cells": [], "metadata": {}, "nbformat": 4}', "holds no cells"),
    "odd cells": (b'{"cells": [1, "a", null, []]}', "holds no cells"),
    "cells no list": (b'{"cells": {"a": 1}}', "holds no cells"),
    "deep": (b"[" * 100_000, "is not a notebook"),
    "deep in cells": (b'{"cells": ' + b'[{"a":' * 50_000, "is not a notebook"),
    "long number": (b'{"cells": ' + b"9" * 10_000 + b"}", "is not a notebook"),
    "merge": (b'{"cells": [\n<<<<<<< HEAD\n{}\n=======\n>>>>>>> b\n]}', "unfinished git merge"),
    "utf-16 cut off": ("{}".encode("utf-16")[:-1], "is not a notebook"),
}


@pytest.mark.parametrize("kind", UNREADABLE)
def test_what_is_no_notebook_is_blank_with_a_message(
    kind: str, hand_in: HandIn, sanitised: Sanitised, template: Template
) -> None:
    data, said = UNREADABLE[kind]
    hand_in("s", data)
    made = sanitised("s")
    assert is_blank(made, template)
    assert len(told(made)) == 1
    assert said in told(made)[0]
    assert told(made)[0].endswith("Nothing could be graded.")
    assert noted_in(made.noted()) == (made.state, made.events)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.999])
def test_a_truncated_file_is_named_as_such(
    share: float, hand_in: HandIn, sanitised: Sanitised, template: Template
) -> None:
    path = hand_in("s", RIGHT)
    data = path.read_bytes().rstrip()
    path.write_bytes(data[: int(share * len(data))])
    made = sanitised("s")
    assert is_blank(made, template)
    assert "is not a notebook" in told(made)[0] or "cut off" in told(made)[0]


def test_a_file_cut_off_within_a_string_is_said_to_be_cut_off(
    hand_in: HandIn, sanitised: Sanitised
) -> None:
    path = hand_in("s", RIGHT)
    data = path.read_bytes()
    path.write_bytes(data[: data.index(b"return 2") + 4])
    assert "cut off" in told(sanitised("s"))[0]


def test_another_assignment_is_refused(
    hand_in: HandIn, released: NotebookNode, sanitised: Sanitised, template: Template
) -> None:
    other = answered(released, RIGHT)
    for cell in other.cells:
        data = cell.metadata.get("nbgrader")
        # As between chapters, the set-up cell has the same name and the same text.
        if data and data["grade_id"] != "set-up":
            data["grade_id"] = f"other-{data['grade_id']}"
        cell.source = cell.source.replace("double", "gate").replace("shift", "peephole")
    hand_in("s", other)
    made = sanitised("s")
    assert is_blank(made, template)
    assert 'does not hold the cells of the assignment "tiny"' in told(made)[0]


@pytest.mark.parametrize("name", ["tiny (1).ipynb", "HOMEWORK.IPYNB", "unpacked/tiny/tiny.ipynb"])
def test_the_only_notebook_counts_whatever_its_name(
    name: str, hand_in: HandIn, sanitised: Sanitised
) -> None:
    hand_in("s", RIGHT, name)
    made = sanitised("s")
    assert sources(made) == RIGHT
    assert made.state == "repaired"
    assert told(made)[0].startswith(f"The notebook is called {name}, not tiny.ipynb.")


def test_of_two_notebooks_the_one_with_the_right_name_counts(
    hand_in: HandIn, sanitised: Sanitised
) -> None:
    hand_in("s", {}, "draft.ipynb")
    hand_in("s", RIGHT)
    made = sanitised("s")
    assert sources(made) == RIGHT
    assert told(made) == (
        "There is more than one notebook. tiny.ipynb was graded, not draft.ipynb: it has the most "
        "answers in it, 3.",
    )


@pytest.mark.parametrize("solved", ["copy of tiny.ipynb", "a/b/solved.ipynb", "tiny (1).ipynb"])
def test_a_blank_notebook_gives_way_to_the_solved_one(
    solved: str, hand_in: HandIn, sanitised: Sanitised
) -> None:
    hand_in("s", {})
    hand_in("s", RIGHT, solved)
    made = sanitised("s")
    assert sources(made) == RIGHT
    assert told(made) == (
        f"The notebook is called {solved}, not tiny.ipynb. It was graded all the same.",
        f"There is more than one notebook. {solved} was graded, not tiny.ipynb: it has the most "
        "answers in it, 3.",
    )
    assert "several notebooks" in remarks(made.state, made.events, 0)


def test_among_equals_the_right_name_counts(hand_in: HandIn, sanitised: Sanitised) -> None:
    hand_in("s", RIGHT | {"why-answer": "An older one."}, "a draft.ipynb")
    hand_in("s", RIGHT)
    made = sanitised("s")
    assert sources(made) == RIGHT
    (said,) = told(made)
    assert said.endswith("not a draft.ipynb: no other has more answers in it.")


def test_hidden_folders_never_count(hand_in: HandIn, sanitised: Sanitised) -> None:
    hand_in("s", {"double-answer": RIGHT["double-answer"]})
    for place in (".ipynb_checkpoints", "work/.ipynb_checkpoints", "__MACOSX"):
        hand_in("s", RIGHT, f"{place}/tiny-checkpoint.ipynb")
    assert sanitised("s").events == ()


@pytest.mark.parametrize("piece", ["[],", '{"a":1},', '"a",', '"\\\\\\"",', '"'])
def test_a_file_of_many_values_takes_no_memory(
    piece: str, hand_in: HandIn, sanitised: Sanitised
) -> None:
    """Python takes 36 bytes a byte for such a file, so it is not parsed."""
    hand_in("s", f'{{"cells": [{piece * (10**7 // len(piece))}')
    hand_in("s", RIGHT, "good.ipynb")
    tracemalloc.start()
    try:
        made = sanitised("s")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert sources(made) == RIGHT
    assert peak < 10**8
    assert told(made)[0] == (
        "tiny.ipynb is too large: there may be 2,000,000 values in all notebooks together. "
        "Clear the output and hand it in again."
    )


def test_a_broken_notebook_gives_way_to_a_good_one(hand_in: HandIn, sanitised: Sanitised) -> None:
    hand_in("s", b"")
    hand_in("s", RIGHT, "copy.ipynb")
    made = sanitised("s")
    assert sources(made) == RIGHT
    assert told(made)[0].startswith("tiny.ipynb is empty")


def test_what_is_there_instead_is_named(
    hand_in: HandIn, sanitised: Sanitised, template: Template
) -> None:
    hand_in("s", "x = 1", "solution.py")
    made = sanitised("s")
    assert is_blank(made, template)
    assert "tiny.ipynb is missing, there is only solution.py" in told(made)[0]


def test_an_empty_folder(tiny: Course, sanitised: Sanitised, template: Template) -> None:
    (tiny.submitted / "s" / NAME).mkdir(parents=True)
    made = sanitised("s")
    assert is_blank(made, template)
    assert "The folder is empty" in told(made)[0]


def test_a_folder_in_place_of_the_notebook(
    tiny: Course, sanitised: Sanitised, template: Template
) -> None:
    (tiny.submitted / "s" / NAME / f"{NAME}.ipynb").mkdir(parents=True)
    made = sanitised("s")
    assert is_blank(made, template)
    assert "tiny.ipynb is a folder" in told(made)[0]


def test_a_file_in_place_of_the_folder(
    tiny: Course, sanitised: Sanitised, template: Template
) -> None:
    (tiny.submitted / "s").mkdir(parents=True)
    (tiny.submitted / "s" / NAME).write_text("{}")
    assert tiny.students(NAME) == ["s"]
    assert is_blank(sanitised("s"), template)


@pytest.mark.parametrize("what", ["file", "folder", "student"])
def test_links_are_never_followed(
    what: str,
    tiny: Course,
    hand_in: HandIn,
    sanitised: Sanitised,
    template: Template,
) -> None:
    good = hand_in("good", RIGHT)
    mine = tiny.submitted / "s"
    if what == "student":
        mine.symlink_to(tiny.submitted / "good")
    elif what == "folder":
        mine.mkdir()
        (mine / NAME).symlink_to(good.parent)
    else:
        (mine / NAME).mkdir(parents=True)
        (mine / NAME / f"{NAME}.ipynb").symlink_to(good)
    made = sanitised("s")
    assert is_blank(made, template)
    assert "link to another place" in told(made)[0]


def test_a_link_to_nowhere_and_a_pipe(
    tiny: Course, sanitised: Sanitised, template: Template
) -> None:
    for student in ("link", "pipe"):
        (tiny.submitted / student / NAME).mkdir(parents=True)
    (tiny.submitted / "link" / NAME / f"{NAME}.ipynb").symlink_to("/nowhere/at/all.ipynb")
    os.mkfifo(tiny.submitted / "pipe" / NAME / f"{NAME}.ipynb")
    assert is_blank(sanitised("link"), template)
    assert is_blank(sanitised("pipe"), template)


def test_a_link_beside_the_notebook_stays_where_it_is(
    tiny: Course, hand_in: HandIn, sanitised: Sanitised
) -> None:
    path = hand_in("s", RIGHT)
    (path.parent / "data.csv").symlink_to("/etc/passwd")
    assert sanitised("s").state == "whole"
    assert sorted(p.name for p in (tiny.sanitised / "s" / NAME).iterdir()) == ["tiny.ipynb"]


def test_missing_cells_are_put_back(
    hand_in: HandIn, released: NotebookNode, sanitised: Sanitised
) -> None:
    notebook = answered(released, RIGHT)
    gone = ("shift-answer", "double-test", "welcome")
    notebook.cells = [
        c for c in notebook.cells if c.metadata.get("nbgrader", {}).get("grade_id") not in gone
    ]
    hand_in("s", notebook)
    made = sanitised("s")
    assert told(made) == ('The answer cell of "2. Shift" was missing. It was put back, empty.',)
    assert "NotImplementedError" in cell_of(made.notebook, "shift-answer").source
    assert sources(made)["double-answer"] == RIGHT["double-answer"]
    assert 'hidden.grade("double", double)' in cell_of(made.notebook, "double-test").source


def test_copied_test_cells_are_left_out(
    hand_in: HandIn, released: NotebookNode, sanitised: Sanitised
) -> None:
    notebook = answered(released, RIGHT)
    copied = cell_of(notebook, "double-test")
    notebook.cells += [nbformat.from_dict(json.loads(json.dumps(copied))) for _ in range(3)]
    for i, cell in enumerate(notebook.cells):
        cell.id = f"c{i}"
    hand_in("s", notebook)
    made = sanitised("s")
    assert told(made) == (
        'A locked cell of "1. Double" is there more than once. The copies were left out.',
    )
    assert own(made) == []


def test_of_two_answers_the_last_that_is_no_stub_counts(
    hand_in: HandIn, released: NotebookNode, sanitised: Sanitised
) -> None:
    notebook = answered(released, RIGHT)
    place = notebook.cells.index(cell_of(notebook, "double-answer"))
    first = nbformat.from_dict(json.loads(json.dumps(notebook.cells[place])))
    first.source = "def double(x):\n    return 'first try'\n"
    stub = nbformat.from_dict(json.loads(json.dumps(cell_of(released, "double-answer"))))
    notebook.cells[place:place] = [first]
    notebook.cells.append(stub)
    hand_in("s", notebook)
    made = sanitised("s")
    assert sources(made) == RIGHT
    assert "is there more than once. The last one with an answer counts." in told(made)[0]
    texts = [c.source for c in made.notebook.cells]
    assert texts.index(first.source) < texts.index(RIGHT["double-answer"])


def test_an_answer_that_lost_its_label_is_found(
    hand_in: HandIn, released: NotebookNode, sanitised: Sanitised
) -> None:
    notebook = answered(released, RIGHT)
    cell_of(notebook, "double-answer").metadata.clear()
    hand_in("s", notebook)
    made = sanitised("s")
    assert sources(made) == RIGHT
    assert own(made) == []
    assert 'The answer cell of "1. Double" had lost its label.' in told(made)[0]


def test_a_notebook_without_any_label_is_still_graded(
    hand_in: HandIn, released: NotebookNode, sanitised: Sanitised
) -> None:
    notebook = answered(released, RIGHT)
    for cell in notebook.cells:
        cell.metadata.clear()
    hand_in("s", notebook)
    made = sanitised("s")
    assert sources(made)["double-answer"] == RIGHT["double-answer"]
    assert sources(made)["shift-answer"] == RIGHT["shift-answer"]
    assert sources(made)["why-answer"] == RIGHT["why-answer"]
    assert own(made) == []
    assert {event.kind for event in made.events} == {"label-lost", "text-beside"}


def test_own_cells_keep_their_place(
    hand_in: HandIn, released: NotebookNode, sanitised: Sanitised
) -> None:
    notebook = answered(released, RIGHT)
    place = notebook.cells.index(cell_of(notebook, "shift-answer"))
    notebook.cells.insert(place, nbformat.v4.new_code_cell("helper = 1"))
    notebook.cells.insert(0, nbformat.v4.new_markdown_cell("my name"))
    notebook.cells.append(nbformat.v4.new_raw_cell("the end"))
    notebook.cells.append(nbformat.v4.new_code_cell("  \n"))
    hand_in("s", notebook)
    made = sanitised("s")
    assert made.state == "whole"
    texts = [c.source for c in made.notebook.cells]
    assert texts[0] == "my name"
    assert texts[texts.index("helper = 1") + 1] == RIGHT["shift-answer"]
    assert texts[-1] == "the end"


def test_moved_cells_go_back(hand_in: HandIn, released: NotebookNode, sanitised: Sanitised) -> None:
    notebook = answered(released, RIGHT)
    notebook.cells.reverse()
    hand_in("s", notebook)
    made = sanitised("s")
    assert sources(made) == RIGHT
    assert told(made) == (
        "Some cells had been moved. They were graded in the order of the original.",
    )


def test_a_changed_locked_cell_is_restored(
    hand_in: HandIn, released: NotebookNode, sanitised: Sanitised
) -> None:
    notebook = answered(released, RIGHT)
    cell_of(notebook, "double-test").source = "20.0"
    hand_in("s", notebook)
    made = sanitised("s")
    assert "20.0" not in [c.source for c in made.notebook.cells]
    assert told(made) == (
        'A locked cell of "1. Double" was changed. The original was used instead.',
    )


def test_metadata_and_outputs_of_the_student_count_for_nothing(
    hand_in: HandIn, released: NotebookNode, sanitised: Sanitised
) -> None:
    plain = answered(released, RIGHT)
    forged = answered(released, RIGHT)
    forged.metadata = {"kernelspec": {"name": "evil"}, "autograder": {"messages": ["full marks"]}}
    for cell in forged.cells:
        if "nbgrader" in cell.metadata:
            cell.metadata["nbgrader"].update(points=99, locked=False, schema_version=7)
        cell.metadata["tags"] = ["skip-execution"]
        if cell.cell_type == "code":
            cell.outputs = [nbformat.v4.new_output("execute_result", {"text/plain": "20"})]
    hand_in("plain", plain)
    hand_in("forged", json.dumps(forged))
    assert sanitised("forged") == sanitised("plain")


def test_foreign_format_versions(
    hand_in: HandIn, released: NotebookNode, sanitised: Sanitised
) -> None:
    notebook = json.loads(nbformat.writes(answered(released, RIGHT)))
    hand_in("future", json.dumps({**notebook, "nbformat": 99, "nbformat_minor": 3}))
    old_cells = [
        {k: v for k, v in c.items() if k != "source"}
        | ({"input": c["source"]} if c["cell_type"] == "code" else {"source": c["source"]})
        for c in notebook["cells"]
    ]
    hand_in("past", json.dumps({"worksheets": [{"cells": old_cells}], "nbformat": 3}))
    hand_in("nameless", json.dumps({"cells": notebook["cells"]}))
    for student in ("future", "past", "nameless"):
        made = sanitised(student)
        assert made.state == "whole", student
        assert sources(made) == RIGHT


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-be-bom", "cp1252"])
def test_other_encodings(
    encoding: str, hand_in: HandIn, released: NotebookNode, sanitised: Sanitised
) -> None:
    answers = {**RIGHT, "why-answer": "Schön: naïve façade."}
    text = json.dumps(answered(released, answers), ensure_ascii=False)
    data = (
        b"\xfe\xff" + text.encode("utf-16-be")
        if encoding == "utf-16-be-bom"
        else text.encode(encoding)
    )
    hand_in("s", data)
    made = sanitised("s")
    assert sources(made) == answers
    assert bool(told(made)) == (encoding == "cp1252")


def test_half_a_surrogate_pair_and_odd_line_ends(
    hand_in: HandIn, released: NotebookNode, sanitised: Sanitised
) -> None:
    text = json.dumps(answered(released, {**RIGHT, "why-answer": "a\ud800b\r\nc\rd"}))
    hand_in("s", text)
    assert sources(sanitised("s"))["why-answer"] == "a\ufffdb\nc\nd"


def test_fifty_megabytes_of_output(
    hand_in: HandIn, released: NotebookNode, sanitised: Sanitised, tiny: Course
) -> None:
    notebook = answered(released, RIGHT)
    line = "all work and no play makes a dull notebook\n" * 25_000
    cell_of(notebook, "double-answer").outputs = [
        nbformat.v4.new_output("stream", text=line) for _ in range(48)
    ]
    path = hand_in("s", json.dumps(notebook))
    assert path.stat().st_size > 50_000_000
    made = sanitised("s")
    assert sources(made) == RIGHT
    assert "Output is not graded" in told(made)[0]
    assert (tiny.sanitised / "s" / NAME / f"{NAME}.ipynb").stat().st_size < 100_000


def test_a_file_that_is_far_too_large_is_not_read(
    hand_in: HandIn,
    sanitised: Sanitised,
    template: Template,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(handed_in_module, "MAX_FILE", 1_000)
    hand_in("s", RIGHT)
    made = sanitised("s")
    assert is_blank(made, template)
    assert "Clear the output and hand it in again" in told(made)[0]


def test_thousands_of_cells(hand_in: HandIn, released: NotebookNode, sanitised: Sanitised) -> None:
    notebook = answered(released, RIGHT)
    notebook.cells += [nbformat.v4.new_code_cell(f"x = {i}") for i in range(5_000)]
    hand_in("s", notebook)
    made = sanitised("s")
    assert sources(made) == RIGHT
    assert len(own(made)) == MAX_OWN_CELLS
    assert "4000 of your own cells were left out" in told(made)[0]


def test_a_cell_that_is_far_too_long(
    hand_in: HandIn, sanitised: Sanitised, template: Template
) -> None:
    hand_in("s", {**RIGHT, "shift-answer": "x = 1\n" * 100_000})
    made = sanitised("s")
    assert sources(made)["shift-answer"] == cell_of(template.notebook, "shift-answer").source
    assert "holds 600,000 characters" in told(made)[0]


def test_a_text_cell_in_place_of_code_is_run_as_code(
    hand_in: HandIn, released: NotebookNode, sanitised: Sanitised
) -> None:
    notebook = json.loads(json.dumps(answered(released, RIGHT)))
    for cell in notebook["cells"]:
        if cell["metadata"].get("nbgrader", {}).get("grade_id") == "double-answer":
            cell["cell_type"] = "markdown"
    hand_in("s", json.dumps(notebook))
    made = sanitised("s")
    assert sources(made) == RIGHT
    assert cell_of(made.notebook, "double-answer").cell_type == "code"
    assert "had become a text cell" in told(made)[0]


def test_pasted_pictures_stay_and_other_attachments_go(
    hand_in: HandIn, released: NotebookNode, sanitised: Sanitised
) -> None:
    notebook = answered(released, RIGHT)
    cell_of(notebook, "why-answer").attachments = {
        "a.png": {"image/png": "iVBORw0KGgo="},
        "b.svg": {"image/svg+xml": "<svg onload='alert(1)'/>"},
        "c.png": {"image/png": "not base64!"},
    }
    hand_in("s", json.dumps(notebook))
    made = sanitised("s")
    assert cell_of(made.notebook, "why-answer").attachments == {
        "a.png": {"image/png": "iVBORw0KGgo="}
    }


def test_when_it_was_handed_in_is_carried_over_in_one_form(
    tiny: Course, hand_in: HandIn, sanitised: Sanitised
) -> None:
    path = hand_in("s", RIGHT)
    (path.parent / "timestamp.txt").write_text("2026-11-21 12:00:00 CEST\n")
    assert sanitised("s").events == ()
    target = tiny.sanitised / "s" / NAME / "timestamp.txt"
    assert target.read_text() == "2026-11-21 10:00:00.000000 UTC\n"
    (path.parent / "timestamp.txt").unlink()
    assert sanitised("s").events == ()
    assert not target.exists()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (b"", "no time"),
        (b"yesterday", "'yesterday'"),
        (b"99999999999999999999999999999912m d", "'99999999999999999999999999999912m d'"),
        (b"2026-11-21 10:00:00 /etc/localtime", "'2026-11-21 10:00:00 /etc/localtime'"),
        (b"\x1b[2J\xff", "no time"),
        (b"2026\x1b[2J", "'2026?[2J'"),
        (b"9" * 10**6, f"'{'9' * 100}'"),
    ],
)
def test_a_time_that_cannot_be_read_is_told_to_its_student(
    text: bytes, found: str, tiny: Course, hand_in: HandIn, sanitised: Sanitised
) -> None:
    path = hand_in("s", RIGHT)
    (path.parent / "timestamp.txt").write_bytes(text)
    (said,) = told(sanitised("s"))
    assert said.startswith(
        f"It is not known when you handed in: timestamp.txt holds {found}, and no time such as"
    )
    assert not (tiny.sanitised / "s" / NAME / "timestamp.txt").exists()
    path.write_bytes(b"")
    time, empty = told(sanitised("s"))
    assert time == said
    assert empty.endswith("Nothing could be graded.")


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir, lambda path: path.symlink_to("elsewhere")])
def test_a_time_that_is_no_file_is_not_waited_for(
    make: Callable[[Path], object], hand_in: HandIn
) -> None:
    path = hand_in("s", RIGHT)
    (path.parent / "elsewhere").write_text("2026-11-21 10:00:00")
    make(path.parent / "timestamp.txt")
    timestamp, untimed = read_timestamp(path.parent)
    assert timestamp is None
    assert untimed is not None
    assert untimed.detail == {"found": "no time"}


WRITTEN = "A shift adds; it does not scale."


def without(notebook: NotebookNode, *names: str) -> NotebookNode:
    """The notebook without some of its named cells."""
    notebook.cells = [
        c for c in notebook.cells if c.metadata.get("nbgrader", {}).get("grade_id") not in names
    ]
    return notebook


def behind(notebook: NotebookNode, name: str, cell: NotebookNode) -> NotebookNode:
    """The notebook with one more cell behind a named one."""
    place = notebook.cells.index(cell_of(notebook, name))
    notebook.cells.insert(place + 1, cell)
    return notebook


def in_a_new_cell(notebook: NotebookNode) -> NotebookNode:
    return behind(notebook, "why-task", nbformat.v4.new_markdown_cell(WRITTEN))


def behind_the_empty_one(notebook: NotebookNode) -> NotebookNode:
    return behind(notebook, "why-answer", nbformat.v4.new_markdown_cell(WRITTEN))


def in_place_of_it(notebook: NotebookNode) -> NotebookNode:
    return without(in_a_new_cell(notebook), "why-answer")


def in_a_raw_cell(notebook: NotebookNode) -> NotebookNode:
    return without(behind(notebook, "why-task", nbformat.v4.new_raw_cell(WRITTEN)), "why-answer")


def in_a_code_cell(notebook: NotebookNode) -> NotebookNode:
    cell = nbformat.v4.new_code_cell(f"# {WRITTEN}")
    return without(behind(notebook, "why-task", cell), "why-answer")


def without_its_label(notebook: NotebookNode) -> NotebookNode:
    cell = cell_of(notebook, "why-answer")
    cell.source = WRITTEN
    cell.metadata.clear()
    return notebook


def under_the_task(notebook: NotebookNode) -> NotebookNode:
    cell_of(notebook, "why-task").source += f"\n\n{WRITTEN}"
    return notebook


def far_away(notebook: NotebookNode) -> NotebookNode:
    return behind(notebook, "double-task", nbformat.v4.new_markdown_cell(WRITTEN))


@pytest.mark.parametrize(
    ("shape", "kind"),
    [
        (in_a_new_cell, "text-beside"),
        (behind_the_empty_one, "text-beside"),
        (in_place_of_it, "text-beside"),
        (in_a_raw_cell, "text-beside"),
        (in_a_code_cell, "text-beside"),
        (without_its_label, "text-beside"),
        (under_the_task, "text-beside"),
        (far_away, "text-elsewhere"),
    ],
)
def test_a_written_answer_goes_to_the_marker_wherever_it_stands(
    shape: Callable[[NotebookNode], NotebookNode],
    kind: str,
    hand_in: HandIn,
    released: NotebookNode,
    sanitised: Sanitised,
) -> None:
    code = {name: text for name, text in RIGHT.items() if name != "why-answer"}
    notebook = shape(answered(released, code))
    for number, cell in enumerate(notebook.cells):
        cell.id = f"c{number}"
    hand_in("s", notebook)
    made = sanitised("s")
    assert [event.kind for event in made.events] == [kind]
    cell = cell_of(made.notebook, "why-answer")
    assert WRITTEN in cell.source
    cell.metadata.nbgrader.checksum = cell_of(released, "why-answer").metadata.nbgrader.checksum
    assert determine_grade(cell) == (None, 1)  # a person is asked
    assert {n: text for n, text in sources(made).items() if n in code} == code
    again = json.loads(nbformat.writes(made.noted()))
    hand_in("again", json.dumps(again))
    assert sources(sanitised("again")) == sources(made)


def test_nobody_is_asked_about_an_answer_that_is_not_there(
    hand_in: HandIn, released: NotebookNode, sanitised: Sanitised
) -> None:
    hand_in("s", without(answered(released, {}), "why-answer"))
    made = sanitised("s")
    assert [event.kind for event in made.events] == ["answer-missing"]
    cell = cell_of(made.notebook, "why-answer")
    cell.metadata.nbgrader.checksum = cell_of(released, "why-answer").metadata.nbgrader.checksum
    assert determine_grade(cell) == (0, 1)


def test_tasks_of_an_older_release_are_no_text_of_the_students(
    hand_in: HandIn, released: NotebookNode, sanitised: Sanitised
) -> None:
    notebook = answered(released, {})
    cell_of(notebook, "why-task").source = "## 3. In your own words\n\nWhy so?"
    hand_in("s", notebook)
    made = sanitised("s")
    assert made.events == ()
    assert own(made) == []


def test_a_written_answer_that_is_too_long_is_cut_and_not_lost(
    hand_in: HandIn, sanitised: Sanitised
) -> None:
    hand_in("s", {**RIGHT, "why-answer": "word " * 50_000})
    made = sanitised("s")
    assert sources(made)["why-answer"] == ("word " * 50_000)[:MAX_CELL]
    assert "The first 200,000 were kept." in told(made)[0]


def test_what_was_added_to_a_locked_cell_is_run_and_counts(
    hand_in: HandIn, released: NotebookNode, sanitised: Sanitised
) -> None:
    notebook = answered(released, {"why-answer": "So."})
    cell_of(notebook, "set-up").source += "\nimport math"
    cell_of(notebook, "double-test").source += f"\n{RIGHT['double-answer']}"
    hand_in("s", notebook)
    made = sanitised("s")
    assert own(made) == ["import math", RIGHT["double-answer"].rstrip()]
    texts = [c.source for c in made.notebook.cells]
    assert texts.index("import math") == texts.index(cell_of(made.notebook, "set-up").source) + 1
    test = texts.index(cell_of(made.notebook, "double-test").source)
    assert texts[test - 1] == RIGHT["double-answer"].rstrip()


def test_all_own_text_together_has_a_limit(
    hand_in: HandIn, released: NotebookNode, sanitised: Sanitised
) -> None:
    notebook = answered(released, RIGHT)
    notebook.cells += [nbformat.v4.new_code_cell("x = 1\n" * 30_000) for _ in range(8)]
    hand_in("s", notebook)
    made = sanitised("s")
    assert len(own(made)) == 5
    assert "3 of your own cells were left out" in told(made)[0]
    assert sources(made) == RIGHT


def test_without_labels_equal_cells_are_not_said_to_be_copied_or_moved(
    hand_in: HandIn, released: NotebookNode, sanitised: Sanitised, tiny: Course
) -> None:
    notebook = answered(released, RIGHT)
    same = "# The hidden tests of this exercise run here."
    texts = {**Assignment.load(tiny.root, NAME, tiny.solutions).template.released}
    texts |= {"double-test": same, "shift-test": same}
    for name in ("double-test", "shift-test"):
        cell_of(notebook, name).source = same
    for cell in notebook.cells:
        cell.metadata.clear()
    template = Assignment.load(tiny.root, NAME, tiny.solutions).template
    made = repair(raw_cells(notebook), replace(template, released=texts))
    assert {event.kind for event in made.events} == {"label-lost", "text-beside"}


def test_names_reach_no_terminal_as_more_than_text(hand_in: HandIn, sanitised: Sanitised) -> None:
    hand_in("s", RIGHT, "a\x1b[2J\u202e.ipynb")
    made = sanitised("s")
    for text in (*told(made), *map(log_line, made.events)):
        assert text.isprintable()
        assert "[2J" in text


def test_many_messages_of_a_kind_become_one(
    hand_in: HandIn, released: NotebookNode, sanitised: Sanitised
) -> None:
    notebook = answered(released, RIGHT)
    for name in ("double-test", "shift-test"):
        cell_of(notebook, name).source = "100.0"
    notebook.cells = [
        cell
        for cell in notebook.cells
        if cell.metadata.get("nbgrader", {}).get("grade_id") not in ("shift-answer", "why-answer")
    ]
    hand_in("s", notebook)
    assert told(sanitised("s")) == (
        'Locked cells of "1. Double" and "2. Shift" were changed. The originals were used instead.',
        'The answer cells of "2. Shift" and "3. In your own words" were missing. '
        "They were put back, empty.",
    )
