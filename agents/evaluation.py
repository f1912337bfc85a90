"""Checks a plan or an answer against what a sample question expects; the field rules stand in questions_conventions.md."""

import json
import re
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

DEMO_NAMES: dict[str, Any] = {
    "teams": [{"key": k} for k in ("payments", "checkout", "platform", "mobile", "data")],
    "services": [{"key": k} for k in ("payments-api", "checkout-web", "platform-core", "mobile-app", "data-pipeline")],
    "repos": [
        f"acme-shop/{n}"
        for n in ("payments-api", "checkout-web", "platform-core", "mobile-app", "data-pipeline", "infra", "docs", "design-system")
    ],
    "projects": [
        {"key": "PAY", "team": "payments"},
        {"key": "CHK", "team": "checkout"},
        {"key": "PLT", "team": "platform"},
        {"key": "MOB", "team": "mobile"},
        {"key": "DAT", "team": "data"},
    ],
    "epics": [],
}
"""Names of the demo company, for scoring plans without a store."""


def load_questions(path: Path) -> list[dict[str, Any]]:
    """The sample questions of a JSON-lines file."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def problems(document: Mapping[str, Any], expect: Mapping[str, Any], projects: Mapping[str, str]) -> list[str]:
    """What in an answer (or a plan put into one) differs from the expectation; empty when right.

    `document` has `status` and `plan`; `projects` maps project keys to teams, which may answer for them.
    """
    plan = document["plan"]
    found = [] if document["status"] in as_list(expect["status"]) else [f"status {document['status']} instead of {expect['status']}"]
    if document["status"] in ("unsupported", "clarify"):
        return found + chart_problem(document, expect)
    found += [f"metric missing: {m}" for m in expect["metrics"] if not set(as_list(m)) & set(plan["metrics"])]
    for key in ("stat", "top"):
        if expect[key] is not None and plan.get(key) != expect[key]:
            found.append(f"{key} {plan.get(key)} instead of {expect[key]}")
    if expect["grain"] is not None and plan.get("grain") not in as_list(expect["grain"]):
        found.append(f"grain {plan.get('grain')} instead of {expect['grain']}")
    found += window_problem("period", plan.get("period"), expect["period"])
    found += window_problem(
        "compare", plan.get("compare"), expect["compare_period"], loose_start=bool((expect["period"] or {}).get("to_date"))
    )
    found += filter_problems(plan["filters"], expect["filters"], projects)
    found += [f"not grouped by {g}" for g in expect["group_by"] if g not in plan["group_by"]]
    if expect["tool"] and plan.get("tool") not in [t.strip() for t in expect["tool"].split("|")]:
        found.append(f"tool {plan.get('tool')} instead of {expect['tool']}")
    return found + chart_problem(document, expect)


def as_list(value: Any) -> list[Any]:
    """One value or several, as a list."""
    return value if isinstance(value, list) else [value]


def chart_problem(document: Mapping[str, Any], expect: Mapping[str, Any]) -> list[str]:
    """Whether a chart is there when it must be, and absent when it must not."""
    drawn = bool(document["charts"]) if "charts" in document else bool(document["plan"].get("chart"))
    return [] if expect["chart"] is None or drawn == expect["chart"] else [f"chart {drawn} instead of {expect['chart']}"]


def window_problem(name: str, got: Mapping[str, Any] | None, wanted: Mapping[str, Any] | None, *, loose_start: bool = False) -> list[str]:
    """Whether two half-open windows agree; ends of running windows, and starts of comparisons to date, within one day."""
    if wanted is None:
        return []
    if not got or not got.get("from"):
        return [f"no {name}, expected {wanted['from']}..{wanted['to']}"]
    running = bool(wanted.get("to_date"))
    near = near_day(got["from"], wanted["from"], 1 if loose_start else 0) and near_day(
        got["to"], wanted["to"], 1 if running or loose_start else 0
    )
    return [] if near else [f"{name} {got['from']}..{got['to']} instead of {wanted['from']}..{wanted['to']}"]


def near_day(got: str, wanted: str, tolerance_days: int) -> bool:
    """Whether two dates (or instants) lie within so many days."""
    return abs(date.fromisoformat(got[:10]) - date.fromisoformat(wanted[:10])) <= timedelta(days=tolerance_days)


def filter_problems(got: Mapping[str, Any], wanted: Mapping[str, Any], projects: Mapping[str, str]) -> list[str]:
    """Whether each expected filter is there under one of its dimensions."""
    return [
        f"filter {key}={value} missing in {dict(got)}"
        for key, value in wanted.items()
        if not any(same(got.get(k), value, projects) for k in key.split("|"))
    ]


def same(got: Any, wanted: Any, projects: Mapping[str, str]) -> bool:
    """Whether a filter names the same members; a project may be answered as its team."""
    if got is None:
        return False
    return {str(v) for v in as_list(got)} in ({str(v) for v in as_list(wanted)}, {projects.get(str(v), str(v)) for v in as_list(wanted)})


def forbidden(answer: str, expect: Mapping[str, Any]) -> list[str]:
    """Patterns that the answer must not match, and does."""
    return [f"forbidden text {pattern}" for pattern in expect.get("forbid", []) if re.search(pattern, answer)]
