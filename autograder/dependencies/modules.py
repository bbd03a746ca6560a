"""Which modules code imports, and which files importing them runs."""

import ast
from collections.abc import Iterable
from pathlib import Path


def imported(source: str, package: str = "") -> set[str]:
    """Find every dotted name that code may import, with all its parents.

    Args:
        source: Python, which is parsed and not run.
        package: what its relative imports start from.

    Raises SyntaxError.
    """
    names: set[str] = set()
    for node in ast.walk(ast.parse(source)):
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

    def closure(self, sources: Iterable[str]) -> tuple[Path, ...]:
        """Find all files that running code reads: modules, and the data files beside them.

        Code that cannot be parsed, such as a cell with IPython's magics, may import everything.
        """
        waiting = [name for source in sources for name in self._may_import(source)]
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
            self._imports[name] = self._may_import(path.read_text(encoding="utf-8"), package)
        return self._imports[name]

    def _may_import(self, source: str, package: str = "") -> set[str]:
        try:
            return imported(source, package)
        except SyntaxError:
            return set(self.modules)
