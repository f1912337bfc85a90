"""Charts: every kind draws valid Vega-Lite from a result, honestly and for every eye."""

import json
from datetime import date
from typing import Any

import altair as alt
import pytest

from servers.charts import render
from servers.charts.catalogue import CHARTS, chart_for, kind_for, reading_for
from servers.charts.points import parts_rows
from servers.charts.theme import Theme, colours
from servers.metrics.signals import forecast, xmr
from store.errors import InvalidQuestion

WINDOW = {"from": "2026-03-02", "to": "2026-03-30", "tz": "UTC"}
WEEKS = ("2026-03-02", "2026-03-09", "2026-03-16", "2026-03-23")


def point(bucket: str, value: float | None, **more: Any) -> dict[str, Any]:
    """One bucket of a series."""
    status = "ok" if value is not None else "not_enough_data"
    return {"bucket": bucket, "value": value, "n": 12, "status": status, "partial": bucket == WEEKS[-1], **more}


def document(metric: str, unit: str, value: Any, **more: Any) -> dict[str, Any]:
    """A small envelope."""
    common = {"metric": metric, "title": metric.replace("_", " "), "unit": unit, "value": value, "status": "ok", "n": 48, "window": WINDOW}
    return common | {"grain": "week", "as_of": "2026-04-30T00:00:00Z", "warnings": []} | more


def part(name: str, value: float, **more: Any) -> dict[str, Any]:
    """One epic with its share of the whole."""
    return {"dimensions": {"epic": name}, "value": value, "numerator": value * 40, "denominator": 40, "n": 9, "status": "ok"} | more


def phased(when: str, coding: float, review: float) -> dict[str, Any]:
    """One period by phase, as it is read for the chart."""
    window = {"from": "2026-01-01", "to": "2026-02-01", "title": "Change lead time"} | (
        {"from": "2026-02-01", "to": "2026-03-01"} if when == "now" else {}
    )
    return {"group": "", "when": when, "value": coding + review, "n": 12, "phases": {"coding": coding, "review": review}, **window}


