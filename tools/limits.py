"""The house limits: measured, printed beside their bound, and failing when one is exceeded.

    python tools/limits.py [FOLDER]

Lengths are lines of a body without its docstring. What a single place breaks is listed with file and line.
"""

import argparse
import ast
import re
import statistics
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

PACKAGES = ("store", "etl", "servers", "agents", "chat_ui", "gateway")
COMMAND_LINE = ("gateway/cli/",)
MAX_FUNCTION_LINES = 50
MAX_FILE_LINES = 400

Function = ast.FunctionDef | ast.AsyncFunctionDef
Documented = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
BROAD = {"Exception", "BaseException"}
MOCKS = {"patch", "Mock", "MagicMock", "AsyncMock", "setattr"}
LEFTOVER = re.compile(r"#.*\b(TODO|FIXME|XXX|HACK)\b")
IGNORE = re.compile(r"#\s*type:\s*ignore")


@dataclass
class Module:
    """One file, read and parsed."""

    path: str
    text: str
    tree: ast.Module = field(init=False)

    def __post_init__(self) -> None:
        self.tree = ast.parse(self.text, self.path)

    @property
    def lines(self) -> int:
        """How many lines the file has."""
        return len(self.text.splitlines())

    @property
    def is_command_line(self) -> bool:
        """Whether the file belongs to the command line, which prints and loads lazily."""
        return self.path.startswith(COMMAND_LINE)

    def functions(self) -> list[Function]:
        """Every function and method, inner ones too."""
        return [node for node in ast.walk(self.tree) if isinstance(node, Function)]


@dataclass(frozen=True)
class Limit:
    """One measured figure, its bound, and the places that break it."""

    name: str
    value: float
    bound: float
    places: tuple[str, ...] = ()

    @property
    def kept(self) -> bool:
        """Whether the figure stays within its bound."""
        return self.value <= self.bound

    def __str__(self) -> str:
        mark = "ok  " if self.kept else "FAIL"
        line = f"{mark} {self.name:<52} {self.value:>8.4g}   limit {self.bound:g}"
        return "\n".join([line, *(f"       {place}" for place in self.places)]) if not self.kept else line


def read(root: Path, folders: tuple[str, ...]) -> list[Module]:
    """All Python files below some folders of the repository."""
    paths = sorted(path for name in folders for path in (root / name).rglob("*.py"))
    return [Module(path.relative_to(root).as_posix(), path.read_text(encoding="utf-8")) for path in paths]


def body_lines(function: Function) -> int:
    """Lines of a function's body without its docstring."""
    body = function.body[1:] if ast.get_docstring(function, clean=False) is not None else function.body
    return (body[-1].end_lineno or body[-1].lineno) - body[0].lineno + 1 if body else 0


def percentile(values: list[int], percent: int) -> float:
    """The value below which `percent` of the values lie; 0 for none."""
    if len(values) < 2:
        return float(values[0]) if values else 0
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1]


def check(product: list[Module], tests: list[Module]) -> list[Limit]:
    """Every limit, measured."""
    bodies = [body_lines(function) for module in product for function in module.functions()]
    test_bodies = [body_lines(function) for module in tests for function in _test_functions(module)]
    lines = sum(module.lines for module in product)
    return [
        Limit("function body, median lines", percentile(bodies, 50), 6),
        Limit("function body, 90th percentile lines", percentile(bodies, 90), 22),
        _places(f"functions over {MAX_FUNCTION_LINES} lines", product + tests, long_functions, 0),
        Limit("file, median lines", percentile([module.lines for module in product if module.lines > 2], 50), 120),
        _places(f"files over {MAX_FILE_LINES} lines", product + tests, long_file, 0),
        Limit("broad except per 1,000 lines", 1000 * len(found := _all(product, broad_excepts)) / max(lines, 1), 0.5, tuple(found)),
        _places("print outside the command line", [module for module in product if not module.is_command_line], prints, 0),
        _places("type: ignore", product + tests, type_ignores, 5),
        _places("imports inside functions", [module for module in product if not module.is_command_line], inner_imports, 5),
        _places("public things without docstring", product, undocumented, 0),
        _places("leftover notes", product + tests, leftovers, 0),
        Limit("test body, median lines", percentile(test_bodies, 50), 8),
        Limit("test body, 90th percentile lines", percentile(test_bodies, 90), 22),
        _places("tests without a docstring", tests, undocumented_tests, 0),
        Limit(
            "tests that patch or mock, percent",
            100 * len(mocked := _all(tests, mocking_tests)) / max(len(test_bodies), 1),
            2,
            tuple(mocked),
        ),
    ]


