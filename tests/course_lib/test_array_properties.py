"""Every checked function of the reference with arrays of all kinds: sizes of 0 and 1, views with
strides, other dtypes, lists, masked arrays.
"""

import importlib
import inspect
import pkgutil
import re
from typing import get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jaxtyping import AbstractArray

from course_lib import reference
from course_lib.reference.rtrl import zero_sensitivities
from course_lib.reference.vocabulary import EOS, UNK


def checked_functions():
    found = {}
    for entry in pkgutil.iter_modules(reference.__path__):
        module = importlib.import_module(f"course_lib.reference.{entry.name}")
        for name, function in inspect.getmembers(module, inspect.isfunction):
            own = function.__module__ == module.__name__
            if own and inspect.getsource(inspect.unwrap(function)).startswith("@checked"):
                found[f"{entry.name}.{name}"] = function
    return found


FUNCTIONS = checked_functions()


def layer(rng, D, H):
    return rng.normal(size=(D, H)), rng.normal(size=(H, H)), rng.normal(size=H)


def lstm_layer(rng, D, H):
    return rng.normal(size=(D, 4 * H)), rng.normal(size=(H, 4 * H)), rng.normal(size=4 * H)


def network(rng, s):
    shapes = {"W_hy": (s["H"], s["K"]), "b_y": (s["K"],)}
    weights = dict(zip(("W_xh", "W_hh", "b_h"), layer(rng, s["D"], s["H"]), strict=True))
    return weights | {name: rng.normal(size=shape) for name, shape in shapes.items()}


# arguments that are no arrays, or whose numbers are not free: from a generator and all sizes
MAKERS = {
    "params": network,
    "forward": lambda rng, s: layer(rng, s["D"], s["H"]),
    "backward": lambda rng, s: layer(rng, s["D"], s["H"]),
    "S_prev": lambda rng, s: zero_sensitivities(s["N"], s["D"], s["H"]),
    "S_t": lambda rng, s: zero_sensitivities(s["N"], s["D"], s["H"]),
    "passes": lambda rng, s: rng.normal(size=max(s["T"] - 1, 0)),
    "uniforms": lambda rng, s: rng.random(size=s["T_max"]),
    "k": lambda rng, s: 2,
    "keep": lambda rng, s: 0.5,
    "rng": lambda rng, s: np.random.default_rng(0),
    "V": lambda rng, s: s["V"],
    "vocabulary": lambda rng, s: [EOS, UNK, *map(str, range(s["V"]))],
}
TOP = {"y": "K", "ids": "V", "lengths": "T"}  # of which axis whole numbers are an index


def array_type(parameter):
    options = get_args(parameter.annotation) or (parameter.annotation,)
    arrays = [o for o in options if isinstance(o, type) and issubclass(o, AbstractArray)]
    return arrays[0] if len(arrays) == 1 else None


def arguments(name, s, optional=False):
    """One set of arguments; `s` holds the sizes of axes, and B those of *B."""
    rng, made = np.random.default_rng(0), {}
    module = name.split(".")[0]
    if module == "language_model":
        s = s | {"D": s["V"], "K": s["V"]}
    if "passes" in inspect.signature(FUNCTIONS[name]).parameters:
        s = s | {"T": max(s["T"], 1)}  # T - 1 of them
    pairs = "birnn" in name or module == "lstm_deep"
    draw = lstm_layer if module == "lstm_deep" else layer
    for argument, parameter in inspect.signature(FUNCTIONS[name]).parameters.items():
        kind = array_type(parameter)
        if parameter.default is not parameter.empty and not (optional and kind):
            continue
        if argument == "layers":
            widths = [s["D"]] + [s["H"] * (2 if pairs else 1)] * (s["L"] - 1)
            layers = [draw(rng, width, s["H"]) for width in widths[: s["L"]]]
            made[argument] = [(one, one) for one in layers] if pairs else layers
        elif module == "adder":
            made[argument] = rng.integers(2, size=s["T"])
        elif argument in MAKERS:
            made[argument] = MAKERS[argument](rng, s)
        elif argument == "y" and kind is None:
            front = s["B"] if "B" in str(inspect.signature(FUNCTIONS[name])) else (s["T"], s["N"])
            made[argument] = rng.normal(size=(*front, s["K"]))
        elif kind is not None:
            sizes = s | {"states": 2 * s["L"], "T+1": s["T"] + 1, "packed": 4 * s["H"]}
            shape = ()
            for axis in kind.dim_str.split():
                if axis.startswith("*"):
                    shape += s["B"]
                else:
                    times, _, rest = axis.rpartition("*")
                    size = int(rest) if rest.isdigit() else sizes[rest]
                    shape += (int(times or 1) * size,)
            if "float64" in kind.dtypes:
                made[argument] = rng.normal(size=shape)
            elif "bool" in str(kind.dtypes):
                made[argument] = rng.random(size=shape) < 0.7
            else:
                low = argument == "lengths"
                top = s[TOP.get(argument, "V")]
                made[argument] = rng.integers(low, max(top, 1) + low, size=shape)
        else:
            pytest.fail(f"{name}: nothing makes the argument {argument!r}")
    return made


