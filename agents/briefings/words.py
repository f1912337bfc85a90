"""A briefing in words: blocks of headings, sentences, lists and tables that every form writes in its own way."""

from collections.abc import Mapping
from typing import Any

from agents.compose.words import window_words
from servers.listing import quoted
from servers.metrics.signals.budget import LEVEL_OF
from servers.metrics.signals.xmr import BASELINE
from servers.units import delta_said, percent, said

Block = dict[str, Any]
MOST_RISKS, MOST_ADVICE = 5, 5
NAMES = {"exec": "for the management", "engineering": "for engineering"}
ADVICE = {
    "deployment_frequency": "find out what holds releases back, and whether what waits is shipped in larger pieces",
    "change_lead_time": "shorten the stage that grew most; a shorter queue helps before faster work does",
    "change_fail_rate": "read the failed deployments side by side and look for one cause",
    "deployment_rework_rate": "read the hotfixes and rollbacks and ask what a test or a smaller release would have caught",
    "time_to_restore": "go over the longest incidents: what was waited for?",
    "incident_count": "go over the new incidents and what they have in common",
    "pr_cycle_time": "look at the oldest open pull requests together and finish them before new ones are begun",
    "pr_pickup_time": "agree on when reviews are looked at, and share them among more people",
    "pr_review_time": "see whether pull requests grew or reviewers changed",
    "pr_size": "offer work in smaller pieces",
    "issue_cycle_time": "limit what is in progress and finish the oldest items first",
    "net_flow": "decide what will not be done, before the queue decides",
    "throughput": "ask what was finished instead, or what was in the way",
    "unreviewed_merge_rate": "see who merged without a second person, and why it was needed",
    "revert_rate": "read what was taken back and how it could have been seen earlier",
    "reopen_rate": "agree on when an item is done",
}
"""What is worth doing when a metric got worse."""


def recommendations(document: Mapping[str, Any]) -> list[str]:
    """One for each finding that is worse and each epic off track, the weightiest first."""
    found = [
        f"{whose(finding)}: {ADVICE[finding['metric']]}."
        for finding in document["findings"]
        if finding["effect"] == "worse" and finding["metric"] in ADVICE
    ]
    late = [item for item in document["risks"] if item["health"] == "off_track"]
    found += [f"{item['record']}: move its target ({item['target']}) or leave something out; {sure(item)}." for item in late[:2]]
    return list(dict.fromkeys(found))[:MOST_ADVICE]


def sure(item: Mapping[str, Any]) -> str:
    """When an epic is done, as far as that is known."""
    return f"it is done by {item['p85']} with 85 % certainty" if item.get("p85") else "its pace gives no date within two years"


def whose(finding: Mapping[str, Any]) -> str:
    """The team of a finding."""
    return "All teams" if finding["team"].startswith("(") else str(finding["team"])


def title(document: Mapping[str, Any]) -> str:
    """What the briefing is called."""
    audience = NAMES.get(document["audience"], f"for {document['audience'].removeprefix('team:')}")
    window = document.get("window") or {}
    span = f", {window_words(window)}" if window else ""
    return f"{document['length'].capitalize()}ly briefing {audience}{span}"


def blocks_of(document: Mapping[str, Any]) -> list[Block]:
    """The whole briefing."""
    news = document["findings"]
    found: list[Block] = [{"kind": "heading", "text": title(document)}, {"kind": "text", "text": lead(document)}]
    if news:
        found += [{"kind": "list", "items": [finding_said(finding) for finding in news]}]
    if document["recommendations"]:
        found += [{"kind": "heading", "text": "Worth doing"}, {"kind": "list", "items": document["recommendations"]}]
    if document["figures"]:
        found += [{"kind": "heading", "text": "Figures"}, figures_table(document["figures"])]
    if document["risks"]:
        found += [
            {"kind": "heading", "text": "At risk"},
            {"kind": "list", "items": [risk_said(item) for item in document["risks"][:MOST_RISKS]]},
        ]
    found += [{"kind": "heading", "text": "What was checked"}, {"kind": "text", "text": checked_said(document)}]
    return [*found, *([{"kind": "list", "items": document["warnings"]}] if document["warnings"] else [])]


def lead(document: Mapping[str, Any]) -> str:
    """The one sentence that matters."""
    count = len(document["findings"])
    if document["status"] == "no_data":
        return "There is too little history to tell a change from noise."
    if not count:
        return "Nothing stands out: every change is within its usual noise."
    worse = sum(finding["effect"] == "worse" for finding in document["findings"])
    return f"{count} {'change stands' if count == 1 else 'changes stand'} out of the usual noise, {worse or 'none'} of them for the worse."


def finding_said(finding: Mapping[str, Any]) -> str:
    """One finding: whose, what, how much, what is usual, and what it is made of."""
    unit, usual = finding["unit"], finding["usual"]
    when = f"from {finding['bucket']}" if finding["test"] == "newest" else f"on average since {finding['since']}"
    made = ", ".join(f"{part['name']} {delta_said(part['contribution'], part['unit'])}" for part in finding.get("why") or [])
    return (
        f"{whose(finding)}: {finding['title']} {said(finding['value'], unit)} {when}, usually {said(usual['center'], unit)} "
        f"(from {said(usual['lower'], unit)} to {said(usual['upper'], unit)}): {finding['effect']}.{f' Against the window before: {made}.' if made else ''}"
    )


def figures_table(metrics: list[Mapping[str, Any]]) -> Block:
    """The figures of the window beside those of the one before."""
    rows = []
    for metric in metrics:
        before = metric.get("compare") or {}
        known = metric.get("value") is not None
        value = said(metric["value"], metric["unit"]) if known else str(metric["status"]).replace("_", " ")
        change = (
            f"{delta_said(before['delta'], metric['unit'])} ({percent(before.get('relative'))})" if before.get("delta") is not None else "–"
        )
        rows.append([metric["title"], value, said(before.get("value"), metric["unit"]), change, str(before.get("verdict", "–"))])
    return {"kind": "table", "header": ["metric", "value", "before", "change", "verdict"], "rows": rows}


def risk_said(item: Mapping[str, Any]) -> str:
    """One epic that may slip."""
    reasons = "; ".join(part["why"] for part in item.get("reasons") or [])
    health = str(item["health"]).replace("_", " ")
    more = f"; {reasons}" if reasons else ""
    place = f"{item['record']} {quoted(item.get('title'), 60)}"
    return f"{place}: {health}, {item['remaining']} items left, target {item.get('target') or 'none'}{more}"


def checked_said(document: Mapping[str, Any]) -> str:
    """What was looked at, how strictly, and what could not be judged."""
    checked = document["checked"]
    teams = sum(not team.startswith("(") for team in checked["teams"])
    looked = f"{checked['pairs']} pairs of team and metric ({len(checked['metrics'])} metrics, {teams} teams)"
    return (
        f"{looked}, {checked['tests']} tests of the newest {document['grain']} and of the last {LEVEL_OF} against up to {BASELINE} before. "
        f"All of them together raise {checked['budget']:g} false alarms on average. {checked['too_short']} pairs have too short a history. "
        f"Data as of {str(document['as_of'])[:16].replace('T', ' ')} UTC."
    )
