"""What a student's process can see and do, and what is said where no sandbox is to be had."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from processes import descendants, runs, soon

from autograder import edition
from autograder.grading.student import StudentSide
from autograder.options import PACKAGES, Options
from autograder.sandbox import bubblewrap, fork_server, libseccomp, seccomp, unavailable
from autograder.sandbox.libseccomp import FilterUnavailable
from autograder.sandbox.start import SandboxUnavailable

pytestmark = pytest.mark.sandbox

REPOSITORY = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def inside() -> Iterator[Callable[[str], str]]:
    """Run code in a sandbox, all of a module's in the same; gives what it printed."""
    with StudentSide(Options(cell_seconds=20), hidden=(REPOSITORY,)) as student:
        student.run_cell("cell", "import os")

        def run(source: str) -> str:
            ran = student.run_cell("cell", source)
            assert ran.lost is None, ran.lost
            assert ran.failure is None, ran.failure
            return "".join(output.text for output in ran.outputs)

        yield run


def test_only_what_python_needs_is_there(inside: Callable[[str], str]) -> None:
    places = set(inside("import os\nprint(*os.listdir('/'))").split())
    assert places <= {
        *("dev", "etc", "lib", "lib32", "lib64", "libx32", "packages", "tmp", "unrolled", "usr"),
        Path(sys.base_prefix).parts[1],
    }
    ours = {"autograder", "build", "course_lib"}
    assert set(inside("print(*os.listdir('/unrolled'))").split()) == ours
    assert inside("print(os.listdir('/unrolled/build'))") == "['checks']\n"
    grader = set(inside("print(*os.listdir('/unrolled/autograder'))").split())
    assert grader == {"__init__.py", "worker"}
    assert inside("print(os.listdir('/tmp'))") == "[]\n"


def test_the_repository_the_home_and_the_processes_are_not_there(
    inside: Callable[[str], str],
) -> None:
    hidden = [str(REPOSITORY), str(REPOSITORY / "solutions"), "/proc/1", "/sys", "/run", "/var"]
    hidden += [str(Path.home() / ".bashrc"), "/etc/passwd", "/etc/hostname", "/bin/sh"]
    assert inside(f"print([p for p in {hidden!r} if os.path.exists(p)])") == "[]\n"


def test_no_file_of_the_instructors_can_be_found(inside: Callable[[str], str]) -> None:
    names = ("hidden.py", "mistakes.py", "gradebook.db", "examiner.py", "lab.py")
    walk = (
        f"names = {names!r}\n"
        "print([os.path.join(d, f) for d, _, files in os.walk('/') for f in files if f in names])\n"
        "ends = ('/reference', '/torch', '/nbgrader')\n"
        "print([d for d, _, _ in os.walk('/') if d.endswith(ends)])"
    )
    assert inside(walk) == "[]\n[]\n"


@pytest.mark.parametrize(
    "module", ["numpy", "matplotlib.pyplot", "course_lib.checks", "course_lib.gradcheck", "ssl"]
)
def test_what_students_may_use_can_be_imported(inside: Callable[[str], str], module: str) -> None:
    assert inside(f"import {module}\nprint('there')") == "there\n"


