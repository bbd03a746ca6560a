"""How nbgrader's formgrader shows a submission: its own page would run what students put in it.

The page is that of ``templates/formgrader/marking``; nothing on it is fetched from elsewhere, and
of all scripts only nbgrader's own may run.
"""

import base64
import hashlib
import html
import re
from typing import Any

from jinja2 import pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from autograder.feedback import markup

_INLINE = re.compile(r"<script\b(?![^>]*\bsrc=)[^>]*>(.*?)</script>", re.DOTALL)
_HANDLER = re.compile(r'\son\w+="([^"]*)"')


@pass_context
def markdown(context: Context, source: str) -> Markup:
    """Render a Markdown cell, with its attached pictures, as HTML in which nothing runs.

    Args:
        context: that of the page; its resources keep what the page has room for.
        source: the cell's text.
    """
    cell: dict[str, Any] = context.get("cell", {})
    room = context.get("resources", {}).setdefault("room", markup.Room())
    return markup.markdown(source, cell.get("attachments"), room=room)


def script_hashes(page: str) -> str:
    """Return what a content security policy calls the scripts that stand in ``page`` itself."""
    texts = _INLINE.findall(page) + [html.unescape(text) for text in _HANDLER.findall(page)]
    digests = (hashlib.sha256(text.encode()).digest() for text in dict.fromkeys(texts))
    return " ".join(f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests)
