"""Reading answers: the tests, the reference, the gradebook, hidden inputs."""

from .attack import WRONG, Attack

ATTACKS = (
    Attack(
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
            "look(np.ones(1))\n"
            "print('looked', [f for f in found if 'canary' in f or 'hidden' in f])"
        ),
        last=["print(found)"],
        tried="looked []",
    ),
    Attack(
        "inputs kept and printed later",
        "the hidden inputs are seen in the feedback",
        double=(
            "kept = []\n"
            "def double(x):\n    kept.append(x.tolist())\n    print(kept)\n    return 0 * x\n"
        ),
        last=["print('kept', kept)", "raise ValueError(kept)", "kept"],
        tried="kept [[1.0]]",
    ),
    Attack(
        "inputs in an exception",
        "an error message carries the hidden inputs into the feedback",
        double=(
            "def double(x):\n"
            "    raise type('E' + str(x.tolist()), (Exception,), {})(repr(x.tolist()))\n"
        ),
    ),
    Attack(
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
    ),
    Attack(
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
    ),
    Attack(
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
    ),
    Attack(
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
    ),
    Attack(
        "the gradebook by SQL",
        "points are written into the gradebook, before the grader does and after",
        double=(
            WRONG + "import atexit, sqlite3, threading, time\n"
            "def points():\n"
            "    for place in PLACES:\n"
            "        try:\n"
            "            with sqlite3.connect(place, timeout=0.1) as book:\n"
            "                book.execute('update grade set auto_score = 3')\n"
            "            print('REACHED')\n"
            "        except sqlite3.Error as error:\n"
            "            print('gradebook:', error)\n"
            "def later():\n    time.sleep(0.3)\n    points()\n"
            "points()\natexit.register(points)\n"
            "threading.Thread(target=later).start()"
        ),
        tried="gradebook: unable to open database file",
    ),
    Attack(
        "the settings of its process",
        "paths, limits and keys of the grader's",
        double=(
            WRONG + "import __main__, inspect, sys\n"
            "print('settings', sys.orig_argv, sys.path, sys.flags, sys.modules.get('hidden'))\n"
            "print({k: v for k, v in vars(__main__).items() if k not in ('PLACES', 'In')})\n"
            "frame = inspect.currentframe()\n"
            "while frame:\n"
            "    print(frame.f_code.co_filename, sorted(frame.f_locals))\n"
            "    frame = frame.f_back"
        ),
        tried="settings",
    ),
    Attack(
        "inputs to every descriptor",
        "one of them is the log, the terminal, or the next student",
        double=(
            "import os\n"
            "def double(x):\n"
            "    for n in range(1024):\n"
            "        try:\n            os.write(n, repr(x.tolist()).encode())\n"
            "        except OSError:\n            pass\n"
            "    return 0 * x\n"
        ),
    ),
    Attack(
        "all memory of its process",
        "what the process that it was forked from has known is still there",
        double=(
            WRONG + "import ctypes, gc, os, re, tempfile\n"
            "libc = ctypes.CDLL(None)\n"
            "libc.sbrk.restype = ctypes.c_void_p\n"
            "ends = {id(thing) for thing in gc.get_objects()} | {libc.sbrk(0)}\n"
            "places = {(end >> 20) + i << 20 for end in ends for i in range(-8, 2)}\n"
            "pages = found = 0\n"
            "with tempfile.TemporaryFile() as file:\n"
            "    for place in sorted(places):\n"
            "        for start in range(place, place + 2**20, 2**16):\n"
            "            got = libc.pwrite(file.fileno(), ctypes.c_void_p(start), 2**16, 0)\n"
            "            if got > 0:\n"
            "                pages += got // 4096\n"
            "                text = os.pread(file.fileno(), got, 0)\n"
            "                found += bool(re.search(rb'[c]anary[-]5e1f|[r]ight_double', text))\n"
            "print('FOUND' if found else 'searched', pages > 500)"
        ),
        tried="searched True",
    ),
    Attack(
        "source of what is called",
        "a given function, or a proxy, leads back to the reference",
        answers={
            "quadruple-answer": (
                "import inspect\n"
                "def quadruple(x):\n"
                "    for look in (inspect.getsource, inspect.getclosurevars, vars, dir, repr):\n"
                "        try:\n            kept.append(look(double))\n"
                "        except Exception as error:\n            kept.append(error)\n"
                "    kept.append(double.__globals__)\n"
                "    raise ValueError(str(kept))\n"
                "kept = []"
            )
        },
        last=["print('looked at', kept)"],
        tried="looked at []",
        loses=("quadruple-test",),
    ),
)
