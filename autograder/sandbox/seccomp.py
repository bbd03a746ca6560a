"""The system-call filters of the sandbox, assembled by hand as classic BPF.

A student's process is refused what it has no use for and what namespaces and limits do not cover:
new processes and programs, tracing, keys, mounts, namespaces, filters, kernel interfaces with a
history of holes, sockets other than AF_UNIX, descriptors sent over these, memory that the
address-space limit does not count, leases and watches on files that others read too, and every call
newer than this list. Calls with many faces are let through with the few arguments that Python uses.
Locks on files and writing to the disk at once are only pretended: all that a student's process can
write to is its own. The nursery's filter leaves it the few of these that it needs to fork such a
process and to wall it in.
"""

import errno
import platform
import struct
from collections.abc import Iterable

_ALLOW = 0x7FFF0000
_REFUSE = 0x00050000
_KILL = 0x80000000
#: As an error's number: the call is not made, and returns 0.
_DONE = 0

_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_NUMBER, _ARCHITECTURE = 0, 4
_FIRST, _SECOND, _THIRD, _FOURTH = 16, 24, 32, 40  # arguments, of which the lower half is looked at

_CLONE_THREAD = 0x00010000
_CLONE_NAMESPACES = 0x7E020000
_AF_UNIX = 1
_MSG_OOB = 1
_MAP_HUGETLB = 0x40000  # of a pool that the whole machine shares
_PRCTLS = {
    "PR_GET_DUMPABLE": 3,
    "PR_SET_NAME": 15,
    "PR_GET_NAME": 16,
    "PR_GET_NO_NEW_PRIVS": 39,
}
_IOCTLS = {
    "TCGETS": 0x5401,
    "TIOCGPGRP": 0x540F,
    "TIOCGWINSZ": 0x5413,
    "FIONREAD": 0x541B,
    "FIONBIO": 0x5421,
    "FIONCLEX": 0x5450,
    "FIOCLEX": 0x5451,
}
_FCNTLS = {
    "F_DUPFD": 0,
    "F_GETFD": 1,
    "F_SETFD": 2,
    "F_GETFL": 3,
    "F_SETFL": 4,
    "F_GETLK": 5,
    "F_OFD_GETLK": 36,
    "F_DUPFD_CLOEXEC": 1030,
}
_LOCKS = {"F_SETLK": 6, "F_SETLKW": 7, "F_OFD_SETLK": 37, "F_OFD_SETLKW": 38}
_CLONE3 = 435
_FIRST_UNKNOWN = 463

