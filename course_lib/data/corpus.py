"""The small corpus of the language-model pages: simple sentences about a farm, written for this
course.
"""

from importlib.resources import files


def corpus_text() -> str:
    """The whole text, one sentence a line: what a model over characters reads."""
    return (files("course_lib.data") / "corpus.txt").read_text(encoding="utf-8")


def corpus_sentences() -> list[list[str]]:
    """Every sentence as a list of words, the full stop as a word of its own."""
    return [line.split() for line in corpus_text().splitlines()]
