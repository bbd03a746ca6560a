"""Reaching for the process that a sandbox comes from, and for its other children."""

from .attack import CHANNEL, SYSTEM, WRONG, Attack

_NUMBER = "number = lambda x86, arm: (x86, arm)[platform.machine() == 'aarch64']\n"

ATTACKS = (
    Attack(
        "signals to the parent",
        "the process that all sandboxes come from is stopped, killed, or made to exit",
        double=(
            WRONG + "import os, signal\n"
            "for pid in (os.getppid(), 0, -1, 1, os.getpgrp(), os.getsid(0)):\n"
            "    for n in (signal.SIGTSTP, signal.SIGHUP, signal.SIGCONT, signal.SIGPIPE,\n"
            "              signal.SIGCHLD, signal.SIGALRM):\n"
            "        signal.signal(n, signal.SIG_IGN)\n"
            "        try:\n            os.kill(pid, n)\n"
            "        except OSError:\n            pass\n"
            "print('sent from', os.getpid(), 'child of', os.getppid())"
        ),
        tried="child of 0",
    ),
    Attack(
        "killing everything in sight",
        "the parent dies, and the class with it",
        double=(
            "import os, signal\n"
            "def double(x):\n"
            "    for pid in (os.getppid(), 1, *range(2, 99), 0, -1):\n"
            "        try:\n            os.kill(pid, signal.SIGKILL)\n"
            "        except OSError:\n            pass\n"
            "    return 0 * x\n"
        ),
    ),
    Attack(
        "descriptors left open",
        "one of them leads to the parent, to a file of the grader's, or to another student",
        double=(
            WRONG + CHANNEL + "import socket\n"
            "for n in range(4096):\n"
            "    try:\n        kind = os.fstat(n)\n"
            "    except OSError:\n        continue\n"
            "    if n == channel or n < 3 and stat.S_ISCHR(kind.st_mode):\n        continue\n"
            "    print('REACHED', n, oct(kind.st_mode))\n"
            "with socket.socket(fileno=os.dup(channel)) as end:\n"
            "    try:\n"
            "        print('REACHED', end.recvmsg(1, 64, socket.MSG_DONTWAIT)[1])\n"
            "    except OSError as error:\n"
            "        print('nothing passed on', error.errno)"
        ),
        tried="nothing passed on 11",
    ),
    Attack(
        "descriptors sent to the examiner",
        "the examiner takes them in until it has no room for another student",
        double=CHANNEL
        + (
            "import socket\n"
            "def double(x):\n"
            "    with socket.socket(fileno=os.dup(channel)) as end:\n"
            "        for _ in range(99):\n"
            "            socket.send_fds(end, [b'x'], [0] * 250)\n"
            "    return 0 * x\n"
        ),
    ),
    Attack(
        "a mailbox under an abstract name",
        "the next student finds there what this one has seen",
        double=(
            WRONG + "import socket\n"
            "for name in ('\\0answers', '/tmp/answers'):\n"
            "    box = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)\n"
            "    try:\n"
            "        box.connect(name)\n"
            "        print('FOUND', name)\n"
            "    except OSError as error:\n"
            "        print('no mailbox', error.errno)\n"
            "    left = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)\n"
            "    left.bind(name)\n"
        ),
        tried="no mailbox 111",
        again=True,
    ),
    Attack(
        "shared memory",
        "a piece of memory with a name outlives its process",
        double=(
            WRONG + SYSTEM + _NUMBER + "import mmap, os\n"
            "calls = {'shmget': (number(29, 194), 7, 4096, 0o1666),\n"
            "         'memfd': (number(319, 279), 0),\n"
            "         'semget': (number(64, 190), 7, 1, 0o1666), 'msgget': (number(68, 186), 7)}\n"
            "for name, call in calls.items():\n"
            "    got = system(*call)\n"
            "    print('REACHED' if got >= 0 else 'not shared', name, got)\n"
            "for folder in ('/dev/shm', '/run', '/var/tmp', '/tmp'):\n"
            "    try:\n"
            "        file = os.open(folder + '/left', os.O_RDWR | os.O_CREAT, 0o666)\n"
            "        if os.read(file, 4):\n            print('FOUND', folder)\n"
            "        os.write(file, b'seen')\n"
            "    except OSError as error:\n"
            "        print('no place', folder, error.errno)"
        ),
        tried="not shared shmget",
        again=True,
    ),
    Attack(
        "a file system of processes",
        "through /proc the parent's memory, descriptors and root are open",
        double=(
            WRONG + SYSTEM + _NUMBER + "places = [f'/proc/{pid}/{name}' for pid in\n"
            "          ('self', 'thread-self', 1, 2, os.getpid(), os.getppid())\n"
            "          for name in ('mem', 'environ', 'maps', 'root/etc/passwd', 'fd', 'cwd')]\n"
            "def look():\n"
            "    for place in places:\n"
            "        try:\n"
            "            os.stat(place)\n"
            "            print('REACHED', place)\n"
            "        except OSError as error:\n"
            "            print('no processes', error.errno)\n"
            "look()\n"
            "os.makedirs('/tmp/proc', exist_ok=True)\n"
            "places = ['/tmp/proc/self', '/tmp/proc/1']\n"
            "print(system(number(165, 40), b'proc', b'/tmp/proc', b'proc', 0, None))\n"
            "look()"
        ),
        tried="no processes 2",
    ),
    Attack(
        "a debugger on the parent",
        "its memory is read and changed, and its descriptors are taken",
        double=(
            WRONG + SYSTEM + _NUMBER + "for pid in {os.getppid(), 1, os.getpid()}:\n"
            "    for name, call in {\n"
            "        'attach': (number(101, 117), 16, pid, 0, 0),\n"
            "        'seize': (number(101, 117), 0x4206, pid, 0, 0),\n"
            "        'traceme': (number(101, 117), 0, 0, 0, 0),\n"
            "        'readv': (number(310, 270), pid, 0, 0, 0, 0, 0),\n"
            "        'writev': (number(311, 271), pid, 0, 0, 0, 0, 0),\n"
            "        'pidfd': (434, pid, 0), 'getfd': (438, 3, 0, 0),\n"
            "        'kcmp': (number(312, 272), pid, pid, 0, 0, 0),\n"
            "    }.items():\n"
            "        got = system(*call)\n"
            "        print('REACHED' if got >= 0 else 'no debugger', name, got)"
        ),
        tried="no debugger",
    ),
    Attack(
        "its root mounted anew",
        "what is read-only becomes writable, and what is hidden comes back",
        double=(
            WRONG + SYSTEM + _NUMBER + "mount, remount, bind = number(165, 40), 32, 4096\n"
            "calls = {'remount': (mount, None, b'/', None, remount | bind, None),\n"
            "         'bind': (mount, b'/', b'/tmp', None, bind, None),\n"
            "         'tmpfs': (mount, b'x', b'/tmp', b'tmpfs', 0, None),\n"
            "         'umount': (number(166, 39), b'/unrolled', 2),\n"
            "         'umount root': (number(166, 39), b'/', 2),\n"
            "         'pivot': (number(155, 41), b'/tmp', b'/tmp'),\n"
            "         'chroot': (number(161, 51), b'/tmp'),\n"
            "         'open_tree': (428, -100, b'/', 1),\n"
            "         'move_mount': (429, -100, b'/', -100, b'/'),\n"
            "         'mount_setattr': (442, -100, b'/', 0, None, 0)}\n"
            "for name, call in calls.items():\n"
            "    got = system(*call)\n"
            "    print('REACHED' if got >= 0 else 'not mounted', name, got)"
        ),
        tried="not mounted remount -1",
    ),
    Attack(
        "new namespaces",
        "in a namespace of its own the process has every capability",
        double=(
            WRONG + SYSTEM + _NUMBER + "unshare, setns = number(272, 97), number(308, 268)\n"
            "clone = number(56, 220)\n"
            "for flag in (0x10000000, 0x20000, 0x40000000, 0x20000000, 0x8000000, 0x4000000, 0):\n"
            "    got = system(unshare, flag)\n"
            "    print('REACHED' if got >= 0 else 'no namespace', hex(flag), got)\n"
            "for n in range(8):\n"
            "    if system(setns, n, 0) >= 0:\n        print('REACHED', n)\n"
            "child = system(clone, 0x10000000 | 17, 0, 0, 0, 0)\n"
            "if child == 0:\n    os._exit(0)\n"
            "print('REACHED' if child > 0 else 'no namespace', 'clone', child)"
        ),
        tried="no namespace 0x10000000 -1",
    ),
    Attack(
        "settings of the kernel for its process",
        "limits are raised, the filter is lifted, and the process outlives the grader",
        double=(
            WRONG + SYSTEM + "import resource\n"
            "libc.prctl(1, 0)  # no signal when the parent dies\n"
            "print('outlives', libc.prctl(1, 0), ctypes.get_errno())\n"
            "print('REACHED' if libc.prctl(22, 0, 0) == 0 else 'filter stays')\n"
            "print('REACHED' if libc.prctl(38, 0, 0, 0, 0) == 0 else 'no new privileges')\n"
            "for what in (resource.RLIMIT_AS, resource.RLIMIT_NPROC, resource.RLIMIT_CPU):\n"
            "    soft, hard = resource.getrlimit(what)\n"
            "    for pid in (0, os.getppid()):\n"
            "        try:\n"
            "            resource.prlimit(pid, what, (hard + 1, hard + 1))\n"
            "            print('REACHED', what, pid)\n"
            "        except (OSError, ValueError) as error:\n"
            "            print('limit stays', type(error).__name__)"
        ),
        tried="limit stays",
    ),
    Attack(
        "priority",
        "its process goes before all others, and the grader never gets to stop it",
        double=(
            WRONG + "import os\n"
            "for act in (lambda: os.nice(-5), lambda: os.setpriority(os.PRIO_USER, 0, -5),\n"
            "            lambda: os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(99)),\n"
            "            lambda: os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(99))):\n"
            "    try:\n"
            "        act()\n        print('REACHED')\n"
            "    except OSError as error:\n"
            "        print('no priority', error.errno)"
        ),
        tried="no priority",
    ),
    Attack(
        "modules changed for the next student",
        "what this student does to NumPy, the harness and the shell, the next one finds done",
        first=[
            "import builtins, os, sys\nimport numpy as np, course_lib.compare\n"
            "import autograder.worker.protocol as protocol\n"
            "for place in (builtins, np, np.random, course_lib.compare,\n"
            "              protocol, sys, type(get_ipython())):\n"
            "    if hasattr(place, 'marked'):\n        print('FOUND', place)\n"
            "    place.marked = True\n"
            "if os.environ.get('MARKED'):\n    print('FOUND in the environment')\n"
            "os.environ['MARKED'] = '1'\n"
            "protocol.MAX_BODY = 10**12\n"
            "os.umask(0)\nos.chdir('/')\nprint('marked')"
        ],
        tried="marked",
        again=True,
    ),
    Attack(
        "code rewritten in memory",
        "a library that all sandboxes share answers as the student likes",
        double=(
            WRONG + SYSTEM + "import mmap\n"
            "function = ctypes.cast(libc.labs, ctypes.c_void_p).value\n"
            "print('FOUND' if libc.labs(-5) != 5 else 'as it was')\n"
            "page = function & -4096\n"
            "got = libc.mprotect(ctypes.c_void_p(page), 8192, 7)\n"
            "code = {'x86_64': 'b807000000c3', 'aarch64': 'e0008052c0035fd6'}\n"
            "code = bytes.fromhex(code[platform.machine()])\n"
            "ctypes.memmove(function, code, len(code))\n"
            "print('rewritten', got, libc.labs(-5))"
        ),
        tried="rewritten 0 7",
        again=True,
    ),
)
