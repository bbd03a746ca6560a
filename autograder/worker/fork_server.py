"""The fork server: a warm process that forks a walled-in process for each student who asks for one.

It runs no student's code, ever. The examiner sends it two sockets at a time: the channel of a new
student's process, and one for reports. The fork server forks a *supervisor*, which makes new
namespaces and in them the student's process, waits for that to end, and reports what it has used.
"""

import contextlib
import fcntl
import gc
import importlib
import json
import os
import select
import signal
import socket
import time
from pathlib import Path
from typing import Any, NoReturn

import numpy as np

from autograder.worker import isolation
from autograder.worker.server import discard_standard_streams, serve
from autograder.worker.shell import Notebook

_CHANNEL, _REPORT, _REST = 3, 4, 5
_MAX_MESSAGE = 4096


def run(setup: dict[str, Any]) -> NoReturn:
    """Get warm, then fork whenever asked to, until the examiner closes the connection or ends."""
    isolation.die_with_parent()
    control = socket.socket(fileno=setup["control"])
    for name in setup["modules"]:
        with contextlib.suppress(ImportError):  # which students are told when they try
            importlib.import_module(name)
    notebook = Notebook(setup["home"])
    notebook.warm_up()
    discard_standard_streams()
    if len(list(Path(setup["proc"], "self", "task").iterdir())) != 1:
        raise RuntimeError("a process that has threads cannot be forked")
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    gc.collect()
    gc.freeze()  # or else the collector would write to every page that the children share
    control.send(b"{}")
    poll = select.poll()
    for descriptor in (setup["control"], setup["examiner"]):
        poll.register(descriptor, select.POLLIN)
    while setup["examiner"] not in dict(poll.poll()):
        request, descriptors, _, _ = socket.recv_fds(control, _MAX_MESSAGE, 2)
        if not request:
            break
        try:
            pid = os.fork()
        except OSError as error:  # the machine has no room for another process just now
            _say_failed(descriptors[1], error)
        else:
            if pid == 0:
                try:
                    control.detach()
                    _supervise(setup, json.loads(request), notebook, descriptors)
                finally:
                    os._exit(1)
        for descriptor in descriptors:
            os.close(descriptor)
    os._exit(0)


def _say_failed(report: int, error: Exception) -> None:
    with contextlib.suppress(OSError), socket.socket(fileno=os.dup(report)) as examiner:
        examiner.send(json.dumps({"failed": str(error)}).encode())


def _supervise(
    setup: dict[str, Any], limits: dict[str, int], notebook: Notebook, descriptors: list[int]
) -> None:
    copies = [fcntl.fcntl(descriptor, fcntl.F_DUPFD, 64) for descriptor in descriptors]
    for copy, number in zip(copies, (_CHANNEL, _REPORT), strict=True):
        os.dup2(copy, number)
    isolation.close_descriptors(_REST)
    report = socket.socket(fileno=_REPORT)
    try:
        pid, watch = _student(setup, limits, notebook)
    except Exception as error:
        report.send(json.dumps({"failed": str(error)}).encode())
        return
    socket.send_fds(report, [b"{}"], [watch])
    _, status, used = os.wait4(pid, 0)
    cpu_seconds = used.ru_utime + used.ru_stime + time.process_time()  # and what it cost to start
    usage = (cpu_seconds, used.ru_maxrss, os.waitstatus_to_exitcode(status))
    report.send(json.dumps({"usage": usage}).encode())


def _student(setup: dict[str, Any], limits: dict[str, int], notebook: Notebook) -> tuple[int, int]:
    """Start a student's process that is walled in; return its number and a pidfd of it."""
    isolation.new_namespaces(Path(setup["proc"]))
    isolation.empty_folder(Path(setup["home"]), limits["disk_mb"])
    isolation.lock_devices(Path("/dev"))
    fault, fault_end = os.pipe()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    pid = os.fork()
    if pid == 0:
        try:
            _live(setup, limits, notebook, fault_end)
        finally:
            os._exit(1)
    os.close(fault_end)
    os.close(_CHANNEL)
    watch = os.pidfd_open(pid)
    with os.fdopen(fault, encoding="utf-8") as file:
        said = file.read()
    if said:
        raise OSError(said)
    return pid, watch


def _live(
    setup: dict[str, Any], limits: dict[str, int], notebook: Notebook, fault: int
) -> NoReturn:
    try:
        discard_standard_streams()  # its own: what is set on those of the fork server would stay
        os.closerange(_REPORT, fault)
        isolation.close_descriptors(fault + 1)
        np.random.seed()  # noqa: NPY002 - the module `random` does so by itself
        isolation.lock_in(limits, bytes.fromhex(setup["filter"]))
    except BaseException as error:
        os.write(fault, f"{type(error).__name__}: {error}".encode())
        os._exit(1)
    os.close(fault)
    serve(_CHANNEL, notebook, limits)
