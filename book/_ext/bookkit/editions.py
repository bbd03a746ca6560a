"""Two editions from one source: what is tagged ``open`` would answer an exercise.

``EDITION=student`` (the default) leaves it out, ``EDITION=open`` keeps it. Cells are tagged
``open``; text is put into an ``:::{open}`` block. Solutions of a page's exercises need neither:
sphinx-exercise hides them.
"""

import os
from typing import Literal

from docutils import nodes
from docutils.parsers.rst import Directive
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.errors import ConfigError

from bookkit.markdown import code_cells

Edition = Literal["student", "open"]


def current_edition() -> Edition:
    """The edition named by the environment variable ``EDITION``.

    Raises:
        ConfigError: if it names an edition that does not exist.
    """
    name = os.environ.get("EDITION") or "student"
    if name == "student":
        return "student"
    if name == "open":
        return "open"
    raise ConfigError(f"EDITION is {name!r}; it must be 'student' or 'open'.")


def drop_open_cells(text: str) -> str:
    """Blank out the cells tagged ``open``, leaving every other line where it was."""
    lines = text.splitlines(keepends=True)
    for cell in code_cells(text):
        if "open" in cell.tags:
            lines[cell.start : cell.stop] = ["\n"] * (cell.stop - cell.start)
    return "".join(lines)


class OpenDirective(Directive):
    """``:::{open}``: text for the open edition only."""

    has_content = True

    def run(self) -> list[nodes.Node]:
        self.assert_has_content()
        if self.state.document.settings.env.config.edition != "open":
            return []
        container = nodes.container("\n".join(self.content), classes=["open-edition"])
        self.state.nested_parse(self.content, self.content_offset, container)
        return [container]


def choose_edition(app: Sphinx, config: Config) -> None:
    config["edition"] = current_edition()
    config["hide_solutions"] = config["edition"] != "open"


def setup(app: Sphinx) -> None:
    # "env": all pages are read anew when the edition changes.
    app.add_config_value("edition", "student", "env", [str])
    app.connect("config-inited", choose_edition)
    app.add_directive("open", OpenDirective)
