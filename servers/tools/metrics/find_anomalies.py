"""The tool `find_anomalies`."""

from datetime import datetime
from typing import Any, Literal

from fastmcp.exceptions import ToolError
from fastmcp.tools.base import ToolResult

from servers.context import INSTALLATION, Pulse
from servers.declare import tool
from servers.kinds import READS
from servers.metrics import anomalies, receipts, watch
from servers.metrics.periods import instant_of
from servers.units import said

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"signals": {"type": "array"}, "metrics": {"type": "array", "items": {"type": "object"}}, "evidence": {"type": "string"}},
    "required": ["evidence"],
}


@tool(READS, output=SCHEMA)
async def find_anomalies(
    metric: str | None = None,
    period: str | None = None,
    grain: Literal["week", "month"] | None = None,
    filters: dict[str, str | list[str]] | None = None,
    by: Literal["team"] | None = None,
    as_of: str | None = None,
    pulse: Pulse = INSTALLATION,
) -> ToolResult:
    """Tell signals from noise by control limits (XmR); without metric: the delivery set.

    Args:
        by: test every team and metric against a false-alarm budget.
    """
    asked = {"metric": metric, "period": period, "grain": grain, "filters": filters, "by": by, "as_of": as_of}
    known_at = instant_of(as_of, pulse.settings.timezone) if as_of else None
    if by == "team":
        if period is not None:
            raise ToolError("by=team looks at a span of its own (weeks or months, by grain); leave the period out.")
        return await _watched(pulse, asked, known_at)
    look = anomalies.Look(period, grain, filters or {}, known_at)
    found = await anomalies.find_anomalies(pulse.db, pulse.settings, look, metric)
    document: dict[str, Any] = (
        found[0] if metric else {"metrics": found, "signals": [signal for part in found for signal in part["signals"]]}
    )
    return await _kept(pulse, asked, document, [*_known(known_at), *(line for part in found for line in _lines(part))])


async def _watched(pulse: Pulse, asked: dict[str, Any], known_at: datetime | None) -> ToolResult:
    found = await watch.watch(
        pulse.db, pulse.settings, grain=asked["grain"] or "week", metric=asked["metric"], filters=asked["filters"], as_of=known_at
    )
    lines = [*_known(known_at), *(_found(finding) for finding in found["findings"]), checked_said(found)]
    return await _kept(pulse, asked, found | {"signals": found["findings"]}, lines)


async def _kept(pulse: Pulse, asked: dict[str, Any], document: dict[str, Any], lines: list[str]) -> ToolResult:
    """The result with its receipt."""
    arguments = {name: value for name, value in asked.items() if value is not None}
    document["evidence"] = await receipts.keep(
        pulse.db, pulse.settings, tool="metrics.find_anomalies", arguments=arguments, result=document
    )
    return ToolResult(content="\n".join([*lines, f"evidence {document['evidence']}"]), structured_content=document)


def _known(at: datetime | None) -> list[str]:
    return [f"as known on {at:%Y-%m-%dT%H:%MZ}:"] if at else []


def _found(finding: dict[str, Any]) -> str:
    unit, usual = finding["unit"], finding["usual"]
    place = finding["bucket"] if finding["test"] == "newest" else f"mean since {finding['since']}"
    return (
        f"{finding['team']}: {finding['title']} {said(finding['value'], unit)}, {place}, {finding['effect']} "
        f"(usual {said(usual['lower'], unit)} to {said(usual['upper'], unit)}, chance by noise {finding['chance']:.1g})"
    )


def checked_said(found: dict[str, Any]) -> str:
    """What was looked at, in one line."""
    checked = found["checked"]
    return (
        f"{len(found['findings']) or 'nothing'} of {checked['pairs']} team and metric pairs stand out; {checked['tests']} tests by {found['grain']}, "
        f"{checked['too_short']} pairs too short; at most {checked['budget']:g} false alarms on average"
    )


def _lines(document: dict[str, Any]) -> list[str]:
    unit = document["unit"]
    if document["status"] != "ok" or "center" not in document:
        return [
            f"{document['title']}: no verdict, {document['status']} ({document.get('n') or 0} of {document['xmr'].get('needs')} values)"
        ]
    limits = f"centre {said(document['center'], unit)}, limits {said(document['lower'], unit)} to {said(document['upper'], unit)}"
    marks = [
        f"  {signal['bucket']} {said(signal['value'], unit)}: {', '.join(signal['rules'])}, {signal['effect']}"
        for signal in document["signals"]
    ]
    return [f"{document['title']}, by {document['grain']}: {len(marks) or 'no'} signal(s), {limits}", *marks]
