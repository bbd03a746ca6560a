"""A book without PyTorch keeps its text; the cells that need PyTorch are shown, and not run."""

from pathlib import Path

import pytest
from bookkit.markdown import code_cells
from bookkit.sources import library_of, prepare_page
from bookkit.without_torch import NOT_DRAWN, NOTE, set_torch_aside, without_torch
from execute_pages import book_pages
from paths import ROOT

from autograder.dependencies.modules import imported

PAGE = """\
---
kernelspec:
  name: python3
---

# Page

```{code-cell} python3
x = 1
```

Before.

```{code-cell} python3
import torch

y = torch.ones(x)
```

```{code-cell} python3
:tags: [remove-cell]
assert y.sum() == 1
```

```{code-cell} python3
---
tags: [hide-input]
mystnb:
  figure:
    name: fig-y
    caption: The $y$ of it.
---
plot(y)
```

```{code-cell} python3
y = 2
```

```{code-cell} python3
print(x, y)
```

After.
"""


def test_what_needs_torch_is_shown_and_the_rest_is_run() -> None:
    text = set_torch_aside(PAGE, library_of(ROOT))
    first, figure, *rest = code_cells(text)
    assert (first.code, [cell.code for cell in rest]) == ("x = 1", ["y = 2", "print(x, y)"])
    assert figure.options["mystnb"]["figure"]["name"] == "fig-y"
    assert NOT_DRAWN in figure.code
    assert "```python\nimport torch\n\ny = torch.ones(x)\n```" in text
    assert "assert y.sum()" not in text
    assert text.index("Before.") < text.index(NOTE) < text.index("import torch")
    assert text.count(NOTE) == 1
    assert text.endswith("After.\n")


def test_a_page_without_torch_stays_as_it_is() -> None:
    page = PAGE.replace("import torch\n", "import numpy as torch\n")
    assert set_torch_aside(page, library_of(ROOT)) == page


def test_a_module_that_imports_torch_counts_as_torch() -> None:
    page = PAGE.replace("import torch\n", "from course_lib import parity\n")
    assert NOTE in set_torch_aside(page, library_of(ROOT))


def test_only_no_leaves_it_out(monkeypatch: pytest.MonkeyPatch) -> None:
    said = {}
    for value in ("no", "cpu", ""):
        monkeypatch.setenv("TORCH", value)
        said[value] = without_torch()
    assert said == {"no": True, "cpu": False, "": False}


def needing_torch() -> list[Path]:
    return [
        page for page in book_pages(ROOT) if any("torch" in i for i in imports(page.read_text()))
    ]


def imports(text: str) -> list[set[str]]:
    return [imported(cell.code) for cell in code_cells(text) if "%" not in cell.code]


@pytest.mark.parametrize("page", needing_torch(), ids=lambda page: page.stem)
def test_no_cell_of_the_book_needs_torch_then(page: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TORCH", "no")
    text = prepare_page(page.read_text("utf8"), page, ROOT, "student").text
    assert NOTE in text
    assert not any({"torch", "course_lib.parity"} & names for names in imports(text))
    monkeypatch.setenv("TORCH", "")
    assert NOTE not in prepare_page(page.read_text("utf8"), page, ROOT, "student").text
