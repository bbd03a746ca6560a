"""The front page says what is so."""

import re

from paths import ROOT

FRONT = (ROOT / "book" / "index.md").read_text("utf8")


def test_the_hint_that_it_quotes_is_one_that_a_student_gets():
    hint = " ".join(re.findall(r"^> (.*)$", FRONT, re.M))
    bank = "".join(path.read_text("utf8") for path in (ROOT / "solutions" / "rnn").rglob("*.py"))
    assert hint in re.sub(r'"\s+"', "", bank)  # strings that stand in several lines


def test_it_names_the_five_lectures():
    lectures = FRONT.partition("## The five lectures")[2].partition("\n## ")[0]
    assert len(re.findall(r"^- .*\*\*.*\*\*[;.]$", lectures, re.M)) == 5