SERIES = [point(week, value, stats={"p90": value and value * 3}) for week, value in zip(WEEKS, (40.0, 45.0, None, 20.0), strict=True)]
RATIOS = [point(week, 0.1, numerator=1, denominator=10) for week in WEEKS]
GROUPS = [{"dimensions": {"team": name}, "value": size, "n": 9, "status": "ok"} for name, size in (("core", 3.0), ("apps", 5.0))]
SHARES = {"defect": 0.25, "new_capability": 0.75}
BEFORE = {"window": WINDOW, "value": 30.0, "relative": 0.3, "verdict": "worse", "delta": 10.0}
LEVELS = xmr.signals([10, 12, 11, 9, 13, 10, 12, 11, 10, 12, 11, 11, 10, 12, 25, 11, 9, 12, 11, 10], "lower")
DAYS = [point(f"2026-03-{day:02d}", 10.0 + day) for day in range(1, 21)]
PARTS = [
    {"kind": "mix", "name": "share of each team", "contribution": 2.0},
    {"kind": "team", "name": "core", "contribution": 9.0, "before": {"value": 30.0, "n": 20}, "after": {"value": 41.0, "n": 25}},
    {"kind": "team", "name": "apps", "contribution": -1.0, "before": {"value": 30.0, "n": 20}, "after": {"value": None, "n": 0}},
]
EXAMPLES: dict[str, dict[str, Any]] = {
    "change": document(
        "change_lead_time", "hours", 40.0, compare=BEFORE, parts=PARTS, delta=10.0, stages=[{"name": "pickup", "contribution": 8.0}]
    ),
    "percentiles": document("change_lead_time", "hours", 41.0, stats={"p50": 41.0}, series=SERIES),
    "bars": document("deployment_frequency", "deployments/week", 4.0, series=[point(week, 4) for week in WEEKS]),
    "ratio": document("change_fail_rate", "ratio", 0.1, numerator=4, denominator=40, series=RATIOS),
    "grouped": document(
        "pr_pickup_time", "hours", 4.0, groups=[GROUPS[0] | {"compare": {"value": 2.0}}, GROUPS[1]], group_by=["team"], grain="total"
    ),
    "stacked": document("flow_distribution", "share", SHARES, series=[point(week, None) | {"value": SHARES} for week in WEEKS]),
    "sizes": document("pr_size", "lines", 96.0, series=[point(week, 90.0, buckets={"S": 3, "XL": 1}) for week in WEEKS]),
    "spent": document(
        "flow_efficiency",
        "ratio",
        0.5,
        series=[point(week, 0.5, active_hours=10.0, waiting_hours=4.0, elapsed_hours=20.0) for week in WEEKS],
    ),
    "adoption": document(
        "ai_assisted_pr_share", "ratio", 0.3, series=[point(week, 0.3, denominator=10, numerator=3, agent=1, assisted=2) for week in WEEKS]
    ),
    "share_bars": document("unreviewed_merge_rate", "ratio", 0.1, numerator=4, denominator=40, series=RATIOS),
    "balance": document("net_flow", "items", 4, series=[point(week, 1, created=5, done=3, cancelled=1) for week in WEEKS]),
    "scatter": document(
        "issue_cycle_time",
        "days",
        4.0,
        stats={"p50": 4.0, "p85": 9.0},
        series=[point(week, 4.0) for week in WEEKS],
        records=[{"record": "K-1", "at": "2026-03-04T10:00:00+00:00", "value": 4.0, "state": None, "total": 2}] * 2,
    ),
    "histogram": document(
        "pr_review_rounds",
        "rounds",
        1.2,
        stats={"p50": 1.0, "p90": 2.0},
        bins=[{"from": 1, "to": 2, "n": 9}, {"from": 2, "to": None, "n": 3}],
    ),
    "cumulative": document(
        "wip",
        "items",
        7,
        series=[point(week, 7) for week in WEEKS],
        states=[{"bucket": week, "todo": 5, "in_progress": 7, "done": place} for place, week in enumerate(WEEKS)],
    ),
    "waiting": document(
        "open_pr_age",
        "hours",
        30.0,
        grain="total",
        pickup_p85_hours=48.0,
        records=[{"record": f"#{age}", "value": age, "state": "in review", "total": 3} for age in (99.0, 98.0, 4.0)],
    ),
    "burnup": document("epic_progress", "ratio", 0.4, basis="points", series=[point(week, 0.4, done=4.0, total=10.0) for week in WEEKS]),
    "listed": document("cost_of_delay", "currency", 700.0, grain="total", by_epic={"K-1": 200.0, "K-2": 500.0, "K-3": 0.0}),
    "contributions": document(
        "pr_risk",
        "risk of 100",
        40.0,
        items=[{"record": "acme/a#1", "value": 40.0, "level": "medium", "contributions": [{"factor": "no_tests", "points": 40.0}]}],
    ),
    "dates": document(
        "epic_risk",
        "epics",
        1,
        items=[{"record": "K-9", "p50": "2026-05-01", "p85": "2026-06-01", "target": "2026-05-10", "health": "at_risk"}],
    ),
    "amounts": document(
        "forecast_how_many",
        "items",
        {"p50": 12, "p85": 9, "p95": 7},
        finished=40,
        history_days=84,
        trials=10_000,
        by="2026-12-31",
        amounts=[{"from": 6, "to": 10, "value": 0.3}, {"from": 10, "to": 14, "value": 0.7}],
    ),
    "aging": document("work_item_age", "days", 4.0, ages_days={"K-1": 9.0, "K-2": 2.0}, sle_days=6.0),
    "area": document("wip", "items", 7, series=[point(week, 7) for week in WEEKS]),
    "control": document("pr_pickup_time", "hours", 11.0, series=DAYS, xmr=LEVELS),
    "scoreboard": {
        "window": WINDOW,
        "metrics": [
            document("change_lead_time", "hours", 40.0, compare=BEFORE, trend=[{"bucket": week, "value": 4.0} for week in WEEKS]),
            document("change_fail_rate", "ratio", None),
        ],
    },
    "treemap": document(
        "investment_allocation",
        "share",
        None,
        groups=[part("K-1", 0.7), part("K-2", 0.2), part("(unmapped)", 0.1)],
        group_by=["epic"],
        grain="total",
    ),
    "loads": document("review_load_gini", "0..1", 0.4, grain="total", reviews=12, loads=[{"carried": load} for load in (8, 3, 1, 0)]),
    "phases": document("change_lead_time", "hours", 40.0, grain="total", phases=[phased("before", 20.0, 10.0), phased("now", 12.0, 28.0)]),
    "multiples": document(
        "pr_cycle_time",
        "hours",
        5.0,
        groups=[{"dimensions": {"repo": f"r{number}"}, "value": 5.0, "series": SERIES} for number in range(9)],
        group_by=["repo"],
    ),
    "run": document("throughput", "items", 48, series=[point(week, size) for week, size in zip(WEEKS, (4, 6, 9, 1), strict=True)]),
    "cuts": document(
        "incident_count",
        "incidents",
        8,
        series=[point(week, 2) for week in WEEKS],
        cuts=[{"dimensions": {"severity": name}, "series": [point(week, 1) for week in WEEKS]} for name in ("sev1", "sev2")],
    ),
    "beside": document("deployment_rework_rate", "ratio", 0.1, numerator=4, denominator=40, series=RATIOS, beside=RATIOS),
    "counted": document("escaped_defect_ratio", "ratio", 0.1, numerator=4, denominator=40, series=RATIOS),
    "statuses": document(
        "flow_efficiency",
        "ratio",
        0.5,
        series=[point(week, 0.5) for week in WEEKS],
        statuses=[
            {"bucket": week, "status": name, "kind": kind, "category": "in_progress", "hours": hours}
            for week in WEEKS
            for name, kind, hours in (("Coding", "active", 6.0), ("To review", "waiting", 2.0))
        ],
    ),
    "silent": document(
        "stale_pr_count", "pull requests", 2, grain="total", silent=[{"record": "a#1", "value": 9.0}, {"record": "a#2", "value": 8.0}]
    ),
    "outlook": forecast.when([1, 0, 2, 1] * 12, 20, date(2026, 3, 30)) | {"target": "2026-04-20"},
    "sprint_bars": document(
        "sprint_velocity",
        "points",
        20.0,
        series=[point(f"PAY Sprint {number}", 20.0 + number) for number in (9, 10)],
        grain="sprint",
        low=29.0,
        high=30.0,
    ),
    "waterfall": document(
        "sprint_report", "points", None, committed=20, added=3, removed=2, completed=14, spilled=10, sprint="Sprint 7", grain="total"
    ),
    "figure": document("pr_cycle_time", "hours", 40.0, compare=BEFORE, grain="total"),
}


