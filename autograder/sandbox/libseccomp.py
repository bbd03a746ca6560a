"""libseccomp, which knows the number of each system call on each machine.

Only the few of its functions that are needed here: the binding on PyPI is not kept up.
"""

import ctypes
import os
from collections.abc import Iterable
from functools import cache
from typing import NamedTuple

ALLOW = 0x7FFF0000
_ERRNO = 0x00050000
_KILL_PROCESS = 0x80000000
_ACT_BADARCH, _CTL_OPTIMIZE = 2, 8
_BINARY_TREE = 2
_NOT_EQUAL, _MASKED_EQUAL = 1, 7
_UNKNOWN_CALL = -1
_LIBRARY = "libseccomp.so.2"


class FilterUnavailable(Exception):
    """A system-call filter cannot be made on this machine; the text says why."""


class Condition(NamedTuple):
    """What has to hold of one argument of a call, the first of which is number 0.

    Its bits in ``mask`` are those of ``value``; or, with ``differs``, it is not ``value``.
    """

    argument: int
    value: int
    mask: int = 0xFFFF_FFFF
    differs: bool = False


class Rule(NamedTuple):
    """What to do with a system call, by name, where all conditions hold."""

    call: str
    action: int
    conditions: tuple[Condition, ...] = ()


def answer(error: int) -> int:
    """Return the action of not making a call and returning ``error``, or 0 for success."""
    return _ERRNO | error


def is_known(call: str) -> bool:
    """Tell whether a system call is known by this name, on whatever machine."""
    return bool(_library().seccomp_syscall_resolve_name(call.encode()) != _UNKNOWN_CALL)


def assemble(machine: str, rules: Iterable[Rule], default: int) -> bytes:
    """Make a filter, as struct sock_filter records.

    A call that no rule is about gets the action ``default``, and so does one that this machine does
    not have or that is newer than the library. A call that is made through the interface of another
    machine ends the process.

    Args:
        machine: as platform.machine() names it.

    Raises:
        FilterUnavailable: where there is no libseccomp, or it cannot do what was asked.
    """
    library = _library()
    architecture = library.seccomp_arch_resolve_name(machine.encode())
    if not architecture:
        raise FilterUnavailable(f"libseccomp does not know the machine {machine}")
    context = library.seccomp_init(default)
    if not context:
        raise FilterUnavailable("libseccomp could not begin a filter")
    try:
        native = library.seccomp_arch_native()
        if architecture != native:
            _done(library.seccomp_arch_add(context, architecture))
            _done(library.seccomp_arch_remove(context, native))
        _done(library.seccomp_attr_set(context, _ACT_BADARCH, _KILL_PROCESS))
        _done(library.seccomp_attr_set(context, _CTL_OPTIMIZE, _BINARY_TREE))
        for rule in rules:
            number = library.seccomp_syscall_resolve_name(rule.call.encode())
            if number != _UNKNOWN_CALL:
                wanted = (_Comparison * len(rule.conditions))(*map(_comparison, rule.conditions))
                _done(
                    library.seccomp_rule_add_array(
                        context, rule.action, number, len(wanted), wanted
                    ),
                    rule.call,
                )
        return _exported(library, context)
    finally:
        library.seccomp_release(context)


class _Comparison(ctypes.Structure):
    _fields_ = (
        ("argument", ctypes.c_uint),
        ("operator", ctypes.c_int),
        ("first", ctypes.c_uint64),
        ("second", ctypes.c_uint64),
    )


def _comparison(condition: Condition) -> _Comparison:
    if condition.differs:
        return _Comparison(condition.argument, _NOT_EQUAL, condition.value, 0)
    return _Comparison(condition.argument, _MASKED_EQUAL, condition.mask, condition.value)


def _exported(library: ctypes.CDLL, context: int) -> bytes:
    with os.fdopen(os.memfd_create("filter"), "rb") as file:
        _done(library.seccomp_export_bpf(context, file.fileno()))
        file.seek(0)
        return file.read()


def _done(result: int, what: str = "") -> None:
    if result != 0:
        said = f"{what}: {os.strerror(-result)}" if what else os.strerror(-result)
        raise FilterUnavailable(f"libseccomp could not make the filter: {said}")


@cache
def _library() -> ctypes.CDLL:
    try:
        library = ctypes.CDLL(_LIBRARY)
    except OSError as error:
        raise FilterUnavailable(
            f"libseccomp is not installed ({error}). Run:\n    apt-get install libseccomp2"
        ) from None
    context, word = ctypes.c_void_p, ctypes.c_uint32
    library.seccomp_init.restype = context
    library.seccomp_arch_native.restype = word
    library.seccomp_arch_resolve_name.restype = word
    library.seccomp_init.argtypes = (word,)
    library.seccomp_release.argtypes = (context,)
    library.seccomp_arch_add.argtypes = (context, word)
    library.seccomp_arch_remove.argtypes = (context, word)
    library.seccomp_attr_set.argtypes = (context, ctypes.c_int, word)
    library.seccomp_export_bpf.argtypes = (context, ctypes.c_int)
    comparisons = ctypes.POINTER(_Comparison)
    library.seccomp_rule_add_array.argtypes = (
        *(context, word, ctypes.c_int, ctypes.c_uint),
        comparisons,
    )
    return library
