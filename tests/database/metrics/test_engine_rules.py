"""What the engine promises for every metric: counts add up, zero is not unknown, little is not enough."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from measuring import MARCH, NOW, add, at, merged, shipped
from sqlalchemy import text

from servers.metrics.compile import compile_plan
from servers.metrics.engine import measure
from servers.metrics.names import UnknownName
from servers.metrics.plan import WrongQuestion
from servers.metrics.planning import plan_on
from servers.metrics.question import Question
from servers.metrics.receipts import UnknownEvidence, keep, replay
from servers.metrics.shape import read_answer
from servers.metrics.trace import trace
from servers.metrics.working_time import WorkingCalendar, working_spans
from store.clock import Window
from store.config import Metrics, PulseConfig
from store.database import Database
from store.settings import Settings
from store.tables.facts import (
    fact_change,
    fact_deployment,
    fact_issue,
    fact_issue_state,
    fact_pull_request,
    fact_sprint,
    fact_sprint_issue,
)


async def test_more_than_twenty_members_are_put_under_other(company: Database, settings: Settings) -> None:
    """The 19 largest stand alone, `(other)` and `(unmapped)` come last, and the counts add up."""
    rows = [merged(place * 100 + copy, 1, repo=f"acme/r{place:02d}") for place in range(25) for copy in range(25 - place)]
    await add(company, fact_pull_request, [*rows, merged(9999, 2, repo=None)])
    found = await measure(company, settings, Question("pr_throughput", window=MARCH, group_by=["repo"]))
    assert found.groups is not None
    names = [group.dimensions["repo"] for group in found.groups]
    assert names == [f"acme/r{place:02d}" for place in range(19)] + ["(other)"]
    assert sum(group.n or 0 for group in found.groups) == found.value == 326


async def test_pairs_of_shares_stay_shares_of_their_whole(company: Database, settings: Settings) -> None:
    """Of 25 pairs of team and class the smallest are put under `(other)` of their team, so that each team's shares are those it has alone."""
    classes = ("new_capability", "improvement", "defect", "tech_debt", "ktlo")
    pairs = [(team, name, 12 - place - rank) for rank, team in enumerate("abcde") for place, name in enumerate(classes)]
    done = {"category": "done", "level": "item", "cancelled": False, "created_at": at(0), "start_at": at(0), "done_at": at(1)}
    rows = [
        {
            "id": f"{team}{name}{copy}",
            "key": f"{team}{name}{copy}",
            "team": team,
            "work_class": name,
            "labels": [],
            "components": [],
            **done,
        }
        for team, name, copies in pairs
        for copy in range(copies)
    ]
    await add(company, fact_issue, rows)
    found = await measure(company, settings, Question("flow_distribution", window=MARCH, group_by=["team", "work_class"]))
    told = {tuple(group.dimensions.values()): (group.value, group.denominator) for group in found.groups or []}
    sizes = {team: sum(copies for own, _, copies in pairs if own == team) for team in "abcde"}
    assert told[("e", "new_capability")] == (8 / sizes["e"], sizes["e"])
    assert told[("e", "(other)")] == ((6 + 5 + 4) / sizes["e"], sizes["e"])
    assert {team for team, name in told if name == "(other)"} == {"c", "d", "e"}
    assert len(told) == 19 + 3


async def test_a_parent_team_covers_its_children(company: Database, settings: Settings) -> None:
    """Asked for by name it stands for all of them, as filter and as group; nobody is counted twice."""
    rows = [merged(1, 1, team="web"), merged(2, 1, team="api"), merged(3, 1, team="core"), merged(4, 1, team="apps"), merged(5, 1)]
    await add(company, fact_pull_request, rows)
    assert (await measure(company, settings, Question("pr_throughput", window=MARCH, filters={"team": "Core"}))).value == 3
    both = await measure(company, settings, Question("pr_throughput", window=MARCH, filters={"team": ["core", "apps"]}, group_by=["team"]))
    assert {group.dimensions["team"]: group.value for group in both.groups or []} == {"core": 3, "apps": 1}
    every = await measure(company, settings, Question("pr_throughput", window=MARCH, group_by=["team"]))
    assert {group.dimensions["team"]: group.value for group in every.groups or []} == {
        "api": 1,
        "apps": 1,
        "core": 1,
        "web": 1,
        "(unmapped)": 1,
    }


