"""Every lesson is offered as a notebook that reads well, and all of them in an archive."""

import re
import zipfile

import nbformat
import pack_lessons
import pytest
from bookkit.lessons import ARCHIVE, FOLDER, notebook_name
from bookkit.markdown import code_cells
from bookkit.notebooks import expand_macros
from paths import ROOT

HEAD = """\
---
file_format: mystnb
kernelspec:
  display_name: Python 3
  name: python3
---

"""

LESSON = (
    HEAD
    + r"""# A lesson

See [the other](other.md), [the words](../words.md), [a site](https://example.org/a_b) and
{eq}`eq-cell`; *so* it **is**, `x * y`. A name: snake_case.

## A section

$$
\chidden{h_t} = \tanh(\norm{x_t})
$$ (eq-cell)

```{code-cell} python3
x = 1
print(x)
```

```{code-cell} python3
:tags: [hide-input]
draw = x
```

```{code-cell} python3
:tags: [remove-cell]
assert x == 1
```

```{code-cell} python3
:tags: [open]
secret = 1
```

:::{exercise} Double
:label: ex-double

Twice $\given$?

- One.
- Two, with

  more.
:::

:::{solution} ex-double
It is secret.
:::

:::{list-table} Sizes
:header-rows: 1

* - A
  - B
* - `1|2`
  - $\chidden{h}$
:::

:::{note}
Noted.
:::
"""
)

WAITING = (
    HEAD
    + """# Waiting

```{code-cell} python3
from course_lib.answers import mine
x = 3
```

```{code-cell} python3
softmax = mine("rnn", "softmax")
```

```{code-cell} python3
print(softmax(x))
```

```{code-cell} python3
print(x)
```
"""
)

PAGES = {
    "index": "# Book\n\n```{toctree}\n:glob:\nbook/**\n```\n",
    "book/rnn/why": LESSON,
    "book/rnn/other": HEAD + "# Other\n\n[Back](why.md#a-section).\n",
    "book/rnn/waiting": WAITING,
    "book/rnn/plain": "# Plain\n\nNo code.\n",
    "book/words": HEAD + "# Words\n",
}
EXTENSIONS = (
    "myst_nb",
    "sphinx_exercise",
    "bookkit.editions",
    "bookkit.sources",
    "bookkit.lessons",
)
MACROS = {
    "chidden": [r"\class{role-hidden}{#1}", 1],
    "norm": [r"\lVert #1\rVert", 1],
    "given": r"\,|\,",
}


@pytest.fixture
def made(build, monkeypatch):
    """Builds the pages; gives the site, and a way to read its notebooks."""

    def make(edition: str = "student", **settings):
        monkeypatch.setenv("EDITION", edition)
        built = build(
            PAGES,
            *EXTENSIONS,
            nb_execution_mode="off",
            numfig=True,
            math_numfig=True,
            myst_heading_anchors=2,
            mathjax3_config={"tex": {"macros": MACROS}},
            **settings,
        )
        return built, lambda name: nbformat.read(built.site / FOLDER / f"{name}.ipynb", 4)

    return make


def test_pages_of_chapters_that_run_code_are_lessons(made):
    built, _ = made()
    names = {path.name for path in (built.site / FOLDER).iterdir()}
    assert names == {"rnn-why.ipynb", "rnn-other.ipynb", "rnn-waiting.ipynb"}
    page = built.page("book/rnn/why")
    assert 'href="../../lessons/rnn-why.ipynb" download' in page
    assert 'href="../../lessons/unrolled-lessons.zip" download' in page
    for other in ("book/rnn/plain", "book/words", "index"):
        assert FOLDER + "/" not in built.page(other)


def test_a_notebook_holds_the_cells_that_readers_have(made):
    for edition, more in (("student", []), ("open", ["secret = 1"])):
        _, read = made(edition)
        notebook = read("rnn-why")
        nbformat.validate(notebook)
        cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
        assert [cell.source for cell in cells] == ["x = 1\nprint(x)", "draw = x", *more]
        assert cells[1].metadata.jupyter.source_hidden
        assert "source_hidden" not in str(cells[0].metadata)
        assert all(cell.outputs == [] for cell in cells)
        assert ("It is secret." in str(notebook)) is (edition == "open")


def test_cells_that_wait_for_an_exercise_do_not_stop_the_others(made):
    _, read = made()
    cells = [cell for cell in read("rnn-waiting").cells if cell.cell_type == "code"]
    assert [cell.metadata.get("tags") for cell in cells] == [
        None,
        ["raises-exception"],
        ["raises-exception"],
        None,
    ]


