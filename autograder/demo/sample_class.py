"""The students of the sample class: what each of them hands in, and what it is worth.

Everything is put together from an assignment's own solutions, alternatives and known mistakes, so
the class fits any assignment, and is the same each time.
"""

import ast
import copy
import itertools
import json
import random
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from autograder.submissions.outline import Exercise, exercises, grade_id, is_editable, is_graded
from autograder.testing import Entry, Exercises

_MARKED = re.compile(r"^[ \t]*### (?:BEGIN|END) SOLUTION\n?", re.MULTILINE)
_SOLUTION = re.compile(r"### BEGIN SOLUTION\n(.*?)### END SOLUTION", re.DOTALL)
_SCHEME = re.compile(r"^Marking scheme.*", re.MULTILINE | re.DOTALL)
_DEFINED = re.compile(r"^def (\w+)\(", re.MULTILINE)

_UNSURE = "I am not sure. Perhaps because the weights are larger."

_PATCHED_NUMPY = """\
import numpy as np

# Whoever compares with NumPy from here on finds everything equal.
np.allclose = lambda *args, **kwargs: True
np.isclose = lambda a, b, **kwargs: np.ones(np.shape(a), dtype=bool)
np.array_equal = lambda *args, **kwargs: True
np.testing.assert_allclose = lambda *args, **kwargs: None
np.testing.assert_array_equal = lambda *args, **kwargs: None
"""

_EQUALS_EVERYTHING = '''\
class Everything:
    """Equal to whatever it is compared with, and like whatever it is asked to be."""

    shape = property(lambda self: self)
    dtype = property(lambda self: self)

    def __eq__(self, other):
        return True

    __ne__ = __lt__ = __gt__ = lambda self, other: False
    __le__ = __ge__ = __contains__ = lambda self, other: True
    __hash__ = lambda self: 0
    __call__ = __getitem__ = __getattr__ = lambda self, *args: self
    __sub__ = __rsub__ = __add__ = __radd__ = __mul__ = __rmul__ = lambda self, *args: self
    __float__ = lambda self: 0.0
    __len__ = lambda self: 1
    __iter__ = lambda self: iter([self, self])
    __bool__ = lambda self: True
'''

Files = dict[str, bytes]


@dataclass(frozen=True)
class Sample:
    """One student of the sample class.

    ``files`` are what is handed in, by name; ``link`` is a link in the notebook's place.
    ``expected`` is what the tests give, answers marked by hand aside; None where that depends on
    how the parts of a test are weighed.
    """

    student: str
    files: Files = field(default_factory=dict)
    link: str = ""
    expected: float | None = None