_COMMON = {
    "pidfd_send_signal": 424,
    "io_uring_setup": 425,
    "io_uring_enter": 426,
    "io_uring_register": 427,
    "open_tree": 428,
    "move_mount": 429,
    "fsopen": 430,
    "fsconfig": 431,
    "fsmount": 432,
    "fspick": 433,
    "pidfd_open": 434,
    "pidfd_getfd": 438,
    "process_madvise": 440,
    "mount_setattr": 442,
    "quotactl_fd": 443,
    "landlock_create_ruleset": 444,
    "memfd_secret": 447,
    "process_mrelease": 448,
    "set_mempolicy_home_node": 450,
    "map_shadow_stack": 453,
    "statmount": 457,
    "listmount": 458,
    "lsm_get_self_attr": 459,
    "lsm_set_self_attr": 460,
    "lsm_list_modules": 461,
}
_X86_64 = {
    "shmget": 29, "shmat": 30, "shmctl": 31, "fork": 57, "vfork": 58, "semget": 64, "msgget": 68,
    "ptrace": 101, "syslog": 103, "uselib": 134, "personality": 135, "ustat": 136, "sysfs": 139,
    "vhangup": 153, "modify_ldt": 154, "pivot_root": 155, "_sysctl": 156, "adjtimex": 159,
    "chroot": 161, "acct": 163, "settimeofday": 164, "mount": 165, "umount2": 166, "swapon": 167,
    "swapoff": 168, "reboot": 169, "sethostname": 170, "setdomainname": 171, "iopl": 172,
    "ioperm": 173, "create_module": 174, "init_module": 175, "delete_module": 176, "quotactl": 179,
    "nfsservctl": 180, "lookup_dcookie": 212, "clock_settime": 227, "mbind": 237,
    "set_mempolicy": 238, "mq_open": 240, "kexec_load": 246, "add_key": 248, "request_key": 249,
    "keyctl": 250, "migrate_pages": 256, "unshare": 272, "splice": 275, "tee": 276,
    "vmsplice": 278, "move_pages": 279, "perf_event_open": 298, "fanotify_init": 300,
    "name_to_handle_at": 303, "open_by_handle_at": 304, "clock_adjtime": 305, "setns": 308,
    "process_vm_readv": 310, "process_vm_writev": 311, "kcmp": 312, "finit_module": 313,
    "memfd_create": 319, "kexec_file_load": 320, "bpf": 321, "userfaultfd": 323,
    "inotify_init": 253, "inotify_init1": 294, "sendfile": 40, "io_setup": 206, "seccomp": 317,
}  # fmt: skip
_AARCH64 = {
    "lookup_dcookie": 18, "umount2": 39, "mount": 40, "pivot_root": 41, "nfsservctl": 42,
    "chroot": 51, "vhangup": 58, "quotactl": 60, "vmsplice": 75, "splice": 76, "tee": 77,
    "acct": 89, "personality": 92, "unshare": 97, "kexec_load": 104, "init_module": 105,
    "delete_module": 106, "clock_settime": 112, "syslog": 116, "ptrace": 117, "reboot": 142,
    "sethostname": 161, "setdomainname": 162, "settimeofday": 170, "adjtimex": 171,
    "mq_open": 180, "msgget": 186, "semget": 190, "shmget": 194, "shmctl": 195, "shmat": 196,
    "add_key": 217, "request_key": 218, "keyctl": 219, "swapon": 224, "swapoff": 225,
    "mbind": 235, "set_mempolicy": 237, "migrate_pages": 238, "move_pages": 239,
    "perf_event_open": 241, "fanotify_init": 262, "name_to_handle_at": 264,
    "open_by_handle_at": 265, "clock_adjtime": 266, "setns": 268, "process_vm_readv": 270,
    "process_vm_writev": 271, "kcmp": 272, "finit_module": 273, "memfd_create": 279, "bpf": 280,
    "userfaultfd": 282, "kexec_file_load": 294, "inotify_init1": 26,
    "sendfile": 71, "io_setup": 0, "seccomp": 277,
}  # fmt: skip

_NURSERY_NEEDS = ("unshare", "mount", "pidfd_open")
#: Refused to students alone; from here on the numbers are those of x86_64 and of aarch64.
_STUDENTS_ALONE = {
    "sendmsg": (46, 211),
    "sendmmsg": (307, 269),
    "setsockopt": (54, 208),
    "execve": (59, 221),
    "execveat": (322, 281),
}
_PRETENDED = {
    "flock": (73, 32),
    "fsync": (74, 82),
    "fdatasync": (75, 83),
    "msync": (26, 227),
    "sync": (162, 81),
    "syncfs": (306, 267),
    "sync_file_range": (277, 84),
}
_BY_ARGUMENT = {
    "clone": (56, 220),
    "fcntl": (72, 25),
    "ioctl": (16, 29),
    "mmap": (9, 222),
    "prctl": (157, 167),
    "recvfrom": (45, 207),
    "recvmmsg": (299, 243),
    "recvmsg": (47, 212),
    "sendto": (44, 206),
    "socket": (41, 198),
    "socketpair": (53, 199),
}

#: machine: (AUDIT_ARCH, calls refused, its place in the pairs above)
_MACHINES = {"x86_64": (0xC000003E, _X86_64, 0), "aarch64": (0xC00000B7, _AARCH64, 1)}


def _step(code: int, value: int, yes: int = 0, no: int = 0) -> bytes:
    return struct.pack("=HBBI", code, yes, no, value)


def _refuse(number: int) -> bytes:
    return _step(_RETURN, _REFUSE | number)


def _unless_one_of(
    call: int, argument: int, allowed: Iterable[int], number: int = errno.EPERM
) -> list[bytes]:
    """Refuse a call with ``number`` where an argument is none of the ``allowed``."""
    values = list(allowed)
    return [
        _step(_LOAD, _NUMBER),
        _step(_EQUAL, call, no=len(values) + 2),
        _step(_LOAD, argument),
        *(_step(_EQUAL, value, yes=len(values) - i) for i, value in enumerate(values)),
        _refuse(number),
    ]


