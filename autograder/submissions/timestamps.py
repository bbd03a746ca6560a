"""When something was handed in, as a file or a folder's name says it.

These forms are read, and no others:

    2026-11-21 10:00          a date and a time of day, with seconds or without; they are UTC
    2026-11-21T10:00:00       with T between them
    2026-11-21 10:00:00.25    with one to six digits of a second's fraction
    ... Z, +01, +0100, +01:00 with how far the clock is ahead of UTC, a blank before it or none
    ... CEST                  with one of the names in ``ZONES``

nbgrader writes ``2026-11-21 10:00:00.000000 UTC``, with the zone of its settings. A name that means
several zones (IST), or one that is not listed, is not read: a wrong time costs points.
"""

import re
from datetime import UTC, datetime, timedelta

#: By name, how many hours a clock is ahead of UTC: those of RFC 5322, and such as mean one zone.
ZONES = {
    "UTC": 0,
    "GMT": 0,
    "EST": -5,
    "EDT": -4,
    "CST": -6,
    "CDT": -5,
    "MST": -7,
    "MDT": -6,
    "PST": -8,
    "PDT": -7,
    "AKST": -9,
    "AKDT": -8,
    "HST": -10,
    "WET": 0,
    "WEST": 1,
    "BST": 1,
    "CET": 1,
    "CEST": 2,
    "EET": 2,
    "EEST": 3,
    "MSK": 3,
    "JST": 9,
    "KST": 9,
    "AEST": 10,
    "AEDT": 11,
    "NZST": 12,
    "NZDT": 13,
}
_FORM = re.compile(
    r"(20\d\d)-(\d\d)-(\d\d)[ T](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,6}))?)?"
    r"(?: ?(?:Z|([+-])(\d\d):?([0-5]\d)?|([A-Z]{3,4})))?",
    re.ASCII,
)
_MOST_HOURS = 14


def parse_time(text: str) -> datetime:
    """Read a time in one of the forms above; returns it in UTC. Raises ValueError for all else."""
    match = _FORM.fullmatch(text)
    if match is None:
        raise ValueError("not one of the forms in which a time is written")
    *date, seconds, fraction, sign, hours, minutes, name = match.groups()
    year, month, day, hour, minute = map(int, date)
    micro = int((fraction or "").ljust(6, "0"))
    found = datetime(year, month, day, hour, minute, int(seconds or 0), micro, UTC)
    return found - _ahead(sign, hours, minutes, name)


def written(moment: datetime) -> str:
    """Write a time as nbgrader does; ``moment`` knows its zone."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f} UTC"


def _ahead(sign: str | None, hours: str | None, minutes: str | None, name: str | None) -> timedelta:
    if name is not None:
        if name not in ZONES:
            raise ValueError(f"{name} is not the name of one time zone")
        return timedelta(hours=ZONES[name])
    if sign is None or hours is None:
        return timedelta()
    if int(hours) > _MOST_HOURS:
        raise ValueError(f"no clock is {hours} hours ahead")
    ahead = timedelta(hours=int(hours), minutes=int(minutes or 0))
    return ahead if sign == "+" else -ahead