def test_its_text_is_plain_markdown_with_numbers(made):
    _, read = made()
    text = "\n\n".join(c.source for c in read("rnn-why").cells if c.cell_type == "markdown")
    assert text.startswith("# A lesson\n\n*A lesson of Unrolled, the page `book/rnn/why.html`")
    assert "(1); *so* it **is**, `x * y`. A name: snake\\_case." in text
    assert "## A section\n\n$$\n{h_t} = \\tanh(\\lVert x_t\\rVert) \\tag{1}\n$$" in text
    assert "> **Exercise 1 (Double)**\n>\n> Twice $\\,|\\,$?" in text
    assert "> - One.\n>\n> - Two, with\n>\n>   more." in text
    assert "**Sizes**\n\n| A | B |\n| --- | --- |\n| `1\\|2` | ${h}$ |" in text
    assert "> **Note**\n>\n> Noted." in text
    assert not re.search(r"\{\w+\}`|:::|\\class", text)


def test_links_lead_to_other_lessons_or_to_the_book(made):
    _, read = made()
    text = read("rnn-why").cells[0].source
    assert "[the other](rnn-other.ipynb), the words, [a site](https://example.org/a_b)" in text
    assert "[Back](rnn-why.ipynb)." in read("rnn-other").cells[0].source

    _, read = made(html_baseurl="https://example.org/unrolled/")
    text = read("rnn-why").cells[0].source
    assert "[the other](https://example.org/unrolled/book/rnn/other.html)" in text
    assert "[the words](https://example.org/unrolled/book/words.html)" in text
    assert "[book/rnn/why.html](https://example.org/unrolled/book/rnn/why.html)" in text


@pytest.mark.parametrize(
    ("tex", "expanded"),
    [
        (r"\norm{x_{t}} \normal", r"\lVert x_{t}\rVert \normal"),
        (r"\norm x", r"\lVert x\rVert"),
        (r"a\given b", r"a\,|\,  b"),
        (r"\norm{\norm{x}}", r"\lVert \lVert x\rVert\rVert"),
    ],
)
def test_macros_are_written_out(tex, expanded):
    assert expand_macros(tex, MACROS) == expanded


def test_a_brace_that_is_not_closed_is_a_mistake():
    with pytest.raises(ValueError, match="not closed"):
        expand_macros(r"\norm{x", MACROS)


@pytest.mark.parametrize("edition", ["student", "open"])
def test_the_archive_holds_all_that_the_lessons_need(tmp_path, monkeypatch, edition):
    site, answers = tmp_path / "site", tmp_path / "answers"
    for path in (site / FOLDER / "rnn-why.ipynb", site / FOLDER / "rnn-gone.ipynb"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("{}")
    (answers / "rnn").mkdir(parents=True)
    (answers / "rnn" / "rnn.ipynb").write_text("{}")
    monkeypatch.setattr(pack_lessons.paths, "ANSWERS", answers)
    names = pack_lessons.pack_lessons(site, edition)
    assert not (site / FOLDER / "rnn-gone.ipynb").exists()
    assert {"rnn-why.ipynb", "README.txt", "requirements.txt", "course_lib/autograd.py"} <= set(
        names
    )
    assert "course_lib/data/corpus.txt" in names
    assert not [name for name in names if "reference" in name or "__pycache__" in name]
    assert ("rnn.ipynb" in names) is (edition == "open")
    with zipfile.ZipFile(site / ARCHIVE) as archive:
        assert {f"unrolled-lessons/{name}" for name in names} == set(archive.namelist())
        requirements = archive.read("unrolled-lessons/requirements.txt").decode()
        assert "  rnn-why.ipynb\n" in archive.read("unrolled-lessons/README.txt").decode()
    pinned = {line.split("==")[0] for line in requirements.splitlines()}
    assert {"numpy", "matplotlib", "jaxtyping", "jupyterlab", "torch"} <= pinned
    first = (site / ARCHIVE).read_bytes()
    pack_lessons.pack_lessons(site, edition)
    assert (site / ARCHIVE).read_bytes() == first


LESSONS = [name for name in pack_lessons._pages() if (ROOT / f"{name}.md").exists()]


@pytest.mark.book
@pytest.mark.parametrize("name", LESSONS)
def test_the_notebook_of_a_lesson_is_its_page(site, name):
    cells = [
        cell.code.strip()
        for cell in code_cells((ROOT / f"{name}.md").read_text("utf8"))
        if not {"remove-cell", "remove-input", "open"} & set(cell.tags)
    ]
    path = site / FOLDER / notebook_name(name)
    assert path.exists() is bool(cells)
    if not cells:
        return
    notebook = nbformat.read(path, 4)
    nbformat.validate(notebook)
    assert [cell.source.strip() for cell in notebook.cells if cell.cell_type == "code"] == cells
    text = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    assert not re.search(r"\{[a-z:]+\}`|^:::|\\class", text, re.M)
    links = re.findall(r"\]\((?!\w+:)([^)]*)\)", text)
    assert [link for link in links if not (site / FOLDER / link).exists()] == []
