"""Repairs to what other extensions write; each is shown to be needed."""

from check_site import Page

BOXES = """\
# P

```{prf:theorem} First
:label: thm-1
One.
```

```{prf:proof}
Clear.
```

```{prf:theorem} Second
:label: thm-2
Two.
```

```{prf:proof}
Clear too.
```

```{exercise} First
:label: ex-1
Try.
```

```{exercise} Second
:label: ex-2
Try again.
```
"""

CITED = """\
# P

{cite:t}`a1`

```{bibliography}
```
"""


def repeated_ids(html: str) -> set[str]:
    return {name for name, count in Page(html).ids.items() if count > 1}


def test_boxes_have_ids_of_their_own(build):
    assert repeated_ids(build({"index": BOXES}, "sphinx_proof", "sphinx_exercise").page())


def test_repeated_ids_are_dropped(build):
    built = build({"index": BOXES}, "sphinx_proof", "sphinx_exercise", "bookkit.html_fixes")
    assert not repeated_ids(built.page())
    assert {"thm-1", "thm-2", "ex-1", "ex-2"} <= set(Page(built.page()).ids)


BOOK = "@book{a1, author={A, B}, title={T}, publisher={P}, year={2000}}"


def test_the_bibliography_is_a_list_of_items(build):
    pages = {"index": CITED, "r.bib": BOOK}
    settings = {"bibtex_bibfiles": ["r.bib"]}
    html = build(pages, "sphinxcontrib.bibtex", **settings).page()
    assert 'role="doc-biblioentry"' in html

    html = build(pages, "sphinxcontrib.bibtex", "bookkit.html_fixes", **settings).page()
    assert 'role="doc-biblioentry"' not in html
    assert 'role="listitem"' in html


def test_an_empty_header_cell_is_an_ordinary_one(build):
    pages = {"index": "# P\n\n| | shape |\n| --- | --- |\n| `x` | (N, D) |\n"}
    assert '<th class="head"><p></p></th>' in build(pages).page()
    html = build(pages, "bookkit.html_fixes").page()
    assert html.count("<th class") == 1
    assert "<td></td>" in html


def test_the_toggles_of_the_navigation_have_a_name(build):
    pages = {
        "index": "# P\n\n```{toctree}\nchapter\n```\n",
        "chapter": "# Chapter\n\n```{toctree}\npart\n```\n",
        "part": "# Part\n",
    }
    theme = {"html_theme": "sphinx_book_theme"}
    assert "<summary>" in build(pages, "sphinx_book_theme", **theme).page()
    html = build(pages, "sphinx_book_theme", "bookkit.html_fixes", **theme).page()
    assert "<summary>" not in html
    assert '<summary aria-label="Pages of this chapter">' in html
