"""How the student's side runs cells, and what it keeps of what they show."""

import base64
import struct
from collections.abc import Callable, Iterator

import pytest

from autograder.grading.student import Ran, StudentSide
from autograder.options import Options
from autograder.worker.errors import described
from autograder.worker.outputs import Outputs, Stream

PNG = b"\x89PNG\r\n\x1a\n" + bytes(8) + struct.pack(">II", 2, 2)


@pytest.fixture(scope="module")
def run() -> Iterator[Callable[..., Ran]]:
    with StudentSide(Options(cell_seconds=20, output_kb=2, figures=2)) as student:
        yield lambda source, name="cell": student.run_cell(name, source)


def shown(ran: Ran) -> list[tuple[str, str]]:
    """(stream or mime type, text) of each output."""
    assert ran.lost is None, ran.lost
    found = []
    for output in ran.outputs:
        if output.output_type == "stream":
            found.append((output.name, output.text))
        else:
            found += [(f"{output.output_type} {kind}", text) for kind, text in output.data.items()]
    return found


@pytest.mark.sandbox
class TestCells:
    def test_streams_and_results_keep_their_order(self, run: Callable[..., Ran]) -> None:
        source = "import sys\nprint(1)\nprint(2, file=sys.stderr)\nprint(3)\n4"
        assert shown(run(source)) == [
            ("stdout", "1\n"),
            ("stderr", "2\n"),
            ("stdout", "3\n"),
            ("execute_result text/plain", "4"),
        ]

    def test_a_semicolon_and_none_show_nothing(self, run: Callable[..., Ran]) -> None:
        assert shown(run("1 + 1;")) == []
        assert shown(run("None")) == []

    def test_names_live_on_from_cell_to_cell(self, run: Callable[..., Ran]) -> None:
        run("kept = 5\ndef add(x):\n    return x + kept")
        assert shown(run("add(1)")) == [("execute_result text/plain", "6")]

    @pytest.mark.parametrize("command", ["!ls", "%system ls", "lines = !ls", "%pip install numpy"])
    def test_shell_commands_say_that_they_are_not_run(
        self, run: Callable[..., Ran], command: str
    ) -> None:
        ran = run(f"{command}\nafterwards = 1\nprint('on')")
        text = "".join(text for _, text in shown(ran))
        assert "not run when a notebook is graded" in text
        assert text.endswith("on\n")

    @pytest.mark.parametrize("call", ["input()", "input('? ')", "__import__('getpass').getpass()"])
    def test_nobody_answers_questions(self, run: Callable[..., Ran], call: str) -> None:
        ran = run(call)
        assert ran.failure is not None
        assert "nobody is at the keyboard" in ran.failure.message

    def test_magics_work(self, run: Callable[..., Ran]) -> None:
        assert run("%matplotlib inline").failure is None
        assert run("%load_ext autoreload\n%autoreload 2").failure is None
        assert "Wall time" in shown(run("%%time\nx = 1"))[0][1]
        assert shown(run("%who_ls int"))[0][0].startswith("execute_result")

    def test_help_helps_in_black_and_white(self, run: Callable[..., Ran]) -> None:
        run('def f():\n    """What it is for."""')
        for source in ("help(f)", "f?"):
            text = "".join(text for _, text in shown(run(source)))
            assert "What it is for." in text
            assert "\x1b" not in text

    def test_top_level_await_works(self, run: Callable[..., Ran]) -> None:
        assert shown(run("import asyncio\nawait asyncio.sleep(0, 'slept')")) == [
            ("execute_result text/plain", "'slept'")
        ]

    def test_figures_are_pictures_and_too_many_are_counted(self, run: Callable[..., Ran]) -> None:
        source = (
            "%matplotlib inline\nimport matplotlib.pyplot as plt\n"
            "for _ in range(4):\n    plt.figure(figsize=(1, 1))\n    plt.plot([1, 2])"
        )
        outputs = shown(run(source))
        pictures = [text for kind, text in outputs if kind == "display_data image/png"]
        assert len(pictures) == 2
        assert all(base64.b64decode(text).startswith(b"\x89PNG") for text in pictures)
        assert "2 more characters or pictures not kept" in outputs[-1][1]

    def test_a_figure_as_a_result_is_a_picture_too(self, run: Callable[..., Ran]) -> None:
        run("%matplotlib inline\nimport matplotlib.pyplot as plt")
        kinds = [kind for kind, _ in shown(run("plt.subplots(figsize=(1, 1))[0]"))]
        assert "execute_result image/png" in kinds

    def test_html_and_script_are_dropped(self, run: Callable[..., Ran]) -> None:
        source = (
            "from IPython.display import HTML, Javascript, SVG, Markdown, display\n"
            "display(HTML('<script>alert(1)</script>'), Javascript('alert(1)'))\n"
            "class Rich:\n    def _repr_html_(self):\n        return '<script>'\n"
            "display({'text/html': '<script>', 'application/javascript': '1'}, raw=True)\n"
            "Rich()"
        )
        text = " ".join(kind + text for kind, text in shown(run(source)))
        assert "HTML object" in text
        assert "<script>" not in text
        assert "alert" not in text
        assert "text/html" not in text

    def test_clear_output_clears(self, run: Callable[..., Ran]) -> None:
        source = "from IPython.display import clear_output\nprint(1)\nclear_output()\nprint(2)"
        assert shown(run(source)) == [("stdout", "2\n")]

    def test_an_error_shows_the_students_lines_alone(self, run: Callable[..., Ran]) -> None:
        run("import json\ndef f(x):\n    return json.loads(x)", "In [1]")
        failure = run("y = 1\nf('{')", "In [2]").failure
        assert failure is not None
        assert failure.exception == "JSONDecodeError"
        assert failure.line == 3
        assert list(failure.traceback[:-1]) == [
            "In [2], line 2",
            "    f('{')",
            "In [1], line 3, in f",
            "    return json.loads(x)",
        ]

    def test_a_syntax_error_has_its_line(self, run: Callable[..., Ran]) -> None:
        failure = run("x = 1\ndef f(:\n    pass", "In [9]").failure
        assert failure is not None
        assert (failure.exception, failure.line) == ("SyntaxError", 2)
        assert failure.traceback[0] == "In [9], line 2"

    @pytest.mark.parametrize(
        "source", ["import sys; sys.exit(2)", "raise KeyboardInterrupt", "exit", "exit()", "quit()"]
    )
    def test_leaving_by_exception_ends_the_cell_only(
        self, run: Callable[..., Ran], source: str
    ) -> None:
        assert run(source).lost is None
        assert shown(run("'still here'"))[0][1] == "'still here'"

    def test_an_exception_that_cannot_be_printed_is_named(self, run: Callable[..., Ran]) -> None:
        source = (
            "class Odd(Exception):\n    def __str__(self):\n        raise RuntimeError('no')\n"
            "raise Odd"
        )
        failure = run(source).failure
        assert failure is not None
        assert (failure.exception, failure.message) == ("Odd", "")

    def test_text_that_is_no_text_is_mended(self, run: Callable[..., Ran]) -> None:
        assert shown(run("print('a\\ud800b')")) == [("stdout", "a?b\n")]
        failure = run("raise ValueError('\\ud800')").failure
        assert failure is not None
        assert failure.message == "?"

    def test_what_a_c_library_writes_is_dropped(self, run: Callable[..., Ran]) -> None:
        assert shown(run("import os\nos.write(1, b'x' * 10**6), os.write(2, b'y' * 10**6);")) == []

    def test_much_output_is_cut_and_counted(self, run: Callable[..., Ran]) -> None:
        text = "".join(
            text for _, text in shown(run("for i in range(100_000):\n    print('x' * 99)"))
        )
        assert len(text) < 2_200
        assert "9,998,000 more characters" in text


