"""The tool `describe_metric`."""

from typing import Any

from fastmcp.tools.base import ToolResult

from servers.declare import tool
from servers.kinds import READS
from servers.listing import as_fields
from servers.metrics.catalogue import metric_named
from servers.metrics.metric import Computed, Metric

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"id": {"type": "string"}, "definition": {"type": "string"}},
    "required": ["id", "definition"],
}


@tool(READS, output=SCHEMA)
async def describe_metric(metric: str) -> ToolResult:
    """Explain how a metric is defined, cut and misread."""
    return as_fields(description(metric_named(metric)))


def description(metric: Metric) -> dict[str, Any]:
    """What people may want to know of a metric before they trust it."""
    return {
        "id": metric.id,
        "title": metric.title,
        "question": metric.question,
        "definition": metric.doc,
        "definition_version": metric.definition_version,
        "unit": metric.unit,
        "better": metric.better,
        "family": metric.family,
        "dimensions": list(metric.dimensions),
        "grains": list(metric.grains),
        "needs": list(metric.needs),
        "bands": [{"set": band.band_set, "levels": [list(level) for level in band.levels]} for band in metric.bands],
        "reference": metric.reference,
        "edges": metric.edges,
        "beware": metric.beware,
        "variants": {name: list(values) for name, values in metric.variants.items()},
        "rules": [f"{rule}: {words}" for rule, words in metric.variant_words.items()],
        "trust": [f"{check.bar:.0%} of {check.words}" for check in metric.trust],
        "synonyms": list(metric.synonyms),
        **({"tool": metric.measure.tool, "value": metric.measure.words} if isinstance(metric.measure, Computed) else {}),
    }
