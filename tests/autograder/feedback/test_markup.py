"""What students write becomes HTML that runs nothing and fetches nothing."""

import base64
import re
import time
from collections.abc import Callable

import pytest

from autograder.feedback.markup import (
    MAX_TEXT,
    Room,
    clean,
    code,
    code_styles,
    formula,
    markdown,
    numbered,
    plain,
    terminal,
)

PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(20)).decode()

HARMFUL = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<img src='https://example.org/x.png'>",
    "<img src='data:image/svg+xml;base64,PHN2ZyBvbmxvYWQ9YWxlcnQoMSk+'>",
    f"<img src='data:image/png;base64,{PNG}' onload=alert(1)>",
    "<svg onload=alert(1)><script>alert(1)</script></svg>",
    "<iframe src='https://example.org'></iframe>",
    "<object data='https://example.org'></object>",
    "<link rel=stylesheet href='https://example.org/x.css'>",
    "<style>body { background: url(https://example.org/x) }</style>",
    "<p style='background: url(https://example.org/x)'>x</p>",
    "<a href='javascript:alert(1)'>x</a>",
    "<a href=' java&#10;script:alert(1)'>x</a>",
    "<a href='data:text/html,<script>alert(1)</script>'>x</a>",
    "<form action='https://example.org'><input name=a></form>",
    "<base href='https://example.org'>",
    "<meta http-equiv=refresh content='0;url=https://example.org'>",
    "<math><mtext><img src=x onerror=alert(1)></mtext></math>",
    "<video src='https://example.org/x.mp4' autoplay></video>",
    "<details ontoggle=alert(1) open>x</details>",
    "[x](javascript:alert(1))",
    "![x](https://example.org/x.png)",
    '![x](x.png"onerror="alert(1))',
    "<!--[if IE]><script>alert(1)</script><![endif]-->",
]


def assert_harmless(html: str) -> None:
    for tag in re.findall(r"<[^>]*>", html):
        assert not re.match(r"</?(script|iframe|object|link|style|form|base|meta|svg|video)", tag)
        assert not re.search(r"\son\w+\s*=", tag), tag
        assert not re.search(r"(src|href)\s*=\s*[\"']?\s*(javascript|data:(?!image/png))", tag), tag
        assert not re.search(r"src\s*=\s*[\"']?\s*http", tag), tag
        assert " style=" not in tag


@pytest.mark.parametrize("text", HARMFUL)
def test_nothing_harmful_is_left(text: str) -> None:
    assert_harmless(clean(text))
    assert_harmless(markdown(text))
    assert_harmless(markdown(f"# Title\n\nSome *text* {text} and `code`.\n\n- {text}\n"))


@pytest.mark.parametrize("text", HARMFUL)
def test_source_and_output_are_only_text(text: str) -> None:
    for made in (code(text), terminal(text)):
        assert not re.search(r"<(?!/?span)", made)


def test_good_things_stay() -> None:
    html = markdown(
        "**bold** [link](https://example.org)\n\n| a |\n|---|\n| 1 |\n\n```python\nx = 1\n```"
    )
    assert "<strong>bold</strong>" in html
    assert '<a rel="noopener noreferrer" href="https://example.org">link</a>' in html
    assert "<td>1</td>" in html
    assert '<span class="n">x</span>' in html


def test_an_attached_picture_is_put_into_the_page() -> None:
    html = markdown("![a](attachment:a.png)", {"a.png": {"image/png": PNG}})
    assert f'src="data:image/png;base64,{PNG}"' in html
    assert "picture left out" in markdown("![a](attachment:b.png)")
    fake = base64.b64encode(b"<svg onload=alert(1)>").decode()
    assert "picture left out" in markdown("![a](attachment:a)", {"a": {"image/png": fake}})


@pytest.mark.parametrize(
    "tex",
    [
        r"h_t = \tanh(x_t W_{xh} + h_{t-1} W_{hh} + b_h)",
        r"p_k = \frac{e^{o_k}}{\sum_{j=1}^{K} e^{o_j}}",
        r"\overrightarrow{h}_t, \qquad s_n = h_{T_n, n} \quad\text{or}\quad x_2 = \dots = 0",
        r"\begin{align} a &= b \\ c &= d \end{align}",
    ],
)
def test_formulas_become_mathml(tex: str) -> None:
    assert formula(tex, block=True).startswith('<span class="formula"><math ')
    assert "<math " in markdown(f"Text ${tex}$ and\n\n$${tex}$$\n")


