"""Every chart, found by looking into the folder, and the choice among them."""

from collections.abc import Iterator, Mapping
from importlib import import_module
from pkgutil import iter_modules
from types import MappingProxyType
from typing import Any

from servers.charts.chart import Chart
from servers.charts.theme import Theme
from servers.metrics.catalogue import CATALOGUE
from store.errors import InvalidQuestion


def _declared() -> Iterator[Chart]:
    package = import_module("servers.charts")
    for found in iter_modules(package.__path__):
        if found.name not in ("catalogue", "render"):
            yield from (value for value in vars(import_module(f"servers.charts.{found.name}")).values() if isinstance(value, Chart))


CHARTS: Mapping[str, Chart] = MappingProxyType({chart.name: chart for chart in _declared()})


def kind_for(result: Mapping[str, Any], kind: str | None = None) -> str | None:
    """The chart to draw: the named one, the metric's own, or the heaviest that suits; None when nothing can be drawn."""
    suited = [chart for chart in CHARTS.values() if chart.suits(result)]
    if kind is not None:
        if kind not in CHARTS:
            raise InvalidQuestion(f"There is no chart {kind!r}; the charts are {', '.join(sorted(CHARTS))}.")
        return kind if CHARTS[kind] in suited else None
    metric = CATALOGUE.get(str(result.get("metric")))
    own = CHARTS.get(metric.chart) if metric else None
    if own is not None and own not in suited and own.instead is not None:
        own = CHARTS[own.instead]
    special = max(suited, key=lambda chart: chart.weight, default=None)
    if special is None:
        return None
    return own.name if own in suited and special.weight < 20 else special.name


def reading_for(result: Mapping[str, Any], kind: str | None = None) -> str | None:
    """What has to be read before the named chart, or the metric's own, can be drawn; None when the result is enough."""
    metric = CATALOGUE.get(str(result.get("metric")))
    chart = CHARTS.get(kind or (metric.chart if metric else ""))
    if chart is None or chart.reads is None or not _wanted(chart, result):
        return None
    return chart.reads


def _wanted(chart: Chart, result: Mapping[str, Any]) -> bool:
    """Whether the chart could draw the result once it has what it reads."""
    return chart.suits({**result, str(chart.reads): [{}, {}]})


def chart_for(result: Mapping[str, Any], *, kind: str | None = None, theme: Theme = "light") -> dict[str, Any] | None:
    """The Vega-Lite specification that shows a result; None when it holds nothing to draw."""
    chosen = kind_for(result, kind)
    return CHARTS[chosen].draw(result, theme) if chosen else None
