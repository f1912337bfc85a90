"""The tool `list_metrics`."""

from fastmcp.tools.base import ToolResult

from servers.declare import tool
from servers.kinds import READS
from servers.listing import LISTING_SCHEMA, Listing, as_result
from servers.metrics.catalogue import CATALOGUE
from servers.metrics.metric import Metric
from store.config import folded


@tool(READS, output=LISTING_SCHEMA)
async def list_metrics(search: str | None = None, family: str | None = None) -> ToolResult:
    """List the metrics and their ids.

    Args:
        search: words in id, title or synonyms.
        family: dora, review, flow …
    """
    found = [metric for metric in CATALOGUE.values() if family in (None, metric.family) and _mentions(metric, search or "")]
    rows = [[metric.id, metric.unit, metric.family, metric.question] for metric in found]
    return as_result(Listing(columns=["metric", "unit", "family", "question"], rows=rows, total=len(rows)), f"{len(rows)} metrics")


def _mentions(metric: Metric, search: str) -> bool:
    """Every word of `search` stands somewhere in the metric's id, title, question or synonyms."""
    text = folded(" ".join((metric.id, metric.title, metric.question, *metric.synonyms)))
    return all(folded(word) in text for word in search.split())
