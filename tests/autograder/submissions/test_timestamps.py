"""The forms in which a time is read, and that nothing else is one."""

import time
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.submissions.timestamps import ZONES, parse_time, written

TEN = datetime(2026, 11, 21, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-21 10:00",
        "2026-11-21 10:00:00",
        "2026-11-21T10:00:00Z",
        "2026-11-21 10:00:00.0",
        "2026-11-21 10:00:00.000000 UTC",
        "2026-11-21 11:00:00 CET",
        "2026-11-21 12:00:00 CEST",
        "2026-11-21 03:00:00 PDT",
        "2026-11-21 02:00:00 PST",
        "2026-11-21 06:00:00 EDT",
        "2026-11-21 05:00:00 EST",
        "2026-11-21 12:00:00+02:00",
        "2026-11-21 12:00:00 +0200",
        "2026-11-21 07:00:00 -03",
        "2026-11-21 15:30:00 +0530",
        "2026-11-22 00:00:00 +14",
    ],
)
def test_forms(text: str) -> None:
    assert parse_time(text) == TEN


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yesterday",
        "10:00",
        "2026-11-21",
        "21.11.2026 10:00",
        "11/21/2026 10:00",
        "2026-13-01 10:00:00",
        "2026-02-30 10:00:00",
        "2026-11-21 25:00:00",
        "2026-11-21 10:00:60",
        "2026-11-21 10:00:00.1234567",
        "2026-11-21 10:00:00 IST",
        "2026-11-21 10:00:00 XYZ",
        "2026-11-21 10:00:00 Europe/Berlin",
        "2026-11-21 10:00:00 /etc/localtime",
        "2026-11-21 10:00:00 ../../secret",
        "2026-11-21 10:00:00 +25:00",
        "2026-11-21 10:00:00 +99",
        "2026-11-21 10:00:00 7200",
        "2026-11-21 10:00:00 UTC\n",
        " 2026-11-21 10:00:00",
        "0001-01-01 00:00:00 +14:00",
        "9999-12-31 23:59:59 -14:00",
        "２０２６-11-21 10:00:00",
        "99999999999999999999999999999912m d",
        "9" * 10**6,
    ],
)
def test_nothing_else_is_a_time(text: str) -> None:
    start = time.perf_counter()
    with pytest.raises(ValueError, match=r"form|zone|clock|range|must be"):
        parse_time(text)
    assert time.perf_counter() - start < 1.0


@given(st.text(alphabet="0123456789-: T.+ZUTCEPDS/aAm\n\x00é", max_size=40))
def test_any_text_is_a_time_or_a_value_error(text: str) -> None:
    try:
        found = parse_time(text)
    except ValueError:
        return
    assert parse_time(written(found)) == found


def test_nbgrader_reads_what_is_written() -> None:
    from nbgrader.utils import parse_utc

    assert parse_utc(written(TEN)) == TEN.replace(tzinfo=None)


def test_no_name_of_a_zone_is_guessed() -> None:
    assert "IST" not in ZONES
    assert all(-12 <= hours <= 14 for hours in ZONES.values())
