"""Where things are. Importing this module also makes the book's Sphinx extension importable."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
OUTPUT = ROOT / "build"
SITE = OUTPUT / "_build" / "html"
DOCTREES = OUTPUT / "_build" / ".doctrees"
CACHE = OUTPUT / "_build" / ".jupyter_cache"
ASSETS = OUTPUT / "assets"
READER = OUTPUT / "reader"  # what a reader can import
ANSWERS = OUTPUT / "course" / "source"  # the assignments' notebooks with the solutions
EXTENSIONS = ROOT / "book" / "_ext"

if str(EXTENSIONS) not in sys.path:
    sys.path.insert(0, str(EXTENSIONS))
