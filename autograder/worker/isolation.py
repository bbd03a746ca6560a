"""The walls around one student's process, put up by the process itself before it runs their code.

Each step raises OSError, which names the step, if the kernel does not do all that was asked. Python
3.11 knows few of these calls, so they are made through libc.
"""

import ctypes
import errno
import os
from pathlib import Path

from autograder.worker.limits import limit

_NAMESPACES = {
    "user": 0x10000000,
    "mount": 0x00020000,
    "pid": 0x20000000,
    "net": 0x40000000,
    "ipc": 0x08000000,
    "uts": 0x04000000,
}
_MS_RDONLY, _MS_NOSUID, _MS_NODEV, _MS_NOEXEC = 0x1, 0x2, 0x4, 0x8
_MS_REMOUNT, _MS_BIND, _MS_REC, _MS_PRIVATE = 0x20, 0x1000, 0x4000, 0x40000
_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_SET_SECCOMP, _PR_CAPBSET_DROP = 1, 4, 22, 24
_PR_SET_NO_NEW_PRIVS, _PR_GET_NO_NEW_PRIVS = 38, 39
_SECCOMP_FILTER = 2
_LAST_CAPABILITY = 63
_CAPABILITY_VERSION = 0x20080522
_CLOSE_RANGE = 436
_SIGKILL = 9
_MAX_FILES = 10_000

_libc = ctypes.CDLL(None, use_errno=True)
_libc.mount.argtypes = (*[ctypes.c_char_p] * 3, ctypes.c_ulong, ctypes.c_char_p)
_libc.prctl.argtypes = (ctypes.c_int, *[ctypes.c_ulong] * 4)


class _Filter(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("steps", ctypes.c_char_p))


class _CapabilityHeader(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


def _done(result: int, step: str) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{step}: {os.strerror(number)}")


def new_namespaces(proc: Path) -> None:
    """Leave this process and its children alone; ``proc`` is where procfs is mounted.

    It keeps its user and group number. Its next child is process 1.
    """
    user, group = os.getuid(), os.getgid()
    _done(_libc.unshare(sum(_NAMESPACES.values())), "new namespaces")
    me = proc / "self"
    for file, text in (
        ("setgroups", "deny"),
        ("uid_map", f"{user} {user} 1"),
        ("gid_map", f"{group} {group} 1"),
        ("oom_score_adj", "1000"),  # of all there is, the kernel kills it first
    ):
        try:
            (me / file).write_text(text)
        except OSError as error:
            raise OSError(error.errno, f"{file}: {error.strerror}") from None


def empty_folder(path: Path, megabytes: int) -> None:
    """Cover a folder, and what is mounted in it, by an empty one in memory, and go there."""
    everything = b"/"
    _done(_libc.mount(b"none", everything, None, _MS_REC | _MS_PRIVATE, None), "private mounts")
    flags = _MS_NOSUID | _MS_NODEV | _MS_NOEXEC
    options = f"size={megabytes}m,nr_inodes={_MAX_FILES},mode=0700".encode()
    _done(_libc.mount(b"tmpfs", bytes(path), b"tmpfs", flags, options), "new /tmp")
    os.chdir(path)


def lock_devices(folder: Path) -> None:
    """Let devices be written to, but not their owner, permissions and times, which are shared."""
    for path in sorted(folder.iterdir()):
        kept = os.statvfs(path).f_flag & (_MS_NOSUID | _MS_NODEV | _MS_NOEXEC)
        flags = _MS_REMOUNT | _MS_BIND | _MS_RDONLY | kept
        _done(_libc.mount(None, bytes(path), None, flags, None), f"read-only {path}")


def die_with_parent() -> None:
    """Have this process killed when its parent ends."""
    _done(_libc.prctl(_PR_SET_PDEATHSIG, _SIGKILL, 0, 0, 0), "end with the parent")


def close_descriptors(first: int) -> None:
    """Close every descriptor from ``first`` on."""
    closed = _libc.syscall(_CLOSE_RANGE, ctypes.c_uint(first), ctypes.c_uint(2**32 - 1), 0)
    _done(closed, "closing descriptors")


def lock_in(limits: dict[str, int], program: bytes) -> None:
    """Give up all that is left: limits, capabilities, most system calls. There is no way back.

    ``program`` is the system-call filter.
    """
    if os.getpid() != 1:
        raise OSError(0, f"own process numbers: this is process {os.getpid()}, not 1")
    os.setsid()  # a signal to its process group reaches nobody else
    limit(limits)
    _drop_capabilities()
    die_with_parent()
    _done(_libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0), "no core dumps")
    _done(_libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no new privileges")
    filter_ = _Filter(len(program) // 8, program)
    loaded = _libc.prctl(_PR_SET_SECCOMP, _SECCOMP_FILTER, ctypes.addressof(filter_), 0, 0)
    _done(loaded, "system-call filter")
    if _libc.prctl(_PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1:
        raise OSError(0, "no new privileges: not in force")


def _drop_capabilities() -> None:
    for capability in range(_LAST_CAPABILITY + 1):
        result = _libc.prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0)
        if result != 0 and capability > 0 and ctypes.get_errno() == errno.EINVAL:
            break  # the kernel knows no more of them
        _done(result, "bounding capabilities")
    header = _CapabilityHeader(_CAPABILITY_VERSION, 0)
    nothing = (ctypes.c_uint32 * 6)()
    _done(_libc.capset(ctypes.byref(header), nothing), "dropping capabilities")
    left = (ctypes.c_uint32 * 6)(*[1] * 6)
    _done(_libc.capget(ctypes.byref(header), left), "dropping capabilities")
    if any(left):
        raise OSError(0, "dropping capabilities: some are left")