def test_the_environment_tells_nothing(
    inside: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    names = inside("print(*sorted(os.environ))").split()
    assert set(names) == {
        *("HOME", "TMPDIR", "LANG", "MPLBACKEND", "PWD", "OPENBLAS_NUM_THREADS"),
        *("OMP_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS"),
    }
    assert inside("import platform\nprint(platform.node(), os.getuid(), os.getpid())") == (
        "sandbox 1000 1\n"
    )


def test_nothing_is_inherited_but_the_channel() -> None:
    secret = os.open(__file__, os.O_RDONLY)
    os.set_inheritable(secret, True)
    source = (
        "import os\n"
        "def kind(n):\n"
        "    try:\n"
        "        return oct(os.fstat(n).st_mode >> 12)\n"
        "    except OSError:\n"
        "        return None\n"
        "print([k for k in map(kind, range(4096)) if k])"
    )
    try:
        with StudentSide(Options()) as student:
            (output,) = student.run_cell("cell", source).outputs
    finally:
        os.close(secret)
    # The null device three times, the channel, and no file.
    assert output.text == f"{['0o2'] * 3 + ['0o14']}\n"


@pytest.mark.parametrize("place", ["/", "/dev", "/etc", "/packages", "/unrolled", "/usr/lib"])
def test_only_tmp_can_be_written(inside: Callable[[str], str], place: str) -> None:
    source = (
        f"try:\n    open({place!r} + '/new', 'w')\nexcept OSError as error:\n    print(error.errno)"
    )
    assert inside(source) == "30\n"


def test_what_is_written_to_tmp_is_limited_and_gone_afterwards() -> None:
    source = (
        "written = 0\n"
        "try:\n"
        "    for i in range(100):\n"
        "        with open(f'/tmp/{i}', 'wb', buffering=0) as file:\n"
        "            written += file.write(bytes(2**20))\n"
        "except OSError:\n"
        "    print(written // 2**20)"
    )
    with StudentSide(Options(disk_mb=8)) as student:
        (output,) = student.run_cell("cell", source).outputs
        assert output.text in ("7\n", "8\n")
    with StudentSide(Options(disk_mb=8)) as student:
        (output,) = student.run_cell(
            "cell", "import os\nprint([f for f in os.listdir('/tmp') if f[0] != '.'])"
        ).outputs
        assert output.text == "[]\n"


REFUSED = {
    "fork": "os.fork()",
    "subprocess": "subprocess.run(['/usr/bin/true'])",
    "multiprocessing": "multiprocessing.get_context('fork').Process(target=print).start()",
    "clone3": "libc(435, 0, 0)",
    "unshare": "libc(272, 0x10000000)",
    "setns": "libc(308, 0, 0)",
    "mount": "libc(165, 0, 0, 0, 0, 0)",
    "ptrace": "libc(101, 0, 0, 0, 0)",
    "keyctl": "libc(250, 0, 0, 0, 0, 0)",
    "bpf": "libc(321, 0, 0, 0)",
    "io_uring": "libc(425, 1, 0)",
    "memfd": "os.memfd_create('x')",
    "shared memory": "libc(29, 0, 4096, 0o1600)",
    "outlive the grader": "libc(157, 1, 0)",
    "internet socket": "socket.socket()",
    "netlink socket": "socket.socket(socket.AF_NETLINK)",
    "connect": "socket.create_connection(('127.0.0.1', 80), 1)",
    "name look-up": "socket.getaddrinfo('localhost', 80)",
    "kill others": "os.kill(2, 9)",
    "chroot": "os.chroot('/tmp')",
    "unmount": "libc(166, b'/tmp', 2)",
    "raise a capability": "libc(157, 47, 2, 21, 0, 0)",
    "lease on a file": "fcntl.fcntl(os.open(os.__file__, os.O_RDONLY), 1024, fcntl.F_RDLCK)",
    "write lease": "fcntl.fcntl(os.open(os.__file__, os.O_RDONLY), 1024, fcntl.F_WRLCK)",
    "watch a folder": "fcntl.fcntl(os.open('/', os.O_RDONLY), 1026, fcntl.DN_ACCESS)",
    "watch a file": "libc(253)",
    "watch files": "libc(294, 0)",
    "more memory": "resource.setrlimit(resource.RLIMIT_AS, (-1, -1))",
    "core dumps": "resource.setrlimit(resource.RLIMIT_CORE, (1, 1))",
    "real root": "os.setuid(0)",
    "set the clock": "time.clock_settime(0, 0)",
    "another program": "os.execv(sys.executable, [sys.executable, '-c', ''])",
    "a program in a descriptor": "os.execve(os.open(sys.executable, os.O_RDONLY), ['x'], {})",
    "descriptors in a message": "socket.send_fds(socket.socketpair()[0], [b'x'], [0])",
    "a message out of turn": "socket.socketpair()[0].send(b'x', socket.MSG_OOB)",
    "sockets of another kind": "socket.socketpair(socket.AF_TIPC, socket.SOCK_SEQPACKET)",
    "a filter on a socket": "socket.socketpair()[0].setsockopt(1, 26, bytes(16))",
    "a filter of its own": "libc(317, 1, 0, 0)",
    "huge pages": "mmap.mmap(-1, 2**21, flags=0x40022)",
    "input and output by the kernel": "libc(206, 1, ctypes.byref(ctypes.c_ulong()))",
    "a larger pipe": "fcntl.fcntl(os.pipe()[0], 1031, 2**20)",
    "signals for a descriptor": "fcntl.fcntl(0, fcntl.F_SETOWN, 1)",
    "how a file is used": "fcntl.fcntl(os.open(os.__file__, os.O_RDONLY), 1036, bytes(8))",
    "be dumped": "libc(157, 4, 1)",
    "lock memory": "libc(149, ctypes.byref(ctypes.create_string_buffer(9**5)), 9**5)",
    "the machine's devices": "os.utime('/dev/null')",
    "a call of tomorrow": "libc(467, 0, 0)",
}


@pytest.mark.parametrize("what", REFUSED)
def test_the_kernel_refuses(inside: Callable[[str], str], what: str) -> None:
    if "libc(" in REFUSED[what] and os.uname().machine != "x86_64":
        return  # numbers of x86_64; test_seccomp looks at the other machines' filter
    source = (
        "import ctypes, fcntl, mmap, multiprocessing, os, resource, socket, subprocess, sys, time\n"
        "def libc(*args):\n"
        "    c = ctypes.CDLL(None, use_errno=True)\n"
        "    if c.syscall(*args) < 0:\n"
        "        raise OSError(ctypes.get_errno(), 'refused')\n"
        f"try:\n    {REFUSED[what]}\n"
        "except (OSError, ValueError) as error:\n    print('refused', type(error).__name__)\n"
    )
    assert inside(source).startswith("refused")


HARMLESS = {
    "a data base": (
        "import sqlite3\nwith sqlite3.connect('/tmp/x.db') as base:\n"
        "    base.execute('create table t (a)')\n    base.execute('insert into t values (7)')\n"
        "print(sqlite3.connect('/tmp/x.db').execute('select a from t').fetchone())",
        "(7,)\n",
    ),
    "a shelf": (
        "import shelve\nwith shelve.open('/tmp/shelf') as s:\n    s['a'] = [7]\n"
        "print(shelve.open('/tmp/shelf')['a'])",
        "[7]\n",
    ),
    "files": (
        "import os, shutil, tempfile\nwith tempfile.NamedTemporaryFile() as file:\n"
        "    file.write(b'x' * 9999)\n    file.flush()\n    os.fsync(file.fileno())\n"
        "    print(os.path.getsize(shutil.copy(file.name, '/tmp/copy')), file.isatty())",
        "9999 False\n",
    ),
    "an array in a file": (
        "import numpy as np\nm = np.memmap('/tmp/m', 'f8', 'w+', shape=3)\nm[:] = 7\nm.flush()\n"
        "np.save('/tmp/a.npy', m)\nprint(np.load('/tmp/a.npy', mmap_mode='r'))",
        "[7. 7. 7.]\n",
    ),
    "a copy with its times and attributes": (
        "import os, shutil\nopen('/tmp/old', 'w').write('x')\nos.utime('/tmp/old', (7, 7))\n"
        "shutil.copy2('/tmp/old', '/tmp/new')\nprint(os.path.getmtime('/tmp/new'))",
        "7.0\n",
    ),
    "linear algebra": (
        "import numpy as np\na = np.random.default_rng(0).normal(size=(200, 200))\n"
        "u, s, v = np.linalg.svd(a)\nprint(np.allclose(u * s @ v, a), np.fft.fft(a).shape)",
        "True (200, 200)\n",
    ),
    "an alarm": (
        "import signal, time\ncome = []\nsignal.signal(signal.SIGALRM, lambda *_: come.append(1))\n"
        "signal.setitimer(signal.ITIMER_REAL, 0.01)\ntime.sleep(0.1)\nprint(come)",
        "[1]\n",
    ),
    "about itself": (
        "import os, platform, resource, uuid\nos.nice(1)\nuuid.uuid1(), uuid.uuid4()\n"
        "print(platform.system(), os.times().user > 0, os.cpu_count() > 0,\n"
        "      resource.getrusage(resource.RUSAGE_SELF).ru_maxrss > 0)",
        "Linux True True True\n",
    ),
    "waiting": ("import asyncio\nawait asyncio.sleep(0.01)\nprint(7)", "7\n"),
    "a socket": (
        "import socket\na, b = socket.socketpair()\na.settimeout(1)\nb.setblocking(False)\n"
        "a.sendall(b'xy')\nprint(b.recv(9))\n_ = a.close(), b.close()",
        "b'xy'\n",
    ),
    "a warning, a picture": (
        "import warnings, matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.savefig('/tmp/p.png')\n"
        "plt.close()\nprint(len(open('/tmp/p.png', 'rb').read()) > 999)",
        "True\n",
    ),
}


@pytest.mark.parametrize("what", HARMLESS)
def test_harmless_code_is_not_in_the_way_of_the_filter(
    inside: Callable[[str], str], what: str
) -> None:
    source, expected = HARMLESS[what]
    assert inside(source) == expected


def test_what_a_user_has_little_of_is_rationed(inside: Callable[[str], str]) -> None:
    source = (
        "import ctypes, resource as r\n"
        "print([r.getrlimit(getattr(r, 'RLIMIT_' + name)) for name in\n"
        "       ('CORE', 'MEMLOCK', 'MSGQUEUE')], r.getrlimit(r.RLIMIT_SIGPENDING)[1] <= 1000,\n"
        "      ctypes.CDLL(None).prctl(3, 0, 0, 0, 0))"
    )
    assert inside(source) == "[(0, 0), (0, 0), (0, 0)] True 0\n"


def test_nothing_differentiates_for_a_student_who_is_graded(inside: Callable[[str], str]) -> None:
    found = inside(
        "from importlib.util import find_spec\n"
        "names = ('answers', 'autograd', 'models', 'suspects', 'training')\n"
        "print([find_spec(f'course_lib.{name}') for name in names])"
    )
    assert found.strip() == "[None, None, None, None, None]"


def test_threads_work(inside: Callable[[str], str]) -> None:
    source = (
        "from concurrent.futures import ThreadPoolExecutor\n"
        "with ThreadPoolExecutor(4) as pool:\n    print(sum(pool.map(abs, range(-10, 0))))"
    )
    assert inside(source) == "55\n"


def test_memory_is_limited() -> None:
    with StudentSide(Options(memory_mb=1024)) as student:
        ran = student.run_cell("cell", "x = bytearray(1_200_000_000)")
        assert ran.failure is not None
        assert ran.failure.memory
        assert student.run_cell("cell", "x = 1").failure is None
    assert student.peak_mb < 300


def test_processor_time_is_counted_by_the_kernel() -> None:
    source = "import time\nend = time.process_time() + 0.5\nwhile time.process_time() < end: pass"
    with StudentSide(Options()) as student:
        assert student.run_cell("cell", source).lost is None
    assert 0.5 < student.cpu_seconds < 3


def test_nothing_is_left_running() -> None:
    with StudentSide(Options()) as first:
        first.run_cell("cell", "'the fork server stays'")
    before = descendants()
    student = StudentSide(Options())
    student.run_cell(
        "cell", "import threading, time\nthreading.Thread(target=time.sleep, args=(99,)).start()"
    )
    assert descendants() - before
    student.close()
    assert soon(lambda: not descendants() - before)


def test_a_killed_grader_takes_its_sandboxes_with_it() -> None:
    program = (
        "import sys, time\n"
        "from autograder.options import Options\n"
        "from autograder.grading.student import StudentSide\n"
        "student = StudentSide(Options())\n"
        "trick = 'import ctypes; ctypes.CDLL(None).prctl(1, 0)'\n"
        "student.run_cell('cell', trick)\n"
        "print('up', flush=True)\n"
        "student.run_cell('cell', 'while True: pass')\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    before = descendants()
    grader = subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, env=environment, text=True
    )
    with grader:
        assert grader.stdout is not None
        assert grader.stdout.readline() == "up\n"
        family = descendants() - before
        assert len(family) >= 3
        grader.send_signal(signal.SIGKILL)
        grader.wait()
        assert soon(lambda: not any(map(runs, family)))


@pytest.fixture
def no_fork_server() -> Iterator[None]:
    """None is there at first, and none is left."""
    fork_server.end_all()
    yield
    fork_server.end_all()


def refusal(options: Options | None = None) -> str:
    with pytest.raises(SandboxUnavailable) as caught:
        StudentSide(options or Options()).run_cell("cell", "1")
    return str(caught.value)


@pytest.mark.usefixtures("no_fork_server")
def test_without_bubblewrap_the_command_to_run_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    text = refusal()
    assert "apt-get install bubblewrap" in text
    assert "--sandbox none" in text


def fake_bwrap(folder: Path, script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    path = folder / "bwrap"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder))


