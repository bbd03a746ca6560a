"""Repairs to the HTML that extensions write: repeated ids, misleading names and roles."""

from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

REPEATED_IDS = {"proof-content", "exercise-content", "solution-content"}
"""sphinx-proof and sphinx-exercise give the body of every box the same id."""

REPLACEMENTS = (
    # myst-nb: the visible "Show code cell source" is the better name
    (' aria-label="Toggle hidden content"', ""),
    # docutils' bibliography: the role is deprecated and not allowed in a list
    ('role="doc-biblioentry"', 'role="listitem"'),
    # docutils: a header cell with nothing in it is no header
    ('<th class="head"><p></p></th>', "<td></td>"),
    # sphinx-proof: every proof without a label has the same id
    ('<div class="proof admonition" id="proof">', '<div class="proof admonition">'),
)


def drop_repeated_ids(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    for section in doctree.findall(nodes.section):
        if REPEATED_IDS & set(section["ids"]):
            section["ids"] = []


def repair_body(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any
) -> None:
    if context.get("body"):
        for wrong, right in REPLACEMENTS:
            context["body"] = context["body"].replace(wrong, right)


def name_toggles(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any
) -> None:
    """The theme's navigation has buttons without a name, which open and close a chapter."""
    make = context.get("generate_toctree_html")
    if make:
        context["generate_toctree_html"] = lambda *args, **options: str(
            make(*args, **options)
        ).replace("<summary>", '<summary aria-label="Pages of this chapter">')


def setup(app: Sphinx) -> None:
    app.connect("doctree-resolved", drop_repeated_ids, priority=900)
    app.connect("html-page-context", repair_body, priority=900)
    app.connect("html-page-context", name_toggles, priority=900)
