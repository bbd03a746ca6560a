"""The IPython shell that runs a student's cells."""

import ast
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
from IPython.core.inputtransformer2 import TransformerManager
from IPython.core.interactiveshell import ExecutionResult, InteractiveShell
from IPython.utils.text import SList
from traitlets import Instance, Type
from traitlets.config import Config

from autograder.worker.outputs import Outputs, Stream

_WARMING_UP = ("def double(x):\n    return 2 * x\ndouble(1)", "1 / 0")
_NO_SHELL = "Shell commands are not run when a notebook is graded."


class _Compiler(CachingCompiler):
    name = "cell"

    def get_code_name(self, raw_code: str, transformed_code: str, number: int) -> str:
        return self.name


class _Transformers(TransformerManager):
    """IPython's own, which take long to leave plain Python as it is, and so are not asked."""

    def __init__(self) -> None:
        super().__init__()
        self._as_made = self._in_use()

    def _in_use(self) -> list[Any]:
        return [*self.cleanup_transforms, *self.line_transforms, *self.token_transformers]

    def transform_cell(self, cell: str) -> str:
        if self._in_use() == self._as_made and _is_python(cell):
            return cell if cell.endswith("\n") else f"{cell}\n"
        return super().transform_cell(cell)


def _is_python(cell: str) -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # they come when the cell is compiled
        try:
            compile(cell, "cell", "exec", ast.PyCF_ONLY_AST, dont_inherit=True)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return False
    return True


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

    input_transformer_manager = Instance(_Transformers, ())

    def should_run_async(self, raw_cell: str, **more: Any) -> bool:
        """Return whether a cell awaits something; most need not be compiled to see that."""
        if "await" not in raw_cell and "async" not in raw_cell:
            return False
        return super().should_run_async(raw_cell, **more)

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
        """Open no window, as there is none."""

    def showtraceback(self, *args: Any, **kwargs: Any) -> None:
        """Show nothing: the error goes into the cell's reply instead."""

    showsyntaxerror = showindentationerror = showtraceback

    def _showtraceback(self, etype: Any, evalue: Any, stb: Any) -> None:
        """Show nothing here either; this is for magics."""


class Notebook:
    """The student's side of one notebook: its namespace, and how its cells are run."""

    outputs: Outputs

    def __init__(self, home: str) -> None:
        config = Config()
        config.HistoryManager.enabled = False
        config.InteractiveShell.colors = "nocolor"
        config.BaseIPythonApplication.auto_create = False
        self._shell = Shell.instance(config=config, ipython_dir=f"{home}/.ipython")
        self._shell.Completer.use_jedi = False
        self.cells: dict[str, str] = {}
        warnings.filterwarnings("ignore", message="To exit: use")
        site.sethelper()  # the bare interpreter has no help()
        builtins.input = getpass.getpass = _nobody_answers

    def begin(self, outputs: Outputs) -> None:
        """Send what is shown from now on to ``outputs``."""
        self.outputs = outputs
        self._shell.displayhook.outputs = outputs  # type: ignore[attr-defined]
        self._shell.display_pub.outputs = outputs  # type: ignore[attr-defined]
        sys.stdout = Stream("stdout", outputs)
        sys.stderr = Stream("stderr", outputs)

    def warm_up(self) -> None:
        """Have everything loaded that the first cell would load, and leave no trace of it."""
        names, streams = dict(self.names), (sys.stdout, sys.stderr)
        self.begin(Outputs(0, 0))
        for source in _WARMING_UP:
            self.run("cell", source)
        sys.stdout, sys.stderr = streams
        self.names.clear()
        self.names.update(names)
        self.cells.clear()
        linecache.clearcache()

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
