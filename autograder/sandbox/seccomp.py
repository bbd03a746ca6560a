"""The system-call filters of the sandbox: which calls are allowed, by name.

A student's process may compute, use files and threads, wait, and talk over AF_UNIX sockets. It has
no use for new processes and programs, tracing, keys, mounts, namespaces, filters, descriptors sent
over sockets, memory that the address-space limit does not count, leases and watches on files that
others read too; nor for any call that is not listed here, whether old or new. Calls with many
faces are allowed with the few arguments that Python uses. Locks on files and writing to the disk at
once are only pretended: all that a student's process can write to is its own.

The fork server may besides do what it needs to fork such a process and to wall it in.

A call that is not listed answers ENOSYS, so that libc falls back on an older one; those which
Python offers by name answer EPERM, so that a student reads "Operation not permitted".
"""

import errno
import fcntl
import platform
import socket
import termios
from collections.abc import Iterator
from functools import cache

from autograder.sandbox.libseccomp import (
    ALLOW,
    Condition,
    FilterUnavailable,
    Rule,
    answer,
    assemble,
)

#: On others the arguments of clone come in another order.
_MACHINES = ("x86_64", "aarch64")

_ALLOWED = """
    read write readv writev pread64 pwrite64 preadv pwritev preadv2 pwritev2 lseek copy_file_range
    open openat openat2 creat close close_range dup dup2 dup3 pipe pipe2 umask
    stat fstat lstat newfstatat statx statfs fstatfs access faccessat faccessat2
    getcwd chdir fchdir getdents getdents64 mkdir mkdirat rmdir unlink unlinkat
    rename renameat renameat2 link linkat symlink symlinkat readlink readlinkat
    chmod fchmod fchmodat fchmodat2 chown fchown lchown fchownat utime utimes futimesat utimensat
    truncate ftruncate fallocate fadvise64 readahead
    getxattr lgetxattr fgetxattr listxattr llistxattr flistxattr

    brk munmap mprotect mremap madvise mincore membarrier
    futex set_robust_list get_robust_list set_tid_address gettid rseq exit exit_group
    arch_prctl sched_yield sched_getaffinity sched_setaffinity sched_getparam sched_getscheduler
    sched_get_priority_max sched_get_priority_min sched_rr_get_interval getpriority setpriority
    getcpu wait4 waitid
    kill tkill tgkill rt_sigaction rt_sigprocmask rt_sigreturn rt_sigpending rt_sigsuspend
    rt_sigtimedwait rt_sigqueueinfo sigaltstack pause restart_syscall signalfd signalfd4

    time gettimeofday clock_gettime clock_getres times nanosleep clock_nanosleep
    alarm getitimer setitimer timer_create timer_settime timer_gettime timer_getoverrun
    timer_delete timerfd_create timerfd_settime timerfd_gettime
    poll ppoll select pselect6 epoll_create epoll_create1 epoll_ctl epoll_wait epoll_pwait
    epoll_pwait2 eventfd eventfd2

    getpid getppid getpgid getpgrp getsid setpgid getuid geteuid getgid getegid getresuid getresgid
    getgroups capget getrlimit setrlimit prlimit64 getrusage uname sysinfo getrandom
    bind listen connect accept accept4 getsockname getpeername getsockopt shutdown
"""

_PRETENDED = "flock fsync fdatasync msync sync syncfs sync_file_range"

#: What Python has functions for, and a student may not.
_NOT_PERMITTED = """
    fork vfork execve execveat setsid sendmsg sendmmsg setsockopt sendfile splice
    memfd_create inotify_init inotify_init1 pidfd_open pidfd_send_signal unshare setns mount umount2
    chroot ptrace mknod mknodat setuid setgid setreuid setregid setresuid setresgid setgroups
    setxattr lsetxattr fsetxattr removexattr lremovexattr fremovexattr
    clock_settime sched_setscheduler sched_setparam sethostname shmget mlock
"""