@pytest.mark.usefixtures("no_fork_server")
def test_where_namespaces_are_forbidden_what_to_enable_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_bwrap(
        tmp_path, "echo 'bwrap: No permissions to create new namespace' >&2; exit 1", monkeypatch
    )
    setting = tmp_path / "restrict"
    setting.write_text("1\n")
    command = "sysctl -w kernel.apparmor_restrict_unprivileged_userns=0"
    monkeypatch.setattr(unavailable, "_NAMESPACE_SETTINGS", {str(setting): ("1", command)})
    assert command in refusal()
    setting.write_text("0\n")
    assert "Docker" in refusal()


@pytest.mark.usefixtures("no_fork_server")
def test_an_old_bubblewrap_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_bwrap(tmp_path, "echo 'bwrap: Unknown option --size' >&2; exit 1", monkeypatch)
    assert "too old" in refusal()


@pytest.mark.usefixtures("no_fork_server")
def test_a_sandbox_that_does_not_come_up_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_bwrap(tmp_path, "exec /bin/sleep 60", monkeypatch)
    began = time.monotonic()
    assert "could not be started" in refusal(Options(start_seconds=0.5))
    assert time.monotonic() - began < 10


@pytest.mark.usefixtures("no_fork_server")
def test_a_machine_without_a_filter_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def none(*, fork_server: bool = False) -> bytes:
        raise FilterUnavailable("no system-call filter for riscv64")

    monkeypatch.setattr(seccomp, "program", none)
    assert "riscv64" in refusal()


