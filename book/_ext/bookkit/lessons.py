"""Offer every page of a chapter that runs code as a notebook, and all of them in one archive.

The notebooks are written here; book/tools/pack_lessons.py adds the archive when the site is built.
"""

from functools import cache
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import urljoin, urlsplit

import nbformat
from docutils import nodes
from sphinx.application import Sphinx

from bookkit.dependencies import has_kernelspec
from bookkit.notebooks import Writer

FOLDER = "lessons"
ARCHIVE = f"{FOLDER}/unrolled-lessons.zip"
PREFACE = (
    "*A lesson of Unrolled, the page {page} of the book. Its library, `course_lib`, comes with the "
    "archive of all lessons, and lies beside this notebook there.*"
)
LINKS = (
    '<p class="lesson-files"><a href="{notebook}" download>This page as a notebook</a>. '
    "The library that it imports, <code>course_lib</code>, comes with "
    '<a href="{archive}" download>all lessons in one archive</a>.</p>'
)


def notebook_name(docname: str) -> str:
    """The name of a page's notebook: book/rnn/why is rnn-why.ipynb."""
    return "-".join(PurePosixPath(docname).parts[1:]) + ".ipynb"


def lessons(app: Sphinx) -> set[str]:
    """The pages of chapters that run code."""
    return {
        docname
        for docname in app.env.found_docs
        if len(PurePosixPath(docname).parts) == 3 and _runs_code(app.env.doc2path(docname))
    }


@cache
def _runs_code(page: str) -> bool:
    return has_kernelspec(Path(page).read_text("utf8"))


def write_notebook(app: Sphinx, document: nodes.document, docname: str) -> None:
    """Write the notebook of a page whose references have been resolved."""
    known = lessons(app)
    if app.builder.format != "html" or docname not in known:
        return
    base = app.config.html_baseurl

    def link(uri: str) -> str | None:
        if urlsplit(uri).scheme:
            return uri
        if base:
            return urljoin(f"{base.rstrip('/')}/{app.builder.get_target_uri(docname)}", uri)
        page = urljoin(f"/{docname}", urlsplit(uri).path).removesuffix(".html").strip("/")
        return notebook_name(page) if page in known and page != docname else None

    numbers = {
        name: app.config.math_numsep.join(map(str, number))
        for kind in app.env.toc_fignumbers.get(docname, {}).values()
        for name, number in kind.items()
    }
    macros = (app.config.mathjax3_config or {}).get("tex", {}).get("macros", {})
    page = app.builder.get_target_uri(docname)
    preface = PREFACE.format(page=f"[{page}]({urljoin(base, page)})" if base else f"`{page}`")
    notebook = Writer(macros, link, numbers).notebook(document, preface)
    path = Path(app.outdir) / FOLDER / notebook_name(docname)
    path.parent.mkdir(exist_ok=True)
    path.write_text(nbformat.writes(notebook) + "\n", "utf8")


def offer_notebook(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any
) -> None:
    """Add the download button of the theme, and a line below the title of the page."""
    if pagename not in lessons(app):
        return
    notebook = context["pathto"](f"{FOLDER}/{notebook_name(pagename)}", 1)
    archive = context["pathto"](ARCHIVE, 1)
    links = LINKS.format(notebook=notebook, archive=archive)
    context["body"] = context["body"].replace("</h1>", f"</h1>\n{links}", 1)
    buttons = [
        ("This page as a notebook", ".ipynb", notebook, "fas fa-code", "download-notebook-button"),
        ("All lessons, with the library", ".zip", archive, "fas fa-box", "download-lessons-button"),
    ]
    keys = ("tooltip", "text", "url", "icon", "label")
    context.setdefault("header_buttons", []).append(
        {
            "type": "group",
            "tooltip": "Download this page",
            "icon": "fas fa-download",
            "label": "download-buttons",
            "buttons": [
                {"type": "link"} | dict(zip(keys, button, strict=True)) for button in buttons
            ],
        }
    )


def setup(app: Sphinx) -> None:
    app.connect("doctree-resolved", write_notebook, priority=950)
    app.connect("html-page-context", offer_notebook, priority=600)
