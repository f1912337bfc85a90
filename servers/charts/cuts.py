"""Counts per bucket divided by the kind that says most about them: incidents by severity, merged pull requests by the help of AI."""

from collections.abc import Mapping
from typing import Any

from servers.charts.bars import bars
from servers.charts.chart import Chart
from servers.charts.frame import Spec
from servers.charts.theme import Theme
from servers.metrics.catalogue import CATALOGUE


def _suits(document: Mapping[str, Any]) -> bool:
    metric = CATALOGUE.get(str(document.get("metric")))
    divided = metric is not None and bool(metric.drawn_by) and metric.drawn_by not in (document.get("filters") or {})
    return (
        divided and bool(document.get("cuts")) and bool(document.get("series")) and not document.get("groups") and not document.get("xmr")
    )


def _draw(document: Mapping[str, Any], theme: Theme) -> Spec:
    metric = CATALOGUE[str(document["metric"])]
    return bars.draw({**document, "groups": document["cuts"], "group_by": [metric.drawn_by]}, theme)


cuts = Chart("cuts", _suits, _draw, weight=4, reads="cuts", instead="bars")
