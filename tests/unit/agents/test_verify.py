"""The last look: numbers resolve or are reported, and nothing in an answer loads or leads anywhere."""

import json
from pathlib import Path

import pytest

from agents.compose.words import as_data
from agents.verify import harmless, numbers_in, unresolved

CORPUS = json.loads((Path(__file__).parents[2] / "questions" / "hostile_texts.json").read_text(encoding="utf-8"))
HOURS = {"metric": "change_lead_time", "value": 41.2, "unit": "hours"}


@pytest.mark.parametrize(
    ("text", "figure"),
    [
        ("**41.2 h** (median)", HOURS),
        ("3.1 days", {"value": 74.4, "unit": "hours"}),
        ("30 min", {"value": 0.5, "unit": "hours"}),
        ("8.7 %", {"value": 0.0869565, "unit": "ratio"}),
        ("−20 %", {"value": -0.2, "unit": "ratio"}),
        ("n 1,570", {"value": 1570, "unit": "count"}),
    ],
)
def test_a_number_resolves_to_the_figure_it_rounds(text: str, figure: dict[str, object]) -> None:
    """Rounding is for display only: minutes below an hour, days from 48 hours, shares in percent."""
    assert unresolved(text, [figure]) == []


def test_an_invented_number_is_reported() -> None:
    """A number that no figure shows does not leave unseen, however near it lies."""
    assert unresolved("Lead time fell to 41.3 h, that is 12 % less.", [HOURS]) == ["41.3", "12"]


def test_digits_of_names_dates_periods_and_quotes_are_no_figures() -> None:
    """Contract: digits outside names, links, dates, periods, quoted definitions and the question's own words."""
    text = "Q3 2026 (2026-07-01 to 2026-09-30), last 90 days, `fix 12 bugs`, PAY-100, p90, top 5\n> at most 60 days"
    assert numbers_in(text, "top 5 services") == []


def test_links_and_images_lose_their_targets() -> None:
    """Only links to known hosts stay; their words remain readable."""
    text = "![x](http://evil/a?d=1) [report](https://evil/b) [PR](https://github.com/acme/x/pull/1) <img src=x> www.evil.test"
    assert harmless(text, ["github.com"]) == "x report [PR](https://github.com/acme/x/pull/1)  (address removed)"


@pytest.mark.parametrize("item", CORPUS, ids=lambda i: i["id"])
def test_hostile_titles_are_shown_as_inert_data(item: dict[str, str]) -> None:
    """Text of others stands in a code span on one line: no markup, link or control sign in it takes effect."""
    shown = harmless(as_data(item["text"]))
    inside = shown.strip("`")
    assert "\n" not in shown
    assert "`" not in inside
    assert all(c.isprintable() for c in inside)
    assert shown.startswith("`") or inside.replace("-", "").replace("_", "").isalpha()


@pytest.mark.parametrize("item", [i for i in CORPUS if i["kind"] == "attack"], ids=lambda i: i["id"])
def test_hostile_text_in_free_words_cannot_load_anything(item: dict[str, str]) -> None:
    """Were such a text ever repeated outside a code span, no address, image or tag of it would survive."""
    shown = harmless(item["text"]).lower()
    assert not any(sign in shown for sign in ("http:", "javascript:", "data:text", "<script", "<img", "<svg", "]("))
