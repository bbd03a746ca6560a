"""What the tests of the book share: its machinery, small Sphinx projects, a browser."""

import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "book" / "tools"), str(ROOT / "book" / "_ext")]


@dataclass(frozen=True)
class Built:
    """A small Sphinx project after its build.

    Args:
        site: the folder of its pages.
        warnings: what Sphinx warned of.
        read: the pages that this build had to read.
    """

    site: Path
    warnings: str
    read: set[str]

    def page(self, name: str = "index") -> str:
        return (self.site / f"{name}.html").read_text("utf8")


@pytest.fixture
def build(tmp_path: Path) -> Callable[..., Built]:
    """Builds pages, given as text by name, with the extensions to test. Later calls build again."""
    from sphinx.application import Sphinx
    from sphinx.util.docutils import docutils_namespace, patch_docutils

    source = tmp_path / "project"

    def build(pages: dict[str, str], *extensions: str, **settings: Any) -> Built:
        for name, text in pages.items():
            path = source / (name if "." in name else f"{name}.md")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf8")
        notebooks = "myst_nb" in extensions
        defaults = {
            "extensions": list(extensions) if notebooks else ["myst_parser", *extensions],
            # named here, as Sphinx keeps what one build adds to its default for the next
            "source_suffix": {".md": "myst-nb" if notebooks else "markdown"},
            "myst_enable_extensions": ["colon_fence", "dollarmath", "attrs_inline"],
            "exclude_patterns": ["build", "course_lib"],
            "html_theme": "basic",
        }
        warnings = StringIO()
        with patch_docutils(), docutils_namespace():
            app = Sphinx(
                srcdir=source,
                confdir=None,
                outdir=tmp_path / "site",
                doctreedir=tmp_path / "doctrees",
                buildername="html",
                confoverrides=defaults | settings,
                status=None,
                warning=warnings,
            )
            read: set[str] = set()
            app.connect("env-purge-doc", lambda app, env, docname: read.add(docname))
            app.build()
        return Built(tmp_path / "site", warnings.getvalue(), read)

    return build


@pytest.fixture(scope="session")
def site() -> Path:
    """The built book."""
    from paths import SITE

    if not (SITE / "index.html").exists():
        pytest.fail(f"{SITE} holds no book. Run `make book` first.", pytrace=False)
    return SITE


@pytest.fixture(scope="session")
def served(site: Path) -> Iterator[str]:
    """The address of the built book on a web server of this machine."""
    from serve_book import make_server

    with make_server(site, 0) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture
def offline(browser: Browser) -> Iterator[Callable[..., BrowserContext]]:
    """Makes browser windows that have no network."""
    contexts: list[BrowserContext] = []

    def make(**options: Any) -> BrowserContext:
        contexts.append(
            browser.new_context(**{"offline": True, "reduced_motion": "reduce"} | options)
        )
        return contexts[-1]

    yield make
    for context in contexts:
        context.close()
