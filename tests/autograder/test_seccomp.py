"""The system-call filter, run here step by step for both machines it is written for."""

import errno
import struct

import pytest

from autograder import seccomp

ALLOW, KILL = 0x7FFF0000, 0x80000000
ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}


def decide(machine: str, number: int, *arguments: int, architecture: int | None = None) -> int:
    """What the kernel would do: ALLOW, KILL, or an error number."""
    audit = ARCHITECTURES[machine] if architecture is None else architecture
    padded = [*arguments, *[0] * (6 - len(arguments))]
    data = struct.pack("<IIQ6Q", number, audit, 0, *padded)
    steps = list(struct.iter_unpack("<HBBI", seccomp.program(machine)))
    at = value = 0
    for _ in range(len(steps)):
        code, yes, no, operand = steps[at]
        at += 1
        if code == 0x20:
            (value,) = struct.unpack_from("<I", data, operand)
        elif code == 0x06:
            return operand & 0xFFFF if operand >> 16 == 5 else operand
        else:
            test = {0x15: value == operand, 0x35: value >= operand, 0x45: bool(value & operand)}
            at += yes if test[code] else no
    raise AssertionError("the filter came to no end")


@pytest.mark.parametrize(("machine", "read", "execve"), [("x86_64", 0, 59), ("aarch64", 63, 221)])
def test_ordinary_calls_are_allowed(machine: str, read: int, execve: int) -> None:
    assert decide(machine, read) == ALLOW
    assert decide(machine, execve) == ALLOW


@pytest.mark.parametrize(
    ("machine", "number"),
    [
        *(("x86_64", n) for n in (57, 58, 101, 165, 272, 308, 319, 321, 250, 425, 310, 29, 240)),
        *(("aarch64", n) for n in (117, 40, 97, 268, 279, 280, 219, 425, 270, 194, 180)),
    ],
)
def test_dangerous_calls_are_refused(machine: str, number: int) -> None:
    assert decide(machine, number) == errno.EPERM


@pytest.mark.parametrize(("machine", "clone"), [("x86_64", 56), ("aarch64", 220)])
def test_threads_are_allowed_and_processes_are_not(machine: str, clone: int) -> None:
    thread = 0x3D0F00
    assert decide(machine, clone, thread) == ALLOW
    assert decide(machine, clone, 17) == errno.EPERM
    assert decide(machine, clone, thread & ~0x10000) == errno.EPERM
    assert decide(machine, 435) == errno.ENOSYS


@pytest.mark.parametrize(
    ("machine", "socket", "ioctl", "prctl"), [("x86_64", 41, 16, 157), ("aarch64", 198, 29, 167)]
)
def test_arguments_decide_where_a_call_has_two_faces(
    machine: str, socket: int, ioctl: int, prctl: int
) -> None:
    assert decide(machine, socket, 1) == ALLOW
    for family in (2, 10, 16, 17, 38, 40):
        assert decide(machine, socket, family) == errno.EACCES
    assert decide(machine, ioctl, 1, 0x5401) == ALLOW
    assert decide(machine, ioctl, 1, 0x5412) == errno.EPERM
    assert decide(machine, ioctl, 1, 0x541C) == errno.EPERM
    assert decide(machine, prctl, 15) == ALLOW
    assert decide(machine, prctl, 1) == errno.EPERM


@pytest.mark.parametrize("machine", ARCHITECTURES)
def test_calls_of_the_future_and_of_other_architectures_are_refused(machine: str) -> None:
    assert decide(machine, 470) == errno.ENOSYS
    assert decide(machine, 0x40000000 + 57) == errno.ENOSYS  # x86_64's second interface
    assert decide(machine, 0, architecture=0x40000003) == KILL


def test_a_machine_without_a_filter_is_named() -> None:
    with pytest.raises(NotImplementedError, match="riscv64"):
        seccomp.program("riscv64")