async def test_an_entity_with_several_labels_counts_once_in_the_total(company: Database, settings: Settings) -> None:
    """It stands in each of its groups; the total holds it once."""
    await add(company, fact_pull_request, [merged(1, 1, labels=["bug", "ui"]), merged(2, 1, labels=["bug"]), merged(3, 1, labels=[])])
    found = await measure(company, settings, Question("pr_throughput", window=MARCH, group_by=["label"]))
    assert found.value == 3
    assert {group.dimensions["label"]: group.value for group in found.groups or []} == {"bug": 2, "ui": 1, "(unmapped)": 1}
    assert (await measure(company, settings, Question("pr_throughput", window=MARCH, filters={"label": "UI"}))).value == 1


async def test_a_change_shipped_to_two_services_counts_once_overall_and_once_in_each(company: Database, settings: Settings) -> None:
    """Its first deployment counts: overall, and per service when cut by service."""
    row = {"pr_id": "p1", "deployment_id": "d", "kind": "change", "author_type": "human", "first_commit_at": at(0), "labels": []}
    rows = [
        {**row, "id": f"{name}{copy}", "pr_id": f"p{copy}", "service": name, "is_first": first, "deployed_at": at(day)}
        for copy in range(5)
        for name, first, day in (("shop", True, 1), ("pay-api", False, 3))
    ]
    await add(company, fact_change, rows)
    await add(company, fact_deployment, [shipped(1, 1)])
    found = await measure(company, settings, Question("change_lead_time", window=MARCH, group_by=["service"]))
    assert (found.n, found.value) == (5, 24.0)
    assert {group.dimensions["service"]: (group.n, group.value) for group in found.groups or []} == {
        "shop": (5, 24.0),
        "pay-api": (5, 72.0),
    }
    assert (await measure(company, settings, Question("change_lead_time", window=MARCH, filters={"service": "payapi"}))).value == 72.0


async def test_none_is_a_zero_only_where_the_source_was_read(company: Database, settings: Settings) -> None:
    """Inside the synced range nothing is 0; before it nothing is known."""
    await add(company, fact_deployment, [shipped(1, 0)])
    quiet = await measure(company, settings, Question("pr_throughput", window=MARCH, grain="week"))
    assert (quiet.status, quiet.value, [point.value for point in quiet.series or []]) == ("ok", 0, [0, 0, 0, 0])
    async with company.begin() as connection:
        await connection.execute(text("update checkpoint set covered_from_at = '2026-03-16'"))
    half = await measure(company, settings, Question("pr_throughput", window=MARCH, grain="week"))
    assert (half.status, half.value, half.partial) == ("no_coverage", None, True)
    assert [(point.value, point.status) for point in half.series or []] == [
        (None, "no_coverage"),
        (None, "no_coverage"),
        (0, "ok"),
        (0, "ok"),
    ]
    before = await measure(company, settings, Question("pr_throughput", "2025-Q4"))
    assert (before.status, before.value, before.series) == ("no_coverage", None, None)
    assert "pulse sync --since" in (before.message or "")


async def test_an_empty_store_has_no_numbers(db: Database, settings: Settings) -> None:
    """Without any sync every metric says what to run."""
    found = await measure(db, settings, Question("deployment_frequency"))
    assert (found.status, found.value) == ("no_coverage", None)
    assert "pulse sync" in (found.message or "")


