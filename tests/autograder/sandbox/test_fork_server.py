"""Students' processes that are forked from one fork server are as strange to each other as ever."""

import contextlib
import errno
import fcntl
import gc
import itertools
import os
import platform
import signal
import tempfile
import threading
import time
from collections.abc import Container, Iterator
from pathlib import Path
from typing import Any

import pytest
from lab import POINTS, assignment, grade, points, submission
from processes import descendants, numbers, runs, soon, students

from autograder.events import Event
from autograder.grading.examiner import SandboxEnded
from autograder.grading.session import Lost, Session, TornDown
from autograder.grading.student import StudentSide
from autograder.options import PACKAGES, Options
from autograder.sandbox import fork_server, seccomp
from autograder.sandbox.libseccomp import ALLOW, Rule, answer, assemble
from autograder.sandbox.start import SandboxUnavailable
from course_lib import optim

pytestmark = pytest.mark.sandbox

SPACES = ("user", "mnt", "pid", "net", "ipc", "uts")


class Process:
    """A student's process, spoken to without replays."""

    def __init__(self, **options: Any) -> None:
        self.session = Session(Options(**options), ())

    def run(self, source: str, seconds: float = 20.0) -> str:
        """What a cell prints; a cell that fails prints its error."""
        reply = self.session.request("cell", seconds, name="cell", source=source)
        assert reply["error"] is None, reply["error"]
        return "".join(part[1] for part in reply["outputs"])

    def __enter__(self) -> "Process":
        return self

    def __exit__(self, *_: object) -> None:
        self.session.end()


@pytest.fixture
def pair() -> Iterator[tuple[Process, Process]]:
    """Two students at once."""
    with Process() as one, Process() as other:
        yield one, other


def the_fork_server() -> int:
    """The number of the only fork server's process here."""
    (found,) = [pid for pid in descendants() if numbers(pid)[1:] == [1]]
    return found