def rows_of(spec: dict[str, Any]) -> list[dict[str, Any]]:
    """The rows that a chart draws."""
    rows: list[dict[str, Any]] = spec["data"]["values"]
    return rows


@pytest.mark.timeout(30)
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", EXAMPLES)
def test_every_chart_is_valid_vega_lite(name: str, theme: Theme) -> None:
    """The specification keeps to Vega-Lite's schema, carries a title and words for those who cannot see it, and loads nothing."""
    assert kind_for(EXAMPLES[name]) == name
    spec = chart_for(EXAMPLES[name], theme=theme)
    assert spec is not None
    kinds = {"layer": alt.LayerChart, "vconcat": alt.VConcatChart, "facet": alt.FacetChart}
    next((kind for member, kind in kinds.items() if member in spec), alt.Chart).from_dict(spec)
    assert spec["title"]["text"]
    assert len(spec["description"]) > 20
    assert "url" not in json.dumps(spec["data"])


def test_every_kind_of_chart_has_an_example() -> None:
    """Kinds that share their drawing aside, none is left untested."""
    assert set(CHARTS) - set(EXAMPLES) == {"line"}


def test_of_shares_a_scoreboard_names_the_largest() -> None:
    """A list of all would run over the name of the metric."""
    spec = chart_for({"window": WINDOW, "metrics": [document("investment_allocation", "share", SHARES)]})
    assert spec is not None
    assert rows_of(spec)[0]["_value"] == "new capability 75.0 %"


def test_a_gap_stays_a_gap() -> None:
    """A bucket without a value has none in the chart either: no zero, no bridge."""
    spec = chart_for(EXAMPLES["percentiles"])
    assert spec is not None
    assert [row["_value"] for row in rows_of(spec)] == [40.0, 45.0, None, 20.0]
    assert all(layer["mark"].get("invalid") for layer in spec["layer"])