async def test_a_window_that_still_runs_is_partial_up_to_the_last_sync(company: Database, settings: Settings) -> None:
    """as_of is the oldest sync among the sources; later buckets are not shown, the running one is marked."""
    async with company.begin() as connection:
        await connection.execute(text("update checkpoint set complete_to_at = '2026-03-18 12:00+00' where entity = 'github.pull_requests'"))
    await add(company, fact_pull_request, [merged(1, 1), merged(2, 15), merged(3, 17)])
    found = await measure(company, settings, Question("pr_throughput", window=MARCH, grain="week"))
    assert (found.value, found.partial, found.as_of) == (2, True, datetime(2026, 3, 18, 12, tzinfo=UTC))
    assert [(point.bucket, point.value, point.partial) for point in found.series or []] == [
        ("2026-03-02", 1, False),
        ("2026-03-09", 0, False),
        ("2026-03-16", 1, True),
    ]
    assert found.warnings == ["data_until: the data reach to 2026-03-18T12:00Z, before the end of the window."]


async def test_overlapping_windows_can_be_compared(company: Database, settings: Settings) -> None:
    """A row that lies in both counts in both."""
    await add(company, fact_pull_request, [merged(1, 1), merged(2, 10), merged(3, 20)])
    other = Window(at(5), at(25))
    found = await measure(company, settings, Question("pr_throughput", window=MARCH, compare_window=other, group_by=["author_type"]))
    assert found.compare is not None
    assert (found.value, found.compare.value, found.compare.delta, found.compare.verdict) == (3, 2, 1.0, "changed")
    assert found.groups is not None
    assert found.groups[0].compare is not None
    assert found.groups[0].compare.value == 2


async def test_too_little_is_said_and_not_measured(company: Database, settings: Settings) -> None:
    """Four are not enough for a median, nine not for a ratio; the settings can ask for more or less."""
    await add(company, fact_pull_request, [merged(number, 1) for number in range(4)])
    found = await measure(company, settings, Question("pr_cycle_time", window=MARCH))
    assert (found.status, found.value, found.n, found.needs, found.band) == ("not_enough_data", None, 4, 5, None)
    lenient = settings.with_config(PulseConfig(metrics=Metrics(min_n=3)))
    assert (await measure(company, lenient, Question("pr_cycle_time", window=MARCH))).value == 1.0


async def test_recent_buckets_of_slow_metrics_are_provisional(company: Database, settings: Settings) -> None:
    """Reverts may come for 30 days, so April is not final on 30 April."""
    await add(company, fact_pull_request, [merged(number, 3) for number in range(12)])
    found = await measure(company, settings, Question("revert_rate", window=Window(at(-29), NOW), grain="month"))
    assert [(point.bucket, point.provisional) for point in found.series or []] == [
        ("2026-02-01", None),
        ("2026-03-01", True),
        ("2026-04-01", True),
    ]
    assert found.provisional


async def test_a_state_is_counted_at_the_end_of_each_bucket(company: Database, settings: Settings) -> None:
    """Work in progress is a snapshot: as of now without a period, with one at the end of each bucket."""
    await add(
        company,
        fact_issue,
        [
            {"id": f"k{n}", "key": f"K-{n}", "level": "item", "start_at": at(n), "created_at": at(0), "labels": [], "components": []}
            for n in (1, 9)
        ],
    )
    spells = [("k1", at(1), at(8)), ("k9", at(9), None)]
    await add(
        company,
        fact_issue_state,
        [{"issue_id": key, "from_at": start, "to_at": end, "category": "in_progress"} for key, start, end in spells],
    )
    assert (await measure(company, settings, Question("wip"))).value == 1
    series = (await measure(company, settings, Question("wip", window=MARCH, grain="week"))).series
    assert [point.value for point in series or []] == [1, 1, 1, 1]
    daily = (await measure(company, settings, Question("wip", window=Window(at(0), at(10)), grain="day"))).series
    assert [point.value for point in daily or []] == [1, 1, 1, 1, 1, 1, 1, 0, 1, 1]


