"""Charts and receipts of an answer."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import structlog

from agents.gathered import Gathered
from agents.plan import Intent
from agents.toolbox import Toolbox
from servers.charts.catalogue import chart_for, kind_for, reading_for

log = structlog.get_logger(__name__)
MOST_CHARTS = 6
NEVER = frozenset({Intent.DEFINITION, Intent.META, Intent.STATUS, Intent.UNSUPPORTED, Intent.CLARIFY, Intent.LIST, Intent.EXPLAIN})


async def charts_for(gathered: Gathered, toolbox: Toolbox) -> list[dict[str, Any]]:
    """Vega-Lite specs of the results, each bound to its evidence; none where there is nothing to draw or nobody wants it."""
    if not gathered.plan.chart or gathered.plan.intent in NEVER:
        return []
    shown = gathered.of("why") or gathered.pieces  # the parts of a change show its two ends as well
    pieces = [(p.call.id, p.call.tool, p.document) for p in shown if p.ok]
    return (await charts_of(pieces, toolbox, gathered.plan.chart_kind))[:MOST_CHARTS]


async def charts_of(
    results: Sequence[tuple[str, str, Mapping[str, Any]]], toolbox: Toolbox, kind: str | None = None
) -> list[dict[str, Any]]:
    """The charts of results, in their order: each comes with the id of its evidence and its tool; what has nothing to draw has none.

    Results that are drawn alike, as the phases of one course are, share the chart of the first.
    `kind`: what was asked for by name; a result that cannot be drawn so is drawn as it usually is.
    """
    drawn = [result for result in results if drawable(result[2])]
    specs = await asyncio.gather(*(drawing(document, toolbox, kind) for _, _, document in drawn))
    found = [(result, spec) for place, (result, spec) in enumerate(zip(drawn, specs, strict=True)) if spec and spec not in specs[:place]]
    return [
        {"id": f"c{place}", "title": title_of(spec, document) or tool, "spec": spec, "evidence": evidence}
        for place, ((evidence, tool, document), spec) in enumerate(found, 1)
    ]


async def drawing(document: Mapping[str, Any], toolbox: Toolbox, kind: str | None = None) -> dict[str, Any] | None:
    """The chart of a result; one that shows more than the result holds is drawn by the tool that can read it."""
    reads = reading_for(document, kind)
    if kind is not None and reads is None and kind_for(document, kind) is None:
        return await drawing(document, toolbox)
    if document.get("evidence") and reads:
        asked = {"evidence": document["evidence"], "format": "spec"} | ({"kind": kind} if kind else {})
        outcome = await toolbox.call("metrics.render_chart", asked)
        spec: dict[str, Any] | None = outcome.result.get("spec")
        if spec is not None:
            return spec
        log.warning("chart not drawn by its tool", metric=document.get("metric"), error=outcome.error)
    return spec_of(document, kind if kind is not None and kind_for(document, kind) else None)


def spec_of(document: Mapping[str, Any], kind: str | None = None) -> dict[str, Any] | None:
    """The chart of a result; a result of a shape that no chart knows is answered without one."""
    try:
        return chart_for(dict(document), kind=kind)
    except (LookupError, TypeError, ValueError) as error:
        log.warning("chart not drawn", metric=document.get("metric"), error=repr(error))
        return None


def drawable(document: Mapping[str, Any]) -> bool:
    """Whether a result has values at all: without coverage or without enough data there is nothing to draw."""
    parts = [document, *(document.get("series") or []), *(document.get("groups") or []), *(document.get("metrics") or [])]
    return any(isinstance(part, Mapping) and part.get("value") is not None for part in parts) or bool(
        document.get("xmr") or document.get("days")
    )


def title_of(spec: Mapping[str, Any], document: Mapping[str, Any]) -> str:
    """The chart's own title, else the metric's."""
    title = spec.get("title") or document.get("title") or ""
    return str(title.get("text", "")) if isinstance(title, Mapping) else str(title)


def evidence_of(gathered: Gathered) -> list[dict[str, Any]]:
    """The receipts: tool, arguments and result of every call that answered."""
    return [
        {"id": p.call.id, "tool": p.call.tool, "arguments": p.call.arguments, "as_of": p.document.get("as_of"), "result": dict(p.document)}
        for p in gathered.pieces
        if p.ok
    ]
