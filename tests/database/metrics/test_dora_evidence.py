"""What the tests of other tools expect: equal where it follows from the rows, and their conventions by choosing Pulse's rule for them."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from deriving import Row, deployed
from measuring import NOW, add, merged
from sqlalchemy import insert, text

from etl.derive.refresh import refresh
from servers.metrics.engine import measure
from servers.metrics.question import Question
from servers.metrics.result import Result
from servers.metrics.working_time import WorkingCalendar, working_days
from store.clock import Window
from store.database import Database
from store.settings import Settings
from store.tables.code import service
from store.tables.delivery import deployment, incident
from store.tables.facts import fact_change, fact_deployment, fact_deployment_row, fact_incident, fact_pull_request

pytestmark = pytest.mark.timeout(60)
LEAST = {"min_n": 1, "min_den": 1}
"""Their cases are small."""
STATES = {"SUCCESS": "success", "FAILED": "failure"}
WHOLE = Window(datetime(2020, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC))


def cases(evidence: Path, name: str) -> list[Row]:
    """The cases of one file."""
    found: list[Row] = json.loads((evidence / "dora" / f"{name}.json").read_text(encoding="utf-8"))["cases"]
    return found


def instant(value: str) -> datetime:
    """An instant of theirs."""
    return datetime.fromisoformat(value)


@pytest.fixture
async def whole(company: Database) -> Database:
    """The company, read from 2020 on."""
    async with company.begin() as connection:
        await connection.execute(text("update checkpoint set covered_from_at = '2020-01-01'"))
    return company


async def with_services(db: Database, names: list[str]) -> None:
    """A service for each case, so that all of them lie in one store."""
    rows = [
        {"id": f"service:{name}", "key": name, "name": name, "source": "given", "deployment_source": "github_deployments"} for name in names
    ]
    async with db.begin() as connection:
        await connection.execute(insert(service), rows)


async def of_case(db: Database, settings: Settings, metric: str, case: Row, **more: Any) -> Result:
    """The answer to a case: its own service, in its own window."""
    given = case.get("params") or {}
    window = Window(instant(given["from"]), instant(given["to"])) if "from" in given else WHOLE
    params = LEAST | more.pop("params", {})
    return await measure(db, settings, Question(metric, window=window, filters={"service": case["id"]}, params=params, **more))


@pytest.mark.parametrize("rule", ["configured", "any"])
async def test_which_deployments_failed_agrees_with_middleware(whole: Database, settings: Settings, evidence: Path, rule: str) -> None:
    """Several incidents of one deployment count once, one before all of them fails none; their rule, however old, is a switch. Nothing is no 0."""
    listed = cases(evidence, "middleware-change-failure-rate")
    await with_services(whole, [case["id"] for case in listed])
    rows = [
        deployed(
            f"{case['id']} {found['id']}",
            f"{case['id']}{found['id']}",
            found["at"][:16].replace("T", " "),
            service_id=f"service:{case['id']}",
        )
        for case in listed
        for found in case["inputs"]["deployments"]
    ]
    incidents = [
        {"id": f"{case['id']} {found['id']}", "source": "api", "service_id": f"service:{case['id']}", "started_at": instant(found["at"])}
        for case in listed
        for found in case["inputs"]["incidents"]
    ]
    async with whole.begin() as connection:
        await connection.execute(insert(deployment), rows)
        await connection.execute(insert(incident), incidents)
    await refresh(whole, settings)
    for case in listed:
        found = await of_case(whole, settings, "change_fail_rate", case, grain="total", params={"link": rule})
        expected = case["expected"]
        assert (found.denominator or 0, found.numerator or 0) == (expected["total_deployments"], len(expected["failed_deployments"])), case[
            "id"
        ]
        assert found.value == (pytest.approx(expected["percent"] / 100) if expected["total_deployments"] else None)


async def test_deployments_are_counted_into_the_same_weeks(whole: Database, settings: Settings, evidence: Path) -> None:
    """The total inside the range and every week of it, empty ones too; their average is Pulse's rate, rounded down."""
    listed = cases(evidence, "middleware-deployment-frequency")
    await with_services(whole, [case["id"] for case in listed])
    rows = [
        {"id": f"{case['id']} {found['id']}", "kind": "change", "service": case["id"], "finished_at": instant(found["at"])}
        for case in listed
        for found in case["inputs"]["deployments"]
    ]
    await add(whole, fact_deployment, [{"failed": False, "surely_linked": False} | row for row in rows])
    for case in listed:
        found = await of_case(whole, settings, "deployment_frequency", case, grain="week")
        if "total" in case["expected"]:
            assert found.n == case["expected"]["total"]
        else:
            assert {point.bucket: point.value for point in found.series or []} == case["expected"]


