"""Judging what one call came to: the same code for a visible check and for a hidden test.

A *slip of form* leaves the numbers right: an argument written over, a list for an array, another
dtype, an axis of size 1 lost or added, results in another order, other keys in a dict. What came
is put right first and compared then, so a slip hides no mistake and is told apart from one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from course_lib.compare import describe_difference, describe_form, type_in_words
from course_lib.sameness import same

#: How near float32 has to be.
SINGLE = {"rtol": 1e-5, "atol": 1e-6}

#: The kinds of slips, each with its hint.
SLIPS = {
    "in place": (
        "What comes in must look the same afterwards: +=, -=, [...] = and out= on an array, and "
        "append, pop and sort on a list, reach outside your function. Let the result be a new one."
    ),
    "list": "Wrap what you give back in np.array: a list of numbers cannot be computed with.",
    "dtype": (
        "Floats that come in decide the precision of what comes out; numbers of words are "
        "integers. Look for a dtype that you ask for, or an array that you made without one."
    ),
    "axis": (
        "An axis of size 1 is an axis. keepdims=True, or a slice for an index, keeps one; an index "
        "takes one away."
    ),
    "order": "Everything is there, in another order than the exercise asks for.",
    "keys": "The numbers are right, and the keys of the dict are not those of the exercise.",
}


#: Which part of a result counts: all, a half of its last axis, or all but the last entry.
Cut = Literal["", "first half", "second half", "but the last"]


@dataclass(frozen=True)
class Slip:
    """A slip of form that was met: its kind, a key of `SLIPS`, and where."""

    kind: str
    message: str


@dataclass(frozen=True)
class Case:
    """One call of an answer, and what must come of it. All of it is plain data.

    Attributes:
        args, kwargs: what the answer is called with.
        expected: what must come back.
        note: in which case this is; it is put in front of a message.
        arguments: the names of the positional arguments.
        results: the names of what comes back; with several, a tuple of so many comes back.
        compared: those of the results that count here; all where it is empty.
        entries: the keys of a dict among the results that count here; all where it is empty.
        fields: for a result that is a tuple, or a list of tuples, the names of its items.
        cut: which part of an only or first result counts.
        unchanged: whether the arguments must be as they were; what comes back is not looked at.
        options: as for `course_lib.compare.describe_difference`; those with "axes" are by result.
    """

    args: tuple[Any, ...]
    expected: Any
    kwargs: Mapping[str, Any] = field(default_factory=dict)
    note: str = ""
    arguments: tuple[str, ...] = ()
    results: tuple[str, ...] = ("the result",)
    compared: tuple[str, ...] = ()
    entries: tuple[str, ...] = ()
    fields: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    cut: Cut = ""
    unchanged: bool = False
    axes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)


def judge(
    case: Case, value: Any, args_after: Sequence[Any], *, show_values: bool
) -> tuple[str | None, list[Slip]]:
    """Say what is wrong with what a call came to, if anything, and which slips it holds.

    Args:
        case: the call, with what must come of it.
        value: what came back.
        args_after: the positional arguments as they were after the call.
        show_values: whether the message may hold entries of ``value`` and of what was expected.
    """
    if case.unchanged:
        pairs = zip(case.arguments, case.args, args_after, strict=True)
        changed = [name for name, before, after in pairs if not same(before, after)]
        return None, [Slip("in place", f"{name} is changed by the call.") for name in changed[:1]]
    problem, slips = _judge_value(case, value, show_values)
    if problem is None:
        return None, slips
    # Where a word is asked for, None may be an answer.
    hint = "" if isinstance(case.expected, str) else return_hint(value)
    return in_case(case.note, problem + hint), slips


def in_case(note: str, problem: str) -> str:
    """Return a problem behind the note that says in which case it was met: one sentence."""
    if not note:
        return problem
    return f"{note.rstrip(':')}, {problem.replace('What comes back', 'what comes back', 1)}"


def return_hint(value: Any) -> str:
    """What to say besides of a value that is None where something had to come back."""
    return " Is the return missing?" if value is None else ""


def repaired(name: str, got: Any, expected: Any) -> tuple[Any, list[Slip]]:
    """What came, put into the form of what was expected as far as that leaves the numbers alone.

    Returns:
        The result, and the slips that were put right; none where the form was right, or beyond it.
    """
    if isinstance(expected, np.ndarray) and expected.ndim > 0:
        return _repaired_array(name, got, expected)
    if isinstance(expected, dict) and type(got) is dict:
        return _repaired_dict(name, got, expected)
    if isinstance(expected, (list, tuple)) and type(got) in (list, tuple):
        if len(got) != len(expected):
            return got, []
        pairs = [
            repaired(f"{name}[{i}]", mine, wanted)
            for i, (mine, wanted) in enumerate(zip(got, expected, strict=True))
        ]
        return type(got)(item for item, _ in pairs), [slip for _, found in pairs for slip in found]
    number = isinstance(expected, (int, float, np.generic)) and not isinstance(expected, bool)
    if (
        number
        and type(got) is np.ndarray
        and got.ndim
        and got.size == 1
        and got.dtype.kind in "iuf"
    ):
        return got.reshape(()), [Slip("axis", f"{name}: it is an array, expected a number.")]
    return got, []


def _judge_value(case: Case, value: Any, show_values: bool) -> tuple[str | None, list[Slip]]:
    if len(case.results) == 1:
        name = case.results[0]
        problem, slips = _compare(case, name, value, case.expected, show_values)
        if problem and type(value) in (list, tuple) and value and isinstance(value[0], np.ndarray):
            alone, found = _compare(case, name, value[0], case.expected, show_values)
            if alone is None and not found:
                problem = f"{name}: it is {type_in_words(value)}, of which the first is right. "
                problem += "Only that is asked for."
        return problem, slips
    compared = case.compared or case.results
    if isinstance(value, np.ndarray) and compared == case.results[:1]:
        # What is missing behind it costs only its own part.
        return _compare(case, compared[0], value, case.expected[0], show_values)
    wanted = "(" + ", ".join(case.results) + ")"
    if type(value) not in (list, tuple) or len(value) != len(case.results):
        came = _with_length(value, show_values)
        what = "pair" if len(case.results) == 2 else "tuple"
        return f"What comes back: it is {came}, expected the {what} {wanted}.", []
    places = {name: i for i, name in enumerate(case.results)}
    first_problem, slips = None, list[Slip]()
    for name in compared:
        expected = _with_own_state(case, name, value, case.expected)
        problem, found = _compare(case, name, value[places[name]], expected, show_values)
        first_problem = first_problem or problem
        slips += found
    if first_problem and _in_another_order(case, compared, value):
        return None, [Slip("order", f"What comes back: expected {wanted}, in this order.")]
    return first_problem, [] if first_problem else slips


def _compare(
    case: Case, name: str, got: Any, expected: Any, show_values: bool
) -> tuple[str | None, list[Slip]]:
    """Compare one result, as it came and, where its form is wrong, repaired."""
    if case.entries and type(expected) is dict and type(got) is dict:
        expected = {key: expected[key] for key in case.entries}
        if set(case.entries) <= set(got):
            got = {key: got[key] for key in case.entries}
    if case.cut:
        name, got, expected, problem = _cut(case.cut, name, got, expected, show_values)
        if problem:
            return problem, []
    problem = _difference(case, name, got, expected, show_values, {})
    if problem is None:
        return None, []
    again, slips = repaired(name, got, expected)
    if not slips:
        return problem, []
    loose = SINGLE if any(slip.kind == "dtype" for slip in slips) else {}
    return _difference(case, name, again, expected, show_values, loose), slips


def _difference(
    case: Case, name: str, got: Any, expected: Any, show_values: bool, loose: Mapping[str, float]
) -> str | None:
    options = {**case.options, **loose, "show_values": show_values, "sizes": sizes_in(case.args)}
    fields = case.fields.get(name)
    if fields and isinstance(expected, list):
        if type(got) not in (list, tuple) or len(got) != len(expected):
            came = _with_length(got, show_values)
            return f"{name}: it is {came}, expected a list of {len(expected)} caches."
        last = {f"{case.results[0]}[-1]": case.expected[0][-1]}
        pairs = enumerate(zip(got, expected, strict=True))
        found = (_items(f"{name}[{t}]", fields, *pair, last, options) for t, pair in pairs)
        return next((problem for problem in found if problem), None)
    if fields:
        arguments = dict(zip(case.arguments, case.args, strict=True))
        return _items(name, fields, got, expected, arguments, options)
    axes = case.axes.get(name.partition("[")[0], ())
    return describe_difference(name, got, expected, axes=axes, **options)


def _cut(
    cut: Cut, name: str, got: Any, expected: Any, show_values: bool
) -> tuple[str, Any, Any, str | None]:
    """The part that counts, of what came and of what was expected, with its name."""
    if cut == "but the last":
        shape = got.shape if type(got) is np.ndarray else (len(got),) if type(got) is list else None
        return name, got[:-1] if shape == expected.shape else got, expected[:-1], None
    got, _ = repaired(name, got, expected)
    form = {"dtype": expected.dtype, "show_values": show_values}
    problem = describe_form(name, got, expected.shape, **form)
    if problem:
        return name, got, expected, problem
    middle = expected.shape[-1] // 2
    if cut == "first half":
        return f"{name}[..., :H]", got[..., :middle], expected[..., :middle], None
    return f"{name}[..., H:]", got[..., middle:], expected[..., middle:], None


def _items(
    name: str,
    fields: Sequence[str],
    got: Any,
    expected: Sequence[Any],
    arguments: Mapping[str, Any],
    options: Mapping[str, Any],
) -> str | None:
    if type(got) not in (list, tuple) or len(got) != len(fields):
        came = _with_length(got, options["show_values"])
        return f"{name}: it is {came}, expected the tuple ({', '.join(fields)})."
    for i, (what, mine, wanted) in enumerate(zip(fields, got, expected, strict=True)):
        place = f"{name}[{i}]"
        problem = describe_difference(place, mine, wanted, **options)
        if problem:
            known = {**arguments, **dict(zip(fields, expected, strict=True))}
            meant = [other for other, value in known.items() if same(mine, value)]
            if len(meant) == 1:
                return f"{place}: it is {meant[0]}, expected {what}."
            return problem.replace(place, f"{place}, which is {what}", 1)
    return None


def _with_length(value: Any, show_values: bool) -> str:
    """A type in words, of a tuple or list with how many it holds, or that these are others."""
    came = type_in_words(value)
    if type(value) not in (list, tuple):
        return came
    return f"{came} of {len(value)}" if show_values else f"{came} of another length"


def _with_own_state(case: Case, name: str, value: Sequence[Any], expected: Sequence[Any]) -> Any:
    """What is expected of a result; a cache holds the answer's own state, right or wrong."""
    index = case.results.index(name)
    wanted, fields = expected[index], case.fields.get(name, ())
    first, own = case.results[0], value[0]
    right = expected[0]
    if first not in fields or not isinstance(wanted, tuple) or type(own) is not np.ndarray:
        return wanted
    if own.shape != right.shape or own.dtype != right.dtype:
        return wanted
    return tuple(own if what == first else item for what, item in zip(fields, wanted, strict=True))


