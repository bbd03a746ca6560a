"""The student edition leaves out what the open edition has."""

import pytest
from bookkit.editions import current_edition, drop_open_cells
from sphinx.errors import ConfigError

PAGE = """\
# Page

Before.

::::{open}
An answer to $x$.

:::{note}
Nested.
:::
::::

After.
"""

CELLS = """\
Text.

```{code-cell} python3
:tags: [open]
answer = 42
```

```{code-cell} python3
---
tags: [hide-input]
---
question = 6 * 9
```
"""


@pytest.mark.parametrize(
    ("value", "edition"),
    [(None, "student"), ("", "student"), ("student", "student"), ("open", "open")],
)
def test_the_edition_is_named_by_the_environment(monkeypatch, value, edition):
    if value is None:
        monkeypatch.delenv("EDITION", raising=False)
    else:
        monkeypatch.setenv("EDITION", value)
    assert current_edition() == edition


def test_another_edition_is_refused(monkeypatch):
    monkeypatch.setenv("EDITION", "teacher")
    with pytest.raises(ConfigError, match=r"'teacher'.*'student' or 'open'"):
        current_edition()


def test_open_cells_are_dropped_and_lines_keep_their_numbers():
    dropped = drop_open_cells(CELLS)
    assert "answer" not in dropped
    assert dropped.splitlines()[-3:] == CELLS.splitlines()[-3:]
    assert len(dropped.splitlines()) == len(CELLS.splitlines())


def test_open_blocks_appear_in_the_open_edition_only(build, monkeypatch):
    monkeypatch.setenv("EDITION", "student")
    built = build({"index": PAGE}, "bookkit.editions")
    assert "An answer" not in built.page()
    assert "Nested" not in built.page()
    assert "After." in built.page()
    assert not built.warnings

    # nothing but the edition has changed, and the page is read anew
    monkeypatch.setenv("EDITION", "open")
    built = build({}, "bookkit.editions")
    assert built.read == {"index"}
    assert "An answer" in built.page()
    assert "Nested" in built.page()
    assert 'class="open-edition' in built.page()


def test_an_empty_open_block_is_a_mistake(build):
    assert (
        "Content block expected"
        in build({"index": "# P\n\n:::{open}\n:::\n"}, "bookkit.editions").warnings
    )


SOLVED = """\
# Page

:::{exercise} Double
:label: ex-double

Twice three?
:::

:::{solution} ex-double
:class: dropdown

It is six.
:::
"""


def test_solutions_are_shown_in_the_open_edition_only(build, monkeypatch):
    monkeypatch.setenv("EDITION", "student")
    built = build({"index": SOLVED}, "sphinx_exercise", "bookkit.editions")
    assert "Twice three?" in built.page()
    assert "It is six." not in built.page()
    assert "It is six." not in (built.site / "searchindex.js").read_text("utf8")

    monkeypatch.setenv("EDITION", "open")
    built = build({}, "sphinx_exercise", "bookkit.editions")
    assert "It is six." in built.page()
