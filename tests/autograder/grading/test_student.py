"""The student's side as the examiner sees it: values, calls, hangs, crashes, replays."""

import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import numpy as np
import pytest

from autograder.events import Event
from autograder.grading.outputs import failure, read_outputs
from autograder.grading.student import StudentFunction, StudentSide, definitions
from autograder.options import Options
from autograder.testing import Student as StudentInterface
from autograder.testing import StudentError
from autograder.worker.protocol import Handle, NotPlain, ProtocolError

pytestmark = pytest.mark.sandbox


class Bench:
    """A student with short times, and what was logged."""

    def __init__(self, **options: Any) -> None:
        self.events: list[Event] = []
        limits = {"cell_seconds": 2.0, "call_seconds": 1.0, **options}
        self.student = StudentSide(Options(**limits), on_event=self.events.append)

    def cell(self, source: str) -> Any:
        return self.student.run_cell(f"cell {len(source)}", source)

    def __enter__(self) -> "Bench":
        return self

    def __exit__(self, *_: object) -> None:
        self.student.close()


@pytest.fixture
def bench() -> Any:
    with Bench() as bench:
        yield bench


def kind(function: Callable[[], object]) -> str:
    with pytest.raises(StudentError) as caught:
        function()
    return caught.value.kind


class TestFetchAndCall:
    def test_data_comes_by_value_and_functions_as_proxies(self, bench: Bench) -> None:
        bench.cell("import numpy as np\nw = {'a': np.ones(2)}\ndef f(x, y=1):\n    return x + y")
        w = bench.student.fetch("w")
        assert type(w) is dict
        assert np.array_equal(w["a"], np.ones(2))
        f = bench.student.fetch("f")
        assert isinstance(f, StudentFunction)
        assert isinstance(f, StudentInterface)
        assert f(1) == 2
        assert f(1, y=5) == 6

    def test_callable_objects_are_functions_too(self, bench: Bench) -> None:
        bench.cell(
            "from functools import partial\nf = partial(max, 3)\nimport numpy as np\ng = np.tanh"
        )
        assert bench.student.fetch("f")(4) == 4
        assert bench.student.fetch("g")(0.0) == 0.0

    def test_arguments_come_back_as_they_are_after_the_call(self, bench: Bench) -> None:
        bench.cell("def f(x, y):\n    x += 1\n    y.append(3)\n    return None")
        x, y = np.zeros(2), [1]
        call = bench.student.fetch("f").call((x, y))
        assert call.value is None
        assert np.array_equal(call.args_after[0], [1.0, 1.0])
        assert call.args_after[1] == [1, 3]
        assert not x.any()
        assert y == [1]

    def test_a_missing_name_is_missing_when_called(self, bench: Bench) -> None:
        bench.cell("def f():\n    pass")
        missing = bench.student.fetch("g")
        assert kind(missing) == "missing"
        bench.cell("del f")
        assert kind(bench.student.fetch("f")) == "missing"

    def test_an_exception_crosses_as_words_and_a_line(self, bench: Bench) -> None:
        bench.cell("class Own(ValueError):\n    pass\ndef f(x):\n    raise Own('because')")
        with pytest.raises(StudentError) as caught:
            bench.student.fetch("f")(1)
        error = caught.value
        assert (error.kind, error.exception, error.message, error.line) == (
            "raised",
            "Own",
            "because",
            4,
        )

    @pytest.mark.parametrize(
        ("body", "expected"),
        [
            ("raise MemoryError", "memory"),
            ("return bytearray(10**10)", "memory"),
            ("import sys; sys.exit()", "raised"),
            ("raise KeyboardInterrupt", "raised"),
            ("return f(x)", "raised"),
            ("import os; os._exit(0)", "crashed"),
            ("import ctypes; ctypes.string_at(0)", "crashed"),
            ("import os; os.abort()", "crashed"),
            ("import os; os.closerange(0, 4096)", "crashed"),
            ("\n        while True: pass", "timeout"),
            ("import time; time.sleep(60)", "timeout"),
            ("a = []; a.append(a); return a", "protocol"),
            ("return list(range(10**6))", "protocol"),
            ("return 'x' * 10**7", "protocol"),
            ("import numpy as np; return np.zeros(10**7)", "protocol"),
        ],
    )
    def test_every_way_to_fail_has_its_kind(self, bench: Bench, body: str, expected: str) -> None:
        bench.cell(f"def f(x):\n    {body}\ndef g(x):\n    return x + 1")
        assert kind(lambda: bench.student.fetch("f")(1)) == expected
        assert bench.student.fetch("g")(1) == 2

    def test_objects_stay_there_and_can_be_handed_back(self, bench: Bench) -> None:
        bench.cell(
            "class Box:\n    def __init__(self, v): self.v = v\n"
            "    def __eq__(self, other): return True\n"
            "def put(v):\n    return Box(v), Box(v)\n"
            "def get(box):\n    return box.v\n"
            "def twice(box):\n    return box, box"
        )
        one, other = bench.student.fetch("put")(7)
        assert isinstance(one, Handle)
        assert one != other
        assert bench.student.fetch("get")(one) == 7
        first, second = bench.student.fetch("twice")(one)
        assert first is second is one
        assert bench.student.fetch("twice").call(([one],)).args_after == ([one],)

    def test_an_object_of_a_dead_process_is_gone(self, bench: Bench) -> None:
        bench.cell(
            "import os\ndef make():\n    return object()\ndef use(x):\n    return 1\n"
            "def die():\n    os._exit(1)"
        )
        thing = bench.student.fetch("make")()
        assert bench.student.fetch("use")(thing) == 1
        assert kind(bench.student.fetch("die")) == "crashed"
        other = bench.student.fetch("make")()
        assert bench.student.fetch("use")(other) == 1
        assert kind(lambda: bench.student.fetch("use")(thing)) == "crashed"
        assert bench.student.fetch("use")(1) == 1

    def test_only_plain_data_can_be_sent_to_a_student(self, bench: Bench) -> None:
        bench.cell("def f(x):\n    return 1")
        with pytest.raises(NotPlain):
            bench.student.fetch("f")(object())
        assert bench.student.fetch("f")(1) == 1
        assert bench.student.starts == 1

    def test_what_is_printed_during_a_call_is_dropped(self, bench: Bench) -> None:
        bench.cell(
            "import sys\ndef f(x):\n    print(x)\n    print(x, file=sys.stderr)\n    return x"
        )
        assert bench.student.fetch("f")("secret") == "secret"
        assert bench.cell("1").outputs[0].data == {"text/plain": "1"}


