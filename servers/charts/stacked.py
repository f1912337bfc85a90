"""How a whole divides: shares per bucket, per group, or of the one total."""

from collections.abc import Mapping
from typing import Any

from servers.charts.chart import Chart
from servers.charts.frame import ROW_HEIGHT, Spec, framed, time_axis, tooltip
from servers.charts.points import parts_rows
from servers.charts.theme import MEMBERS, PALETTE, QUIET, Theme

CLASS_COLOURS = {**MEMBERS["work_class"], **dict(zip(("XS", "S", "M", "L", "XL", "XXL"), PALETTE, strict=False))}
ORDER = tuple(CLASS_COLOURS)


def _suits(document: Mapping[str, Any]) -> bool:
    return bool(parts_rows(document))


def _draw(document: Mapping[str, Any], theme: Theme) -> Spec:
    rows = [
        row | {"_edge": row["part"], "_order": ORDER.index(row["part"]) if row["part"] in ORDER else len(ORDER)}
        for row in parts_rows(document)
    ]
    names = sorted({row["part"] for row in rows}, key=lambda name: (ORDER.index(name) if name in ORDER else len(ORDER), name))
    scale = {"domain": names, "range": [CLASS_COLOURS.get(name, QUIET) for name in names]}
    tips = tooltip(*([("bucket", "from")] if document.get("series") else []), ("part", "kind"), ("_shown", "share"), ("n", "of"))
    edge = {"test": "datum._partial", "field": "_edge", "type": "nominal", "scale": scale, "legend": None}  # its own field: see parts.py
    encoding: Spec = {
        "fill": {"field": "part", "type": "nominal", "scale": scale, "legend": {"labelExpr": "replace(datum.label, /_/g, ' ')"}},
        "stroke": {"condition": edge, "value": None},
        "order": {"field": "_order"},
        "tooltip": tips,
        "fillOpacity": {"condition": {"test": "datum._partial", "value": 0.15}, "value": 0.95},
    }
    amount = {
        "field": "value",
        "type": "quantitative",
        "stack": "zero",
        "scale": {"domain": [0, 1]},
        "axis": {"format": ".0%", "title": "share"},
    }
    if document.get("series"):
        encoding |= {
            "x": time_axis(document["grain"], rows)
            | {
                "type": "ordinal",
                "axis": {"title": None, "labelAngle": 0, "labelExpr": "utcFormat(toDate(datum.value), '%b %Y')"},
                "scale": {"paddingInner": 0.15},
            },
            "y": amount,
        }
        return framed(document, {"mark": "bar", "encoding": encoding}, theme, what="Stacked bars", rows=rows, unit="share")
    name = str(next(iter(document.get("group_by") or []), ""))
    if name:
        encoding["y"] = {"field": name, "type": "nominal", "axis": {"title": None}}
    body: Spec = {
        "mark": {"type": "bar", "height": {"band": 0.7}},
        "encoding": encoding | {"x": amount},
        "height": max(2, len({row.get(name) for row in rows})) * ROW_HEIGHT,
    }
    return framed(document, body, theme, what="Stacked bar", rows=rows, unit="share")


stacked = Chart("stacked", _suits, _draw, weight=30)