async def test_events_fall_into_the_same_buckets(whole: Database, settings: Settings, evidence: Path) -> None:
    """Days and ISO weeks of UTC, empty ones included."""
    listed = cases(evidence, "calendar-buckets")
    await with_services(whole, [case["id"] for case in listed])
    rows = [
        merged(place * 100 + number, 0, service=case["id"]) | {"merged_at": instant(at)}
        for place, case in enumerate(listed)
        for number, at in enumerate(case["inputs"]["times"])
    ]
    await add(whole, fact_pull_request, rows)
    for case in listed:
        end = instant(case["params"]["to"]) + timedelta(
            days=1 if case["params"]["granularity"] == "day" else 0
        )  # their last day is included
        asked = {**case, "params": {**case["params"], "to": end.isoformat()}}
        found = await of_case(whole, settings, "pr_throughput", asked, grain=case["params"]["granularity"])
        assert {point.bucket: point.value for point in found.series or []} == case["expected"], case["id"]


async def test_means_and_rates_agree_where_the_arithmetic_is_the_same(whole: Database, settings: Settings, evidence: Path) -> None:
    """Where others quote a mean, Pulse gives it beside its median; what is older than the window does not count."""
    listed = {case["id"]: case for case in [*cases(evidence, "devopsmetrics-arithmetic"), *cases(evidence, "middleware-time-to-restore")]}
    await with_services(whole, list(listed))
    await add(
        whole,
        fact_deployment,
        [shipped_days_ago(number, age) for number, age in enumerate(listed["devopsmetrics-df-5in7"]["inputs"]["age_days"])],
    )
    await add(
        whole, fact_change, [change_of(number, item) for number, item in enumerate(listed["devopsmetrics-lead-5in7"]["inputs"]["items"])]
    )
    restored = [restored_in(f"d{number}", item) for number, item in enumerate(listed["devopsmetrics-mttr-7"]["inputs"]["items"])]
    lasted = [
        {
            "id": found["id"],
            "service": "middleware-mttr-four",
            "started_at": instant(found["opened_at"]),
            "resolved_at": instant(found["resolved_at"]),
        }
        for found in listed["middleware-mttr-four"]["inputs"]["incidents"]
    ]
    await add(whole, fact_incident, [*restored, *lasted])
    week = {"params": {"from": (NOW - timedelta(days=7)).isoformat(), "to": NOW.isoformat()}}
    often = await of_case(whole, settings, "deployment_frequency", {**listed["devopsmetrics-df-5in7"], **week})
    lead = await of_case(whole, settings, "change_lead_time", {**listed["devopsmetrics-lead-5in7"], **week})
    back = await of_case(whole, settings, "time_to_restore", {**listed["devopsmetrics-mttr-7"], **week})
    theirs = await of_case(whole, settings, "time_to_restore", listed["middleware-mttr-four"])
    none = await of_case(whole, settings, "time_to_restore", listed["middleware-mttr-none"])
    assert float(str(often.value)) / 7 == pytest.approx(listed["devopsmetrics-df-5in7"]["expected"]["per_day"], abs=1e-4)
    assert [mean_of(found) for found in (lead, back)] == [
        pytest.approx(listed[name]["expected"]["mean_hours"]) for name in ("devopsmetrics-lead-5in7", "devopsmetrics-mttr-7")
    ]
    assert (mean_of(theirs) * 3600, theirs.n) == (pytest.approx(listed["middleware-mttr-four"]["expected"]["mean_seconds"]), 4)
    assert (none.value, none.n) == (None, 0)


