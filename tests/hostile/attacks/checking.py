"""Tampering with the checking."""

from .attack import EVERYTHING, Attack

ATTACKS = (
    Attack(
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
    ),
    Attack(
        "patched harness",
        "every part of every test passes",
        first=[
            "import sys, types, course_lib.compare as c\n"
            "c.describe_difference = c.describe_form = lambda *a, **k: None\n"
            "t = sys.modules['autograder.testing'] = types.ModuleType('autograder.testing')\n"
            "t.require = lambda *a, **k: None\n"
            "t.Verdict = type('Verdict', (), {'fraction': 1.0, 'text': lambda self: 'Passed.'})\n"
            "t.examine = lambda *a, **k: t.Verdict()\n"
            "print('patched', t.examine('x').fraction)"
        ],
        tried="patched 1.0",
    ),
    Attack(
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
    ),
    Attack(
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
    ),
    Attack(
        "syntax transformer",
        "asserts and tests are compiled away",
        first=[
            "import ast\n"
            "class Away(ast.NodeTransformer):\n"
            "    def visit_Assert(self, node):\n        return ast.Pass()\n"
            "get_ipython().ast_transformers.append(Away())\n"
            "get_ipython().input_transformers_post.append(lambda lines: [\n"
            "    line.replace('hidden.grade', '(lambda *a: 3.0)') for line in lines])",
            "assert False\nprint('compiled away')",
        ],
        tried="compiled away",
    ),
    Attack(
        "names of the instructor's",
        "the test cell uses the student's `hidden`, `print` and `np`",
        last=[
            "class Verdict:\n    exercise, fraction, parts = 'double', 1.0, ()\n"
            "class hidden:\n"
            "    grade = staticmethod(lambda e, f: Verdict())\n"
            "print('my own grade', hidden.grade('double', double).fraction)"
        ],
        tried="my own grade 1.0",
    ),
    Attack(
        "patched generators",
        "random inputs of the tests are known beforehand",
        first=[
            "import random\nimport numpy as np\n"
            "class Known:\n"
            "    def __getattr__(self, name): return lambda *a, **k: np.ones(3)\n"
            "np.random.default_rng = np.random.RandomState = lambda *a, **k: Known()\n"
            "np.random.rand = np.random.randn = random.random = lambda *a: np.ones(3)\n"
            "print('known', np.random.default_rng(7).normal().sum())"
        ],
        double="def double(x):\n    return 2 * np.random.default_rng(7).normal()\n",
        tried="known 3.0",
    ),
    Attack(
        "numbers rewritten in memory",
        "one number is another for whoever compares next",
        first=[
            "import ctypes\n"
            "print('FOUND' if int('210') + 1 != 211 else 'as it was')\n"
            "ctypes.c_uint32.from_address(id(211) + 24).value = 7\n"
            "print('rewritten', int('210') + 1)"
        ],
        tried="rewritten 7",
        again=True,
    ),
    Attack(
        "modules of its own",
        "whoever imports the tests, the harness or NumPy gets the student's",
        first=[
            "import importlib.machinery, sys, types\n"
            "class Finder:\n"
            "    def find_spec(self, name, path=None, target=None):\n"
            "        return importlib.machinery.ModuleSpec(name, self)\n"
            "    def create_module(self, spec):\n"
            "        module = types.ModuleType(spec.name)\n"
            "        module.grade = lambda *a: 3.0\n"
            "        return module\n"
            "    def exec_module(self, module): pass\n"
            "sys.meta_path.insert(0, Finder())\n"
            "sys.path[:0] = ['/tmp']\n"
            "import hidden\nprint('graded', hidden.grade())"
        ],
        tried="graded 3.0",
    ),
    Attack(
        "settings that make tests break",
        "a test that breaks down by itself is left to a kind person",
        first=[
            "import gc, sys, warnings\nimport numpy as np\n"
            "np.seterr(all='raise')\n"
            "warnings.simplefilter('error')\n"
            "np.set_printoptions(formatter={'all': lambda v: 1 / 0})\n"
            "sys.set_int_max_str_digits(640)\n"
            "gc.disable()\nprint('set')"
        ],
        double="def double(x):\n    return np.array([np.nan, np.inf, 1e308]) * 0\n",
        tried="set",
    ),
    Attack(
        "an answer for the visible check alone",
        "what is checked in sight is all that is checked",
        double=(
            "def double(x):\n"
            "    return np.array([2.0]) if x.tolist() == [1.0] else np.zeros_like(x)\n"
        ),
        tried="double(1) is 2",
    ),
    Attack(
        "arguments rewritten",
        "what is expected is computed from arguments that are zero by then",
        double="def double(x):\n    x[:] = 0.0\n    return x\n",
    ),
    Attack(
        "a count of calls",
        "only the calls before the tests, and those that are repeated, are answered rightly",
        double=(
            "seen = []\n"
            "def double(x):\n"
            "    seen.append(x.copy())\n"
            "    known = [y for y in seen[:-1] if y.shape == x.shape and (y == x).all()]\n"
            "    return 2 * known[0] if known else np.zeros_like(x)\n"
        ),
    ),
)
