"""The worked cases of the metric catalogue, computed from the derived facts alone by the shortest possible arithmetic."""

import json
import statistics
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from etl.derive.cases import instant, load_case
from etl.derive.refresh import refresh
from store.database import Database
from store.settings import Settings

CASES = {
    case["id"]: case
    for case in json.loads((Path(__file__).parents[2] / "cases" / "metrics_cases.json").read_text(encoding="utf-8"))["cases"]
}
TABLES = (
    "fact_deployment",
    "fact_change",
    "fact_incident",
    "fact_pull_request",
    "fact_issue",
    "identity",
    "identity_suggestion",
    "work_interval",
)
Row = dict[str, Any]


class Facts:
    """All facts of one case, and its window."""

    def __init__(self, tables: dict[str, list[Row]], parameters: Row) -> None:
        self.tables = tables
        self.start = instant(parameters.get("from"))
        self.end = instant(parameters.get("to"))
        self.at = instant(parameters.get("at"))

    def within(self, table: str, column: str) -> list[Row]:
        """Rows whose instant lies in the half-open window."""
        return [row for row in self.tables[table] if row[column] is not None and self.start <= row[column] < self.end]

    def shipped(self, *kinds: str) -> list[Row]:
        """Deployments of these kinds in the window."""
        return [row for row in self.within("fact_deployment", "finished_at") if row["kind"] in kinds]

    def merged(self) -> list[Row]:
        """Pull requests of people and agents merged in the window."""
        return [row for row in self.within("fact_pull_request", "merged_at") if row["author_type"] != "bot"]

    def items(self, column: str = "done_at") -> list[Row]:
        """Items, neither epics nor sub-tasks nor cancelled ones, with this instant in the window."""
        return [row for row in self.within("fact_issue", column) if row["level"] == "item" and not row["cancelled"]]


def hours(later: datetime, earlier: datetime) -> float:
    """Elapsed hours."""
    return (later - earlier) / timedelta(hours=1)


def quantile(values: list[float], share: float) -> float:
    """The R-7 percentile."""
    return float(np.quantile(values, share))


def _lead_time(facts: Facts) -> Row:
    leads = [
        hours(row["deployed_at"], row["first_commit_at"])
        for row in facts.within("fact_change", "deployed_at")
        if row["author_type"] != "bot"
    ]
    return {"n": len(leads), "value": quantile(leads, 0.5), "p90": quantile(leads, 0.9)} if len(leads) >= 5 else {"n": len(leads)}


def _fail_rate(facts: Facts) -> Row:
    base = facts.shipped("change", "hotfix")
    failed = sorted(row["id"] for row in base if row["failed"])
    return {
        "numerator": len(failed),
        "denominator": len(base),
        "failed_ids": failed,
        "inferred_links": sum(row["inferred_links"] for row in base),
    }


def _recovery(facts: Facts) -> Row:
    failed = [row for row in facts.tables["fact_deployment"] if row["failed"] and row["kind"] in ("change", "hotfix")]
    times = [max(0.0, hours(row["recovered_at"], row["recovery_from_at"])) for row in failed if row["recovered_at"]]
    return {"n": len(times), "value": statistics.median(times), "open_failures": len(failed) - len(times)}


def _rework(facts: Facts) -> Row:
    base = facts.shipped("change", "hotfix", "rollback")
    repairs = sorted(row["id"] for row in base if row["kind"] != "change")
    return {"numerator": len(repairs), "denominator": len(base), "rework_ids": repairs}


def _batch(facts: Facts) -> Row:
    counts = [row["pr_count"] for row in facts.shipped("change", "hotfix")]
    some = [count for count in counts if count]
    return {"n": len(some), "value": statistics.median(some), "mean": statistics.mean(some), "without_changes": counts.count(0)}


def _restore(facts: Facts) -> Row:
    times = [hours(row["resolved_at"], row["started_at"]) for row in facts.within("fact_incident", "resolved_at")]
    still = [row for row in facts.tables["fact_incident"] if row["resolved_at"] is None]
    return {"n": len(times), "value": statistics.median(times), "mean": statistics.mean(times), "open": len(still)}


def _pickup(facts: Facts) -> Row:
    times = [hours(row["first_review_at"], row["ready_at"]) for row in facts.merged() if row["first_review_at"]]
    return {"n": len(times), "value": statistics.median(times), "p90": quantile(times, 0.9), "no_review": len(facts.merged()) - len(times)}


def _phases(facts: Facts) -> Row:
    row = facts.tables["fact_pull_request"][0]
    return {
        "coding": hours(row["ready_at"], row["first_commit_at"]), "pickup": hours(row["first_review_at"], row["ready_at"]),
        "review": hours(row["merged_at"], row["first_review_at"]), "approval_to_merge": hours(row["merged_at"], row["last_approval_at"]),
        "deploy": hours(row["deployed_at"], row["merged_at"]), "cycle": hours(row["merged_at"], row["first_commit_at"]),
        "lead": hours(row["deployed_at"], row["first_commit_at"]),
    }  # fmt: skip


def _rounds(facts: Facts) -> Row:
    counts = [row["review_rounds"] for row in facts.merged() if row["reviewed_before_merge"]]
    return {"n": len(counts), "value": statistics.mean(counts), "share_over_2": sum(count > 2 for count in counts) / len(counts)}


def _size(facts: Facts) -> Row:
    lines = [row["size_lines"] for row in facts.merged()]
    buckets = {"XS": 0, "S": 0, "M": 0, "L": 0, "XL": 0, "XXL": 0} | Counter(row["size_bucket"] for row in facts.merged())
    return {"n": len(lines), "value": statistics.median(lines), "p75": quantile(lines, 0.75), "buckets": buckets}


