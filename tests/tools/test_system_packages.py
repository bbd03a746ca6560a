"""tools/system_packages.sh installs what is missing where it may, and else says what to run."""

import os
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "tools" / "system_packages.sh"


@pytest.fixture
def programs(tmp_path):
    """A folder that is the whole PATH: the shell finds in it what a test puts there."""

    def add(name: str, body: str) -> None:
        program = tmp_path / name
        program.write_text(f"#!/bin/sh\n{body}\n")
        program.chmod(0o755)

    return tmp_path, add


def run(folder: Path, *pairs: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PATH": str(folder)}
    return subprocess.run(
        ["/bin/sh", str(SCRIPT), *pairs], env=environment, capture_output=True, text=True
    )


def test_nothing_is_done_when_the_programs_are_there(programs):
    folder, add = programs
    add("bwrap", "exit 0")
    done = run(folder, "bwrap=bubblewrap")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_library_is_looked_for_where_the_linker_looks(programs):
    folder, add = programs
    add("ldconfig", "echo '	libhere.so.2 (libc6,x86-64) => /usr/lib/libhere.so.2'")
    assert run(folder, "libhere.so.2=libhere2").returncode == 0
    done = run(folder, "libhere.so.2=libhere2", "libgone.so.2=libgone2", "libhere.so=odd")
    assert done.returncode == 1
    assert "the Debian packages are: libgone2 odd" in done.stderr


def test_without_apt_the_packages_are_named(programs):
    folder, _ = programs
    done = run(folder, "bwrap=bubblewrap", "chromium=chromium")
    assert done.returncode == 1
    assert "the Debian packages are: bubblewrap chromium" in done.stderr


def test_without_rights_the_exact_command_is_given(programs):
    folder, add = programs
    add("apt-get", "exit 0")
    add("id", "echo 1000")
    done = run(folder, "bwrap=bubblewrap")
    assert done.returncode == 1
    assert "Install with: sudo apt-get install -y bubblewrap" in done.stderr


@pytest.mark.parametrize("step", ["update", "install"])
def test_an_installation_that_fails_is_not_taken_for_one(programs, step):
    folder, add = programs
    add("apt-get", f'[ "$1" != {step} ]')
    add("id", "echo 0")
    add("env", 'shift; exec "$@"')
    done = run(folder, "bwrap=bubblewrap")
    assert done.returncode == 1
    assert "Install with: apt-get install -y bubblewrap" in done.stderr


def test_as_root_what_is_missing_is_installed(programs):
    folder, add = programs
    add("apt-get", f'echo "$@" >> "{folder}/log"')
    add("id", "echo 0")
    add("env", 'shift; exec "$@"')
    assert run(folder, "id=coreutils", "bwrap=bubblewrap").returncode == 0
    update, install = (folder / "log").read_text().splitlines()
    assert update.startswith("update")
    assert install.startswith("install -y")
    assert install.endswith(" bubblewrap")
    assert "coreutils" not in install