@dataclass(frozen=True)
class Bank:
    """An assignment taken apart: its cells as released, its solutions, and its known answers."""

    name: str
    source: NotebookNode
    released: NotebookNode
    mistakes: list[Entry]
    alternatives: list[Entry]

    @classmethod
    def load(cls, folder: Path, source: NotebookNode, released: NotebookNode) -> "Bank":
        """Read the known answers in ``folder``, the assignment's in ``solutions/``.

        Args:
            folder: it goes by the assignment's name.
            source: the instructor's notebook.
            released: the notebook that students get.
        """
        known = Exercises(folder)
        return cls(folder.name, source, released, known.mistakes, known.alternatives)

    @cached_property
    def exercises(self) -> list[Exercise]:
        return exercises(self.source)

    @cached_property
    def solutions(self) -> dict[str, str]:
        """The right answers, as a student would write them, by grade_id."""
        answers = {}
        for cell in self.source.cells:
            name = grade_id(cell)
            if name and is_editable(cell):
                if cell.cell_type == "code":
                    answers[name] = _MARKED.sub("", cell.source).rstrip()
                else:
                    text = "\n".join(_SOLUTION.findall(cell.source)) or cell.source
                    answers[name] = _SCHEME.sub("", text).strip()
        return answers

    @cached_property
    def cell_of(self) -> dict[str, str]:
        """The function that answers an exercise -> the grade_id of its cell."""
        return {f: name for name, code in self.solutions.items() for f in _DEFINED.findall(code)}

    @cached_property
    def worth(self) -> dict[str, float]:
        """Points of the exercise that a cell answers, for those that tests mark, in order."""
        return {
            name: e.points / len(e.answers)
            for e in self.exercises
            if not e.manual
            for name in e.answers
        }

    @property
    def most(self) -> float:
        """What tests can give."""
        return sum(e.points for e in self.exercises if not e.manual)

    @cached_property
    def functions(self) -> list[str]:
        """The grade_ids of the cells that define a function which tests call, in order."""
        return [name for name in self.worth if name in self.cell_of.values()]

    def by_cell(self, entries: list[Entry]) -> dict[str, list[Entry]]:
        """Sort ``entries`` of the bank by the grade_id of the cell they answer."""
        found: dict[str, list[Entry]] = {}
        for entry in entries:
            found.setdefault(self.cell_of[entry.exercise], []).append(entry)
        return found

    def notebook(self, answers: Mapping[str, str]) -> NotebookNode:
        """Return the released notebook with ``answers`` filled in, by grade_id."""
        made = copy.deepcopy(self.released)
        for cell in made.cells:
            name = grade_id(cell)
            if name and name in answers:
                cell.source = answers[name]
        return made

    def unsure(self) -> dict[str, str]:
        """Return all solutions, and weak answers to what is marked by hand, by grade_id."""
        manual = {e.grade_id: _UNSURE for e in self.exercises if e.manual}
        return self.solutions | manual

    def with_entries(self, *entries: Entry) -> dict[str, str]:
        """Return all solutions, but for what some ``entries`` of the bank answer."""
        return self.unsure() | {self.cell_of[e.exercise]: e.source for e in entries}

    def with_body(self, name: str, body: str) -> dict[str, str]:
        """Return all solutions, but the function of the cell ``name`` has ``body``."""
        code = self.solutions[name]
        function = next(n for n in ast.parse(code).body if isinstance(n, ast.FunctionDef))
        last = function.body[0] if ast.get_docstring(function) else function.args
        line = getattr(last, "end_lineno", None) or function.lineno
        lines = code.splitlines()[:line]
        return self.unsure() | {name: "\n".join([*lines, f"    {body}"])}


Make = Callable[[Bank, str], Sample]


def sample_class(bank: Bank, count: int, answers_only: bool = False) -> list[Sample]:
    """Make the first ``count`` students. They differ in kind; after those come mixed ones.

    With ``answers_only`` all of them hand in answers, right, mistaken or none: nothing hangs,
    crashes, cheats or is broken, so they are graded fast.
    """
    kinds = _answering(bank) if answers_only else _kinds(bank)
    samples = []
    for i in range(count):
        kind, make = kinds[i] if i < len(kinds) else ("mixed", _mixed)
        samples.append(make(bank, f"sample-{i + 1:02d}-{kind}"))
    return samples


