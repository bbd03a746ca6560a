"""Slips of form, made on purpose in every solution: check and hidden test must agree on them."""

import copy
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from answers import BY_NAME, Assignment, for_each_exercise

from autograder.testing import SLIP_PRICE, Part, Verdict, as_student, payers, price
from course_lib.checks import CheckFailed

Change = Callable[[Any], Any]


def on_arrays(change: Change) -> Change:
    """The change made to each array of floats in a result."""

    def changed(value: Any) -> Any:
        if isinstance(value, np.ndarray):
            return change(value) if value.dtype.kind == "f" else value
        if isinstance(value, dict):
            return {key: changed(item) for key, item in value.items()}
        if isinstance(value, (list, tuple)):
            return type(value)(changed(item) for item in value)
        return value

    return changed


def with_other_keys(value: Any) -> Any:
    """Each dict with a letter in front of its keys."""
    if isinstance(value, dict):
        return {f"d{key}": item for key, item in value.items()}
    return tuple(map(with_other_keys, value)) if isinstance(value, tuple) else value


RESULTS: dict[str, Change] = {
    "squeezed": on_arrays(np.squeeze),
    "float32": on_arrays(lambda a: a.astype(np.float32)),
    "float64": on_arrays(lambda a: a.astype(np.float64)),
    "lists": on_arrays(np.ndarray.tolist),
    "a list": lambda value: value.tolist() if isinstance(value, np.ndarray) else value,
    "an error of 3e-7": on_arrays(lambda a: a * (1 + 3e-7)),
    "results in another order": lambda v: v[::-1] if isinstance(v, tuple) else v,
    "a list of results": lambda v: list(v) if isinstance(v, tuple) else v,
    "other keys": with_other_keys,
}


def spoil(value: Any) -> bool:
    """Write over the first array, or put something into the first list, that is found."""
    if isinstance(value, np.ndarray) and value.size and value.dtype.kind in "fi":
        value += 1
        return True
    if isinstance(value, list) and (not value or isinstance(value[0], str)):
        value.append("more")
        return True
    items = value.values() if isinstance(value, dict) else value
    return isinstance(value, (dict, list, tuple)) and any(map(spoil, items))


def spoils_its_arguments(solution: Callable[..., Any]) -> Callable[..., Any]:
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        value = solution(*copy.deepcopy(args), **copy.deepcopy(kwargs))
        spoil(list(args) if args else args)
        return value

    return wrapper


def slipping(change: Change, solution: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *args, **kwargs: change(solution(*args, **kwargs))


def agree(of: Assignment, name: str, answer: Callable[..., Any]) -> Verdict:
    """The hidden test's verdict; the check must not pass what the hidden test does not."""
    names = of.namespace()
    names[name] = answer
    passes = True
    try:
        with np.errstate(all="ignore"):
            exec(of.exercises[name].check, names)
    except (CheckFailed, ValueError, TypeError, AttributeError, IndexError, KeyError):
        passes = False
    verdict: Verdict = of.hidden.grade(name, as_student(answer))
    assert verdict.passed or not passes, verdict.text()
    return verdict


@pytest.mark.parametrize("slip", RESULTS)
@for_each_exercise
def test_what_the_check_passes_the_hidden_test_passes(of: Assignment, name: str, slip: str) -> None:
    agree(of, name, slipping(RESULTS[slip], of.namespace()[name]))


@for_each_exercise
def test_an_argument_written_over_is_seen_by_both(of: Assignment, name: str) -> None:
    verdict = agree(of, name, spoils_its_arguments(of.namespace()[name]))
    if any(record.args for record in of.calls(name)):
        assert not verdict.passed


@pytest.mark.parametrize("kinds", [(), ("dtype",), ("dtype", "axis")])
def test_a_kind_of_slip_costs_once(kinds: tuple[str, ...]) -> None:
    slips = tuple((kind, f"{kind} is wrong.") for kind in kinds)
    slipped = Verdict("one", (Part("all", True, slips=slips), Part("more", True)))
    cost = SLIP_PRICE * len(kinds)
    assert price([slipped, slipped], [2, 1]) == [2 - cost, 1]
    assert price([slipped], [0.1]) == [0 if kinds else 0.1]
    assert slipped.passed == (not kinds)
    assert Verdict.from_dict(slipped.to_dict()) == slipped


def test_a_slip_beside_a_wrong_part_costs_nothing_more() -> None:
    slips = (("axis", "h: shape (3,), expected shape (1, 3)."),)
    wrong = Verdict("one", (Part("all", True, slips=slips), Part("more", False, "Wrong.")))
    slipped = Verdict("two", (Part("all", True, slips=slips), Part("more", True)))
    assert price([wrong, slipped], [1, 1]) == [0.5, 1 - SLIP_PRICE]
    assert wrong.summary().hint == ""


@pytest.mark.parametrize(
    ("name", "change", "kind"),
    [
        ("adder_weights", lambda w: w | {"b_y": float(w["b_y"][0])}, "axis"),
        ("adder_weights", lambda w: w | {"W_hy": w["W_hy"][:, 0]}, "axis"),
        ("adder_weights", lambda w: {k: v.tolist() for k, v in w.items()}, "list"),
        ("predict_after_silence", lambda d: {k.upper(): d[k] for k in reversed(d)}, "keys"),
    ],
)
def test_slips_in_a_dict_cost_no_more_than_others(name: str, change: Change, kind: str) -> None:
    rnn = BY_NAME["rnn"]
    verdict = rnn.hidden.grade(name, as_student(slipping(change, rnn.namespace()[name])))
    assert list(verdict.charged) == [kind], verdict.text()


def test_a_slip_that_is_met_again_names_where_it_was_charged() -> None:
    def slipped(*kinds: str) -> Verdict:
        return Verdict("any", (Part("all", True, slips=tuple((k, k) for k in kinds)),))

    found = payers([slipped("list"), slipped("axis", "list"), slipped()])
    assert found == [{"list": 0}, {"axis": 1, "list": 0}, {}]
