"""The system-call filter of the sandbox, assembled by hand as classic BPF.

It refuses what student code has no use for and what namespaces and limits do not cover: new
processes, tracing, keys, mounts, namespaces, kernel interfaces with a history of holes, sockets
other than AF_UNIX, memory that the address-space limit does not count, and every call newer than
this list.
"""

import errno
import platform
import struct

_ALLOW = 0x7FFF0000
_REFUSE = 0x00050000
_KILL = 0x80000000

_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_NUMBER, _ARCHITECTURE, _FIRST_ARGUMENT, _SECOND_ARGUMENT = 0, 4, 16, 24

_CLONE_THREAD = 0x00010000
_AF_UNIX = 1
_PR_SET_PDEATHSIG = 1  # would let a worker outlive the grader
_TIOCSTI, _TIOCLINUX = 0x5412, 0x541C  # type into a terminal
_CLONE3 = 435
_FIRST_UNKNOWN = 470

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
    "userfaultfd": 282, "kexec_file_load": 294,
}  # fmt: skip

#: machine: (AUDIT_ARCH, refused calls, numbers of clone, socket, ioctl and prctl)
_MACHINES = {
    "x86_64": (0xC000003E, _X86_64, 56, 41, 16, 157),
    "aarch64": (0xC00000B7, _AARCH64, 220, 198, 29, 167),
}


def _step(code: int, value: int, yes: int = 0, no: int = 0) -> bytes:
    return struct.pack("=HBBI", code, yes, no, value)


def _refuse(number: int) -> bytes:
    return _step(_RETURN, _REFUSE | number)


def _when(
    call: int, argument: int, test: int, value: int, *, refuse: bool, number: int
) -> list[bytes]:
    """For one call: refuse it with ``number`` where the test of an argument holds (or does not)."""
    return [
        _step(_LOAD, _NUMBER),
        _step(_EQUAL, call, no=3),
        _step(_LOAD, argument),
        _step(test, value, yes=0 if refuse else 1, no=1 if refuse else 0),
        _refuse(number),
    ]


def program(machine: str | None = None) -> bytes:
    """The filter for this machine (or another), as struct sock_filter records.

    Raises NotImplementedError for a machine whose system calls are not listed here.
    """
    machine = machine or platform.machine()
    if machine not in _MACHINES:
        known = " and ".join(_MACHINES)
        raise NotImplementedError(f"no system-call filter for {machine}; there is one for {known}")
    architecture, refused, clone, new_socket, ioctl, prctl = _MACHINES[machine]
    eperm = errno.EPERM
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
    for number in sorted({**_COMMON, **refused}.values()):
        steps += [_step(_EQUAL, number, no=1), _refuse(eperm)]
    first, second = _FIRST_ARGUMENT, _SECOND_ARGUMENT
    steps += _when(clone, first, _ANY_BIT, _CLONE_THREAD, refuse=False, number=eperm)
    steps += _when(new_socket, first, _EQUAL, _AF_UNIX, refuse=False, number=errno.EACCES)
    steps += _when(prctl, first, _EQUAL, _PR_SET_PDEATHSIG, refuse=True, number=eperm)
    for request in (_TIOCSTI, _TIOCLINUX):
        steps += _when(ioctl, second, _EQUAL, request, refuse=True, number=eperm)
    return b"".join([*steps, _step(_RETURN, _ALLOW)])
