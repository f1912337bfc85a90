"""Risk as a sum of named contributions: what of a sprint, a pull request or an epic deserves a look, and why.

House weights, not learned ones. A factor that cannot be known drops out; with less than 60 % of the weight known there is no score.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from etl.derive.words import PATTERNS

MIN_COVERAGE = 0.6
LOW_BELOW, MEDIUM_BELOW = 30, 60
TOO_EARLY_BELOW = 0.2
"""Share of a sprint's planned length before which no level is given."""
GENERATED = re.compile(PATTERNS["generated"], re.IGNORECASE)
"""Generated files (R12)."""
SENSITIVE = re.compile(
    r"(^|[/_.-])(migrations?|alembic|auth(n|z|entication|orization)?|oauth\w*|login|security|secrets?|crypto|permissions?|payments?|billing|infra\w*|terraform|k8s|helm|deploy"
    r"|\.github|\.gitlab-ci|ci|jenkinsfile|dockerfile|docker-compose)([/_.-]|$)",
    re.IGNORECASE,
)
"""Migrations, auth, security, payments, infrastructure, CI and Dockerfiles."""
TESTS = re.compile(r"(^|/)(tests?|__tests__|specs?|e2e)/|(^|/)test_[^/]+$|[._-](test|spec)s?\.[^/]+$", re.IGNORECASE)
SOURCE = re.compile(
    r"\.(py|js|jsx|ts|tsx|mjs|go|rs|java|kt|kts|scala|rb|php|cs|c|cc|cpp|h|hpp|swift|m|dart|ex|exs|clj|sql|vue|svelte)$", re.IGNORECASE
)


@dataclass(frozen=True)
class Factor:
    """One reason for risk: its weight and how far it holds, 0..1; None where that cannot be known."""

    name: str
    weight: float
    held: float | None
    why: str = ""


def clamp(value: float) -> float:
    """`value` within 0..1."""
    return min(1.0, max(0.0, value))


def score(factors: Sequence[Factor]) -> dict[str, Any]:
    """Risk 0..100 over the factors that are known, the share of the weight they make up, and what each contributes in points of the score."""
    known = [(factor, factor.held) for factor in factors if factor.held is not None]
    weight, whole = sum(factor.weight for factor, _ in known), sum(factor.weight for factor in factors)
    coverage = weight / whole
    missing = [factor.name for factor in factors if factor.held is None]
    if coverage < MIN_COVERAGE:
        return {"status": "not_enough_data", "value": None, "coverage": coverage, "missing": missing}
    value = 100 * sum(factor.weight * held for factor, held in known) / weight
    return {
        "status": "ok",
        "value": value,
        "level": "low" if value < LOW_BELOW else "medium" if value < MEDIUM_BELOW else "high",
        "coverage": coverage,
        "missing": missing,
        "contributions": sorted(
            (
                {"factor": factor.name, "points": 100 * factor.weight * held / weight, "why": factor.why}
                for factor, held in known
                if held > 0
            ),
            key=lambda part: -float(str(part["points"])),
        ),
    }


def pr_risk(state: Mapping[str, Any]) -> dict[str, Any]:
    """Risk of one open pull request.

    `files` (path, additions, deletions, generated), `hotspot_files`, `author_known_files` (None: author unknown), `approvals`, `checks`
    (success, failure or None), `age_days`; `files` None: the list is missing, `lines` and `changed_files` are the pull request's own totals.
    """
    listed = state.get("files")
    files = None if listed is None else [file for file in listed if not (file.get("generated") or GENERATED.search(file["path"]))]
    paths = None if files is None else [str(file["path"]) for file in files]
    lines = state.get("lines") if files is None else sum((file["additions"] or 0) + (file["deletions"] or 0) for file in files)
    spread = state.get("changed_files") if paths is None else len(paths)
    checks, age = state.get("checks"), state.get("age_days")
    return score([
        Factor("size", 25, None if lines is None else clamp((lines - 100) / 900), f"{lines} lines"),
        Factor("spread", 10, None if spread is None else clamp((spread - 5) / 25), f"{spread} files"),
        _hotspot(paths, state.get("hotspot_files") or []),
        _sensitive(paths),
        _unfamiliar(paths, state.get("author_known_files")),
        _no_tests(paths),
        Factor("no_approval", 10, float(not state["approvals"]) if state.get("approvals") is not None else None, "nobody has approved"),
        Factor("checks_failing", 5, None if checks is None else float(checks != "success"), "checks fail"),
        Factor("age", 5, None if age is None else clamp((age - 2) / 12), f"{age or 0:.0f} days old"),
    ])  # fmt: skip


def _hotspot(paths: Sequence[str] | None, hotspots: Sequence[str]) -> Factor:
    hot = sorted(set(paths or ()) & set(hotspots))
    return Factor("hotspot", 15, None if paths is None else float(bool(hot)), f"often repaired: {', '.join(hot[:2])}")


