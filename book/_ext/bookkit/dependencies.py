"""Make the execution cache notice changes in ``course_lib``.

jupyter-cache runs a page again only when its cells or its kernelspec changed; it does not see that
a module which the page imports was edited. So a hash of everything the page's cells depend on is
put into the kernelspec: an edit re-runs the pages that import the edited module, directly or
through other modules, and taking the edit back finds the earlier outputs in the cache.
"""

import ast
import hashlib
import platform
import re
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path

RUNTIME = ("numpy", "matplotlib", "torch")
"""Third-party packages whose version can change what a page shows."""

KERNELSPEC = re.compile(r"\A---\n(?:(?!---).*\n)*?kernelspec:[ ]*\n")


class Library:
    """The modules of one importable package, and what each of them imports.

    Args:
        folder: the package's folder; its name is the package's name.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.modules: dict[str, Path] = {}
        for path in sorted(folder.rglob("*.py")):
            parts = path.relative_to(folder.parent).with_suffix("").parts
            self.modules[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
        self._imports: dict[str, set[str]] = {}

    def closure(self, cells: Iterable[str]) -> tuple[Path, ...]:
        """All files that running these cells reads: modules, and the data files beside them."""
        waiting = [name for code in cells for name in self._imported(code, package="")]
        seen: set[str] = set()
        while waiting:
            name = waiting.pop()
            if name in self.modules and name not in seen:
                seen.add(name)
                waiting.extend(self._imports_of(name))
        modules = {self.modules[name] for name in seen}
        data = {
            path
            for folder in {module.parent for module in modules}
            for path in folder.iterdir()
            if path.is_file() and path.suffix not in (".py", ".pyc")
        }
        return tuple(sorted(modules | data))

    def _imports_of(self, name: str) -> set[str]:
        if name not in self._imports:
            path = self.modules[name]
            package = name if path.name == "__init__.py" else name.rpartition(".")[0]
            self._imports[name] = self._imported(path.read_text("utf8"), package)
        return self._imports[name]

    def _imported(self, code: str, package: str) -> set[str]:
        """Every dotted name that the code may import, with all its parents."""
        try:
            tree = ast.parse(code)
        except SyntaxError:  # a cell with IPython magics: be careful, depend on everything
            return set(self.modules)
        names: set[str] = set()
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                names |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                parts = package.split(".")
                base = ".".join(parts[: len(parts) - node.level + 1]) if node.level else ""
                module = ".".join(part for part in (base, node.module or "") if part)
                names |= {module} | {f"{module}.{alias.name}" for alias in node.names}
        return {
            ".".join(name.split(".")[:depth])
            for name in names
            for depth in range(1, name.count(".") + 2)
        }


def runtime_versions() -> str:
    """The versions of Python and of the third-party packages that pages compute and draw with."""
    versions = [f"python=={platform.python_version()}"]
    for name in RUNTIME:
        try:
            versions.append(f"{name}=={metadata.version(name)}")
        except metadata.PackageNotFoundError:
            versions.append(f"{name} is not installed")
    return "; ".join(versions)


def dependency_hash(library: Library, files: Iterable[Path]) -> str:
    """A short hash of the runtime's versions and of the files' names and contents."""
    digest = hashlib.sha256(runtime_versions().encode())
    for path in files:
        name = path.relative_to(library.folder.parent).as_posix()
        digest.update(b"\0" + name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


def add_to_kernelspec(text: str, dependencies: str) -> str:
    """Write the hash into the page's front matter; a page without a kernelspec stays as it is."""
    return KERNELSPEC.sub(lambda m: f"{m[0]}  deps_hash: {dependencies}\n", text, count=1)


def has_kernelspec(text: str) -> bool:
    """Whether the page is a notebook, that is, executed."""
    return KERNELSPEC.match(text) is not None
