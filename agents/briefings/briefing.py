"""One briefing: every team and metric tested, the figures of the window, what is at risk, and what to do about it."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, repeat
from typing import Any, Literal

from agents.briefings import words
from agents.toolbox import Outcome, Toolbox
from store.errors import InvalidQuestion

Length = Literal["week", "month", "quarter"]
WINDOWS: Mapping[Length, tuple[str, str]] = {
    "week": ("last_week", "week"),
    "month": ("last_month", "month"),
    "quarter": ("last_quarter", "month"),
}
"""Per length the window of the figures, and the buckets in which changes are looked for."""
AUDIENCES = ("exec", "engineering")
EXPLAINED = 3
"""Findings of which the briefing also says what they are made of."""
ID_DIGITS = 12


@dataclass(frozen=True)
class Asked:
    """Which briefing: for whom, and over which window."""

    audience: str = "exec"
    length: Length = "week"

    @property
    def team(self) -> str | None:
        """The team that the briefing is about; None: all of them.

        Raises:
            InvalidQuestion: the audience is none.
        """
        if self.audience in AUDIENCES:
            return None
        kind, sign, key = self.audience.partition(":")
        if kind != "team" or not sign or not key:
            raise InvalidQuestion(f"The audience {self.audience!r} is none; it is exec, engineering or team:KEY.")
        return key


async def make_briefing(toolbox: Toolbox, asked: Asked, at: datetime) -> dict[str, Any]:
    """The briefing as a document; `status` is news when something passed, silent when nothing did, no_data without enough history."""
    period, grain = WINDOWS[asked.length]
    team = {"team": asked.team} if asked.team else {}
    calls: list[tuple[str, Mapping[str, Any]]] = [
        ("metrics.find_anomalies", {"by": "team", "grain": grain} | ({"filters": team} if team else {})),
        ("metrics.dora_report", {"period": period, **team}),
        ("metrics.assess_risk", {"kind": "epic", **team}),
    ]
    outcomes = await toolbox.call_all(calls)
    watched = _needed(outcomes[0])
    reasons = [explain_call(finding, asked.length) for finding in watched["findings"][:EXPLAINED]]
    outcomes += await toolbox.call_all(reasons)
    calls += reasons
    told = chain(map(why, outcomes[3:]), repeat({}))
    findings = [finding | made_of for finding, made_of in zip(watched["findings"], told, strict=False)]
    document = {
        "audience": asked.audience,
        "length": asked.length,
        "grain": watched["grain"],
        "window": outcomes[1].result.get("window"),
        "as_of": watched["as_of"],
        "made_at": at.isoformat(),
        "status": "news" if findings else "silent" if watched["status"] == "ok" else "no_data",
        "findings": findings,
        "checked": watched["checked"],
        "figures": outcomes[1].result.get("metrics") or [],
        "risks": [item for item in outcomes[2].result.get("items") or [] if item.get("health") in ("off_track", "at_risk")],
        "evidence": [
            {"tool": tool, "arguments": arguments, "id": outcome.result.get("evidence")}
            for (tool, arguments), outcome in zip(calls, outcomes, strict=True)
            if outcome.error is None
        ],
        "warnings": list(dict.fromkeys(warning for outcome in outcomes for warning in warnings_of(outcome))),
    }
    document["recommendations"] = words.recommendations(document)
    document["id"] = briefing_id(document)
    return document | {"blocks": words.blocks_of(document)}


def explain_call(finding: Mapping[str, Any], length: Length) -> tuple[str, Mapping[str, Any]]:
    """What a finding is made of: its window against the one before, of its team."""
    filters = {} if finding["team"].startswith("(") else {"filters": {"team": finding["team"]}}
    return "metrics.explain_change", {"metric": finding["metric"], "period": WINDOWS[length][0], "compare": "previous", **filters}


def _needed(outcome: Outcome) -> dict[str, Any]:
    if outcome.error is not None:
        raise InvalidQuestion(outcome.error)
    return outcome.result


def warnings_of(outcome: Outcome) -> list[str]:
    """What to beware of in one part of the briefing, or why the part is not there."""
    return [outcome.error] if outcome.error else list(outcome.result.get("warnings") or [])


def why(outcome: Outcome) -> dict[str, Any]:
    """The stages and parts of a finding, the heaviest first; nothing where there is no change to divide."""
    parts = outcome.result.get("stages") or [part for part in outcome.result.get("parts") or [] if part["kind"] != "all"]
    ranked = sorted(parts, key=lambda part: -abs(part["contribution"]))[:2]
    return (
        {"why": [{"name": part["name"], "contribution": part["contribution"], "unit": outcome.result["unit"]} for part in ranked]}
        if ranked
        else {}
    )


def briefing_id(document: Mapping[str, Any]) -> str:
    """The same briefing over the same data has the same id."""
    kept = [document[name] for name in ("audience", "length", "window", "as_of", "findings")]
    return f"b{hashlib.sha256(json.dumps(kept, sort_keys=True, default=str).encode()).hexdigest()[:ID_DIGITS]}"
