"""Pages that are made from code say what the code says."""

import re
from pathlib import Path

import pytest

from gateway.cli.main import run
from tools.docs import stale

ROOT = Path(__file__).parents[3]


@pytest.mark.timeout(60)
def test_generated_pages_are_up_to_date() -> None:
    """`make docs` writes them; a change of a setting, tool or metric shows here."""
    assert stale() == []


def test_links_between_pages_lead_somewhere() -> None:
    """Files that README and docs point to exist."""
    pages = [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]
    links = [
        (page, link) for page in pages for link in re.findall(r"\]\(([^)#\s]+)", page.read_text(encoding="utf-8")) if "://" not in link
    ]
    assert [f"{page.name}: {link}" for page, link in links if not (page.parent / link).exists()] == []


def test_every_verb_in_the_readme_is_a_verb(capsys: pytest.CaptureFixture[str]) -> None:
    """Commands shown to people can be typed."""
    text = (ROOT / "README.md").read_text(encoding="utf-8") + (ROOT / "docs" / "using.md").read_text(encoding="utf-8")
    verbs = set(re.findall(r"(?:^|`|/)pulse ([a-z]+)", text, re.MULTILINE))
    assert verbs
    for verb in sorted(verbs):
        assert run([verb, "--help"]) == 0, verb
    capsys.readouterr()
