"""The book's own Sphinx extension. Each module does one job and has its own ``setup``."""

from pathlib import Path

from sphinx.application import Sphinx
from sphinx.util.typing import ExtensionMetadata

from autograder.dependencies.digests import files_digest
from bookkit import (
    editions,
    figures,
    html_fixes,
    languages,
    lessons,
    offline,
    quiz,
    searching,
    sources,
)

BOOK = Path(__file__).parents[2]
MACHINERY = (Path(__file__).parent, BOOK / "_static")
"""The folders whose files every page depends on: this extension, and the styles and scripts."""


def machinery_version() -> int:
    """A number that changes with every edit of the machinery.

    Sphinx reads all pages anew when it does. Otherwise it would not notice such an edit, and with
    no page to rebuild it would not even copy a changed style sheet.
    """
    files = (path for folder in MACHINERY for path in folder.rglob("*"))
    edited = [path for path in files if path.is_file() and path.suffix != ".pyc"]
    return int(files_digest(BOOK, edited)[:12], 16)


def setup(app: Sphinx) -> ExtensionMetadata:
    for module in (
        editions, sources, lessons, figures, quiz, searching, languages, offline, html_fixes,
    ):  # fmt: skip
        module.setup(app)
    return {
        "env_version": machinery_version(),
        "parallel_read_safe": True,
        "parallel_write_safe": True,
    }
