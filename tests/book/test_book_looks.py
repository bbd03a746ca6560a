"""Pages fit a desk, a phone and paper; and the measure of it sees what does not."""

import pytest
from check_looks import check_looks
from execute_pages import book_pages
from paths import ROOT

pytestmark = pytest.mark.browser

PAGES = [path.relative_to(ROOT).with_suffix("").as_posix() for path in book_pages(ROOT)]


@pytest.mark.book
@pytest.mark.parametrize("name", PAGES)
def test_nothing_is_wider_than_its_column_or_cut_off(site, browser, name):
    assert check_looks(site, browser, [name]) == []


WIDE = '<pre style="{}">' + "x" * 300 + "</pre>"
GRADIENT = "background: linear-gradient(red, blue);"


@pytest.mark.parametrize(
    ("content", "problems"),
    [
        ("<p>Short.</p>", {}),
        (WIDE.format("overflow-x: auto;" + GRADIENT), {"desk": "wider", "paper": "wider"}),
        (
            WIDE.format("overflow-x: auto;"),
            {"desk": "wider", "phone": "without a sign", "paper": "wider"},
        ),
        (WIDE.format("overflow: hidden"), dict.fromkeys(("desk", "phone", "paper"), "cut off")),
        (
            WIDE.format("overflow: visible"),
            dict.fromkeys(("desk", "phone", "paper"), "the page scrolls"),
        ),
        (
            "<style>@media print { pre { white-space: pre-wrap; overflow-wrap: anywhere } }"
            "@media (width > 1000px) { pre { font-size: 1px } }</style>"
            + WIDE.format("overflow-x: auto;" + GRADIENT),
            {},
        ),
    ],
)
def test_what_does_not_fit_is_seen(tmp_path, browser, content, problems):
    (tmp_path / "page.html").write_text(f"<!doctype html><article>{content}</article>")
    found = check_looks(tmp_path, browser, ["page"])
    assert {line.split(": ")[1] for line in found} == set(problems)
    for medium, words in problems.items():
        assert any(words in line for line in found if f": {medium}: " in line)
