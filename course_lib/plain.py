"""Plain data: what of an answer's result is looked at."""

from collections import Counter, OrderedDict, defaultdict
from typing import Any

import numpy as np

_DICTS = (OrderedDict, defaultdict, Counter)


def as_plain(value: Any) -> Any:
    """Return ``value`` with plain Python in place of what only adds to it.

    NumPy's strings become strings, named tuples tuples, and the dicts of `collections` dicts. So
    they also come over the wire to the examiner. All else stays as it is; so does what is nested
    too deeply.
    """
    try:
        return _as_plain(value)
    except RecursionError:
        return value


def _as_plain(value: Any) -> Any:
    kind = type(value)
    if kind is np.str_:
        return str(value)
    if kind is list:
        return [_as_plain(item) for item in value]
    if kind is tuple or (issubclass(kind, tuple) and hasattr(kind, "_fields")):
        return tuple(_as_plain(item) for item in tuple.__iter__(value))
    if kind is dict or kind in _DICTS:
        return {_as_plain(key): _as_plain(item) for key, item in dict.items(value)}
    return value