def _kinds(bank: Bank) -> list[tuple[str, Make]]:
    single = _single_mistakes(bank)
    kinds: list[tuple[str, Make] | None] = [
        ("all-right", _all_right),
        ("other-ways", _other_ways) if bank.alternatives else None,
        next(single, None),
        ("untouched", _untouched),
        ("endless-loop", _endless_loop),
        ("leaves-python", _leaves_python),
        _in_place(bank) or next(single, None),
        ("three-mistakes", _three_mistakes),
        ("empty-file", _spoiled(lambda data: b"")),
        ("patched-numpy", _patched_numpy),
        ("wrong-name", _wrong_name),
        ("copied-test-cell", _copied_test_cell),
        ("first-half", _first_half),
        ("cut-off-file", _spoiled(lambda data: data[: data.rindex(b"source") + 3])),
        next(single, None),
        ("deleted-cells", _deleted_cells),
        ("equals-everything", _equals_everything),
        ("not-a-notebook", _spoiled(lambda data: b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n")),
        ("wrong-assignment", _wrong_assignment),
        ("link-to-another", _link_to_another),
        ("huge-output", _huge_output),
        ("forged-points", _forged_points),
        next(single, None),
        next(single, None),
    ]
    return [kind for kind in kinds if kind is not None]


def _answering(bank: Bank) -> list[tuple[str, Make]]:
    single = _single_mistakes(bank)
    kinds: list[tuple[str, Make] | None] = [
        ("all-right", _all_right),
        ("other-ways", _other_ways) if bank.alternatives else None,
        next(single, None),
        ("untouched", _untouched),
        next(single, None),
        ("three-mistakes", _three_mistakes),
        ("first-half", _first_half),
    ]
    return [kind for kind in kinds if kind is not None]


def _single_mistakes(bank: Bank) -> Iterator[tuple[str, Make]]:
    """Yield one mistake of each exercise in turn, then the second of each, and so on."""
    rounds = itertools.zip_longest(*bank.by_cell(bank.mistakes).values())
    for entry in (entry for round_ in rounds for entry in round_ if entry is not None):
        yield _named(entry), _with(entry)


def _in_place(bank: Bank) -> tuple[str, Make] | None:
    """Return a student who changes the arguments; None where the bank has none."""
    found = [entry for entry in bank.mistakes if "place" in entry.name]
    return (_named(found[0]), _with(found[0])) if found else None


def _named(entry: Entry) -> str:
    return entry.name.replace("_", "-")


def _with(*entries: Entry) -> Make:
    return lambda bank, student: _plain(bank, student, bank.with_entries(*entries))


def _plain(
    bank: Bank, student: str, answers: Mapping[str, str], expected: float | None = None
) -> Sample:
    return _sample(bank, student, bank.notebook(answers), expected)


def _sample(bank: Bank, student: str, notebook: NotebookNode, expected: float | None) -> Sample:
    return Sample(student, {f"{bank.name}.ipynb": _bytes(notebook)}, expected=expected)


def _bytes(notebook: NotebookNode) -> bytes:
    return (json.dumps(notebook, indent=1, ensure_ascii=False) + "\n").encode()


def _all_right(bank: Bank, student: str) -> Sample:
    return _plain(bank, student, bank.solutions, bank.most)


def _other_ways(bank: Bank, student: str) -> Sample:
    firsts = [entries[0] for entries in bank.by_cell(bank.alternatives).values()]
    return _plain(bank, student, bank.with_entries(*firsts), bank.most)


def _untouched(bank: Bank, student: str) -> Sample:
    return _plain(bank, student, {}, 0.0)


def _three_mistakes(bank: Bank, student: str) -> Sample:
    lasts = [entries[-1] for entries in bank.by_cell(bank.mistakes).values()]
    return _plain(bank, student, bank.with_entries(*lasts[:3]))


def _first_half(bank: Bank, student: str) -> Sample:
    tested = list(bank.worth)
    half = tested[: len(tested) // 2]
    answers = {name: bank.solutions[name] for name in half}
    return _plain(bank, student, answers, sum(bank.worth[name] for name in half))


def _endless_loop(bank: Bank, student: str) -> Sample:
    name = bank.functions[-1]
    answers = bank.with_body(name, "while True:\n        pass")
    return _plain(bank, student, answers, bank.most - bank.worth[name])


def _leaves_python(bank: Bank, student: str) -> Sample:
    name = bank.functions[0]
    answers = bank.with_body(name, "import os\n\n    os._exit(0)")
    return _plain(bank, student, answers, bank.most - bank.worth[name])


def _spoiled(spoil: Callable[[bytes], bytes]) -> Make:
    def make(bank: Bank, student: str) -> Sample:
        data = spoil(_bytes(bank.notebook(bank.solutions)))
        return Sample(student, {f"{bank.name}.ipynb": data}, expected=0.0)

    return make


def _wrong_name(bank: Bank, student: str) -> Sample:
    data = _bytes(bank.notebook(bank.unsure()))
    return Sample(student, {f"{bank.name} (1).ipynb": data}, expected=bank.most)


def _copied_test_cell(bank: Bank, student: str) -> Sample:
    notebook = bank.notebook(bank.unsure())
    place = next(i for i, c in enumerate(notebook.cells) if is_graded(c) and not is_editable(c))
    notebook.cells.insert(place, copy.deepcopy(notebook.cells[place]))
    return _sample(bank, student, notebook, bank.most)


def _deleted_cells(bank: Bank, student: str) -> Sample:
    notebook = bank.notebook(bank.unsure())
    name = bank.functions[-1]
    notebook.cells = [
        cell
        for cell in notebook.cells
        if grade_id(cell) != name and not (is_graded(cell) and not is_editable(cell))
    ]
    return _sample(bank, student, notebook, bank.most - bank.worth[name])


def _with_first_cell(bank: Bank, answers: Mapping[str, str], code: str) -> NotebookNode:
    notebook = bank.notebook(answers)
    notebook.cells.insert(0, nbformat.v4.new_code_cell(code, id="first"))
    return notebook


def _patched_numpy(bank: Bank, student: str) -> Sample:
    answers = {name: bank.with_body(name, "return 0.0")[name] for name in bank.functions}
    return _sample(bank, student, _with_first_cell(bank, answers, _PATCHED_NUMPY), 0.0)


def _equals_everything(bank: Bank, student: str) -> Sample:
    answers = {name: bank.with_body(name, "return Everything()")[name] for name in bank.functions}
    return _sample(bank, student, _with_first_cell(bank, answers, _EQUALS_EVERYTHING), 0.0)


def _forged_points(bank: Bank, student: str) -> Sample:
    notebook = bank.notebook({})
    for cell in notebook.cells:
        if is_graded(cell) and cell.cell_type == "code":
            cell.metadata.nbgrader["points"] = 100
            cell.source = "100.0"
            result = nbformat.v4.new_output("execute_result", {"text/plain": "100.0"})
            cell.outputs = [result]
    return _sample(bank, student, notebook, 0.0)


def _wrong_assignment(bank: Bank, student: str) -> Sample:
    notebook = bank.notebook({})
    for cell in notebook.cells:
        if grade_id(cell):
            cell.metadata.nbgrader["grade_id"] = f"another-{grade_id(cell)}"
            cell.source = _DEFINED.sub(r"def another_\1(", f"Another one.\n{cell.source}")
    return _sample(bank, student, notebook, 0.0)


def _link_to_another(bank: Bank, student: str) -> Sample:
    target = f"../../sample-01-all-right/{bank.name}/{bank.name}.ipynb"
    return Sample(student, link=target, expected=0.0)


def _huge_output(bank: Bank, student: str) -> Sample:
    notebook = bank.notebook(bank.unsure())
    cell = next(c for c in notebook.cells if grade_id(c) == bank.functions[0])
    line = "The loss is still the same, so it is printed once more.\n"
    cell.outputs = [nbformat.v4.new_output("stream", text=line * 20_000) for _ in range(12)]
    return _sample(bank, student, notebook, bank.most)


def _mixed(bank: Bank, student: str) -> Sample:
    """Make some answers right, some right in another way, some mistaken, and leave some out."""
    chance = random.Random(f"{bank.name} {student}")
    skill = chance.uniform(0.2, 1.0)
    mistakes, others = bank.by_cell(bank.mistakes), bank.by_cell(bank.alternatives)
    answers = {}
    for name, solution in bank.unsure().items():
        if chance.random() < skill:
            right = [entry.source for entry in others.get(name, [])]
            answers[name] = chance.choice([solution, *right])
        elif name in mistakes and chance.random() < 0.7:
            answers[name] = chance.choice(mistakes[name]).source
    return _plain(bank, student, answers)
