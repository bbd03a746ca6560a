"""Mark text in another language than the page's, so that it is pronounced and set rightly."""

import re

from docutils import nodes
from docutils.parsers.rst.states import Inliner
from sphinx.application import Sphinx

CHINESE = re.compile(r"[\u3000-\u303f\u3400-\u4dbf\u4e00-\u9fff\uff00-\uffef]+")


class foreign(nodes.inline):
    """Inline text with a ``lang``."""


def visit_foreign(self, node: foreign) -> None:
    self.body.append(self.starttag(node, "span", "", lang=node["lang"]))


def depart_foreign(self, node: foreign) -> None:
    self.body.append("</span>")


def chinese(text: str) -> foreign:
    return foreign(text, text, lang="zh-Hans")


def chinese_role(
    name: str,
    rawtext: str,
    text: str,
    lineno: int,
    inliner: Inliner,
    options: dict | None = None,
    content: list[str] | None = None,
) -> tuple[list[nodes.Node], list[nodes.system_message]]:
    """``{zh}`` marks a Chinese word."""
    return [chinese(text)], []


def mark_chinese_titles(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """The bibliography's entries come from a .bib file, where no role can be written."""
    for citation in list(doctree.findall(nodes.citation)):
        for text in list(citation.findall(nodes.Text)):
            if CHINESE.search(text) and not isinstance(text.parent, foreign):
                text.parent.replace(text, list(split_languages(str(text))))
    for reference in doctree.findall(nodes.reference):  # a tooltip has one language
        if CHINESE.search(reference.get("reftitle", "")):
            reference["reftitle"] = re.sub(
                r" ?\(?" + CHINESE.pattern + r"\)?", "", reference["reftitle"]
            )


def split_languages(text: str) -> list[nodes.Node]:
    """Cut a text into plain pieces and marked Chinese ones."""
    pieces: list[nodes.Node] = []
    end = 0
    for match in CHINESE.finditer(text):
        if match.start() > end:
            pieces.append(nodes.Text(text[end : match.start()]))
        pieces.append(chinese(match[0]))
        end = match.end()
    return pieces + ([nodes.Text(text[end:])] if end < len(text) else [])


def move_chinese_beside_terms(app: Sphinx, doctree: nodes.document) -> None:
    """Where a glossary entry begins with a line of Chinese terms, set it beside the English one."""
    for entry in doctree.findall(nodes.definition_list_item):
        term, definition = entry.children[0], entry.children[-1]
        first = definition.children[0]
        if (
            isinstance(first, nodes.paragraph)
            and first.children
            and all(
                isinstance(child, foreign) or child.astext().strip(", ") == ""
                for child in first.children
            )
        ):
            definition.remove(first)
            term += nodes.inline("", " ", *first.children, classes=["in-chinese"])


def setup(app: Sphinx) -> None:
    app.add_node(foreign, html=(visit_foreign, depart_foreign))
    app.add_role("zh", chinese_role)
    app.connect("doctree-read", move_chinese_beside_terms)
    app.connect("doctree-resolved", mark_chinese_titles, priority=900)