def _sensitive(paths: Sequence[str] | None) -> Factor:
    touched = [path for path in paths or () if SENSITIVE.search(path)]
    return Factor("sensitive_path", 10, None if paths is None else float(bool(touched)), f"touches {', '.join(touched[:2])}")


def _unfamiliar(paths: Sequence[str] | None, known: Sequence[str] | None) -> Factor:
    if not paths or known is None:
        return Factor("unfamiliar", 10, None)
    strange = 1 - len(set(paths) & set(known)) / len(set(paths))
    return Factor("unfamiliar", 10, strange, f"{strange:.0%} of its files new to the author")


def _no_tests(paths: Sequence[str] | None) -> Factor:
    if paths is None:
        return Factor("no_tests", 10, None)
    source = any(SOURCE.search(path) and not TESTS.search(path) for path in paths)
    return Factor("no_tests", 10, float(source and not any(TESTS.search(path) for path in paths)), "source changed, no test")


def sprint_risk(state: Mapping[str, Any], at: datetime) -> dict[str, Any]:
    """Risk that a running sprint misses; amounts in points or items.

    `started_at`, `planned_end_at`, `points_in_scope`, `points_done`, `points_committed`, `points_added`, `points_todo`, `points_blocked`,
    `in_progress`, `in_progress_over_sle` (items), `items`, `items_unestimated`, `p_finish` (0..1, None without a forecast).
    """
    scope, done = state["points_in_scope"], state["points_done"]
    if not scope:
        return {"status": "no_denominator", "value": None}
    elapsed = _elapsed(state, at)
    remaining = scope - done
    found = score([
        Factor("pace_gap", 35, None if elapsed is None else clamp((elapsed - done / scope) / 0.5), f"{done:g} of {scope:g} done"),
        Factor("forecast", 25, None if state.get("p_finish") is None else 1 - state["p_finish"], "chance of not finishing what remains"),
        Factor("scope_added", 10, _over(state["points_added"], state["points_committed"], 0.3), f"{state['points_added']:g} added"),
        Factor("not_started", 10, None if elapsed is None else elapsed * _part(state["points_todo"], remaining), f"{state['points_todo']:g} not started"),
        Factor("aging", 10, _aging(state), f"{state.get('in_progress_over_sle') or 0} items older than usual"),
        Factor("blocked", 5, _part(state["points_blocked"], remaining), f"{state['points_blocked']:g} blocked"),
        Factor("unestimated", 5, _part(state["items_unestimated"], state["items"]), f"{state['items_unestimated']} without estimate"),
    ])  # fmt: skip
    found |= {"elapsed": elapsed}
    return found | ({"level": "too early"} if found["status"] == "ok" and elapsed is not None and elapsed < TOO_EARLY_BELOW else {})


def _elapsed(state: Mapping[str, Any], at: datetime) -> float | None:
    start, end = state.get("started_at"), state.get("planned_end_at")
    if start is None or end is None or end <= start:
        return None
    return clamp((at - start) / (end - start))


def _over(part: float, whole: float, limit: float) -> float | None:
    return clamp(part / whole / limit) if whole else None


def _part(part: float, whole: float) -> float:
    """A share; nothing of nothing is no risk."""
    return clamp(part / whole) if whole > 0 else 0.0


def _aging(state: Mapping[str, Any]) -> float | None:
    over = state.get("in_progress_over_sle")
    return None if over is None else _part(over, state["in_progress"])


SCOPE_GROWTH, UNESTIMATED = 0.2, 0.3
STANDSTILL_DAYS = 14


def epic_risk(state: Mapping[str, Any]) -> dict[str, Any]:
    """Health of one epic: its forecast's health, and what else could make it slip.

    `health` (of forecast_when; None without target or forecast), `scope_growth` (ratio), `days_since_done`, `remaining`, `unestimated` (items),
    `in_progress_over_sle` (items), `target`. Without a forecast the health is unknown, not green.
    """
    remaining = state.get("remaining") or 0
    if not remaining and state.get("done"):
        return {"status": "ok", "health": "done", "reasons": []}
    growth, quiet, late = state.get("scope_growth"), state.get("days_since_done"), state.get("in_progress_over_sle") or 0
    share = (state.get("unestimated") or 0) / remaining if remaining else 0.0
    reasons = [
        ("scope_growth", growth is not None and growth > SCOPE_GROWTH, f"scope grew by {growth or 0:.0%}"),
        ("standstill", quiet is not None and quiet >= STANDSTILL_DAYS, f"nothing finished for {quiet or 0:.0f} days"),
        ("unestimated", share > UNESTIMATED, f"{share:.0%} of what remains has no estimate"),
        ("aging", late > 0, f"{late} items in progress longer than usual"),
        ("no_target", state.get("target") is None, "no target date"),
    ]
    return {
        "status": "ok",
        "health": state.get("health") or "unknown",
        "reasons": [{"reason": name, "why": why} for name, holds, why in reasons if holds],
    }
