"""Pages keep the rules that can be computed from their sources."""

from textwrap import dedent

import pytest
from execute_pages import book_pages
from page_rules import RULES, code_lines, name_of, words
from paths import ROOT

PAGES = {name_of(page): page for page in book_pages(ROOT)}


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("page", PAGES)
def test_a_page_keeps_a_rule(page, rule):
    assert list(RULES[rule](PAGES[page].read_text("utf8"))) == []


PAGE = """\
---
kernelspec:
  name: python3
---

# Three words here

Two words.

::::{open}
Not for students, not counted.
::::

:::{exercise} Title
:label: ex-a

Three more words.
:::

:::{solution} ex-a
Not counted.
:::

:::{list-table} Caption
:header-rows: 1

* - one
  - two
* - three
  - four
:::

| five | six |
| --- | --- |

```{code-cell} python3
---
mystnb:
  figure:
    name: fig-a
    caption: Two words.
  image:
    alt: "not counted"
---
shown = 1

print(shown)
```

```{code-cell} python3
:tags: [hide-input]
folded = 1
```
"""


def test_what_is_counted():
    assert words(PAGE) == 3 + 2 + 3 + 4 + (2 + 2) + 2
    assert code_lines(PAGE) == 2


def cell(code: str, options: str = "") -> str:
    return f"```{{code-cell}} python3\n{options}{dedent(code).strip()}\n```\n"


def figure(image: str) -> str:
    return cell("print(1 + 1)", f"---\nmystnb:\n  figure: {{name: f, caption: A}}\n{image}---\n")


BROKEN = {
    "too many words": ("length", "word " * 2501 + "\n", "2501 words of prose"),
    "too much code": ("length", cell("x = 1\n" * 151), "151 lines of code"),
    "a wide line": ("width", cell("x = " + "1" * 69), "line 1 + 1: 73 characters"),
    "code that is gone": ("hidden", cell("print(1 + 1)", ":tags: [remove-input]\n"), "line 1"),
    "the reference": ("public", cell("from course_lib.reference import rnn"), "line 1"),
    "a constant": ("prints", cell("x = 1\nprint('all the same')"), "line 1: prints a constant"),
    "a bare True": ("prints", cell("x = 1\nprint('x:', x == 1)"), "line 1: prints True"),
    "a bare True in a sentence": (
        "prints",
        cell("import numpy as np\nprint(f'same: {np.allclose(1, 1)}')"),
        "line 1: prints True",
    ),
    "a bare True at the end": ("prints", cell("x = 1\nx < 2"), "line 1: prints True"),
    "no alt text": ("alt", figure(""), "line 1: a figure without alt text"),
    "a name of a removed cell": (
        "alone",
        cell("secret = 1", ":tags: [remove-cell]\n") + "\n" + cell("print(secret)"),
        "line 6: secret is defined in no cell that readers have",
    ),
    "a name of the open edition, in a function": (
        "alone",
        cell("secret = 1", ":tags: [open]\n") + "\n" + cell("def f():\n    return secret"),
        "line 6: secret is defined in no cell that readers have",
    ),
    "a name that comes too late": ("alone", cell("print(a)") + cell("a = 1"), "line 1: a is"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_rule_is_seen(name):
    rule, text, problem = BROKEN[name]
    assert [found for found in RULES[rule](text) if found.startswith(problem)]
    assert not [other for other in RULES if other != rule and list(RULES[other](text))]


KEPT = {
    "length": "word " * 2500 + "\n" + cell("x = 1\n" * 150) + cell("y = 1", ":tags: [open]\n"),
    "width": cell("x = " + "1" * 68) + cell("x = " + "1" * 90, ":tags: [hide-input]\n"),
    "hidden": cell("print(1 + 1)", ":tags: [hide-input]\n"),
    "public": cell("from course_lib import models"),
    "prints": cell("print(f'{x}', max(x == 1, 0))\nprint('and so on')") + cell("x = 1"),
    "alt": figure("  image: {alt: A drawing.}\n"),
    "alone": cell(
        """
        import numpy as np
        from course_lib import models as m
        total = 0
        for i, x in enumerate(range(3)):
            total += i * x
        squares = [k**2 for k in range(total)]
        def g(a, b=total):
            return later(a) + np.sum(b) + m.x
        """
    )
    + cell("def later(a):\n    return a\n\nprint(g(1), (lambda v: v + total)(1), squares)")
    + cell("%timeit g(1)\ncount = total\ncount = count + 1"),
}


@pytest.mark.parametrize("rule", KEPT)
def test_a_kept_rule_is_left_alone(rule):
    assert list(RULES[rule](KEPT[rule])) == []


def test_an_old_value_that_is_not_there_is_missed():
    for code in ("count += 1", "count = count + 1", "print([count for _ in range(3)])"):
        assert list(RULES["alone"](cell(code))) == [
            "line 1: count is defined in no cell that readers have"
        ]
