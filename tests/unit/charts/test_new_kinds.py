"""Maps of shares, loads, phases, small multiples and scoreboards: what each draws, and where it is taken."""

import re
from itertools import combinations
from typing import Any

import pytest

from servers.charts.catalogue import chart_for, kind_for, kind_named, reading_for
from servers.charts.render import svg_here
from servers.charts.tiles import Tile, squarified

WINDOW = {"from": "2026-03-02", "to": "2026-03-30", "tz": "UTC"}
WEEKS = ("2026-03-02", "2026-03-09", "2026-03-16")


def document(metric: str, unit: str, value: Any, **more: Any) -> dict[str, Any]:
    """A small envelope without a series."""
    found = {"metric": metric, "title": metric, "unit": unit, "value": value, "status": "ok", "n": 48, "window": WINDOW, "grain": "total"}
    return found | {"warnings": []} | more


def shares(*amounts: float, **more: Any) -> dict[str, Any]:
    """Shares of epics EPIC-1000, EPIC-1001, …"""
    groups = [{"dimensions": {"epic": f"EPIC-100{place}"}, "value": amount, "n": 9} for place, amount in enumerate(amounts)]
    return document("investment_allocation", "share", None, groups=groups, group_by=["epic"], **more)


def rows_of(result: dict[str, Any], **more: Any) -> list[dict[str, Any]]:
    """The rows that a chart of the result draws."""
    spec = chart_for(result, **more)
    assert spec is not None
    rows: list[dict[str, Any]] = spec["data"]["values"]
    return rows


def test_tiles_fill_the_room_by_their_amounts_and_do_not_overlap() -> None:
    """Areas are in proportion, and together they are the whole room."""
    amounts = [40, 25, 12, 9, 6, 4, 2, 1, 1]
    tiles = squarified(amounts, Tile(0, 0, 600, 400))
    areas = [tile.width * tile.height for tile in tiles]
    assert areas == pytest.approx([amount * 600 * 400 / 100 for amount in amounts])
    crossing = [
        (one, other)
        for one, other in combinations(tiles, 2)
        if min(one.x + one.width, other.x + other.width) - max(one.x, other.x) > 1e-6
        and min(one.y + one.height, other.y + other.height) - max(one.y, other.y) > 1e-6
    ]
    assert crossing == []
    assert max(max(tile.width / tile.height, tile.height / tile.width) for tile in tiles) < 3


def test_only_what_adds_up_is_a_map_of_shares() -> None:
    """Pull requests of teams make a whole; medians of pull requests per deployment do not, though they are counted in the same unit."""
    groups = [{"dimensions": {"team": name}, "value": value, "n": 9} for name, value in (("core", 3), ("apps", 5))]
    named = {"groups": groups, "group_by": ["team"]}
    assert kind_for(document("pr_throughput", "pull requests", 8, **named), "treemap") is not None
    assert kind_for(document("changes_per_deployment", "pull requests", 4, **named), "treemap") is None


def test_colours_of_divided_bars_are_named() -> None:
    """The picture says which colour is which severity, also where the scale is the same for the edges of bars that are not complete."""
    points = [{"bucket": week, "value": 2, "n": 2, "status": "ok", "partial": week == WEEKS[-1]} for week in WEEKS]
    cuts = [{"dimensions": {"severity": name}, "series": points} for name in ("sev1", "sev2")]
    spec = chart_for(document("incident_count", "incidents", 12, series=points, cuts=cuts) | {"grain": "week"})
    assert spec is not None
    assert {"sev1", "sev2"} <= set(re.findall(r">(sev\d)<", svg_here(spec)))


def test_names_stand_only_in_tiles_that_hold_them() -> None:
    """A narrow tile stays without a name rather than with a clipped one; its tooltip has it."""
    rows = rows_of(shares(0.9, 0.09, 0.006, 0.004))
    assert [row["_name"] for row in rows] == ["EPIC-1000", "EPIC-1001", "", ""]
    assert [row["_tip"] for row in rows] == [f"EPIC-100{place}" for place in range(4)]


def test_one_share_alone_is_no_map() -> None:
    """It would be one tile; a bar says its size."""
    assert kind_for(shares(1.0)) == "grouped"
    assert kind_for(shares(0.0, 0.0)) == "grouped"


