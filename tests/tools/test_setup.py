"""The environment is set up on each version of Python that is named, with PyTorch as one asks."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
TORCH = re.search(r"^torch==\S+", (ROOT / "requirements.txt").read_text(), re.MULTILINE)


def make(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Ask make in an empty folder, which has no environment yet, what it would do."""
    for name in ("Makefile", "requirements.txt", "pyproject.toml"):
        (folder / name).write_bytes((ROOT / name).read_bytes())
    command = ["make", "-n", "setup", f"PYTHON={sys.executable}", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_all_that_is_pinned_is_installed(tmp_path: Path) -> None:
    said = make(tmp_path, "TORCH=").stdout
    assert f'"{sys.executable}" -m venv --clear .venv' in said
    assert "install -qq -r requirements.txt" in said
    assert "--index-url" not in said
    assert "touch .venv/.ready\n" in said


def test_the_build_for_the_cpu_is_the_pinned_version_from_its_own_index(tmp_path: Path) -> None:
    said = make(tmp_path, "TORCH=cpu").stdout
    line = next(line for line in said.splitlines() if "--index-url" in line)
    assert line.index("--no-deps") < line.index("--index-url https://download.pytorch.org/whl/cpu ")
    chosen = re.search(r'"\$\((grep .*)\)"', line)
    assert chosen is not None
    pin = subprocess.run(chosen[1], shell=True, cwd=tmp_path, capture_output=True, text=True)
    assert TORCH is not None
    assert pin.stdout.strip() == TORCH[0]
    assert said.index("--index-url") < said.index("install -qq -r requirements.txt")


def test_without_torch_all_else_is_installed(tmp_path: Path) -> None:
    said = make(tmp_path, "TORCH=no").stdout
    chosen = re.search(r"(grep -v .*) \| .* install -qq -r /dev/stdin", said)
    assert chosen is not None
    pins = subprocess.run(chosen[1], shell=True, cwd=tmp_path, capture_output=True, text=True)
    everything = (ROOT / "requirements.txt").read_text().splitlines()
    assert set(everything) - set(pins.stdout.splitlines()) == {
        line for line in everything if line.startswith("torch==")
    }
    assert "uninstall -qq --yes torch" in said
    assert "touch .venv/.ready-without-torch\n" in said


def test_another_value_is_refused(tmp_path: Path) -> None:
    done = make(tmp_path, "TORCH=gpu")
    assert done.returncode == 2
    assert "TORCH is 'gpu'; it may be 'cpu' or 'no'" in done.stderr


def supported(version: tuple[int, int]) -> bool:
    check = re.search(r"^SUPPORTED +:= (.*)", MAKEFILE, re.MULTILINE)
    assert check is not None
    told = check[1].replace("sys.version_info", f"{version}")
    return subprocess.run([sys.executable, "-c", told], check=False).returncode == 0


def test_makefile_package_and_message_name_the_same_versions() -> None:
    versions = {minor for minor in range(8, 20) if supported((3, minor))}
    assert versions == {11, 12, 13}
    assert PROJECT["requires-python"] == f">=3.{min(versions)},<3.{max(versions) + 1}"
    assert PROJECT["classifiers"] == [f"Programming Language :: Python :: 3.{v}" for v in versions]
    assert "Python 3.11, 3.12 or 3.13 is needed" in MAKEFILE


def test_a_python_that_is_not_there_is_named(tmp_path: Path) -> None:
    make(tmp_path)
    done = subprocess.run(
        ["make", "setup", "PYTHON=/no/python"], cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == 2
    assert "Python 3.11, 3.12 or 3.13 is needed, not '/no/python'" in done.stderr
    assert not (tmp_path / ".venv").exists()
