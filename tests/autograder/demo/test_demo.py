"""The sample class: the same each time, of many kinds, and nobody else's work is touched."""

import nbformat
import pytest
from tiny_course import NAME

from autograder.course import Course
from autograder.demo.hand_in import make_class
from autograder.demo.sample_class import Bank, sample_class
from autograder.release import read_source, release


def contents(course: Course) -> dict[str, bytes | str]:
    return {
        str(p.relative_to(course.submitted)): str(p.readlink())
        if p.is_symlink()
        else p.read_bytes()
        for p in sorted(course.submitted.rglob("*"))
        if p.is_symlink() or p.is_file()
    }


def test_it_is_the_same_each_time(tiny: Course) -> None:
    made = make_class(tiny, NAME, 30)
    assert len(made.written) == 30
    before = contents(tiny)
    for path in tiny.submitted.glob("sample-0*"):
        path.rename(tiny.root / path.name)
    again = make_class(tiny, NAME, 30)
    assert len(again.written) == 9
    assert len(again.kept) == 21
    assert contents(tiny) == before


def test_a_larger_class_begins_with_the_smaller_one(tiny: Course) -> None:
    small = make_class(tiny, NAME, 12)
    large = make_class(tiny, NAME, 40)
    assert list(large.kept) == list(small.written)
    assert [s.student for s in large.samples[:12]] == list(small.written)
    assert len({s.student for s in large.samples}) == 40


def test_ids_say_what_they_are(tiny: Course) -> None:
    names = [s.student for s in make_class(tiny, NAME, 12).samples]
    assert names[0] == "sample-01-all-right"
    kinds = {name[10:] for name in names}
    assert {"untouched", "endless-loop", "leaves-python", "empty-file", "patched-numpy"} <= kinds
    assert "forgets-bias" in kinds


def test_a_class_of_answers_has_nothing_that_takes_long_or_is_broken(tiny: Course) -> None:
    made = make_class(tiny, NAME, 12, answers_only=True)
    kinds = [s.student[10:] for s in made.samples]
    assert kinds[:2] == ["all-right", "other-ways"]
    assert {"untouched", "three-mistakes", "first-half", "mixed", "forgets-bias"} <= set(kinds)
    assert not {"endless-loop", "leaves-python", "empty-file", "patched-numpy"} & set(kinds)
    assert len(kinds) == 12
    for sample in made.samples:
        assert list(sample.files) == [f"{NAME}.ipynb"]
        cells = nbformat.reads(sample.files[f"{NAME}.ipynb"].decode(), as_version=4).cells
        assert "while True" not in "".join(cell.source for cell in cells)


def test_a_class_of_another_kind_takes_the_place_of_the_first(tiny: Course) -> None:
    make_class(tiny, NAME, 12)
    made = make_class(tiny, NAME, 12, answers_only=True)
    there = {path.name for path in tiny.submitted.glob("sample-*")}
    assert there == {s.student for s in made.samples}
    assert set(made.kept) >= {"sample-01-all-right", "sample-02-other-ways"}


def test_others_are_left_alone(tiny: Course) -> None:
    theirs = tiny.submitted / "a student" / NAME / f"{NAME}.ipynb"
    same_id = tiny.submitted / "sample-02-other-ways" / NAME / f"{NAME}.ipynb"
    for path in (theirs, same_id):
        path.parent.mkdir(parents=True)
        path.write_text("mine")
    made = make_class(tiny, NAME, 12)
    assert list(made.foreign) == ["sample-02-other-ways"]
    assert len(made.written) == 11
    again = make_class(tiny, NAME, 12)
    assert list(again.foreign) == ["sample-02-other-ways"]
    assert (theirs.read_text(), same_id.read_text()) == ("mine", "mine")


def test_a_sample_that_was_changed_is_made_again(tiny: Course) -> None:
    make_class(tiny, NAME, 12)
    before = contents(tiny)
    path = tiny.submitted / "sample-01-all-right" / NAME / f"{NAME}.ipynb"
    path.write_text("changed")
    assert list(make_class(tiny, NAME, 12).written) == ["sample-01-all-right"]
    assert contents(tiny) == before


@pytest.mark.parametrize("name", Course.at().assignments())
def test_every_assignment_of_the_course_has_a_sample_class(
    name: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    course = Course.at(tmp_path_factory.mktemp("course"))
    release(course, name)
    released = nbformat.read(course.release / name / f"{name}.ipynb", as_version=4)
    bank = Bank.load(course.solutions / name, read_source(course, name), released)
    assert bank.most > 0
    for answers_only in (False, True):
        samples = {s.student[10:]: s for s in sample_class(bank, 60, answers_only)}
        assert samples["all-right"].expected == bank.most
    for answers in (bank.solutions, bank.with_body(bank.functions[1], "while True:\n        pass")):
        for code in (answers[n] for n in bank.functions):
            compile(code, name, "exec")
            assert "SOLUTION" not in code
    for name_of_cell, text in bank.solutions.items():
        assert "Marking scheme" not in text, name_of_cell
    for entries in (bank.mistakes, bank.alternatives):
        assert set(bank.by_cell(entries)) <= set(bank.solutions)
