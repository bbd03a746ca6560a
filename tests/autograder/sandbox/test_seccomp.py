"""The system-call filter, run here step by step for both machines it is written for."""

import errno
import struct
from functools import partial

import pytest

from autograder.sandbox import libseccomp, seccomp
from autograder.sandbox.libseccomp import Condition, FilterUnavailable, Rule

ALLOW, KILL, PRETEND = 0x7FFF0000, 0x80000000, 0
REFUSED = (errno.EPERM, errno.ENOSYS)
ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}


def decide(
    machine: str,
    number: int,
    *arguments: int,
    architecture: int | None = None,
    fork_server: bool = False,
) -> int:
    """What the kernel would do: ALLOW, KILL, or an error number; with number 0 it is PRETEND."""
    audit = ARCHITECTURES[machine] if architecture is None else architecture
    padded = [*arguments, *[0] * (6 - len(arguments))]
    data = struct.pack("<IIQ6Q", number, audit, 0, *padded)
    steps = list(struct.iter_unpack("<HBBI", seccomp.program(machine, fork_server=fork_server)))
    at = value = 0
    for _ in range(len(steps)):
        code, yes, no, operand = steps[at]
        at += 1
        if code == 0x20:
            (value,) = struct.unpack_from("<I", data, operand)
        elif code == 0x54:
            value &= operand
        elif code == 0x05:
            at += operand
        elif code == 0x06:
            return operand & 0xFFFF if operand >> 16 == 5 else operand
        else:
            test = {
                0x15: value == operand,
                0x25: value > operand,
                0x35: value >= operand,
                0x45: bool(value & operand),
            }
            at += yes if test[code] else no
    raise AssertionError("the filter came to no end")


@pytest.mark.parametrize("machine", ARCHITECTURES)
def test_ordinary_calls_are_allowed(machine: str) -> None:
    ordinary = {
        "x86_64": (0, 1, 3, 8, 10, 12, 13, 202, 228, 257, 262, 318, 436, 439),
        "aarch64": (63, 64, 57, 62, 226, 214, 134, 98, 113, 56, 79, 278, 436, 439),
    }
    assert {decide(machine, number) for number in ordinary[machine]} == {ALLOW}


@pytest.mark.parametrize(
    ("machine", "numbers"),
    [("x86_64", (59, 46, 112)), ("aarch64", (221, 211, 157))],
)
def test_the_fork_server_may_do_what_students_may_not(
    machine: str, numbers: tuple[int, ...]
) -> None:
    for number in numbers:
        assert decide(machine, number) == errno.EPERM
        assert decide(machine, number, fork_server=True) == ALLOW


_X86_64 = (57, 58, 101, 165, 272, 308, 319, 321, 250, 425, 310, 29, 240, 40, 206, 317, 298, 323)
_AARCH64 = (117, 40, 97, 268, 279, 280, 219, 425, 270, 194, 180, 71, 0, 277, 241, 282)


@pytest.mark.parametrize(
    ("machine", "number"),
    [
        *(("x86_64", n) for n in _X86_64),
        *(("aarch64", n) for n in _AARCH64),
    ],
)
def test_dangerous_calls_are_refused(machine: str, number: int) -> None:
    assert decide(machine, number) in REFUSED


@pytest.mark.parametrize(("machine", "clone"), [("x86_64", 56), ("aarch64", 220)])
def test_threads_are_allowed_and_processes_are_not(machine: str, clone: int) -> None:
    thread = 0x3D0F00
    assert decide(machine, clone, thread) == ALLOW
    assert decide(machine, clone, 17) == errno.EPERM
    assert decide(machine, clone, thread & ~0x10000) == errno.EPERM
    for space in (0x20000, 0x2000000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000):
        assert decide(machine, clone, thread | space) in REFUSED
        assert decide(machine, clone, 17 | space) in REFUSED
        assert decide(machine, clone, 17 | space, fork_server=True) in REFUSED
    assert decide(machine, clone, 17, fork_server=True) == ALLOW
    assert decide(machine, 435) == errno.ENOSYS


@pytest.mark.parametrize(("machine", "socket", "pair"), [("x86_64", 41, 53), ("aarch64", 198, 199)])
@pytest.mark.parametrize("fork_server", [False, True])
def test_sockets_are_of_one_family(machine: str, socket: int, pair: int, fork_server: bool) -> None:
    for number in (socket, pair):
        assert decide(machine, number, 1, fork_server=fork_server) == ALLOW
        for family in (0, 2, 10, 16, 17, 30, 38, 40):
            assert decide(machine, number, family, fork_server=fork_server) == errno.EACCES


