"""What a hostile submission is."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from nbformat import NotebookNode

WRONG = "def double(x):\n    return np.zeros_like(x)\n"
LOOP = "def double(x):\n    while True:\n        pass\n"
#: Finds the descriptor over which the student's process talks to the examiner.
CHANNEL = (
    "import os, stat, struct, time\n"
    "def is_socket(n):\n"
    "    try:\n        return stat.S_ISSOCK(os.fstat(n).st_mode)\n"
    "    except OSError:\n        return False\n"
    "(channel,) = filter(is_socket, range(3, 256))\n"
)
#: ``system(number, ...)`` calls the kernel and gives its answer, or minus the error's number.
SYSTEM = (
    "import ctypes, os, platform\n"
    "libc = ctypes.CDLL(None, use_errno=True)\n"
    "def system(number, *arguments):\n"
    "    got = libc.syscall(number, *arguments)\n"
    "    return -ctypes.get_errno() if got < 0 else got\n"
)
#: The other exercises' tests.
EVERYTHING = ("quadruple-test", "count-test", "weights-test")


@dataclass(frozen=True)
class Attack:
    """A change to the honest notebook in which exercise `double` is not solved.

    So ``double-test`` is worth nothing honestly, and what is gained is gained by the trick.

    Attributes:
        name: what it does.
        gain: what its author hopes for.
        double: the answer of the exercise that is not solved honestly.
        answers: other answers, by grade_id; without, they are right.
        first: own cells before everything.
        last: own cells after everything.
        forge: changes the notebook itself.
        tried: a text that the graded notebook shows if the trick was played as meant.
        loses: other exercises that the trick may spoil for its author.
        again: it leaves something behind for the next run, so it is played twice.
    """

    name: str
    gain: str
    double: str = WRONG
    answers: Mapping[str, str] = field(default_factory=dict)
    first: Sequence[str] = ()
    last: Sequence[str] = ()
    forge: Callable[[NotebookNode], None] | None = None
    tried: str = ""
    loses: Sequence[str] = ()
    again: bool = False