class TestGiven:
    def test_global_names_are_replaced_for_one_call(self, bench: Bench) -> None:
        bench.cell("def inner(x):\n    return -1\ndef outer(x):\n    return inner(x) + 1")
        outer = bench.student.fetch("outer")
        seen = []

        def inner(x: float) -> float:
            seen.append(x)
            return 10.0 * x

        assert outer.call((2.0,), {}, {"inner": inner}).value == 21.0
        assert seen == [2.0]
        assert outer(2.0) == 0
        assert bench.student.fetch("inner")(1) == -1

    def test_a_name_the_student_lacks_is_there_for_one_call(self, bench: Bench) -> None:
        bench.cell("def outer(x):\n    return inner(x)")
        outer = bench.student.fetch("outer")
        assert outer.call((2,), {}, {"inner": lambda x: x + 1}).value == 3
        assert kind(lambda: outer(2)) == "raised"

    def test_a_given_function_is_over_with_the_call(self, bench: Bench) -> None:
        bench.cell(
            "kept = []\ndef outer(x):\n    kept.append(inner)\n    return inner(x)\n"
            "def later(x):\n    return kept[0](x)"
        )
        assert bench.student.fetch("outer").call((1,), {}, {"inner": lambda x: x}).value == 1
        with pytest.raises(StudentError) as caught:
            bench.student.fetch("later")(1)
        assert caught.value.exception == "RuntimeError"

    def test_what_a_given_function_raises_is_raised_there_without_its_text(
        self, bench: Bench
    ) -> None:
        def inner(x: object) -> None:
            raise ValueError("secret")

        bench.cell(
            "def outer(x):\n    try:\n        inner(x)\n"
            "    except ValueError as error:\n        return str(error)"
        )
        value = bench.student.fetch("outer").call((1,), {}, {"inner": inner}).value
        assert value == "inner does not take these arguments."

    def test_the_number_of_calls_is_limited(self) -> None:
        with Bench(callbacks=50) as bench:
            bench.cell("def outer(n):\n    return [inner(i) for i in range(n)]")
            outer = bench.student.fetch("outer")
            assert outer.call((50,), {}, {"inner": abs}).value == list(range(50))
            assert kind(lambda: outer.call((51,), {}, {"inner": abs})) == "protocol"

    def test_huge_arguments_do_not_reach_the_given_function(self, bench: Bench) -> None:
        calls = []
        bench.cell("import numpy as np\ndef outer(n):\n    return inner(np.zeros(n))")
        outer = bench.student.fetch("outer")
        given = {"inner": lambda x: calls.append(x.size)}
        outer.call((1000,), {}, given)
        assert kind(lambda: outer.call((10**6,), {}, given)) == "memory"
        assert calls == [1000]

    def test_a_given_function_has_the_time_of_the_call(self) -> None:
        def slow(seconds: float) -> float:
            end = time.process_time() + seconds
            while time.process_time() < end:
                pass
            return seconds

        with Bench(call_seconds=2.0) as bench:
            bench.cell("def outer(x):\n    return inner(x)\ndef other():\n    return 1")
            outer = bench.student.fetch("outer")
            began = time.process_time()
            assert outer.call((0.05,), {}, {"inner": slow}).value == 0.05
            assert kind(lambda: outer.call((60.0,), {}, {"inner": slow})) == "timeout"
            assert time.process_time() - began < 10
            assert bench.student.fetch("other")() == 1

    def test_a_result_that_cannot_cross_is_an_error_there(self, bench: Bench) -> None:
        bench.cell("def outer(x):\n    return inner(x)")
        call = bench.student.fetch("outer").call
        assert kind(lambda: call((1,), {}, {"inner": lambda x: object()})) == "raised"


