"""Starting and ending the process in which a student's code runs."""

import contextlib
import json
import os
import select
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from autograder import bubblewrap, seccomp
from autograder.edition import student_edition
from autograder.options import Options
from autograder.protocol import Channel, ChannelClosed, Handles, ProtocolError
from autograder.python_files import interpreter, package_files, standard_library

_HERE = Path(__file__).resolve().parent
_THREADS = ("OPENBLAS", "OMP", "MKL", "NUMEXPR")
_NAMESPACE_SETTINGS = {
    "/proc/sys/kernel/unprivileged_userns_clone": (
        "0",
        "sysctl -w kernel.unprivileged_userns_clone=1",
    ),
    "/proc/sys/kernel/apparmor_restrict_unprivileged_userns": (
        "1",
        "sysctl -w kernel.apparmor_restrict_unprivileged_userns=0",
    ),
    "/proc/sys/user/max_user_namespaces": ("0", "sysctl -w user.max_user_namespaces=10000"),
}
_INSTEAD = (
    "To run students' code without a sandbox, because you trust them as yourself: --sandbox none"
)


class SandboxUnavailable(Exception):
    """No sandbox can be started on this machine; the text says what to do."""


@dataclass(frozen=True)
class Usage:
    """What a student's process used, as the kernel counted it, and how it ended.

    ``status`` is its exit code, or minus the number of the signal that ended it. ``peak_mb`` is 0
    where it had ended by itself, and so could not be asked.
    """

    cpu_seconds: float
    peak_mb: float
    status: int


class _Inner:
    """The student's process proper, which no other process can be mistaken for."""

    def __init__(self, pid: int) -> None:
        self._descriptor = os.pidfd_open(pid)
        self._status = Path(f"/proc/{pid}/status")

    def peak_mb(self) -> float:
        """Its largest resident size so far; 0 where it is no more."""
        try:
            lines = self._status.read_text().splitlines()
            signal.pidfd_send_signal(self._descriptor, 0)  # so the number was still its own
        except OSError:
            return 0.0
        sizes = [line.split()[1] for line in lines if line.startswith("VmHWM:")]
        return int(sizes[0]) / 1024 if sizes else 0.0

    def kill(self) -> None:
        """Kill it; to be called once."""
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._descriptor, signal.SIGKILL)
        os.close(self._descriptor)


class Sandbox:
    """A running student's process and the channel to it."""

    def __init__(
        self,
        process: subprocess.Popen[bytes],
        channel: Channel,
        inner: _Inner | None,
        folder: Path | None = None,
    ) -> None:
        self.channel = channel
        self._process = process
        self._inner = inner
        self._folder = folder
        self._usage: Usage | None = None

    def end(self) -> Usage:
        """Kill it, with all it has started. Calling it again gives the same answer."""
        if self._usage is None:
            self.channel.close()
            peak_mb = 0.0
            if self._inner is not None:
                peak_mb = self._inner.peak_mb()
                # Killed from within, the outer process still hears what the inner one has used.
                self._inner.kill()
                _wait(self._process.pid, 5.0)
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._usage = _reap(self._process, peak_mb)
            if self._folder is not None:
                shutil.rmtree(self._folder, ignore_errors=True)
        return self._usage

    def ended(self, seconds: float) -> bool:
        """Whether the process has ended, or does so by itself within ``seconds``."""
        return self._usage is not None or _wait(self._process.pid, seconds)


def _wait(pid: int, seconds: float) -> bool:
    watch = os.pidfd_open(pid)
    try:
        poll = select.poll()
        poll.register(watch, select.POLLIN)
        return bool(poll.poll(seconds * 1000))
    finally:
        os.close(watch)


def _reap(process: subprocess.Popen[bytes], peak_mb: float) -> Usage:
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = code = os.waitstatus_to_exitcode(status)
    # Bubblewrap tells the end of its child as a shell would: 128 and the number of the signal.
    return Usage(used.ru_utime + used.ru_stime, peak_mb, 128 - code if code > 128 else code)


def start(options: Options, handles: Handles, hidden: tuple[Path, ...] = ()) -> Sandbox:
    """A fresh process, ready for its first message.

    ``hidden`` are folders that must not be seen even where they lie among Python's own files.

    Raises SandboxUnavailable where none can be had.
    """
    deadline = time.monotonic() + options.start_seconds
    ours, theirs = socket.socketpair()
    errors, errors_end = os.pipe()
    with contextlib.ExitStack() as always, contextlib.ExitStack() as on_failure:
        always.callback(os.close, errors)
        on_failure.callback(ours.close)
        launch = _plain if options.sandbox == "none" else _in_bubblewrap
        try:
            channel = Channel(ours, handles)
            sandbox = launch(options, channel, theirs.fileno(), errors_end, hidden, deadline)
        finally:
            theirs.close()
            os.close(errors_end)
        on_failure.callback(sandbox.end)
        try:
            if sandbox.channel.receive(deadline) != "ready":
                raise ProtocolError("it did not say that it is ready")
        except (ProtocolError, ChannelClosed, TimeoutError) as error:
            sandbox.end()
            raise SandboxUnavailable(_diagnosis(options, _text(errors), error)) from None
        on_failure.pop_all()
    return sandbox