def parent(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def space(pid: int, name: str) -> str:
    return os.readlink(f"/proc/{pid}/ns/{name}")  # noqa: PTH115


@pytest.fixture
def alone() -> Iterator[None]:
    """A test that has no fork server but its own."""
    fork_server.end_all()
    assert soon(lambda: not descendants())
    yield
    fork_server.end_all()


@pytest.mark.usefixtures("alone")
def test_each_lives_in_namespaces_of_its_own(pair: tuple[Process, Process]) -> None:
    pids = {os.getpid(), the_fork_server(), *students()}
    assert len(pids) == 4
    for name in SPACES:
        assert len({space(pid, name) for pid in pids}) == 4, name


def test_each_has_given_up_every_right(pair: tuple[Process, Process]) -> None:
    for pid in students():
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
        status = dict(line.split(":\t", 1) for line in lines if ":\t" in line)
        for rights in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
            assert int(status[rights], 16) == 0, rights
        assert status["NoNewPrivs"] == "1"
        assert status["Seccomp"] == "2"
        assert int(status["Seccomp_filters"]) >= 2
        assert Path(f"/proc/{pid}/oom_score_adj").read_text() == "1000\n"


CALLS = (
    "import ctypes, os, signal, socket\n"
    "c = ctypes.CDLL(None, use_errno=True)\n"
    "def tried(act):\n"
    "    try:\n        return act()\n"
    "    except OSError as error:\n        return type(error).__name__\n"
)
#: What a student may try against others, and what it prints where that comes to nothing.
TRICKS = {
    "kill all": ("for n in (15, 9):\n    print(tried(lambda: os.kill(-1, n)))", None),
    "kill the first": ("print(tried(lambda: os.kill(1, 9)))", "None\n"),
    "kill the group": ("print(tried(lambda: os.kill(0, 9)))", "None\n"),
    "kill by number": (
        "print({tried(lambda: os.kill(n, 9)) for n in range(2, 5000)})",
        "{'ProcessLookupError'}\n",
    ),
    "the parent": ("print(os.getppid(), os.getpgid(0), os.getsid(0))", "0 1 1\n"),
    "trace": ("print(c.ptrace(16, 1, 0, 0), c.ptrace(16, 2, 0, 0))", "-1 -1\n"),
    "new namespaces": (
        "print(c.unshare(0x10000000), c.unshare(0x20000), c.setns(3, 0))",
        "-1 -1 -1\n",
    ),
    "mounts": (
        "print(c.mount(b'x', b'/tmp', b'tmpfs', 0, b''), c.mount(b'x', b'/tmp', b'proc', 0, b''),"
        " c.umount2(b'/tmp', 2), c.syscall(428, -100, b'/tmp', 0))",
        "-1 -1 -1 -1\n",
    ),
    "processes": (
        "print([p for p in ('/proc', '/tmp/proc', '/sys', '/dev/shm', '/dev/pts')"
        " if os.path.exists(p)])",
        "[]\n",
    ),
    "the folder below": (
        "os.chdir('/tmp')\n"
        "print(os.getcwd(), os.listdir('.'), os.listdir('/tmp/..') == os.listdir('/'),\n"
        "      os.listdir(os.open('/tmp', os.O_RDONLY)))\n"
        "os.chdir('..')\nprint(os.listdir('tmp'))",
        "/tmp [] True []\n[]\n",
    ),
    "inherited descriptors": (
        "print([n for n in range(4096) if tried(lambda: os.fstat(n)) != 'OSError'])",
        "[0, 1, 2, 3]\n",
    ),
    "abstract sockets": (
        "s = socket.socket(socket.AF_UNIX)\nprint(tried(lambda: s.connect('\\0meet')))",
        "ConnectionRefusedError\n",
    ),
    "sockets in files": (
        "s = socket.socket(socket.AF_UNIX)\nprint(tried(lambda: s.connect('/tmp/meet')))",
        "FileNotFoundError\n",
    ),
    "notes in files": ("print(os.path.exists('/tmp/note'))", "False\n"),
    "System V memory": ("print(c.shmget(7, 4096, 0o1666), c.msgget(7, 0o1666))", "-1 -1\n"),
    "POSIX memory": (
        "print(c.shm_open(b'/x', 66, 0o600), c.mq_open(b'/x', 66, 0o600, 0))",
        "-1 -1\n",
    ),
    "changed modules": (
        "import builtins, math, numpy, random, sys\n"
        "print(hasattr(builtins, 'note'), numpy.pi == math.pi, 'note' in sys.modules,\n"
        "      'note' in os.environ, 'note' in get_ipython().user_ns)",
        "False True False False False\n",
    ),
    "the filter": ("print(c.prctl(22, 0, 0, 0, 0), c.prctl(38, 0, 0, 0, 0))", "-1 -1\n"),
}
TRACES = (
    "import builtins, numpy, os, socket, sys\n"
    "builtins.note = sys.modules['note'] = note = 1\n"
    "numpy.pi = 3\n"
    "os.environ['note'] = 'x'\n"
    "open('/tmp/note', 'w').write('x')\n"
    "abstract = socket.socket(socket.AF_UNIX)\nabstract.bind('\\0meet')\nabstract.listen()\n"
    "named = socket.socket(socket.AF_UNIX)\nnamed.bind('/tmp/meet')\nnamed.listen()\n"
)


@pytest.mark.parametrize("trick", TRICKS)
def test_nobody_reaches_another(trick: str, pair: tuple[Process, Process]) -> None:
    victim, culprit = pair
    before = students()
    victim.run(TRACES)
    source, expected = TRICKS[trick]
    try:
        said = culprit.run(CALLS + source)
    except Lost as lost:  # it may hit itself
        assert expected is None, lost.detail  # noqa: PT017
        said = None
    assert expected is None or said == expected
    assert victim.run("print('here', note)") == "here 1\n"
    with Process() as later:
        assert later.run("print('note' in globals())") == "False\n"
    assert len(before & students()) >= 1


def test_a_full_folder_is_full_for_its_owner_only(pair: tuple[Process, Process]) -> None:
    victim, culprit = pair
    many = (
        "try:\n    for i in range(10**6):\n        open(f'/tmp/{i}', 'w').close()\n"
        "except OSError as error:\n    print(error.errno, 1000 < i < 20_000)"
    )
    assert culprit.run(many) == f"{errno.ENOSPC} True\n"
    assert victim.run("print(open('/tmp/big', 'wb').write(bytes(10**7)))") == "10000000\n"
    assert victim.run("import os\nprint(os.listdir('/tmp'))") == "['big']\n"


def test_a_lease_cannot_hold_up_who_opens_the_file(pair: tuple[Process, Process]) -> None:
    lease = (
        "import fcntl, course_lib.optim as m\n"
        "try:\n    fcntl.fcntl(open(m.__file__), fcntl.F_SETLEASE, fcntl.F_WRLCK)\n"
        "except OSError as error:\n    print(error.errno)"
    )
    assert pair[0].run(lease) == f"{errno.ENOSYS}\n"
    began = time.monotonic()
    pair[1].run("import course_lib.optim as m\nopen(m.__file__).close()")
    assert time.monotonic() - began < 5


def test_a_lock_on_a_shared_file_locks_out_nobody(pair: tuple[Process, Process]) -> None:
    lock = (
        "import fcntl, course_lib.optim as m\nfile = open(m.__file__)\n"
        "fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)\n"
        "fcntl.lockf(file, fcntl.LOCK_SH | fcntl.LOCK_NB)\nprint('locked')"
    )
    assert [process.run(lock) for process in pair] == ["locked\n"] * 2
    for path in (optim.__file__, os.devnull):
        with Path(path).open("rb+") as mine:
            fcntl.flock(mine, fcntl.LOCK_EX | fcntl.LOCK_NB)
            fcntl.lockf(mine, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_nothing_set_on_the_standard_streams_stays(pair: tuple[Process, Process]) -> None:
    flags = "import fcntl, os\nprint([fcntl.fcntl(n, fcntl.F_GETFL) & ~0o100000 for n in range(3)])"
    change = "\nfor n in range(3): fcntl.fcntl(n, fcntl.F_SETFL, os.O_NONBLOCK | os.O_APPEND)\n"
    assert pair[0].run(flags + change + flags) == f"{[os.O_RDWR] * 3}\n{[0o6002] * 3}\n"
    assert pair[1].run(flags) == f"{[os.O_RDWR] * 3}\n"
    with Process() as later:
        assert later.run(flags) == f"{[os.O_RDWR] * 3}\n"


def test_no_memory_is_shared_with_another(pair: tuple[Process, Process]) -> None:
    pair[0].run("import mmap\nmine = mmap.mmap(-1, 4096)")
    found = []
    for pid in students():
        maps = [line.split() for line in Path(f"/proc/{pid}/maps").read_text().splitlines()]
        found.append([words[1] for words in maps if words[1][3] == "s"])
    assert sorted(found) == [[], ["rw-s"]]


def test_random_numbers_differ_from_process_to_process(pair: tuple[Process, Process]) -> None:
    draw = (
        "import random, numpy as np\nprint(random.random(), np.random.rand(), np.random.bytes(4))"
    )
    drawn = [process.run(draw).split(" ", 2) for process in pair]
    for one, other in zip(*drawn, strict=True):
        assert one != other


def test_a_warm_shell_looks_like_a_new_one() -> None:
    look = (
        "import linecache, sys, warnings\n"
        "print(sorted(globals()), get_ipython().execution_count, get_ipython().ipython_dir,\n"
        "      sorted(get_ipython().user_ns_hidden), len(warnings.filters),\n"
        "      linecache.cache.keys(),\n"
        "      getattr(sys, 'last_value', None), sys.flags.hash_randomization)"
    )
    with Process() as warm, Process(sandbox="none") as plain:
        cold = plain.run(look)
        home = plain.run("import os\nprint(os.environ['HOME'], end='')")
        assert warm.run(look) == cold.replace(home, "/tmp")


def test_ipython_can_keep_its_own_things(pair: tuple[Process, Process]) -> None:
    assert "/tmp" in pair[0].run("%cd /tmp\n%bookmark here /tmp\n%bookmark -l")
    assert "here" not in pair[1].run("%bookmark -l")


def test_the_death_of_one_is_seen_at_once(pair: tuple[Process, Process]) -> None:
    first, second = pair
    began = time.monotonic()
    with pytest.raises(Lost) as caught:
        first.run("import os\nos._exit(3)")
    assert (caught.value.kind, caught.value.detail) == ("crashed", "exit code 3")
    assert time.monotonic() - began < 5
    assert second.run("print(1)") == "1\n"


def test_what_was_used_is_told_of_each_also_where_it_died(pair: tuple[Process, Process]) -> None:
    used = "import os, time\nx = bytearray(150_000_000)\nwhile time.process_time() < 0.5: pass\n"
    first, second = pair
    with pytest.raises(Lost):
        first.run(used + "os._exit(0)")
    heavy, light = first.session.end(), second.session.end()
    assert 0.5 <= heavy.cpu_seconds < 3
    assert 150 < heavy.peak_mb < 400
    assert light.cpu_seconds < 0.2
    assert 10 < light.peak_mb < 140
    assert light.status == -signal.SIGKILL
    assert second.session.end() is light


@pytest.mark.usefixtures("alone")
def test_a_fork_server_that_was_killed_is_replaced() -> None:
    with Process() as process:
        process.run("x = 1")
        first = the_fork_server()
        os.kill(first, signal.SIGKILL)
        assert soon(lambda: not runs(first) and not students())
        with pytest.raises(TornDown):
            process.run("x")
    with Process() as process:
        assert process.run("print(2)") == "2\n"
        assert the_fork_server() != first


@pytest.mark.usefixtures("alone")
def test_a_fork_server_that_dies_while_it_is_at_work_is_no_crash_of_the_students() -> None:
    for _ in range(3):
        with Process() as process:
            killer = threading.Timer(0.2, os.kill, (the_fork_server(), signal.SIGKILL))
            killer.start()
            with pytest.raises(TornDown):
                process.run("while True: pass")
            killer.join()


@pytest.mark.usefixtures("alone")
@pytest.mark.parametrize("who", ["student", "supervisor"])
def test_a_process_that_is_killed_alone_is_one_that_crashed(who: str) -> None:
    with Process() as process:
        process.run("print(1)")
        (pid,) = students()
        os.kill(pid if who == "student" else parent(pid), signal.SIGKILL)
        assert soon(lambda: not runs(pid))
        with pytest.raises(Lost) as caught:
            process.run("print(1)")
        assert (caught.value.kind, caught.value.detail) == ("crashed", "signal 9")
        with Process() as other:
            assert other.run("print(2)") == "2\n"
    assert soon(lambda: not students())


def killing(monkeypatch: pytest.MonkeyPatch, moments: Container[int]) -> None:
    """Have the fork server killed before requests, which are counted from 0."""
    count = itertools.count()
    ask = Session.ask

    def killed(self: Session, *args: Any, **content: Any) -> None:
        if next(count) in moments:
            os.kill(pid := the_fork_server(), signal.SIGKILL)
            assert soon(lambda: not runs(pid))
        ask(self, *args, **content)

    monkeypatch.setattr(Session, "ask", killed)


@pytest.mark.usefixtures("alone")
@pytest.mark.parametrize("moments", [{0}, {3, 9}, {12}])
def test_a_submission_whose_fork_server_dies_is_begun_anew(
    moments: set[int], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    lab = assignment(tmp_path)
    undisturbed = grade(submission(), lab)
    killing(monkeypatch, moments)
    graded = grade(submission(), lab)
    assert points(graded) == points(undisturbed) == POINTS
    assert graded.notebook == undisturbed.notebook
    assert graded.events == (Event("begun-anew"),) * len(moments)


@pytest.mark.usefixtures("alone")
def test_a_fork_server_that_dies_every_time_ends_the_attempts(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    lab = assignment(tmp_path)
    killing(monkeypatch, range(10**6))
    with pytest.raises(SandboxEnded, match="from outside, 3 times"):
        grade(submission(), lab)
    monkeypatch.undo()
    assert points(grade(submission(), lab)) == POINTS


@pytest.mark.usefixtures("alone")
def test_it_outlives_the_thread_that_made_it() -> None:
    made: list[Process] = []
    thread = threading.Thread(target=lambda: made.append(Process()))
    thread.start()
    thread.join()
    with made[0] as process:
        assert process.run("print(1)") == "1\n"
        pid = the_fork_server()
        with Process() as other:
            assert other.run("print(2)") == "2\n"
        assert the_fork_server() == pid


@pytest.mark.usefixtures("alone")
def test_a_fork_of_the_examiner_makes_its_own() -> None:
    with Process() as process:
        mine = the_fork_server()
        pid = os.fork()
        if pid == 0:
            code = 1
            with contextlib.suppress(BaseException):
                fork_server.end_all()
                with Process() as other:
                    code = 0 if other.run("print(3)") == "3\n" and the_fork_server() != mine else 2
                fork_server.end_all()
            os._exit(code)
        assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
        assert process.run("print(1)") == "1\n"
        assert the_fork_server() == mine


@pytest.mark.usefixtures("alone")
def test_options_that_do_not_matter_to_it_share_one(tmp_path: Path) -> None:
    with (
        Process() as one,
        Process(memory_mb=1000, disk_mb=9, figures=1) as other,
        StudentSide(Options(), hidden=(tmp_path,)) as hidden,
    ):
        assert (one.run("print(1)"), other.run("print(2)")) == ("1\n", "2\n")
        assert hidden.run_cell("cell", "3").lost is None
        pid = the_fork_server()
        few = tuple(name for name in PACKAGES if name != "matplotlib")
        with Process(packages=few) as third:
            absent = "try:\n    import matplotlib\nexcept ModuleNotFoundError:\n    print('none')"
            assert third.run(absent) == "none\n"
            warm = {pid for pid in descendants() if numbers(pid)[1:] == [1]}
            assert len(warm) == 2
            assert pid in warm


@pytest.mark.usefixtures("alone")
def test_many_threads_may_start_processes_at_once() -> None:
    said: list[str] = []

    def work(number: int) -> None:
        for again in range(5):
            with Process() as process:
                said.append(process.run(f"print({number}, {again})"))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(said) == sorted(f"{n} {again}\n" for n in range(4) for again in range(5))
    assert the_fork_server()


def test_ending_is_not_in_the_way_of_a_later_start() -> None:
    with Process() as process:
        process.run("x = 1")
        fork_server.end_all()
        assert not descendants()
        with pytest.raises(TornDown):
            process.run("x")
    with Process() as process:
        assert process.run("print(1)") == "1\n"


def state(pid: int) -> tuple[int, int]:
    """How many descriptors a process has, and how much memory of its own, in megabytes."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    (own,) = [int(line.split()[1]) for line in lines if line.startswith("Anonymous:")]
    return len(list(Path(f"/proc/{pid}/fd").iterdir())), own // 1024


@pytest.mark.usefixtures("alone")
def test_hundreds_of_processes_leave_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))

    def some(count: int) -> None:
        for number in range(count):
            with Process() as process:
                assert process.run(f"print({number})") == f"{number}\n"

    def all_there_is() -> list[Any]:
        gc.collect()
        assert soon(lambda: len(descendants()) == 2)
        return [
            state(os.getpid()),
            state(the_fork_server()),
            len(Path("/proc/self/mountinfo").read_text().splitlines()),
            list(tmp_path.iterdir()),
        ]

    some(20)
    before = all_there_is()
    some(200)
    after = all_there_is()
    for (descriptors, memory), (now, memory_now) in zip(before[:2], after[:2], strict=True):
        assert now == descriptors
        assert memory_now <= memory + 5
    assert after[2:] == before[2:]


#: System calls without which a wall would be missing, if that went unnoticed.
NEEDED = (
    *("unshare", "mount", "setsid", "prlimit64", "capget", "capset", "close_range", "chdir"),
    "pidfd_open",
)


def filters(monkeypatch: pytest.MonkeyPatch, fork_servers: bytes, students: bytes) -> None:
    """From now on these are the filters of fork servers and of students' processes."""
    monkeypatch.setattr(
        seccomp, "program", lambda *, fork_server=False: fork_servers if fork_server else students
    )


def refuse(call: str) -> bytes:
    """A filter that refuses one system call and allows all others."""
    rule = Rule(call, answer(errno.EPERM))
    return assemble(platform.machine(), [rule], default=ALLOW)


def refusal() -> str:
    ran = "print('RAN')"
    with pytest.raises(SandboxUnavailable) as caught, StudentSide(Options()) as student:
        student.run_cell("cell", ran)
    return str(caught.value)


@pytest.mark.usefixtures("alone")
@pytest.mark.parametrize("call", NEEDED)
def test_if_a_wall_cannot_be_put_up_nothing_is_run(
    call: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    filters(monkeypatch, refuse(call), seccomp.program())
    text = refusal()
    assert "could not be started" in text
    assert "--sandbox none" in text
    if call in ("unshare", "mount"):
        assert "make namespaces" in text
    assert soon(lambda: not students())


@pytest.mark.usefixtures("alone")
def test_a_fork_server_that_cannot_fork_just_now_says_so_and_stays(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    filters(monkeypatch, refuse("clone"), seccomp.program())
    assert "Operation not permitted" in refusal()
    pid = the_fork_server()
    assert "Operation not permitted" in refusal()
    assert the_fork_server() == pid


@pytest.mark.usefixtures("alone")
def test_a_filter_that_the_kernel_does_not_take_lets_nothing_run(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    filters(monkeypatch, seccomp.program(fork_server=True), b"\xff" * 16)
    assert "system-call filter: Invalid argument" in refusal()