@pytest.mark.parametrize(
    "tex",
    [
        r"\prod\limits",
        r"\sum\limits_",
        r"\left",
        r"\unknown{x}",
        r"\frac{",
        "}{",
        r"\text{<script>alert(1)</script>}",
        "x" * 5_000,
        "&",
        "\\",
    ],
)
def test_a_formula_that_is_none_is_shown_as_it_stands(tex: str) -> None:
    html = formula(tex)
    assert "<script" not in html
    assert html.startswith(("<code", "<math"))


def test_the_assignment_has_no_formula_that_cannot_be_shown() -> None:
    from autograder.course import Course
    from autograder.release import read_source

    course = Course.at()
    for name in course.assignments():
        for cell in read_source(course, name).cells:
            if cell.cell_type == "markdown":
                assert 'class="tex"' not in markdown(cell.source), cell.source


def test_headings_go_below_those_of_the_page() -> None:
    assert "<h3" in markdown("# Title", demote=2)
    assert "<h6" in markdown("##### Title", demote=2)


def test_placeholders_cannot_be_smuggled_in() -> None:
    assert markdown("\ue0000\ue001 $x$").count("<math") == 1
    assert "\ue000" not in markdown("a \ue00099\ue001 b")


def test_long_texts_are_cut_off() -> None:
    assert len(terminal("x" * (2 * MAX_TEXT))) < MAX_TEXT + 100
    assert "cut off here" in markdown("x " * MAX_TEXT)


def test_a_large_picture_takes_no_words_with_it() -> None:
    large = base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(3 * MAX_TEXT)).decode()
    attached = markdown("Before ![a](attachment:a) after", {"a": {"image/png": large}})
    in_the_text = markdown(f"Before ![a](data:image/png;base64,{large}) after")
    for made in (attached, in_the_text):
        assert f'src="data:image/png;base64,{large}"' in made
        assert made.rstrip().endswith(" after</p>")


def test_a_picture_that_is_named_often_is_there_once() -> None:
    text = "![a](attachment:a%20b.png) <img src='attachment:a b.png'> " * 150
    made = markdown(text, {"a b.png": {"image/png": PNG}})
    assert made.count(PNG) == 1
    assert made.count("[the picture above once more]") == 299


def test_a_page_has_room_for_so_many_pictures() -> None:
    room = Room(pictures=2 * len(PNG) + 100)
    pages = [markdown("![a](attachment:a)", {"a": {"image/png": PNG}}, room=room) for _ in "abc"]
    assert [PNG in page for page in pages] == [True, True, False]
    assert "picture left out" in pages[2]
    assert room.spent == {"pictures"}


def test_attached_pictures_come_from_the_cell_alone() -> None:
    assert clean("<img src='attachment:a.png'>") == "[picture left out]"
    assert "href" not in clean("<a href='attachment:a.png'>x</a>")


@pytest.mark.parametrize("text", [r"\\[", r"\\(", r"\begin{a}", "<div>"])
def test_what_takes_too_long_to_lay_out_stays_as_it_was_written(text: str) -> None:
    room = Room(seconds=0.5)
    long = (text * MAX_TEXT)[: MAX_TEXT - 10]
    began = time.process_time()
    made = [markdown(f"{long}{i}", room=room) for i in range(3)]
    assert time.process_time() - began < 2.5
    assert room.spent == {"time"}
    assert made == [plain(f"{long}{i}") for i in range(3)]
    assert_harmless(made[0])


def test_a_page_has_room_for_so_much_text() -> None:
    room = Room(text=100)
    assert room.render(terminal, "x" * 60) == "x" * 60
    assert "this page is full" in room.render(terminal, "x" * 60)
    assert room.spent == {"text"}


@pytest.mark.parametrize("make", [terminal, code, plain, markdown])
def test_commands_of_a_terminal_are_not_shown(make: Callable[[str], str]) -> None:
    made = make("a\x1b[2Jb\x1b]8;;http://x\x07c\x07 \x00\u202ed\x1b")
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]", made)


def test_the_colours_of_a_terminal_stay() -> None:
    assert terminal("\x1b[31mred\x1b[0m") == '<span class="ansi-red-fg">red</span>'


def test_each_line_of_code_is_one_element() -> None:
    made = numbered('def f(x):\n    """a\n    b"""\n\n    return x\n')
    assert made.count('<span class="line">') == 5
    for line in made.split("\n"):
        assert line.startswith('<span class="line">')
        assert line.count("<span") == line.count("</span>")


def test_the_colours_of_code_are_only_those_of_code() -> None:
    for rule in code_styles("a11y-high-contrast-light").splitlines():
        assert rule.startswith(".code .")
