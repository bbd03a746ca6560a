"""The harness: students, verdicts, parts, the bank, and how a mistake is recognised."""

import inspect
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autograder.testing import (
    Call,
    Entry,
    Failed,
    OneByOne,
    Part,
    PartTest,
    Recorder,
    StudentError,
    Verdict,
    as_student,
    examine,
    first,
    load_module,
    recognise,
    remembered,
    same,
)
from autograder.testing.bank import source_as
from autograder.testing.verdict import NOT_RUN


def triples(x: Any, times: int = 3) -> Any:
    """Two is
    three."""
    # a comment that stays
    return times * x


def adds(x: Any) -> Any:
    """A number and itself."""
    return x + x


@pytest.fixture
def bank() -> list[Entry]:
    return [
        Entry("double", "triples", triples, "Two is three.", "Twice, not three times."),
        Entry("double", "adds", adds, "A number and itself."),
    ]


def double(x: Any) -> Any:
    return 2 * x


def helped(x: Any) -> Any:
    return helper(x)


def through_another(x: Any) -> Any:
    return helped(x)


# as_student


def test_a_call_gives_value_and_arguments_afterwards() -> None:
    def clear(x: np.ndarray, *, by: float) -> float:
        x[...] = by
        return by

    x = np.ones(3)
    call = as_student(clear).call((x,), {"by": 5.0})
    assert call.value == 5.0
    np.testing.assert_array_equal(call.args_after[0], [5, 5, 5])
    np.testing.assert_array_equal(x, 1)
    assert as_student(double)(4) == 8


def test_given_names_are_replaced_for_one_call_only() -> None:
    student = as_student(through_another)
    assert student.call((1,), {}, {"helper": lambda x: x + 10}).value == 11
    with pytest.raises(StudentError) as caught:
        student(1)
    assert (caught.value.kind, caught.value.exception) == ("raised", "NameError")
    assert "helper" not in globals()


def test_given_names_come_back_as_they_were() -> None:
    names: dict[str, Any] = {}
    exec("def helper(x): return -x\ndef ask(x): return helper(x)", names)
    student = as_student(names["ask"])
    assert student.call((1,), {}, {"helper": lambda x: x + 10}).value == 11
    assert student(1) == -1

    def breaks(x: int) -> int:
        raise KeyError(x)

    with pytest.raises(StudentError):
        student.call((1,), {}, {"helper": breaks})
    assert student(1) == -1


def test_what_is_raised_becomes_a_student_error_with_its_line() -> None:
    names: dict[str, Any] = {}
    source = "def f(x):\n    y = x\n    return y / 0\n"
    exec(compile(source, "<cell>", "exec"), names)
    with pytest.raises(StudentError) as caught:
        as_student(names["f"])(1)
    error = caught.value
    assert (error.kind, error.exception, error.line) == ("raised", "ZeroDivisionError", 3)
    assert error.in_words() == "It raises ZeroDivisionError. See line 3 of your cell."


@pytest.mark.parametrize(
    ("raised", "kind"),
    [(SystemExit(0), "raised"), (MemoryError(), "memory"), (RecursionError(), "raised")],
)
def test_other_ends_of_a_call(raised: BaseException, kind: str) -> None:
    def fails() -> None:
        raise raised

    with pytest.raises(StudentError) as caught:
        as_student(fails)()
    assert caught.value.kind == kind


def test_an_interrupt_by_the_user_is_not_swallowed() -> None:
    def interrupted() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        as_student(interrupted)()


def test_warnings_of_a_student_are_no_errors() -> None:
    def overflows() -> Any:
        return np.exp(np.array([1000.0])) / np.zeros(1)

    assert np.isinf(as_student(overflows)()).all()


@pytest.mark.parametrize(
    ("exception", "words"),
    [
        ("NotImplementedError", "It is not answered yet (NotImplementedError)."),
        (
            "ModuleNotFoundError",
            "It imports a module that is not there when your notebook is graded.",
        ),
        ("ImportError", "It imports something that is not there when your notebook is graded."),
        ("IndexError", "It raises IndexError. See line 4 of your cell."),
        ("AxisError", "It raises AxisError. See line 4 of your cell."),
        ("secret = 0.731", "It raises an exception of its own. See line 4 of your cell."),
        ("print", "It raises an exception of its own. See line 4 of your cell."),
        ("__doc__", "It raises an exception of its own. See line 4 of your cell."),
    ],
)
def test_an_exception_is_told_without_what_a_student_wrote(exception: str, words: str) -> None:
    error = StudentError("raised", exception, "the message", 4)
    assert error.in_words().startswith(words)
    assert "the message" not in error.in_words()
    assert error.message == "the message"


# Verdict


