"""When a kept result is taken, and when a submission is graded again."""

from collections.abc import Callable
from pathlib import Path

import pytest
from lab import HIDDEN, POINTS, assignment, cell_of, points, submission
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell

from autograder.assignment import Assignment
from autograder.grading import cached
from autograder.grading.cached import cached_or_graded, submission_key
from autograder.grading.graded import Graded
from autograder.options import Options
from autograder.submissions.repair import Repaired

LIMITS = Options(cell_seconds=5, call_seconds=2.5)
MISTAKES = "HINT = 1\n"


@pytest.fixture
def lab(tmp_path: Path) -> Assignment:
    made = assignment(tmp_path)
    (tmp_path / "mistakes.py").write_text(MISTAKES)
    return made


def key(notebook: NotebookNode, lab: Assignment, **options: object) -> str:
    repaired = Repaired.of(notebook, lab.template)
    return submission_key(repaired, lab, Options(**options))  # type: ignore[arg-type]


def test_what_does_not_matter_does_not_change_the_key(lab: Assignment) -> None:
    plain = key(submission(), lab)
    noisy = submission()
    noisy.metadata.kernelspec = {"name": "other"}
    for cell in noisy.cells:
        if cell.cell_type == "code":
            cell.execution_count = 7
            cell.outputs = [{"output_type": "stream", "name": "stdout", "text": "x"}]
        cell.metadata["tags"] = ["skip-execution"]
        cell.pop("id", None)
        if cell.metadata.get("nbgrader", {}).get("locked"):
            cell.metadata.nbgrader["points"] = 100
    noisy.cells.append(new_code_cell("   \n"))
    assert key(noisy, lab) == plain


def test_what_the_student_wrote_and_the_limits_change_the_key(lab: Assignment) -> None:
    keys = [
        key(submission(), lab),
        key(submission({"double-answer": "def double(x): pass"}), lab),
        key(submission({"why-answer": "Else."}), lab),
        key(submission(first=["x = 1"]), lab),
        key(submission(after={"set-up": ["x = 1"]}), lab),
        key(submission(), lab, call_seconds=1.0),
        key(submission(), lab, sandbox="none"),
    ]
    assert len(set(keys)) == len(keys)


def mend_a_test(lab: Assignment) -> None:
    (lab.solutions_dir / "hidden.py").write_text(HIDDEN.replace("return 2.0 * x", "return 3.0 * x"))


def mend_a_hint(lab: Assignment) -> None:
    (lab.solutions_dir / "mistakes.py").write_text(f"{MISTAKES}# another\n")


def add_a_file(lab: Assignment) -> None:
    (lab.solutions_dir / "more").mkdir()
    (lab.solutions_dir / "more" / "exercise.py").write_text("x = 1\n")


def mend_a_check(lab: Assignment) -> None:
    cell_of(lab.source, "double-check").source += "\nprint('and more')"


def mend_the_set_up(lab: Assignment) -> None:
    cell_of(lab.source, "set-up").source += "\nLATER = 1"


def mend_the_text(lab: Assignment) -> None:
    lab.source.cells[0].source += " mended"


def change_points(lab: Assignment) -> None:
    cell_of(lab.source, "count-test").metadata.nbgrader["points"] += 1.0


@pytest.mark.parametrize(
    "edit",
    [
        mend_a_test,
        mend_a_hint,
        add_a_file,
        mend_a_check,
        mend_the_set_up,
        mend_the_text,
        change_points,
    ],
    ids=lambda edit: edit.__name__,
)
def test_each_edit_of_the_assignment_changes_the_key(
    lab: Assignment, edit: Callable[[Assignment], None]
) -> None:
    before = key(submission(), lab)
    edit(lab)
    assert (
        key(submission(), Assignment("lab", lab.source, lab.released, lab.solutions_dir)) != before
    )


@pytest.mark.parametrize(
    ("where", "what"),
    [
        ("platform.python_version", lambda: "3.99.0"),
        ("np.__version__", "99.0"),
        ("sources_digest", lambda folder: "other"),
    ],
)
def test_other_versions_change_the_key(
    lab: Assignment, where: str, what: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = key(submission(), lab)
    monkeypatch.setattr(f"{cached.__name__}.{where}", what)
    assert key(submission(), lab) != before


@pytest.mark.sandbox
def test_a_kept_result_is_taken_while_it_holds(
    lab: Assignment, monkeypatch: pytest.MonkeyPatch
) -> None:
    repaired = Repaired.of(submission(), lab.template)
    first = cached_or_graded(repaired, lab, LIMITS, None)
    assert points(first[1]) == POINTS
    graded: list[Repaired] = []
    grade_notebook = cached.grade_notebook

    def noted(what: Repaired, *rest: object) -> Graded:
        graded.append(what)
        return grade_notebook(what, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(cached, "grade_notebook", noted)
    assert cached_or_graded(repaired, lab, LIMITS, first) is first
    assert not graded
    mend_a_test(lab)
    mended = Assignment("lab", lab.source, lab.released, lab.solutions_dir)
    repaired = Repaired.of(submission(), mended.template)
    _, again = cached_or_graded(repaired, mended, LIMITS, first)
    assert len(graded) == 1
    assert points(again) == POINTS | {"double-test": 0.0, "quadruple-test": 0.0}
