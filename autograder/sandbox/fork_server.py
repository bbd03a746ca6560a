"""The examiner's side of the fork server, a warm process that forks the students' processes.

The fork server sits in a bubblewrap sandbox, and each process that it forks in another one within.
What runs in there is ``autograder.worker.fork_server``.
"""

import atexit
import contextlib
import json
import os
import signal
import socket
import subprocess
import threading
import time
from pathlib import Path
from typing import Any, BinaryIO

from autograder.options import Options
from autograder.sandbox import bubblewrap, seccomp
from autograder.sandbox.libseccomp import FilterUnavailable
from autograder.sandbox.unavailable import not_started, without_bubblewrap, without_filter
from autograder.sandbox.usage import Usage, pid_behind, readable, starved
from autograder.sandbox.worker_command import command, environment, limits, modules
from autograder.worker.protocol import Channel, ChannelClosed, Handles, ProtocolError

_MAX_MESSAGE = 4096
_END_SECONDS = 5.0
_GONE_SECONDS = 1.0


class ForkServerGone(Exception):
    """The fork server has ended, and with it everything that it had forked."""


class ForkServer:
    """A running fork server.

    Its students may import ``packages``, and do not see the ``masked`` folders.

    Raises SandboxUnavailable where it is not up at the deadline (of time.monotonic).
    """

    def __init__(
        self, packages: tuple[str, ...], masked: tuple[Path, ...], deadline: float
    ) -> None:
        bwrap = bubblewrap.executable()
        if bwrap is None:
            raise without_bubblewrap()
        try:
            outer, inner = seccomp.program(fork_server=True), seccomp.program()
        except FilterUnavailable as error:
            raise without_filter(error) from None
        around = bubblewrap.arguments(packages, environment(bubblewrap.TEMPORARY), masked)
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._ended = False
        examiner = os.pidfd_open(os.getpid())
        with theirs, _in_memory() as errors, _in_memory(outer) as rules:
            inside = command(
                bubblewrap.PROGRAMS,
                bubblewrap.PACKAGES,
                bubblewrap.TEMPORARY,
                control=theirs.fileno(),
                examiner=examiner,
                proc=str(bubblewrap.PROC),
                modules=modules(packages),
                filter=inner.hex(),
            )
            self._process = subprocess.Popen(
                [bwrap, "--seccomp", str(rules.fileno()), *around, "--", *inside],
                pass_fds=(theirs.fileno(), rules.fileno(), examiner),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=errors,
                env={},
                cwd="/",
                start_new_session=True,
            )
            theirs.close()
            os.close(examiner)
            try:
                _receive(self._control, deadline)
            except (ForkServerGone, TimeoutError) as error:
                self.end()
                errors.seek(0)
                said = errors.read(_MAX_MESSAGE).decode(errors="replace").strip()
                raise not_started(
                    said or str(error) or "the fork server was not up in time"
                ) from None
            except BaseException:
                self.end()
                raise

    def gone(self, seconds: float = 0.0) -> bool:
        """Tell whether it has ended, or does so within ``seconds``.

        The kernel closes its end of the connection before it kills what it has forked.
        """
        return self._ended or readable(self._control.fileno(), seconds) or self._ended

    def start(self, options: Options, handles: Handles) -> "ForkedProcess":
        """Fork a student's process. Raises ForkServerGone and SandboxUnavailable."""
        return ForkedProcess(self, self._control, options, handles)

    def release(self) -> None:
        """Let go of it in a process that was forked from the examiner's."""
        self._control.close()

    def end(self) -> None:
        """End it, and everything that it has forked."""
        self._ended = True
        self._control.close()
        try:
            self._process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()


