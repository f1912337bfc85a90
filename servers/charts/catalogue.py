"""Every chart, found by looking into the folder, and the choice among them."""

import re
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
    """The chart to draw: the named one, one of the metric's own, or the heaviest that suits; None when nothing can be drawn."""
    if kind is not None:
        if kind not in CHARTS:
            raise InvalidQuestion(f"There is no chart {kind!r}; the charts are {', '.join(sorted(CHARTS))}.")
        return kind if CHARTS[kind].suits(result) else None
    suited = [chart for chart in CHARTS.values() if chart.suits(result) and chart.fits(result)]
    special = max(suited, key=lambda chart: chart.weight, default=None)
    own = next((chart for chart in _own(result) if chart in suited), None)
    if own is None or special is None:
        return special.name if special else None
    first = own is _own(result)[0] or own.name == _own(result)[0].instead
    return own.name if special.weight < (SPECIAL if first else STRONGER) else special.name


SPECIAL, STRONGER = 20, 30
"""From these weights on a chart shows what the metric's first chart, or a further one of its own, would not."""


def _own(result: Mapping[str, Any]) -> list[Chart]:
    """The charts of the metric, the first one first; what stands in for it comes last."""
    metric = CATALOGUE.get(str(result.get("metric")))
    if metric is None:
        return []
    first = CHARTS[metric.chart]
    return [first, *(CHARTS[name] for name in metric.charts), *([CHARTS[first.instead]] if first.instead else [])]


def reading_for(result: Mapping[str, Any], kind: str | None = None) -> str | None:
    """What has to be read before the named chart, or the metric's own, can be drawn; None when the result is enough."""
    for chart in [CHARTS[kind]] if kind is not None and kind in CHARTS else _own(result) or _general(result):
        if chart.reads is not None and not result.get(chart.reads):
            whole = {**result, chart.reads: [{}, {}]}  # as it would be once it is read
            if chart.suits(whole) and (kind or kind_for(whole) == chart.name):
                return chart.reads
    return None


def _general(result: Mapping[str, Any]) -> list[Chart]:
    """Charts of results that are no metric's, such as reports."""
    known = any("trend" in part for part in result.get("metrics") or [])
    return [] if known else [chart for chart in CHARTS.values() if chart.reads and "metrics" in result and chart.suits(result)]


def kind_named(words: str) -> str | None:
    """The chart that words name, the longest name first; None when they name none."""
    spoken = " ".join(re.findall(r"[^\W_]+", words.casefold()))
    text = f" {spoken} "
    found = [(len(word), chart.name) for chart in CHARTS.values() for word in chart.words if f" {word} " in text]
    return max(found)[1] if found else None


def chart_for(result: Mapping[str, Any], *, kind: str | None = None, theme: Theme = "light") -> dict[str, Any] | None:
    """The Vega-Lite specification that shows a result; None when it holds nothing to draw."""
    chosen = kind_for(result, kind)
    return CHARTS[chosen].draw(result, theme) if chosen else None