async def test_names_are_found_without_case_and_hyphens_and_near_misses_too(company: Database, settings: Settings) -> None:
    """`Pay API` is pay-api, `payy-api` is read as it and said; an unknown name is refused with the known ones."""
    await add(company, fact_deployment, [shipped(1, 1), shipped(2, 2, service="pay-api")])
    for name in ("Pay API", "pay_api", "PAYAPI"):
        assert (await measure(company, settings, Question("deployment_frequency", window=MARCH, filters={"service": name}))).n == 1
    misread = await measure(company, settings, Question("deployment_frequency", window=MARCH, filters={"service": "payy-api"}))
    assert misread.warnings == ["name_read_as: 'payy-api' is read as pay-api."]
    with pytest.raises(UnknownName, match="pay-api, shop"):
        await measure(company, settings, Question("deployment_frequency", filters={"service": "warehouse"}))


@pytest.mark.parametrize("word", ["person", "author", "assignee"])
async def test_no_metric_is_cut_by_person(company: Database, settings: Settings, word: str) -> None:
    """People are never a dimension, neither as group nor as filter."""
    with pytest.raises(WrongQuestion, match="person"):
        await measure(company, settings, Question("pr_throughput", group_by=[word]))
    with pytest.raises(WrongQuestion, match="person"):
        await measure(company, settings, Question("pr_throughput", filters={word: "ana"}))


async def test_records_behind_a_cell_add_up_to_its_n(company: Database, settings: Settings) -> None:
    """The total, a bucket, a group and both together lead to exactly the records that were counted."""
    rows = [merged(number, number % 28, team=("web", "apps", None)[number % 3], size_lines=number) for number in range(120)]
    await add(company, fact_pull_request, rows)
    found = await measure(company, settings, Question("pr_size", window=MARCH, grain="week", group_by=["team"]))
    evidence = await keep(company, settings, tool="metrics.query_metric", arguments={"metric": "pr_size"}, result=found)
    total = await trace(company, settings, evidence)
    assert (total["total"], len(total["rows"]), total["next_cursor"]) == (found.n, 50, "50")
    seen = {row[0] for cursor in ("0", "50", "100") for row in (await trace(company, settings, evidence, None, cursor))["rows"]}
    assert len(seen) == 120
    assert found.groups is not None
    for group in found.groups:
        name = group.dimensions["team"]
        assert (await trace(company, settings, evidence, f"team={name}"))["total"] == group.n
        for point in group.series or []:
            assert (await trace(company, settings, evidence, f"team={name}&bucket={point.bucket}"))["total"] == point.n


async def test_records_of_a_share_can_be_those_of_the_numerator(company: Database, settings: Settings) -> None:
    """`counted_above` keeps the records that the share counts, or the others; a metric without a numerator has none."""
    rows = [merged(number, number % 28, reviewed_before_merge=number >= 3, size_lines=1) for number in range(12)]
    await add(company, fact_pull_request, rows)
    found = await measure(company, settings, Question("unreviewed_merge_rate", window=MARCH))
    evidence = await keep(company, settings, tool="metrics.query_metric", arguments={"metric": "x"}, result=found)
    above, below = [await trace(company, settings, evidence, f"counted_above={side}") for side in ("yes", "no")]
    assert (above["total"], below["total"], {row[3] for row in above["rows"]}) == (found.numerator, 9, {True})
    sizes = await measure(company, settings, Question("pr_size", window=MARCH))
    other = await keep(company, settings, tool="metrics.query_metric", arguments={"metric": "y"}, result=sizes)
    with pytest.raises(WrongQuestion, match="counted_above"):
        await trace(company, settings, other, "counted_above=yes")


async def test_a_receipt_gives_back_what_was_said(company: Database, settings: Settings) -> None:
    """The same answer is one receipt; an unknown one is refused."""
    found = await measure(company, settings, Question("pr_throughput", window=MARCH))
    first = await keep(company, settings, tool="t", arguments={"a": 1}, result=found)
    assert first == await keep(company, settings, tool="t", arguments={"a": 1}, result=found)
    assert (await replay(company, first))["result"] == found.document()
    with pytest.raises(UnknownEvidence):
        await replay(company, "e000")


