"""A test mended or added later: only what it touches is run again, and no grade is stale."""

import random
import shutil
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import lab
import pytest
from lab import POINTS, RIGHT, cell_of, grade, points, submission
from nbformat import NotebookNode

from autograder.assignment import Assignment
from autograder.course import REPOSITORY
from autograder.grading import examiner, fingerprints, reach
from autograder.grading.graded import Graded
from autograder.grading.standalone import leaves_nothing_behind
from autograder.options import Options

HIDDEN = """\
import numpy as np

from course_lib.reference.pooling import mean_state_forward
from autograder.testing import Part, PartTest, Verdict, examine, load_bank, require
from pathlib import Path

PARTS = {}


def grade(exercise, student):
    bank = load_bank(Path(__file__).with_name("mistakes.py"))
    return examine(exercise, student, PARTS[exercise], mistakes=bank)


def part(exercise, name):
    def add(test):
        PARTS.setdefault(exercise, []).append(PartTest(name, test))
        return test

    return add


def _doubled(x):
    return 2.0 * x


def _near(y):
    return y + 0.0


@part("double", "values")
def _(f):
    x = np.array([7.0, -4.0])
    require("y", f(x), _doubled(x))


@part("quadruple", "values")
def _(f):
    require("y", f.call((3.0,), given={"double": lambda x: 2.0 * x}).value, _near(12.0))


@part("count", "counts")
def _(f):
    require("count", f(f(3)), 5)


def grade_data(weights):
    good = type(weights) is dict and weights["W"].shape == (2, 2)
    return Verdict("weights", (Part("weights", good, "" if good else "W: not right."),))
"""
MISTAKES = '''\
from autograder.testing import mistake


@mistake("double", hint="Twice, not squared.")
def squares(x):
    """Double means to the power of two."""
    return x**2


@mistake("count", hint="One more, not two.")
def counts_by_two(x):
    """Two by two."""
    return x + 2
'''
PLAIN = RIGHT | {"count-answer": "def count(x):\n    return x + 1\n"}
STUDENTS: dict[str, dict[str, str]] = {
    "right": {},
    "squares": {"double-answer": "def double(x):\n    return x * x\n"},
    "raises": {"quadruple-answer": "def quadruple(x):\n    raise ValueError(x)\n"},
    "untouched": {"double-answer": lab.STUB.format("double"), "weights-answer": "weights = None"},
    "remembers": {
        "double-answer": "calls = []\ndef double(x):\n    calls.append(x)\n    return 2 * x\n",
        "count-answer": "def count(x):\n    return x + (1 if len(calls) % 2 else 2)\n",
    },
    "ends Python": {"count-answer": "def count(x):\n    import os\n    os._exit(0)\n"},
}