def test_a_comparison_of_shares_is_drawn_as_bars() -> None:
    """A map has no place for what was before."""
    assert kind_for(shares(0.7, 0.3, compare={"value": None, "window": WINDOW})) == "grouped"


def test_two_cuts_of_shares_are_drawn_by_what_they_are_shares_of() -> None:
    """With two cuts each share is one of its own whole, so tiles are as large as the days behind them."""
    cells = (("new_capability", "E1", 1.0, 30.0), ("defect", "E1", 1.0, 10.0))
    groups = [
        {"dimensions": {"epic": epic, "work_class": kind}, "value": value, "effort_days": days, "n": 3} for kind, epic, value, days in cells
    ]
    drawn = rows_of(document("investment_allocation", "share", None, groups=groups, group_by=["work_class", "epic"]))
    assert [(row["_tip"], row["_shown"]) for row in drawn if "_name" in row] == [
        ("new_capability · E1", "75.0 %"),
        ("defect · E1", "25.0 %"),
    ]


def test_loads_say_nothing_about_who_carries_them() -> None:
    """Bars have a share and a number, no name and nothing that could be traced to one person."""
    rows = rows_of(document("review_load_gini", "0..1", 0.4, loads=[{"carried": load} for load in (1, 8, 3)]))
    assert [row["share"] for row in rows] == pytest.approx([8 / 12, 3 / 12, 1 / 12])
    assert {name for row in rows for name in row if not name.startswith("_")} == {"share"}
    assert [row["_half"] for row in rows] == [True, False, False]


def test_phases_of_two_periods_add_up_and_their_differences_to_the_change() -> None:
    """The last bar of the lower panel is the sum of those above it."""
    parts = [
        {"group": "", "when": when, "from": WINDOW["from"], "to": to, "value": sum(phases.values()), "n": 9, "phases": phases, "title": "T"}
        for when, to, phases in (
            ("before", "2026-03-02", {"coding": 4.0, "review": 6.0}),
            ("now", "2026-03-30", {"coding": 5.0, "review": 3.0}),
        )
    ]
    spec = chart_for(document("pr_cycle_time", "hours", 8.0, phases=parts))
    assert spec is not None
    ends = [(row["phase"], row["_low"], row["_high"]) for row in spec["data"]["values"]]
    assert ends == [("coding", 0.0, 4.0), ("review", 4.0, 10.0), ("coding", 0.0, 5.0), ("review", 5.0, 8.0)]
    moved = spec["vconcat"][1]["data"]["values"]
    assert [(row["phase"], row["moved"]) for row in moved] == [("coding", 1.0), ("review", -3.0), ("together", -2.0)]
    assert moved[0]["_colour"] != moved[1]["_colour"]


def test_the_phases_of_another_metric_say_how_many_that_one_counted() -> None:
    """Merge to production is drawn as a part of the lead time, over the changes of the lead time."""
    part = {
        "group": "",
        "when": "now",
        "from": "2026-07-01",
        "to": "2026-10-01",
        "value": 5.0,
        "n": 599,
        "phases": {"deploy": 5.0},
        "title": "T",
    }
    spec = chart_for(document("pr_deploy_time", "hours", 5.0, n=596, phases=[part]))
    assert spec is not None
    assert "n 599" in spec["title"]["subtitle"]


def test_a_duration_alone_is_drawn_by_its_phases_and_a_course_is_not() -> None:
    """Reading is asked for where the phases would be drawn: of one total, not of a series."""
    total = document("change_lead_time", "hours", 8.0)
    series = [{"bucket": week, "value": 8.0, "n": 9, "partial": False} for week in WEEKS]
    assert reading_for(total) == "phases"
    assert reading_for(total | {"series": series, "grain": "week"}) is None
    assert reading_for(total | {"series": series, "grain": "week"}, "phases") == "phases"


@pytest.mark.parametrize(("groups", "kind"), [(8, "percentiles"), (9, "multiples")])
def test_more_than_eight_lines_are_drawn_apart(groups: int, kind: str) -> None:
    """Up to eight share one chart."""
    series = [{"bucket": week, "value": 8.0, "n": 9, "partial": False} for week in WEEKS]
    parts = [{"dimensions": {"repo": f"r{place}"}, "value": 8.0, "series": series} for place in range(groups)]
    assert kind_for(document("pr_cycle_time", "hours", 8.0, groups=parts, group_by=["repo"], grain="week")) == kind


