"""Dashboards: what their tiles ask for."""

from datetime import UTC, datetime

import pytest

from agents.dashboards import DASHBOARDS, Tile, arguments_of, asked_of
from agents.evaluation import DEMO_NAMES
from agents.keyless.defaults import Calendar
from agents.names import Names
from agents.toolbox import READABLE
from store.errors import InvalidQuestion

NAMES = Names.from_document(DEMO_NAMES)
CALENDAR = Calendar(datetime(2026, 11, 20, 12, tzinfo=UTC))


def test_tiles_ask_read_tools_only() -> None:
    """A dashboard changes nothing."""
    assert {tile.tool for board in DASHBOARDS.values() for tile in board.tiles} <= READABLE


def test_a_scope_becomes_a_filter_where_the_metric_knows_it() -> None:
    """A project narrows tickets; pull requests have none, so they stay whole, and a state of now takes no period."""
    scope = {"team": "payments", "project": "PAY"}
    wip = Tile("metrics.query_metric", {"metric": "wip", "grain": "total"})
    merged = Tile("metrics.query_metric", {"metric": "pr_throughput", "grain": "week"})
    lead = Tile("metrics.query_metric", {"metric": "change_lead_time"})
    report = Tile("metrics.dora_report", {}, ("period", "team", "service"))
    assert arguments_of(lead, "last_week", scope)["filters"] == {"owner_team": "payments"}
    assert arguments_of(wip, "last_week", scope) == {**wip.arguments, "filters": scope}
    assert arguments_of(merged, "last_week", scope) == {**merged.arguments, "period": "last_week", "filters": {"team": "payments"}}
    assert arguments_of(report, "last_week", scope) == {"period": "last_week", "team": "payments"}


@pytest.mark.parametrize(
    ("words", "asked"),
    [
        ("payments last quarter", ("last_quarter", {"team": "payments"})),
        ("checkout-web, Q3", ("2026-Q3", {"service": "checkout-web"})),
        ("", (None, {})),
    ],
)
def test_words_beside_a_command_name_period_and_scope(words: str, asked: object) -> None:
    """As they would in a question."""
    assert asked_of(words, NAMES, CALENDAR) == asked


def test_an_unknown_team_beside_a_command_is_refused_with_the_known_ones() -> None:
    """Nothing is guessed, and the board of all is not shown instead."""
    with pytest.raises(InvalidQuestion, match="checkout, data, mobile"):
        asked_of("team zeppelin", NAMES, CALENDAR)