class Class_:
    """An assignment that is edited, and what came of it last."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True)
        self.folder = folder
        self.source = lab.source()
        self.write("hidden.py", HIDDEN)
        self.write("mistakes.py", MISTAKES)
        self.earlier: dict[str, Graded] = {}

    def write(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text)

    def replace(self, name: str, old: str, new: str) -> None:
        text = (self.folder / name).read_text()
        self.write(name, text.replace(old, new))

    def assignment(self) -> Assignment:
        return Assignment("lab", self.source, self.folder)

    def regrade(self, student: str, notebook: NotebookNode) -> Graded:
        options = Options(cell_seconds=5, call_seconds=2.5)
        earlier = self.earlier.get(student)
        graded = examiner.grade_notebook(notebook, self.assignment(), options, earlier)
        self.earlier[student] = graded
        return graded

    def cell(self, name: str) -> NotebookNode:
        return cell_of(self.source, name)

    def answers(self, student: str) -> NotebookNode:
        return submission(PLAIN | STUDENTS[student])


@pytest.fixture
def class_(tmp_path: Path) -> Class_:
    return Class_(tmp_path / "lab")


def lasting(graded: Graded) -> dict[str, Any]:
    """A result without what may differ from run to run."""
    data = graded.to_dict()
    for name in ("seconds", "cpu_seconds", "sandboxes", "peak_mb", "kept"):
        del data[name]
    for cell in data["cells"]:
        del cell["seconds"]
    return data


def mend_double(class_: Class_) -> None:
    class_.replace("hidden.py", "np.array([7.0, -4.0])", "np.array([2.0, 2.0])")


def mend_quadruple(class_: Class_) -> None:
    class_.replace("hidden.py", "_near(12.0)", "_near(13.0)")


def mend_a_helper(class_: Class_) -> None:
    class_.replace("hidden.py", "return y + 0.0", "return y + 1.0")


def mend_grade(class_: Class_) -> None:
    class_.replace("hidden.py", "mistakes=bank", "mistakes=()")


def add_a_part(class_: Class_) -> None:
    text = (class_.folder / "hidden.py").read_text()
    more = '\n\n@part("count", "from zero")\ndef _(f):\n    require("count", f(0), 1)\n'
    class_.write("hidden.py", text + more)


def mend_a_hint(class_: Class_) -> None:
    class_.replace("mistakes.py", "Twice, not squared.", "Not squared.")


def mend_the_text(class_: Class_) -> None:
    class_.source.cells[0].source += " mended"


def mend_a_check(class_: Class_) -> None:
    class_.cell("double-check").source += "\nprint('and more')"


def mend_the_set_up(class_: Class_) -> None:
    class_.cell("set-up").source += "\nLATER = 1"


def change_points(class_: Class_) -> None:
    class_.cell("count-test").metadata.nbgrader["points"] += 1.0


def mend_a_test_cell(class_: Class_) -> None:
    class_.cell("weights-test").source += "\nhidden.grade_data(weights)"


def add_a_test_cell(class_: Class_) -> None:
    place = class_.source.cells.index(class_.cell("count-test"))
    added = lab._test(f"again{place}", 1.0, 'hidden.grade("double", double)')
    class_.source.cells.insert(place, added)


def drop_a_test_cell(class_: Class_) -> None:
    names = [c.metadata.get("nbgrader", {}).get("grade_id", "") for c in class_.source.cells]
    if "quadruple-test" in names:
        del class_.source.cells[names.index("quadruple-test")]


def say_something_else(class_: Class_) -> None:
    class_.replace("hidden.py", "import numpy", "# a remark\nimport numpy")


#: What has to be run again. A test that asks hidden.py for more than an exercise's grade, as that
#: of the weights does, hangs on all of that file.
EDITS: dict[Callable[[Class_], None], set[str]] = {
    mend_double: {"double-test", "weights-test"},
    mend_quadruple: {"quadruple-test", "weights-test"},
    mend_a_helper: {"quadruple-test", "weights-test"},
    add_a_part: {"count-test", "weights-test"},
    mend_a_hint: {"double-test", "weights-test"},
    change_points: {"count-test"},
    mend_a_test_cell: {"weights-test"},
    mend_the_text: set(),
    mend_grade: set(POINTS),
    mend_the_set_up: set(POINTS),
}


@pytest.mark.sandbox
@pytest.mark.parametrize("edit", EDITS, ids=lambda edit: edit.__name__)
def test_only_what_an_edit_touches_is_run_again(
    class_: Class_, edit: Callable[[Class_], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    first = class_.regrade("right", class_.answers("right"))
    edit(class_)
    ran: list[str] = []
    test = examiner._Run._test

    def noted(run: Any, step: Any, most: float) -> Any:
        ran.append(step.name)
        return test(run, step, most)

    monkeypatch.setattr(examiner._Run, "_test", noted)
    second = class_.regrade("right", class_.answers("right"))
    expected = EDITS[edit]
    assert set(ran) == expected
    assert second.kept == len(POINTS) - len(expected)
    assert second.sandboxes == bool(expected)
    if not expected:
        assert points(second) == points(first)


@pytest.mark.sandbox
def test_a_changed_answer_is_graded_in_full(class_: Class_) -> None:
    class_.regrade("one", class_.answers("right"))
    changed = class_.regrade("one", class_.answers("squares"))
    assert changed.kept == 0
    assert points(changed)["double-test"] == 0.0


@pytest.mark.sandbox
def test_the_result_of_another_run_is_of_no_use(class_: Class_) -> None:
    right = class_.regrade("one", class_.answers("right"))
    other_limits = examiner.grade_notebook(
        class_.answers("right"), class_.assignment(), Options(call_seconds=3), right
    )
    assert other_limits.kept == 0
    old = Graded.from_dict(right.to_dict() | {"run": "", "shown": "", "undisturbed": False})
    assert grade(class_.answers("right"), class_.assignment()).kept == 0
    class_.earlier["one"] = old
    assert class_.regrade("one", class_.answers("right")).kept == 0


@pytest.mark.sandbox
@pytest.mark.parametrize("student", ["remembers", "ends Python"])
def test_what_hangs_together_is_graded_together(class_: Class_, student: str) -> None:
    class_.regrade(student, class_.answers(student))
    mend_quadruple(class_)
    assert class_.regrade(student, class_.answers(student)).kept == 0


@pytest.mark.sandbox
def test_a_test_that_now_crashes_the_answer_has_all_graded_again(class_: Class_) -> None:
    hangs = "def double(x):\n    while x[0] == 2:\n        pass\n    return 2 * x\n"
    raises = "def double(x):\n    return 2 * x if x[0] == 7 else [][1]\n"
    for student, answer in (("hangs", hangs), ("raises", raises)):
        notebook = submission(PLAIN | {"double-answer": answer})
        class_.write("hidden.py", HIDDEN)
        assert points(class_.regrade(student, notebook))["double-test"] == POINTS["double-test"]
        mend_double(class_)
        again = class_.regrade(student, notebook)
        assert again.kept == (0 if student == "hangs" else len(POINTS) - 2)
        assert points(again) == POINTS | {"double-test": 0.0}


SEQUENCE = [*EDITS, mend_a_check, add_a_test_cell, drop_a_test_cell, say_something_else]


@pytest.mark.sandbox
@pytest.mark.parametrize("seed", range(6))
def test_a_regraded_class_is_as_one_graded_from_scratch(class_: Class_, seed: int) -> None:
    draw = random.Random(seed)
    students = draw.sample(sorted(set(STUDENTS) - {"ends Python"}), 3)
    kept = 0
    for _ in range(4):
        draw.choice(SEQUENCE)(class_)
        for student in students:
            notebook = class_.answers(student)
            regraded = class_.regrade(student, notebook)
            fresh = examiner.grade_notebook(
                notebook, class_.assignment(), Options(cell_seconds=5, call_seconds=2.5)
            )
            assert lasting(regraded) == lasting(fresh)
            kept += regraded.kept
    assert kept


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A small library in the place of ours."""
    folder = tmp_path / "course_lib"
    files = {
        "__init__.py": "",
        "base.py": "ONE = 1\n",
        "alone.py": "TWO = 2\n",
        "data/__init__.py": "from course_lib.data.words import WORDS\n",
        "data/words.py": "WORDS = ()\n",
        "data/words.txt": "goat\n",
        "deep/__init__.py": "",
        "deep/top.py": "from . import under\nimport course_lib.base as base\n",
        "deep/under.py": "THREE = 3\n",
        "odd.py": "from importlib import import_module\n",
    }
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True, parents=True)
        path.write_text(text)
    monkeypatch.setattr(reach, "COURSE_LIB", folder)
    reach._imports.cache_clear()
    yield folder
    reach._imports.cache_clear()


