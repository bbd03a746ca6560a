"""The check of the built site finds what it is there to find."""

from pathlib import Path

import check_site
import pytest

GOOD = """\
<!doctype html><html lang="en"><head><title>P</title>
<link rel="stylesheet" href="style.css"><link rel="canonical" href="https://example.org/"></head>
<body><h1 id="top">Title</h1><article>
<a href="#top">here</a> <a href="other.html#there">there</a> <a href="folder/">folder</a>
<a href="https://example.org/paper">elsewhere</a> <a href="mailto:a@example.org">mail</a>
<img src="a%20b.png" alt="a chain"> <span lang="zh-Hans">隐状态</span>
<span class="math notranslate">\\(\\tanh(x)\\)</span> <code>{cite:p}`key`</code>
</article></body></html>
"""


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A site without problems."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "index.html").write_text("<p>x</p>")
    (tmp_path / "other.html").write_text('<p id="there">x</p>')
    (tmp_path / "a b.png").write_bytes(b"")
    (tmp_path / "style.css").write_text("body { background: url(data:image/png;base64,AA) }")
    (tmp_path / "page.html").write_text(GOOD, "utf8")
    return tmp_path


def problems(site: Path, html: str) -> list[str]:
    (site / "page.html").write_text(f"<html><body><article>{html}</article></body></html>", "utf8")
    return check_site.check_site(site)


def test_a_good_site_has_no_problem(site):
    assert check_site.check_site(site) == []
    assert check_site.main(site)


@pytest.mark.parametrize(
    ("html", "problem"),
    [
        ('<a href="gone.html">x</a>', "dead link: gone.html"),
        ('<a href="../outside.html">x</a>', "dead link: ../outside.html"),
        ('<img src="gone.png" alt="a chain">', "dead link: gone.png"),
        ('<script src="gone.js"></script>', "dead link: gone.js"),
        ('<meta http-equiv="Refresh" content="0; url=gone.html">', "dead link: gone.html"),
        ('<a href="#gone">x</a>', "dead anchor: #gone"),
        ('<a href="other.html#gone">x</a>', "dead anchor: other.html#gone"),
        ('<script src="https://cdn.example.org/a.js"></script>', "external asset: https://cdn"),
        ('<link rel="stylesheet" href="//fonts.example.org/f.css">', "external asset: //fonts"),
        ('<img src="https://example.org/a.png" alt="a chain">', "external asset: https://example"),
        ('<p id="a">x</p><p id="a">y</p>', "duplicate id: 'a', 2 times"),
        ('<img src="a%20b.png">', "image without alt text: a%20b.png"),
        ('<img src="a%20b.png" alt="">', "image without alt text"),
        ('<img src="a%20b.png" alt="a%20b.png">', "image without alt text"),
        ("<p>隐状态</p>", "Chinese text that is not marked"),
        ('<p title="隐状态">x</p>', "Chinese text that is not marked"),
        ("<p>see {cite:p}`key`</p>", "markup left in the text"),
        ("<p>[the cell](cell.md)</p>", "markup left in the text"),
        ("<p>:::{note}</p>", "markup left in the text"),
        ("<p>so \\frac{1}{2}</p>", "markup left in the text"),
    ],
)
def test_each_kind_of_problem_is_found(site, html, problem):
    (found,) = problems(site, html)
    assert problem in found
    assert found.startswith("page.html: ")
    assert not check_site.main(site)


@pytest.mark.parametrize(
    "css",
    [
        "@import url('https://fonts.example.org/f.css');",
        '@import "//fonts.example.org/f.css";',
        "p { background: url( https://example.org/a.png ) }",
    ],
)
def test_external_assets_of_style_sheets_are_found(site, css):
    (site / "style.css").write_text(css)
    (found,) = check_site.check_site(site)
    assert "style.css: external asset" in found


def test_a_decorative_image_outside_the_text_may_have_an_empty_alt(site):
    (site / "page.html").write_text('<nav><img src="a%20b.png" alt=""></nav>')
    assert check_site.check_site(site) == []
