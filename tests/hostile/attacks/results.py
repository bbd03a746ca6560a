"""Forging results."""

from .attack import CHANNEL, EVERYTHING, WRONG, Attack

ATTACKS = (
    Attack(
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
    ),
    Attack(
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
    ),
    Attack(
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
    ),
    Attack(
        "a pickle in the result",
        "code runs when the examiner unpacks it",
        double=(
            "class Bomb:\n"
            "    def __reduce__(self):\n"
            "        return (__import__('os').system, ('touch /tmp/bomb',))\n"
            "import pickle\n"
            "def double(x):\n    return [Bomb(), pickle.dumps(Bomb()), np.array([Bomb()])]\n"
        ),
    ),
    Attack(
        "printed grades",
        "a number printed or shown is taken for the grade",
        double=WRONG + "print('3.0')\nfrom IPython.display import display\ndisplay(3.0)\n3.0",
        first=["3.0", "print({'points': 3.0})"],
        tried="{'points': 3.0}",
    ),
    Attack(
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
    ),
    Attack(
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
    ),
    Attack(
        "garbage on the channel",
        "the examiner falls over its reader",
        double=CHANNEL
        + (
            "def double(x):\n"
            "    os.write(channel, 99 * (struct.pack('>II', 3, 0) + b'\\xc1\\xff\\xff'))\n"
            "    return 0 * x\n"
        ),
    ),
    Attack(
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
    ),
    Attack(
        "patched shell",
        "IPython shows success for every cell",
        first=[
            "ip = get_ipython()\n"
            "ip.run_cell = lambda *a, **k: type('R', (), {'error_before_exec': None, "
            "'error_in_exec': None})()\n"
            "ip.user_ns['hidden'] = None"
        ],
        loses=EVERYTHING,
    ),
    Attack(
        "forged handles",
        "an object of the examiner's is named by number",
        double=(
            "import msgpack, struct, autograder.worker.protocol as p\n"
            "class Ref:\n    pass\n"
            "def double(x):\n"
            "    import gc\n"
            "    from autograder.worker.server import _Kept\n"
            "    kept = next(o for o in gc.get_objects() if type(o) is _Kept)\n"
            "    kept.number_of = lambda value: 2**63 - 1\n"
            "    return Ref()\n"
        ),
        loses=("count-test",),
    ),
    Attack(
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
    ),
    Attack(
        "a given function kept",
        "the examiner's own `double`, given for `quadruple`, answers `double` as well",
        double=("kept = []\ndef double(x):\n    return kept[-1](x) if kept else 0 * x\n"),
        answers={
            "quadruple-answer": (
                "def quadruple(x):\n    kept.append(double)\n    return double(double(x))\n"
            )
        },
    ),
    Attack(
        "an array that walks frames",
        "while the test turns the result into an array, that looks for what is expected",
        double=(
            "import sys\n"
            "class Looks:\n"
            "    shape, dtype, ndim = (3,), np.dtype(float), 1\n"
            "    def __array__(self, dtype=None, copy=None):\n"
            "        frame = sys._getframe()\n"
            "        while frame is not None:\n"
            "            for name in ('expected', 'desired', 'want', 'right'):\n"
            "                if name in frame.f_locals:\n"
            "                    return np.asarray(frame.f_locals[name])\n"
            "            frame = frame.f_back\n"
            "        return np.zeros(3)\n"
            "def double(x):\n    return Looks()\n"
            "def test(expected):\n    return np.asarray(Looks())\n"
            "print('looked up', test(np.ones(3)))"
        ),
        tried="looked up [1. 1. 1.]",
    ),
    Attack(
        "not a number",
        "no comparison with NaN is true, so no difference is too large",
        double="def double(x):\n    return np.full_like(x, np.nan)\n",
    ),
    Attack(
        "infinity",
        "a relative error of infinity by infinity is no number, and passes",
        double="def double(x):\n    return np.full_like(x, -np.inf)\n",
    ),
    Attack(
        "no numbers at all",
        "all of nothing is true",
        double="def double(x):\n    return x[:0]\n",
    ),
    Attack(
        "masked numbers",
        "what is masked is equal to everything",
        double="def double(x):\n    return np.ma.masked_all(x.shape)\n",
    ),
    Attack(
        "arrays of another kind",
        "a dtype that the comparison does not know lets everything pass",
        double=(
            "class Yes:\n    def __eq__(self, other): return True\n"
            "kinds = iter([np.array([Yes()] * 3), np.full(3, 'NaT', 'M8[s]'),\n"
            "              np.zeros(3, [('a', float)]), np.zeros(3, np.longdouble),\n"
            "              np.array(['7', '8', '9']), np.zeros(3, 'V8')] * 9)\n"
            "def double(x):\n    return next(kinds)\n"
        ),
    ),
    Attack(
        "exceptions that stop a run",
        "the grader ends with them, and nobody loses points",
        double=(
            "class StudentError(Exception):\n    pass\n"
            "kinds = iter([KeyboardInterrupt(), SystemExit(0), GeneratorExit(), StopIteration(),\n"
            "              StudentError('missing'),\n"
            "              BaseExceptionGroup('g', [SystemExit(1)])] * 9)\n"
            "def double(x):\n    raise next(kinds)\n"
        ),
        last=["raise KeyboardInterrupt", "exit()", "raise SystemExit(0)"],
        tried="KeyboardInterrupt",
    ),
    Attack(
        "an old reply again",
        "what was right once is sent for every call",
        double=(
            "import autograder.worker.protocol as protocol\n"
            "encode, kept = protocol.encode, []\n"
            "def again(message, handles):\n"
            "    kept.append(encode(message, handles))\n"
            "    return kept[0]\n"
            "def double(x):\n"
            "    protocol.encode = again\n"
            "    return 2 * x if x.tolist() == [1.0] else 0 * x\n"
        ),
        loses=EVERYTHING,
    ),
    Attack(
        "verdicts as answers",
        "the test's value is what the student's function has returned",
        double=(
            "class Verdict:\n    exercise, fraction, parts = 'double', 1.0, ()\n"
            "passed = Verdict()\n"
            "def double(x):\n    return passed\n"
            "print('fraction', passed.fraction)"
        ),
        answers={"weights-answer": "weights = passed"},
        tried="fraction 1.0",
        loses=("weights-test",),
    ),
    Attack(
        "an error at a forged place",
        "the examiner stumbles over its line, and the test breaks down",
        double=(
            "places = iter([10**9, -1, 'x', None, 2.5, [1]] * 9)\n"
            "def double(x):\n"
            "    error = SyntaxError('x' * 10**5)\n"
            "    error.filename, error.lineno, error.text = 'In [1]', next(places), 7\n"
            "    raise error\n"
        ),
    ),
    Attack(
        "commands to the terminal in an error",
        "the instructor's terminal, or the log, shows and does what the student likes",
        double=(
            "def double(x):\n"
            "    name = '\\x1b]0;owned\\x07\\x1b[2J\\u202eE'\n"
            "    raise type(name, (Exception,), {})(name)\n"
        ),
        last=["raise type('\\x1b[31mRed\\x07', (Exception,), {})('\\x1b]0;x\\x07')"],
    ),
    Attack(
        "templates in texts",
        "a message is formatted, and shows what is expected",
        double=(
            "text = '{0} {expected} %(expected)s %s {{ expected }} {0.__globals__}'\n"
            "answers = iter([text, {text: text}, [text]] * 9)\n"
            "def double(x):\n    return next(answers)\n"
        ),
    ),
)
