"""What a call of a student's function may end in instead of a value."""

import builtins
from typing import Literal

Kind = Literal["raised", "timeout", "crashed", "memory", "protocol", "missing", "used-up"]

#: After one of these a function had better not be called again.
FATAL: tuple[Kind, ...] = ("timeout", "crashed", "memory", "used-up")

_IN_WORDS: dict[str, str] = {
    "timeout": "It did not come back in time: is there a loop that never ends?",
    "crashed": "It ended the Python process instead of returning.",
    "memory": "It asked for more memory than there is.",
    "protocol": (
        "It returned something that is not plain data: return NumPy arrays of numbers, numbers, "
        "strings, or lists, tuples and dicts of these; no array of strings."
    ),
    "used-up": "It was not called: what one notebook may use was used up before.",
    "missing": "It is not defined in your notebook: was its cell deleted, or the function renamed?",
}
_EXCEPTIONS_IN_WORDS: dict[str, str] = {
    "NotImplementedError": "It is not answered yet (NotImplementedError).",
    "ModuleNotFoundError": (
        "It imports a module that is not there when your notebook is graded. These exercises are "
        "answered in plain Python and NumPy."
    ),
    "ImportError": (
        "It imports something that is not there when your notebook is graded. These exercises are "
        "answered in plain Python and NumPy."
    ),
    "NameError": "It uses a name that is not defined (NameError).",
    "UnboundLocalError": "It uses a variable before giving it a value (UnboundLocalError).",
    "RecursionError": "It calls itself without end (RecursionError).",
    "SystemExit": "It ends the program instead of returning (SystemExit).",
}
#: The cause of an exception whose class is the student's: its name may hold what a test gave.
_OWN = "own exception"
_NOT_PYTHON = ("SyntaxError", "IndentationError", "TabError")
_NUMPY_EXCEPTIONS = ("AxisError", "LinAlgError", "DTypePromotionError", "TooHardError")


class StudentError(Exception):
    """A call of a student's function that gave no value.

    Attributes:
        kind: "raised" an exception; "timeout"; "crashed" or left the process; asked for too much
            "memory"; "protocol" for a value that cannot cross; "missing" for a name not defined;
            "used-up" where the notebook had used up what it may use.
        exception: the class name of the exception, "" where there was none; of a "missing" name,
            that in which the cell ended that would have defined it.
        message: the exception's own text. It is for logs only: it may hold hidden inputs.
        line: the line within the student's cell, or None; of a "missing" name, where that ended.
    """

    def __init__(
        self, kind: Kind, exception: str = "", message: str = "", line: int | None = None
    ) -> None:
        super().__init__(kind, exception, message, line)
        self.kind = kind
        self.exception = exception
        self.message = message
        self.line = line

    @property
    def cause(self) -> str:
        """The exception's name where that is not of the student's making, else a word for it."""
        if not self.exception:
            return self.kind
        return self.exception if _is_standard(self.exception) else _OWN

    def in_words(self) -> str:
        """What happened, in a sentence that is safe to show to the student."""
        if self.kind == "missing" and self.exception in _NOT_PYTHON:
            where = f" See line {self.line} of the cell." if self.line else ""
            what = f"its cell is not valid Python ({self.exception})"
            return f"It is not defined, because {what}.{where}"
        if self.kind == "missing" and self.exception:
            what = self.cause if self.cause != _OWN else "an exception of its own"
            return (
                f"It is not defined, because its cell stopped with {what}: see the cell's output."
            )
        if self.kind != "raised":
            return _IN_WORDS[self.kind]
        if self.exception in _EXCEPTIONS_IN_WORDS:
            sentence = _EXCEPTIONS_IN_WORDS[self.exception]
        elif self.cause == _OWN:
            sentence = "It raises an exception of its own."
        else:
            sentence = f"It raises {self.exception}."
        if self.line is not None and self.exception != "NotImplementedError":
            sentence += f" See line {self.line} of your cell."
        return sentence


def _is_standard(exception: str) -> bool:
    found = getattr(builtins, exception, None)
    if isinstance(found, type) and issubclass(found, BaseException):
        return True
    return exception in _NUMPY_EXCEPTIONS
