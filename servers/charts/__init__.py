"""Charts: results drawn as Vega-Lite specifications, and those rendered to PNG or SVG."""

from servers.charts.catalogue import chart_for

__all__ = ["chart_for"]
