"""The book's own Sphinx extension. Each module does one job and has its own ``setup``."""

import hashlib
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.util.typing import ExtensionMetadata

from bookkit import editions, figures, html_fixes, languages, offline, quiz, sources

MACHINERY = (Path(__file__).parent, Path(__file__).parents[2] / "_static")
"""The folders whose files every page depends on: this extension, and the styles and scripts."""


def machinery_version() -> int:
    """A number that changes with every edit of the machinery.

    Sphinx reads all pages anew when it does. Otherwise it would not notice such an edit, and with
    no page to rebuild it would not even copy a changed style sheet.
    """
    digest = hashlib.sha256()
    for folder in MACHINERY:
        for path in sorted(folder.rglob("*")):
            if path.is_file() and path.suffix != ".pyc":
                digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return int.from_bytes(digest.digest()[:6])


def setup(app: Sphinx) -> ExtensionMetadata:
    for module in (editions, sources, figures, quiz, languages, offline, html_fixes):
        module.setup(app)
    return {
        "env_version": machinery_version(),
        "parallel_read_safe": True,
        "parallel_write_safe": True,
    }