class TestCallsInOneMessage:
    def outcomes(self, bench: Bench, source: str, xs: list[Any], **given: Any) -> list[Any]:
        """What ``f(x)`` gives for each x: its value, or the kind of its error."""
        bench.cell(source)
        came = bench.student.fetch("f").call_all([((x,), {}) for x in xs], given)
        return [c.kind if isinstance(c, StudentError) else c.value for c in came]

    def test_each_call_comes_to_what_it_would_alone(self, bench: Bench) -> None:
        source = "def f(x):\n    if x == 2: raise ValueError(x)\n    return 10 * x"
        assert self.outcomes(bench, source, [1, 2, 3]) == [10, "raised", 30]
        assert bench.student.starts == 1
        assert self.outcomes(bench, source, []) == []

    def test_a_result_is_as_it_was_when_its_call_returned(self, bench: Bench) -> None:
        source = "import numpy as np\nh = np.zeros(1)\ndef f(x):\n    h[0] += x\n    return h"
        came = self.outcomes(bench, source, [1.0, 2.0])
        assert [float(value[0]) for value in came] == [1.0, 3.0]

    @pytest.mark.parametrize(
        ("harm", "kind"),
        [
            ("\n        while True: pass", "timeout"),
            ("os._exit(0)", "crashed"),
            ("raise MemoryError", "memory"),
        ],
    )
    def test_what_comes_after_a_harmful_call_is_not_called(self, harm: str, kind: str) -> None:
        with Bench(call_seconds=0.5) as bench:
            source = f"import os\ndef f(x):\n    if x == 2: {harm}\n    return x"
            assert self.outcomes(bench, source, [1, 2, 3, 4]) == [1, kind, kind, kind]
            assert [event.kind for event in bench.events] == [kind]
            assert bench.student.fetch("f")(5) == 5

    def test_a_value_that_cannot_cross_costs_its_own_call_only(self, bench: Bench) -> None:
        source = "def f(x):\n    return [0] * 300_000 if x == 2 else x"
        assert self.outcomes(bench, source, [1, 2, 3]) == [1, "protocol", 3]

    def test_each_call_may_call_back(self, bench: Bench) -> None:
        source = "def f(x):\n    return g(x) + 1"
        assert self.outcomes(bench, source, [1, 2], g=lambda x: 10 * x) == [11, 21]

    def test_each_call_has_its_own_time(self) -> None:
        with Bench(call_seconds=1.0) as bench:
            source = "import time\ndef f(x):\n    time.sleep(x)\n    return x"
            assert self.outcomes(bench, source, [0.4] * 4) == [0.4] * 4

    def test_all_results_together_have_a_limit(self) -> None:
        with Bench(failures=2) as bench:
            source = "import numpy as np\ndef f(x):\n    return np.zeros(5 * 10**6)"
            came = self.outcomes(bench, source, list(range(6)))
            assert [type(value) for value in came] == [np.ndarray, str, np.ndarray, str, str, str]
            assert {value for value in came if type(value) is str} == {"protocol"}


