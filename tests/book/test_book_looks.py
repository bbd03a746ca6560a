"""The measure of what fits a desk, a phone and paper sees what does not."""

import pytest
from check_looks import check_looks

pytestmark = pytest.mark.browser

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
