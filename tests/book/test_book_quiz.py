"""Quiz questions: what they become, and which mistakes in writing them are reported."""

import re
from collections import Counter

import pytest
from paths import ROOT

QUESTION = """\
# Quiz

:::{quiz} How many *weights* after $T$ steps?
:name: quiz-weights

More of the question.

- [ ] $T$ times as many.

  They are **shared**.
- [x] As many as before.

  Two paragraphs

  of feedback.
:::

:::{quiz} Which of these are shared?
:name: quiz-shared

- [x] `W_xh`

  Yes, it is.
- [X] `W_hh`

  This too.
- [ ] `x`

  An input.
:::
"""


def test_a_question_has_its_options_and_their_feedback(build):
    built = build({"index": QUESTION}, "bookkit.quiz")
    html = built.page()
    assert not built.warnings
    assert html.count("<quiz-question") == 2
    assert 'id="quiz-weights"' in html
    assert 'id="quiz-weights-stem"' in html
    assert [html.count(f">Question {n}<") for n in (1, 2, 3)] == [1, 1, 0]
    assert "<em>weights</em>" in html
    assert html.count('data-right="true"') == 3
    assert html.count('data-right="false"') == 2
    assert html.count('class="quiz-verdict">Right.<') == 3
    assert html.count('class="quiz-verdict">Not this one.<') == 2
    assert "<strong>shared</strong>" in html
    assert "[x]" not in html
    assert "[ ]" not in html


def test_several_right_options_are_announced(build):
    first, second = build({"index": QUESTION}, "bookkit.quiz").page().split('id="quiz-shared"')
    assert 'data-kind="one"' in first
    assert "More than one may be right." not in first
    assert "More than one may be right." in second
    assert first.count('data-kind="several"') == 1  # the start tag of the second, before its id


OPTION = "- [x] Yes.\n\n  Because.\n"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (OPTION, "needs a :name:"),
        (":name: a\n\nOnly text.", "ends with a list of options"),
        (f":name: a\n\n{OPTION}\nText after the list.", "ends with a list of options"),
        (":name: a\n\n- [ ] No.\n\n  Because.", "No option"),
        (f":name: a\n\n{OPTION}- [ ] Maybe.", "has no feedback"),
        (f":name: a\n\n{OPTION}- Unmarked.\n\n  Why?", "An option starts with"),
        (f":name: a\n\n{OPTION}- [o] Odd.\n\n  Why?", "An option starts with"),
    ],
)
def test_mistakes_in_a_question_are_reported(build, body, message):
    warnings = build(
        {"index": f"# Quiz\n\n:::{{quiz}} Is it?\n{body}\n:::\n"}, "bookkit.quiz"
    ).warnings
    assert message in warnings
    assert "index.md:3" in warnings


def single_choices(chapter: str) -> list[list[tuple[bool, str]]]:
    """The options of each question with one right answer: whether it is right, and its text."""
    page = (ROOT / "book" / chapter / "quiz.md").read_text("utf8")
    option = re.compile(r"^- \[([ x])\] (.*(?:\n  \S.*)*)", re.M)
    questions = [
        [(mark == "x", text) for mark, text in option.findall(block)]
        for block in re.findall(r"^:::\{quiz\}.*?^:::$", page, re.M | re.S)
    ]
    return [options for options in questions if sum(right for right, _ in options) == 1]


CHAPTERS = pytest.mark.parametrize(
    "chapter", sorted(path.parent.name for path in (ROOT / "book").glob("*/quiz.md"))
)


@CHAPTERS
def test_the_right_option_is_the_longest_no_more_often_than_by_chance(chapter):
    questions = single_choices(chapter)
    longest = sum(max(options, key=lambda option: len(option[1]))[0] for options in questions)
    assert longest <= sum(1 / len(options) for options in questions)


@CHAPTERS
def test_the_right_option_stands_in_every_place_alike(chapter):
    questions = single_choices(chapter)
    places = Counter([right for right, _ in options].index(True) for options in questions)
    assert set(places) == set(range(max(map(len, questions))))
    assert max(places.values()) - min(places.values()) <= 1