class ForkedProcess:
    """A running student's process that a fork server has forked, and the channel to it.

    ``torn_down`` is true, once it has been ended, if its fork server had ended before.
    """

    def __init__(
        self, server: ForkServer, control: socket.socket, options: Options, handles: Handles
    ) -> None:
        deadline = time.monotonic() + options.start_seconds
        self._server = server
        self._usage: Usage | None = None
        self.torn_down = False
        ours, theirs = socket.socketpair()
        self._report, report_end = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.channel = Channel(ours, handles)
        self._watch: int | None = None
        try:
            with theirs, report_end:
                request = json.dumps(limits(options)).encode()
                _send(control, request, [theirs.fileno(), report_end.fileno()], deadline)
            answer, descriptors = _receive(self._report, deadline)
            if "failed" in answer:
                raise not_started(answer["failed"])
            (self._watch,) = descriptors
            if self.channel.receive(deadline) != "ready":
                raise ProtocolError("it did not say that it is ready")
        except (ProtocolError, ChannelClosed, TimeoutError) as error:
            self.end()
            if self.torn_down:
                raise ForkServerGone("the fork server has ended") from None
            raise not_started(str(error) or "it was not ready in time") from None
        except BaseException:
            self.end()
            raise

    def ended(self, seconds: float) -> bool:
        """Whether the process has ended, or does so by itself within ``seconds``."""
        return self._watch is None or readable(self._watch, seconds)

    def starved(self) -> float:
        """Seconds so far for which it could have run, but others had the processors."""
        return 0.0 if self._watch is None else starved(pid_behind(self._watch))

    def end(self) -> Usage:
        """Kill it, with all it has started. Calling it again gives the same answer."""
        if self._usage is None:
            self._usage = Usage(0.0, 0.0, -signal.SIGKILL)
            if self._watch is not None:
                # Before the channel is closed, at which it would end by itself.
                with contextlib.suppress(ProcessLookupError):
                    signal.pidfd_send_signal(self._watch, signal.SIGKILL)
                os.close(self._watch)
                self._watch = None
                with contextlib.suppress(TimeoutError):
                    self._usage = self._reported() or self._usage
            self.channel.close()
            self._report.close()
        return self._usage

    def _reported(self) -> Usage | None:
        try:
            answer, _ = _receive(self._report, time.monotonic() + _END_SECONDS)
        except ForkServerGone:  # or its supervisor alone, which the kernel may choose to end
            self.torn_down = self._server.gone(_GONE_SECONDS)
            return None
        cpu_seconds, peak_kb, status = answer["usage"]
        return Usage(cpu_seconds, peak_kb / 1024, status)


_Key = tuple[int, tuple[str, ...], tuple[Path, ...]]
_fork_servers: dict[_Key, ForkServer] = {}
_lock = threading.Lock()


def start(options: Options, handles: Handles, hidden: tuple[Path, ...]) -> ForkedProcess:
    """Fork a student's process from the fork server that fits, which is started if need be.

    Raises SandboxUnavailable.
    """
    key = (os.getpid(), options.packages, bubblewrap.to_mask(hidden))
    with contextlib.suppress(ForkServerGone):
        return _fork_server(key, options).start(options, handles)
    try:
        return _fork_server(key, options).start(options, handles)
    except ForkServerGone as error:
        raise not_started(str(error)) from None


def _fork_server(key: _Key, options: Options) -> ForkServer:
    with _lock:
        server = _fork_servers.get(key)
        if server is not None and server.gone():
            _fork_servers.pop(key).end()
            server = None
        if server is None:
            _, packages, masked = key
            deadline = time.monotonic() + options.start_seconds
            server = _fork_servers[key] = ForkServer(packages, masked, deadline)
        return server


@atexit.register
def end_all() -> None:
    """End the fork servers of this process; the next start makes new ones."""
    with _lock:
        while _fork_servers:
            _fork_servers.popitem()[1].end()


def _forget() -> None:
    global _lock
    _lock = threading.Lock()
    while _fork_servers:
        _fork_servers.popitem()[1].release()


os.register_at_fork(after_in_child=_forget)


def _in_memory(content: bytes = b"") -> BinaryIO:
    file = os.fdopen(os.memfd_create("autograder"), "w+b", buffering=0)
    file.write(content)
    file.seek(0)
    return file


def _send(to: socket.socket, message: bytes, descriptors: list[int], deadline: float) -> None:
    try:
        to.settimeout(max(deadline - time.monotonic(), 0.001))
        socket.send_fds(to, [message], descriptors)
    except TimeoutError:
        raise
    except OSError as error:
        raise ForkServerGone(f"the fork server has ended: {error.strerror}") from None


def _receive(source: socket.socket, deadline: float) -> tuple[dict[str, Any], list[int]]:
    try:
        source.settimeout(max(deadline - time.monotonic(), 0.001))
        message, descriptors, _, _ = socket.recv_fds(source, _MAX_MESSAGE, 1)
    except TimeoutError:
        raise
    except OSError as error:
        raise ForkServerGone(f"the fork server has ended: {error.strerror}") from None
    if not message:
        raise ForkServerGone("the fork server has ended")
    return json.loads(message), descriptors