@pytest.mark.usefixtures("no_fork_server")
def test_without_libseccomp_the_command_to_run_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(libseccomp, "_LIBRARY", "libnowhere.so.2")
    libseccomp._library.cache_clear()
    seccomp.program.cache_clear()
    try:
        text = refusal()
    finally:
        libseccomp._library.cache_clear()
    assert "apt-get install libseccomp2" in text
    assert "--sandbox none" in text


def test_package_folders_among_pythons_own_files_are_masked(tmp_path: Path) -> None:
    hidden = bubblewrap.to_mask((Path(sys.base_prefix, "lib"), tmp_path))
    words = bubblewrap.arguments(PACKAGES, {}, hidden)
    masked = [words[i + 1] for i, word in enumerate(words) if word == "--tmpfs"]
    shown = [words[i + 1] for i, word in enumerate(words) if word == "--ro-bind"]
    assert str(Path(sys.base_prefix, "lib")) in masked
    assert str(tmp_path) not in masked
    assert str(REPOSITORY) not in shown
    assert not [path for path in shown if path.endswith(("/torch", "/nbgrader", "/reference"))]


@pytest.mark.parametrize(
    ("copy", "kept_back"),
    [
        (edition.lessons_edition, {"reference"}),
        (
            edition.student_edition,
            {"reference", "answers.py", "autograd.py", "models.py", "suspects.py", "training.py"},
        ),
    ],
)
def test_an_edition_is_all_but_what_is_kept_back(
    copy: Callable[[Path], Path], kept_back: set[str], tmp_path: Path
) -> None:
    made = copy(tmp_path)
    mine = {p.relative_to(edition.COURSE_LIB) for p in edition.COURSE_LIB.rglob("*") if p.is_file()}
    theirs = {p.relative_to(made) for p in made.rglob("*") if p.is_file()}
    left_out = {p for p in mine - theirs if "__pycache__" not in p.parts}
    assert {p.parts[0] for p in left_out} == kept_back
    added = {path for path in theirs - mine if path.suffix != ".json"}
    assert not added


