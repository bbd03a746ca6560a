"""Every test runs with course_lib's signatures checked and with reproducible examples."""

import os
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from jaxtyping import install_import_hook

# An int may stand where a float is asked for, as the typing documentation has it.
BEARTYPE = "beartype.beartype(conf=beartype.BeartypeConf(is_pep484_tower=True))"
install_import_hook("course_lib", BEARTYPE)


class WithoutTorch:
    """Skips whatever imports PyTorch."""

    def find_spec(self, name: str, path: object = None, target: object = None) -> None:
        if name == "torch":
            pytest.skip("needs PyTorch, and TORCH=no", allow_module_level=True)


if os.environ.get("TORCH") == "no":
    sys.meta_path.insert(0, WithoutTorch())  # type: ignore[arg-type]

settings.register_profile("course", deadline=None, derandomize=True, max_examples=40)
settings.load_profile("course")

#: What takes longest is begun first, so that no core waits for it at the end.
LONGEST = ("hostile/test_class.py", "faults/", "e2e/", "autograder/gradebook/")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    folder = Path(__file__).parent
    longest = tuple(str(folder / place) for place in LONGEST)
    items.sort(key=lambda item: not str(item.path).startswith(longest))


CHROMIUM_OPTIONS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Debian's Chromium, headless."""
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.fail("Chromium is not installed: apt-get install chromium", pytrace=False)
    return browser_type_launch_args | {"executable_path": chromium, "args": CHROMIUM_OPTIONS}