def mean_of(found: Result) -> float:
    """The mean that stands beside the median."""
    assert found.stats is not None
    return float(str(found.stats["mean"]))


def shipped_days_ago(number: int, age_days: int) -> Row:
    """A deployment some days before now."""
    at = NOW - timedelta(days=age_days, hours=1)
    return {
        "id": f"f{number}",
        "kind": "change",
        "service": "devopsmetrics-df-5in7",
        "finished_at": at,
        "failed": False,
        "surely_linked": False,
    }


def change_of(number: int, item: Row) -> Row:
    """A change that took so many minutes."""
    at = NOW - timedelta(days=item["age_days"], hours=1)
    row = {
        "id": f"c{number}",
        "pr_id": f"p{number}",
        "deployment_id": "d",
        "service": "devopsmetrics-lead-5in7",
        "kind": "change",
        "labels": [],
        "is_first": True,
    }
    return row | {"first_commit_at": at - timedelta(minutes=item["minutes"]), "deployed_at": at, "author_type": "human"}


def restored_in(name: str, item: Row) -> Row:
    """An incident that took so many minutes."""
    at = NOW - timedelta(days=item["age_days"], hours=1)
    return {"id": name, "service": "devopsmetrics-mttr-7", "started_at": at - timedelta(minutes=item["minutes"]), "resolved_at": at}


async def test_failed_runs_of_a_stage_are_the_rate_of_the_job(whole: Database, settings: Settings, evidence: Path) -> None:
    """Metrik's change failure rate counts failed jobs: Pulse keeps it as the success of the job, 1 minus it, and never calls it fail rate."""
    listed = cases(evidence, "metrik-change-failure-rate")
    await with_services(whole, [case["id"] for case in listed])
    rows = [
        {"id": f"{case['id']} {build['number']}", "deployment_id": "d", "service": case["id"], "status": STATES[stage["status"]]}
        | {"finished_at": datetime.fromtimestamp((stage["started_ms"] + stage["duration_ms"] + stage["pause_ms"]) / 1000, UTC), "source": "workflow_runs"}
        for case in listed
        for build in case["inputs"]["builds"]
        for stage in build["stages"]
        if stage["name"] == case["params"]["target_stage"][build["pipeline"]] and stage["status"] in STATES
    ]  # fmt: skip
    await add(whole, fact_deployment_row, rows)
    for case in listed:
        start, end = (datetime.fromtimestamp(case["params"][bound] / 1000, UTC) for bound in ("from_ms", "to_ms"))
        window = Window(start, end + timedelta(milliseconds=1))  # their end is included
        question = Question("deployment_job_success_rate", window=window, grain="total", filters={"service": case["id"]}, params=LEAST)
        found = await measure(whole, settings, question)
        percent = None if found.value is None else 100 * (1 - float(str(found.value)))
        expected = case["expected"]["value"]
        assert percent == (None if expected is None else pytest.approx(expected))


def test_working_days_of_a_month_agree(evidence: Path) -> None:
    """January 2020 and the first of February have 23 days from Monday to Friday."""
    case = next(case for case in cases(evidence, "heartbeat-calculators") if case["metric"] == "working_days")
    first, last = (datetime.fromisoformat(case["inputs"][bound]).date() for bound in ("from", "to"))
    assert working_days(WorkingCalendar("UTC"), first, last + timedelta(days=1)) == case["expected"]["days"]