def verdict(*passed: bool, **more: Any) -> Verdict:
    parts = tuple(Part(f"part {i}", ok, "" if ok else f"no {i}.") for i, ok in enumerate(passed))
    return Verdict("double", parts, **more)


def test_fraction_is_the_weight_that_passed() -> None:
    assert verdict(True, False, False, True).fraction == 0.5
    assert verdict(True, True).fraction == 1
    assert verdict().fraction == 0
    heavy = Verdict("double", (Part("a", True, "", 3.0), Part("b", False, "no.", 1.0)))
    assert heavy.fraction == 0.75


def test_text_lists_what_passed_and_what_is_wrong() -> None:
    assert verdict(True, True).text() == "All 2 parts passed."
    assert verdict(True).text() == "Passed."
    assert verdict(True, False, True, mistake="m", hint="Look.").text().splitlines() == [
        "2 of 3 parts passed.",
        "- passed: part 0; part 2",
        "- part 1: no 1.",
        "Hint: Look.",
    ]
    assert not verdict().passed


def test_text_says_the_same_thing_once() -> None:
    parts = [Part(name, False, "It raises ValueError.") for name in "abc"]
    assert Verdict("double", tuple(parts)).text() == (
        "None of 3 parts passed. It raises ValueError."
    )
    some = (*parts, Part("d", True), Part("e", False, "no."))
    assert Verdict("double", some).text().splitlines()[2] == "- a; b; c: It raises ValueError."


def test_verdict_survives_json() -> None:
    one = verdict(True, False, mistake="m", hint="Look.")
    assert Verdict.from_dict(json.loads(json.dumps(one.to_dict()))) == one


# examine


def parts() -> list[PartTest]:
    def ones(student: Recorder) -> None:
        student.require("y", student(np.ones(2)), np.full(2, 2.0))

    def threes(student: Recorder) -> str | None:
        return None if same(student(np.full(3, 3.0)), np.full(3, 6.0)) else "not six."

    def numbers(student: Recorder) -> None:
        if student(5.0) != 10.0:
            raise Failed("not ten.")

    return [
        PartTest("ones", ones),
        PartTest("threes", threes, needs=("ones",)),
        PartTest("numbers", numbers, weight=2.0),
    ]


def test_examine_passes_a_right_answer_without_a_hint(bank: list[Entry]) -> None:
    result = examine("double", as_student(double), parts(), mistakes=bank)
    assert result.passed
    assert (result.mistake, result.hint) == (None, None)


def test_examine_names_a_known_mistake(bank: list[Entry]) -> None:
    result = examine("double", as_student(lambda x: x + x + x), parts(), mistakes=bank)
    assert (result.mistake, result.hint) == ("triples", "Twice, not three times.")
    assert result.fraction == 0


def test_examine_does_not_name_what_only_resembles_a_mistake(bank: list[Entry]) -> None:
    def other(x: Any) -> Any:
        return 3 * x if isinstance(x, np.ndarray) else 4 * x

    assert examine("double", as_student(other), parts(), mistakes=bank).mistake is None


def test_mistakes_of_other_exercises_are_passed_over(bank: list[Entry]) -> None:
    result = examine("treble", as_student(lambda x: 3 * x), parts(), mistakes=bank)
    assert result.mistake is None


def test_a_part_waits_for_those_it_needs() -> None:
    def only_numbers(x: Any) -> Any:
        return 2 * x if isinstance(x, float) else x

    result = examine("double", as_student(only_numbers), parts())
    assert [part.passed for part in result.parts] == [False, False, True]
    assert result.parts[1].message == 'not looked at before "ones" passes.'
    assert [part.cause for part in result.parts[:2]] == ["", NOT_RUN]
    assert result.fraction == 0.5


def test_what_an_answer_raises_fails_the_part_that_called_it() -> None:
    def only_arrays(x: Any) -> Any:
        return 2 * x[...]

    result = examine("double", as_student(only_arrays), parts())
    assert [part.passed for part in result.parts] == [True, True, False]
    assert "TypeError" in result.parts[2].message


def test_a_fault_of_the_test_itself_is_not_blamed_on_the_student() -> None:
    def broken(student: Recorder) -> None:
        student(1)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        examine("double", as_student(double), [PartTest("broken", broken)])


@pytest.mark.parametrize("value", [None, 3, np.zeros(2), "double", [double]])
def test_something_that_is_no_function_scores_nothing(value: Any) -> None:
    result = examine("double", value, parts())
    assert result.fraction == 0
    assert "expected a function" in result.text()


def test_a_function_that_could_not_be_fetched_scores_nothing() -> None:
    result = examine("double", StudentError("missing"), parts())
    assert result.text() == (
        "None of 3 parts passed. It is not defined in your notebook: was its cell deleted, or the "
        "function renamed?"
    )


