"""Pages are written one sentence a line, so that a diff or a translation shows what changed."""

from itertools import pairwise
from textwrap import dedent

import pytest
from bookkit.prose import ends_a_sentence, paragraphs, sentence_starts
from paths import ROOT

PAGES = sorted((ROOT / "book").rglob("*.md"))


def prose(text: str) -> list[tuple[int, str]]:
    return [(paragraph.start, paragraph.text) for paragraph in paragraphs(dedent(text))]


@pytest.mark.parametrize("page", PAGES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_line_holds_one_sentence(page):
    several, broken = [], []
    for paragraph in paragraphs(page.read_text("utf8")):
        for number, line in enumerate(paragraph.lines, paragraph.start + 1):
            if sentence_starts(line):
                several.append(f"{number}: {line}")
            elif number - paragraph.start < len(paragraph.lines) and not ends_a_sentence(line):
                broken.append(f"{number}: {line}")
    assert several == []
    assert broken == []


def test_prose_is_found_in_lists_and_directives_with_its_line():
    assert prose(
        """\
        ---
        title: No prose. None.
        ---

        # A heading. No prose

        One line.
        Another.

        - An item,
          of two lines.
          1. Nested.

        ::::{exercise} Title. No prose
        :label: ex-a

        Inside.

        :::{note}
        Further inside.
        :::
        ::::

        > Quoted.

        Word
        : Its definition.
        """
    ) == [
        (6, "One line.\nAnother."),
        (9, "An item,\nof two lines."),
        (11, "Nested."),
        (16, "Inside."),
        (19, "Further inside."),
        (23, "Quoted."),
        (26, "Its definition."),
    ]


def test_code_tables_formulas_and_options_are_no_prose():
    assert (
        prose(
            """\
            ```{code-cell} python3
            :tags: [open]
            text = "One. Two."
            ```

            ```python
            # One. Two.
            ```

            | One. Two. | Three |
            | --- | --- |
            | One. Two. | Three |

            :::{list-table}
            * - One. Two.
            :::

            $$
            a. B
            $$ (eq-a)
            """
        )
        == []
    )


def test_the_definitions_of_a_glossary_are_prose():
    assert prose(
        """\
        ```{glossary}
        batch
          {zh}`批`

          Several sequences.
          Its size is $N$.
        ```
        """
    ) == [(2, "{zh}`批`"), (4, "Several sequences.\nIts size is $N$.")]


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("One. Two? Three! Four", ["One.", "Two?", "Three!", "Four"]),
        ("A size $T$. $T$ counts steps.", ["A size $T$.", "$T$ counts steps."]),
        ("He said “No.” So it ended.", ["He said “No.”", "So it ended."]),
        ("(One. Two.) Three.", ["(One.", "Two.)", "Three."]),
        ("See {numref}`fig-a`. [Here](b.md) too.", ["See {numref}`fig-a`.", "[Here](b.md) too."]),
        ("Elman et al. Say it, e.g. So, as J. Elman did.", None),
        ("The formula $a. B$ and the code `x. Y` end none.", None),
        ("*Step 1.* There is no past.", None),
        ("It costs 1.5 times as much, i.e. more. or less", None),
    ],
)
def test_where_sentences_begin(text, sentences):
    starts = [0, *sentence_starts(text), len(text)]
    found = [text[start:stop].rstrip() for start, stop in pairwise(starts)]
    assert found == (sentences or [text])


@pytest.mark.parametrize(
    ("line", "ends"),
    [
        ("The end.", True),
        ("The *end*.", True),
        ("(The end.)", True),
        ("Is it?", True),
        ("These are:", True),
        ("Not the end,", False),
        ("Not the", False),
    ],
)
def test_whether_a_line_ends_a_sentence(line, ends):
    assert ends_a_sentence(line) is ends
