"""What is said where no sandbox is to be had."""

from pathlib import Path

_NAMESPACE_SETTINGS = {
    "/proc/sys/kernel/unprivileged_userns_clone": (
        "0",
        "sysctl -w kernel.unprivileged_userns_clone=1",
    ),
    "/proc/sys/kernel/apparmor_restrict_unprivileged_userns": (
        "1",
        "sysctl -w kernel.apparmor_restrict_unprivileged_userns=0",
    ),
    "/proc/sys/user/max_user_namespaces": ("0", "sysctl -w user.max_user_namespaces=10000"),
}
_BWRAP_PROFILE = Path("/etc/apparmor.d/bwrap-userns-restrict")
#: Parts of messages of bubblewrap and of autograder.worker.isolation.
_NO_NAMESPACES = ("namespace", "setting up uid map", "uid_map", "setgroups", "private mounts")
_INSTEAD = (
    "To run students' code without a sandbox, because you trust them as yourself: --sandbox none"
)


class SandboxUnavailable(Exception):
    """No sandbox can be started on this machine; the text says what to do."""


def without_bubblewrap() -> SandboxUnavailable:
    """Say that bubblewrap is not installed, and how it is."""
    return SandboxUnavailable(
        "The sandbox needs bubblewrap, which is not installed. Run:\n"
        f"    apt-get install bubblewrap\n{_INSTEAD}"
    )


def without_filter(why: object) -> SandboxUnavailable:
    """Say that there can be no system-call filter here, and ``why``."""
    return SandboxUnavailable(f"The sandbox cannot be made safe here: {why}.\n{_INSTEAD}")


def not_started(why: str, *, plain: bool = False) -> SandboxUnavailable:
    """Say ``why`` the student's process, ``plain`` or in a sandbox, did not come up."""
    lines = [f"The student's process could not be started: {why}"]
    if any(part in why for part in _NO_NAMESPACES):
        lines += _about_namespaces()
    if "nknown option" in why:
        lines.append("This bubblewrap is too old: 0.8 or newer is needed.")
    if not plain:
        lines.append(_INSTEAD)
    return SandboxUnavailable("\n".join(lines))


def _about_namespaces() -> list[str]:
    wrong = [
        command
        for path, (value, command) in _NAMESPACE_SETTINGS.items()
        if Path(path).is_file() and Path(path).read_text().strip() == value
    ]
    if _BWRAP_PROFILE.is_file():
        wrong.append(f"apparmor_parser -R {_BWRAP_PROFILE}")
    said = "Linux does not let bubblewrap, or what runs in it, make namespaces here."
    if wrong:
        return [said, "Run:", *(f"    {command}" for command in wrong)]
    return [
        said,
        "In a container, start that so that it may; with Docker: "
        "--security-opt seccomp=unconfined --security-opt apparmor=unconfined",
    ]