class Dies(OneByOne):
    """A student whose calls end in a given way; counts them."""

    def __init__(self, kind: Any, steady: bool = True) -> None:
        self.kind = kind
        self.steady = steady
        self.calls = 0

    def call(self, args: tuple[Any, ...], kwargs: Any = None, given: Any = None) -> Call:
        self.calls += 1
        raise StudentError(self.kind)


@pytest.mark.parametrize(
    ("kind", "steady", "calls"),
    [
        ("timeout", False, 2),
        ("crashed", False, 2),
        ("timeout", True, 3),
        ("crashed", True, 3),
        ("raised", True, 4),
        ("raised", False, 4),
    ],
)
def test_an_answer_that_dies_twice_is_not_called_again(kind: Any, steady: bool, calls: int) -> None:
    student = Dies(kind, steady)
    result = examine("double", student, parts(), given={"helper": double})
    assert result.fraction == 0
    assert student.calls == calls


def test_given_functions_or_the_students_own_whichever_is_better() -> None:
    names: dict[str, Any] = {}
    exec("def helper(x): return [2 * x]\ndef double(x): return helper(x)[0]", names)
    tests = parts()
    fits_own = as_student(names["double"])
    assert examine("double", fits_own, tests, given={"helper": lambda x: 2 * x}).passed
    exec("def helper(x): return 7 * x\ndef double(x): return helper(x)", names)
    own_is_wrong = as_student(names["double"])
    assert examine("double", own_is_wrong, tests, given={"helper": lambda x: 2 * x}).passed
    assert not examine("double", own_is_wrong, tests).passed


def test_recorder_keeps_arguments_as_they_went_in() -> None:
    def spoils(x: np.ndarray) -> None:
        x[...] = 0

    recorder = Recorder(as_student(spoils))
    x = np.ones(2)
    recorder(x)
    x[...] = 5
    (record,) = recorder.records
    np.testing.assert_array_equal(record.args[0], [1, 1])


# recognise


def entry(function: Any) -> Entry:
    return Entry("double", function.__name__, function, "It is thought so.", "A hint.")


def recorded(function: Any, *arguments: Any) -> list[Any]:
    recorder = Recorder(as_student(function))
    for argument in arguments:
        try:
            recorder(argument)
        except StudentError:
            continue
    return recorder.records


def pair_of(value: Any, cache: Any) -> Any:
    return lambda x: (value * x, cache)


def test_recognise_asks_each_view_in_turn() -> None:
    wrong_value = entry(pair_of(3, "cache"))
    wrong_cache = entry(pair_of(2, "wrong"))
    records = recorded(pair_of(3, "own"), 1.0, 2.0)
    bank = [wrong_cache, wrong_value]
    assert recognise(records, bank) is None
    assert recognise(records, bank, pair_of(2, "cache"), [first]) is wrong_value


def test_recognise_does_not_name_a_mistake_that_a_view_cannot_see() -> None:
    wrong_cache = entry(pair_of(2, "wrong"))
    records = recorded(pair_of(2, "another"), 1.0)
    assert recognise(records, [wrong_cache], pair_of(2, "cache"), [first]) is None


def test_recognise_takes_the_first_of_two_that_agree() -> None:
    one, two = entry(lambda x: 3 * x), entry(lambda x: x + x + x)
    assert recognise(recorded(lambda x: 3 * x, 1.0), [one, two]) is one


def test_recognise_compares_what_is_raised_and_what_is_changed() -> None:
    def raises_value_error(x: Any) -> Any:
        if x == 0:
            raise ValueError
        return x

    def raises_type_error(x: Any) -> Any:
        if x == 0:
            raise TypeError
        return x

    records = recorded(raises_value_error, 0, 1)
    assert recognise(records, [entry(raises_type_error)]) is None
    assert recognise(records, [entry(raises_value_error)]) is not None

    def changes(x: Any) -> Any:
        x += 1
        return x - 1

    records = recorded(changes, np.ones(2))
    assert recognise(records, [entry(lambda x: x)]) is None
    assert recognise(records, [entry(changes)]) is not None


@pytest.mark.parametrize("odd", [-(10**30), 10**400, [10**30], float("nan")])
def test_an_odd_number_is_compared_with_what_is_known(odd: Any) -> None:
    records = recorded(lambda x: odd, 1.0)
    assert recognise(records, [entry(lambda x: 2.0 * x), entry(lambda x: [x])]) is None
    assert same(odd, odd)
    assert not same(odd, [0.5] if isinstance(odd, list) else 0.5)


