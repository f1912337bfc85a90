"""The house limits: what is too long, hidden or undocumented is found where it stands."""

import ast
from pathlib import Path

import pytest

from tools import limits

ROOT = Path(__file__).parents[3]
LONG = "def long():\n    '''Doc.'''\n" + "    x = 1\n" * 51
CLEAN = '"""A module."""\n\n\ndef half(n: int) -> float:\n    """Half of n."""\n    return n / 2\n'


def places(rule: object, text: str, path: str = "store/x.py") -> list[str]:
    """What a rule finds in a text."""
    return list(rule(limits.Module(path, text)))  # type: ignore[operator]


@pytest.mark.parametrize(
    ("rule", "text", "found"),
    [
        (limits.long_functions, LONG, ["store/x.py:1 long (51 lines)"]),
        (limits.long_file, "x = 1\n" * 401, ["store/x.py (401 lines)"]),
        (limits.broad_excepts, "try:\n    f()\nexcept (OSError, Exception):\n    pass\n", ["store/x.py:3"]),
        (limits.broad_excepts, "try:\n    f()\nexcept:\n    pass\n", ["store/x.py:3"]),
        (limits.prints, "print('x')\n", ["store/x.py:1"]),
        (limits.type_ignores, "x = 1  # type: ignore[misc]\n", ["store/x.py:1"]),
        (limits.inner_imports, "def f():\n    import os\n", ["store/x.py:1 f"]),
        (limits.undocumented, "def f():\n    pass\n", ["store/x.py", "store/x.py:1 f"]),
        (limits.undocumented, '"""M."""\nclass A:\n    """A."""\n    def f(self):\n        pass\n', ["store/x.py:4 f"]),
        (limits.leftovers, "x = 1  # TO" + "DO: later\n", ["store/x.py:1"]),
        (limits.undocumented_tests, "def test_x():\n    pass\n", ["store/x.py:1 test_x"]),
        (limits.mocking_tests, "def test_x(monkeypatch):\n    monkeypatch.setattr(os, 'x', 1)\n", ["store/x.py:1 test_x"]),
    ],
)
def test_what_breaks_a_limit_is_named_with_its_place(rule: object, text: str, found: list[str]) -> None:
    """A figure alone helps nobody to mend it."""
    assert places(rule, text) == found


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        (limits.long_functions, LONG.replace("    x = 1\n", "", 1)),
        (limits.undocumented, CLEAN),
        (limits.undocumented, '"""M."""\ndef _private():\n    pass\n'),
        (limits.prints, "pprint('x')\nlog.print('x')\n"),
        (limits.leftovers, '"""Text about\n# TO' + 'DO in a string.\n"""\n'),
        (limits.mocking_tests, "def test_x(monkeypatch):\n    monkeypatch.setenv('A', 'b')\n"),
        (limits.broad_excepts, "try:\n    f()\nexcept OSError:\n    pass\n"),
    ],
)
def test_what_is_allowed_is_not_reported(rule: object, text: str) -> None:
    """Docstrings do not count as length, strings not as comments, environment variables not as mocks."""
    assert places(rule, text) == []


def test_body_lines_do_not_count_the_docstring() -> None:
    """Explaining a function must not make it too long."""
    function = ast.parse("def f():\n    '''One.\n\n    Two.\n    '''\n    a = 1\n\n    return a\n").body[0]
    assert isinstance(function, ast.FunctionDef)
    assert limits.body_lines(function) == 3


def test_a_clean_tree_keeps_every_limit(tmp_path: Path) -> None:
    """The measure itself is not the obstacle."""
    (tmp_path / "store").mkdir()
    (tmp_path / "store" / "x.py").write_text(CLEAN, encoding="utf-8")
    assert [str(limit) for limit in limits.check(limits.read(tmp_path, limits.PACKAGES), []) if not limit.kept] == []


@pytest.mark.timeout(60)
def test_the_limits_are_measured_over_the_whole_product() -> None:
    """Every package is read: a folder that is forgotten would always keep its limits."""
    seen = {module.path.split("/")[0] for module in limits.read(ROOT, limits.PACKAGES)}
    assert seen == set(limits.PACKAGES)