_FORK_SERVERS = """
    fcntl ioctl mmap prctl sendto recvfrom recvmsg sendmsg setsid execve
    capset pidfd_open unshare mount
"""

_CLONE_THREAD = 0x00010000
_CLONE_NAMESPACES = 0x7E020000
_MAP_HUGETLB = 0x40000  # of a pool that the whole machine shares
_PRCTLS = (3, 15, 16, 39)  # PR_GET_DUMPABLE, PR_SET_NAME, PR_GET_NAME, PR_GET_NO_NEW_PRIVS
_IOCTLS = (
    *(termios.TCGETS, termios.TIOCGPGRP, termios.TIOCGWINSZ, termios.FIONREAD, termios.FIONBIO),
    *(termios.FIONCLEX, termios.FIOCLEX, 0x802C542A),  # the last is TCGETS2
)
_FCNTLS = (
    *(fcntl.F_DUPFD, fcntl.F_DUPFD_CLOEXEC, fcntl.F_GETFD, fcntl.F_SETFD, fcntl.F_GETFL),
    *(fcntl.F_SETFL, fcntl.F_GETLK, fcntl.F_OFD_GETLK),
)
_LOCKS = (fcntl.F_SETLK, fcntl.F_SETLKW, fcntl.F_OFD_SETLK, fcntl.F_OFD_SETLKW)
#: Not permitted with a flag: by call, which argument holds it, and the flag.
_FLAGS = {
    "mmap": (3, _MAP_HUGETLB),
    "sendto": (3, socket.MSG_OOB),
    "recvfrom": (3, socket.MSG_OOB),
    "recvmsg": (2, socket.MSG_OOB),
}


@cache
def program(machine: str = platform.machine(), *, fork_server: bool = False) -> bytes:
    """Make the filter of a student's process, or of the ``fork_server``, for a machine.

    Returns it as struct sock_filter records. Raises FilterUnavailable.
    """
    if machine not in _MACHINES:
        known = " and ".join(_MACHINES)
        raise FilterUnavailable(f"no system-call filter for {machine}; there is one for {known}")
    rules = _fork_servers() if fork_server else _students()
    return assemble(machine, rules, default=answer(errno.ENOSYS))


def _students() -> Iterator[Rule]:
    yield from _everybodys()
    yield from (Rule(call, answer(0)) for call in _PRETENDED.split())
    yield from (Rule(call, answer(errno.EPERM)) for call in _NOT_PERMITTED.split())
    thread = Condition(0, _CLONE_THREAD, _CLONE_THREAD | _CLONE_NAMESPACES)
    yield Rule("clone", ALLOW, (thread,))
    yield Rule("clone", answer(errno.EPERM), (Condition(0, 0, _CLONE_THREAD),))
    for call, (place, flag) in _FLAGS.items():
        yield Rule(call, ALLOW, (Condition(place, 0, flag),))
        yield Rule(call, answer(errno.EPERM), (Condition(place, flag, flag),))
    for call, place, values in (
        ("prctl", 0, _PRCTLS),
        ("ioctl", 1, _IOCTLS),
        ("fcntl", 1, _FCNTLS),
    ):
        yield from (Rule(call, ALLOW, (Condition(place, value),)) for value in values)
    yield from (Rule("fcntl", answer(0), (Condition(1, value),)) for value in _LOCKS)


def _fork_servers() -> Iterator[Rule]:
    yield from _everybodys()
    yield from (Rule(call, ALLOW) for call in f"{_PRETENDED} {_FORK_SERVERS}".split())
    yield Rule("clone", ALLOW, (Condition(0, 0, _CLONE_NAMESPACES),))


def _everybodys() -> Iterator[Rule]:
    yield from (Rule(call, ALLOW) for call in _ALLOWED.split())
    for call in ("socket", "socketpair"):
        family = Condition(0, socket.AF_UNIX)
        yield Rule(call, ALLOW, (family,))
        yield Rule(call, answer(errno.EACCES), (Condition(0, socket.AF_UNIX, differs=True),))