def test_the_lessons_bring_the_checks_that_are_built(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    built = tmp_path / "built"
    built.mkdir()
    (built / "rnn.json").write_text("{}")
    monkeypatch.setattr(edition, "CHECKS", built)
    assert (edition.lessons_edition(tmp_path) / "checks" / "rnn.json").read_text() == "{}"


def plain(source: str) -> Any:
    with StudentSide(Options(sandbox="none", cell_seconds=5)) as student:
        return student.run_cell("cell", source)


def test_without_a_sandbox_the_same_worker_runs_in_a_folder_of_its_own() -> None:
    ran = plain("import os, sys\nprint(os.getcwd())\nprint('course_lib.reference' in sys.modules)")
    folder = Path(ran.outputs[0].text.split()[0])
    assert folder.name == "home"
    assert not folder.parent.exists()
    assert plain("import course_lib.reference").failure.exception == "ModuleNotFoundError"
    assert plain("import torch").failure.exception == "ModuleNotFoundError"
    assert plain("import matplotlib.pyplot, course_lib.checks").failure is None
    assert plain("x = bytearray(3_000_000_000)").failure.memory


def test_without_a_sandbox_a_hang_takes_its_children_with_it() -> None:
    before = descendants()
    ran = plain("import subprocess\nsubprocess.Popen(['sleep', '60'])\nwhile True: pass")
    assert ran.lost.kind == "timeout"
    assert not descendants() - before
