"""Every record as a dot at its time, with the median of each bucket and the lines below which half and 85 % of all lie."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from servers.charts.chart import Chart
from servers.charts.frame import BREAK, Spec, amount_axis, framed, time_axis, tooltip
from servers.charts.points import drawn_unit, scaled, series_rows
from servers.charts.theme import ACCENT, PALETTE, SECOND, Theme, colours, member_scale
from servers.units import said

SHAPES = ["circle", "square", "triangle-up", "diamond", "cross"]
UNKNOWN = "not given"


def _suits(document: Mapping[str, Any]) -> bool:
    return bool(document.get("records")) and bool(document.get("series")) and not document.get("groups")


def _dots(document: Mapping[str, Any], factor: float) -> list[dict[str, Any]]:
    """Records as rows; a state tells them apart only where there are two or more."""
    several = len({record.get("state") for record in document["records"]}) > 1
    return [
        {
            "record": record["record"],
            "at": record["at"],
            "value": record["value"],
            "_value": record["value"] * factor,
            "_shown": said(record["value"], document["unit"]),
            **({"state": record.get("state") or UNKNOWN} if several else {}),
        }
        for record in document["records"]
    ]


def _draw(document: Mapping[str, Any], theme: Theme) -> Spec:
    unit, factor = drawn_unit(document)
    rows, dots = scaled(series_rows(document), factor, "value"), _dots(document, factor)
    whole = int(document["records"][0].get("total") or len(dots))
    x, y = time_axis(document["grain"], rows), amount_axis("_value", unit)
    x["scale"] |= {"domain": [_day(min(dot["at"] for dot in dots), rows[0]["bucket"]), rows[-1]["_end"]]}
    layers = [_cloud(dots, x, y), *_levels(document, factor, theme), *_medians(document, theme)]
    drawn = framed(document, {"layer": layers}, theme, what="Scatter of single records", rows=rows)
    drawn["title"]["subtitle"] += f" · line: median of each {document['grain']}"
    if whole > len(dots):
        drawn["title"]["subtitle"] += f" · {len(dots)} of {whole} drawn"
    return drawn


def _day(first: str, bucket: str) -> str:
    return min(str(datetime.fromisoformat(first).date()), bucket)


def _cloud(dots: list[dict[str, Any]], x: Spec, y: Spec) -> Spec:
    states = sorted({dot["state"] for dot in dots if "state" in dot})
    tips = tooltip(("record", "record"), ("_shown", "value"), *([("state", "state")] if states else []))
    mark: Spec = {"type": "point", "filled": True, "size": 26, "opacity": 0.45, "color": ACCENT}
    encoding: Spec = {"x": x | {"field": "at"}, "y": y, "tooltip": tips}
    if states:
        mark |= {"size": 60, "opacity": 0.85}
        plain_scale = {"domain": states, "range": [PALETTE[(0, 3, 2, 4, 5)[place % 5]] for place in range(len(states))]}
        scale = member_scale("severity", states) or plain_scale
        states = scale["domain"]
        encoding |= {
            "color": {"field": "state", "type": "nominal", "scale": scale},
            "shape": {"field": "state", "type": "nominal", "scale": {"domain": states, "range": SHAPES[: len(states)]}},
        }
    return {"data": {"values": dots}, "mark": mark, "encoding": encoding}


def _levels(document: Mapping[str, Any], factor: float, theme: Theme) -> list[Spec]:
    """The overall median and 85th percentile as lines across, named beyond their right end, where no record lies."""
    stats = document.get("stats") or {}
    words = {"p50": "half below", "p85": "85 % below"}
    lines = [
        {"_level": stats[name] * factor, "_name": f"{text} {said(stats[name], document['unit'])}"}
        for name, text in words.items()
        if stats.get(name) is not None
    ]
    y = {"field": "_level", "type": "quantitative"}
    rule: Spec = {
        "data": {"values": lines},
        "mark": {"type": "rule", "strokeDash": [5, 4], "strokeWidth": 1.5, "color": colours(theme)["quiet"]},
        "encoding": {"y": y},
    }
    named = [
        {
            "data": {"values": [line]},
            "mark": {"type": "text", "fontSize": 11, "align": "left", "x": "width", "dx": 6, "dy": dy, "color": colours(theme)["text"]},
            "encoding": {"y": y, "text": {"field": "_name"}},
        }
        for line, dy in zip(lines, (6, -6), strict=False)  # apart, also where the levels are close to each other
    ]
    return [rule, *named]


def _medians(document: Mapping[str, Any], theme: Theme) -> list[Spec]:
    """The median of each bucket over the middle of it, hollow where the bucket is not complete; in a colour that no record has."""
    meant = member_scale("severity", [str(record.get("state")) for record in document["records"]])
    ink = colours(theme)["text"] if meant else SECOND
    at = {"field": "_middle", "type": "temporal"}
    line: Spec = {
        "mark": {"type": "line", "strokeWidth": 2.5, "color": ink, "invalid": BREAK},
        "encoding": {"x": at, "y": {"field": "_value", "type": "quantitative"}},
    }
    hollow = {"condition": {"test": "datum._partial", "value": colours(theme)["background"]}, "value": ink}
    tips = tooltip(("bucket", "from"), ("_shown", "median"), ("_base", "of"))
    point: Spec = {
        "mark": {"type": "point", "size": 55, "filled": True, "strokeWidth": 2, "opacity": 1, "stroke": ink, "invalid": "filter"},
        "encoding": {"x": at, "y": {"field": "_value", "type": "quantitative"}, "fill": hollow, "tooltip": tips},
    }
    return [line, point]


scatter = Chart(
    "scatter", _suits, _draw, weight=9, instead="percentiles", reads="records", words=("scatter", "scatterplot", "scatter plot", "dots")
)