def test_a_bucket_that_is_not_complete_is_hollow() -> None:
    """The fill of a partial point is the background, and the subtitle says so."""
    spec = chart_for(EXAMPLES["percentiles"], theme="dark")
    assert spec is not None
    assert [row["_partial"] for row in rows_of(spec)] == [False, False, False, True]
    assert spec["layer"][-1]["encoding"]["fill"]["condition"] == {"test": "datum._partial", "value": colours("dark")["background"]}
    assert "hollow" in spec["title"]["subtitle"]


def test_the_title_names_metric_unit_window_and_n() -> None:
    """Whoever sees only the picture knows what it shows."""
    spec = chart_for(EXAMPLES["ratio"])
    assert spec is not None
    assert spec["title"] == {
        "text": "change fail rate, %",
        "subtitle": "2026-03-02 to 2026-03-30 UTC · 4/40 · overall 10.0 % · hollow: not complete yet",
    }


def test_groups_are_piled_without_hiding_each_other() -> None:
    """Each group's piece of a bar begins where the one below ends."""
    groups = [group | {"series": [point(week, 2) for week in WEEKS]} for group in GROUPS]
    spec = chart_for(document("throughput", "items", 16, groups=groups, group_by=["team"]))
    assert spec is not None
    first = [(row["team"], row["_low"], row["_high"]) for row in rows_of(spec) if row["bucket"] == WEEKS[0]]
    assert first == [("core", 0.0, 2.0), ("apps", 2.0, 4.0)]


def test_parts_of_a_bucket_add_up_to_the_whole() -> None:
    """What was neither active nor waiting is drawn too, so that the pile ends at the whole."""
    spec = chart_for(EXAMPLES["spent"])
    assert spec is not None
    first = [(row["part"], row["_low"], row["_high"]) for row in rows_of(spec) if row["bucket"] == WEEKS[0]]
    assert first == [("active", 0.0, 0.5), ("waiting", 0.5, 0.7), ("put back", 0.7, 1.0)]


def test_a_balance_runs_on_from_bucket_to_bucket() -> None:
    """The line is the sum of all differences since the first bucket."""
    spec = chart_for(EXAMPLES["balance"])
    assert spec is not None
    assert [row["value"] for row in rows_of(spec) if row["part"].startswith("net")] == [1, 2, 3, 4]


def test_what_a_chart_reads_is_asked_for_only_where_it_would_be_drawn() -> None:
    """A scatter needs a series to stand against; without one nothing is read and another chart is taken."""
    drawn = {name: part for name, part in EXAMPLES["scatter"].items() if name != "records"}
    alone = {name: part for name, part in drawn.items() if name != "series"}
    assert (reading_for(drawn), reading_for(alone), reading_for(EXAMPLES["bars"])) == ("records", None, None)
    assert (kind_for(drawn), kind_for(alone)) == ("percentiles", "figure")


@pytest.mark.parametrize(
    ("metric", "unit", "kind"),
    [
        ("net_flow", "items", "bars"),
        ("wip", "items", "area"),
        ("unreviewed_merge_rate", "ratio", "ratio"),
        ("pr_size", "lines", "percentiles"),
    ],
)
def test_groups_are_drawn_by_the_chart_that_knows_them(metric: str, unit: str, kind: str) -> None:
    """Where a metric's own chart shows what one total is made of, groups side by side take the next best."""
    groups = [group | {"series": [point(week, 0.2, created=1, done=1) for week in WEEKS]} for group in GROUPS]
    assert kind_for(document(metric, unit, 0.2, groups=groups, group_by=["team"], numerator=1, denominator=5)) == kind


def test_amounts_of_single_things_stand_largest_first_and_without_zeros() -> None:
    """An epic that costs nothing yet is no bar."""
    spec = chart_for(EXAMPLES["listed"])
    assert spec is not None
    assert [(row["record"], row["value"]) for row in rows_of(spec)] == [("K-2", 500.0), ("K-1", 200.0)]


def test_the_oldest_items_are_named_where_their_names_do_not_collide() -> None:
    """Of two items of nearly the same age only one carries its name."""
    spec = chart_for(EXAMPLES["waiting"])
    assert spec is not None
    assert [(row["record"], row["_name"], row["_late"]) for row in rows_of(spec)] == [
        ("#99.0", "#99.0", True),
        ("#98.0", "", True),
        ("#4.0", "#4.0", False),
    ]


