"""MathJax is the site's own, and Thebe is gone."""

from types import SimpleNamespace

import pytest
from bookkit.offline import is_thebe
from sphinx.errors import ExtensionError

PAGE = "# P\n\n$x^2$\n"


def test_mathjax_is_served_by_the_site(build):
    assets = {
        "build/assets/mathjax/tex-mml-chtml.js": "// MathJax",
        "build/assets/mathjax/fonts/font.woff": "font",
    }
    built = build({"index": PAGE} | assets, "sphinx.ext.mathjax", "bookkit.offline")
    assert "_static/mathjax/tex-mml-chtml.js" in built.page()
    assert "https://" not in built.page().replace("https://www.sphinx-doc.org", "")
    assert (built.site / "_static" / "mathjax" / "fonts" / "font.woff").exists()


def test_without_mathjax_the_message_says_what_to_do(build):
    with pytest.raises(ExtensionError, match=r"vendor_mathjax\.py"):
        build({"index": PAGE}, "sphinx.ext.mathjax", "bookkit.offline")


@pytest.mark.parametrize(
    ("asset", "expected"),
    [
        (SimpleNamespace(filename="_static/sphinx-thebe.js", attributes={}), True),
        (
            SimpleNamespace(filename="https://unpkg.com/thebe@0.8.2/lib/index.js", attributes={}),
            True,
        ),
        (SimpleNamespace(filename=None, attributes={"body": "const THEBE_JS_URL = 1"}), True),
        (SimpleNamespace(filename="_static/js/quiz.js", attributes={}), False),
        (SimpleNamespace(filename=None, attributes={"body": "let x"}), False),
        ("_static/plain.js", False),
    ],
)
def test_which_assets_are_thebes(asset, expected):
    assert is_thebe(asset) is expected


def test_thebe_is_stripped(build):
    page = (
        "---\nfile_format: mystnb\nkernelspec: {display_name: Python 3, name: python3}\n---\n\n"
        "# P\n\n```{code-cell}\n1\n```\n"
    )
    extensions = ("myst_nb", "sphinx_thebe")
    settings = {"nb_execution_mode": "off"}
    assert "thebe" in build({"index": page}, *extensions, **settings).page().lower()
    files = {"index": page + "\nMore.\n", "build/assets/mathjax/tex-mml-chtml.js": "// MathJax"}
    built = build(files, *extensions, "bookkit.offline", **settings)
    assert "thebe" not in built.page().lower()