@pytest.mark.parametrize(
    ("source", "reached"),
    [
        ("import numpy", set()),
        ("import course_lib.base", {"base.py"}),
        ("from course_lib import base", {"base.py"}),
        ("def f():\n    from course_lib.base import ONE", {"base.py"}),
        ("from course_lib.data import WORDS", {"data/__init__.py", "data/words.py"}),
        ("import course_lib.deep.top", {"deep/top.py", "deep/under.py", "base.py"}),
        ("from course_lib import odd", {"all"}),
        ("__import__('course_lib.base')", {"all"}),
    ],
)
def test_the_library_that_code_reaches(library: Path, source: str, reached: set[str]) -> None:
    before = reach.library([source])
    for path in sorted(library.rglob("*.py")):
        name, text = path.relative_to(library).as_posix(), path.read_text()
        path.write_text(text + "# mended\n")
        parents = {"__init__.py"} if "course_lib" in source else set()
        parents |= {f"{n.split('/')[0]}/__init__.py" for n in reached if "/" in n}
        touched = name in reached | parents or "all" in reached
        assert (reach.library([source]) != before) is touched, name
        path.write_text(text)


def test_a_library_modules_data_counts(library: Path) -> None:
    before = reach.library(["from course_lib.data import WORDS"])
    (library / "data" / "words.txt").write_text("hat\n")
    assert reach.library(["from course_lib.data import WORDS"]) != before


@pytest.mark.parametrize(
    ("source", "exercises"),
    [
        ('hidden.grade("double", double)', {"double"}),
        ('a = hidden.grade("double", f)\nhidden.grade("count", g)', {"double", "count"}),
        ("1 + 1", set()),
        ("hidden.grade_data(weights)", None),
        ("hidden.grade(name, double)", None),
        ('hidden.grade("double", f)\nhidden.SEED', None),
        ('g = getattr(hidden, "grade")', None),
    ],
)
def test_the_exercises_a_test_cell_asks_for(source: str, exercises: set[str] | None) -> None:
    assert reach.exercises_of(source) == exercises


@pytest.mark.parametrize(
    "odd",
    [
        "EXERCISES = list(PARTS)",
        "for tests in PARTS.values():\n    pass",
        "named = globals()",
        "PARTS['double'] = []",
    ],
)
def test_hidden_tests_that_are_not_kept_apart_go_together(class_: Class_, odd: str) -> None:
    class_.write("hidden.py", f"{HIDDEN}\n{odd}\n")
    only = frozenset({"double"})
    before = reach.HiddenFiles.of(class_.folder).asked_for(only)
    mend_quadruple(class_)
    assert reach.HiddenFiles.of(class_.folder).asked_for(only) != before


