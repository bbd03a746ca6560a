"""A student's process without any walls, for code that is trusted as one's own."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from autograder.edition import student_edition
from autograder.options import Options
from autograder.sandbox.python_files import package_files
from autograder.sandbox.unavailable import not_started
from autograder.sandbox.usage import Usage, readable, starved
from autograder.sandbox.worker_command import command, environment, limits
from autograder.worker.protocol import Channel, ChannelClosed, Handles, ProtocolError

_AUTOGRADER = Path(__file__).resolve().parents[1]


class UnsandboxedProcess:
    """A running process in a temporary folder of its own."""

    torn_down = False

    def __init__(self, options: Options, handles: Handles) -> None:
        deadline = time.monotonic() + options.start_seconds
        self._usage: Usage | None = None
        self._folder = Path(tempfile.mkdtemp(prefix="student-"))
        ours, theirs = socket.socketpair()
        self.channel = Channel(ours, handles)
        errors, errors_end = os.pipe()
        try:
            home, packages = _furnish(self._folder, options)
            channel = theirs.fileno()
            self._process = subprocess.Popen(
                command(self._folder, packages, home, channel=channel, limits=limits(options)),
                pass_fds=(channel,),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=errors_end,
                env=environment(home),
                cwd=home,
                start_new_session=True,
            )
            self._watch = os.pidfd_open(self._process.pid)
        finally:
            theirs.close()
            os.close(errors_end)
        with os.fdopen(errors, "rb") as said:
            try:
                if self.channel.receive(deadline) != "ready":
                    raise ProtocolError("it did not say that it is ready")
            except (ProtocolError, ChannelClosed, TimeoutError) as error:
                self.end()
                text = said.read(4096).decode(errors="replace").strip()
                raise not_started(text or str(error) or "not in time", plain=True) from None
            except BaseException:
                self.end()
                raise

    def ended(self, seconds: float) -> bool:
        """Whether the process has ended, or does so by itself within ``seconds``."""
        return self._usage is not None or readable(self._watch, seconds)

    def starved(self) -> float:
        """Seconds so far for which it could have run, but others had the processors."""
        return starved(self._process.pid)

    def end(self) -> Usage:
        """Kill it, with all it has started. Calling it again gives the same answer."""
        if self._usage is None:
            peak_mb = self._peak_mb()
            self.channel.close()
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            _, status, used = os.wait4(self._process.pid, 0)
            self._process.returncode = code = os.waitstatus_to_exitcode(status)
            os.close(self._watch)
            self._usage = Usage(used.ru_utime + used.ru_stime, peak_mb, code)
            shutil.rmtree(self._folder, ignore_errors=True)
        return self._usage

    def _peak_mb(self) -> float:
        """Read its largest resident size; 0 where it has ended. wait4 would tell its starter's."""
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        sizes = [line.split()[1] for line in status.splitlines() if line.startswith("VmHWM:")]
        return int(sizes[0]) / 1024 if sizes else 0.0


def _furnish(folder: Path, options: Options) -> tuple[Path, Path]:
    """Put the student's side into a folder; return its home and its packages."""
    home, packages = folder / "home", folder / "packages"
    home.mkdir()
    student_edition(folder)
    (folder / "autograder").mkdir()
    shutil.copy(_AUTOGRADER / "__init__.py", folder / "autograder" / "__init__.py")
    shutil.copytree(_AUTOGRADER / "worker", folder / "autograder" / "worker")
    packages.mkdir()
    for name, path in package_files(options.packages).items():
        (packages / name).symlink_to(path)
    return home, packages