class TestReplay:
    def test_after_a_crash_the_cells_are_run_again(self, bench: Bench) -> None:
        bench.cell("import os\nn = 0")
        bench.cell("n += 1\ndef die():\n    os._exit(3)")
        bench.cell("def f():\n    return n")
        assert bench.student.fetch("f")() == 1
        assert kind(bench.student.fetch("die")) == "crashed"
        crash = Event("crashed", "", {"reason": "exit code 3", "name": "die"})
        assert bench.events == [crash]
        assert bench.student.fetch("f")() == 1
        assert bench.student.starts == 2

    def test_what_an_error_of_the_examiners_has_ended_is_replaced(self, bench: Bench) -> None:
        def stop() -> None:
            raise KeyboardInterrupt

        bench.cell("def f(x):\n    return given()\ndef given():\n    return 3")
        for again in range(2):
            with pytest.raises(KeyboardInterrupt):
                bench.student.fetch("f").call((1,), given={"given": stop})
            mark = bench.student.mark()
            bench.cell("def given():\n    return 4")
            bench.student.rewind(mark)
            assert bench.student.fetch("f")(1) == 3 + again
        assert bench.student.starts == 3
        assert not bench.events

    def test_of_a_cell_that_hung_the_definitions_are_kept(self, bench: Bench) -> None:
        ran = bench.cell("import math\nx = 1\ndef f():\n    return math.pi\nwhile True:\n    pass")
        assert ran.lost.kind == "timeout"
        assert ran.again == "definitions"
        bench.cell("y = 2")
        assert bench.student.fetch("f")() == pytest.approx(3.14159, 1e-4)
        assert kind(bench.student.fetch("x")) == "missing"
        assert bench.student.fetch("y") == 2
        assert bench.student.starts == 2

    def test_a_cell_whose_definitions_hang_too_is_left_out(self, bench: Bench) -> None:
        bench.cell("y = 1")
        bench.cell(
            "import os\ndef quit(f):\n    os._exit(1)\n@quit\ndef f():\n    pass\nos._exit(1)"
        )
        assert bench.student.fetch("y") == 1
        assert kind(bench.student.fetch("f")) == "missing"

    def test_a_function_that_hangs_is_not_called_for_ever(self) -> None:
        with Bench(call_seconds=0.5, failures=2) as bench:
            bench.cell("def f(x):\n    while x: pass\n    return 1\ndef g():\n    return 2")
            f = bench.student.fetch("f")
            bench.student.begin_test()
            assert f(0) == 1
            for _ in range(20):
                assert kind(lambda: f(1)) == "timeout"
            hang = {"reason": "no answer within 0.5 s", "name": "f"}
            assert [event.detail for event in bench.events] == [hang] * 2
            assert bench.student.fetch("g")() == 2
            bench.student.begin_test()
            assert f(0) == 1

    def test_what_hung_in_a_check_is_not_waited_for_in_the_next(self) -> None:
        with Bench(call_seconds=1.0) as bench:
            bench.cell(
                "import time\ndef f(x):\n    while x: pass\n    return 1\n"
                "def g(x):\n    time.sleep(x)\n    return 2\ndef h(x):\n    return f(x)"
            )
            f, g, h = (bench.student.fetch(name) for name in "fgh")
            bench.student.begin_test("first check", points=False)
            assert g(0.5) == 2
            assert kind(lambda: f(1)) == "timeout"
            bench.student.begin_test("second check", points=False)
            assert kind(lambda: f(0)) == "timeout"
            assert kind(lambda: bench.student.fetch("f")(1)) == "timeout"
            assert len(bench.events) == 1
            assert kind(lambda: h(1)) == "timeout"
            assert kind(lambda: g(0.5)) == "timeout"
            waited = [event.detail["reason"].split()[-2] for event in bench.events]
            assert waited == ["1", "0.2", "0.1"]

            bench.student.begin_test("test")
            assert g(0.5) == 2
            assert f(0) == 1
            for _ in range(3):
                assert kind(lambda: f(1)) == "timeout"
            hang = {"reason": "no answer within 1 s", "name": "f"}
            assert bench.events[3:] == [Event("timeout", "test", hang)] * 3

            bench.cell("%matplotlib inline\ndef f(x):\n    return 3")
            bench.student.begin_test("third check", points=False)
            assert f(1) == 3
            assert kind(lambda: g(0.5)) == "timeout"

    def test_events_say_where_it_happened(self) -> None:
        with Bench(cell_seconds=0.5) as bench:
            bench.student.run_cell("In [1]", "while True: pass", "loop-answer")
            bench.cell("import os\ndef f():\n    os._exit(1)\ndef g():\n    os.write(3, bytes(16))")
            bench.student.begin_test("some-test")
            assert kind(bench.student.fetch("f")) == "crashed"
            assert kind(bench.student.fetch("g")) == "protocol"
        assert [(e.kind, e.cell, e.detail.get("name", "")) for e in bench.events] == [
            ("timeout", "loop-answer", ""),
            ("crashed", "some-test", "f"),
            ("protocol", "some-test", "g"),
        ]

    def test_names_mean_what_they_meant_at_a_mark(self, bench: Bench) -> None:
        bench.cell("import os\ndef helper():\n    return 1\ndef f():\n    return helper()")
        early = bench.student.mark()
        bench.cell("def helper():\n    return 2\nlater = True\ndef die():\n    os._exit(0)")
        late = bench.student.mark()
        for _ in range(2):
            bench.student.rewind(early)
            f = bench.student.fetch("f")
            assert f() == 1
            assert kind(bench.student.fetch("later")) == "missing"
            bench.student.rewind(late)
            assert bench.student.fetch("f")() == 2
            assert f() == 1
            assert bench.student.fetch("later") is True
            assert kind(bench.student.fetch("die")) == "crashed"

    def test_a_function_may_use_what_its_text_looks_up(self, bench: Bench) -> None:
        cells = (
            "def a(x):\n    return x",
            "def b(x):\n    return helper(x)",
            "def helper(x):\n    return a(x)",
            "def c(x):\n    return b(x) + a(x)",
        )
        for cell in cells:
            bench.cell(cell)
        mark = bench.student.mark()
        a, b, c = (bench.student.fetch(name) for name in "abc")
        assert (a.may_use("bc"), b.may_use("ac"), c.may_use("ab")) == (set(), {"a"}, {"a", "b"})
        bench.cell("def a(x):\n    return c(x)")
        assert a.may_use("bc") == {"b", "c"}
        bench.student.rewind(mark)
        assert a.may_use("bc") == set()

    @pytest.mark.parametrize(
        "cell", ["def d():\n    return globals()['a']", "    %time 1", "def f("]
    )
    def test_a_function_may_use_anything_where_the_text_does_not_say(
        self, bench: Bench, cell: str
    ) -> None:
        bench.cell("def f(x):\n    return x")
        assert bench.student.fetch("f").may_use("ab") == set()
        bench.cell(cell)
        assert bench.student.fetch("f").may_use("ab") == {"a", "b"}

    def test_the_time_of_a_whole_submission_is_limited(self) -> None:
        with Bench(total_seconds=2.0, cell_seconds=1.0) as bench:
            bench.cell("def f():\n    return 1")
            for _ in range(3):
                last = bench.cell("while True: pass")
            assert last.lost is not None
            assert last.lost.detail == "the time for the whole notebook is used up"
            assert kind(bench.student.fetch("f")) == "used-up"
            assert kind(bench.student.fetch("f")) == "used-up"
        told = [event.kind for event in bench.events]
        assert told.count("used-up") == 1

    def test_all_that_comes_out_of_a_submission_is_limited(self) -> None:
        with Bench(received_mb=1) as bench:
            bench.cell("import numpy as np\ndef f(n):\n    return np.zeros(n)")
            f = bench.student.fetch("f")
            assert f(10**4).shape == (10**4,)
            bench.student.begin_test("some-test")
            for _ in range(20):
                with suppress(StudentError):
                    f(10**4)
            assert kind(lambda: f(1)) == "used-up"
            assert bench.cell("1").lost.detail == "it sends more than 1 MB in all"
        told = [(event.kind, event.cell) for event in bench.events]
        assert told == [("used-up", "some-test")]

    def test_all_that_a_notebook_shows_is_limited(self) -> None:
        with Bench(shown_mb=1) as bench:
            for i in range(12):
                ran = bench.student.run_cell(f"In [{i}]", "print('x' * 90_000)", f"cell-{i}")
                assert bool(ran.outputs) == (i < 11)
            ran = bench.student.run_cell("In [12]", "1 / 0", "cell-12")
            assert (ran.outputs, ran.failure, ran.lost) == ((), None, None)
            bench.cell("x = 5")
            assert bench.student.fetch("x") == 5
        assert bench.events == [Event("much-shown", "cell-11", {"most": 1})]

    def test_a_line_beyond_the_students_cells_is_none(self, bench: Bench) -> None:
        bench.cell(
            "def f(line):\n    source = '\\n' * (line - 1) + '1 / 0'\n"
            "    exec(compile(source, f.__code__.co_filename, 'exec'))\n\n\n# line 6"
        )

        def line(number: int) -> int | None:
            with pytest.raises(StudentError) as caught:
                bench.student.fetch("f")(number)
            return caught.value.line

        assert [line(number) for number in (5, 6, 7, 12_345)] == [5, 6, None, None]

    def test_the_time_of_one_test_is_limited(self) -> None:
        with Bench(call_seconds=10.0, test_seconds=3.0) as bench:
            bench.cell("import time\ndef f(s):\n    time.sleep(s)\n    return s")
            f = bench.student.fetch("f")
            bench.student.begin_test()
            assert f(1.6) == 1.6
            assert kind(lambda: f(1.6)) == "timeout"
            bench.student.begin_test()
            assert f(0.1) == 0.1


