"""Exhausting time, memory, disk, descriptors, the examiner, the reader."""

from .attack import CHANNEL, LOOP, WRONG, Attack

ATTACKS = (
    Attack(
        "leaving in the middle",
        "no verdict, so no loss, and the run stops for everybody",
        double="import os\ndef double(x):\n    os._exit(0)\n",
    ),
    Attack(
        "leaving at once",
        "the whole notebook comes out empty, and so unfailed",
        double=WRONG,
        first=["import os\nos._exit(0)"],
    ),
    Attack(
        "killing itself",
        "the same by signals and by a torn address space",
        double=(
            "import ctypes, os, signal\nways = []\n"
            "def double(x):\n"
            "    signal.raise_signal(signal.SIGKILL)\n"
            "    ctypes.string_at(0)\n"
        ),
    ),
    Attack(
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
    ),
    Attack(
        "thread bomb",
        "the machine is overrun by threads",
        double=(
            "import threading, time\n"
            "def double(x):\n"
            "    while True:\n"
            "        threading.Thread(target=time.sleep, args=(60,), daemon=True).start()\n"
        ),
    ),
    Attack(
        "memory",
        "the machine runs out of memory",
        double=(
            "def double(x):\n    hoard = []\n"
            "    while True:\n        hoard.append(bytearray(10**8))\n"
        ),
    ),
    Attack(
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
    ),
    Attack(
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
    ),
    Attack(
        "endless output",
        "log, notebook and memory overflow",
        double=WRONG,
        first=["while True:\n    print('x' * 10_000)"],
    ),
    Attack(
        "endless output from a call",
        "the same while a test runs",
        double="def double(x):\n    while True:\n        print('x' * 10_000)\n",
    ),
    Attack(
        "an endless loop",
        "the run never ends",
        double=LOOP,
    ),
    Attack(
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
    ),
    Attack(
        "a huge result",
        "the examiner runs out of memory",
        double="def double(x):\n    return np.zeros(10**8)\n",
    ),
    Attack(
        "a result of many pieces",
        "the examiner counts for ever",
        double="def double(x):\n    return [[i] for i in range(10**5)] * 100\n",
    ),
    Attack(
        "a deeply nested result",
        "the examiner's recursion ends",
        double=(
            "def double(x):\n"
            "    value = x\n"
            "    for _ in range(10**4):\n"
            "        value = [value]\n"
            "    return value\n"
        ),
    ),
    Attack(
        "keys that collide",
        "the examiner spends its time in a dict",
        double="def double(x):\n    return {i * (2**61 - 1): None for i in range(10**5)}\n",
    ),
    Attack(
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
    ),
    Attack(
        "a flood of calls back",
        "the examiner is kept busy by its own functions",
        double=WRONG,
        answers={
            "quadruple-answer": (
                "def quadruple(x):\n    while True:\n        double(np.zeros(10))\n"
            )
        },
        loses=("quadruple-test",),
    ),
    Attack(
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
    ),
    Attack(
        "leaving in the last answer",
        "the process is gone when the tests begin, and with it every failure",
        answers={"weights-answer": "import os\nos._exit(0)"},
        loses=("weights-test",),
    ),
    Attack(
        "a loop below Python",
        "no exception and no signal gets through to it",
        double="import re\ndef double(x):\n    re.match('(a|a)*$', 99 * 'a' + 'b')\n",
    ),
    Attack(
        "an endless sleep",
        "no processor time is used, so no limit on it is reached",
        double="import time\ndef double(x):\n    time.sleep(10**9)\n",
    ),
    Attack(
        "stopping itself",
        "a stopped process neither answers nor ends",
        double="import signal\ndef double(x):\n    signal.raise_signal(signal.SIGSTOP)\n",
    ),
    Attack(
        "endless recursion",
        "the stack overflows, and the kernel ends the grader",
        double=(
            "import sys\ndef double(x):\n    sys.setrecursionlimit(10**9)\n    return double(x)\n"
        ),
    ),
    Attack(
        "a hang at the end",
        "the process never ends, and the run waits for it",
        double=(
            WRONG + "import atexit, signal, threading, time\n"
            "def hang(*a):\n    while True: time.sleep(1)\n"
            "atexit.register(hang)\n"
            "for n in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT): signal.signal(n, hang)\n"
            "threading.Thread(target=hang).start()\n"
            "class End:\n    __del__ = hang\n"
            "end = End()\nprint('waiting')"
        ),
        tried="waiting",
    ),
    Attack(
        "a gigantic integer",
        "the examiner multiplies for ever",
        double="def double(x):\n    return 1 << 10**8\n",
    ),
    Attack(
        "an empty array of enormous shape",
        "the examiner makes room for what is not there",
        double="def double(x):\n    return np.empty((2**40, 0, 2**15))\n",
    ),
    Attack(
        "one number seen a billion times",
        "a small message unfolds in the examiner",
        double="def double(x):\n    return np.broadcast_to(1.0, (10**9,))\n",
    ),
    Attack(
        "the largest result there may be",
        "each call costs the examiner all that a message may hold",
        double="def double(x):\n    return np.ones(2**23 - 1)\n",
    ),
    Attack(
        "arguments blown up",
        "what comes back of the arguments fills the examiner's memory",
        double=("def double(x):\n    x.resize(10**8, refcheck=False)\n    return np.zeros(3)\n"),
    ),
    Attack(
        "an error that cannot be told",
        "whoever asks for its text waits for ever",
        double=(
            "class Endless(Exception):\n"
            "    def __str__(self):\n"
            "        while True: pass\n"
            "def double(x):\n    raise Endless\n"
        ),
    ),
    Attack(
        "an error without end",
        "its text, its notes and its causes fill memory and log",
        double=(
            "def double(x, depth=200):\n"
            "    try:\n"
            "        if depth: double(x, depth - 1)\n"
            "        raise ValueError('x' * 10**6)\n"
            "    except ValueError as error:\n"
            "        raise ExceptionGroup('y' * 10**6, [error] * 9) from error\n"
        ),
        last=["double(np.ones(1))"],
        tried="ExceptionGroup",
    ),
    Attack(
        "a picture too large to open",
        "the browser of whoever opens the page unpacks gigabytes",
        double=(
            WRONG + "import struct, zlib\nfrom IPython.display import Image, display\n"
            "def chunk(kind, data):\n"
            "    body = kind + data\n"
            "    return struct.pack('>I', len(data)) + body + struct.pack('>I', zlib.crc32(body))\n"
            "size = struct.pack('>IIBBBBB', 60_000, 60_000, 8, 2, 0, 0, 0)\n"
            "display(Image(b'\\x89PNG\\r\\n\\x1a\\n' + chunk(b'IHDR', size)\n"
            "              + chunk(b'IDAT', zlib.compress(bytes(10**6))) + chunk(b'IEND', b'')))\n"
            "print('shown')"
        ),
        tried="shown",
    ),
    Attack(
        "ten thousand pictures",
        "notebook and gradebook overflow",
        double=(
            WRONG + "import base64\nfrom IPython.display import display\n"
            "dot = base64.b64encode(b'\\x89PNG\\r\\n\\x1a\\n' + bytes(99)).decode()\n"
            "for _ in range(10_000):\n    display({'image/png': dot}, raw=True)"
        ),
        tried="more characters or pictures not kept",
    ),
    Attack(
        "every descriptor",
        "the examiner's channel, or the machine, runs out of them",
        double=(
            WRONG + "import os, socket\nheld = []\n"
            "try:\n    while True: held.append(socket.socketpair())\n"
            "except OSError as error:\n    print('none left', error.errno)"
        ),
        tried="none left 24",
    ),
    Attack(
        "every file name",
        "empty files cost no space, but the kernel's memory",
        double=(
            WRONG + "import os\n"
            "try:\n"
            "    for i in range(10**5):\n"
            "        os.close(os.open(f'/tmp/{i}', os.O_CREAT | os.O_WRONLY))\n"
            "    print('made all')\n"
            "except OSError as error:\n"
            "    print('no more', error.errno)"
        ),
        tried="no more 28",
    ),
    Attack(
        "always just in time",
        "every call takes what it may, so that all together take for ever",
        double=("import time\ndef double(x):\n    time.sleep(1.2)\n    return 0 * x\n"),
    ),
    Attack(
        "slow to start again",
        "each crash runs the slow cells once more",
        double="import os\ndef double(x):\n    os._exit(0)\n",
        answers={"quadruple-answer": "import os\ndef quadruple(x):\n    os._exit(0)\n"},
        first=["import time\ntime.sleep(1.5)"],
        loses=("quadruple-test",),
    ),
)
