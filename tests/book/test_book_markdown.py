"""Finding the executed cells of a page."""

from textwrap import dedent

from bookkit.markdown import code_cells


def cells(text: str) -> list:
    return list(code_cells(dedent(text)))


def test_a_cell_with_short_options():
    (cell,) = cells(
        """\
        Text.

        ```{code-cell} python3
        :tags: [open, hide-input]
        x = 1

        y = 2
        ```
        """
    )
    assert (cell.start, cell.stop) == (2, 8)
    assert cell.tags == ("open", "hide-input")
    assert cell.code == "x = 1\n\ny = 2"


def test_a_cell_with_a_block_of_options():
    (cell,) = cells(
        """\
        ```{code-cell} python3
        ---
        tags: [remove-input]
        mystnb:
          image:
            alt: "a: picture"
        ---
        draw()
        ```
        """
    )
    assert cell.tags == ("remove-input",)
    assert cell.code == "draw()"


def test_tags_may_be_written_as_words():
    (cell,) = cells("```{code-cell}\n:tags: open hide-input\nx\n```\n")
    assert cell.tags == ("open", "hide-input")


def test_a_cell_without_options_or_code():
    plain, empty = cells("```{code-cell}\nx\n```\n\n```{code-cell}\n```\n")
    assert (plain.tags, plain.code) == ((), "x")
    assert empty.code == ""


def test_only_outermost_blocks_are_cells():
    text = """\
        ````markdown
        ```{code-cell}
        shown, not run
        ```
        ````

        :::{note}
        ```{code-cell}
        not run either
        ```
        :::

        ```python
        static()
        ```

        `code` at the start of a line, and ```inline``` marks

        ~~~{code-cell}
        run()
        ~~~
        """
    assert [cell.code for cell in cells(text)] == ["run()"]


def test_shorter_marks_do_not_close_a_cell():
    (cell,) = cells('````{code-cell}\ntext = """\n```\n"""\n````\n')
    assert cell.code == 'text = """\n```\n"""'


def test_a_cell_that_is_never_closed_ends_with_the_page():
    (cell,) = cells("```{code-cell}\nx = 1\ny = 2\n")
    assert (cell.stop, cell.code) == (3, "x = 1\ny = 2")
