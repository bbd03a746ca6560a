"""The IPython shell that runs a student's cells."""

import builtins
import getpass
import linecache
import site
import sys
import warnings
from typing import Any, NoReturn

from IPython.core.compilerop import CachingCompiler
from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import ExecutionResult, InteractiveShell
from IPython.utils.text import SList
from traitlets import Type
from traitlets.config import Config

from autograder.worker.outputs import Outputs, Stream

_NO_SHELL = "Shell commands are not run when a notebook is graded."


class _Compiler(CachingCompiler):
    name = "cell"

    def get_code_name(self, raw_code: str, transformed_code: str, number: int) -> str:
        return self.name


class _Results(DisplayHook):
    shell: InteractiveShell
    source = ""
    outputs: Outputs

    def quiet(self) -> bool:
        try:
            return bool(self.semicolon_at_end_of_expression(self.source))
        except Exception:  # IPython's own test fails on some magics
            return False

    def __call__(self, result: object = None) -> None:
        if result is not None and not self.quiet():
            wanted = ("text/plain", "image/png")
            assert self.shell.display_formatter is not None
            bundle, _ = self.shell.display_formatter.format(result, include=wanted)
            self.outputs.show("result", bundle)


class _Displays(DisplayPublisher):
    outputs: Outputs

    def publish(self, data: Any, metadata: Any = None, *args: Any, **kwargs: Any) -> None:
        if isinstance(data, dict):
            self.outputs.show("display", data)

    def clear_output(self, wait: bool = False) -> None:
        self.outputs.clear()


class Shell(InteractiveShell):
    """IPython without a terminal, history, shell commands or a debugger."""

    displayhook_class = Type(_Results)
    display_pub_class = Type(_Displays)
    compiler_class = Type(_Compiler)

    def system(self, cmd: str) -> None:
        sys.stderr.write(f"{_NO_SHELL}\n")
        self.user_ns["_exit_code"] = 1

    system_piped = system_raw = system

    def getoutput(self, cmd: str, split: bool = True, depth: int = 0) -> Any:
        sys.stderr.write(f"{_NO_SHELL}\n")
        return SList() if split else ""

    def ask_exit(self) -> None:
        """`exit()` leaves nothing here."""

    def enable_gui(self, gui: str | None = None) -> None:
        """There is no window to open."""

    def showtraceback(self, *args: Any, **kwargs: Any) -> None:
        """The error goes into the cell's reply instead."""

    showsyntaxerror = showindentationerror = showtraceback

    def _showtraceback(self, etype: Any, evalue: Any, stb: Any) -> None:
        """As above, for what magics show."""


class Notebook:
    """The student's side of one notebook: its namespace, and how its cells are run."""

    def __init__(self, home: str, outputs: Outputs) -> None:
        self.outputs = outputs
        config = Config()
        config.HistoryManager.enabled = False
        config.InteractiveShell.colors = "nocolor"
        config.BaseIPythonApplication.auto_create = False
        self._shell = Shell.instance(config=config, ipython_dir=f"{home}/.ipython")
        self._shell.displayhook.outputs = outputs  # type: ignore[attr-defined]
        self._shell.display_pub.outputs = outputs  # type: ignore[attr-defined]
        self._shell.Completer.use_jedi = False
        self.cells: dict[str, str] = {}
        sys.stdout = Stream("stdout", outputs)
        sys.stderr = Stream("stderr", outputs)
        warnings.filterwarnings("ignore", message="To exit: use")
        site.sethelper()  # the bare interpreter has no help()
        builtins.input = getpass.getpass = _nobody_answers

    @property
    def names(self) -> dict[str, Any]:
        """The student's global names."""
        return self._shell.user_ns

    def run(self, name: str, source: str) -> BaseException | None:
        """Run a cell under a name that tracebacks show; the error it ended with, or None."""
        self._shell.compile.name = name  # type: ignore[attr-defined]
        self._shell.displayhook.source = source  # type: ignore[attr-defined]
        self.cells[name] = source
        result: ExecutionResult = self._shell.run_cell(source, store_history=False)
        linecache.cache.pop(name, None)
        return result.error_before_exec or result.error_in_exec


def _nobody_answers(*args: object, **kwargs: object) -> NoReturn:
    raise RuntimeError(
        "input() has no answer: nobody is at the keyboard when a notebook is graded."
    )