def arrays_of(result):
    """All arrays in nested tuples, lists and dicts."""
    if isinstance(result, np.ndarray | np.generic):
        return [np.asarray(result)]
    if isinstance(result, dict):
        result = list(result.values())
    if isinstance(result, tuple | list):
        return [array for part in result for array in arrays_of(part)]
    return []


def outcome(name, made):
    """The arrays of the result, or what a ValueError says."""
    try:
        return arrays_of(FUNCTIONS[name](**made))
    except ValueError as error:
        return str(error)


def each_array(made, change):
    if isinstance(made, dict):
        return {name: each_array(value, change) for name, value in made.items()}
    if isinstance(made, tuple | list) and not any(isinstance(item, str) for item in made):
        return type(made)(each_array(value, change) for value in made)
    return change(made) if isinstance(made, np.ndarray) else made


def read_only(array):
    array = array.copy()
    array.setflags(write=False)
    return array


LAYOUTS = {
    "every second entry": lambda a: np.repeat(a, 2, axis=-1)[..., ::2] if a.ndim else a,
    "backwards in memory": lambda a: np.flip(np.flip(a).copy()),
    "columns first": np.asfortranarray,
    "batch first": lambda a: np.moveaxis(np.moveaxis(a, 0, -1).copy(), -1, 0) if a.ndim else a,
    "other byte order": lambda a: a.astype(a.dtype.newbyteorder()),
}

sizes = st.fixed_dictionaries(
    {axis: st.integers(0, 3) for axis in ["T", "N", "D", "H", "K", "V", "L", "T_max"]}
    | {"B": st.lists(st.integers(0, 3), max_size=2).map(tuple)}
)
each_function = pytest.mark.parametrize("name", FUNCTIONS)
USUAL = {"T": 3, "N": 2, "D": 4, "H": 5, "K": 3, "V": 4, "L": 2, "T_max": 3, "B": (3, 2)}


def test_the_functions_are_found():
    assert len(FUNCTIONS) > 40
    assert {"rnn.rnn_forward", "losses.softmax", "truncated.windowed_bptt"} <= set(FUNCTIONS)


@each_function
@given(sizes, st.booleans())
@settings(max_examples=12)
def test_any_sizes_give_numbers_or_an_error_that_names_an_argument(name, s, optional):
    """No other exception, no warning, and nothing of what was given is written to."""
    got = outcome(name, each_array(arguments(name, s, optional), read_only))
    if isinstance(got, str):
        assert re.match(r"(layer \d+: )?(\w+)(\[.*\])?( of .*)?: ", got), got
    else:
        assert all(np.all(np.isfinite(a)) for a in got if a.dtype.kind == "f")


@each_function
@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_layout_in_memory_does_not_matter(name, layout):
    made = arguments(name, USUAL)
    expected = outcome(name, made)
    assert isinstance(expected, list), expected
    got = outcome(name, each_array(arguments(name, USUAL), LAYOUTS[layout]))
    assert isinstance(got, list), got
    for one, other in zip(got, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-14)


@each_function
@pytest.mark.parametrize(
    ("kind", "change"),
    [
        ("list", lambda a: a.tolist()),
        ("masked array", lambda a: np.ma.masked_array(a, mask=np.zeros(a.shape, dtype=bool))),
        ("complex", lambda a: a.astype(complex)),
        ("objects", lambda a: a.astype(object)),
        ("another axis", lambda a: a[None, None, None, None]),
    ],
)
def test_what_is_no_array_of_the_kind_asked_for_is_named(name, kind, change):
    for argument, parameter in inspect.signature(FUNCTIONS[name]).parameters.items():
        made = arguments(name, USUAL)
        if array_type(parameter) is None or argument not in made:
            continue
        if kind == "another axis" and "*" in array_type(parameter).dim_str:
            continue
        got = outcome(name, made | {argument: change(made[argument])})
        assert isinstance(got, str), argument
        assert got.startswith(f"{argument}: "), got


@each_function
def test_small_floats_stay_small(name):
    def small(array):
        return array.astype(np.float32) if array.dtype.kind == "f" else array

    if name.split(".")[0] in ("language_model", "adder") or name == "vocabulary.one_hot":
        return  # these make their own arrays, of float64
    got = outcome(name, each_array(arguments(name, USUAL), small))
    assert isinstance(got, list), got
    assert {a.dtype for a in got if a.ndim and a.dtype.kind == "f"} <= {np.dtype(np.float32)}
