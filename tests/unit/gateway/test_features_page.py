"""The list of features says what can be typed, asked for and opened."""

import re
from pathlib import Path

import pytest

from gateway.app import ROUTERS
from gateway.cli.main import run

ROOT = Path(__file__).parents[3]
ROW = re.compile(r"^- \[(?P<done>[x ])\] (?P<id>[A-Z]\d+) (?P<text>.+)$")
COUNTS = {"A": 11, "B": 15, "C": 12, "D": 11, "E": 25, "F": 9, "G": 9, "I": 14, "M": 12, "O": 12, "P": 8, "R": 5, "S": 10, "U": 21, "X": 10}
SHOWN = [
    (found["id"], shown)
    for line in (ROOT / "docs" / "features.md").read_text(encoding="utf-8").splitlines()
    if (found := ROW.match(line)) and found["done"] == "x"
    for shown in re.findall(r"`([^`]+)`", found["text"].rpartition(" — ")[2]) or [""]
]


def test_every_feature_has_one_row() -> None:
    """No promise is left out, none stands twice."""
    lines = (ROOT / "docs" / "features.md").read_text(encoding="utf-8").splitlines()
    ids = [found["id"] for line in lines if (found := ROW.match(line))]
    assert len(ids) == len([line for line in lines if line.startswith("- ")])
    assert sorted(ids) == sorted(f"{letter}{number}" for letter, count in COUNTS.items() for number in range(1, count + 1))


@pytest.mark.parametrize(("feature", "shown"), SHOWN)
def test_what_a_ticked_row_names_exists(feature: str, shown: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A verb can be typed, a target made, a route asked for, a file opened."""
    word, _, rest = shown.removeprefix("POST ").partition(" ")
    if word == "pulse":
        words = [part for part in rest.split() if part.islower() and part.isalpha()]
        assert run([*words, "--help"]) == 0, feature
        assert " ".join(["pulse", *words[:2]]) in capsys.readouterr().out.splitlines()[0], feature  # `sync` takes unknown words as `run`
    elif word == "make":
        assert re.search(rf"^{rest}:", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE), feature
    elif word.startswith("/"):
        assert word in routes(), feature
    else:
        assert word, feature
        assert (ROOT / word).exists(), feature


def routes() -> set[str]:
    """Paths of the front door."""
    return {path for module in ROUTERS for route in module.router.routes if (path := getattr(route, "path", None))}
