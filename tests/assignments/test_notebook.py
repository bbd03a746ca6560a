"""The notebooks of the assignments: their cells, their order, points and words."""

import re
from collections import Counter

from answers import ROOT, Assignment, for_each_assignment, for_each_exercise

#: Tasks that say it in words, without a formula or without a table of shapes.
WITHOUT_FORMULA = {"build_vocabulary", "encode"}
WITHOUT_TABLE = {"build_vocabulary"}
#: The exercises of an assignment, the one that is marked by hand among them.
EXERCISES = {"rnn": 16, "bptt": 12}


@for_each_assignment
def test_every_cell_has_a_grade_id_of_its_own(of: Assignment) -> None:
    metas = [cell.metadata.nbgrader for cell in of.notebook.cells]
    ids = Counter(meta.grade_id for meta in metas)
    assert max(ids.values()) == 1
    assert all(re.fullmatch(r"[a-z0-9-]+", grade_id) for grade_id in ids)
    assert all(meta.schema_version == 3 for meta in metas)


@for_each_assignment
def test_points_sum_to_twenty(of: Assignment) -> None:
    metas = [cell.metadata.nbgrader for cell in of.notebook.cells]
    points = [meta.points for meta in metas if meta.grade]
    assert sum(points) == 20
    assert all(1 <= value <= 5 for value in points)


@for_each_assignment
def test_only_answers_can_be_edited(of: Assignment) -> None:
    for cell in of.notebook.cells:
        meta = cell.metadata.nbgrader
        assert meta.locked is not meta.solution
        assert meta.grade_id.endswith("-answer") == meta.solution


@for_each_assignment
def test_each_exercise_is_task_answer_check_test_in_this_order(of: Assignment) -> None:
    cells = of.notebook.cells
    ids = [cell.metadata.nbgrader.grade_id for cell in cells]
    stems = [i.removesuffix("-test") for i in ids if i.endswith("-test")]
    assert len(stems) == len(of.exercises) == EXERCISES[of.name] - 1
    for stem in stems:
        at = ids.index(f"{stem}-task")
        kinds = ("task", "answer", "check", "test")
        assert ids[at : at + 4] == [f"{stem}-{kind}" for kind in kinds]
        assert cells[at].cell_type == "markdown"
        assert cells[at + 2].metadata.tags == ["check"]
    assert sum("tags" in cell.metadata for cell in cells) == len(stems)


@for_each_exercise
def test_test_cell_says_its_points_and_makes_one_call(of: Assignment, name: str) -> None:
    (cell,) = [c for c in of.notebook.cells if f'hidden.grade("{name}"' in c.source]
    points = cell.metadata.nbgrader.points
    assert cell.source.splitlines() == [
        f"# {points} point{'s' if points > 1 else ''}. The hidden tests of this exercise run here "
        "when the notebook is graded.",
        "### BEGIN HIDDEN TESTS",
        f'hidden.grade("{name}", {name})',
        "### END HIDDEN TESTS",
    ]


@for_each_exercise
def test_check_cell_calls_the_check_of_its_exercise(of: Assignment, name: str) -> None:
    assert of.exercises[name].check.startswith(f"checks.check_{name}({name}")


@for_each_assignment
def test_hidden_tests_and_bank_know_exactly_these_exercises(of: Assignment) -> None:
    names = list(of.exercises)
    assert all(len(of.parts(name)) > 1 for name in names)
    assert {entry.exercise for entry in of.mistakes} == set(names)
    assert {entry.exercise for entry in of.alternatives} == set(names)


@for_each_exercise
def test_task_states_shapes_equation_and_page(of: Assignment, name: str) -> None:
    cells = of.notebook.cells
    at = next(i for i, c in enumerate(cells) if c.source.startswith(f"def {name}("))
    task = cells[at - 1].source
    assert task.startswith("## ")
    assert re.search(r"page \*[^*]+\*", task.replace("\n", " "))
    assert name in WITHOUT_FORMULA or "$$" in task
    assert name in WITHOUT_TABLE or re.search(r"^\| --- \|", task, re.MULTILINE)


@for_each_assignment
def test_pages_that_are_named_exist_in_the_chapter(of: Assignment) -> None:
    texts = [page.read_text("utf-8") for page in (ROOT / "book" / of.name).glob("*.md")]
    titles = {re.findall(r"^# (.+)$", text, re.MULTILINE)[0].strip() for text in texts}
    text = " ".join(cell.source.replace("\n", " ") for cell in of.notebook.cells)
    named = set(re.findall(r"page \*([^*]+)\*", text))
    assert named
    assert named <= titles


@for_each_assignment
def test_numbered_from_one(of: Assignment) -> None:
    texts = [cell.source for cell in of.notebook.cells if cell.cell_type == "markdown"]
    numbers = re.findall(r"^## (\d+)\. ", "\n".join(texts), re.MULTILINE)
    assert [int(n) for n in numbers] == list(range(1, EXERCISES[of.name] + 1))


@for_each_assignment
def test_labels_of_equations_and_sections_stand_in_the_book(of: Assignment) -> None:
    text = "\n".join(page.read_text("utf-8") for page in (ROOT / "book" / of.name).glob("*.md"))
    sections = set(re.findall(r"^\((\S+)\)=$", text, re.MULTILINE))
    equations = set(re.findall(r"\((eq-\S+)\)$|^:label: (eq-\S+)$", text, re.MULTILINE))
    for title, name, equation, section in of.hidden.rows():
        assert title
        assert section in sections, name
        assert not equation or any(equation in found for found in equations), name