def test_files_of_the_assignment_that_no_test_can_reach_do_not_count(class_: Class_) -> None:
    before = reach.HiddenFiles.of(class_.folder).asked_for(None)
    class_.write("alternatives.py", "x = 1\n")
    assert reach.HiddenFiles.of(class_.folder).asked_for(None) == before
    class_.replace("hidden.py", "import numpy as np", "import numpy as np\nimport alternatives")
    now = reach.HiddenFiles.of(class_.folder).asked_for(None)
    class_.write("alternatives.py", "x = 2\n")
    assert reach.HiddenFiles.of(class_.folder).asked_for(None) != now


def test_the_parts_of_a_real_assignment_are_kept_apart(tmp_path: Path) -> None:
    folder = tmp_path / "rnn"
    shutil.copytree(REPOSITORY / "solutions" / "rnn", folder)
    exercises = ("rnn_cell_forward", "softmax", "sample_sequence")

    def digests() -> list[str]:
        return [reach.HiddenFiles.of(folder).asked_for(frozenset({name})) for name in exercises]

    before, hidden = digests(), (folder / "hidden.py").read_text()
    marker = '@part("softmax", "one row")\ndef _(student: Recorder) -> None:\n'
    assert marker in hidden
    (folder / "hidden.py").write_text(hidden.replace(marker, f"{marker}    1 + 1\n"))
    now = digests()
    assert [a == b for a, b in zip(before, now, strict=True)] == [True, False, True]


F = "def f(x):\n    return 2 * x\n"


@pytest.mark.parametrize(
    "source",
    [
        F,
        "import numpy as np\nrng = np.zeros(3)\nrng[0] = 1\n" + F,
        "LIMIT = -(3 + 1)\ndef f(x):\n    h = []\n    h.append(x)\n    return h[:LIMIT]",
        "f = lambda x: x",
        "f = {'W': np.ones((2, 2))}",
        "xs = [1, 2]\n[f(x) for x in xs]\n" + F,
        "%matplotlib inline\n" + F,
    ],
)
def test_plain_code_leaves_nothing_behind(source: str) -> None:
    assert leaves_nothing_behind(("import numpy as np",), (source,), frozenset({"f"}))


@pytest.mark.parametrize(
    "source",
    [
        "calls = []\ndef f(x):\n    calls.append(x)\n    return x",
        "n = 0\ndef f(x):\n    global n\n    n += 1\n    return n",
        "def f(x, seen=[]):\n    return seen",
        "def make():\n    n = [0]\n    def g(x):\n        n[0] += x\n    return g\nf = make()",
        "def f(x):\n    f.n = 1\n    return x",
        "def f(x):\n    setattr(f, 'n', 1)\n    return x",
        "def f(x):\n    f.__dict__['n'] = 1\n    return x",
        "def f(x):\n    np.tanh = abs\n    return x",
        "def f(x):\n    np.typecodes['n'] = x\n    return x",
        "def f(x):\n    return np.random.rand()",
        "def f(x):\n    from numpy import random\n    return random.rand()",
        "import time\n" + F,
        "from functools import cache\n@cache\ndef f(x):\n    return []",
        "class A:\n    seen = []\ndef f(x):\n    return A.seen",
        "for calls in [[]]:\n    pass\ndef f(x):\n    return calls",
        "calls, n = [], 0\ndef f(x):\n    return calls",
        "(calls := [])\ndef f(x):\n    return calls",
        "f = iter([1, 2])",
        "f = functools.partial(max, [])",
        "f = np.vectorize(print)",
        "def f(x):\n    return exec('n = 1')",
        "%load_ext x\n" + F,
        "%%time\n" + F,
        "!ls\n" + F,
        "def f(x:\n",
    ],
)
def test_what_may_leave_something_behind_is_seen(source: str) -> None:
    assert not leaves_nothing_behind(("import numpy as np",), (source,), frozenset({"f"}))


def test_tests_that_use_each_others_names_go_together(class_: Class_) -> None:
    steps = examiner.walk(class_.answers("right"), class_.assignment()).steps
    assert fingerprints.tests_stand_alone(steps)
    class_.cell("double-test").source = "shared = 1\n" + class_.cell("double-test").source
    class_.cell("count-test").source = "shared\n" + class_.cell("count-test").source
    steps = examiner.walk(class_.answers("right"), class_.assignment()).steps
    assert not fingerprints.tests_stand_alone(steps)


@pytest.mark.sandbox
def test_cell_grades_carry_their_fingerprints(class_: Class_) -> None:
    graded = class_.regrade("right", class_.answers("right"))
    tests = {c.grade_id: c.fingerprint for c in graded.cells if c.grade_id in POINTS}
    assert len({*tests.values(), ""}) == len(POINTS) + 1
    assert asdict(graded.cells[-1])["fingerprint"] == ""
