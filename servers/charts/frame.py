"""The frame of every chart: title with metric, unit, window and n, the words for those who cannot see it, and the theme."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from servers.charts.points import base, drawn_unit, grouped_series
from servers.charts.theme import Theme, colours, config, member_scale
from servers.metrics.catalogue import CATALOGUE
from servers.units import said

SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"
WIDTH, HEIGHT = 640, 300
PANEL = 90
"""Height of a panel below the main one."""
MAX_TICKS = 12
LINE_LEGEND: dict[str, Any] = {"symbolType": "stroke", "symbolStrokeWidth": 3, "symbolSize": 220}
BREAK = "break-paths-show-path-domains"
"""A line stops where there is no value, and a value alone is still seen."""
ROW_HEIGHT = 30
"""Height of one bar in charts that list things."""
Spec = dict[str, Any]


def framed(
    document: Mapping[str, Any], body: Spec, theme: Theme, *, what: str, rows: Sequence[Mapping[str, Any]], unit: str | None = None
) -> Spec:
    """A whole specification around the marks of `body`."""
    spec: Spec = {
        "$schema": SCHEMA,
        "title": {"text": heading(document, unit), "subtitle": subheading(document)},
        "description": spoken(document, what),
        "width": WIDTH,
        "height": HEIGHT,
        "data": {"values": list(rows)},
        "config": config(theme),
    }
    whole = spec | _same_colours(_by_sprint(body) if document.get("grain") == "sprint" else body, rows, document.get("group_by") or [])
    return {name: part for name, part in whole.items() if name not in ("width", "height")} if composed(body) else whole


def composed(body: Mapping[str, Any]) -> bool:
    """Whether a chart is made of several panels, each with a size of its own."""
    return "vconcat" in body or "facet" in body


def _by_sprint(part: Any) -> Any:
    """`part` with tooltips that name the sprint: its buckets are no dates."""
    if isinstance(part, Mapping):
        if part.get("field") == "bucket" and "title" in part:
            return {"field": "bucket", "title": "sprint", "type": "nominal"}
        return {name: _by_sprint(value) for name, value in part.items()}
    return [_by_sprint(value) for value in part] if isinstance(part, list) else part


def _same_colours(body: Spec, rows: Sequence[Mapping[str, Any]], dimensions: Sequence[str]) -> Spec:
    """`body` with one colour per group in lines and points alike: Vega gives each channel a scale of its own otherwise."""
    groups = sorted({str(row["_group"]) for row in rows if row.get("_group") and row.get("value") is not None})
    layers = body.get("layer")
    if not groups or layers is None:
        return body
    scale: Spec = (member_scale(dimensions[0], groups) if len(dimensions) == 1 else None) or {"domain": groups}
    return body | {
        "layer": [layer | {"encoding": {name: _with_scale(part, scale) for name, part in layer["encoding"].items()}} for layer in layers]
    }


def _with_scale(channel: Any, scale: Spec) -> Any:
    if isinstance(channel, Mapping) and channel.get("field") == "_group" and "scale" not in channel and channel.get("type") == "nominal":
        return {**channel, "scale": scale}
    return channel


def heading(document: Mapping[str, Any], unit: str | None = None) -> str:
    """Metric, unit and what it was narrowed to; a chart that names its own unit draws something else than the median."""
    filters = "".join(f" · {'/'.join(values)}" for values in (document.get("filters") or {}).values())
    median = (document.get("stats") or {}).get("p50")
    stat = " (median)" if unit is None and median is not None and document.get("value") == median else ""
    unit = unit or drawn_unit(document)[0]
    by = f" by {' and '.join(name.replace('_', ' ') for name in document['group_by'])}" if document.get("group_by") else ""
    told = "" if unit.casefold() == str(document["title"]).casefold() else f", {unit}"
    return f"{document['title']}{by}{told}{stat}{filters}"


def subheading(document: Mapping[str, Any]) -> str:
    """Window, n, clock, and a word on what is not final."""
    words = [_when(document), base(document)]
    if document.get("value") is not None and not isinstance(document["value"], Mapping):
        words.append(f"overall {said(document['value'], document['unit'])}")
    words += [document["clock"] + " hours"] if document.get("clock") == "business" else []
    words += ["hollow: not complete yet"] if any(point.get("partial") for point in document.get("series") or []) else []
    words += ["newest values are provisional"] if document.get("provisional") else []
    return " · ".join(word for word in words if word)


def _when(document: Mapping[str, Any]) -> str:
    """The window; of a state without a series the instant."""
    metric, window = CATALOGUE.get(str(document.get("metric"))), document["window"]
    instant = metric is not None and metric.snapshot is not None and not document.get("series") and not document.get("compare")
    return window_said({**window, "from": window["to"]} if instant else window)


def window_said(window: Mapping[str, str]) -> str:
    """The window in few words; one of no length is an instant."""
    start, end = (bound[:16].replace("T", " ").removesuffix(" 00:00") for bound in (window["from"], window["to"]))
    return f"as of {end} {window['tz']}" if start == end else f"{start} to {end} {window['tz']}"


def spoken(document: Mapping[str, Any], what: str) -> str:
    """The chart in words: what it is, its ends and its extremes."""
    points = [point for point in document.get("series") or [] if isinstance(point.get("value"), int | float)]
    words = [f"{what} of {document['title']}, {subheading(document)}."]
    if points:
        low, high = min(points, key=lambda point: point["value"]), max(points, key=lambda point: point["value"])
        shown = {
            name: f"{said(point['value'], document['unit'])} ({point['bucket']})"
            for name, point in (("first", points[0]), ("last", points[-1]), ("lowest", low), ("highest", high))
        }
        words.append(" ".join(f"{name.capitalize()} {value}." for name, value in shown.items()))
    drawn = [group for group in (document.get("groups") or [])[:8] if isinstance(group.get("value"), int | float)]
    words += [f"{' · '.join(group['dimensions'].values())}: {said(group['value'], document['unit'])} ({base(group)})." for group in drawn]
    return " ".join(words)


def time_axis(grain: str, rows: Sequence[Mapping[str, Any]]) -> Spec:
    """An axis of local days with ticks at buckets: these are dates, so they are read and shown without any zone. Sprints stand in their order."""
    if grain == "sprint":
        names = list(dict.fromkeys(row["bucket"] for row in rows))
        axis: Spec = {"title": None, "labelAngle": -40, "labelLimit": 120, "grid": False}
        return {"field": "bucket", "type": "ordinal", "sort": names, "axis": axis}
    style = {"month": "%b %y", "quarter": "%b %y"}.get(grain, "%-d %b")
    days = sorted({date.fromisoformat(row["bucket"]) for row in rows})
    ticks = days[:: -(-len(days) // MAX_TICKS) or 1]
    values = [{"year": day.year, "month": day.month, "date": day.day, "utc": True} for day in ticks]
    axis = {"title": None, "format": style, "values": values, "grid": False}
    return {"field": "bucket", "type": "temporal", "scale": {"type": "utc", "padding": 14}, "axis": axis}


HALF = {"day": "12 * 3600", "week": "84 * 3600", "month": "13 * 86400", "quarter": "45 * 86400"}
"""Seconds from the middle of a bucket back to its first days."""


def bar_axis(grain: str, rows: Sequence[Mapping[str, Any]]) -> Spec:
    """A time axis for bars from `bucket` to `_end`: the name of the bucket stands under the middle of its bar."""
    x = time_axis(grain, rows)
    if x["type"] != "temporal":
        return x
    middles = list(dict.fromkeys(row["_middle"] for row in sorted(rows, key=lambda row: str(row["bucket"]))))
    ticks = [datetime.fromisoformat(middle) for middle in middles[:: -(-len(middles) // MAX_TICKS) or 1]]
    values = [{"year": at.year, "month": at.month, "date": at.day, "hours": at.hour, "utc": True} for at in ticks]
    words = f"utcFormat(toDate(datum.value) - {HALF.get(grain, '0')} * 1000, '{x['axis']['format']}')"
    return x | {"bandPosition": 0, "axis": {**x["axis"], "values": values, "ticks": False, "labelExpr": words}}


def amount_axis(field: str, unit: str, *, zero: bool = True) -> Spec:
    """A quantitative axis with its unit as title."""
    return {"field": field, "type": "quantitative", "scale": {"zero": zero, "nice": True}, "axis": {"title": unit, "tickCount": 6}}


def tooltip(*fields: tuple[str, str]) -> list[Spec]:
    """Tooltips from (field, title) pairs; buckets are shown as dates."""
    return [
        {
            "field": field,
            "title": title,
            "type": "temporal" if field == "bucket" else "nominal",
            **({"format": "%-d %b %Y"} if field == "bucket" else {}),
        }
        for field, title in fields
    ]


def named(layer: Spec, name: str, scale: Spec, legend: Spec | None = None) -> Spec:
    """The layer with an entry of its own in the legend."""
    colour = {"field": "_layer", "type": "nominal", "scale": scale} | ({"legend": legend} if legend else {})
    encoding = layer["encoding"] | {"color": colour}
    return layer | {"transform": [{"calculate": f"'{name}'", "as": "_layer"}], "encoding": encoding}


def haloed(rows: Sequence[Mapping[str, Any]], encoding: Spec, mark: Spec, theme: Theme, *, ink: str = "text") -> list[Spec]:
    """Words over marks: once in the colour of the ground, wider, so that nothing runs through them, and once in that of text."""
    ground = colours(theme)["background"]
    text = {"type": "text", "fontSize": 11, **mark}
    halo = text | {"color": ground, "stroke": ground, "strokeWidth": 4, "strokeJoin": "round"}
    data: Spec = {"data": {"values": list(rows)}} if rows else {}
    return [data | {"mark": drawn, "encoding": encoding} for drawn in (halo, text | {"color": colours(theme)[ink]})]


def by_group(document: Mapping[str, Any]) -> Spec:
    """Colour by group when there are groups."""
    return {"color": {"field": "_group", "type": "nominal", "legend": LINE_LEGEND}} if grouped_series(document) else {}