@pytest.mark.parametrize(
    ("source", "kept"),
    [
        ("x = 1\ndef f():\n    return 1\nx", "\ndef f():\n    return 1\n"),
        ("import a\nb = a.c", "import a\n"),
        ("@deco\nclass A:\n    pass", "@deco\nclass A:\n    pass"),
        ("def f(): pass; x = 1", "def f(): pass; x = 1"),
        ("import a; x = 1", ""),
        ("x = 1", ""),
        ("%magic\ndef f(): pass", ""),
        ("def f(:", ""),
        ("", ""),
    ],
)
def test_definitions_stay_in_their_lines(source: str, kept: str) -> None:
    assert definitions(source) == kept


GOOD: dict[str, object] = {
    "exception": "E",
    "message": "m",
    "line": 3,
    "memory": False,
    "traceback": ["a"],
}


@pytest.mark.parametrize(
    "wrong",
    [
        3,
        [],
        {},
        {**GOOD, "exception": 1},
        {**GOOD, "line": True},
        {**GOOD, "line": -1},
        {**GOOD, "line": 10**9},
        {**GOOD, "memory": 1},
        {**GOOD, "traceback": ["a", 1]},
        {**GOOD, "traceback": "a"},
        {**GOOD, "message": "m" * 30_000},
        {**GOOD, 1: 2},
    ],
)
def test_an_error_of_another_form_is_refused(wrong: object) -> None:
    assert failure(GOOD) is not None
    assert failure(None) is None
    with pytest.raises(ProtocolError):
        failure(wrong)


