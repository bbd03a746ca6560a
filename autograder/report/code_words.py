"""Student code as a sequence of words that renaming, comments and layout do not change."""

import builtins
import io
import keyword
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass

#: Longer texts are read up to here: a page of code is an answer, a megabyte is an attack.
MOST_CHARACTERS = 20_000

_MEANING = frozenset({*keyword.kwlist, *keyword.softkwlist, *dir(builtins)})
_LAYOUT = (tokenize.NEWLINE, tokenize.NL, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER)


@dataclass(frozen=True, slots=True)
class Word:
    """One token: ``text`` as it stands, ``kind`` what it is compared by, and its place.

    ``start`` and ``end`` are (line from 0, column).
    """

    text: str
    kind: str
    start: tuple[int, int]
    end: tuple[int, int]


def code_words(source: str) -> list[Word]:
    """Return the words of Python code, as far as it can be read, without comments and docstrings.

    Of a name only that it is one counts, unless Python or a library has given it: keywords,
    built-in names, and what stands behind a dot. Nothing is run or parsed, whatever the text is.
    """
    tokens = list(_tokens(source[:MOST_CHARACTERS]))
    found: list[Word] = []
    for i, token in enumerate(tokens):
        if token.type == tokenize.COMMENT or token.type in _LAYOUT or not token.string.strip():
            continue
        if token.type == tokenize.STRING and _stands_alone(tokens, i):
            continue
        after_dot = bool(found) and found[-1].text == "."
        start, end = ((line - 1, column) for line, column in (token.start, token.end))
        found.append(Word(token.string, _kind(token, after_dot), start, end))
    return found


def _tokens(source: str) -> Iterator[tokenize.TokenInfo]:
    # From Python 3.12 on tokenize breaks down over characters that no source file can hold.
    readable = source.replace("\0", " ").encode("utf-8", "replace").decode("utf-8")
    try:
        yield from tokenize.generate_tokens(io.StringIO(readable).readline)
    except (tokenize.TokenError, SyntaxError):
        return


def _stands_alone(tokens: list[tokenize.TokenInfo], i: int) -> bool:
    """Return whether ``tokens[i]``, a string, is a statement by itself, as a docstring is."""
    alone_before = i == 0 or tokens[i - 1].type in (*_LAYOUT, tokenize.COMMENT)
    return alone_before and tokens[i + 1 :][:1] != [] and tokens[i + 1].type in _LAYOUT


def _kind(token: tokenize.TokenInfo, after_dot: bool) -> str:
    if token.type == tokenize.STRING:
        return "a string"
    if token.type == tokenize.NAME and not after_dot and token.string not in _MEANING:
        return "a name"
    return token.string