def _stale(facts: Facts) -> Row:
    candidates = [row for row in facts.tables["fact_pull_request"] if row["author_type"] != "bot"]
    still = [row for row in candidates if row["merged_at"] is None or row["merged_at"] > facts.at]
    old = [row["id"] for row in still if not row["is_draft"] and facts.at - row["last_human_activity_at"] >= timedelta(days=7)]
    return {"value": len(old), "open": len(still), "open_not_draft": sum(not row["is_draft"] for row in still), "ids": sorted(old)}


def _unreviewed(facts: Facts) -> Row:
    alone = [row for row in facts.merged() if row["self_merged"] and not row["approved_before_merge"]]
    return {
        "numerator": sum(not row["reviewed_before_merge"] for row in facts.merged()),
        "denominator": len(facts.merged()),
        "self_merged_unapproved": len(alone),
    }


def _reverts(facts: Facts) -> Row:
    base = [row for row in facts.merged() if not row["is_revert"]]
    return {"numerator": sum(row["reverted_at"] is not None for row in base), "denominator": len(base)}


def _ai(facts: Facts) -> Row:
    levels = Counter(row["ai_level"] for row in facts.merged())
    return {"denominator": len(facts.merged()), "agent": levels["agent"], "assisted": levels["assisted"]}


def _cycle(facts: Facts) -> Row:
    days = [hours(row["done_at"], row["start_at"]) / 24 for row in facts.items() if row["start_at"]]
    return {"n": len(days), "value": statistics.median(days), "p90": quantile(days, 0.9), "no_start": len(facts.items()) - len(days)}


def _throughput(facts: Facts) -> Row:
    return {"value": len(facts.items()), "ids": sorted(row["id"] for row in facts.items())}


def _efficiency(facts: Facts) -> Row:
    started = [row for row in facts.items() if row["start_at"]]
    return {
        "n": len(started), "active_hours": sum(row["active_hours"] for row in started),
        "elapsed_hours": sum(hours(row["done_at"], row["start_at"]) for row in started),
    }  # fmt: skip


def _reopened(facts: Facts) -> Row:
    return {
        "numerator": sum(row["reopened_count"] > 0 for row in facts.items("first_done_at")),
        "denominator": len(facts.items("first_done_at")),
    }


def _distribution(facts: Facts) -> Row:
    counts = Counter(row["work_class"] for row in facts.items())
    return {"denominator": len(facts.items()), "value": {name: count / len(facts.items()) for name, count in counts.items()}}


def _net(facts: Facts) -> Row:
    cancelled = [row for row in facts.within("fact_issue", "cancelled_at") if row["level"] == "item"]
    return {"created": len(facts.items("created_at")), "done": len(facts.items()), "cancelled": len(cancelled)}


def _people(facts: Facts) -> Row:
    groups: dict[str, list[str]] = {}
    for row in sorted(facts.tables["identity"], key=lambda row: row["id"]):
        groups.setdefault(row["person_id"], []).append(row["id"])
    return {
        "people": sorted(groups.values()),
        "suggestions": [[row["identity_a"], row["identity_b"]] for row in facts.tables["identity_suggestion"]],
    }


def _teams(facts: Facts) -> Row:
    return {"value": dict(Counter(row["team"] or "(unmapped)" for row in facts.merged())), "total": len(facts.merged())}


CHECKS: dict[str, Callable[[Facts], Row]] = {
    "DF1": lambda facts: {"count": len(facts.shipped("change", "hotfix"))}, "DF2": lambda facts: {"count": len(facts.shipped("change", "hotfix"))},
    "DF3": lambda facts: {"count": len(facts.shipped("change", "hotfix"))}, "LT1": _lead_time, "LT2": _lead_time, "CF1": _fail_rate,
    "CF2": lambda facts: {"denominator": _fail_rate(facts)["denominator"]},
    "CF3": lambda facts: {key: value for key, value in _fail_rate(facts).items() if key != "inferred_links"}, "RT1": _recovery, "RW1": _rework, "RW2": _rework,
    "BS1": _batch, "TR1": _restore, "PU1": _pickup, "PH1": _phases, "RR1": _rounds, "SZ1": _size, "ST1": _stale, "UM1": _unreviewed, "RV1": _reverts,
    "AI1": _ai,
    "CT1": _cycle, "TH1": _throughput, "FE1": _efficiency, "RO1": _reopened, "FD1": _distribution, "NF1": _net, "ID1": _people, "TA1": _teams,
}  # fmt: skip


async def _facts_of(db: Database, settings: Settings, case: Row) -> Facts:
    await load_case(db, case)
    await refresh(db, settings)
    async with db.connect() as connection:
        rows = {name: (await connection.exec_driver_sql(f"select * from {name}")).mappings().all() for name in TABLES}
    return Facts({name: [dict(row) for row in found] for name, found in rows.items()}, case["parameters"])


@pytest.mark.parametrize("name", CHECKS)
async def test_the_facts_of_a_worked_case_give_its_expected_values(db: Database, today: Settings, name: str) -> None:
    """What the catalogue expects of a case follows from the derived facts by counting and subtracting."""
    found = CHECKS[name](await _facts_of(db, today, CASES[name]))
    expected = CASES[name]["expected"]
    assert found == {key: near(expected[key]) for key in found}


def near(value: Any) -> Any:
    """The expected value, numbers to 1e-6."""
    if isinstance(value, list):
        return value
    return {key: near(inner) for key, inner in value.items()} if isinstance(value, dict) else pytest.approx(value, abs=1e-6)


async def test_every_case_can_be_loaded(db: Database, today: Settings) -> None:
    """A case that only feeds arithmetic stores nothing of its own; none is refused."""
    for case in CASES.values():
        if isinstance(case["inputs"], dict):
            await load_case(db, case)
    await refresh(db, today)