def _places(name: str, modules: list[Module], rule: Callable[[Module], Iterator[str]], bound: float) -> Limit:
    found = _all(modules, rule)
    return Limit(name, len(found), bound, tuple(found))


def _all(modules: list[Module], rule: Callable[[Module], Iterator[str]]) -> list[str]:
    return [place for module in modules for place in rule(module)]


def long_functions(module: Module) -> Iterator[str]:
    """Functions with a body longer than allowed."""
    for function in module.functions():
        if (length := body_lines(function)) > MAX_FUNCTION_LINES:
            yield f"{module.path}:{function.lineno} {function.name} ({length} lines)"


def long_file(module: Module) -> Iterator[str]:
    """The file itself when it is too long."""
    if module.lines > MAX_FILE_LINES:
        yield f"{module.path} ({module.lines} lines)"


def broad_excepts(module: Module) -> Iterator[str]:
    """`except:`, `except Exception` and `except BaseException`."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.ExceptHandler) and (node.type is None or _names(node.type) & BROAD):
            yield f"{module.path}:{node.lineno}"


def prints(module: Module) -> Iterator[str]:
    """Calls of `print`."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print":
            yield f"{module.path}:{node.lineno}"


def type_ignores(module: Module) -> Iterator[str]:
    """Places where the type checker is told to look away."""
    yield from _matching_comments(module, IGNORE)


def leftovers(module: Module) -> Iterator[str]:
    """Notes about work that was not done."""
    yield from _matching_comments(module, LEFTOVER)


def _matching_comments(module: Module, pattern: re.Pattern[str]) -> Iterator[str]:
    strings = {
        line for node in ast.walk(module.tree) if isinstance(node, ast.Constant) and isinstance(node.value, str) for line in _span(node)
    }
    for number, line in enumerate(module.text.splitlines(), 1):
        if number not in strings and pattern.search(line):
            yield f"{module.path}:{number}"


def _span(node: ast.Constant) -> range:
    end = node.end_lineno or node.lineno
    return range(node.lineno, end + 1) if end > node.lineno else range(0)


def inner_imports(module: Module) -> Iterator[str]:
    """Functions that import inside their body."""
    for function in module.functions():
        if any(isinstance(node, ast.Import | ast.ImportFrom) for node in ast.walk(function)):
            yield f"{module.path}:{function.lineno} {function.name}"


def undocumented(module: Module) -> Iterator[str]:
    """Modules, public classes and public functions without a docstring."""
    if module.text.strip() and ast.get_docstring(module.tree) is None:
        yield module.path
    yield from _undocumented_in(module.tree, module.path)


def _undocumented_in(parent: ast.Module | ast.ClassDef, path: str) -> Iterator[str]:
    for node in parent.body:
        if isinstance(node, Documented) and not node.name.startswith("_"):
            if ast.get_docstring(node) is None and not _is_overload(node):
                yield f"{path}:{node.lineno} {node.name}"
            if isinstance(node, ast.ClassDef):
                yield from _undocumented_in(node, path)


def _is_overload(node: Documented) -> bool:
    return any("overload" in _names(decorator) or "setter" in _names(decorator) for decorator in node.decorator_list)


def _test_functions(module: Module) -> list[Function]:
    return [function for function in module.functions() if function.name.startswith("test_")]


def undocumented_tests(module: Module) -> Iterator[str]:
    """Tests that do not say their rule."""
    for function in _test_functions(module):
        if ast.get_docstring(function) is None:
            yield f"{module.path}:{function.lineno} {function.name}"


def mocking_tests(module: Module) -> Iterator[str]:
    """Tests that replace a part of the program."""
    for function in _test_functions(module):
        if any(isinstance(node, ast.Call) and _names(node.func) & MOCKS for node in ast.walk(function)):
            yield f"{module.path}:{function.lineno} {function.name}"


def _names(node: ast.AST) -> set[str]:
    """Every name an expression mentions."""
    plain = {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}
    return plain | {part.attr for part in ast.walk(node) if isinstance(part, ast.Attribute)}


def main() -> int:
    """Print every limit; 1 when one is exceeded."""
    parser = argparse.ArgumentParser(description="Measure the house limits.")
    parser.add_argument("root", nargs="?", type=Path, default=Path(__file__).resolve().parents[1])
    root = parser.parse_args().root
    limits = check(read(root, PACKAGES), read(root, ("tests",)))
    print("\n".join(str(limit) for limit in limits))
    return 0 if all(limit.kept for limit in limits) else 1


if __name__ == "__main__":
    sys.exit(main())