def _command(options: Options, root: Path, packages: Path, home: Path, channel: int) -> list[str]:
    setup = {
        "channel": channel,
        "path": [str(root), str(packages), *standard_library()],
        "home": str(home),
        "memory_mb": options.memory_mb,
        "disk_mb": options.disk_mb,
        "cpu_seconds": int(options.total_seconds) + 60,
        "output_chars": options.output_kb * 1000,
        "figures": options.figures,
    }
    flags = ["-I", "-S", "-B", "-X", "utf8"]
    program = str(root / "autograder" / "worker" / "__main__.py")
    return [str(interpreter()), *flags, program, json.dumps(setup)]


def _environment(home: Path) -> dict[str, str]:
    return {
        "HOME": str(home),
        "TMPDIR": str(home),
        "LANG": "C.UTF-8",
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        **{f"{name}_NUM_THREADS": "1" for name in _THREADS},
    }


def _in_bubblewrap(
    options: Options,
    channel: Channel,
    theirs: int,
    errors: int,
    hidden: tuple[Path, ...],
    deadline: float,
) -> Sandbox:
    home = bubblewrap.TEMPORARY
    inside = _command(options, bubblewrap.PROGRAMS, bubblewrap.PACKAGES, home, theirs)
    bwrap = bubblewrap.executable()
    if bwrap is None:
        raise SandboxUnavailable(
            "The sandbox needs bubblewrap, which is not installed. Run:\n"
            f"    apt-get install bubblewrap\n{_INSTEAD}"
        )
    try:
        filter_ = seccomp.program()
    except NotImplementedError as error:
        raise SandboxUnavailable(
            f"The sandbox cannot be made safe here: {error}.\n{_INSTEAD}"
        ) from None
    around = bubblewrap.arguments(options, _environment(home), hidden)
    with contextlib.ExitStack() as stack:
        rules, rules_end = os.pipe()
        info, info_end = os.pipe()
        for descriptor in (rules, info):
            stack.callback(os.close, descriptor)
        with os.fdopen(rules_end, "wb") as file:
            file.write(filter_)
        try:
            process = subprocess.Popen(
                [
                    bwrap,
                    "--seccomp",
                    str(rules),
                    "--info-fd",
                    str(info_end),
                    *around,
                    "--",
                    *inside,
                ],
                pass_fds=(theirs, rules, info_end),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=errors,
                env={},
                cwd="/",
                start_new_session=True,
            )
        finally:
            os.close(info_end)
        return Sandbox(process, channel, _inner(info, deadline))


def _inner(info: int, deadline: float) -> "_Inner | None":
    """The process that bubblewrap has started, if it came to that in time."""
    poll = select.poll()
    poll.register(info, select.POLLIN)
    text = b""
    while b"}" not in text:
        part = poll.poll(max(deadline - time.monotonic(), 0) * 1000) and os.read(info, 4096)
        if not part:
            return None
        text += part
    try:
        return _Inner(json.loads(text)["child-pid"])
    except ProcessLookupError:
        return None


def _plain(
    options: Options,
    channel: Channel,
    theirs: int,
    errors: int,
    hidden: tuple[Path, ...],
    deadline: float,
) -> Sandbox:
    folder = Path(tempfile.mkdtemp(prefix="student-"))
    home = folder / "home"
    home.mkdir()
    student_edition(folder)
    (folder / "autograder").mkdir()
    for name in ("__init__.py", "protocol.py"):
        shutil.copy(_HERE / name, folder / "autograder" / name)
    shutil.copytree(_HERE / "worker", folder / "autograder" / "worker")
    packages = folder / "packages"
    packages.mkdir()
    for name, path in package_files(options.packages).items():
        (packages / name).symlink_to(path)
    process = subprocess.Popen(
        _command(options, folder, packages, home, theirs),
        pass_fds=(theirs,),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=errors,
        env=_environment(home),
        cwd=home,
        start_new_session=True,
    )
    return Sandbox(process, channel, _Inner(process.pid), folder)


def _text(descriptor: int) -> str:
    os.set_blocking(descriptor, False)
    try:
        return os.read(descriptor, 4096).decode(errors="replace").strip()
    except BlockingIOError:
        return ""


def _diagnosis(options: Options, said: str, error: Exception) -> str:
    what = said or (
        f"it was not ready within {options.start_seconds:g} s"
        if isinstance(error, TimeoutError)
        else str(error)
    )
    lines = [f"The student's process could not be started: {what}"]
    if "namespace" in said or "setting up uid map" in said:
        lines.append("Linux does not let bubblewrap make namespaces here.")
        wrong = [
            command
            for path, (value, command) in _NAMESPACE_SETTINGS.items()
            if Path(path).is_file() and Path(path).read_text().strip() == value
        ]
        if wrong:
            lines += ["Run:", *(f"    {command}" for command in wrong)]
        else:
            lines.append(
                "In a container, start that so that it may; with Docker: "
                "--security-opt seccomp=unconfined --security-opt apparmor=unconfined"
            )
    if "nknown option" in said:
        lines.append("This bubblewrap is too old: 0.8 or newer is needed.")
    if options.sandbox != "none":
        lines.append(_INSTEAD)
    return "\n".join(lines)