def test_an_answer_that_gives_nothing_is_not_recognised() -> None:
    def fails(x: Any) -> Any:
        raise ValueError

    assert recognise(recorded(fails, 1.0), [entry(fails)]) is None

    def gives_nan(x: Any) -> Any:
        return (np.full(2, np.nan), float("nan"))

    assert recognise(recorded(gives_nan, 1.0), [entry(gives_nan)]) is None


SAME = [
    (1, 1.0, True),
    (1.0, 1.0 + 1e-12, True),
    (1.0, 1.0 + 1e-6, False),
    (1, True, False),
    (float("nan"), float("nan"), True),
    (10**400, 10**400, True),
    (10**400, 1.0, False),
    ("a", "a", True),
    ("a", b"a", False),
    (None, None, True),
    (None, 0, False),
    ([1, (2,)], (1, [2]), True),
    ([1], [1, 2], False),
    ({"a": np.ones(2)}, {"a": np.ones(2)}, True),
    ({"a": 1}, {"b": 1}, False),
    (np.ones(2), np.ones(2), True),
    (np.ones(2), np.ones((1, 2)), False),
    (np.ones(2), np.ones(2, dtype=int), False),
    (np.ones(2), np.ones(2, dtype=np.float32), False),
    (np.ones(2, np.float32), np.ones(2, np.float32) * np.float32(1.000001), True),
    (np.float64(2), 2.0, True),
    (np.array(["a"]), np.array(["a"]), False),
    (np.ones(1), [1.0], False),
    (object, object, False),
]


@pytest.mark.parametrize("case", range(len(SAME)))
def test_same(case: int) -> None:
    one, other, expected = SAME[case]
    assert same(one, other) is expected
    assert same(other, one) is expected


# The bank


def test_source_is_ready_to_paste() -> None:
    source = source_as("double", "@mistake('triples')\n" + inspect.getsource(triples))
    assert source.startswith("def double(x: Any, times: int = 3) -> Any:\n")
    assert "# a comment that stays" in source
    assert "mistake" not in source
    names: dict[str, Any] = {"Any": Any}
    exec(source, names)
    assert names["double"](2) == 6


def triple(x: Any) -> Any:
    """Three times."""
    return 3 * x


def test_module_is_loaded_by_path_and_leaves_no_trace(tmp_path: Path) -> None:
    path = tmp_path / "answers.py"
    path.write_text("value = __file__", "utf-8")
    assert load_module(path).value == str(path)
    with pytest.raises(FileNotFoundError):
        load_module(tmp_path / "nowhere.py")


# What hidden tests are written with


def test_require_says_the_case_and_no_values() -> None:
    student = Recorder(as_student(double))
    student.require("y", np.ones(2), np.ones(2))
    with pytest.raises(Failed) as caught:
        student.require("y", np.array([0.125, 0.25]), np.ones(2), note="For T = 1:")
    assert str(caught.value) == "For T = 1, y: all values differ."
    student.require("y", [1.0, 1.0], np.ones(2))
    assert [slip.kind for slip in student.slips] == ["list"]


def test_calls_made_together_come_to_what_each_comes_to_alone() -> None:
    student = as_student(lambda x: 1 / x)
    one, error, other = student.call_all([((2,), {}), ((0,), {}), ((), {"x": 4})])
    assert (one, other) == (Call(0.5, (2,)), Call(0.25, ()))
    assert isinstance(error, StudentError)
    assert error.exception == "ZeroDivisionError"


@pytest.mark.parametrize(("kind", "calls"), [("timeout", 1), ("crashed", 1), ("raised", 3)])
def test_calls_after_one_that_dies_are_not_made(kind: Any, calls: int) -> None:
    student = Dies(kind)
    recorder = Recorder(student)
    outcomes = recorder.call_all([((i,), {}) for i in range(3)])
    assert [getattr(outcome, "kind", None) for outcome in outcomes] == [kind] * 3
    assert student.calls == calls
    assert recorder.died == (kind != "raised")
    assert len(recorder.records) == 3


# remembered


def test_what_known_answers_gave_is_kept_up_to_a_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remembered, "_MOST_BYTES", 100_000)
    monkeypatch.setattr(remembered, "_outcomes", {})
    monkeypatch.setattr(remembered, "_kept_bytes", 0)
    called = []

    def ones(n: int) -> np.ndarray:
        called.append(n)
        return np.ones(n)

    for n in (1_000, 1_000, 2_000):
        assert remembered.outcome(ones, (n,), {}).value.size == n
    assert called == [1_000, 2_000]
    for n in range(1_000, 1_100):
        remembered.outcome(ones, (n,), {})
        held = sum(came.value.nbytes for came in remembered._outcomes.values())
        assert held < 100_000
    assert remembered.outcome(ones, (1_099,), {}).value.size == 1_099
    assert called.count(1_099) == 1
    assert remembered.outcome(ones, (200_000,), {}).value.size == 200_000
