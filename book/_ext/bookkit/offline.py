"""Nothing on a page comes from another host: MathJax is served by the site, Thebe is left out."""

from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.errors import ExtensionError

MATHJAX = "mathjax/tex-mml-chtml.js"


def serve_mathjax(app: Sphinx, config: Config) -> None:
    """Let the site serve MathJax, or say how to get it."""
    assets = Path(app.srcdir) / "build" / "assets"
    if not (assets / MATHJAX).exists():
        raise ExtensionError(
            "build/assets has no MathJax: run `make book` or `python book/tools/vendor_mathjax.py`."
        )
    config.html_static_path.append(str(assets))
    config.mathjax_path = MATHJAX


def drop_thebe_nodes(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    for node in list(doctree.findall(nodes.raw)):
        if "x-thebe-config" in node.astext() or node.astext().startswith("<script>kernelName"):
            node.parent.remove(node)


def drop_thebe_files(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any
) -> None:
    for kind in ("script_files", "css_files"):
        context[kind] = [asset for asset in context.get(kind, []) if not is_thebe(asset)]


def is_thebe(asset: Any) -> bool:
    """Whether a script or style sheet, of a file or inline, belongs to sphinx-thebe."""
    inline = str(getattr(asset, "attributes", {}).get("body", ""))
    filename = str(getattr(asset, "filename", None) or "")
    return "thebe" in filename.lower() or "THEBE_JS_URL" in inline


def setup(app: Sphinx) -> None:
    app.connect("config-inited", serve_mathjax)
    app.connect("doctree-resolved", drop_thebe_nodes, priority=900)
    app.connect("html-page-context", drop_thebe_files, priority=900)