instants = st.integers(0, 24 * 60).map(lambda quarter_hours: MARCH.start + timedelta(minutes=15 * quarter_hours))
OFFICE = WorkingCalendar("America/New_York", holidays=frozenset({MARCH.start.date() + timedelta(days=8)}))


@pytest.mark.timeout(60)
@hypothesis_settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(start=instants, length=st.integers(0, 900))
def test_working_time_counts_only_what_lies_inside_working_hours(start: datetime, length: int) -> None:
    """The prefix sums that the SQL uses equal the minutes counted one by one, over the change of clocks and a holiday."""
    spans = working_spans(OFFICE, MARCH.start, NOW)
    end = start + timedelta(minutes=15 * length)

    def worked(moment: datetime) -> float:
        place = sum(opening <= moment for opening in spans.opens) - 1
        return spans.hours_before[place] + (min(moment, spans.closes[place]) - spans.opens[place]).total_seconds() / 3600

    quarters = (start + timedelta(minutes=15 * step) for step in range(length))
    counted = sum(
        any(
            opening <= quarter < closing
            for opening, closing in zip(spans.opens, spans.closes, strict=True)
            if opening.date() == quarter.date()
        )
        for quarter in quarters
    )
    assert worked(end) - worked(start) == pytest.approx(counted / 4)


async def test_a_state_with_a_series_counts_each_record_once_in_its_cohort(company: Database, settings: Settings) -> None:
    """Three open pull requests with a mark of AI and two without are so many, however many buckets they are seen in."""
    marks = ["agent", "assisted", "agent", None, None]
    rows = [merged(n, n, state="open", merged_at=None, is_draft=False, ai_level=mark) for n, mark in enumerate(marks)]
    await add(company, fact_pull_request, rows)
    asked = Question("open_pr_age", window=MARCH, grain="week", group_by=["ai_level"])
    found = await measure(company, settings, asked)
    assert found.cohorts is not None
    assert {name: cohort["n"] for name, cohort in found.cohorts.items()} == {"marked": 3, "unknown": 2}


async def test_items_of_a_sprint_that_is_no_bucket_stay_in_the_total(company: Database, settings: Settings) -> None:
    """By sprint the total still holds every item of the window, also those of a sprint that never began."""
    common = {"team": "web", "state": "closed", "completed_at": at(14)}
    sprints = [{"id": "s1", "name": "Sprint 1", "started_at": at(0)}, {"id": "s2", "name": "Sprint 2", "started_at": None}]
    await add(company, fact_sprint, [row | common for row in sprints])
    kept = {"issue_id": "i", "committed": True, "cancelled": False, "removed": False, "added": False, "spilled": False}
    items = [
        common | kept | {"id": f"{sprint} {n}", "key": f"K-{n}", "sprint_id": sprint, "started_at": at(0), "done": sprint == "s1"}
        for sprint, many in (("s1", 12), ("s2", 4))
        for n in range(many)
    ]
    await add(company, fact_sprint_issue, items)
    whole = await measure(company, settings, Question("sprint_say_do", window=MARCH, grain="total"))
    cut = await measure(company, settings, Question("sprint_say_do", window=MARCH, grain="sprint"))
    assert (cut.value, cut.numerator, cut.denominator) == (whole.value, whole.numerator, whole.denominator) == (0.75, 12, 16)
    assert [(point.bucket, point.value) for point in cut.series or []] == [("Sprint 1", 1.0)]
    async with company.connect() as connection:
        plan = await plan_on(connection, settings, Question("sprint_say_do", window=MARCH, grain="sprint"))
        made = compile_plan(plan)
        rows = (await connection.execute(text(made.sql), made.params)).mappings().all()
    for order in (rows, rows[::-1]):
        assert read_answer(plan, order, {}).cell(0).den == 16
