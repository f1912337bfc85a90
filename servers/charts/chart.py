"""What a chart is: when it suits a result, and how it draws one. Pure: a result in, a Vega-Lite specification out."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from servers.charts.theme import Theme


def anywhere(_document: Mapping[str, Any]) -> bool:
    """A chart that may be taken wherever it suits."""
    return True


@dataclass(frozen=True)
class Chart:
    """One kind of chart.

    `suits`: whether it can draw a result; `weight`: among those that can, the heaviest is taken unless the metric or the caller names another;
    `reads`: what it draws beyond the result, see `servers.metrics.drawn`; it stands in the result under this name;
    `instead`: the chart of a metric's own that takes its place where it cannot be drawn, such as for groups;
    `fits`: where it is taken without being asked for; `words`: how people ask for it.
    """

    name: str
    suits: Callable[[Mapping[str, Any]], bool]
    draw: Callable[[Mapping[str, Any], Theme], dict[str, Any]]
    weight: int = 0
    reads: str | None = None
    instead: str | None = None
    fits: Callable[[Mapping[str, Any]], bool] = anywhere
    words: tuple[str, ...] = ()