@pytest.mark.parametrize(
    ("machine", "ioctl", "prctl", "fcntl", "mmap"),
    [("x86_64", 16, 157, 72, 9), ("aarch64", 29, 167, 25, 222)],
)
def test_arguments_decide_where_a_call_has_many_faces(
    machine: str, ioctl: int, prctl: int, fcntl: int, mmap: int
) -> None:
    here = partial(decide, machine)
    for request in (0x5401, 0x540F, 0x5413, 0x541B, 0x5421, 0x5450, 0x5451):
        assert here(ioctl, 1, request) == ALLOW
    for request in (0x5412, 0x541C, 0x40086602, 0xC020660B, 0):
        assert here(ioctl, 1, request) in REFUSED
    assert here(prctl, 15) == ALLOW
    for option in (0, 1, 4, 22, 23, 38, 47, 59, 62):
        assert here(prctl, option) in REFUSED
    for command in (0, 1, 2, 3, 4, 5, 36, 1030):
        assert here(fcntl, 0, command) == ALLOW
    for command in (6, 7, 37, 38):
        assert here(fcntl, 0, command) == PRETEND
    for command in (8, 10, 15, 1024, 1025, 1026, 1031, 1033, 1036):
        assert here(fcntl, 0, command) in REFUSED
    assert here(mmap, 0, 4096, 3, 0x22) == ALLOW
    assert here(mmap, 0, 4096, 3, 0x40022) == errno.EPERM


@pytest.mark.parametrize(
    ("machine", "at_fourth", "at_third"),
    [("x86_64", (44, 45), 47), ("aarch64", (206, 207), 212)],
)
def test_nothing_is_sent_out_of_turn(
    machine: str, at_fourth: tuple[int, ...], at_third: int
) -> None:
    for flags, answer in ((0, ALLOW), (0x4040, ALLOW), (1, errno.EPERM), (0x41, errno.EPERM)):
        for number in at_fourth:
            assert decide(machine, number, 3, 0, 0, flags) == answer
        assert decide(machine, at_third, 3, 0, flags) == answer


@pytest.mark.parametrize(
    ("machine", "numbers"),
    [("x86_64", (73, 74, 75, 26, 162, 306, 277)), ("aarch64", (32, 82, 83, 227, 81, 267, 84))],
)
def test_locks_and_flushes_are_pretended(machine: str, numbers: tuple[int, ...]) -> None:
    assert {decide(machine, number) for number in numbers} == {PRETEND}


@pytest.mark.parametrize("machine", ARCHITECTURES)
@pytest.mark.parametrize("fork_server", [False, True])
def test_calls_of_the_future_and_of_other_architectures_are_refused(
    machine: str, fork_server: bool
) -> None:
    for number in (462, 463, 500, 1000, 0x3FFFFFFF):
        assert decide(machine, number, fork_server=fork_server) == errno.ENOSYS
    assert decide(machine, 0, architecture=0x40000003, fork_server=fork_server) == KILL


def test_the_second_interface_of_x86_64_ends_the_process() -> None:
    assert {decide("x86_64", 0x40000000 + number) for number in (0, 57, 512)} == {KILL}


@pytest.mark.parametrize("machine", ARCHITECTURES)
def test_what_students_may_do_the_fork_server_may_do_too(machine: str) -> None:
    """Its filter is over theirs, so that what it refuses them is refused."""
    for number in range(480):
        if decide(machine, number) in (ALLOW, PRETEND):
            assert decide(machine, number, fork_server=True) == ALLOW, number


@pytest.mark.parametrize("machine", ARCHITECTURES)
def test_the_upper_half_of_an_argument_is_not_looked_at_where_the_kernel_does_not(
    machine: str,
) -> None:
    fcntl, socket = {"x86_64": (72, 41), "aarch64": (25, 198)}[machine]
    assert decide(machine, fcntl, 0, 1 << 40 | 1) == ALLOW
    assert decide(machine, fcntl, 0, 1 << 40 | 1024) == errno.ENOSYS
    assert decide(machine, socket, 1 << 40 | 2) == errno.EACCES


def test_every_name_is_one_that_the_library_knows() -> None:
    rules = [*seccomp._students(), *seccomp._fork_servers()]
    assert [rule.call for rule in rules if not libseccomp.is_known(rule.call)] == []


def test_a_rule_that_cannot_be_made_is_told() -> None:
    impossible = Rule("read", ALLOW, (Condition(7, 0),))
    with pytest.raises(FilterUnavailable, match="read: Invalid argument"):
        libseccomp.assemble("x86_64", [impossible], default=KILL)
    with pytest.raises(FilterUnavailable, match="does not know the machine mix"):
        libseccomp.assemble("mix", [], default=KILL)


def test_a_machine_without_a_filter_is_named() -> None:
    with pytest.raises(FilterUnavailable, match="riscv64"):
        seccomp.program("riscv64")
