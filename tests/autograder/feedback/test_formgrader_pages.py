"""Texts as the formgrader shows them to who marks: pictures and all words, in one room a page."""

import base64
from typing import Any

from jinja2 import Environment

from autograder.feedback.formgrader import markdown
from autograder.feedback.markup import MAX_TEXT, Room

LARGE = base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(2 * MAX_TEXT)).decode()
TEXT = "My derivation: ![board](attachment:board.png) and why it holds."
CELL = {"source": TEXT, "attachments": {"board.png": {"image/png": LARGE}}}


def page(cells: list[dict[str, Any]], resources: dict[str, Any]) -> str:
    environment = Environment(autoescape=True)
    environment.filters["markdown2html"] = markdown
    template = environment.from_string("{{ cell.source | markdown2html }}")
    return "".join(template.render(cell=cell, resources=resources) for cell in cells)


def test_a_large_picture_takes_no_words_with_it() -> None:
    made = page([CELL], {})
    assert LARGE in made
    assert "and why it holds." in made


def test_all_cells_of_a_page_share_its_room() -> None:
    resources: dict[str, Any] = {"room": Room(pictures=int(1.5 * len(LARGE)))}
    made = page([CELL, CELL], resources)
    assert made.count(LARGE) == 1
    assert made.count("and why it holds.") == 2
    assert made.count("picture left out") == 1
    assert resources["room"].spent == {"pictures"}
