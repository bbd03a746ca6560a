"""The notebook of the assignment `rnn`: its cells, their order, points and words."""

import re
from collections import Counter

import pytest
from answers import alternatives, exercises, hidden, mistakes, notebook

CELLS = notebook().cells
GRADER = [cell.metadata.nbgrader for cell in CELLS]


def test_every_cell_has_a_grade_id_of_its_own() -> None:
    ids = Counter(meta.grade_id for meta in GRADER)
    assert max(ids.values()) == 1
    assert all(re.fullmatch(r"[a-z0-9-]+", grade_id) for grade_id in ids)
    assert all(meta.schema_version == 3 for meta in GRADER)


def test_points_sum_to_twenty() -> None:
    points = [meta.points for meta in GRADER if meta.grade]
    assert sum(points) == 20
    assert all(1 <= value <= 5 for value in points)


def test_only_answers_can_be_edited() -> None:
    for meta in GRADER:
        assert meta.locked is not meta.solution
        assert meta.grade_id.endswith("-answer") == meta.solution


def test_each_exercise_is_task_answer_check_test_in_this_order() -> None:
    ids = [meta.grade_id for meta in GRADER]
    stems = [i.removesuffix("-test") for i in ids if i.endswith("-test")]
    assert len(stems) == 15
    for stem in stems:
        at = ids.index(f"{stem}-task")
        kinds = ("task", "answer", "check", "test")
        assert ids[at : at + 4] == [f"{stem}-{kind}" for kind in kinds]
        assert CELLS[at].cell_type == "markdown"
        assert CELLS[at + 2].metadata.tags == ["check"]
    assert sum("tags" in cell.metadata for cell in CELLS) == len(stems)


@pytest.mark.parametrize("name", exercises())
def test_test_cell_says_its_points_and_makes_one_call(name: str) -> None:
    (cell,) = [c for c in CELLS if f'hidden.grade("{name}"' in c.source]
    points = cell.metadata.nbgrader.points
    assert cell.source.splitlines() == [
        f"# {points} point{'s' if points > 1 else ''}. The hidden tests of this exercise run here "
        "when the notebook is graded.",
        "### BEGIN HIDDEN TESTS",
        f'hidden.grade("{name}", {name})',
        "### END HIDDEN TESTS",
    ]


@pytest.mark.parametrize("name", exercises())
def test_check_cell_calls_the_check_of_its_exercise(name: str) -> None:
    assert exercises()[name].check.startswith(f"checks.check_{name}({name}")


def test_hidden_tests_and_bank_know_exactly_these_exercises() -> None:
    names = list(exercises())
    assert list(hidden().PARTS) == names
    assert list(hidden().REFERENCE) == names
    assert {entry.exercise for entry in mistakes()} == set(names)
    assert {entry.exercise for entry in alternatives()} == set(names)


@pytest.mark.parametrize("name", exercises())
def test_task_states_shapes_equation_and_page(name: str) -> None:
    at = next(i for i, c in enumerate(CELLS) if c.source.startswith(f"def {name}("))
    task = CELLS[at - 1].source
    assert task.startswith("## ")
    assert re.search(r"page \*[^*]+\*", task.replace("\n", " "))
    if name not in ("build_vocabulary", "encode"):
        assert "$$" in task
    if name != "build_vocabulary":
        assert "| --- |" in task


def test_pages_that_are_named_exist_in_the_book() -> None:
    book = hidden_book_titles()
    text = " ".join(cell.source.replace("\n", " ") for cell in CELLS)
    for page in set(re.findall(r"page \*([^*]+)\*", text)):
        assert page in book


def hidden_book_titles() -> set[str]:
    from answers import FOLDER

    pages = (FOLDER.parents[1] / "book" / "rnn").glob("*.md")
    titles = (re.search(r"^# (.+)$", page.read_text("utf-8"), re.MULTILINE) for page in pages)
    return {title[1].strip() for title in titles if title}


def test_numbered_from_one_to_sixteen() -> None:
    text = "\n".join(cell.source for cell in CELLS if cell.cell_type == "markdown")
    assert [int(n) for n in re.findall(r"^## (\d+)\. ", text, re.MULTILINE)] == list(range(1, 17))
