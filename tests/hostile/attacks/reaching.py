"""Reaching out: files, network, other programs, the terminal, the kernel."""

from .attack import SYSTEM, WRONG, Attack

ATTACKS = (
    Attack(
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
    ),
    Attack(
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
    ),
    Attack(
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
    ),
    Attack(
        "writing into what others use",
        "course_lib or NumPy is changed for the next submission",
        double=(
            WRONG + "import course_lib.compare, os\n"
            "for path in (course_lib.compare.__file__, np.__file__, '/usr/lib/x', '/unrolled/x'):\n"
            "    for act in (lambda: open(path, 'a').write('x'), lambda: os.remove(path),\n"
            "                lambda: os.rename(path, path + '.old'),\n"
            "                lambda: os.chmod(path, 0o777)):\n"
            "        try:\n"
            "            act()\n"
            "            print('CHANGED', path)\n"
            "        except OSError as error:\n"
            "            print('unchanged', error.errno)"
        ),
        tried="unchanged 30",
    ),
    Attack(
        "another program",
        "the process becomes a program without limits that still holds the channel",
        double=(
            "import os, sys\n"
            "programs = [sys.executable, '/bin/sh', '/usr/bin/python3',\n"
            "            '/lib64/ld-linux-x86-64.so.2', '/lib/ld-linux-aarch64.so.1']\n"
            "def double(x):\n"
            "    for program in filter(None, programs):\n"
            "        try:\n"
            "            os.execv(program, [program, '-c', 'while True: pass'])\n"
            "        except OSError:\n            pass\n"
            "    return 0 * x\n"
        ),
    ),
    Attack(
        "commands of the shell",
        "what IPython's magics start is not watched",
        double=WRONG,
        first=[
            "!touch /tmp/started",
            "%%bash\ntouch /tmp/started",
            "%system touch /tmp/started",
            "%pip install antigravity",
            "import os\nprint(os.system('touch /tmp/started'), os.path.exists('/tmp/started'))",
            "%run /etc/passwd",
        ],
        last=["print('REACHED' if os.path.exists('/tmp/started') else 'nothing started')"],
        tried="nothing started",
    ),
    Attack(
        "devices",
        "memory, disks and the keyboard are read as files",
        double=(
            WRONG + "import os, stat\n"
            "for name in ('mem', 'kmem', 'sda', 'vda', 'kmsg', 'fuse', 'kvm', 'ptmx', 'shm/x'):\n"
            "    try:\n"
            "        os.open('/dev/' + name, os.O_RDWR | os.O_CREAT)\n"
            "        print('REACHED', name)\n"
            "    except OSError as error:\n"
            "        print('no', name, error.errno)\n"
            "for kind in (stat.S_IFCHR, stat.S_IFBLK):\n"
            "    try:\n"
            "        os.mknod('/tmp/device', kind | 0o666, os.makedev(1, 1))\n"
            "        print('REACHED', kind)\n"
            "    except OSError as error:\n"
            "        print('no device', error.errno)"
        ),
        tried="no device",
    ),
    Attack(
        "devices made unusable",
        "they are the machine's own: what becomes of their permissions is there for everybody",
        double=(
            WRONG + "import os\n"
            "for name in ('null', 'zero', 'full', 'random', 'urandom'):\n"
            "    path = '/dev/' + name\n"
            "    for act in (lambda: os.chmod(path, 0o666), lambda: os.chown(path, -1, -1),\n"
            "                lambda: os.chown(path, os.getuid(), -1), lambda: os.utime(path),\n"
            "                lambda: os.rename(path, '/dev/x'), lambda: os.remove(path)):\n"
            "        try:\n"
            "            act()\n"
            "            print('CHANGED', path)\n"
            "        except OSError as error:\n"
            "            print('as it was', error.errno)"
        ),
        tried="as it was 30",
    ),
    Attack(
        "doors of the kernel",
        "one of the calls that holes were found in is open",
        double=(
            WRONG + SYSTEM + "doors = {'io_uring_setup': (425, 425), 'bpf': (321, 280),\n"
            "         'perf_event_open': (298, 241), 'userfaultfd': (323, 282),\n"
            "         'keyctl': (250, 219), 'fsopen': (430, 430), 'pidfd_open': (434, 434),\n"
            "         'memfd_create': (319, 279), 'vmsplice': (278, 75), 'future': (999, 999)}\n"
            "for name, numbers in doors.items():\n"
            "    got = system(numbers[platform.machine() == 'aarch64'], 0, 0, 0, 0, 0)\n"
            "    print('REACHED' if got not in (-1, -38) else 'no door', name, got)"
        ),
        tried="no door",
    ),
    Attack(
        "the clock",
        "what is late is made early, and deadlines of the grader never come",
        double=(
            WRONG + "import time\n"
            "time.monotonic = time.time = lambda: 0.0\n"
            "for clock in (time.CLOCK_REALTIME, time.CLOCK_MONOTONIC, time.CLOCK_BOOTTIME):\n"
            "    try:\n"
            "        time.clock_settime(clock, 0)\n"
            "        print('REACHED')\n"
            "    except OSError as error:\n"
            "        print('not set', error.errno)"
        ),
        tried="not set",
    ),
)
