"""The search finds the page on a term first.

The file book/search.yml says which terms a page is about. They become main entries of Sphinx's
index, which its search puts above all other results. The glossary's entries are such by default;
here they come after the pages.
"""

from pathlib import Path

import yaml
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform

TERMS = "book/search.yml"


def terms_of_pages(root: Path) -> dict[str, list[str]]:
    """Read which terms each page is about.

    Args:
        root: the folder of the project.

    Returns:
        Lists of terms, by the page's name as in _toc.yml.
    """
    return yaml.safe_load((root / TERMS).read_text("utf8"))


class IndexTerms(SphinxTransform):
    """Make a page's terms main entries of the index, and the glossary's others."""

    default_priority = 850

    def apply(self, **kwargs: object) -> None:
        for glossary in self.document.findall(addnodes.glossary):
            for index in glossary.findall(addnodes.index):
                index["entries"] = [
                    (kind, term, target, "", key) for kind, term, target, _, key in index["entries"]
                ]
        self.env.note_dependency(TERMS)
        terms = terms_of_pages(Path(self.env.srcdir)).get(self.env.docname, [])
        entries = [("single", term, "", "main", None) for term in terms]
        if entries:
            self.document.insert(0, addnodes.index(entries=entries))


def setup(app: Sphinx) -> None:
    app.add_transform(IndexTerms)