def test_text_beyond_the_limit_is_counted_in_no_memory() -> None:
    outputs = Outputs(10, 0)
    outputs.start()
    stream = Stream("stdout", outputs)
    assert stream.write("12345") == 5
    stream.writelines(["678", "90", "more"])
    assert outputs.stop() == [
        ["stdout", "1234567890"],
        ["stdout", "\n[4 more characters or pictures not kept]\n"],
    ]


def test_between_cells_nothing_is_kept() -> None:
    outputs = Outputs(10, 1)
    outputs.write("stdout", "secret")
    outputs.show("result", {"text/plain": "secret"})
    outputs.start()
    assert outputs.stop() == []


def test_alternating_streams_make_a_limited_number_of_outputs() -> None:
    outputs = Outputs(100_000, 1)
    outputs.start()
    for _ in range(2_000):
        outputs.write("stdout", "a")
        outputs.write("stderr", "b")
    parts = outputs.stop()
    assert len(parts) < 520
    assert "1,750 more" in parts[-1][1]


def test_pictures_are_kept_up_to_a_size() -> None:
    outputs = Outputs(100, 5)
    outputs.start()
    outputs.show("display", {"image/png": PNG})
    outputs.show("display", {"image/png": base64.b64encode(PNG).decode()})
    outputs.show("display", {"image/png": bytes(3_000_000)})
    outputs.show("display", {"image/png": "no base64 %"})
    outputs.show("display", {"image/png": 3, "text/html": "<b>", "text/plain": 4})
    parts = outputs.stop()
    assert [part[1]["image/png"].tobytes() for part in parts[:2]] == [PNG, PNG]
    assert len(parts) == 3
    assert "1 more" in parts[2][1]


def test_a_stream_takes_text_only() -> None:
    with pytest.raises(TypeError):
        Stream("stdout", Outputs(10, 0)).write(b"bytes")  # type: ignore[arg-type]


def raised(source: str) -> BaseException:
    try:
        exec(compile(source, "In [1]", "exec"), {})
    except BaseException as error:
        return error
    raise AssertionError("nothing was raised")


def test_errors_are_described_within_limits() -> None:
    source = "def f(n):\n    return f(n + 1)\nf(0)"
    found = described(raised(source), {"In [1]": source})
    assert found["exception"] == "RecursionError"
    assert found["line"] == 2
    assert len(found["traceback"]) <= 41
    source = "raise ValueError('x' * 10**6)"
    assert len(described(raised(source), {"In [1]": source})["message"]) == 2_000
    assert described(raised("raise MemoryError"), {})["memory"]


def test_an_error_outside_the_cells_has_no_line() -> None:
    found = described(raised("1 / 0"), {"In [2]": "1 / 0"})
    assert found["line"] is None
    assert found["traceback"] == ["ZeroDivisionError: division by zero"]
