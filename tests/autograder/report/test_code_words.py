"""Code is read as words, safely, and renaming, comments and layout make no difference."""

import time

import pytest

from autograder.report.code_words import MOST_CHARACTERS, code_words

CODE = '''\
def mean(values, weights):
    """What it does."""
    total = 0.0
    for value, weight in zip(values, weights):
        total += value * np.exp(weight)  # the sum
    return total / len(values), "done"
'''


def kinds(source: str) -> list[str]:
    return [word.kind for word in code_words(source)]


def test_renaming_comments_and_layout_make_no_difference() -> None:
    other = (
        CODE.replace("total", "acc")
        .replace("values", "xs")
        .replace("weight", "w")
        .replace("mean", "average")
        .replace("What it does.", "Mine!")
        .replace("# the sum", "# I add\n        # up")
        .replace('"done"', "'finished'")
        .replace("    ", "  ")
        .replace(" / ", "/")
    )
    assert kinds(other) == kinds(CODE)


@pytest.mark.parametrize(
    ("old", "new"), [("exp", "log"), ("zip", "map"), ("0.0", "1.0"), ("+=", "-="), ("for", "if")]
)
def test_what_the_code_does_makes_a_difference(old: str, new: str) -> None:
    assert kinds(CODE.replace(old, new)) != kinds(CODE)


def test_places_are_those_of_the_text() -> None:
    lines = CODE.split("\n")
    for word in code_words(CODE):
        line, column = word.start
        assert lines[line][column : word.end[1]] == word.text


@pytest.mark.parametrize(
    "source",
    [
        "(" * 10**6,
        "'%" + "0" * 10**6,
        '"""' * 10**6,
        "f'{" * 10**5,
        "\0" * 10**6,
        "\\" * 10**6,
        "\\\n" * 10**5,
        "x = '\udc80' \ud800",
        "if 1:\n        a\n   b",
        "".join(f"{' ' * i}if 1:\n" for i in range(500)),
        "é" * 10**6,
        "!ls\n%time\n?help",
        "\x0c\r\x1b[31m",
    ],
    ids=lambda source: ascii(source[:8]),
)
def test_hostile_text_is_read_in_no_time(source: str) -> None:
    start = time.process_time()
    words = code_words(source)
    assert time.process_time() - start < 1.0
    assert len(words) <= MOST_CHARACTERS