def _in_another_order(case: Case, compared: Sequence[str], value: Sequence[Any]) -> bool:
    free = set(range(len(value)))
    for name in compared:
        index = case.results.index(name)
        fits = [
            i
            for i in free - {index}
            if _compare(case, name, value[i], case.expected[index], False) == (None, [])
        ]
        if not fits:
            return False
        free.remove(fits[0])
    return True


def _repaired_array(name: str, got: Any, expected: np.ndarray) -> tuple[Any, list[Slip]]:
    slips, array = [], got
    if type(got) in (int, float) and expected.size == 1:
        array = np.array(got)
        if array.dtype.kind == "i":
            array = array.astype(expected.dtype)
    if type(got) in (list, tuple):
        try:
            array = np.array(got)
        except (ValueError, OverflowError):
            return got, []
        if array.dtype.kind not in "iuf" or expected.dtype.kind not in "iuf":
            return got, []
        slips.append(Slip("list", f"{name}: it is {type_in_words(got)}, expected a NumPy array."))
        if array.dtype.kind in "iu":
            array = array.astype(expected.dtype)
    if type(array) is not np.ndarray or array.dtype.kind not in "biuf":
        return got, []
    if array.dtype != expected.dtype and not {array.dtype.kind, expected.dtype.kind} <= set("iu"):
        if expected.dtype.kind in "iu" and not np.array_equal(array, np.round(array)):
            return got, []
        if expected.dtype.kind == "b":
            return got, []
        wanted = "integers" if expected.dtype.kind in "iu" else expected.dtype
        slips.append(Slip("dtype", f"{name}: it holds {array.dtype}, expected {wanted}."))
        with np.errstate(all="ignore"):
            array = array.astype(expected.dtype)
    if array.ndim != expected.ndim and _bare(array.shape) == _bare(expected.shape):
        way = "missing" if array.ndim < expected.ndim else "too many"
        shapes = f"shape {array.shape}, expected shape {expected.shape}"
        slips.append(Slip("axis", f"{name}: {shapes}: an axis of size 1 is {way}."))
        array = array.reshape(expected.shape)
    return array, slips


def _bare(shape: Sequence[int]) -> list[int]:
    return [size for size in shape if size != 1]


def _repaired_dict(name: str, got: dict, expected: dict) -> tuple[Any, list[Slip]]:
    slips = []
    if got.keys() != expected.keys():
        if len(got) != len(expected) or not all(type(key) is str for key in got):
            return got, []
        slips.append(Slip("keys", f"{name}: expected the keys {', '.join(map(str, expected))}."))
        spelt = {key.casefold(): item for key, item in got.items()}
        if spelt.keys() == {str(key).casefold() for key in expected}:
            got = {key: spelt[str(key).casefold()] for key in expected}
        else:
            got = dict(zip(expected, got.values(), strict=True))
    made = {}
    for key, wanted in expected.items():
        made[key], found = repaired(f"{name}[{key!r}]", got[key], wanted)
        slips += found
    return made, slips


def sizes_in(value: Any) -> tuple[int, ...]:
    """The lengths of all axes of all arrays in plain data: these a message may show."""
    if isinstance(value, np.ndarray):
        return value.shape
    if isinstance(value, dict):
        return tuple(size for item in value.values() for size in sizes_in(item))
    if isinstance(value, (list, tuple)):
        return tuple(size for item in value for size in sizes_in(item))
    return ()