def test_a_scoreboard_draws_the_course_of_each_line_inside_its_row() -> None:
    """Points stay within their row, a gap stays one, and the newest value is marked."""
    trend = [{"bucket": week, "value": value} for week, value in zip(WEEKS, (4.0, None, 6.0), strict=True)]
    board = {"window": WINDOW, "metrics": [document("throughput", "items", 5), document("wip", "items", 6, trend=trend)]}
    spec = chart_for(board)
    assert spec is not None
    points = next(layer["data"]["values"] for layer in spec["layer"] if layer["mark"]["type"] == "line")
    assert [point["_line"] for point in points] == [1, 1, 1]
    assert [point["_y"] for point in points] == [pytest.approx(1.77), None, pytest.approx(1.23)]
    assert [point["_last"] for point in points] == [False, False, True]


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("Show a treemap of investment", "treemap"),
        ("lead time by phase", "phases"),
        ("scatter plot of cycle time", "scatter"),
        ("lead time", None),
    ],
)
def test_a_chart_can_be_asked_for_by_its_name(words: str, kind: str | None) -> None:
    """Each kind says how people call it."""
    assert kind_named(words) == kind


def test_a_severity_has_one_colour_in_every_chart() -> None:
    """Dots, stacked bars and lines alike: who has learnt that red is sev1 need not learn it again."""
    names = ["sev1", "sev2", "sev3"]
    points = [{"bucket": week, "value": 2, "n": 2, "status": "ok"} for week in WEEKS]
    groups = [{"dimensions": {"severity": name}, "value": 6, "n": 6, "series": points} for name in reversed(names)]
    common = {"grain": "week", "series": points, "stats": {"p50": 2.0}}
    records = [{"record": name, "at": f"{WEEKS[0]}T10:00:00+00:00", "value": 3.0, "state": name} for name in names]
    drawn = [
        chart_for(document("time_to_restore", "hours", 2.0, records=records, **common), kind="scatter"),
        chart_for(document("incident_count", "incidents", 18, groups=groups, group_by=["severity"], **common), kind="bars"),
        chart_for(document("time_to_restore", "hours", 2.0, groups=groups, group_by=["severity"], **common), kind="line"),
    ]
    scales = [re.search(r"'domain': \['sev1', 'sev2', 'sev3'\], 'range': (\[[^]]*\])", str(spec)) for spec in drawn]
    assert len({found[1] for found in scales if found}) == 1
    assert all(scales)


def test_a_forecast_of_amounts_is_a_histogram_with_what_the_trials_reach() -> None:
    """Bars are stretches of amounts; each mark says how many are reached at least, and how surely."""
    amounts = [{"from": 6, "to": 10, "value": 0.3}, {"from": 10, "to": 14, "value": 0.7}]
    spec = chart_for(document("forecast_how_many", "items", {"p50": 12, "p85": 9, "p95": 7}, amounts=amounts))
    assert spec is not None
    drawn = svg_here(spec)
    assert [f"{level} %: at least {least}" in drawn for level, least in ((95, 7), (85, 9), (50, 12))] == [True] * 3
    assert [row["_span"] for row in spec["data"]["values"]] == ["6 to 9", "10 to 13"]


def test_scope_change_is_a_waterfall_and_over_time_a_line() -> None:
    """From what was committed to what was in the sprints at their end; a series shows how the ratio went instead."""
    scope = document(
        "sprint_scope_change", "ratio", 0.3, numerator=3, denominator=10, committed=10.0, added=2.0, removed=1.0, basis="points"
    )
    spec = chart_for(scope)
    assert spec is not None
    assert [(row["step"], row["value"]) for row in spec["data"]["values"]] == [
        ("committed", 10),
        ("added", 2),
        ("removed", 1),
        ("in it at the end", 11),
    ]
    points = [{"bucket": week, "value": 0.3, "numerator": 3, "denominator": 10, "status": "ok"} for week in WEEKS]
    assert kind_for({**scope, "series": points}) == "ratio"