def _where_any_bit(call: int, argument: int, bits: int, number: int = errno.EPERM) -> list[bytes]:
    """Refuse a call with ``number`` where one of the bits of an argument is set."""
    return [
        _step(_LOAD, _NUMBER),
        _step(_EQUAL, call, no=3),
        _step(_LOAD, argument),
        _step(_ANY_BIT, bits, no=1),
        _refuse(number),
    ]


def _unless_any_bit(call: int, argument: int, bits: int) -> list[bytes]:
    """Refuse a call where none of the bits of an argument is set."""
    return [
        _step(_LOAD, _NUMBER),
        _step(_EQUAL, call, no=3),
        _step(_LOAD, argument),
        _step(_ANY_BIT, bits, yes=1),
        _refuse(errno.EPERM),
    ]


def _pretend_where_one_of(call: int, argument: int, values: Iterable[int]) -> list[bytes]:
    """Say that a call was made where an argument is one of the ``values``."""
    steps = []
    for value in values:
        steps += [
            _step(_LOAD, _NUMBER),
            _step(_EQUAL, call, no=3),
            _step(_LOAD, argument),
            _step(_EQUAL, value, no=1),
            _refuse(_DONE),
        ]
    return steps


def program(machine: str | None = None, *, nursery: bool = False) -> bytes:
    """The filter for this machine (or another), as struct sock_filter records.

    It is a student's, or with ``nursery`` that of the process which forks the students' processes.

    Raises NotImplementedError for a machine whose system calls are not listed here.
    """
    machine = machine or platform.machine()
    if machine not in _MACHINES:
        known = " and ".join(_MACHINES)
        raise NotImplementedError(f"no system-call filter for {machine}; there is one for {known}")
    architecture, refused, place = _MACHINES[machine]
    refused = {**_COMMON, **refused}
    calls = {name: numbers[place] for name, numbers in _BY_ARGUMENT.items()}
    if nursery:
        answers = {n: errno.EPERM for name, n in refused.items() if name not in _NURSERY_NEEDS}
    else:
        answers = dict.fromkeys(refused.values(), errno.EPERM)
        answers |= {numbers[place]: errno.EPERM for numbers in _STUDENTS_ALONE.values()}
        answers |= {numbers[place]: _DONE for numbers in _PRETENDED.values()}
    steps = [
        _step(_LOAD, _ARCHITECTURE),
        _step(_EQUAL, architecture, yes=1),
        _step(_RETURN, _KILL),
        _step(_LOAD, _NUMBER),
        _step(_AT_LEAST, _FIRST_UNKNOWN, no=1),
        _refuse(errno.ENOSYS),
        _step(_EQUAL, _CLONE3, no=1),  # libc then falls back to clone, which can be checked
        _refuse(errno.ENOSYS),
    ]
    for number, answer in sorted(answers.items()):
        steps += [_step(_EQUAL, number, no=1), _refuse(answer)]
    steps += _where_any_bit(calls["clone"], _FIRST, _CLONE_NAMESPACES)
    for name in ("socket", "socketpair"):
        steps += _unless_one_of(calls[name], _FIRST, (_AF_UNIX,), errno.EACCES)
    if not nursery:
        steps += _students_arguments(calls)
    return b"".join([*steps, _step(_RETURN, _ALLOW)])


def _students_arguments(calls: dict[str, int]) -> list[bytes]:
    return [
        *_unless_any_bit(calls["clone"], _FIRST, _CLONE_THREAD),
        *_unless_one_of(calls["prctl"], _FIRST, _PRCTLS.values()),
        *_unless_one_of(calls["ioctl"], _SECOND, _IOCTLS.values(), errno.ENOTTY),
        *_pretend_where_one_of(calls["fcntl"], _SECOND, _LOCKS.values()),
        *_unless_one_of(calls["fcntl"], _SECOND, (*_FCNTLS.values(), *_LOCKS.values())),
        *_where_any_bit(calls["mmap"], _FOURTH, _MAP_HUGETLB),
        *_where_any_bit(calls["sendto"], _FOURTH, _MSG_OOB),
        *_where_any_bit(calls["recvfrom"], _FOURTH, _MSG_OOB),
        *_where_any_bit(calls["recvmsg"], _THIRD, _MSG_OOB),
        *_where_any_bit(calls["recvmmsg"], _FOURTH, _MSG_OOB),
    ]
