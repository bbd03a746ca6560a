"""The search: pages name their terms, and those come first; what it shows can be read."""

import json
import re

import pytest
from bookkit.searching import terms_of_pages
from execute_pages import book_pages
from paths import ROOT

GLOSSARY = """\
# Glossary

:::{glossary}
clipping
  Making it short.
:::
"""
TERMS = "remedies: [clipping, exploding gradients]\n"


def test_terms_of_a_page_are_main_entries_and_those_of_the_glossary_are_not(build):
    pages = {"index": GLOSSARY, "remedies": "# Remedies\n\nText.\n", "book/search.yml": TERMS}
    built = build(pages, "bookkit.searching")
    index = (built.site / "searchindex.js").read_text("utf8")
    entries = json.loads(index.removeprefix("Search.setIndex(").removesuffix(")"))
    names = entries["docnames"]
    found = {
        term: {(names[page], main) for page, _, main in places}
        for term, places in entries["indexentries"].items()
    }
    assert found == {
        "clipping": {("remedies", True), ("index", False)},
        "exploding gradients": {("remedies", True)},
    }


def terms() -> list[tuple[str, str]]:
    """The pages of the book, each with a term that it is about."""
    return [(page, term) for page, of_page in terms_of_pages(ROOT).items() for term in of_page]


def test_pages_with_terms_are_pages_of_the_book():
    pages = {path.relative_to(ROOT).with_suffix("").as_posix() for path in book_pages(ROOT)}
    assert set(terms_of_pages(ROOT)) <= pages


def test_a_term_belongs_to_one_page():
    names = [term for _, term in terms()]
    assert sorted(set(names)) == sorted(names)


FIELD = {
    "initialization", "epoch", "overfitting", "hyperparameter", "gradient clipping", "BPTT",
    "backward pass", "vanishing gradients", "perplexity", "language model",
}  # fmt: skip


def test_the_words_of_the_field_lead_to_a_page():
    assert {term for _, term in terms()} >= FIELD


@pytest.mark.book
@pytest.mark.browser
def test_the_page_on_a_term_comes_first(served, browser):
    page = browser.new_page()
    first = {}
    for name, term in terms():
        page.goto(f"{served}/search.html?q={term}")
        link = page.locator("#search-results li a").first
        link.wait_for()
        first[term] = (name, link.get_attribute("href").partition(".html")[0])
    page.close()
    assert {term: found for term, (wanted, found) in first.items() if found != wanted} == {}


@pytest.mark.book
@pytest.mark.browser
def test_what_the_search_shows_has_no_tex_in_it(served, browser):
    page = browser.new_page()
    page.goto(f"{served}/search.html?q=jacobian")
    page.locator("#search-results .context").first.wait_for()
    page.wait_for_load_state("networkidle")
    shown = " ".join(page.locator("#search-results .context").all_inner_texts())
    page.close()
    assert len(shown) > 200
    assert not re.search(r"\\[a-zA-Z(\[]", shown)
