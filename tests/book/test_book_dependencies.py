"""The execution cache notices changes in the library: only pages that import it run again."""

import os
import re
from pathlib import Path

import pytest
from bookkit.dependencies import (
    add_to_kernelspec,
    dependency_hash,
    has_kernelspec,
    runtime_versions,
)
from bookkit.sources import library_of, prepare_page
from execute_pages import book_pages, execute_pages, read_notebook

from autograder.dependencies.modules import Library

NOTEBOOK = """\
---
file_format: mystnb
kernelspec:
  display_name: Python 3
  name: python3
---

# Page

```{{code-cell}} python3
{code}
```
"""

MODULES = {
    "__init__.py": "",
    "cell.py": "def step(x):\n    return 2 * x\n",
    "network.py": "from .cell import step\n\n\ndef run(x):\n    return step(step(x))\n",
    "unrelated.py": "VALUE = 1\n",
    "data/__init__.py": "",
    "data/corpus.py": "from importlib.resources import files\n",
    "data/corpus.txt": "the cat\n",
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A repository with a library of two modules that belong together and one that does not."""
    for name, text in MODULES.items():
        path = tmp_path / "course_lib" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    settings = "parse: {myst_enable_extensions: [colon_fence]}\nexecute: {timeout: 60}\n"
    (tmp_path / "_config.yml").write_text(settings)
    (tmp_path / "_toc.yml").write_text(
        "format: jb-book\nroot: uses\nchapters:\n- file: alone\n- file: text\n"
    )
    (tmp_path / "uses.md").write_text(
        NOTEBOOK.format(code="from course_lib.network import run\n\nprint(run(3))")
    )
    (tmp_path / "alone.md").write_text(NOTEBOOK.format(code="print(1 + 1)"))
    (tmp_path / "text.md").write_text("# Text\n\nNo code.\n")
    return tmp_path


def closure(root: Path, code: str) -> list[str]:
    folder = root / "course_lib"
    return [path.relative_to(folder).as_posix() for path in Library(folder).closure([code])]


@pytest.mark.parametrize(
    ("code", "files"),
    [
        ("import numpy as np", []),
        ("import course_lib", ["__init__.py"]),
        ("import course_lib.cell", ["__init__.py", "cell.py"]),
        ("from course_lib import cell", ["__init__.py", "cell.py"]),
        ("from course_lib.network import run", ["__init__.py", "cell.py", "network.py"]),
        ("def f():\n    from course_lib.cell import step", ["__init__.py", "cell.py"]),
        (
            "from course_lib.data import corpus",
            ["__init__.py", "data/__init__.py", "data/corpus.py", "data/corpus.txt"],
        ),
    ],
)
def test_the_closure_follows_imports(root, code, files):
    assert closure(root, code) == files


def test_a_cell_that_is_not_python_depends_on_everything(root):
    assert closure(root, "%timeit f()\nimport course_lib.cell") == sorted(MODULES)


def test_relative_imports_of_a_package_start_in_the_package(root):
    (root / "course_lib" / "data" / "__init__.py").write_text(
        "from . import corpus\nfrom ..cell import step\n"
    )
    assert "cell.py" in closure(root, "import course_lib.data")
    assert "data/corpus.py" in closure(root, "import course_lib.data")


def test_the_hash_sees_contents_and_names_and_versions(root, monkeypatch):
    library = Library(root / "course_lib")
    files = library.closure(["import course_lib.network"])
    before = dependency_hash(library, files)
    assert dependency_hash(library, files) == before
    assert dependency_hash(library, files[:-1]) != before
    monkeypatch.setattr("bookkit.dependencies.runtime_versions", lambda: "numpy==0")
    assert dependency_hash(library, files) != before


def test_the_runtime_names_what_pages_compute_with():
    import numpy as np

    assert f"numpy=={np.__version__}" in runtime_versions()
    missing = set(re.findall(r"(\w+) is not installed", runtime_versions()))
    assert missing <= ({"torch"} if os.environ.get("TORCH") == "no" else set())


def test_the_hash_goes_into_the_kernelspec_and_nowhere_else():
    page = NOTEBOOK.format(code="kernelspec:\nx")
    changed = add_to_kernelspec(page, "abc")
    assert changed.replace("  deps_hash: abc\n", "", 1) == page
    assert changed.index("deps_hash") < changed.index("display_name")


@pytest.mark.parametrize(
    "text",
    ["# No front matter\n", "---\nmyst: {}\n---\n\nkernelspec:\n", "text\n---\nkernelspec:\n---\n"],
)
def test_other_pages_are_left_alone(text):
    assert not has_kernelspec(text)
    assert add_to_kernelspec(text, "abc") == text


def test_a_page_names_the_files_it_depends_on(root):
    library_of.cache_clear()
    page = root / "uses.md"
    prepared = prepare_page(page.read_text(), page, root, "student")
    names = [path.name for path in prepared.dependencies]
    assert names == ["__init__.py", "cell.py", "network.py"]
    assert "deps_hash: " in prepared.text


def test_cells_of_the_other_edition_are_neither_run_nor_depended_on(root):
    library_of.cache_clear()
    page = root / "alone.md"
    page.write_text(
        page.read_text() + "\n```{code-cell}\n:tags: [open]\nimport course_lib.cell\n```\n"
    )
    assert (
        len([c for c in read_notebook(page, root, "student").cells if c.cell_type == "code"]) == 1
    )
    assert len([c for c in read_notebook(page, root, "open").cells if c.cell_type == "code"]) == 2
    student = prepare_page(page.read_text(), page, root, "student")
    assert not student.dependencies


def test_a_page_with_readers_answers_depends_on_the_solutions(root):
    (root / "course_lib" / "answers.py").write_text("")
    notebook = root / "build" / "course" / "source" / "rnn" / "rnn.ipynb"
    notebook.parent.mkdir(parents=True)
    notebook.write_text("{}")
    library_of.cache_clear()

    def dependencies(code: str) -> tuple[Path, ...]:
        text = NOTEBOOK.format(code=code)
        return prepare_page(text, root / "uses.md", root, "student").dependencies

    assert notebook in dependencies("from course_lib.answers import mine")
    assert notebook not in dependencies("from course_lib import network")


def test_sphinx_reads_a_page_again_when_the_library_changes(build, tmp_path):
    pages = {
        "index": "# Index\n\n```{toctree}\nuses\nalone\n```\n",
        "uses": NOTEBOOK.format(code="from course_lib.network import run"),
        "alone": NOTEBOOK.format(code="1 + 1"),
    } | {f"course_lib/{name}": text for name, text in MODULES.items()}
    library = tmp_path / "project" / "course_lib"
    settings = {"nb_execution_mode": "off"}
    extensions = ("myst_nb", "bookkit.editions", "bookkit.sources")

    library_of.cache_clear()
    assert build(pages, *extensions, **settings).read >= {"index", "uses", "alone"}
    library_of.cache_clear()
    assert build({}, *extensions, **settings).read == set()
    library_of.cache_clear()
    (library / "cell.py").write_text("def step(x):\n    return 3 * x\n")
    assert build({}, *extensions, **settings).read == {"uses"}
    library_of.cache_clear()
    (library / "unrelated.py").write_text("VALUE = 2\n")
    assert build({}, *extensions, **settings).read == set()


def test_only_pages_that_import_an_edited_module_run_again(root):
    cell = root / "course_lib" / "cell.py"
    original = cell.read_text()

    def run() -> dict[str, str]:
        """Which pages are run, and what they print."""
        library_of.cache_clear()
        done = execute_pages(book_pages(root), root, root / "cache", "student", 2, 60, root)
        return {
            page.page.stem: page.error or page.notebook.cells[-1].outputs[0]["text"].strip()
            for page in done
        }

    assert run() == {"uses": "12", "alone": "2"}
    assert run() == {}
    cell.write_text("def step(x):\n    return 3 * x\n")
    assert run() == {"uses": "27"}
    cell.write_text(original)
    assert run() == {}  # both versions are in the cache
    cell.write_text("def step(x):\n    return x / 0\n")
    assert "ZeroDivisionError" in run()["uses"]
    assert "ZeroDivisionError" in run()["uses"]  # a failure is not cached