def test_rows_keep_the_names_by_which_a_figure_is_traced() -> None:
    """A click on a mark is a cell: dimension and bucket stand under their own names."""
    groups = [group | {"series": [point(week, 2) for week in WEEKS]} for group in GROUPS]
    spec = chart_for(document("throughput", "items", 16, groups=groups, group_by=["team"]))
    assert spec is not None
    assert {"bucket", "team", "value"} <= rows_of(spec)[0].keys()


def test_the_steps_of_a_waterfall_lead_from_before_to_after() -> None:
    """Each begins where the one before ends; what got worse has another colour than what got better, and a team's step opens its records."""
    spec = chart_for(EXAMPLES["change"])
    assert spec is not None
    rows = rows_of(spec)
    assert [(row["_step"], row["_till"] if row["_total"] else row["_from"], row["_till"]) for row in rows] == [
        ("before", 30.0, 30.0),
        ("mix: share of each team", 30.0, 32.0),
        ("core", 32.0, 41.0),
        ("apps", 41.0, 40.0),
        ("after", 40.0, 40.0),
        ("stage: pickup", 32.0, 40.0),
    ]
    assert (rows[2]["team"], rows[2]["_colour"] == rows[3]["_colour"]) == ("core", False)


@pytest.mark.timeout(30)
@pytest.mark.parametrize(("metric", "unit"), [("sprint_say_do", "ratio"), ("sprint_velocity", "points")])
def test_sprints_stand_in_their_order_under_their_names(metric: str, unit: str) -> None:
    """Buckets that are sprints are no dates: the axis is ordinal, and a tooltip names the sprint."""
    sprints = [point(f"PAY Sprint {number}", 0.5, numerator=1, denominator=2) for number in (9, 10)]
    base = {"numerator": 2, "denominator": 4} if unit == "ratio" else {}
    spec = chart_for(document(metric, unit, 0.5, series=sprints, grain="sprint", **base))
    assert spec is not None
    (alt.LayerChart if "layer" in spec else alt.VConcatChart).from_dict(spec)
    layers = spec["layer"] if "layer" in spec else [*spec["vconcat"][0]["layer"], spec["vconcat"][1]]
    axes = [layer["encoding"]["x"] for layer in layers if "x" in layer["encoding"]]
    assert {(axis["type"], tuple(axis["sort"])) for axis in axes} == {("ordinal", ("PAY Sprint 9", "PAY Sprint 10"))}
    tips = [tip for layer in spec.get("layer", []) for tip in layer["encoding"].get("tooltip", []) if tip["field"] == "bucket"]
    assert all(tip == {"field": "bucket", "title": "sprint", "type": "nominal"} for tip in tips)


def test_an_unknown_kind_of_chart_is_refused() -> None:
    """The message lists the kinds."""
    with pytest.raises(InvalidQuestion, match="grouped"):
        chart_for(EXAMPLES["bars"], kind="pie")


@pytest.mark.timeout(60)
async def test_pictures_are_made_in_a_process_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """PNG and SVG come out; a specification that points to an address gets nothing loaded; what takes too long holds up no other."""
    spec = chart_for(EXAMPLES["bars"])
    assert spec is not None
    try:
        assert (await render.png(spec, 1)).startswith(b"\x89PNG")
        assert (await render.svg(spec)).startswith("<svg")
        with pytest.raises(render.RenderingFailed):
            await render.svg(spec | {"data": {"url": "http://127.0.0.1:9/x.json"}})
        monkeypatch.setattr(render, "TIMEOUT_S", 0.0)
        with pytest.raises(render.RenderingFailed, match="longer than 0 s"):
            await render.svg(spec)
        assert not render._pool.cache_info().currsize
    finally:
        render.close()


def test_shares_cut_by_their_own_kinds_are_drawn_as_the_course_of_the_whole() -> None:
    """The groups say the same as the parts of each bucket, so nothing is lost and nothing is drawn twice."""
    parts = {"new_capability": 0.7, "ktlo": 0.3}
    series = [{"bucket": f"2026-0{month}-01", "value": parts, "denominator": 20} for month in (1, 2)]
    groups = [{"dimensions": {"work_class": name}, "value": share, "series": []} for name, share in parts.items()]
    document = {"metric": "investment_allocation", "value": parts, "grain": "month", "series": series, "groups": groups}
    assert [(row["bucket"], row["part"], row["value"]) for row in parts_rows(document)] == [
        (point["bucket"], name, share) for point in series for name, share in parts.items()
    ]