PICTURE = np.frombuffer(
    b"\x89PNG\r\n\x1a\n" + bytes(8) + (640).to_bytes(4, "big") + (480).to_bytes(4, "big"), np.uint8
)


@pytest.mark.parametrize(
    "wrong",
    [
        None,
        [3],
        [["stdout"]],
        [["stdout", 3]],
        [["error", "text"]],
        [["result", {"text/html": "<script>"}]],
        [["result", {"text/plain": 3}]],
        [["result", {"image/png": "base64"}]],
        [["result", {"image/png": np.zeros(9)}]],
        [["stdout", "x" * 110_000]],
        [["result", {"text/plain": "x" * 60_000}]] * 2,
        [["display", {"image/png": PICTURE}]] * 21,
        [["stdout", "x"]] * 600,
    ],
)
def test_outputs_of_another_form_are_refused(wrong: object) -> None:
    with pytest.raises(ProtocolError):
        read_outputs(wrong, Options())


def test_a_picture_has_to_be_one_of_a_sensible_size() -> None:
    bomb = PICTURE.copy()
    bomb[16:18] = 255
    for picture, count in ((PICTURE, 1), (bomb, 0), (PICTURE[:10], 0), (PICTURE[1:], 0)):
        assert len(read_outputs([["display", {"image/png": picture}]], Options())) == count
