"""Which results of an answer get a chart."""

from fastmcp import Client, FastMCP

from agents.render import charts_of
from agents.toolbox import Toolbox


def weekly(metric: str, *values: float) -> dict[str, object]:
    """A result with a value for each of some weeks."""
    series = [{"bucket": f"2026-06-{1 + 7 * week:02}", "value": value, "n": 9, "status": "ok"} for week, value in enumerate(values)]
    window = {"from": "2026-06-01T00:00:00Z", "to": "2026-06-15T00:00:00Z", "tz": "UTC"}
    head = {"metric": metric, "title": "Pickup time", "unit": "hours", "value": values[-1], "n": 18, "window": window}
    return head | {"grain": "week", "series": series, "as_of": "2026-06-20T00:00:00Z", "warnings": []}


async def test_results_that_are_drawn_alike_share_one_chart() -> None:
    """Two with the same course are one picture, bound to the first; another course is another picture."""
    same, other = weekly("pr_pickup_time", 2.0, 3.0), weekly("pr_pickup_time", 2.0, 4.0)
    results = [(f"e{place}", "metrics.query_metric", document) for place, document in enumerate([same, same, other])]
    drawn = await charts_of(results, Toolbox(Client(FastMCP("nothing is asked of it"))))
    assert [chart["evidence"] for chart in drawn] == ["e0", "e2"]
