"""Durations as people write and read them."""

import re

_UNITS = {"day": 86_400, "hour": 3_600, "minute": 60, "second": 1}
_WRITTEN = re.compile(r"(\d+(?:\.\d+)?)\s*([dhms]?)\Z")


def parse(text: str) -> float:
    """Read a duration such as 10m, 90s, 1.5h, 2d or 0, in seconds. Raises ValueError."""
    match = _WRITTEN.match(text.strip().lower())
    if match is None or not (match[2] or float(match[1]) == 0):
        raise ValueError(f"{text!r} is no duration; write it like 90s, 10m, 1.5h or 2d")
    sizes = {unit[0]: size for unit, size in _UNITS.items()}
    return float(match[1]) * sizes.get(match[2], 1)


def in_words(seconds: float) -> str:
    """Write a duration as one says it: 10 minutes, 1 hour, 90 seconds."""
    whole = (unit for unit, size in _UNITS.items() if seconds >= size and seconds % size == 0)
    unit = next(whole, "second")
    number = seconds / _UNITS[unit]
    return f"{number:g} {unit}{'s' * (number != 1)}"
